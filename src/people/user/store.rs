//! Every statement about users.

use std::sync::Arc;

use entity::id::{DeletionId, UserId};
use migration::catalog::Permission;
use rustc_hash::FxHashMap;
use uuid::Uuid;

use super::User;
use crate::access::OrganizationFilter;
use crate::database::{Binds, ByKey, COLUMNS, FromRow, KEYS, Row, Wanted};
use crate::error::Error;
use crate::request::{Request, Writer};

impl FromRow for User {
    const WANTED: &'static [Wanted] = &[
        Wanted("person.id", &[]),
        Wanted("person.email", &["email"]),
        Wanted("person.email_verified_at", &["emailVerifiedAt"]),
        Wanted("person.display_name", &["displayName"]),
        Wanted("person.avatar_url", &["avatarUrl"]),
        Wanted("person.phone", &["phone"]),
        Wanted("person.last_active_at", &["lastActiveAt"]),
        Wanted("person.created_at", &["createdAt"]),
    ];

    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: row.column::<Uuid>()?.into(),
            email: row.column()?,
            email_verified_at: row.column()?,
            display_name: row.column()?,
            avatar_url: row.column()?,
            phone: row.column()?,
            last_active_at: row.column()?,
            created_at: row.column()?,
        })
    }
}

/// The keys stand in rows of the tenant, and to compare each person with it once more took a third of the statement.
impl ByKey for User {
    const BY_KEY: &'static str = "select {columns} from users person where $1::uuid is not null and person.id = any({keys})";
}

/// People of the tenant, for relations that have been decided already.
pub async fn users_by_id(request: Request, ids: Vec<UserId>) -> Result<FxHashMap<UserId, Arc<User>>, Error> {
    let ids: Vec<Uuid> = ids.into_iter().map(UserId::uuid).collect();
    let sql = User::BY_KEY.replace(KEYS, "$2");
    Ok(by_id(request.reader().await?.objects(sql, Binds::of([ids.into()])).await?))
}

/// The people among these whom the caller may know of: itself, and members of organizations whose members it may see.
pub async fn visible_users(request: Request, ids: Vec<UserId>) -> Result<FxHashMap<UserId, Arc<User>>, Error> {
    let reader = request.reader().await?;
    let mut users = FxHashMap::default();
    if reader.caller.person().is_some_and(|me| ids.contains(&me)) {
        users = caller(&request).await?;
    }
    let ids: Vec<Uuid> = ids.into_iter().map(UserId::uuid).collect();
    let mut binds = Binds::of([ids.into()]);
    let visible = reader.organizations(Permission::MembersRead).await?;
    if visible == OrganizationFilter::Only(Vec::new()) {
        return Ok(users);
    }
    let through_organizations = match visible.condition("membership.organization_id", &mut binds) {
        None => String::new(),
        Some(shown) => format!(
            " and exists (select from organization_memberships membership
                where membership.tenant_id = $1 and membership.user_id = person.id and membership.deleted_at is null and {shown})"
        ),
    };
    let sql = format!(
        "select {COLUMNS} from users person
        where person.id = any($2) and person.deleted_at is null
            and exists (select from tenant_memberships member
                where member.tenant_id = $1 and member.user_id = person.id and member.deleted_at is null){through_organizations}"
    );
    users.extend(by_id(reader.objects(sql, binds).await?));
    Ok(users)
}

/// The caller itself, in whichever tenant it is.
pub async fn callers(request: Request, _: Vec<UserId>) -> Result<FxHashMap<UserId, Arc<User>>, Error> {
    caller(&request).await
}

async fn caller(request: &Request) -> Result<FxHashMap<UserId, Arc<User>>, Error> {
    let sql = format!("select {COLUMNS} from users person where person.id = $1");
    Ok(by_id(request.reader().await?.all_of_caller(sql).await?))
}

fn by_id(users: Vec<User>) -> FxHashMap<UserId, Arc<User>> {
    users.into_iter().map(|user| (user.id, Arc::new(user))).collect()
}

/// What came of the deletion of an account.
pub(super) enum Deleted {
    /// It is gone, from every tenant.
    Everywhere,
    /// It was before, or never there.
    Gone,
    /// It owns these organizations, and stays.
    Owner(Vec<String>),
    /// It has joined a tenant in this moment.
    Moved,
}

struct Said(Vec<String>);

impl FromRow for Said {
    fn from_row(row: &mut Row<'_>) -> Result<Self, Error> {
        Ok(Self(row.column()?))
    }
}

/// Deletes an account from every tenant, and writes it down in each.
pub(super) async fn delete(writer: &Writer, user: UserId, deletion: DeletionId, reason: Option<String>) -> Result<Deleted, Error> {
    const DELETE: &str = "select tenantry_delete_user($1, $2, $3, $4, $5, $6, $7, $8)";
    let (actor_type, actor) = writer.caller.actor();
    let origin = writer.request().origin();
    let values = vec![
        user.uuid().into(),
        deletion.uuid().into(),
        actor_type.as_str().into(),
        actor.into(),
        reason.into(),
        origin.ip.map(|ip| ip.to_string()).into(),
        origin.user_agent.clone().into(),
        writer.request().id().into(),
    ];
    let Said(said) = writer.transaction.one(DELETE, values).await?.ok_or_else(|| Error::internal("a deletion says nothing"))?;
    match said.split_first() {
        Some((word, _)) if word == "deleted" => Ok(Deleted::Everywhere),
        Some((word, _)) if word == "gone" => Ok(Deleted::Gone),
        Some((word, _)) if word == "moved" => Ok(Deleted::Moved),
        Some((word, names)) if word == "owner" => Ok(Deleted::Owner(names.to_vec())),
        _ => Err(Error::internal("a deletion says something else")),
    }
}
