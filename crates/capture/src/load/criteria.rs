//! Which captures are meant, by what is in them and what is known of them.

use std::fmt;
use std::str::FromStr;
use std::time::SystemTime;

use serde::Serialize;
use serde_json::Value;
use tracesnap_redact::JsonPath;
use tracesnap_store::Metadata;

use crate::Error;
use crate::document::{Document, OutcomeKind};

/// Which captures are meant: those for which all of it holds. Empty, it holds for every capture.
///
/// Its text is a list with commas, `outcome=error, customer_id=7, items[0].sku="A-1"`, and is read back.
///
/// ```
/// use tracesnap_capture::{Criteria, OutcomeKind};
///
/// let criteria = Criteria::new().outcome(OutcomeKind::Error).argument("customer_id", 7);
/// assert_eq!(criteria.to_string(), "outcome=error, customer_id=7");
/// assert_eq!("outcome=error, customer_id=7".parse::<Criteria>()?.to_string(), criteria.to_string());
/// # Ok::<(), tracesnap_capture::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use]
pub struct Criteria {
    arguments: Vec<(String, Value)>,
    outcome: Option<OutcomeKind>,
    thread: Option<String>,
    id: Option<String>,
    tags: Vec<(String, String)>,
    after: Option<SystemTime>,
    before: Option<SystemTime>,
    replayable: bool,
}

impl Criteria {
    /// Every capture.
    pub fn new() -> Self {
        Self::default()
    }

    /// Those with this value at a place of their arguments: `customer_id`, `items[0].sku`, `items[*].sku` for any of
    /// several.
    pub fn argument(mut self, place: impl Into<String>, value: impl Serialize) -> Self {
        // What cannot be JSON is in no capture either.
        self.arguments.push((place.into(), serde_json::to_value(value).unwrap_or(Value::Null)));
        self
    }

    /// Those that ended in this way.
    pub fn outcome(mut self, outcome: OutcomeKind) -> Self {
        self.outcome = Some(outcome);
        self
    }

    /// Those of the thread with this name.
    pub fn thread(mut self, name: impl Into<String>) -> Self {
        self.thread = Some(name.into());
        self
    }

    /// The one whose id begins so.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Those with this tag.
    pub fn tag(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.tags.push((name.into(), value.into()));
        self
    }

    /// Those that were called at this time or later.
    pub fn after(mut self, time: SystemTime) -> Self {
        self.after = Some(time);
        self
    }

    /// Those that were called before this time.
    pub fn before(mut self, time: SystemTime) -> Self {
        self.before = Some(time);
        self
    }

    /// Those with which the function can be called.
    pub fn replayable(mut self) -> Self {
        self.replayable = true;
        self
    }

    /// Whether nothing is asked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// That all places are places.
    pub(crate) fn check(&self) -> Result<(), Error> {
        self.arguments.iter().try_for_each(|(place, _)| self::place(place).map(drop))
    }

    /// Whether a document may be meant, by what is known of it without reading it.
    pub(crate) fn may_hold(&self, metadata: &Metadata) -> bool {
        let tag = |name: &str| metadata.tag(name);
        self.outcome.is_none_or(|outcome| tag("outcome") == Some(outcome.as_str()))
            && self.thread.as_deref().is_none_or(|thread| tag("thread") == Some(thread))
            && self.id.as_deref().is_none_or(|id| tag("id").is_some_and(|found| found.starts_with(id)))
            && self.tags.iter().all(|(name, value)| tag(name) == Some(value))
            && self.after.is_none_or(|after| metadata.time() >= after)
            && self.before.is_none_or(|before| metadata.time() < before)
    }

