//! Answers that somebody set for an operation: they stand over everything else.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use bytes::Bytes;
use serde_json::Value;

/// A fixed answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "it answers nothing until it is given to a mock"]
pub struct Fixed {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
    pub(crate) times: Option<u64>,
}

impl Fixed {
    /// An answer with that status and no body. A number that is no status is taken for 500.
    pub fn status(status: u16) -> Self {
        let status = if (100..=999).contains(&status) { status } else { 500 };
        Self { status, headers: Vec::new(), body: Bytes::new(), times: None }
    }

    /// An answer with status 200 and a body of JSON.
    pub fn json(body: &Value) -> Self {
        Self::status(200).with_json(body)
    }

    /// The same with a body of JSON.
    pub fn with_json(mut self, body: &Value) -> Self {
        self.body = super::json(body);
        self.with_header("content-type", "application/json")
    }

    /// The same with a body as it is.
    pub fn with_body(mut self, content_type: &str, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self.with_header("content-type", content_type)
    }

    /// The same with a body whose headers are told apart from it.
    #[cfg(feature = "server")]
    pub(crate) fn with_bytes(mut self, body: Bytes) -> Self {
        self.body = body;
        self
    }

    /// The same with a header; one that is not allowed in HTTP is left out.
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The same, for so many requests only; the next ones are answered as if it were not there. Default: for all.
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }
}

/// Fixed answers by operation.
#[derive(Debug, Default)]
pub(crate) struct Overrides {
    by_operation: RwLock<HashMap<usize, Vec<Fixed>>>,
}

impl Overrides {
    pub(crate) fn set(&self, operation: usize, fixed: Fixed) {
        let mut all = self.by_operation.write().unwrap_or_else(PoisonError::into_inner);
        all.entry(operation).or_default().push(fixed);
    }

    /// Sets the one that is for all requests; those for some requests only stay.
    #[cfg(feature = "server")]
    pub(crate) fn replace(&self, operation: usize, fixed: Fixed) {
        let mut all = self.by_operation.write().unwrap_or_else(PoisonError::into_inner);
        let of = all.entry(operation).or_default();
        of.retain(|fixed| fixed.times.is_some());
        of.push(fixed);
    }

    /// Forgets those of one operation; whether there were any.
    pub(crate) fn remove(&self, operation: usize) -> bool {
        let mut all = self.by_operation.write().unwrap_or_else(PoisonError::into_inner);
        all.remove(&operation).is_some_and(|of| of.iter().any(|fixed| fixed.times != Some(0)))
    }

    pub(crate) fn clear(&self) {
        self.by_operation.write().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Whether there is one for an operation.
    #[cfg(any(feature = "cache", feature = "server"))]
    pub(crate) fn has(&self, operation: usize) -> bool {
        let all = self.by_operation.read().unwrap_or_else(PoisonError::into_inner);
        all.get(&operation).is_some_and(|of| of.iter().any(|fixed| fixed.times != Some(0)))
    }

    /// The answer that is due: the oldest one that is for some requests only, else the newest that is for all.
    pub(crate) fn take(&self, operation: usize) -> Option<Fixed> {
        {
            let all = self.by_operation.read().unwrap_or_else(PoisonError::into_inner);
            let of = all.get(&operation)?;
            if of.iter().all(|fixed| fixed.times.is_none()) {
                return of.last().cloned();
            }
        }
        let mut all = self.by_operation.write().unwrap_or_else(PoisonError::into_inner);
        let of = all.get_mut(&operation)?;
        of.retain(|fixed| fixed.times != Some(0));
        if let Some(due) = of.iter_mut().find(|fixed| fixed.times.is_some()) {
            due.times = due.times.map(|times| times - 1);
            return Some(due.clone());
        }
        of.last().cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_for_some_requests_comes_first_and_ends() {
        let overrides = Overrides::default();
        overrides.set(3, Fixed::status(500));
        overrides.set(3, Fixed::status(429).times(2));
        let statuses: Vec<_> = (0..4).map(|_| overrides.take(3).map(|fixed| fixed.status)).collect();
        assert_eq!(statuses, [Some(429), Some(429), Some(500), Some(500)]);
        assert_eq!(overrides.take(4), None);
        assert!(overrides.remove(3) && !overrides.remove(3));
        assert_eq!(overrides.take(3), None);
    }
}
