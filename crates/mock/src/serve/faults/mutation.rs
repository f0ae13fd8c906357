//! Puts other values into an answer: awkward ones that its schema allows, or one that it forbids.
//!
//! Values at the edges of a schema are what callers forget: the empty list, the longest name, zero, the last of the
//! choices, a field that need not be there. Whether a body keeps to its schema, [`crate::validate`] says.

use std::str::FromStr;

use serde_json::{Map, Number, Value, json};

use super::places::Said;
use crate::engine::{Answer, Key, Mock};

/// How values are changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Mutation {
    /// Up to three values become ones at the edge of what the schema allows.
    #[default]
    Edge,
    /// One value becomes what the schema forbids. The answer says so in `x-mock-mutation`.
    Invalid,
}

impl FromStr for Mutation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.to_ascii_lowercase().as_str() {
            "edge" => Ok(Self::Edge),
            "invalid" => Ok(Self::Invalid),
            _ => Err(format!("unknown mutation `{text}`, expected edge or invalid")),
        }
    }
}

/// Values of one answer that are changed at most.
const MOST_CHANGES: usize = 3;
/// Places that are tried; bodies may have very many.
const MOST_TRIED: usize = 24;
/// Places that are looked at.
const MOST_PLACES: usize = 2_000;
/// Letters of a long text.
const LONG: usize = 4_096;

/// Another answer, or the same where it has no JSON, or nothing can be changed.
pub(crate) fn mutate(mock: &Mock, mut answer: Answer, mutation: Mutation, key: u64) -> Answer {
    let Some(index) = answer.index else { return answer };
    let status = answer.status.as_u16();
    let document = mock.document();
    let schema = document
        .operation(index)
        .and_then(|operation| operation.response(status))
        .and_then(|response| response.json())
        .and_then(|media| media.schema());
    let is_json = answer.header("content-type").is_some_and(|kind| kind.contains("json"));
    let (Some(schema), Some(mut body), true) = (schema, answer.json(), is_json) else { return answer };
    let bundle = schema.bundle();
    let is_valid = |body: &Value| {
        mock.check_answer(index, Some(status), body.to_string().as_bytes()).is_some_and(|wrong| wrong.is_empty())
    };
    if !is_valid(&body) {
        return answer;
    }
    let mut places = Vec::new();
    find(&body, &Said::of(&bundle), mutation, String::new(), &mut places);
    shuffle(&mut places, key);
    let most = if mutation == Mutation::Edge { MOST_CHANGES } else { 1 };
    let mut told = Vec::new();
    for (pointer, mut changes) in places.into_iter().take(MOST_TRIED) {
        if told.len() >= most {
            break;
        }
        shuffle(&mut changes, key ^ 1);
        for (what, change) in changes {
            let mut other = body.clone();
            if change.apply(&mut other, &pointer) && other != body && is_valid(&other) == (mutation == Mutation::Edge) {
                body = other;
                told.push(format!("{} {what}", if pointer.is_empty() { "the body" } else { &pointer }));
                break;
            }
        }
    }
    if told.is_empty() {
        return answer;
    }
    let kind = if mutation == Mutation::Edge { "edge" } else { "invalid" };
    answer.set("x-mock-mutation", format!("{kind}: {}", told.join("; ")));
    answer.body = crate::engine::json(&body);
    answer
}

/// What is put somewhere.
#[derive(Clone, Debug)]
enum Change {
    Value(Value),
    Remove,
}

impl Change {
    /// `false` if the place is gone.
    fn apply(self, body: &mut Value, pointer: &str) -> bool {
        match self {
            Self::Value(value) => body.pointer_mut(pointer).map(|place| *place = value).is_some(),
            Self::Remove => {
                let Some((parent, name)) = pointer.rsplit_once('/') else { return false };
                let name = name.replace("~1", "/").replace("~0", "~");
                let members = body.pointer_mut(parent).and_then(Value::as_object_mut);
                members.is_some_and(|members| members.shift_remove(&name).is_some())
            }
        }
    }
}

type Changes = Vec<(&'static str, Change)>;

/// All places, and what may be put there. It recurses as deep as the body.
fn find(value: &Value, said: &Said<'_>, mutation: Mutation, pointer: String, to: &mut Vec<(String, Changes)>) {
    if to.len() >= MOST_PLACES {
        return;
    }
    let mut changes = if mutation == Mutation::Edge { edges(value, said) } else { breaks(value) };
    if !pointer.is_empty()
        && !matches!(pointer.rsplit('/').next(), Some(last) if last.bytes().all(|b| b.is_ascii_digit()))
    {
        changes.push(("left out", Change::Remove));
    }
    to.push((pointer.clone(), changes));
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let name_of = name.replace('~', "~0").replace('/', "~1");
                find(member, &said.member(name), mutation, format!("{pointer}/{name_of}"), to);
            }
        }
        Value::Array(items) => {
            let of_items = said.items();
            for (at, item) in items.iter().enumerate() {
                find(item, &of_items, mutation, format!("{pointer}/{at}"), to);
            }
        }
        _ => {}
    }
}

