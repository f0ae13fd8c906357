//! Recordings of other tools, in and out. What comes in is redacted; what a format cannot hold is told.
//!
//! | format | in | out |
//! |---|---|---|
//! | HAR 1.2 | yes | yes |
//! | VCR.py, YAML or JSON | yes | |
//! | Ruby VCR, YAML or JSON | yes | |
//! | cassetter v1, YAML, TOML or JSON | yes | |
//! | WireMock mappings | yes | yes |
//! | Hoverfly v5 | yes | |
//! | curl commands | | yes |
//!
//! They all are about HTTP. An exchange becomes an interaction whose service is the host, whose operation is method and
//! path, and whose request and response are
//! `{"method", "url", "headers": [[name, value], …], "body": {"type", …}}` and
//! `{"status", "headers", "body"}`; a status of 400 and above is an error. Files are data: no tag of YAML makes code of
//! them, references are bounded.

mod curl;
mod exchange;
mod har;
mod hoverfly;
mod losses;
mod vcr;
mod wiremock;

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use serde_json::Value;
use tracesnap_redact::Policy;

use crate::model::{Session, SessionHead, Timestamp};
use crate::redaction::clean_interaction;
use crate::{Error, Interaction};

pub use curl::to_curl;
pub use har::to_har;
pub use losses::Losses;
pub use wiremock::to_wiremock;

/// A format that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// HTTP Archive 1.2.
    Har,
    /// VCR.py.
    VcrPy,
    /// Ruby VCR.
    VcrRuby,
    /// cassetter, version 1.
    Cassetter,
    /// WireMock mappings.
    WireMock,
    /// Hoverfly, version 5.
    Hoverfly,
}

const FORMATS: [(&str, Format); 6] = [
    ("har", Format::Har),
    ("vcrpy", Format::VcrPy),
    ("vcr", Format::VcrRuby),
    ("cassetter", Format::Cassetter),
    ("wiremock", Format::WireMock),
    ("hoverfly", Format::Hoverfly),
];

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = FORMATS.iter().find(|(_, format)| format == self).map_or("har", |(word, _)| word);
        f.pad(word)
    }
}

impl FromStr for Format {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let found = FORMATS.iter().find(|(word, _)| *word == text).map(|(_, format)| *format);
        let words = FORMATS.map(|(word, _)| format!("`{word}`")).join(", ");
        found.ok_or_else(|| Error::malformed(text, "format", format!("there are {words}")))
    }
}

/// What was read of a file.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Imported {
    /// The session, redacted.
    pub session: Session,
    /// What it was.
    pub format: Format,
    /// What of it a session does not hold.
    pub losses: Losses,
    /// Values that were redacted.
    pub redacted: u64,
}

/// Files that are larger are refused: 1 GiB.
const LARGEST: u64 = 1 << 30;

/// Reads a file of another tool; without `format`, by what it is.
///
/// # Errors
///
/// If it cannot be read, or is of no format that is.
pub fn import(path: impl AsRef<Path>, format: Option<Format>, policy: &Policy) -> Result<Imported, Error> {
    let path = path.as_ref();
    let origin = path.display().to_string();
    let failed = |source| Error::read(path, source);
    let size = std::fs::metadata(path).map_err(failed)?.len();
    if size > LARGEST {
        return Err(Error::malformed(&origin, "recording", format!("it has {size} bytes; up to {LARGEST} are read")));
    }
    let text = std::fs::read_to_string(path).map_err(failed)?;
    parse(&text, &origin, format, policy)
}

/// Reads the text of such a file; `origin` is who is to blame.
///
/// # Errors
///
/// As [`import`].
pub fn parse(text: &str, origin: &str, format: Option<Format>, policy: &Policy) -> Result<Imported, Error> {
    let text = text.trim_start_matches('\u{feff}');
    let value = value_of(text, origin)?;
    let format = match format {
        Some(format) => format,
        None => detect(&value).ok_or_else(|| {
            let why = "it is of no format that is read: HAR, VCR.py, Ruby VCR, cassetter, WireMock, Hoverfly";
            Error::malformed(origin, "recording of another tool", why)
        })?,
    };
    let mut losses = Losses::default();
    let exchanges = match format {
        Format::Har => har::read(&value, &mut losses),
        Format::VcrPy | Format::VcrRuby | Format::Cassetter => vcr::read(&value, &mut losses),
        Format::WireMock => wiremock::read(&value, &mut losses),
        Format::Hoverfly => hoverfly::read(&value, &mut losses),
    };
    let exchanges = exchanges.map_err(|why| Error::malformed(origin, what(format), why))?;
    let mut redacted = 0;
    let interactions: Vec<Interaction> = exchanges
        .into_iter()
        .enumerate()
        .map(|(id, exchange)| {
            let mut interaction = exchange.into_interaction(id as u64);
            redacted += clean_interaction(policy, &mut interaction).count();
            interaction
        })
        .collect();
    let began = interactions.iter().map(|interaction| interaction.timestamp).min();
    let mut head = SessionHead::new(uuid::Uuid::now_v7().to_string(), began.unwrap_or_else(Timestamp::now));
    let stem = Path::new(origin).file_stem().map_or_else(|| "imported".into(), |stem| stem.to_string_lossy());
    head.name = Some(stem.into_owned());
    head.total_interactions = interactions.len() as u64;
    head.recorded = Some(crate::model::Recorded {
        by: format!("imported from {format}"),
        policy: policy.id(),
        redacted,
        ..Default::default()
    });
    Ok(Imported { session: Session { head, interactions }, format, losses, redacted })
}

fn what(format: Format) -> &'static str {
    match format {
        Format::Har => "HAR file",
        Format::VcrPy => "VCR.py cassette",
        Format::VcrRuby => "Ruby VCR cassette",
        Format::Cassetter => "cassetter cassette",
        Format::WireMock => "WireMock mapping",
        Format::Hoverfly => "Hoverfly simulation",
    }
}

/// JSON, TOML or YAML.
fn value_of(text: &str, origin: &str) -> Result<Value, Error> {
    let malformed = |why: String| Error::malformed(origin, "recording of another tool", why);
    if text.trim_start().starts_with(['{', '[']) {
        // What begins like JSON may be TOML: `[[interactions]]`.
        return match serde_json::from_str(text) {
            Ok(value) => Ok(value),
            Err(error) => toml::from_str(text).map_err(|_| malformed(error.to_string())),
        };
    }
    if origin.to_ascii_lowercase().ends_with(".toml") {
        return toml::from_str(text).map_err(|error| malformed(error.to_string()));
    }
    vcr::yaml(text).map_err(malformed)
}

fn detect(value: &Value) -> Option<Format> {
    if value.pointer("/log/entries").is_some() {
        return Some(Format::Har);
    }
    if value.get("http_interactions").is_some() {
        return Some(Format::VcrRuby);
    }
    if value.pointer("/data/pairs").is_some() {
        return Some(Format::Hoverfly);
    }
    if value.get("mappings").is_some() || (value.get("request").is_some() && value.get("response").is_some()) {
        return Some(Format::WireMock);
    }
    let interactions = value.get("interactions")?.as_array()?;
    let is_cassetter =
        ["grpc_interactions", "ws_interactions", "observed_requests"].iter().any(|key| value.get(key).is_some())
            || interactions.iter().any(|one| one.pointer("/response/status").is_some_and(Value::is_number));
    Some(if is_cassetter { Format::Cassetter } else { Format::VcrPy })
}
