//! The measure of a document in linear time, before validation sees it: fragments that spread fragments can make a kilobyte
//! expand to millions of fields, and validation visits each of them.

use std::collections::HashMap;

use async_graphql::parser::types::{ExecutableDocument, FragmentDefinition, Selection, SelectionSet};
use async_graphql::{Name, Positioned};

use crate::error::{Code, Error};

/// Fields within fields, fragments expanded. Ordinary introspection needs 13.
const DEEPEST: usize = 16;
/// Fields, fragments expanded.
const MOST_SELECTIONS: usize = 5_000;
/// Fields under another name, fragments expanded. One field under a thousand names is a thousand loads.
const MOST_ALIASES: usize = 100;
/// Fragments within fragments.
const MOST_OPEN: usize = 100;

/// What a document amounts to.
#[derive(Clone, Debug, Default)]
pub(super) struct Analysis {
    /// The operations that ask for the schema; `None` is the one without a name.
    pub introspecting: Vec<Option<Name>>,
}

/// The size of a selection with its fragments expanded.
#[derive(Clone, Copy, Default)]
struct Size {
    depth: usize,
    selections: usize,
    aliases: usize,
    introspects: bool,
}

enum Measured {
    InProgress,
    Done(Size),
}

struct Analyser<'a> {
    document: &'a ExecutableDocument,
    /// Each fragment is measured once.
    fragments: HashMap<&'a str, Measured>,
    /// How many fragments are being measured inside each other: bounded, because stacks end.
    open: usize,
}

/// Measures a document, and refuses one that is too large.
pub(super) fn analyse(document: &ExecutableDocument) -> Result<Analysis, Error> {
    let mut analyser = Analyser { document, fragments: HashMap::new(), open: 0 };
    let mut introspecting = Vec::new();
    let (mut selections, mut aliases) = (0_usize, 0_usize);
    for name in document.fragments.keys() {
        analyser.fragment(name)?;
    }
    for (name, operation) in document.operations.iter() {
        let size = analyser.selection_set(&operation.node.selection_set.node)?;
        if size.introspects {
            introspecting.push(name.cloned());
        }
        selections = selections.saturating_add(size.selections);
        aliases = aliases.max(size.aliases);
        if size.depth > DEEPEST {
            return Err(Error::client(Code::DepthLimitExceeded, format!("the operation is nested deeper than {DEEPEST} fields")));
        }
    }
    if selections > MOST_SELECTIONS {
        return Err(Error::client(
            Code::SelectionLimitExceeded,
            format!("the document selects more than {MOST_SELECTIONS} fields"),
        ));
    }
    if aliases > MOST_ALIASES {
        return Err(Error::client(Code::SelectionLimitExceeded, format!("the operation has more than {MOST_ALIASES} aliases")));
    }
    Ok(Analysis { introspecting })
}

impl<'a> Analyser<'a> {
    fn selection_set(&mut self, set: &'a SelectionSet) -> Result<Size, Error> {
        let mut size = Size::default();
        for item in &set.items {
            let (inner, is_field) = match &item.node {
                Selection::Field(field) => {
                    let name = field.node.name.node.as_str();
                    let inner = self.selection_set(&field.node.selection_set.node)?;
                    let aliases = inner.aliases.saturating_add(usize::from(field.node.alias.is_some()));
                    (Size { introspects: matches!(name, "__schema" | "__type"), aliases, ..inner }, true)
                }
                Selection::InlineFragment(fragment) => (self.selection_set(&fragment.node.selection_set.node)?, false),
                Selection::FragmentSpread(spread) => (self.fragment(&spread.node.fragment_name.node)?, false),
            };
            size.depth = size.depth.max(inner.depth + usize::from(is_field));
            size.selections = size.selections.saturating_add(inner.selections).saturating_add(1);
            size.aliases = size.aliases.saturating_add(inner.aliases);
            size.introspects |= inner.introspects;
        }
        Ok(size)
    }

    fn fragment(&mut self, name: &str) -> Result<Size, Error> {
        // An unknown fragment is a matter of validation.
        let Some((name, definition)) = self.document.fragments.get_key_value(name) else { return Ok(Size::default()) };
        let definition: &'a Positioned<FragmentDefinition> = definition;
        match self.fragments.get(name.as_str()) {
            Some(Measured::Done(size)) => return Ok(*size),
            Some(Measured::InProgress) => {
                return Err(Error::client(
                    Code::GraphqlValidationFailed,
                    "a fragment must not spread itself, directly or through others",
                ));
            }
            None => {}
        }
        self.fragments.insert(name, Measured::InProgress);
        self.open += 1;
        if self.open > MOST_OPEN {
            return Err(Error::client(Code::DepthLimitExceeded, format!("fragments spread each other deeper than {MOST_OPEN}")));
        }
        let size = self.selection_set(&definition.node.selection_set.node)?;
        self.open -= 1;
        self.fragments.insert(name, Measured::Done(size));
        Ok(size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn analysed(text: &str) -> Result<Analysis, Code> {
        analyse(&async_graphql::parser::parse_query(text).unwrap()).map_err(|error| error.code())
    }

    #[test]
    fn a_fragment_bomb_is_refused_without_being_expanded() {
        let mut text = "{ ...f0 }".to_owned();
        for level in 0..20 {
            let next = format!("...f{}", level + 1);
            text += &format!(" fragment f{level} on Query {{ {} }}", [next.as_str(); 8].join(" "));
        }
        text += " fragment f20 on Query { __typename }";
        assert_eq!(analysed(&text).err(), Some(Code::SelectionLimitExceeded));
    }

    #[test]
    fn a_cycle_of_fragments_is_refused() {
        let text = "{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }";
        assert_eq!(analysed(text).err(), Some(Code::GraphqlValidationFailed));
    }

    #[test]
    fn aliases_count_as_often_as_their_fragments_are_spread() {
        let document = |count: usize| format!("{{ {} }} fragment a on Query {{ b: c d: e }}", "x { ...a } ".repeat(count));
        assert!(analysed(&document(50)).is_ok());
        assert_eq!(analysed(&document(51)).err(), Some(Code::SelectionLimitExceeded));
    }

    #[test]
    fn introspection_is_noticed_behind_fragments() {
        assert_eq!(analysed("{ ...a } fragment a on Query { __schema { types { name } } }").unwrap().introspecting, [None]);
        assert_eq!(analysed("{ viewer { __typename } }").unwrap().introspecting, []);
        let two = analysed("query A { __type(name: \"A\") { name } } query B { viewer { __typename } }").unwrap();
        assert_eq!(two.introspecting, [Some(Name::new("A"))]);
    }
}
