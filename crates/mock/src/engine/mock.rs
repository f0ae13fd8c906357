//! The mock: a document, what is remembered, and the way in.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use tracesnap_openapi::Document;

use super::builder::Config;
use super::overrides::{Fixed, Overrides};
use super::plan::{Plans, Table};
use super::stats::Counters;
use super::turn::Turn;
use super::{Answer, MockBuilder, Reason, Stats};
use crate::Error;
use crate::ask;
use crate::generate::Generator;
use crate::state::{Catalog, SessionOverview, Sessions};
use crate::validate::requests::Schemas;
use crate::validate::{Answers, Violation};

/// A request, as the ecosystem has it.
pub type Request = http::Request<Bytes>;

/// Answers in place of an API. Cheap to clone; clones share what they remember.
#[derive(Clone, Debug)]
pub struct Mock {
    inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) document: Arc<Document>,
    pub(crate) config: Config,
    pub(crate) plans: Plans,
    pub(crate) generator: Generator,
    pub(crate) answers: Arc<Answers>,
    pub(crate) schemas: Schemas,
    pub(crate) sessions: Sessions,
    pub(crate) catalog: Catalog,
    pub(crate) overrides: Overrides,
    pub(crate) counters: Counters,
    #[cfg(feature = "graphql")]
    pub(crate) graphql: Option<crate::graphql::GraphQl>,
    /// Answers so far, to check every so many.
    pub(crate) turns: AtomicU64,
}

impl Mock {
    /// A mock of the API that a file describes.
    ///
    /// # Errors
    /// The file cannot be read as an API document at all; see [`Document::open`].
    pub fn from_openapi(path: impl AsRef<Path>) -> Result<MockBuilder, Error> {
        Ok(Self::from_document(Document::open(path)?))
    }

    /// A mock of the API of a document.
    pub fn from_document(document: impl Into<Arc<Document>>) -> MockBuilder {
        MockBuilder::new(document.into())
    }

    pub(crate) fn new(
        document: Arc<Document>,
        config: Config,
        #[cfg(feature = "graphql")] graphql: Option<crate::graphql::GraphQl>,
    ) -> Self {
        let answers = Arc::new(Answers::new(Arc::clone(&document)));
        let inner = Inner {
            plans: Plans::of(Arc::clone(&document)),
            generator: Generator::new(Arc::clone(&document), config.settings.clone()),
            schemas: Schemas::new(Arc::clone(&answers)),
            answers,
            sessions: Sessions::default(),
            catalog: Catalog::default(),
            overrides: Overrides::default(),
            counters: Counters::default(),
            #[cfg(feature = "graphql")]
            graphql,
            turns: AtomicU64::new(0),
            document,
            config,
        };
        Self { inner: Arc::new(inner) }
    }

    /// The document it answers for.
    #[must_use]
    pub fn document(&self) -> &Arc<Document> {
        &self.inner.document
    }

    /// The answer to a request. There always is one; nothing in a request makes it panic.
    #[must_use]
    pub fn answer(&self, request: &Request) -> Answer {
        self.finish(request, |inner, table| Turn::new(inner, table, request).answer())
    }

    /// The answer to somebody whose credentials are known to be none, since they were redacted.
    #[cfg(feature = "record")]
    pub(crate) fn answer_trusted(&self, request: &Request) -> Answer {
        self.finish(request, |inner, table| Turn::new(inner, table, request).trusted().answer())
    }

