//! Writes tests of an API: a fixture for each operation, and a Rust file that asks, and looks at the answers.
//!
//! Requests and answers are made by [`crate::engine`]; who is asked when the tests run, [`crate::client`] says.
//!
//! ```text
//! tracesnap mock generate tests openapi.yaml -o tests/api.rs
//! cargo test --test api                                                    # against the mock
//! MOCK_MODE=disabled API_BASE_URL=https://api.shop.example cargo test --test api
//! ```
//!
//! | test | asks | expects |
//! |---|---|---|
//! | `answers_with_…` | a valid request | the documented success |
//! | `answers_as_documented` | the same | a body that keeps to its schema, and has the fields it requires |
//! | `answers_in_time` | the same | an answer within [`DEFAULT_BUDGET`], or as many milliseconds as `API_BUDGET_MS` says |
//! | `refuses_…` | a request with one thing wrong | a status from 400 to 499 |
//! | `knows_its_errors` | nobody | bodies of documented errors, as the fixture has them, that keep to their schemas |
//!
//! With snapshots, `answers_as_documented` also holds the body against a snapshot of insta, where the mock answered: the
//! same seed gives the same body.

mod fixture;
mod refused;
mod rust;

pub use fixture::{DEFAULT_BUDGET, Fixture};

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::Mock;
use crate::patterns::words::words;

/// Writes tests of an API: see [`suite`](crate::suite).
#[derive(Clone, Debug)]
#[must_use = "nothing is written until `files`"]
pub struct Suite {
    mock: Mock,
    spec: String,
    fixtures: String,
    seed: u64,
    snapshots: bool,
}

/// A file of a suite.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SuiteFile {
    /// Its name: that of the fixture; empty for the Rust file.
    pub name: String,
    /// What is in it.
    pub text: String,
}

/// What is written of an operation.
struct Case {
    /// The name of its module and its fixture.
    name: String,
    label: String,
    status: u16,
    is_json: bool,
    refused: Option<String>,
    errors: Vec<u16>,
    fixture: Value,
}

impl Suite {
    /// Tests of the API of a mock, which must have this seed.
    pub fn of(mock: &Mock, seed: u64) -> Self {
        Self {
            mock: mock.clone(),
            spec: "openapi.yaml".to_owned(),
            fixtures: "fixtures".to_owned(),
            seed,
            snapshots: false,
        }
    }

    /// Where the document lies, from the folder of `Cargo.toml`. Default: `openapi.yaml`.
    pub fn spec(mut self, path: impl Into<String>) -> Self {
        self.spec = path.into();
        self
    }

    /// Where the fixtures will lie, from the folder of the Rust file. Default: `fixtures`.
    pub fn fixtures(mut self, folder: impl Into<String>) -> Self {
        self.fixtures = folder.into();
        self
    }

    /// Whether bodies are held against snapshots of insta, which the tests then need, with its feature `json`. Default:
    /// no.
    pub fn snapshots(mut self, snapshots: bool) -> Self {
        self.snapshots = snapshots;
        self
    }

    /// The fixtures, one for each operation that can be asked and answers with a success.
    #[must_use]
    pub fn fixture_files(&self) -> Vec<SuiteFile> {
        self.cases().into_iter().map(|case| file_of(&case)).collect()
    }

    /// The Rust file, then the fixtures.
    #[must_use]
    pub fn files(&self) -> Vec<SuiteFile> {
        let cases = self.cases();
        let title = self.mock.document().title().unwrap_or("an API").to_owned();
        let text = rust::write(&title, &self.spec, &self.fixtures, self.seed, self.snapshots, &cases);
        let mut files = vec![SuiteFile { name: String::new(), text }];
        files.extend(cases.iter().map(file_of));
        files
    }

    fn cases(&self) -> Vec<Case> {
        let mut taken = HashSet::new();
        let document = self.mock.document();
        document.operations().filter_map(|operation| self.case(operation, &mut taken)).collect()
    }

