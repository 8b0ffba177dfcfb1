//! The mutation `publishDocuments`.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use migration::catalog::Permission;
use serde_json::json;

use super::payload::{Outcome, Published};
use super::store::{self, Known};
use crate::access::{PermissionSet, Scope};
use crate::api_keys::{ClientKey, keys_of_client};
use crate::audit::Record;
use crate::error::Error;
use crate::graph::{Fields, InputArgument, InputObject, InputOf, Mutation, ObjectType};
use crate::platform::persisted_document::bound::Bound;
use crate::platform::persisted_document::registration::{AskedBound, Draft, drafts};
use crate::request::{Request, Writer};
use crate::user_error::{UserError, UserErrorCode};

const LONGEST_CLIENT: usize = 63;

#[derive(Clone, Default)]
struct PublishDocumentsInput {
    client: String,
    files: Vec<String>,
    bounds: Option<Vec<VariableBoundInput>>,
    revive: bool,
    client_mutation_id: Option<String>,
}

#[derive(Clone, Default)]
struct VariableBoundInput {
    document: Option<String>,
    variable: String,
    minimum: Option<i32>,
    maximum: Option<i32>,
}

impl InputObject for PublishDocumentsInput {
    const NAME: &'static str = "PublishDocumentsInput";
    const DESCRIPTION: &'static str =
        "The documents to register. To publish them again does no harm: each text is registered once.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("client", "For whom: a partner's or front end's name, as its API keys have it. Small letters, digits, `-` and `_`.", |into: &mut Self, client| {
                into.client = client;
            })
            .field(
                "files",
                "The text of each file, as it is: a manifest of the Relay compiler, of graphql-codegen's client preset or of Apollo's generator, or a document.",
                |into, files| into.files = files,
            )
            .field(
                "bounds",
                "Between what variables must be. Left out, documents that are registered already keep theirs.",
                |into, bounds: Option<Vec<InputOf<VariableBoundInput>>>| {
                    into.bounds = bounds.map(|bounds| bounds.into_iter().map(|InputOf(bound)| bound).collect());
                },
            )
            .field("revive", "Register documents that were revoked before, too? Left out: no, they are refused.", |into, revive: Option<bool>| {
                into.revive = revive.unwrap_or_default();
            })
            .field("clientMutationId", "Comes back in the payload.", |into, id| into.client_mutation_id = id)
    }
}

impl InputObject for VariableBoundInput {
    const NAME: &'static str = "VariableBoundInput";
    const DESCRIPTION: &'static str =
        "Between what a variable must be: a number itself, the number of entries of a list, the number of characters of a text.";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field(
                "document",
                "The name of the document that is meant; left out: all that have the variable.",
                |into: &mut Self, name| {
                    into.document = name;
                },
            )
            .field("variable", "The name of the variable, without the dollar.", |into, variable| into.variable = variable)
            .field("minimum", "At least this.", |into, minimum| into.minimum = minimum)
            .field("maximum", "At most this. A number then has to be sent, or to have a default.", |into, maximum| {
                into.maximum = maximum;
            })
    }
}

impl PublishDocumentsInput {
    fn bounds(&self) -> Option<Vec<AskedBound>> {
        let asked = |VariableBoundInput { document, variable, minimum, maximum }: VariableBoundInput| AskedBound {
            document,
            bound: Bound { variable: variable.trim_start_matches('$').to_owned(), minimum, maximum },
        };
        self.bounds.clone().map(|bounds| bounds.into_iter().map(asked).collect())
    }

    fn complaint(&self) -> Option<Arc<UserError>> {
        let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
        let ends = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        let bytes = self.client.as_bytes();
        let fits = bytes.len() <= LONGEST_CLIENT && bytes.iter().copied().all(inner) && ends(bytes.first()) && ends(bytes.last());
        (!fits).then(|| {
            let message = format!("a client is named by 1 to {LONGEST_CLIENT} small letters and digits, with `-` and `_` within");
            UserError::at(&["client"], UserErrorCode::Invalid, message)
        })
    }
}

/// Adds `publishDocuments`.
pub(super) fn mutation(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation.root(
        "publishDocuments",
        "Registers documents for a client, all of them or none. Needs the permission `documents.manage`. Each is validated and priced, and \
         refused where no living API key of the client could run it; where the client has no key yet, that is found out when it runs.",
        publish,
    )
    .asks(Permission::DocumentsManage)
}

