//! Looks at a session while it is recorded.

use std::collections::{HashMap, VecDeque};
use std::path::Path;
use std::time::{Duration, SystemTime};

use serde::Serialize;

use super::outliers::{self, Outlier, Sample};
use super::{Analysis, Analyzer, ErrorPattern, Usage};
use crate::Error;
use crate::model::{Interaction, SessionHead, Timestamp};
use crate::report::{Report, Table, shown_ms, shown_percent};

/// A session that is being recorded, beside those before it.
#[derive(Debug, Default)]
pub struct Live {
    current: Analyzer,
    /// By service and operation: one sample of each earlier session.
    earlier: HashMap<(String, String), Vec<Sample>>,
    earlier_sessions: u64,
    /// When what ended lately did, and whether it failed; in the order in which it was sealed.
    recent: VecDeque<(SystemTime, bool)>,
    began: Option<SystemTime>,
}

/// What is recent: 10 seconds.
const WINDOW: Duration = Duration::from_secs(10);

/// A session as it is at a moment.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct LiveView {
    /// When it was looked at.
    pub at: Timestamp,
    /// Interactions a second since the session began.
    pub rate: f64,
    /// Interactions that ended within the last ten seconds, a second.
    pub recent_rate: f64,
    /// The share of those that did not succeed, 0 to 1; `None` if there were none.
    pub recent_failures: Option<f64>,
    /// All of the session.
    #[serde(flatten)]
    pub total: Usage,
    /// Each operation, those that took most together first.
    pub operations: Vec<OperationNow>,
    /// Errors, most frequent first.
    pub errors: Vec<ErrorPattern>,
    /// Operations that are slower, or fail more, than in earlier sessions; known from the third of these on.
    pub outliers: Vec<Outlier>,
    /// With how many earlier sessions it was compared.
    pub earlier_sessions: u64,
}

/// An operation in a running session.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct OperationNow {
    /// Whose.
    pub service: String,
    /// Its name.
    pub operation: String,
    /// Its numbers.
    #[serde(flatten)]
    pub usage: Usage,
    /// Its mean in earlier sessions, the median of these; `None` if there are none.
    pub usual_ms: Option<f64>,
}

impl Live {
    /// A session of which nothing was seen yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts an earlier session, to be compared with.
    ///
    /// # Errors
    ///
    /// If it cannot be read; nothing of it counts then.
    pub fn earlier(&mut self, path: impl AsRef<Path>) -> Result<(), Error> {
        let mut analyzer = Analyzer::default();
        analyzer.add_file(path)?;
        for (service, operation, samples) in analyzer.samples() {
            let of = self.earlier.entry((service.to_owned(), operation.to_owned())).or_default();
            of.extend(samples.iter().map(|(_, sample)| *sample));
        }
        self.earlier_sessions += 1;
        Ok(())
    }

    /// Says when the session began, as its head has it. Default: with its first interaction.
    pub fn begin(&mut self, head: &SessionHead) {
        self.began = Some(head.timestamp.time());
    }

    /// Counts an interaction.
    pub fn add(&mut self, interaction: &Interaction) {
        self.current.add(interaction);
        let ended = interaction.timestamp.time().checked_add(interaction.duration());
        self.recent.push_back((ended.unwrap_or(interaction.timestamp.time()), interaction.is_success()));
        // They came in the order in which they ended: what is too old is in front, and memory is that of the window.
        let newest = self.recent.back().map_or(SystemTime::UNIX_EPOCH, |(ended, _)| *ended);
        self.forget(newest);
    }

    fn forget(&mut self, now: SystemTime) {
        while self.recent.front().is_some_and(|(ended, _)| now.duration_since(*ended).is_ok_and(|age| age > WINDOW)) {
            self.recent.pop_front();
        }
    }

