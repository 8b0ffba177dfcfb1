//! The tax id of a business: sealed for its row before it is stored, and opened for those who may see it.

use std::collections::HashMap;
use std::sync::Arc;

use entity::id::BusinessId;

use super::store;
use crate::error::{Code, Error};
use crate::request::Request;
use crate::secrets::SecretKeys;

/// A tax id in plain.
#[derive(Debug)]
pub struct TaxId(pub String);

/// The tax ids of these businesses, where they have one. That the caller may see them, the guard of the field has decided.
pub(super) async fn tax_ids(request: Request, businesses: Vec<BusinessId>) -> Result<HashMap<BusinessId, Arc<TaxId>>, Error> {
    let sealed = store::sealed_tax_ids(&request, &businesses).await?;
    if sealed.is_empty() {
        return Ok(HashMap::new());
    }
    let keys = keys(&request)?;
    sealed.into_iter().map(|(id, sealed)| Ok((id, Arc::new(TaxId(open(&keys, id, &sealed)?))))).collect()
}

/// Seals a tax id for the business that has it.
pub(super) fn seal(request: &Request, business: BusinessId, tax_id: &str) -> Result<Vec<u8>, Error> {
    keys(request)?.seal(tax_id.as_bytes(), business.uuid().as_bytes())
}

/// Is this what was sealed?
pub(super) fn is(request: &Request, business: BusinessId, sealed: &[u8], tax_id: &str) -> Result<bool, Error> {
    Ok(open(&keys(request)?, business, sealed)? == tax_id)
}

fn open(keys: &SecretKeys, business: BusinessId, sealed: &[u8]) -> Result<String, Error> {
    String::from_utf8(keys.open(sealed, business.uuid().as_bytes())?).map_err(Error::internal)
}

fn keys(request: &Request) -> Result<SecretKeys, Error> {
    let missing =
        || Error::client(Code::Unavailable, "this gateway keeps no tax ids: its operator has to set `TENANTRY_SECRET_KEY`");
    request.services().keys.clone().ok_or_else(missing)
}
