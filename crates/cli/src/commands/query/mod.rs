//! What `captures query` and `sessions query` have in common, and exports as Parquet; and what is said where this build
//! has neither.

#[cfg(feature = "sql")]
mod answer;
#[cfg(feature = "parquet")]
mod export;

use anyhow::Result;
use clap::Args;

#[cfg(feature = "parquet")]
pub(crate) use export::export;

use crate::commands::Outcome;
use crate::commands::trace::Format;

/// A query, and the form of its answer.
#[derive(Debug, Args)]
#[cfg_attr(not(feature = "sql"), allow(dead_code, reason = "what is asked is taken, and refused"))]
pub(crate) struct Asked {
    /// The query: one SELECT, or DESCRIBE.
    #[arg(value_name = "SQL")]
    sql: String,
    /// Text, JSON or CSV.
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
    /// Columns of text [default: those of the terminal].
    #[arg(long, value_name = "COLUMNS")]
    width: Option<usize>,
}

/// Which table is asked.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Table {
    Captures,
    Interactions,
}

/// What this build cannot do, and which feature it lacks.
#[cfg(not(all(feature = "parquet", feature = "sql")))]
pub(crate) fn without(what: &str, feature: &str) -> Result<Outcome> {
    anyhow::bail!("this build has no {what}; get one that has: `cargo install tracesnap-cli --features {feature}`")
}

#[cfg(not(feature = "sql"))]
impl Asked {
    pub(crate) fn run(self, _: Table, _: &str) -> Result<Outcome> {
        without("SQL", "sql")
    }
}

#[cfg(feature = "sql")]
impl Asked {
    pub(crate) fn run(self, table: Table, place: &str) -> Result<Outcome> {
        let mut engine = tracesnap_query::Engine::new()?;
        match table {
            Table::Captures => engine.captures_at(place)?,
            Table::Interactions => engine.sessions_at(place)?,
        }
        let mut answer = engine.query(&self.sql)?;
        let mut screen = crate::output::Screen::new(self.width);
        match self.format {
            Format::Text => answer::text(&mut answer, &mut screen)?,
            Format::Json => answer::json(&mut answer, &mut screen)?,
            Format::Csv => answer::csv(&mut answer, &mut screen)?,
        }
        screen.finish()?;
        export::tell_skipped(&answer.summary())?;
        Ok(Outcome::Fine)
    }
}
