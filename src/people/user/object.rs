//! The type `User`.

use chrono::{DateTime, Utc};
use entity::id::UserId;
use migration::catalog::Permission;

use super::store::visible_users;
use crate::access::Scope;
use crate::graph::{Object, ObjectType};
use crate::teams::team::teams_of_users;
use crate::tenancy::membership::memberships_of_users;

/// A person.
#[derive(Debug)]
pub struct User {
    /// The person's id.
    pub id: UserId,
    /// The address to write to.
    pub email: String,
    /// When the address was proven.
    pub email_verified_at: Option<DateTime<Utc>>,
    /// What to call the person.
    pub display_name: String,
    /// A picture.
    pub avatar_url: Option<String>,
    /// A number to call.
    pub phone: Option<String>,
    /// When the person was last seen.
    pub last_active_at: Option<DateTime<Utc>>,
    /// Since when the person is known.
    pub created_at: DateTime<Utc>,
}

impl Object for User {
    fn name() -> &'static str {
        "User"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("A person.")
            .scope(|user| Scope::Person(user.id))
            .node(|user| user.id, visible_users)
            .field("displayName", "What to call the person.", |user| &user.display_name)
            .field("avatarUrl", "Where a picture of the person is.", |user| &user.avatar_url)
            .field("email", "The address to write to. Your own you always see.", |user| &user.email)
            .requires(Permission::UsersContact)
            .field("emailVerifiedAt", "When the address was proven; null where it was not.", |user| &user.email_verified_at)
            .requires(Permission::UsersContact)
            .field("phone", "A number to call. Your own you always see.", |user| &user.phone)
            .requires(Permission::UsersContact)
            .field("lastActiveAt", "When the person was last seen.", |user| &user.last_active_at)
            .field("createdAt", "Since when the person is known.", |user| &user.created_at)
            .connection(
                "memberships",
                "The person's memberships in organizations of your tenant whose members you may see.",
                memberships_of_users,
                |user| user.id,
            )
            .connection("teams", "The teams that the person is in, of those that you may see.", teams_of_users, |user| user.id)
    }
}
