//! The names of all settings, in the file and in the environment.

use tracesnap_config::Key;

/// The section of the file.
pub(crate) const SECTION: &str = "capture";

/// What the variables of the environment begin with.
pub(crate) const PREFIX: &str = "SNAP_CAPTURE_";

pub(crate) const ENABLED: Key = Key::new("enabled").variable("SNAP_CAPTURE_ENABLED");
pub(crate) const PATH: Key = Key::new("path").variable("SNAP_CAPTURE_DEFAULT_PATH");
pub(crate) const RETENTION: Key = Key::new("retention").variable("SNAP_CAPTURE_DEFAULT_RETENTION");
pub(crate) const IGNORE_ARGS: Key = Key::new("ignore_args").variable("SNAP_CAPTURE_IGNORE_ARGS");
pub(crate) const PRODUCTION_MODE: Key = Key::new("production_mode").variable("SNAP_CAPTURE_PRODUCTION_MODE");
pub(crate) const SAMPLE: Key = Key::new("sample").variable("SNAP_CAPTURE_SAMPLE");
pub(crate) const SEED: Key = Key::new("seed").variable("SNAP_CAPTURE_SEED");
pub(crate) const MAX_BYTES: Key = Key::new("max_bytes").variable("SNAP_CAPTURE_MAX_BYTES");
pub(crate) const BACKGROUND: Key = Key::new("background").variable("SNAP_CAPTURE_BACKGROUND");
pub(crate) const LAYOUT: Key = Key::new("layout").variable("SNAP_CAPTURE_LAYOUT");
pub(crate) const QUEUE: Key = Key::new("queue").variable("SNAP_CAPTURE_QUEUE");
pub(crate) const ON_ERROR: Key = Key::new("on_error").variable("SNAP_CAPTURE_ON_ERROR");
pub(crate) const DEBUG_TIER: Key = Key::new("debug_tier").variable("SNAP_CAPTURE_DEBUG_TIER");
pub(crate) const NO_OUTCOME: Key = Key::new("no_outcome").variable("SNAP_CAPTURE_NO_OUTCOME");
pub(crate) const IGNORE_LARGE: Key = Key::new("ignore_large_objects").variable("SNAP_CAPTURE_IGNORE_LARGE_OBJECTS");
pub(crate) const DEBUG_MODE: Key = Key::new("debug_mode").variable("SNAP_CAPTURE_DEBUG_MODE");

pub(crate) const AUDIT: Key = Key::new("audit").variable("SNAP_CAPTURE_AUDIT");
pub(crate) const ENCRYPT: Key = Key::new("encrypt").variable("SNAP_CAPTURE_ENCRYPT");
pub(crate) const ALLOW_PLAIN: Key = Key::new("allow_plain").variable("SNAP_CAPTURE_ALLOW_PLAIN");
pub(crate) const REVIEW: Key = Key::new("review").variable("SNAP_CAPTURE_REVIEW");

/// Every setting, with its name in `tracesnap.toml` (section `capture`) and its variable.
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
