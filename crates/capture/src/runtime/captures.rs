//! Where captures go, and how they are taken: configuration, policy, stores, writer, numbers.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock, Weak};

use tracesnap_config::{Environment, Sources};
use tracesnap_redact::{Policy, PolicyBuilder};

use super::call::Record;
use super::queue::Queue;
use super::scope::{CaptureGuard, Scoped};
use super::settled::{OwnerName, Rules, Site};
use super::stats::{CaptureStats, Counters, add};
use super::writer;
use crate::config::{Settings, keys};
use crate::storage::{CaptureSet, How, Shelf};
use crate::{CaptureConfig, Error, Options, id};

/// Where captures go and how they are taken. A clone is the same.
///
/// The process has one, from environment, `tracesnap.toml` and [`set_global_config`](crate::set_global_config). A part of
/// a program can have its own: [`enter`](Self::enter) for a thread, [`scope`](Self::scope) for a future.
///
/// ```
/// use tracesnap_capture::{CaptureConfig, Captures, capture, load};
///
/// #[capture]
/// fn area(width: u32, height: u32) -> u32 {
///     width * height
/// }
///
/// # let dir = tempfile::tempdir()?;
/// let captures = Captures::builder().config(CaptureConfig::new().path(dir.path())).build()?;
/// let _captures = captures.enter();
/// area(3, 4);
///
/// let case = load!(area)?;
/// assert_eq!((case.args.width, case.args.height), (3, 4));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Captures(Arc<Inner>);

/// What holds for each function: by where its site lies, and the type whose method it is. `None` where nothing can hold.
type Sites = HashMap<(usize, usize), Option<Arc<Rules>>>;

pub(crate) struct Inner {
    pub(crate) config: CaptureConfig,
    sources: Sources,
    /// What holds where no attribute says anything.
    settings: Settings,
    pub(crate) policy: Policy,
    pub(crate) counters: Arc<Counters>,
    sites: RwLock<Sites>,
    shelves: Mutex<HashMap<(PathBuf, String), Arc<Shelf>>>,
    queue: OnceLock<Queue>,
}

/// Builds [`Captures`].
#[must_use = "a builder does nothing until `build`"]
#[derive(Clone, Debug)]
pub struct CapturesBuilder {
    config: CaptureConfig,
    sources: Sources,
    policy: Option<Policy>,
}

impl CapturesBuilder {
    /// What the program sets. Default: nothing.
    pub fn config(mut self, config: CaptureConfig) -> Self {
        self.config = config;
        self
    }

    /// Asks this environment. Default: none, so that a test is not changed by who runs it.
    pub fn environment(mut self, environment: Environment) -> Self {
        self.sources = self.sources.with_environment(environment);
        self
    }

    /// Takes this text for `tracesnap.toml`. Default: there is none.
    ///
    /// # Errors
    ///
    /// If it is no TOML.
    pub fn file_text(mut self, text: &str) -> Result<Self, Error> {
        self.sources = self.sources.with_file_text(tracesnap_config::FILE_NAME, text)?;
        Ok(self)
    }

    /// Asks the environment of the process and the `tracesnap.toml` that holds for its folder.
    ///
    /// # Errors
    ///
    /// If the file cannot be read.
    pub fn from_process(mut self) -> Result<Self, Error> {
        self.sources = Sources::process(keys::SECTION)?;
        Ok(self)
    }

    /// What must not be written down. Default: [`Policy::for_captures`], the names of
    /// [`ignore_args`](CaptureConfig::ignore_args), and what `[redact]` of `tracesnap.toml` adds.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = Some(policy);
        self
    }

    /// The captures.
    ///
    /// # Errors
    ///
    /// If a setting makes no sense, or nobody has such a setting.
    pub fn build(self) -> Result<Captures, Error> {
        let Self { config, sources, policy } = self;
        sources.check(keys::PREFIX, &keys::KEYS)?;
        let settings = Settings::resolve(&Options::NONE, &sources, &config)?;
        let policy = match policy {
            Some(policy) => policy,
            None => {
                let names = settings.ignore_args.value.iter();
                let builder = tracesnap_redact::settings::add_to(Policy::builder().for_captures(), &sources)?;
                names.fold(builder, PolicyBuilder::name).build()?
            }
        };
        Ok(Captures(Arc::new(Inner {
            config,
            sources,
            settings,
            policy,
            counters: Arc::default(),
            sites: RwLock::default(),
            shelves: Mutex::default(),
            queue: OnceLock::new(),
        })))
    }
}

impl Captures {
    /// Starts from defaults alone: neither environment nor file.
    pub fn builder() -> CapturesBuilder {
        CapturesBuilder { config: CaptureConfig::new(), sources: Sources::new(keys::SECTION), policy: None }
    }

    /// The captures that hold on this thread: those of the innermost scope, else those of the process.
    ///
    /// # Panics
    ///
    /// On a thread that is ending, whose thread-locals are gone.
    #[must_use]
    pub fn current() -> Self {
        super::scope::current().expect("thread-locals are there until the thread ends")
    }

    /// Captures that take nothing.
    pub(crate) fn off() -> Self {
        let off = Self::builder().config(CaptureConfig::new().enabled(false)).build();
        off.expect("the defaults make sense")
    }

