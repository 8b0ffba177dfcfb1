//! Questions with ids, names and cursors of another tenant in them.

use entity::id::{
    ApiKeyId, BusinessId, ConversationId, InvitationId, MemberRoleId, MessageId, OrganizationId, OrganizationMembershipId,
    PermissionOverrideId, PersistedDocumentId, ProductId, ResourceGrantId, RoleId, SubscriptionId, TeamId, TeamMemberId, TenantId,
    TenantMembershipId, UserId,
};
use serde_json::{Value, json};
use tenantry::clock;
use uuid::Uuid;

use super::lifecycle;
use crate::world::{World, identity};

/// Every type with ids of a tenant's own: its name, the prefix of its ids, and where its rows are.
pub const NODE_TYPES: [(&str, &str, &str); 19] = [
    ("Tenant", TenantId::PREFIX, "select id from tenants where id = $1"),
    ("Organization", OrganizationId::PREFIX, "select id from organizations where tenant_id = $1"),
    ("TenantMembership", TenantMembershipId::PREFIX, "select id from tenant_memberships where tenant_id = $1"),
    ("OrganizationMembership", OrganizationMembershipId::PREFIX, "select id from organization_memberships where tenant_id = $1"),
    ("Invitation", InvitationId::PREFIX, "select id from invitations where tenant_id = $1"),
    (
        "User",
        UserId::PREFIX,
        // Somebody who is in both tenants is no stranger in either.
        "select user_id from tenant_memberships member where tenant_id = $1
            and not exists (select from tenant_memberships other where other.user_id = member.user_id and other.tenant_id <> $1)",
    ),
    ("Business", BusinessId::PREFIX, "select id from businesses where tenant_id = $1"),
    ("Conversation", ConversationId::PREFIX, "select id from conversations where tenant_id = $1"),
    ("Message", MessageId::PREFIX, "select id from messages where tenant_id = $1"),
    ("Role", RoleId::PREFIX, "select id from roles where tenant_id = $1"),
    ("Team", TeamId::PREFIX, "select id from teams where tenant_id = $1"),
    ("TeamMember", TeamMemberId::PREFIX, "select id from team_members where tenant_id = $1"),
    ("PermissionOverride", PermissionOverrideId::PREFIX, "select id from member_permission_overrides where tenant_id = $1"),
    ("ResourceGrant", ResourceGrantId::PREFIX, "select id from resource_grants where tenant_id = $1"),
    ("RoleAssignment", MemberRoleId::PREFIX, "select id from member_roles where tenant_id = $1"),
    ("Product", ProductId::PREFIX, "select id from products where tenant_id = $1"),
    ("Subscription", SubscriptionId::PREFIX, "select id from subscriptions where tenant_id = $1"),
    ("ApiKey", ApiKeyId::PREFIX, "select id from api_keys where tenant_id = $1"),
    ("PersistedDocument", PersistedDocumentId::PREFIX, "select id from persisted_documents where tenant_id = $1"),
];

/// Two API keys of each tenant, which the demo has none of.
const KEYS: &str = "
    insert into api_keys (tenant_id, id, name, client, prefix, key_hash, scopes, created_by)
    select member.tenant_id, gen_random_uuid(), 'Key', 'acme', 'tk_', sha256(random()::text::bytea), '{roles.read}', member.user_id
    from (select distinct on (tenant_id) tenant_id, user_id from tenant_memberships) member, generate_series(1, 2)";

/// Two registered documents of each tenant, which the demo has none of.
const DOCUMENTS: &str = "
    insert into persisted_documents (tenant_id, id, client, sha256, body, permissions, cost, registered_by)
    select member.tenant_id, gen_random_uuid(), 'acme', encode(sha256(concat(member.tenant_id, number)::bytea), 'hex'), '{ __typename }', '{}', 0, member.user_id
    from (select distinct on (tenant_id) tenant_id, user_id from tenant_memberships) member, generate_series(1, 2) number";

/// So many rows of each type are asked for.
const EACH: usize = 6;

