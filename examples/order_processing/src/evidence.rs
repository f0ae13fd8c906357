//! All that is known of one order: what came of it, what was called, what the services were asked, what it cost, and
//! which step failed.
//!
//! It is made of a trace and of a recorded session; both exist without it. One snapshot of it is one place to review.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use tracesnap::Trace;
use tracesnap::tree::{Call, EventKind};
use tracesnap_record::{Interaction, Session};

use crate::{OrderError, Receipt};

/// What stands in the place of a measured value where runs are compared.
const MEASURED: &str = "[duration]";

/// All that is known of one order.
#[derive(Clone, Debug, Serialize)]
pub struct Evidence {
    /// What came of it.
    pub result: Result<Receipt, OrderError>,
    /// The first step that failed, whether or not the order did.
    pub failed_step: Option<FailedStep>,
    /// Its calls, a line each.
    pub call_tree: Vec<String>,
    /// What the services were asked, in this order, and what they said.
    pub service_interactions: Vec<ServiceInteraction>,
    /// How it was left behind.
    pub service_state: ServiceState,
    /// What it cost.
    pub metrics: Figures,
}

/// Where it went wrong first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FailedStep {
    /// The step of the order: a call right below `process_order`.
    pub step: String,
    /// The innermost call that failed, by all that called it: `process_order > charge_payment > post`.
    pub path: String,
    /// What it said.
    pub error: String,
}

impl FailedStep {
    /// The first failure of a trace: errors return from the inside out, so the first one to return began it.
    #[must_use]
    pub fn of(trace: &Trace) -> Option<Self> {
        let mut returns = trace.events().filter(|event| event.kind() == EventKind::Return);
        let failed = returns.find(|event| event.error().is_some() || event.panicked())?;
        let call = failed.call()?;
        let mut way: Vec<Call<'_>> = call.ancestors().collect();
        way.reverse();
        way.push(call);
        let names: Vec<&str> = way.iter().map(Call::name).collect();
        let step = names.get(1).or(names.first()).copied().unwrap_or_default();
        let error = failed.error().map_or_else(|| "it panicked".to_owned(), |error| error.to_string());
        Some(Self { step: step.to_owned(), path: names.join(" > "), error })
    }
}

/// One request to a service. What was redacted in the recording is redacted here.
#[derive(Clone, Debug, Serialize)]
pub struct ServiceInteraction {
    /// Who was asked.
    pub service: String,
    /// What for.
    pub operation: String,
    /// What was sent.
    pub request: Value,
    /// The status of the answer; `None` where nobody answered.
    pub status: Option<u64>,
    /// What came back.
    pub response: Value,
}

impl ServiceInteraction {
    fn of(interaction: &Interaction) -> Self {
        Self {
            service: interaction.service.clone(),
            operation: interaction.operation.clone(),
            request: interaction.request["body"]["value"].clone(),
            status: interaction.response["status"].as_u64(),
            response: interaction.response["body"]["value"].clone(),
        }
    }

    fn succeeded(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}

/// What the services believe after the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ServiceState {
    /// Money was taken.
    pub charged: bool,
    /// It was given back.
    pub refunded: bool,
    /// Things are put aside.
    pub reserved: bool,
    /// The customer knows.
    pub confirmed: bool,
}

/// What it cost. Times are `[duration]` in [`Evidence::stable`].
#[derive(Clone, Debug, Serialize)]
pub struct Figures {
    /// From the first enter to the last exit.
    pub total_time: String,
    /// How much of it services took.
    pub service_time: String,
    /// Calls, in all.
    pub calls: u64,
    /// Calls inside of each other at the deepest place.
    pub max_depth: u64,
    /// Calls that returned an error.
    pub errors: u64,
    /// Calls by function.
    pub by_function: BTreeMap<String, u64>,
}

impl Evidence {
    /// What a run left behind.
    #[must_use]
    pub fn of(result: Result<Receipt, OrderError>, trace: &Trace, session: &Session) -> Self {
        let service_interactions: Vec<_> = session.interactions.iter().map(ServiceInteraction::of).collect();
        let did = |operation| service_interactions.iter().any(|one| one.operation == operation && one.succeeded());
        let service_state = ServiceState {
            charged: did("charge_payment"),
            refunded: did("refund_payment"),
            reserved: did("reserve_items"),
            confirmed: did("send_order_confirmation"),
        };
        let metrics = trace.metrics();
        let in_services: f64 = session.interactions.iter().map(|one| one.duration_ms).sum();
        let functions = metrics.functions.iter();
        let metrics = Figures {
            total_time: format!("{:.1} ms", metrics.wall.as_secs_f64() * 1e3),
            service_time: format!("{in_services:.1} ms"),
            calls: metrics.calls,
            max_depth: metrics.max_depth,
            errors: metrics.errors,
            by_function: functions.map(|one| (one.function.name.to_string(), one.function.calls)).collect(),
        };
        let failed_step = FailedStep::of(trace);
        let call_tree = trace.snapshot().to_string().lines().map(str::to_owned).collect();
        Self { result, failed_step, call_tree, service_interactions, service_state, metrics }
    }

    /// The same without what no two runs agree on.
    #[must_use]
    pub fn stable(mut self) -> Self {
        MEASURED.clone_into(&mut self.metrics.total_time);
        MEASURED.clone_into(&mut self.metrics.service_time);
        self
    }
}