    fn case(&self, operation: tracesnap_openapi::Operation<'_>, taken: &mut HashSet<String>) -> Option<Case> {
        let index = operation.index();
        let request = self.mock.request(index)?;
        let session = "suite";
        let answer = self.mock.answer(&in_session(&request, session));
        self.mock.reset_session(session);
        if answer.index != Some(index) || !(200..400).contains(&answer.status.as_u16()) {
            return None;
        }
        let label = format!("{} {}", operation.method(), operation.path());
        let name = unique(module_name(operation.id().unwrap_or(&label)), taken);
        let status = answer.status.as_u16();
        let json_body = answer.header("content-type").filter(|kind| kind.contains("json")).and_then(|_| answer.json());
        let schema = operation.response(status).and_then(|response| response.json()).and_then(|media| media.schema());
        let required = match (&json_body, schema) {
            (Some(Value::Object(members)), Some(schema)) => {
                let required = schema.parts().into_iter().flat_map(tracesnap_openapi::Schema::required);
                let mut required: Vec<String> = required.map(str::to_owned).collect();
                required.retain(|name| members.contains_key(name));
                required.sort_unstable();
                required.dedup();
                required
            }
            _ => Vec::new(),
        };
        let refused = refused::find(&self.mock, operation, &request);
        let mut errors = Vec::new();
        for response in operation.responses() {
            let tracesnap_openapi::Status::Code(code @ 400..=599) = response.status() else { continue };
            let Some(sample) = self.mock.sample(index, Some(code), 0).and_then(|answer| answer.json()) else {
                continue;
            };
            errors.push(json!({"status": code, "body": sample}));
        }
        let mut written = json!({
            "operation": operation.id().unwrap_or(&label),
            "request": fixture::write_request(&request),
            "response": {
                "status": status,
                "content_type": answer.header("content-type"),
                "body": fixture::write_body(&answer.body),
            },
            "required": required,
            "errors": errors,
        });
        if let Some((why, request)) = &refused {
            written["refused"] = json!({"because": why, "request": fixture::write_request(request)});
        }
        Some(Case {
            name,
            label,
            status,
            is_json: json_body.is_some(),
            refused: refused.map(|(why, _)| why),
            errors: errors.iter().filter_map(|error| error["status"].as_u64()?.try_into().ok()).collect(),
            fixture: written,
        })
    }
}

fn file_of(case: &Case) -> SuiteFile {
    SuiteFile { name: format!("{}.json", case.name), text: format!("{:#}\n", case.fixture) }
}

fn in_session(request: &crate::engine::Request, session: &'static str) -> crate::engine::Request {
    let mut request = request.clone();
    request.headers_mut().insert("x-mock-session", http::HeaderValue::from_static(session));
    request
}

/// `list_orders` for `listOrders`.
fn module_name(name: &str) -> String {
    let words = words(name)
        .into_iter()
        .map(|word| word.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect::<String>());
    let mut name = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("_");
    if name.is_empty() || name.starts_with(|letter: char| letter.is_ascii_digit()) {
        name.insert_str(0, "operation_");
    }
    // Names that Rust keeps for itself, and those that the file uses.
    let is_kept = matches!(
        name.as_str(),
        "as" | "async"
            | "await"
            | "break"
            | "const"
            | "continue"
            | "crate"
            | "dyn"
            | "else"
            | "enum"
            | "extern"
            | "false"
            | "fn"
            | "for"
            | "if"
            | "impl"
            | "in"
            | "let"
            | "loop"
            | "match"
            | "mod"
            | "move"
            | "mut"
            | "pub"
            | "ref"
            | "return"
            | "self"
            | "static"
            | "struct"
            | "super"
            | "trait"
            | "true"
            | "type"
            | "unsafe"
            | "use"
            | "where"
            | "while"
            | "abstract"
            | "become"
            | "box"
            | "do"
            | "final"
            | "gen"
            | "macro"
            | "override"
            | "priv"
            | "try"
            | "typeof"
            | "unsized"
            | "virtual"
            | "yield"
            | "std"
            | "core"
            | "tokio"
            | "insta"
    );
    if is_kept { format!("{name}_") } else { name }
}

fn unique(name: String, taken: &mut HashSet<String>) -> String {
    let mut free = name.clone();
    let mut number = 2;
    while !taken.insert(free.clone()) {
        free = format!("{name}_{number}");
        number += 1;
    }
    free
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_are_named_after_operations_as_rust_allows() {
        let named = ["listOrders", "GET /orders/{id}", "type", "7", "ÄÖ", "v2-get_it"].map(module_name);
        assert_eq!(named, ["list_orders", "get_orders_id", "type_", "operation_7", "operation_", "v2_get_it"]);
    }
}
