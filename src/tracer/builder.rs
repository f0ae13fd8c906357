//! What a recording shall be: collected by setters, checked when it starts.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
#[cfg(feature = "file")]
use std::path::Path;

use tracesnap_config::Source;
use tracesnap_redact::Policy;
use tracing_core::{LevelFilter, Metadata};

use super::settings::{self, Settings};
#[cfg(feature = "file")]
use super::spill::Spill;
#[cfg(feature = "file")]
use super::{StreamGuard, cost};
use super::{Trace, TraceGuard, TraceHandle, guard, log};
use crate::Error;
use crate::allocator;
#[cfg(feature = "file")]
use crate::file::stream::Writer;
use crate::filter::{Filter, Modules, Pattern, Sampling, SamplingRules};
#[cfg(feature = "file")]
use crate::layer::Through;
use crate::layer::fields::MAX_VALUE_LIMIT;
use crate::layer::ring::Shape;
use crate::layer::session::Plan;
use crate::layer::{MemoryReadings, OnBusy, OnFull, TraceLayer};

/// Rows of a thread in a session where the builder says nothing. A span takes one, so does an event.
pub const DEFAULT_CAPACITY: usize = 65_536;

/// Field text of a thread in a session where the builder says nothing. **Unit:** bytes.
pub const DEFAULT_TEXT_CAPACITY: usize = 2 << 20;

/// Depth of calls that are recorded where the builder says nothing: all.
pub const DEFAULT_MAX_DEPTH: usize = usize::MAX;

/// What a number that is set may be, and how to say that.
pub(super) struct Limits {
    least: usize,
    most: usize,
    expected: &'static str,
}

/// Most rows of a ring: 48 GiB of them.
pub(super) const CAPACITY: Limits =
    Limits { least: 1, most: 1 << 30, expected: "a number of rows from 1 to 1,073,741,824" };

pub(super) const TEXT_CAPACITY: Limits =
    Limits { least: 65_536, most: 1 << 30, expected: "a number of bytes from 65,536 to 1,073,741,824" };

pub(super) const VALUE_LIMIT: Limits =
    Limits { least: 1, most: MAX_VALUE_LIMIT, expected: "a number of bytes from 1 to 8,128" };

pub(super) const MAX_DEPTH: Limits =
    Limits { least: 1, most: usize::MAX, expected: "a number of calls from 1; leave it out for no limit" };

impl Limits {
    /// The form of a number within them.
    pub(super) const fn expected(&self) -> &'static str {
        self.expected
    }

    fn check(&self, name: &'static str, found: usize) -> Result<(), Error> {
        self.read(name, &found.to_string()).map(drop)
    }

    /// The number, if it is one and within the limits.
    pub(super) fn read(&self, name: &'static str, text: &str) -> Result<usize, Error> {
        let number = text.trim().parse().ok().filter(|n| (self.least..=self.most).contains(n));
        number.ok_or_else(|| Error::Setting { name, found: text.into(), expected: self.expected })
    }
}

/// Says what is recorded. A setter that is called again replaces what it said before.
///
/// What is not set here comes from the environment (`TRACESNAP_MODULES` and its like), else from what
/// [`set_global_config`](crate::set_global_config) was given, else from `tracesnap.toml` (section `[trace]`), else from the
/// defaults: [`settings::KEYS`](crate::settings::KEYS) lists them. Everything is checked by [`start`](Self::start) and its siblings, which name what is wrong.
#[derive(Clone, Default)]
#[must_use = "a builder does nothing until `start`, `trace` or `layer` is called"]
pub struct TracerBuilder {
    pub(super) modules: Option<Vec<String>>,
    pub(super) max_level: Option<LevelFilter>,
    filter: Filter,
    has_filter_fn: bool,
    pub(super) max_depth: Option<usize>,
    pub(super) capacity: Option<usize>,
    pub(super) text_capacity: Option<usize>,
    pub(super) value_limit: Option<usize>,
    pub(super) on_full: Option<OnFull>,
    pub(super) sampling: Option<Sampling>,
    sampling_at: Vec<(String, Sampling)>,
    pub(super) memory: Option<MemoryReadings>,
    pub(super) timing: Option<bool>,
    pub(super) policy: Option<Policy>,
    scoped: bool,
    process_wide: Option<OnBusy>,
}

impl TracerBuilder {
    pub(super) fn new() -> Self {
        allocator::uncounted(Self::default)
    }

