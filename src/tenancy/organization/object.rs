//! The type `Organization`.

use chrono::{DateTime, Utc};
use entity::id::{OrganizationId, UserId};
use migration::catalog::Permission;

use super::store::organizations_by_id;
use crate::access::{BillingAccount, Scope};
use crate::billing::subscription::{billing_accounts, plan_subscriptions};
use crate::graph::{Json, Object, ObjectType};
use crate::people::user::users_by_id;
use crate::teams::team::teams_of_organizations;
use crate::tenancy::business::businesses_of_organizations;
use crate::tenancy::invitation::invitations_of_organizations;
use crate::tenancy::membership::members_of_organizations;
use crate::tenancy::ownership::offers_of_organizations;
use crate::tenancy::seats::seats_of_organizations;

/// An organization that the caller may know of.
#[derive(Debug)]
pub struct Organization {
    /// Its id.
    pub id: OrganizationId,
    /// Its place in time.
    pub index_id: i64,
    /// Its name.
    pub name: String,
    /// The domain of its people's addresses.
    pub domain: Option<String>,
    /// When the domain was proven.
    pub domain_verified_at: Option<DateTime<Utc>>,
    /// Does a proven address of the domain make somebody a member?
    pub assigns_by_domain: bool,
    /// What the tenant keeps with it.
    pub metadata: Json,
    /// Where bills go.
    pub billing_email: Option<String>,
    /// Who owns it.
    pub owner: UserId,
    /// The payment provider's id of it.
    pub stripe_customer_id: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

impl Object for Organization {
    fn name() -> &'static str {
        "Organization"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("What people work in together: it has an owner, members, a plan.")
            .scope(|organization| Scope::Organization(organization.id))
            .node(|organization| organization.id, organizations_by_id)
            .field("name", "Its name: unique in the tenant.", |organization| &organization.name)
            .field("domain", "The domain of its people's addresses.", |organization| &organization.domain)
            .field("domainVerifiedAt", "When the domain was proven; null where it was not.", |organization| {
                &organization.domain_verified_at
            })
            .field(
                "assignsByDomain",
                "Whether people of the tenant with a proven address of the proven domain become members by themselves, while there are seats.",
                |organization| &organization.assigns_by_domain,
            )
            .field("metadata", "What is kept with it, as an object: yours. Conditions of rules can speak of it.", |organization| {
                &organization.metadata
            })
            .field("createdAt", "When it was made.", |organization| &organization.created_at)
            .field("updatedAt", "When it was last changed.", |organization| &organization.updated_at)
            .field("billingEmail", "Where bills go.", |organization| &organization.billing_email)
            .requires(Permission::BillingRead)
            .field("stripeCustomerId", "Stripe's id of it.", |organization| &organization.stripe_customer_id)
            .requires(Permission::BillingRead)
            .one("owner", "Who owns it: exactly one of its active members.", users_by_id, |organization| organization.owner)
            .requires(Permission::MembersRead)
            .connection("members", "Who belongs to it, the longest-standing first.", members_of_organizations, |organization| {
                (organization.id, organization.owner)
            })
            .requires(Permission::MembersRead)
            .connection("invitations", "Who was invited to it, the newest first.", invitations_of_organizations, |organization| {
                organization.id
            })
            .requires(Permission::InvitationsRead)
            .one(
                "seats",
                "How many people it has room for, and how many seats are taken.",
                seats_of_organizations,
                |organization| organization.id,
            )
            .requires(Permission::MembersRead)
            .one(
                "ownershipOffer",
                "The offer of its ownership that waits for an answer.",
                offers_of_organizations,
                |organization| organization.id,
            )
            .requires(Permission::MembersRead)
            .connection("businesses", "The businesses that it serves.", businesses_of_organizations, |organization| organization.id)
            .requires(Permission::BusinessesRead)
            .connection("teams", "Its teams that you may see.", teams_of_organizations, |organization| organization.id)
            .one(
                "subscription",
                "The plan it has bought; null where it has none, or the last one has ended.",
                plan_subscriptions,
                |organization| organization.id,
            )
            .requires(Permission::SubscriptionsRead)
            .derived(
                "effectiveTier",
                "The key of the plan that it has in effect: `free` where it has bought none.",
                billing_accounts,
                |organization: &Self| organization.id,
                |account: Option<&BillingAccount>| account.and_then(BillingAccount::tier).unwrap_or_else(|| "free".to_owned()),
            )
            .requires(Permission::SubscriptionsRead)
            .derived(
                "billingState",
                "Where it stands with its bills. Computed from its subscriptions at the time of the request.",
                billing_accounts,
                |organization: &Self| organization.id,
                |account: Option<&BillingAccount>| account.map(BillingAccount::state).unwrap_or_default(),
            )
            .requires(Permission::SubscriptionsRead)
    }
}
