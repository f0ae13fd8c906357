//! Runs a function with captured arguments.

use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::{Difference, Noise};
use crate::Error;
use crate::document::{Document, Outcome, OutcomeKind};
use crate::load::{Case, FromArgs, Query};
use crate::runtime::{self, Captures, Room, TierKind as Tier, Values};

/// What a replay did, and what was recorded.
///
/// It is `Serialize` as the outcome, under the redaction policy, so that a snapshot of it shows what a capture would.
#[derive(Debug)]
#[non_exhaustive]
pub struct Replayed<R> {
    /// What the function returned; `None` if it panicked.
    pub value: Option<R>,
    /// In which way the call ended, with the value as it would be recorded.
    pub outcome: Outcome,
    /// The message of the panic, if it panicked with one.
    pub panic: Option<String>,
    /// Where the outcome differs from the one that was recorded; empty where it does not.
    pub differences: Vec<Difference>,
    /// The capture.
    pub document: Document,
}

impl<R> Replayed<R> {
    /// What the function returned.
    ///
    /// # Panics
    ///
    /// If it panicked, with its message.
    #[track_caller]
    pub fn into_value(self) -> R {
        match self.value {
            Some(value) => value,
            None => panic!("the replay of {} panicked: {}", self.document.function(), self.panic.unwrap_or_default()),
        }
    }
}

impl<R> Serialize for Replayed<R> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let kind = self.outcome.kind.as_str();
        match &self.panic {
            Some(message) => json!({ kind: message }).serialize(to),
            None => json!({ kind: self.outcome.value }).serialize(to),
        }
    }
}

/// A replay that is about to run: what is to be compared, and how.
#[derive(Debug)]
pub struct Replay {
    document: Document,
    noise: Noise,
    compares: bool,
}

/// Arguments and replay, or why there are none: what `replay!` hands to the function's own part.
pub type Prepared<A> = Result<(A, Replay), Error>;

impl<A> Query<A> {
    /// The arguments of the capture that is meant, with what is needed to compare.
    ///
    /// # Errors
    ///
    /// As [`one`](Self::one); [`Error::NoOutcome`] if there is nothing to compare with.
    pub fn prepare<'x>(self, noise: Noise, compares: bool) -> Prepared<A>
    where
        A: FromArgs<'x>,
    {
        let Case { args, document, .. } = self.one()?;
        if compares && document.outcome.is_none() {
            return Err(Error::NoOutcome { function: document.function().into(), id: document.id });
        }
        Ok((args, Replay { document, noise, compares }))
    }
}

