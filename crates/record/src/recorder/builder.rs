//! Says how sessions are recorded.

use std::path::PathBuf;

use serde_json::{Map, Value};
use tracesnap_config::Environment;
use tracesnap_redact::Policy;
use tracesnap_store::Retention;

use super::{SessionGuard, default_dir};
use crate::Error;

/// Starts sessions.
#[derive(Clone, Copy, Debug)]
pub struct Recorder;

impl Recorder {
    /// Records a session of this name with the defaults, until the guard is finished or dropped.
    ///
    /// # Errors
    ///
    /// If the folder cannot be written to.
    pub fn session(name: impl Into<String>) -> Result<SessionGuard, Error> {
        Self::builder().session(name)
    }

    /// Says more of how.
    pub fn builder() -> RecorderBuilder {
        RecorderBuilder::default()
    }
}

/// How sessions are recorded.
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `session`"]
pub struct RecorderBuilder {
    pub(super) dir: Option<PathBuf>,
    pub(super) policy: Policy,
    pub(super) pending: bool,
    pub(super) retention: Retention,
    pub(super) variables: Map<String, Value>,
}

impl Default for RecorderBuilder {
    fn default() -> Self {
        Self {
            dir: None,
            policy: Policy::for_captures(),
            pending: true,
            retention: Retention::ALL,
            variables: Map::new(),
        }
    }
}

impl RecorderBuilder {
    /// The folder. One that is not there is made, for its owner alone. Default: [`default_dir`].
    pub fn dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.dir = Some(dir.into());
        self
    }

    /// What must not be written. Default: [`Policy::for_captures`].
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Whether the session also waits for a review, to become what is played back. Default: yes.
    pub fn pending(mut self, is_pending: bool) -> Self {
        self.pending = is_pending;
        self
    }

    /// What is kept of the session files of the folder when a session ends. Default: everything.
    pub fn retention(mut self, retention: Retention) -> Self {
        self.retention = retention;
        self
    }

    /// Keeps a value with the recording that the program chose and must choose again: a seed, the clock. It is redacted as
    /// everything is. Default: none.
    pub fn variable(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    /// Records a session of this name until the guard is finished or dropped.
    ///
    /// # Errors
    ///
    /// If the folder cannot be written to.
    pub fn session(self, name: impl Into<String>) -> Result<SessionGuard, Error> {
        let dir = match &self.dir {
            Some(dir) => dir.clone(),
            None => default_dir(&Environment::process())?,
        };
        SessionGuard::begin(self, dir, name.into())
    }
}
