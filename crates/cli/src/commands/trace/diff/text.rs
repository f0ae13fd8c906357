//! A comparison for people.

use std::io::Write;

use anstyle::Style;
use anyhow::Result;
use tracesnap::snapshot::{ChangeKind, CostKind, DiffMark, TraceFigures};
use tracesnap::tree::Time;

use super::{Report, figure, growth};
use crate::output::{Align, Line, Screen, Table, named, style};

pub(super) fn write(screen: &mut Screen, report: &Report<'_>) -> Result<()> {
    let diff = report.diff;
    for (sign, look, name, figures) in
        [('-', style::BAD, &report.names[0], diff.old()), ('+', style::GOOD, &report.names[1], diff.new_trace())]
    {
        let mut line = Line::new();
        line.push(look, format!("{sign} {name}")).push(style::FAINT, about(figures));
        screen.line(&line)?;
    }
    writeln!(screen)?;
    if diff.is_empty() {
        writeln!(screen, "no call differs")?;
    } else {
        let mut line = Line::new();
        let mut separator = "";
        for kind in ChangeKind::ALL {
            let count = diff.summary().get(kind);
            if count > 0 {
                line.push(style::PLAIN, separator).push(style::HEAD, format!("{count} {kind}"));
                separator = ", ";
            }
        }
        line.push(style::FAINT, format!(", {} equal", diff.summary().equal));
        screen.line(&line)?;
        for line in diff.lines().iter().take(report.limit) {
            let look = look_of(line.mark);
            let mut shown = Line::new();
            shown
                .push(look, format!("{} ", line.mark.sign()))
                .push(style::FAINT, &line.branches)
                .push(look, &line.text);
            if !line.note.is_empty() {
                shown.push(style::FAINT, format!(" {}", line.note));
            }
            screen.line(&shown)?;
        }
        more(screen, diff.lines().len(), report.limit, "lines")?;
    }
    if !report.costs.is_empty() {
        writeln!(screen)?;
        costs(screen, report)?;
    }
    if !report.exceeded.is_empty() {
        writeln!(screen)?;
    }
    for sentence in &report.exceeded {
        screen.line(Line::new().push(style::BAD.bold(), "✗ ").push(style::BAD, sentence))?;
    }
    Ok(())
}

fn about(figures: &TraceFigures) -> String {
    let wall = Time(std::time::Duration::from_nanos(figures.wall_ns));
    let loss = if figures.complete { "" } else { " · incomplete" };
    format!(" · {} calls · {wall}{loss}", figures.calls)
}

fn look_of(mark: DiffMark) -> Style {
    match mark {
        DiffMark::Removed | DiffMark::Before => style::BAD,
        DiffMark::Added | DiffMark::After => style::GOOD,
        DiffMark::MovedAway | DiffMark::MovedHere => style::MOVED,
        DiffMark::Skipped => style::FAINT,
        _ => style::PLAIN,
    }
}

fn costs(screen: &mut Screen, report: &Report<'_>) -> Result<()> {
    let right = Align::Right;
    let mut columns = Vec::new();
    for kind in [CostKind::Calls, CostKind::SelfTime, CostKind::Wall, CostKind::Bytes] {
        columns.extend([(kind.as_str(), right), ("", Align::Left)]);
    }
    columns.push(("function", Align::Left));
    let mut table = Table::new(&columns);
    for cost in report.costs.iter().take(report.limit) {
        let mut row = Vec::new();
        for kind in [CostKind::Calls, CostKind::SelfTime, CostKind::Wall, CostKind::Bytes] {
            let measure = cost.get(kind);
            let (old, new) = (figure(kind, measure.old), figure(kind, measure.new));
            let look = if measure.new > measure.old { style::BAD } else { style::GOOD };
            row.push((
                style::PLAIN,
                if measure.new == 0 && measure.old == 0 {
                    String::new()
                } else if old == new {
                    new
                } else {
                    format!("{old} → {new}")
                },
            ));
            row.push((look, growth(measure)));
        }
        row.push((style::NAME, format!("{}::{}", cost.module, named(&cost.name))));
        table.row(row);
    }
    table.lines().iter().try_for_each(|line| screen.line(line))?;
    more(screen, report.costs.len(), report.limit, "functions")
}

fn more(screen: &mut Screen, all: usize, limit: usize, what: &str) -> Result<()> {
    if all > limit {
        writeln!(screen, "… {} more {what}; `-n 0` shows all", all - limit)?;
    }
    Ok(())
}
