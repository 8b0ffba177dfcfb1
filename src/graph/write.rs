//! The writing of an answer: one synchronous pass over what was loaded appends JSON to a buffer.

use async_graphql::Name;
use serde_json::{Map, Value, json};

use super::object::{Field, Source};
use super::plan::{Plan, PlanField, PlanSource};
use super::rows::Children;
use super::schema::Tables;
use super::walk::Loaded;
use crate::error::{Code, Denial, Error};
use crate::request::Request;

/// Bytes of one answer. Rows are bounded before they are loaded, but those that several parents share are written below each.
const LARGEST_ANSWER: usize = 32 * 1024 * 1024;

/// The written `data` and the errors of its fields.
pub(super) struct Written {
    pub data: Vec<u8>,
    pub errors: Errors,
}

/// The errors of an answer.
#[derive(Default)]
pub(super) struct Errors {
    /// Each as the client sees it.
    pub list: Vec<Value>,
    /// What went wrong on our side, for the log.
    pub internal: Vec<Error>,
    /// How many more there were.
    pub omitted: usize,
    /// How many are listed.
    most: usize,
}

/// Where the writer stands in the answer.
enum Segment {
    Key(Name),
    Index(usize),
}

pub(super) struct Writer<'a> {
    tables: &'a Tables,
    plan: &'a Plan,
    loaded: &'a Loaded,
    request_id: &'a str,
    out: Vec<u8>,
    path: Vec<Segment>,
    errors: Errors,
    /// For nodes that are referenced oftener than they have rows: where each row's text stands, to be copied.
    texts: Vec<Vec<Option<(usize, usize)>>>,
    /// Has it grown beyond what is sent? Then everything that is open ends.
    too_large: bool,
}

/// A value could not be written and its field may not be null: the parent becomes null.
struct Null;

impl<'a> Writer<'a> {
    /// Writes the answer to `plan`: the opening brace, and `data`. Fails where that would be too large.
    pub fn write(tables: &'a Tables, plan: &'a Plan, loaded: &'a Loaded, request: &'a Request) -> Result<Written, Error> {
        let texts = (0..plan.nodes.len()).map(|_| Vec::new()).collect();
        let mut out = Vec::with_capacity(16 * 1024);
        out.extend_from_slice(b"{\"data\":");
        let errors = Errors { most: request.limits().errors, ..Errors::default() };
        let request_id = request.id();
        let mut writer = Self { tables, plan, loaded, request_id, out, path: Vec::new(), errors, texts, too_large: false };
        if writer.object(0, 0).is_err() {
            writer.null();
        }
        if writer.too_large {
            let message = format!("the answer would be larger than {} MiB: ask for smaller pages", LARGEST_ANSWER / 1024 / 1024);
            return Err(Error::client(Code::AnswerLimitExceeded, message));
        }
        Ok(Written { data: writer.out, errors: writer.errors })
    }

    fn object(&mut self, node: usize, row: usize) -> Result<(), Null> {
        let planned = &self.plan.nodes[node];
        let table = &self.tables.tables[planned.type_index];
        let start = self.out.len();
        self.out.push(b'{');
        for (place, field) in planned.fields.iter().enumerate() {
            if place > 0 {
                self.out.push(b',');
            }
            self.out.extend_from_slice(&field.json_key);
            match field.source {
                PlanSource::Typename => super::leaf::write_string(table.name, &mut self.out),
                PlanSource::Field(index) => {
                    let definition = &table.fields[index];
                    if self.value(node, row, field, definition).is_err() {
                        if !definition.shape.nullable {
                            self.truncate(start);
                            return Err(Null);
                        }
                        self.null();
                    }
                }
            }
        }
        self.out.push(b'}');
        Ok(())
    }

    fn value(&mut self, node: usize, row: usize, planned: &PlanField, field: &Field) -> Result<(), Null> {
        let state = self.loaded.fields[planned.id].as_ref();
        let place = match state.and_then(|state| state.decisions.as_ref()).map(|decisions| &decisions[row]) {
            None => row,
            Some(Ok(place)) => *place,
            Some(Err(denial)) => return Err(self.denied(planned, denial)),
        };
        if let Err(error) = &planned.arguments {
            return Err(self.failed(planned, error));
        }
        match (&field.source, state.and_then(|state| state.children.as_ref())) {
            (Source::Leaf(write), _) => {
                if let Some(rows) = &self.loaded.levels[node] {
                    write(rows, row, &mut self.out);
                }
                Ok(())
            }
            (Source::Derived(_, write), Some(Ok(children))) => {
                let row = children.of_parent(place).first().copied().flatten();
                write(row.map(|(batch, row)| (&children.batches[batch as usize].1, row as usize)), &mut self.out);
                Ok(())
            }
            (_, None) => Err(Null),
            (_, Some(Err(error))) => Err(self.failed(planned, error)),
            (_, Some(Ok(children))) => {
                let shared = children.slots.len() > children.batches.iter().map(|(_, rows)| rows.len()).sum();
                self.path.push(Segment::Key(planned.response_key.clone()));
                let written = match field.shape.list {
                    None => match children.of_parent(place).first().copied().flatten() {
                        Some(slot) => self.child(planned, &children.batches, slot, shared),
                        None if field.shape.nullable => Err(Null),
                        None => Err(self.missing(planned)),
                    },
                    Some(items_nullable) => self.list(planned, children, place, shared, items_nullable),
                };
                self.path.pop();
                written
            }
        }
    }

