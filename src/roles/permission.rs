//! The type `Permission`: the catalog, which is the same for everybody.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use entity::id::PermissionId;
use migration::catalog::{self, PERMISSIONS, PermissionDefinition};
use uuid::Uuid;

use crate::access::PermissionSet;
use crate::error::Error;
use crate::graph::{Object, ObjectType};
use crate::request::Request;

/// A permission of the catalog.
#[derive(Debug)]
pub struct Permission(&'static PermissionDefinition);

/// The catalog. It is the very table that migrations write to the database, so nothing need be loaded.
static CATALOG: LazyLock<Vec<Arc<Permission>>> =
    LazyLock::new(|| PERMISSIONS.iter().map(|definition| Arc::new(Permission(definition))).collect());

impl Permission {
    fn id(&self) -> PermissionId {
        Uuid::from_u128(self.0.permission.id()).into()
    }

    /// One of them.
    #[must_use]
    pub fn by_id(id: PermissionId) -> Option<Arc<Self>> {
        let permission = catalog::Permission::from_id(id.uuid().as_u128())?;
        CATALOG.iter().find(|row| row.0.permission == permission).cloned()
    }

    /// Those of these ids, in the order of the catalog.
    #[must_use]
    pub fn among(ids: &[PermissionId]) -> Vec<Arc<Self>> {
        CATALOG.iter().filter(|permission| ids.contains(&permission.id())).cloned().collect()
    }

    /// The whole catalog, in its order.
    #[must_use]
    pub fn all() -> Vec<Arc<Self>> {
        CATALOG.clone()
    }

    /// Those of a set, in the order of the catalog.
    #[must_use]
    pub fn of(set: PermissionSet) -> Vec<Arc<Self>> {
        CATALOG.iter().filter(|permission| set.contains(permission.0.permission)).cloned().collect()
    }
}

impl Object for Permission {
    fn name() -> &'static str {
        "Permission"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("One thing that somebody may be permitted to do. The catalog is the same in every tenant.")
            .node(Self::id, by_id)
            .computed("key", "Its name in programs, such as `members.invite`: what `@guard` names.", |permission| permission.0.key)
            .computed("resource", "What it is about.", |permission| permission.0.resource)
            .computed("action", "What may be done to it.", |permission| permission.0.action)
            .computed("description", "What it permits, in a sentence.", |permission| permission.0.description)
            .computed(
                "requiredFeature",
                "The feature of a plan without which nobody has it; null where every plan has it.",
                |permission| permission.0.required_feature,
            )
    }
}

async fn by_id(request: Request, ids: Vec<PermissionId>) -> Result<HashMap<PermissionId, Arc<Permission>>, Error> {
    // The catalog is no secret, but strangers are told nothing.
    request.reader().await?;
    Ok(ids.into_iter().filter_map(|id| Some((id, Permission::by_id(id)?))).collect())
}
