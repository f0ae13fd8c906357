//! How near mocks, or another recording, come to what was recorded.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use super::leaves::{Kind, is_same, leaves};
use super::{Drift, Noise};
use crate::matching::shorten;
use crate::model::{Interaction, Session};
use crate::provider::Mocks;

/// A share of so many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Measure {
    /// From 0 to 1; 0 where it is of none.
    pub share: f64,
    /// Of how many interactions or operations.
    pub n: u64,
}

/// How near mocks come to what was recorded: see [`compare`](crate::compare) for what is measured.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Comparison {
    /// What it was compared with: `mocks` or `recording`.
    pub with: &'static str,
    /// The overall percentage, `None` where nothing was recorded.
    pub overall: Option<f64>,
    /// Operations that have a mock.
    pub coverage: Measure,
    /// Leaves that are equal.
    pub fidelity: Measure,
    /// Types that are equal.
    pub type_fidelity: Measure,
    /// Both succeed or both fail.
    pub status: Measure,
    /// Median recorded ÷ median of the mock, of operations whose mock says one, in the middle.
    pub latency_ratio: Option<f64>,
    /// Of how many operations.
    pub latency_n: u64,
    /// Each operation that was recorded and has a mock, worst first.
    pub operations: Vec<OperationComparison>,
    /// Operations that were recorded and have no mock, with their number of interactions, most first.
    pub missing: Vec<(String, String, u64)>,
    /// Mocks of operations that were never recorded, A to Z.
    pub stale: Vec<(String, String)>,
    /// Changes by how bad they are, in a comparison with a recording.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drift: Option<Drift>,
}

/// One operation.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct OperationComparison {
    /// Whose.
    pub service: String,
    /// Which.
    pub operation: String,
    /// Interactions that were compared.
    pub n: u64,
    /// Leaves that are equal.
    pub fidelity: f64,
    /// Types that are equal.
    pub type_fidelity: f64,
    /// Both succeed or both fail.
    pub status: f64,
    /// Median recorded ÷ median of the mock, `None` where the mock says none.
    pub latency_ratio: Option<f64>,
    /// The fields that differ most often, worst first, up to ten.
    pub worst: Vec<WorstField>,
    /// Fields whose values are noise.
    pub noise: Vec<String>,
}

/// A field that differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct WorstField {
    /// Where, with indices as `[*]`.
    pub path: String,
    /// How: `type`, `missing`, `extra` (only the mock has it) or `value`.
    pub what: &'static str,
    /// In how many interactions.
    pub count: u64,
    /// The first value that was recorded.
    pub recorded: String,
    /// What the mock has there.
    pub mocked: String,
}

/// How the other side answers.
struct Other<'a> {
    response: &'a Value,
    is_success: bool,
}

/// Compares a recording with mocks.
#[must_use]
pub fn compare_with_mocks(recorded: &Session, mocks: &Mocks) -> Comparison {
    let mut noise = Noise::learn(&recorded.interactions);
    for (service, operation, mock) in mocks.iter() {
        mock.noise.iter().for_each(|path| noise.add(service, operation, path));
    }
    let mut operations = Operations::default();
    for interaction in &recorded.interactions {
        match mocks.get(&interaction.service, &interaction.operation) {
            Some(mock) => {
                let other = Other { response: &mock.response, is_success: mock.error.is_none() };
                operations.compare(interaction, &other, mock.latency_ms, &noise);
            }
            None => operations.miss(interaction),
        }
    }
    let stale = mocks.iter().filter(|(service, operation, _)| {
        !recorded.interactions.iter().any(|one| one.service == *service && one.operation == *operation)
    });
    let stale = stale.map(|(service, operation, _)| (service.to_owned(), operation.to_owned())).collect();
    operations.finish("mocks", stale, &noise, None)
}