    /// How the session is now.
    #[must_use]
    pub fn look(&mut self, now: Timestamp) -> LiveView {
        self.forget(now.time());
        let analysis = self.current.look();
        let began = self.began.or(analysis.total.first.map(Timestamp::time)).unwrap_or(now.time());
        let lasted = now.time().duration_since(began).unwrap_or_default();
        let rate = |count: u64, of: Duration| if of.is_zero() { 0.0 } else { count as f64 / of.as_secs_f64() };
        let recent = self.recent.len() as u64;
        let failed = self.recent.iter().filter(|(_, is_success)| !is_success).count() as f64;
        LiveView {
            at: now,
            rate: rate(analysis.total.count, lasted),
            recent_rate: rate(recent, WINDOW.min(lasted)),
            recent_failures: (recent > 0).then(|| failed / recent as f64),
            outliers: self.outliers(),
            earlier_sessions: self.earlier_sessions,
            operations: self.operations(&analysis),
            errors: analysis.errors,
            total: analysis.total,
        }
    }

    /// The analysis of what was seen, as of a session that has ended.
    #[must_use]
    pub fn analysis(&self) -> Analysis {
        Analysis { outliers: self.outliers(), ..self.current.look() }
    }

    fn outliers(&self) -> Vec<Outlier> {
        let mut found = Vec::new();
        for (service, operation, samples) in self.current.samples() {
            let earlier = self.earlier.get(&(service.to_owned(), operation.to_owned()));
            if let (Some(earlier), [(_, latest), ..]) = (earlier, samples) {
                found.extend(outliers::find(service, operation, earlier, *latest));
            }
        }
        found
    }

    fn operations(&self, analysis: &Analysis) -> Vec<OperationNow> {
        let usual = |service: &str, operation: &str| {
            let samples = self.earlier.get(&(service.to_owned(), operation.to_owned()))?;
            let mut means: Vec<f64> = samples.iter().map(|sample| sample.mean_ms()).collect();
            means.sort_by(f64::total_cmp);
            means.get(means.len() / 2).copied()
        };
        let all = analysis.services.iter().flat_map(|of| of.operations.iter().map(move |one| (&of.service, one)));
        let mut all: Vec<_> = all
            .map(|(service, one)| OperationNow {
                service: service.clone(),
                operation: one.operation.clone(),
                usage: one.usage.clone(),
                usual_ms: usual(service, &one.operation),
            })
            .collect();
        all.sort_by(|a, b| b.usage.total_ms.total_cmp(&a.usage.total_ms));
        all
    }
}

impl LiveView {
    /// One line: how many, how fast, how well, how long.
    #[must_use]
    pub fn line(&self) -> String {
        let Usage { count, success_rate, p50_ms, p95_ms, p99_ms, .. } = &self.total;
        let clock = self.at.to_string();
        let clock = clock.get(11..19).unwrap_or(&clock);
        if *count == 0 {
            return format!("{clock}  nothing yet");
        }
        format!(
            "{clock}  {count} interactions, {:.1}/s now, {:.1}/s in all, {} succeeded, p50 {}, p95 {}, p99 {}",
            self.recent_rate,
            self.rate,
            shown_percent(*success_rate),
            shown_ms(*p50_ms),
            shown_ms(*p95_ms),
            shown_ms(*p99_ms)
        )
    }

    /// As a report.
    #[must_use]
    pub fn report(&self) -> Report {
        let mut report = Report::new(self.line());
        let mut operations =
            Table::new(&["service", "operation", "#count", "#success", "#p50", "#p95", "#p99", "#mean", "#usual"]);
        for one in &self.operations {
            let usage = &one.usage;
            let mut cells = vec![one.service.clone(), one.operation.clone(), usage.count.to_string()];
            cells.push(shown_percent(usage.success_rate));
            cells.extend([usage.p50_ms, usage.p95_ms, usage.p99_ms, usage.mean_ms].map(shown_ms));
            cells.push(one.usual_ms.map_or_else(String::new, shown_ms));
            operations.row(cells);
        }
        report.table("Operations, those that took most first", operations);
        let mut errors = Table::new(&["#count", "service", "operation", "error"]);
        for error in &self.errors {
            errors.row(vec![
                error.count.to_string(),
                error.service.clone(),
                error.operation.clone(),
                error.pattern.clone(),
            ]);
        }
        report.table("Errors", errors);
        let mut outliers = Table::new(&["otherwise than in earlier sessions"]);
        for outlier in &self.outliers {
            outliers.row(vec![outlier.to_string()]);
        }
        report.table("Outliers", outliers);
        report
    }
}
