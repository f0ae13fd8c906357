//! A capture as it is written: one JSON object on one line.
//!
//! ```json
//! {"version":1,"id":"0193…","function_name":"process_order","timestamp":"2026-11-21T16:40:00.123456789Z",
//!  "args":[],"kwargs":{"customer_id":7,"items":[…],"payment_token":"[redacted]"},
//!  "outcome":{"kind":"returned","tier":"value","value":{"id":1},"duration_ns":1200},
//!  "metadata":{"call_depth":0,"thread_id":"main","tiers":{"customer_id":"value",…},"redacted":{"payment_token":["name/token"]},
//!              "function":"shop::process_order","signature":"9f3a…","parameters":[…],"policy":"r1-…",…}}
//! ```
//!
//! Parameters with a name stand in `kwargs`, patterns in `args`. Unknown fields are kept, so that what another program
//! wrote is still there when a document was migrated. Documents without `version` are those that `snapy_capture` wrote
//! as JSON.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::runtime::TierKind as Tier;
use crate::{Error, Fingerprint};

/// The version of the format that this build writes, and the newest it reads.
pub(crate) const VERSION: u32 = 1;

/// What the store calls our documents.
pub(crate) const KIND: &str = "capture";

/// One capture, read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Document {
    /// Version of the format; 0 for documents of `snapy_capture`.
    #[serde(default)]
    pub version: u64,
    /// A UUID that sorts by time; empty in documents of others.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// The function's own name.
    pub function_name: String,
    /// When it was called: RFC 3339, in UTC.
    #[serde(default)]
    pub timestamp: String,
    /// Arguments without a name, in order.
    #[serde(default)]
    pub args: Vec<Value>,
    /// Arguments by name.
    #[serde(default)]
    pub kwargs: Map<String, Value>,
    /// How the call ended; `None` if that was not recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// Everything else.
    #[serde(default)]
    pub metadata: CaptureMetadata,
    /// Fields of others.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Outcome {
    /// In which of four ways.
    pub kind: OutcomeKind,
    /// How much of the value was kept.
    #[serde(default)]
    pub tier: Tier,
    /// What was returned, or the error; `null` where there is none.
    #[serde(default)]
    pub value: Value,
    /// The rules that kept a part of the value back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redacted: Vec<String>,
    /// Nanoseconds from the beginning of the body to its end, waiting included.
    #[serde(default)]
    pub duration_ns: u64,
}

impl Outcome {
    pub(crate) fn new(kind: OutcomeKind) -> Self {
        Self { kind, tier: Tier::Value, value: Value::Null, redacted: Vec::new(), duration_ns: 0 }
    }

    /// From the beginning of the body to its end, waiting included.
    #[must_use]
    pub fn duration(&self) -> Duration {
        Duration::from_nanos(self.duration_ns)
    }
}

/// In which way a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum OutcomeKind {
    /// It returned; a `Result` was `Ok`.
    Returned,
    /// It returned `Err`.
    Error,
    /// It panicked.
    Panicked,
    /// Its future was dropped before it was done.
    Cancelled,
}

impl OutcomeKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Returned, Self::Error, Self::Panicked, Self::Cancelled];

    /// Its name: `returned`, `error`, `panicked`, `cancelled`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Returned => "returned",
            Self::Error => "error",
            Self::Panicked => "panicked",
            Self::Cancelled => "cancelled",
        }
    }
}

impl fmt::Display for OutcomeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for OutcomeKind {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or_else(|| Error::Criteria {
            found: text.into(),
            expected: "`returned`, `error`, `panicked` or `cancelled`",
        })
    }
}

/// What is known of a call beside its values.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CaptureMetadata {
    /// Captured calls that this one was made in, on its thread or in its task.
    #[serde(default)]
    pub call_depth: u64,
    /// The name of the thread, or its number.
    #[serde(default)]
    pub thread_id: String,
    /// The document of the captured call around this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// The `tracing` span it was called in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<String>,
    /// How much was kept of each argument, by name; of those without a name by position.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub tiers: Map<String, Value>,
    /// The rules that kept something of an argument back, by its name.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub redacted: Map<String, Value>,
    /// What the configuration put on it.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub tags: Map<String, Value>,
    /// The name under which it is stored.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub function: String,
    /// The fingerprint of the signature.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub signature: String,
    /// The parameters in order; empty in documents of others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<DocumentParameter>,
    /// The return type.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub returns: String,
    /// The id of the redaction policy.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub policy: String,
    /// Fields of others, and those that only a reader needs.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A parameter as it was when the capture was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentParameter {
    /// Its name, or its position.
    pub name: String,
    /// Its type as it was written.
    #[serde(rename = "type")]
    pub ty: String,
}

impl Document {
    /// Reads a document; `origin` is who is to blame.
    ///
    /// # Errors
    ///
    /// [`Error::Document`] saying where what is wrong, [`Error::FormatTooNew`].
    pub fn from_json(json: &[u8], origin: &str) -> Result<Self, Error> {
        #[derive(Deserialize)]
        struct Versioned {
            #[serde(default)]
            version: u64,
        }
        let wrong = |error: serde_json::Error| Error::Document { origin: origin.into(), why: error.to_string() };
        let document = serde_json::from_slice::<Self>(json);
        // What a newer version looks like nobody knows; its version says that first.
        let version = match &document {
            Ok(document) => document.version,
            Err(_) => serde_json::from_slice::<Versioned>(json).map_or(0, |found| found.version),
        };
        if version > u64::from(VERSION) {
            let supported = u64::from(VERSION);
            return Err(Error::FormatTooNew { origin: origin.into(), found: version, supported });
        }
        document.map_err(wrong)
    }

