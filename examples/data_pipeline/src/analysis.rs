//! A run of the pipeline, read off its trace.
//!
//! Nothing here asks the pipeline: spans say how much went in and came out, the tracer what it took.

use std::fmt;
use std::time::Duration;

use serde::Serialize;
use tracesnap::Trace;
use tracesnap::tree::{Call, Value};

use crate::stages::STAGES;

/// What is known of one stage.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StageFigures {
    /// The span's name.
    pub stage: &'static str,
    /// From its first enter to its last exit, `None` where it did not end.
    #[serde(skip)]
    pub time: Option<Duration>,
    /// Rows that went in.
    pub rows_in: u64,
    /// Rows that came out, `None` where it failed before.
    pub rows_out: Option<u64>,
    /// The size of what came out. **Unit:** bytes.
    pub bytes: Option<u64>,
    /// What it allocated, `None` where the session did not count. **Unit:** bytes.
    #[serde(skip)]
    pub allocated: Option<u64>,
    /// How much more was in use after it than before. **Unit:** bytes.
    #[serde(skip)]
    pub kept: Option<i64>,
}

/// A run of the pipeline. What its serde form leaves out differs from run to run; it is displayed.
#[derive(Clone, Debug, Serialize)]
pub struct Analysis {
    /// From the first enter to the last exit.
    #[serde(skip)]
    pub total: Duration,
    /// The stages that were begun, first to last.
    pub stages: Vec<StageFigures>,
    /// Functions that took at least this part of all time for themselves, the longest first.
    #[serde(skip)]
    pub bottlenecks: Vec<(String, f64)>,
    /// Who calls whom, and how often.
    pub call_graph: Vec<String>,
}

/// Less than this part of all time is no bottleneck.
const BOTTLENECK: f64 = 0.15;

impl Analysis {
    /// What a trace tells.
    #[must_use]
    pub fn of(trace: &Trace) -> Self {
        let metrics = trace.metrics();
        let stages = STAGES.iter().filter_map(|stage| {
            let calls = trace.calls(stage);
            let call = calls.iter().next()?;
            Some(StageFigures::of(stage, call))
        });
        let hot = metrics.hot_spots(BOTTLENECK).into_iter();
        let bottlenecks = hot.map(|hot| (hot.function.name.to_string(), metrics.share(hot)));
        let graph = trace.graph();
        let mut call_graph = Vec::new();
        for caller in graph.functions() {
            for (callee, edge) in graph.callees(caller) {
                call_graph.push(format!("{} → {} ×{}", caller.name, callee.name, edge.calls));
            }
        }
        call_graph.sort();
        Self { total: metrics.wall, stages: stages.collect(), bottlenecks: bottlenecks.collect(), call_graph }
    }
}

impl StageFigures {
    fn of(stage: &'static str, call: Call<'_>) -> Self {
        let memory = call.memory();
        let number = |name: &str| call.arg(name).as_ref().and_then(Value::as_u64);
        Self {
            stage,
            time: call.wall(),
            rows_in: number("rows_in").unwrap_or(0),
            rows_out: number("rows_out"),
            bytes: number("bytes"),
            allocated: memory.map(|memory| memory.allocated),
            kept: memory.map(|memory| {
                i64::try_from(memory.allocated).unwrap_or(i64::MAX).saturating_sub_unsigned(memory.freed)
            }),
        }
    }
}

impl fmt::Display for Analysis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = |n: Option<u64>| n.map_or("–".to_owned(), |n| n.to_string());
        writeln!(
            f,
            "{:<20} {:>10} {:>7} {:>8} {:>9} {:>10} {:>10} {:>9}",
            "stage", "time", "share", "rows in", "rows out", "bytes", "allocated", "kept"
        )?;
        for stage in &self.stages {
            let time = stage.time.unwrap_or_default();
            let share = 100.0 * time.as_secs_f64() / self.total.as_secs_f64().max(f64::MIN_POSITIVE);
            let (time, kept) = (time.as_secs_f64() * 1e3, stage.kept.map_or("–".to_owned(), |kept| kept.to_string()));
            writeln!(
                f,
                "{:<20} {time:>7.2} ms {share:>5.1} % {:>8} {:>9} {:>10} {:>10} {kept:>9}",
                stage.stage,
                stage.rows_in,
                number(stage.rows_out),
                number(stage.bytes),
                number(stage.allocated),
            )?;
        }
        Ok(())
    }
}