/// Compares a recording with another one.
#[must_use]
pub fn compare_sessions(recorded: &Session, other: &Session) -> Comparison {
    let noise = Noise::learn(&recorded.interactions).and(Noise::learn(&other.interactions));
    let mut operations = Operations::default();
    let (mut known, mut stale) = (BTreeSet::new(), BTreeSet::new());
    let key = |one: &Interaction| (one.service.clone(), one.operation.clone());
    for (before, after) in super::pair(&recorded.interactions, &other.interactions) {
        match (before.map(|at| &recorded.interactions[at]), after.map(|at| &other.interactions[at])) {
            (Some(one), Some(two)) => {
                known.insert(key(one));
                let found = Other { response: &two.response, is_success: two.is_success() };
                operations.compare(one, &found, Some(two.duration_ms), &noise);
            }
            (Some(one), None) => {
                known.insert(key(one));
                operations.miss(one);
            }
            (None, Some(two)) => {
                stale.insert(key(two));
            }
            (None, None) => {}
        }
    }
    let stale = stale.difference(&known).cloned().collect();
    operations.finish("recording", stale, &noise, Some(Drift::between(recorded, other)))
}

#[derive(Default)]
struct Operations {
    all: BTreeMap<(String, String), Counting>,
    missing: BTreeMap<(String, String), u64>,
}

#[derive(Default)]
struct Counting {
    n: u64,
    fidelity: f64,
    type_fidelity: f64,
    same_status: u64,
    recorded_ms: Vec<f64>,
    mocked_ms: Vec<f64>,
    fields: BTreeMap<(String, &'static str), WorstField>,
}

impl Operations {
    fn miss(&mut self, interaction: &Interaction) {
        *self.missing.entry((interaction.service.clone(), interaction.operation.clone())).or_default() += 1;
    }

    fn compare(&mut self, recorded: &Interaction, other: &Other<'_>, latency_ms: Option<f64>, noise: &Noise) {
        let key = (recorded.service.clone(), recorded.operation.clone());
        let counting = self.all.entry(key).or_default();
        counting.n += 1;
        counting.same_status += u64::from(recorded.is_success() == other.is_success);
        counting.recorded_ms.push(recorded.duration_ms);
        counting.mocked_ms.extend(latency_ms);
        let (ours, theirs) = (leaves(&recorded.response), leaves(other.response));
        let is_noise = |path: &str| noise.is_noise(&recorded.service, &recorded.operation, path);

        let mut types: BTreeMap<&str, (BTreeSet<Kind>, BTreeSet<Kind>)> = BTreeMap::new();
        for leaf in &ours {
            types.entry(&leaf.general).or_default().0.insert(Kind::of(leaf.value));
        }
        for leaf in &theirs {
            types.entry(&leaf.general).or_default().1.insert(Kind::of(leaf.value));
        }
        // An element of either list may be any of the types that its elements have.
        let same = types.values().filter(|(ours, theirs)| !ours.is_disjoint(theirs)).count();
        counting.type_fidelity += share(same, types.len());

        let by_path: BTreeMap<&str, &super::leaves::Leaf<'_>> =
            theirs.iter().map(|leaf| (leaf.path.as_str(), leaf)).collect();
        let our_paths: BTreeSet<&str> = ours.iter().map(|leaf| leaf.path.as_str()).collect();
        let (mut equal, mut of) = (0, 0);
        let mut differs = BTreeMap::new();
        for leaf in &ours {
            let found = by_path.get(leaf.path.as_str());
            let is_type = found.is_some_and(|found| Kind::of(found.value) != Kind::of(leaf.value));
            if is_noise(&leaf.general) && !is_type && found.is_some() {
                continue;
            }
            of += 1;
            match found {
                Some(found) if is_same(leaf.value, found.value) => equal += 1,
                Some(found) => {
                    let what = if is_type { "type" } else { "value" };
                    differs.insert((leaf.general.clone(), what), (Some(leaf.value), Some(found.value)));
                }
                None => {
                    differs.insert((leaf.general.clone(), "missing"), (Some(leaf.value), None));
                }
            }
        }
        for leaf in theirs.iter().filter(|leaf| !our_paths.contains(leaf.path.as_str())) {
            of += 1;
            differs.insert((leaf.general.clone(), "extra"), (None, Some(leaf.value)));
        }
        counting.fidelity += share(equal, of);
        for ((path, what), (recorded, mocked)) in differs {
            let shown =
                |value: Option<&Value>| value.map_or_else(|| "nothing".to_owned(), |value| shorten(&value.to_string()));
            let field = counting.fields.entry((path, what)).or_insert_with_key(|(path, what)| WorstField {
                path: path.clone(),
                what,
                count: 0,
                recorded: shown(recorded),
                mocked: shown(mocked),
            });
            field.count += 1;
        }
    }

