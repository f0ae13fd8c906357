//! How things look: a screen to print on, lines in colour that fit it, tables and bars.
//!
//! Colour never says what the text does not say as well.

mod bar;
mod csv;
mod file;
mod line;
mod table;
mod tell;

/// A name, or that there is none: nobody would see that.
pub(crate) fn named(name: &str) -> &str {
    if name.trim().is_empty() { tracesnap::snapshot::UNNAMED } else { name }
}

pub(crate) use bar::bar;
pub(crate) use csv::csv;
pub(crate) use file::{refuse_existing, write_file};
pub(crate) use line::{Line, one_line};
pub(crate) use table::{Align, Table};
pub(crate) use tell::tell;

use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};

use anstyle::{AnsiColor, Style};

/// Styles by what they mean.
pub(crate) mod style {
    use super::{AnsiColor, Style};

    pub(crate) const PLAIN: Style = Style::new();
    /// What a reader may skip: branches, callers, units of little weight.
    pub(crate) const FAINT: Style = Style::new().dimmed();
    pub(crate) const HEAD: Style = Style::new().bold();
    pub(crate) const NAME: Style = Style::new().bold();
    pub(crate) const BAD: Style = AnsiColor::Red.on_default();
    pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
    pub(crate) const MOVED: Style = AnsiColor::Cyan.on_default();
    pub(crate) const WARN: Style = AnsiColor::Yellow.on_default();
    pub(crate) const BAR: Style = AnsiColor::Blue.on_default();
}

/// Standard output: buffered, without colour where it is not wanted, as wide as the terminal.
pub(crate) struct Screen {
    out: BufWriter<anstream::AutoStream<StdoutLock<'static>>>,
    width: Option<usize>,
}

impl Screen {
    /// `width`: columns to use; without it those of the terminal, or as many as there is text where there is none.
    pub(crate) fn new(width: Option<usize>) -> Self {
        let out = io::stdout().lock();
        let terminal = || {
            let size = out.is_terminal().then(terminal_size::terminal_size)??;
            Some(usize::from(size.0.0))
        };
        let width = width.or_else(terminal);
        Self { out: BufWriter::new(anstream::AutoStream::auto(out)), width }
    }

    /// Prints a line, cut where the screen ends.
    pub(crate) fn line(&mut self, line: &Line) -> io::Result<()> {
        line.write(&mut self.out, self.width)
    }

    /// Prints what has not been printed yet. To be called at the end: errors of a drop go unheard.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
