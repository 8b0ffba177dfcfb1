//! Every statement of `tenantry documents` itself: a short session of somebody, in whose name it does what it does.

use chrono::TimeDelta;
use entity::id::{SessionId, TenantId, UserId};
use sqlx::PgPool;

use crate::cli::Failure;
use crate::clock;
use crate::database::TokenHash;
use crate::identity::SESSION_PREFIX;

/// Longer than any of it takes; the session is ended before.
const LIFE: TimeDelta = TimeDelta::minutes(10);

/// The owner of a tenant who has been there longest.
pub(super) async fn owner(pool: &PgPool, tenant: TenantId) -> Result<UserId, Failure> {
    let owner: Option<uuid::Uuid> = sqlx::query_scalar(
        "select member.user_id from tenant_memberships member
        join users person on person.id = member.user_id and person.is_active and person.deleted_at is null
        where member.tenant_id = $1 and member.role = 'owner' and member.status = 'active' and member.deleted_at is null
        order by member.created_at, member.id limit 1",
    )
    .bind(tenant.uuid())
    .fetch_optional(pool)
    .await?;
    owner.map(UserId::from).ok_or_else(|| format!("{tenant} has no owner: say by `--as` who does this").into())
}

/// Begins a session; its id and its token. Somebody who may not enter the tenant will be told so by the gateway.
pub(super) async fn begin(pool: &PgPool, user: UserId, tenant: TenantId) -> Result<(SessionId, String), Failure> {
    let (id, token) = (clock::new_id::<SessionId>(), clock::secret(SESSION_PREFIX));
    sqlx::query(
        "insert into sessions (id, user_id, tenant_id, token_hash, device, expires_at) values ($1, $2, $3, $4, 'command line', $5)",
    )
    .bind(id.uuid())
    .bind(user.uuid())
    .bind(tenant.uuid())
    .bind(TokenHash::of(&token).bytes())
    .bind(clock::now() + LIFE)
    .execute(pool)
    .await?;
    Ok((id, token))
}

/// Ends it.
pub(super) async fn end(pool: &PgPool, session: SessionId) -> Result<(), Failure> {
    sqlx::query("update sessions set revoked_at = now() where id = $1").bind(session.uuid()).execute(pool).await?;
    Ok(())
}
