//! A session that is being recorded.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use serde_json::Value;
use tracesnap_redact::{Policy, Report};
use tracesnap_store::{AtomicFile, Durability, Retention};

use super::builder::How;
use super::task::{self, Live};
use super::ticket::Sealed;
use super::writer::Writer;
use super::{BlobFolder, DEFAULT_SETTLED, InteractionGuard, Ticket, make_private};
use crate::Error;
use crate::file::{EXTENSION, JOURNAL_EXTENSION, JournalWriter, SessionWriter};
use crate::model::{Recorded, SessionHead, Timestamp};
use crate::redaction::clean_value;

/// What was recorded so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionStats {
    /// Interactions that are sealed.
    pub recorded: u64,
    /// Interactions that could not be kept: the disk was full, or the session had ended.
    pub lost: u64,
    /// Values that were redacted.
    pub redacted: u64,
    /// Values that were cut at a limit.
    pub truncated: u64,
}

/// A session that has ended.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Finished {
    /// The session file.
    pub path: PathBuf,
    /// The set that waits for a review, if it was to: `checkout#7`.
    pub pending: Option<String>,
    /// What it holds.
    pub stats: SessionStats,
    /// Session files that the retention removed.
    pub removed: Vec<PathBuf>,
    /// Blobs that nothing refers to any more since these are gone, and that are gone too.
    pub removed_blobs: Vec<PathBuf>,
}

pub(super) struct Shared {
    head: Mutex<SessionHead>,
    policy: Policy,
    journal: Mutex<Option<JournalWriter>>,
    /// Anonymous tasks by the order in which they first asked.
    tasks: Mutex<Tasks>,
    next: AtomicU64,
    lost: AtomicU64,
    redacted: AtomicU64,
    truncated: AtomicU64,
    /// The first thing that went wrong.
    failure: Mutex<Option<io::Error>>,
    writer: Writer,
    blobs: BlobFolder,
}

/// The words for anonymous tasks.
#[derive(Default)]
struct Tasks {
    /// Who asked last, since mostly the same one asks again.
    last: Option<(Live, Arc<str>)>,
    words: HashMap<Live, Arc<str>>,
}

impl Tasks {
    fn word(&mut self, task: Live) -> Arc<str> {
        if let Some((last, word)) = &self.last
            && *last == task
        {
            return Arc::clone(word);
        }
        let next = self.words.len();
        let word = Arc::clone(self.words.entry(task.clone()).or_insert_with(|| format!("#{next}").into()));
        self.last = Some((task, Arc::clone(&word)));
        word
    }
}

/// A handle of a session that is being recorded: what clients hold. Clones are the same session.
#[derive(Clone)]
pub struct SessionHandle(pub(super) Arc<Shared>);

impl fmt::Debug for SessionHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionHandle").field("session_id", &self.session_id()).field("stats", &self.stats()).finish()
    }
}

impl SessionHandle {
    /// An interaction that begins now; the guard takes what comes of it. Dropped without, it was cancelled.
    ///
    /// The request is redacted here; what is held until the end can be written as it is. A `tracing` event with the field
    /// `document` (`<session id>#<number>`) tells the tracer.
    pub fn interaction<T: Serialize + ?Sized>(
        &self,
        service: impl Into<String>,
        operation: impl Into<String>,
        request: &T,
    ) -> InteractionGuard {
        InteractionGuard::begin(self.clone(), service.into(), operation.into(), request)
    }

    /// A place for an exchange that begins now, and is told when it is over: what adapters of protocols record with. A
    /// `tracing` event tells the tracer, as above.
    pub fn ticket(&self, service: impl Into<Arc<str>>, operation: impl Into<Arc<str>>) -> Ticket {
        Ticket::begin(self.clone(), service.into(), operation.into())
    }

    /// Waits until what was [sealed](Ticket::seal) by now is written.
    pub fn flush(&self) {
        self.0.writer.flush();
    }

    /// Where bodies lie that are too large for the session file.
    #[must_use]
    pub fn blobs(&self) -> &BlobFolder {
        &self.0.blobs
    }

