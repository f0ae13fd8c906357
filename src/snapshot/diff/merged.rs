//! Two aligned forests as one: what stayed, what is gone and what is new, in an order to read.

use super::align::Alignment;
use super::forest::Forest;

/// A node of either forest, or of both. Equal subtrees are one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// It and all below it are the same.
    Equal(u32, u32),
    /// It says the same, but something below it changed.
    Same(u32, u32),
    /// It says something else.
    Changed(u32, u32),
    /// It is gone.
    Removed(u32),
    /// It is new.
    Added(u32),
}

/// A step, or the number of equal ones that are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line {
    Step(Step),
    /// So many equal siblings; the first of them in the new forest.
    Skipped(usize, u32),
}

/// Equal siblings shown on either side of a change; those beyond are counted.
const CONTEXT: usize = 1;

/// Lines with their depths: below callers that stayed, what is gone stands where they stand now.
#[derive(Debug)]
pub(super) struct Merged {
    steps: Vec<(Step, usize)>,
}

/// Where a node that has no counterpart stands.
#[derive(Clone, Copy)]
struct Place {
    /// In the merged forest.
    depth: usize,
    /// Depth below the nearest caller that stayed.
    anchor: usize,
}

impl Merged {
    pub(super) fn new(old: &Forest, new: &Forest, alignment: &Alignment) -> Self {
        let gone = places(old, |node| alignment.of_old(node).map(|new_node| new.depth(new_node)));
        let added = places(new, |node| alignment.of_new(node).map(|_| new.depth(node)));
        let (mut i, mut j) = (0, 0);
        let (m, n) = (old.len() as u32, new.len() as u32);
        let mut steps = Vec::new();
        loop {
            let removed = (i < m && alignment.of_old(i).is_none()).then(|| gone[i as usize]);
            let inserted = (j < n && alignment.of_new(j).is_none()).then(|| added[j as usize]);
            // What stands further in comes first: after the other one, it would seem to be below it.
            let is_removal = |place: Place| inserted.is_none_or(|other| place.anchor >= other.anchor);
            match (removed, inserted) {
                (Some(place), _) if is_removal(place) => {
                    steps.push((Step::Removed(i), place.depth));
                    i += 1;
                }
                (_, Some(place)) => {
                    steps.push((Step::Added(j), place.depth));
                    j += 1;
                }
                _ if i >= m || j >= n => break,
                _ => {
                    let (at, depth) = ((i, j), new.depth(j));
                    let step = if old.hash(i) == new.hash(j) {
                        (i, j) = (old.end(i), new.end(j));
                        Step::Equal(at.0, at.1)
                    } else {
                        (i, j) = (i + 1, j + 1);
                        if old.content(at.0) == new.content(at.1) {
                            Step::Same(at.0, at.1)
                        } else {
                            Step::Changed(at.0, at.1)
                        }
                    };
                    steps.push((step, depth));
                }
            }
        }
        Self { steps }
    }

    /// Every step, with its depth.
    pub(super) fn steps(&self) -> &[(Step, usize)] {
        &self.steps
    }

    /// What changed with a little of what did not around it, with depths. Nothing where nothing changed.
    ///
    /// Below a call that changed by itself, nothing is shown.
    pub(super) fn excerpt(&self) -> Vec<(Line, usize)> {
        let is_equal = |step: &Step| matches!(step, Step::Equal(..));
        let mut lines = Vec::new();
        if self.steps.iter().all(|(step, _)| is_equal(step)) {
            return lines;
        }
        let runs = self.steps.chunk_by(|(a, x), (b, y)| is_equal(a) && is_equal(b) && x == y);
        let mut above: Option<usize> = None;
        let mut rest = self.steps.as_slice();
        for run in runs {
            rest = &rest[run.len()..];
            let (first, depth) = run[0];
            let above = above.replace(depth);
            // Nothing stands before the first of siblings, and nothing after the last.
            let before = if above.is_some_and(|above| above >= depth) { CONTEXT } else { 0 };
            let after = if rest.first().is_some_and(|(_, next)| *next >= depth) { CONTEXT } else { 0 };
            let is_whole_group = before + after == 0;
            if is_equal(&first) && is_whole_group && matches!(lines.last(), Some((Line::Step(Step::Changed(..)), _))) {
                continue;
            }
            let skipped = run.len().saturating_sub(before + after);
            let step = |&(step, depth): &(Step, usize)| (Line::Step(step), depth);
            if skipped > 1
                && is_equal(&first)
                && let (Step::Equal(_, new), _) = run[before]
            {
                lines.extend(run[..before].iter().map(step));
                lines.push((Line::Skipped(skipped, new), depth));
                lines.extend(run[before + skipped..].iter().map(step));
            } else {
                lines.extend(run.iter().map(step));
            }
        }
        lines
    }
}

