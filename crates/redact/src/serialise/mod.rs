//! Redacts a value while it is serialised.
//!
//! Rules by name, type, place and size act here; what a text holds is looked for when it is written as a whole:
//! `Policy::redact_json`.

mod asked;
mod compound;
mod plain;
mod redactor;
mod run;
mod text_of;
mod unchanged;

use std::any::type_name;
use std::cell::RefCell;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::ser::{Serialize, Serializer};

use crate::{Limits, Policy, Report};
use redactor::Value;
use run::Run;

pub use unchanged::Unchanged;

/// What stands in the place of a value that could not be serialised.
pub const FAILED: &str = "[failed]";

impl Policy {
    /// The value as it may be written: serialises into whatever it would have been serialised into, without what the
    /// rules by name, by type, by size and by place keep back.
    ///
    /// - **Name**: what stands under a sensitive name, of a field, a key, or a variant, becomes
    ///   [`PLACEHOLDER`](crate::PLACEHOLDER) as a whole and is not looked at; only `None` and `()` stay. So does `value`
    ///   beside a `name` (`key`, `header`, `field`, `param`) that is one, as in headers of a HAR file.
    /// - **Type**: types of the crates `secrecy` and `redact`, structs and newtypes whose name ends like a secret's
    ///   (`ApiToken`, `Password`), and those of [`type_name`](crate::PolicyBuilder::type_name).
    /// - **Place**: [`path`](crate::PolicyBuilder::path), from the value as `$`.
    /// - **Size**: [`Limits`]; what is left out is replaced by `[truncated: …]`.
    ///
    /// A value whose `Serialize` fails or panics becomes [`FAILED`], as small a part of it as possible; all others are
    /// there. Nothing is held in memory. Texts themselves are not searched: follow with `Policy::redact_json`.
    ///
    /// A field with `#[serde(serialize_with = "…")]` hides its type, so `redact::expose_secret` exposes; such a field
    /// needs a rule by its name.
    ///
    /// ```
    /// # #[derive(serde::Serialize)]
    /// # struct Login { user: &'static str, password: &'static str }
    /// use tracesnap_redact::Policy;
    ///
    /// let policy = Policy::for_captures();
    /// let login = Login { user: "ada", password: "hunter2" };
    /// let redacting = policy.redacting(&login);
    /// assert_eq!(serde_json::to_string(&redacting).unwrap(), r#"{"user":"ada","password":"[redacted]"}"#);
    /// assert_eq!(redacting.report().to_string(), "1 redacted: name/password ×1");
    /// ```
    pub fn redacting<'a, T: Serialize + ?Sized>(&'a self, value: &'a T) -> Redacting<'a, T> {
        Redacting { policy: self, value, name: None, limits: self.limits(), report: RefCell::default() }
    }
}

/// A value as it may be written: see [`Policy::redacting`].
pub struct Redacting<'a, T: ?Sized> {
    policy: &'a Policy,
    value: &'a T,
    name: Option<&'a str>,
    limits: Limits,
    report: RefCell<Report>,
}

/// How many values of one may fail before all of it is given up.
const MOST_FAILURES: usize = 32;

impl<'a, T: Serialize + ?Sized> Redacting<'a, T> {
    /// As the value of this name, by which it may be a secret itself; paths then lead through the name: `$.order.card`.
    #[must_use]
    pub fn named(mut self, name: &'a str) -> Self {
        self.name = Some(name);
        self
    }

    /// With these bounds. Default: [`Policy::limits`].
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// What was kept back when this was serialised last; nothing before.
    pub fn report(&self) -> Report {
        self.report.borrow().clone()
    }

