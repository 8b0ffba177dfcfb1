//! What must hold of everything in the schema, and of the table of errors.

use std::collections::BTreeSet;
use std::path::Path;

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{FieldDefinition, InputValueDefinition, TypeDefinition, TypeKind, TypeSystemDefinition};
use async_graphql::{Name, Positioned};
use migration::catalog::Permission;
use tenantry::error::{Code, Reason};
use tenantry::graph::sdl;
use tenantry::schema;

/// Every definition of the schema that clients read.
pub fn definitions() -> Vec<TypeSystemDefinition> {
    let sdl = sdl(&schema::tables().unwrap()).unwrap();
    parse_schema(sdl).unwrap().definitions
}

/// The types among them.
pub fn types() -> Vec<TypeDefinition> {
    let of = |definition| match definition {
        TypeSystemDefinition::Type(definition) => Some(definition.node),
        TypeSystemDefinition::Schema(_) | TypeSystemDefinition::Directive(_) => None,
    };
    definitions().into_iter().filter_map(of).collect()
}

/// The fields of an object type or interface.
pub fn fields(definition: &TypeDefinition) -> &[Positioned<FieldDefinition>] {
    match &definition.kind {
        TypeKind::Object(object) => &object.fields,
        TypeKind::Interface(interface) => &interface.fields,
        TypeKind::Scalar | TypeKind::Union(_) | TypeKind::Enum(_) | TypeKind::InputObject(_) => &[],
    }
}

type Description = Option<Positioned<String>>;

/// Collects the places that nobody has described.
#[derive(Default)]
struct Undescribed {
    places: Vec<String>,
    seen: usize,
}

impl Undescribed {
    fn see(&mut self, place: String, description: &Description) {
        self.seen += 1;
        if description.as_ref().is_none_or(|description| description.node.trim().len() <= 3) {
            self.places.push(place);
        }
    }

    fn inputs(&mut self, place: &str, inputs: &[Positioned<InputValueDefinition>]) {
        for input in inputs {
            self.see(format!("{place}.{}", input.node.name), &input.node.description);
        }
    }
}

#[test]
fn every_type_field_argument_and_enum_value_has_a_description() {
    let mut undescribed = Undescribed::default();
    for definition in definitions() {
        match definition {
            TypeSystemDefinition::Schema(_) => {}
            TypeSystemDefinition::Directive(directive) => {
                undescribed.see(format!("@{}", directive.node.name), &directive.node.description);
            }
            TypeSystemDefinition::Type(definition) => {
                let definition = definition.node;
                let name = definition.name.to_string();
                undescribed.see(name.clone(), &definition.description);
                for field in fields(&definition) {
                    let place = format!("{name}.{}", field.node.name);
                    undescribed.see(place.clone(), &field.node.description);
                    undescribed.inputs(&place, &field.node.arguments);
                }
                match definition.kind {
                    TypeKind::InputObject(input) => undescribed.inputs(&name, &input.fields),
                    TypeKind::Enum(set) => {
                        for value in set.values {
                            undescribed.see(format!("{name}.{}", value.node.value), &value.node.description);
                        }
                    }
                    TypeKind::Scalar | TypeKind::Object(_) | TypeKind::Interface(_) | TypeKind::Union(_) => {}
                }
            }
        }
    }
    assert!(undescribed.seen > 250, "the whole schema was read: {}", undescribed.seen);
    assert!(undescribed.places.is_empty(), "{:#?}", undescribed.places);
}

#[test]
fn every_guarded_field_is_nullable_and_says_in_directive_and_description_what_it_needs() {
    let tables = schema::tables().unwrap();
    let mut declared = BTreeSet::new();
    for name in tables.object_types() {
        for field in tables.fields(name) {
            if let Some(permission) = field.guard {
                declared.insert((name.to_owned(), field.name.to_owned(), permission.key().to_owned()));
            }
        }
    }
    let mut printed = BTreeSet::new();
    for definition in types() {
        for field in fields(&definition) {
            let field = &field.node;
            let Some(guard) = field.directives.iter().find(|directive| directive.node.name.node == "guard") else { continue };
            let (argument, permission) = &guard.node.arguments[0];
            assert_eq!(argument.node, Name::new("permission"));
            let permission = permission.node.to_string().trim_matches('"').to_owned();
            let place = format!("{}.{}", definition.name, field.name);
            assert!(field.ty.node.nullable, "`{place}` would take its parent down");
            let description = field.description.as_ref().map_or("", |description| description.node.as_str());
            assert!(description.contains(&format!("`{permission}`")), "`{place}` does not name `{permission}`: {description}");
            printed.insert((definition.name.to_string(), field.name.to_string(), permission));
        }
    }
    assert!(declared.len() > 15, "{declared:?}");
    assert_eq!(printed, declared);
}

#[test]
fn what_a_mutation_says_that_it_needs_is_what_its_price_says() {
    let tables = schema::tables().unwrap();
    let said = |description: &str| {
        let (_, said) = description.split_once("Needs the permission `")?;
        said.split_once('`').map(|(key, _)| key.to_owned())
    };
    let mutations = || tables.fields("Mutation");
    let differing: Vec<&str> = mutations()
        .filter(|field| said(field.description).is_some_and(|key| field.asks.map(Permission::key) != Some(&*key)))
        .map(|field| field.name)
        .collect();
    assert_eq!(differing, Vec::<&str>::new(), "`.asks(…)` tells clients and partners before they send it");
    assert!(mutations().filter(|field| field.asks.is_some()).count() > 40);
}

/// The first column of the table that begins with this head.
fn first_column(text: &str, head: &str) -> Vec<String> {
    let rows = text.lines().skip_while(|line| !line.starts_with(head)).skip(2).take_while(|line| line.starts_with('|'));
    rows.map(|row| row.split('|').nth(1).unwrap().trim().trim_matches('`').to_owned()).collect()
}

#[test]
fn the_table_of_errors_lists_exactly_the_codes_and_the_reasons_that_there_are() {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/errors.md")).unwrap();
    let codes: Vec<&str> = Code::ALL.iter().map(|code| code.name()).collect();
    assert_eq!(first_column(&text, "| code |"), codes);
    let reasons = [
        Reason::NotSignedIn,
        Reason::NoTenant,
        Reason::UserInactive,
        Reason::TenantInactive,
        Reason::MembershipSuspended,
        Reason::BillingRestricted,
        Reason::BillingLocked,
        Reason::PlanRequired,
        Reason::MissingPermission,
        Reason::NotHeld,
        Reason::ApiKeyScope,
    ];
    assert_eq!(first_column(&text, "| reason |"), reasons.map(Reason::name));
    for row in text.lines().filter(|line| line.starts_with("| `")) {
        assert!(row.split('|').all(|cell| row.starts_with(cell) || row.ends_with(cell) || !cell.trim().is_empty()), "{row}");
    }
}
