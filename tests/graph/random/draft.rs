//! Random valid documents: nested selections, aliases, fragments, conditions, variables and arguments, drawn from the schema.

use std::collections::{BTreeMap, BTreeSet};

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use serde_json::{Map, Value};

use super::catalog::{Catalog, Field, Shape};
use super::pool::Pool;

/// How a selection may grow.
#[derive(Clone, Copy)]
struct Room {
    /// Levels of fields below this one.
    depth: usize,
    /// Rows that may still be multiplied into: sizes of pages below each other.
    rows: usize,
    /// Can rows of another type answer at the same place? Then their keys must differ.
    shared: bool,
}

/// A fragment that stands in the document.
struct Fragment {
    name: String,
    on: String,
    room: Room,
}

/// A document with its variables.
pub struct Draft {
    pub text: String,
    pub variables: Map<String, Value>,
    /// The defaults of conditions whose variables are left out.
    pub conditions: Map<String, Value>,
    pub operation_name: Option<&'static str>,
    /// How many fields lead to each type.
    targets: BTreeMap<String, usize>,
}

pub struct Drafter<'a> {
    catalog: &'a Catalog,
    pool: &'a Pool,
    pub(super) rng: StdRng,
    /// Fields that may still be selected.
    left: usize,
    targets: BTreeMap<String, usize>,
    definitions: Vec<String>,
    fragments: Vec<Fragment>,
    declared: Vec<String>,
    variables: Map<String, Value>,
    conditions: Map<String, Value>,
    /// One alias for each field with its arguments, so that equal keys mean equal fields.
    aliases: BTreeMap<(String, String, String), usize>,
    /// Arguments that were given before, with the rows they can lead to: given again, selections merge.
    given: BTreeMap<(String, String), Vec<(String, usize)>>,
    /// What sizes of pages are drawn from.
    sizes: Sizes,
}

/// How large pages are.
#[derive(Clone, Copy)]
pub enum Sizes {
    /// Whatever fits.
    Any,
    /// A variable of this name, everywhere; no other argument of a page.
    Variable(&'static str),
}

impl Draft {
    /// Does every relation of the document lead to another type? Then no row can be read for two of them.
    pub fn targets_differ(&self) -> bool {
        self.targets.iter().all(|(_, places)| *places == 1)
    }
}

impl<'a> Drafter<'a> {
    pub fn new(catalog: &'a Catalog, pool: &'a Pool, seed: u64, sizes: Sizes) -> Self {
        Self {
            catalog,
            pool,
            rng: StdRng::seed_from_u64(seed),
            left: 50,
            targets: BTreeMap::new(),
            definitions: Vec::new(),
            fragments: Vec::new(),
            declared: Vec::new(),
            variables: Map::new(),
            conditions: Map::new(),
            aliases: BTreeMap::new(),
            given: BTreeMap::new(),
            sizes,
        }
    }

    /// A document.
    pub fn draft(mut self) -> Draft {
        let room = Room { depth: self.rng.random_range(3..=8), rows: 150, shared: false };
        let selection = self.object("Query", room);
        if let Sizes::Variable(name) = self.sizes
            && self.definitions.iter().chain([&selection]).any(|text| text.contains(&format!("${name}")))
        {
            self.declared.push(format!("${name}: Int"));
        }
        let declared = if self.declared.is_empty() { String::new() } else { format!("({})", self.declared.join(", ")) };
        let several = self.chance(10);
        let mut text = format!("query Drawn{declared} {selection}\n{}", self.definitions.join("\n"));
        if several {
            text += "\nquery Other { __typename }";
        }
        let operation_name = (several || self.rng.random()).then_some("Drawn");
        Draft { text, variables: self.variables, conditions: self.conditions, operation_name, targets: self.targets }
    }

    pub(super) fn chance(&mut self, percent: u32) -> bool {
        self.rng.random_ratio(percent, 100)
    }

    pub(super) fn one_of<T: Clone>(&mut self, choices: &[T]) -> T {
        choices.choose(&mut self.rng).expect("there is a choice").clone()
    }

    /// The selection on a field. Something of it is always there: the stock executor makes null of an object without members.
    fn object(&mut self, on: &str, room: Room) -> String {
        let selection = self.selection(on, room);
        format!("{} __typename }}", &selection[..selection.len() - 2])
    }

