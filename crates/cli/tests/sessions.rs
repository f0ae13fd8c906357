//! Sessions at a prompt: what is typed, what is printed, and how it ends. They read like a manual: `tests/cmd/*.md`;
//! those that are fed something are `*.toml`.
//!
//! Commands in the book are run as well, each page in a folder of its own: `tests/fixtures/book`.
//!
//! `TRYCMD=overwrite cargo test -p tracesnap-cli` writes them anew.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn what_is_printed_is_what_the_manual_says() {
    let cases = trycmd::TestCases::new();
    // Neither the colours nor the columns of whoever runs the tests.
    cases.env("NO_COLOR", "").env("CLICOLOR_FORCE", "").env("COLUMNS", "100");
    cases.case("tests/cmd/*.md").case("tests/cmd/*.toml");
}

/// What would change what is printed, if whoever runs the tests had set it. Not those that pages set themselves: these here
/// win over them.
const VARIABLES: [&str; 5] = ["TRACESNAP_SAVE", "TRACESNAP_MODULES", "TEST_MODE", "MOCK_MODE", "TEST_CAPTURE_DIR"];

fn copy(from: &Path, to: &Path) {
    if from.is_file() {
        fs::copy(from, to).expect("a file");
        return;
    }
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let name = entry.expect("an entry").file_name();
        copy(&from.join(&name), &to.join(&name));
    }
}

/// Every page of the book, and the pages that it includes.
fn pages(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).expect("the book").map(|entry| entry.expect("an entry").path()) {
        if entry.is_dir() {
            pages(&entry, found);
        } else if entry.extension() == Some(OsStr::new("md")) {
            found.push(entry);
        }
    }
}

#[test]
fn commands_of_the_book_print_what_it_says() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = crates.join("../..");
    let (mut found, dir) = (Vec::new(), tempfile::tempdir().expect("a folder"));
    pages(&root.join("book/src"), &mut found);
    pages(&root.join("docs"), &mut found);
    found.retain(|page| fs::read_to_string(page).expect("text").contains("```console"));
    let cases = trycmd::TestCases::new();
    cases.env("NO_COLOR", "").env("CLICOLOR_FORCE", "").env("COLUMNS", "120");
    for variable in VARIABLES {
        // Set to nothing is not set.
        cases.env(variable, "");
    }
    let copies: Vec<_> = found
        .iter()
        .map(|page| {
            let stem = page.file_stem().expect("a name").to_owned();
            let copied = dir.path().join(&stem).with_extension("md");
            assert!(!copied.exists(), "two pages are called {}", stem.display());
            copy(page, &copied);
            let (fixtures, folder) = (crates.join("tests/fixtures"), copied.with_extension("in"));
            copy(&fixtures.join("book"), &folder);
            for name in ["captures", "sessions"] {
                copy(&fixtures.join(name), &folder.join(name));
            }
            copy(&fixtures.join("api/shop.yaml"), &folder.join("openapi.yaml"));
            fs::create_dir(folder.join("traces")).expect("a folder");
            for name in ["before.trace.json", "after.trace.json"] {
                copy(&fixtures.join(name), &folder.join("traces").join(name));
            }
            (page, copied)
        })
        .collect();
    assert!(copies.len() > 5, "{copies:?}");
    cases.case(dir.path().join("*.md"));
    cases.run();
    for (page, copied) in copies {
        if fs::read(page).expect("text") != fs::read(&copied).expect("text") {
            copy(&copied, page);
        }
    }
}