    fn list(
        &mut self,
        planned: &PlanField,
        children: &Children,
        parent: usize,
        shared: bool,
        items_nullable: bool,
    ) -> Result<(), Null> {
        let start = self.out.len();
        self.out.push(b'[');
        for (index, place) in children.places(parent).enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            self.path.push(Segment::Index(index));
            let written = match children.slots[place] {
                Some(slot) => self.child(planned, &children.batches, slot, shared),
                None => match children.failed.get(&place) {
                    Some(error) => Err(self.failed_here(planned, error)),
                    None if items_nullable => Err(Null),
                    None => Err(self.missing(planned)),
                },
            };
            self.path.pop();
            if written.is_err() {
                if !items_nullable {
                    self.truncate(start);
                    return Err(Null);
                }
                self.null();
            }
        }
        self.out.push(b']');
        Ok(())
    }

    fn child(
        &mut self,
        planned: &PlanField,
        batches: &[(usize, super::rows::Rows)],
        (batch, row): (u32, u32),
        shared: bool,
    ) -> Result<(), Null> {
        self.too_large |= self.out.len() > LARGEST_ANSWER;
        if self.too_large {
            return Err(Null);
        }
        let (type_index, rows) = &batches[batch as usize];
        let Some((_, node)) = planned.children.iter().find(|(candidate, _)| candidate == type_index) else { return Err(Null) };
        let (node, row) = (*node, row as usize);
        if !shared {
            return self.object(node, row);
        }
        if let Some((start, end)) = self.texts[node].get(row).copied().flatten() {
            self.out.extend_from_within(start..end);
            return Ok(());
        }
        let (start, errors) = (self.out.len(), self.errors.count());
        self.object(node, row)?;
        // Errors carry the path of their place, so only a text without any may stand in several places.
        if self.errors.count() == errors {
            let texts = &mut self.texts[node];
            texts.resize(rows.len(), None);
            texts[row] = Some((start, self.out.len()));
        }
        Ok(())
    }

    fn null(&mut self) {
        self.out.extend_from_slice(b"null");
    }

    fn truncate(&mut self, start: usize) {
        if self.too_large {
            return;
        }
        self.out.truncate(start);
        // Texts that were cut off cannot be copied from any more.
        for texts in &mut self.texts {
            for text in texts {
                *text = text.filter(|(_, end)| *end <= start);
            }
        }
    }

    fn denied(&mut self, planned: &PlanField, denial: &Denial) -> Null {
        if self.errors.full() {
            self.errors.omitted += 1;
            return Null;
        }
        self.failed(planned, &Error::from(denial.clone()))
    }

    fn failed(&mut self, planned: &PlanField, error: &Error) -> Null {
        self.path.push(Segment::Key(planned.response_key.clone()));
        let null = self.failed_here(planned, error);
        self.path.pop();
        null
    }

    fn missing(&mut self, planned: &PlanField) -> Null {
        self.failed_here(planned, &Error::internal(format!("no row for the required field `{}`", planned.response_key)))
    }

    /// The path ends already at the value that failed.
    fn failed_here(&mut self, planned: &PlanField, error: &Error) -> Null {
        if self.errors.full() {
            self.errors.omitted += 1;
        } else {
            self.push(planned, error);
        }
        Null
    }

    fn push(&mut self, planned: &PlanField, error: &Error) {
        if error.ends_request() {
            self.errors.internal.push(error.clone());
        }
        let path: Vec<Value> = self
            .path
            .iter()
            .map(|segment| match segment {
                Segment::Key(key) => json!(key.as_str()),
                Segment::Index(index) => json!(index),
            })
            .collect();
        self.errors.list.push(json!({
            "message": error.public_message(),
            "locations": [{ "line": planned.position.line, "column": planned.position.column }],
            "path": path,
            "extensions": error.extensions(self.request_id),
        }));
    }
}

impl Errors {
    fn full(&self) -> bool {
        self.list.len() >= self.most
    }

    fn count(&self) -> usize {
        self.list.len() + self.omitted
    }
}

/// The body of an answer without `data`: the request as a whole was refused or failed.
#[must_use]
pub fn request_errors(errors: &[Error], request_id: &str) -> Vec<u8> {
    let list: Vec<Value> = errors
        .iter()
        .map(|error| json!({ "message": error.public_message(), "extensions": error.extensions(request_id) }))
        .collect();
    json!({ "errors": list }).to_string().into_bytes()
}

/// The `extensions` of an answer, where there are any.
pub type Extensions = Map<String, Value>;

/// Appends errors and extensions to written data, and closes the answer.
pub(super) fn finish(data: &mut Vec<u8>, errors: &Errors, mut extensions: Extensions) {
    if errors.omitted > 0 {
        extensions.insert("errorsOmitted".to_owned(), json!(errors.omitted));
    }
    // Values of serde_json serialise without fail.
    if !errors.list.is_empty() {
        data.extend_from_slice(b",\"errors\":");
        data.extend_from_slice(Value::from(errors.list.clone()).to_string().as_bytes());
    }
    if !extensions.is_empty() {
        data.extend_from_slice(b",\"extensions\":");
        data.extend_from_slice(Value::from(extensions).to_string().as_bytes());
    }
    data.push(b'}');
}