    /// Lets the session's thread do something, or does it where too much waits for that.
    pub(super) fn hand_over(&self, bytes: usize, job: Sealed) {
        match self.0.writer.push(bytes, job) {
            Ok(false) => {}
            Ok(true) => {
                let shared = Arc::clone(&self.0);
                let thread = std::thread::Builder::new().name("tracesnap-record".to_owned());
                if thread.spawn(move || shared.writer.run()).is_err() {
                    self.0.writer.no_thread();
                    self.flush();
                }
            }
            Err(job) => job.write(),
        }
    }

    /// A value that the program chooses while it is recorded, kept with the session, so that it can be chosen again.
    pub fn variable(&self, name: impl Into<String>, value: &impl Serialize) {
        let (value, report) = clean_value(&self.0.policy, value);
        self.count(&report);
        lock(&self.0.head).variables.insert(name.into(), value);
    }

    /// Which session it is.
    #[must_use]
    pub fn session_id(&self) -> String {
        lock(&self.0.head).session_id.clone()
    }

    /// What was recorded so far.
    #[must_use]
    pub fn stats(&self) -> SessionStats {
        let shared = &self.0;
        SessionStats {
            recorded: lock(&shared.journal).as_ref().map_or(0, JournalWriter::len),
            lost: shared.lost.load(Relaxed),
            redacted: shared.redacted.load(Relaxed),
            truncated: shared.truncated.load(Relaxed),
        }
    }

    /// What must not be written in this session.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.0.policy
    }

    pub(super) fn number(&self) -> u64 {
        self.0.next.fetch_add(1, Relaxed)
    }

    pub(super) fn count(&self, report: &Report) {
        self.0.redacted.fetch_add(report.count(), Relaxed);
        self.0.truncated.fetch_add(report.truncated(), Relaxed);
    }

    pub(super) fn count_redacted(&self, values: u64) {
        self.0.redacted.fetch_add(values, Relaxed);
    }

    /// The word for the running task.
    pub(super) fn task(&self) -> Arc<str> {
        match task::current() {
            Live::Named(name) => name,
            anonymous => lock(&self.0.tasks).word(anonymous),
        }
    }

    pub(super) fn seal(&self, id: u64, json: &[u8]) {
        let sealed = match &mut *lock(&self.0.journal) {
            Some(journal) => journal.push(id, json),
            None => Err(io::Error::other("the session had ended")),
        };
        if let Err(error) = sealed {
            self.lose(error);
        }
    }

    pub(super) fn lose(&self, error: io::Error) {
        self.0.lost.fetch_add(1, Relaxed);
        lock(&self.0.failure).get_or_insert(error);
    }
}

/// Records until it is finished or dropped; then the session file is there.
///
/// Clients hold its [`handle`](Self::handle)s. What they ask after the end is lost, and the program does not notice.
#[must_use = "recording stops as soon as the guard drops; bind it: `let session = ...`"]
#[derive(Debug)]
pub struct SessionGuard {
    handle: SessionHandle,
    dir: PathBuf,
    pending: bool,
    retention: Retention,
}

impl SessionGuard {
    pub(super) fn begin(how: How, dir: PathBuf, name: String) -> Result<Self, Error> {
        make_private(&dir)?;
        let How { policy, pending, retention, variables } = how;
        let mut head = SessionHead::new(uuid::Uuid::now_v7().to_string(), Timestamp::now());
        head.recorded = Some(Recorded {
            by: concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")).to_owned(),
            policy: policy.id(),
            ..Recorded::default()
        });
        if let (Value::Object(variables), _) = clean_value(&policy, &variables) {
            head.variables = variables;
        }
        head.name = Some(name);
        let stem = file_stem(&head);
        let journal = JournalWriter::create(dir.join(format!("{stem}{JOURNAL_EXTENSION}")), &head)?;
        let shared = Shared {
            head: Mutex::new(head),
            policy,
            journal: Mutex::new(Some(journal)),
            tasks: Mutex::default(),
            next: AtomicU64::new(0),
            lost: AtomicU64::new(0),
            redacted: AtomicU64::new(0),
            truncated: AtomicU64::new(0),
            failure: Mutex::new(None),
            writer: Writer::default(),
            blobs: BlobFolder::of(&dir),
        };
        Ok(Self { handle: SessionHandle(Arc::new(shared)), dir, pending, retention })
    }

