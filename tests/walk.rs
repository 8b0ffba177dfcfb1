//! A front end's walk, from signing up to bringing a deleted organization back: the documents of `docs/walk.md`, sent one after the
//! other, and their answers compared with what the page says.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use crate::world::World;

/// What stands in a fence of the page.
enum Step {
    /// Somebody sends a document: whoever is named in its first line.
    Ask { who: String, document: String },
    /// What the last document is answered.
    Answer(Value),
    /// What somebody finds in the mail: address, subject, link.
    Mail([String; 3]),
}

/// Somebody who walks along the page.
struct Walk {
    world: World,
    /// What the names in angle brackets stand for, as far as answers and letters have told.
    known: BTreeMap<String, String>,
    answer: Value,
}

/// The fences of the page, in their order.
fn steps(page: &str) -> Vec<Step> {
    let fences = page.split("\n```").skip(1).step_by(2);
    fences
        .map(|fence| {
            let (kind, text) = fence.split_once('\n').unwrap();
            match kind {
                "graphql" => {
                    let (who, document) = text.split_once('\n').unwrap();
                    let who = who.strip_prefix("# ").unwrap_or_else(|| panic!("who sends this? {text}"));
                    Step::Ask { who: who.to_owned(), document: document.to_owned() }
                }
                "json" => Step::Answer(serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))),
                "mail" => {
                    let lines: Vec<&str> = text.lines().collect();
                    let [to, subject, link] = lines[..] else { panic!("no letter: {text}") };
                    let [to, subject] = [to.strip_prefix("To: "), subject.strip_prefix("Subject: ")].map(Option::unwrap);
                    Step::Mail([to, subject, link].map(str::to_owned))
                }
                _ => panic!("a fence of another kind: {kind}"),
            }
        })
        .collect()
}

impl Walk {
    /// A text of the page with its known names filled in.
    fn filled(&self, text: &str) -> String {
        self.known.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("<{name}>"), value))
    }

    /// Compares a text with the page's; the one name in it that is not known yet gets its meaning.
    fn learn(&mut self, page: &str, text: &str) -> bool {
        let page = self.filled(page);
        let Some((before, (name, after))) = page.split_once('<').and_then(|(before, rest)| Some((before, rest.split_once('>')?)))
        else {
            return page == text;
        };
        let meaning = text.strip_prefix(before).and_then(|rest| rest.strip_suffix(after)).filter(|meaning| !meaning.is_empty());
        meaning.is_some_and(|meaning| self.known.insert(name.to_owned(), meaning.to_owned()).is_none())
    }

    /// Is it what the page says?
    fn is_said(&mut self, page: &Value, value: &Value) -> bool {
        match (page, value) {
            (Value::String(page), Value::String(text)) => self.learn(page, text),
            (Value::Array(page), Value::Array(items)) => {
                page.len() == items.len() && page.iter().zip(items).all(|(page, item)| self.is_said(page, item))
            }
            (Value::Object(page), Value::Object(members)) => {
                page.len() == members.len()
                    && page.iter().all(|(name, page)| members.get(name).is_some_and(|member| self.is_said(page, member)))
            }
            _ => page == value,
        }
    }

    async fn ask(&mut self, who: &str, document: &str) {
        let token = (who != "nobody").then(|| self.known.get(who).unwrap_or_else(|| panic!("{who} has not signed in")).clone());
        let mut answer = self.world.post(token.as_deref(), &json!({ "query": self.filled(document) })).await.body;
        answer.as_object_mut().unwrap().remove("extensions");
        self.answer = answer;
    }

    async fn open_mail(&mut self, [to, subject, link]: &[String; 3]) {
        let mailbox = self.world.client().get(self.world.url("/dev/mailbox.json")).send().await.unwrap();
        let letters: Vec<Value> = mailbox.json().await.unwrap();
        let letter = letters.iter().find(|letter| letter["to"] == **to && letter["subject"] == **subject);
        let letter = letter.unwrap_or_else(|| panic!("no letter `{subject}` to {to}: {letters:#?}"));
        assert!(self.learn(link, letter["link"].as_str().unwrap()), "{letter:#}");
    }
}

#[tokio::test]
async fn the_walk_of_a_front_end_is_as_its_page_says() {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/walk.md")).unwrap();
    let mut walk = Walk { world: World::empty().await, known: BTreeMap::new(), answer: Value::Null };
    let mut way = Vec::new();
    for step in steps(&page) {
        match step {
            Step::Ask { who, document } => {
                walk.ask(&who, &document).await;
                way.extend(walk.answer["data"].as_object().unwrap().keys().map(|field| format!("{who} {field}")));
            }
            Step::Answer(said) => {
                let answer = walk.answer.clone();
                assert!(walk.is_said(&said, &answer), "the page says {said:#}\nand it is {answer:#}");
            }
            Step::Mail(letter) => walk.open_mail(&letter).await,
        }
    }
    // The page leads all the way.
    let stations = [
        "nobody signUp",
        "Ada inviteMember",
        "Charles acceptInvitation",
        "Ada assignRole",
        "Charles organization",
        "Charles updateOrganization",
        "Charles explainAccess",
        "Ada offerOwnership",
        "Charles acceptOwnership",
        "Charles deleteOrganization",
        "Charles restoreOrganization",
    ];
    let mut left = way.iter();
    for station in stations {
        assert!(left.any(|passed| passed == station), "{station} in {way:#?}");
    }
}