    /// Makes these captures hold on this thread until the guard is dropped; guards inside of guards win.
    ///
    /// Another thread has them if it enters a clone itself.
    pub fn enter(&self) -> CaptureGuard {
        CaptureGuard::new(self.clone())
    }

    /// Makes these captures hold for a future, wherever it is polled.
    pub fn scope<F: Future>(&self, future: F) -> Scoped<F> {
        Scoped::new(future, self.clone())
    }

    /// Whether anything is captured.
    #[must_use]
    pub fn is_enabled(&self) -> bool {
        self.0.settings.enabled.value
    }

    /// What holds where an attribute says nothing, with the places it came from.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// What capturing did and cost so far.
    #[must_use]
    pub fn stats(&self) -> CaptureStats {
        self.0.counters.read()
    }

    /// Waits until everything that was captured so far is in its store.
    pub fn flush(&self) {
        if let Some(queue) = self.0.queue.get() {
            queue.flush();
        }
        self.flush_shelves();
    }

    /// What must not be written down.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.0.policy
    }

    pub(crate) fn flush_shelves(&self) {
        let shelves: Vec<_> = lock(&self.0.shelves).values().cloned().collect();
        for shelf in shelves {
            if let Err(error) = shelf.flush() {
                add(&self.0.counters.failed, 1);
                crate::warn::tell("captures could not be written", &error);
            }
        }
    }

    pub(crate) fn counters(&self) -> &Counters {
        &self.0.counters
    }

    /// What holds for a function; `None` where nothing can hold, which has been told.
    pub(crate) fn rules(&self, site: &'static Site, owner: Option<OwnerName>) -> Option<Arc<Rules>> {
        // A method of a trait is one function for every type.
        let key = (std::ptr::from_ref(site).addr(), owner.map_or(0, |owner| owner as usize));
        let sites = self.0.sites.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(rules) = sites.get(&key) {
            return rules.clone();
        }
        drop(sites);
        let settings = Settings::resolve(&site.spec.options, &self.0.sources, &self.0.config);
        let rules = settings.and_then(|settings| {
            let shelf = self.shelf(&settings)?;
            Ok(Rules::new(site, owner, settings, &self.0, shelf))
        });
        let rules = rules.map(Arc::new).map_err(|error| {
            add(&self.0.counters.failed, 1);
            crate::warn::tell(&format!("`{}` is not captured", site.name(owner)), &error);
        });
        let mut sites = self.0.sites.write().unwrap_or_else(PoisonError::into_inner);
        sites.entry(key).or_insert(rules.ok()).clone()
    }

    /// What holds for outcomes that are made to be compared with recorded ones.
    pub(crate) fn rules_of_outcomes(&self) -> Rules {
        Rules::of_outcomes(self.0.settings.clone(), &self.0)
    }

    /// The store of a function.
    pub(crate) fn shelf_of(&self, options: &Options) -> Result<Arc<Shelf>, Error> {
        self.shelf(&Settings::resolve(options, &self.0.sources, &self.0.config)?)
    }

    fn shelf(&self, settings: &Settings) -> Result<Arc<Shelf>, Error> {
        let key = (settings.path.value.clone(), settings.retention.value.clone());
        let mut shelves = lock(&self.0.shelves);
        if let Some(shelf) = shelves.get(&key) {
            return Ok(Arc::clone(shelf));
        }
        let how = How {
            layout: settings.layout.value,
            retention: settings.retention(),
            audit: settings.audit.value,
            encrypt: settings.encrypt.value,
            allow_plain: settings.allow_plain.value,
            reads: if settings.review.value { CaptureSet::Accepted } else { CaptureSet::Recorded },
            serializers: self.0.config.serializers(),
            backend: self.0.config.backend.clone(),
        };
        let shelf = Arc::new(Shelf::open(&key.0, how)?);
        shelves.insert(key, Arc::clone(&shelf));
        Ok(shelf)
    }

    /// Writes a record, or hands it to the thread that does.
    pub(crate) fn submit(record: &mut Record) {
        if !record.rules.background {
            let Record { facts, rules, room, held, .. } = record;
            writer::write(rules, &id::thread(), facts, &room.json, &mut room.taken, std::mem::take(held));
            // Others may look at once.
            return;
        }
        let Record { facts, captures, rules, room, held, .. } = record;
        let queue = captures.0.queue.get_or_init(|| Queue::start(rules.settings.queue.value));
        if !queue.push(facts, rules, room, held) {
            add(&rules.counters.dropped, 1);
        }
    }

    pub(crate) fn downgrade(&self) -> Weak<Inner> {
        Arc::downgrade(&self.0)
    }

    pub(crate) fn of_weak(inner: &Weak<Inner>) -> Option<Self> {
        inner.upgrade().map(Self)
    }

    /// Where captures lie if no attribute says otherwise.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0.settings.path.value
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // What waits is written, then what lies in memory of the stores.
        drop(self.queue.take());
        let shelves = self.shelves.get_mut().unwrap_or_else(PoisonError::into_inner);
        for shelf in shelves.values() {
            if let Err(error) = shelf.flush() {
                crate::warn::tell("captures could not be written", &error);
            }
        }
    }
}

impl fmt::Debug for Captures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Settings { enabled, path, .. } = &self.0.settings;
        f.debug_struct("Captures").field("enabled", &enabled.value).field("path", &path.value).finish_non_exhaustive()
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
