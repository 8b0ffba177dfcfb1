//! `tenantry permissions`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use migration::catalog::{BaseRole, PERMISSIONS, PermissionDefinition};

use super::Failure;
use super::printed::Printed;

#[derive(Debug, Args)]
pub(super) struct Permissions {
    /// Compare this file with the table instead of printing it; exit code 3 where they differ
    #[arg(long, value_name = "FILE")]
    check: Option<PathBuf>,
}

pub(super) fn run(command: &Permissions) -> Result<ExitCode, Failure> {
    Printed { what: "table", command: "permissions", text: page() }.print_or_check(command.check.as_ref())
}

const INTRODUCTION: &str = "# Permissions and base roles

Written by `make permissions` from the catalog in `migration/src/catalog/`, and held to it by a test: change the catalog, not this page.

Every tenant has the five base roles below, and nobody can change them: who wants other rights makes a role of their own, with one of
these as its parent. A role holds what its column marks. The owner of an organization needs no role there:
ownership alone permits everything that the plan has. How roles, overrides, grants, plans and bills are weighed against
each other is told in [ARCHITECTURE.md](../ARCHITECTURE.md); why somebody may or may not, `explainAccess` says.
";

/// The page as Markdown.
fn page() -> String {
    let roles = BaseRole::ALL.map(|role| format!("| `{}` | {} | {} |\n", role.key(), role.description(), role.permissions().len()));
    let heads = BaseRole::ALL.map(|role| format!(" {} |", role.key()));
    let rules = BaseRole::ALL.map(|_| "---|");
    let permissions: Vec<String> = PERMISSIONS.iter().map(row).collect();
    let features: Vec<String> = PERMISSIONS
        .iter()
        .filter_map(|definition| Some(format!("| `{}` | `{}` |\n", definition.key, definition.required_feature?)))
        .collect();
    format!(
        "{INTRODUCTION}\n## Roles\n\n| role | what it is for | permissions |\n|---|---|---|\n{}\
        \n## Who holds what\n\n| permission | what it permits |{}\n|---|---|{}\n{}\
        \n## What needs a plan\n\nNobody has these without the feature in the plan of the organization, the owner included.\n\n\
        | permission | feature |\n|---|---|\n{}",
        roles.concat(),
        heads.concat(),
        rules.concat(),
        permissions.concat(),
        features.concat(),
    )
}

fn row(definition: &PermissionDefinition) -> String {
    let held = BaseRole::ALL.map(|role| if role <= definition.lowest_role { " ✓ |" } else { " |" });
    format!("| `{}` | {} |{}\n", definition.key, definition.description, held.concat())
}
