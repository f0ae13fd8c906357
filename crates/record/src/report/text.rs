//! Reports for terminals, and in Markdown.

use super::{Block, Report, Table};

pub(super) fn plain(report: &Report) -> String {
    let mut text = format!("{}\n", line(&report.title));
    for block in &report.blocks {
        match block {
            Block::Heading(heading) => text.push_str(&format!("\n{}\n", line(heading))),
            Block::Text(words) => {
                text.push_str(&format!("{}\n", words.lines().map(line).collect::<Vec<_>>().join("\n")));
            }
            Block::Table(table) => columns(table, &mut text),
            Block::Bars(_) | Block::Scatter(_) => {}
        }
    }
    text
}

fn columns(table: &Table, text: &mut String) {
    let rows: Vec<Vec<String>> = table.rows.iter().map(|row| row.iter().map(|cell| line(cell)).collect()).collect();
    let width = |at: usize| {
        let cells = rows.iter().map(|row| row[at].chars().count());
        cells.chain([table.columns[at].0.chars().count()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..table.columns.len()).map(width).collect();
    let head: Vec<String> = table.columns.iter().map(|(name, _)| name.clone()).collect();
    for row in std::iter::once(&head).chain(&rows) {
        let mut written = String::from(" ");
        for (at, cell) in row.iter().enumerate() {
            let blank = " ".repeat(widths[at] - cell.chars().count());
            let cell = if table.columns[at].1 { format!("{blank}{cell}") } else { format!("{cell}{blank}") };
            written.push_str(&format!(" {cell} "));
        }
        text.push_str(written.trim_end());
        text.push('\n');
    }
}

pub(super) fn markdown(report: &Report) -> String {
    let mut text = format!("# {}\n", escape(&report.title));
    for block in &report.blocks {
        match block {
            Block::Heading(heading) => text.push_str(&format!("\n## {}\n", escape(heading))),
            Block::Text(words) => text.push_str(&format!("\n{}\n", escape(words))),
            Block::Table(table) => {
                let row = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
                text.push('\n');
                text.push_str(&row(table.columns.iter().map(|(name, _)| escape(name)).collect()));
                text.push_str(&row(table
                    .columns
                    .iter()
                    .map(|(_, is_number)| if *is_number { "--:" } else { "---" }.to_owned())
                    .collect()));
                for cells in &table.rows {
                    text.push_str(&row(cells.iter().map(|cell| escape(cell)).collect()));
                }
            }
            Block::Bars(_) | Block::Scatter(_) => {}
        }
    }
    text
}

/// One line without what a terminal would obey.
fn line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

/// What a recording holds is text, and no markup.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in line(text).chars() {
        match letter {
            '\\' | '|' | '*' | '_' | '`' | '[' | ']' | '#' => {
                escaped.push('\\');
                escaped.push(letter);
            }
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            letter => escaped.push(letter),
        }
    }
    escaped
}
