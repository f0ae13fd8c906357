//! Arguments and outcome of one call as JSON, each with its tier, under the rules that act while values are serialised.
//!
//! Rules over texts act later, on the thread that writes: [`writer`](super::writer).

use std::fmt;
use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::{Deserialize, Serialize};
use tracesnap_redact::{PLACEHOLDER, Policy, Report};

use super::held::Held;
use super::local::Room;
use super::settled::Rules;
use super::stats::add;
use crate::Parameter;
use crate::exact;

/// How much of a value was kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Tier {
    /// All of it, as JSON from which it can be made again.
    #[default]
    Value,
    /// Its `Debug` text.
    Debug,
    /// The name of its type.
    Opaque,
    /// It, or a part of it, was kept back.
    Redacted,
    /// It was larger than wanted, and only a part was kept.
    Truncated,
    /// JSON has no form for a part of it, such as `NaN`.
    Lossy,
    /// It could not be serialised.
    Failed,
}

impl Tier {
    /// Its name as it is stored: `value`, `debug`, `opaque`, `redacted`, `truncated`, `lossy`, `failed`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Value => "value",
            Self::Debug => "debug",
            Self::Opaque => "opaque",
            Self::Redacted => "redacted",
            Self::Truncated => "truncated",
            Self::Lossy => "lossy",
            Self::Failed => "failed",
        }
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

pub(crate) type TierKind = Tier;

/// One value that was taken: where its JSON stands in the buffer, and how much of it that is.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(crate) end: usize,
    pub(crate) tier: Tier,
    /// The rules that kept something back.
    pub(crate) rules: Vec<String>,
}

/// Takes the values of one call, in the order of the parameters, then the outcome.
#[derive(Debug)]
pub struct Values<'c> {
    rules: &'c Rules,
    parameters: &'static [Parameter],
    pub(crate) json: Vec<u8>,
    pub(crate) taken: Vec<Taken>,
    held: Vec<(usize, Held)>,
    filtered_out: bool,
}

/// The name that the outcome has for rules by name and by path.
const OUTCOME: &str = "outcome";

impl<'c> Values<'c> {
    pub(crate) fn new(rules: &'c Rules, parameters: &'static [Parameter], room: Room) -> Self {
        let Room { json, taken } = room;
        Self { rules, parameters, json, taken, held: Vec::new(), filtered_out: false }
    }

    /// Whether a `filter` said that this call is not wanted.
    pub(crate) fn is_filtered_out(&self) -> bool {
        self.filtered_out
    }

    /// Asks the `filter` of the attribute.
    ///
    /// A filter that panics captures nothing, and its call counts as failed.
    #[must_use]
    pub fn wants(&mut self, filter: impl FnOnce() -> bool) -> bool {
        let wanted = catch_unwind(AssertUnwindSafe(filter)).unwrap_or_else(|payload| {
            // A payload may panic once more when it is dropped.
            std::mem::forget(payload);
            add(&self.rules.counters.failed, 1);
            false
        });
        self.filtered_out = !wanted;
        wanted
    }

