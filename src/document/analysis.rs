//! The measure of a document in linear time, before validation sees it: fragments that spread fragments can make a kilobyte
//! expand to millions of fields, and validation visits each of them.

use std::collections::HashMap;

use async_graphql::parser::types::{ExecutableDocument, Field, FragmentDefinition, Selection, SelectionSet};
use async_graphql::{Name, Positioned};

use super::limits::Limits;
use crate::error::{Code, Error};

/// Fields within fields below `__schema` and `__type`: ordinary introspection needs 15.
const DEEPEST_INTROSPECTION: usize = 20;
/// Lists within lists below them: each level multiplies the answer, and ordinary introspection has one.
const MOST_INTROSPECTED_LISTS: usize = 2;
/// Selection sets within each other, fragments expanded, inline ones included: stacks end.
const MOST_OPEN: usize = 100;

/// What a document amounts to.
#[derive(Clone, Debug, Default)]
pub(super) struct Analysis {
    /// The operations that ask for the schema; `None` is the one without a name.
    pub introspecting: Vec<Option<Name>>,
    /// The operations that ask for the schema as a subgraph.
    pub serving: Vec<Option<Name>>,
}

/// The size of a selection with its fragments expanded.
#[derive(Clone, Copy, Default)]
struct Size {
    depth: usize,
    /// The depth below `__schema` and `__type`, which does not count into the other.
    introspection_depth: usize,
    introspected_lists: usize,
    selections: usize,
    root_fields: usize,
    aliases: usize,
    introspects: bool,
    serves: bool,
}

enum Measured {
    InProgress,
    Done(Size),
}

struct Analyser<'a> {
    document: &'a ExecutableDocument,
    /// Each fragment is measured once.
    fragments: HashMap<&'a str, Measured>,
    /// How many selection sets are being measured inside each other.
    open: usize,
}

/// Measures a document, and refuses one that is too large.
pub(super) fn analyse(document: &ExecutableDocument, limits: &Limits) -> Result<Analysis, Error> {
    within(document.fragments.len(), limits.fragments, Code::FragmentLimitExceeded, "the document defines", "fragments")?;
    let mut analyser = Analyser { document, fragments: HashMap::new(), open: 0 };
    let (mut analysis, mut selections) = (Analysis::default(), 0_usize);
    for name in document.fragments.keys() {
        analyser.fragment(name)?;
    }
    for (name, operation) in document.operations.iter() {
        let size = analyser.selection_set(&operation.node.selection_set.node)?;
        selections = selections.saturating_add(size.selections);
        within(selections, limits.selections, Code::SelectionLimitExceeded, "the document selects", "fields")?;
        size.check(limits)?;
        if size.introspects {
            analysis.introspecting.push(name.cloned());
        }
        if size.serves {
            analysis.serving.push(name.cloned());
        }
    }
    Ok(analysis)
}

fn within(count: usize, limit: usize, code: Code, does: &str, what: &str) -> Result<(), Error> {
    if count <= limit {
        return Ok(());
    }
    Err(Error::client(code, format!("{does} more than {limit} {what}")))
}

impl Size {
    fn check(&self, limits: &Limits) -> Result<(), Error> {
        let too_deep = |limit: usize| format!("the operation is nested deeper than {limit} fields");
        if self.depth > limits.depth {
            return Err(Error::client(Code::DepthLimitExceeded, too_deep(limits.depth)));
        }
        if self.introspection_depth > DEEPEST_INTROSPECTION {
            return Err(Error::client(Code::DepthLimitExceeded, too_deep(DEEPEST_INTROSPECTION)));
        }
        if self.introspected_lists > MOST_INTROSPECTED_LISTS {
            let message = "introspection asks for lists of fields or types within each other too often";
            return Err(Error::client(Code::DepthLimitExceeded, message));
        }
        within(self.root_fields, limits.root_fields, Code::RootFieldLimitExceeded, "the operation has", "fields at its root")?;
        within(self.aliases, limits.aliases, Code::AliasLimitExceeded, "the operation has", "aliases")
    }

