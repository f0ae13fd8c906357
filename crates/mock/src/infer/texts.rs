//! What texts at one place have in common: a format, a few values, that they were redacted.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use crate::patterns::words::words;
use crate::recorded::redacted_kind;
use crate::validate::{Compiled, compile};

/// Texts that a place must have had before a few different ones are all there are.
pub const ENUM_MIN_SEEN: u64 = 6;
/// The most different texts that an `enum` is made of.
pub const ENUM_MAX_VALUES: usize = 8;
/// Each stands for so many on average.
const ENUM_EACH: u64 = 3;

/// Formats, those that say more first.
const FORMATS: [&str; 8] = ["uuid", "date-time", "date", "time", "ipv4", "ipv6", "email", "uri"];

/// Formats as the validator understands them, which answers are held against.
static VALIDATORS: LazyLock<Vec<Compiled>> =
    LazyLock::new(|| FORMATS.iter().map(|format| compile(json!({"format": format}))).collect());

/// Texts of one place.
#[derive(Clone, Debug)]
pub(super) struct Texts {
    pub(super) seen: u64,
    /// A bit for each of [`FORMATS`] that all of them keep to.
    formats: u8,
    /// How often each was there; `None` if there are too many, or one is no word.
    values: Option<BTreeMap<String, u64>>,
    /// What was redacted.
    redacted: BTreeSet<String>,
    pub(super) all_integers: bool,
    pub(super) all_numbers: bool,
    pub(super) all_booleans: bool,
}

impl Default for Texts {
    fn default() -> Self {
        Self {
            seen: 0,
            formats: u8::MAX,
            values: Some(BTreeMap::new()),
            redacted: BTreeSet::new(),
            all_integers: true,
            all_numbers: true,
            all_booleans: true,
        }
    }
}

impl Texts {
    pub(super) fn add(&mut self, text: &str) {
        self.seen += 1;
        if let Some(kind) = redacted_kind(text) {
            self.redacted.insert(kind);
            (self.formats, self.values) = (0, None);
            (self.all_integers, self.all_numbers, self.all_booleans) = (false, false, false);
            return;
        }
        if self.formats != 0 {
            let value = Value::from(text);
            for (bit, validator) in VALIDATORS.iter().enumerate() {
                let mask = 1_u8 << bit;
                if self.formats & mask != 0 && (text.is_empty() || validator.check(&value).is_err()) {
                    self.formats &= !mask;
                }
            }
        }
        // `007` and `1.50` are no numbers: they would come back as others.
        self.all_integers &= text.parse::<i64>().is_ok_and(|number| number.to_string() == text);
        self.all_numbers &= self.all_integers
            || text.parse::<f64>().is_ok_and(|number| number.is_finite() && number.to_string() == text);
        self.all_booleans &= matches!(text, "true" | "false");
        if let Some(values) = &mut self.values {
            if is_word(text) && (values.len() < ENUM_MAX_VALUES || values.contains_key(text)) {
                *values.entry(text.to_owned()).or_default() += 1;
            } else {
                self.values = None;
            }
        }
    }

    /// What is said of them beside their type.
    pub(super) fn describe(&self, schema: &mut Map<String, Value>) {
        if !self.redacted.is_empty() {
            let kinds: Vec<&str> = self.redacted.iter().map(String::as_str).collect();
            schema.insert("x-redacted".to_owned(), kinds.join(", ").into());
        } else if let Some(bit) = (0..FORMATS.len()).find(|bit| self.seen > 0 && self.formats & (1 << bit) != 0) {
            schema.insert("format".to_owned(), FORMATS[bit].into());
        }
    }

    /// All values there are, if they are few.
    pub(super) fn few(&self, name: &str) -> Option<Vec<&str>> {
        let values = self.values.as_ref()?;
        let has_format = self.formats != 0;
        let each = values.len() as u64 * ENUM_EACH;
        let is_few = values.len() > 1 && self.seen >= ENUM_MIN_SEEN && self.seen >= each && !has_format;
        (is_few && !self.all_integers && !identifies(name)).then(|| values.keys().map(String::as_str).collect())
    }
}

fn is_word(text: &str) -> bool {
    let starts = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic());
    starts
        && text.len() <= 40
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b':' | b'/'))
}

/// Whether values of a field are of things rather than of a choice.
fn identifies(name: &str) -> bool {
    let last = words(name).pop().unwrap_or_default();
    matches!(
        last.as_str(),
        "id" | "uid"
            | "uuid"
            | "key"
            | "name"
            | "slug"
            | "title"
            | "email"
            | "login"
            | "username"
            | "token"
            | "q"
            | "query"
            | "search"
            | "cursor"
            | "text"
            | "note"
            | "description"
            | "message"
            | "path"
            | "url"
            | "hash"
            | "etag"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(all: &[&str]) -> Texts {
        let mut texts = Texts::default();
        all.iter().for_each(|text| texts.add(text));
        texts
    }

    fn format(all: &[&str]) -> Option<String> {
        let mut schema = Map::new();
        texts(all).describe(&mut schema);
        schema.get("format").and_then(Value::as_str).map(str::to_owned)
    }

    #[test]
    fn a_format_is_one_that_every_text_keeps_to() {
        assert_eq!(format(&["2024-02-29T10:00:00Z", "2025-01-01T00:00:00+02:00"]).as_deref(), Some("date-time"));
        assert_eq!(format(&["2024-02-29", "2025-02-29"]), None);
        assert_eq!(format(&["https://a.example/x", "mailto:b@c.example"]).as_deref(), Some("uri"));
        assert_eq!(format(&["plain"]), None);
        assert_eq!(format(&[""]), None);
    }

    #[test]
    fn a_few_words_many_times_are_a_choice_and_names_are_not() {
        let states = ["open", "paid", "open", "paid", "open", "open"];
        assert_eq!(texts(&states).few("status"), Some(vec!["open", "paid"]));
        assert_eq!(texts(&states).few("customer_name"), None);
        assert_eq!(texts(&states[..5]).few("status"), None, "too few were seen");
        assert_eq!(texts(&["open", "open", "open", "open", "open", "[redacted]"]).few("status"), None);
        assert_eq!(texts(&["one thing", "two", "two", "two", "two", "two"]).few("status"), None);
    }

    #[test]
    fn what_was_redacted_says_what_it_was() {
        let mut schema = Map::new();
        texts(&["‹email:3f2a91c4›", "ada@example.com"]).describe(&mut schema);
        assert_eq!(Value::Object(schema), json!({"x-redacted": "email"}));
    }
}
