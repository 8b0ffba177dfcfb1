//! `tenantry token`: sessions without signing in, in a development database.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use entity::id::{OrganizationId, TenantId, UserId};
use serde_json::json;

use super::Failure;
use super::dev::write_secret;
use super::development::{Development, session};
use crate::config::DevelopmentDatabase;
use crate::database::{self, Database};
use crate::seed::large;

#[derive(Debug, Args)]
pub(super) struct Token {
    /// The tenant to enter: `ten_…`
    #[arg(long, requires = "user", required_unless_present = "one_per_tenant")]
    tenant: Option<TenantId>,
    /// Whose token: `user_…`
    #[arg(long, requires = "tenant", required_unless_present = "one_per_tenant")]
    user: Option<UserId>,
    /// Write `{tenantId: {userId, token, organizationId}}` for all tenants to this file: for benchmarks
    #[arg(long, value_name = "FILE", conflicts_with_all = ["tenant", "user"])]
    one_per_tenant: Option<PathBuf>,
    #[command(flatten)]
    database: DevelopmentDatabase,
}

pub(super) async fn run(command: Token) -> Result<ExitCode, Failure> {
    let development = Development::start(&command.database).await?;
    let database = Database::new(&database::Settings::new(&development.url))?;
    let made = make(&command, &database).await;
    database.close().await;
    development.stop().await?;
    made?;
    Ok(ExitCode::SUCCESS)
}

async fn make(command: &Token, database: &Database) -> Result<(), Failure> {
    let pool = database.owner();
    if let Some(file) = &command.one_per_tenant {
        let mut tokens = BTreeMap::new();
        for sample in large::one_per_tenant(pool).await? {
            let tenant = TenantId::from(sample.tenant_id);
            let token = session(pool, sample.user_id.into(), tenant).await?;
            let (user, organization) = (UserId::from(sample.user_id), OrganizationId::from(sample.organization_id));
            tokens.insert(tenant.to_string(), json!({ "userId": user, "token": token, "organizationId": organization }));
        }
        write_secret(file, &serde_json::to_vec_pretty(&tokens)?)?;
        println!("{} tokens in {}", tokens.len(), file.display());
    }
    if let (Some(tenant), Some(user)) = (command.tenant, command.user) {
        let known: bool = sqlx::query_scalar(
            "select exists (select from users person where person.id = $2 and (person.user_type = 'developer' or exists (
                select from tenant_memberships member where member.tenant_id = $1 and member.user_id = person.id and member.deleted_at is null)))",
        )
        .bind(tenant.uuid())
        .bind(user.uuid())
        .fetch_one(pool)
        .await?;
        if !known {
            return Err(format!("{user} is no member of {tenant}").into());
        }
        println!("{}", session(pool, user, tenant).await?);
    }
    Ok(())
}
