//! A written snapshot read as rows with depths and names: as much of it as a comparison needs.
//!
//! It reads whatever it is given. A line it cannot place stands at the outermost level and is compared as it is.

use super::forest::Forest;
use crate::snapshot::hash;
use crate::snapshot::text::MAX_BRANCHES;

/// The form a snapshot was written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// `Display`, as a tree or flat.
    Text,
    /// The serde form as insta writes it: YAML, JSON or RON with a line for each member.
    Rows,
}

/// Rows in the order of the text.
pub(super) struct Outline {
    rows: Vec<Row>,
    forest: Forest,
}

struct Row {
    depth: usize,
    /// What the calls of one function have in common.
    name: String,
    /// All it says, without the branches before it.
    says: String,
    /// Whether it is marked as one of a group that ran concurrently.
    concurrent: bool,
    /// As it stands in the text.
    line: String,
}

impl Outline {
    pub(super) fn new(written: Written, text: &str) -> Self {
        let rows: Vec<Row> = match written {
            Written::Text => text.lines().map(text_row).collect(),
            Written::Rows => serde_rows(text),
        };
        let mut forest = Forest::with_capacity(rows.len());
        for row in &rows {
            let rest = row.says.strip_prefix(&*row.name).unwrap_or(&row.says);
            forest.push(row.depth, hash::of_text(&row.name), hash::add(hash::of_text(rest), row.concurrent.into()));
        }
        Self { forest: forest.finish(), rows }
    }

    /// The rows by their numbers.
    pub(super) fn forest(&self) -> &Forest {
        &self.forest
    }

    pub(super) fn line(&self, row: u32) -> &str {
        &self.rows[row as usize].line
    }

    /// What stands before a row at this depth.
    pub(super) fn indent(&self, row: u32) -> &str {
        let row = &self.rows[row as usize];
        row.line.strip_suffix(&*row.says).unwrap_or_default()
    }
}

impl Row {
    fn new(depth: usize, concurrent: bool, says: &str, line: String) -> Self {
        let ends = ["(", " → ", " ✗ ", " …", " [", " · ", " ×"];
        let end = ends.iter().filter_map(|end| says.find(end)).min().unwrap_or(says.len());
        Self { depth, name: says[..end].trim_end().into(), says: says.into(), concurrent, line }
    }
}

/// `│  ├─ charge(amount: 30.0)`: two levels down. Below the last level with branches, a number says the level.
fn text_row(line: &str) -> Row {
    let (mut depth, mut rest, mut mark) = (0, line, None);
    while let Some(inner) = ["│  ", "   "].iter().find_map(|branch| rest.strip_prefix(branch)) {
        (depth, rest) = (depth + 1, inner);
    }
    let unbranched = rest.strip_prefix(['├', '└']);
    if let Some((found, inner)) = unbranched.unwrap_or(rest).split_once(' ')
        && (matches!(found, "┄" | "•") || unbranched.is_some() && found == "─")
    {
        (mark, rest) = (Some(found), inner);
        depth += usize::from(unbranched.is_some());
    }
    if let Some((level, inner)) = rest.strip_prefix('⋯').and_then(|rest| rest.split_once(' '))
        && let Ok(level) = level.parse()
    {
        (depth, rest) = (level, inner);
    }
    Row::new(depth, mark == Some("┄"), rest, line.into())
}

/// The items of the list `calls`, each with its members on lines of their own.
fn serde_rows(text: &str) -> Vec<Row> {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut lines = text.lines().skip_while(|line| member(line).0 != "calls").skip(1).peekable();
    let item = lines.peek().map_or(0, |line| indent(line));
    let mut rows: Vec<Members<'_>> = Vec::new();
    for line in lines {
        let (level, text) = (indent(line), line.trim());
        // YAML puts the first member beside the dash; JSON and RON have an open bracket there.
        let first = text.strip_prefix("- ").filter(|_| level == item);
        if level == item && (first.is_some() || text.ends_with(['{', '('])) {
            rows.push(Members::default());
        }
        let Some(row) = rows.last_mut() else { continue };
        match (first, level.saturating_sub(item)) {
            (Some(text), _) => row.members.push((text, Vec::new())),
            (None, 2) if text.contains(':') => row.members.push((text, Vec::new())),
            (None, 3..) => row.members.last_mut().into_iter().for_each(|(_, inner)| inner.push(text)),
            // Closing brackets.
            (None, _) => {}
        }
    }
    rows.iter().map(Members::row).collect()
}

/// The members of one item as they are written, each with the lines nested in it.
#[derive(Default)]
struct Members<'a> {
    members: Vec<(&'a str, Vec<&'a str>)>,
}

impl Members<'_> {
    /// The row they describe, in words close to those of the text form.
    fn row(&self) -> Row {
        let (mut depth, mut concurrent, mut head, mut rest) = (0, false, String::new(), String::new());
        for (text, inner) in &self.members {
            let inner: Vec<_> = inner.iter().copied().map(nested).collect();
            let inner = inner.join(", ");
            match member(text) {
                ("depth", value) => depth = value.parse().unwrap_or(0),
                ("concurrent", _) => concurrent = true,
                ("under", value) => head = format!("{value} > "),
                ("call" | "event", value) => head.push_str(value),
                ("message", value) => head = format!("{head} {value}{inner}"),
                ("args" | "fields", _) => rest = format!("{rest}({inner})"),
                ("returned", value) => rest = format!("{rest} → {value}{inner}"),
                ("error", value) => rest = format!("{rest} ✗ {value}{inner}"),
                ("times", value) => rest = format!("{rest} ×{value}"),
                (name, value) => rest = format!("{rest} · {name} {value}{inner}"),
            }
        }
        let says = head + &rest;
        let line = format!("{}{says}", "   ".repeat(depth.min(MAX_BRANCHES)));
        Row::new(depth, concurrent, &says, line)
    }
}

/// `"call": "charge",` of JSON, `call: charge` of YAML, `call: "charge",` of RON: name and value.
fn member(line: &str) -> (&str, &str) {
    let (name, value) = line.trim().trim_end_matches(',').split_once(':').unwrap_or((line, ""));
    (bare(name), bare(value.trim()))
}

/// An argument: as above, but its value keeps its quotes.
fn nested(line: &str) -> String {
    let line = line.trim_end_matches(',');
    line.split_once(": ").map_or_else(|| line.into(), |(name, value)| format!("{}: {value}", bare(name)))
}

fn bare(text: &str) -> &str {
    text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text)
}
