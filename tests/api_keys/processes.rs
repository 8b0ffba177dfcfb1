//! Two gateways in processes of their own: a key that was ended on one is refused on both, from the next request on.

use serde_json::{Value, json};

use super::House;
use crate::program::Program;

/// So often a key is made on one, used on both, and ended on the other.
const ROUNDS: usize = 40;

const VIEWER: &str = "{ viewer { apiKey { client } } roles { totalCount } }";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_was_revoked_or_narrowed_on_one_process_is_so_on_both() {
    let house = House::new().await;
    let programs = [Program::serve(&house.world.database_url()).await, Program::serve(&house.world.database_url()).await];
    let (mut refused, mut narrowed) = (0, 0);
    for round in 0..ROUNDS {
        let (id, secret) = house.key(json!({ "scopes": ["roles.read", "members.read"] })).await;
        for program in &programs {
            for _ in 0..2 {
                let answer = program.ask(Some(&secret), VIEWER).await;
                assert_eq!(answer.data()["roles"]["totalCount"], 5, "round {round}");
            }
        }
        let one = &programs[round % 2];
        let narrow =
            "mutation($id: ID!) { updateApiKey(input: { apiKeyId: $id, scopes: [\"members.read\"] }) { userErrors { code } } }";
        one.ask_with(Some(&house.token), narrow, json!({ "id": id })).await.data();
        for program in &programs {
            let answer = program.ask(Some(&secret), VIEWER).await;
            assert_eq!((answer.codes(), &answer.body["data"]["roles"]), (vec!["FORBIDDEN"], &Value::Null), "round {round}");
            narrowed += 1;
        }
        let revoke = "mutation($id: ID!) { revokeApiKey(input: { apiKeyId: $id }) { userErrors { code } } }";
        one.ask_with(Some(&house.token), revoke, json!({ "id": id })).await.data();
        for program in &programs {
            let answer = program.ask(Some(&secret), VIEWER).await;
            assert_eq!((answer.status.as_u16(), answer.codes()), (401, vec!["UNAUTHENTICATED"]), "round {round}");
            refused += 1;
        }
    }
    assert_eq!((narrowed, refused), (2 * ROUNDS, 2 * ROUNDS));
    let [one, other] = programs;
    assert_eq!((one.stop().await, other.stop().await), (0, 0));
}
