//! Overrides, teams and grants: what a single member, a team or a single thing is given beside roles.

use migration::catalog::{BaseRole, Permission};

use super::setting::Setting;
use crate::people::role_id;

const BILLS: Permission = Permission::BillingRead;

#[tokio::test]
async fn an_override_beats_roles_and_the_highest_priority_beats_the_others() {
    let setting = Setting::new(BaseRole::Member).await;
    assert!(!setting.sees_bills().await);
    setting.exception(BILLS, "allow", 100, Some(setting.here), "").await;
    assert!(setting.sees_bills().await, "it gives what no role gives");
    setting.exception(BILLS, "deny", 100, None, "").await;
    assert!(!setting.sees_bills().await, "at equal priority the denial decides, tenant-wide or not");
    setting.exception(BILLS, "allow", 101, None, "").await;
    assert!(setting.sees_bills().await);
    setting.exception(BILLS, "deny", 200, Some(setting.there), "").await;
    assert!(setting.sees_bills().await, "another organization's says nothing here");
    setting.exception(BILLS, "deny", 200, None, "expires_at=now() - interval '1 second'").await;
    setting.exception(BILLS, "deny", 200, None, "deleted_at=now()").await;
    setting.exception(BILLS, "deny", 200, None, "conditions='false'").await;
    assert!(setting.sees_bills().await, "nor does one that has expired, was deleted, or whose condition is not met");
    setting.exception(BILLS, "deny", i32::MAX, None, "conditions='{\"==\": [{\"var\": \"user.shoe_size\"}, 1]}'").await;
    assert!(!setting.sees_bills().await, "a denial whose condition fails applies");
}

#[tokio::test]
async fn an_override_can_hide_an_organization_and_show_another_and_the_owner_is_above_it() {
    let setting = Setting::new(BaseRole::Member).await;
    setting.exception(Permission::OrganizationRead, "deny", 1, Some(setting.here), "").await;
    setting.exception(Permission::OrganizationRead, "allow", 1, Some(setting.there), "").await;
    assert_eq!(setting.seen().await, [("There".to_owned(), false)]);
    setting
        .sql(&format!(
            "update member_permission_overrides set tenant_membership_id = (
                select id from tenant_memberships where user_id = '{}'), permission_id = '{}'",
            setting.owner,
            super::setting::id(Permission::OrganizationUpdate)
        ))
        .await;
    assert_eq!(setting.rename(setting.owner).await.codes(), [""; 0]);
}

#[tokio::test]
async fn a_team_gives_its_roles_and_those_of_the_teams_above_it_in_its_organization() {
    let setting = Setting::new(BaseRole::Member).await;
    setting.role("accountant", (BILLS, "allow", None), Some(setting.there)).await;
    setting.sql("delete from member_roles").await;
    let top = setting.team("Top", None).await;
    let middle = setting.team("Middle", Some(top)).await;
    let bottom = setting.team("Bottom", Some(middle)).await;
    setting.join(bottom).await;
    let (tenant, role) = (setting.tenant, role_id(setting.tenant, "accountant"));
    setting.sql(&format!("insert into team_roles (tenant_id, team_id, role_id) values ('{tenant}', '{top}', {role})")).await;
    assert!(setting.sees_bills().await, "three teams up");
    setting.sql(&format!("update teams set parent_team_id = null where id = '{middle}'")).await;
    assert!(!setting.sees_bills().await, "the team was moved away");
    setting.sql(&format!("update teams set parent_team_id = '{top}' where id = '{middle}'")).await;
    setting.sql(&format!("update teams set deleted_at = now() where id = '{middle}'")).await;
    assert!(!setting.sees_bills().await, "a deleted team ends the chain");
    setting.sql("update teams set deleted_at = null").await;
    assert!(setting.sees_bills().await);
    setting.sql("delete from team_members").await;
    assert!(!setting.sees_bills().await);
}

#[tokio::test]
async fn a_team_counts_without_a_seat_in_its_organization() {
    let setting = Setting::new(BaseRole::Member).await;
    setting.sql(&format!("update organization_memberships set deleted_at = now() where user_id = '{}'", setting.user)).await;
    assert_eq!(setting.seen().await, []);
    let team = setting.team("Guests", None).await;
    setting.join(team).await;
    let role = role_id(setting.tenant, "readonly");
    setting
        .sql(&format!("insert into team_roles (tenant_id, team_id, role_id) values ('{}', '{team}', {role})", setting.tenant))
        .await;
    assert_eq!(setting.seen().await, [("Here".to_owned(), false)]);
}

#[tokio::test]
async fn a_grant_on_an_organization_reaches_its_member_its_team_and_its_role() {
    let setting = Setting::new(BaseRole::Member).await;
    let team = setting.team("Team", None).await;
    setting.join(team).await;
    let member = format!("'{}'", setting.member);
    let team = format!("'{team}'");
    let role = role_id(setting.tenant, "member");
    let lower = role_id(setting.tenant, "readonly");
    for (column, grantee, reaches) in
        [("tenant_membership_id", &member, true), ("team_id", &team, true), ("role_id", &role, true), ("role_id", &lower, false)]
    {
        setting.grant(("organization", setting.here), (column, grantee), BILLS, "allow").await;
        assert_eq!(setting.sees_bills().await, reaches, "{column} {grantee}");
        setting.sql("update resource_grants set expires_at = now()").await;
        assert!(!setting.sees_bills().await, "it has expired: {column}");
        setting.sql("delete from resource_grants").await;
    }
    setting.grant(("organization", setting.there), ("tenant_membership_id", &member), Permission::OrganizationRead, "allow").await;
    assert_eq!(setting.seen().await.len(), 2, "the list shows what is granted");
    setting.grant(("organization", setting.there), ("role_id", &role), Permission::OrganizationRead, "deny").await;
    setting.grant(("organization", setting.there), ("team_id", &team), Permission::OrganizationRead, "deny").await;
    assert_eq!(setting.seen().await.len(), 2, "neither the seat's role nor the team counts in another organization");
    setting.grant(("organization", setting.there), ("tenant_membership_id", &member), Permission::OrganizationRead, "deny").await;
    assert_eq!(setting.seen().await.len(), 1, "any denial beats every allowance");
    setting.grant(("team", setting.here), ("tenant_membership_id", &member), BILLS, "allow").await;
    assert!(!setting.sees_bills().await, "what is granted on another thing says nothing here");
}

#[tokio::test]
async fn a_grant_to_a_role_of_the_whole_tenant_shows_the_organization() {
    let setting = Setting::new(BaseRole::Member).await;
    setting.role("auditor", (Permission::AuditRead, "allow", None), None).await;
    let role = role_id(setting.tenant, "auditor");
    setting.grant(("organization", setting.there), ("role_id", &role), Permission::OrganizationRead, "allow").await;
    assert_eq!(setting.seen().await.len(), 2);
    setting.sql("update roles set is_active = false where key = 'auditor'").await;
    assert_eq!(setting.seen().await.len(), 1, "a role that is switched off gets nothing");
}
