//! What was answered, how long it took to make, and how good it was: a row a day, environment and operation.

use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;

use super::connection::now;
use super::{Database, Evidence, MIN_QUALITY_SCORE, mock_quality_score};
use crate::Error;
use crate::config::MockEnvironment;

/// What was answered in one environment.
#[derive(Clone, Debug)]
pub struct Analytics {
    database: Database,
    environment: MockEnvironment,
    api: String,
}

/// How one request was answered.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Sample {
    /// Whether the service itself answered.
    pub is_real: bool,
    /// Whether the answer was kept somewhere.
    pub is_cached: bool,
    /// The time it took to make; `None` where nothing was made.
    pub generation: Option<Duration>,
    /// Whether it could not be made as it should.
    pub failed: bool,
    /// Whether it was checked against its schema, and kept to it.
    pub valid: Option<bool>,
    /// How near it is to what the service says: see [`Evidence::fidelity`].
    pub fidelity: f64,
}

/// What was answered, counted.
#[derive(Clone, Debug, Default)]
pub struct Use {
    hits: u64,
    real: u64,
    cached: u64,
    failures: u64,
    checked: u64,
    invalid: u64,
    fidelity: f64,
    times: Option<Histogram<u64>>,
}

/// What was answered, for a report.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Summary {
    /// The operation; empty for all of them together.
    pub operation: String,
    /// Requests.
    pub hits: u64,
    /// Requests that mocks answered.
    pub mock_hits: u64,
    /// Requests that the service answered.
    pub real_hits: u64,
    /// The share of mocks' answers that were kept somewhere.
    pub cache_hit_rate: f64,
    /// Answers that could not be made as they should.
    pub failures: u64,
    /// Answers that were checked against their schemas.
    pub checked: u64,
    /// Of those, how many broke them.
    pub invalid: u64,
    /// Answers that were made, not found.
    pub generated: u64,
    /// The time within which half of them were made.
    pub p50: Duration,
    /// The time within which 95 of 100 were.
    pub p95: Duration,
    /// The time within which 99 of 100 were.
    pub p99: Duration,
    /// How good mocks are: see [`mock_quality_score`].
    pub mock_quality_score: Option<f64>,
    /// Whether that is known to be [`MIN_QUALITY_SCORE`] or more.
    pub passes_gate: bool,
}

impl Sample {
    /// An answer that was made in that time, if it was made.
    #[must_use]
    pub fn mock(generation: Option<Duration>) -> Self {
        Self { is_real: false, is_cached: false, generation, failed: false, valid: None, fidelity: 1.0 }
    }

    /// An answer of the service itself.
    #[must_use]
    pub fn real() -> Self {
        Self { is_real: true, ..Self::mock(None) }
    }
}

