//! The program: five stages, one after the other.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use tracesnap_capture::capture;
use tracing::instrument;

use crate::PipelineError;
use crate::rates::Rates;
use crate::stages::{Quality, aggregate_data, enrich_data, format_output, ingest_data, validate_and_clean};

/// Who may read the tables.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Credentials {
    /// The key.
    pub api_key: String,
}

/// How the result is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputFormat {
    /// A line a row.
    #[default]
    JsonLines,
    /// One file of Parquet.
    Parquet,
}

/// What came of a table.
#[derive(Clone, Debug, Serialize)]
pub struct Processed {
    /// Rows of the result.
    pub processed_records: usize,
    /// What was found in the table.
    pub quality: Quality,
    /// The result, as it was asked for.
    #[serde(skip)]
    pub data: Bytes,
}

/// Processes tables of a folder.
#[derive(Clone, Debug)]
pub struct Pipeline {
    folder: PathBuf,
    rates: Rates,
}

impl Pipeline {
    /// For the tables of this folder.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>, rates: Rates) -> Self {
        Self { folder: folder.into(), rates }
    }
}

#[capture(retention = 3, ignore(credentials))]
impl Pipeline {
    /// Sales by month and country, in euro.
    ///
    /// # Errors
    ///
    /// If the table cannot be read, nobody knows a rate, or the result cannot be written.
    #[instrument(skip(self, credentials), err)]
    pub async fn process_customer_data(
        &self,
        raw_data_path: &Path,
        credentials: &Credentials,
        output_format: OutputFormat,
    ) -> Result<Processed, PipelineError> {
        let raw = ingest_data(&self.folder.join(raw_data_path), credentials)?;
        let (validated, quality) = validate_and_clean(&raw)?;
        let enriched = enrich_data(&validated, &self.rates).await?;
        let aggregated = aggregate_data(&enriched)?;
        let data = format_output(&aggregated, output_format)?;
        Ok(Processed { processed_records: aggregated.num_rows(), quality, data })
    }
}
