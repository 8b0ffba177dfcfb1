//! One mutation of access from its beginning to its end: written, refused, or tried out and undone.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::Value;
use entity::id::{RoleId, TeamId, UserId};
use migration::catalog::Permission;

use super::change::differences;
use super::{Outcome, store};
use crate::access::{Holding, Scope};
use crate::error::Error;
use crate::graph::Fields;
use crate::request::{Request, Writer};
use crate::user_error::UserError;

/// So many people are compared.
const MOST_PEOPLE: usize = 1_000;
/// So many changes are told.
const MOST_CHANGES: usize = 5_000;

/// What the input of every mutation of access has.
#[derive(Clone, Debug, Default)]
pub struct Call {
    dry_run: bool,
    client_mutation_id: Option<String>,
}

impl Call {
    /// The fields of it, to be embedded.
    #[must_use]
    pub fn fields() -> Fields<Self> {
        Fields::default()
            .field_or(
                "dryRun",
                "Only try it out: everything is checked and done as usual, then undone. `accessChanges` says who would gain and lose what.",
                Some(Value::Boolean(false)),
                |into: &mut Self, dry_run: Option<bool>| into.dry_run = dry_run.unwrap_or_default(),
            )
            .field("clientMutationId", "Comes back in the payload.", |into, id| into.client_mutation_id = id)
    }
}

/// Whose access a change can alter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subjects {
    /// These people.
    Users(Vec<UserId>),
    /// Whoever has one of these roles or a role below it: by assignment, or through a team.
    HoldersOf(Vec<RoleId>),
    /// Whoever is in one of these teams or in a team below it.
    MembersOf(Vec<TeamId>),
}

/// A mutation of access that is under way.
pub struct Attempt {
    /// The transaction that it is.
    pub writer: Writer,
    call: Call,
    scope: Scope,
    /// Does anybody want to know who gains and loses?
    is_selected: bool,
    watched: Vec<UserId>,
    truncated: bool,
    before: HashMap<UserId, Holding>,
}

impl Attempt {
    /// Opens the transaction. `payload` is the name of the payload's type, `scope` where the mutation asks for its permission:
    /// the tenant, until [`within`](Self::within) knows better.
    pub async fn begin(request: &Request, call: &Call, payload: &str, scope: Scope) -> Result<Self, Error> {
        let is_selected = request.selects(payload, "accessChanges") || request.selects(payload, "accessChangesTruncated");
        let writer = request.access_writer().await?;
        Ok(Self { writer, call: call.clone(), scope, is_selected, watched: Vec::new(), truncated: false, before: HashMap::new() })
    }

    /// The place where the permission is asked for, where that shows only in the transaction.
    pub fn within(&mut self, scope: Scope) {
        self.scope = scope;
    }

    /// Remembers what these people hold, to be compared with what they hold in the end. Costs nothing where nobody asks, or
    /// whoever asks may not explain other people's access.
    pub async fn watch(&mut self, subjects: Subjects) -> Result<(), Error> {
        if !self.is_selected || !self.writer.may(Permission::AccessExplain, self.scope).await? {
            return Ok(());
        }
        let mut users = match subjects {
            Subjects::Users(users) => users,
            Subjects::HoldersOf(roles) => store::holders_of(&self.writer, &roles, MOST_PEOPLE + 1).await?,
            Subjects::MembersOf(teams) => store::members_of(&self.writer, &teams, MOST_PEOPLE + 1).await?,
        };
        users.retain(|user| !self.watched.contains(user));
        let room = MOST_PEOPLE - self.watched.len();
        self.truncated |= users.len() > room;
        users.truncate(room);
        self.before.extend(self.writer.holdings(&users).await?);
        self.watched.extend(users);
        Ok(())
    }

    /// Ends it: everything is written, or, where it was a dry run, undone.
    pub async fn finish(self) -> Result<Outcome, Error> {
        let mut outcome = self.outcome(Vec::new());
        if !self.watched.is_empty() {
            let after = self.writer.holdings(&self.watched).await?;
            let viewer = self.writer.holding();
            let (changes, more) = differences(&self.watched, &self.before, &after, &viewer, MOST_CHANGES);
            outcome.access_changes = changes;
            outcome.truncated = self.truncated || more;
        }
        if self.call.dry_run {
            self.writer.roll_back().await?;
        } else {
            self.writer.commit().await?;
        }
        Ok(outcome)
    }

    /// Ends it with what the user can mend: nothing is written.
    pub async fn refuse(self, user_errors: Vec<Arc<UserError>>) -> Result<Outcome, Error> {
        let outcome = self.outcome(user_errors);
        self.writer.roll_back().await?;
        Ok(outcome)
    }

    fn outcome(&self, user_errors: Vec<Arc<UserError>>) -> Outcome {
        Outcome {
            scope: self.scope,
            is_dry_run: self.call.dry_run,
            user_errors,
            access_changes: Vec::new(),
            truncated: false,
            client_mutation_id: self.call.client_mutation_id.clone(),
        }
    }
}
