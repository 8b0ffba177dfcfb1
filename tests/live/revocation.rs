//! After a revocation nothing more is told, whoever revokes and by whatever process; and who is no longer told hears why.

use serde_json::{Value, json};
use tenantry::gateway::Mode;

use super::client::{Socket, Stream};
use super::{ACCESS, MEMBERSHIP, ORGANIZATION, Office};

/// Ways to lose an organization, each with the code that tells of it.
fn ways(office: &Office) -> Vec<(&'static str, String, &'static str)> {
    let (mia, first, tenant) = (office.mia.id, office.organizations[0], office.tenant);
    let seat = office.seat_of_mia;
    vec![
        ("the place", format!("update organization_memberships set deleted_at = now() where id = '{seat}'"), "FORBIDDEN"),
        ("suspended there", format!("update organization_memberships set status = 'suspended' where id = '{seat}'"), "FORBIDDEN"),
        ("suspended", format!("update tenant_memberships set status = 'suspended' where user_id = '{mia}'"), "FORBIDDEN"),
        (
            "denied",
            format!(
                "insert into member_permission_overrides (tenant_id, id, tenant_membership_id, permission_id, effect)
                 select member.tenant_id, gen_random_uuid(), member.id, permission.id, 'deny' from tenant_memberships member, permissions permission
                 where member.user_id = '{mia}' and permission.key = 'organization.read'"
            ),
            "FORBIDDEN",
        ),
        ("the session", format!("update sessions set revoked_at = now() where user_id = '{mia}'"), "UNAUTHENTICATED"),
        ("expired", format!("update sessions set expires_at = now() where user_id = '{mia}'"), "UNAUTHENTICATED"),
        ("no tenant", format!("update sessions set tenant_id = null where user_id = '{mia}'"), "FORBIDDEN"),
        ("the account", format!("update users set is_active = false where id = '{mia}'"), "FORBIDDEN"),
        ("the tenant", format!("update tenants set status = 'suspended' where id = '{tenant}'"), "TENANT_SUSPENDED"),
        ("deleted", format!("update organizations set deleted_at = now() where id = '{first}'"), "NOT_FOUND"),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_takes_the_right_away_ends_the_subscription_with_the_reason_and_no_further_event() {
    for place in 0..10 {
        let office = Office::build().await;
        let (what, sql, code) = ways(&office).swap_remove(place);
        let after = office.now(&office.mia).await;
        let address = office.world.address;
        let mut socket = Socket::running(address, &office.mia.token, ORGANIZATION, office.about(0, &after)).await;
        let body = json!({ "query": ORGANIZATION, "variables": office.about(0, &after) });
        let mut stream = Stream::post(address, Some(&office.mia.token), &body, &[]).await;
        office.rename(0, "Told").await;
        assert_eq!(socket.next().await["data"]["organizationChanged"]["organization"]["name"], "Told", "{what}");
        assert_eq!(stream.told().await.unwrap().data["data"]["organizationChanged"]["organization"]["name"], "Told", "{what}");
        // In one transaction, so that nothing of what comes after is heard before.
        let secret = office.organizations[0];
        office
            .world
            .sql(&format!(
                "begin; {sql};
                 insert into outbox_events (tenant_id, id, type, organization_id, resource_type, resource_id, data)
                 values ('{}', gen_random_uuid(), 'organization.update', '{secret}', 'organization', '{secret}', '{{}}'); commit",
                office.tenant
            ))
            .await;
        let error = socket.error().await;
        assert_eq!(error["extensions"]["code"], code, "{what}: {error:#}");
        let told = stream.told().await.unwrap();
        assert_eq!(told.data["errors"][0]["extensions"]["code"], code, "{what}: {told:?}");
        assert!(told.data.get("data").is_none(), "{what}");
        assert_eq!(stream.told().await.unwrap().event, "complete", "{what}");
        assert_eq!(stream.told().await, None, "{what}");
        socket.is_silent().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_right_that_is_taken_in_silence_ends_the_subscription_without_an_event() {
    for place in 0..10 {
        let office = Office::build().await;
        let (what, sql, code) = ways(&office).swap_remove(place);
        let after = office.now(&office.mia).await;
        let mut socket = Socket::running(office.world.address, &office.mia.token, ORGANIZATION, office.about(0, &after)).await;
        office.rename(0, "Told").await;
        socket.next().await;
        // Nothing is told of the organization: a bell rings all the same, far sooner than anybody would look.
        office.world.sql(&sql).await;
        assert_eq!(socket.code().await, code, "{what}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mutation_on_another_process_takes_it_away_between_two_events() {
    let office = Office::build().await;
    let (_gateway, second) = office.world.second_gateway(Mode::Production).await;
    let deny = "mutation($input: SetPermissionOverrideInput!) { setPermissionOverride(input: $input) { userErrors { message } permissionOverride { id } } }";
    let remove =
        "mutation($input: RemovePermissionOverrideInput!) { removePermissionOverride(input: $input) { userErrors { message } } }";
    let user = entity::id::UserId::from(office.admin.id).to_string();
    for round in 0..5 {
        let after = office.now(&office.admin).await;
        let mut socket = Socket::running(office.world.address, &office.admin.token, MEMBERSHIP, office.about(0, &after)).await;
        let assignment = office.give_biller(&office.mia).await;
        assert_eq!(socket.event().await["action"], "role.assign");
        let input = json!({ "userId": user, "organizationId": office.organization(0), "permission": "members.read", "effect": "DENY",
            "reason": "for a moment" });
        let denied = office.world.ask_at(second, &office.boss.token, deny, json!({ "input": input })).await;
        assert_eq!(denied.data()["setPermissionOverride"]["userErrors"], json!([]));
        office.take(&assignment).await;
        let error = socket.error().await;
        assert_eq!(error["extensions"]["code"], "FORBIDDEN", "round {round}");
        assert_eq!(error["extensions"]["permission"], "members.read");
        socket.is_silent().await;
        // Whoever never had it is refused like a query.
        socket.begin("2", MEMBERSHIP, office.about(0, &after)).await;
        assert_eq!(socket.code().await, "FORBIDDEN");
        let id = denied.data()["setPermissionOverride"]["permissionOverride"]["id"].clone();
        let removed =
            office.world.ask_at(second, &office.boss.token, remove, json!({ "input": { "permissionOverrideId": id } })).await;
        assert_eq!(removed.data()["removePermissionOverride"]["userErrors"], json!([]));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_enters_another_tenant_takes_its_subscriptions_along_nowhere() {
    let office = Office::build().await;
    let mut script = crate::people::Script::default();
    let other = script.tenant("Other");
    script.member(other, office.boss.id, migration::catalog::BaseRole::Owner);
    script.run(&office.world).await;
    let mut organization =
        Socket::running(office.world.address, &office.boss.token, ORGANIZATION, json!({ "id": office.organization(0) })).await;
    let mut access = Socket::running(office.world.address, &office.boss.token, ACCESS, json!({})).await;
    while office.world.gateway.live.subscriptions() < 2 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let switch = "mutation($input: SwitchTenantInput!) { switchTenant(input: $input) { userErrors { message } } }";
    let input = json!({ "input": { "tenantId": entity::id::TenantId::from(other).to_string() } });
    let switched = office.world.ask(&office.boss.token, switch, input).await;
    assert_eq!(switched.data()["switchTenant"]["userErrors"], json!([]));
    assert_eq!(organization.code().await, "CONFLICT");
    assert_eq!(access.code().await, "CONFLICT");
    let told = office.world.value("select type from outbox_events order by index_id desc limit 1").await.unwrap();
    assert_eq!(told, "session.switch_tenant");
    assert_eq!(office.world.ask(&office.boss.token, "{ liveCursor }", Value::Null).await.codes(), Vec::<&str>::new());
}
