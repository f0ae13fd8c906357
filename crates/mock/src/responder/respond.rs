//! A request in, an answer out, by the mode that holds.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::{Duration, Instant};

use http::StatusCode;
use tracesnap_record::{Mode, OnMiss};

use super::ResponderBuilder;
use super::problem::refusal;
use crate::Error;
use crate::cache::{Cache, CacheKey, Entry, Made, Statistics};
use crate::config::{Change, MockConfig, Switch};
use crate::engine::{Answer, Mock, Request, Source};
use crate::generate::Quality;

#[cfg(feature = "database")]
use super::shelf::{Shelf, Snapshot};
#[cfg(feature = "database")]
use super::tally::Tally;
#[cfg(feature = "database")]
use crate::database::{Database, Sample, Version};

/// Answers by the mode that holds. Cheap to clone; clones share all of it.
#[derive(Clone, Debug)]
pub struct Responder {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    builder: ResponderBuilder,
    switch: Switch,
    /// By quality, with and without recognition: what was created belongs to one of them.
    mocks: [OnceLock<Served>; 8],
    cache: RwLock<Option<Cache>>,
    /// Held by whoever changes settings.
    switching: tokio::sync::Mutex<()>,
    #[cfg(feature = "database")]
    shelf: Option<Shelf>,
    #[cfg(feature = "database")]
    tally: Tally,
}

/// A mock, and what decides its answers beside the request.
#[derive(Debug)]
struct Served {
    mock: Mock,
    fingerprint: String,
}

/// What is known of a request before it is answered.
struct Asked<'a> {
    request: &'a Request,
    config: &'a MockConfig,
    served: &'a Served,
    /// Place and name of the operation.
    operation: Option<(usize, String)>,
    #[cfg(feature = "database")]
    stored: Option<Arc<Snapshot>>,
}

/// How an answer came about.
#[derive(Clone, Copy, Debug, Default)]
#[cfg_attr(not(feature = "database"), expect(dead_code, reason = "it is counted in a database only"))]
struct Course {
    is_cached: bool,
    generation: Option<Duration>,
}

impl Responder {
    pub(super) async fn new(builder: ResponderBuilder) -> Result<Self, Error> {
        let config = builder.config.clone();
        let cache = match (&builder.cache, config.cache_enabled) {
            (Some(cache), _) => Some(cache.clone()),
            (None, true) => Some(builder.open_cache(&config)?),
            (None, false) => None,
        };
        #[cfg(feature = "database")]
        let shelf = match &builder.database {
            Some(database) => {
                let shelf = Shelf::new(database.clone(), builder.api.clone());
                shelf.refresh(config.environment).await?;
                Some(shelf)
            }
            None => None,
        };
        let inner = Inner {
            switch: Switch::new(config),
            mocks: Default::default(),
            cache: RwLock::new(cache),
            switching: tokio::sync::Mutex::default(),
            #[cfg(feature = "database")]
            shelf,
            #[cfg(feature = "database")]
            tally: Tally::default(),
            builder,
        };
        let responder = Self { inner: Arc::new(inner) };
        #[cfg(feature = "database")]
        responder.recognise().await?;
        Ok(responder)
    }

    /// The answer to a request. There always is one.
    ///
    /// # Panics
    /// Where the mock does, which is a fault of this library.
    pub async fn answer(&self, request: &Request) -> Answer {
        let config = self.inner.switch.current();
        let served = self.served(&config);
        #[cfg(feature = "database")]
        self.look_again(&config);
        let asked = Asked {
            request,
            config: &config,
            served,
            operation: served.mock.route(request),
            #[cfg(feature = "database")]
            stored: self.inner.shelf.as_ref().map(Shelf::snapshot),
        };
        let fixed = asked.operation.as_ref().is_some_and(|(index, _)| served.mock.is_overridden(*index));
        let (mut answer, course) = match config.mode {
            Mode::Real | Mode::Record | Mode::Spy | Mode::Verify => (self.real(&asked).await, Course::default()),
            // Somebody's word stands over all that is stored.
            _ if fixed => self.mocked(&asked).await,
            Mode::Playback | Mode::Strict | Mode::Hybrid(OnMiss::Fail) => match self.stored(&asked).await {
                Some(found) => found,
                None => (self.played_back(&asked).await, Course::default()),
            },
            Mode::Hybrid(OnMiss::Forward | OnMiss::Record) => match self.stored(&asked).await {
                Some(found) => found,
                None => match self.ask(&asked).await {
                    Some(Ok(answer)) => (answer, Course::default()),
                    Some(Err(error)) => {
                        let (mut answer, course) = self.mocked(&asked).await;
                        answer.because(format!("the service did not answer: {error}"));
                        (answer, course)
                    }
                    None => self.mocked(&asked).await,
                },
            },
            _ => match self.stored(&asked).await {
                Some(found) => found,
                None => self.mocked(&asked).await,
            },
        };
        self.tally(&asked, &answer, course);
        if request.headers().contains_key("x-mock-explain") && !answer.explain.is_empty() {
            answer.set("x-mock-explain", answer.explain.join("; "));
        }
        answer
    }

