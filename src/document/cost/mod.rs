//! What an operation costs: a small program made once for a document, and run for the variables of each request.
//!
//! It is made of the prices of fields (`src/graph/price.rs`), merged as the plan of an execution merges them: a field that several
//! fragments select costs once. What depends on variables stays open until they are known: sizes of pages and lists, `@skip` and
//! `@include`. All sums and products saturate.

mod compile;
mod inputs;

use async_graphql::Name;
use async_graphql::parser::types::{ExecutableDocument, OperationDefinition};

use self::inputs::{Inputs, Known, Worst};
use crate::error::Error;
use crate::graph::{Tables, Variables};
use crate::page::DEFAULT_SIZE;

/// The cost of one operation, as far as it is known without variables.
#[derive(Debug, Default)]
pub struct CostProgram {
    terms: Vec<Term>,
    variables: Vec<Variable>,
}

/// A variable that something depends on.
#[derive(Debug)]
struct Variable {
    name: Name,
    /// May it be null, or left out?
    nullable: bool,
}

/// A field that costs something, or leads to some that do.
#[derive(Debug)]
struct Term {
    when: When,
    weight: u64,
    rows: Rows,
    /// What is selected below, for each type that may be met there: the dearest counts.
    below: Vec<Vec<Term>>,
}

/// How many objects a field leads to.
#[derive(Debug)]
enum Rows {
    One,
    /// A page; its rows cost something where any are wanted.
    Page {
        first: Operand,
        last: Operand,
        wanted: When,
        each: u64,
    },
    /// Those of the page that it stands on.
    OfPage,
    Items {
        items: Operand,
        each: u64,
    },
    About {
        count: u64,
        each: u64,
    },
}

/// A number that an argument gives: itself, or as the length of a list.
#[derive(Clone, Copy, Debug)]
enum Operand {
    Absent,
    Known(u64),
    /// A variable, or what stands in it under these names.
    Variable(usize, &'static str),
}

/// On what it depends whether a field is selected.
#[derive(Clone, Debug)]
enum When {
    Always,
    /// Where all conditions of any of these hold; never, where there is none.
    Any(Vec<Conditions>),
}

/// Conditions that must hold together: a variable, and what it must be.
type Conditions = std::sync::Arc<[(usize, bool)]>;

/// The largest size of a page that one may ask for with a variable, or length of a list; `None`: whatever the schema allows.
pub type Bounds<'a> = &'a dyn Fn(&str) -> Option<u64>;

/// Lists in arguments are no longer than this, wherever they lead to rows.
const LONGEST_LIST: u64 = 100;

impl CostProgram {
    /// The program of an operation of a valid document, whose fragments spread no cycle. Fails where it selects too much.
    pub fn new(tables: &Tables, document: &ExecutableDocument, operation: &OperationDefinition) -> Result<Self, Error> {
        compile::program(tables, document, operation)
    }

    /// The cost with these variables, on a server whose pages have at most so many rows.
    #[must_use]
    pub fn price(&self, variables: &Variables, largest_page: u32) -> u64 {
        if self.terms.is_empty() {
            return 0;
        }
        let values = self.variables.iter().map(|variable| variables.get(&variable.name)).collect();
        sum(&self.terms, &Known { values }, largest_page.into(), 0)
    }

    /// The most that it can cost, with variables as large as they may be and all conditions such that everything is selected.
    #[must_use]
    pub fn worst(&self, bounds: Bounds<'_>, largest_page: u32) -> u64 {
        let bounds = self.variables.iter().map(|variable| (bounds(&variable.name), variable.nullable)).collect();
        sum(&self.terms, &Worst { bounds }, largest_page.into(), 0)
    }

    /// About how many bytes it takes.
    #[must_use]
    pub fn weight(&self) -> usize {
        fn when(when: &When) -> usize {
            match when {
                When::Always => 0,
                When::Any(any) => any.iter().map(|conditions| 32 + 16 * conditions.len()).sum(),
            }
        }
        fn of(terms: &[Term]) -> usize {
            let of_rows = |rows: &Rows| if let Rows::Page { wanted, .. } = rows { when(wanted) } else { 0 };
            let below = |term: &Term| term.below.iter().map(|terms| size_of::<Vec<Term>>() + of(terms)).sum::<usize>();
            terms.iter().map(|term| size_of::<Term>() + when(&term.when) + of_rows(&term.rows) + below(term)).sum()
        }
        of(&self.terms) + self.variables.len() * size_of::<Variable>()
    }
}

/// What the terms cost beside each other, on a page of so many rows.
fn sum(terms: &[Term], inputs: &impl Inputs, largest: u64, page: u64) -> u64 {
    terms
        .iter()
        .filter(|term| holds(&term.when, inputs))
        .fold(0, |sum, term| sum.saturating_add(price(term, inputs, largest, page)))
}

fn price(term: &Term, inputs: &impl Inputs, largest: u64, page: u64) -> u64 {
    let below = |page: u64| term.below.iter().map(|terms| sum(terms, inputs, largest, page)).max().unwrap_or_default();
    let rows = match &term.rows {
        Rows::One => below(0),
        Rows::OfPage => page.saturating_mul(below(0)),
        Rows::Page { first, last, wanted, each } => {
            let size = inputs.number(*first, || inputs.number(*last, || DEFAULT_SIZE.into())).min(largest);
            let rows = if holds(wanted, inputs) { size.saturating_mul(*each) } else { 0 };
            rows.saturating_add(below(size))
        }
        Rows::Items { items, each } => inputs.number(*items, || 0).min(LONGEST_LIST).saturating_mul(each.saturating_add(below(0))),
        Rows::About { count, each } => count.saturating_mul(each.saturating_add(below(0))),
    };
    rows.saturating_add(term.weight)
}

fn holds(when: &When, inputs: &impl Inputs) -> bool {
    match when {
        When::Always => true,
        When::Any(any) => any.iter().any(|conditions| conditions.iter().all(|(variable, wanted)| inputs.is(*variable, *wanted))),
    }
}
