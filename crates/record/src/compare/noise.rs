//! Values that differ although nothing changed.

use std::collections::{BTreeSet, HashMap};

use super::leaves::leaves;
use crate::matching::canonical;
use crate::model::Interaction;

/// Paths of responses whose values differ between equal requests: times, ids, counters. Nobody lists them; they are
/// learned from repeats of a recording. Types of such paths still count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Noise {
    /// By service and operation.
    paths: HashMap<(String, String), BTreeSet<String>>,
}

/// Of very many repeats so many say all.
const MOST_REPEATS: u32 = 50;

impl Noise {
    /// Learns from interactions that succeeded and whose requests are equal.
    pub fn learn<'a>(interactions: impl IntoIterator<Item = &'a Interaction>) -> Self {
        let mut noise = Self::default();
        // By request: the leaves of the first response, and how many there were.
        let mut first: HashMap<String, (HashMap<String, serde_json::Value>, u32)> = HashMap::new();
        for interaction in interactions.into_iter().filter(|interaction| interaction.is_success()) {
            let mut key = format!("{}\u{0}{}\u{0}", interaction.service, interaction.operation);
            canonical(&interaction.request, &mut key);
            let of = |leaves: Vec<super::leaves::Leaf<'_>>| {
                leaves.into_iter().map(|leaf| (leaf.path, leaf.value.clone())).collect()
            };
            match first.get_mut(&key) {
                None => {
                    first.insert(key, (of(leaves(&interaction.response)), 1));
                }
                Some((_, count)) if *count >= MOST_REPEATS => {}
                Some((before, count)) => {
                    *count += 1;
                    for leaf in leaves(&interaction.response) {
                        if before.get(&leaf.path).is_some_and(|value| value != leaf.value) {
                            noise.add(&interaction.service, &interaction.operation, leaf.general);
                        }
                    }
                }
            }
        }
        noise
    }

    /// Takes what is noise in either. Two recordings are learned from one by one: what differs between them is what they
    /// are compared for.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        for (of, paths) in other.paths {
            self.paths.entry(of).or_default().extend(paths);
        }
        self
    }

    /// Takes a path for noise: `$.items[*].at`.
    pub fn add(&mut self, service: &str, operation: &str, path: impl Into<String>) {
        self.paths.entry((service.to_owned(), operation.to_owned())).or_default().insert(path.into());
    }

    /// Whether a path, with indices as `[*]`, is noise.
    #[must_use]
    pub fn is_noise(&self, service: &str, operation: &str, path: &str) -> bool {
        // A lookup by parts would need both as owned texts.
        self.paths.get(&(service.to_owned(), operation.to_owned())).is_some_and(|paths| paths.contains(path))
    }

    /// The noisy paths of an operation, A to Z.
    pub fn paths(&self, service: &str, operation: &str) -> impl Iterator<Item = &str> {
        let paths = self.paths.get(&(service.to_owned(), operation.to_owned()));
        paths.into_iter().flatten().map(String::as_str)
    }
}
