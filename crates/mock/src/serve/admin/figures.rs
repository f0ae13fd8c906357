//! What was answered, in numbers: since the start, of late, and over days where a database counts.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::{Asked, Refusal};
use crate::engine::Stats;
use crate::generate::Quality;
use crate::score::{Evidence, MIN_QUALITY_SCORE, mock_quality_score};
use crate::serve::Received;
use crate::serve::server::State;

pub(super) fn stats(state: &State) -> Value {
    let mut told = match json!(state.stats()) {
        Value::Object(told) => told,
        _ => Map::new(),
    };
    #[cfg(feature = "cache")]
    if let Some(responder) = &state.responder {
        let config = responder.config().describe().into_iter().map(|(name, value)| (name.to_owned(), value.into()));
        told.insert("config".to_owned(), Value::Object(config.collect()));
        told.insert("cache".to_owned(), json!(responder.get_statistics()));
    }
    told.insert("score".to_owned(), score(state));
    Value::Object(told)
}

/// How good the answers since the start were: see [`mock_quality_score`].
fn score(state: &State) -> Value {
    let stats = state.stats();
    let seen = evidence(&stats.answers, stats.panics, state.answering().quality());
    let score = mock_quality_score(&seen);
    json!({
        "value": score,
        "gate": MIN_QUALITY_SCORE,
        "passes_gate": score.is_some_and(|score| score >= MIN_QUALITY_SCORE),
    })
}

fn evidence(stats: &Stats, panics: u64, quality: Quality) -> Evidence {
    let fidelity = match quality {
        Quality::Basic => 0.6,
        Quality::Realistic | Quality::Exact => 0.9,
        Quality::Production => 1.0,
    };
    Evidence {
        answers: stats.requests,
        failures: stats.invalid + panics,
        checked: stats.checked,
        invalid: stats.invalid,
        fidelity: stats.generated as f64 * fidelity + (stats.requests - stats.generated) as f64,
    }
}

/// Days that are told of, where nobody asks for more.
const DAYS: u32 = 7;
/// Changes of configuration that are told of.
#[cfg(feature = "database")]
const CHANGES: u32 = 50;

pub(super) async fn analytics(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let state = asked.state;
    let days = asked.number("days")?.unwrap_or(DAYS);
    Ok(json!({
        "since_start": stats(state),
        "recent": recent(&state.journal.all(), state.limits.max_received),
        "stored": stored(state, days).await?,
    }))
}

/// The requests that are remembered, by operation; times are those until the answer was ready, faults included.
fn recent(received: &[Received], most: usize) -> Value {
    let mut by_operation: BTreeMap<Option<usize>, Vec<&Received>> = BTreeMap::new();
    for one in received {
        by_operation.entry(one.index).or_default().push(one);
    }
    let mut operations: Vec<&Vec<&Received>> = by_operation.values().collect();
    operations.sort_by_key(|all| std::cmp::Reverse(all.len()));
    let all: Vec<&Received> = received.iter().collect();
    json!({
        "most": most,
        "all": summary(&all),
        "operations": operations.into_iter().map(|all| summary(all)).collect::<Vec<_>>(),
    })
}

fn summary(received: &[&Received]) -> Value {
    let mut times: Vec<Duration> = received.iter().map(|one| one.took).collect();
    times.sort_unstable();
    let time = |share: f64| {
        let rank = (share * times.len() as f64).ceil() as usize;
        times.get(rank.saturating_sub(1)).map(|time| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX))
    };
    let mut statuses: BTreeMap<u16, usize> = BTreeMap::new();
    let mut sources: BTreeMap<&str, usize> = BTreeMap::new();
    for one in received {
        *statuses.entry(one.status).or_default() += 1;
        *sources.entry(one.source.as_str()).or_default() += 1;
    }
    let first = received.first();
    json!({
        "operation": first.and_then(|one| one.operation.as_deref()),
        "index": first.and_then(|one| one.index),
        "hits": received.len(),
        "statuses": statuses,
        "sources": sources,
        "invalid": received.iter().filter(|one| !one.violations.is_empty()).count(),
        "p50_ns": time(0.5),
        "p95_ns": time(0.95),
        "p99_ns": time(0.99),
    })
}

/// What the database has counted, and who changed what.
#[cfg(feature = "database")]
async fn stored(state: &State, days: u32) -> Result<Value, Refusal> {
    let Some(responder) = &state.responder else { return Ok(Value::Null) };
    let Some(database) = responder.database() else { return Ok(Value::Null) };
    // What was counted a moment ago belongs to it; a database that is gone says so below.
    let _ = responder.flush().await;
    let environment = responder.config().environment;
    Ok(json!({
        "environment": environment.as_str(),
        "days": days,
        "summaries": database.analytics(environment, responder.api()).summary(days).await?,
        "patterns": database.patterns(responder.api()).popular(CHANGES).await?,
        "audit": database.audit_log(CHANGES).await?,
    }))
}

#[cfg(not(feature = "database"))]
#[expect(clippy::unused_async, reason = "with a database it is asked")]
async fn stored(_: &State, _: u32) -> Result<Value, Refusal> {
    Ok(Value::Null)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_score_since_the_start_follows_the_formula_of_the_library() {
        let stats = Stats { requests: 10, generated: 10, checked: 10, ..Stats::default() };
        let seen = evidence(&stats, 0, Quality::Realistic);
        assert!((mock_quality_score(&seen).unwrap() - 0.98).abs() < 1e-9);
        let broken = evidence(&Stats { invalid: 1, ..stats }, 0, Quality::Realistic);
        assert!(mock_quality_score(&broken).unwrap() < MIN_QUALITY_SCORE);
    }
}
