//! Writes recordings as a Parquet file: the form that every engine and notebook reads.
//!
//! What stands in which column is said by the [`schema`](crate::Recordings::schema).

use std::io::Write;
use std::sync::Arc;

use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;

use crate::column::Kind;
use crate::{Error, Recordings, Summary};

/// A row group ends when it has so many bytes in memory, so that is what an export takes. **Unit:** bytes.
pub const MAX_ROW_GROUP_BYTES: usize = 32 << 20;

/// A row group has at most so many rows: by its statistics, whole groups are passed over.
pub const MAX_ROW_GROUP_ROWS: usize = 65_536;

/// The version of the tables' columns, in the file's metadata as `tracesnap.schema_version`. It changes if a column did.
pub const SCHEMA_VERSION: u32 = 1;

/// Writes all rows as a Parquet file, compressed by zstd. The file's metadata tell the table and the version of its
/// columns: `tracesnap.table`, `tracesnap.schema_version`.
///
/// Memory is bounded by a batch and a row group, [`MAX_ROW_GROUP_BYTES`]. What could not be read is in the summary.
///
/// # Errors
///
/// [`Error::Place`] if nothing can be read there, [`Error::Write`] if the rows cannot be written; the file is none then.
///
/// ```
/// use tracesnap_query::{Captures, write_parquet};
///
/// # let dir = tempfile::tempdir()?;
/// let captures = Captures::open(dir.path())?;
/// let mut file = Vec::new();
/// assert_eq!(write_parquet(&captures, &mut file)?.rows, 0);
/// assert!(file.starts_with(b"PAR1") && file.ends_with(b"PAR1"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write_parquet(recordings: &impl Recordings, to: impl Write + Send) -> Result<Summary, Error> {
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(Some(MAX_ROW_GROUP_ROWS))
        .set_created_by(concat!("tracesnap-query ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_key_value_metadata(Some(vec![
            KeyValue::new("tracesnap.table".to_owned(), recordings.table().to_owned()),
            KeyValue::new("tracesnap.schema_version".to_owned(), SCHEMA_VERSION.to_string()),
        ]));
    for column in recordings.columns() {
        if column.kind == Kind::Json {
            // Nobody asks which document is the least.
            let path = ColumnPath::from(column.name);
            properties = properties.set_column_statistics_enabled(path, EnabledStatistics::None);
        }
    }
    let schema = recordings.schema();
    let mut writer = ArrowWriter::try_new(to, Arc::clone(&schema), Some(properties.build())).map_err(Error::write)?;
    let summary = recordings.read(|batch| {
        writer.write(&batch).map_err(Error::write)?;
        if writer.memory_size() >= MAX_ROW_GROUP_BYTES {
            writer.flush().map_err(Error::write)?;
        }
        Ok(())
    })?;
    writer.close().map_err(Error::write)?;
    Ok(summary)
}
