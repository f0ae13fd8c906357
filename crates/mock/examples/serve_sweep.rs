//! Sends every operation of every document of a folder a valid request, twice, and tells what came back.
//!
//! ```text
//! cargo run --release -p tracesnap-mock --example serve_sweep -- FOLDER [--failed]
//! ```
//!
//! A request is built from the document alone: required parameters, a body, credentials of the right form. An operation
//! counts if it answers with a documented success whose body keeps to its schema, the same one both times (each in a
//! session of its own), and with its own body read as JSON where it says so.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use tracesnap_mock::Mock;
use tracesnap_mock::engine::Answer;
use tracesnap_openapi::{Document, Operation, Reader, Status};

/// What became of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Outcome {
    Fine,
    Wrong(String),
    Panicked,
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let folder =
        arguments.iter().find(|argument| !argument.starts_with("--")).context("expected a folder of documents")?;
    let told = arguments.iter().any(|argument| argument == "--failed");
    let mut files = Vec::new();
    collect(Path::new(folder), &mut files)?;
    files.sort();
    // What an answer panics with is told in the table.
    std::panic::set_hook(Box::new(|_| {}));
    println!(
        "{:<44} {:>5} {:>5} {:>6} {:>5} {:>9} {:>9}",
        "document", "all", "fine", "panic", "5xx", "first", "request"
    );
    let (mut all, mut fine, mut panics, mut errors) = (0, 0, 0, 0);
    let (mut documents, mut whole) = (0, 0);
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for file in &files {
        let Ok(document) = Reader::new().open(file) else {
            println!("{:<44} cannot be read", name_of(file));
            documents += 1;
            continue;
        };
        let swept = sweep(document);
        let count = |wanted: fn(&Outcome) -> bool| swept.outcomes.iter().filter(|(_, outcome)| wanted(outcome)).count();
        let (own, panicked) =
            (count(|outcome| *outcome == Outcome::Fine), count(|outcome| *outcome == Outcome::Panicked));
        println!(
            "{:<44} {:>5} {own:>5} {panicked:>6} {:>5} {:>7.1}ms {:>7.1}µs",
            name_of(file),
            swept.outcomes.len(),
            swept.errors,
            swept.first.as_secs_f64() * 1e3,
            swept.each.as_secs_f64() * 1e6,
        );
        for (label, outcome) in &swept.outcomes {
            if let Outcome::Wrong(why) = outcome {
                *kinds.entry(why.split(':').next().unwrap_or_default().to_owned()).or_default() += 1;
                if told {
                    println!("    {label}: {why}");
                }
            } else if told && *outcome == Outcome::Panicked {
                println!("    {label}: panicked");
            }
        }
        documents += 1;
        whole += usize::from(own == swept.outcomes.len());
        all += swept.outcomes.len();
        fine += own;
        panics += panicked;
        errors += swept.errors;
    }
    let share = |part: usize, of: usize| 100.0 * part as f64 / of.max(1) as f64;
    println!(
        "\n{fine} of {all} operations ({:.2} %), {whole} of {documents} documents whole ({:.1} %)",
        share(fine, all),
        share(whole, documents)
    );
    println!("{panics} panics, {errors} server errors");
    kinds.iter().for_each(|(kind, count)| println!("{count:>6}  {kind}"));
    Ok(())
}

fn name_of(file: &Path) -> String {
    file.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in std::fs::read_dir(folder).with_context(|| format!("cannot read `{}`", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|end| end == "json" || end == "yaml" || end == "yml") {
            files.push(path);
        }
    }
    Ok(())
}

struct Swept {
    outcomes: Vec<(String, Outcome)>,
    errors: usize,
    /// From the document to the first answer.
    first: Duration,
    /// The mean of a request that is not the first of its operation.
    each: Duration,
}

fn sweep(document: Document) -> Swept {
    let document = Arc::new(document);
    let begun = Instant::now();
    let mock = Mock::from_document(Arc::clone(&document)).build();
    let mut first = None;
    let mut outcomes = Vec::new();
    let mut errors = 0;
    let mut each = Duration::ZERO;
    for operation in document.operations() {
        let request = mock.request(operation.index());
        let Some(request) = request else {
            outcomes.push((label(operation), Outcome::Wrong("no request can be built".to_owned())));
            continue;
        };
        let ask = |session: &str| {
            let mut request = request.clone();
            if let Ok(session) = session.parse() {
                request.headers_mut().insert("x-mock-session", session);
            }
            catch_unwind(AssertUnwindSafe(|| mock.answer(&request)))
        };
        let one = ask("first");
        first.get_or_insert_with(|| begun.elapsed());
        let again = Instant::now();
        let two = ask("second");
        each += again.elapsed();
        mock.reset_session("first");
        mock.reset_session("second");
        let outcome = match (one, two) {
            (Ok(one), Ok(two)) => {
                errors += usize::from(one.status.is_server_error());
                judge(operation, &one, &two)
            }
            _ => Outcome::Panicked,
        };
        outcomes.push((label(operation), outcome));
    }
    let count = u32::try_from(outcomes.len().max(1)).unwrap_or(u32::MAX);
    Swept { outcomes, errors, first: first.unwrap_or_default(), each: each / count }
}

fn label(operation: Operation<'_>) -> String {
    format!("{} {}", operation.method(), operation.path())
}

fn judge(operation: Operation<'_>, one: &Answer, two: &Answer) -> Outcome {
    let status = one.status.as_u16();
    let body = || String::from_utf8_lossy(&one.body).chars().take(300).collect::<String>();
    let documented = operation.responses().iter().any(|response| match response.status() {
        Status::Code(code) => code == status,
        Status::Range(hundred) => u16::from(hundred) == status / 100,
        _ => true,
    });
    let successes = operation.responses().iter().any(|response| match response.status() {
        Status::Code(code) => (200..400).contains(&code),
        Status::Range(hundred) => hundred == 2 || hundred == 3,
        _ => true,
    });
    let shape = |path: &str| {
        path.split('/').map(|segment| if segment.contains('{') { "{}" } else { segment }).collect::<Vec<_>>().join("/")
    };
    let answered = one.index.and_then(|index| operation.document().operation(index));
    // Documents have templates that differ in the name of a parameter only: no router tells them apart.
    let twin =
        answered.filter(|other| other.method() == operation.method() && shape(other.path()) == shape(operation.path()));
    let operation = twin.unwrap_or(operation);
    if one.index != Some(operation.index()) {
        let other = one.operation.clone().unwrap_or_else(|| format!("none ({status})"));
        return Outcome::Wrong(format!("another operation answered: {other}"));
    }
    if !(200..400).contains(&status) {
        return Outcome::Wrong(format!("no success, {status}: {}", body()));
    }
    if successes && !documented {
        return Outcome::Wrong(format!("{status} is not documented: {}", body()));
    }
    if !one.violations.is_empty() {
        return Outcome::Wrong(format!("the body breaks its schema: {} ({})", one.violations.join("; "), body()));
    }
    let is_json = one
        .header("content-type")
        .is_some_and(|kind| kind.contains("json") && !kind.contains("seq") && !kind.contains("ndjson"));
    if is_json && one.json().is_none() && !one.body.is_empty() {
        return Outcome::Wrong(format!("the body is not JSON: {}", body()));
    }
    if one.status != two.status || one.body != two.body {
        return Outcome::Wrong("the second answer is another one".to_owned());
    }
    Outcome::Fine
}
