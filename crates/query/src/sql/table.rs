//! Recordings as a table of the engine: read in parts, each on a thread, batch by batch as they are taken.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::{Arc, PoisonError};

use arrow_schema::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchReceiverStream;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};

use super::pushdown;
use crate::column::{Column, Field, schema};
use crate::recordings::{Part, Source};
use crate::wanted::Wanted;

/// So many batches wait for whoever takes them, of each part that is read at once.
const AHEAD: usize = 2;

/// Captures or sessions.
pub(super) struct RecordingTable<S> {
    source: Arc<S>,
    columns: Vec<Column>,
    schema: SchemaRef,
}

impl<S: Source> RecordingTable<S> {
    pub(super) fn new(source: S) -> Self {
        let columns: Vec<Column> = S::FIELDS.iter().map(Field::column).collect();
        let schema = schema(columns.iter().copied());
        Self { source: Arc::new(source), columns, schema }
    }
}

impl<S: Source> fmt::Debug for RecordingTable<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordingTable").field("source", &self.source).finish_non_exhaustive()
    }
}

#[async_trait]
impl<S: Source> TableProvider for RecordingTable<S> {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        let support = |filter: &&Expr| {
            if pushdown::is_understood(filter, &self.columns) {
                TableProviderFilterPushDown::Inexact
            } else {
                TableProviderFilterPushDown::Unsupported
            }
        };
        Ok(filters.iter().map(support).collect())
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let wanted = Wanted::only(projection.map(Vec::as_slice));
        let wanted = filters.iter().fold(wanted, |wanted, filter| pushdown::narrow(wanted, filter, &self.columns));
        let wanted = Arc::new(wanted);
        let (source, asked) = (Arc::clone(&self.source), Arc::clone(&wanted));
        let parts = tokio::task::spawn_blocking(move || source.parts(&asked)).await;
        let parts = parts.map_err(|error| DataFusionError::ExecutionJoin(Box::new(error)))?;
        let parts = parts.map_err(|error| DataFusionError::External(error.into()))?;
        let schema = match projection {
            Some(columns) => Arc::new(self.schema.project(columns)?),
            None => Arc::clone(&self.schema),
        };
        let streams = state.config().target_partitions().clamp(1, parts.len().max(1));
        let partitions = (0..streams).map(|at| {
            let parts = parts.iter().skip(at).step_by(streams).cloned().collect();
            let (source, wanted, schema) = (Arc::clone(&self.source), Arc::clone(&wanted), Arc::clone(&schema));
            Arc::new(Partition { source, parts, wanted, schema }) as Arc<dyn PartitionStream>
        });
        let plan = StreamingTableExec::try_new(Arc::clone(&schema), partitions.collect(), None, [], false, limit)?;
        Ok(Arc::new(plan))
    }
}

/// Some of the parts, read one after the other.
struct Partition<S> {
    source: Arc<S>,
    parts: Vec<Part>,
    wanted: Arc<Wanted>,
    schema: SchemaRef,
}

impl<S: Source> fmt::Debug for Partition<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Partition")
            .field("source", &self.source)
            .field("parts", &self.parts.len())
            .finish_non_exhaustive()
    }
}

impl<S: Source> PartitionStream for Partition<S> {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let told = context.session_config().get_extension::<std::sync::Mutex<crate::Summary>>();
        let mut builder = RecordBatchReceiverStream::builder(Arc::clone(&self.schema), AHEAD);
        let batches = builder.tx();
        let (source, parts, wanted) = (Arc::clone(&self.source), self.parts.clone(), Arc::clone(&self.wanted));
        builder.spawn_blocking(move || {
            let mut each = |batch| match batches.blocking_send(Ok(batch)) {
                Ok(()) => ControlFlow::Continue(()),
                // Nobody takes any more.
                Err(_) => ControlFlow::Break(()),
            };
            let mut skip = |skipped| {
                if let Some(told) = &told {
                    told.lock().unwrap_or_else(PoisonError::into_inner).skip(skipped);
                }
            };
            source.scan(&parts, &wanted, &mut each, &mut skip);
            Ok(())
        });
        builder.build()
    }
}
