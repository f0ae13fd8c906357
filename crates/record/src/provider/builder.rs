//! Says in which mode services are handed out, and hands them out.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use tracesnap_config::Environment;
use tracesnap_redact::Policy;
use tracesnap_store::Retention;

use super::budget::Account;
use super::summary::{Counts, Summary};
use super::{Budget, Fallback, Recorded, Service};
use crate::compare::Drift;
use crate::matching::{Player, PlayerBuilder};
use crate::mode::{Mode, OnMiss};
use crate::model::{Session, SessionHead, Timestamp};
use crate::recorder::{BlobFolder, Finished, Recorder, SessionGuard, SessionHandle, lock};
use crate::sets::Sets;
use crate::{Error, config, file};

/// How services are handed out.
#[must_use = "a builder does nothing until `build`"]
pub struct ServiceProviderBuilder {
    mode: Option<Mode>,
    session: Option<String>,
    dir: Option<PathBuf>,
    recording: Option<PathBuf>,
    policy: Option<Policy>,
    player: PlayerBuilder,
    fallback: Option<Arc<dyn Fallback>>,
    budgets: HashMap<String, Budget>,
    retention: Option<Retention>,
    environment: Option<Environment>,
}

impl Default for ServiceProviderBuilder {
    fn default() -> Self {
        Self {
            mode: None,
            session: None,
            dir: None,
            recording: None,
            policy: None,
            player: Player::builder(),
            fallback: None,
            budgets: HashMap::new(),
            retention: None,
            environment: None,
        }
    }
}

impl ServiceProviderBuilder {
    /// The mode. Default: as [`Mode::resolve`] finds it.
    pub fn mode(mut self, mode: Mode) -> Self {
        self.mode = Some(mode);
        self
    }

    /// What the session is called, and so which recording is played back. Default: the name of the thread, which is that of
    /// the test.
    pub fn session(mut self, name: impl Into<String>) -> Self {
        self.session = Some(name.into());
        self
    }

    /// The folder of recordings. Default: as [`config::dir`](crate::config::dir) finds it.
    pub fn dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.dir = Some(dir.into());
        self
    }

    /// The file that is played back, instead of the accepted recording of the folder.
    pub fn recording(mut self, path: impl Into<PathBuf>) -> Self {
        self.recording = Some(path.into());
        self
    }

    /// What must not be written. Default: [`Policy::for_captures`], and what `[redact]` of `tracesnap.toml` adds.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = Some(policy);
        self
    }

    /// How requests find their answers; its policy and order are those of the provider. Default: [`Player::builder`].
    pub fn matching(mut self, player: PlayerBuilder) -> Self {
        self.player = player;
        self
    }

    /// Who answers in the modes `mock` and `hybrid:mock`. Default: nobody.
    pub fn fallback(mut self, fallback: impl Fallback + 'static) -> Self {
        self.fallback = Some(Arc::new(fallback));
        self
    }

    /// What real calls to this service may cost. Default: anything.
    pub fn budget(mut self, service: impl Into<String>, budget: Budget) -> Self {
        self.budgets.insert(service.into(), budget);
        self
    }

    /// What is kept of the session files of the folder. Default: as `tracesnap.toml` says, else everything.
    pub fn retention(mut self, retention: Retention) -> Self {
        self.retention = Some(retention);
        self
    }

    /// Asks this environment instead of the process's.
    pub fn environment(mut self, environment: Environment) -> Self {
        self.environment = Some(environment);
        self
    }

    /// Hands out services.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownMode`]; [`Error::NoRecording`] in a mode that cannot do without one; if folder or recording cannot be
    /// used.
    pub fn build(self) -> Result<ServiceProvider, Error> {
        let sources = config::process(self.environment)?;
        let policy = match self.policy {
            Some(policy) => policy,
            None => tracesnap_redact::settings::policy_for_captures(&sources)?,
        };
        let retention = match self.retention {
            Some(retention) => retention,
            None => config::retention(&sources)?.value,
        };
        let mode = Mode::resolve(&sources, self.mode)?.value;
        let name = self.session.unwrap_or_else(|| std::thread::current().name().unwrap_or("session").to_owned());
        let dir = match self.dir {
            Some(dir) => Some(dir),
            // Modes without recordings need no folder.
            None if !mode.plays() && !mode.records() => None,
            None => Some(config::dir(&sources)?.value),
        };
        let mut accepted = None;
        let player = match &dir {
            Some(dir) if mode.plays() => {
                let found = match &self.recording {
                    Some(path) => Some(file::load(path)?),
                    None if dir.is_dir() => Sets::open(dir)?.accepted(&name)?,
                    None => None,
                };
                let session = match (found, mode) {
                    (Some(session), _) => session,
                    (None, Mode::Hybrid(_)) => {
                        Session { head: SessionHead::new(&name, Timestamp::now()), interactions: Vec::new() }
                    }
                    (None, _) => return Err(Error::NoRecording { name, place: dir.clone() }),
                };
                if mode == Mode::Hybrid(OnMiss::Record) {
                    accepted = Some(session.clone());
                }
                Some(self.player.policy(policy.clone()).strict(mode == Mode::Strict).play(session))
            }
            _ => None,
        };
        let recording = match &dir {
            Some(dir) if mode.records() => {
                // What a hybrid misses is proposed together with what it has.
                let recorder = Recorder::builder().dir(dir).policy(policy.clone()).retention(retention);
                Some(recorder.pending(mode == Mode::Record).session(&name)?)
            }
            _ => None,
        };
        let beside = self.recording.as_deref().filter(|_| mode.plays()).and_then(std::path::Path::parent);
        let blobs = beside.or(dir.as_deref()).map(BlobFolder::of);
        Ok(ServiceProvider {
            shared: Arc::new(Shared {
                mode,
                handle: recording.as_ref().map(SessionGuard::handle),
                recording: Mutex::new(recording),
                accepted: Mutex::new(accepted),
                player,
                fallback: self.fallback,
                policy,
                budgets: self.budgets,
                services: Mutex::default(),
                drift: Mutex::default(),
                dir,
                blobs,
                environment: sources.environment().clone(),
            }),
        })
    }
}

