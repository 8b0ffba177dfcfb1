//! The mutation `requestDomainVerification`.

use std::sync::Arc;

use entity::id::OrganizationId;
use migration::catalog::Permission;
use serde_json::json;

use super::payload::{DomainInput, DomainMutation, DomainPayload};
use super::store::{self, Challenge, Domain};
use crate::access::Scope;
use crate::audit::Record;
use crate::clock;
use crate::error::Error;
use crate::graph::{InputArgument, Mutation, ObjectType};
use crate::request::{Request, Writer};
use crate::tenancy::organization::{not_found, require_known};
use crate::user_error::{UserError, UserErrorCode};

#[derive(Clone, Default)]
pub(super) struct RequestDomainVerification;

impl DomainMutation for RequestDomainVerification {
    const INPUT: &'static str = "RequestDomainVerificationInput";
    const PAYLOAD: &'static str = "RequestDomainVerificationPayload";
    const DESCRIPTION: &'static str = "What came of `requestDomainVerification`: the record to set.";
}

/// Adds `requestDomainVerification`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation
        .root(
            "requestDomainVerification",
            "Gives the TXT record that proves the domain of an organization: set it at your provider, then call `verifyDomain`. Asked for again, it \
             gives the same one for as long as the domain is the same. Needs the permission `organization.update` in the organization.",
            request_domain_verification,
        )
        .asks(Permission::OrganizationUpdate)
}

async fn request_domain_verification(
    request: Request,
    arguments: Arc<InputArgument<DomainInput<RequestDomainVerification>>>,
) -> Result<Option<Arc<DomainPayload<RequestDomainVerification>>>, Error> {
    let InputArgument(input) = &*arguments;
    let Some(organization) = input.organization else { return Err(Error::bad_input("`input.organizationId` is required")) };
    let writer = request.writer().await?;
    let domain = match unproven(&writer, organization).await? {
        Ok(domain) => domain,
        Err(error) => return DomainPayload::of(request, input, None, vec![error]).await,
    };
    let known = store::challenge(&writer, organization).await?.filter(|challenge| challenge.domain == domain);
    let challenge = match known {
        Some(challenge) => {
            writer.roll_back().await?;
            challenge
        }
        None => {
            let challenge = Challenge { domain, token: clock::secret("") };
            store::ask(&writer, organization, &challenge).await?;
            let after = json!({ "domain": challenge.domain });
            writer.audit(Record::of("organization.request_domain", organization).within(organization).after(after)).await?;
            writer.commit().await?;
            challenge
        }
    };
    DomainPayload::of(request, input, Some(challenge), Vec::new()).await
}

/// The domain of an organization that is locked until the transaction ends; or what there is to mend about it.
pub(super) async fn unproven(writer: &Writer, organization: OrganizationId) -> Result<Result<String, Arc<UserError>>, Error> {
    require_known(writer, organization).await?;
    writer.require(Permission::OrganizationUpdate, Scope::Organization(organization)).await?;
    let Domain { domain, is_proven } = store::lock(writer, organization).await?.ok_or_else(not_found)?;
    Ok(match domain {
        None => {
            let message = "the organization has no domain: set one first (`updateOrganization`)";
            Err(UserError::at(&["organizationId"], UserErrorCode::Invalid, message))
        }
        Some(_) if is_proven => {
            Err(UserError::at(&["organizationId"], UserErrorCode::AlreadyDone, "the domain of the organization is proven already"))
        }
        Some(domain) => Ok(domain),
    })
}
