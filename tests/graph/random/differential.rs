//! Thousands of random queries, each answered twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_graphql::Response;
use async_graphql::parser::types::ExecutableDocument;
use serde_json::Map;
use tenantry::clock;
use tenantry::database::{self, Credential, TokenHash};
use tenantry::document::Limits;
use tenantry::error::Error;
use tenantry::gateway::{self, Gateway};
use tenantry::graph::{self, StockLoader};
use tenantry::request::Request;
use tokio::task::JoinSet;

use super::catalog::Catalog;
use super::draft::{Draft, Drafter, Sizes};
use super::oracle::{Findings, Oracle};
use super::pool::Pool;
use crate::graph::answer::Answer;
use crate::graph::compare::{Errors, assert_agree};
use crate::world::World;

/// Queries of each identity.
const QUERIES: u64 = 600;
/// Queries at a time: while some wait, others run.
const TOGETHER: usize = 4;
/// How long the database may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// A role that denies, given to all but the owner in every second organization: the demo has nobody who may follow a relation
/// from some rows of a level and not from others.
const BLINDFOLD: &str = "
    insert into roles (tenant_id, id, key, name) select id, gen_random_uuid(), 'blindfold', 'Blindfold' from tenants;
    insert into role_permissions (tenant_id, role_id, permission_id, effect)
        select role.tenant_id, role.id, permission.id, 'deny' from roles role, permissions permission
        where role.key = 'blindfold' and permission.key in ('members.read', 'subscriptions.read');
    insert into member_roles (tenant_id, id, tenant_membership_id, organization_id, role_id)
        select role.tenant_id, gen_random_uuid(), member.id, organization.id, role.id
        from roles role
        join tenant_memberships member on member.tenant_id = role.tenant_id and member.role <> 'owner'
        join organizations organization on organization.tenant_id = role.tenant_id and organization.index_id % 2 = 0
        where role.key = 'blindfold'";

/// What every run shares.
pub struct Setting {
    pub gateway: Gateway,
    pub catalog: Catalog,
    pub pool: Pool,
}

impl Setting {
    /// A world that answers what is larger than anybody writes, and gives it time: two workers are busy with everything else,
    /// too, and what is slow is not wrong.
    pub async fn world() -> World {
        World::behind(|settings| gateway::Settings {
            database: database::Settings { acquire_timeout: PATIENCE, statement_timeout: PATIENCE, ..settings.database },
            documents: Limits { tokens: 20_000, depth: 30, aliases: 1_000, root_fields: 100, directives: 1_000, ..Limits::DEFAULT },
            ..settings
        })
        .await
    }

    pub async fn of(world: &World) -> Self {
        Self { gateway: world.gateway.clone(), catalog: Catalog::of(&world.gateway).await, pool: Pool::harvest(world).await }
    }

