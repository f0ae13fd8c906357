//! The configuration that a program sets for itself.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use tracesnap_store::Backend;

use crate::OnError;
use crate::config::Layout;
use crate::serializer::Serializer;

/// Whether an argument is kept, asked with its name and its value as JSON. What names and types keep back is replaced
/// already; what only looks like a secret is replaced later, by the writer, so a filter still sees it.
pub trait ArgumentFilter: Send + Sync {
    /// Whether the argument is kept. One that is not is marked as redacted by the rule `filter`.
    fn should_capture(&self, name: &str, json: &str) -> bool;
}

impl<F: Fn(&str, &str) -> bool + Send + Sync> ArgumentFilter for F {
    fn should_capture(&self, name: &str, json: &str) -> bool {
        self(name, json)
    }
}

/// What a program sets for all its captured functions, by [`set_global_config`](crate::set_global_config) or
/// [`CapturesBuilder::config`](crate::CapturesBuilder::config).
///
/// It stands in the middle: attributes and the environment win over it, it wins over `tracesnap.toml` and the defaults.
/// What is not set here is left to those.
///
/// ```
/// use tracesnap_capture::CaptureConfig;
///
/// let production = CaptureConfig::new()
///     .production_mode(true)
///     .minimal_capture()
///     .ignore_large_objects(true)
///     .max_bytes(1_024)
///     .retention("1")
///     .ignore_args(["credentials"]);
/// # let _ = production;
/// ```
#[derive(Clone, Default)]
#[must_use = "a configuration does nothing until it is set"]
pub struct CaptureConfig {
    pub(crate) enabled: Option<bool>,
    pub(crate) path: Option<PathBuf>,
    pub(crate) retention: Option<String>,
    pub(crate) ignore_args: Option<Vec<String>>,
    pub(crate) production_mode: Option<bool>,
    pub(crate) sample: Option<f64>,
    pub(crate) seed: Option<u64>,
    pub(crate) max_bytes: Option<u64>,
    pub(crate) background: Option<bool>,
    pub(crate) layout: Option<Layout>,
    pub(crate) queue: Option<usize>,
    pub(crate) on_error: Option<OnError>,
    pub(crate) debug_tier: Option<bool>,
    pub(crate) no_outcome: Option<bool>,
    pub(crate) ignore_large: Option<bool>,
    pub(crate) debug_mode: Option<bool>,
    pub(crate) audit: Option<bool>,
    pub(crate) encrypt: Option<bool>,
    pub(crate) allow_plain: Option<bool>,
    pub(crate) review: Option<bool>,
    pub(crate) backend: Option<Arc<dyn Backend>>,
    pub(crate) filter: Option<Arc<dyn ArgumentFilter>>,
    pub(crate) serializer: Option<Arc<dyn Serializer>>,
    pub(crate) fallback_serializer: Option<Arc<dyn Serializer>>,
    pub(crate) tags: Vec<(String, String)>,
}