    fn selection(&mut self, on: &str, room: Room) -> String {
        let is_interface = self.catalog.get(on).kind == "INTERFACE";
        let room = Room { shared: room.shared || is_interface, ..room };
        let mut parts = Vec::new();
        if is_interface || self.left == 0 {
            parts.push("__typename".to_owned());
        }
        let wanted = self.rng.random_range(1..=5);
        for _ in 0..wanted {
            if self.left > 0 {
                self.left -= 1;
                let part = self.part(on, room);
                parts.push(part);
            }
        }
        format!("{{ {} }}", parts.join(" "))
    }

    fn part(&mut self, on: &str, room: Room) -> String {
        match self.rng.random_range(0..100) {
            0..6 => {
                let alias = self.one_of(&["", "typeName: "]);
                // async-graphql's validation overlooks variables here, and then calls them unused.
                let condition = self.one_of(&["", "", " @skip(if: true)", " @include(if: true)"]);
                format!("{alias}__typename{condition}")
            }
            6..12 => format!("...{} {}", self.conditions(), self.selection(on, room)),
            12..22 => {
                let narrow = self.condition_on(on);
                format!("... on {narrow}{} {}", self.conditions(), self.selection(&narrow, self.inside(on, &narrow, room)))
            }
            22..32 => {
                let fragment = self.spread(on, room);
                format!("...{fragment}{}", self.conditions())
            }
            _ => self.field(on, room).unwrap_or_else(|| "__typename".to_owned()),
        }
    }

    /// The room within a fragment: through an interface one comes to all its types.
    fn inside(&self, on: &str, narrow: &str, room: Room) -> Room {
        Room {
            shared: room.shared || self.catalog.get(on).kind == "INTERFACE" || self.catalog.get(narrow).kind == "INTERFACE",
            ..room
        }
    }

    /// A type whose fragments may stand in a selection on `on`.
    fn condition_on(&mut self, on: &str) -> String {
        let mut choices = vec![on.to_owned()];
        choices.extend(self.catalog.get(on).possible.clone());
        if self.catalog.get("Node").possible.iter().any(|possible| possible == on) {
            choices.push("Node".to_owned());
        }
        self.one_of(&choices)
    }

    fn spread(&mut self, on: &str, room: Room) -> String {
        let fits = |fragment: &&Fragment| {
            let same_place = fragment.on == on || self.catalog.applies(&fragment.on, on) || self.catalog.applies(on, &fragment.on);
            let within = fragment.room.depth <= room.depth && fragment.room.rows <= room.rows;
            same_place && within && (fragment.room.shared || !room.shared)
        };
        let known: Vec<String> = self.fragments.iter().filter(fits).map(|fragment| fragment.name.clone()).collect();
        if !known.is_empty() && self.chance(60) {
            return self.one_of(&known);
        }
        let narrow = self.condition_on(on);
        let room = self.inside(on, &narrow, room);
        let body = self.selection(&narrow, room);
        // Numbered after its body, in which further fragments may have been made: so none can spread itself.
        let name = format!("part{}", self.fragments.len());
        self.definitions.push(format!("fragment {name} on {narrow} {body}"));
        self.fragments.push(Fragment { name: name.clone(), on: narrow, room });
        name
    }

    fn field(&mut self, on: &str, room: Room) -> Option<String> {
        let relation = room.depth > 0 && (on == "Query" || self.chance(55));
        let catalog = self.catalog;
        let choices: Vec<&Field> =
            catalog.get(on).fields.iter().filter(|field| catalog.is_composite(field.shape.name()) == relation).collect();
        let field = *choices.choose(&mut self.rng)?;
        let (arguments, rows) = self.arguments(on, field, room)?;
        let key = self.key(on, field, &arguments, room);
        let head = format!("{key}{}{arguments}{}", field.name, self.conditions());
        if !relation {
            return Some(head);
        }
        *self.targets.entry(field.shape.name().to_owned()).or_default() += 1;
        let room = Room { depth: room.depth - 1, rows: room.rows / rows.max(1), shared: false };
        Some(format!("{head} {}", self.object(field.shape.name(), room)))
    }

    /// The alias with its colon; nothing where the field's own name does.
    fn key(&mut self, on: &str, field: &Field, arguments: &str, room: Room) -> String {
        let plain = arguments.is_empty() && (!room.shared || field.name == "id");
        if plain && self.chance(80) {
            return String::new();
        }
        let number = self.aliases.len();
        let number = *self.aliases.entry((on.to_owned(), field.name.clone(), arguments.to_owned())).or_insert(number);
        format!("a{number}_{}: ", field.name)
    }

