//! The rows of one level, with their Rust type erased, and how they hang below their parents.

use std::any::Any;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::error::Error;

/// All rows of one object type at one place of the document.
#[derive(Clone)]
pub struct Rows {
    /// INVARIANT: an `Arc<Vec<Arc<T>>>`, `T` being the Rust type of the object type that the plan names here.
    rows: Arc<dyn Any + Send + Sync>,
    len: usize,
    gather: fn(&[(&Rows, usize)]) -> Rows,
    address: fn(&Rows, usize) -> usize,
}

impl Rows {
    /// Erases the type of `rows`.
    #[must_use]
    pub fn new<T: Send + Sync + 'static>(rows: Vec<Arc<T>>) -> Self {
        let len = rows.len();
        Self { rows: Arc::new(rows), len, gather: gather::<T>, address: address::<T> }
    }

    /// Some of these rows, in this order.
    #[must_use]
    pub fn subset(&self, places: &[usize]) -> Self {
        let parts: Vec<_> = places.iter().map(|place| (self, *place)).collect();
        (self.gather)(&parts)
    }

    /// Rows of the same type from several places, together; `None` where there are none.
    #[must_use]
    pub fn gather(parts: &[(&Self, usize)]) -> Option<Self> {
        parts.first().map(|(first, _)| (first.gather)(parts))
    }

    /// Where a row lies in memory: the same for the same row, while somebody holds it.
    pub(super) fn address(&self, place: usize) -> usize {
        (self.address)(self, place)
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// True where there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The rows again; empty if they are of another type, which the tables exclude by construction.
    #[must_use]
    pub fn of<T: Send + Sync + 'static>(&self) -> &[Arc<T>] {
        let rows = self.rows.downcast_ref::<Vec<Arc<T>>>();
        debug_assert!(rows.is_some(), "rows of another type than {}", std::any::type_name::<T>());
        rows.map_or(&[], Vec::as_slice)
    }
}

fn gather<T: Send + Sync + 'static>(parts: &[(&Rows, usize)]) -> Rows {
    Rows::new(parts.iter().filter_map(|(rows, place)| rows.of::<T>().get(*place).cloned()).collect())
}

fn address<T: Send + Sync + 'static>(rows: &Rows, place: usize) -> usize {
    rows.of::<T>().get(place).map_or(0, |row| Arc::as_ptr(row).addr())
}

/// Where one child stands: in which batch (one per concrete type), at which place. `None`: null.
pub type Slot = Option<(u32, u32)>;

/// What a relation gave for all parents of a level.
pub struct Children {
    /// The children by concrete type: the index of the type, the rows. Children that several parents share stand once.
    pub batches: Vec<(usize, Rows)>,
    /// All children in the order of their parents.
    pub slots: Vec<Slot>,
    /// `None`: one slot a parent. Otherwise a list a parent: parent `i` has `slots[offsets[i]..offsets[i + 1]]`.
    pub offsets: Option<Vec<u32>>,
    /// Why single slots are null, by their place among all: what fails here leaves the other children as they are.
    pub failed: BTreeMap<usize, Error>,
}

impl Children {
    /// One child, or none, a parent.
    #[must_use]
    pub fn one<T: Send + Sync + 'static>(type_index: usize, of_parents: Vec<Option<Arc<T>>>) -> Self {
        let mut batch = Batch::default();
        let slots = of_parents.into_iter().map(|child| child.map(|child| (0, batch.place(child)))).collect();
        Self { batches: vec![(type_index, Rows::new(batch.rows))], slots, offsets: None, failed: BTreeMap::new() }
    }

    /// A list of children a parent.
    #[must_use]
    pub fn many<T: Send + Sync + 'static>(type_index: usize, of_parents: Vec<Vec<Arc<T>>>) -> Self {
        let mut batch = Batch::default();
        let mut slots = Vec::with_capacity(of_parents.iter().map(Vec::len).sum());
        let mut offsets = Vec::with_capacity(of_parents.len() + 1);
        offsets.push(0);
        for children in of_parents {
            slots.extend(children.into_iter().map(|child| Some((0, batch.place(child)))));
            offsets.push(small(slots.len()));
        }
        Self { batches: vec![(type_index, Rows::new(batch.rows))], slots, offsets: Some(offsets), failed: BTreeMap::new() }
    }

    /// None at all, for no parents.
    #[must_use]
    pub fn none() -> Self {
        Self { batches: Vec::new(), slots: Vec::new(), offsets: Some(vec![0]), failed: BTreeMap::new() }
    }

    /// The slots of one parent.
    #[must_use]
    pub fn of_parent(&self, parent: usize) -> &[Slot] {
        &self.slots[self.places(parent)]
    }

    /// Where the slots of one parent stand among all.
    pub(super) fn places(&self, parent: usize) -> Range<usize> {
        match &self.offsets {
            None => parent..parent + 1,
            Some(offsets) => offsets[parent] as usize..offsets[parent + 1] as usize,
        }
    }
}

/// Rows with each shared one once.
struct Batch<T> {
    rows: Vec<Arc<T>>,
    places: FxHashMap<usize, u32>,
}

impl<T> Default for Batch<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), places: FxHashMap::default() }
    }
}

impl<T> Batch<T> {
    fn place(&mut self, row: Arc<T>) -> u32 {
        let next = small(self.rows.len());
        // Only a row that somebody else holds too can come a second time.
        if Arc::strong_count(&row) > 1 {
            let known = *self.places.entry(Arc::as_ptr(&row).addr()).or_insert(next);
            if known != next {
                return known;
            }
        }
        self.rows.push(row);
        next
    }
}

/// Row counts fit into 32 bits: an answer is bounded far below.
pub(super) fn small(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