impl Replay {
    /// Calls the function. What it calls in turn on this thread is not captured.
    ///
    /// # Errors
    ///
    /// [`Error::Differs`] if its outcome is not the recorded one.
    pub fn run<R>(
        self,
        call: impl FnOnce() -> R,
        keep: impl FnOnce(&R, &mut Values<'_>) -> bool,
    ) -> Result<Replayed<R>, Error> {
        let guard = runtime::replaying();
        let ended = catch_unwind(AssertUnwindSafe(call));
        drop(guard);
        self.finish(ended, keep)
    }

    /// The same for an async function.
    ///
    /// # Errors
    ///
    /// [`Error::Differs`] if its outcome is not the recorded one.
    pub async fn run_async<R, F: Future<Output = R>>(
        self,
        call: F,
        keep: impl FnOnce(&R, &mut Values<'_>) -> bool,
    ) -> Result<Replayed<R>, Error> {
        let ended = Catch { inner: call }.await;
        self.finish(ended, keep)
    }

    /// The same for a function whose value borrows from its arguments: `call` keeps it, and says whether it is an error.
    ///
    /// # Errors
    ///
    /// [`Error::Differs`] if its outcome is not the recorded one.
    pub fn run_borrowed(self, call: impl FnOnce(&mut Values<'_>) -> bool) -> Result<Replayed<()>, Error> {
        let captures = Captures::current();
        let rules = captures.rules_of_outcomes();
        let mut values = Values::new(&rules, &[], Room::default());
        let guard = runtime::replaying();
        let ended = catch_unwind(AssertUnwindSafe(|| call(&mut values)));
        drop(guard);
        let failed = ended.as_ref().is_ok_and(|failed| *failed);
        let (Room { json, taken }, _) = values.into_parts();
        self.finish(ended.map(drop), |(), values| {
            for taken in taken {
                values.copy(&json, taken.tier, taken.rules);
            }
            failed
        })
    }

    fn finish<R>(
        self,
        ended: Result<R, Box<dyn Any + Send>>,
        keep: impl FnOnce(&R, &mut Values<'_>) -> bool,
    ) -> Result<Replayed<R>, Error> {
        let Self { document, noise, compares } = self;
        let (value, panic, outcome) = match ended {
            Ok(value) => {
                let outcome = as_recorded(&value, keep)?;
                (Some(value), None, outcome)
            }
            Err(payload) => {
                let outcome = Outcome::new(OutcomeKind::Panicked);
                (None, Some(message(&*payload)), outcome)
            }
        };
        let differences = match &document.outcome {
            Some(recorded) if compares => compare(&noise, recorded, &outcome),
            _ => Vec::new(),
        };
        if !differences.is_empty() {
            let mut lines: Vec<_> = differences.iter().map(ToString::to_string).collect();
            lines.extend(panic.map(|message| format!("it panicked: {message}")));
            return Err(Error::Differs { function: document.function().into(), id: document.id, differences: lines });
        }
        Ok(Replayed { value, outcome, panic, differences, document })
    }
}

/// The outcome as it would be recorded: through the same tiers, under the same policy.
fn as_recorded<R>(value: &R, keep: impl FnOnce(&R, &mut Values<'_>) -> bool) -> Result<Outcome, Error> {
    let captures = Captures::current();
    let _guard = runtime::replaying();
    let rules = captures.rules_of_outcomes();
    let mut values = Values::new(&rules, &[], Room::default());
    let failed = keep(value, &mut values);
    let (Room { json, mut taken }, _) = values.into_parts();
    let mut outcome = Outcome::new(if failed { OutcomeKind::Error } else { OutcomeKind::Returned });
    let Some(taken) = taken.pop() else { return Ok(outcome) };
    let mut clean = Vec::new();
    let report = rules.policy.redact_json(&json, &mut clean)?;
    outcome.tier = if report.is_clean() { taken.tier } else { Tier::Redacted };
    outcome.value = serde_json::from_slice(&clean).unwrap_or(Value::Null);
    Ok(outcome)
}

fn compare(noise: &Noise, recorded: &Outcome, replayed: &Outcome) -> Vec<Difference> {
    let told = |outcome: &Outcome| json!({ outcome.kind.as_str(): outcome.value });
    if recorded.kind != replayed.kind {
        return vec![Difference {
            place: "outcome".into(),
            recorded: Some(told(recorded)),
            replayed: Some(told(replayed)),
        }];
    }
    // Names of types say nothing; what was cut or failed cannot be compared.
    match recorded.tier {
        Tier::Value | Tier::Debug | Tier::Redacted | Tier::Lossy => noise.compare(&recorded.value, &replayed.value),
        _ => Vec::new(),
    }
}

fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_default()
}

pin_project! {
    /// A future whose panic is its result, and that captures nothing while it is polled.
    #[derive(Debug)]
    pub struct Catch<F> {
        #[pin]
        inner: F,
    }
}

impl<F: Future> Future for Catch<F> {
    type Output = Result<F::Output, Box<dyn Any + Send>>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let inner = self.project().inner;
        let _guard = runtime::replaying();
        match catch_unwind(AssertUnwindSafe(|| inner.poll(context))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(value)) => Poll::Ready(Ok(value)),
            Err(payload) => Poll::Ready(Err(payload)),
        }
    }
}
