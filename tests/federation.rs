//! A subgraph of Apollo Federation, as a gateway uses it: `_service` and `_entities`.

use serde_json::{Value, json};
use tenantry::gateway;
use tenantry::http::Audience;

use crate::program::{run, said};
use crate::world::{Answer, World, identity};

const ENTITIES: &str = "query($representations: [_Any!]!) { _entities(representations: $representations) {
    __typename
    ... on Organization { id name billingEmail owner { displayName } }
    ... on User { id displayName }
    ... on Node { key: id } } }";

/// Ids of what the demo holds, by the name of the connection in which they are found.
async fn organizations(world: &World, token: &str) -> Vec<Value> {
    let answer = world.ask(token, "{ organizations(first: 100) { nodes { id } } }", json!({})).await;
    answer.data()["organizations"]["nodes"].as_array().unwrap().clone()
}

async fn entities(world: &World, token: &str, representations: Value) -> Answer {
    world.ask(token, ENTITIES, json!({ "representations": representations })).await
}

fn organization(id: &Value) -> Value {
    json!({ "__typename": "Organization", "id": id["id"] })
}

#[tokio::test]
async fn entities_come_in_the_order_in_which_they_were_asked_for() {
    let world = World::demo().await;
    let owner = world.act_as("owner").await;
    let ids = organizations(&world, &owner).await;
    let viewer = world.ask(&owner, "{ viewer { user { id } } }", json!({})).await.data()["viewer"]["user"]["id"].clone();
    let asked = json!([
        organization(&ids[1]),
        { "__typename": "User", "id": viewer, "email": "what other subgraphs know besides" },
        organization(&ids[0]),
        organization(&ids[1]),
        { "__typename": "Organization", "id": "org_01hzzzzzzzfzzvzzzzzzzzzzzz" },
    ]);
    let answer = entities(&world, &owner, asked).await;
    let found = answer.data()["_entities"].as_array().unwrap();
    let keys: Vec<&Value> = found.iter().map(|entity| &entity["key"]).collect();
    assert_eq!(keys, [&ids[1]["id"], &viewer, &ids[0]["id"], &ids[1]["id"], &Value::Null]);
    assert_eq!((&found[1]["__typename"], &found[1]["displayName"]), (&json!("User"), &json!("Olivia Owner")));
    assert_eq!((&found[2]["name"], &found[2]["owner"]["displayName"]), (&json!("Northgate Robotics"), &json!("Olivia Owner")));
    assert_eq!(found[0], found[3]);
    assert_eq!(found[4], Value::Null);
}

#[tokio::test]
async fn entities_cost_the_same_number_of_statements_whatever_their_number() {
    let world = World::demo().await;
    let owner = world.act_as("owner").await;
    let ids = organizations(&world, &owner).await;
    let cost = async |count: usize| {
        let wanted: Vec<Value> = ids.iter().cycle().take(count).map(organization).collect();
        let answer = entities(&world, &owner, json!(wanted)).await;
        assert_eq!(answer.data()["_entities"].as_array().unwrap().iter().filter(|entity| !entity.is_null()).count(), count);
        answer.statements()
    };
    // What is unknown of access is read by the first; that one statement is enough is known of the third.
    cost(1).await;
    cost(1).await;
    assert_eq!(cost(1).await, cost(100).await);
    assert_eq!(entities(&world, &owner, json!([])).await.data()["_entities"], json!([]));
    let many = vec![organization(&ids[0]); 101];
    let refused = entities(&world, &owner, json!(many)).await;
    assert_eq!((refused.codes(), &refused.body["data"]), (vec!["BAD_USER_INPUT"], &Value::Null));
}

#[tokio::test]
async fn a_representation_that_cannot_be_read_leaves_the_others_as_they_are() {
    let world = World::demo().await;
    let owner = world.act_as("owner").await;
    let ids = organizations(&world, &owner).await;
    let asked = json!([
        "Organization",
        { "id": ids[0]["id"] },
        { "__typename": "Organization" },
        organization(&ids[0]),
        { "__typename": "Organization", "id": 7 },
        { "__typename": "Invoices", "id": ids[0]["id"] },
        { "__typename": "Viewer", "id": ids[0]["id"] },
        { "__typename": "User", "id": ids[0]["id"] },
        { "__typename": "Organization", "id": "org_nonsense" },
        organization(&ids[1]),
        [organization(&ids[0])],
    ]);
    let answer = entities(&world, &owner, asked).await;
    let found = answer.body["data"]["_entities"].as_array().unwrap();
    let errors = answer.body["errors"].as_array().unwrap();
    let places: Vec<&Value> = errors.iter().map(|error| &error["path"][1]).collect();
    assert_eq!(places, [0, 1, 2, 4, 5, 6, 7, 8, 10]);
    assert!(answer.codes().iter().all(|code| *code == "BAD_USER_INPUT"), "{errors:?}");
    for (place, entity) in found.iter().enumerate() {
        let expected = match place {
            3 => &ids[0]["id"],
            9 => &ids[1]["id"],
            _ => &Value::Null,
        };
        assert_eq!(&entity["key"], expected, "{place}");
    }
}