impl fmt::Debug for ServiceProviderBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceProviderBuilder")
            .field("mode", &self.mode)
            .field("session", &self.session)
            .finish_non_exhaustive()
    }
}

/// Hands out services in one mode: see [`provider`](crate::provider). Clones are the same provider.
#[derive(Clone)]
pub struct ServiceProvider {
    pub(super) shared: Arc<Shared>,
}

pub(super) struct Shared {
    pub(super) mode: Mode,
    pub(super) handle: Option<SessionHandle>,
    recording: Mutex<Option<SessionGuard>>,
    /// What a hybrid adds to.
    accepted: Mutex<Option<Session>>,
    pub(super) player: Option<Player>,
    pub(super) fallback: Option<Arc<dyn Fallback>>,
    pub(super) policy: Policy,
    budgets: HashMap<String, Budget>,
    services: Mutex<BTreeMap<String, Arc<ServiceState>>>,
    pub(super) drift: Mutex<Drift>,
    dir: Option<PathBuf>,
    blobs: Option<BlobFolder>,
    environment: Environment,
}

#[derive(Debug)]
pub(super) struct ServiceState {
    pub(super) name: Arc<str>,
    pub(super) account: Account,
    pub(super) counts: Counts,
}

/// What was left when a provider ended.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Cleanup {
    /// What was asked.
    pub summary: Summary,
    /// What was recorded, `None` in modes that record nothing.
    pub recorded: Option<Finished>,
}

impl ServiceProvider {
    /// Hands out services in this mode, with the defaults.
    ///
    /// # Errors
    ///
    /// As [`ServiceProviderBuilder::build`].
    pub fn from_mode(mode: Mode) -> Result<Self, Error> {
        Self::builder().mode(mode).build()
    }

    /// Hands out services in the mode of the environment, with the defaults.
    ///
    /// # Errors
    ///
    /// As [`ServiceProviderBuilder::build`].
    pub fn from_env() -> Result<Self, Error> {
        Self::builder().build()
    }

    /// Says more of how.
    pub fn builder() -> ServiceProviderBuilder {
        ServiceProviderBuilder::default()
    }

