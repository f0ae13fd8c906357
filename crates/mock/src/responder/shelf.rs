//! What is stored for an API, as far as it is needed to know who answers: read ahead, so that no request waits for it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use crate::Error;
use crate::config::MockEnvironment;
use crate::database::{Database, Rule};

/// Time after which it is looked whether something changed.
pub(super) const REFRESH: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Shelf {
    pub(super) database: Database,
    pub(super) api: String,
    snapshot: RwLock<Arc<Snapshot>>,
    looked: Mutex<Instant>,
    is_looking: AtomicBool,
}

/// What was stored at one moment.
#[derive(Debug, Default)]
pub(super) struct Snapshot {
    revision: Option<i64>,
    environment: Option<MockEnvironment>,
    /// Numbers of versions, by operation and target.
    responses: HashMap<String, HashMap<String, i64>>,
    rules: Vec<Rule>,
}

impl Snapshot {
    /// The version that answers a request.
    pub(super) fn response(&self, operation: &str, target: &str) -> Option<i64> {
        let targets = self.responses.get(operation)?;
        targets.get(target).or_else(|| targets.get("")).copied()
    }

    /// The rules for an operation, in the order in which they act.
    pub(super) fn rules<'s>(&'s self, operation: &'s str) -> impl Iterator<Item = &'s Rule> {
        self.rules.iter().filter(move |rule| rule.operation.is_empty() || rule.operation == operation)
    }
}

impl Shelf {
    pub(super) fn new(database: Database, api: String) -> Self {
        Self {
            database,
            api,
            snapshot: RwLock::default(),
            looked: Mutex::new(Instant::now()),
            is_looking: AtomicBool::new(false),
        }
    }

    pub(super) fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshot.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Looks whether something changed, and reads it.
    pub(super) async fn refresh(&self, environment: MockEnvironment) -> Result<(), Error> {
        // What changes while it is read is seen the next time, since the number is older.
        let revision = self.database.revision().await?;
        let known = self.snapshot();
        if known.revision == Some(revision) && known.environment == Some(environment) {
            return Ok(());
        }
        let mut responses: HashMap<String, HashMap<String, i64>> = HashMap::new();
        for head in self.database.responses(&self.api).heads(environment.as_str()).await? {
            responses.entry(head.operation).or_default().insert(head.target, head.id);
        }
        let rules = self.database.rules(&self.api).all().await?;
        let rules = rules.into_iter().filter(|rule| rule.is_enabled).collect();
        let next = Snapshot { revision: Some(revision), environment: Some(environment), responses, rules };
        *self.snapshot.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(next);
        Ok(())
    }

    /// Whether it is time to look again, for one who asks.
    pub(super) fn is_due(&self) -> bool {
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        if looked.elapsed() < REFRESH || self.is_looking.swap(true, Ordering::AcqRel) {
            return false;
        }
        *looked = Instant::now();
        true
    }

    /// Whoever was told that it is due has looked.
    pub(super) fn has_looked(&self) {
        self.is_looking.store(false, Ordering::Release);
    }
}