    /// Records only these modules. `a::**` is `a` and all below it, `*` one segment, `!` excludes; `re:` begins a
    /// regular expression, `target:` matches targets instead of module paths; the last pattern that matches decides.
    /// See [`Modules`](crate::filter::Modules). Default: every module.
    pub fn modules<P: Into<String>>(mut self, patterns: impl IntoIterator<Item = P>) -> Self {
        self.modules = Some(patterns.into_iter().map(Into::into).collect());
        self
    }

    /// Records this level and the more severe ones. Default: every level.
    pub fn max_level(mut self, level: impl Into<LevelFilter>) -> Self {
        self.max_level = Some(level.into());
        self
    }

    /// Records only callsites that this function wants, of those that modules and level let through. It is asked once
    /// a callsite; where it panics, the callsite is left out. Default: all of them.
    pub fn filter_fn(mut self, wants: impl Fn(&Metadata<'_>) -> bool + Send + Sync + 'static) -> Self {
        self.filter = self.filter.with_filter_fn(wants);
        self.has_filter_fn = true;
        self
    }

    /// Records calls with fewer than this many recorded calls above them: 1 keeps the roots alone. What is left out is
    /// counted. Default: [`DEFAULT_MAX_DEPTH`], no limit.
    pub fn max_depth(mut self, depth: usize) -> Self {
        self.max_depth = Some(depth);
        self
    }

    /// Rows a thread may write in this session; one takes 48 bytes (80 with [`MemoryReadings::Allocations`]). With
    /// [`OnFull::OverwriteOldest`] it is rounded up to a power of two. Default: [`DEFAULT_CAPACITY`].
    ///
    /// Threads that end leave as much as they wrote, and less than 1 KiB each; all of them together at most as many rows
    /// as one may write with [`OnFull::OverwriteOldest`], where those that ended last win, or 64 times as many with
    /// [`OnFull::DropNewest`], where those that ended first do. The rest is counted as lost. A thread that runs on keeps
    /// the room of a recording that is over until it takes part in another one.
    ///
    /// Under a `TraceLayer`, a thread has a second ring for what it does in calls of other threads, shared by all guards;
    /// it is as large as the largest that the layer and the guards that attached so far have asked for, when it is made.
    pub fn capacity(mut self, rows: usize) -> Self {
        self.capacity = Some(rows);
        self
    }

    /// Bytes of field text a thread may write in this session; at least 64 KiB. Threads that have ended keep as much of
    /// it, together, as they do of rows. Default: [`DEFAULT_TEXT_CAPACITY`].
    pub fn text_capacity(mut self, bytes: usize) -> Self {
        self.text_capacity = Some(bytes);
        self
    }

    /// Longest text of one value in bytes; longer ones are cut there, counted and marked. At most 8,128. Default:
    /// [`DEFAULT_VALUE_LIMIT`](crate::DEFAULT_VALUE_LIMIT).
    pub fn value_limit(mut self, bytes: usize) -> Self {
        self.value_limit = Some(bytes);
        self
    }

    /// What happens when a ring is full. Default: [`OnFull::DropNewest`] for a guard, [`OnFull::OverwriteOldest`] for a
    /// [`layer`](Self::layer).
    pub fn on_full(mut self, on_full: OnFull) -> Self {
        self.on_full = Some(on_full);
        self
    }

    /// Which roots are kept; what is below a root goes with it. Default: [`Sampling::always`].
    pub fn sampling(mut self, sampling: Sampling) -> Self {
        self.sampling = Some(sampling);
        self
    }

    /// Which roots of the modules that a pattern matches are kept; the last such rule that matches decides. Default:
    /// what [`sampling`](Self::sampling) says. The one setter that adds instead of replacing.
    pub fn sampling_at(mut self, pattern: impl Into<String>, sampling: Sampling) -> Self {
        self.sampling_at.push((pattern.into(), sampling));
        self
    }

    /// What is read of memory while calls run. Default: [`MemoryReadings::Off`].
    pub fn memory(mut self, readings: MemoryReadings) -> Self {
        self.memory = Some(readings);
        self
    }

    /// Whether times are taken. Without, recording costs about half; siblings on several threads then have no order.
    /// Default: they are.
    pub fn timing(mut self, timed: bool) -> Self {
        self.timing = Some(timed);
        self
    }

    /// What must not be written down: names are kept out while recording, values before the trace can be seen.
    /// Default: [`Policy::default`], the names of credentials and what looks like them.
    pub fn redact(mut self, policy: Policy) -> Self {
        self.policy = Some(policy);
        self
    }

    /// Records through a dispatcher of this guard's own, set for this thread as long as it lives, instead of the one of
    /// the process. For code under test that installs a subscriber itself: with the process's place left free, its
    /// `init()` does not panic. That place is free as long as no guard without `scoped` was started in the process; a
    /// test binary of its own, or nextest, sees to that. Threads join where a span of the session is entered; adopted threads do not.
    /// Default: off.
    pub fn scoped(mut self) -> Self {
        self.scoped = true;
        self
    }

    /// Takes every span of the process that no other session takes, on any thread. One session can do so at a time.
    /// Default: off.
    pub fn process_wide(mut self, on_busy: OnBusy) -> Self {
        self.process_wide = Some(on_busy);
        self
    }

    /// Starts recording on this thread, until the guard is finished or dropped.
    ///
    /// # Errors
    ///
    /// A pattern that cannot be read, a setting or variable with a value it cannot have, or
    /// [`process_wide`](Self::process_wide) while another session has the process.
    pub fn start(self) -> Result<TraceGuard, Error> {
        let (scoped, process_wide) = (self.scoped, self.process_wide);
        allocator::uncounted(|| {
            #[cfg(feature = "file")]
            let saving = settings::saving(&settings::process()?)?;
            let (plan, memory) = self.plan(OnFull::DropNewest)?;
            #[cfg_attr(not(feature = "file"), expect(unused_mut, reason = "it has nothing to save"))]
            let mut guard = guard::start(plan, memory, scoped, process_wide)?;
            #[cfg(feature = "file")]
            {
                guard.saving = saving;
            }
            Ok(guard)
        })
    }

    /// Starts recording on this thread into a new file, which is written while the program runs: see [`StreamGuard`].
    ///
    /// ```
    /// use tracesnap::{Trace, Tracer};
    ///
    /// # let dir = std::env::temp_dir().join(format!("tracesnap-doc-stream-{}", std::process::id()));
    /// # std::fs::create_dir_all(&dir)?;
    /// let guard = Tracer::builder().stream_to(dir.join("run.trace.stream"))?;
    /// tracing::info_span!("checkout", items = 2).in_scope(|| ());
    /// let streamed = guard.finish()?;
    ///
    /// let trace = Trace::load(&streamed.path)?;
    /// assert_eq!(trace.snapshot().to_string(), "checkout(items: 2)");
    /// # std::fs::remove_dir_all(&dir)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// [`on_full`](Self::on_full) says nothing here: what finds no room is refused. Of guards that finish inside this one the
    /// calls are not in the file, and [`TraceStats::nested_open`](crate::tree::TraceStats::nested_open) counts them.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start); and [`Error::File`] if there is such a file already, which may be what a killed process has
    /// left, or it cannot be written. Beside a `TraceLayer` it is an error, too: what other threads do in its calls is known
    /// only afterwards there. [`scoped`](Self::scoped) is the way then.
    #[cfg(feature = "file")]
    pub fn stream_to(self, path: impl AsRef<Path>) -> Result<StreamGuard, Error> {
        allocator::uncounted(|| {
            let mut guard = self.start_streamed(path.as_ref())?;
            let path = std::path::absolute(&path).unwrap_or_else(|_| path.as_ref().to_owned());
            let (cost, resident) = (guard.own_cost, guard.resident.take());
            let Some(session) = guard.session() else { return Err(Error::Busy) };
            let spill = Writer::create(&path)
                .and_then(|file| Spill::start(&session, file, resident, cost, cost::inside_ns(cost, &session.plan)));
            Ok(StreamGuard::new(&path, guard, spill.map_err(Error::File)?))
        })
    }

    /// Starts recording into rings that somebody takes the rows out of, to write them to this file.
    #[cfg(feature = "file")]
    pub(super) fn start_streamed(self, path: &Path) -> Result<TraceGuard, Error> {
        let (scoped, process_wide) = (self.scoped, self.process_wide);
        let (mut plan, memory) = self.on_full(OnFull::DropNewest).plan(OnFull::DropNewest)?;
        plan.streamed = true;
        let guard = guard::start(plan, memory, scoped, process_wide)?;
        if guard.through() == Through::Layer {
            return Err(Error::Setting {
                name: "stream_to",
                found: path.display().to_string(),
                expected: "a program without a `TraceLayer`; beside one, add `.scoped()`",
            });
        }
        Ok(guard)
    }

    /// Runs a function under a guard and gives its value with the trace. A panic goes through, and discards the trace;
    /// [`trace_catch`](Self::trace_catch) keeps it.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start); the function has not run then.
    pub fn trace<T>(self, run: impl FnOnce() -> T) -> Result<(T, Trace), Error> {
        let guard = self.start()?;
        let value = run();
        Ok((value, guard.finish()))
    }

    /// Like [`trace`](Self::trace), but a panic is caught and given beside the trace, which shows where it came from.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start); the function has not run then.
    pub fn trace_catch<T>(self, run: impl FnOnce() -> T) -> Result<(std::thread::Result<T>, Trace), Error> {
        let guard = self.start()?;
        let value = catch_unwind(AssertUnwindSafe(run));
        Ok((value, guard.finish()))
    }

    /// Awaits a future under a guard. The future stays on the thread that polls it first: it is not `Send`.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start); the future was not polled then.
    pub async fn trace_async<F: Future>(self, future: F) -> Result<(F::Output, Trace), Error> {
        let guard = self.start()?;
        let value = future.await;
        Ok((value, guard.finish()))
    }

    /// A layer to compose with others, and the handle to what it records: everything the registry is told, on any
    /// thread, the newest rows winning. A guard started under such a subscriber attaches to it.
    ///
    /// ```
    /// use tracesnap::Tracer;
    /// use tracing_subscriber::prelude::*;
    ///
    /// let (layer, handle) = Tracer::builder().layer()?;
    /// let subscriber = tracing_subscriber::registry().with(layer);
    /// tracing::subscriber::with_default(subscriber, || tracing::info_span!("tick").in_scope(|| ()));
    ///
    /// assert_eq!(handle.trace().tree().len(), 1);
    /// # Ok::<(), tracesnap::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start). `scoped` and `process_wide` say nothing here and are ignored.
    pub fn layer(self) -> Result<(TraceLayer, TraceHandle), Error> {
        let (mut plan, memory) = self.plan(OnFull::OverwriteOldest)?;
        plan.shape.links = true;
        let policy = plan.policy.clone();
        let commons = Plan {
            filter: Filter::default(),
            sampling: SamplingRules::new(&Sampling::always(), Vec::new())?,
            max_depth: usize::MAX,
            // Guards that attach make it larger if they ask for more.
            shape: Shape { on_full: OnFull::DropNewest, ..plan.shape },
            // Each session cuts values where it wants to.
            value_limit: MAX_VALUE_LIMIT,
            timed: true,
            policy,
            streamed: false,
        };
        let (layer, session) = TraceLayer::new(plan, commons);
        log::opened("layer");
        let handle = TraceHandle::new(session, layer.commons(), memory);
        Ok((layer, handle))
    }

    fn plan(self, on_full: OnFull) -> Result<(Plan, MemoryReadings), Error> {
        let set = Settings::resolve(&self, &settings::process()?, on_full)?;
        let mut filter = self.filter.with_modules(Modules::parse(set.modules.value)?);
        if set.max_level.source != Source::Default {
            filter = filter.with_max_level(set.max_level.value);
        }
        let at = self.sampling_at.into_iter().map(|(pattern, sampling)| Ok((pattern.parse::<Pattern>()?, sampling)));
        let sampling = SamplingRules::new(&set.sampling.value, at.collect::<Result<_, Error>>()?)?;
        let rows = set.capacity.value;
        CAPACITY.check("capacity", rows)?;
        let text = set.text_capacity.value;
        TEXT_CAPACITY.check("text_capacity", text)?;
        let value_limit = set.value_limit.value;
        VALUE_LIMIT.check("value_limit", value_limit)?;
        let max_depth = set.max_depth.value;
        MAX_DEPTH.check("max_depth", max_depth)?;
        let memory = set.memory.value;
        let shape = Shape {
            rows,
            text,
            on_full: set.on_full.value,
            memory: memory == MemoryReadings::Allocations,
            links: false,
        };
        let (policy, timed) = (set.policy, set.timing.value);
        let streamed = false;
        Ok((Plan { filter, sampling, max_depth, shape, value_limit, timed, policy, streamed }, memory))
    }
}

impl std::fmt::Debug for TracerBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TracerBuilder")
            .field("modules", &self.modules)
            .field("max_level", &self.max_level)
            .field("filter_fn", &self.has_filter_fn)
            .field("max_depth", &self.max_depth)
            .field("capacity", &self.capacity)
            .field("text_capacity", &self.text_capacity)
            .field("value_limit", &self.value_limit)
            .field("on_full", &self.on_full)
            .field("sampling", &self.sampling)
            .field("sampling_at", &self.sampling_at)
            .field("memory", &self.memory)
            .field("timing", &self.timing)
            .field("scoped", &self.scoped)
            .field("process_wide", &self.process_wide)
            .finish_non_exhaustive()
    }
}
