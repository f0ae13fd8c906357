//! Which request is hit by what.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::{Latency, Mutation};
use crate::Error;
use crate::engine::{Key, Mock};

/// What goes wrong on purpose: see [`serve::Faults`](Faults). Default: nothing.
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use = "nothing goes wrong until a server is given it"]
pub struct Faults {
    seed: u64,
    common: Disturbance,
    by_operation: Vec<(String, Disturbance)>,
}

/// What goes wrong with the requests of one operation, or of all. Shares are from 0 to 1; a request is hit by one of them
/// at most: a reset before an error, before a cut body, before another body.
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use = "nothing goes wrong until a server is given it"]
pub struct Disturbance {
    latency: Latency,
    errors: f64,
    status: u16,
    resets: f64,
    truncations: f64,
    mutations: f64,
    mutation: Mutation,
}

impl Disturbance {
    /// How late answers are. Default: [`Latency::None`].
    pub fn latency(mut self, latency: Latency) -> Self {
        self.latency = latency;
        self
    }

    /// The share of requests that are answered with this status. Default: none.
    pub fn errors(mut self, share: f64, status: u16) -> Self {
        (self.errors, self.status) = (share, status);
        self
    }

    /// The share of requests whose connection is reset (RST), without an answer. Default: none.
    pub fn resets(mut self, share: f64) -> Self {
        self.resets = share;
        self
    }

    /// The share of answers that end in the middle of their body, though they said its length. Default: none.
    pub fn truncations(mut self, share: f64) -> Self {
        self.truncations = share;
        self
    }

    /// The share of answers with other values than they would have. Default: none.
    pub fn mutations(mut self, share: f64, mutation: Mutation) -> Self {
        (self.mutations, self.mutation) = (share, mutation);
        self
    }

    fn is_none(&self) -> bool {
        let shares = [self.errors, self.resets, self.truncations, self.mutations];
        self.latency == Latency::None && shares.iter().all(|share| *share <= 0.0)
    }
}

impl Faults {
    /// Nothing goes wrong yet; another seed will hit other requests.
    pub fn seeded(seed: u64) -> Self {
        Self { seed, ..Self::default() }
    }

    /// For all operations: see [`Disturbance::latency`].
    pub fn latency(mut self, latency: Latency) -> Self {
        self.common = self.common.latency(latency);
        self
    }

    /// For all operations: see [`Disturbance::errors`].
    pub fn errors(mut self, share: f64, status: u16) -> Self {
        self.common = self.common.errors(share, status);
        self
    }

    /// For all operations: see [`Disturbance::resets`].
    pub fn resets(mut self, share: f64) -> Self {
        self.common = self.common.resets(share);
        self
    }

    /// For all operations: see [`Disturbance::truncations`].
    pub fn truncations(mut self, share: f64) -> Self {
        self.common = self.common.truncations(share);
        self
    }

    /// For all operations: see [`Disturbance::mutations`].
    pub fn mutations(mut self, share: f64, mutation: Mutation) -> Self {
        self.common = self.common.mutations(share, mutation);
        self
    }

    /// For one operation, named by its id or as in `GET /orders/{id}`; what is said for all does not hold for it.
    pub fn operation(mut self, name: impl Into<String>, change: impl FnOnce(Disturbance) -> Disturbance) -> Self {
        self.by_operation.push((name.into(), change(Disturbance::default())));
        self
    }

    /// Latencies as they were recorded: of each operation its own, of the others those of all.
    #[cfg(feature = "record")]
    pub fn learn<'i>(
        mut self,
        document: &tracesnap_openapi::Document,
        interactions: impl IntoIterator<Item = &'i tracesnap_record::Interaction>,
    ) -> Self {
        let mut all = Vec::new();
        let mut by_operation: std::collections::BTreeMap<usize, Vec<Duration>> = std::collections::BTreeMap::new();
        for interaction in interactions {
            let text = |name: &str| interaction.request.get(name).and_then(serde_json::Value::as_str);
            let (Some(method), Some(url)) = (text("method"), text("url")) else { continue };
            let target = url.split_once("://").map_or(url, |(_, rest)| rest.find('/').map_or("/", |at| &rest[at..]));
            all.push(interaction.duration());
            if let Some(found) = document.route(method, target).found() {
                by_operation.entry(found.operation.index()).or_default().push(interaction.duration());
            }
        }
        for (index, durations) in by_operation {
            let Some(operation) = document.operation(index) else { continue };
            let name = format!("{} {}", operation.method(), operation.path());
            let latency = Latency::learned(durations);
            match self.by_operation.iter_mut().find(|(known, _)| *known == name || operation.id() == Some(known)) {
                Some((_, own)) => own.latency = latency,
                None => {
                    let own = self.common.clone().latency(latency);
                    self.by_operation.push((name, own));
                }
            }
        }
        self.common.latency = Latency::learned(all);
        self
    }

    /// Whether nothing goes wrong.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.common.is_none() && self.by_operation.iter().all(|(_, own)| own.is_none())
    }
}

