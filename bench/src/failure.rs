//! What went wrong, for the person at the terminal: a benchmark has no other reader of its errors.

/// Any error, with a text that says enough.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;
