//! Lists: every row once and in order, forward and backward, while rows come and go, as far as the asker may see.

mod pager;
mod teams;

use migration::catalog::BaseRole;
use serde_json::{Value, json};
use uuid::Uuid;

use self::pager::{Direction, Pager};
use crate::people::Script;
use crate::world::{World, identity};

/// What the pages of a list must hold, by SQL that knows nothing of pages.
async fn expected(world: &World, sql: &str) -> Vec<String> {
    let ids: Vec<Uuid> = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_all(&world.pool).await.unwrap();
    ids.into_iter().map(|id| id.to_string()).collect()
}

const ORDERS: [(&str, &str); 4] = [
    ("{ field: CREATED_AT, direction: ASC }", "index_id"),
    ("{ field: CREATED_AT, direction: DESC }", "index_id desc"),
    ("{ field: NAME }", "name, index_id"),
    ("{ field: NAME, direction: DESC }", "name desc, index_id desc"),
];

/// Is it one that only its owner sees, because it is past due? There is one in the demo.
const LOCKED: &str =
    "exists (select from subscriptions bought where bought.organization_id = organizations.id and status = 'unpaid')";

#[tokio::test]
async fn every_organization_comes_once_and_in_order_from_either_end_in_every_order() {
    let world = World::demo().await;
    let token = world.act_as("owner").await;
    let tenant = identity("owner").tenant_id;
    for (order_by, order) in ORDERS {
        let sql = format!("select id from organizations where tenant_id = '{tenant}' and not {LOCKED} order by {order}");
        let expected = expected(&world, &sql).await;
        assert_eq!(expected.len(), 25);
        for direction in [Direction::Forward, Direction::Backward] {
            for size in [1, 7, 13, 25, 100] {
                let pager = Pager { field: "organizations", arguments: format!("orderBy: {order_by}"), direction, size };
                assert_eq!(pager.all(&world, &token).await, expected, "{order_by} {direction:?} by {size}");
            }
        }
    }
}

#[tokio::test]
async fn names_that_differ_only_in_case_or_script_keep_their_places() {
    let world = World::empty().await;
    let mut script = Script::default();
    let tenant = script.tenant("Names");
    let owner = script.user("Owner");
    script.member(tenant, owner, BaseRole::Owner);
    for name in ["a: 1", "A: 1x", "ä", "z", "Z z", "é", "日本", "a\u{301}", "-", "100%", "n:", ":"] {
        script.organization(tenant, name, owner);
    }
    script.run(&world).await;
    let token = world.token(owner, Some(tenant)).await;
    for (order_by, order) in ORDERS {
        let expected = expected(&world, &format!("select id from organizations order by {order}")).await;
        for direction in [Direction::Forward, Direction::Backward] {
            let pager = Pager { field: "organizations", arguments: format!("orderBy: {order_by}"), direction, size: 1 };
            assert_eq!(pager.all(&world, &token).await, expected, "{order_by} {direction:?}");
        }
    }
}

#[tokio::test]
async fn roles_and_products_come_once_and_in_order_from_either_end() {
    let world = World::demo().await;
    let token = world.act_as("owner").await;
    let tenant = identity("owner").tenant_id;
    for (field, rows) in [
        ("roles", "roles where deleted_at is null"),
        // Old versions are bought no more.
        ("products", "products where is_current and deleted_at is null"),
    ] {
        let expected = expected(&world, &format!("select id from {rows} and tenant_id = '{tenant}' order by index_id")).await;
        assert!(expected.len() > 5);
        for direction in [Direction::Forward, Direction::Backward] {
            for size in [1, 3, 100] {
                let pager = Pager { field, arguments: String::new(), direction, size };
                assert_eq!(pager.all(&world, &token).await, expected, "{field} {direction:?} by {size}");
            }
        }
    }
}

#[tokio::test]
async fn rows_that_come_and_go_between_pages_move_no_other_row() {
    let world = World::demo().await;
    let token = world.act_as("owner").await;
    let tenant = identity("owner").tenant_id;
    for (order_by, order) in ORDERS {
        for direction in [Direction::Forward, Direction::Backward] {
            let sql = format!(
                "select id from organizations where tenant_id = '{tenant}' and deleted_at is null and not {LOCKED} order by {order}"
            );
            let before = expected(&world, &sql).await;
            let pager = Pager { field: "organizations", arguments: format!("orderBy: {order_by}"), direction, size: 4 };
            let mut page = pager.page(&world, &token, None).await;
            let mut seen = page.ids.clone();
            let mut gone = Vec::new();
            while let Some(cursor) = page.next.clone() {
                // The row that the cursor came from goes, and one that is still to come; one appears at every place.
                let here = seen.last().unwrap();
                let ahead = before.iter().find(|id| !seen.contains(id) && !gone.contains(*id));
                for id in [Some(here), ahead].into_iter().flatten() {
                    world.sql(&format!("update organizations set deleted_at = now() where id = '{id}'")).await;
                    gone.push(id.clone());
                }
                for initial in ["A", "M", "Zz"] {
                    add_organization(&world, initial).await;
                }
                page = pager.page(&world, &token, Some(&cursor)).await;
                seen.extend(page.ids.iter().cloned());
                assert!(seen.len() < 1000, "the list has an end");
            }
            let mut once = seen.clone();
            once.sort();
            once.dedup();
            assert_eq!(once.len(), seen.len(), "no row comes twice: {order_by} {direction:?}");
            let lasting: Vec<_> = before.iter().filter(|id| !gone.contains(id)).collect();
            let mut came: Vec<_> = seen.iter().filter(|id| lasting.contains(id)).collect();
            if direction == Direction::Backward {
                came.reverse();
            }
            assert_eq!(came, lasting, "whatever was there all the time came, in order: {order_by} {direction:?}");
            // As it was, for the next order: what the test adds is known by its domain.
            world.sql("update organizations set deleted_at = case when domain like 'o-%' then now() end").await;
        }
    }
}

