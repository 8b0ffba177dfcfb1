//! What can happen to an account, and the one call that writes it down.

use entity::id::UserId;
use serde_json::{Value, json};

use super::store;
use crate::database::Transaction;
use crate::error::Error;
use crate::request::Request;

/// Something that happened to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::people) enum Happened {
    /// Somebody signed up.
    SignedUp,
    /// A session began.
    SignedIn,
    /// Somebody tried to sign in, and did not prove who it was.
    SignInFailed,
    /// The password was right, the second factor is awaited.
    SecondFactorAsked,
    /// A session was ended by its person.
    SignedOut,
    /// Sessions were ended from another one.
    SessionsRevoked,
    /// The address was proven.
    AddressVerified,
    /// The password was changed by somebody who knew it.
    PasswordChanged,
    /// Somebody asked for leave to choose a new password.
    PasswordResetRequested,
    /// A new password was chosen by whoever reads the mail.
    PasswordReset,
    /// Signing in takes a second factor from now on.
    SecondFactorEnabled,
    /// It does not any more.
    SecondFactorDisabled,
    /// A code for emergencies was used.
    RecoveryCodeUsed,
    /// New codes for emergencies replaced the old ones.
    RecoveryCodesReplaced,
    /// One of the platform's staff began to act as the person.
    ImpersonationBegan,
    /// And ended it.
    ImpersonationEnded,
}

impl Happened {
    /// As it is stored, and shown.
    const fn name(self) -> &'static str {
        match self {
            Self::SignedUp => "account.sign_up",
            Self::SignedIn => "sign_in.succeed",
            Self::SignInFailed => "sign_in.fail",
            Self::SecondFactorAsked => "sign_in.challenge",
            Self::SignedOut => "session.sign_out",
            Self::SessionsRevoked => "session.revoke",
            Self::AddressVerified => "address.verify",
            Self::PasswordChanged => "password.change",
            Self::PasswordResetRequested => "password.request_reset",
            Self::PasswordReset => "password.reset",
            Self::SecondFactorEnabled => "second_factor.enable",
            Self::SecondFactorDisabled => "second_factor.disable",
            Self::RecoveryCodeUsed => "recovery_code.use",
            Self::RecoveryCodesReplaced => "recovery_code.replace",
            Self::ImpersonationBegan => "impersonation.begin",
            Self::ImpersonationEnded => "impersonation.end",
        }
    }

    /// Writes it down, in the transaction of what happens. Of nobody nothing is written, by the same statement. A change of how somebody
    /// signs in stands in the audit log of the tenant where they are, too, and is told to those who listen there.
    pub async fn to(self, user: impl Into<Option<UserId>>, transaction: &Transaction, request: &Request) -> Result<(), Error> {
        self.with(json!({}), user, transaction, request).await
    }

    /// The same, with what else there is to say.
    pub async fn with(
        self,
        metadata: Value,
        user: impl Into<Option<UserId>>,
        transaction: &Transaction,
        request: &Request,
    ) -> Result<(), Error> {
        let changes = self.changes(&metadata);
        store::insert(transaction, request, user.into(), self.name(), metadata, changes).await
    }

    /// What it changes about the account, as the audit log has it; `None`: it changes nothing, or somebody else answers for it.
    fn changes(self, metadata: &Value) -> Option<Value> {
        let (before, after) = match self {
            Self::SignInFailed
            | Self::SignedIn
            | Self::SecondFactorAsked
            | Self::PasswordResetRequested
            | Self::ImpersonationBegan
            | Self::ImpersonationEnded => return None,
            Self::SignedUp | Self::RecoveryCodeUsed | Self::RecoveryCodesReplaced | Self::PasswordChanged | Self::PasswordReset => {
                (Value::Null, metadata.clone())
            }
            Self::SignedOut | Self::SessionsRevoked => (metadata.clone(), Value::Null),
            Self::AddressVerified => (json!({ "emailVerified": false }), json!({ "emailVerified": true })),
            Self::SecondFactorEnabled => (json!({ "secondFactor": false }), json!({ "secondFactor": true })),
            Self::SecondFactorDisabled => (json!({ "secondFactor": true }), json!({ "secondFactor": false })),
        };
        Some(json!({ "before": before, "after": after }))
    }
}