/// What questions name: some ids of each type, and words that only one tenant knows.
pub struct Targets {
    /// By type, as clients write them.
    ids: Vec<(&'static str, Vec<String>)>,
    organization_name: String,
    domain: String,
    person: String,
}

/// A question with its variables.
type Question = (String, Value);

impl Targets {
    /// Rows of the first tenant.
    pub async fn of_neighbour(world: &World) -> Self {
        let tenant = identity("owner").tenant_id;
        world.sql(KEYS).await;
        world.sql(DOCUMENTS).await;
        world.sql(lifecycle::ROWS).await;
        let mut ids = Vec::new();
        for (name, prefix, sql) in NODE_TYPES {
            let rows: Vec<Uuid> = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(tenant).fetch_all(&world.pool).await.unwrap();
            assert!(!rows.is_empty(), "the neighbour has rows of {name}");
            let step = rows.len().div_ceil(EACH);
            ids.push((name, rows.into_iter().step_by(step).map(|id| written(prefix, id)).collect()));
        }
        Self {
            ids,
            organization_name: "Northgate Robotics".to_owned(),
            domain: "northgate-robotics.example".to_owned(),
            person: "Olivia".to_owned(),
        }
    }

    /// As many rows of each type that do not exist.
    pub fn of_nobody(like: &Self) -> Self {
        let ids = NODE_TYPES.map(|(name, prefix, _)| {
            let ids = like.of(name).iter().map(|_| written(prefix, clock::new_id()));
            (name, ids.collect())
        });
        Self {
            ids: ids.into(),
            organization_name: "Nowhere Robotics".to_owned(),
            domain: "nowhere-robotics.example".to_owned(),
            person: "Nobodaddy".to_owned(),
        }
    }

    fn of(&self, name: &str) -> &[String] {
        self.ids.iter().find(|(known, _)| *known == name).map(|(_, ids)| ids.as_slice()).unwrap()
    }

    /// Everything that is asked, in an order that does not depend on the targets.
    fn questions(&self) -> Vec<Question> {
        let mut questions = Vec::new();
        for (name, ids) in &self.ids {
            for id in ids {
                questions.push((
                    format!("query($id: ID!) {{ node(id: $id) {{ __typename id ... on {name} {{ id }} }} }}"),
                    json!({ "id": id }),
                ));
            }
        }
        for (root, name) in [
            ("organization", "Organization"),
            ("user", "User"),
            ("role", "Role"),
            ("team", "Team"),
            ("apiKey", "ApiKey"),
            ("business", "Business"),
            ("conversation", "Conversation"),
        ] {
            for id in self.of(name) {
                questions.push((format!("query($id: ID!) {{ {root}(id: $id) {{ id }} }}"), json!({ "id": id })));
            }
        }
        for name in ["Organization", "Team", "Role", "User"] {
            for id in self.of(name) {
                let grants = "query($id: ID!) { resourceGrants(resource: $id) { totalCount nodes { id } } }";
                questions.push((grants.to_owned(), json!({ "id": id })));
            }
        }
        for id in self.of("Team") {
            let below = "query($id: ID!) { organizations(first: 100) { nodes { teams(filter: { parentId: $id }) { totalCount nodes { id } } } } }";
            questions.push((below.to_owned(), json!({ "id": id })));
        }
        let all: Vec<&String> = self.ids.iter().flat_map(|(_, ids)| ids).collect();
        questions.push(("query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }".to_owned(), json!({ "ids": all })));
        questions.extend(self.about_access(&all));
        questions.extend(self.filters());
        questions.extend(self.mutations());
        questions
    }

