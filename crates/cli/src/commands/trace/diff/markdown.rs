//! A comparison as a comment on a change: Markdown as GitHub and GitLab show it.

use std::io::Write;

use anyhow::Result;
use tracesnap::snapshot::{ChangeKind, CostKind, TraceFigures};
use tracesnap::tree::Time;

use super::{Report, figure, growth};
use crate::output::one_line;

/// Bytes of the lines of the tree. A comment may have 65,536 characters on GitHub; the rest is for the tables.
const MAX_TREE: usize = 40_000;

/// Functions in the table of costs.
const MAX_COSTS: usize = 50;

pub(super) fn write(to: &mut impl Write, report: &Report<'_>) -> Result<()> {
    let diff = report.diff;
    writeln!(to, "### Trace: {}", headline(report))?;
    writeln!(to)?;
    for sentence in &report.exceeded {
        writeln!(to, "- :x: {}", escaped(sentence))?;
    }
    if !report.exceeded.is_empty() {
        writeln!(to)?;
    }
    writeln!(to, "| | trace | calls | events | wall |")?;
    writeln!(to, "|---|---|---:|---:|---:|")?;
    for (side, name, figures) in [("old", &report.names[0], diff.old()), ("new", &report.names[1], diff.new_trace())] {
        let TraceFigures { calls, events, wall_ns, .. } = *figures;
        let loss = if figures.complete { "" } else { " (incomplete)" };
        let wall = Time(std::time::Duration::from_nanos(wall_ns));
        writeln!(to, "| {side} | {}{loss} | {calls} | {events} | {wall} |", code(name))?;
    }
    if !diff.is_empty() {
        tree(to, report)?;
    }
    if !report.costs.is_empty() {
        costs(to, report)?;
    }
    Ok(())
}

fn headline(report: &Report<'_>) -> String {
    if report.diff.is_empty() {
        return "no call differs".into();
    }
    let counts = ChangeKind::ALL.into_iter().map(|kind| (report.diff.summary().get(kind), kind));
    let counts: Vec<_> =
        counts.filter(|(count, _)| *count > 0).map(|(count, kind)| format!("{count} {kind}")).collect();
    counts.join(", ")
}

fn tree(to: &mut impl Write, report: &Report<'_>) -> Result<()> {
    let (mut shown, mut bytes) = (Vec::new(), 0);
    for line in report.diff.lines().iter().take(report.limit) {
        let line = one_line(&line.to_string());
        bytes += line.len() + 1;
        if bytes > MAX_TREE {
            break;
        }
        shown.push(line);
    }
    // A fence must be longer than any in what it holds.
    let ticks = shown.iter().flat_map(|line| line.split(|c| c != '`')).map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(ticks.max(2) + 1);
    writeln!(to, "\n{fence}diff")?;
    for line in &shown {
        writeln!(to, "{line}")?;
    }
    let left_out = report.diff.lines().len() - shown.len();
    if left_out > 0 {
        writeln!(to, "  … {left_out} more lines")?;
    }
    writeln!(to, "{fence}")?;
    Ok(())
}

fn costs(to: &mut impl Write, report: &Report<'_>) -> Result<()> {
    writeln!(to, "\n| function | calls | self | wall | bytes |")?;
    writeln!(to, "|---|---:|---:|---:|---:|")?;
    let limit = report.limit.min(MAX_COSTS);
    for cost in report.costs.iter().take(limit) {
        write!(to, "| {} |", code(&cost.path()))?;
        for kind in [CostKind::Calls, CostKind::SelfTime, CostKind::Wall, CostKind::Bytes] {
            let measure = cost.get(kind);
            let (old, new) = (figure(kind, measure.old), figure(kind, measure.new));
            match growth(measure) {
                _ if measure.old == 0 && measure.new == 0 => write!(to, " |")?,
                growth if growth.is_empty() => write!(to, " {new} |")?,
                growth => write!(to, " {old} → {new} ({growth}) |")?,
            }
        }
        writeln!(to)?;
    }
    if report.costs.len() > limit {
        writeln!(to, "\n{} more functions differ.", report.costs.len() - limit)?;
    }
    Ok(())
}

/// Text in the running words of Markdown, none of which is markup.
fn escaped(text: &str) -> String {
    let is_markup = |c: char| matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '&' | '@' | '~');
    let mut out = String::with_capacity(text.len());
    for letter in one_line(text).chars() {
        if is_markup(letter) {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}

/// Text as code in a cell of a table.
fn code(text: &str) -> String {
    let text = one_line(text).replace('|', "\\|");
    let ticks = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(ticks + 1);
    let space = if ticks > 0 { " " } else { "" };
    format!("{fence}{space}{text}{space}{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_break_out_of_their_code() {
        assert_eq!(code("shop::pay"), "`shop::pay`");
        assert_eq!(code("a`b|c"), r"`` a`b\|c ``");
        assert_eq!(escaped("<b> @all *x*"), r"\<b\> \@all \*x\*");
    }
}