    /// Whether a document is meant.
    #[must_use]
    pub fn holds(&self, document: &Document) -> bool {
        let metadata = &document.metadata;
        self.outcome.is_none_or(|kind| document.outcome.as_ref().is_some_and(|outcome| outcome.kind == kind))
            && self.thread.as_ref().is_none_or(|thread| metadata.thread_id == *thread)
            && self.id.as_ref().is_none_or(|id| document.id.starts_with(id))
            && self.tags.iter().all(|(name, value)| metadata.tags.get(name).and_then(Value::as_str) == Some(value))
            && self.after.is_none_or(|after| document.time().is_some_and(|time| time >= after))
            && self.before.is_none_or(|before| document.time().is_some_and(|time| time < before))
            && (!self.replayable || document.is_replayable())
            && self.arguments.iter().all(|(place, value)| argument_is(document, place, value))
    }
}

/// Reads a place in an argument or an outcome.
pub(crate) fn place(text: &str) -> Result<JsonPath, Error> {
    JsonPath::parse(text).map_err(|_| Error::Criteria {
        found: text.into(),
        expected: "a place such as `$.items[0].price`, `items[*].price` or `$..price`",
    })
}

fn argument_is(document: &Document, place: &str, value: &Value) -> bool {
    let Ok(place) = self::place(place) else { return false };
    let kwargs = Value::Object(document.kwargs.clone());
    if place.find(&kwargs).contains(&value) {
        return true;
    }
    // Arguments without a name are asked for by their position.
    let names = document.names().into_iter().filter(|name| !document.kwargs.contains_key(name));
    let args = names.filter_map(|name| Some((name.clone(), document.argument(&name)?.clone()))).collect();
    place.find(&Value::Object(args)).contains(&value)
}

impl fmt::Display for Criteria {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = |time: &SystemTime| humantime::format_rfc3339_nanos(*time).to_string();
        let mut parts = Vec::new();
        parts.extend(self.outcome.map(|outcome| format!("outcome={outcome}")));
        parts.extend(self.thread.as_ref().map(|thread| format!("thread={thread}")));
        parts.extend(self.id.as_ref().map(|id| format!("id={id}")));
        parts.extend(self.tags.iter().map(|(name, value)| format!("tag.{name}={value}")));
        parts.extend(self.after.as_ref().map(|after| format!("after={}", time(after))));
        parts.extend(self.before.as_ref().map(|before| format!("before={}", time(before))));
        parts.extend(self.replayable.then(|| "replayable".to_owned()));
        parts.extend(self.arguments.iter().map(|(place, value)| format!("{place}={value}")));
        f.write_str(&parts.join(", "))
    }
}

impl FromStr for Criteria {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let mut criteria = Self::new();
        for part in split(text) {
            let failed = || Error::Criteria {
                found: part.into(),
                expected: "`PLACE=VALUE`, `outcome=…`, `thread=…`, `id=…`, `tag.NAME=…`, `after=TIME`, `before=TIME` or \
                           `replayable`",
            };
            if part == "replayable" {
                criteria.replayable = true;
                continue;
            }
            let (name, value) = part.split_once('=').ok_or_else(failed)?;
            let (name, value) = (name.trim(), value.trim());
            let time = || humantime::parse_rfc3339_weak(value).map_err(|_| failed());
            match name {
                "outcome" => criteria.outcome = Some(value.parse()?),
                "thread" => criteria.thread = Some(value.into()),
                "id" => criteria.id = Some(value.into()),
                "after" => criteria.after = Some(time()?),
                "before" => criteria.before = Some(time()?),
                _ => match name.strip_prefix("tag.") {
                    Some(tag) => criteria.tags.push((tag.into(), value.into())),
                    None => {
                        place(name)?;
                        // A text need not be quoted.
                        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.into()));
                        criteria.arguments.push((name.into(), value));
                    }
                },
            }
        }
        Ok(criteria)
    }
}

/// Parts between commas that stand in no quotes and no brackets.
fn split(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut depth, mut quoted, mut escaped) = (Vec::new(), 0, 0_i32, false, false);
    for (at, letter) in text.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '[' | '{' if !quoted => depth += 1,
            ']' | '}' if !quoted => depth -= 1,
            ',' if !quoted && depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts.into_iter().map(str::trim).filter(|part| !part.is_empty()).collect()
}
