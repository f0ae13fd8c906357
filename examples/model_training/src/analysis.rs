//! A training, read off its trace: what the library did, how the data changed, how stable the model is.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;
use tracesnap::Trace;
use tracesnap::tree::{Call, TraceEvent, Value};

/// The library's spans.
const LIBRARY: &str = "smartcore";

/// One call of the library.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Operation {
    /// What was called: `RandomForestClassifier::fit`.
    pub operation: String,
    /// In which module: `smartcore::ensemble`.
    pub module: String,
    /// By which step of ours.
    pub step: String,
    /// With what.
    pub parameters: BTreeMap<String, String>,
    /// How long it took. No two runs agree on it, so a snapshot leaves it out.
    #[serde(skip)]
    pub time: Option<Duration>,
}

impl Operation {
    fn of(call: Call<'_>) -> Self {
        Self {
            operation: call.name().to_owned(),
            module: call.callsite().target.to_string(),
            step: call.parent().map(|step| step.name().to_owned()).unwrap_or_default(),
            parameters: call.args().map(|arg| (arg.name().to_owned(), arg.value().to_string())).collect(),
            time: call.wall(),
        }
    }
}

/// A training, read off its trace.
#[derive(Clone, Debug, Serialize)]
pub struct Analysis {
    /// What the library did, in this order.
    pub operations: Vec<Operation>,
    /// What was done to the data before: samples and features that each operation saw.
    pub transformations: Vec<String>,
    /// Accuracy on each part of the data, by models that never saw it.
    pub fold_accuracy: Vec<f64>,
    /// Between the best and the worst of them.
    pub spread: f64,
}

/// A model whose accuracy depends on the part of the data by more than this is none to rely on.
const UNSTABLE: f64 = 0.1;

impl Analysis {
    /// What a trace tells.
    #[must_use]
    pub fn of(trace: &Trace) -> Self {
        let calls = trace.events().filter(TraceEvent::is_call).filter_map(|event| event.call());
        let of_library = calls.filter(|call| call.callsite().target.split("::").next() == Some(LIBRARY));
        let operations: Vec<_> = of_library.map(Operation::of).collect();
        let size = |one: &Operation, name: &str| one.parameters.get(name).map(|value| format!(" {name}={value}"));
        let transformations = operations
            .iter()
            .filter(|one| one.module == "smartcore::preprocessing" || one.module == "smartcore::linalg")
            .map(|one| {
                ["rows", "columns"].iter().filter_map(|name| size(one, name)).fold(one.operation.clone(), |a, b| a + &b)
            });
        let folds = trace.calls("try_fold");
        let accuracy = |fold: Call<'_>| {
            let mut measured = fold.children().filter(|call| call.name() == "accuracy");
            match measured.next()?.arg("value")? {
                Value::F64(value) => Some(value),
                _ => None,
            }
        };
        let fold_accuracy: Vec<f64> = folds.iter().filter_map(accuracy).map(rounded).collect();
        let least = fold_accuracy.iter().copied().fold(f64::INFINITY, f64::min);
        let most = fold_accuracy.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let spread = if fold_accuracy.is_empty() { 0.0 } else { rounded(most - least) };
        Self { transformations: transformations.collect(), operations, fold_accuracy, spread }
    }

    /// Whether the model is about as good on each part of the data.
    #[must_use]
    pub fn is_stable(&self) -> bool {
        self.spread <= UNSTABLE
    }
}

/// Four digits: what a person compares.
#[must_use]
pub fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}