    /// The settings that hold now.
    #[must_use]
    pub fn config(&self) -> Arc<MockConfig> {
        self.inner.switch.current()
    }

    /// Changes settings, and tells which; `actor` is who does it, for the audit log. Other tiers of the cache begin to be
    /// used at once.
    ///
    /// # Errors
    /// The settings ask for a tier that there is not: nothing is changed then. The audit log cannot be written: the
    /// settings are changed all the same.
    pub async fn switch(&self, actor: &str, change: impl FnOnce(&mut MockConfig)) -> Result<Vec<Change>, Error> {
        let _switching = self.inner.switching.lock().await;
        let before = self.config();
        let mut next = MockConfig::clone(&before);
        change(&mut next);
        let tiers = |config: &MockConfig| {
            (config.cache_strategy, config.cache_ttl, config.redis_url.clone(), config.cache_enabled)
        };
        if tiers(&before) != tiers(&next) && self.inner.builder.cache.is_none() && next.cache_enabled {
            let cache = self.inner.builder.open_cache(&next)?;
            *self.inner.cache.write().unwrap_or_else(PoisonError::into_inner) = Some(cache);
        }
        let changes = self.inner.switch.update(|config| *config = next);
        let _ = actor;
        #[cfg(feature = "database")]
        if let Some(shelf) = &self.inner.shelf {
            shelf.database.audit_changes(actor, &changes).await?;
            shelf.refresh(self.config().environment).await?;
        }
        Ok(changes)
    }

    /// The mock that answers now.
    #[must_use]
    pub fn mock(&self) -> &Mock {
        &self.served(&self.config()).mock
    }