    /// Both beside each other.
    fn add(&mut self, other: Self) {
        self.depth = self.depth.max(other.depth);
        self.introspection_depth = self.introspection_depth.max(other.introspection_depth);
        self.introspected_lists = self.introspected_lists.max(other.introspected_lists);
        self.selections = self.selections.saturating_add(other.selections);
        self.root_fields = self.root_fields.saturating_add(other.root_fields);
        self.aliases = self.aliases.saturating_add(other.aliases);
        self.introspects |= other.introspects;
        self.serves |= other.serves;
    }

    /// A field around this.
    fn inside(self, field: &Field) -> Self {
        let name = field.name.node.as_str();
        let introspects = matches!(name, "__schema" | "__type");
        let is_list = matches!(name, "fields" | "interfaces" | "possibleTypes" | "inputFields");
        let depth = self.depth + 1;
        Self {
            // Below here nobody knew that it is the schema that is asked.
            depth: if introspects { 1 } else { depth },
            introspection_depth: if introspects { depth } else { self.introspection_depth },
            introspected_lists: self.introspected_lists + usize::from(is_list),
            selections: self.selections.saturating_add(1),
            root_fields: 1,
            aliases: self.aliases.saturating_add(usize::from(field.alias.is_some())),
            introspects,
            serves: name == "_service",
        }
    }
}

impl<'a> Analyser<'a> {
    fn selection_set(&mut self, set: &'a SelectionSet) -> Result<Size, Error> {
        self.open += 1;
        if self.open > MOST_OPEN {
            let message = format!("selections and fragments are nested deeper than {MOST_OPEN}");
            return Err(Error::client(Code::DepthLimitExceeded, message));
        }
        let mut size = Size::default();
        for item in &set.items {
            size.add(match &item.node {
                Selection::Field(field) => self.selection_set(&field.node.selection_set.node)?.inside(&field.node),
                // A fragment counts besides its fields: a thousand empty ones are visited, too.
                Selection::InlineFragment(fragment) => self.selection_set(&fragment.node.selection_set.node)?.counted(),
                Selection::FragmentSpread(spread) => self.fragment(&spread.node.fragment_name.node)?.counted(),
            });
        }
        self.open -= 1;
        Ok(size)
    }

    fn fragment(&mut self, name: &str) -> Result<Size, Error> {
        // An unknown fragment is a matter of validation.
        let Some((name, definition)) = self.document.fragments.get_key_value(name) else { return Ok(Size::default()) };
        let definition: &'a Positioned<FragmentDefinition> = definition;
        match self.fragments.get(name.as_str()) {
            Some(Measured::Done(size)) => return Ok(*size),
            Some(Measured::InProgress) => {
                let message = "a fragment must not spread itself, directly or through others";
                return Err(Error::client(Code::FragmentCycle, message));
            }
            None => {}
        }
        self.fragments.insert(name, Measured::InProgress);
        let size = self.selection_set(&definition.node.selection_set.node)?;
        self.fragments.insert(name, Measured::Done(size));
        Ok(size)
    }
}

