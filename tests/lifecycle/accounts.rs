//! Accounts that are deleted and restored: gone from every tenant with the next request, and back in all of them, or in none.

use reqwest::StatusCode;
use serde_json::{Value, json};
use tenantry::clock;
use uuid::Uuid;

use super::deleting::{furnished, rows};
use super::{Home, Person};

const PASSWORD: &str = "a horse that staples batteries";

/// `user_…`
fn user(person: &Person) -> String {
    entity::join("user", person.id)
}

/// One of the platform's staff, who is in this tenant, and may remove people.
pub(super) async fn developer(home: &Home) -> Person {
    let developer = home.stranger("dev@example.com").await;
    home.world
        .sql(&format!(
            "update users set user_type = 'developer' where id = '{}';
            insert into developer_roles (id, key, name) values ('00000000-0000-7000-8000-00000000d000', 'support', 'Support');
            insert into developer_role_permissions (developer_role_id, permission_id)
                select '00000000-0000-7000-8000-00000000d000', id from permissions where key = 'members.remove';
            insert into developer_role_assignments (id, user_id, developer_role_id)
                values (gen_random_uuid(), '{0}', '00000000-0000-7000-8000-00000000d000')",
            developer.id
        ))
        .await;
    Person { token: home.world.token(developer.id, Some(home.tenant)).await, ..developer }
}

async fn give_password(home: &Home, person: &Person) {
    let hash = home.world.gateway.services.passwords.hash(PASSWORD.to_owned()).await.unwrap();
    let id = person.id;
    home.world.sql(&format!("update users set password_hash = '{hash}', email_verified_at = now() where id = '{id}'")).await;
}

/// Puts somebody into a second tenant, too, and gives them an API key in the first.
async fn spread(home: &Home, person: &Person) -> Uuid {
    let (there, id) = (clock::new_id::<Uuid>(), person.id);
    let tenant = home.tenant;
    home.world
        .sql(&format!(
            "insert into tenants (id, slug, name, status) values ('{there}', 'there', 'There', 'active');
            insert into tenant_memberships (tenant_id, id, user_id, role, is_primary) values ('{there}', gen_random_uuid(), '{id}', 'admin', true);
            insert into api_keys (tenant_id, id, name, client, prefix, key_hash, scopes, created_by)
                values ('{tenant}', gen_random_uuid(), 'Key', 'partner', 'tk_', sha256('{id}'::text::bytea), '{{members.read}}', '{id}');
            insert into tenant_quotas (tenant_id, metric, quota_limit, usage) values ('{tenant}', 'members', 9, 4), ('{tenant}', 'api_keys', 9, 1);
            insert into user_tokens (id, user_id, purpose, token_hash, expires_at)
                values (gen_random_uuid(), '{id}', 'password_reset', sha256('t'), now() + interval '1 day')"
        ))
        .await;
    there
}

async fn status(home: &Home, token: &str) -> StatusCode {
    home.world.ask(token, "{ viewer { user { id } } }", Value::Null).await.status
}

