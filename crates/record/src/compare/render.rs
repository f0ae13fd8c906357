//! A comparison as a report.

use super::{Comparison, Measure, Tier};
use crate::report::{Bars, Block, Report, Table, count, shown_percent};

impl Comparison {
    /// As a report: text, Markdown, or a page with plots; with the fields that differ where `verbose`.
    #[must_use]
    pub fn report(&self, verbose: bool) -> Report {
        let mut report = Report::new(match self.overall {
            Some(overall) => format!("The {} agree to {}", plural(self.with), shown_percent(overall / 100.0)),
            None => "Nothing was recorded, so nothing is compared".to_owned(),
        });
        let mut measures = Table::new(&["measure", "#share", "#n"]);
        let mut measure = |name: &str, measure: Measure, of: &str| {
            let share = if measure.n == 0 { "–".to_owned() } else { shown_percent(measure.share) };
            measures.row(vec![name.to_owned(), share, count(measure.n, of)]);
        };
        measure("coverage", self.coverage, "operation");
        measure("fidelity", self.fidelity, "interaction");
        measure("type fidelity", self.type_fidelity, "interaction");
        measure("status agreement", self.status, "interaction");
        if let Some(ratio) = self.latency_ratio {
            measures.row(vec!["latency ratio".to_owned(), format!("{ratio:.2}"), count(self.latency_n, "operation")]);
        }
        report.blocks.push(Block::Table(measures));
        let mut operations =
            Table::new(&["service", "operation", "#n", "#fidelity", "#types", "#status", "#latency", "noise"]);
        for one in &self.operations {
            operations.row(vec![
                one.service.clone(),
                one.operation.clone(),
                one.n.to_string(),
                shown_percent(one.fidelity),
                shown_percent(one.type_fidelity),
                shown_percent(one.status),
                one.latency_ratio.map_or(String::new(), |ratio| format!("{ratio:.2}")),
                one.noise.join(", "),
            ]);
        }
        report.table("Operations, worst first", operations);
        let mut missing = Table::new(&["service", "operation", "#interactions"]);
        for (service, operation, n) in &self.missing {
            missing.row(vec![service.clone(), operation.clone(), n.to_string()]);
        }
        report.table("Recorded, and not there", missing);
        let mut stale = Table::new(&["service", "operation"]);
        for (service, operation) in &self.stale {
            stale.row(vec![service.clone(), operation.clone()]);
        }
        report.table("There, and never recorded", stale);
        self.fields(&mut report, verbose);
        if let Some(drift) = &self.drift {
            let mut changes = Table::new(&["tier", "service", "operation", "path", "#count", "recorded", "now"]);
            for change in drift.changes().filter(|change| verbose || change.tier > Tier::Info) {
                changes.row(vec![
                    format!("{:?}", change.tier).to_lowercase(),
                    change.service.clone(),
                    change.operation.clone(),
                    change.path.clone(),
                    change.count.to_string(),
                    change.recorded.clone(),
                    change.found.clone(),
                ]);
            }
            report.table("Drift, worst first", changes);
        }
        if !self.operations.is_empty() {
            let items = self.operations.iter().take(30).map(|one| {
                let name = format!("{} {}", one.service, one.operation);
                (name, vec![one.type_fidelity * 100.0, one.fidelity * 100.0])
            });
            report.blocks.push(Block::Bars(Bars {
                title: "Fidelity of operations, worst first".to_owned(),
                unit: "%".to_owned(),
                series: vec!["types".to_owned(), "values".to_owned()],
                items: items.collect(),
            }));
        }
        report
    }

    fn fields(&self, report: &mut Report, verbose: bool) {
        let other = if self.with == "mocks" { "mocked" } else { "now" };
        let mut fields = Table::new(&["service", "operation", "what", "path", "#count", "recorded", other]);
        let most = if verbose { usize::MAX } else { 3 };
        for one in &self.operations {
            for field in one.worst.iter().take(most) {
                fields.row(vec![
                    one.service.clone(),
                    one.operation.clone(),
                    field.what.to_owned(),
                    field.path.clone(),
                    format!("{} of {}", field.count, one.n),
                    field.recorded.clone(),
                    field.mocked.clone(),
                ]);
            }
        }
        report.table("Fields that differ most", fields);
    }
}

fn plural(with: &str) -> &str {
    if with == "mocks" { "mocks" } else { "recordings" }
}
