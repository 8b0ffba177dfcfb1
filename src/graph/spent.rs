//! What an execution cost: the prices of fields, for the rows that there really were.

use super::plan::{Plan, PlanNode, PlanSource};
use super::price::RowCount;
use super::rows::Children;
use super::schema::Tables;
use super::walk::Loaded;

/// The cost of what was loaded. A row that several parents share was loaded once, and counts once.
pub(super) fn spent(tables: &Tables, plan: &Plan, loaded: &Loaded) -> u64 {
    plan.nodes.iter().fold(0, |sum, node| sum.saturating_add(of_node(tables, node, loaded)))
}

fn of_node(tables: &Tables, node: &PlanNode, loaded: &Loaded) -> u64 {
    let fields = &tables.tables[node.type_index].fields;
    let (mut sum, mut of_page) = (0_u64, 0);
    for planned in &node.fields {
        let (PlanSource::Field(index), Some(state)) = (planned.source, &loaded.fields[planned.id]) else { continue };
        let (field, price) = (&fields[index], fields[index].price);
        let (parents, rows) = match &state.children {
            // What failed was tried.
            Some(Err(_)) => (1, 0),
            Some(Ok(children)) => (parents(children), rows(children)),
            None => continue,
        };
        if price.rows == RowCount::OfPage {
            of_page = rows.max(of_page);
        } else if field.is_loaded() {
            let loads = if price.rows == RowCount::One { rows.max(1).min(parents) } else { parents };
            let of_rows = match price.rows {
                RowCount::Items(_) | RowCount::About(_) => rows,
                // Those of a page are counted on the page.
                RowCount::One | RowCount::Page | RowCount::OfPage => 0,
            };
            sum = sum
                .saturating_add(loads.saturating_mul(price.weight.into()))
                .saturating_add(of_rows.saturating_mul(price.row_weight.into()));
        }
    }
    sum.saturating_add(of_page)
}

fn parents(children: &Children) -> u64 {
    children.offsets.as_ref().map_or(children.slots.len(), |offsets| offsets.len() - 1) as u64
}

fn rows(children: &Children) -> u64 {
    children.batches.iter().map(|(_, rows)| rows.len() as u64).sum()
}
