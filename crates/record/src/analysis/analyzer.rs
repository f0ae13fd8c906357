//! Counts interactions of sessions.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;

use serde::Serialize;

use super::errors::{ErrorPattern, Patterns};
use super::outliers::{self, Outlier, Sample};
use super::usage::{Counting, OperationUse, Usage};
use crate::model::{Interaction, SessionHead, Timestamp};
use crate::{Error, file};

/// Which interactions count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TimeRange {
    /// None that began before this. Default: any.
    pub from: Option<Timestamp>,
    /// None that began after this. Default: any.
    pub to: Option<Timestamp>,
}

impl TimeRange {
    /// Interactions that began between these.
    #[must_use]
    pub fn new(from: Option<Timestamp>, to: Option<Timestamp>) -> Self {
        Self { from, to }
    }

    /// Whether this moment is in it.
    #[must_use]
    pub fn contains(&self, time: Timestamp) -> bool {
        self.from.is_none_or(|from| time >= from) && self.to.is_none_or(|to| time <= to)
    }
}

/// What recordings tell.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Analysis {
    /// Sessions that were read.
    pub sessions: u64,
    /// All interactions together.
    pub total: Usage,
    /// Each service, A to Z.
    pub services: Vec<ServiceUse>,
    /// Errors, most frequent first.
    pub errors: Vec<ErrorPattern>,
    /// Errors that are in none of these.
    pub errors_untold: u64,
    /// The ten that took longest.
    pub slowest: Vec<Timed>,
    /// The ten that took shortest, of those that succeeded.
    pub fastest: Vec<Timed>,
    /// How sessions grew, oldest first.
    pub growth: Vec<Growth>,
    /// What was otherwise in the latest session than in those before.
    pub outliers: Vec<Outlier>,
    /// Up to 2,000 interactions, evenly chosen: seconds since the first, milliseconds, whether it failed.
    #[serde(skip)]
    pub points: Vec<(f64, f64, bool)>,
}

/// One service.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ServiceUse {
    /// Its name.
    pub service: String,
    /// Its numbers.
    #[serde(flatten)]
    pub usage: Usage,
    /// Its operations, A to Z.
    pub operations: Vec<OperationUse>,
}

/// An interaction and what it took.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Timed {
    /// Its session.
    pub session: String,
    /// Its number there.
    pub id: u64,
    /// Whose.
    pub service: String,
    /// What for.
    pub operation: String,
    /// How long it took.
    pub duration_ms: f64,
    /// When it began.
    pub timestamp: Timestamp,
}

/// One session among many.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Growth {
    /// Which.
    pub session: String,
    /// When it began.
    pub timestamp: Timestamp,
    /// Its interactions.
    pub interactions: u64,
    /// Their requests and responses: as JSON, and of large bodies what lies beside the session.
    pub bytes: u64,
}

/// Counts interactions of sessions, one at a time.
pub struct Analyzer {
    range: TimeRange,
    sessions: u64,
    total: Counting,
    services: BTreeMap<String, Service>,
    errors: Patterns,
    slowest: Vec<Timed>,
    fastest: Vec<Timed>,
    growth: Vec<Growth>,
    points: Vec<(Timestamp, f64, bool)>,
    stride: u64,
}

struct Service {
    total: Counting,
    operations: BTreeMap<String, Operation>,
}

struct Operation {
    total: Counting,
    /// By session, in the order in which they were read.
    samples: Vec<(usize, Sample)>,
}

const MOST_TIMED: usize = 10;
const MOST_POINTS: usize = 2_000;

impl Default for Analyzer {
    fn default() -> Self {
        Self::new(TimeRange::default())
    }
}

impl Analyzer {
    /// Counts what began in this time.
    #[must_use]
    pub fn new(range: TimeRange) -> Self {
        Self {
            range,
            sessions: 0,
            total: Counting::new(),
            services: BTreeMap::new(),
            errors: Patterns::default(),
            slowest: Vec::new(),
            fastest: Vec::new(),
            growth: Vec::new(),
            points: Vec::new(),
            stride: 1,
        }
    }

    /// Counts the interactions of a session file or journal, streaming.
    ///
    /// # Errors
    ///
    /// If it cannot be read; what stands before the damage is counted.
    pub fn add_file(&mut self, path: impl AsRef<Path>) -> Result<SessionHead, Error> {
        let path = path.as_ref();
        let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        self.add_file_as(path, &name)
    }

    /// As [`add_file`](Self::add_file), of a file that is told by another name: one that was fetched from elsewhere.
    ///
    /// # Errors
    ///
    /// As [`add_file`](Self::add_file).
    pub fn add_file_as(&mut self, path: impl AsRef<Path>, name: &str) -> Result<SessionHead, Error> {
        let path = path.as_ref();
        self.begin(name.to_owned());
        let read = file::read_each(path, |interaction| {
            self.add(&interaction);
            ControlFlow::Continue(())
        });
        if let (Ok(head), Some(growth)) = (&read, self.growth.last_mut()) {
            growth.timestamp = head.timestamp;
        }
        read
    }

    /// Counts the interactions of a session.
    pub fn add_session(&mut self, session: &crate::Session) {
        self.begin(session.head.title().to_owned());
        if let Some(growth) = self.growth.last_mut() {
            growth.timestamp = session.head.timestamp;
        }
        session.interactions.iter().for_each(|interaction| self.add(interaction));
    }

