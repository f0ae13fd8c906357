//! A line of pieces, each in its style, that is cut to a width.

use std::io::{self, Write};

use anstyle::Style;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// See the module.
#[derive(Clone, Debug, Default)]
pub(crate) struct Line {
    pieces: Vec<(Style, String)>,
}

impl Line {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Adds a piece. What would break the line, or command the terminal, is escaped.
    pub(crate) fn push(&mut self, style: Style, text: impl AsRef<str>) -> &mut Self {
        self.pieces.push((style, one_line(text.as_ref())));
        self
    }

    /// Columns it takes.
    pub(crate) fn width(&self) -> usize {
        self.pieces.iter().map(|(_, text)| text.width()).sum()
    }

    /// Writes it with a line break, at most `width` columns of it; an ellipsis says that there is more.
    pub(crate) fn write(&self, to: &mut impl Write, width: Option<usize>) -> io::Result<()> {
        let width = width.unwrap_or(usize::MAX).max(1);
        let is_cut = self.width() > width;
        let mut left = if is_cut { width - 1 } else { width };
        let last = self.pieces.iter().rposition(|(_, text)| !text.trim_end().is_empty());
        for (at, (style, text)) in self.pieces.iter().enumerate().take(last.map_or(0, |last| last + 1)) {
            // Nobody sees blanks at the end of a line, but whoever copies it has them.
            let text = if Some(at) == last && !is_cut { text.trim_end() } else { text };
            let fits = fitting(text, left);
            left -= fits.width().min(left);
            write!(to, "{style}{fits}{style:#}")?;
            if fits.len() < text.len() {
                break;
            }
        }
        writeln!(to, "{}", if is_cut { "…" } else { "" })
    }
}

/// As much of the beginning as fits so many columns.
fn fitting(text: &str, columns: usize) -> &str {
    let mut used = 0;
    let end = text.char_indices().find_map(|(at, letter)| {
        used += letter.width().unwrap_or(0);
        (used > columns).then_some(at)
    });
    &text[..end.unwrap_or(text.len())]
}

/// The text with everything escaped that would break the line or command a terminal.
pub(crate) fn one_line(text: &str) -> String {
    let is_harmful = |letter: char| {
        letter.is_control()
            // Line and paragraph separators; what turns the direction of writing.
            || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if !text.contains(is_harmful) {
        return text.to_owned();
    }
    text.chars().map(|c| if is_harmful(c) { c.escape_default().to_string() } else { c.to_string() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::style;

    fn cut(text: &str, width: usize) -> String {
        let mut out = Vec::new();
        Line::new().push(style::PLAIN, text).write(&mut out, Some(width)).expect("a vector takes it");
        String::from_utf8(out).expect("text").trim_end().into()
    }

    #[test]
    fn a_line_that_is_too_long_ends_with_an_ellipsis() {
        assert_eq!(cut("charge(amount: 30)", 10), "charge(am…");
        assert_eq!(cut("charge", 6), "charge");
        assert_eq!(cut("日本語", 5), "日本…");
        assert_eq!(cut("日本語", 6), "日本語");
    }

    #[test]
    fn recorded_text_cannot_command_the_terminal() {
        assert_eq!(one_line("a\u{1b}[31mb\nc\u{202e}d"), r"a\u{1b}[31mb\nc\u{202e}d");
    }
}
