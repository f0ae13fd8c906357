//! Takes the values of parameters out of texts: styles, lists and objects, numbers.
//!
//! Everything in a URL is text; the schema says what it was meant to be. Where a schema leaves a choice, the first
//! reading that it allows is taken.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use serde_json::{Map, Number, Value};
use tracesnap_openapi::{Location, Parameter, Schema, Style};

use super::Parts;
use crate::validate::Answers;

/// A parameter that is no body.
#[derive(Debug)]
pub(crate) struct Input<'d> {
    parameter: Parameter<'d>,
    schema: Option<Schema<'d>>,
    scalar: Option<Scalar<'d>>,
    kinds: Kinds,
    style: Style,
    explode: bool,
    /// Its value is written in JSON.
    is_json: bool,
}

/// Which kinds of values a schema allows.
#[derive(Clone, Copy, Debug, Default)]
struct Kinds {
    list: bool,
    object: bool,
    scalar: bool,
}

impl Kinds {
    fn of(schema: Option<Schema<'_>>) -> Self {
        let mut kinds = Self::default();
        for part in schema.into_iter().flat_map(Schema::possible_parts) {
            let types = part.known_types();
            kinds.list |= types.contains("array");
            kinds.object |= types.contains("object");
            kinds.scalar |= ["string", "number", "integer", "boolean"].into_iter().any(|name| types.contains(name));
        }
        kinds.scalar |= !kinds.list && !kinds.object;
        kinds
    }
}

/// Items of one value that are read.
const MAX_ITEMS: usize = 10_000;

impl<'d> Input<'d> {
    pub(super) fn new(parameter: Parameter<'d>) -> Self {
        let schema = parameter.schema();
        Self {
            parameter,
            schema,
            scalar: schema.map(Scalar::of),
            kinds: Kinds::of(schema),
            style: parameter.style(),
            explode: parameter.explode(),
            is_json: parameter.content().is_some_and(|media| media.is_json()),
        }
    }

