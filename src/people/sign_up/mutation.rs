//! The mutation `signUp`.

use std::sync::Arc;

use migration::catalog::BaseRole;
use serde_json::{Value, json};

use super::store::{self, Newcomer, Outcome, TakenKey};
use crate::access::Member;
use crate::audit::Record;
use crate::clock;
use crate::error::Error;
use crate::graph::{Fields, InputArgument, InputObject, Mutation, ObjectType};
use crate::idempotency;
use crate::mail::Message;
use crate::people::address::{self, OneTimeToken, Purpose};
use crate::people::event::Happened;
use crate::people::password;
use crate::people::payload::{Plain, PlainMutation, as_long_for_everybody};
use crate::request::{Request, Stranger};
use crate::tenancy::organization::found;
use crate::user_error::{UserError, UserErrorCode};

const LONGEST_NAME: usize = 200;
const LONGEST_SLUG: usize = 50;

#[derive(Clone, Default)]
struct SignUpInput {
    email: String,
    password: String,
    display_name: String,
    organization_name: String,
    tenant: Option<String>,
    attribution: Attribution,
    idempotency_key: Option<String>,
    client_mutation_id: Option<String>,
}

/// What brought somebody here.
#[derive(Clone, Default)]
struct Attribution {
    brand: Option<String>,
    lead_source: Option<String>,
    utm_source: Option<String>,
    utm_medium: Option<String>,
    utm_campaign: Option<String>,
}

impl Attribution {
    fn fields() -> Fields<Self> {
        Fields::default()
            .field("brand", "The brand of yours by which the person came.", |into: &mut Self, text| into.brand = text)
            .field("leadSource", "What brought the person.", |into, text| into.lead_source = text)
            .field("utmSource", "`utm_source` of the link that was followed.", |into, text| into.utm_source = text)
            .field("utmMedium", "`utm_medium` of it.", |into, text| into.utm_medium = text)
            .field("utmCampaign", "`utm_campaign` of it.", |into, text| into.utm_campaign = text)
    }
}

impl InputObject for SignUpInput {
    const NAME: &'static str = "SignUpInput";
    const DESCRIPTION: &'static str = "Who signs up, and the organization that is made.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("email", "The e-mail address: it is proven by a mail that is sent there.", |into: &mut Self, email| {
                into.email = email;
            })
            .field("password", "The password: 8 to 128 characters, none that everybody tries first.", |into, password| {
                into.password = password;
            })
            .field("displayName", "What to call the person.", |into, name| into.display_name = name)
            .field("organizationName", "The name of the organization, which the person will own.", |into, name| {
                into.organization_name = name;
            })
            .field(
                "tenantSlug",
                "The tenant to join, where it lets people sign up by themselves (its setting `selfServiceSignUp`). Left out, the \
                 organization gets a tenant of its own.",
                |into, slug| into.tenant = slug,
            )
            .embed(Attribution::fields(), |into| &mut into.attribution)
            .field(
                "idempotencyKey",
                "Any text of yours. The same key for the same address and input does nothing a second time, for a day.",
                |into, key| into.idempotency_key = key,
            )
            .field("clientMutationId", "Comes back in the payload.", |into, id| into.client_mutation_id = id)
    }
}

/// The mutation.
struct SignUp;

impl PlainMutation for SignUp {
    const PAYLOAD: &'static str = "SignUpPayload";
    const DESCRIPTION: &'static str =
        "What came of `signUp`: the same whether the address had an account or not. Look into the mail next.";
}

/// Adds `signUp`.
#[must_use]
pub fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation.root(
        "signUp",
        "Makes an account with an organization that it owns, and sends a mail to prove the address (`verifyEmail`); then `signIn`. An \
         address that has an account is told so by mail, and nothing is made: the answer does not tell. Where an address signed up before \
         and was never proven, the password that is said last counts. Nobody has to be signed in for it.",
        sign_up,
    )
}

async fn sign_up(request: Request, arguments: Arc<InputArgument<SignUpInput>>) -> Result<Option<Arc<Plain<SignUp>>>, Error> {
    let InputArgument(input) = &*arguments;
    let email = address::normal(&input.email);
    let mut user_errors: Vec<Arc<UserError>> = address::complaint("email", &email)
        .into_iter()
        .chain(password::complaint("password", &input.password, Some(&email)))
        .collect();
    let display_name = named("displayName", &input.display_name, &mut user_errors);
    let organization = named("organizationName", &input.organization_name, &mut user_errors);
    for (field, text) in input.attribution.named() {
        if text.is_some_and(|text| text.chars().count() > LONGEST_NAME) {
            let message = format!("it has at most {LONGEST_NAME} characters");
            user_errors.push(UserError::at(&[field], UserErrorCode::TooLong, message));
        }
    }
    user_errors.extend(idempotency::complaint(input.idempotency_key.as_deref()));
    if user_errors.is_empty() {
        request.services().mail.require()?;
        // The password is left out: a digest of it would be easily guessed from.
        let sent = json!([display_name, organization, input.tenant, input.attribution.named()]);
        let key = input.idempotency_key.as_deref().map(|key| (key, sent));
        let newcomer = Newcomer {
            user: clock::new_id(),
            email,
            display_name,
            password_hash: request.services().passwords.hash(input.password.clone()).await?,
            attribution: input.attribution.named().into_iter().map(|(name, text)| (name.to_owned(), json!(text))).collect(),
            membership: clock::new_id(),
            own_tenant: clock::new_id(),
            slug: slug(&organization),
            tenant_name: organization.clone(),
            joined: input.tenant.clone(),
        };
        user_errors.extend(as_long_for_everybody(Box::pin(make(&request, newcomer, organization, key))).await?);
    }
    Ok(Some(Plain::new(user_errors, input.client_mutation_id.as_ref())))
}

