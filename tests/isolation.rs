//! Nothing of one tenant is seen or changed from another, and either of the two locks holds alone.

mod crawl;
mod lifecycle;
mod questions;
mod tables;

use std::collections::BTreeSet;

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{TypeKind, TypeSystemDefinition};
use serde_json::Value;
use tenantry::database::TenantFilter;
use tenantry::graph::sdl;
use tenantry::schema;
use uuid::Uuid;

use self::questions::{NODE_TYPES, Targets, differences, question_count};
use crate::cluster::Content;
use crate::world::{World, identity};

/// Which of the two locks on tenancy are taken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Locks {
    /// Neither.
    Both,
    /// Statements do not name their tenant.
    OnlyRows,
    /// Postgres does not look at rows.
    OnlyCode,
    /// Both: what the tests must notice.
    None,
}

impl Locks {
    /// A world with these locks.
    pub async fn world(self, content: Content) -> World {
        let filter = match self {
            Self::Both | Self::OnlyCode => TenantFilter::Enforced,
            Self::OnlyRows | Self::None => TenantFilter::Removed,
        };
        let world = World::with(content, |settings| tenantry::database::Settings { tenant_filter: filter, ..settings }).await;
        match self {
            Self::Both | Self::OnlyRows => {}
            Self::OnlyCode | Self::None => open_rows(&world).await,
        }
        world
    }
}

/// Takes row-level security off every table that has it.
async fn open_rows(world: &World) {
    world
        .sql(
            "do $$ declare secured text; begin
                for secured in select oid::regclass from pg_class where relkind in ('r', 'p') and relrowsecurity loop
                    execute format('alter table %s disable row level security', secured);
                end loop;
            end $$",
        )
        .await;
    let left = world.value("select count(*) from pg_class where relkind in ('r', 'p') and relrowsecurity").await;
    assert_eq!(left.as_deref(), Some("0"));
}

/// Two people of the second tenant: one who may do little there, and one who may do everything.
async fn strangers(world: &World) -> [String; 2] {
    let tenant = identity("outsider").tenant_id;
    let owner =
        world.value(&format!("select user_id from tenant_memberships where tenant_id = '{tenant}' and role = 'owner'")).await;
    let owner: Uuid = owner.unwrap().parse().unwrap();
    [world.act_as("outsider").await, world.token(owner, Some(tenant)).await]
}

/// Asks every question about the first tenant's rows and about rows that do not exist.
async fn assert_isolated(locks: Locks) {
    let world = locks.world(Content::Demo).await;
    let there = Targets::of_neighbour(&world).await;
    let nowhere = Targets::of_nobody(&there);
    for token in strangers(&world).await {
        let differences = differences(&world, &token, &there, &nowhere).await;
        assert!(differences.is_empty(), "{locks:?}: {differences:#?}");
    }
}

#[tokio::test]
async fn the_rows_of_a_neighbour_are_answered_like_rows_that_do_not_exist() {
    assert_isolated(Locks::Both).await;
}

#[tokio::test]
async fn without_the_filter_of_the_code_row_level_security_still_shows_nothing_of_a_neighbour() {
    assert_isolated(Locks::OnlyRows).await;
}

#[tokio::test]
async fn without_row_level_security_the_filter_of_the_code_still_shows_nothing_of_a_neighbour() {
    assert_isolated(Locks::OnlyCode).await;
}

#[tokio::test]
async fn without_both_locks_the_questions_do_show_the_neighbour() {
    let world = Locks::None.world(Content::Demo).await;
    let there = Targets::of_neighbour(&world).await;
    let nowhere = Targets::of_nobody(&there);
    let [_, owner] = strangers(&world).await;
    let differences = differences(&world, &owner, &there, &nowhere).await;
    // Tenants are found through memberships alone, products and roles by more than their ids; most questions do leak.
    assert!(differences.len() * 2 > question_count(&there), "the questions would notice a leak: {differences:#?}");
}

#[test]
fn the_questions_are_about_every_type_that_has_an_id() {
    let sdl = sdl(&schema::tables().unwrap()).unwrap();
    let mut nodes = BTreeSet::new();
    for definition in parse_schema(sdl).unwrap().definitions {
        let TypeSystemDefinition::Type(definition) = definition else { continue };
        if let TypeKind::Object(object) = &definition.node.kind
            && object.implements.iter().any(|interface| interface.node == "Node")
        {
            nodes.insert(definition.node.name.node.to_string());
        }
    }
    // Permissions are the same in every tenant.
    assert!(nodes.remove("Permission"));
    // Those of the platform's own staff are no tenant's, and shown to nobody else.
    assert!(nodes.remove("DeveloperRole") && nodes.remove("DeveloperRoleAssignment"));
    assert_eq!(nodes, NODE_TYPES.iter().map(|(name, ..)| (*name).to_owned()).collect());
}

#[tokio::test]
async fn a_cursor_of_a_neighbour_is_a_place_in_ones_own_list_and_shows_nothing_else() {
    for locks in [Locks::Both, Locks::OnlyRows, Locks::OnlyCode] {
        let world = locks.world(Content::Demo).await;
        let cursors = questions::cursors_of_neighbour(&world).await;
        assert!(cursors.len() >= 20, "{}", cursors.len());
        for token in strangers(&world).await {
            let own = crawl::own_ids(&world, identity("outsider").tenant_id, &token).await;
            for (connection, cursor) in &cursors {
                for argument in ["after", "before"] {
                    let query = questions::page(connection, argument, cursor);
                    let answer = world.ask(&token, &query, Value::Null).await;
                    let foreign = crawl::foreign(answer.data(), &own);
                    assert!(foreign.is_empty(), "{query}: {foreign:?}");
                }
            }
        }
    }
}