#[tokio::test]
async fn who_deletes_themselves_is_gone_everywhere_and_comes_back_as_they_were() {
    let home = furnished().await;
    let there = spread(&home, &home.member).await;
    give_password(&home, &home.member).await;
    let developer = developer(&home).await;
    let other = home.world.token(home.member.id, Some(there)).await;
    let before = rows(&home).await;
    let this = |password: &str| json!({ "userId": user(&home.member), "password": password });
    assert_eq!(home.refused(&home.member, "deleteUser", this("something else")).await, ["WRONG_CREDENTIALS"]);
    assert_eq!(home.refused(&home.member, "deleteUser", json!({ "userId": user(&home.member) })).await, ["WRONG_CREDENTIALS"]);
    home.world.sql(&format!("update users set two_factor_enabled = true where id = '{}'", home.member.id)).await;
    assert_eq!(
        home.refused(&home.member, "deleteUser", this(PASSWORD)).await,
        ["WRONG_CREDENTIALS"],
        "the second factor is missing"
    );
    home.world.sql(&format!("update users set two_factor_enabled = false where id = '{}'", home.member.id)).await;
    let tried = json!({ "userId": user(&home.member), "password": PASSWORD, "dryRun": true });
    assert_eq!(home.done(&home.member, "deleteUser", "deletedUserId", tried).await["deletedUserId"], Value::Null);
    assert_eq!(rows(&home).await, before);

    let gone = home.done(&home.member, "deleteUser", "deletedUserId deletionId", this(PASSWORD)).await;
    assert_eq!(gone["deletedUserId"], json!(user(&home.member)));
    for token in [&home.member.token, &other] {
        assert_eq!(status(&home, token).await, StatusCode::UNAUTHORIZED, "from the next request on");
    }
    let living = "select count(*) from user_tokens where used_at is null";
    assert_eq!(home.world.value(living).await.as_deref(), Some("0"));
    let usage = "select string_agg(usage::text, ' ' order by metric) from tenant_quotas where metric in ('members', 'api_keys')";
    assert_eq!(home.world.value(usage).await.as_deref(), Some("0 3"));
    let stamps = "select count(distinct deletion_id) from (select deletion_id from users union all select deletion_id from tenant_memberships
        union all select deletion_id from organization_memberships union all select deletion_id from member_roles
        union all select deletion_id from member_permission_overrides union all select deletion_id from resource_grants
        union all select deletion_id from api_keys union all select deletion_id from deleted_team_members) gone";
    assert_eq!(home.world.value(stamps).await.as_deref(), Some("1"), "one deletion took everything");
    let written = "select string_agg(tenant_id::text || action, ' ' order by tenant_id) from audit_logs where action like 'user.%'";
    let mut tenants = [home.tenant.to_string(), there.to_string()].map(|tenant| tenant + "user.delete");
    tenants.sort();
    assert_eq!(home.world.value(written).await, Some(tenants.join(" ")));
    let told = "select count(*) from outbox_events event join audit_logs entry using (id) where entry.action = 'user.delete'";
    assert_eq!(home.world.value(told).await.as_deref(), Some("2"));
    assert_eq!(
        home.failed(&developer, "deleteUser", json!({ "userId": user(&home.member), "reason": "again" })).await,
        ["NOT_FOUND"]
    );

    let back = json!({ "userId": user(&home.member), "reason": "they asked for it" });
    assert_eq!(home.failed(&home.owner, "restoreUser", back.clone()).await, ["FORBIDDEN"]);
    let restored = home.done(&developer, "restoreUser", "restoredUserId user { displayName }", back.clone()).await;
    assert_eq!(restored["user"]["displayName"], "Mel Member");
    assert_eq!(rows(&home).await, before);
    assert_eq!(status(&home, &home.member.token).await, StatusCode::UNAUTHORIZED, "sessions never come back");
    let keys = "select count(*) from api_keys where revoked_at is not null and deleted_at is null";
    assert_eq!(home.world.value(keys).await.as_deref(), Some("1"), "API keys come back revoked");
    let token = home.world.token(home.member.id, Some(home.tenant)).await;
    assert!(home.is_inside(&Person { token, membership: String::new(), email: String::new(), id: home.member.id }).await);
    assert_eq!(home.failed(&developer, "restoreUser", back).await, ["NOT_FOUND"], "they are there");
    let events = format!("select string_agg(type, ' ' order by index_id) from user_events where user_id = '{}'", home.member.id);
    assert!(home.world.value(&events).await.unwrap().ends_with("account.delete account.restore"));
}

#[tokio::test]
async fn only_staff_deletes_others_and_nobody_who_owns_an_organization() {
    let home = Home::build().await;
    let developer = developer(&home).await;
    let of = |person: &Person, reason: &str| json!({ "userId": user(person), "reason": reason });
    for person in [&home.owner, &home.admin] {
        assert_eq!(home.failed(person, "deleteUser", of(&home.member, "for fun")).await, ["FORBIDDEN"]);
    }
    assert_eq!(home.refused(&developer, "deleteUser", of(&home.member, " ")).await, ["INVALID"]);
    assert_eq!(home.refused(&developer, "restoreUser", of(&home.member, " ")).await, ["INVALID"]);
    assert_eq!(home.refused(&developer, "deleteUser", of(&home.owner, "fraud")).await, ["IS_OWNER"]);
    let said = home.send(&developer, "deleteUser", "", of(&home.owner, "fraud")).await;
    assert!(said.data()["it"]["userErrors"][0]["message"].as_str().unwrap().contains("Hearth"), "{:#}", said.body);
    let nobody = json!({ "userId": entity::join("user", clock::new_id()), "reason": "fraud" });
    assert_eq!(home.failed(&developer, "deleteUser", nobody.clone()).await, ["NOT_FOUND"]);
    assert_eq!(home.failed(&developer, "restoreUser", nobody).await, ["NOT_FOUND"]);
    home.done(&developer, "deleteUser", "", of(&home.member, "fraud")).await;
    let reason = "select changes -> 'after' ->> 'reason' from audit_logs where action = 'user.delete' and actor_type = 'developer'";
    assert_eq!(home.world.value(reason).await.as_deref(), Some("fraud"));
    home.world.sql("update developer_role_assignments set revoked_at = now()").await;
    assert_eq!(home.failed(&developer, "restoreUser", of(&home.member, "sorry")).await, ["FORBIDDEN"]);
}