    /// The arguments in brackets, and how many rows a parent can have with them; nothing where those are too many.
    fn arguments(&mut self, on: &str, field: &Field, room: Room) -> Option<(String, usize)> {
        let place = (on.to_owned(), field.name.clone());
        let before: Vec<_> = self.given.get(&place).into_iter().flatten().filter(|(_, rows)| *rows <= room.rows).cloned().collect();
        if !before.is_empty() && self.chance(30) {
            return Some(self.one_of(&before));
        }
        let mut parts = Vec::new();
        let paged = field.arguments.iter().any(|argument| argument.name == "first");
        let mut rows = if field.shape.name() == "Permission" && field.shape.is_list() { 45 } else { 1 };
        if paged {
            rows = self.page(room.rows, &mut parts);
        }
        if rows > room.rows {
            return None;
        }
        for argument in &field.arguments {
            let required = matches!(argument.shape, Shape::NonNull(_));
            if !matches!(argument.name.as_str(), "first" | "last" | "after" | "before") && (required || self.chance(40)) {
                // What an id is for shows in the name of its field.
                let hint = if argument.name.starts_with("id") { &field.name } else { &argument.name };
                let value = self.input(hint, &argument.shape);
                parts.push(format!("{}: {value}", argument.name));
            }
        }
        let text = if parts.is_empty() { String::new() } else { format!("({})", parts.join(", ")) };
        self.given.entry(place).or_default().push((text.clone(), rows));
        Some((text, rows))
    }

    /// Arguments of a page of at most so many rows.
    fn page(&mut self, most: usize, parts: &mut Vec<String>) -> usize {
        if let Sizes::Variable(name) = self.sizes {
            let end = self.one_of(&["first", "first", "last"]);
            parts.push(format!("{end}: ${name}"));
            return 5;
        }
        if self.chance(3) {
            parts.push(self.one_of(&["first: -1", "last: 101", "first: 2, last: 2", "first: 2147483647"]).to_owned());
            return 1;
        }
        for end in ["after", "before"] {
            if self.chance(12) {
                let cursor = if self.chance(6) { "garbage".to_owned() } else { self.one_of(&self.pool.cursors) };
                let cursor = Value::String(cursor);
                let text =
                    if self.chance(50) { self.variable(&Shape::Named("String".to_owned()), cursor) } else { cursor.to_string() };
                parts.push(format!("{end}: {text}"));
            }
        }
        if most >= 20 && self.chance(15) {
            return 20;
        }
        let size = self.rng.random_range(0..=most.min(5));
        let end = self.one_of(&["first", "first", "last"]);
        let text = if self.chance(30) { self.variable(&Shape::Named("Int".to_owned()), size.into()) } else { size.to_string() };
        parts.push(format!("{end}: {text}"));
        size
    }

    /// Declares a variable with this value, in one of the ways there are.
    pub(super) fn variable(&mut self, shape: &Shape, value: Value) -> String {
        let name = format!("v{}", self.declared.len());
        self.declared.push(format!("${name}: {shape}"));
        self.variables.insert(name.clone(), value);
        format!("${name}")
    }

    /// A variable that is left out, with or without a default.
    pub(super) fn left_out(&mut self, shape: &Shape, default: Option<String>) -> String {
        let name = format!("v{}", self.declared.len());
        let default = default.map(|text| format!(" = {text}")).unwrap_or_default();
        self.declared.push(format!("${name}: {shape}{default}"));
        format!("${name}")
    }

    pub(super) fn pool(&self) -> &'a Pool {
        self.pool
    }

    pub(super) fn catalog(&self) -> &'a Catalog {
        self.catalog
    }

    fn conditions(&mut self) -> String {
        let mut directives = BTreeSet::new();
        for name in ["skip", "include"] {
            if self.chance(6) {
                // Mostly such that the selection stays.
                let value = self.chance(75) == (name == "include");
                let shape = Shape::NonNull(Box::new(Shape::Named("Boolean".to_owned())));
                let condition = match self.rng.random_range(0..3) {
                    0 => value.to_string(),
                    1 => self.variable(&shape, value.into()),
                    _ => {
                        let name = self.left_out(&shape, Some(value.to_string()));
                        self.conditions.insert(name[1..].to_owned(), value.into());
                        name
                    }
                };
                directives.insert(format!(" @{name}(if: {condition})"));
            }
        }
        directives.into_iter().collect()
    }
}