    /// The mode.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.shared.mode
    }

    /// Whether any service has a [budget](ServiceProviderBuilder::budget): then calls are counted in mode real, too.
    #[must_use]
    pub fn has_budgets(&self) -> bool {
        !self.shared.budgets.is_empty()
    }

    /// A service, to be asked.
    #[must_use]
    pub fn service(&self, name: &str) -> Service {
        let mut services = lock(&self.shared.services);
        let state = services.entry(name.to_owned()).or_insert_with(|| {
            let budget = self.shared.budgets.get(name).copied().unwrap_or_default();
            Arc::new(ServiceState { name: name.into(), account: Account::new(budget), counts: Counts::default() })
        });
        Service::new(Arc::clone(&self.shared), Arc::clone(state))
    }

    /// A client of a service, whose trait `#[recorded]` stands on. The real one is made only in modes that ask it.
    ///
    /// # Errors
    ///
    /// That of `real`.
    pub fn client<C, E>(&self, service: &str, real: impl FnOnce() -> Result<C, E>) -> Result<Recorded<C>, E> {
        let real = if self.shared.mode.asks_service() { Some(real()?) } else { None };
        Ok(Recorded::new(self.service(service), real))
    }

    /// The key of a real service, from `TEST_<SERVICE>_API_KEY`; `None` in modes that do not ask it.
    ///
    /// # Errors
    ///
    /// [`Error::MissingKey`] if it is needed and not set. A test that may be skipped returns then.
    pub fn api_key(&self, service: &str) -> Result<Option<String>, Error> {
        if !self.shared.mode.asks_service() {
            return Ok(None);
        }
        let word = service.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' });
        let variable = format!("TEST_{}_API_KEY", word.collect::<String>());
        match self.shared.environment.get(&variable) {
            Some(key) => Ok(Some(key.to_owned())),
            None => Err(Error::MissingKey { service: service.to_owned(), variable }),
        }
    }

    /// What was asked so far, and who answered.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let services = lock(&self.shared.services);
        let services = services.values().map(|state| {
            let used = state.account.used();
            super::ServiceSummary { bytes: used.bytes, tokens: used.tokens, ..state.counts.summary(&state.name) }
        });
        Summary { mode: self.shared.mode, services: services.collect() }
    }

    /// Ends the recording and writes it; `None` if there is none, or it was saved before. What is asked later is not
    /// recorded.
    ///
    /// # Errors
    ///
    /// As [`SessionGuard::finish`].
    pub fn save(&self) -> Result<Option<Finished>, Error> {
        let Some(recording) = lock(&self.shared.recording).take() else { return Ok(None) };
        let mut finished = recording.finish()?;
        if let (Some(mut session), Some(dir)) = (lock(&self.shared.accepted).take(), &self.shared.dir)
            && finished.stats.recorded > 0
        {
            let missed = file::load(&finished.path)?;
            session.head = SessionHead { variables: session.head.variables, ..missed.head };
            session.interactions.extend(missed.interactions);
            for (id, interaction) in session.interactions.iter_mut().enumerate() {
                interaction.id = id as u64;
            }
            session.head.total_interactions = session.interactions.len() as u64;
            finished.pending = Some(Sets::open(dir)?.propose(&session)?.to_string());
        }
        Ok(Some(finished))
    }

    /// Saves, and says whether all went as the mode wants it.
    ///
    /// # Errors
    ///
    /// As [`save`](Self::save); [`Error::Unused`] in strict mode, if not everything was asked for; [`Error::Drift`] in verify
    /// mode, if what answered is of another type or status than what was recorded.
    pub fn cleanup(self) -> Result<Cleanup, Error> {
        let recorded = self.save()?;
        if let (Mode::Strict, Some(player)) = (self.shared.mode, &self.shared.player) {
            player.expect_all_used()?;
        }
        let drift = lock(&self.shared.drift);
        if drift.is_error() {
            return Err(Error::Drift { interactions: drift.interactions(), report: drift.to_string() });
        }
        drop(drift);
        Ok(Cleanup { summary: self.summary(), recorded })
    }

    /// How what answers differs from what was recorded, in verify mode.
    #[must_use]
    pub fn drift(&self) -> Drift {
        lock(&self.shared.drift).clone()
    }

    /// What must not be written.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.shared.policy
    }

    /// Where bodies lie that are too large for a session file: beside the sessions, or the one file that is played back.
    /// `None` in modes without recordings.
    #[must_use]
    pub fn blobs(&self) -> Option<BlobFolder> {
        self.shared.blobs.clone()
    }

    /// Waits until what was asked by now is in the journal.
    pub fn flush(&self) {
        if let Some(handle) = &self.shared.handle {
            handle.flush();
        }
    }

    /// The recording that is played back.
    #[must_use]
    pub fn player(&self) -> Option<&Player> {
        self.shared.player.as_ref()
    }
}

impl fmt::Debug for ServiceProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceProvider").field("mode", &self.shared.mode).finish_non_exhaustive()
    }
}
