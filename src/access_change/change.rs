//! The type `AccessChange`: one permission that somebody gains or loses in one place.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use entity::id::{OrganizationId, UserId};
use migration::catalog::{PERMISSIONS, Permission as Key};

use crate::access::{Holding, Level, Levels, PermissionSet};
use crate::graph::{Enumeration, Object, ObjectType};
use crate::people::user::users_by_id;
use crate::roles::permission::Permission;
use crate::tenancy::organization::organizations_by_id;

/// One permission that somebody gains or loses in one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessChange {
    user: UserId,
    permission: Key,
    place: ChangedPlace,
    organization: Option<OrganizationId>,
    before: Level,
    after: Level,
}

/// Where somebody's access changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ChangedPlace {
    Tenant,
    Organization,
    OtherOrganizations,
}

/// The differences between what people held and what they hold now, at most so many; and whether there were more. Only in
/// places where whoever looks may explain other people's access.
pub(super) fn differences(
    users: &[UserId],
    before: &HashMap<UserId, Holding>,
    after: &HashMap<UserId, Holding>,
    viewer: &Holding,
    most: usize,
) -> (Vec<Arc<AccessChange>>, bool) {
    let mut changes = Vec::new();
    let nothing = Holding::default();
    let sees = |levels: Levels| levels.allowed.contains(Key::AccessExplain);
    for user in users {
        let (before, after) = (before.get(user).unwrap_or(&nothing), after.get(user).unwrap_or(&nothing));
        let listed: BTreeSet<OrganizationId> = before.organizations.keys().chain(after.organizations.keys()).copied().collect();
        let whole = [
            (ChangedPlace::Tenant, None, before.tenant, after.tenant, viewer.tenant),
            (ChangedPlace::OtherOrganizations, None, before.elsewhere, after.elsewhere, viewer.elsewhere),
        ];
        let each = listed
            .into_iter()
            .map(|id| (ChangedPlace::Organization, Some(id), before.within(id), after.within(id), viewer.within(id)));
        for (place, organization, before, after, seen) in whole.into_iter().chain(each) {
            if before == after || !sees(seen) {
                continue;
            }
            for permission in differing(before, after).iter() {
                if changes.len() == most {
                    return (changes, true);
                }
                let (before, after) = (before.of(permission), after.of(permission));
                changes.push(Arc::new(AccessChange { user: *user, permission, place, organization, before, after }));
            }
        }
    }
    (changes, false)
}

fn differing(before: Levels, after: Levels) -> PermissionSet {
    PERMISSIONS.iter().map(|definition| definition.permission).filter(|key| before.of(*key) != after.of(*key)).collect()
}

impl Object for AccessChange {
    fn name() -> &'static str {
        "AccessChange"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new(
            "A permission that somebody gains or loses in one place. Bills and plans stand before everybody alike and are not looked at.",
        )
        .one("user", "Who gains or loses it.", users_by_id, |change| change.user)
        .inline_one("permission", "Which permission.", |change: &Self| Permission::of([change.permission].into_iter().collect()).pop())
        .field("place", "Where: in the tenant, in one organization, or in all organizations that are not named for this user.", |change| {
            &change.place
        })
        .one("organization", "In which organization; null where it is in none in particular.", organizations_by_id, |change| {
            change.organization
        })
        .field("before", "How far it was held before.", |change| &change.before)
        .field("after", "How far it is held after the mutation, or would be.", |change| &change.after)
    }
}

impl Enumeration for Level {
    const NAME: &'static str = "AccessLevel";
    const DESCRIPTION: &'static str = "How far somebody holds a permission in one place.";
    const VALUES: &'static [(Self, &'static str, &'static str)] = &[
        (Self::Denied, "DENIED", "Not at all."),
        (Self::Conditional, "CONDITIONAL", "Where some condition is met."),
        (Self::Allowed, "ALLOWED", "Always."),
    ];
}

impl Enumeration for ChangedPlace {
    const NAME: &'static str = "AccessChangePlace";
    const DESCRIPTION: &'static str = "Where somebody's access changes.";
    const VALUES: &'static [(Self, &'static str, &'static str)] = &[
        (Self::Tenant, "TENANT", "In the tenant as a whole."),
        (Self::Organization, "ORGANIZATION", "In the organization that is named."),
        (Self::OtherOrganizations, "OTHER_ORGANIZATIONS", "In all organizations of the tenant that are not named for this user."),
    ];
}
