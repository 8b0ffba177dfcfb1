//! A guard's check where the rights are cached: no request, no statement.

use std::time::Instant;

use super::world::organization_id;
use crate::failure::Failure;
use migration::catalog::Permission;
use tenantry::{
    access::Scope,
    clock,
    database::{Credential, Settings, TokenHash},
    gateway::{Gateway, Mode},
    request::Request,
};

/// So many organizations at once, as a level of a large answer has.
const LEVEL: u16 = 1_000;
/// How often.
const TIMES: u32 = 1_000;

/// Prints what one check costs.
pub(super) async fn run(database_url: &str, token: &str) -> Result<(), Failure> {
    let gateway = Gateway::new(&Settings::new(database_url), Mode::Production)?;
    let credential = Credential::Session(TokenHash::of(token));
    let request = Request::new(String::new(), gateway.services.clone(), Some(credential), clock::now());
    let reader = request.reader().await.map_err(|error| error.to_string())?;
    let scopes: Vec<Scope> = (0..LEVEL).map(|place| Scope::Organization(organization_id(place.into()).into())).collect();
    let permission = Permission::MembersRead;
    let mut best = f64::MAX;
    for _ in 0..TIMES {
        let start = Instant::now();
        std::hint::black_box(reader.denials(permission, &scopes).await.map_err(|error| error.to_string())?);
        best = best.min(start.elapsed().as_secs_f64());
    }
    println!("a check on a cached set, {LEVEL} at a time: {:.1} ns each\n", best * 1e9 / f64::from(LEVEL));
    drop(reader);
    request.forget().await;
    Ok(())
}
