//! The mutation `deleteUser`: of one's own account, proven once more, or, by the platform's staff, of anybody's.

use std::sync::Arc;

use entity::id::{DeletionId, UserId};
use migration::catalog::Permission;

use super::store::{self, Deleted};
use crate::clock;
use crate::error::{Code, Error};
use crate::graph::{Fields, Id, InputArgument, InputObject, Mutation, Object, ObjectType};
use crate::people::password::Attempt;
use crate::people::second_factor::{AnswerTo, Proof, is_enabled};
use crate::request::{Request, Writer};
use crate::user_error::{UserError, UserErrorCode, checked_reason};

#[derive(Clone, Default)]
struct DeleteUserInput {
    user: Option<UserId>,
    reason: Option<String>,
    password: Option<String>,
    proof: Proof,
    dry_run: bool,
    client_mutation_id: Option<String>,
}

impl InputObject for DeleteUserInput {
    const NAME: &'static str = "DeleteUserInput";
    const DESCRIPTION: &'static str = "Whose account to delete: your own, with your password and second factor, or, as one of the platform's staff, \
        somebody else's, with a reason.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("userId", "The person.", |into: &mut Self, Id(id)| into.user = Some(id))
            .field("reason", "Why; needed for somebody else. It stands in the audit logs of their tenants.", |into, reason| {
                into.reason = reason;
            })
            .field("password", "Your password, once more; needed for your own account.", |into, password| into.password = password)
            .embed(Proof::fields(), |into| &mut into.proof)
            .field("dryRun", "Only see whether anything is in the way.", |into, dry_run: Option<bool>| {
                into.dry_run = dry_run.unwrap_or_default();
            })
            .field("clientMutationId", "Comes back in the payload.", |into, id| into.client_mutation_id = id)
    }
}

struct DeleteUserPayload {
    deleted: Option<Id<UserId>>,
    deletion: Option<Id<DeletionId>>,
    user_errors: Vec<Arc<UserError>>,
    client_mutation_id: Option<String>,
}

impl Object for DeleteUserPayload {
    fn name() -> &'static str {
        "DeleteUserPayload"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("What came of `deleteUser`.")
            .field("deletedUserId", "Who is gone; null where there are user errors, and after a dry run.", |payload: &Self| {
                &payload.deleted
            })
            .field("deletionId", "The deletion, as the audit logs name it; null where there is none.", |payload| &payload.deletion)
            .inline_many("userErrors", "What you can mend. Nothing was written where there are some.", |payload| {
                payload.user_errors.clone()
            })
            .field("clientMutationId", "As it was sent.", |payload| &payload.client_mutation_id)
    }
}

/// Adds `deleteUser`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation.root(
        "deleteUser",
        "Deletes an account with its place in every tenant, organization, role and team, its overrides, grants and API keys. All its sessions end \
         with the next request, and its address is free. Not while it owns an organization. Your own account takes your password, and your second \
         factor where you have one; the platform's staff with the permission `members.remove` deletes any, says why, and brings it back by `restoreUser`.",
        delete_user,
    )
}

async fn delete_user(
    request: Request,
    arguments: Arc<InputArgument<DeleteUserInput>>,
) -> Result<Option<Arc<DeleteUserPayload>>, Error> {
    let InputArgument(input) = &*arguments;
    let Some(user) = input.user else { return Err(Error::bad_input("`input.userId` is required")) };
    let me = request.reader().await?.caller.require_person()?;
    let opened = if me == user { input.own(&request, user).await? } else { input.of_somebody(&request).await? };
    let deletion: DeletionId = clock::new_id();
    let done = match opened {
        Ok((writer, reason)) => delete(writer, user, deletion, reason, input.dry_run).await?,
        Err(error) => Err(error),
    };
    let is_written = done.is_ok() && !input.dry_run;
    Ok(Some(Arc::new(DeleteUserPayload {
        deleted: is_written.then_some(Id(user)),
        deletion: is_written.then_some(Id(deletion)),
        user_errors: done.err().into_iter().collect(),
        client_mutation_id: input.client_mutation_id.clone(),
    })))
}

/// A transaction in which the deletion is permitted, with its reason; or what is wrong.
type Opened = Result<(Writer, Option<String>), Arc<UserError>>;

impl DeleteUserInput {
    /// To delete one's own account, proven once more.
    async fn own(&self, request: &Request, user: UserId) -> Result<Opened, Error> {
        request.reader().await?.caller.require_session()?;
        let reason = match self.reason.as_deref().map(checked_reason).transpose() {
            Ok(reason) => reason,
            Err(error) => return Ok(Err(error)),
        };
        if !Attempt::proves_again(request, user, self.password.as_deref().unwrap_or_default()).await? {
            let message = "this is not your password, or signing in is locked for a while";
            return Ok(Err(UserError::at(&["password"], UserErrorCode::WrongCredentials, message)));
        }
        let writer = request.writer().await?;
        if is_enabled(&writer.transaction, user).await? {
            if !self.proof.is_sent() {
                let message = "send a code of your second factor, too";
                return Ok(Err(UserError::at(&["code"], UserErrorCode::WrongCredentials, message)));
            }
            if self.proof.check(request, &writer.transaction, user, writer.now).await? == AnswerTo::Wrong {
                let message = "this code does not hold, or was used before";
                return Ok(Err(UserError::at(&["code"], UserErrorCode::WrongCredentials, message)));
            }
        }
        Ok(Ok((writer, reason)))
    }

    /// To delete somebody else's, as one of the platform's staff.
    async fn of_somebody(&self, request: &Request) -> Result<Opened, Error> {
        let writer = request.writer().await?;
        writer.require_staff(Permission::MembersRemove)?;
        Ok(checked_reason(self.reason.as_deref().unwrap_or_default()).map(|reason| (writer, Some(reason))))
    }
}

async fn delete(
    writer: Writer,
    user: UserId,
    deletion: DeletionId,
    reason: Option<String>,
    dry_run: bool,
) -> Result<Result<(), Arc<UserError>>, Error> {
    let refused = match store::delete(&writer, user, deletion, reason).await? {
        Deleted::Everywhere if dry_run => None,
        Deleted::Everywhere => {
            writer.commit().await?;
            return Ok(Ok(()));
        }
        Deleted::Gone => return Err(Error::client(Code::NotFound, "there is no such account")),
        Deleted::Moved => return Err(Error::client(Code::Conflict, "the account has joined a tenant in this moment: try again")),
        Deleted::Owner(names) => {
            let message = format!("the account owns {}: hand that over, or delete it first", names.join(", "));
            Some(UserError::at(&["userId"], UserErrorCode::IsOwner, message))
        }
    };
    writer.roll_back().await?;
    Ok(refused.map_or(Ok(()), Err))
}