    pub(crate) fn parameter(&self) -> &Parameter<'d> {
        &self.parameter
    }

    /// The value in a request; `None` where it is not given.
    pub(super) fn read(&self, parts: &Parts<'_>, answers: &Answers) -> Option<Result<Value, String>> {
        let name = self.parameter.name();
        match self.parameter.location() {
            Location::Path => {
                let text = &parts.path.iter().find(|(known, _)| *known == name)?.1;
                self.of_text(self.without_style(text), answers)
            }
            Location::Query => self.of_query(parts.query, answers),
            Location::Header => {
                let texts: Vec<Cow<'_, str>> =
                    parts.headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
                if texts.is_empty() { None } else { self.of_text(&texts.join(","), answers) }
            }
            Location::Cookie => {
                let cookies = parts.headers.get_all("cookie").iter().filter_map(|value| value.to_str().ok());
                let text = cookies.flat_map(|text| text.split(';')).find_map(|pair| {
                    let (known, value) = pair.trim().split_once('=')?;
                    (known == name).then_some(value)
                })?;
                self.of_text(&percent_decode_str(text).decode_utf8_lossy(), answers)
            }
            _ => None,
        }
    }

    /// What a value breaks.
    pub(super) fn check(&self, value: &Value, answers: &Answers) -> Vec<String> {
        let Some(schema) = self.schema else { return Vec::new() };
        // Validators know formats of texts only.
        if let Some(bits) = self.scalar.as_ref().and_then(|scalar| scalar.bits)
            && value.as_number().is_some_and(|number| !fits(number, bits))
        {
            return vec![format!("is not a whole number of {bits} bits")];
        }
        let Err(violations) = answers.check(schema, value) else { return Vec::new() };
        violations
            .into_iter()
            .map(|violation| match violation.instance.as_str() {
                "" => violation.message,
                instance => format!("{} at `{instance}`", violation.message),
            })
            .collect()
    }

    /// The text without the dot or the `;name=` that its style puts before it.
    fn without_style<'t>(&self, text: &'t str) -> &'t str {
        match self.style {
            Style::Label => text.strip_prefix('.').unwrap_or(text),
            Style::Matrix => {
                let rest = text.strip_prefix(';').unwrap_or(text);
                match rest.strip_prefix(self.parameter.name()).and_then(|rest| rest.strip_prefix('=')) {
                    Some(value) if !self.kinds.list || !self.explode => value,
                    _ => rest,
                }
            }
            _ => text,
        }
    }

    fn of_query(&self, query: &[(Cow<'_, str>, Cow<'_, str>)], answers: &Answers) -> Option<Result<Value, String>> {
        let name = self.parameter.name();
        if self.kinds.object && !self.is_json {
            let found = if self.style == Style::DeepObject { deep(name, query) } else { Vec::new() };
            let found = if found.is_empty() && self.style != Style::DeepObject && self.explode {
                self.spread(query)
            } else {
                found
            };
            if !found.is_empty() {
                return Some(Ok(self.object(found, answers)));
            }
        }
        let bare = name.strip_suffix("[]").unwrap_or(name);
        let is_this = |known: &str| known == name || known.strip_suffix("[]").unwrap_or(known) == bare;
        let texts: Vec<&str> = query
            .iter()
            .filter(|(known, _)| is_this(known) || self.kinds.list && is_indexed(known, bare))
            .map(|(_, value)| value.as_ref())
            .take(MAX_ITEMS)
            .collect();
        match texts.as_slice() {
            [] => None,
            [one] => self.of_text(one, answers),
            several if self.kinds.list => {
                // Whether lists are spread or joined, callers do both.
                Some(Ok(self.list(several, answers)))
            }
            [.., last] => self.of_text(last, answers),
        }
    }

    /// The value of one text. Empty text where no text may be means that nothing was given.
    fn of_text(&self, text: &str, answers: &Answers) -> Option<Result<Value, String>> {
        if self.is_json {
            return Some(serde_json::from_str(text).map_err(|error| format!("is not JSON: {error}")));
        }
        let scalar = || match &self.scalar {
            Some(scalar) => scalar.read(text, answers),
            None => Value::from(text),
        };
        if !self.kinds.list && !self.kinds.object {
            return Some(Ok(scalar()));
        }
        let mut readings = Vec::new();
        if self.kinds.list {
            let items: Vec<&str> = if text.is_empty() { Vec::new() } else { self.split(text).collect() };
            readings.push(self.list(&items, answers));
        }
        if self.kinds.object {
            readings.push(self.object(self.pairs(text), answers));
        }
        if self.kinds.scalar {
            readings.push(scalar());
        }
        if readings.len() == 1 {
            return readings.pop().map(Ok);
        }
        let allowed = |value: &Value| self.schema.is_none_or(|schema| answers.check(schema, value).is_ok());
        let best = readings.iter().position(allowed).unwrap_or(0);
        (best < readings.len()).then(|| Ok(readings.swap_remove(best)))
    }

    fn split<'t>(&self, text: &'t str) -> impl Iterator<Item = &'t str> {
        let by = match self.style {
            Style::SpaceDelimited => ' ',
            Style::PipeDelimited => '|',
            Style::TabDelimited => '\t',
            Style::Label if self.explode => '.',
            Style::Matrix if self.explode => ';',
            _ => ',',
        };
        let prefix = (self.style == Style::Matrix && self.explode).then(|| format!("{}=", self.parameter.name()));
        text.split(by).take(MAX_ITEMS).map(move |item| {
            let item = item.trim();
            prefix.as_deref().and_then(|prefix| item.strip_prefix(prefix)).unwrap_or(item)
        })
    }

    fn list(&self, texts: &[&str], answers: &Answers) -> Value {
        let items = self.schema.into_iter().flat_map(Schema::possible_parts).find_map(Schema::items);
        Value::Array(texts.iter().map(|text| scalar(text, items, answers)).collect())
    }

    /// `a,1,b,2`, or `a=1,b=2` where it is spread.
    fn pairs<'t>(&self, text: &'t str) -> Vec<(Vec<&'t str>, &'t str)> {
        let items: Vec<&str> = self.split(text).collect();
        if self.explode || text.contains('=') {
            return items
                .iter()
                .filter_map(|item| item.split_once('='))
                .map(|(key, value)| (vec![key], value))
                .collect();
        }
        items.chunks_exact(2).map(|pair| (vec![pair[0]], pair[1])).collect()
    }

    /// Properties that stand in the query by themselves.
    fn spread<'q>(&self, query: &'q [(Cow<'_, str>, Cow<'_, str>)]) -> Vec<(Vec<&'q str>, &'q str)> {
        let Some(schema) = self.schema else { return Vec::new() };
        let known = schema.possible_properties();
        let is_known = |name: &str| known.iter().any(|(property, _)| *property == name);
        query
            .iter()
            .filter(|(name, _)| is_known(name))
            .map(|(name, value)| (vec![name.as_ref()], value.as_ref()))
            .collect()
    }

    fn object(&self, pairs: Vec<(Vec<&str>, &str)>, answers: &Answers) -> Value {
        let mut object = Map::new();
        for (path, text) in pairs {
            let schema = path.iter().fold(self.schema, |schema, name| property(schema?, name));
            insert_field(&mut object, &path, text, schema, answers);
        }
        Value::Object(object)
    }
}

