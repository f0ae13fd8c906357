//! Mocks made of what was recorded.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::Noise;
use super::comparison::median;
use super::leaves::{Kind, leaves};
use crate::matching::canonical;
use crate::model::Interaction;
use crate::provider::{Mock, Mocks};

/// A mock of each operation: the response that was recorded most often, the latest of equals; an error where nothing else
/// was.
///
/// Its confidence is from 0 to 1 and falls with few observations and with variance:
/// `n ÷ (n + 1) × (½ × types + ½ × values)`, where *n* is the number of interactions of this operation that ended as the
/// mock does, and *types* and *values* are the shares of leaves of all of them that agree with the mock's, noise counted
/// as agreeing. So one observation gives at most 0.5, nine equal ones 0.9.
#[must_use]
pub fn baseline<'a>(interactions: impl IntoIterator<Item = &'a Interaction>) -> Mocks {
    let mut operations: BTreeMap<(&str, &str), Vec<&Interaction>> = BTreeMap::new();
    let all: Vec<&Interaction> = interactions.into_iter().collect();
    let noise = Noise::learn(all.iter().copied());
    for interaction in all {
        operations.entry((&interaction.service, &interaction.operation)).or_default().push(interaction);
    }
    let mut mocks = Mocks::default();
    for ((service, operation), seen) in operations {
        if let Some(mock) = mock_of(service, operation, &seen, &noise) {
            mocks.insert(service, operation, mock);
        }
    }
    mocks
}

/// A response without its noise, by which responses are counted.
fn without_noise(interaction: &Interaction, noise: &Noise) -> String {
    let mut text = String::new();
    for leaf in leaves(&interaction.response) {
        text.push_str(&leaf.path);
        if !noise.is_noise(&interaction.service, &interaction.operation, &leaf.general) {
            canonical(leaf.value, &mut text);
        }
        text.push('\n');
    }
    text
}

fn mock_of(service: &str, operation: &str, seen: &[&Interaction], noise: &Noise) -> Option<Mock> {
    let successes: Vec<&Interaction> = seen.iter().copied().filter(|one| one.is_success()).collect();
    let is_success = !successes.is_empty();
    let like: Vec<&Interaction> = if is_success {
        successes
    } else {
        seen.iter().copied().filter(|one| one.error.is_some() || !one.response.is_null()).collect()
    };
    let mut counts: HashMap<String, (usize, usize)> = HashMap::new();
    for (at, one) in like.iter().enumerate() {
        let key = if is_success { without_noise(one, noise) } else { one.error.clone().unwrap_or_default() };
        let (count, latest) = counts.entry(key).or_default();
        (*count, *latest) = (*count + 1, at);
    }
    let (_, chosen) = counts.into_values().max_by_key(|&(count, latest)| (count, latest))?;
    let chosen = like[chosen];
    let mut durations: Vec<f64> = like.iter().map(|one| one.duration_ms).collect();
    Some(Mock {
        response: chosen.response.clone(),
        error: if is_success { None } else { Some(chosen.error.clone().unwrap_or_else(|| "error".to_owned())) },
        confidence: Some(confidence(chosen, &like, noise)),
        observed: Some(like.len() as u64),
        latency_ms: median(&mut durations),
        noise: noise.paths(service, operation).map(str::to_owned).collect(),
    })
}

fn confidence(chosen: &Interaction, like: &[&Interaction], noise: &Noise) -> f64 {
    let mock: HashMap<String, &Value> =
        leaves(&chosen.response).into_iter().map(|leaf| (leaf.path, leaf.value)).collect();
    let (mut types, mut values) = (0.0, 0.0);
    for one in like {
        let (mut same_type, mut same_value, mut of) = (0_u64, 0_u64, 0_u64);
        let found = leaves(&one.response);
        for leaf in &found {
            of += 1;
            let Some(mocked) = mock.get(&leaf.path) else { continue };
            let is_noise = noise.is_noise(&one.service, &one.operation, &leaf.general);
            same_type += u64::from(Kind::of(mocked) == Kind::of(leaf.value));
            same_value += u64::from(*mocked == leaf.value || is_noise);
        }
        let paths: std::collections::HashSet<&str> = found.iter().map(|leaf| leaf.path.as_str()).collect();
        of += mock.keys().filter(|path| !paths.contains(path.as_str())).count() as u64;
        let share = |part: u64| if of == 0 { 1.0 } else { part as f64 / of as f64 };
        types += share(same_type);
        values += share(same_value);
    }
    let n = like.len() as f64;
    let confidence = n / (n + 1.0) * (0.5 * types / n + 0.5 * values / n);
    // Three digits say more than such a number knows.
    (confidence * 1e3).round() / 1e3
}
