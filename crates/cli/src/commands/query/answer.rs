//! An answer on the screen, batch by batch as it comes: text, JSON, CSV.

use std::io::Write;

use anyhow::Result;
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use arrow_json::WriterBuilder;
use arrow_json::writer::JsonArray;
use tracesnap_query::{Answer, RecordBatch};

use crate::output::{Align, Screen, Table, style};

/// Rows of text are laid out so many at a time, so that a long answer is neither waited for nor held.
const PAGE: usize = 1_000;

pub(super) fn text(answer: &mut Answer, screen: &mut Screen) -> Result<()> {
    let schema = answer.schema();
    let align = |is_number: bool| if is_number { Align::Right } else { Align::Left };
    let columns: Vec<(&str, Align)> =
        schema.fields().iter().map(|field| (field.name().as_str(), align(field.data_type().is_numeric()))).collect();
    let options = FormatOptions::default().with_null("null");
    let mut is_empty = true;
    for batch in answer {
        let batch = batch?;
        let cells = cells(&batch, &options)?;
        let rows: Vec<usize> = (0..batch.num_rows()).collect();
        for page in rows.chunks(PAGE) {
            let mut table = Table::new(&columns);
            for &row in page {
                let line = cells.iter().map(|column| Ok((style::PLAIN, column.value(row).try_to_string()?)));
                table.row(line.collect::<Result<_>>()?);
            }
            table.lines().iter().try_for_each(|line| screen.line(line))?;
            is_empty = false;
        }
    }
    if is_empty {
        writeln!(screen, "no rows")?;
    }
    Ok(())
}

pub(super) fn json(answer: &mut Answer, screen: &mut Screen) -> Result<()> {
    let mut writer = WriterBuilder::new().with_explicit_nulls(true).build::<_, JsonArray>(&mut *screen);
    for batch in answer {
        writer.write(&batch?)?;
    }
    writer.finish()?;
    Ok(writeln!(screen)?)
}

pub(super) fn csv(answer: &mut Answer, screen: &mut Screen) -> Result<()> {
    let mut writer = csv::Writer::from_writer(screen);
    writer.write_record(answer.schema().fields().iter().map(|field| field.name()))?;
    let options = FormatOptions::default();
    for batch in answer {
        let batch = batch?;
        let cells = cells(&batch, &options)?;
        for row in 0..batch.num_rows() {
            let record = cells.iter().map(|column| Ok(column.value(row).try_to_string()?));
            writer.write_record(record.collect::<Result<Vec<_>>>()?)?;
        }
    }
    Ok(writer.flush()?)
}

/// How the values of a batch look, column by column.
fn cells<'b>(batch: &'b RecordBatch, options: &'b FormatOptions<'b>) -> Result<Vec<ArrayFormatter<'b>>> {
    Ok(batch.columns().iter().map(|column| ArrayFormatter::try_new(column, options)).collect::<Result<_, _>>()?)
}