#[tokio::test]
async fn entities_are_guarded_as_everything_is() {
    let world = World::demo().await;
    let owner = world.act_as("owner").await;
    let ids = organizations(&world, &owner).await;
    let readonly = world.act_as("readonly").await;
    let visible = organizations(&world, &readonly).await;
    let hidden = ids.iter().find(|id| !visible.contains(id)).expect("the demo has an organization that this one does not see");
    let answer = entities(&world, &readonly, json!([organization(&visible[0]), organization(hidden)])).await;
    let found = &answer.body["data"]["_entities"];
    assert_eq!((&found[0]["key"], &found[0]["billingEmail"], &found[1]), (&visible[0]["id"], &Value::Null, &Value::Null));
    assert_eq!((answer.codes(), &answer.body["errors"][0]["path"]), (vec!["FORBIDDEN"], &json!(["_entities", 0, "billingEmail"])));
    // Another tenant does not have them at all.
    let stranger = identity("outsider");
    let elsewhere = world.token(stranger.user_id, Some(stranger.tenant_id)).await;
    let foreign = entities(&world, &elsewhere, json!([organization(hidden)])).await;
    assert_eq!(foreign.data()["_entities"], json!([null]));
    let nobody = world.post(None, &json!({ "query": ENTITIES, "variables": { "representations": [organization(&ids[0])] } })).await;
    assert_eq!((nobody.codes(), &nobody.body["data"]), (vec!["UNAUTHENTICATED"], &Value::Null));
}

#[tokio::test]
async fn the_service_tells_the_schema_that_the_command_prints() {
    let world = World::demo().await;
    let answer = world.ask_as_stranger("{ _service { sdl } }").await;
    let sdl = answer.data()["_service"]["sdl"].as_str().unwrap().to_owned();
    assert!(sdl.contains("type Organization implements Node @key(fields: \"id\") {"));
    assert!(!sdl.contains("_entities") && !sdl.contains("_Any") && !sdl.contains("_Service"), "it is not part of itself");
    let (status, printed, _) = said(&run(&["schema", "--federation"], &[]).await);
    assert_eq!((status, printed), (0, sdl.clone()));
    // What is for machines is not in the contract with front ends.
    let (_, contract, _) = said(&run(&["schema"], &[]).await);
    assert!(!contract.contains("_entities") && !contract.contains("@key"));
    // It is executed beside everything else.
    let beside =
        world.ask_as_stranger("{ service: _service { __typename ...sdl } __typename } fragment sdl on _Service { sdl }").await;
    assert_eq!(beside.data(), &json!({ "service": { "__typename": "_Service", "sdl": sdl }, "__typename": "Query" }));
}

#[tokio::test]
async fn the_service_is_shown_to_those_who_may_see_the_schema() {
    for (audience, to_strangers, to_users) in [
        (Audience::Everybody, None, None),
        (Audience::SignedIn, Some("UNAUTHENTICATED"), None),
        (Audience::Nobody, Some("FORBIDDEN"), Some("FORBIDDEN")),
    ] {
        let world = World::behind(|settings| gateway::Settings {
            door: tenantry::http::Settings { schema: audience, ..settings.door },
            ..settings
        })
        .await;
        let owner = world.act_as("owner").await;
        for query in
            ["{ _service { sdl } }", "query A { tenant { id } } query B { ...a } fragment a on Query { ... { _service { sdl } } }"]
        {
            let name = query.contains("query B").then_some("B");
            for (token, expected) in [(None, to_strangers), (Some(owner.as_str()), to_users)] {
                let answer = world.post(token, &json!({ "query": query, "operationName": name })).await;
                assert_eq!(answer.codes().first().copied(), expected, "{audience:?}: {query}");
            }
        }
    }
}
