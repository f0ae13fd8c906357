//! Takes secrets out of what becomes a row: what another program recorded was perhaps never looked through.
//!
//! What a secret is, [`tracesnap_redact`] knows. What says of itself that the same policy redacted it is taken as it is.

use std::borrow::Cow;

use serde::Serialize;
use tracesnap_redact::{FAILED, Policy};

/// The policy by which rows of a recording are redacted.
#[derive(Clone, Debug)]
pub(crate) struct Redaction {
    policy: Policy,
    id: String,
}

impl Redaction {
    pub(crate) fn new(policy: Policy) -> Self {
        let id = policy.id();
        Self { policy, id }
    }

    /// The policy, for a recording that was redacted by the one of this id; `None` if that is the same one.
    pub(crate) fn after(&self, id: &str) -> Option<Policy> {
        (id != self.id && !self.policy.is_none()).then(|| self.policy.clone())
    }
}

impl Default for Redaction {
    fn default() -> Self {
        Self::new(Policy::for_captures())
    }
}

/// A value as JSON that may be written.
pub(crate) fn json(policy: Option<&Policy>, value: &impl Serialize) -> String {
    let failed = || serde_json::to_string(FAILED).unwrap_or_default();
    let Ok(json) = serde_json::to_string(value) else { return failed() };
    let Some(policy) = policy else { return json };
    let mut clean = Vec::new();
    // What cannot be looked through is not written.
    match policy.redact_json(json.as_bytes(), &mut clean) {
        Ok(_) => String::from_utf8(clean).unwrap_or_else(|_| failed()),
        Err(_) => failed(),
    }
}

/// A text that may be written.
pub(crate) fn text<'t>(policy: Option<&Policy>, text: &'t str) -> Cow<'t, str> {
    match policy {
        Some(policy) => policy.redact_text(text),
        None => Cow::Borrowed(text),
    }
}
