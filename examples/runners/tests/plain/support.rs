//! What tests that are not about captures begin with.

use std::sync::Once;

use tracesnap_capture::{CaptureConfig, set_global_config};

/// From here on nothing is captured, whichever thread calls, but where a test has captures of its own.
pub(crate) fn nothing_is_captured() {
    static OFF: Once = Once::new();
    OFF.call_once(|| set_global_config(CaptureConfig::new().enabled(false)).expect("a configuration"));
}
