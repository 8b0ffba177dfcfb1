//! How the tables of Tenantry came to be: one file per step of the domain, each of which goes up and down.

mod convention;
mod step;

mod m0001_foundation;
mod m0002_identity;
mod m0003_tenancy;
mod m0004_ownership;
mod m0005_access;
mod m0006_developers;
mod m0007_billing;
mod m0008_access_versions;
mod m0009_row_level_security;
mod m0010_enter;
mod m0011_catalog;
mod m0012_idempotency;
mod m0013_user_tenants;
mod m0014_decision;
mod m0015_audit;
mod m0016_developer_roles_read;
mod m0017_developers_found;
mod m0019_enter_known;
mod m0020_persisted_documents;
mod m0021_api_keys;
mod m0022_outbox;
mod m0024_sign_in;
mod m0025_invitations;
mod m0026_ownership_transfers;
mod m0027_deletions;
mod m0028_identity_provider;
mod m0029_presented_session;
mod m0030_tenants;
mod m0031_domains;
mod m0034_deletions_of_people;
mod m0035_purge;
mod m0037_impersonation;
mod m0038_visits;
mod m0039_account_records;
mod m0040_businesses;
mod m0041_conversations;

pub mod catalog;

use sea_orm_migration::{MigrationTrait, MigratorTrait, async_trait::async_trait};

/// All migrations, in order.
#[derive(Debug, Clone, Copy)]
pub struct Migrator;

#[async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_foundation::STEP),
            Box::new(m0002_identity::STEP),
            Box::new(m0003_tenancy::STEP),
            Box::new(m0004_ownership::STEP),
            Box::new(m0005_access::STEP),
            Box::new(m0006_developers::STEP),
            Box::new(m0007_billing::STEP),
            Box::new(m0008_access_versions::STEP),
            Box::new(m0009_row_level_security::STEP),
            Box::new(m0010_enter::STEP),
            Box::new(m0011_catalog::STEP),
            Box::new(m0012_idempotency::STEP),
            Box::new(m0013_user_tenants::STEP),
            Box::new(m0014_decision::STEP),
            Box::new(m0015_audit::STEP),
            Box::new(m0016_developer_roles_read::STEP),
            Box::new(m0017_developers_found::STEP),
            Box::new(m0019_enter_known::STEP),
            Box::new(m0020_persisted_documents::STEP),
            Box::new(m0021_api_keys::STEP),
            Box::new(m0022_outbox::STEP),
            Box::new(m0024_sign_in::STEP),
            Box::new(m0025_invitations::STEP),
            Box::new(m0026_ownership_transfers::STEP),
            Box::new(m0027_deletions::STEP),
            Box::new(m0028_identity_provider::STEP),
            Box::new(m0029_presented_session::STEP),
            Box::new(m0030_tenants::STEP),
            Box::new(m0031_domains::STEP),
            Box::new(m0034_deletions_of_people::STEP),
            Box::new(m0035_purge::STEP),
            Box::new(m0037_impersonation::STEP),
            Box::new(m0038_visits::STEP),
            Box::new(m0039_account_records::STEP),
            Box::new(m0040_businesses::STEP),
            Box::new(m0041_conversations::STEP),
        ]
    }
}
