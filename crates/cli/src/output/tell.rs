//! A word on standard error.

use std::io::Write;

use anyhow::Result;

/// A line on standard error.
pub(crate) fn tell(kind: &str, text: &str) -> Result<()> {
    let style = anstyle::Style::new().bold();
    Ok(writeln!(anstream::stderr(), "{style}{kind}:{style:#} {}", super::one_line(text))?)
}
