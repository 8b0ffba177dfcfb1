//! The mutation `restoreUser`.

use std::sync::Arc;

use entity::id::UserId;
use migration::catalog::Permission;
use serde_json::json;

use super::come_back;
use super::store::{self, DeletedUser};
use crate::audit::Record;
use crate::error::{Code, Error};
use crate::graph::{Fields, Id, InputArgument, InputObject, Mutation, Object, ObjectType};
use crate::people::user::{User, users_by_id};
use crate::request::{Request, Writer};
use crate::tenancy::deletion::conflict::Conflict;
use crate::user_error::{UserError, UserErrorCode, checked_reason};

#[derive(Clone, Default)]
struct RestoreUserInput {
    user: Option<UserId>,
    reason: String,
    dry_run: bool,
    client_mutation_id: Option<String>,
}

impl InputObject for RestoreUserInput {
    const NAME: &'static str = "RestoreUserInput";
    const DESCRIPTION: &'static str = "Which deleted account to restore, and why.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("userId", "The person whose account was deleted.", |into: &mut Self, Id(id)| into.user = Some(id))
            .field("reason", "Why; it stands in the audit logs of the tenants.", |into, reason| into.reason = reason)
            .field("dryRun", "Only see whether anything is in the way.", |into, dry_run: Option<bool>| {
                into.dry_run = dry_run.unwrap_or_default();
            })
            .field("clientMutationId", "Comes back in the payload.", |into, id| into.client_mutation_id = id)
    }
}

struct RestoreUserPayload {
    user: Option<Arc<User>>,
    restored: Option<Id<UserId>>,
    user_errors: Vec<Arc<UserError>>,
    client_mutation_id: Option<String>,
}

impl Object for RestoreUserPayload {
    fn name() -> &'static str {
        "RestoreUserPayload"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("What came of `restoreUser`.")
            .field("restoredUserId", "The person; null where there are user errors, and after a dry run.", |payload: &Self| {
                &payload.restored
            })
            .inline_one("user", "The person, where they belong to the tenant that you are in.", |payload| payload.user.clone())
            .inline_many(
                "userErrors",
                "What you can mend: all that is in the way, in every tenant. Then nothing was written.",
                |payload| payload.user_errors.clone(),
            )
            .field("clientMutationId", "As it was sent.", |payload| &payload.client_mutation_id)
    }
}

/// Adds `restoreUser`.
pub(in crate::tenancy::deletion) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation
        .root(
            "restoreUser",
            "Brings a deleted account back into all the tenants, organizations, roles and teams that it was in, as long as the shortest retention of these \
             tenants lasts. Its API keys come back revoked, its sessions never. What is in the way is reported all at once, and then nothing comes \
             back. For the platform's staff, who need the permission `members.remove`, and say why.",
            restore_user,
        )
        .asks(Permission::MembersRemove)
}

async fn restore_user(
    request: Request,
    arguments: Arc<InputArgument<RestoreUserInput>>,
) -> Result<Option<Arc<RestoreUserPayload>>, Error> {
    let InputArgument(input) = &*arguments;
    let Some(user) = input.user else { return Err(Error::bad_input("`input.userId` is required")) };
    let mut writer = request.writer().await?;
    writer.require_staff(Permission::MembersRemove)?;
    let mut payload = RestoreUserPayload {
        user: None,
        restored: None,
        user_errors: Vec::new(),
        client_mutation_id: input.client_mutation_id.clone(),
    };
    let reason = match checked_reason(&input.reason) {
        Ok(reason) => reason,
        Err(error) => {
            payload.user_errors.push(error);
            return Ok(Some(Arc::new(payload)));
        }
    };
    let missing = || Error::client(Code::NotFound, "there is no such account that was deleted");
    let deleted = store::deleted_user(&writer, user).await?.ok_or_else(missing)?;
    payload.user_errors = restore(&mut writer, user, &deleted, &reason).await?;
    if !payload.user_errors.is_empty() || input.dry_run {
        writer.roll_back().await?;
        return Ok(Some(Arc::new(payload)));
    }
    writer.commit().await?;
    payload.restored = Some(Id(user));
    payload.user = users_by_id(request, vec![user]).await?.remove(&user);
    Ok(Some(Arc::new(payload)))
}

/// Brings the account back, tenant by tenant; all that is in the way, in all of them.
async fn restore(writer: &mut Writer, user: UserId, deleted: &DeletedUser, reason: &str) -> Result<Vec<Arc<UserError>>, Error> {
    if deleted.is_over {
        return Ok(vec![UserError::general(UserErrorCode::Ended, "the time in which it could be restored is over")]);
    }
    if deleted.is_address_taken {
        // Nothing comes back beside it; what else is in the way is told all the same.
        let mut report = vec![Conflict::of("address_taken").told()];
        for tenant in &deleted.tenants {
            writer.visit(*tenant).await?;
            report.extend(come_back(writer, deleted.deletion).await?.err().unwrap_or_default());
        }
        return Ok(report);
    }
    store::revive_user(writer, user).await?;
    let mut report = Vec::new();
    for tenant in &deleted.tenants {
        writer.visit(*tenant).await?;
        match come_back(writer, deleted.deletion).await? {
            Ok(revived) => {
                let mut back = revived.counts();
                back["deletionId"] = json!(deleted.deletion);
                back["reason"] = json!(reason);
                writer.audit(Record::of("user.restore", user).after(back)).await?;
            }
            Err(errors) => report.extend(errors),
        }
    }
    Ok(report)
}
