//! Which calls of two snapshots are the same call, below callers that are.

use super::outline::Outline;

/// Pairs of calls that one diff compares at the most. Beyond, calls are matched by their position.
const MAX_PAIRS: usize = 4_000_000;

/// What became of a row of the old text, or where one of the new text comes from; with all below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// This row of the new text stands in the old one as well.
    Equal(usize),
    /// The row of the old text and the row of the new one that it became: it changed, or something below it did.
    Both(usize, usize),
    /// It is gone.
    Old(usize),
    /// It is new.
    New(usize),
}

pub(super) struct Aligner<'a> {
    old: &'a Outline,
    new: &'a Outline,
    /// Pairs that may still be compared.
    pairs: usize,
}

impl<'a> Aligner<'a> {
    pub(super) fn new(old: &'a Outline, new: &'a Outline) -> Self {
        Self { old, new, pairs: MAX_PAIRS }
    }

    /// Matches two groups of siblings, keeping the order of both.
    pub(super) fn align(&mut self, old: &[usize], new: &[usize]) -> Vec<Step> {
        let equal = |(old, new): (&usize, &usize)| self.old.hash(*old) == self.new.hash(*new);
        let head = old.iter().zip(new).take_while(|pair| equal(*pair)).count();
        let (old, rest) = (&old[head..], &new[head..]);
        let tail = old.iter().rev().zip(rest.iter().rev()).take_while(|pair| equal(*pair)).count();
        let (old, middle) = (&old[..old.len() - tail], &rest[..rest.len() - tail]);

        let mut steps: Vec<_> = new[..head].iter().map(|&row| Step::Equal(row)).collect();
        match old.len().checked_mul(middle.len()).and_then(|pairs| self.pairs.checked_sub(pairs)) {
            Some(left) => {
                self.pairs = left;
                self.best(old, middle, &mut steps);
            }
            None => self.by_position(old, middle, &mut steps),
        }
        steps.extend(rest[middle.len()..].iter().map(|&row| Step::Equal(row)));
        steps
    }

    /// The longest common subsequence, where a pair counts the more, the more its rows have in common.
    fn best(&self, old: &[usize], new: &[usize], steps: &mut Vec<Step>) {
        let width = new.len() + 1;
        // By how many rows of each are still to come: the best sum from there on.
        let mut sums = vec![0_u32; (old.len() + 1) * width];
        for (i, &before) in old.iter().enumerate().rev() {
            for (j, &now) in new.iter().enumerate().rev() {
                let apart = sums[(i + 1) * width + j].max(sums[i * width + j + 1]);
                let together = self.likeness(before, now).map_or(0, |like| like + sums[(i + 1) * width + j + 1]);
                sums[i * width + j] = apart.max(together);
            }
        }
        let (mut i, mut j) = (0, 0);
        while let (Some(&before), Some(&now)) = (old.get(i), new.get(j)) {
            let here = sums[i * width + j];
            let together = self.likeness(before, now).map(|like| like + sums[(i + 1) * width + j + 1]);
            if together == Some(here) {
                steps.push(self.pair(before, now));
                (i, j) = (i + 1, j + 1);
            } else if sums[(i + 1) * width + j] == here {
                steps.push(Step::Old(before));
                i += 1;
            } else {
                steps.push(Step::New(now));
                j += 1;
            }
        }
        steps.extend(old[i..].iter().map(|&row| Step::Old(row)));
        steps.extend(new[j..].iter().map(|&row| Step::New(row)));
    }

    fn by_position(&self, old: &[usize], new: &[usize], steps: &mut Vec<Step>) {
        for at in 0..old.len().max(new.len()) {
            match (old.get(at), new.get(at)) {
                (Some(&before), Some(&now)) if self.likeness(before, now).is_some() => {
                    steps.push(self.pair(before, now));
                }
                (before, now) => {
                    steps.extend(before.map(|&row| Step::Old(row)));
                    steps.extend(now.map(|&row| Step::New(row)));
                }
            }
        }
    }

    /// `None` where two rows cannot be the same call.
    fn likeness(&self, old: usize, new: usize) -> Option<u32> {
        if self.old.hash(old) == self.new.hash(new) {
            Some(4)
        } else if self.old.content(old) == self.new.content(new) {
            Some(3)
        } else {
            (self.old.name(old) == self.new.name(new)).then_some(2)
        }
    }

    fn pair(&self, old: usize, new: usize) -> Step {
        if self.old.hash(old) == self.new.hash(new) { Step::Equal(new) } else { Step::Both(old, new) }
    }
}
