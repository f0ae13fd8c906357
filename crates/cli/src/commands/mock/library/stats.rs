//! `tracesnap mock stats`: what was answered, how long it took to make, how good it was.

use std::io::Write;

use anstyle::Style;
use anyhow::Result;
use clap::Args;
use serde_json::json;
use tracesnap::tree::Time;
use tracesnap_config::FromSetting;
use tracesnap_mock::config::MockEnvironment;
use tracesnap_mock::database::{MIN_QUALITY_SCORE, Summary};

use super::Library;
use crate::commands::Outcome;
use crate::output::{Align, Screen, Table, one_line};

/// Says what was answered in an environment: how often, by mocks or by the service, how fast, and how good.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  tracesnap mock stats
  tracesnap mock stats --environment testing --days 30 --format json
  tracesnap mock stats --gate              # exit code 1 where the score is below 0.9, or not known

The score is validity × reliability × (0.8 + 0.2 × fidelity): the share of checked answers that kept to their schemas, the
share of answers that could be made, and how near they are to what the service says (recorded, stored, examples 1; made in
production quality 1, realistic 0.9, basic 0.6).")]
pub(crate) struct Stats {
    /// The environment. [default: as MOCK_ENVIRONMENT says]
    #[arg(long, value_name = "NAME", value_parser = environment)]
    environment: Option<MockEnvironment>,
    /// The last days, today included.
    #[arg(long, default_value_t = 7, value_name = "NUMBER")]
    days: u32,
    /// Exit code 1 where mocks are not good enough, or that is not known.
    #[arg(long)]
    gate: bool,
    /// As JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    library: Library,
}

fn environment(text: &str) -> Result<MockEnvironment, String> {
    MockEnvironment::from_text(text).ok_or_else(|| format!("expected {}", MockEnvironment::EXPECTED))
}

impl Stats {
    pub(crate) fn run(self) -> Result<Outcome> {
        let (summaries, patterns, cached) = self.library.with(async |open| {
            let environment = self.environment.unwrap_or(open.environment);
            let summaries = open.database.analytics(environment, &open.api).summary(self.days).await?;
            let patterns = open.database.patterns(&open.api).popular(10).await?;
            Ok((summaries, patterns, open.database.cache_size().await?))
        })?;
        let mut screen = Screen::new(None);
        if self.json {
            let all = json!({ "operations": summaries, "popular_patterns": patterns, "cache_entries": cached });
            writeln!(screen, "{}", serde_json::to_string_pretty(&all)?)?;
        } else {
            table(&summaries, &mut screen)?;
            if !patterns.is_empty() {
                writeln!(screen)?;
                for pattern in &patterns {
                    let name = one_line(&format!("{} {}", pattern.pattern, pattern.operation));
                    writeln!(screen, "{:>8} × {name} ({:.2})", pattern.usage_count, pattern.confidence)?;
                }
            }
        }
        screen.finish()?;
        let passes = summaries.first().is_some_and(|all| all.passes_gate);
        Ok(if self.gate && !passes { Outcome::Exceeded } else { Outcome::Fine })
    }
}

fn table(summaries: &[Summary], screen: &mut Screen) -> Result<()> {
    let names = [
        ("operation", Align::Left),
        ("hits", Align::Right),
        ("real", Align::Right),
        ("cached", Align::Right),
        ("failed", Align::Right),
        ("p50", Align::Right),
        ("p95", Align::Right),
        ("p99", Align::Right),
        ("score", Align::Right),
    ];
    let mut table = Table::new(&names);
    for one in summaries {
        let time = |time| if one.generated == 0 { "-".to_owned() } else { Time(time).to_string() };
        let cells = [
            if one.operation.is_empty() { "all".to_owned() } else { one.operation.clone() },
            one.hits.to_string(),
            one.real_hits.to_string(),
            format!("{:.0} %", one.cache_hit_rate * 100.0),
            one.failures.to_string(),
            time(one.p50),
            time(one.p95),
            time(one.p99),
            one.mock_quality_score.map_or_else(|| "-".to_owned(), |score| format!("{score:.3}")),
        ];
        table.row(cells.into_iter().map(|cell| (Style::new(), one_line(&cell))).collect());
    }
    for line in table.lines() {
        screen.line(&line)?;
    }
    let gate = match summaries.first().and_then(|all| all.mock_quality_score) {
        None => "no answer was checked, so it is not known how good mocks are".to_owned(),
        Some(score) if score >= MIN_QUALITY_SCORE => format!("{score:.3} is {MIN_QUALITY_SCORE} or more: good enough"),
        Some(score) => format!("{score:.3} is less than {MIN_QUALITY_SCORE}: not good enough"),
    };
    writeln!(screen, "{gate}")?;
    Ok(())
}