    /// May somebody do something there, why, and who may.
    fn about_access(&self, all: &[&String]) -> Vec<Question> {
        let check = "query($questions: [AccessQuestion!]!) { checkAccess(questions: $questions) { allowed step reason code userId organizationId resource } }";
        let explain = "query($user: ID, $organization: ID) {
            explainAccess(userId: $user, organizationId: $organization, permission: \"members.read\") {
                decision { allowed step reason } considered { source rowId roleKey } nearestMiss { kind message } }
            whoCan(organizationId: $organization, permission: \"members.read\") { nodes { id displayName } } }";
        let mut questions = Vec::new();
        for id in self.of("Organization") {
            let asked = json!([{ "organizationId": id, "permission": "members.read" }, { "organizationId": id, "permission": "billing.manage" }]);
            questions.push((check.to_owned(), json!({ "questions": asked })));
            questions.push((explain.to_owned(), json!({ "organization": id })));
        }
        for id in self.of("User") {
            questions.push((check.to_owned(), json!({ "questions": [{ "userId": id, "permission": "members.read" }] })));
            questions.push((explain.to_owned(), json!({ "user": id })));
        }
        let on_each: Vec<Value> = all.iter().map(|id| json!({ "resource": id, "permission": "organization.update" })).collect();
        questions.push((check.to_owned(), json!({ "questions": on_each })));
        questions
    }

    fn filters(&self) -> Vec<Question> {
        let organizations = "totalCount nodes { id name } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }";
        let filtered = |variables: Value| {
            let query = format!(
                "query($filter: OrganizationFilter) {{
                    organizations(filter: $filter) {{ {organizations} }}
                    tenant {{ organizations(filter: $filter) {{ {organizations} }} }}
                    viewer {{ tenants {{ organizations(filter: $filter) {{ {organizations} }} }} }} }}"
            );
            (query, json!({ "filter": variables }))
        };
        let members = "query($name: String) { organizations(first: 100) { nodes { members(filter: { name: $name }) { totalCount nodes { id } } } }
            viewer { memberships(filter: { name: $name }) { totalCount nodes { id } } } }";
        vec![
            filtered(json!({ "ids": self.of("Organization") })),
            filtered(json!({ "name": self.organization_name })),
            filtered(json!({ "name": self.organization_name.to_uppercase() })),
            filtered(json!({ "domain": self.domain })),
            (members.to_owned(), json!({ "name": self.person })),
        ]
    }

    fn mutations(&self) -> Vec<Question> {
        let update = "mutation($id: ID!) { updateOrganization(input: { organizationId: $id, name: \"Stolen\", domain: null }) {
            organization { id name } userErrors { field code message } } }";
        let switch = "mutation($id: ID!) { switchTenant(input: { tenantId: $id }) {
            viewer { tenant { id } } userErrors { field code message } } }";
        let create = "mutation($name: String!) { createOrganization(input: { name: $name, idempotencyKey: \"shared\" }) {
            organization { name owner { id } members { totalCount } } userErrors { field code message } } }";
        let mut questions = Vec::new();
        questions.extend(self.of("Organization").iter().map(|id| (update.to_owned(), json!({ "id": id }))));
        questions.extend(self.of("Tenant").iter().map(|id| (switch.to_owned(), json!({ "id": id }))));
        let act =
            "mutation($user: ID!, $tenant: ID!) { impersonate(input: { userId: $user, tenantId: $tenant, reason: \"mine\" }) {
            session { token } userErrors { field code message } } }";
        for tenant in self.of("Tenant") {
            questions.extend(self.of("User").iter().map(|user| (act.to_owned(), json!({ "user": user, "tenant": tenant }))));
        }
        questions.extend(self.about_roles());
        for (mutation, more) in
            [("revokeApiKey", ""), ("rotateApiKey", ", overlapHours: 0"), ("updateApiKey", ", name: \"Stolen\"")]
        {
            let change = format!(
                "mutation($id: ID!) {{ {mutation}(input: {{ apiKeyId: $id{more} }}) {{ apiKey {{ id name }} userErrors {{ code }} }} }}"
            );
            questions.extend(self.of("ApiKey").iter().map(|id| (change.clone(), json!({ "id": id }))));
        }
        for mutation in ["deprecateDocument", "revokeDocument"] {
            let change = format!(
                "mutation($id: ID!) {{ {mutation}(input: {{ documentId: $id }}) {{ document {{ id revokedAt }} userErrors {{ code }} }} }}"
            );
            questions.extend(self.of("PersistedDocument").iter().map(|id| (change.clone(), json!({ "id": id }))));
        }
        questions.extend(lifecycle::mutations(|name| self.of(name)));
        // A name is taken in its own tenant only, and so is an idempotency key.
        questions.push((create.to_owned(), json!({ "name": self.organization_name })));
        questions
    }

    /// Mutations of roles that name what is another tenant's.
    fn about_roles(&self) -> Vec<Question> {
        let said = "accessChanges { user { id } place organization { id } } userErrors { field code message }";
        let build_on = format!(
            "mutation($id: ID!) {{ createRole(input: {{ key: \"own\", name: \"Own\", parentRoleId: $id, dryRun: true }}) {{ role {{ id }} {said} }} }}"
        );
        let update = format!(
            "mutation($id: ID!) {{ updateRole(input: {{ roleId: $id, name: \"Stolen\" }}) {{ role {{ id name }} {said} }} }}"
        );
        let delete = format!("mutation($id: ID!) {{ deleteRole(input: {{ roleId: $id }}) {{ deletedRoleId {said} }} }}");
        let revoke =
            format!("mutation($id: ID!) {{ revokeRole(input: {{ assignmentId: $id }}) {{ assignment {{ id }} {said} }} }}");
        let assign = format!(
            "mutation($user: ID!, $role: ID!, $organization: ID) {{
                assignRole(input: {{ userId: $user, roleId: $role, organizationId: $organization }}) {{ assignment {{ id }} {said} }} }}"
        );
        let mut questions = Vec::new();
        for role in self.of("Role") {
            questions.extend([&build_on, &update, &delete].map(|mutation| (mutation.clone(), json!({ "id": role }))));
        }
        questions.extend(self.of("RoleAssignment").iter().map(|id| (revoke.clone(), json!({ "id": id }))));
        for ((user, role), organization) in self.of("User").iter().zip(self.of("Role")).zip(self.of("Organization")) {
            questions.push((assign.clone(), json!({ "user": user, "role": role })));
            questions.push((assign.clone(), json!({ "user": user, "role": role, "organization": organization })));
        }
        questions
    }

    /// An answer without what the question itself said.
    fn normalised(&self, body: &Value) -> String {
        let mut body = body.clone();
        if let Some(body) = body.as_object_mut() {
            body.remove("extensions");
        }
        let mut text = body.to_string();
        for (place, id) in self.ids.iter().flat_map(|(_, ids)| ids).enumerate() {
            text = text.replace(id.as_str(), &format!("<id {place}>"));
        }
        for word in [&self.organization_name, &self.domain, &self.person] {
            text = text.replace(word.as_str(), "<word>");
        }
        text
    }
}

