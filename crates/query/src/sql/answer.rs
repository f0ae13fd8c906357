//! What a query gave: batches, one after the other, and what could not be read for them.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use datafusion::physical_plan::SendableRecordBatchStream;
use futures_util::StreamExt;
use tracesnap_store::Waiting;

use super::failure::{Tables, failed};
use crate::{Error, Summary};

/// Where readers tell of what is damaged.
pub(super) type Told = Arc<Mutex<Summary>>;

/// The rows of an answer, batch by batch.
#[must_use = "an answer is worked out while it is taken"]
pub struct Answer {
    stream: Option<SendableRecordBatchStream>,
    schema: SchemaRef,
    waiting: Arc<Waiting>,
    told: Told,
    rows: u64,
    tables: Tables,
    memory: usize,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").field("schema", &self.schema).field("rows", &self.rows).finish_non_exhaustive()
    }
}

impl Answer {
    pub(super) fn new(
        stream: SendableRecordBatchStream,
        waiting: Arc<Waiting>,
        told: Told,
        tables: Tables,
        memory: usize,
    ) -> Self {
        let schema = stream.schema();
        Self { stream: Some(stream), schema, waiting, told, rows: 0, tables, memory }
    }

    /// Its columns.
    #[must_use]
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    /// Rows that were given so far, and what could not be read for them: all of it when the last batch was taken. Where
    /// the query ended before, as with `LIMIT`, nobody knows of the rest.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let mut summary = self.told.lock().unwrap_or_else(PoisonError::into_inner).clone();
        summary.rows = self.rows;
        summary
    }
}

impl Iterator for Answer {
    type Item = Result<RecordBatch, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut stream = self.stream.take()?;
        // It goes to the engine's threads and comes back, so that nothing runs ahead of who takes it.
        let Some((stream, batch)) = self.waiting.wait(async move {
            let batch = stream.next().await;
            (stream, batch)
        }) else {
            return Some(Err(Error::Query { source: "the engine panicked".into() }));
        };
        match batch? {
            Ok(batch) => {
                self.stream = Some(stream);
                self.rows += batch.num_rows() as u64;
                Some(Ok(batch))
            }
            Err(error) => Some(Err(failed(error, &self.tables, self.memory))),
        }
    }
}
