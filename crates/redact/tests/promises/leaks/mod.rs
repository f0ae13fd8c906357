//! Values made from public specifications, planted where programs put them: none may be read in what comes out. Values
//! that are nobody's secret: nearly all must come out as they went in.
//!
//! Nothing here knows a rule of the crate. The checker decodes the output itself: a value that is still there in Base64 is
//! a leak.

mod clean;
mod kinds;
mod plant;
mod rng;
mod views;

use std::collections::BTreeMap;

use serde_json::Value;
use tracesnap_redact::Policy;

use kinds::{BY_FORM, TELLING};
use plant::{PLACES, WRITINGS};
use rng::Rng;
use views::reveals;

/// Each kind in every writing, each time at another place: enough for every kind, writing and place to meet often.
const ROUNDS: u64 = 2;

struct Case {
    kind: &'static str,
    writing: &'static str,
    place: &'static str,
    secret: String,
    /// The text alone, and in a document.
    text: String,
    document: String,
}

fn cases(seed: u64) -> Vec<Case> {
    // `TRACESNAP_LEAK_SEED=7 cargo test …` plants others.
    let other = std::env::var("TRACESNAP_LEAK_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(0_u64);
    let mut rng = Rng::new(seed.wrapping_add(other << 32));
    let mut cases = Vec::new();
    for round in 0..ROUNDS {
        for (at, kind) in BY_FORM.iter().enumerate() {
            for (turn, writing) in WRITINGS.into_iter().enumerate() {
                let place = PLACES[(at + turn + round as usize * 3) % PLACES.len()];
                let planted = (kind.make)(&mut rng);
                let text = plant::write(&planted.text, writing, &mut rng);
                let document = plant::document(&text, place, &mut rng);
                cases.push(Case { kind: kind.name, writing, place, secret: planted.secret, text, document });
            }
        }
    }
    cases
}

/// Where several leak, the first of each kind and writing is enough to see why.
fn report(leaks: Vec<(&Case, String)>, all: usize) {
    let mut by: BTreeMap<(&str, &str), (usize, &Case, String)> = BTreeMap::new();
    let count = leaks.len();
    for (case, out) in leaks {
        by.entry((case.kind, case.writing)).or_insert((0, case, out)).0 += 1;
    }
    let told: Vec<String> = by
        .values()
        .take(40)
        .map(|(count, case, out)| {
            format!("{count} × {}, {}, {}:\n  in  {}\n  out {out}", case.kind, case.writing, case.place, case.document)
        })
        .collect();
    assert!(by.is_empty(), "{count} of {all} leak\n{}", told.join("\n"));
}

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
    assert!(cases.len() >= 2_000 && BY_FORM.len() >= 40, "{} of {}", cases.len(), BY_FORM.len());
    let leaks: Vec<_> = cases
        .iter()
        .filter_map(|case| {
            let out = filtered(&policy, case.document.as_bytes());
            reveals(&out, &case.secret).then_some((case, out))
        })
        .collect();
    report(leaks, cases.len());
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
    report(leaks, cases.len());
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
    report(leaks, cases.len() * 2);
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
