//! One capture of each kind: of many that look the same only one is worth a test.

use std::collections::HashSet;

use serde_json::Value;

use crate::document::Document;

/// The first of each kind, in order.
pub(crate) fn of<T>(all: Vec<T>, document: impl Fn(&T) -> &Document) -> Vec<T> {
    let mut seen = HashSet::new();
    all.into_iter().filter(|one| seen.insert(kind(document(one)))).collect()
}

/// How it ended, and the shape of arguments and outcome.
fn kind(document: &Document) -> String {
    let mut text = String::new();
    if let Some(outcome) = &document.outcome {
        text.push_str(outcome.kind.as_str());
        // Which error it was makes the difference, not which value was returned.
        match outcome.kind {
            crate::OutcomeKind::Error => shape(&outcome.value, true, &mut text),
            _ => shape(&outcome.value, false, &mut text),
        }
    }
    for name in document.names() {
        text.push(';');
        if let Some(value) = document.argument(&name) {
            shape(value, false, &mut text);
        }
    }
    text
}

/// Types and names, not values; of a list which shapes it holds and whether it is empty. With `named`, a text is one of
/// several cases rather than a value.
fn shape(value: &Value, named: bool, text: &mut String) {
    match value {
        Value::Null => text.push('0'),
        Value::Bool(bool) => text.push(if *bool { 't' } else { 'f' }),
        Value::Number(number) => text.push(if number.is_f64() { 'd' } else { 'n' }),
        Value::String(string) if named => {
            // `CardDeclined { code: 5 }`: what stands before the first bracket.
            let end = string.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(string.len());
            text.push_str(&string[..end]);
        }
        Value::String(string) => text.push(if string.is_empty() { 'e' } else { 's' }),
        Value::Array(items) => {
            let mut shapes: Vec<String> = items
                .iter()
                .map(|item| {
                    let mut text = String::new();
                    shape(item, named, &mut text);
                    text
                })
                .collect();
            shapes.sort_unstable();
            shapes.dedup();
            text.push('[');
            text.push_str(&shapes.join(","));
            text.push(']');
        }
        Value::Object(fields) => {
            text.push('{');
            for (name, value) in fields {
                text.push_str(name);
                text.push(':');
                shape(value, named, text);
            }
            text.push('}');
        }
    }
}