pub(super) fn property<'d>(schema: Schema<'d>, name: &str) -> Option<Schema<'d>> {
    let found = schema.possible_parts().into_iter().rev().find_map(|part| part.property(name));
    found.or_else(|| schema.additional_properties())
}

/// Puts a value where its path leads; a path that runs into another value is left out.
pub(super) fn insert_field(
    object: &mut Map<String, Value>,
    path: &[&str],
    text: &str,
    schema: Option<Schema<'_>>,
    answers: &Answers,
) {
    let Some((name, rest)) = path.split_first() else { return };
    if rest.is_empty() || rest == [""] {
        let items = schema.filter(|schema| schema.known_types().contains("array")).and_then(Schema::items);
        let is_list = rest == [""] || items.is_some();
        let whole = items.filter(|_| text.starts_with('[')).and_then(|_| serde_json::from_str::<Value>(text).ok());
        if let Some(list) = whole.filter(|list| list.is_array() && !object.contains_key(*name)) {
            object.insert((*name).to_owned(), list);
        } else if is_list {
            let entry = object.entry((*name).to_owned()).or_insert_with(|| Value::Array(Vec::new()));
            if let Value::Array(list) = entry {
                list.push(scalar(text, items, answers));
            }
        } else {
            object.insert((*name).to_owned(), scalar(text, schema, answers));
        }
        return;
    }
    let entry = object.entry((*name).to_owned()).or_insert_with(|| Value::Object(Map::new()));
    if let Value::Object(inner) = entry {
        insert_field(inner, rest, text, schema, answers);
    }
}

/// Brackets of a name that are followed.
const MAX_BRACKETS: usize = 8;

/// `name[key]=value`, `name[key][inner]=value`.
fn deep<'q>(name: &str, query: &'q [(Cow<'_, str>, Cow<'_, str>)]) -> Vec<(Vec<&'q str>, &'q str)> {
    query
        .iter()
        .filter_map(|(known, value)| {
            let rest = known.strip_prefix(name)?.strip_prefix('[')?.strip_suffix(']')?;
            let path: Vec<&str> = rest.split("][").take(MAX_BRACKETS).collect();
            Some((path, value.as_ref()))
        })
        .collect()
}

