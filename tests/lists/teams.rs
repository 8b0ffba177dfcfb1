//! Lists of teams, of their members, of overrides and grants, page by page.

use serde_json::json;

use super::expected;
use super::pager::{Direction, Pager};
use crate::world::{World, identity};

#[tokio::test]
async fn teams_and_what_hangs_on_them_come_once_and_in_order_from_either_end() {
    let world = World::demo().await;
    fill(&world).await;
    let token = world.act_as("owner").await;
    let tenant = identity("owner").tenant_id;
    let id = async |sql: &str| world.value(sql).await.unwrap();
    let northgate = id("select id from organizations where name = 'Northgate Robotics'").await;
    let team =
        async |name: &str| id(&format!("select id from teams where organization_id = '{northgate}' and name = '{name}'")).await;
    let (engineering, support) = (team("Engineering").await, team("Support").await);
    let max = id(&format!(
        "select member.id from tenant_memberships member join users person on person.id = member.user_id
        where person.display_name = 'Max Member' and member.tenant_id = '{tenant}'"
    ))
    .await;
    let max_user = id(&format!("select user_id from tenant_memberships where id = '{max}'")).await;
    let written = |prefix: &str, id: &str| entity::join(prefix, id.parse().unwrap());
    let of_max = "on tenant_membership_id = member.id";
    for (field, arguments, sql) in [
        (
            format!("organization(id: \"{}\") {{ teams }}", written("org", &northgate)),
            "orderBy: { field: NAME, direction: DESC }".to_owned(),
            format!("select id from teams where organization_id = '{northgate}' order by name desc, index_id desc"),
        ),
        (
            format!("organization(id: \"{}\") {{ teams }}", written("org", &northgate)),
            String::new(),
            format!("select id from teams where organization_id = '{northgate}' order by index_id"),
        ),
        (
            format!("team(id: \"{}\") {{ children }}", written("team", &engineering)),
            String::new(),
            format!("select id from teams where parent_team_id = '{engineering}' order by index_id"),
        ),
        (
            format!("team(id: \"{}\") {{ members }}", written("team", &engineering)),
            String::new(),
            format!("select id from team_members where team_id = '{engineering}' order by index_id"),
        ),
        (
            format!("team(id: \"{}\") {{ grants }}", written("team", &support)),
            String::new(),
            format!("select id from resource_grants where team_id = '{support}' and deleted_at is null order by index_id"),
        ),
        (
            "resourceGrants".to_owned(),
            format!("resource: \"{}\",", written("org", &northgate)),
            format!("select id from resource_grants where resource_id = '{northgate}' and deleted_at is null order by index_id"),
        ),
        (
            format!("user(id: \"{}\") {{ teams }}", written("user", &max_user)),
            String::new(),
            format!(
                "select team.id from teams team join team_members place on place.team_id = team.id
                where place.tenant_membership_id = '{max}' order by team.index_id"
            ),
        ),
        (
            "tenant { members }".to_owned(),
            String::new(),
            format!("select id from tenant_memberships where tenant_id = '{tenant}' order by index_id"),
        ),
        (
            "tenant { members }".to_owned(),
            "filter: { role: MEMBER, name: \"an\" }".to_owned(),
            format!(
                "select member.id from tenant_memberships member join users person on person.id = member.user_id
                where tenant_id = '{tenant}' and role = 'member' and display_name ilike '%an%' order by member.index_id"
            ),
        ),
    ] {
        let expected = expected(&world, &sql).await;
        assert!(!expected.is_empty(), "{field}");
        for direction in [Direction::Forward, Direction::Backward] {
            for size in [1, 4, 100] {
                if expected.len() / size > 60 {
                    continue;
                }
                let pager = Pager { field: &field, arguments: arguments.clone(), direction, size };
                assert_eq!(pager.all(&world, &token).await, expected, "{field} {arguments} {direction:?} by {size}");
            }
        }
    }
    // The overrides of a member hang below a node, which no pager reads.
    let query = "query($id: ID!) { node(id: $id) { ... on TenantMembership { permissionOverrides(first: 100) { totalCount nodes { id } } } } }";
    let answer = world.ask(&token, query, json!({ "id": written("tmem", &max) })).await;
    let rows = expected(
        &world,
        &format!(
            "select override.id from member_permission_overrides override join tenant_memberships member {of_max}
        where member.id = '{max}' and override.deleted_at is null order by override.index_id"
        ),
    )
    .await;
    let shown = super::pager::uuids(&answer.data()["node"]["permissionOverrides"]);
    assert_eq!(shown, rows);
}

/// So many overrides and grants that there are pages of them.
async fn fill(world: &World) {
    world
        .sql(
            "insert into member_permission_overrides (tenant_id, id, tenant_membership_id, permission_id, effect)
            select member.tenant_id, gen_random_uuid(), member.id, permission.id, 'allow'
            from tenant_memberships member join users person on person.id = member.user_id, permissions permission
            where person.display_name = 'Max Member';
            insert into resource_grants (tenant_id, id, resource_type, resource_id, team_id, permission_id)
            select team.tenant_id, gen_random_uuid(), 'organization', team.organization_id, team.id, permission.id
            from teams team, permissions permission where team.name = 'Support';
            update member_permission_overrides set deleted_at = now() where id in (select id from member_permission_overrides limit 3);
            update resource_grants set deleted_at = now() where id in (select id from resource_grants limit 3)",
        )
        .await;
}
