//! How a mock is set up.

use std::str::FromStr;
use std::sync::Arc;

use tracesnap_openapi::Document;

use super::Mock;
use crate::generate::{Quality, Settings};

/// What happens to a request that breaks the document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Validation {
    /// Nothing: it is not looked at, and neither are credentials.
    Off,
    /// It is answered all the same; the header `x-mock-warning` says what is wrong.
    Warn,
    /// It is refused: 422 with all reasons, or 400 where the document has that instead; 401 without credentials.
    #[default]
    Enforce,
}

impl Validation {
    /// The name, as in `warn`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Warn => "warn",
            Self::Enforce => "enforce",
        }
    }
}

impl FromStr for Validation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let all = [Self::Off, Self::Warn, Self::Enforce];
        let found = all.into_iter().find(|one| one.as_str().eq_ignore_ascii_case(text));
        found.ok_or_else(|| format!("unknown validation `{text}`, expected off, warn or enforce"))
    }
}

/// What holds for a mock as a whole.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) settings: Settings,
    pub(crate) strict: bool,
    pub(crate) validation: Validation,
    pub(crate) check_every: u64,
    pub(crate) stateful: bool,
    pub(crate) start_items: usize,
    pub(crate) credentials: Vec<String>,
}

/// Sets up a [`Mock`].
#[derive(Clone, Debug)]
#[must_use = "nothing answers until `build`"]
pub struct MockBuilder {
    document: Arc<Document>,
    config: Config,
    #[cfg(feature = "graphql")]
    graphql: Option<Arc<crate::graphql::GraphQlSchema>>,
}

impl MockBuilder {
    /// Every answer is checked.
    pub const DEFAULT_CHECK_EVERY: u64 = 1;
    /// Items that a collection begins with.
    pub const DEFAULT_START_ITEMS: usize = 25;
    /// The most that a collection may begin with.
    pub const MAX_START_ITEMS: usize = 1_000;

    pub(crate) fn new(document: Arc<Document>) -> Self {
        Self {
            document,
            #[cfg(feature = "graphql")]
            graphql: None,
            config: Config {
                settings: Settings::default(),
                strict: false,
                validation: Validation::default(),
                check_every: Self::DEFAULT_CHECK_EVERY,
                stateful: true,
                start_items: Self::DEFAULT_START_ITEMS,
                credentials: Vec::new(),
            },
        }
    }

    /// How rich answers are. Default: [`Quality::Realistic`].
    pub fn quality(mut self, quality: Quality) -> Self {
        self.config.settings = self.config.settings.with_quality(quality);
        self
    }

    /// Another seed, other answers. Default: 0.
    pub fn seed(mut self, seed: u64) -> Self {
        self.config.settings = self.config.settings.with_seed(seed);
        self
    }

    /// Whether only what was created or is part of the start data exists, and only credentials that were given out, or
    /// [named](Self::credential), count. Default: no; an unknown id is made on the spot unless it was deleted, and
    /// credentials are looked at for their form only.
    pub fn strict(mut self, strict: bool) -> Self {
        self.config.strict = strict;
        self
    }

    /// A token, a key or `user:password` that counts in a strict mock. May be called again. Default: none.
    pub fn credential(mut self, credential: impl Into<String>) -> Self {
        self.config.credentials.push(credential.into());
        self
    }

    /// What happens to requests that break the document. Default: [`Validation::Enforce`].
    pub fn validation(mut self, validation: Validation) -> Self {
        self.config.validation = validation;
        self
    }

    /// Every how many answers one is checked against its schema; 0 checks none. A strict mock checks all of them.
    /// Default: [`Self::DEFAULT_CHECK_EVERY`].
    pub fn check_every(mut self, answers: u64) -> Self {
        self.config.check_every = answers;
        self
    }

    /// Whether what is created is remembered. Default: yes.
    pub fn stateful(mut self, stateful: bool) -> Self {
        self.config.stateful = stateful;
        self
    }

    /// How many items a collection begins with, at most [`Self::MAX_START_ITEMS`]. Default:
    /// [`Self::DEFAULT_START_ITEMS`].
    pub fn start_items(mut self, items: usize) -> Self {
        self.config.start_items = items.min(Self::MAX_START_ITEMS);
        self
    }

    /// Lets all operations be answered as a GraphQL schema has it, whose [document](crate::graphql::GraphQlSchema::document)
    /// this is a mock of. Default: as the document has it.
    #[cfg(feature = "graphql")]
    pub fn graphql(mut self, schema: Arc<crate::graphql::GraphQlSchema>) -> Self {
        self.graphql = Some(schema);
        self
    }

    /// The mock.
    #[must_use]
    pub fn build(self) -> Mock {
        Mock::new(
            self.document,
            self.config,
            #[cfg(feature = "graphql")]
            self.graphql.map(crate::graphql::GraphQl::new),
        )
    }
}
