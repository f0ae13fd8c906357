//! The Rust file of a suite.

use std::fmt::Write;

use super::Case;

pub(super) fn write(title: &str, spec: &str, fixtures: &str, seed: u64, snapshots: bool, cases: &[Case]) -> String {
    let mut text = String::new();
    let title = line(title);
    // Writing to a text cannot fail.
    let _ = write!(
        text,
        "//! Tests of {title}, as `tracesnap mock generate tests` writes them.\n\
         //!\n\
         //! Without further ado a mock answers. `MOCK_MODE` says who else does: `record`, `playback`, `hybrid`, or `disabled` for\n\
         //! the service itself, whose address is in `API_BASE_URL`. An answer has {budget}, or `API_BUDGET_MS`.\n\n\
         use std::sync::{{Arc, LazyLock}};\n\n\
         use tracesnap_mock::Mock;\n\
         use tracesnap_mock::client::{{AnsweredBy, SmartClient, SmartResponse}};\n\
         use tracesnap_mock::suite::Fixture;\n\
         use tracesnap_openapi::Document;\n\
         use tracesnap_record::Mode;\n\n\
         /// The document, read once.\n\
         static DOCUMENT: LazyLock<Arc<Document>> = LazyLock::new(|| {{\n    \
         let path = concat!(env!(\"CARGO_MANIFEST_DIR\"), {spec:?});\n    \
         Arc::new(Document::open(path).expect(\"the document can be read\"))\n}});\n\n\
         /// A mock that remembers nothing of other tests.\n\
         fn mock() -> Mock {{\n    \
         Mock::from_document(Arc::clone(&DOCUMENT)).seed({seed}).build()\n}}\n\n\
         fn client() -> SmartClient {{\n    \
         let base = std::env::var(\"API_BASE_URL\").unwrap_or_else(|_| \"http://localhost\".to_owned());\n    \
         let client = SmartClient::builder(base).mock(mock()).default_mode(Mode::Mock);\n    \
         client.build().expect(\"the mode and its recording can be used\")\n}}\n\n\
         /// Sends a valid request; in modes that record, what was said is kept.\n\
         async fn ask(fixture: &Fixture) -> SmartResponse {{\n    \
         let client = client();\n    \
         let answer = fixture.send(&client).await.expect(\"somebody answers\");\n    \
         client.finish().expect(\"all went as the mode wants it\");\n    \
         answer\n}}\n\n\
         async fn ask_wrongly(fixture: &Fixture) -> SmartResponse {{\n    \
         let client = client();\n    \
         let answer = fixture.send_refused(&client).await.expect(\"somebody answers\");\n    \
         client.finish().expect(\"all went as the mode wants it\");\n    \
         answer\n}}\n",
        budget = format_args!("{} s", super::DEFAULT_BUDGET.as_secs()),
        spec = format!("/{}", spec.trim_start_matches('/')),
    );
    // What no operation needs would be a warning.
    let has_refused = cases.iter().any(|case| case.refused.is_some());
    let has_snapshots = snapshots && cases.iter().any(|case| case.is_json);
    if !has_refused && let Some(at) = text.find("\nasync fn ask_wrongly") {
        text.truncate(at);
    }
    if !has_snapshots {
        text = text.replace("{AnsweredBy, SmartClient", "{SmartClient");
    }
    cases.iter().for_each(|case| write_case(&mut text, case, fixtures, snapshots));
    text
}

fn write_case(text: &mut String, case: &Case, fixtures: &str, snapshots: bool) {
    let Case { name, status, .. } = case;
    let _ = write!(
        text,
        "\n/// {label}\nmod {name} {{\n    use super::*;\n\n    \
         fn fixture() -> Fixture {{\n        \
         Fixture::parse(include_str!({path:?}))\n    }}\n\n    \
         #[tokio::test]\n    async fn answers_with_{status}() {{\n        \
         let answer = ask(&fixture()).await;\n        \
         assert_eq!(answer.status(), {status}, \"{{:?}}\", answer.body());\n    }}\n\n    \
         #[tokio::test]\n    async fn answers_as_documented() {{\n        \
         let answer = ask(&fixture()).await;\n        \
         fixture().assert_keeps(&mock(), &answer);\n",
        label = line(&case.label),
        path = format!("{fixtures}/{name}.json"),
    );
    if snapshots && case.is_json {
        let _ = write!(
            text,
            "        // The same seed gives the same answer; a service has one of its own.\n        \
             if answer.answered_by() == AnsweredBy::Mock {{\n            \
             insta::assert_json_snapshot!({name:?}, answer.json().expect(\"JSON\"));\n        }}\n"
        );
    }
    let _ = write!(
        text,
        "    }}\n\n    \
         #[tokio::test]\n    async fn answers_in_time() {{\n        \
         let took = ask(&fixture()).await.duration();\n        \
         assert!(took < Fixture::budget(), \"it took {{took:?}}\");\n    }}\n"
    );
    if let Some(why) = &case.refused {
        let _ = write!(
            text,
            "\n    #[tokio::test]\n    async fn refuses_{why}() {{\n        \
             let answer = ask_wrongly(&fixture()).await;\n        \
             assert!(answer.status().is_client_error(), \"{{}} {{:?}}\", answer.status(), answer.body());\n    }}\n"
        );
    }
    if !case.errors.is_empty() {
        let errors: Vec<String> = case.errors.iter().map(u16::to_string).collect();
        let _ = write!(
            text,
            "\n    /// {}\n    #[test]\n    fn knows_its_errors() {{\n        \
             fixture().assert_errors(&mock());\n    }}\n",
            errors.join(", ")
        );
    }
    text.push_str("}\n");
}

/// A text of the document in a comment: one line, and no end of the comment.
fn line(text: &str) -> String {
    text.chars()
        .map(|letter| if letter.is_control() || "\u{2028}\u{2029}".contains(letter) { ' ' } else { letter })
        .take(200)
        .collect()
}
