//! What counts as a secret in this house, beyond what everybody's policy knows: numbers of staff, and whole texts in which
//! anything was found.
//!
//! Names such as `password`, cards, e-mail addresses, tokens of clouds and 84 kinds of values are known already, and need
//! nothing.

use regex::Regex;
use tracesnap_capture::ArgumentFilter;
use tracesnap_redact::{Error, PLACEHOLDER, Policy, ValueRule};

/// Numbers of staff, `E-12345`, wherever they stand. In their place stands `[staff]`.
#[derive(Debug)]
pub struct StaffNumber {
    pattern: Regex,
}

impl Default for StaffNumber {
    fn default() -> Self {
        Self { pattern: Regex::new(r"\bE-\d{5}\b").expect("it is one") }
    }
}

impl ValueRule for StaffNumber {
    fn id(&self) -> &str {
        "value/staff_number"
    }

    fn scrub(&self, text: &str) -> Option<String> {
        // `None` where there is nothing to change, so that nothing is copied.
        self.pattern.is_match(text).then(|| self.pattern.replace_all(text, "[staff]").into_owned())
    }
}

/// The policy of this house: that of captures, and staff numbers. For traces, captures and recordings alike, so patterns
/// such as that of e-mail addresses hold in a trace's texts, too.
///
/// # Errors
///
/// Never, as long as no two rules have one id.
pub fn policy() -> Result<Policy, Error> {
    Policy::builder().for_captures().patterns_in_debug(true).value_rule(StaffNumber::default()).build()
}

/// Leaves an argument out as a whole in which anything was found: what people write about a secret may say as much as the
/// secret.
#[derive(Clone, Debug)]
pub struct Strict {
    policy: Policy,
}

impl Strict {
    /// Whatever this policy finds.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        Self { policy }
    }
}

impl ArgumentFilter for Strict {
    fn should_capture(&self, _name: &str, json: &str) -> bool {
        // What names and types keep back is replaced already. What looks like a secret is not: the writer replaces it.
        let mut clean = Vec::with_capacity(json.len());
        let searched = self.policy.redact_json(json.as_bytes(), &mut clean);
        !json.contains(PLACEHOLDER) && searched.is_ok() && clean == json.as_bytes()
    }
}
