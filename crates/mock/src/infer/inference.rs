//! Collects exchanges, and infers the document when all are there.

use std::collections::BTreeMap;

use serde_json::Value;
use tracesnap_record::{Interaction, Session};
use tracesnap_redact::Policy;

use super::document;
use super::exchange::Exchange;
use super::paths;
use crate::Error;

/// Collects recorded exchanges: see [`infer`](crate::infer).
#[derive(Debug)]
#[must_use = "nothing is inferred until `infer`"]
pub struct Inference {
    title: Option<String>,
    origin: Option<String>,
    policy: Policy,
    exchanges: Vec<(u64, Exchange)>,
    skipped: Vec<Skipped>,
}

/// What was inferred.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Inferred {
    /// The document, OpenAPI 3.1.
    pub document: Value,
    /// Its operations, path by path.
    pub operations: Vec<InferredOperation>,
    /// Exchanges that it was inferred from.
    pub exchanges: usize,
    /// Interactions that say nothing of it.
    pub skipped: Vec<Skipped>,
}

/// An operation, and how sure it is.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct InferredOperation {
    /// The method, in capitals.
    pub method: String,
    /// The path, with its parameters in braces.
    pub path: String,
    /// Exchanges that were of it.
    pub exchanges: usize,
    /// How sure its path is, from 0 to 1: that of its least certain parameter, 1 for a path without any.
    pub confidence: f64,
}

/// An interaction that says nothing of the document.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Skipped {
    /// Its number in its session.
    pub id: u64,
    /// Why.
    pub reason: String,
}

impl Default for Inference {
    fn default() -> Self {
        Self { title: None, origin: None, policy: Policy::for_captures(), exchanges: Vec::new(), skipped: Vec::new() }
    }
}

impl Inference {
    /// Knows nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// What the API is called. Default: its host.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// The service that the document is of, as in `https://api.shop.example`; a part of it will do. Default: the one with
    /// the most exchanges.
    pub fn origin(mut self, origin: impl Into<String>) -> Self {
        self.origin = Some(origin.into());
        self
    }

    /// What must not stand in examples. Default: [`Policy::for_captures`].
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Learns from one interaction. What is no exchange of HTTP is [skipped](Inferred::skipped).
    pub fn add(&mut self, interaction: &Interaction) {
        match Exchange::of(interaction) {
            Ok(exchange) => self.exchanges.push((interaction.id, exchange)),
            Err(reason) => self.skipped.push(Skipped { id: interaction.id, reason: reason.to_owned() }),
        }
    }

    /// Learns from all interactions of a session.
    pub fn add_session(&mut self, session: &Session) {
        session.interactions.iter().for_each(|interaction| self.add(interaction));
    }

    /// The document. The same exchanges in the same order give the same one.
    #[must_use]
    pub fn infer(self) -> Inferred {
        let Self { title, origin, policy, exchanges, mut skipped } = self;
        let origin = chosen(&exchanges, origin.as_deref());
        let mut kept = Vec::with_capacity(exchanges.len());
        for (id, exchange) in exchanges {
            if Some(&exchange.origin) == origin.as_ref() {
                kept.push(exchange);
            } else {
                skipped.push(Skipped { id, reason: format!("of another service: `{}`", exchange.origin) });
            }
        }
        skipped.sort_by_key(|skipped| skipped.id);
        let groups = paths::group(&kept);
        let (document, operations) =
            document::write(&kept, &groups, title.as_deref(), origin.as_deref().unwrap_or_default(), &policy);
        Inferred { document, operations, exchanges: kept.len(), skipped }
    }
}

impl Inferred {
    /// The document as YAML.
    ///
    /// # Errors
    /// [`Error::Yaml`], which values of JSON should never be a reason for.
    pub fn to_yaml(&self) -> Result<String, Error> {
        yaml_serde::to_string(&self.document).map_err(|source| Error::Yaml(Box::new(source)))
    }

    /// The document as JSON, with indents.
    #[must_use]
    pub fn to_json(&self) -> String {
        format!("{:#}", self.document)
    }
}

/// The service with the most exchanges, of those that were asked for; the first one where several have as many.
fn chosen(exchanges: &[(u64, Exchange)], asked: Option<&str>) -> Option<String> {
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (at, (_, exchange)) in exchanges.iter().enumerate() {
        if asked.is_none_or(|asked| exchange.origin.contains(asked.trim_end_matches('/'))) {
            counts.entry(&exchange.origin).or_insert((0, at)).0 += 1;
        }
    }
    let most = counts.into_iter().max_by_key(|(_, (count, first))| (*count, std::cmp::Reverse(*first)));
    most.map(|(origin, _)| origin.to_owned())
}