/// Values at the edges of what the schema says.
fn edges(value: &Value, said: &Said<'_>) -> Changes {
    let mut all: Changes = Vec::new();
    let mut add = |what, value: Value| all.push((what, Change::Value(value)));
    add("null", Value::Null);
    for choice in said.all("enum").filter_map(Value::as_array).flatten() {
        add("another choice", choice.clone());
    }
    match value {
        Value::Number(number) => {
            for (word, what) in [("minimum", "at its least"), ("maximum", "at its most")] {
                said.all(word).filter(|bound| bound.is_number()).for_each(|bound| add(what, bound.clone()));
            }
            if number.is_f64() {
                add("not exact in decimals", json!(0.1 + 0.2));
                add("very large", json!(1e300));
                add("a very small number", json!(f64::MIN_POSITIVE));
            }
            add("zero", json!(0));
            add("negative", json!(-1));
            add("at the end of 32 bits", json!(i32::MAX));
            add("beyond what a double counts", json!(9_007_199_254_740_993_i64));
            add("at the end of 64 bits", json!(i64::MAX));
        }
        Value::String(text) => {
            for length in said.all("minLength").filter_map(Value::as_u64) {
                add("as short as it may be", text_of(usize::try_from(length).unwrap_or(LONG).min(LONG)).into());
            }
            for length in said.all("maxLength").filter_map(Value::as_u64) {
                add("as long as it may be", text_of(usize::try_from(length).unwrap_or(LONG).min(LONG)).into());
            }
            for format in said.all("format").filter_map(Value::as_str) {
                of_format(format).iter().for_each(|edge| add("an odd one of its format", Value::from(*edge)));
            }
            add("empty", "".into());
            add("a space", " ".into());
            add("long", text_of(LONG).into());
            add("of several scripts", "Ünïcödé 名前 اسم 🧪".into());
            add("with a quote and an end of line", "O'Brien \"x\"\n<b>&amp;</b>".into());
            add("right to left", "\u{202e}abc\u{202c}".into());
            if !text.is_empty() {
                add("with spaces around", format!(" {text} ").into());
            }
        }
        Value::Bool(truth) => add("the other one", Value::Bool(!truth)),
        Value::Array(items) => {
            add("empty", json!([]));
            if let Some(first) = items.first() {
                add("of one item", json!([first]));
                let most = said.all("maxItems").filter_map(Value::as_u64).min().unwrap_or(200);
                let most = usize::try_from(most).unwrap_or(200).min(200);
                add("of very many", Value::Array(items.iter().cycle().take(most).cloned().collect()));
            }
        }
        Value::Object(members) => {
            add("empty", json!({}));
            let mut more = members.clone();
            more.insert("x_unexpected".to_owned(), json!("a field nobody documented"));
            add("with a field more", Value::Object(more));
        }
        Value::Null => {}
    }
    all
}

/// Values that schemas mostly forbid.
fn breaks(value: &Value) -> Changes {
    let mut all: Changes = vec![("null", Change::Value(Value::Null))];
    let other = match value {
        Value::String(_) => json!(42),
        Value::Number(number) => json!(number.to_string()),
        Value::Bool(truth) => json!(truth.to_string()),
        Value::Array(items) => Value::Object(Map::from_iter(items.first().map(|item| ("0".to_owned(), item.clone())))),
        Value::Object(_) => json!([]),
        Value::Null => json!(false),
    };
    all.push(("of another type", Change::Value(other)));
    if let Value::Number(number) = value {
        let whole = Number::from_f64(number.as_f64().unwrap_or_default() + 0.5);
        all.extend(whole.map(|number| ("not whole", Change::Value(Value::Number(number)))));
        all.push(("below its least", Change::Value(json!(-1_000_000_000))));
    }
    if value.is_string() {
        all.push(("no choice, no format", Change::Value("not one".into())));
    }
    all
}

fn text_of(length: usize) -> String {
    "lorem ipsum ".chars().cycle().take(length).collect()
}

fn of_format(format: &str) -> &'static [&'static str] {
    match format {
        "date-time" => &[
            "1970-01-01T00:00:00Z",
            "2016-12-31T23:59:59.999999999-12:00",
            "9999-12-31T23:59:59Z",
            "2024-02-29T00:00:00+14:00",
        ],
        "date" => &["1970-01-01", "2024-02-29", "9999-12-31", "0001-01-01"],
        "time" => &["00:00:00Z", "23:59:59.999Z"],
        "email" => &["a@b.example", "first.last+tag@sub.domain.example", "\"quoted\"@example.com"],
        "uuid" => &["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"],
        "uri" | "url" => &["http://a", "https://example.com:8443/%F0%9F%A7%AA?q=%20#x", "urn:isbn:0451450523"],
        "ipv4" => &["0.0.0.0", "255.255.255.255"],
        "ipv6" => &["::", "::ffff:192.0.2.128"],
        _ => &[],
    }
}

/// In an order that the key decides.
fn shuffle<T>(all: &mut [T], key: u64) {
    for at in (1..all.len()).rev() {
        let other = Key::of("shuffle").number(key).number(at as u64).finish() % (at as u64 + 1);
        all.swap(at, usize::try_from(other).unwrap_or(0));
    }
}
