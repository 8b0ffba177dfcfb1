//! Roles and their parents, every combination: the nearest rule decides, and what is switched off says nothing.

use std::collections::BTreeMap;

use migration::catalog::{BaseRole, Permission};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::people::{Lasts, Rule, Script};
use crate::world::World;

const RULES: [Option<Rule>; 5] = [None, Some(Rule::Allow), Some(Rule::AllowIf), Some(Rule::Deny), Some(Rule::DenyIf)];

/// One chain of roles: its head first, each with its rule about the billing e-mail, and whether it is switched on.
type Chain = Vec<(Option<Rule>, bool)>;

/// A tenant in which one member has each chain in an organization of its own; in which of them it sees the billing e-mail.
async fn seen(chains: &[Chain], seat: BaseRole) -> Vec<bool> {
    let world = World::empty().await;
    let mut script = Script::default();
    let tenant = script.tenant("Chains");
    let (owner, user) = (script.user("Owner"), script.user("User"));
    script.member(tenant, owner, BaseRole::Member);
    let membership = script.member(tenant, user, BaseRole::Member);
    let mut organizations: BTreeMap<Uuid, usize> = BTreeMap::new();
    for (number, chain) in chains.iter().enumerate() {
        let organization = script.organization(tenant, &format!("Chain {number}"), owner);
        script.seat(tenant, organization, user, seat);
        let key = |place: usize| format!("c{number}_{place}");
        for (place, (rule, is_active)) in chain.iter().enumerate().rev() {
            let parent = (place + 1 < chain.len()).then(|| key(place + 1));
            script.role(tenant, &key(place), parent.as_deref());
            script
                .add(&format!("update roles set is_active = {is_active} where tenant_id = '{tenant}' and key = '{}'", key(place)));
            if let Some(rule) = rule {
                script.rule(tenant, &key(place), Permission::BillingRead, *rule);
            }
        }
        script.assign(tenant, membership, &key(0), Some(organization), Lasts::ForGood);
        organizations.insert(organization, number);
    }
    script.run(&world).await;
    let token = world.token(user, Some(tenant)).await;
    let mut seen = vec![None; chains.len()];
    // A page at a time, small enough that no denial is left out of the errors.
    for ids in organizations.keys().collect::<Vec<_>>().chunks(40) {
        let ids: Vec<String> = ids.iter().map(|id| entity::id::OrganizationId::from(**id).to_string()).collect();
        let query = "query($ids: [ID!]) { organizations(first: 40, filter: { ids: $ids }) { nodes { id billingEmail } } }";
        let answer = world.ask(&token, query, json!({ "ids": ids })).await;
        for node in answer.body["data"]["organizations"]["nodes"].as_array().unwrap() {
            let id = entity::split(node["id"].as_str().unwrap()).unwrap().1;
            seen[organizations[&id]] = Some(node["billingEmail"] != Value::Null);
        }
    }
    seen.into_iter().map(|seen| seen.expect("the member sees the organization itself")).collect()
}

fn every_chain_of_three() -> Vec<Chain> {
    let mut chains = Vec::new();
    for head in RULES {
        for parent in RULES {
            chains.extend(RULES.map(|grandparent| vec![(head, true), (parent, true), (grandparent, true)]));
        }
    }
    chains
}

#[tokio::test]
async fn the_nearest_rule_of_a_chain_decides_and_a_condition_opens_nothing() {
    let chains = every_chain_of_three();
    let nearest = |chain: &Chain| chain.iter().find_map(|(rule, _)| *rule);
    let expected: Vec<bool> = chains.iter().map(|chain| nearest(chain) == Some(Rule::Allow)).collect();
    assert_eq!(expected.iter().filter(|seen| **seen).count(), 25 + 5 + 1);
    assert_eq!(seen(&chains, BaseRole::Member).await, expected);
}

#[tokio::test]
async fn a_denial_that_decides_its_chain_beats_the_base_role() {
    let chains = every_chain_of_three();
    let denies = |chain: &Chain| matches!(chain.iter().find_map(|(rule, _)| *rule), Some(Rule::Deny | Rule::DenyIf));
    let expected: Vec<bool> = chains.iter().map(|chain| !denies(chain)).collect();
    assert_eq!(seen(&chains, BaseRole::Manager).await, expected);
}

#[tokio::test]
async fn a_role_that_is_switched_off_says_nothing_nor_does_what_stands_behind_it() {
    let (allow, nothing) = (Some(Rule::Allow), None);
    let cases = [
        (vec![(allow, true)], true),
        (vec![(allow, false)], false),
        (vec![(nothing, true), (allow, true)], true),
        (vec![(nothing, true), (allow, false)], false),
        (vec![(nothing, false), (allow, true)], false),
        (vec![(nothing, true), (nothing, false), (allow, true)], false),
        (vec![(allow, true), (Some(Rule::Deny), true)], true),
        (vec![(Some(Rule::Deny), true), (allow, true)], false),
    ];
    let (chains, expected): (Vec<Chain>, Vec<bool>) = cases.into_iter().unzip();
    assert_eq!(seen(&chains, BaseRole::Member).await, expected);
}
