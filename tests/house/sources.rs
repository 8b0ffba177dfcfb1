//! What must hold of every file of the source tree.

use std::path::{Path, PathBuf};

/// A file of the tree.
struct Source {
    /// Its path from the checkout on.
    path: String,
    text: String,
}

impl Source {
    /// What is compiled into the product: without the tests at the end.
    fn code(&self) -> &str {
        self.text.split("#[cfg(test)]").next().unwrap_or_default()
    }

    /// The lines of code that contain this, as complaints.
    fn uses(&self, what: &str) -> Vec<String> {
        let lines = self.code().lines().filter(|line| !line.trim_start().starts_with("//") && names(line, what));
        lines.map(|line| format!("{}: {}", self.path, line.trim())).collect()
    }
}

/// Does a line name this, and not something that only contains it?
fn names(line: &str, what: &str) -> bool {
    let of_a_word = |character: char| character.is_alphanumeric() || character == '_';
    line.match_indices(what).any(|(start, _)| {
        let before = line[..start].chars().next_back();
        let after = line[start + what.len()..].chars().next();
        let ends = what.ends_with(of_a_word) && after.is_some_and(of_a_word);
        let begins = what.starts_with(of_a_word) && before.is_some_and(of_a_word);
        !begins && !ends
    })
}

fn sources(folders: &[&str]) -> Vec<Source> {
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in folders {
        collect(&checkout.join(folder), &mut files);
    }
    files.sort();
    assert!(files.len() > 5, "{folders:?} were read");
    let source = |path: PathBuf| Source {
        text: std::fs::read_to_string(&path).unwrap(),
        path: path.strip_prefix(checkout).unwrap().to_string_lossy().replace('\\', "/"),
    };
    files.into_iter().map(source).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.ends_with("node_modules") {
            // Other people's.
        } else if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The lines that use something outside the places where it may be used.
fn strays(folders: &[&str], what: &str, may: impl Fn(&str) -> bool) -> Vec<String> {
    sources(folders).iter().filter(|source| !may(&source.path)).flat_map(|source| source.uses(what)).collect()
}

const NONE: [String; 0] = [];

#[test]
fn only_rooms_of_the_database_and_stores_know_the_orm() {
    let may = |path: &str| {
        path.starts_with("src/database/")
            || path.ends_with("/store.rs")
            // The one stop of errors turns those of the database into our own.
            || path == "src/error.rs"
    };
    assert_eq!(strays(&["src"], "sea_orm::", may), NONE);
    assert_eq!(strays(&["src"], "sea_orm_migration::", may), NONE);
}

#[test]
fn only_stores_and_the_rooms_of_the_database_write_sql() {
    let may = |path: &str| {
        path.starts_with("src/database/")
            || path.starts_with("src/seed/")
            || path.ends_with("/store.rs")
            // Makes the database and the sessions of `tenantry dev`, before there is any request.
            || path == "src/cli/development.rs"
    };
    // The error of the driver is turned into our own at the one stop; what is seeded and lent out is not a request's.
    let may_name_it = |path: &str| may(path) || path == "src/error.rs" || path.starts_with("src/cli/");
    assert_eq!(strays(&["src"], "sqlx::query", may), NONE);
    assert_eq!(strays(&["src"], "sqlx::", may_name_it), NONE);
}

#[test]
fn only_the_door_knows_the_web_framework() {
    let may = |path: &str| ["src/http/", "src/identity/", "src/gateway.rs", "src/cli/"].iter().any(|place| path.starts_with(place));
    assert_eq!(strays(&["src", "entity/src", "migration/src"], "axum::", may), NONE);
}

#[test]
fn rows_and_migrations_know_nothing_of_graphql_or_of_each_other() {
    for what in ["async_graphql", "tenantry::", "axum"] {
        assert_eq!(strays(&["entity/src", "migration/src"], what, |_| false), NONE, "{what}");
    }
    assert_eq!(strays(&["migration/src"], "entity::", |_| false), NONE);
    assert_eq!(strays(&["entity/src"], "migration::", |_| false), NONE);
}

#[test]
fn only_the_configuration_reads_the_environment() {
    // The command line reads its flags' variables through clap, which names them in `--help`.
    for what in ["std::env::var", "std::env::var_os", "std::env::vars", "std::env::vars_os", "env::var", "env::var_os"] {
        assert_eq!(strays(&["src", "entity/src", "migration/src"], what, |path| path == "src/config.rs"), NONE, "{what}");
    }
}

#[test]
fn nothing_that_ends_the_process_is_left_in_the_product() {
    for what in [".unwrap()", "todo!", "dbg!", "unimplemented!", "panic!", "process::exit"] {
        assert_eq!(strays(&["src", "entity/src", "migration/src"], what, |_| false), NONE, "{what}");
    }
}

#[test]
fn no_lint_is_silenced_without_a_reason_and_no_test_is_left_out() {
    let everything = ["src", "entity/src", "migration/src", "tests"];
    for source in sources(&everything) {
        // In words that this file does not contain itself.
        for silenced in ["allow(", "ignore]", "ignore ="] {
            let (outer, inner) = (format!("#[{silenced}"), format!("#![{silenced}"));
            assert!(!source.text.contains(&outer) && !source.text.contains(&inner), "{}", source.path);
        }
        let expectations = source.text.matches(&format!("[{}(", "expect")).count();
        let reasons = source.text.matches("reason = \"").count();
        assert!(reasons >= expectations, "{} expects lints without saying why", source.path);
    }
}

#[test]
fn no_file_is_longer_than_four_hundred_lines_and_each_says_what_it_is() {
    for source in sources(&["src", "entity/src", "migration/src", "tests"]) {
        let lines = source.text.lines().count();
        assert!(lines <= 400, "{} has {lines} lines", source.path);
        assert!(source.text.starts_with("//! "), "{} does not say what it is", source.path);
    }
}

#[test]
fn the_sql_of_a_room_is_its_own() {
    for source in sources(&["src"]) {
        for line in source.code().lines() {
            assert!(!(line.contains("mod store;") && line.trim_start().starts_with("pub")), "{}: {line}", source.path);
        }
    }
}

/// Each may use what stands in its own line or below.
const LAYERS: [&[&str]; 6] = [
    &["cli", "main"],
    // The gateway is made of its routes, whose handlers are handed the gateway.
    &["gateway", "http", "config"],
    &["identity", "schema"],
    &[
        "tenancy",
        "people",
        "roles",
        "teams",
        "api_keys",
        "billing",
        "platform",
        "audit",
        "idempotency",
        "access_change",
        "questions",
        "rate_limit",
        "user_error",
        "watching",
    ],
    &["document", "graph", "request", "page"],
    &["access", "budget", "database", "issuer", "live", "mail", "retention", "secrets", "seed", "error", "clock"],
];

#[test]
fn every_module_uses_only_what_stands_below_it() {
    let layer = |module: &str| LAYERS.iter().position(|layer| layer.contains(&module));
    let mut upward = Vec::new();
    let mut seen = 0;
    for source in sources(&["src"]) {
        let module = source.path.trim_start_matches("src/").split('/').next().unwrap().trim_end_matches(".rs").to_owned();
        if module == "lib" {
            continue;
        }
        let own = layer(&module).unwrap_or_else(|| panic!("`{module}` stands in no layer"));
        for line in source.code().lines().filter(|line| !line.trim_start().starts_with("//")) {
            for (start, _) in line.match_indices("crate::") {
                let used: String = line[start + "crate::".len()..]
                    .chars()
                    .take_while(|character| character.is_alphanumeric() || *character == '_')
                    .collect();
                seen += 1;
                match layer(&used) {
                    Some(other) if other < own => upward.push(format!("{}: {}", source.path, line.trim())),
                    _ => {}
                }
            }
        }
    }
    assert!(seen > 200, "{seen}");
    assert_eq!(upward, NONE);
}
