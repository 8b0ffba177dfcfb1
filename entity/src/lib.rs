//! What a row is: the tables of Tenantry as sea-orm entities, and the typed ids they are known by.

pub mod id;
mod typed_id;

mod prelude;

pub mod session;
pub mod user;
pub mod user_token;

pub mod access_version;
pub mod api_key;
pub mod audit_log;
pub mod business;
pub mod conversation;
pub mod deletion;
pub mod invitation;
pub mod message;
pub mod organization;
pub mod organization_membership;
pub mod ownership_transfer;
pub mod tenant;
pub mod tenant_membership;
pub mod tenant_quota;

pub mod member_role;
pub mod permission;
pub mod permission_override;
pub mod resource_grant;
pub mod role;
pub mod role_permission;
pub mod team;
pub mod team_member;
pub mod team_role;

pub mod product;
pub mod subscription;

pub mod persisted_document;
pub mod persisted_document_usage;

pub mod developer_role;
pub mod developer_role_assignment;
pub mod developer_role_permission;

pub use typed_id::{IdError, TypedId, join, split};

#[cfg(test)]
mod tests {
    use sea_orm::{ActiveEnum, Iterable};

    fn writes_itself_alike<E: ActiveEnum<Value = String> + Iterable + Copy>(as_str: fn(E) -> &'static str) {
        for member in E::iter() {
            assert_eq!(as_str(member), member.to_value());
        }
    }

    #[test]
    fn closed_sets_write_their_members_as_the_database_does() {
        writes_itself_alike(crate::user::UserType::as_str);
        writes_itself_alike(crate::user_token::TokenPurpose::as_str);
        writes_itself_alike(crate::tenant::TenantStatus::as_str);
        writes_itself_alike(crate::tenant_quota::QuotaMetric::as_str);
        writes_itself_alike(crate::tenant_membership::TenantRole::as_str);
        writes_itself_alike(crate::tenant_membership::MembershipStatus::as_str);
        writes_itself_alike(crate::organization_membership::OrganizationRole::as_str);
        writes_itself_alike(crate::invitation::InvitationStatus::as_str);
        writes_itself_alike(crate::ownership_transfer::TransferStatus::as_str);
        writes_itself_alike(crate::role_permission::Effect::as_str);
        writes_itself_alike(crate::audit_log::ActorType::as_str);
        writes_itself_alike(crate::deletion::DeletionKind::as_str);
        writes_itself_alike(crate::product::ProductType::as_str);
        writes_itself_alike(crate::subscription::SubscriptionStatus::as_str);
        writes_itself_alike(crate::business::BusinessType::as_str);
        writes_itself_alike(crate::business::BusinessStatus::as_str);
        writes_itself_alike(crate::business::BusinessVerification::as_str);
        writes_itself_alike(crate::conversation::ConversationStatus::as_str);
        writes_itself_alike(crate::message::MessageRole::as_str);
    }
}
