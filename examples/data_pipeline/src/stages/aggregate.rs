//! Stage 4: a row for each month and country.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use arrow_array::{Array, Float64Array, RecordBatch, StringArray, UInt64Array};
use arrow_schema::{DataType, Field, Schema};
use tracing::instrument;

use super::hands_on;
use crate::PipelineError;

/// What is known of a month in a country.
#[derive(Default)]
struct Group<'t> {
    sales: u64,
    customers: BTreeSet<&'t str>,
    euro: f64,
}

/// Sales, customers and euro of each month and country, in their order.
///
/// # Errors
///
/// If the table was not enriched.
#[instrument(skip_all, fields(rows_in = enriched.num_rows(), rows_out, bytes), err)]
pub fn aggregate_data(enriched: &RecordBatch) -> Result<RecordBatch, PipelineError> {
    let groups = group(enriched);
    let (months, countries): (Vec<_>, Vec<_>) = groups.keys().copied().unzip();
    let columns: Vec<Arc<dyn Array>> = vec![
        Arc::new(StringArray::from(months)),
        Arc::new(StringArray::from(countries)),
        Arc::new(groups.values().map(|group| group.sales).collect::<UInt64Array>()),
        Arc::new(groups.values().map(|group| group.customers.len() as u64).collect::<UInt64Array>()),
        Arc::new(groups.values().map(|group| (group.euro * 100.0).round() / 100.0).collect::<Float64Array>()),
    ];
    let fields = [
        ("month", DataType::Utf8),
        ("country", DataType::Utf8),
        ("sales", DataType::UInt64),
        ("customers", DataType::UInt64),
        ("euro", DataType::Float64),
    ];
    let fields: Vec<_> = fields.into_iter().map(|(name, kind)| Field::new(name, kind, true)).collect();
    let aggregated = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?;
    hands_on(&aggregated);
    Ok(aggregated)
}

#[instrument(skip_all)]
fn group(enriched: &RecordBatch) -> BTreeMap<(&str, &str), Group<'_>> {
    let text = |name: &str| enriched[name].as_string::<i32>();
    let (days, countries, customers) = (text("day"), text("country"), text("customer"));
    let euro = enriched["euro"].as_primitive::<Float64Type>();
    let mut groups: BTreeMap<(&str, &str), Group<'_>> = BTreeMap::new();
    for row in 0..enriched.num_rows() {
        // `2026-03-14` without its day.
        let month = days.value(row).get(..7).unwrap_or_default();
        let group = groups.entry((month, countries.value(row))).or_default();
        group.sales += 1;
        group.customers.insert(customers.value(row));
        group.euro += euro.value(row);
    }
    groups
}
