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
use bytes::Bytes;
use http::{HeaderName, Request};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use tracesnap_mock::Mock;
use tracesnap_mock::engine::Answer;
use tracesnap_mock::generate::{Generator, Given, Settings};
use tracesnap_openapi::{Document, Location, Operation, Parameter, Reader, Schema, SecurityKind, Status, Style};

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
    let mut settings = Settings::default();
    settings = settings.with_seed(4_711);
    let generator = Generator::new(Arc::clone(&document), settings);
    let begun = Instant::now();
    let mock = Mock::from_document(Arc::clone(&document)).build();
    let mut first = None;
    let mut outcomes = Vec::new();
    let mut errors = 0;
    let mut each = Duration::ZERO;
    for operation in document.operations() {
        let request = build(&generator, operation);
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

/// A field of a form: what is no text is JSON.
fn field(value: &Value) -> String {
    if value.is_object() || value.is_array() { value.to_string() } else { text(value) }
}

/// The value of a parameter: its example where it has one, else one that is made of its schema.
fn value_of(generator: &Generator, parameter: &Parameter<'_>) -> Value {
    let example = parameter.examples().into_iter().find_map(|example| Some(example.value?.value().clone()));
    let made = || parameter.schema().map(|schema| generator.value(schema, &Given::key(1)));
    match example.filter(|value| !value.is_null()) {
        // Examples break their schemas now and then.
        Some(example) if parameter.schema().is_none() => example,
        _ => made().unwrap_or_else(|| Value::from("x")),
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(","),
        Value::Object(members) => {
            members.iter().map(|(name, value)| format!("{name},{}", text(value))).collect::<Vec<_>>().join(",")
        }
        other => other.to_string(),
    }
}

fn escape(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

fn build(generator: &Generator, operation: Operation<'_>) -> Option<Request<Bytes>> {
    let mut path = operation.path().split('#').next().unwrap_or_default().to_owned();
    let mut query: Vec<(String, String)> = Vec::new();
    let mut headers: Vec<(String, String)> = Vec::new();
    let parameters = operation.parameters();
    for parameter in parameters.iter().filter(|parameter| parameter.is_required()) {
        let value = value_of(generator, parameter);
        let name = parameter.name();
        let written = if parameter.content().is_some() { value.to_string() } else { text(&value) };
        match parameter.location() {
            Location::Path => {
                let before = match parameter.style() {
                    Style::Label => ".".to_owned(),
                    Style::Matrix => format!(";{name}="),
                    _ => String::new(),
                };
                // What has no text would be another path.
                let written = if written.is_empty() { "x".to_owned() } else { written };
                let escaped = format!("{before}{}", escape(&written));
                for open in
                    [format!("{{{name}}}"), format!("{{+{name}}}"), format!("{{{name}+}}"), format!("{{{name}*}}")]
                {
                    path = path.replace(&open, &escaped);
                }
                path = path.replace(&format!("<{name}>"), &escaped);
                let colon = format!(":{name}");
                let segments = path.split('/').map(|segment| if segment == colon { escaped.as_str() } else { segment });
                path = segments.collect::<Vec<_>>().join("/");
            }
            Location::Query => write_query(parameter, &value, &written, &mut query),
            Location::Header => headers.push((name.to_owned(), written)),
            Location::Cookie => headers.push(("cookie".to_owned(), format!("{name}={}", escape(&written)))),
            _ => {}
        }
    }
    // Names that nobody declared.
    while let Some(open) = path.find(['{', '<']) {
        let close = path[open..].find(['}', '>'])?;
        path.replace_range(open..=open + close, "x1");
    }
    credentials(operation, &mut query, &mut headers);
    let (path, own) =
        path.split_once('?').map_or((path.clone(), String::new()), |(path, query)| (path.to_owned(), query.to_owned()));
    let mut target = path.replace(' ', "%20");
    if !target.starts_with('/') {
        target.insert(0, '/');
    }
    let mut serializer = form_urlencoded::Serializer::new(String::new());
    query.iter().for_each(|(name, value)| {
        serializer.append_pair(name, value);
    });
    let written = serializer.finish();
    let joined: Vec<_> = [own.as_str(), written.as_str()].into_iter().filter(|part| !part.is_empty()).collect();
    if !joined.is_empty() {
        target = format!("{target}?{}", joined.join("&"));
    }
    let mut request = Request::builder().method(operation.method()).uri(target);
    for (name, value) in headers {
        let clean: String = value.chars().filter(|letter| letter.is_ascii() && !letter.is_ascii_control()).collect();
        // Two schemes in one header: the last one is the one with a form of its own.
        let name: HeaderName = name.parse().ok()?;
        request.headers_mut()?.insert(name, clean.parse().ok()?);
    }
    let (content_type, body) = body_of(generator, operation);
    if let Some(content_type) = content_type {
        request = request.header("content-type", content_type);
    }
    request.body(body).ok()
}

fn write_query(parameter: &Parameter<'_>, value: &Value, written: &str, query: &mut Vec<(String, String)>) {
    let name = parameter.name();
    match value {
        Value::Array(items) if parameter.explode() && parameter.content().is_none() => {
            items.iter().for_each(|item| query.push((name.to_owned(), text(item))));
        }
        Value::Array(items) if parameter.content().is_none() => {
            let by = match parameter.style() {
                Style::SpaceDelimited => " ",
                Style::PipeDelimited => "|",
                Style::TabDelimited => "\t",
                _ => ",",
            };
            query.push((name.to_owned(), items.iter().map(text).collect::<Vec<_>>().join(by)));
        }
        Value::Object(members) if parameter.style() == Style::DeepObject => {
            members.iter().for_each(|(key, value)| query.push((format!("{name}[{key}]"), text(value))));
        }
        Value::Object(members) if parameter.explode() && parameter.content().is_none() => {
            members.iter().for_each(|(key, value)| query.push((key.clone(), text(value))));
        }
        _ => query.push((name.to_owned(), written.to_owned())),
    }
}

fn credentials(operation: Operation<'_>, query: &mut Vec<(String, String)>, headers: &mut Vec<(String, String)>) {
    let security = operation.security();
    let Some(requirement) = security.first() else { return };
    for (_, scheme, _) in &requirement.schemes {
        match scheme.map(|scheme| scheme.kind()) {
            Some(SecurityKind::ApiKey { location: "query", name }) => {
                query.push((name.to_owned(), "test-key".to_owned()));
            }
            Some(SecurityKind::ApiKey { location: "cookie", name }) => {
                headers.push(("cookie".to_owned(), format!("{name}=test-key")));
            }
            Some(SecurityKind::ApiKey { name, .. }) => headers.push((name.to_owned(), "test-key".to_owned())),
            Some(SecurityKind::Http { scheme }) if scheme.eq_ignore_ascii_case("basic") => {
                headers.push(("authorization".to_owned(), "Basic dGVzdDp0ZXN0".to_owned()));
            }
            Some(SecurityKind::Http { scheme }) => headers.push(("authorization".to_owned(), format!("{scheme} test"))),
            Some(SecurityKind::OAuth2 | SecurityKind::OpenIdConnect { .. }) => {
                headers.push(("authorization".to_owned(), "Bearer test".to_owned()));
            }
            _ => {}
        }
    }
}

fn body_of(generator: &Generator, operation: Operation<'_>) -> (Option<String>, Bytes) {
    let Some(body) = operation.body() else { return (None, Bytes::new()) };
    let Some(media) = body.json().or_else(|| body.content().first().cloned()) else { return (None, Bytes::new()) };
    let value = media.schema().map(|schema| generator.value(schema, &Given::key(2)));
    let essence = media.essence();
    if media.is_json() {
        let name = if essence == "*/*" { "application/json".to_owned() } else { media.name().to_owned() };
        let value = value.unwrap_or_else(|| serde_json::json!({}));
        return (Some(name), value.to_string().into());
    }
    let members = value.as_ref().and_then(Value::as_object).cloned().unwrap_or_default();
    if essence == "application/x-www-form-urlencoded" {
        let mut form = form_urlencoded::Serializer::new(String::new());
        for (name, value) in &members {
            match value {
                Value::Array(items) => items.iter().for_each(|item| {
                    form.append_pair(name, &field(item));
                }),
                Value::Object(inner) => inner.iter().for_each(|(key, value)| {
                    form.append_pair(&format!("{name}[{key}]"), &field(value));
                }),
                other => {
                    form.append_pair(name, &text(other));
                }
            }
        }
        return (Some(essence), form.finish().into());
    }
    if essence.starts_with("multipart/") {
        let mut parts = String::new();
        let properties = media.schema().map(Schema::possible_properties).unwrap_or_default();
        for (name, value) in &members {
            let is_file = properties.iter().any(|(known, schema)| known == name && schema.is_file());
            let file = if is_file { "; filename=\"file.bin\"" } else { "" };
            let written = match value {
                Value::Object(_) => vec![value.to_string()],
                Value::Array(items) => items.iter().map(field).collect(),
                other => vec![text(other)],
            };
            for one in written {
                parts.push_str(&format!(
                    "--mock\r\ncontent-disposition: form-data; name=\"{name}\"{file}\r\n\r\n{one}\r\n"
                ));
            }
        }
        parts.push_str("--mock--\r\n");
        return (Some(format!("{essence}; boundary=mock")), parts.into());
    }
    let name = if essence.contains('*') { "application/octet-stream".to_owned() } else { media.name().to_owned() };
    (Some(name), value.as_ref().map_or_else(|| "test".to_owned(), text).into())
}