    /// Hands this to `write` as often as is needed until nothing in it fails any more, and gives what `write` made.
    ///
    /// A plain `serialize` walks over the value once before it writes, to know what will fail; this does not, and is
    /// faster by that walk where nothing fails. So `write` must begin anew each time, into an empty buffer.
    ///
    /// # Errors
    ///
    /// That of `write`, where it has nothing to do with the value.
    ///
    /// ```
    /// use tracesnap_redact::Policy;
    ///
    /// let policy = Policy::default();
    /// let redacting = policy.redacting(&[1, 2, 3]);
    /// let json = redacting.write_with(|value| serde_json::to_vec(value)).unwrap();
    /// assert_eq!(json, b"[1,2,3]");
    /// ```
    pub fn write_with<W, E>(&self, mut write: impl FnMut(&Attempt<'_, 'a, T>) -> Result<W, E>) -> Result<W, E> {
        let mut failed = Vec::new();
        loop {
            let attempt = Attempt { of: self, run: Run::new(self.policy, self.limits, &failed) };
            let result = write(&attempt);
            let Run { report, broke_at, .. } = attempt.run;
            match broke_at.get().filter(|at| failed.last().is_none_or(|last| last < at)) {
                Some(at) if result.is_err() => {
                    // Too many: the value as a whole is the one that failed.
                    failed.push(if failed.len() < MOST_FAILURES { at } else { 0 });
                    failed.sort_unstable();
                }
                _ => {
                    *self.report.borrow_mut() = report.into_inner();
                    return result;
                }
            }
        }
    }
}

/// One try to serialise a value: see [`Redacting::write_with`].
pub struct Attempt<'r, 'a, T: ?Sized> {
    of: &'r Redacting<'a, T>,
    run: Run<'r>,
}

impl<T: Serialize + ?Sized> Serialize for Attempt<'_, '_, T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.run.start_over();
        let Redacting { policy, value, name, .. } = *self.of;
        let rules = &*policy.0;
        let trail = rules.paths.start();
        let (trail, rule) = match name {
            Some(name) => self.run.enter_name(&trail, name),
            None => (trail, None),
        };
        let value = Value { value, run: &self.run, trail, rule, depth: 0 };
        let result = unless_it_panics::<T, _, _>(|| value.serialize(to));
        if result.is_err() {
            // A panic has told nobody yet.
            self.run.break_here();
        }
        result
    }
}

/// Serialises a value of somebody's; that it panicked is an error like others.
fn unless_it_panics<T: ?Sized, O, E: serde::ser::Error>(serialise: impl FnOnce() -> Result<O, E>) -> Result<O, E> {
    // The serializer is in a state that nobody knows after a panic; it is not used again, since this returns an error.
    catch_unwind(AssertUnwindSafe(serialise)).unwrap_or_else(|payload| {
        // A payload may panic once more when it is dropped; leaking it is the one way to be sure.
        std::mem::forget(payload);
        Err(E::custom(format_args!("a value of type `{}` panicked while it was serialised", type_name::<T>())))
    })
}

impl<T: Serialize + ?Sized> Serialize for Redacting<'_, T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        // The serializer can be used once: what will fail must be known before.
        let mut failed: Vec<u64> = Vec::new();
        loop {
            let attempt = Attempt { of: self, run: Run::new(self.policy, self.limits, &failed) };
            if attempt.serialize(text_of::Nowhere { human: to.is_human_readable() }).is_ok() {
                break;
            }
            let Some(at) = attempt.run.broke_at.get().filter(|at| !failed.contains(at)) else { break };
            failed.push(if failed.len() < MOST_FAILURES { at } else { 0 });
        }
        failed.sort_unstable();
        let attempt = Attempt { of: self, run: Run::new(self.policy, self.limits, &failed) };
        let result = attempt.serialize(to);
        *self.report.borrow_mut() = attempt.run.report.into_inner();
        result
    }
}

impl<T: ?Sized> fmt::Debug for Redacting<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the value: it may be what must not be written.
        f.debug_struct("Redacting").field("type", &type_name::<T>()).field("name", &self.name).finish_non_exhaustive()
    }
}

impl<T: ?Sized> fmt::Debug for Attempt<'_, '_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempt").field("type", &type_name::<T>()).finish_non_exhaustive()
    }
}
