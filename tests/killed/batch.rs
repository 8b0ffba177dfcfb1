//! Mutations that are sent together, and the end of their process.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::Notify;

use super::stage::Case;
use super::written::Footprint;
use crate::program::Program;

/// When a process is killed.
#[derive(Clone, Copy, Debug)]
pub enum Death {
    AfterSending(Duration),
    AfterFirstAnswer(Duration),
}

/// What was sent, and whether it was answered.
#[derive(Debug)]
pub struct Batch {
    death: Death,
    /// By the id of the request.
    sent: BTreeMap<String, Sent>,
}

#[derive(Debug)]
struct Sent {
    mutation: &'static str,
    answer: Option<Value>,
}

impl Batch {
    /// Sends all of them at once, and kills the process; what came back by then is kept.
    pub async fn run(mut program: Program, cases: Vec<(&'static str, Case)>, death: Death) -> Self {
        let (url, answered) = (format!("http://{}/graphql", program.address()), Arc::new(Notify::new()));
        let client = reqwest::Client::new();
        let tasks: Vec<_> = cases
            .into_iter()
            .map(|(mutation, case)| {
                let request = format!("killed-{mutation}");
                let asked = client.post(&url).header("x-request-id", &request).json(&case.body);
                let asked = if let Some(token) = case.token { asked.bearer_auth(token) } else { asked };
                let answered = Arc::clone(&answered);
                tokio::spawn(async move {
                    let answer = async { asked.send().await?.json::<Value>().await };
                    let answer = answer.await.ok();
                    answered.notify_one();
                    (request, Sent { mutation, answer })
                })
            })
            .collect();
        let soon = match death {
            Death::AfterSending(soon) => soon,
            Death::AfterFirstAnswer(soon) => {
                answered.notified().await;
                soon
            }
        };
        tokio::time::sleep(soon).await;
        program.child.kill().await.unwrap();
        let mut sent = BTreeMap::new();
        for task in tasks {
            sent.extend([task.await.unwrap()]);
        }
        Self { death, sent }
    }

    /// Each was done as a whole or not at all, and what was answered was done. How many were done, and how many were not.
    pub fn holds(
        mut self,
        footprints: &BTreeMap<&'static str, Footprint>,
        written: Vec<(Option<String>, Footprint)>,
    ) -> (usize, usize) {
        let all = self.sent.len();
        for (request, footprint) in written {
            let whole = |sent: &Sent| footprints[sent.mutation] == footprint;
            let request = match request {
                Some(request) => request,
                // What names no request is known by all that it wrote.
                None => self.sent.iter().find(|(_, sent)| whole(sent)).map(|(request, _)| request.clone()).unwrap_or_default(),
            };
            let sent = self
                .sent
                .remove(&request)
                .unwrap_or_else(|| panic!("{:?}: nobody asked for this: {request} {footprint:?}", self.death));
            assert_eq!(footprint, footprints[sent.mutation], "{:?}: {} by halves", self.death, sent.mutation);
            if let Some(answer) = &sent.answer {
                let payload = &answer["data"]["it"];
                assert_eq!((answer.get("errors"), &payload["userErrors"]), (None, &json!([])), "{}: {answer:#}", sent.mutation);
            }
        }
        for Sent { mutation, answer } in self.sent.values() {
            assert_eq!(*answer, None, "{:?}: {mutation} was answered, and is not there", self.death);
        }
        (all - self.sent.len(), self.sent.len())
    }
}
