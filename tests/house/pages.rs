//! What must hold of every page that people read: its links lead somewhere.

use std::path::{Path, PathBuf};

/// Every page of the checkout that is ours.
fn pages() -> Vec<PathBuf> {
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pages = vec![checkout.join("README.md"), checkout.join("ARCHITECTURE.md")];
    for folder in ["docs", "docs/decisions"] {
        let entries = std::fs::read_dir(checkout.join(folder)).unwrap().map(|entry| entry.unwrap().path());
        pages.extend(entries.filter(|path| path.extension().is_some_and(|extension| extension == "md")));
    }
    pages
}

/// The targets of a page's links, those to other sites left out.
fn targets(page: &str) -> Vec<&str> {
    let after_texts = page.split("](").skip(1);
    after_texts.filter_map(|rest| rest.split_once(')')).map(|(target, _)| target).filter(|target| !target.contains("://")).collect()
}

/// What a heading is called in links to it.
fn anchor(heading: &str) -> String {
    let of_a_name = |character: &char| character.is_alphanumeric() || *character == ' ' || *character == '-';
    heading.trim().to_lowercase().chars().filter(of_a_name).collect::<String>().replace(' ', "-")
}

#[test]
fn every_link_of_a_page_leads_to_a_file_and_to_a_heading_of_it() {
    let (mut seen, mut broken) = (0, Vec::new());
    for path in pages() {
        let page = std::fs::read_to_string(&path).unwrap();
        for target in targets(&page) {
            seen += 1;
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let file = if file.is_empty() { path.clone() } else { path.parent().unwrap().join(file) };
            let is_there = if heading.is_empty() {
                file.exists()
            } else {
                let text = std::fs::read_to_string(&file).unwrap_or_default();
                text.lines().filter(|line| line.starts_with('#')).any(|line| anchor(line.trim_start_matches('#')) == heading)
            };
            if !is_there {
                broken.push(format!("{}: {target}", path.display()));
            }
        }
    }
    assert!(seen > 20, "{seen}");
    assert_eq!(broken, Vec::<String>::new());
}