    fn finish(&self, request: &Request, answer: impl FnOnce(&Inner, &Table<'_>) -> Answer) -> Answer {
        let inner = &*self.inner;
        let mut answer = inner.plans.with_dependent(|_, table| answer(inner, table));
        inner.counters.count(&answer);
        answer.headers.insert("x-mock-source", http::HeaderValue::from_static(answer.source.as_str()));
        if request.headers().contains_key("x-mock-explain") {
            let text = answer.explain.join("; ");
            answer.set("x-mock-explain", text);
        }
        cors(request, &mut answer);
        if request.method() == http::Method::HEAD {
            answer.set("content-length", answer.body.len().to_string());
            answer.body = Bytes::new();
        }
        answer
    }

    /// All that is wrong with a request by the document, whatever the mock does about it. `None` if no operation is for
    /// it.
    #[must_use]
    pub fn check(&self, request: &Request) -> Option<Vec<Reason>> {
        self.inner.plans.with_dependent(|_, table| Turn::new(&self.inner, table, request).check())
    }

    /// An answer of an operation, whatever a request would have to be; `number` tells several from each other. `None` if
    /// the document says nothing of that status.
    #[must_use]
    pub fn sample(&self, operation: usize, status: Option<u16>, number: u64) -> Option<Answer> {
        let inner = &*self.inner;
        let request = Request::default();
        inner.plans.with_dependent(|_, table| {
            let plan = table.plan(operation)?;
            Turn::new(inner, table, &request).sample(plan, status, number)
        })
    }

    /// A request that an operation should answer with a success, made from the document alone: required parameters, a
    /// body, credentials of the right form. `None` if there is no such operation, or what it asks for cannot be sent.
    #[must_use]
    pub fn request(&self, operation: usize) -> Option<Request> {
        ask::request(&self.inner.generator, self.inner.document.operation(operation)?)
    }

    /// All that is wrong with the body of an answer, for a status that is by default that of success. `None` if the
    /// document describes no such body.
    #[must_use]
    pub fn check_answer(&self, operation: usize, status: Option<u16>, body: &[u8]) -> Option<Vec<String>> {
        Some(match self.violations(operation, status, body)? {
            Ok(violations) => violations.iter().map(ToString::to_string).collect(),
            Err(error) => vec![format!("the body is not JSON: {error}")],
        })
    }

    /// As [`check_answer`](Self::check_answer), with the places apart; the error is that of a body that is not JSON.
    pub(crate) fn violations(
        &self,
        operation: usize,
        status: Option<u16>,
        body: &[u8],
    ) -> Option<Result<Vec<Violation>, serde_json::Error>> {
        self.inner.plans.with_dependent(|_, table| {
            let plan = table.plan(operation)?;
            let schema = plan.response(status.unwrap_or(plan.success.0))?.json()?.schema()?;
            let checked = |value| self.inner.answers.check(schema, &value).err().unwrap_or_default();
            Some(serde_json::from_slice(body).map(checked))
        })
    }

    /// The place of an operation: by its id, or as `GET /orders/{id}`.
    ///
    /// # Errors
    /// [`Error::UnknownOperation`] if there is none.
    pub fn operation(&self, name: &str) -> Result<usize, Error> {
        find_operation(&self.inner.document, name)
    }

    /// Lets an operation, named as for [`operation`](Self::operation), answer with something fixed.
    ///
    /// # Errors
    /// [`Error::UnknownOperation`] if there is no such operation.
    pub fn set_override(&self, operation: &str, fixed: Fixed) -> Result<(), Error> {
        self.inner.overrides.set(self.operation(operation)?, fixed);
        Ok(())
    }

    /// Lets an operation, named as for [`operation`](Self::operation), answer by itself again. Whether it had a fixed
    /// answer.
    ///
    /// # Errors
    /// [`Error::UnknownOperation`] if there is no such operation.
    pub fn clear_override(&self, operation: &str) -> Result<bool, Error> {
        Ok(self.inner.overrides.remove(self.operation(operation)?))
    }

    /// Lets an operation answer with something fixed in place of what was fixed for all of its requests before.
    #[cfg(feature = "server")]
    pub(crate) fn fix(&self, operation: usize, fixed: Fixed) {
        self.inner.overrides.replace(operation, fixed);
    }

    /// Lets an operation answer by itself again; whether it had a fixed answer.
    #[cfg(feature = "server")]
    pub(crate) fn unfix(&self, operation: usize) -> bool {
        self.inner.overrides.remove(operation)
    }

    /// Another mock of the same document and settings but for the quality, which remembers nothing of this one.
    #[cfg(feature = "server")]
    pub(crate) fn of_quality(&self, quality: crate::generate::Quality) -> Self {
        let mut config = self.inner.config.clone();
        config.settings = config.settings.with_quality(quality);
        Self::new(
            Arc::clone(&self.inner.document),
            config,
            #[cfg(feature = "graphql")]
            self.inner.graphql.as_ref().map(crate::graphql::GraphQl::anew),
        )
    }

    /// How rich answers are.
    #[cfg(feature = "server")]
    pub(crate) fn quality(&self) -> crate::generate::Quality {
        self.inner.config.settings.quality
    }

    /// The names of sessions that did something, the one used last first; the empty one is that of whoever names none.
    #[must_use]
    pub fn sessions(&self) -> Vec<String> {
        self.inner.sessions.names()
    }

    /// What a session made, changed and deleted; of each collection the newest `items`.
    #[must_use]
    pub fn session(&self, name: &str, items: usize) -> SessionOverview {
        self.inner.plans.with_dependent(|_, table| self.inner.sessions.overview(name, table.resources(), items))
    }

    /// What an operation does to a store, as in ``reads `order` of /orders``; `None` if it is no part of one.
    #[must_use]
    pub fn store_of(&self, operation: usize) -> Option<String> {
        self.inner.plans.with_dependent(|_, table| {
            let (part, resource) = table.resources().part(operation)?;
            Some(format!("{} `{}` of {}", part.role.does(), resource.one, resource.path))
        })
    }

    /// Forgets what all sessions did, and all fixed answers.
    pub fn reset(&self) {
        self.inner.sessions.reset();
        self.inner.overrides.clear();
    }

    /// Forgets what one session did.
    pub fn reset_session(&self, session: &str) {
        self.inner.sessions.reset_one(session);
    }

    /// What was answered so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.inner.counters.stats()
    }

