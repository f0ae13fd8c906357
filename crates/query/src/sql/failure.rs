//! What the engine's errors mean to whoever asked.

use datafusion::common::{DataFusionError, SchemaError};
use tracesnap_config::nearest;

use crate::Error;

/// The tables that there are, and their columns.
#[derive(Clone, Debug, Default)]
pub(super) struct Tables(Vec<(String, Vec<String>)>);

impl Tables {
    /// Whether it was not there yet.
    pub(super) fn add(&mut self, name: &str, columns: Vec<String>) -> bool {
        let is_new = self.0.iter().all(|(table, _)| table != name);
        if is_new {
            self.0.push((name.to_owned(), columns));
        }
        is_new
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    fn names(&self) -> Vec<String> {
        self.0.iter().map(|(name, _)| name.clone()).collect()
    }

    fn columns(&self) -> Vec<String> {
        self.0.iter().flat_map(|(_, columns)| columns).cloned().collect()
    }
}

/// An error of the engine as one of ours.
pub(super) fn failed(error: DataFusionError, tables: &Tables, memory: usize) -> Error {
    match error.find_root() {
        DataFusionError::SchemaError(inner, _) => match &**inner {
            SchemaError::FieldNotFound { field, valid_fields } => {
                // Those without a table are what the query itself made: `count(*)`.
                let columns = valid_fields.iter().filter(|column| column.relation.is_some());
                let mut columns: Vec<String> = columns.map(|column| column.name.clone()).collect();
                if columns.is_empty() {
                    columns = tables.columns();
                }
                let column = field.name.clone();
                let near = nearest(&column, columns.iter().map(String::as_str)).map(str::to_owned);
                Error::NoColumn { column, near, columns }
            }
            other => Error::Sql { why: other.to_string() },
        },
        DataFusionError::Plan(why) => match missing_table(why) {
            Some(table) => Error::NoTable { table: table.to_owned(), tables: tables.names() },
            None => Error::Sql { why: why.clone() },
        },
        DataFusionError::SQL(why, _) => Error::Sql { why: why.to_string() },
        DataFusionError::NotImplemented(why) => Error::Sql { why: why.clone() },
        DataFusionError::ResourcesExhausted(_) => Error::Memory { limit: memory, source: error.into() },
        _ => Error::Query { source: error.into() },
    }
}

/// The engine says so in words alone: `table 'datafusion.public.sessions' not found`.
fn missing_table(why: &str) -> Option<&str> {
    let name = why.strip_prefix("table '")?.split_once("' not found")?.0;
    Some(name.rsplit('.').next().unwrap_or(name))
}