#[tokio::test]
async fn an_address_is_free_while_deleted_and_all_that_is_in_the_way_is_told_at_once() {
    let home = furnished().await;
    let developer = developer(&home).await;
    let this = json!({ "userId": user(&home.member), "reason": "they asked for it" });
    home.done(&developer, "deleteUser", "", this.clone()).await;
    let sign_up = json!({
        "email": home.member.email, "password": PASSWORD, "displayName": "Somebody else", "organizationName": "New",
    });
    let query = "mutation($input: SignUpInput!) { it: signUp(input: $input) { userErrors { code } } }";
    let made = home.world.post(None, &json!({ "query": query, "variables": { "input": sign_up } })).await;
    assert_eq!(made.data()["it"]["userErrors"], json!([]));
    let count = format!("select count(*) from users where email = '{}'", home.member.email);
    assert_eq!(home.world.value(&count).await.as_deref(), Some("2"));
    home.world
        .sql(&format!(
            "update roles set deleted_at = now(), deletion_id = gen_random_uuid() where key = 'clerk';
            insert into tenant_quotas (tenant_id, metric, quota_limit, usage) values ('{}', 'members', 3, 3)",
            home.tenant
        ))
        .await;
    assert_eq!(home.refused(&developer, "restoreUser", this.clone()).await, ["TAKEN", "NOT_FOUND", "QUOTA_EXCEEDED"]);
    home.world
        .sql(&format!(
            "update roles set deleted_at = null, deletion_id = null where key = 'clerk';
            update tenant_quotas set quota_limit = 4 where metric = 'members';
            update users set email = 'other@example.com' where email = '{}' and deleted_at is null",
            home.member.email
        ))
        .await;
    home.limit_seats(4).await;
    assert_eq!(home.refused(&developer, "restoreUser", this.clone()).await, ["QUOTA_EXCEEDED"], "the seats are full");
    home.limit_seats(5).await;
    home.world.sql("update users set deleted_at = now() - interval '2556 days' where deleted_at is not null").await;
    assert_eq!(home.refused(&developer, "restoreUser", this.clone()).await, ["ENDED"]);
    home.world.sql("update users set deleted_at = now() where deleted_at is not null").await;
    home.done(&developer, "restoreUser", "", this).await;
}

#[tokio::test]
async fn a_member_of_the_tenant_goes_and_comes_back_with_everything() {
    let home = furnished().await;
    let there = spread(&home, &home.member).await;
    home.world.sql(&format!("update tenant_memberships set role = 'owner' where user_id = '{}'", home.owner.id)).await;
    let before = rows(&home).await;
    let of = async |person: &Person| {
        let sql = format!("select id from tenant_memberships where user_id = '{}' and tenant_id = '{}'", person.id, home.tenant);
        json!({ "tenantMembershipId": entity::join("tmem", home.world.value(&sql).await.unwrap().parse().unwrap()) })
    };
    let (this, owner) = (of(&home.member).await, of(&home.owner).await);
    assert_eq!(home.failed(&home.admin, "removeTenantMember", this.clone()).await, ["FORBIDDEN"]);
    assert_eq!(home.refused(&home.owner, "removeTenantMember", owner).await, ["IS_OWNER"]);
    assert_eq!(home.failed(&home.owner, "restoreTenantMember", this.clone()).await, ["NOT_FOUND"], "they are there");
    home.done(&home.owner, "removeTenantMember", "endedTenantMembershipId deletionId", this.clone()).await;
    assert!(!home.is_inside(&home.member).await);
    let other = home.world.token(home.member.id, Some(there)).await;
    assert_eq!(status(&home, &other).await, StatusCode::OK, "elsewhere they are who they were");
    assert_eq!(home.failed(&home.owner, "removeTenantMember", this.clone()).await, ["NOT_FOUND"]);
    let back = home.done(&home.owner, "restoreTenantMember", "tenantMembership { role }", this.clone()).await;
    assert_eq!(back["tenantMembership"]["role"], "MEMBER");
    assert_eq!(rows(&home).await, before);
    assert!(home.is_inside(&home.member).await);
    let actions = home.audited().await;
    assert_eq!(actions[actions.len() - 2..], ["tenant_member.remove", "tenant_member.restore"]);
}
