//! A tenant of 100 000 organizations, of which somebody may read each tenth, and one of which has 25 000 members.

use entity::id::OrganizationId;
use tenantry::database::TokenHash;
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

use crate::failure::Failure;

/// The token of whoever may read each tenth organization, and has 10 000 memberships.
pub(super) const READER_TOKEN: &str = "ts_the-reader-of-the-benchmark-of-access";
/// The token of the owner of the tenant.
pub(super) const OWNER_TOKEN: &str = "ts_the-owner-of-the-benchmark-of-access";

/// The ids of a kind begin here, and count up.
const ORGANIZATIONS: u128 = 0x0194_1f32_0000_7000_8b00_0000_0000_0000;

/// The tenant, as it stands in the database.
pub(super) struct World {
    client: Client,
    /// The organization with 25 000 members.
    pub(super) crowd: String,
}

/// The id of an organization that the reader may read.
pub(super) fn organization_id(place: usize) -> Uuid {
    let readable = (place * 7919) % 10_000;
    Uuid::from_u128(ORGANIZATIONS + 10 * (readable as u128 + 1))
}

/// The global id of an organization that the reader may read.
pub(super) fn organization(place: usize) -> String {
    OrganizationId::from(organization_id(place)).to_string()
}

impl World {
    /// Makes it, where it is missing.
    pub(super) async fn make(database_url: &str) -> Result<Self, Failure> {
        let (mut client, connection) = tokio_postgres::connect(database_url, NoTls).await?;
        tokio::spawn(connection);
        let world = client.transaction().await?;
        if world.query_opt("select from tenants where slug = 'benchmark-of-access'", &[]).await?.is_none() {
            world.batch_execute(TENANT).await?;
            for (token, person) in [(OWNER_TOKEN, 1_i64), (READER_TOKEN, 2)] {
                world.execute(SESSION, &[&TokenHash::of(token).bytes(), &person]).await?;
            }
        }
        world.commit().await?;
        client.batch_execute("analyze organizations, organization_memberships, tenant_memberships, users").await?;
        let crowd = OrganizationId::from(Uuid::from_u128(ORGANIZATIONS + 1)).to_string();
        Ok(Self { client, crowd })
    }

    /// Makes all that is cached of access unknown again.
    pub(super) async fn change_access(&self) -> Result<(), Failure> {
        let bump = "update access_versions set version = version + 1
            where tenant_id = (select id from tenants where slug = 'benchmark-of-access')";
        self.client.execute(bump, &[]).await?;
        Ok(())
    }
}

/// People 1 to 25 002: the owner of everything, the reader, and the members of organization 1.
const TENANT: &str = "
create function pg_temp.counted(kind text, place bigint) returns uuid language sql immutable as
    $$ select ('01941f32-0000-7000-' || kind || '-' || lpad(to_hex(place), 12, '0'))::uuid $$;
insert into tenants (id, slug, name, status)
    values (pg_temp.counted('8a00', 1), 'benchmark-of-access', 'Benchmark of access', 'active');
insert into users (id, email, display_name)
    select pg_temp.counted('8c00', place), 'person-' || place || '@access.example', 'Person ' || place
    from generate_series(1, 25002) place;
insert into tenant_memberships (tenant_id, id, user_id, role)
    select pg_temp.counted('8a00', 1), pg_temp.counted('8d00', place), pg_temp.counted('8c00', place),
        case place when 1 then 'owner' else 'member' end
    from generate_series(1, 25002) place;
insert into organizations (tenant_id, id, name, owner_id)
    select pg_temp.counted('8a00', 1), pg_temp.counted('8b00', place), 'Organization ' || md5(place::text),
        pg_temp.counted('8c00', 1)
    from generate_series(1, 100000) place;
insert into organization_memberships (tenant_id, id, organization_id, user_id, role)
    select pg_temp.counted('8a00', 1), pg_temp.counted('8e00', place), pg_temp.counted('8b00', place),
        pg_temp.counted('8c00', 1), 'admin'
    from generate_series(1, 100000) place;
insert into organization_memberships (tenant_id, id, organization_id, user_id, role)
    select pg_temp.counted('8a00', 1), pg_temp.counted('8f00', place), pg_temp.counted('8b00', 10 * place),
        pg_temp.counted('8c00', 2), 'readonly'
    from generate_series(1, 10000) place;
insert into organization_memberships (tenant_id, id, organization_id, user_id, role)
    select pg_temp.counted('8a00', 1), pg_temp.counted('9000', place), pg_temp.counted('8b00', 1),
        pg_temp.counted('8c00', place), case when place % 5 = 0 then 'manager' else 'member' end
    from generate_series(3, 25002) place;
";

const SESSION: &str = "
insert into sessions (id, user_id, tenant_id, token_hash, expires_at)
select gen_random_uuid(), member.user_id, member.tenant_id, $1::bytea, now() + interval '10 years'
from tenant_memberships member join tenants on tenants.id = member.tenant_id
where tenants.slug = 'benchmark-of-access' order by member.index_id offset $2::bigint - 1 limit 1";
