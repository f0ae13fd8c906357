//! Recognises what an operation is: CRUD, authentication, pagination, search, file upload, or several of them.
//!
//! ```
//! use tracesnap_mock::patterns::{Pattern, Recognizer, Strategy};
//! use tracesnap_openapi::Document;
//!
//! let document = Document::parse("shop.yaml", r#"
//! openapi: 3.0.3
//! paths:
//!   /orders:
//!     get:
//!       operationId: listOrders
//!       parameters:
//!       - { name: cursor, in: query, schema: { type: string } }
//!       responses:
//!         200:
//!           description: one page
//!           content: { application/json: { schema: { type: array, items: { type: object, properties: { id: { type: integer } } } } } }
//!   /orders/{id}:
//!     get:
//!       operationId: getOrder
//!       parameters: [{ name: id, in: path, required: true, schema: { type: integer } }]
//!       responses: { 200: { description: fine } }
//! "#)?;
//!
//! let recognised = Recognizer::default().document(&document);
//! let list = &recognised[0];
//! assert!(list.is(Pattern::Crud) && list.is(Pattern::Pagination) && !list.is(Pattern::Auth));
//! assert_eq!(list.strategy, Strategy::Template);
//! # Ok::<(), tracesnap_openapi::Error>(())
//! ```
//!
//! # How
//!
//! [`Library`] holds words, as data that users extend. From them and from the structure of the document (schemas,
//! parameters, what stands beside an operation) *evidence* is gathered, each piece with the reason for it. A
//! [`Model`] weighs it: one logistic regression a pattern, small enough to be read, trained by
//! `cargo run -p tracesnap-mock --example train` on operations that people labelled. Its confidence is a probability:
//! of ten operations with 0.9, nine are what it says.
//!
//! It decides nothing from a word alone where the structure contradicts it, and knows nothing of answers.

mod evidence;
mod facts;
mod library;
mod model;
mod verbs;
pub(crate) mod words;

pub use evidence::{Evidence, Finding};
#[cfg(feature = "database")]
pub(crate) use library::BUILT_IN;
pub use library::{Library, LibraryError};
pub use model::{Model, ModelError, Weights};

use std::fmt;

use serde::{Deserialize, Serialize};
use tracesnap_openapi::Document;

/// What an operation may be. It may be several at once, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Pattern {
    /// A plain store of items could answer it: list, read, create, update, delete.
    Crud,
    /// It establishes, proves, renews, inspects or ends that somebody is signed in, or manages what does so.
    Auth,
    /// It hands out a list in parts, with a way to ask for the next one.
    Pagination,
    /// The caller describes what is wanted and gets the items that match.
    Search,
    /// It takes the bytes of a file, or is a step of doing so.
    FileUpload,
}

impl Pattern {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Crud, Self::Auth, Self::Pagination, Self::Search, Self::FileUpload];

    /// The name, as in `file_upload`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Crud => "crud",
            Self::Auth => "auth",
            Self::Pagination => "pagination",
            Self::Search => "search",
            Self::FileUpload => "file_upload",
        }
    }

    /// The pattern of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|pattern| pattern.as_str() == name)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// From which confidence on a pattern counts.
pub const MIN_CONFIDENCE: f64 = 0.5;
/// Above this, an operation is answered by the template of its pattern.
pub const TEMPLATE_ABOVE: f64 = 0.9;
/// From this on (and up to [`TEMPLATE_ABOVE`]), the template is filled from the schema; below, the schema alone counts.
pub const INTELLIGENT_FROM: f64 = 0.7;

/// How an operation is to be answered, by the confidence in what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Strategy {
    /// By what its patterns say: confidence over 0.9.
    Template,
    /// By its patterns as far as the schema agrees: 0.7 to 0.9.
    Intelligent,
    /// By its schema: nothing is known well enough.
    Fallback,
}

impl Strategy {
    /// The strategy for the highest confidence among the patterns of an operation.
    #[must_use]
    pub fn of(confidence: f64) -> Self {
        if confidence > TEMPLATE_ABOVE {
            Self::Template
        } else if confidence >= INTELLIGENT_FROM {
            Self::Intelligent
        } else {
            Self::Fallback
        }
    }

    /// The name, as in `template`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Template => "template",
            Self::Intelligent => "intelligent",
            Self::Fallback => "fallback",
        }
    }
}

/// A pattern that an operation has.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Recognised {
    /// Which one.
    pub pattern: Pattern,
    /// How likely it is, from 0.5 to 1.
    pub confidence: f64,
    /// Why, what weighs most first.
    pub reasons: Vec<String>,
}

/// What an operation is.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Recognition {
    /// The method, as in `GET`.
    pub method: String,
    /// The path template.
    pub path: String,
    /// `operationId`.
    pub operation_id: Option<String>,
    /// Its patterns, from [`MIN_CONFIDENCE`] on, surest first; empty where it is none of them.
    pub patterns: Vec<Recognised>,
    /// How it is to be answered.
    pub strategy: Strategy,
    /// The confidence in each pattern, those that do not count included, in the order of [`Pattern::ALL`].
    #[serde(skip)]
    pub confidences: [f64; 5],
}

impl Recognition {
    /// Whether it has that pattern.
    #[must_use]
    pub fn is(&self, pattern: Pattern) -> bool {
        self.patterns.iter().any(|recognised| recognised.pattern == pattern)
    }
}

/// Recognises operations by a library and a model.
#[derive(Clone, Debug, Default)]
pub struct Recognizer {
    library: Library,
    model: Model,
}

/// Reasons that are kept of each pattern.
const REASONS: usize = 5;

impl Recognizer {
    /// A recognizer with words and weights of your own.
    #[must_use]
    pub fn new(library: Library, model: Model) -> Self {
        Self { library, model }
    }

    /// What each operation of a document is, in the order of [`Document::operations`].
    #[must_use]
    pub fn document(&self, document: &Document) -> Vec<Recognition> {
        self.evidence(document).iter().map(|evidence| self.weigh(evidence)).collect()
    }

    /// What speaks for and against each pattern, in the order of [`Document::operations`].
    #[must_use]
    pub fn evidence(&self, document: &Document) -> Vec<Evidence> {
        evidence::gather(document, &self.library)
    }

    fn weigh(&self, evidence: &Evidence) -> Recognition {
        let mut confidences = [0.0; 5];
        let mut patterns = Vec::new();
        for (at, pattern) in Pattern::ALL.into_iter().enumerate() {
            let ruled = self.library.rule(pattern, evidence);
            let findings = evidence.findings(pattern);
            let confidence = ruled.map_or_else(|| self.model.confidence(pattern, findings), |rule| rule.confidence);
            confidences[at] = confidence;
            if confidence < MIN_CONFIDENCE {
                continue;
            }
            let reasons = match ruled {
                Some(rule) => vec![rule.reason()],
                None => self.model.reasons(pattern, findings, REASONS),
            };
            // More digits would claim what nobody measured.
            let confidence = (confidence * 1_000.0).round() / 1_000.0;
            patterns.push(Recognised { pattern, confidence, reasons });
        }
        patterns.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
        let strategy = Strategy::of(patterns.first().map_or(0.0, |surest| surest.confidence));
        Recognition {
            method: evidence.method.clone(),
            path: evidence.path.clone(),
            operation_id: evidence.operation_id.clone(),
            patterns,
            strategy,
            confidences,
        }
    }
}
