//! Whether calls were left in the order they were entered: the check of a recording against itself.
//!
//! It finds programs that hold a span's guard where they should not, and would find a recorder that mixes things up.

use std::fmt;

use serde::Serialize;

use super::inside::{only_stay, stay_around, stay_begun_in, stays};
use super::serial::call_number;
use super::{CallId, CallTree, Node, Stay, flag};

/// How many calls returned, are open, or were left in the wrong order.
///
/// On one thread, calls are entered and left like brackets: a call that was entered while its caller was is left
/// before its caller is. That does not hold for a call and its caller on different threads, nor for a task that runs
/// after its caller, so those are not looked at; neither are open calls. Without times only the counts are known.
///
/// ```
/// use tracesnap::tree::{Balance, CallTree};
///
/// assert!(Balance::of(&CallTree::default()).is_balanced());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Balance {
    /// Number of calls.
    pub calls: u64,
    /// How many of them returned.
    pub returned: u64,
    /// How many had been entered and had not returned when the recording was taken.
    pub open: u64,
    /// How many were made and never entered.
    pub never_entered: u64,
    /// How many were left in the wrong order.
    pub unbalanced: u64,
    /// The first of those, parents before children; [`MAX_LISTED`](Self::MAX_LISTED) at the most.
    pub listed: Vec<Unbalanced>,
}

/// A call that was left in the wrong order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Unbalanced {
    /// The call, for [`CallTree::get`].
    #[serde(serialize_with = "call_number")]
    pub call: CallId,
    /// Its module.
    pub module: Box<str>,
    /// Its name.
    pub name: Box<str>,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What is wrong with an [`Unbalanced`] call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Fault {
    /// Entered while its caller was, and left after it. A guard that `Span::enter` gave was held across an `.await`,
    /// or two guards were dropped in the order they were made.
    LeftAfterCaller,
    /// Entered before its caller and left while that was still entered.
    EnteredBeforeCaller,
    /// Left before it was entered: the clock of the recording went backwards.
    LeftBeforeEntered,
}

impl Balance {
    /// How many unbalanced calls are listed.
    pub const MAX_LISTED: usize = 100;

    /// Checks every call of a tree.
    #[must_use]
    pub fn of(tree: &CallTree) -> Self {
        let mut balance = Self::default();
        for call in tree.calls() {
            let node = &tree.nodes[call.id().index()];
            balance.calls += 1;
            match (call.is_entered(), call.is_open()) {
                (false, _) => balance.never_entered += 1,
                (true, true) => balance.open += 1,
                (true, false) => balance.returned += 1,
            }
            let Some(fault) = fault(tree, node) else { continue };
            balance.unbalanced += 1;
            if balance.listed.len() < Self::MAX_LISTED {
                let (module, name) = (call.module().into(), call.name().into());
                balance.listed.push(Unbalanced { call: call.id(), module, name, fault });
            }
        }
        balance
    }

    /// Whether no call was left in the wrong order. Open calls are no fault.
    #[must_use]
    pub fn is_balanced(&self) -> bool {
        self.unbalanced == 0
    }
}

fn fault(tree: &CallTree, node: &Node) -> Option<Fault> {
    if !tree.timed || node.flags & (flag::ENTERED | flag::OPEN) != flag::ENTERED {
        return None;
    }
    let caller = tree.nodes.get(node.parent as usize);
    let only = only_stay(tree, node);
    let stays = only.as_ref().map_or_else(|| stays(tree, node), std::slice::from_ref);
    stays.iter().find_map(|stay| {
        if stay.end < stay.start {
            return Some(Fault::LeftBeforeEntered);
        }
        let crossed = |outer: Stay| outer.end < stay.end && stay.start < outer.end;
        if stay_around(tree, caller?, stay).is_some_and(crossed) {
            return Some(Fault::LeftAfterCaller);
        }
        // What begins at the very moment of its caller is inside it.
        let crossed = |outer: Stay| outer.start < stay.end && stay.end < outer.end;
        stay_begun_in(tree, caller?, stay).is_some_and(crossed).then_some(Fault::EnteredBeforeCaller)
    })
}

