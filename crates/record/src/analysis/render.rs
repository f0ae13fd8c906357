//! An analysis as a report.

use super::{Analysis, Outlier, Timed, Usage};
use crate::report::{Bars, Block, Report, Scatter, Table, count, shown_bytes, shown_ms, shown_percent, shown_time};

impl Analysis {
    /// As a report: text, Markdown, or a page with plots.
    #[must_use]
    pub fn report(&self) -> Report {
        let mut report =
            Report::new(format!("{} in {}", count(self.total.count, "interaction"), count(self.sessions, "session")));
        let usage = &self.total;
        if let (Some(first), Some(last)) = (usage.first, usage.last) {
            let other = if usage.other > 0 { format!(", {} cancelled or unknown", usage.other) } else { String::new() };
            report.text(format!(
                "{} to {}; {} succeeded, {} failed{other}, {} in all, requests {}, responses {}",
                shown_time(first),
                shown_time(last),
                shown_percent(usage.success_rate),
                usage.errors,
                shown_ms(usage.total_ms),
                shown_bytes(usage.request_bytes),
                shown_bytes(usage.response_bytes)
            ));
        }
        report.table("Services and operations", self.operations());
        let mut errors = Table::new(&["#count", "service", "operation", "error", "last"]);
        for error in &self.errors {
            errors.row(vec![
                error.count.to_string(),
                error.service.clone(),
                error.operation.clone(),
                match &error.error_type {
                    Some(of_type) => format!("{of_type}: {}", error.pattern),
                    None => error.pattern.clone(),
                },
                shown_time(error.last),
            ]);
        }
        report.table("Errors", errors);
        let mut outliers = Table::new(&["service", "operation", "what", "#latest", "#usual", "#of sessions"]);
        for Outlier { service, operation, what, latest, usual, sessions } in &self.outliers {
            let shown = |value: f64| if *what == "mean_ms" { shown_ms(value) } else { shown_percent(value) };
            let what = if *what == "mean_ms" { "slower" } else { "fails more" };
            outliers.row(vec![
                service.clone(),
                operation.clone(),
                what.to_owned(),
                shown(*latest),
                shown(*usual),
                sessions.to_string(),
            ]);
        }
        if let Some(latest) = self.growth.last() {
            report.table(&format!("Otherwise in {} than in earlier sessions", latest.session), outliers);
        }
        report.table("Slowest", timed(&self.slowest));
        report.table("Fastest", timed(&self.fastest));
        if self.growth.len() > 1 {
            let mut growth = Table::new(&["began", "session", "#interactions", "#bytes"]);
            for one in &self.growth {
                growth.row(vec![
                    shown_time(one.timestamp),
                    one.session.clone(),
                    one.interactions.to_string(),
                    shown_bytes(one.bytes),
                ]);
            }
            report.table("Sessions", growth);
        }
        self.plots(&mut report);
        report
    }

    fn operations(&self) -> Table {
        let mut table = Table::new(&[
            "service",
            "operation",
            "#count",
            "#success",
            "#mean",
            "#p50",
            "#p90",
            "#p95",
            "#p99",
            "#max",
            "#responses",
        ]);
        let row = |service: &str, operation: &str, usage: &Usage| {
            let mut cells = vec![service.to_owned(), operation.to_owned(), usage.count.to_string()];
            cells.push(shown_percent(usage.success_rate));
            cells.extend(
                [usage.mean_ms, usage.p50_ms, usage.p90_ms, usage.p95_ms, usage.p99_ms, usage.max_ms].map(shown_ms),
            );
            cells.push(shown_bytes(usage.response_bytes));
            cells
        };
        for service in &self.services {
            table.row(row(&service.service, "", &service.usage));
            for operation in &service.operations {
                table.row(row("", &operation.operation, &operation.usage));
            }
        }
        table
    }

    fn plots(&self, report: &mut Report) {
        if self.total.count == 0 {
            return;
        }
        let operations = self.services.iter().flat_map(|service| {
            service.operations.iter().map(move |one| (format!("{} {}", service.service, one.operation), &one.usage))
        });
        let mut operations: Vec<_> = operations.collect();
        operations.sort_by(|a, b| b.1.total_ms.total_cmp(&a.1.total_ms));
        operations.truncate(30);
        let bars = |title: &str, unit: &str, series: &[&str], of: &dyn Fn(&Usage) -> Vec<f64>| {
            Block::Bars(Bars {
                title: title.to_owned(),
                unit: unit.to_owned(),
                series: series.iter().map(|&name| name.to_owned()).collect(),
                items: operations.iter().map(|(name, usage)| (name.clone(), of(usage))).collect(),
            })
        };
        let durations = bars("Durations of the operations that took most", "ms", &["median", "95 %"], &|usage| {
            vec![usage.p50_ms, usage.p95_ms]
        });
        let counts = bars("How often they were asked", "", &["success", "other"], &|usage| {
            vec![usage.success as f64, (usage.count - usage.success) as f64]
        });
        report.blocks.extend([durations, counts]);
        // Sessions lie days apart, and would be a stroke each.
        let (title, across, points) = if self.growth.len() > 1 {
            let mut points = self.points.clone();
            points.sort_by(|a, b| a.0.total_cmp(&b.0));
            let share = self.total.count as f64 / points.len().max(1) as f64;
            points.iter_mut().enumerate().for_each(|(at, point)| point.0 = at as f64 * share);
            ("Durations, in the order in which interactions began", "interactions", points)
        } else {
            ("Durations over time", "seconds since the first", self.points.clone())
        };
        report.blocks.push(Block::Scatter(Scatter {
            title: title.to_owned(),
            axes: (across.to_owned(), "milliseconds; red failed".to_owned()),
            points,
        }));
        if self.growth.len() > 1 {
            let items = self.growth.iter().rev().take(50).rev();
            report.blocks.push(Block::Bars(Bars {
                title: "Interactions a session, oldest first".to_owned(),
                unit: String::new(),
                series: vec!["interactions".to_owned()],
                items: items.map(|one| (one.session.clone(), vec![one.interactions as f64])).collect(),
            }));
        }
    }
}

fn timed(all: &[Timed]) -> Table {
    let mut table = Table::new(&["#duration", "service", "operation", "#id", "began", "session"]);
    for one in all {
        table.row(vec![
            shown_ms(one.duration_ms),
            one.service.clone(),
            one.operation.clone(),
            one.id.to_string(),
            shown_time(one.timestamp),
            one.session.clone(),
        ]);
    }
    table
}