    fn begin(&mut self, session: String) {
        self.sessions += 1;
        let timestamp = Timestamp::from(std::time::SystemTime::UNIX_EPOCH);
        self.growth.push(Growth { session, timestamp, interactions: 0, bytes: 0 });
    }

    /// Counts an interaction of the session that was begun last.
    pub fn add(&mut self, interaction: &Interaction) {
        if !self.range.contains(interaction.timestamp) {
            return;
        }
        if self.growth.is_empty() {
            self.begin("session".to_owned());
        }
        let (request, response) = (size(&interaction.request), size(&interaction.response));
        self.total.add(interaction, request, response);
        let at = self.growth.len() - 1;
        let growth = &mut self.growth[at];
        growth.interactions += 1;
        growth.bytes += request + response;
        let session = growth.session.clone();
        let service = self
            .services
            .entry(interaction.service.clone())
            .or_insert_with(|| Service { total: Counting::new(), operations: BTreeMap::new() });
        service.total.add(interaction, request, response);
        let operation = service
            .operations
            .entry(interaction.operation.clone())
            .or_insert_with(|| Operation { total: Counting::new(), samples: Vec::new() });
        operation.total.add(interaction, request, response);
        if operation.samples.last().is_none_or(|(of, _)| *of != at) {
            operation.samples.push((at, Sample::default()));
        }
        if let Some((_, sample)) = operation.samples.last_mut() {
            sample.count += 1;
            sample.errors += u64::from(!interaction.is_success());
            sample.total_ms += interaction.duration_ms;
        }
        self.errors.add(interaction);
        let timed = || Timed {
            session: session.clone(),
            id: interaction.id,
            service: interaction.service.clone(),
            operation: interaction.operation.clone(),
            duration_ms: interaction.duration_ms,
            timestamp: interaction.timestamp,
        };
        keep(&mut self.slowest, timed, |one| -one.duration_ms, -interaction.duration_ms);
        if interaction.is_success() {
            keep(&mut self.fastest, timed, |one| one.duration_ms, interaction.duration_ms);
        }
        if self.total.count().is_multiple_of(self.stride) {
            self.points.push((interaction.timestamp, interaction.duration_ms, !interaction.is_success()));
            if self.points.len() > MOST_POINTS {
                let mut at = 0;
                self.points.retain(|_| {
                    at += 1;
                    at % 2 == 0
                });
                self.stride *= 2;
            }
        }
    }

    /// What they tell.
    #[must_use]
    pub fn finish(self) -> Analysis {
        self.look()
    }

    /// What they tell so far.
    #[must_use]
    pub fn look(&self) -> Analysis {
        let total = self.total.finish();
        let mut order: Vec<usize> = (0..self.growth.len()).collect();
        order.sort_by_key(|&at| self.growth[at].timestamp);
        let latest = order.last().copied();
        let mut outliers = Vec::new();
        let mut services = Vec::new();
        for (name, service) in &self.services {
            let mut operations = Vec::new();
            for (operation, Operation { total, samples }) in &service.operations {
                let (latest, earlier): (Vec<_>, Vec<_>) = samples.iter().partition(|(at, _)| Some(*at) == latest);
                let earlier: Vec<Sample> = earlier.into_iter().map(|(_, sample)| sample).collect();
                if let [(_, latest), ..] = latest.as_slice() {
                    outliers.extend(outliers::find(name, operation, &earlier, *latest));
                }
                operations.push(OperationUse { operation: operation.clone(), usage: total.finish() });
            }
            services.push(ServiceUse { service: name.clone(), usage: service.total.finish(), operations });
        }
        let first = total.first;
        let points = self
            .points
            .iter()
            .map(|&(time, ms, is_bad)| (first.map_or(0.0, |first| time.since(first).as_secs_f64()), ms, is_bad));
        let mut growth: Vec<Growth> = order.into_iter().map(|at| self.growth[at].clone()).collect();
        growth.retain(|one| one.interactions > 0 || self.range == TimeRange::default());
        Analysis {
            sessions: self.sessions,
            errors_untold: self.errors.untold,
            errors: self.errors.finish(),
            slowest: self.slowest.clone(),
            fastest: self.fastest.clone(),
            growth,
            outliers,
            points: points.collect(),
            services,
            total,
        }
    }
}

impl Analyzer {
    /// What was counted of each operation, session by session.
    pub(super) fn samples(&self) -> impl Iterator<Item = (&str, &str, &[(usize, Sample)])> {
        self.services.iter().flat_map(|(service, all)| {
            all.operations.iter().map(move |(name, one)| (service.as_str(), name.as_str(), one.samples.as_slice()))
        })
    }
}

/// Keeps the least by a key, least first.
fn keep(kept: &mut Vec<Timed>, timed: impl Fn() -> Timed, key: impl Fn(&Timed) -> f64, of: f64) {
    let at = kept.partition_point(|one| key(one) <= of);
    if at < MOST_TIMED {
        kept.insert(at, timed());
        kept.truncate(MOST_TIMED);
    }
}

impl std::fmt::Debug for Analyzer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Analyzer").field("sessions", &self.sessions).finish_non_exhaustive()
    }
}

/// As JSON; a body that lies beside the session is as large as that says.
fn size(value: &serde_json::Value) -> u64 {
    if value.is_null() {
        return 0;
    }
    let blob = value.get("body").filter(|body| body.get("type").is_some_and(|of_type| of_type == "blob"));
    let beside = blob.and_then(|body| body.get("bytes")?.as_u64()).unwrap_or_default();
    crate::provider::size_of_json(value).saturating_add(beside)
}
