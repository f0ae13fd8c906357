//! What the README and the book say of this program, held against it: commands can be typed as they stand there, pages of
//! options and settings are those of the program, configuration files name settings that there are, links lead somewhere.
//!
//! `TRACESNAP_UPDATE=1 cargo test -p tracesnap-cli manual` writes the pages anew. What commands print is compared by
//! `tests/sessions.rs`, and Rust is compiled and run by the member `tests/book`.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use clap::{Command, CommandFactory, Parser};
use tracesnap_config::{ConfigFile, Key, SECTIONS};

use crate::args::Cli;
use crate::commands::config::markdown;
use crate::commands::config::parts::{Part, VARIABLES};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// README, book, and what the book includes.
fn pages() -> Vec<PathBuf> {
    fn walk(dir: &Path, found: &mut Vec<PathBuf>) {
        for path in fs::read_dir(dir).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                found.push(path);
            }
        }
    }
    let mut found = vec![root().join("README.md"), root().join("SECURITY.md"), root().join("CONTRIBUTING.md")];
    walk(&root().join("book/src"), &mut found);
    walk(&root().join("docs"), &mut found);
    found.sort();
    found
}

/// A block of a page: its line, its language, its text.
struct Block {
    line: usize,
    language: String,
    text: String,
}

fn blocks(page: &str) -> Vec<Block> {
    let mut found: Vec<Block> = Vec::new();
    let mut open = false;
    for (at, line) in page.lines().enumerate() {
        match line.trim_start().strip_prefix("```") {
            Some(language) if !open => {
                found.push(Block { line: at + 1, language: language.trim().to_owned(), text: String::new() });
                open = true;
            }
            Some(_) => open = false,
            None if open => {
                let block = found.last_mut().expect("one is open");
                block.text.push_str(line);
                block.text.push('\n');
            }
            None => {}
        }
    }
    found
}

/// The words of a command as a shell would part them, up to a comment, a pipe or a redirection.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote, mut begun) = (Vec::new(), String::new(), None, false);
    for letter in line.chars() {
        match (quote, letter) {
            (Some(open), letter) if letter == open => quote = None,
            (Some(_), letter) => word.push(letter),
            (None, '\'' | '"') => (quote, begun) = (Some(letter), true),
            (None, '#' | '|' | '<' | '>' | '&' | ';') if word.is_empty() && !begun => break,
            (None, letter) if letter.is_whitespace() => {
                if begun || !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                begun = false;
            }
            (None, letter) => word.push(letter),
        }
    }
    if begun || !word.is_empty() {
        words.push(word);
    }
    words
}

/// The commands of a shell's block, without variables before them.
fn commands(block: &Block) -> Vec<Vec<String>> {
    let mut lines: Vec<String> = Vec::new();
    let mut unfinished = false;
    for line in block.text.lines() {
        let text = match block.language.as_str() {
            "console" => match (line.strip_prefix("$ "), unfinished) {
                (Some(text), _) => text,
                (None, true) => line,
                (None, false) => continue,
            },
            _ => line,
        };
        match (unfinished, lines.last_mut()) {
            (true, Some(last)) => {
                last.push('\n');
                last.push_str(text);
            }
            _ => lines.push(text.to_owned()),
        }
        unfinished = lines.last().is_some_and(|line| line.matches('"').count() % 2 == 1);
    }
    let is_variable = |word: &String| {
        word.split_once('=').is_some_and(|(name, _)| name.chars().all(|c| c.is_ascii_uppercase() || c == '_'))
    };
    lines
        .iter()
        .map(|line| words(line).into_iter().skip_while(is_variable).collect())
        .filter(|words: &Vec<_>| !words.is_empty())
        .collect()
}

fn is_shell(block: &Block) -> bool {
    let commands_only = ["tracesnap ", "TEST_MODE=", "cargo "];
    matches!(block.language.as_str(), "sh" | "console")
        || block.language == "text"
            && block.text.lines().all(|line| commands_only.iter().any(|one| line.starts_with(one)))
}