    fn name_of_next(&self) -> &'static str {
        self.parameters.get(self.taken.len()).map_or(OUTCOME, |parameter| parameter.name)
    }

    /// The rule by which the next value is not even looked at.
    fn kept_back(&self) -> Option<&str> {
        self.rules.by_parameter.get(self.taken.len())?.as_deref()
    }

    fn finish(&mut self, tier: Tier, rules: Vec<String>) {
        self.taken.push(Taken { end: self.json.len(), tier, rules });
    }

    fn keep_back(&mut self, rule: String) {
        add(&self.rules.counters.redacted, 1);
        self.json.extend_from_slice(b"\"[redacted]\"");
        self.finish(Tier::Redacted, vec![rule]);
    }

    fn text(&mut self, text: &str, tier: Tier, rules: Vec<String>) {
        // A string into memory does not fail.
        let _ = serde_json::to_writer(&mut self.json, text);
        self.finish(tier, rules);
    }

    /// Keeps a clone, to be serialised when it is written.
    pub fn hold(&mut self, held: Held) {
        if self.kept_back().is_none() {
            self.held.push((self.taken.len(), held));
            return self.finish(Tier::Value, Vec::new());
        }
        held.keep(self);
    }

    /// Takes over what was taken already.
    pub(crate) fn copy(&mut self, json: &[u8], tier: Tier, rules: Vec<String>) {
        self.json.extend_from_slice(json);
        self.finish(tier, rules);
    }

    pub(crate) fn into_parts(self) -> (Room, Vec<(usize, Held)>) {
        (Room { json: self.json, taken: self.taken }, self.held)
    }

    /// Takes a value that is `Serialize`.
    pub(crate) fn value<T: Serialize>(&mut self, make: impl FnOnce() -> T) {
        if let Some(rule) = self.kept_back() {
            let rule = rule.to_owned();
            return self.keep_back(rule);
        }
        let start = self.json.len();
        let name = self.name_of_next();
        let Self { rules, json, .. } = self;
        let written = catch_unwind(AssertUnwindSafe(|| {
            let value = make();
            // Most values are clean, and found to be so in one walk.
            match rules.policy.write_unchanged(&value, rules.limits, |value| exact::write(value, json)) {
                Some(exact) => Ok((!exact, None)),
                None => redacted(rules, name, &value, json, start),
            }
        }));
        let (lossy, report) = match written {
            Ok(Ok(written)) => written,
            failed => {
                if let Err(payload) = failed {
                    std::mem::forget(payload);
                }
                add(&self.rules.counters.failed_values, 1);
                self.json.truncate(start);
                return self.text(tracesnap_redact::FAILED, Tier::Failed, Vec::new());
            }
        };
        let Some(report) = report else {
            let tier = if lossy { Tier::Lossy } else { Tier::Value };
            return self.keep_if_wanted(start, tier, Vec::new());
        };
        let counters = &self.rules.counters;
        add(&counters.redacted, report.count());
        add(&counters.truncated, report.truncated());
        add(&counters.failed_values, report.failed());
        let rules: Vec<_> = report.redacted().map(|(rule, _)| rule.to_string()).collect();
        let tier = match () {
            () if report.failed() > 0 => Tier::Failed,
            () if report.truncated() > 0 => Tier::Truncated,
            () => Tier::Redacted,
        };
        // Marks take room, too: one for each element that was left out.
        let is_far_too_large = self.json.len() - start > self.rules.limits.bytes.saturating_mul(2).saturating_add(256);
        if report.truncated() > 0 && (self.rules.ignore_large || is_far_too_large) {
            self.json.truncate(start);
            let text = format!("[truncated: larger than {} bytes]", self.rules.limits.bytes);
            return self.text(&text, Tier::Truncated, rules);
        }
        self.keep_if_wanted(start, tier, rules);
    }

    /// Asks the configuration's filter for a value that was written.
    fn keep_if_wanted(&mut self, start: usize, tier: Tier, rules: Vec<String>) {
        let refused = self.taken.len() < self.parameters.len()
            && self.rules.filter.as_ref().is_some_and(|filter| {
                let name = self.name_of_next();
                let json = String::from_utf8_lossy(&self.json[start..]);
                // A filter that cannot say so must not let anything through.
                !catch_unwind(AssertUnwindSafe(|| filter.should_capture(name, &json))).unwrap_or_else(|payload| {
                    std::mem::forget(payload);
                    false
                })
            });
        if refused {
            self.json.truncate(start);
            return self.keep_back("filter".into());
        }
        self.finish(tier, rules);
    }

    /// Takes the `Debug` text of a value, if it may be taken; else the name of its type.
    pub(crate) fn debug(&mut self, format: &dyn Fn(&mut fmt::Formatter<'_>) -> fmt::Result, type_name: &str) {
        if !self.rules.debug_tier {
            return self.name(type_name);
        }
        if let Some(rule) = self.kept_back().map(String::from).or_else(|| secret_type(&self.rules.policy, type_name)) {
            return self.keep_back(rule);
        }
        let mut text = Cut { text: String::new(), room: self.rules.limits.bytes.min(self.rules.limits.string) };
        let written = catch_unwind(AssertUnwindSafe(|| write!(text, "{}", Formatted(format)).is_ok()));
        match written {
            // A text that ends where the room ends was cut.
            Ok(is_whole) if is_whole || text.room == 0 => {}
            failed => {
                if let Err(payload) = failed {
                    std::mem::forget(payload);
                }
                add(&self.rules.counters.failed_values, 1);
                return self.text(tracesnap_redact::FAILED, Tier::Failed, Vec::new());
            }
        }
        let scrubbed = self.rules.policy.scrub_debug(&text.text);
        let (scrubbed, rules) = match scrubbed {
            std::borrow::Cow::Borrowed(text) => (text.to_owned(), Vec::new()),
            std::borrow::Cow::Owned(text) => (text, vec!["debug".to_owned()]),
        };
        if !rules.is_empty() {
            add(&self.rules.counters.redacted, 1);
        }
        self.text(&scrubbed, Tier::Debug, rules);
    }

    /// Takes the name of a type.
    pub(crate) fn name(&mut self, type_name: &str) {
        // Whether it was lent says nothing of it.
        let type_name = type_name.trim_start_matches('&').trim_start_matches("mut ");
        match self.kept_back() {
            Some(rule) => {
                let rule = rule.to_owned();
                self.keep_back(rule);
            }
            None => self.text(type_name, Tier::Opaque, Vec::new()),
        }
    }
}

/// Whether JSON has no form for a part of a value, and what was kept back of it, if anything was.
type Written = (bool, Option<Box<Report>>);

/// Writes a value of which something may be kept back, behind `start`.
#[cold]
#[inline(never)]
fn redacted<T: Serialize>(
    rules: &Rules,
    name: &str,
    value: &T,
    json: &mut Vec<u8>,
    start: usize,
) -> serde_json::Result<Written> {
    let redacting = rules.policy.redacting(value).named(name).limits(rules.limits);
    let mut lossy = false;
    redacting.write_with(|value| {
        json.truncate(start);
        exact::write(value, json).map(|exact| lossy = !exact)
    })?;
    let report = redacting.report();
    Ok((lossy, (!report.is_clean()).then(|| Box::new(report))))
}

/// The rule for types that are secrets by name; their `Debug` need not know.
fn secret_type(policy: &Policy, type_name: &str) -> Option<String> {
    let last = type_name.split('<').next().unwrap_or(type_name).rsplit("::").next().unwrap_or(type_name);
    policy.matches_name(last).map(|rule| rule.to_string())
}

struct Formatted<'f>(&'f dyn Fn(&mut fmt::Formatter<'_>) -> fmt::Result);

impl fmt::Display for Formatted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (self.0)(f)
    }
}

/// A text that takes so many bytes and then refuses, so that what is too large is never formatted as a whole.
struct Cut {
    text: String,
    room: usize,
}

impl fmt::Write for Cut {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if text.len() <= self.room {
            self.room -= text.len();
            self.text.push_str(text);
            return Ok(());
        }
        let end = (0..=self.room).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
        self.text.push_str(&text[..end]);
        self.text.push('…');
        self.room = 0;
        Err(fmt::Error)
    }
}

const _: () = assert!(PLACEHOLDER.len() == "[redacted]".len());