    /// A document that nobody recorded.
    pub(crate) fn empty(spec: &crate::Spec, function: &str) -> Self {
        let metadata = CaptureMetadata { function: function.into(), ..CaptureMetadata::default() };
        Self {
            version: u64::from(VERSION),
            id: String::new(),
            function_name: spec.name.into(),
            timestamp: String::new(),
            args: Vec::new(),
            kwargs: Map::new(),
            outcome: None,
            metadata,
            other: Map::new(),
        }
    }

    /// Gives arguments that another program stored by position the names that they have here.
    pub(crate) fn adopt(&mut self, spec: &crate::Spec) {
        if !self.metadata.parameters.is_empty() {
            return;
        }
        let unnamed = spec.parameters.iter().filter(|parameter| !self.kwargs.contains_key(parameter.name));
        let unnamed: Vec<_> = unnamed.map(|parameter| parameter.name.to_owned()).collect();
        let positional = std::mem::take(&mut self.args);
        self.kwargs.extend(unnamed.into_iter().zip(positional));
    }

    /// What is missing for a replay, and why: empty where nothing is.
    #[must_use]
    pub fn missing(&self) -> Vec<crate::Unreplayable> {
        crate::load::missing(self)
    }

    /// When it was called, if that can be read.
    #[must_use]
    pub fn time(&self) -> Option<SystemTime> {
        let text = self.timestamp.trim().replace("+00:00", "Z");
        humantime::parse_rfc3339_weak(&text).ok()
    }

    /// The value of an argument: by name, or by position among those without one.
    #[must_use]
    pub fn argument(&self, name: &str) -> Option<&Value> {
        if let Some(value) = self.kwargs.get(name) {
            return Some(value);
        }
        let at = match self.metadata.parameters.iter().position(|parameter| parameter.name == name) {
            // Positional arguments are those that have no name.
            Some(at) => {
                self.metadata.parameters[..at].iter().filter(|earlier| !self.kwargs.contains_key(&earlier.name)).count()
            }
            None => name.parse().ok()?,
        };
        self.args.get(at)
    }

    /// How much of an argument was kept; all of it where nothing is said.
    #[must_use]
    pub fn tier(&self, name: &str) -> Tier {
        let tier = self.metadata.tiers.get(name).cloned();
        tier.and_then(|tier| serde_json::from_value(tier).ok()).unwrap_or_default()
    }

    /// The rules that kept something of an argument back.
    #[must_use]
    pub fn redacted(&self, name: &str) -> Vec<&str> {
        let rules = self.metadata.redacted.get(name).and_then(Value::as_array);
        rules.map(|rules| rules.iter().filter_map(Value::as_str).collect()).unwrap_or_default()
    }

    /// The name under which it is stored; the function's own name in documents of others.
    #[must_use]
    pub fn function(&self) -> &str {
        if self.metadata.function.is_empty() { &self.function_name } else { &self.metadata.function }
    }

    /// The fingerprint of the signature that it was taken of.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(
            self.metadata.parameters.iter().map(|parameter| (parameter.name.as_str(), parameter.ty.as_str())),
        )
    }

    /// Names of all arguments, in the order of the parameters.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        if !self.metadata.parameters.is_empty() {
            return self.metadata.parameters.iter().map(|parameter| parameter.name.clone()).collect();
        }
        (0..self.args.len()).map(|at| at.to_string()).chain(self.kwargs.keys().cloned()).collect()
    }

    /// Whether the function can be called with it: all arguments are there as a whole.
    #[must_use]
    pub fn is_replayable(&self) -> bool {
        self.missing().is_empty() && self.names().iter().all(|name| self.argument(name).is_some())
    }

    /// What is kept of it, on one line.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Reads documents from a file of any program: one JSON object, an array of them, or one a line.
///
/// # Errors
///
/// [`Error::Document`] naming the file and the line.
pub fn read_documents(path: impl AsRef<std::path::Path>) -> Result<Vec<Document>, Error> {
    let path = path.as_ref();
    let origin = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Error::Document { origin: origin.clone(), why: error.to_string() })?;
    let begin = text.trim_start();
    if begin.starts_with('[') {
        let values: Vec<Value> = serde_json::from_str(&text)
            .map_err(|error| Error::Document { origin: origin.clone(), why: error.to_string() })?;
        let read = |(at, value): (usize, &Value)| {
            Document::from_json(value.to_string().as_bytes(), &format!("{origin}[{at}]"))
        };
        return values.iter().enumerate().map(read).collect();
    }
    let whole = Document::from_json(text.as_bytes(), &origin);
    if whole.is_ok() || begin.lines().filter(|line| !line.trim().is_empty()).count() < 2 {
        return whole.map(|document| vec![document]);
    }
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let documents =
        lines.map(|(at, line)| Document::from_json(line.as_bytes(), &format!("{origin}:{}", at + 1))).collect();
    // A pretty-printed object has many lines, none of which is one; its own error says more.
    match documents {
        Err(_) if text.lines().next().is_some_and(|line| line.trim() == "{") => whole.map(|document| vec![document]),
        documents => documents,
    }
}
