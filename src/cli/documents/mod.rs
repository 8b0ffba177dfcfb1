//! `tenantry documents`: what partners may run, from the command line.
//!
//! Each command is a query or mutation of the schema, executed in this process in the name of somebody of the tenant: what may be
//! done, what is refused and what is written down is the same as through the API.

mod store;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use entity::id::{PersistedDocumentId, TenantId, UserId};
use serde_json::{Value, json};

use super::Failure;
use crate::clock;
use crate::config::DatabaseUrl;
use crate::database::{Credential, TokenHash};
use crate::gateway::{Gateway, Mode, Settings};
use crate::request::{Origin, Request};
use crate::{database, graph};

#[derive(Debug, Args)]
pub(super) struct Documents {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Register documents for a client: manifests of Relay, graphql-codegen and Apollo, and files of GraphQL, as they are
    Publish {
        /// For whom: the name that its API keys have
        #[arg(long)]
        client: String,
        /// Between what a variable must be: `first<=50`, `ids>=1`, or `Members.first<=50` for one document
        #[arg(long = "bound", value_name = "BOUND", value_parser = bound)]
        bounds: Vec<Value>,
        /// Register documents that were revoked before, too
        #[arg(long)]
        revive: bool,
        /// The files
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        #[command(flatten)]
        place: Place,
    },
    /// List documents, and how often each was run
    List {
        /// Of this client only
        #[arg(long)]
        client: Option<String>,
        /// Those that were revoked, too
        #[arg(long)]
        revoked: bool,
        #[command(flatten)]
        place: Place,
    },
    /// Say that documents are to be replaced; they run all the same
    Deprecate {
        /// Which ones: `pdoc_…`, as `list` shows them
        #[arg(required = true, value_name = "DOCUMENT")]
        documents: Vec<PersistedDocumentId>,
        #[command(flatten)]
        place: Place,
    },
    /// Let documents run no more, from the next request on
    Revoke {
        /// Which ones: `pdoc_…`, as `list` shows them
        #[arg(required = true, value_name = "DOCUMENT")]
        documents: Vec<PersistedDocumentId>,
        #[command(flatten)]
        place: Place,
    },
}

/// Where, and in whose name.
#[derive(Clone, Debug, Args)]
struct Place {
    /// The tenant: `ten_…`
    #[arg(long)]
    tenant: TenantId,
    /// Who does this, as the audit log will have it: `user_…`; the tenant's first owner where it is left out
    #[arg(long = "as", value_name = "USER")]
    user: Option<UserId>,
    #[command(flatten)]
    database: DatabaseUrl,
}

const PUBLISH: &str = "mutation Publish($input: PublishDocumentsInput!) { publishDocuments(input: $input) {
    documents { ...Shown } userErrors { field message } } }";
const LIST: &str = "query List($client: String, $revoked: Boolean, $after: String) {
    persistedDocuments(client: $client, includeRevoked: $revoked, first: 100, after: $after) {
        nodes { ...Shown } pageInfo { hasNextPage endCursor } } }";
const DEPRECATE: &str = "mutation Deprecate($input: DeprecateDocumentInput!) { deprecateDocument(input: $input) {
    document { ...Shown } userErrors { field message } } }";
const REVOKE: &str = "mutation Revoke($input: RevokeDocumentInput!) { revokeDocument(input: $input) {
    document { ...Shown } userErrors { field message } } }";
const SHOWN: &str = " fragment Shown on PersistedDocument {
    id documentId client name cost permissions { key } calls lastUsedAt deprecatedAt revokedAt }";

pub(super) async fn run(command: Documents) -> Result<ExitCode, Failure> {
    match command.action {
        Action::Publish { client, bounds, revive, files, place } => {
            let mut texts = Vec::with_capacity(files.len());
            for file in &files {
                texts.push(std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?);
            }
            // No bounds are no word about bounds: documents keep theirs.
            let bounds = (!bounds.is_empty()).then_some(bounds);
            let input = json!({ "client": client, "files": texts, "bounds": bounds, "revive": revive });
            place.with(async |desk| desk.change("publishDocuments", PUBLISH, &input, &files).await).await
        }
        Action::List { client, revoked, place } => place.with(async |desk| desk.list(client.as_deref(), revoked).await).await,
        Action::Deprecate { documents, place } => {
            place.with(async |desk| desk.retire("deprecateDocument", DEPRECATE, &documents).await).await
        }
        Action::Revoke { documents, place } => {
            place.with(async |desk| desk.retire("revokeDocument", REVOKE, &documents).await).await
        }
    }
}

/// A bound as people write it.
fn bound(text: &str) -> Result<Value, String> {
    let wrong = || format!("`{text}` is no bound: write `first<=50` or `Members.first>=1`");
    let (name, minimum, maximum) = match (text.split_once("<="), text.split_once(">=")) {
        (Some((name, maximum)), None) => (name, None, Some(maximum)),
        (None, Some((name, minimum))) => (name, Some(minimum), None),
        _ => return Err(wrong()),
    };
    let number = |text: Option<&str>| text.map(|text| text.trim().parse::<i32>()).transpose().map_err(|_| wrong());
    let (document, variable) = match name.trim().split_once('.') {
        Some((document, variable)) => (Some(document), variable),
        None => (None, name.trim()),
    };
    if variable.is_empty() {
        return Err(wrong());
    }
    Ok(json!({ "document": document, "variable": variable, "minimum": number(minimum)?, "maximum": number(maximum)? }))
}

/// A gateway in this process, and somebody who asks it.
struct Desk {
    gateway: Gateway,
    token: String,
}

