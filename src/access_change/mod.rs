//! Mutations that change who may do what: how one is carried out, and who gains and loses by it.
//!
//! How to write one:
//!
//! ```text
//! // The input embeds what all of them have: `dryRun` and `clientMutationId`.
//! Fields::default().field(…).embed(Call::fields(), |into| &mut into.call)
//!
//! // The payload embeds what all of them answer: `userErrors`, `accessChanges`, …
//! outcome_fields(ObjectType::<Self>::new("What came of …").inline_one(…), |payload| &payload.outcome)
//!
//! // The resolver. One transaction; no other of the tenant changes access at the same time.
//! let mut attempt = Attempt::begin(&request, &input.call, "AssignRolePayload", scope).await?;
//! attempt.writer.require(Permission::RolesAssign, scope).await?;              // 1. may the caller do such things here?
//! attempt.writer.take_key("assignRole", key, &sent, id).await?;         // 2. where it creates: an idempotency key
//! let sheet = attempt.writer.role_sheet().await?;                       // 3. grant only what you hold
//! attempt.writer.require_held(&Gift::of(Place::of(organization), sheet.allowed_by(role)))?;
//! attempt.watch(Subjects::Users(vec![user])).await?;                    // 4. whom can it affect? Before anything is written.
//! store::insert(&attempt.writer, …).await?;                             // 5. write
//! attempt.writer.audit(Record::of("role.assign", id)…).await?;          // 6. write it down
//! let outcome = attempt.finish().await?;                                // 7. compare; commit, or undo where it was a dry run
//! // What the user can mend instead: `return attempt.refuse(user_errors)`, which undoes everything.
//! ```
//!
//! Where roles themselves change, take a `role_sheet` before and one after, and require what `gift_of_change` says.
//! `outcome.is_written()` says whether the payload may show what was made; a dry run shows objects as they are stored.

mod attempt;
mod change;
mod outcome;
mod store;

pub use attempt::{Attempt, Call, Subjects};
pub use change::AccessChange;
pub use outcome::{Outcome, outcome_fields};