impl Use {
    /// Counts how a request was answered.
    pub fn count(&mut self, sample: &Sample) {
        self.hits += 1;
        if sample.is_real {
            self.real += 1;
            return;
        }
        self.cached += u64::from(sample.is_cached);
        self.failures += u64::from(sample.failed);
        self.checked += u64::from(sample.valid.is_some());
        self.invalid += u64::from(sample.valid == Some(false));
        self.fidelity += sample.fidelity;
        if let Some(time) = sample.generation {
            let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX).clamp(1, LONGEST);
            self.times().saturating_record(nanos);
        }
    }

    /// Adds what was counted elsewhere.
    pub fn add(&mut self, other: &Self) {
        self.hits += other.hits;
        self.real += other.real;
        self.cached += other.cached;
        self.failures += other.failures;
        self.checked += other.checked;
        self.invalid += other.invalid;
        self.fidelity += other.fidelity;
        if let Some(times) = &other.times {
            // Both have the same bounds, so nothing is left out.
            let _ = self.times().add(times);
        }
    }

    /// Whether nothing was counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.hits == 0
    }

    /// For a report on an operation.
    #[must_use]
    pub fn summary(&self, operation: &str) -> Summary {
        let mocked = self.hits - self.real;
        let time = |quantile| {
            self.times.as_ref().map_or(Duration::ZERO, |times| Duration::from_nanos(times.value_at_quantile(quantile)))
        };
        let score = self.score();
        Summary {
            operation: operation.to_owned(),
            hits: self.hits,
            mock_hits: mocked,
            real_hits: self.real,
            cache_hit_rate: if mocked == 0 { 0.0 } else { self.cached as f64 / mocked as f64 },
            failures: self.failures,
            checked: self.checked,
            invalid: self.invalid,
            generated: self.times.as_ref().map_or(0, Histogram::len),
            p50: time(0.5),
            p95: time(0.95),
            p99: time(0.99),
            mock_quality_score: score,
            passes_gate: score.is_some_and(|score| score >= MIN_QUALITY_SCORE),
        }
    }

    fn score(&self) -> Option<f64> {
        mock_quality_score(&Evidence {
            answers: self.hits - self.real,
            failures: self.failures,
            checked: self.checked,
            invalid: self.invalid,
            fidelity: self.fidelity,
        })
    }

    fn times(&mut self) -> &mut Histogram<u64> {
        self.times.get_or_insert_with(|| match Histogram::new_with_bounds(1, LONGEST, DIGITS) {
            Ok(times) => times,
            Err(_) => unreachable!("bounds and digits are constants that fit"),
        })
    }

    /// Times as pairs of nanoseconds and how often, which anybody can read.
    fn pairs(&self) -> Vec<(u64, u64)> {
        let recorded = self.times.iter().flat_map(Histogram::iter_recorded);
        recorded.map(|one| (one.value_iterated_to(), one.count_since_last_iteration())).collect()
    }

    fn add_pairs(&mut self, pairs: &[(u64, u64)]) {
        for (nanos, count) in pairs {
            self.times().saturating_record_n((*nanos).clamp(1, LONGEST), *count);
        }
    }
}

/// A minute, in nanoseconds: whatever took longer counts as that long.
const LONGEST: u64 = 60_000_000_000;
/// Digits of a time that count: within 1 %.
const DIGITS: u8 = 2;
const DAY: i64 = 24 * 60 * 60 * 1_000;

const COLUMNS: &str = "operation, hits, real_hits, cache_hits, failures, checked, invalid, fidelity, generation_times";

impl Database {
    /// What was answered for an API in an environment.
    #[must_use]
    pub fn analytics(&self, environment: MockEnvironment, api: &str) -> Analytics {
        Analytics { database: self.clone(), environment, api: api.to_owned() }
    }
}