async fn add_organization(world: &World, initial: &str) {
    let (tenant, owner) = (identity("owner").tenant_id, identity("owner").user_id);
    let mut script = Script::default();
    // Every name is another, and sorts where its initial says.
    let name = format!("{initial} {}", tenantry::clock::new_id::<Uuid>().simple());
    script.organization(tenant, &name, owner);
    script.run(world).await;
}

#[tokio::test]
async fn a_page_says_where_it_stands_and_an_empty_one_has_no_cursors() {
    let world = World::demo().await;
    let token = world.act_as("owner").await;
    let info = async |arguments: &str| {
        let fields = "nodes { name } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor }";
        let answer = world.ask(&token, &format!("{{ list: organizations{arguments} {{ {fields} }} }}"), Value::Null).await;
        answer.data()["list"].clone()
    };
    let flags = |list: &Value| {
        (
            list["nodes"].as_array().unwrap().len(),
            list["pageInfo"]["hasPreviousPage"] == true,
            list["pageInfo"]["hasNextPage"] == true,
        )
    };
    let whole = info("(first: 100)").await;
    let cursor = |place: usize| whole["edges"][place]["cursor"].as_str().unwrap().to_owned();
    assert_eq!(flags(&whole), (25, false, false));
    assert_eq!(flags(&info("").await), (20, false, true), "twenty where nothing is said");
    assert_eq!(flags(&info("(first: 25)").await), (25, false, false));
    assert_eq!(flags(&info("(first: 24)").await), (24, false, true));
    assert_eq!(flags(&info("(last: 24)").await), (24, true, false));
    assert_eq!(flags(&info(&format!("(first: 10, after: \"{}\")", cursor(9))).await), (10, true, true));
    assert_eq!(flags(&info(&format!("(first: 100, after: \"{}\")", cursor(9))).await), (15, true, false));
    assert_eq!(flags(&info(&format!("(last: 100, before: \"{}\")", cursor(9))).await), (9, false, true));
    let between = info(&format!("(first: 100, after: \"{}\", before: \"{}\")", cursor(3), cursor(6))).await;
    assert_eq!(between["nodes"], json!([whole["nodes"][4], whole["nodes"][5]]));
    let page_info = &between["pageInfo"];
    assert_eq!((&page_info["startCursor"], &page_info["endCursor"]), (&json!(cursor(4)), &json!(cursor(5))));
    for empty in [
        info(&format!("(first: 5, after: \"{}\")", cursor(24))).await,
        info("(filter: { name: \"no such name\" })").await,
        info("(filter: { ids: [] })").await,
    ] {
        assert_eq!((&empty["nodes"], &empty["pageInfo"]["startCursor"]), (&json!([]), &Value::Null));
        assert_eq!((&empty["pageInfo"]["hasNextPage"], &empty["pageInfo"]["endCursor"]), (&json!(false), &Value::Null));
    }
    assert_eq!(flags(&info("(first: 0)").await), (0, false, true), "no row, but there are some");
}

#[tokio::test]
async fn totals_count_what_the_asker_may_see_and_what_the_filter_leaves() {
    let world = World::demo().await;
    let totals = async |key: &str, filter: &str| {
        let query = format!(
            "{{ list: organizations({filter} first: 2) {{ totalCount nodes {{ id }} }} only: organizations({filter} first: 1) {{ totalCount }} }}"
        );
        let answer = world.ask(&world.act_as(key).await, &query, Value::Null).await;
        let data = answer.data();
        assert_eq!(data["list"]["totalCount"], data["only"]["totalCount"], "with rows and without");
        data["list"]["totalCount"].as_u64().unwrap()
    };
    assert_eq!((totals("owner", "").await, totals("readonly", "").await, totals("outsider", "").await), (25, 5, 3));
    let named = "filter: { name: \"er\" },";
    let visible = "select count(*) from organizations organization join organization_memberships member
            on member.organization_id = organization.id and member.user_id";
    let (owner, readonly) = (identity("owner").tenant_id, identity("readonly").user_id);
    let all = world
        .value(&format!("select count(*) from organizations where tenant_id = '{owner}' and name ilike '%er%' and not {LOCKED}"))
        .await;
    let some = world.value(&format!("{visible} = '{readonly}' where name ilike '%er%'")).await;
    assert_eq!(totals("owner", named).await.to_string(), all.unwrap());
    assert_eq!(totals("readonly", named).await.to_string(), some.unwrap());
}