impl CaptureConfig {
    /// A configuration that sets nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether anything is captured. Default: `true`.
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = Some(enabled);
        self
    }

    /// The folder of the captures, relative to the current one. Default: `captures`.
    pub fn path(mut self, path: impl Into<PathBuf>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// What is kept of each function: a number, an age, a size, or several of them, as
    /// [`Retention`](tracesnap_store::Retention) reads it. Segments go as a whole, when the newest capture in them is not kept.
    /// Default: `10`, in production mode `1`.
    pub fn retention(mut self, retention: impl fmt::Display) -> Self {
        self.retention = Some(retention.to_string());
        self
    }

    /// Names of arguments and fields that are never looked at, beside those that the redaction policy knows. Default:
    /// none.
    pub fn ignore_args<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.ignore_args = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Changes the defaults to what a program in production can bear: at most 1 KiB an argument, the latest capture of
    /// each function (with those of its segment), no `Debug` texts, one call in a hundred, written in the background to
    /// segments. Default: `false`.
    pub fn production_mode(mut self, on: bool) -> Self {
        self.production_mode = Some(on);
        self
    }

    /// The share of calls that is captured, from 0 to 1. Default: `1`, in production mode `0.01`.
    pub fn sample(mut self, ratio: f64) -> Self {
        self.sample = Some(ratio);
        self
    }

    /// Makes sampling the same in every run. Default: another one in every process.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Bytes of one argument or outcome; what is larger is cut, and marked so. Default: 65,536, in production mode
    /// 1,024.
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = Some(bytes);
        self
    }

    /// Whether a thread of ours writes, so that callers do not wait for a disk. Default: `false`, in production mode
    /// `true`.
    pub fn background(mut self, on: bool) -> Self {
        self.background = Some(on);
        self
    }

    /// Whether each capture is a file, or many of them share one. Default: [`Layout::Files`], in production mode
    /// [`Layout::Segments`].
    pub fn layout(mut self, layout: Layout) -> Self {
        self.layout = Some(layout);
        self
    }

    /// Captures that wait for the writer, at most; one more is dropped and counted. Default: 8,192.
    pub fn queue(mut self, captures: usize) -> Self {
        self.queue = Some(captures);
        self
    }

    /// What happens when a capture fails. Default: [`OnError::Warn`].
    pub fn on_error(mut self, on_error: OnError) -> Self {
        self.on_error = Some(on_error);
        self
    }

    /// Whether arguments that are not `Serialize` are kept as their `Debug` text, in which a secret is found by its
    /// form only. Default: `true`, in production mode `false`.
    pub fn debug_tier(mut self, on: bool) -> Self {
        self.debug_tier = Some(on);
        self
    }

    /// Arguments alone, no outcomes; a capture is written before the body runs. Default: `false`.
    pub fn no_outcome(mut self, on: bool) -> Self {
        self.no_outcome = Some(on);
        self
    }

    /// Leaves an argument that is larger than [`max_bytes`](Self::max_bytes) out altogether, instead of keeping its
    /// beginning. Default: `false`, in production mode `true`.
    pub fn ignore_large_objects(mut self, on: bool) -> Self {
        self.ignore_large = Some(on);
        self
    }

    /// Tells on standard error of every capture what was taken and what was kept back. Default: `false`.
    pub fn debug_mode(mut self, on: bool) -> Self {
        self.debug_mode = Some(on);
        self
    }

    /// Notes in `audit.ndjson` of the folder who captured, loaded and removed what and when; never a value. Default:
    /// `false`.
    pub fn audit(mut self, on: bool) -> Self {
        self.audit = Some(on);
        self
    }

    /// Whether captures must be encrypted: where the variable `TRACESNAP_STORE_KEY` holds no key, nothing is captured,
    /// and that is told once. Default: `false`.
    ///
    /// With the feature `encryption`, they are wherever that variable holds one: 64 hexadecimal digits, as
    /// `openssl rand -hex 32` prints them. Times, names of functions and tags stay legible, so that captures can be
    /// listed. [`load!`](crate::load) and `tracesnap captures` read them where it holds the same key; one that is not
    /// encrypted is refused there, since nothing vouches for it.
    pub fn encrypt(mut self, on: bool) -> Self {
        self.encrypt = Some(on);
        self
    }

    /// Whether captures that are not encrypted are loaded where `TRACESNAP_STORE_KEY` holds a key: until
    /// `tracesnap captures rescrub --encrypt` has encrypted those that were there before. Default: `false`.
    pub fn allow_plain(mut self, on: bool) -> Self {
        self.allow_plain = Some(on);
        self
    }

    /// Whether captures wait for a review: they are put aside, the newest [`retention`](Self::retention) of each function,
    /// and what is loaded and replayed is the one that a review accepted. So a test goes on with the same capture, whatever
    /// the program does meanwhile. Each is a file, whatever the [`layout`](Self::layout). Default: `false`.
    ///
    /// [`CaptureLoader::pending`](crate::CaptureLoader::pending) lists those that wait;
    /// [`accept`](crate::CaptureLoader::accept) and [`reject`](crate::CaptureLoader::reject) decide.
    pub fn review(mut self, on: bool) -> Self {
        self.review = Some(on);
        self
    }

    /// Where captures lie instead of in a folder: a bucket
    /// ([`ObjectStoreBackend`](https://docs.rs/tracesnap-store) with the feature `object-store`), a database, a backend of
    /// one's own. [`path`](Self::path), also that of an attribute, then means nothing. Default: a folder.
    pub fn backend(mut self, backend: Arc<dyn Backend>) -> Self {
        self.backend = Some(backend);
        self
    }

    /// Only what is essential: no outcomes, no `Debug` texts, large arguments left out.
    pub fn minimal_capture(self) -> Self {
        self.no_outcome(true).debug_tier(false).ignore_large_objects(true)
    }

    /// As much as there is: every call, its outcome, `Debug` texts, up to 1 MiB an argument.
    pub fn full_capture(self) -> Self {
        self.sample(1.0).no_outcome(false).debug_tier(true).ignore_large_objects(false).max_bytes(1 << 20)
    }

    /// Asks for each argument whether it is kept. Default: all are.
    pub fn filter(mut self, filter: impl ArgumentFilter + 'static) -> Self {
        self.filter = Some(Arc::new(filter));
        self
    }

    /// Stores documents in another form than JSON. Default: JSON, which people, other languages and
    /// `tracesnap captures` read.
    pub fn serializer(mut self, serializer: impl Serializer + 'static) -> Self {
        self.serializer = Some(Arc::new(serializer));
        self
    }

    /// Stores those documents that [`serializer`](Self::serializer) fails for. Default: none; such a capture counts as
    /// failed.
    pub fn fallback_serializer(mut self, serializer: impl Serializer + 'static) -> Self {
        self.fallback_serializer = Some(Arc::new(serializer));
        self
    }

    /// Those that are asked, in their order.
    pub(crate) fn serializers(&self) -> Vec<Arc<dyn Serializer>> {
        self.serializer.iter().chain(&self.fallback_serializer).cloned().collect()
    }

    /// Puts a tag on every capture, by which it can be selected. Default: none.
    pub fn tag(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.tags.push((name.into(), value.into()));
        self
    }
}

impl fmt::Debug for CaptureConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CaptureConfig")
            .field("enabled", &self.enabled)
            .field("path", &self.path)
            .field("retention", &self.retention)
            .field("ignore_args", &self.ignore_args)
            .field("production_mode", &self.production_mode)
            .field("sample", &self.sample)
            .field("max_bytes", &self.max_bytes)
            .field("background", &self.background)
            .field("layout", &self.layout)
            .finish_non_exhaustive()
    }
}