    /// Begins to count anew.
    pub fn reset_stats(&self) {
        self.inner.counters.reset();
    }

    /// The operation that a request is for, as in `GET /orders/{id}`, and its place in the document.
    #[cfg(feature = "cache")]
    pub(crate) fn route(&self, request: &Request) -> Option<(usize, String)> {
        self.inner.plans.with_dependent(|_, table| {
            let plan = table.plan(super::turn::found(table.document(), request)?.operation.index())?;
            Some((plan.operation.index(), plan.label.clone()))
        })
    }

    /// Whether somebody set a fixed answer for an operation.
    #[cfg(any(feature = "cache", feature = "server"))]
    pub(crate) fn is_overridden(&self, operation: usize) -> bool {
        self.inner.overrides.has(operation)
    }

    /// Counts an answer that was found elsewhere.
    #[cfg(feature = "cache")]
    pub(crate) fn count(&self, answer: &Answer) {
        self.inner.counters.count(answer);
    }

    /// Whether the answer depends on the document, the settings and the request alone: on nothing that somebody created,
    /// fixed or signed in to.
    #[cfg(feature = "cache")]
    pub(crate) fn is_repeatable(&self, operation: usize, request: &Request) -> bool {
        if self.inner.overrides.has(operation) {
            return false;
        }
        #[cfg(feature = "graphql")]
        if self.inner.graphql.is_some() {
            return false;
        }
        self.inner.plans.with_dependent(|_, table| {
            let Some(plan) = table.plan(operation) else { return false };
            let resources = table.resources();
            let stateful = self.inner.config.stateful;
            !resources.is_auth(operation)
                && (!stateful || resources.part(operation).is_none() && !plan.answers_file && !uploads(request))
        })
    }

