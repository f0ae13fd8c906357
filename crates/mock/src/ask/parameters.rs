//! Values of parameters, and how they are written.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use tracesnap_openapi::{Parameter, Style};

use super::text;
use crate::generate::{Generator, Given};

/// One that is made of its schema; its example where it has none.
pub(super) fn value(generator: &Generator, parameter: &Parameter<'_>) -> Value {
    let example = parameter.examples().into_iter().find_map(|example| Some(example.value?.value().clone()));
    let made = || parameter.schema().map(|schema| generator.value(schema, &Given::key(1)));
    match example.filter(|value| !value.is_null()) {
        // Examples break their schemas now and then.
        Some(example) if parameter.schema().is_none() => example,
        _ => made().unwrap_or_else(|| Value::from("x")),
    }
}

pub(super) fn into_path(path: &str, parameter: &Parameter<'_>, written: &str) -> String {
    let name = parameter.name();
    let before = match parameter.style() {
        Style::Label => ".".to_owned(),
        Style::Matrix => format!(";{name}="),
        _ => String::new(),
    };
    // What has no text would be another path.
    let escaped = format!("{before}{}", escape(if written.is_empty() { "x" } else { written }));
    let mut path = path.to_owned();
    for open in [format!("{{{name}}}"), format!("{{+{name}}}"), format!("{{{name}+}}"), format!("{{{name}*}}")] {
        path = path.replace(&open, &escaped);
    }
    path = path.replace(&format!("<{name}>"), &escaped);
    let colon = format!(":{name}");
    let segments = path.split('/').map(|segment| if segment == colon { escaped.as_str() } else { segment });
    segments.collect::<Vec<_>>().join("/")
}

pub(super) fn into_query(parameter: &Parameter<'_>, value: &Value, written: &str, query: &mut Vec<(String, String)>) {
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

pub(super) fn escape(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}