#[tokio::test]
async fn members_are_filtered_by_role_status_and_name_and_paged_within_the_filter() {
    let world = World::demo().await;
    let token = world.act_as("owner").await;
    let northgate = world.value("select id from organizations where name = 'Northgate Robotics'").await.unwrap();
    world
        .sql(
            "update users set display_name = 'Per % Cent' where display_name = 'Max Member';
            update users set display_name = 'Under_Score' where display_name = 'Mia Manager';
            update users set display_name = 'Back\\Slash' where display_name = 'Adam Admin'",
        )
        .await;
    let not_owner = "member.user_id <> organization.owner_id and member.role =";
    for (filter, condition, at_least) in [
        ("{ role: OWNER }".to_owned(), "member.user_id = organization.owner_id".to_owned(), 1),
        ("{ role: ADMIN }".to_owned(), format!("{not_owner} 'admin'"), 1),
        ("{ role: MANAGER }".to_owned(), format!("{not_owner} 'manager'"), 1),
        ("{ role: MEMBER }".to_owned(), format!("{not_owner} 'member'"), 10),
        ("{ role: READONLY }".to_owned(), format!("{not_owner} 'readonly'"), 2),
        ("{ status: SUSPENDED }".to_owned(), "member.status = 'suspended'".to_owned(), 1),
        ("{ status: ACTIVE, role: MEMBER }".to_owned(), format!("{not_owner} 'member' and member.status = 'active'"), 10),
        ("{ name: \"OLIVIA\" }".to_owned(), "position('olivia' in lower(person.display_name)) > 0".to_owned(), 1),
        ("{ name: \"e\" }".to_owned(), "position('e' in lower(person.display_name)) > 0".to_owned(), 10),
        ("{ name: \"%\" }".to_owned(), "person.display_name = 'Per % Cent'".to_owned(), 1),
        ("{ name: \"_\" }".to_owned(), "person.display_name = 'Under_Score'".to_owned(), 1),
        ("{ name: \"\\\\\" }".to_owned(), "person.display_name = 'Back\\Slash'".to_owned(), 1),
        ("{ name: \"nobody at all\" }".to_owned(), "false".to_owned(), 0),
    ] {
        let expected = expected(
            &world,
            &format!(
                "select member.id from organization_memberships member
                    join organizations organization on organization.id = member.organization_id
                    join users person on person.id = member.user_id
                    where organization.id = '{northgate}' and member.deleted_at is null and {condition} order by member.index_id"
            ),
        )
        .await;
        assert!(expected.len() >= at_least, "{filter} finds {expected:?}");
        for direction in [Direction::Forward, Direction::Backward] {
            for size in [1, 5, 100] {
                let field = "organizations(first: 1) { nodes { members } }";
                let pager = Pager { field, arguments: format!("filter: {filter}"), direction, size };
                assert_eq!(pager.all(&world, &token).await, expected, "{filter} {direction:?} by {size}");
            }
        }
    }
}

#[tokio::test]
async fn each_organization_pages_its_members_by_itself() {
    let world = World::demo().await;
    let token = world.act_as("owner").await;
    let rows = "totalCount nodes { id } pageInfo { hasNextPage hasPreviousPage endCursor }";
    let query = format!(
        "query($after: String) {{ organizations(first: 26) {{ nodes {{ id start: members(first: 9) {{ {rows} }}
            after: members(first: 3, after: $after) {{ {rows} }} end: members(last: 4) {{ {rows} }} }} }} }}"
    );
    let first = world.ask(&token, &query, Value::Null).await;
    let mut checked = 0;
    for organization in first.data()["organizations"]["nodes"].as_array().unwrap() {
        let id: entity::id::OrganizationId = organization["id"].as_str().unwrap().parse().unwrap();
        let sql = format!("select id from organization_memberships where organization_id = '{}' order by index_id", id.uuid());
        let members = expected(&world, &sql).await;
        let start = pager::uuids(&organization["start"]);
        assert_eq!(start, members[..members.len().min(9)]);
        assert_eq!(organization["start"]["totalCount"], members.len());
        assert_eq!(organization["start"]["pageInfo"]["hasNextPage"], members.len() > 9);
        assert_eq!(pager::uuids(&organization["end"]), members[members.len() - 4..]);
        assert_eq!(organization["end"]["pageInfo"]["hasPreviousPage"], members.len() > 4);
        // The cursor of one organization's page, in all of them: a place in time, which each takes for itself.
        let cursor = organization["start"]["pageInfo"]["endCursor"].clone();
        let page = world.ask(&token, &query, json!({ "after": cursor })).await;
        let same = page.data()["organizations"]["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .find(|other| other["id"] == organization["id"])
            .unwrap();
        let rest = &members[start.len()..];
        assert_eq!(pager::uuids(&same["after"]), rest[..rest.len().min(3)]);
        checked += rest.len().min(1);
    }
    assert!(checked > 10, "many organizations have a second page");
}
