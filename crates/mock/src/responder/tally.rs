//! Counts what was answered until it is written to the database.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::Error;
use crate::config::MockEnvironment;
use crate::database::{Database, Sample, Use};

/// Counts by operation; bounded by what operations the document has.
#[derive(Debug, Default)]
pub(super) struct Tally {
    counted: Mutex<BTreeMap<String, Use>>,
}

impl Tally {
    pub(super) fn count(&self, operation: &str, sample: &Sample) {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        match counted.get_mut(operation) {
            Some(one) => one.count(sample),
            None => counted.entry(operation.to_owned()).or_default().count(sample),
        }
    }

    /// Writes it. What cannot be written is counted on.
    pub(super) async fn flush(&self, to: &Database, environment: MockEnvironment, api: &str) -> Result<(), Error> {
        let counted = std::mem::take(&mut *self.counted.lock().unwrap_or_else(PoisonError::into_inner));
        if counted.is_empty() {
            return Ok(());
        }
        let written = to.analytics(environment, api).add(&counted).await;
        if written.is_err() {
            let mut now = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
            for (operation, one) in counted {
                now.entry(operation).or_default().add(&one);
            }
        }
        written
    }
}
