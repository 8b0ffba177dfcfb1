//! Secrets that people and the gateway keep: passwords, which are hashed, and those that are needed again, which are sealed.

mod password;
mod sealed;

pub use password::Passwords;
pub use sealed::SecretKeys;
