//! The mutation `verifyDomain`.

use std::sync::Arc;

use entity::id::OrganizationId;
use migration::catalog::Permission;
use serde_json::{Map, json};

use super::payload::{DomainInput, DomainMutation, DomainPayload};
use super::request::unproven;
use super::store::{self, Challenge};
use super::{LABEL, SAYS};
use crate::audit::Record;
use crate::dns::LookupError;
use crate::error::{Code, Error};
use crate::graph::{InputArgument, Mutation, ObjectType};
use crate::request::Request;
use crate::user_error::{UserError, UserErrorCode};

#[derive(Clone, Default)]
pub(super) struct VerifyDomain;

impl DomainMutation for VerifyDomain {
    const INPUT: &'static str = "VerifyDomainInput";
    const PAYLOAD: &'static str = "VerifyDomainPayload";
    const DESCRIPTION: &'static str = "What came of `verifyDomain`.";
}

/// Adds `verifyDomain`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation
        .root(
            "verifyDomain",
            "Looks up the TXT record that `requestDomainVerification` gave, and has proven the domain where it is there. A proven domain belongs to \
             one organization of the tenant; another domain is unproven again. Twenty lookups an hour. Needs the permission \
             `organization.update` in the organization.",
            verify_domain,
        )
        .asks(Permission::OrganizationUpdate)
        .costs(100)
}

async fn verify_domain(
    request: Request,
    arguments: Arc<InputArgument<DomainInput<VerifyDomain>>>,
) -> Result<Option<Arc<DomainPayload<VerifyDomain>>>, Error> {
    let InputArgument(input) = &*arguments;
    let Some(organization) = input.organization else { return Err(Error::bad_input("`input.organizationId` is required")) };
    let challenge = match begin(&request, organization).await? {
        Ok(challenge) => challenge,
        Err(error) => return DomainPayload::of(request, input, None, vec![error]).await,
    };
    // No transaction is open: whoever answers slowly holds up nobody else.
    let texts = request.services().dns.texts(LABEL, &challenge.domain).await;
    let outcome = match complaint(&challenge, texts)? {
        Some(error) => Err(error),
        None => end(&request, organization, &challenge).await?,
    };
    DomainPayload::of(request, input, Some(challenge), outcome.err().into_iter().collect()).await
}

/// What is to be looked up, once the lookup is counted.
async fn begin(request: &Request, organization: OrganizationId) -> Result<Result<Challenge, Arc<UserError>>, Error> {
    let writer = request.writer().await?;
    let domain = match unproven(&writer, organization).await? {
        Ok(domain) => domain,
        Err(error) => return Ok(Err(error)),
    };
    let Some(challenge) = store::challenge(&writer, organization).await?.filter(|challenge| challenge.domain == domain) else {
        let message = "ask for the record of this domain first (`requestDomainVerification`), and set it";
        return Ok(Err(UserError::at(&["organizationId"], UserErrorCode::NotFound, message)));
    };
    if !store::count_lookup(&writer, organization).await? {
        let message = "the domain of the organization was looked up too often in this hour: try again later";
        let extensions = Map::from_iter([("organizationId".to_owned(), json!(organization.to_string()))]);
        return Err(Error::with_extensions(Code::RateLimited, message, extensions));
    }
    writer.commit().await?;
    Ok(Ok(challenge))
}

/// What is to be mended about what the name servers say.
fn complaint(challenge: &Challenge, texts: Result<Vec<String>, LookupError>) -> Result<Option<Arc<UserError>>, Error> {
    let Challenge { domain, token } = challenge;
    let of = |code, message: String| Ok(Some(UserError::at(&["organizationId"], code, message)));
    match texts {
        Ok(texts) if texts.iter().any(|text| text.trim().strip_prefix(SAYS) == Some(token)) => Ok(None),
        Ok(texts) if texts.iter().any(|text| text.trim().starts_with(SAYS)) => {
            of(UserErrorCode::Invalid, format!("the record `{LABEL}.{domain}` has another token: it must say `{SAYS}{token}`"))
        }
        Ok(_) => of(
            UserErrorCode::NotFound,
            format!(
                "there is no TXT record `{LABEL}.{domain}` that says `{SAYS}{token}`; a new one may take some minutes to be seen"
            ),
        ),
        Err(LookupError::Name) => of(UserErrorCode::Invalid, format!("`{domain}` cannot be looked up: is it a domain?")),
        Err(LookupError::Timeout) => {
            of(UserErrorCode::NotFound, format!("the name servers of `{domain}` did not answer in time: try again"))
        }
        Err(LookupError::Failed) => {
            of(UserErrorCode::NotFound, format!("the name servers of `{domain}` could not be asked, or cannot tell: try again"))
        }
        Err(LookupError::Busy) => Err(Error::client(Code::RateLimited, "too many domains are looked up at this moment: try again")),
    }
}

/// Notes that the domain is proven, unless something has changed while it was looked up.
async fn end(request: &Request, organization: OrganizationId, challenge: &Challenge) -> Result<Result<(), Arc<UserError>>, Error> {
    let writer = request.writer().await?;
    match unproven(&writer, organization).await? {
        Ok(domain) if domain == challenge.domain => {}
        Ok(_) => return Err(Error::client(Code::Conflict, "the domain was changed in this moment: begin anew")),
        Err(error) => return Ok(Err(error)),
    }
    if !store::prove(&writer, organization).await? {
        let message = "another organization of the tenant has proven this domain before";
        return Ok(Err(UserError::at(&["organizationId"], UserErrorCode::Taken, message)));
    }
    let record = Record::of("organization.verify_domain", organization)
        .within(organization)
        .before(json!({ "domainVerifiedAt": null }))
        .after(json!({ "domain": challenge.domain, "domainVerifiedAt": writer.now }));
    writer.audit(record).await?;
    writer.commit().await?;
    Ok(Ok(()))
}
