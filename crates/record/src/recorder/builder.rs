//! Says how sessions are recorded.

use std::path::PathBuf;

use serde_json::{Map, Value};
use tracesnap_redact::Policy;
use tracesnap_store::Retention;

use super::SessionGuard;
use crate::{Error, config};

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
    dir: Option<PathBuf>,
    policy: Option<Policy>,
    pending: bool,
    retention: Option<Retention>,
    variables: Map<String, Value>,
}

/// How one session is recorded, after all places were asked.
pub(super) struct How {
    pub(super) policy: Policy,
    pub(super) pending: bool,
    pub(super) retention: Retention,
    pub(super) variables: Map<String, Value>,
}

impl Default for RecorderBuilder {
    fn default() -> Self {
        Self { dir: None, policy: None, pending: true, retention: None, variables: Map::new() }
    }
}

impl RecorderBuilder {
    /// The folder. One that is not there is made, for its owner alone. Default: as [`config::dir`](crate::config::dir) finds
    /// it.
    pub fn dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.dir = Some(dir.into());
        self
    }

    /// What must not be written. Default: [`Policy::for_captures`], and what `[redact]` of `tracesnap.toml` adds.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = Some(policy);
        self
    }

    /// Whether the session also waits for a review, to become what is played back. Default: yes.
    pub fn pending(mut self, is_pending: bool) -> Self {
        self.pending = is_pending;
        self
    }

    /// What is kept of the session files of the folder when a session ends. Default: as `tracesnap.toml` says, else
    /// everything.
    pub fn retention(mut self, retention: Retention) -> Self {
        self.retention = Some(retention);
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
    /// If the folder cannot be written to; if `tracesnap.toml` or a variable says what cannot be.
    pub fn session(self, name: impl Into<String>) -> Result<SessionGuard, Error> {
        let sources = config::process(None)?;
        let dir = match &self.dir {
            Some(dir) => dir.clone(),
            None => config::dir(&sources)?.value,
        };
        let policy = match self.policy.clone() {
            Some(policy) => policy,
            None => tracesnap_redact::settings::policy_for_captures(&sources)?,
        };
        let retention = match self.retention {
            Some(retention) => retention,
            None => config::retention(&sources)?.value,
        };
        let how = How { policy, retention, pending: self.pending, variables: self.variables };
        SessionGuard::begin(how, dir, name.into())
    }
}