impl Analytics {
    /// Adds what was counted to the row of today.
    ///
    /// # Errors
    /// [`Error::Database`]; nothing was added then.
    pub async fn add(&self, counted: &BTreeMap<String, Use>) -> Result<(), Error> {
        let failed = |error| self.database.failed("save analytics", error);
        let at = now();
        let mut transaction = self.database.pool().begin().await.map_err(failed)?;
        // In the order of their names, so that two who add do not wait for each other.
        for (operation, counted) in counted.iter().filter(|(_, counted)| !counted.is_empty()) {
            let key = |query: sqlx::query::Query<'static, sqlx::Any, sqlx::any::AnyArguments<'static>>| {
                query
                    .bind(self.environment.as_str().to_owned())
                    .bind(self.api.clone())
                    .bind(operation.clone())
                    .bind(at / DAY)
            };
            // It writes before it reads, which keeps everybody else out of the row.
            let touch = "INSERT INTO mock_analytics (environment, api, operation, day, hits, mock_hits, real_hits, \
                         cache_hits, failures, checked, invalid, fidelity, generation_times, updated_at) \
                         VALUES ($1, $2, $3, $4, 0, 0, 0, 0, 0, 0, 0, 0.0, '[]', $5) \
                         ON CONFLICT (environment, api, operation, day) DO UPDATE SET updated_at = excluded.updated_at";
            key(sqlx::query(touch)).bind(at).execute(&mut *transaction).await.map_err(failed)?;
            let found = "SELECT operation, hits, real_hits, cache_hits, failures, checked, invalid, fidelity, \
                         generation_times FROM mock_analytics \
                         WHERE environment = $1 AND api = $2 AND operation = $3 AND day = $4";
            let row = key(sqlx::query(found)).fetch_one(&mut *transaction).await.map_err(failed)?;
            let (_, mut all) = self.read(&row)?;
            all.add(counted);
            // A NULL has no type, and PostgreSQL would go on to take the parameter for what it was at first.
            let write = "UPDATE mock_analytics SET hits = $5, mock_hits = $6, real_hits = $7, cache_hits = $8, \
                         failures = $9, checked = $10, invalid = $11, fidelity = $12, generation_times = $13, \
                         mock_quality_score = NULLIF($14, -1.0) \
                         WHERE environment = $1 AND api = $2 AND operation = $3 AND day = $4";
            let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
            key(sqlx::query(write))
                .bind(number(all.hits))
                .bind(number(all.hits - all.real))
                .bind(number(all.real))
                .bind(number(all.cached))
                .bind(number(all.failures))
                .bind(number(all.checked))
                .bind(number(all.invalid))
                .bind(all.fidelity)
                .bind(serde_json::to_string(&all.pairs()).unwrap_or_default())
                .bind(all.score().unwrap_or(-1.0))
                .execute(&mut *transaction)
                .await
                .map_err(failed)?;
            let used = "UPDATE mock_patterns SET usage_count = usage_count + $3 WHERE api = $1 AND operation = $2";
            let used = sqlx::query(used).bind(self.api.clone()).bind(operation.clone()).bind(number(counted.hits));
            used.execute(&mut *transaction).await.map_err(failed)?;
        }
        transaction.commit().await.map_err(failed)
    }

    /// What was answered in the last days, today included: all operations together first, then those with most requests.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn summary(&self, days: u32) -> Result<Vec<Summary>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM mock_analytics WHERE environment = $1 AND api = $2 AND day > $3");
        let rows = sqlx::query(&sql)
            .bind(self.environment.as_str().to_owned())
            .bind(self.api.clone())
            .bind(now() / DAY - i64::from(days))
            .fetch_all(self.database.pool())
            .await
            .map_err(|error| self.database.failed("read analytics", error))?;
        let mut all = Use::default();
        let mut by_operation: BTreeMap<String, Use> = BTreeMap::new();
        for row in &rows {
            let (operation, counted) = self.read(row)?;
            all.add(&counted);
            by_operation.entry(operation).or_default().add(&counted);
        }
        let mut summaries: Vec<_> =
            by_operation.iter().map(|(operation, counted)| counted.summary(operation)).collect();
        summaries.sort_by_key(|summary| std::cmp::Reverse(summary.hits));
        summaries.insert(0, all.summary(""));
        Ok(summaries)
    }

    /// Forgets what was counted.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn reset(&self) -> Result<(), Error> {
        let query = sqlx::query("DELETE FROM mock_analytics WHERE environment = $1 AND api = $2");
        let query = query.bind(self.environment.as_str().to_owned()).bind(self.api.clone());
        query.execute(self.database.pool()).await.map_err(|error| self.database.failed("reset analytics", error))?;
        Ok(())
    }

    fn read(&self, row: &sqlx::any::AnyRow) -> Result<(String, Use), Error> {
        let database = &self.database;
        let number = |column| Ok::<_, Error>(u64::try_from(database.read::<i64>(row, column)?).unwrap_or_default());
        let mut counted = Use {
            hits: number("hits")?,
            real: number("real_hits")?,
            cached: number("cache_hits")?,
            failures: number("failures")?,
            checked: number("checked")?,
            invalid: number("invalid")?,
            fidelity: database.read(row, "fidelity")?,
            times: None,
        };
        counted.add_pairs(&database.read_json::<Vec<(u64, u64)>>(row, "generation_times")?);
        Ok((database.read(row, "operation")?, counted))
    }
}
