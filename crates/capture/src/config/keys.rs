//! All settings as data: their names in the file and in the environment, and what is told of them.

use tracesnap_config::{FromSetting, Key};

/// The section of the file.
pub const SECTION: &str = "capture";

/// What the variables of the environment begin with.
pub(crate) const PREFIX: &str = "SNAP_CAPTURE_";

const BOOL: &str = bool::EXPECTED;

pub(crate) const ENABLED: Key = Key::new("enabled")
    .variable("SNAP_CAPTURE_ENABLED")
    .takes(BOOL)
    .default_is("`true`")
    .means("whether anything is captured");
pub(crate) const PATH: Key = Key::new("path")
    .variable("SNAP_CAPTURE_DEFAULT_PATH")
    .takes("a folder")
    .default_is("`captures`")
    .means("where captures lie; in the attribute `path`");
pub(crate) const RETENTION: Key = Key::new("retention")
    .variable("SNAP_CAPTURE_DEFAULT_RETENTION")
    .takes("a number of captures (`5`), a size (`1 MiB`), an age (`7 days`), several of them with commas, or `all`")
    .default_is("`10`; in production `1`")
    .means("what is kept of each function; in the attribute `retention`");
pub(crate) const IGNORE_ARGS: Key = Key::new("ignore_args")
    .variable("SNAP_CAPTURE_IGNORE_ARGS")
    .takes("a list of names")
    .default_is("none")
    .means("arguments and fields that are never looked at; in the attribute `ignore(…)`");
pub(crate) const PRODUCTION_MODE: Key = Key::new("production_mode")
    .variable("SNAP_CAPTURE_PRODUCTION_MODE")
    .takes(BOOL)
    .default_is("`false`")
    .means("changes the defaults to what a program in production can bear");
pub(crate) const SAMPLE: Key = Key::new("sample")
    .variable("SNAP_CAPTURE_SAMPLE")
    .takes("a share from 0 to 1")
    .default_is("`1`; in production `0.01`")
    .means("the share of calls that is captured; in the attribute `sample`");
pub(crate) const SEED: Key = Key::new("seed")
    .variable("SNAP_CAPTURE_SEED")
    .takes("a whole number")
    .default_is("at random")
    .means("makes sampling the same in every run");
pub(crate) const MAX_BYTES: Key = Key::new("max_bytes")
    .variable("SNAP_CAPTURE_MAX_BYTES")
    .takes("a number of bytes")
    .default_is("`65536`; in production `1024`")
    .means("what one argument or outcome may take; in the attribute `max_bytes`");
pub(crate) const BACKGROUND: Key = Key::new("background")
    .variable("SNAP_CAPTURE_BACKGROUND")
    .takes(BOOL)
    .default_is("`false`; in production `true`")
    .means("whether a thread of ours writes; in the attribute `background`");
pub(crate) const LAYOUT: Key = Key::new("layout")
    .variable("SNAP_CAPTURE_LAYOUT")
    .takes("`files` or `segments`")
    .default_is("`files`; in production `segments`")
    .means("one file a capture, or many captures a file");
pub(crate) const QUEUE: Key = Key::new("queue")
    .variable("SNAP_CAPTURE_QUEUE")
    .takes("a number of captures from 1")
    .default_is("`8192`")
    .means("how many may wait to be written in the background");
pub(crate) const ON_ERROR: Key = Key::new("on_error")
    .variable("SNAP_CAPTURE_ON_ERROR")
    .takes(crate::OnError::EXPECTED)
    .default_is("`warn`")
    .means("what a capture that fails does; in the attribute `on_error`");
pub(crate) const DEBUG_TIER: Key = Key::new("debug_tier")
    .variable("SNAP_CAPTURE_DEBUG_TIER")
    .takes(BOOL)
    .default_is("`true`; in production `false`")
    .means("whether what has only `Debug` is kept as its text");
pub(crate) const NO_OUTCOME: Key = Key::new("no_outcome")
    .variable("SNAP_CAPTURE_NO_OUTCOME")
    .takes(BOOL)
    .default_is("`false`")
    .means("leaves out what came out; in the attribute `no_outcome`");
pub(crate) const IGNORE_LARGE: Key = Key::new("ignore_large_objects")
    .variable("SNAP_CAPTURE_IGNORE_LARGE_OBJECTS")
    .takes(BOOL)
    .default_is("`false`; in production `true`")
    .means("leaves out what is too large instead of cutting it");
pub(crate) const DEBUG_MODE: Key = Key::new("debug_mode")
    .variable("SNAP_CAPTURE_DEBUG_MODE")
    .takes(BOOL)
    .default_is("`false`")
    .means("tells on standard error what is captured");
pub(crate) const AUDIT: Key = Key::new("audit")
    .variable("SNAP_CAPTURE_AUDIT")
    .takes(BOOL)
    .default_is("`false`")
    .means("keeps a log of who wrote and read captures");
pub(crate) const ENCRYPT: Key = Key::new("encrypt")
    .variable("SNAP_CAPTURE_ENCRYPT")
    .takes(BOOL)
    .default_is("`false`")
    .means("captures nothing without a key to encrypt it by");
pub(crate) const ALLOW_PLAIN: Key = Key::new("allow_plain")
    .variable("SNAP_CAPTURE_ALLOW_PLAIN")
    .takes(BOOL)
    .default_is("`false`")
    .means("with a key, reads captures that are not encrypted, too");
pub(crate) const REVIEW: Key = Key::new("review")
    .variable("SNAP_CAPTURE_REVIEW")
    .takes(BOOL)
    .default_is("`false`")
    .means("new captures wait until somebody accepts them");

/// Every setting, with its name in `tracesnap.toml` (section `capture`), its variable, and what it takes.
pub const KEYS: [Key; 20] = [
    ENABLED,
    PATH,
    RETENTION,
    IGNORE_ARGS,
    PRODUCTION_MODE,
    SAMPLE,
    SEED,
    MAX_BYTES,
    BACKGROUND,
    LAYOUT,
    QUEUE,
    ON_ERROR,
    DEBUG_TIER,
    NO_OUTCOME,
    IGNORE_LARGE,
    DEBUG_MODE,
    AUDIT,
    ENCRYPT,
    ALLOW_PLAIN,
    REVIEW,
];