/// Everything in one transaction; what is to be mended, if anything.
async fn make(
    request: &Request,
    newcomer: Newcomer,
    organization: String,
    key: Option<(&str, Value)>,
) -> Result<Option<Arc<UserError>>, Error> {
    let stranger = request.stranger().await?;
    if let Some((key, sent)) = key {
        match store::take_key(&stranger, &newcomer.email, key, &sent).await? {
            TakenKey::Now => {}
            TakenKey::Before => return Ok(None),
            TakenKey::ForAnotherInput => return Ok(Some(idempotency::reused())),
        }
    }
    let mail = &request.services().mail;
    let (user, email, membership) = (newcomer.user, newcomer.email.clone(), newcomer.membership);
    let (joins, slug) = (newcomer.joined.is_some(), newcomer.slug.clone());
    let tenant = match store::sign_up(&stranger, newcomer).await? {
        Outcome::Closed => {
            let message = "there is no such tenant, or nobody can sign up for it by themselves";
            return Ok(Some(UserError::at(&["tenantSlug"], UserErrorCode::NotFound, message)));
        }
        Outcome::Taken => {
            let message = "another organization of the tenant has this name";
            return Ok(Some(UserError::at(&["organizationName"], UserErrorCode::Taken, message)));
        }
        Outcome::Full => {
            let message = "the tenant has as many organizations as it may have";
            return Ok(Some(UserError::at(&["tenantSlug"], UserErrorCode::QuotaExceeded, message)));
        }
        Outcome::Known => {
            mail.queue(&stranger.transaction, &email, &Message::AccountExists).await?;
            stranger.commit().await?;
            return Ok(None);
        }
        Outcome::Pending => {
            ask_for_proof(&stranger, &email).await?;
            stranger.commit().await?;
            return Ok(None);
        }
        Outcome::Made(tenant) => tenant,
    };
    ask_for_proof(&stranger, &email).await?;
    Happened::SignedUp.to(user, &stranger.transaction, request).await?;
    let role = if joins { BaseRole::Member } else { BaseRole::Owner };
    let writer = stranger.become_newcomer(user, tenant, Member { id: membership, role, is_active: true }).await?;
    if !joins {
        writer.audit(Record::of("tenant.create", tenant).after(json!({ "name": organization, "slug": slug }))).await?;
    }
    writer.audit(Record::of("tenant_membership.create", membership).after(json!({ "userId": user, "role": role.key() }))).await?;
    match found(&writer, organization).await? {
        Ok(_) => {
            writer.commit().await?;
            Ok(None)
        }
        // Another one was faster to take the name, or the last place: nothing was made.
        Err(error) => Ok(Some(UserError::at(&["organizationName"], error.code(), error.message().to_owned()))),
    }
}

async fn ask_for_proof(stranger: &Stranger, email: &str) -> Result<(), Error> {
    if let Some(OneTimeToken { name, token, .. }) = OneTimeToken::issue(stranger, email, Purpose::EmailVerification).await? {
        let message = Message::VerifyAddress { name, token };
        stranger.request().services().mail.queue(&stranger.transaction, email, &message).await?;
    }
    Ok(())
}

impl Attribution {
    fn named(&self) -> [(&'static str, Option<&str>); 5] {
        [
            ("brand", self.brand.as_deref()),
            ("leadSource", self.lead_source.as_deref()),
            ("utmSource", self.utm_source.as_deref()),
            ("utmMedium", self.utm_medium.as_deref()),
            ("utmCampaign", self.utm_campaign.as_deref()),
        ]
    }
}

/// A name without spaces around it: it must be there, and not be too long.
fn named(field: &'static str, name: &str, errors: &mut Vec<Arc<UserError>>) -> String {
    let name = name.trim();
    if name.is_empty() {
        errors.push(UserError::at(&[field], UserErrorCode::Invalid, "the name must not be blank"));
    } else if name.chars().count() > LONGEST_NAME {
        let message = format!("the name must have at most {LONGEST_NAME} characters");
        errors.push(UserError::at(&[field], UserErrorCode::TooLong, message));
    }
    name.to_owned()
}

/// What a name becomes in addresses: its letters and digits that fit there, with dashes between words.
fn slug(name: &str) -> String {
    let words: Vec<String> = name
        .split(|character: char| !character.is_alphanumeric())
        .map(|word| word.chars().filter(char::is_ascii).collect::<String>().to_ascii_lowercase())
        .filter(|word| !word.is_empty())
        .collect();
    let slug: String = words.join("-").chars().take(LONGEST_SLUG).collect();
    let slug = slug.trim_matches('-');
    if slug.is_empty() { "tenant".to_owned() } else { slug.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::slug;

    #[test]
    fn a_slug_is_what_fits_into_an_address() {
        assert_eq!(slug("  Würth & Söhne GmbH, 2. Lager "), "wrth-shne-gmbh-2-lager");
        assert_eq!(slug("株式会社"), "tenant");
        assert_eq!(slug(&"ab ".repeat(40)).len(), 50);
    }
}