/// By node: its place, if it has no counterpart. `stays` gives the depth of the counterpart in the merged forest.
fn places(forest: &Forest, stays: impl Fn(u32) -> Option<usize>) -> Vec<Place> {
    let mut places: Vec<Place> = Vec::with_capacity(forest.len());
    let mut above: Vec<u32> = Vec::new();
    for node in 0..forest.len() as u32 {
        above.truncate(forest.depth(node));
        places.push(match above.last() {
            None => Place { depth: 0, anchor: 0 },
            Some(&caller) => match stays(caller) {
                Some(depth) => Place { depth: depth + 1, anchor: depth + 1 },
                None => Place { depth: places[caller as usize].depth + 1, ..places[caller as usize] },
            },
        });
        above.push(node);
    }
    places
}

#[cfg(test)]
mod tests {
    use super::super::align::align;
    use super::super::forest::testing::forest;
    use super::*;

    /// A line for each step: its mark, its depth and the letter.
    fn merged(old: &str, new: &str) -> String {
        let letters = |text: &str| text.chars().filter(|c| !matches!(c, '(' | ')')).collect::<Vec<_>>();
        let (old_letters, new_letters) = (letters(old), letters(new));
        let (old, new) = (forest(old), forest(new));
        let alignment = align(&old, &new);
        let lines = Merged::new(&old, &new, &alignment).excerpt();
        let line = |(line, depth): (Line, usize)| {
            let text = match line {
                Line::Step(Step::Equal(_, at)) => format!("= {}", new_letters[at as usize]),
                Line::Step(Step::Same(_, at)) => format!("  {}", new_letters[at as usize]),
                Line::Step(Step::Changed(from, to)) => {
                    format!("~ {}{}", old_letters[from as usize], new_letters[to as usize])
                }
                Line::Step(Step::Removed(at)) => format!("- {}", old_letters[at as usize]),
                Line::Step(Step::Added(at)) => format!("+ {}", new_letters[at as usize]),
                Line::Skipped(count, first) => format!("… {count} from {}", new_letters[first as usize]),
            };
            format!("{text:>width$}\n", width = text.chars().count() + 2 * depth)
        };
        lines.into_iter().map(line).collect()
    }

    #[test]
    fn equal_forests_have_no_lines() {
        assert_eq!(merged("a(bc)", "a(bc)"), "");
        assert_eq!(merged("", ""), "");
    }

    #[test]
    fn what_is_new_deeper_down_comes_before_what_is_gone_further_up() {
        insta::assert_snapshot!(merged("r(axb)", "r(a(y)b)"), @r"
          r
            a
            + y
          - x
          = b
        ");
    }

    #[test]
    fn what_is_gone_stands_below_the_caller_that_stayed() {
        insta::assert_snapshot!(merged("r(w(abc))", "r(abc)"), @r"
          r
          - w
          = a
          … 2 from b
        ");
        insta::assert_snapshot!(merged("a(bx(yz)c)", "w(a(bc))"), @r"
        + w
            a
            = b
            - x
              - y
              - z
            = c
        ");
    }

    #[test]
    fn of_equal_siblings_those_beside_a_change_are_shown() {
        insta::assert_snapshot!(merged("r(abcdefgh)", "r(abcdEfgh)"), @r"
          r
          … 3 from a
          = d
          ~ eE
          = f
          … 2 from g
        ");
    }
}
