//! Which interaction of one recording is which of another.

use std::collections::{HashMap, VecDeque};

use crate::matching::canonical;
use crate::model::Interaction;

/// Pairs interactions of two recordings by their places: first those whose request is the same, in their order, then
/// what is left of each operation, in its order. What has no partner stands alone.
#[must_use]
pub fn pair(old: &[Interaction], new: &[Interaction]) -> Vec<(Option<usize>, Option<usize>)> {
    let exact = |interaction: &Interaction| {
        let mut key = format!("{}\u{0}{}\u{0}", interaction.service, interaction.operation);
        canonical(&interaction.request, &mut key);
        key
    };
    let title = |interaction: &Interaction| format!("{}\u{0}{}", interaction.service, interaction.operation);
    let mut partner = vec![None; old.len()];
    let mut is_taken = vec![false; new.len()];
    let mut match_by = |key: &dyn Fn(&Interaction) -> String| {
        let mut waiting: HashMap<String, VecDeque<usize>> = HashMap::new();
        for at in (0..new.len()).filter(|&at| !is_taken[at]) {
            waiting.entry(key(&new[at])).or_default().push_back(at);
        }
        for (at, partner) in partner.iter_mut().enumerate().filter(|(_, partner)| partner.is_none()) {
            if let Some(found) = waiting.get_mut(&key(&old[at])).and_then(VecDeque::pop_front) {
                *partner = Some(found);
                is_taken[found] = true;
            }
        }
    };
    match_by(&exact);
    match_by(&title);
    let mut pairs: Vec<_> = partner.into_iter().enumerate().map(|(at, partner)| (Some(at), partner)).collect();
    pairs.extend((0..new.len()).filter(|&at| !is_taken[at]).map(|at| (None, Some(at))));
    pairs
}
