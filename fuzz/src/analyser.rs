//! The measure of documents: whatever the text, it is refused or answered, and never anything between. What is let in is within the
//! limits by a count that expands everything and remembers nothing; what is kept out is not, or is no GraphQL for the parser either.

use std::sync::{Arc, OnceLock};

use async_graphql::parser::parse_query;
use async_graphql::parser::types::{Directive, ExecutableDocument, Selection, SelectionSet};
use async_graphql::{Name, Positioned, Value};
use async_graphql_value::Value as Literal;
use tenantry::document::{Documents, Limits, ValidateOnly};
use tenantry::error::Code;
use tenantry::graph::dynamic_schema;

use super::library;

/// Limits that small documents reach. Tokens are not compared: what one is shows in the text only.
const LIMITS: Limits =
    Limits { tokens: 100_000, nesting: 3, directives: 3, fragments: 4, depth: 4, selections: 30, root_fields: 5, aliases: 3 };
/// Those that are not settings.
const BRACES: usize = 60;
const OPEN: usize = 100;
const LONGEST_NAME: usize = 1_000;
const INTROSPECTION_DEPTH: usize = 20;
const INTROSPECTED_LISTS: usize = 2;

/// The documents of the library, kept from one text to the next as a gateway keeps them.
fn documents() -> &'static Documents {
    static DOCUMENTS: OnceLock<Documents> = OnceLock::new();
    DOCUMENTS.get_or_init(|| {
        let schema = dynamic_schema(library::tables()).extension(ValidateOnly).finish().expect("the library is a schema");
        Documents::new(schema, Arc::clone(library::tables()), LIMITS)
    })
}

/// Tries one text; panics where the gateway and the count disagree. Says whether it is let in.
pub async fn check(text: &str) -> bool {
    let refusal = documents().get(text).await.err();
    let codes: Vec<Code> = refusal.iter().flat_map(|refusal| &refusal.errors).map(tenantry::error::Error::code).collect();
    for error in refusal.iter().flat_map(|refusal| &refusal.errors) {
        assert!(error.public_message().len() < 2_000 + text.len(), "a message that repeats itself");
        assert_ne!(error.code(), Code::Internal, "{error}");
    }
    let Ok(document) = parse_query(text) else {
        assert!(refusal.is_some(), "the parser refuses what the gateway lets in");
        return false;
    };
    if exceeds(&document) {
        assert!(refusal.is_some(), "larger than the limits, and let in");
    } else {
        let of_a_name = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '_' | '.' | '+' | '-');
        let has_long_name = text.split(|sign| !of_a_name(sign)).any(|name| name.len() > LONGEST_NAME);
        let validation = codes.iter().all(|code| match code {
            Code::TokenLimitExceeded => has_long_name,
            code => *code == Code::GraphqlValidationFailed,
        });
        assert!(validation, "within the limits, and refused by one of them: {codes:?}");
    }
    refusal.is_none()
}

/// Is a document beyond any limit?
fn exceeds(document: &ExecutableDocument) -> bool {
    let shape = Shape::of(document);
    if shape.directives > LIMITS.directives || shape.nesting > LIMITS.nesting || shape.braces > BRACES {
        return true;
    }
    if document.fragments.len() > LIMITS.fragments {
        return true;
    }
    let mut selections = 0;
    let roots = document.fragments.values().map(|fragment| &fragment.node.selection_set.node);
    for set in roots {
        // A fragment that is too wide is refused where it is used; one that is too deep, or spreads itself, at once.
        let mut count = Count { document, visited: 0, path: Vec::new() };
        if matches!(count.set(set, 1), Err(Beyond::Depth)) {
            return true;
        }
    }
    for (_, operation) in document.operations.iter() {
        let mut count = Count { document, visited: 0, path: Vec::new() };
        let Ok(size) = count.set(&operation.node.selection_set.node, 1) else { return true };
        selections += count.visited;
        let exceeds = size.depth > LIMITS.depth
            || size.introspection > INTROSPECTION_DEPTH
            || size.lists > INTROSPECTED_LISTS
            || size.roots > LIMITS.root_fields
            || size.aliases > LIMITS.aliases
            || selections > LIMITS.selections;
        if exceeds {
            return true;
        }
    }
    false
}

/// What shows without expanding fragments.
#[derive(Default)]
struct Shape {
    directives: usize,
    nesting: usize,
    braces: usize,
}

