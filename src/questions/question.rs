//! A question as a client asks it, and as the engine understands it.

use entity::TypedId;
use entity::id::{OrganizationId, UserId};
use migration::catalog::Permission;

use crate::access::{Question, Resource, Scope, Whose};
use crate::error::Error;
use crate::graph::{AnyId, Arguments, Fields, InputObject};

/// A question as it was sent. Its ids and its key are read apart, so that a refusal can name the question among many.
#[derive(Clone, Debug, Default)]
pub struct AccessQuestion {
    /// Whose right; the viewer's where it is left out.
    pub user: Option<AnyId>,
    /// In which organization; in the tenant where it is left out.
    pub organization: Option<AnyId>,
    /// The key of a permission.
    pub permission: String,
    /// On what; on the organization or the tenant itself where it is left out.
    pub resource: Option<AnyId>,
}

/// A question whose words are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Whose right; `None`: the viewer's.
    pub user: Option<UserId>,
    /// To do what.
    pub permission: Permission,
    /// Where; `None`: in the tenant.
    pub organization: Option<OrganizationId>,
    /// On what.
    pub resource: Option<Resource>,
}

impl AccessQuestion {
    /// Reads what was sent; `at` is where it stands among the arguments, and begins what is said about it.
    pub fn read(&self, at: &str) -> Result<Asked, Error> {
        Ok(Asked {
            user: typed(self.user.as_ref(), at, "userId")?,
            permission: permission(&self.permission).map_err(|message| refused(at, "permission", &message))?,
            organization: typed(self.organization.as_ref(), at, "organizationId")?,
            resource: self
                .resource
                .as_ref()
                .map(|id| resource(&id.0).map_err(|message| refused(at, "resource", &message)))
                .transpose()?,
        })
    }
}

impl Asked {
    /// Where it is asked.
    #[must_use]
    pub fn scope(&self) -> Scope {
        self.organization.map_or(Scope::Tenant, Scope::Organization)
    }

    /// Whose right is asked for. Of an API key its own is what its scopes leave; whoever names its maker asks about a person.
    #[must_use]
    pub fn whose(&self) -> Whose {
        self.user.map_or(Whose::Caller, Whose::Person)
    }

    /// As the engine understands it.
    #[must_use]
    pub fn question(&self) -> Question {
        Question { permission: self.permission, scope: self.scope(), resource: self.resource.clone() }
    }
}

/// The permission of this key.
pub fn permission(key: &str) -> Result<Permission, String> {
    Permission::from_key(key).ok_or_else(|| format!("`{}` is no permission: `permissions {{ key }}` lists all", shown(key)))
}

/// The resource of this id.
pub fn resource(id: &str) -> Result<Resource, String> {
    Resource::of_typed_id(id)
        .ok_or_else(|| format!("`{}` is no id: send one such as `team_…`, of a type of ours or of your own", shown(id)))
}

fn typed<I: TypedId>(id: Option<&AnyId>, at: &str, field: &str) -> Result<Option<I>, Error> {
    id.map(|AnyId(id)| id.parse().map_err(|error: entity::IdError| refused(at, field, &error.to_string()))).transpose()
}

fn refused(at: &str, field: &str, message: &str) -> Error {
    let place = if at.is_empty() { field.to_owned() } else { format!("{at}.{field}") };
    Error::bad_input(format!("`{place}`: {message}"))
}

/// As much of what a client sent as is repeated to it.
fn shown(text: &str) -> String {
    text.chars().take(64).collect()
}

impl InputObject for AccessQuestion {
    const NAME: &'static str = "AccessQuestion";
    const DESCRIPTION: &'static str = "May this person do this, there, on that?";

    fn fields() -> Fields<Self> {
        question_fields()
    }
}

impl Arguments for AccessQuestion {
    fn fields() -> Fields<Self> {
        question_fields()
    }
}

fn question_fields() -> Fields<AccessQuestion> {
    Fields::default()
        .field(
            "userId",
            "Whose right it is about; yours where it is left out. About others only whoever has `access.explain` there may ask.",
            |into: &mut AccessQuestion, user| into.user = user,
        )
        .field("organizationId", "In which organization; in the tenant as a whole where it is left out.", |into, organization| {
            into.organization = organization;
        })
        .field("permission", "The key of the permission, such as `members.invite`.", |into, permission| into.permission = permission)
        .field(
            "resource",
            "On which single thing, by its id: for grants on single resources. The organization or the tenant itself where it is left \
             out. Ids of your own types are welcome too, if they are TypeIDs (`doc_…`).",
            |into, resource| into.resource = resource,
        )
}
