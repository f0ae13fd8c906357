//! Tells that something of ours went wrong, where the program itself must not notice.

use std::error::Error;

/// Tells of an error with its causes: as a `tracing` event where somebody listens, else on standard error.
pub(crate) fn tell(what: &str, error: &(dyn Error + 'static)) {
    let mut text = format!("{what}: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    say(&text);
}

/// Tells a text.
pub(crate) fn say(text: &str) {
    if tracing::dispatcher::has_been_set() {
        tracing::warn!(target: "tracesnap_capture", "{text}");
    } else {
        eprintln!("tracesnap_capture: {text}");
    }
}