/// How many questions there are.
pub fn question_count(targets: &Targets) -> usize {
    targets.questions().len()
}

/// The questions whose answers tell rows of a neighbour from rows that do not exist, with both answers.
pub async fn differences(world: &World, token: &str, there: &Targets, nowhere: &Targets) -> Vec<(String, String, String)> {
    let before = neighbours_rows(world).await;
    let mut differences = Vec::new();
    for ((query, about_there), (same, about_nowhere)) in there.questions().into_iter().zip(nowhere.questions()) {
        assert_eq!(query, same);
        let mut answers = Vec::new();
        for (targets, variables) in [(there, about_there), (nowhere, about_nowhere)] {
            let answer = world.ask(token, &query, variables).await;
            answers.push(format!("{} {}", answer.status, targets.normalised(&answer.body)));
            // What was made for the comparison is in the way of the next.
            world.sql("delete from idempotency_keys where key = 'shared'").await;
        }
        if answers[0] != answers[1] {
            differences.push((query, answers.swap_remove(0), answers.swap_remove(0)));
        }
    }
    // Whatever is shown: a change names the whole key of its row, and the tenant is part of it.
    assert_eq!(before, neighbours_rows(world).await, "nothing of the neighbour has changed");
    differences
}

/// A fingerprint of the neighbour's organizations and roles.
async fn neighbours_rows(world: &World) -> Option<String> {
    let tenant = identity("owner").tenant_id;
    world
        .value(&format!(
            "select md5(concat(
                (select string_agg(row::text, ',' order by id) from organizations row where tenant_id = '{tenant}'),
                (select string_agg(row::text, ',' order by id) from roles row where tenant_id = '{tenant}'),
                (select string_agg(row::text, ',' order by id) from api_keys row where tenant_id = '{tenant}'),
                (select string_agg(row::text, ',' order by id) from persisted_documents row where tenant_id = '{tenant}'),
                (select string_agg(row::text, ',' order by role_id, permission_id) from role_permissions row where tenant_id = '{tenant}'),
                (select string_agg(row::text, ',' order by id) from member_roles row where tenant_id = '{tenant}'),
                (select string_agg(row::text, ',' order by id) from conversations row where tenant_id = '{tenant}'),
                (select string_agg(row::text, ',' order by id) from messages row where tenant_id = '{tenant}'),
                (select string_agg(row::text, ',' order by id) from businesses row where tenant_id = '{tenant}'),
                (select string_agg(row::text, ',' order by id) from invitations row where tenant_id = '{tenant}'),
                (select string_agg(row::text, ',' order by id) from ownership_transfers row where tenant_id = '{tenant}'),
                (select string_agg(row::text, ',' order by id) from organization_memberships row where tenant_id = '{tenant}'),
                (select row::text from tenants row where id = '{tenant}'),
                (select string_agg(row::text, ',' order by metric) from tenant_quotas row where tenant_id = '{tenant}'),
                (select string_agg(row::text, ',' order by organization_id) from domain_verifications row where tenant_id = '{tenant}')))"
        ))
        .await
}