impl Shape {
    fn of(document: &ExecutableDocument) -> Self {
        let mut shape = Self::default();
        for (_, operation) in document.operations.iter() {
            for variable in &operation.node.variable_definitions {
                let variable = &variable.node;
                shape.nesting = shape.nesting.max(variable.var_type.node.to_string().matches('[').count());
                if let Some(default) = &variable.default_value {
                    shape.nesting = shape.nesting.max(nesting_of_constant(&default.node));
                }
                // These stand in the parentheses of the variables already.
                shape.directives(&variable.directives, 1);
            }
            shape.directives(&operation.node.directives, 0);
            shape.set(&operation.node.selection_set.node, 1);
        }
        for fragment in document.fragments.values() {
            shape.directives(&fragment.node.directives, 0);
            shape.set(&fragment.node.selection_set.node, 1);
        }
        shape
    }

    fn directives(&mut self, directives: &[Positioned<Directive>], outside: usize) {
        self.directives += directives.len();
        for (_, value) in directives.iter().flat_map(|directive| &directive.node.arguments) {
            self.nesting = self.nesting.max(outside + nesting(&value.node));
        }
    }

    fn set(&mut self, set: &SelectionSet, open: usize) {
        self.braces = self.braces.max(open);
        for item in &set.items {
            self.directives(item.node.directives(), 0);
            match &item.node {
                Selection::Field(field) => {
                    for (_, value) in &field.node.arguments {
                        self.nesting = self.nesting.max(nesting(&value.node));
                    }
                    if !field.node.selection_set.node.items.is_empty() {
                        self.set(&field.node.selection_set.node, open + 1);
                    }
                }
                Selection::InlineFragment(fragment) => self.set(&fragment.node.selection_set.node, open + 1),
                Selection::FragmentSpread(_) => {}
            }
        }
    }
}

fn nesting(value: &Literal) -> usize {
    match value {
        Literal::List(items) => 1 + items.iter().map(nesting).max().unwrap_or_default(),
        Literal::Object(fields) => 1 + fields.values().map(nesting).max().unwrap_or_default(),
        _ => 0,
    }
}

fn nesting_of_constant(value: &Value) -> usize {
    match value {
        Value::List(items) => 1 + items.iter().map(nesting_of_constant).max().unwrap_or_default(),
        Value::Object(fields) => 1 + fields.values().map(nesting_of_constant).max().unwrap_or_default(),
        _ => 0,
    }
}

/// The size of a selection.
#[derive(Clone, Copy, Default)]
struct Size {
    depth: usize,
    introspection: usize,
    lists: usize,
    roots: usize,
    aliases: usize,
}

/// Why a count ended early.
enum Beyond {
    /// Nested too deep, or without end.
    Depth,
    /// More selections than any document may have.
    Width,
}

/// A count that expands every fragment wherever it is spread.
struct Count<'a> {
    document: &'a ExecutableDocument,
    visited: usize,
    /// The fragments that are open.
    path: Vec<&'a Name>,
}

impl<'a> Count<'a> {
    fn set(&mut self, set: &'a SelectionSet, open: usize) -> Result<Size, Beyond> {
        if open > OPEN {
            return Err(Beyond::Depth);
        }
        let mut total = Size::default();
        for item in &set.items {
            self.visited += 1;
            if self.visited > 10_000 {
                return Err(Beyond::Width);
            }
            let size = match &item.node {
                Selection::Field(field) => {
                    let inner = self.set(&field.node.selection_set.node, open + 1)?;
                    let name = field.node.name.node.as_str();
                    let introspects = matches!(name, "__schema" | "__type");
                    let lists = matches!(name, "fields" | "interfaces" | "possibleTypes" | "inputFields");
                    Size {
                        depth: if introspects { 1 } else { inner.depth + 1 },
                        introspection: if introspects { inner.depth + 1 } else { inner.introspection },
                        lists: inner.lists + usize::from(lists),
                        roots: 1,
                        aliases: inner.aliases + usize::from(field.node.alias.is_some()),
                    }
                }
                Selection::InlineFragment(fragment) => self.set(&fragment.node.selection_set.node, open + 1)?,
                Selection::FragmentSpread(spread) => self.fragment(&spread.node.fragment_name.node, open)?,
            };
            total = Size {
                depth: total.depth.max(size.depth),
                introspection: total.introspection.max(size.introspection),
                lists: total.lists.max(size.lists),
                roots: total.roots + size.roots,
                aliases: total.aliases + size.aliases,
            };
        }
        Ok(total)
    }

    fn fragment(&mut self, name: &str, open: usize) -> Result<Size, Beyond> {
        let Some((name, definition)) = self.document.fragments.get_key_value(name) else { return Ok(Size::default()) };
        if self.path.contains(&name) {
            return Err(Beyond::Depth);
        }
        self.path.push(name);
        let size = self.set(&definition.node.selection_set.node, open + 1)?;
        self.path.pop();
        Ok(size)
    }
}
