//! A query that reads once enters and reads in one statement: nobody can tell, but for the time it takes.

use serde_json::{Value, json};

use crate::world::{Answer, World};

const POINT: &str = "query($id: ID!, $more: Boolean = false, $any: Boolean = true) {
    organization(id: $id) @include(if: $any) { name owner { email } members(first: 2) @include(if: $more) { nodes { id user { email } } } }
}";

/// An organization of each of two tenants, and who asks there.
struct Asked {
    world: World,
    tokens: [String; 2],
    organizations: [Value; 2],
}

impl Asked {
    async fn new() -> Self {
        let world = World::demo().await;
        let tokens = [world.act_as("owner").await, world.act_as("outsider").await];
        let mut organizations = [Value::Null, Value::Null];
        for (token, organization) in tokens.iter().zip(&mut organizations) {
            let answer = world.ask(token, "{ organizations(first: 1) { nodes { id name } } }", json!({})).await;
            *organization = answer.data()["organizations"]["nodes"][0].clone();
        }
        let asked = Self { world, tokens, organizations };
        asked.learn().await;
        asked
    }

    async fn ask(&self, place: usize, variables: Value) -> Answer {
        let mut variables = variables;
        variables["id"] = self.organizations[place]["id"].clone();
        self.world.ask(&self.tokens[place], POINT, variables).await
    }

    /// Asks until one statement is known to be enough.
    async fn learn(&self) {
        for place in [0, 1, 0, 1] {
            self.ask(place, json!({})).await.data();
        }
        for place in [0, 1] {
            let answer = self.ask(place, json!({})).await;
            assert_eq!(answer.data()["organization"]["name"], self.organizations[place]["name"]);
            assert!(answer.data()["organization"]["owner"]["email"].is_string());
            assert_eq!(answer.statements(), 1);
        }
    }
}

#[tokio::test]
async fn a_session_that_ends_is_refused_with_the_next_request() {
    for ending in ["revoked_at = now()", "expires_at = now()"] {
        let asked = Asked::new().await;
        asked.world.sql(&format!("update sessions set {ending}")).await;
        // Whatever is asked, and even where nothing is.
        for variables in [json!({}), json!({ "any": false })] {
            let answer = asked.ask(0, variables).await;
            assert_eq!((answer.status.as_u16(), answer.codes()), (401, vec!["UNAUTHENTICATED"]));
        }
    }
}

#[tokio::test]
async fn a_session_that_moves_to_another_tenant_reads_there() {
    let asked = Asked::new().await;
    let there =
        "(select tenant_id from tenant_memberships where user_id <> (select user_id from sessions order by created_at limit 1)
        and tenant_id <> (select tenant_id from sessions order by created_at limit 1) limit 1)";
    asked
        .world
        .sql(&format!("update sessions set tenant_id = {there} where id = (select id from sessions order by created_at limit 1)"))
        .await;
    let answer = asked.ask(0, json!({})).await;
    assert_eq!(answer.body["data"]["organization"], Value::Null, "{:#}", answer.body);
}

#[tokio::test]
async fn variables_that_make_it_read_more_get_the_whole_answer_of_one_snapshot() {
    let asked = Asked::new().await;
    for more in [true, false, true, true, false] {
        let answer = asked.ask(0, json!({ "more": more })).await;
        let organization = &answer.data()["organization"];
        assert_eq!(organization["name"], asked.organizations[0]["name"]);
        assert_eq!(organization.get("members").is_some(), more);
        if more {
            assert!(organization["members"]["nodes"][0]["user"]["email"].is_string());
            // What it read more than once, it read in a transaction.
            assert!(answer.statements() >= 4, "{}", answer.statements());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tenants_that_share_connections_stay_apart() {
    let asked = Asked::new().await;
    let rounds = (0..200).map(|round| {
        let (asked, place) = (&asked, round % 2);
        async move {
            // Some leave a transaction open behind them, for the next to end.
            if round % 5 == 0 {
                asked
                    .world
                    .ask(
                        &asked.tokens[place],
                        "{ organizations(first: 3) { nodes { members(first: 1) { nodes { id } } } } }",
                        json!({}),
                    )
                    .await;
            }
            (place, asked.ask(place, json!({})).await)
        }
    });
    for (place, answer) in futures_util::future::join_all(rounds).await {
        if answer.status != 503 {
            assert_eq!(answer.data()["organization"]["name"], asked.organizations[place]["name"]);
        }
    }
    // Each asks for what is the other's.
    for place in [0, 1] {
        let id = asked.organizations[1 - place]["id"].clone();
        let answer = asked.world.ask(&asked.tokens[place], POINT, json!({ "id": id })).await;
        assert_eq!(answer.body["data"]["organization"], Value::Null);
    }
}
