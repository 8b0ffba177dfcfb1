//! `viewerCan`: what the viewer may do to an object. Every `Node` that says where its guards ask has it, without declaring it.

use std::sync::Arc;

use async_graphql::Value;
use migration::catalog::Permission;

use super::input::{Arguments, Fields, Input, InputError, InputTypes};
use super::leaf::Leaf;
use super::object::{Field, Load, Scopes, Source, Table};
use super::price::{Price, RowCount};
use super::rows::Children;
use super::schema::TableSet;
use super::shape::Shape;
use crate::error::Error;

/// So many permissions are asked for at once.
const MOST_PERMISSIONS: usize = 100;

/// The keys of the permissions that are there.
type Held = Vec<&'static str>;

impl Input for Permission {
    fn shape() -> Shape {
        Shape::required("String")
    }

    fn read(value: &Value) -> Result<Self, InputError> {
        let key = String::read(value)?;
        Self::from_key(&key).ok_or_else(|| {
            let shown: String = key.chars().take(64).collect();
            InputError::new(format!("`{shown}` is no permission: `permissions {{ key }}` lists all"))
        })
    }
}

#[derive(Clone, Debug, Default)]
struct Asked {
    permissions: Vec<Permission>,
}

impl Arguments for Asked {
    fn fields() -> Fields<Self> {
        Fields::default().field(
            "permissions",
            "Keys of the catalog, such as `members.invite`; up to 100.",
            |into: &mut Self, permissions| into.permissions = permissions,
        )
    }
}

/// Gives a type the field.
pub(super) fn declare(table: &mut Table) {
    let (Some(scopes), Some(_)) = (table.scopes.clone(), &table.node) else { return };
    let arguments = <Asked as Arguments>::fields();
    table.brings.push(|set: &mut TableSet| set.inputs(|inputs: &mut InputTypes| Asked::fields().declare(inputs)));
    table.fields.push(Field {
        name: "viewerCan",
        description: "Which of these permissions you have here: their keys, in the order in which they were asked for. \
            What it leaves out would be denied: a front end shows the buttons of what it names.",
        shape: Held::shape().nullable(),
        guard: None,
        asks: None,
        price: Price { weight: 1, rows: RowCount::One, row_weight: 0 },
        deprecated: None,
        arguments: arguments.declarations(),
        read_arguments: Box::new(move |values| Ok(Arc::new(arguments.read(Asked::default(), values)?))),
        source: Source::Derived(
            Box::new(move |load| {
                let scopes = scopes.clone();
                Box::pin(async move { held(&load, &scopes).await })
            }),
            Box::new(|row, out| {
                row.and_then(|(rows, place)| rows.of::<Held>().get(place)).map(|held| held.to_vec()).write(out);
            }),
        ),
        watch: None,
    });
}

/// One answer of the engine for all rows of a level and each permission.
async fn held(load: &Load, scopes: &Scopes) -> Result<Children, Error> {
    let Asked { permissions } = &*load.arguments::<Asked>()?;
    if permissions.len() > MOST_PERMISSIONS {
        return Err(Error::bad_input(format!("`permissions` must be at most {MOST_PERMISSIONS} keys")));
    }
    let scopes = scopes(&load.parents);
    let mut held: Vec<Held> = vec![Held::with_capacity(permissions.len()); scopes.len()];
    for permission in permissions {
        let denials = load.request.decide(*permission, &scopes).await?;
        for (place, held) in held.iter_mut().enumerate() {
            if denials.as_ref().is_none_or(|denials| denials[place].is_none()) {
                held.push(permission.key());
            }
        }
    }
    Ok(Children::one(load.target, held.into_iter().map(|held| Some(Arc::new(held))).collect()))
}