    /// The cache, where answers are kept.
    #[must_use]
    pub fn cache(&self) -> Option<Cache> {
        self.inner.cache.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What the cache has done so far; `None` where nothing is kept.
    #[must_use]
    pub fn get_statistics(&self) -> Option<Statistics> {
        self.cache().map(|cache| cache.get_statistics())
    }

    /// Forgets what all sessions did, and all fixed answers. What is stored, and what is kept, stays.
    pub fn reset(&self) {
        self.inner.mocks.iter().filter_map(OnceLock::get).for_each(|served| served.mock.reset());
    }

    fn served(&self, config: &MockConfig) -> &Served {
        let quality = Quality::ALL.iter().position(|one| *one == config.quality).unwrap_or_default();
        self.inner.mocks[quality * 2 + usize::from(config.auto_detect)].get_or_init(|| {
            let builder = self.inner.builder.mock.clone().quality(config.quality);
            let builder = if config.auto_detect { builder } else { builder.stateful(false) };
            let mock = builder.build();
            Served { fingerprint: mock.fingerprint(), mock }
        })
    }

    /// Asks the service; `None` if none is known.
    async fn ask(&self, asked: &Asked<'_>) -> Option<Result<Answer, super::LiveError>> {
        let live = self.inner.builder.live.as_ref()?;
        Some(live.ask(asked.request).await.map(|response| {
            let (head, body) = response.into_parts();
            let mut answer = Answer::new(head.status, Source::Service);
            answer.headers = head.headers;
            answer.body = body;
            answer.set("x-mock-source", Source::Service.as_str());
            answer.operation = asked.operation.as_ref().map(|(_, label)| label.clone());
            answer.index = asked.operation.as_ref().map(|(index, _)| *index);
            answer.because(format!("in the mode `{}` the service is asked", asked.config.mode));
            asked.served.mock.count(&answer);
            answer
        }))
    }

    async fn real(&self, asked: &Asked<'_>) -> Answer {
        let mode = asked.config.mode;
        match self.ask(asked).await {
            Some(Ok(answer)) => answer,
            Some(Err(error)) => refusal(
                asked.request,
                StatusCode::BAD_GATEWAY,
                &format!("the mode is `{mode}`, and the service did not answer: {error}"),
            ),
            None => refusal(
                asked.request,
                StatusCode::SERVICE_UNAVAILABLE,
                &format!(
                    "the mode is `{mode}`, in which mocks do not answer, and no service is known; set `MOCK_MODE` to \
                     `mock_only` or `hybrid:mock`"
                ),
            ),
        }
    }

    async fn played_back(&self, asked: &Asked<'_>) -> Answer {
        let mode = asked.config.mode;
        if self.inner.builder.live.as_ref().is_some_and(|live| live.plays_back()) {
            match self.ask(asked).await {
                Some(Ok(mut answer)) => {
                    answer.source = Source::Recording;
                    answer.set("x-mock-source", Source::Recording.as_str());
                    return answer;
                }
                Some(Err(error)) => {
                    let detail = format!("the mode is `{mode}`, and the recording did not answer: {error}");
                    return refusal(asked.request, StatusCode::NOT_IMPLEMENTED, &detail);
                }
                None => {}
            }
        }
        let what = asked.operation.as_ref().map_or("the request", |(_, label)| label);
        let detail = format!(
            "the mode is `{mode}`, and nothing is stored for {what}; store an answer, or set `MOCK_MODE` to `hybrid:mock`"
        );
        refusal(asked.request, StatusCode::NOT_IMPLEMENTED, &detail)
    }

    /// The cache, where answers are to be kept now.
    fn cache_in_use(&self, config: &MockConfig) -> Option<Cache> {
        if config.cache_enabled { self.cache() } else { None }
    }

    /// An answer of the mock: kept, or made.
    async fn mocked(&self, asked: &Asked<'_>) -> (Answer, Course) {
        let mock = &asked.served.mock;
        let cache = self.cache_in_use(asked.config);
        let repeatable = asked.operation.as_ref().filter(|(index, _)| mock.is_repeatable(*index, asked.request));
        let (Some(cache), Some((index, label))) = (cache, repeatable) else {
            let (answer, took) = self.make(asked);
            return (answer, Course { is_cached: false, generation: Some(took) });
        };
        let key = CacheKey::of("answer")
            .text(&asked.served.fingerprint)
            .text(asked.config.environment.as_str())
            .text(&self.stamp(asked, label))
            .request(asked.request)
            .finish();
        let tags = [format!("document:{}", asked.served.fingerprint), format!("operation:{label}")];
        let mut made = None;
        let entry = cache
            .get_or_make(&key, &tags, async {
                let (answer, took) = self.make(asked);
                let entry = Entry::of(&answer);
                let keeps = matches!(answer.source, Source::Generated | Source::Example | Source::Recording)
                    && answer.violations.is_empty();
                made = Some((answer, took));
                if keeps { Made::Keep(entry) } else { Made::Once(entry) }
            })
            .await;
        if let Some((mut answer, took)) = made {
            answer.set("x-mock-cache", "miss");
            return (answer, Course { is_cached: false, generation: Some(took) });
        }
        let mut answer = entry.answer();
        answer.index = Some(*index);
        answer.set("x-mock-cache", "hit");
        mock.count(&answer);
        (answer, Course { is_cached: true, generation: None })
    }

    /// Lets the mock make an answer, and the rules change it; and how long that took.
    fn make(&self, asked: &Asked<'_>) -> (Answer, Duration) {
        let begun = Instant::now();
        let made = catch_unwind(AssertUnwindSafe(|| {
            let answer = asked.served.mock.answer(asked.request);
            #[cfg(feature = "database")]
            let answer = self.follow_rules(asked, answer);
            answer
        }));
        let took = begun.elapsed();
        match made {
            Ok(answer) => (answer, took),
            Err(panic) => {
                self.tally_failure(asked, took);
                resume_unwind(panic)
            }
        }
    }
}

#[cfg(not(feature = "database"))]
impl Responder {
    #[expect(clippy::unused_async, reason = "with a database it is asked")]
    async fn stored(&self, _: &Asked<'_>) -> Option<(Answer, Course)> {
        None
    }

