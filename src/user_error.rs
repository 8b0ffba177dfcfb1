//! What the user of a mutation can mend: part of the payload, not an error of the request.

use std::borrow::Cow;
use std::sync::Arc;

use crate::graph::{Enumeration, Object, ObjectType};

const LONGEST_DESCRIPTION: usize = 2_000;
const LONGEST_REASON: usize = 500;

/// One thing to mend.
#[derive(Debug)]
pub struct UserError {
    field: Option<Vec<String>>,
    code: UserErrorCode,
    message: Cow<'static, str>,
}

/// What kind of thing it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserErrorCode {
    /// It does not exist, or the caller may not know of it.
    NotFound,
    /// It is not a value of the right form.
    Invalid,
    /// It is too long.
    TooLong,
    /// Somebody else has it.
    Taken,
    /// The quota is used up.
    QuotaExceeded,
    /// The key was sent before with another input.
    IdempotencyKeyReused,
    /// It is so already.
    AlreadyDone,
    /// Something else still needs it.
    InUse,
    /// It would stand above and below itself.
    Cycle,
    /// Nobody can change it.
    Immutable,
    /// It does not prove who somebody is.
    WrongCredentials,
    /// Whoever is to use it may not.
    MissingPermission,
    /// It costs more than whoever is to use it may spend.
    TooExpensive,
    /// Its time has passed, or somebody took it back.
    Ended,
    /// The caller's address is not proven.
    EmailNotVerified,
    /// Whoever offered it may not give it any more.
    NotEntitled,
    /// It is about the owner, who stays.
    IsOwner,
}

impl UserError {
    /// About one field of the input.
    #[must_use]
    pub fn at(field: &[&str], code: UserErrorCode, message: impl Into<Cow<'static, str>>) -> Arc<Self> {
        Arc::new(Self { field: Some(field.iter().map(|name| (*name).to_owned()).collect()), code, message: message.into() })
    }

    /// What kind of thing it is.
    #[must_use]
    pub fn code(&self) -> UserErrorCode {
        self.code
    }

    /// What to mend.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// About the whole.
    #[must_use]
    pub fn general(code: UserErrorCode, message: impl Into<Cow<'static, str>>) -> Arc<Self> {
        Arc::new(Self { field: None, code, message: message.into() })
    }
}

/// A name without spaces around it. It must be there, and have at most `longest` characters; otherwise there is an error at `name`.
#[must_use]
pub fn checked_name(name: &str, longest: usize, errors: &mut Vec<Arc<UserError>>) -> String {
    let name = name.trim();
    if name.is_empty() {
        errors.push(UserError::at(&["name"], UserErrorCode::Invalid, "the name must not be blank"));
    } else if name.chars().count() > longest {
        let message = format!("the name must have at most {longest} characters");
        errors.push(UserError::at(&["name"], UserErrorCode::TooLong, message));
    }
    name.to_owned()
}

/// A description without spaces around it, of at most 2 000 characters; otherwise there is an error at `description`.
#[must_use]
pub fn checked_description(description: &str, errors: &mut Vec<Arc<UserError>>) -> String {
    let description = description.trim();
    if description.chars().count() > LONGEST_DESCRIPTION {
        let message = format!("the description must have at most {LONGEST_DESCRIPTION} characters");
        errors.push(UserError::at(&["description"], UserErrorCode::TooLong, message));
    }
    description.to_owned()
}

/// Why something is done, without spaces around it: at most 500 characters, and not nothing; otherwise the error at `reason`.
pub fn checked_reason(reason: &str) -> Result<String, Arc<UserError>> {
    let reason = reason.trim();
    match reason.chars().count() {
        0 => Err(UserError::at(&["reason"], UserErrorCode::Invalid, "say why: it is written down")),
        length if length > LONGEST_REASON => {
            let message = format!("the reason must have at most {LONGEST_REASON} characters");
            Err(UserError::at(&["reason"], UserErrorCode::TooLong, message))
        }
        _ => Ok(reason.to_owned()),
    }
}

impl Object for UserError {
    fn name() -> &'static str {
        "UserError"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("Something about the input of a mutation that its user can mend. Nothing was written.")
            .field("field", "The path of the input field; null where the whole is meant.", |error: &Self| &error.field)
            .field("code", "What kind of thing it is, for programs.", |error| &error.code)
            .field("message", "What to mend, for people.", |error| &error.message)
    }
}

impl Enumeration for UserErrorCode {
    const NAME: &'static str = "UserErrorCode";
    const DESCRIPTION: &'static str = "What kind of thing a user error is about.";
    const VALUES: &'static [(Self, &'static str, &'static str)] = &[
        (Self::NotFound, "NOT_FOUND", "It does not exist, or you may not know of it."),
        (Self::Invalid, "INVALID", "It is not a value of the right form."),
        (Self::TooLong, "TOO_LONG", "It is too long."),
        (Self::Taken, "TAKEN", "Somebody else has it already."),
        (Self::QuotaExceeded, "QUOTA_EXCEEDED", "A quota of the tenant, or the seats of the organization, are used up."),
        (Self::IdempotencyKeyReused, "IDEMPOTENCY_KEY_REUSED", "The idempotency key was sent before, with another input."),
        (Self::AlreadyDone, "ALREADY_DONE", "It is so already: there is nothing to change."),
        (Self::InUse, "IN_USE", "Something else still needs it."),
        (Self::Cycle, "CYCLE", "It would stand above and below itself."),
        (
            Self::WrongCredentials,
            "WRONG_CREDENTIALS",
            "It does not prove who you are: a password, a code, or the address to it is wrong.",
        ),
        (Self::Immutable, "IMMUTABLE", "Nobody can change it, such as the roles that every tenant has."),
        (Self::MissingPermission, "MISSING_PERMISSION", "Whoever is to use it lacks a permission that it needs."),
        (Self::TooExpensive, "TOO_EXPENSIVE", "It costs more than whoever is to use it may spend."),
        (Self::Ended, "ENDED", "Its time has passed, or somebody took it back."),
        (Self::EmailNotVerified, "EMAIL_NOT_VERIFIED", "Your address is not proven yet."),
        (Self::NotEntitled, "NOT_ENTITLED", "Whoever offered it may not give it any more."),
        (Self::IsOwner, "IS_OWNER", "It is about the owner, who stays one until somebody else takes over."),
    ];
}