/// What happens to one request.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fault {
    pub(crate) wait: Duration,
    pub(crate) harm: Option<Harm>,
    /// Decides what the harm looks like.
    pub(crate) key: u64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Harm {
    Reset,
    Status(u16),
    Truncate,
    Mutate(Mutation),
}

/// Faults of a server, and how often each operation was called.
#[derive(Debug)]
pub(crate) struct Schedule {
    faults: Faults,
    by_operation: HashMap<usize, Disturbance>,
    /// One for each operation, and one for what is none.
    calls: Vec<AtomicU64>,
}

impl Schedule {
    /// # Errors
    /// [`Error::UnknownOperation`] for a name that is none.
    pub(crate) fn new(faults: Faults, mock: &Mock) -> Result<Option<Self>, Error> {
        if faults.is_none() {
            return Ok(None);
        }
        let by_operation = faults.by_operation.iter().map(|(name, own)| Ok((mock.operation(name)?, own.clone())));
        let by_operation = by_operation.collect::<Result<_, Error>>()?;
        let calls = (0..=mock.document().operations().len()).map(|_| AtomicU64::new(0)).collect();
        Ok(Some(Self { faults, by_operation, calls }))
    }

    /// What happens to the next request of an operation; `None` for a request that is of none.
    pub(crate) fn next(&self, operation: Option<usize>) -> Fault {
        let place = operation.filter(|index| *index + 1 < self.calls.len()).unwrap_or(self.calls.len() - 1);
        let number = self.calls[place].fetch_add(1, Ordering::Relaxed);
        let own = operation.and_then(|index| self.by_operation.get(&index)).unwrap_or(&self.faults.common);
        let key = |kind: &str| Key::of(kind).number(self.faults.seed).number(place as u64).number(number).finish();
        let hits = |kind: &str, rate: f64| share(key(kind)) < rate;
        let status = if (100..=999).contains(&own.status) { own.status } else { 503 };
        let harm = if hits("reset", own.resets) {
            Some(Harm::Reset)
        } else if hits("error", own.errors) {
            Some(Harm::Status(status))
        } else if hits("truncation", own.truncations) {
            Some(Harm::Truncate)
        } else if hits("mutation", own.mutations) {
            Some(Harm::Mutate(own.mutation))
        } else {
            None
        };
        let wait = own.latency.draw([share(key("latency")), share(key("latency/2"))]);
        Fault { wait, harm, key: key("harm") }
    }
}

/// From 0 to below 1.
pub(super) fn share(key: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit a double exactly")]
    let share = (key >> 11) as f64 / (1_u64 << 53) as f64;
    share
}

#[cfg(test)]
mod tests {
    use tracesnap_openapi::Document;

    use super::*;

    fn mock() -> Mock {
        let text = r#"{"openapi": "3.1.0", "paths": {"/a": {"get": {"operationId": "a", "responses": {}}},
            "/b": {"get": {"operationId": "b", "responses": {}}}}}"#;
        Mock::from_document(Document::parse("two.json", text).expect("a document")).build()
    }

    fn run(faults: &Faults, calls: &[Option<usize>]) -> Vec<Fault> {
        let schedule = Schedule::new(faults.clone(), &mock()).expect("known operations").expect("some");
        calls.iter().map(|call| schedule.next(*call)).collect()
    }

    #[test]
    fn the_same_requests_are_hit_in_every_run_by_the_share_that_was_asked_for() {
        let faults = Faults::seeded(3)
            .errors(0.25, 500)
            .resets(0.1)
            .latency(Latency::uniform(Duration::ZERO, Duration::from_millis(10)));
        let calls = vec![Some(0); 2_000];
        let hit = run(&faults, &calls);
        let count = |harm: Harm| hit.iter().filter(|fault| fault.harm == Some(harm)).count();
        assert!((150..250).contains(&count(Harm::Reset)), "{}", count(Harm::Reset));
        // A quarter of what was not reset.
        assert!((380..520).contains(&count(Harm::Status(500))), "{}", count(Harm::Status(500)));
        assert_eq!(hit, run(&faults, &calls));
        assert_ne!(hit, run(&Faults { seed: 4, ..faults }, &calls));
    }

    #[test]
    fn requests_of_other_operations_change_nothing() {
        let faults = Faults::seeded(3).errors(0.5, 500);
        let alone = run(&faults, &[Some(0); 40]);
        let mixed = run(&faults, &[Some(0), Some(1), None].repeat(40));
        let own: Vec<Fault> = mixed.into_iter().step_by(3).collect();
        assert_eq!(own, alone);
    }

    #[test]
    fn an_operation_with_faults_of_its_own_has_no_others() {
        let faults = Faults::seeded(1).errors(1.0, 503).operation("b", |one| one.resets(1.0));
        let hit = run(&faults, &[Some(0), Some(1), None]);
        let harms: Vec<_> = hit.iter().map(|fault| fault.harm).collect();
        assert_eq!(harms, [Some(Harm::Status(503)), Some(Harm::Reset), Some(Harm::Status(503))]);
        assert!(Schedule::new(Faults::seeded(0).operation("c", |one| one.resets(1.0)), &mock()).is_err());
        assert!(Schedule::new(Faults::seeded(9), &mock()).expect("fine").is_none());
    }
}
