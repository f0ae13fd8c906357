//! Rows for spreadsheets and other programs.

use std::io::Write;

use anyhow::{Context, Result};
use serde::Serialize;

/// Writes the names of the columns, also where there are no rows, then a line for each row.
pub(crate) fn csv<T: Serialize + Default>(to: &mut impl Write, rows: impl IntoIterator<Item = T>) -> Result<()> {
    // The names are written with a first row; of one that nobody asked for, they are all that is kept.
    let mut head = csv::Writer::from_writer(Vec::new());
    head.serialize(T::default())?;
    let head = head.into_inner().map_err(csv::IntoInnerError::into_error)?;
    let names = head.split_inclusive(|&byte| byte == b'\n').next().context("a row has columns")?;
    to.write_all(names)?;
    let mut out = csv::WriterBuilder::new().has_headers(false).from_writer(to);
    rows.into_iter().try_for_each(|row| out.serialize(row))?;
    Ok(out.flush()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default, Serialize)]
    struct Row {
        name: &'static str,
        calls: Option<u64>,
    }

    fn written(rows: impl IntoIterator<Item = Row>) -> String {
        let mut out = Vec::new();
        csv(&mut out, rows).expect("a vector takes it");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn columns_are_named_whether_or_not_there_are_rows() {
        assert_eq!(written([]), "name,calls\n");
        assert_eq!(
            written([Row { name: "a", calls: None }, Row { name: "b,c", calls: Some(2) }]),
            "name,calls\na,\n\"b,c\",2\n"
        );
    }
}