impl Size {
    fn counted(self) -> Self {
        Self { selections: self.selections.saturating_add(1), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn analysed(text: &str) -> Result<Analysis, Code> {
        analyse(&async_graphql::parser::parse_query(text).unwrap(), &Limits::DEFAULT).map_err(|error| error.code())
    }

    /// Is a document of this size answered, and one larger by one refused with this code?
    fn ends_at(limit: usize, code: Code, document: impl Fn(usize) -> String) {
        assert!(analysed(&document(limit)).is_ok(), "{limit}: {}", document(limit));
        assert_eq!(analysed(&document(limit + 1)).err(), Some(code), "{}", document(limit + 1));
    }

    #[test]
    fn fragment_bombs_of_every_shape_are_refused_without_being_expanded() {
        for branch in 2..=10 {
            for levels in 4..=20 {
                let mut text = "{ ...f0 }".to_owned();
                for level in 0..levels {
                    let next = format!("...f{} ", level + 1);
                    text += &format!(" fragment f{level} on Query {{ {} }}", next.repeat(branch));
                }
                text += &format!(" fragment f{levels} on Query {{ viewer {{ id }} }}");
                let fields = u32::try_from(levels).ok().and_then(|levels| branch.checked_pow(levels));
                let code = analysed(&text).err();
                match fields {
                    // Within the limits where it multiplies to little.
                    Some(fields) if fields <= 20 => assert_eq!(code, None, "{branch} × {levels}"),
                    _ => assert!(
                        matches!(code, Some(Code::RootFieldLimitExceeded | Code::SelectionLimitExceeded)),
                        "{branch} × {levels}: {code:?}"
                    ),
                }
            }
        }
    }

    #[test]
    fn a_cycle_of_fragments_is_refused() {
        for cycle in [
            "{ ...a } fragment a on Query { ...a }",
            "{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }",
            "{ a } fragment a on Query { b { ... { ...b } } } fragment b on Query { ...a }",
        ] {
            assert_eq!(analysed(cycle).err(), Some(Code::FragmentCycle), "{cycle}");
        }
    }

    #[test]
    fn every_limit_ends_where_it_says() {
        ends_at(12, Code::DepthLimitExceeded, |depth| format!("{}{}", "{a".repeat(depth), "}".repeat(depth)));
        ends_at(12, Code::DepthLimitExceeded, |depth| {
            let fragment = format!("fragment f on Q {}{}", "{a".repeat(depth - 2), "}".repeat(depth - 2));
            format!("{{ a {{ a {{ ... on Q {{ ...f }} }} }} }} {fragment}")
        });
        ends_at(20, Code::RootFieldLimitExceeded, |count| {
            format!("{{ {} ...f ...f }} fragment f on Q {{ b }}", "a ".repeat(count - 2))
        });
        // Aliases count as often as their fragments are spread.
        ends_at(30, Code::AliasLimitExceeded, |count| {
            format!("{{ x {{ {} {} }} }} fragment f on Q {{ b: c d: e }}", "a: b ".repeat(count % 2), "...f ".repeat(count / 2))
        });
        ends_at(100, Code::FragmentLimitExceeded, |count| {
            let fragments: Vec<String> = (0..count).map(|number| format!("fragment f{number} on Q {{ a }}")).collect();
            format!("{{ a }} {}", fragments.join(" "))
        });
        ends_at(5_000, Code::SelectionLimitExceeded, |count| format!("{{ x {{ {} }} }}", "a ".repeat(count - 1)));
    }

    #[test]
    fn introspection_is_measured_apart() {
        let of_type = |depth: usize| format!("{}{}", "{ ofType ".repeat(depth), "}".repeat(depth));
        ends_at(16, Code::DepthLimitExceeded, |depth| {
            format!("{{ __schema {{ types {{ fields {{ type {} }} }} }} }}", of_type(depth))
        });
        let fields = |depth: usize| {
            format!("{{ __type(name: \"Q\") {}}}{}", "{ fields { type ".repeat(depth) + "{ name ", "}".repeat(depth * 2 + 1))
        };
        ends_at(2, Code::DepthLimitExceeded, fields);
    }

    #[test]
    fn introspection_is_noticed_behind_fragments() {
        assert_eq!(analysed("{ ...a } fragment a on Query { __schema { types { name } } }").unwrap().introspecting, [None]);
        assert_eq!(analysed("{ viewer { __typename } }").unwrap().introspecting, []);
        let two = analysed("query A { __type(name: \"A\") { name } } query B { viewer { __typename } }").unwrap();
        assert_eq!(two.introspecting, [Some(Name::new("A"))]);
    }
}
