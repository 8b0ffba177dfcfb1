//! What is made of a text before it is registered: it is measured, validated and priced as when it runs, and what its fields need is
//! noted.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::parser::types::DocumentOperations;
use entity::id::PersistedDocumentId;

use super::bound::Bound;
use super::manifest::{self, Entry};
use crate::access::PermissionSet;
use crate::clock;
use crate::document::Document;
use crate::error::Error;
use crate::request::Request;
use crate::user_error::{UserError, UserErrorCode};

/// So many documents are registered at once.
const MOST: usize = 5_000;
/// So many complaints are given about one document.
const MOST_COMPLAINTS: usize = 3;

/// A bound that the client asks for: on one document, or on all that have the variable.
#[derive(Clone, Debug)]
pub(super) struct AskedBound {
    pub document: Option<String>,
    pub bound: Bound,
}

/// A document that may be registered.
#[derive(Debug)]
pub(super) struct Draft {
    pub id: PersistedDocumentId,
    pub sha256: String,
    pub alias: Option<String>,
    pub name: Option<String>,
    pub body: String,
    /// `None`: as they are.
    pub bounds: Option<Vec<Bound>>,
    pub permissions: PermissionSet,
    pub cost: i64,
    /// The file that it came in.
    pub file: usize,
    document: Arc<Document>,
}

impl Draft {
    /// What people call it.
    pub fn shown_name(&self) -> &str {
        self.name.as_deref().or_else(|| self.sha256.get(..8)).unwrap_or_default()
    }

    /// Prices it at its worst within these bounds.
    pub fn price(&mut self, request: &Request, bounds: &[Bound]) {
        let maximum = |variable: &str| {
            let bounds = bounds.iter().filter(|bound| bound.variable == variable);
            bounds.filter_map(|bound| bound.maximum).map(|maximum| u64::try_from(maximum).unwrap_or_default()).min()
        };
        let cost = request.documents().assess(&self.document, &maximum, request.limits().page).cost;
        self.cost = i64::try_from(cost).unwrap_or(i64::MAX);
    }

    /// An error about it, at its file.
    pub fn error(&self, code: UserErrorCode, message: &str) -> Arc<UserError> {
        at_file(self.file, code, format!("`{}`: {message}", self.shown_name()))
    }
}

/// The documents of these files, each text once, with these bounds; and what is wrong with them.
pub(super) async fn drafts(
    request: &Request,
    files: &[String],
    bounds: Option<&[AskedBound]>,
) -> Result<(Vec<Draft>, Vec<Arc<UserError>>), Error> {
    let mut errors = Vec::new();
    let entries = entries(files, &mut errors);
    let mut used = vec![false; bounds.map_or(0, <[_]>::len)];
    let mut drafts = Vec::with_capacity(entries.len());
    for (file, Entry { sha256, alias, name, body }) in entries {
        let document = match request.documents().get(&body).await {
            Ok(document) => document,
            Err(refusal) => {
                for error in refusal.errors.iter().take(MOST_COMPLAINTS) {
                    // What is our fault is no matter of the text.
                    if error.ends_request() {
                        return Err(error.clone());
                    }
                    let shown = name.as_deref().or_else(|| sha256.get(..8)).unwrap_or_default();
                    let message = format!("`{shown}`: {}", error.public_message());
                    errors.push(at_file(file, UserErrorCode::Invalid, message));
                }
                continue;
            }
        };
        let name = name.or_else(|| operation_name(&document));
        let bounds = bounds.map(|asked| of_document(asked, name.as_deref(), &document, &mut used, &mut errors));
        let permissions = request.documents().assess(&document, &|_| None, request.limits().page).permissions;
        let mut draft = Draft { id: clock::new_id(), sha256, alias, name, body, bounds, permissions, cost: 0, file, document };
        let bounds = draft.bounds.clone().unwrap_or_default();
        draft.price(request, &bounds);
        drafts.push(draft);
    }
    for (place, asked) in bounds.iter().copied().flatten().enumerate().filter(|(place, _)| !used[*place]) {
        let message = match &asked.document {
            Some(document) => format!("there is no document `{document}` with the variable `${}`", asked.bound.variable),
            None => format!("no document has the variable `${}`", asked.bound.variable),
        };
        errors.push(at_bound(place, message));
    }
    Ok((drafts, errors))
}

/// The entries of all files, each text once. A text under two aliases is one too many.
fn entries(files: &[String], errors: &mut Vec<Arc<UserError>>) -> Vec<(usize, Entry)> {
    let mut entries: Vec<(usize, Entry)> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for (file, text) in files.iter().enumerate() {
        let read = manifest::read(text).unwrap_or_else(|message| {
            errors.push(at_file(file, UserErrorCode::Invalid, message));
            Vec::new()
        });
        for entry in read {
            let Some(place) = places.get(&entry.sha256) else {
                places.insert(entry.sha256.clone(), entries.len());
                entries.push((file, entry));
                continue;
            };
            let known = &mut entries[*place].1;
            match (&known.alias, entry.alias) {
                (Some(one), Some(other)) if *one != other => {
                    errors.push(at_file(file, UserErrorCode::Taken, format!("one text is called `{one}` and `{other}`")));
                }
                (None, Some(alias)) => known.alias = Some(alias),
                _ => {}
            }
            known.name = known.name.take().or(entry.name);
        }
    }
    if entries.len() > MOST {
        errors.push(UserError::at(&["files"], UserErrorCode::TooLong, format!("at most {MOST} documents come at once")));
        entries.clear();
    }
    entries
}

/// Those of the bounds that are meant for a document, and can be set on it.
fn of_document(
    asked: &[AskedBound],
    name: Option<&str>,
    document: &Document,
    used: &mut [bool],
    errors: &mut Vec<Arc<UserError>>,
) -> Vec<Bound> {
    let mut bounds = Vec::new();
    for (place, AskedBound { document: meant, bound }) in asked.iter().enumerate() {
        if meant.is_some() && meant.as_deref() != name {
            continue;
        }
        let operations = || document.syntax.operations.iter().map(|(_, operation)| &operation.node);
        if operations().any(|operation| bound.definition(operation).is_some()) {
            used[place] = true;
            errors.extend(operations().filter_map(|operation| bound.complaint(operation)).map(|message| at_bound(place, message)));
            bounds.push(bound.clone());
        }
    }
    bounds
}

fn operation_name(document: &Document) -> Option<String> {
    match &document.syntax.operations {
        DocumentOperations::Single(_) => None,
        DocumentOperations::Multiple(operations) => operations.keys().next().map(ToString::to_string),
    }
}

fn at_file(file: usize, code: UserErrorCode, message: String) -> Arc<UserError> {
    UserError::at(&["files", &file.to_string()], code, message)
}

fn at_bound(place: usize, message: String) -> Arc<UserError> {
    UserError::at(&["bounds", &place.to_string()], UserErrorCode::Invalid, message)
}