impl Place {
    /// Does something in the name of somebody; their session ends with it.
    async fn with(self, work: impl AsyncFnOnce(&Desk) -> Result<ExitCode, Failure>) -> Result<ExitCode, Failure> {
        let settings = Settings::new(database::Settings::new(&self.database.database_url), Mode::Production);
        let gateway = Gateway::with(settings)?;
        let pool = gateway.services.database.owner().clone();
        let user = match self.user {
            Some(user) => user,
            None => store::owner(&pool, self.tenant).await?,
        };
        let (session, token) = store::begin(&pool, user, self.tenant).await?;
        let desk = Desk { gateway, token };
        let done = work(&desk).await;
        store::end(&pool, session).await?;
        desk.gateway.close().await;
        done
    }
}

impl Desk {
    /// Executes an operation; its data, where there are no errors.
    async fn ask(&self, text: &str, variables: Value) -> Result<Value, Failure> {
        let credential = Some(Credential::Session(TokenHash::of(&self.token)));
        let origin = Origin { ip: None, user_agent: Some("tenantry documents".to_owned()), trace: None };
        let services = self.gateway.services.clone();
        let id = clock::new_id::<uuid::Uuid>().simple().to_string();
        let request = Request::coming_from(origin, id, services, credential, clock::now());
        let document = self.gateway.documents.get(&format!("{text}{SHOWN}")).await.map_err(|refusal| first(refusal.errors))?;
        let operation = graph::operation(&document.syntax, None)?;
        let variables = serde_json::from_value(variables)?;
        let plan = graph::plan(&self.gateway.tables, &document.syntax, operation, &variables).map_err(first)?;
        let mut answer = graph::execute(&self.gateway.tables, &request, &plan).await?;
        answer.close(serde_json::Map::new());
        request.forget().await;
        let mut answered: Value = serde_json::from_slice(&answer.body)?;
        match answered["errors"][0]["message"].as_str() {
            Some(message) => Err(message.to_owned().into()),
            None => Ok(answered["data"].take()),
        }
    }

    /// A mutation, of which people read what it left. Errors at a file name it.
    async fn change(&self, field: &str, text: &str, input: &Value, files: &[PathBuf]) -> Result<ExitCode, Failure> {
        let data = self.ask(text, json!({ "input": input })).await?;
        let payload = &data[field];
        let errors = payload["userErrors"].as_array().map(Vec::as_slice).unwrap_or_default();
        for error in errors {
            let place = error["field"][1].as_str().and_then(|place| files.get(place.parse::<usize>().ok()?));
            let file = place.filter(|_| error["field"][0] == "files").map(|file| format!("{}: ", file.display()));
            eprintln!("{}{}", file.unwrap_or_default(), error["message"].as_str().unwrap_or_default());
        }
        print(payload["documents"].as_array().map_or_else(|| std::slice::from_ref(&payload["document"]), Vec::as_slice));
        Ok(if errors.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    async fn retire(&self, field: &str, text: &str, documents: &[PersistedDocumentId]) -> Result<ExitCode, Failure> {
        for document in documents {
            if self.change(field, text, &json!({ "documentId": document }), &[]).await? != ExitCode::SUCCESS {
                return Ok(ExitCode::FAILURE);
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn list(&self, client: Option<&str>, revoked: bool) -> Result<ExitCode, Failure> {
        let mut after = Value::Null;
        loop {
            let data = self.ask(LIST, json!({ "client": client, "revoked": revoked, "after": after })).await?;
            let page = &data["persistedDocuments"];
            print(page["nodes"].as_array().map(Vec::as_slice).unwrap_or_default());
            if page["pageInfo"]["hasNextPage"] != true {
                return Ok(ExitCode::SUCCESS);
            }
            after = page["pageInfo"]["endCursor"].clone();
        }
    }
}

/// A line for each: id, hash, client, name, cost, calls, last use, and where it stands; behind it what it needs.
fn print(documents: &[Value]) {
    for document in documents.iter().filter(|document| !document.is_null()) {
        let text = |name: &str| document[name].as_str().unwrap_or("-");
        let standing = match (document["revokedAt"].is_null(), document["deprecatedAt"].is_null()) {
            (false, _) => "revoked",
            (true, false) => "deprecated",
            (true, true) => "living",
        };
        let permissions: Vec<&str> =
            document["permissions"].as_array().into_iter().flatten().filter_map(|permission| permission["key"].as_str()).collect();
        println!(
            "{}  {}  {}  {}  cost {}  calls {}  last used {}  {standing}  needs {}",
            text("id"),
            text("documentId"),
            text("client"),
            text("name"),
            text("cost"),
            text("calls"),
            text("lastUsedAt"),
            if permissions.is_empty() { "nothing".to_owned() } else { permissions.join(" ") },
        );
    }
}

fn first(errors: Vec<crate::error::Error>) -> Failure {
    errors.into_iter().next().map_or_else(|| "it was refused without a word".into(), Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_read_as_people_write_them() {
        let read = |text| bound(text).unwrap();
        let bound_of = |document, variable, minimum, maximum| json!({ "document": document, "variable": variable, "minimum": minimum, "maximum": maximum });
        assert_eq!(read("first<=50"), bound_of(None::<&str>, "first", None::<i32>, Some(50)));
        assert_eq!(read("Members.ids >= 1"), bound_of(Some("Members"), "ids", Some(1), None));
        for text in ["first", "first<50", "<=5", "first<=x", "a<=1>=2", "first<=99999999999"] {
            assert!(bound(text).is_err(), "{text}");
        }
    }
}
