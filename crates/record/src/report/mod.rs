//! A report as text, Markdown or a page.
//!
//! What is in it, whoever makes it decides: headings, sentences, tables and plots, in their order. Text and Markdown
//! leave plots out. The page is one file without script; it loads nothing, and whatever a recording holds is text in it.

mod html;
mod text;

/// A report: blocks in their order.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Report {
    /// What it is about.
    pub title: String,
    /// What it says.
    pub blocks: Vec<Block>,
}

/// A part of a report.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Block {
    /// A heading.
    Heading(String),
    /// A sentence or more.
    Text(String),
    /// Rows under columns.
    Table(Table),
    /// Bars beside names.
    Bars(Bars),
    /// Points over time.
    Scatter(Scatter),
}

/// Rows under columns.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// Names, and whether the column holds numbers.
    pub columns: Vec<(String, bool)>,
    /// Cells.
    pub rows: Vec<Vec<String>>,
}

/// Bars beside names, one for each series.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bars {
    /// What it shows.
    pub title: String,
    /// Of all values.
    pub unit: String,
    /// Names of the series.
    pub series: Vec<String>,
    /// A name and a value of each series.
    pub items: Vec<(String, Vec<f64>)>,
}

/// Points over time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scatter {
    /// What it shows.
    pub title: String,
    /// What stands below and what beside it.
    pub axes: (String, String),
    /// Points: across, up, and whether it is a bad one.
    pub points: Vec<(f64, f64, bool)>,
}

impl Table {
    /// A table of these columns; one whose name begins with `#` holds numbers.
    pub(crate) fn new(columns: &[&str]) -> Self {
        let columns = columns.iter().map(|name| match name.strip_prefix('#') {
            Some(name) => (name.to_owned(), true),
            None => ((*name).to_owned(), false),
        });
        Self { columns: columns.collect(), rows: Vec::new() }
    }

    pub(crate) fn row(&mut self, cells: Vec<String>) {
        debug_assert_eq!(cells.len(), self.columns.len());
        self.rows.push(cells);
    }
}

impl Report {
    pub(crate) fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), blocks: Vec::new() }
    }

    pub(crate) fn heading(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Heading(text.into()));
    }

    pub(crate) fn text(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Text(text.into()));
    }

    /// A table with its heading, if it has rows.
    pub(crate) fn table(&mut self, heading: &str, table: Table) {
        if !table.rows.is_empty() {
            self.heading(heading);
            self.blocks.push(Block::Table(table));
        }
    }

    /// For a terminal.
    #[must_use]
    pub fn to_text(&self) -> String {
        text::plain(self)
    }

    /// For a comment or a file that people read.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        text::markdown(self)
    }

    /// A page, with plots.
    #[must_use]
    pub fn to_html(&self) -> String {
        html::page(self)
    }
}

/// So many of something: `1 session`, `2 sessions`.
pub(crate) fn count(number: u64, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// Milliseconds as people read them.
pub(crate) fn shown_ms(ms: f64) -> String {
    match ms {
        ms if ms < 1.0 => format!("{:.0} µs", ms * 1e3),
        ms if ms < 10.0 => format!("{ms:.2} ms"),
        ms if ms < 1_000.0 => format!("{ms:.1} ms"),
        ms if ms < 100_000.0 => format!("{:.2} s", ms / 1e3),
        ms => format!("{:.0} s", ms / 1e3),
    }
}

/// A time as people read it: to the millisecond.
pub(crate) fn shown_time(time: crate::Timestamp) -> String {
    let text = time.to_string();
    match text.split_once('.') {
        Some((seconds, rest)) if rest.len() > 4 => format!("{seconds}.{}Z", &rest[..3]),
        _ => text,
    }
}

/// Bytes as people read them.
pub(crate) fn shown_bytes(bytes: u64) -> String {
    let units = [(1_u64 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    match units.into_iter().find(|(size, _)| bytes >= *size) {
        Some((size, unit)) => format!("{:.1} {unit}", bytes as f64 / size as f64),
        None => format!("{bytes} B"),
    }
}

/// A share as people read it.
pub(crate) fn shown_percent(share: f64) -> String {
    let percent = share * 100.0;
    // Not «100 %» of what is not all.
    let percent = if percent > 99.9 && percent < 100.0 { 99.9 } else { percent };
    if percent.fract() == 0.0 { format!("{percent:.0} %") } else { format!("{percent:.1} %") }
}