/// `name[0]`, as some write lists.
fn is_indexed(known: &str, name: &str) -> bool {
    let index = known.strip_prefix(name).and_then(|rest| rest.strip_prefix('[')?.strip_suffix(']'));
    index.is_some_and(|index| !index.is_empty() && index.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A text as the value that its schema means. What fits nothing stays text, and the check says why.
pub(crate) fn scalar(text: &str, schema: Option<Schema<'_>>, answers: &Answers) -> Value {
    schema.map_or_else(|| Value::from(text), |schema| Scalar::of(schema).read(text, answers))
}

/// What texts may mean by a schema.
#[derive(Debug)]
struct Scalar<'d> {
    schema: Schema<'d>,
    /// Values that are listed, `null` left out.
    listed: Vec<&'d Value>,
    string: bool,
    numeric: bool,
    /// Whether numbers are whole ones.
    whole: bool,
    /// As many bits as such a number may have, where the format says so.
    bits: Option<u32>,
    boolean: bool,
    object: bool,
    array: bool,
    null: bool,
}

impl<'d> Scalar<'d> {
    fn of(schema: Schema<'d>) -> Self {
        let parts = schema.possible_parts();
        let has = |name: &str| parts.iter().any(|part| part.types().contains(name));
        Self {
            schema,
            listed: parts.iter().flat_map(|part| part.allowed_values()).filter(|value| !value.is_null()).collect(),
            string: has("string"),
            numeric: has("integer") || has("number"),
            whole: has("integer") && !has("number"),
            bits: parts.iter().filter_map(|part| part.format()).find_map(|format| match format {
                "int32" => Some(32),
                "int64" => Some(64),
                _ => None,
            }),
            boolean: has("boolean"),
            object: has("object"),
            array: has("array"),
            null: has("null") || parts.iter().any(|part| part.is_nullable()),
        }
    }

    fn read(&self, text: &str, answers: &Answers) -> Value {
        let meant = self.listed.iter().find(|value| match value {
            Value::String(known) => known == text,
            // As it is written; a value is never equal to a text that only looks like it.
            other => other.to_string() == text,
        });
        if let Some(meant) = meant {
            return (*meant).clone();
        }
        let mut readings = Vec::new();
        // Forms carry objects and lists as JSON.
        let structured = self.object && text.starts_with('{') || self.array && text.starts_with('[');
        if structured && let Ok(value) = serde_json::from_str::<Value>(text) {
            readings.push(value);
        }
        if self.numeric
            && let Some(number) = number(text)
            // What has more digits than can be kept would come back as another number, written as a fraction.
            && !(self.whole && number.is_f64() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-'))
        {
            readings.push(Value::Number(number));
        }
        if self.boolean {
            match text.to_ascii_lowercase().as_str() {
                "true" | "1" | "yes" | "on" => readings.push(Value::Bool(true)),
                "false" | "0" | "no" | "off" => readings.push(Value::Bool(false)),
                _ => {}
            }
        }
        if self.null && (text == "null" || text.is_empty() && !self.string) {
            readings.push(Value::Null);
        }
        if readings.is_empty() {
            return Value::from(text);
        }
        // A version `1.0` is text where text is allowed as well.
        if self.string || readings.len() > 1 {
            readings.push(Value::from(text));
            let best = readings.iter().position(|value| answers.check(self.schema, value).is_ok()).unwrap_or(0);
            return readings.swap_remove(best);
        }
        readings.swap_remove(0)
    }
}

/// Whether a number is a whole one of so many bits, one of them for the sign. Fractions are for the schema's type to refuse.
fn fits(number: &Number, bits: u32) -> bool {
    if number.is_u64() && !number.is_i64() {
        return false;
    }
    let limit = 1_i128 << (bits - 1);
    number.as_i64().is_none_or(|number| (-limit..limit).contains(&i128::from(number)))
}

/// A number as JSON writes it, or with a plus before it.
fn number(text: &str) -> Option<Number> {
    let text = text.trim();
    serde_json::from_str(text.strip_prefix('+').unwrap_or(text)).ok()
}