#[test]
fn every_command_of_ours_can_be_typed_as_it_stands_there() {
    // Commands that this build is without.
    let without = |words: &[String]| {
        let first: Vec<_> = words.iter().skip(1).take(2).map(String::as_str).collect();
        !cfg!(feature = "database")
            && matches!(first[..], ["mock", "versions" | "rules" | "stats" | "export" | "reset"])
            || !cfg!(feature = "http") && matches!(first[..], ["sessions", "proxy" | "serve"])
    };
    // The page on captures speaks of the review of captures before there are commands for it.
    let has_review = Cli::try_parse_from(["tracesnap", "captures", "review", "--help"])
        .is_err_and(|error| error.kind() == clap::error::ErrorKind::DisplayHelp);
    let announced = |words: &[String]| {
        !has_review && words[1] == "captures" && ["review", "accept", "reject"].contains(&words[2].as_str())
    };
    let (mut wrong, mut tried) = (Vec::new(), 0);
    for page in pages() {
        for block in blocks(&fs::read_to_string(&page).expect("text")).iter().filter(|block| is_shell(block)) {
            for command in commands(block).iter().filter(|words| words[0] == "tracesnap" && !without(words)) {
                tried += 1;
                if let Err(error) = Cli::try_parse_from(command)
                    && error.use_stderr()
                    && !announced(command)
                {
                    wrong.push(format!("{}:{}: {}\n{error}", page.display(), block.line, command.join(" ")));
                }
            }
        }
    }
    assert!(tried > 60, "{tried} commands");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn packages_and_examples_that_commands_of_cargo_name_are_there() {
    let workspace = fs::read_to_string(root().join("Cargo.toml")).expect("text");
    let workspace: toml::Table = workspace.parse().expect("TOML");
    let members = workspace["workspace"]["members"].as_array().expect("a list");
    let manifests: Vec<toml::Table> = members
        .iter()
        .map(|member| root().join(member.as_str().expect("a path")).join("Cargo.toml"))
        .map(|path| fs::read_to_string(&path).expect("text").parse().expect("TOML"))
        .collect();
    let packages: BTreeSet<&str> =
        manifests.iter().filter_map(|manifest| manifest["package"]["name"].as_str()).collect();
    for page in pages() {
        for block in blocks(&fs::read_to_string(&page).expect("text")).iter().filter(|block| is_shell(block)) {
            for command in commands(block).iter().filter(|words| words[0] == "cargo") {
                let after = |options: &[&str]| {
                    let at = command.iter().position(|word| options.contains(&word.as_str()))?;
                    command.get(at + 1)
                };
                let place = || format!("{}:{}: {}", page.display(), block.line, command.join(" "));
                if let Some(package) = after(&["-p", "--package"]) {
                    assert!(packages.contains(package.as_str()), "{}", place());
                }
                if let Some(example) = after(&["--example"]) {
                    let folders = [
                        "examples",
                        "crates/mock/examples",
                        "crates/services/examples",
                        "tests/browser/examples",
                        "tests/real/examples",
                    ];
                    let there = folders
                        .iter()
                        .map(|folder| root().join(folder))
                        .any(|folder| folder.join(format!("{example}.rs")).is_file() || folder.join(example).is_dir());
                    assert!(there, "{}", place());
                }
            }
        }
    }
}

#[test]
fn files_of_ours_name_settings_that_there_are() {
    let mut tried = 0;
    for page in pages() {
        for block in blocks(&fs::read_to_string(&page).expect("text")).iter().filter(|block| block.language == "toml") {
            let place = format!("{}:{}", page.display(), block.line);
            let table: toml::Table = block.text.parse().unwrap_or_else(|error| panic!("{place}: {error}"));
            if !table.keys().any(|section| SECTIONS.contains(&section.as_str())) {
                continue;
            }
            tried += 1;
            let file = ConfigFile::parse(&place, &block.text).expect("TOML");
            file.check_sections().unwrap_or_else(|error| panic!("{error}"));
            for part in Part::ALL {
                let keys: Vec<_> = part.keys().iter().filter(|key| key.is_in_file()).map(Key::name).collect();
                file.check(part.section(), &keys).unwrap_or_else(|error| panic!("{error}"));
            }
        }
    }
    assert!(tried > 1, "{tried} files");
}

/// Variables in the first cells of a page's tables.
fn variables_of(page: &str, prefix: &str) -> BTreeSet<String> {
    let rows = page.lines().filter(|line| line.starts_with('|'));
    let words = rows.flat_map(|row| row.split(['`', ' ', ',']));
    words.filter(|word| word.starts_with(prefix)).map(str::to_owned).collect()
}

fn variables(keys: &[Key], prefix: &str) -> BTreeSet<String> {
    keys.iter().flat_map(Key::variables).filter(|name| name.starts_with(prefix)).map(str::to_owned).collect()
}

#[test]
fn tables_that_are_written_by_hand_have_every_variable_and_no_other() {
    let read = |page: &str| fs::read_to_string(root().join(page)).expect("text");
    let readme = variables_of(&read("README.md"), "TRACESNAP_");
    assert_eq!(readme, variables(Part::Trace.keys(), "TRACESNAP_"), "README.md");
    let capture = variables_of(&read("docs/capture.md"), "SNAP_CAPTURE_");
    assert_eq!(capture, variables(Part::Capture.keys(), "SNAP_CAPTURE_"), "docs/capture.md");
    let known: Vec<_> =
        Part::ALL.iter().flat_map(|part| part.keys()).chain(&VARIABLES).flat_map(Key::variables).collect();
    for page in pages() {
        let page_text = fs::read_to_string(&page).expect("text");
        for word in
            page_text.split(|letter: char| !(letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_'))
        {
            let is_ours = word.starts_with("TRACESNAP_") || word.starts_with("SNAP_CAPTURE_");
            // A family of them is written with a dash or dots: `TRACESNAP_`.
            let is_known = known.contains(&word)
                || word.ends_with('_')
                || ["TRACESNAP_SAMPEL", "TRACESNAP_UPDATE"].contains(&word);
            assert!(!is_ours || is_known, "{} names `{word}`, which nobody reads", page.display());
        }
    }
}

fn settings_page() -> String {
    format!(
        "<!-- Written by `TRACESNAP_UPDATE=1 cargo test -p tracesnap-cli manual`. -->\n# Every setting\n\nAs `tracesnap config \
         list` prints them. Of several variables the first wins; where each is looked for is on [the page before this \
         one](configuration.md).\n\n{}",
        markdown(&Part::ALL)
    )
}

/// The page of a command, and of those below it.
fn describe(command: &Command, names: &str, page: &mut String) {
    let level = names.split(' ').count().min(3);
    let help = command.clone().bin_name(names).term_width(100).render_long_help().to_string();
    let help: Vec<_> = help.lines().map(str::trim_end).collect();
    let _ = write!(page, "{} `{names}`\n\n```text\n{}\n```\n\n", "#".repeat(level + 1), help.join("\n").trim());
    for inner in command.get_subcommands().filter(|inner| inner.get_name() != "help") {
        describe(inner, &format!("{names} {}", inner.get_name()), page);
    }
}

fn commands_page() -> String {
    let mut command = Cli::command();
    command.build();
    let mut page = String::from(
        "<!-- Written by `TRACESNAP_UPDATE=1 cargo test -p tracesnap-cli --features database manual`. -->\n# Every \
         command\n\nAs `--help` prints it, of a build with the feature `database`.\n\n",
    );
    describe(&command, "tracesnap", &mut page);
    page
}

fn is_or_becomes(path: &str, expected: &str) {
    let path = root().join(path);
    if std::env::var_os("TRACESNAP_UPDATE").is_some() {
        fs::write(&path, expected).expect("it is written");
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    let differs = found.lines().zip(expected.lines()).position(|(found, expected)| found != expected);
    assert!(
        found == expected,
        "{} is not what the program says, from line {:?} on; `TRACESNAP_UPDATE=1` writes it anew",
        path.display(),
        differs.map(|line| line + 1)
    );
}

#[test]
fn the_page_of_settings_is_that_of_the_program() {
    is_or_becomes("book/src/reference/settings.md", &settings_page());
}

/// Without some features, some commands are missing: the page has all of them.
#[cfg(all(feature = "database", feature = "http"))]
#[test]
fn the_page_of_commands_is_that_of_the_program() {
    is_or_becomes("book/src/reference/cli.md", &commands_page());
}

#[cfg(not(all(feature = "database", feature = "http")))]
#[test]
fn every_command_of_this_build_stands_on_the_page_of_commands() {
    let page = fs::read_to_string(root().join("book/src/reference/cli.md")).expect("text");
    let heads = commands_page();
    for head in heads.lines().filter(|line| line.starts_with("## ") || line.starts_with("### ")) {
        assert!(page.lines().any(|line| line == head), "the page is without {head}");
    }
}

/// What a page's heads are reached by.
fn anchors(page: &str) -> BTreeSet<String> {
    let heads = page.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let keep = |letter: char| match letter {
        ' ' => Some('-'),
        letter if letter.is_alphanumeric() || letter == '-' || letter == '_' => Some(letter.to_ascii_lowercase()),
        _ => None,
    };
    heads.map(|head| head.chars().filter_map(keep).collect()).collect()
}

/// What a page shows, with what it includes.
fn shown(page: &Path) -> String {
    let text = fs::read_to_string(page).expect("text");
    let included = |line: &str| {
        let path = line.strip_prefix("{{#include ")?.strip_suffix("}}")?;
        Some(
            fs::read_to_string(page.parent()?.join(path))
                .unwrap_or_else(|error| panic!("{}: {path}: {error}", page.display())),
        )
    };
    text.lines().map(|line| included(line).unwrap_or_else(|| format!("{line}\n"))).collect()
}

#[test]
fn every_link_within_the_repository_leads_somewhere() {
    let book = root().join("book/src");
    let (mut broken, mut tried) = (Vec::new(), 0);
    for page in pages() {
        // What a page of the book includes is read from where that page is.
        let text = shown(&page);
        let prose: String = {
            let code: BTreeSet<usize> = blocks(&text)
                .iter()
                .flat_map(|block| block.line..=block.line + block.text.lines().count() + 1)
                .collect();
            text.lines()
                .enumerate()
                .filter(|(at, _)| !code.contains(&(at + 1)))
                .map(|(_, line)| format!("{line}\n"))
                .collect()
        };
        for part in prose.split("](").skip(1) {
            let Some(link) = part.split([')', ' ', '\n']).next() else { continue };
            if link.starts_with("http") || link.starts_with("mailto:") || link.is_empty() {
                continue;
            }
            tried += 1;
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if path.is_empty() { page.clone() } else { page.parent().expect("a folder").join(path) };
            let is_there = target.exists();
            let has_anchor = anchor.is_empty()
                || target.extension().is_none_or(|extension| extension != "md")
                || is_there && anchors(&shown(&target)).contains(anchor);
            // A page of the book is read as a page: what it links to is in the book.
            let in_book = !page.starts_with(&book)
                || fs::canonicalize(&target).is_ok_and(|target| {
                    target.starts_with(fs::canonicalize(&book).expect("the book"))
                        || target.extension().is_some_and(|extension| extension == "png")
                });
            if !(is_there && has_anchor && in_book) {
                broken.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(tried > 30, "{tried} links");
    assert!(broken.is_empty(), "links that lead nowhere:\n{}", broken.join("\n"));
}

#[test]
fn every_page_of_the_book_stands_in_its_summary() {
    let book = root().join("book/src");
    let summary = fs::read_to_string(book.join("SUMMARY.md")).expect("text");
    for page in pages().iter().filter(|page| page.starts_with(&book) && !page.ends_with("SUMMARY.md")) {
        let path = page.strip_prefix(&book).expect("in the book").to_string_lossy().replace('\\', "/");
        assert!(summary.contains(&format!("({path})")), "SUMMARY.md is without {path}");
    }
}

#[test]
fn a_command_is_parted_as_a_shell_would() {
    let block = |language: &str, text: &str| Block { line: 1, language: language.into(), text: text.into() };
    let of = |language: &str, text: &str| commands(&block(language, text));
    assert_eq!(of("sh", "A=1 tracesnap x 'a b' # why\n# only a comment\n"), [["tracesnap", "x", "a b"]]);
    assert_eq!(of("sh", "tracesnap redact < in > out\n"), [["tracesnap", "redact"]]);
    assert_eq!(of("console", "$ tracesnap q \"SELECT\n  1\"\nprinted\n"), [["tracesnap", "q", "SELECT\n  1"]]);
}