    /// As [`SessionHandle::interaction`].
    pub fn interaction<T: Serialize + ?Sized>(
        &self,
        service: impl Into<String>,
        operation: impl Into<String>,
        request: &T,
    ) -> InteractionGuard {
        self.handle.interaction(service, operation, request)
    }

    /// What clients hold.
    #[must_use]
    pub fn handle(&self) -> SessionHandle {
        self.handle.clone()
    }

    /// What was recorded so far.
    #[must_use]
    pub fn stats(&self) -> SessionStats {
        self.handle.stats()
    }

    /// Which session it is.
    #[must_use]
    pub fn session_id(&self) -> String {
        self.handle.session_id()
    }

    /// Ends the session, writes its file, and puts it up for review if it was to be.
    ///
    /// # Errors
    ///
    /// If these cannot be written; the journal stays then, and can be read like the session. If interactions were lost,
    /// the session is written without them, and [`SessionStats::lost`] says how many.
    pub fn finish(self) -> Result<Finished, Error> {
        self.end().map(|finished| finished.expect("a guard that was not finished has a journal"))
    }

    fn end(&self) -> Result<Option<Finished>, Error> {
        self.handle.0.writer.end();
        let Some(mut journal) = lock(&self.handle.0.journal).take() else { return Ok(None) };
        let mut stats = self.handle.stats();
        stats.recorded = journal.len();
        let mut head = lock(&self.handle.0.head).clone();
        head.total_interactions = journal.len();
        if let Some(recorded) = &mut head.recorded {
            (recorded.redacted, recorded.truncated, recorded.lost) = (stats.redacted, stats.truncated, stats.lost);
            if let Some(failure) = &*lock(&self.handle.0.failure) {
                recorded.extra.insert("failure".to_owned(), failure.to_string().into());
            }
        }
        let path = self.dir.join(format!("{}{EXTENSION}", file_stem(&head)));
        let failed = |source| Error::write(&path, source);
        let file = AtomicFile::options().durability(Durability::Buffered).create(&path)?;
        let mut writer = SessionWriter::new(file, &head).map_err(failed)?;
        journal.copy_to(&mut writer).map_err(failed)?;
        let mut file = writer.finish().map_err(failed)?;
        file.flush().map_err(failed)?;
        file.commit()?;
        private(&path);
        // The session is there; a journal that stays is read as the same one.
        let _ = journal.remove();
        let pending =
            if self.pending { Some(crate::sets::Sets::open(&self.dir)?.propose_file(&path, &head)?) } else { None };
        let removed = self.retention.apply(&self.dir, |name| name.ends_with(EXTENSION))?.files;
        let removed_blobs = if removed.is_empty() { Vec::new() } else { self.sweep() };
        Ok(Some(Finished { path, pending, stats, removed, removed_blobs }))
    }
}

impl SessionGuard {
    fn sweep(&self) -> Vec<PathBuf> {
        match self.handle.0.blobs.sweep(DEFAULT_SETTLED) {
            Ok(swept) => swept.removed.into_iter().map(|blob| blob.path).collect(),
            // The session is written, and the next one sweeps again.
            Err(error) => {
                tracing::warn!(target: "tracesnap_record", error = &error as &dyn std::error::Error, "blobs were not swept");
                Vec::new()
            }
        }
    }
}

impl Drop for SessionGuard {
    fn drop(&mut self) {
        // Nobody can be handed the error.
        if let Err(error) = self.end() {
            tracing::warn!(target: "tracesnap_record", error = &error as &dyn std::error::Error, "the session was not written");
        }
    }
}

/// Only its owner reads a session.
#[cfg(unix)]
fn private(path: &Path) {
    let _ = std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600));
}

#[cfg(not(unix))]
fn private(_: &Path) {}

/// `checkout-0198…`: what people look for, then what is unique.
fn file_stem(head: &SessionHead) -> String {
    let name = head.name.as_deref().unwrap_or_default();
    let mut stem: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' }).take(60).collect();
    if !stem.is_empty() {
        stem.push('-');
    }
    stem + &head.session_id
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // What is behind our locks is whole after every statement.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
