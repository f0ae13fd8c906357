//! The formats a trace can be exported in, and their names.

use std::fmt;
use std::str::FromStr;

/// What an export is written as. The [module](super) says which viewer opens it and what it leaves out.
///
/// ```
/// use tracesnap::export::Format;
///
/// let format: Format = "perfetto".parse()?;
/// assert_eq!((format, format.to_string(), format.extension()), (Format::Chrome, "chrome".into(), "chrome.json"));
/// # Ok::<(), tracesnap::export::UnknownFormat>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// Trace events as JSON: Perfetto and Chrome. Named `chrome` or `perfetto`.
    Chrome,
    /// A processed profile of the Firefox Profiler. Named `firefox`.
    Firefox,
    /// Evented profiles of speedscope, one a thread. Named `speedscope`.
    Speedscope,
    /// Folded stacks of self time in nanoseconds. Named `folded`.
    Folded,
    /// A flame graph as SVG. Named `flamegraph` or `svg`.
    FlameGraph,
    /// The call graph in the language of Graphviz. Named `dot`.
    Dot,
    /// A table, one line a call or event. Named `csv`.
    Csv,
}

impl Format {
    /// Every format, in the order they are documented.
    pub const ALL: [Self; 7] =
        [Self::Chrome, Self::Firefox, Self::Speedscope, Self::Folded, Self::FlameGraph, Self::Dot, Self::Csv];

    /// What a file of it should be named: `run.` and then this.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Chrome => "chrome.json",
            Self::Firefox => "firefox.json",
            Self::Speedscope => "speedscope.json",
            Self::Folded => "folded",
            Self::FlameGraph => "svg",
            Self::Dot => "dot",
            Self::Csv => "csv",
        }
    }

    /// Where to open it, in a few words for somebody who has just written a file.
    #[must_use]
    pub fn opens_in(self) -> &'static str {
        match self {
            Self::Chrome => "https://ui.perfetto.dev or chrome://tracing",
            Self::Firefox => "https://profiler.firefox.com",
            Self::Speedscope => "https://www.speedscope.app",
            Self::Folded => "inferno-flamegraph, flamegraph.pl or https://www.speedscope.app",
            Self::FlameGraph => "any browser",
            Self::Dot => "Graphviz: dot -Tsvg",
            Self::Csv => "any spreadsheet, DuckDB or pandas",
        }
    }

    /// Whether it has a time axis, so that a trace without times cannot be written in it.
    #[must_use]
    pub fn needs_times(self) -> bool {
        !matches!(self, Self::Dot | Self::Csv)
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Chrome => "chrome",
            Self::Firefox => "firefox",
            Self::Speedscope => "speedscope",
            Self::Folded => "folded",
            Self::FlameGraph => "flamegraph",
            Self::Dot => "dot",
            Self::Csv => "csv",
        }
    }
}

/// The name that [`FromStr`] reads.
impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Names in any case, and `perfetto` and `svg` for what they stand for.
impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        let lower = name.trim().to_ascii_lowercase();
        match lower.as_str() {
            "perfetto" => return Ok(Self::Chrome),
            "svg" => return Ok(Self::FlameGraph),
            _ => {}
        }
        let known = Self::ALL.into_iter().find(|format| format.as_str() == lower);
        known.ok_or_else(|| UnknownFormat { name: name.into() })
    }
}

/// The name of no [`Format`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownFormat {
    name: Box<str>,
}

impl fmt::Display for UnknownFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no export is named `{}`; there are", self.name)?;
        for (at, format) in Format::ALL.into_iter().enumerate() {
            write!(f, "{} {format}", if at == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}

impl std::error::Error for UnknownFormat {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_is_read_from_the_name_it_shows() {
        for format in Format::ALL {
            assert_eq!(format.to_string().parse(), Ok(format));
            assert_eq!(format.to_string().to_uppercase().parse(), Ok(format));
        }
    }

    #[test]
    fn extensions_differ() {
        for (at, format) in Format::ALL.into_iter().enumerate() {
            assert!(Format::ALL[at + 1..].iter().all(|other| other.extension() != format.extension()));
        }
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_known_ones() {
        let error = "pprof".parse::<Format>().expect_err("there is none");
        assert_eq!(
            error.to_string(),
            "no export is named `pprof`; there are chrome, firefox, speedscope, folded, flamegraph, dot, csv"
        );
    }
}