async fn publish(request: Request, arguments: Arc<InputArgument<PublishDocumentsInput>>) -> Result<Option<Arc<Published>>, Error> {
    let InputArgument(input) = &*arguments;
    // Nobody else's documents are worth validating.
    if let Some(denial) = request.reader().await?.denial(Permission::DocumentsManage, Scope::Tenant).await? {
        return Err(denial.into());
    }
    request.forget().await;
    let (mut drafts, mut errors) = drafts(&request, &input.files, input.bounds().as_deref()).await?;
    errors.extend(input.complaint());
    let refused = |errors| Ok(Some(Arc::new(Published(Outcome::refused(errors, input.client_mutation_id.clone())))));
    if !errors.is_empty() {
        return refused(errors);
    }
    let writer = request.writer().await?;
    writer.require(Permission::DocumentsManage, Scope::Tenant).await?;
    store::take_turn(&writer, &input.client).await?;
    let known = store::known(&writer, &input.client, &drafts).await?;
    // What keeps its bounds costs what it may cost within them.
    for draft in drafts.iter_mut().filter(|draft| draft.bounds.is_none()) {
        if let Some(same) = known.iter().find(|known| known.sha256 == draft.sha256) {
            draft.price(&request, &same.bounds()?);
        }
    }
    let mut errors = conflicts(&drafts, &known, input.revive);
    let keys = keys_of_client(&writer, &input.client).await?;
    errors.extend(drafts.iter().filter_map(|draft| unusable(draft, &keys)));
    if !errors.is_empty() {
        writer.roll_back().await?;
        return refused(errors);
    }
    let by_text: HashMap<&str, &Known> = known.iter().map(|known| (known.sha256.as_str(), known)).collect();
    let of_text = |draft: &Draft| by_text.get(draft.sha256.as_str()).copied();
    let new: Vec<&Draft> = drafts.iter().filter(|draft| !of_text(draft).is_some_and(|known| known.is_like(draft))).collect();
    if !new.is_empty() {
        store::register(&writer, &input.client, &new).await?;
    }
    for draft in &new {
        write_down(&writer, &input.client, draft, of_text(draft)).await?;
    }
    writer.commit().await?;
    let ids = drafts.iter().map(|draft| of_text(draft).map_or(draft.id, |known| known.id)).collect();
    let outcome = Outcome::done(request, ids, input.client_mutation_id.clone()).await?;
    Ok(Some(Arc::new(Published(outcome))))
}

/// What contradicts what is registered.
fn conflicts(drafts: &[Draft], known: &[Known], revive: bool) -> Vec<Arc<UserError>> {
    let mut errors = Vec::new();
    let mut aliases = HashSet::new();
    for draft in drafts {
        let same = known.iter().find(|known| known.sha256 == draft.sha256);
        if same.is_some_and(|same| same.is_revoked) && !revive {
            errors.push(draft.error(UserErrorCode::Immutable, "it was revoked: send `revive` to register it all the same"));
        }
        let Some(alias) = draft.alias.as_deref() else { continue };
        let of_other = known.iter().any(|known| known.alias.as_deref() == Some(alias) && known.sha256 != draft.sha256);
        if of_other || !aliases.insert(alias) {
            errors.push(draft.error(UserErrorCode::Taken, "another document of the client has its alias"));
        } else if same.and_then(|same| same.alias.as_deref()).is_some_and(|other| other != alias) {
            errors.push(draft.error(UserErrorCode::Taken, "the same text is registered with another alias"));
        }
    }
    errors
}

/// Why no key of the client could run a document; `None` where one could, and where there is none yet.
fn unusable(draft: &Draft, keys: &[ClientKey]) -> Option<Arc<UserError>> {
    let lacking = |key: &ClientKey| draft.permissions.without(key.scopes);
    // Of the key that lacks least, it is said what it lacks.
    let lacks = keys.iter().map(lacking).min_by_key(|lacks| lacks.iter().count())?;
    let names: Vec<String> = lacks.iter().map(|permission| format!("`{}`", permission.key())).collect();
    if !names.is_empty() {
        let message = format!("no API key of the client has the scopes that it needs: {} missing", names.join(", "));
        return Some(draft.error(UserErrorCode::MissingPermission, &message));
    }
    let most = keys
        .iter()
        .filter(|key| lacking(key) == PermissionSet::NONE)
        .map(|key| key.rate_limit.map_or(i64::MAX, i64::from))
        .max()?;
    (draft.cost > most).then(|| {
        let message = format!(
            "it costs up to {}, and no API key of the client may cause more than {most} a minute: bound its variables",
            draft.cost
        );
        draft.error(UserErrorCode::TooExpensive, &message)
    })
}

async fn write_down(writer: &Writer, client: &str, draft: &Draft, known: Option<&Known>) -> Result<(), Error> {
    let said = json!({
        "client": client, "sha256": draft.sha256, "name": draft.name, "alias": draft.alias, "bounds": draft.bounds,
    });
    let action = if known.is_some_and(|known| known.is_revoked) { "document.revive" } else { "document.publish" };
    writer.audit(Record::of(action, known.map_or(draft.id, |known| known.id)).after(said)).await
}