/// One line of counts, and one for each listed call.
impl fmt::Display for Balance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} calls: {} returned, {} open", self.calls, self.returned, self.open)?;
        writeln!(f, ", {} never entered, {} unbalanced", self.never_entered, self.unbalanced)?;
        for Unbalanced { module, name, fault, .. } in &self.listed {
            writeln!(f, "  {module}::{name} was {fault}")?;
        }
        match self.unbalanced - self.listed.len() as u64 {
            0 => Ok(()),
            more => writeln!(f, "  … and {more} more"),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::LeftAfterCaller => "left after its caller",
            Self::EnteredBeforeCaller => "entered before its caller",
            Self::LeftBeforeEntered => "left before it was entered",
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tree::timeline::{chain, jumble, program, timeline};

    fn faults(text: &str) -> Vec<(String, Fault)> {
        let balance = Balance::of(&timeline(text));
        balance.listed.into_iter().map(|unbalanced| (unbalanced.name.into(), unbalanced.fault)).collect()
    }

    #[test]
    fn calls_are_counted_by_how_they_ended() {
        let balance = Balance::of(&timeline("a 0-100\n b 10-\n c\n d 20-30"));
        assert_eq!((balance.calls, balance.returned, balance.open, balance.never_entered), (4, 2, 1, 1));
        assert!(balance.is_balanced());
        assert_eq!(balance.to_string(), "4 calls: 2 returned, 1 open, 1 never entered, 0 unbalanced\n");
    }

    #[test]
    fn a_call_left_after_its_caller_on_the_same_thread_is_reported() {
        assert_eq!(faults("a 0-100\n b 10-110"), [("b".into(), Fault::LeftAfterCaller)]);
        assert_eq!(faults("a 0-10 50-60\n b 20-30 55-65"), [("b".into(), Fault::LeftAfterCaller)]);
    }

    #[test]
    fn a_call_entered_before_its_caller_and_left_in_it_is_reported() {
        assert_eq!(faults("a 10-100\n b 5-50"), [("b".into(), Fault::EnteredBeforeCaller)]);
        assert_eq!(faults("a 0-1 10-100\n b 5-50"), [("b".into(), Fault::EnteredBeforeCaller)]);
    }

    #[test]
    fn a_clock_that_went_backwards_is_reported() {
        assert_eq!(faults("a 10-5"), [("a".into(), Fault::LeftBeforeEntered)]);
    }

    #[test]
    fn tasks_beside_or_after_their_caller_are_no_fault() {
        assert!(faults("a 0-100\n b 10-150@1\n c 100-120\n d 200-300\n e 5-20@1 90-100").is_empty());
    }

    #[test]
    fn equal_stamps_are_no_fault() {
        assert!(faults("a 5-5\n b 5-5\nc 10-20\n d 10-20\n  e 10-10\n  f 20-20\n g 20-30").is_empty());
    }

    #[test]
    fn the_list_is_bounded_and_the_count_is_not() {
        let mut text = String::from("a 0-100\n");
        text.extend((0..150).map(|at| format!(" b {}-200\n", at % 50)));
        let balance = Balance::of(&timeline(&text));
        assert_eq!((balance.unbalanced, balance.listed.len()), (150, Balance::MAX_LISTED));
        assert!(balance.to_string().ends_with("  shop::b was left after its caller\n  … and 50 more\n"));
    }

    #[test]
    fn without_times_nothing_is_compared() {
        let mut tree = timeline("a 0-100\n b 10-110");
        tree.timed = false;
        assert!(Balance::of(&tree).is_balanced());
    }

    #[test]
    fn a_hundred_thousand_calls_deep_is_not_too_deep() {
        assert_eq!(Balance::of(&chain(100_000)).returned, 100_000);
    }

    proptest! {
        #[test]
        fn a_program_is_balanced(steps in prop::collection::vec((prop::option::of(0..8_u8), 0..9_u8), 0..200)) {
            prop_assert!(Balance::of(&program(steps)).is_balanced());
        }

        #[test]
        fn faults_are_the_crossings_found_by_hand(
            calls in prop::collection::vec((0..20_u8, 0..60_u16, prop::option::weighted(0.9, 0..40_u16), 0..3_u8), 0..40)
        ) {
            let tree = jumble(&calls);
            let by_hand = tree.calls().filter(|call| {
                let Some(caller) = call.parent().filter(|caller| caller.thread_index() == call.thread_index()) else {
                    return false;
                };
                let (Some(from), Some(to)) = (call.first_enter(), call.last_exit()) else { return false };
                let (Some(start), end) = (caller.first_enter(), caller.last_exit()) else { return false };
                let runs_on = |time| end.is_none_or(|end| time < end);
                let left_after = start <= from && runs_on(from) && !runs_on(to) && end != Some(to);
                left_after || (from < start && start < to && runs_on(to))
            });
            prop_assert_eq!(Balance::of(&tree).unbalanced, by_hand.count() as u64);
        }
    }
}
