//! The audit log: who changed what, and when. An entry is written in the transaction of the change itself.
//!
//! ```text
//! writer.audit(
//!     Record::of("role.update", role.id)
//!         .within(organization)                         // where the change holds in one organization
//!         .before(json!({ "name": "Old", "key": "a" }))
//!         .after(json!({ "name": "New", "key": "a" })), // what did not change is left out by itself
//! ).await?;
//! ```

mod arguments;
mod export;
mod object;
mod query;
mod record;
mod store;

pub use arguments::AuditLogFilter;
pub use export::{EXPORT_WINDOW, ExportCursor, Exported, export};
pub use object::AuditLogEntry;
pub use query::queries;
pub use record::Record;
