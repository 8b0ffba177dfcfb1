//! API keys: how programs get in, with part of their maker's rights. What a key may do is decided in `access`, under its mask;
//! here keys are made, shown, replaced and ended.

mod changing;
mod list;
mod object;
mod query;
mod secret;
mod store;
mod uses;

pub use changing::mutations;
pub use object::ApiKey;
pub use query::queries;
pub use secret::{API_KEY_PREFIX, ApiKeySecret};
pub use store::{ClientKey, api_keys_by_id, keys_of_client, own_api_key, visible_api_keys};
pub use uses::ApiKeyUses;