    /// A request of its own: nothing that another one loaded.
    pub fn request(&self, token: Option<&str>) -> Request {
        let credential = token.map(|token| Credential::Session(TokenHash::of(token)));
        Request::new("random".to_owned(), self.gateway.services.clone(), credential, clock::now())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_queries_are_answered_as_the_stock_executor_answers_them() {
    let world = Setting::world().await;
    world.sql(BLINDFOLD).await;
    let setting = Arc::new(Setting::of(&world).await);
    let mut runs = Vec::new();
    for (number, identity) in ["owner", "manager", "member", "readonly", "outsider"].into_iter().enumerate() {
        let token: Arc<str> = world.act_as(identity).await.into();
        let first = number as u64 * QUERIES;
        runs.extend((first..first + QUERIES).map(|seed| (Some(Arc::clone(&token)), seed)));
    }
    // Strangers get hardly anything, but they ask.
    runs.extend((0..100).map(|seed| (None, 1_000_000 + seed)));
    let (runs, next) = (Arc::new(runs), Arc::new(AtomicUsize::new(0)));
    let mut tasks = JoinSet::new();
    for _ in 0..TOGETHER {
        let (setting, runs, next) = (Arc::clone(&setting), Arc::clone(&runs), Arc::clone(&next));
        tasks.spawn(async move {
            let mut total = Findings::default();
            while let Some((token, seed)) = runs.get(next.fetch_add(1, Ordering::Relaxed)) {
                let found = compare(&setting, token.as_deref(), *seed).await;
                total.merges += found.merges;
                total.denials += found.denials;
                total.objects += found.objects;
                total.partial += found.partial;
            }
            total
        });
    }
    let total = tasks.join_all().await.into_iter().fold(Findings::default(), |sum, found| Findings {
        merges: sum.merges + found.merges,
        denials: sum.denials + found.denials,
        objects: sum.objects + found.objects,
        partial: sum.partial + found.partial,
    });
    // Queries that select nothing would agree on everything.
    assert!(total.objects > 20_000 && total.merges > 500 && total.denials > 200 && total.partial > 20, "{total:?}");
}

async fn compare(setting: &Setting, token: Option<&str>, seed: u64) -> Findings {
    let draft = Drafter::new(&setting.catalog, &setting.pool, seed, Sizes::Any).draft();
    let report = Report { seed, draft: &draft };
    let (ours, stock) = tokio::join!(ours(setting, token, &draft), stock(setting, token, &draft));
    let document = async_graphql::parser::parse_query(&draft.text).unwrap();
    let operation = graph::operation(&document, draft.operation_name).unwrap();
    let findings = match ours {
        Ok(ours) => {
            let findings = Oracle::check(&setting.catalog, &document, operation, &draft.variables, &ours);
            let repeats = findings.merges > 0 || spreads_twice(&document, &draft.text);
            assert_agree(&ours, &stock, if repeats { Errors::Kinds } else { Errors::Each });
            findings
        }
        Err(errors) => panic!("refused: {errors:?}"),
    };
    drop(report);
    findings
}

/// Is a fragment spread more than once? The stock executor then does its fields as often, and says what is wrong with them as often.
fn spreads_twice(document: &ExecutableDocument, text: &str) -> bool {
    document.fragments.keys().any(|name| text.matches(&format!("...{name} ")).count() > 1)
}

/// Tells how to get a failure again.
pub struct Report<'a> {
    pub seed: u64,
    pub draft: &'a Draft,
}

impl Drop for Report<'_> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return;
        }
        let variables = serde_json::to_string(&self.draft.variables).unwrap_or_default();
        eprintln!("seed {}\n{}\nvariables {variables}", self.seed, self.draft.text);
    }
}

/// Our answer; errors where the request was refused as a whole.
pub async fn ours(setting: &Setting, token: Option<&str>, draft: &Draft) -> Result<Answer, Vec<Error>> {
    let request = setting.request(token);
    let document = setting.gateway.documents.get(&draft.text).await?;
    let operation = graph::operation(&document.syntax, draft.operation_name).map_err(|error| vec![error])?;
    let variables = serde_json::from_value(draft.variables.clone().into()).unwrap();
    let plan = graph::plan(&setting.gateway.tables, &document.syntax, operation, &variables)?;
    let mut answer = graph::execute(&setting.gateway.tables, &request, &plan).await.map_err(|error| vec![error])?;
    answer.close(Map::new());
    request.forget().await;
    Ok(Answer::of(&answer.body))
}

async fn stock(setting: &Setting, token: Option<&str>, draft: &Draft) -> Response {
    let request = setting.request(token);
    // The stock executor decides `@skip` and `@include` before it fills in defaults.
    let variables: Map<_, _> = draft.variables.clone().into_iter().chain(draft.conditions.clone()).collect();
    let mut inner = async_graphql::Request::new(&draft.text)
        .data(request.clone())
        .data(StockLoader::batching(request.clone(), Arc::clone(&setting.gateway.tables)))
        .variables(async_graphql::Variables::from_json(variables.into()));
    if let Some(name) = draft.operation_name {
        inner = inner.operation_name(name);
    }
    let response = setting.gateway.schema.execute(inner).await;
    request.forget().await;
    response
}
