//! Values that must not be written are not; values that are nobody's secret nearly all come out as they went in.

use serde_json::Value;
use tracesnap_leaks::kinds::{self, TELLING};
use tracesnap_leaks::{Rng, assert_none, cases, clean, plant, reveals};
use tracesnap_redact::Policy;

fn filtered(policy: &Policy, json: &[u8]) -> String {
    let mut out = Vec::new();
    policy.redact_json(json, &mut out).expect("it is a document");
    let text = String::from_utf8(out).expect("text");
    serde_json::from_str::<Value>(&text).expect("what comes out is a document");
    text
}

#[test]
fn no_value_leaks_from_a_document() {
    let policy = Policy::for_captures();
    let cases = cases(4711);
    let leaks: Vec<_> = cases
        .iter()
        .filter_map(|case| {
            let out = filtered(&policy, case.document.as_bytes());
            reveals(&out, &case.secret).then_some((case, out))
        })
        .collect();
    assert_none(leaks, cases.len());
}

#[test]
fn who_looks_at_what_was_redacted_finds_nothing_more() {
    let policy = Policy::for_captures();
    let cases = cases(4717);
    let found = cases.iter().filter_map(|case| {
        let value: Value = serde_json::from_str(&case.document).expect("it is a document");
        let json = serde_json::to_vec(&policy.redacting(&value)).expect("it is written");
        let once = filtered(&policy, &json);
        let twice = filtered(&policy, once.as_bytes());
        let finding = policy.scan(once.as_bytes()).into_iter().next();
        (finding.is_some() || once != twice).then(|| (case, format!("{finding:?}\n once {once}\n twice {twice}")))
    });
    assert_none(found.collect::<Vec<_>>(), cases.len());
}

#[test]
fn no_value_leaks_from_what_is_serialised_and_then_filtered() {
    let policy = Policy::for_captures();
    let cases = cases(4712);
    let leaks: Vec<_> = cases
        .iter()
        .filter_map(|case| {
            let value: Value = serde_json::from_str(&case.document).expect("it is a document");
            let json = serde_json::to_vec(&policy.redacting(&value)).expect("it is written");
            let out = filtered(&policy, &json);
            reveals(&out, &case.secret).then_some((case, out))
        })
        .collect();
    assert_none(leaks, cases.len());
}

#[test]
fn no_value_leaks_from_a_text() {
    let policy = Policy::default();
    let cases = cases(4713);
    let leaks: Vec<_> = cases
        .iter()
        .flat_map(|case| [&case.text, &case.document].map(|text| (case, text)))
        .filter_map(|(case, text)| {
            let out = policy.redact_text(text).into_owned();
            reveals(&out, &case.secret).then(|| (case, format!("{out}\n  of {text}")))
        })
        .collect();
    assert_none(leaks, cases.len() * 2);
}

#[test]
fn a_value_under_a_telling_name_never_leaks_whatever_it_is() {
    let policy = Policy::for_captures();
    let mut rng = Rng::new(4714);
    for name in TELLING {
        for _ in 0..10 {
            let secret = kinds::unspeaking(&mut rng);
            let documents = [
                serde_json::json!({ "a": [{ *name: secret }] }).to_string(),
                serde_json::json!({ "a": { *name: { "inner": [secret] } } }).to_string(),
                serde_json::json!([{ "name": name, "value": secret }]).to_string(),
                format!(r#"{{"value":"{secret}","other":1,"name":"{name}"}}"#),
                serde_json::json!({ "headers": [[name, secret]] }).to_string(),
                serde_json::json!({ "body": serde_json::json!({ *name: secret }).to_string() }).to_string(),
                serde_json::json!({ "body": format!("a=1&{name}={secret}&b=2") }).to_string(),
                serde_json::json!({ "url": format!("https://x.example/cb?{name}={secret}#top") }).to_string(),
                serde_json::json!({ "body": plant::percent(&format!("a=1&{name}={secret}")) }).to_string(),
                serde_json::json!({ "body": kinds::base64(format!("{{\"{name}\":\"{secret}\"}}").as_bytes()) })
                    .to_string(),
                serde_json::json!({ "raw": format!("Host: x\r\n{name}: {secret}\r\nAccept: */*") }).to_string(),
                serde_json::json!({ "raw": format!("Thing {{ id: 7, {}: {secret:?} }}", name.replace('-', "_")) })
                    .to_string(),
                serde_json::json!({ "xml": format!("<a><{name}>{secret}</{name}></a>") }).to_string(),
                serde_json::json!({ "cmd": format!("tool --{} {secret} --verbose", name.replace('_', "-")) })
                    .to_string(),
                serde_json::json!({ "sse": format!("data: {{\"{name}\": \"{secret}\"}}\n\n") }).to_string(),
                serde_json::json!({ "multipart": format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{secret}\r\n--b--\r\n") }).to_string(),
                serde_json::json!({ "rawHeaders": ["Host", "x", name, secret.clone() + "7"] }).to_string(),
                serde_json::json!([{ "ParameterKey": name, "ParameterValue": secret }]).to_string(),
                serde_json::json!({ "sql": format!("UPDATE u SET {} = '{secret}' WHERE id = 7", name.replace('-', "_")) }).to_string(),
                serde_json::json!({ "query": format!("mutation {{ login(id: 7, {}: \"{secret}\") {{ ok }} }}", name.replace('-', "_")) }).to_string(),
                serde_json::json!({ "line": format!("level=info {name}={secret} took=3ms") }).to_string(),
            ];
            for document in documents {
                let out = filtered(&policy, document.as_bytes());
                assert!(!reveals(&out, &secret), "{name}\n  in  {document}\n  out {out}");
                let out = policy.redact_text(&document);
                assert!(!reveals(&out, &secret), "{name}, as text\n  in  {document}\n  out {out}");
            }
        }
    }
}

#[test]
fn a_card_that_is_a_number_does_not_leak() {
    let policy = Policy::default();
    let mut rng = Rng::new(4715);
    for _ in 0..300 {
        let card = kinds::card_number(&mut rng).secret;
        for document in [
            format!(r#"{{"x":{card}}}"#),
            format!("[1,{card},2]"),
            format!(r#"{{"x":{card}.0}}"#),
            format!(r#"{{"s":"{{\"x\":{card}}}"}}"#),
        ] {
            let out = filtered(&policy, document.as_bytes());
            assert!(!reveals(&out, &card), "{document} became {out}");
        }
    }
}

#[test]
fn fewer_than_one_clean_value_in_a_hundred_is_touched() {
    let policy = Policy::for_captures();
    let mut rng = Rng::new(4716);
    let mut touched: Vec<String> = Vec::new();
    const VALUES: usize = 5_000;
    for _ in 0..VALUES {
        let (name, value) = clean::entry(&mut rng);
        let document = serde_json::json!({ "a": [{ name: value }] }).to_string();
        let out = filtered(&policy, document.as_bytes());
        let text = value.as_str().map(str::to_owned).unwrap_or_else(|| value.to_string());
        let plain = policy.redact_text(&text);
        if out != document || plain != text {
            touched.push(format!("{document} became {out}, as text {plain}"));
        }
    }
    assert!(touched.len() * 100 < VALUES, "{} of {VALUES}:\n{}", touched.len(), touched.join("\n"));
    println!("{} of {VALUES} clean values were touched:\n{}", touched.len(), touched.join("\n"));
}