    fn stamp(&self, _: &Asked<'_>, _: &str) -> String {
        String::new()
    }

    fn tally(&self, _: &Asked<'_>, _: &Answer, _: Course) {}

    fn tally_failure(&self, _: &Asked<'_>, _: Duration) {}
}

#[cfg(feature = "database")]
impl Responder {
    /// The database, where something is stored.
    #[must_use]
    pub fn database(&self) -> Option<&Database> {
        self.inner.shelf.as_ref().map(|shelf| &shelf.database)
    }

    /// The name under which the API is found in the database.
    #[must_use]
    pub fn api(&self) -> &str {
        &self.inner.builder.api
    }

    /// Looks at once whether something changed in the database. Changes by others are seen within about a second anyway,
    /// if there are requests.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn refresh(&self) -> Result<(), Error> {
        match &self.inner.shelf {
            Some(shelf) => shelf.refresh(self.config().environment).await,
            None => Ok(()),
        }
    }

    /// Writes what was counted to the database. This also happens about every second, if there are requests; whoever ends
    /// calls it.
    ///
    /// # Errors
    /// [`Error::Database`]; what was counted is written the next time then.
    pub async fn flush(&self) -> Result<(), Error> {
        let Some(shelf) = &self.inner.shelf else { return Ok(()) };
        self.inner.tally.flush(&shelf.database, self.config().environment, &shelf.api).await
    }

    /// Stores what the operations of the document are.
    async fn recognise(&self) -> Result<(), Error> {
        let Some(shelf) = self.inner.shelf.as_ref().filter(|_| self.config().auto_detect) else { return Ok(()) };
        let library = shelf.database.pattern_library().library().await?;
        let recognizer = crate::patterns::Recognizer::new(library, crate::patterns::Model::built_in());
        let recognised = recognizer.document(self.mock().document());
        shelf.database.patterns(&shelf.api).save(&recognised).await
    }

    /// Looks from time to time whether something changed, and writes what was counted; no request waits for that.
    fn look_again(&self, config: &MockConfig) {
        let Some(shelf) = self.inner.shelf.as_ref().filter(|shelf| shelf.is_due()) else { return };
        let _ = shelf;
        let (responder, environment) = (self.clone(), config.environment);
        tokio::spawn(async move {
            if let Some(shelf) = &responder.inner.shelf {
                // Whatever fails is tried again the next time; until then, what is known counts.
                let _ = shelf.refresh(environment).await;
                let _ = responder.flush().await;
                shelf.has_looked();
            }
        });
    }

    /// The version that is stored for a request.
    async fn stored(&self, asked: &Asked<'_>) -> Option<(Answer, Course)> {
        let shelf = self.inner.shelf.as_ref()?;
        let (index, label) = asked.operation.as_ref()?;
        let target = asked.request.uri().path_and_query().map_or("/", |target| target.as_str());
        let id = asked.stored.as_ref()?.response(label, target)?;
        let is_head = asked.request.method() == http::Method::HEAD;
        let mut is_cached = true;
        let read = async {
            is_cached = false;
            // A database that is gone is passed over.
            let version = shelf.database.responses(&shelf.api).by_id(id).await.ok()??;
            let mut entry = entry_of(&version);
            // What is stored may be older than the document: it is answered with, and never silently.
            let wrong = asked.served.mock.check_answer(*index, Some(version.status), &version.body);
            entry.is_checked = wrong.is_some();
            if let Some(value) = wrong.filter(|wrong| !wrong.is_empty()) {
                let value = crate::engine::header_value(&value.join("; "));
                entry.headers.extend(value.map(|value| (INVALID, value)));
            }
            Some(Made::Keep(entry))
        };
        let entry = match self.cache_in_use(asked.config) {
            Some(cache) => {
                let key = CacheKey::of("stored").text(&asked.served.fingerprint).text(shelf.database.url());
                let key = key.bytes(&id.to_le_bytes()).finish();
                let tags = [format!("operation:{label}")];
                cache.find_or_make(&key, &tags, read).await?
            }
            None => match read.await? {
                Made::Keep(entry) | Made::Once(entry) => Arc::new(entry),
            },
        };
        let mut answer = entry.answer();
        answer.index = Some(*index);
        answer.set("x-mock-source", answer.source.as_str());
        let wrong = answer.headers.get(INVALID).map(|wrong| String::from_utf8_lossy(wrong.as_bytes()).into_owned());
        answer.violations.extend(wrong);
        crate::engine::cors(asked.request, &mut answer);
        if is_head {
            answer.set("content-length", answer.body.len().to_string());
            answer.body = bytes::Bytes::new();
        }
        answer.because(format!("version with the number {id} is stored for it"));
        asked.served.mock.count(&answer);
        Some((answer, Course { is_cached, generation: None }))
    }

    /// The rules that act on an operation, as a part of its key.
    fn stamp(&self, asked: &Asked<'_>, operation: &str) -> String {
        let rules: Vec<_> = asked.stored.iter().flat_map(|stored| stored.rules(operation)).collect();
        if rules.is_empty() { String::new() } else { serde_json::to_string(&rules).unwrap_or_default() }
    }

    /// Changes what was made up by the rules. One that would make it break its schema is left out, and said.
    fn follow_rules(&self, asked: &Asked<'_>, mut answer: Answer) -> Answer {
        let (Some(stored), Some((index, label))) = (&asked.stored, &asked.operation) else { return answer };
        if !matches!(answer.source, Source::Generated | Source::Example) || !answer.status.is_success() {
            return answer;
        }
        let mut rules = stored.rules(label).peekable();
        if rules.peek().is_none() {
            return answer;
        }
        let Some(mut body) = answer.json() else { return answer };
        let target = asked.request.uri().path_and_query().map_or("/", |target| target.as_str());
        for rule in rules {
            let mut next = body.clone();
            if !rule.apply(&mut next, target) {
                continue;
            }
            let bytes = crate::engine::json(&next);
            let wrong = asked.served.mock.check_answer(*index, Some(answer.status.as_u16()), &bytes);
            match wrong.unwrap_or_default().as_slice() {
                [] => {
                    (body, answer.body) = (next, bytes);
                    answer.because(format!("rule {} acted at `{}`", rule.id, rule.pointer));
                }
                [first, ..] => {
                    answer.set("x-mock-warning", format!("rule {} was left out, since {first}", rule.id));
                }
            }
        }
        answer
    }

    fn tally(&self, asked: &Asked<'_>, answer: &Answer, course: Course) {
        if self.inner.shelf.is_none() {
            return;
        }
        let fidelity = match (answer.source, asked.config.quality) {
            (Source::Generated, Quality::Basic) => 0.6,
            (Source::Generated, Quality::Realistic | Quality::Exact) => 0.9,
            _ => 1.0,
        };
        let mut sample =
            if answer.source == Source::Service { Sample::real() } else { Sample::mock(course.generation) };
        sample.is_cached = course.is_cached;
        sample.valid = answer.is_checked.then_some(answer.violations.is_empty());
        sample.failed = !answer.violations.is_empty() || answer.status == StatusCode::NOT_IMPLEMENTED;
        sample.fidelity = fidelity;
        self.count(asked, &sample);
    }

    fn tally_failure(&self, asked: &Asked<'_>, took: Duration) {
        let mut sample = Sample::mock(Some(took));
        (sample.failed, sample.fidelity) = (true, 0.0);
        self.count(asked, &sample);
    }

    fn count(&self, asked: &Asked<'_>, sample: &Sample) {
        let operation = asked.operation.as_ref().map_or("no operation", |(_, label)| label);
        self.inner.tally.count(operation, sample);
    }
}

/// Says what is wrong with an answer.
#[cfg(feature = "database")]
const INVALID: http::HeaderName = http::HeaderName::from_static("x-mock-invalid");

#[cfg(feature = "database")]
fn entry_of(version: &Version) -> Entry {
    let mut entry = Entry::new(version.status, "", version.body.clone());
    entry.headers.clear();
    for (name, value) in &version.headers {
        if let (Ok(name), Some(value)) =
            (http::HeaderName::from_bytes(name.as_bytes()), crate::engine::header_value(value))
        {
            entry.headers.append(name, value);
        }
    }
    entry.source = if version.source == "recorded" { Source::Recording } else { Source::Override };
    entry.operation = Some(version.operation.clone());
    entry.response_id = Some(version.id);
    entry
}
