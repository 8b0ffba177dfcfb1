//! Invitations, memberships and ownership of another tenant: rows of them, and mutations that name them.

use serde_json::{Value, json};

/// An invitation and an offer in each tenant, which the demo leaves without any.
pub const ROWS: &str = "
    insert into invitations (tenant_id, id, batch_id, organization_id, email, role, token_hash, expires_at, invited_by_user_id)
    select distinct on (tenant_id) tenant_id, gen_random_uuid(), gen_random_uuid(), id, 'invited@people.example', 'member',
        sha256(id::text::bytea), now() + interval '7 days', owner_id from organizations on conflict do nothing;
    insert into invitation_roles (tenant_id, invitation_id, role_id)
    select distinct on (tenant_id) tenant_id, invitation.id, role.id from invitations invitation join roles role using (tenant_id)
    on conflict do nothing;
    insert into invitation_teams (tenant_id, invitation_id, team_id)
    select distinct on (tenant_id) tenant_id, invitation.id, team.id from invitations invitation join teams team using (tenant_id)
    on conflict do nothing;
    insert into ownership_transfers (tenant_id, id, organization_id, from_user_id, to_user_id, offered_by_user_id, expires_at)
    select distinct on (seat.tenant_id) seat.tenant_id, gen_random_uuid(), organization.id, owner_id, seat.user_id, owner_id, now() + interval '1 day'
    from organizations organization join organization_memberships seat on seat.organization_id = organization.id and seat.user_id <> owner_id
    on conflict do nothing;
    insert into deleted_team_members (tenant_id, id, deletion_id, index_id, team_id, tenant_membership_id, is_lead, created_at)
    select distinct on (tenant_id) tenant_id, id, gen_random_uuid(), index_id, team_id, tenant_membership_id, is_lead, created_at
    from team_members on conflict do nothing;
    insert into deletions (tenant_id, id, kind, resource_id, organization_id, name, deleted_at)
    select distinct on (tenant_id) tenant_id, gen_random_uuid(), 'organization', id, id, name, now() from organizations;
    insert into domain_verifications (tenant_id, organization_id, domain, token, requested_by_user_id, requested_at, lookups_since)
    select distinct on (tenant_id) tenant_id, id, 'there.example', 'token', owner_id, now(), now() from organizations";

/// Mutations that name what is another tenant's.
pub fn mutations<'a>(of: impl Fn(&'static str) -> &'a [String]) -> Vec<(String, Value)> {
    let said = "userErrors { field code message }";
    let mut questions = Vec::new();
    for name in ["resendInvitation", "updateInvitation", "revokeInvitation", "acceptInvitation", "declineInvitation"] {
        let mutation = format!("mutation($id: ID!) {{ it: {name}(input: {{ invitationId: $id }}) {{ {said} }} }}");
        questions.extend(of("Invitation").iter().map(|id| (mutation.clone(), json!({ "id": id }))));
    }
    for (name, more) in [
        ("updateMember", "role: READONLY, "),
        ("suspendMember", ""),
        ("reactivateMember", ""),
        ("removeMember", ""),
        ("restoreMember", ""),
    ] {
        let mutation = format!("mutation($id: ID!) {{ it: {name}(input: {{ {more}membershipId: $id }}) {{ {said} }} }}");
        questions.extend(of("OrganizationMembership").iter().map(|id| (mutation.clone(), json!({ "id": id }))));
    }
    for (name, more) in [
        ("updateBusiness", ", legalName: \"Stolen\""),
        ("deleteBusiness", ""),
        ("restoreBusiness", ""),
        ("requestBusinessVerification", ", documents: [{ name: \"a\", reference: \"b\" }]"),
        ("verifyBusiness", ""),
        ("rejectBusiness", ", reason: \"none\""),
    ] {
        let mutation = format!("mutation($id: ID!) {{ it: {name}(input: {{ businessId: $id{more} }}) {{ {said} }} }}");
        questions.extend(of("Business").iter().map(|id| (mutation.clone(), json!({ "id": id }))));
    }
    for (name, more) in [("postMessage", ", content: \"hello\""), ("archiveConversation", ""), ("unarchiveConversation", "")] {
        let mutation = format!("mutation($id: ID!) {{ it: {name}(input: {{ conversationId: $id{more} }}) {{ {said} }} }}");
        questions.extend(of("Conversation").iter().map(|id| (mutation.clone(), json!({ "id": id }))));
    }
    for (name, field, kind) in [("restoreTeam", "teamId", "Team"), ("restoreRole", "roleId", "Role")] {
        let mutation = format!("mutation($id: ID!) {{ it: {name}(input: {{ {field}: $id }}) {{ {said} }} }}");
        questions.extend(of(kind).iter().map(|id| (mutation.clone(), json!({ "id": id }))));
    }
    for name in ["removeTenantMember", "restoreTenantMember"] {
        let mutation = format!("mutation($id: ID!) {{ it: {name}(input: {{ tenantMembershipId: $id }}) {{ {said} }} }}");
        questions.extend(of("TenantMembership").iter().map(|id| (mutation.clone(), json!({ "id": id }))));
    }
    for name in ["deleteUser", "restoreUser"] {
        let mutation = format!("mutation($id: ID!) {{ it: {name}(input: {{ userId: $id, reason: \"none\" }}) {{ {said} }} }}");
        questions.extend(of("User").iter().map(|id| (mutation.clone(), json!({ "id": id }))));
    }
    for (name, more) in [
        ("updateTenant", ", name: \"Stolen\""),
        ("setPrimaryTenant", ""),
        ("setTenantStatus", ", status: SUSPENDED, reason: \"none\""),
        ("setTenantFeatures", ", features: { api_access: true }, reason: \"none\""),
        ("setTenantQuota", ", metric: MEMBERS, limit: 1, reason: \"none\""),
    ] {
        let mutation = format!("mutation($id: ID!) {{ it: {name}(input: {{ tenantId: $id{more} }}) {{ {said} }} }}");
        questions.extend(of("Tenant").iter().map(|id| (mutation.clone(), json!({ "id": id }))));
    }
    for (organization, user) in of("Organization").iter().zip(of("User")) {
        let input = json!({ "id": organization, "user": user });
        for mutation in [
            "deleteOrganization(input: { organizationId: $id })",
            "restoreOrganization(input: { organizationId: $id })",
            "leaveOrganization(input: { organizationId: $id })",
            "requestDomainVerification(input: { organizationId: $id })",
            "verifyDomain(input: { organizationId: $id })",
            "createBusiness(input: { organizationId: $id, legalName: \"Theirs\" })",
            "inviteMember(input: { organizationId: $id, email: \"x@x.example\", role: MEMBER })",
            "offerOwnership(input: { organizationId: $id, userId: $user })",
            "rescueOwnership(input: { organizationId: $id, userId: $user, reason: \"none\" })",
        ] {
            // A variable that is not used would be refused.
            let user = if mutation.contains("$user") { ", $user: ID!" } else { "" };
            questions.push((format!("mutation($id: ID!{user}) {{ it: {mutation} {{ {said} }} }}"), input.clone()));
        }
    }
    questions
}
