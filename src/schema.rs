//! The API on one screen: one line per room.

use std::sync::Arc;

use crate::access::{Impersonator, Role, Scope};
use crate::api_keys::{self, ApiKey};
use crate::audit::{self, AuditLogEntry};
use crate::billing::money::Money;
use crate::billing::notice::Notice;
use crate::billing::product::{self, Product};
use crate::billing::subscription::Subscription;
use crate::graph::{
    ENTITIES, Mutation, ObjectType, Query, SchemaError, Subscription as LiveRoot, TableSet, Tables, federation_fields, node_fields,
};
use crate::people::conversation::{self, Conversation, Message};
use crate::people::event::{self, UserEvent};
use crate::people::second_factor::{self, SecondFactor};
use crate::people::session::{self, Session};
use crate::people::user::{self, User, Viewer};
use crate::people::{address, impersonation, password, sign_up};
use crate::platform::persisted_document::{self, PersistedDocument, PersistedDocumentUsage, VariableBound};
use crate::questions;
use crate::rate_limit::{self, RateLimit};
use crate::roles::assignment::{self, RoleAssignment};
use crate::roles::developer::{self, DeveloperRole, DeveloperRoleAssignment};
use crate::roles::grant::{self, ResourceGrant};
use crate::roles::permission::Permission;
use crate::roles::permission_override::{self, PermissionOverride};
use crate::roles::role;
use crate::teams::member::{self as team_member, TeamMember};
use crate::teams::team::{self, Team};
use crate::tenancy::business::{self, Business, VerificationDocument};
use crate::tenancy::deletion::{self, Deletion};
use crate::tenancy::domain;
use crate::tenancy::invitation::{self, Invitation, ReceivedInvitation};
use crate::tenancy::membership::{self, OrganizationMembership};
use crate::tenancy::organization::{self, Organization};
use crate::tenancy::ownership::{self, OwnershipOffer};
use crate::tenancy::quota::{self, TenantQuota};
use crate::tenancy::seats::Seats;
use crate::tenancy::tenant::{self, Tenant};
use crate::tenancy::tenant_membership::TenantMembership;
use crate::user_error::UserError;
use crate::watching;

/// Every type of the API. Fails where the tables contradict each other, which a test would have shown.
pub fn tables() -> Result<Arc<Tables>, SchemaError> {
    let tables = TableSet::default()
        .table(query())
        .table(mutation())
        .table(live())
        .object::<Viewer>()
        .object::<Impersonator>()
        .object::<User>()
        .object::<Session>()
        .object::<UserEvent>()
        .object::<SecondFactor>()
        .object::<Conversation>()
        .object::<Message>()
        .object::<Tenant>()
        .object::<TenantQuota>()
        .object::<TenantMembership>()
        .object::<Organization>()
        .object::<OrganizationMembership>()
        .object::<Seats>()
        .object::<OwnershipOffer>()
        .object::<Invitation>()
        .object::<ReceivedInvitation>()
        .object::<Business>()
        .object::<VerificationDocument>()
        .object::<Team>()
        .object::<TeamMember>()
        .object::<Role>()
        .object::<RoleAssignment>()
        .object::<PermissionOverride>()
        .object::<ResourceGrant>()
        .object::<DeveloperRole>()
        .object::<DeveloperRoleAssignment>()
        .object::<Permission>()
        .object::<Product>()
        .object::<Subscription>()
        .object::<Money>()
        .object::<PersistedDocument>()
        .object::<PersistedDocumentUsage>()
        .object::<VariableBound>()
        .object::<Notice>()
        .object::<AuditLogEntry>()
        .object::<Deletion>()
        .object::<ApiKey>()
        .object::<RateLimit>()
        .object::<UserError>()
        .union(ENTITIES)
        .finish()?;
    Ok(Arc::new(tables))
}

fn query() -> ObjectType<Query> {
    let query = ObjectType::named("Query", "Everything that can be read.").scope(|_| Scope::Tenant);
    let rooms = [
        user::queries,
        event::queries,
        tenant::queries,
        organization::queries,
        business::queries,
        conversation::queries,
        team::queries,
        role::queries,
        grant::queries,
        developer::queries,
        product::queries,
        persisted_document::queries,
        audit::queries,
        deletion::queries,
        api_keys::queries,
        questions::queries,
        rate_limit::queries,
        watching::queries,
        node_fields,
        federation_fields,
    ];
    rooms.into_iter().fold(query, |query, room| room(query))
}

fn mutation() -> ObjectType<Mutation> {
    let mutation = ObjectType::named("Mutation", "Everything that can be changed. Fields run one after the other.");
    let rooms = [
        session::mutations,
        second_factor::mutations,
        impersonation::mutations,
        password::mutations,
        address::mutations,
        sign_up::mutation,
        user::mutations,
        tenant::mutations,
        quota::mutation,
        organization::mutations,
        domain::mutations,
        invitation::mutations,
        membership::mutations,
        ownership::mutations,
        deletion::mutations,
        business::mutations,
        conversation::mutations,
        team::mutations,
        team_member::mutations,
        permission_override::mutations,
        grant::mutations,
        role::mutations,
        assignment::mutations,
        persisted_document::mutations,
        api_keys::mutations,
    ];
    rooms.into_iter().fold(mutation, |mutation, room| room(mutation))
}

fn live() -> ObjectType<LiveRoot> {
    let live = ObjectType::live(
        "Everything that can be listened to, by WebSocket at `/graphql/ws` and by server-sent events at `/graphql/stream`.",
    );
    watching::events(live)
}