    /// What decides answers beside the request: the document, and how the mock is set up. In hexadecimal digits.
    #[cfg(feature = "cache")]
    pub(crate) fn fingerprint(&self) -> String {
        use sha2::{Digest, Sha256};
        let mut hash = Sha256::new();
        // The next release may make up something else.
        let version = env!("CARGO_PKG_VERSION");
        let config = format!("{:?}", self.inner.config);
        for part in self.inner.document.texts().chain([version, &config]) {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        crate::cache::hexadecimal(&hash.finalize())
    }

    /// The resources it remembers changes of: a sentence each.
    #[must_use]
    pub fn resources(&self) -> Vec<String> {
        self.inner.plans.with_dependent(|_, table| table.resources().describe())
    }
}

/// Whether a request may bring a file, which would be remembered.
#[cfg(feature = "cache")]
fn uploads(request: &Request) -> bool {
    let content_type = request.headers().get("content-type").map(http::HeaderValue::as_bytes).unwrap_or_default();
    !request.body().is_empty() && !content_type.windows(4).any(|word| word.eq_ignore_ascii_case(b"json"))
}

impl Inner {
    /// Whether this answer is one that is checked.
    pub(crate) fn is_checked(&self) -> bool {
        if self.config.strict {
            return true;
        }
        match self.config.check_every {
            0 => false,
            1 => true,
            every => self.turns.fetch_add(1, Ordering::Relaxed).is_multiple_of(every),
        }
    }
}

pub(crate) fn find_operation(document: &Document, name: &str) -> Result<usize, Error> {
    let name = name.trim();
    if let Some(found) = document.operation_by_id(name) {
        return Ok(found.index());
    }
    if let Some((method, path)) = name.split_once(char::is_whitespace) {
        let (method, path) = (method.to_ascii_uppercase(), path.trim());
        let same =
            |operation: &tracesnap_openapi::Operation<'_>| operation.method() == method && operation.path() == path;
        if let Some(found) = document.operations().find(same) {
            return Ok(found.index());
        }
        if let Some(found) = document.route(&method, path).found() {
            return Ok(found.operation.index());
        }
    }
    let wanted = name.to_ascii_lowercase();
    let near = document.operations().filter(|operation| {
        let id = operation.id().unwrap_or_default().to_ascii_lowercase();
        let of_path = operation.path().to_ascii_lowercase();
        !wanted.is_empty()
            && (id.contains(&wanted) || wanted.contains(&id) && !id.is_empty() || of_path.contains(&wanted))
    });
    let name_of = |operation: tracesnap_openapi::Operation<'_>| {
        operation.id().map_or_else(|| format!("{} {}", operation.method(), operation.path()), str::to_owned)
    };
    Err(Error::UnknownOperation { asked: name.to_owned(), near: near.take(3).map(name_of).collect() })
}

/// Lets pages of any origin read an answer: a mock has no secrets.
pub(crate) fn cors(request: &Request, answer: &mut Answer) {
    let Some(origin) = request.headers().get(http::header::ORIGIN) else { return };
    let headers = &mut answer.headers;
    headers.insert("access-control-allow-origin", origin.clone());
    headers.insert("access-control-allow-credentials", http::HeaderValue::from_static("true"));
    headers.append("vary", http::HeaderValue::from_static("origin"));
    // Credentials forbid `*`, so what is there is named.
    let names: Vec<&str> =
        headers.keys().map(http::HeaderName::as_str).filter(|name| !name.starts_with("access-")).collect();
    let names = names.join(", ");
    answer.set("access-control-expose-headers", names);
}

/// The query of a request, decoded; what is not UTF-8 becomes U+FFFD.
pub(crate) fn query(text: &str) -> Vec<(Cow<'_, str>, Cow<'_, str>)> {
    form_urlencoded::parse(text.as_bytes()).take(MAX_PAIRS).collect()
}

/// Pairs of a query that are read.
const MAX_PAIRS: usize = 1_000;
