//! Stage 2: rows that make no sense are left out, and counted by why.

use std::collections::{BTreeMap, HashSet};

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type};
use arrow_array::{Array, BooleanArray, RecordBatch};
use arrow_select::filter::filter_record_batch;
use serde::Serialize;
use tracing::{debug, instrument};

use super::hands_on;
use crate::PipelineError;
use crate::rates::CURRENCIES;

/// What was found in a table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Quality {
    /// Rows that were read.
    pub read: usize,
    /// Rows that were left out, by why.
    pub rejected: BTreeMap<&'static str, usize>,
}

/// The rows that make sense.
///
/// # Errors
///
/// If it is no table of sales.
#[instrument(skip_all, fields(rows_in = raw.num_rows(), rows_out, bytes), err)]
pub fn validate_and_clean(raw: &RecordBatch) -> Result<(RecordBatch, Quality), PipelineError> {
    let mut quality = Quality { read: raw.num_rows(), ..Quality::default() };
    let faults = find_faults(raw);
    for fault in faults.iter().flatten() {
        *quality.rejected.entry(fault).or_default() += 1;
    }
    let is_good: BooleanArray = faults.iter().map(|fault| Some(fault.is_none())).collect();
    let good = filter_record_batch(raw, &is_good)?;
    debug!(rejected = raw.num_rows() - good.num_rows(), "looked at every row");
    hands_on(&good);
    Ok((good, quality))
}

/// What is wrong with each row.
#[instrument(skip_all)]
fn find_faults(raw: &RecordBatch) -> Vec<Option<&'static str>> {
    let [sales, customers, currencies, amounts] = ["sale", "customer", "currency", "amount"].map(|name| &raw[name]);
    let (sales, amounts) = (sales.as_primitive::<Int64Type>(), amounts.as_primitive::<Float64Type>());
    let (customers, currencies) = (customers.as_string::<i32>(), currencies.as_string::<i32>());
    let mut seen = HashSet::new();
    let fault = |row| {
        if !seen.insert(sales.value(row)) {
            return Some("seen before");
        }
        match (customers.is_valid(row), amounts.is_valid(row)) {
            (false, _) => Some("no customer"),
            (_, false) => Some("no amount"),
            _ if amounts.value(row) <= 0.0 => Some("amount below zero"),
            _ if !CURRENCIES.contains(&currencies.value(row)) => Some("unknown currency"),
            _ => None,
        }
    };
    (0..raw.num_rows()).map(fault).collect()
}
