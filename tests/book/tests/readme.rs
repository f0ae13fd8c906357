//! The README's Rust blocks, each in its surroundings (`readme/`), and that every page with Rust is compiled.

include!(concat!(env!("OUT_DIR"), "/readme.rs"));

use std::path::{Path, PathBuf};
use std::{collections::BTreeSet, fs};

fn pages(dir: &Path, found: &mut Vec<PathBuf>) {
    for path in fs::read_dir(dir).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        if path.is_dir() {
            pages(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
}

#[test]
fn every_page_with_rust_is_compiled_and_no_block_says_not_what_it_is() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut found = Vec::new();
    pages(&root.join("book/src"), &mut found);
    pages(&root.join("docs"), &mut found);
    let compiled: BTreeSet<PathBuf> = tracesnap_book::PAGES.iter().map(|page| root.join(page)).collect();
    for page in found {
        let text = fs::read_to_string(&page).expect("text");
        let fences: Vec<&str> = text.lines().filter_map(|line| line.trim_start().strip_prefix("```")).collect();
        let opened: Vec<_> = fences.iter().step_by(2).collect();
        assert!(opened.iter().all(|language| !language.is_empty()), "{} has a block of no language", page.display());
        let is_compiled = compiled.contains(&page);
        assert!(is_compiled || !opened.iter().any(|language| language.starts_with("rust")), "{}", page.display());
        let ignored = opened.iter().any(|language| language.contains("ignore") || language.contains("no_run"));
        assert!(!ignored, "{} has a block that is not run", page.display());
    }
}
