//! The library as one document: out of a database, and into another one.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Database, Draft, LibraryEntry, Rule, Version};
use crate::Error;

/// All that is stored for an API, as a document: versions of answers, rules, pattern libraries.
///
/// What was counted, kept for a while, or holds in one environment only is left out: it belongs to its place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Transfer {
    /// The version of this form of document: [`Transfer::FORMAT`].
    pub format: u64,
    /// The API.
    pub api: String,
    /// Versions of answers, those of one operation and target together, oldest first.
    pub responses: Vec<Version>,
    /// Rules in the order in which they act.
    pub rules: Vec<Rule>,
    /// Pattern libraries, without the one that ships.
    pub library: Vec<LibraryEntry>,
}

/// What was taken in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Imported {
    /// Versions of answers that were not there.
    pub responses: usize,
    /// Rules that were not there.
    pub rules: usize,
    /// Pattern libraries that were not there, or were others.
    pub library: usize,
}

impl Transfer {
    /// The version that is written, and the newest that is read.
    pub const FORMAT: u64 = 1;

    /// Reads a document.
    ///
    /// # Errors
    /// [`Error::Form`] if it is none, or of a newer version.
    pub fn parse(text: &[u8]) -> Result<Self, Error> {
        let form = |message: String| Error::Form { what: "the library", message };
        let value: Value = serde_json::from_slice(text).map_err(|error| form(format!("it is no JSON: {error}")))?;
        match value.get("format").and_then(Value::as_u64) {
            Some(Self::FORMAT) => {}
            Some(found) => {
                let supported = Self::FORMAT;
                return Err(form(format!("it has format {found}, but this build reads up to {supported}; upgrade")));
            }
            None => return Err(form("it names no `format`; `tracesnap mock export` writes one".to_owned())),
        }
        serde_json::from_value(value).map_err(|error| form(error.to_string()))
    }
}

impl Database {
    /// All that is stored for an API.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn export(&self, api: &str) -> Result<Transfer, Error> {
        let library = self.pattern_library().entries().await?;
        Ok(Transfer {
            format: Transfer::FORMAT,
            api: api.to_owned(),
            responses: self.responses(api).all().await?,
            rules: self.rules(api).all().await?,
            library: library.into_iter().filter(|entry| !entry.is_built_in).collect(),
        })
    }

    /// Takes in what a document holds, after what is there already, and without what is there just so. In the end those
    /// versions answer that answer in the document.
    ///
    /// # Errors
    /// [`Error::Database`], [`Error::Form`]; what was taken in before stays.
    pub async fn import(&self, api: &str, transfer: &Transfer, actor: &str) -> Result<Imported, Error> {
        let mut imported = Imported::default();
        let responses = self.responses(api);
        let (active, others): (Vec<_>, Vec<_>) = transfer.responses.iter().partition(|version| version.is_active);
        for version in others.into_iter().chain(active) {
            let there = responses.versions(&version.operation, &version.target).await?;
            let same = |one: &&Version| {
                (one.status, &one.headers, &one.body) == (version.status, &version.headers, &version.body)
            };
            let mut same = there.iter().filter(same);
            if same.clone().any(|one| one.is_active) || !version.is_active && same.next().is_some() {
                continue;
            }
            responses.save(&version.operation, &Draft::from(version).by(actor)).await?;
            imported.responses += 1;
        }
        let rules = self.rules(api);
        let there = rules.all().await?;
        for rule in &transfer.rules {
            if there.iter().any(|one| Rule { id: rule.id, ..one.clone() } == *rule) {
                continue;
            }
            rules.add(rule, actor).await?;
            imported.rules += 1;
        }
        let there = self.pattern_library().entries().await?;
        for entry in transfer.library.iter().filter(|entry| !there.contains(entry)) {
            self.pattern_library().save(&entry.name, &entry.definition, actor).await?;
            imported.library += 1;
        }
        Ok(imported)
    }
}