    fn finish(
        self,
        with: &'static str,
        stale: Vec<(String, String)>,
        noise: &Noise,
        drift: Option<Drift>,
    ) -> Comparison {
        let covered = self.all.len() as u64;
        let recorded = self.all.keys().chain(self.missing.keys()).collect::<BTreeSet<_>>().len() as u64;
        let n: u64 = self.all.values().map(|one| one.n).sum();
        let mean = |of: fn(&Counting) -> f64| {
            let sum: f64 = self.all.values().map(of).sum();
            Measure { share: if n == 0 { 0.0 } else { sum / n as f64 }, n }
        };
        let coverage = Measure { share: share(covered as usize, recorded as usize), n: recorded };
        let coverage = if recorded == 0 { Measure::default() } else { coverage };
        let fidelity = mean(|one| one.fidelity);
        let type_fidelity = mean(|one| one.type_fidelity);
        let status = mean(|one| one.same_status as f64);
        let quality = 0.3 * fidelity.share + 0.5 * type_fidelity.share + 0.2 * status.share;
        let mut operations: Vec<OperationComparison> = Vec::new();
        for ((service, operation), mut one) in self.all {
            let n = one.n as f64;
            let mut worst: Vec<WorstField> = one.fields.into_values().collect();
            let rank = |what: &str| ["type", "missing", "extra", "value"].iter().position(|known| *known == what);
            worst.sort_by(|a, b| rank(a.what).cmp(&rank(b.what)).then(b.count.cmp(&a.count)).then(a.path.cmp(&b.path)));
            worst.truncate(10);
            let latency_ratio = ratio(&mut one.recorded_ms, &mut one.mocked_ms);
            let noise = noise.paths(&service, &operation).map(str::to_owned).collect();
            operations.push(OperationComparison {
                service,
                operation,
                n: one.n,
                fidelity: one.fidelity / n,
                type_fidelity: one.type_fidelity / n,
                status: one.same_status as f64 / n,
                latency_ratio,
                worst,
                noise,
            });
        }
        let quality_of = |one: &OperationComparison| 0.3 * one.fidelity + 0.5 * one.type_fidelity + 0.2 * one.status;
        operations.sort_by(|a, b| quality_of(a).total_cmp(&quality_of(b)));
        let mut ratios: Vec<f64> = operations.iter().filter_map(|one| one.latency_ratio).collect();
        let mut missing: Vec<_> =
            self.missing.into_iter().map(|((service, operation), n)| (service, operation, n)).collect();
        missing.sort_by(|a, b| b.2.cmp(&a.2).then_with(|| (&a.0, &a.1).cmp(&(&b.0, &b.1))));
        Comparison {
            with,
            overall: (recorded > 0).then_some(100.0 * coverage.share * quality),
            coverage,
            fidelity,
            type_fidelity,
            status,
            latency_n: ratios.len() as u64,
            latency_ratio: median(&mut ratios),
            operations,
            missing,
            stale,
            drift,
        }
    }
}

/// Two empty responses are the same.
fn share(part: usize, of: usize) -> f64 {
    if of == 0 { 1.0 } else { part as f64 / of as f64 }
}

fn ratio(recorded: &mut [f64], mocked: &mut [f64]) -> Option<f64> {
    let mocked = median(mocked).filter(|ms| *ms > 0.0)?;
    Some(median(recorded)? / mocked)
}

pub(super) fn median(all: &mut [f64]) -> Option<f64> {
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied()
}
