//! Columns that stand below each other.

use anstyle::Style;
use unicode_width::UnicodeWidthStr;

use super::{Line, one_line, style};

/// On which side of its column a text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
}

/// Rows of cells; columns are as wide as their widest cell.
#[derive(Debug)]
pub(crate) struct Table {
    columns: Vec<(String, Align)>,
    rows: Vec<Vec<(Style, String)>>,
}

impl Table {
    pub(crate) fn new(columns: &[(&str, Align)]) -> Self {
        Self { columns: columns.iter().map(|(name, align)| ((*name).into(), *align)).collect(), rows: Vec::new() }
    }

    /// Adds a row with a cell for each column.
    pub(crate) fn row(&mut self, cells: Vec<(Style, String)>) {
        debug_assert_eq!(cells.len(), self.columns.len());
        self.rows.push(cells.into_iter().map(|(style, text)| (style, one_line(&text))).collect());
    }

    /// Its lines, the names of the columns first. Columns that nobody filled are left out.
    pub(crate) fn lines(&self) -> Vec<Line> {
        let cells = |at: usize| self.rows.iter().map(move |row| &row[at].1);
        let shown: Vec<usize> =
            (0..self.columns.len()).filter(|&at| cells(at).any(|text| !text.trim().is_empty())).collect();
        let widths: Vec<usize> = (0..self.columns.len())
            .map(|at| cells(at).map(|text| text.width()).chain([self.columns[at].0.width()]).max().unwrap_or(0))
            .collect();
        let line = |cell: &dyn Fn(usize) -> (Style, String)| {
            let mut line = Line::new();
            for (place, &at) in shown.iter().enumerate() {
                let (style, text) = cell(at);
                let blank = " ".repeat(widths[at] - text.width());
                if place > 0 {
                    line.push(style::PLAIN, "  ");
                }
                match self.columns[at].1 {
                    Align::Left => line.push(style, text).push(style::PLAIN, blank),
                    Align::Right => line.push(style::PLAIN, blank).push(style, text),
                };
            }
            line
        };
        let head = line(&|at| (style::FAINT, self.columns[at].0.clone()));
        std::iter::once(head).chain(self.rows.iter().map(|row| line(&|at| row[at].clone()))).collect()
    }
}