/// The connections that somebody can page through, and where they hang.
const CONNECTIONS: [&str; 7] =
    ["organizations|CREATED_AT", "organizations|NAME", "members", "roles", "products", "auditLog", "deletions"];

/// One page of a connection from a cursor on.
pub fn page(connection: &str, argument: &str, cursor: &str) -> String {
    let from = if cursor.is_empty() { String::new() } else { format!(", {argument}: \"{cursor}\"") };
    let size = if argument == "before" { "last: 100" } else { "first: 100" };
    let rows = "totalCount edges { cursor node { id } } pageInfo { startCursor endCursor hasNextPage hasPreviousPage }";
    match connection.split_once('|') {
        Some((name, order)) => format!("{{ list: {name}({size}{from}, orderBy: {{ field: {order} }}) {{ {rows} }} }}"),
        None if connection == "members" => {
            format!("{{ organizations(first: 3) {{ nodes {{ id list: members({size}{from}) {{ {rows} }} }} }} }}")
        }
        None => format!("{{ list: {connection}({size}{from}) {{ {rows} }} }}"),
    }
}

/// Cursors from the answers that the first tenant's owner gets.
pub async fn cursors_of_neighbour(world: &World) -> Vec<(&'static str, String)> {
    let token = world.act_as("owner").await;
    world
        .sql(
            "insert into audit_logs (tenant_id, id, actor_type, actor_id, action, resource_type, resource_id, changes, request_id)
            select tenant_id, gen_random_uuid(), 'user', user_id, 'role.update', 'tenant_membership', id, '{}', 'r' from tenant_memberships;
            insert into roles (tenant_id, id, key, name, deleted_at, deletion_id)
            select id, gen_random_uuid(), 'gone', 'Gone', now(), gen_random_uuid() from tenants;
            insert into deletions (tenant_id, id, kind, resource_id, name, deleted_at)
            select tenant_id, deletion_id, 'role', id, name, deleted_at from roles where deletion_id is not null",
        )
        .await;
    let mut cursors = Vec::new();
    for connection in CONNECTIONS {
        let answer = world.ask(&token, &page(connection, "after", ""), Value::Null).await;
        let mut found = Vec::new();
        collect_cursors(answer.data(), &mut found);
        assert!(!found.is_empty(), "{connection}");
        let step = found.len().div_ceil(EACH);
        cursors.extend(found.into_iter().step_by(step).map(|cursor| (connection, cursor)));
    }
    cursors
}

fn collect_cursors(value: &Value, cursors: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                match value.as_str() {
                    Some(cursor) if key == "cursor" => cursors.push(cursor.to_owned()),
                    _ => collect_cursors(value, cursors),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect_cursors(item, cursors)),
        _ => {}
    }
}

/// An id as clients write it.
pub fn written(prefix: &str, id: Uuid) -> String {
    let suffix = OrganizationId::from(id).to_string();
    format!("{prefix}{}", &suffix[OrganizationId::PREFIX.len()..])
}
