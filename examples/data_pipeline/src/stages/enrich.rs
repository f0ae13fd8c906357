//! Stage 3: amounts in euro, by the rates that a service tells.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use arrow_array::{Array, Float64Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use tracing::instrument;

use super::hands_on;
use crate::PipelineError;
use crate::rates::Rates;

/// The same table with a column `euro`.
///
/// # Errors
///
/// If nobody tells a rate.
#[instrument(skip_all, fields(rows_in = valid.num_rows(), rows_out, bytes), err)]
pub async fn enrich_data(valid: &RecordBatch, rates: &Rates) -> Result<RecordBatch, PipelineError> {
    let currencies = valid["currency"].as_string::<i32>();
    let mut of: BTreeMap<&str, f64> = BTreeMap::new();
    // In the order of their names, so that two runs ask the same.
    for currency in currencies.iter().flatten().collect::<std::collections::BTreeSet<_>>() {
        of.insert(currency, rates.to_euro(currency).await?);
    }
    let enriched = convert(valid, &of)?;
    hands_on(&enriched);
    Ok(enriched)
}

#[instrument(skip_all)]
fn convert(valid: &RecordBatch, rates: &BTreeMap<&str, f64>) -> Result<RecordBatch, PipelineError> {
    let (currencies, amounts) = (valid["currency"].as_string::<i32>(), valid["amount"].as_primitive::<Float64Type>());
    let rows = currencies.iter().zip(amounts);
    let euro: Float64Array = rows.map(|(currency, amount)| Some(amount? * rates.get(currency?)?)).collect();
    let mut fields = valid.schema().fields().to_vec();
    fields.push(Arc::new(Field::new("euro", DataType::Float64, true)));
    let mut columns = valid.columns().to_vec();
    columns.push(Arc::new(euro) as Arc<dyn Array>);
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?)
}
