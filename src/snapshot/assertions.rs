//! Assertions over a call tree that need no snapshot: which calls there are, in which order, at what cost.
//!
//! None of them passes over a tree that misses calls: «never called» would be said of calls that were merely lost.

use std::fmt;
use std::time::Duration;

use super::assertion_error::AssertionError;
use super::calls::{Calls, is_running, no_readings, unfinished};
use super::{excerpt, names, sequence};
use crate::tree::{Call, CallTree, Item, Level, Memory, TraceStats};

/// Calls named when a budget of all is exceeded.
const MOST_SHOWN: usize = 8;

/// Assertions over one tree. `Trace` has the same methods; this is for a tree that was read from elsewhere.
///
/// A *name* is that of a span (`charge`), or that after the end of its module path (`payment::charge`). Every
/// `assert_…` panics with what was found and where it stands in the tree; its twin `try_assert_…` returns that as an
/// [`AssertionError`]. All of them fail for a tree that [misses calls](TraceStats::is_complete).
///
/// ```
/// # use tracesnap::Assertions;
/// # let (tree, stats) = Default::default();
/// Assertions::new(&tree, &stats).assert_not_called("refund");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Assertions<'t> {
    tree: &'t CallTree,
    stats: &'t TraceStats,
}

impl<'t> Assertions<'t> {
    /// Assertions over this tree. The counts say whether it misses something.
    #[must_use]
    pub fn new(tree: &'t CallTree, stats: &'t TraceStats) -> Self {
        Self { tree, stats }
    }

    /// The calls of this name, to be looked at or counted.
    pub fn calls(&self, name: &str) -> Calls<'t> {
        Calls::new(self.tree, self.stats, name)
    }

    /// Asserts that there is a call of this name.
    ///
    /// # Panics
    ///
    /// If there is none, or the tree misses calls.
    #[track_caller]
    pub fn assert_called(&self, name: &str) {
        AssertionError::raise(self.try_assert_called(name));
    }

    /// As [`assert_called`](Self::assert_called).
    ///
    /// # Errors
    ///
    /// If there is no such call, or the tree misses calls.
    pub fn try_assert_called(&self, name: &str) -> Result<(), AssertionError> {
        self.calls(name).some()
    }

    /// Asserts that there is no call of this name.
    ///
    /// It speaks of this tree. A call on a thread that was not [adopted](crate::Adopter) is in nobody's, and is not
    /// held against it: it may be that of another test.
    ///
    /// # Panics
    ///
    /// If there is one, or the tree misses calls.
    #[track_caller]
    pub fn assert_not_called(&self, name: &str) {
        AssertionError::raise(self.try_assert_not_called(name));
    }

    /// As [`assert_not_called`](Self::assert_not_called).
    ///
    /// # Errors
    ///
    /// If there is such a call, or the tree misses calls.
    pub fn try_assert_not_called(&self, name: &str) -> Result<(), AssertionError> {
        self.calls(name).try_assert_times(0)
    }

    /// Asserts that there are calls of these names, each of which began after the one before.
    ///
    /// Other calls may stand between them. A name given twice needs two calls.
    ///
    /// A call begins after its callers, and after all that is below an earlier sibling of it or of its callers. Siblings
    /// that began on different threads have no order, and neither have the calls below them: which began first is
    /// chance, and this assertion does not pass by chance. What a call left running on another thread counts as part of
    /// that call.
    ///
    /// # Panics
    ///
    /// If there are no such calls in this order, or the tree misses calls.
    #[track_caller]
    pub fn assert_order<I>(&self, names: I)
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        AssertionError::raise(self.try_assert_order(names));
    }

    /// As [`assert_order`](Self::assert_order).
    ///
    /// # Errors
    ///
    /// If there are no such calls in this order, or the tree misses calls.
    pub fn try_assert_order<I>(&self, names: I) -> Result<(), AssertionError>
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        AssertionError::refuse_incomplete(self.stats)?;
        let names: Vec<String> = names.into_iter().map(|name| name.as_ref().into()).collect();
        for name in &names {
            self.try_assert_called(name)?;
        }
        let meant: Vec<_> = names.iter().map(|name| names::meant(self.tree, name)).collect();
        let found = sequence::longest_prefix(self.tree, &meant);
        let Some(missing) = names.get(found) else { return Ok(()) };
        let any = |call: &Call<'_>| meant.iter().any(|sites| sites[call.callsite_index()]);
        Err(AssertionError::new(format!(
            "expected the order {}, found no `{missing}` after {}; in the order of the trace (∥: on several threads):\n{}",
            names.join(" → "),
            names[..found].join(" → "),
            excerpt::list(self.tree, self.tree.calls().filter(any).map(Item::Call)),
        )))
    }

    /// Asserts that nothing failed: no call returned an error that was recorded (`#[instrument(err)]`), none was left
    /// by a panic, and there is no event of level `ERROR`.
    ///
    /// # Panics
    ///
    /// If something failed, or the tree misses calls.
    #[track_caller]
    pub fn assert_no_errors(&self) {
        AssertionError::raise(self.try_assert_no_errors());
    }

    /// As [`assert_no_errors`](Self::assert_no_errors).
    ///
    /// # Errors
    ///
    /// If something failed, or the tree misses calls.
    pub fn try_assert_no_errors(&self) -> Result<(), AssertionError> {
        AssertionError::refuse_incomplete(self.stats)?;
        let failed = |item: &Item<'_>| match item {
            Item::Call(call) => call.error().is_some() || call.panicked(),
            Item::Event(event) => event.level() == Level::Error,
        };
        let failures = || self.tree.walk().map(|(_, item)| item).filter(failed);
        match failures().count() {
            0 => Ok(()),
            count => {
                let list = excerpt::list(self.tree, failures());
                Err(AssertionError::new(format!("expected no errors, panics and ERROR events, found {count}:\n{list}")))
            }
        }
    }

    /// Asserts that all calls together made at most so many allocations. For the calls of one name,
    /// `calls(name).assert_max_allocations(n)`.
    ///
    /// # Panics
    ///
    /// If they made more, there are no memory readings, or the tree misses calls.
    #[track_caller]
    pub fn assert_max_allocations(&self, max: u64) {
        AssertionError::raise(self.try_assert_max_allocations(max));
    }

    /// As [`assert_max_allocations`](Self::assert_max_allocations).
    ///
    /// # Errors
    ///
    /// If they made more, there are no memory readings, or the tree misses calls.
    pub fn try_assert_max_allocations(&self, max: u64) -> Result<(), AssertionError> {
        self.budget("allocations", |memory| memory.allocations, |found| found <= max, format_args!("at most {max}"))
    }

    /// Asserts that all calls together allocated less than so many bytes, whether they freed them again or not.
    ///
    /// # Panics
    ///
    /// If they allocated as much or more, there are no memory readings, or the tree misses calls.
    #[track_caller]
    pub fn assert_allocated_under(&self, bytes: u64) {
        AssertionError::raise(self.try_assert_allocated_under(bytes));
    }

    /// As [`assert_allocated_under`](Self::assert_allocated_under).
    ///
    /// # Errors
    ///
    /// If they allocated as much or more, there are no memory readings, or the tree misses calls.
    pub fn try_assert_allocated_under(&self, bytes: u64) -> Result<(), AssertionError> {
        let less = format_args!("less than {bytes}");
        self.budget("allocated bytes", |memory| memory.allocated, |found| found < bytes, less)
    }

    /// Asserts that there are calls of this name, and each had less self time than this. The same as
    /// `calls(name).assert_self_time_under(limit)`.
    ///
    /// # Panics
    ///
    /// If one had as much or more, there is none, times were off, or the tree misses calls.
    #[track_caller]
    pub fn assert_self_time_under(&self, name: &str, limit: Duration) {
        AssertionError::raise(self.try_assert_self_time_under(name, limit));
    }

    /// As [`assert_self_time_under`](Self::assert_self_time_under).
    ///
    /// # Errors
    ///
    /// If one had as much or more, there is none, times were off, or the tree misses calls.
    pub fn try_assert_self_time_under(&self, name: &str, limit: Duration) -> Result<(), AssertionError> {
        self.calls(name).try_assert_self_time_under(limit)
    }

    /// Adds up what every call did by itself, so that nothing counts twice, and names those that did most.
    fn budget(
        &self,
        what: &str,
        part: fn(Memory) -> u64,
        fits: impl FnOnce(u64) -> bool,
        expected: fmt::Arguments<'_>,
    ) -> Result<(), AssertionError> {
        AssertionError::refuse_incomplete(self.stats)?;
        let own = || self.tree.calls().filter_map(|call| Some((part(call.memory_exclusive()?), call)));
        if !self.tree.counts_allocations || own().next().is_none() {
            return Err(no_readings());
        }
        if let Some(call) = self.tree.calls().find(is_running) {
            return Err(unfinished(call, what));
        }
        let found = own().map(|(own, _)| own).sum();
        if fits(found) {
            return Ok(());
        }
        let mut most: Vec<_> = own().filter(|(own, _)| *own > 0).collect();
        most.sort_by_key(|(own, _)| std::cmp::Reverse(*own));
        most.truncate(MOST_SHOWN);
        let lines: Vec<_> = most
            .into_iter()
            .map(|(own, call)| format!("{own:>10}  {}", excerpt::list(self.tree, [Item::Call(call)])))
            .collect();
        Err(AssertionError::new(format!(
            "expected {expected} {what} in all calls together, found {found}; most of them in:\n{}",
            lines.join("\n")
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::testing::{Forest, Given, shop};
    use crate::tree::flag;
    use crate::tree::testing::tree;
    use insta::assert_snapshot;

    static COMPLETE: std::sync::LazyLock<TraceStats> = std::sync::LazyLock::new(TraceStats::default);

    fn over(tree: &CallTree) -> Assertions<'_> {
        Assertions::new(tree, &COMPLETE)
    }

    fn refused(result: Result<(), AssertionError>) -> String {
        result.expect_err("the assertion fails").to_string()
    }

    #[test]
    fn what_was_called_is_told_from_what_was_not() {
        let shop = shop();
        over(&shop).assert_called("charge");
        over(&shop).assert_called("order::charge");
        over(&shop).assert_not_called("refund");
        over(&shop).calls("notify").assert_times(3);
        // An event is no call, even where its callsite has the name.
        over(&shop).assert_not_called("event");
    }

    #[test]
    fn a_call_that_is_missing_may_have_been_made_where_no_recording_looked() {
        let unattributed_at = vec![("shop::recharge".to_owned(), 5), ("shop::charge".to_owned(), 2)];
        let stats = TraceStats { unattributed: 7, unattributed_at, ..TraceStats::default() };
        let tree = tree("a");
        assert_snapshot!(refused(Assertions::new(&tree, &stats).try_assert_called("charge")), @"
        expected a call of `charge`, found none; the trace begins with:
        a
        2 of that name began on threads that no recording has; `guard.adopter()` brings a thread into it, `.process_wide(..)` all of them
        ");
    }

    #[test]
    fn a_call_that_is_missing_is_reported_with_near_names_and_the_tree() {
        assert_snapshot!(refused(over(&shop()).try_assert_called("chrage")), @"
        expected a call of `chrage`, found none; did you mean `charge`? the trace begins with:
        process_order(customer_id: 7, items: 2) → Ok(Receipt { id: 1 })
        ├• INFO cart priced (items: 3)
        ├─ check_availability(items: 2) → true
        ├─ charge(amount: 30.0, payment_token: [redacted]) ✗ CardDeclined
        └─ notify(customer_id: 7) ×3
        ");
        assert_snapshot!(refused(over(&tree("a")).try_assert_called("zebra")), @"
        expected a call of `zebra`, found none; the trace begins with:
        a
        ");
        assert_snapshot!(refused(over(&CallTree::default()).try_assert_called("charge")), @"expected a call of `charge`, found none; the trace has no calls at all: is their module among those recorded?");
    }

    #[test]
    fn a_call_too_many_is_reported_with_its_arguments_and_callers() {
        assert_snapshot!(refused(over(&shop()).try_assert_not_called("notify")), @"
        expected 0 calls of `notify`, found 3:
        process_order > notify(customer_id: 7)
        process_order > notify(customer_id: 7)
        process_order > notify(customer_id: 7)
        ");
        assert_snapshot!(refused(over(&shop()).calls("charge").try_assert_times(2)), @"
        expected 2 calls of `charge`, found 1:
        process_order > charge(amount: 30.0, payment_token: [redacted]) ✗ CardDeclined
        ");
    }

    #[test]
    fn calls_are_narrowed_down_by_argument_and_caller() {
        let shop = shop();
        let trace = over(&shop);
        trace.calls("notify").with_arg("customer_id", 7).under("process_order").assert_times(3);
        trace.calls("notify").with_arg("customer_id", 8).assert_times(0);
        trace.calls("process_order").under("process_order").assert_times(0);
        assert!(trace.calls("notify").under("charge").is_empty());
        assert_eq!(trace.calls("charge").iter().filter_map(|call| call.error()).count(), 1);
        assert_snapshot!(refused(trace.calls("notify").with_arg("customer_id", 8).try_assert_times(1)), @"
        expected 1 call of `notify` with `customer_id: 8`, found 0; those of that name:
        process_order > notify(customer_id: 7)
        process_order > notify(customer_id: 7)
        process_order > notify(customer_id: 7)
        ");
    }

    #[test]
    fn a_value_that_cannot_be_compared_is_neither_equal_nor_another_one() {
        let shop = shop();
        let charged = |token: &str| over(&shop).calls("charge").with_arg("payment_token", token).try_assert_times(0);
        let refusal = refused(charged("tok_visa"));
        assert!(!refusal.contains("visa"), "a secret of the test's is as secret");
        assert_snapshot!(refusal, @"the argument `payment_token` of a call of `charge` was kept out, all of it or a part, and nobody can tell what it was; ask for `[redacted]`, or let it be written with `.redact(..)`");
        over(&shop).calls("charge").with_arg("payment_token", "[redacted]").assert_times(1);

        let mut forest = Forest::new();
        let text = |text: &str| [("id", Given::Text(text.into()))];
        forest.call(None, "open", &text("pg://ada:[redacted]@db/shop"));
        let tree = forest.finish();
        let opened = |id: &str| over(&tree).calls("open").with_arg("id", id).try_assert_times(0);
        assert!(
            refused(opened("pg://ada:hunter2@db/shop")).starts_with("the argument `id` of a call of `open` was kept")
        );
        opened("pg://ada:hunter2@db/till").expect("whatever the password is, this is another one");
        opened("sqlite://").expect("this is another one");
    }

    #[test]
    fn an_argument_that_no_call_has_is_a_slip_and_not_an_empty_result() {
        let shop = shop();
        let calls = over(&shop).calls("charge").with_arg("ammount", 30.0);
        assert_snapshot!(refused(calls.try_assert_times(0)), @"no call of `charge` has an argument `ammount`; it has `amount`, `payment_token`");
    }

    #[test]
    fn under_a_caller_means_at_any_depth_and_recursion_counts_once() {
        let tree = tree("a(b(c) a(c)) c");
        over(&tree).calls("c").under("a").assert_times(2);
        over(&tree).calls("a").under("a").assert_times(1);
        over(&tree).calls("c").under("b").assert_times(1);
    }

    #[test]
    fn an_order_that_was_not_kept_is_reported_with_the_one_that_was() {
        let tree = tree("load(parse) check save");
        over(&tree).assert_order(["load", "parse", "save"]);
        over(&tree).assert_order(Vec::<String>::new());
        assert_snapshot!(refused(over(&tree).try_assert_order(["load", "save", "check"])), @"
        expected the order load → save → check, found no `check` after load → save; in the order of the trace (∥: on several threads):
        load
        check
        save
        ");
        assert_snapshot!(refused(over(&tree).try_assert_order(["load", "sav"])), @"
        expected a call of `sav`, found none; did you mean `save`? the trace begins with:
        load
        └─ parse
        check
        save
        ");
    }

    #[test]
    fn errors_panics_and_error_events_are_errors() {
        let mut forest = Forest::new();
        let serve = forest.call(None, "serve", &[]);
        let pay = forest.call(Some(serve), "pay", &[("id", Given::U64(7))]);
        forest.error(pay, "Declined");
        let audit = forest.call(Some(serve), "audit", &[]);
        forest.mark(audit, flag::PANICKED);
        forest.event(Some(serve), Level::Error, &[("message", Given::Text("giving up".into()))]);
        forest.event(Some(serve), Level::Warn, &[]);
        assert_snapshot!(refused(over(&forest.finish()).try_assert_no_errors()), @"
        expected no errors, panics and ERROR events, found 3:
        serve > pay(id: 7) ✗ Declined
        serve > audit ✗ panicked
        serve • ERROR giving up
        ");
        over(&tree("a")).assert_no_errors();
    }

    /// `serve(parse encode)` with 10 allocations, 7 and 1 of which below it.
    fn allocating() -> CallTree {
        let mut forest = Forest::new();
        let serve = forest.call(None, "serve", &[]);
        forest.memory(serve, 1_000, 10);
        for (name, bytes, allocations) in [("parse", 700, 7), ("encode", 100, 1)] {
            let call = forest.call(Some(serve), name, &[]);
            forest.memory(call, bytes, allocations);
        }
        forest.finish()
    }

    #[test]
    fn allocations_are_counted_once_for_all_and_with_children_for_each() {
        let tree = allocating();
        over(&tree).assert_max_allocations(10);
        over(&tree).assert_allocated_under(1_001);
        over(&tree).calls("parse").assert_max_allocations(7);
        over(&tree).calls("serve").assert_max_allocations(10);
        assert_snapshot!(refused(over(&tree).try_assert_max_allocations(9)), @"
        expected at most 9 allocations in all calls together, found 10; most of them in:
                 7  serve > parse
                 2  serve
                 1  serve > encode
        ");
        assert_snapshot!(refused(over(&tree).try_assert_allocated_under(1_000)), @"
        expected less than 1000 allocated bytes in all calls together, found 1000; most of them in:
               700  serve > parse
               200  serve
               100  serve > encode
        ");
        assert_snapshot!(refused(over(&tree).calls("parse").try_assert_max_allocations(6)), @"
        expected at most 6 allocations in every call of `parse`, found 7:
        serve > parse
        ");
    }

    #[test]
    fn a_budget_needs_calls_and_readings() {
        assert_snapshot!(refused(over(&tree("a")).try_assert_max_allocations(9)), @"this recording has no memory readings, so nothing can be said of allocations; start the tracer with `.memory(MemoryReadings::Allocations)`");
        assert!(over(&tree("a")).calls("a").try_assert_max_allocations(9).is_err());
        assert!(over(&tree("a")).try_assert_self_time_under("b", Duration::MAX).is_err());
    }

    #[test]
    fn a_budget_says_nothing_of_a_call_that_is_still_open() {
        let mut forest = Forest::new();
        let serve = forest.call(None, "serve", &[]);
        let parse = forest.call(Some(serve), "parse", &[]);
        forest.memory(parse, 700, 7);
        forest.mark(serve, flag::OPEN);
        let tree = forest.finish();
        let trace = over(&tree);
        trace.calls("parse").assert_max_allocations(7);
        assert_snapshot!(refused(trace.try_assert_self_time_under("serve", Duration::MAX)), @"
        this call is still open, so nothing can be said of its self time; finish the guard after it was left:
        serve …open
        ");
        assert!(trace.calls("serve").try_assert_max_allocations(99).is_err());
        assert!(trace.try_assert_max_allocations(99).is_err());
        assert!(trace.try_assert_allocated_under(9_999).is_err());
    }

    #[test]
    fn self_time_leaves_children_out() {
        let tree = tree("a(b(c))");
        over(&tree).assert_self_time_under("a", Duration::from_nanos(11));
        assert_snapshot!(refused(over(&tree).try_assert_self_time_under("b", Duration::from_nanos(10))), @"
        expected a self time under 10ns in every call of `b`, found 10ns:
        a > b
        ");
    }

    #[test]
    fn no_assertion_passes_over_a_tree_that_misses_calls() {
        let tree = allocating();
        for stats in [
            TraceStats { lost: 1, ..TraceStats::default() },
            TraceStats { lost_bytes: 1, ..TraceStats::default() },
            TraceStats { sampled_out: 1, ..TraceStats::default() },
            TraceStats { nested_open: 1, ..TraceStats::default() },
            TraceStats { nested_refused: vec!["shop::db::query".into()], ..TraceStats::default() },
            TraceStats { nested_too_deep: 1, ..TraceStats::default() },
        ] {
            let lossy = Assertions::new(&tree, &stats);
            let limit = Duration::MAX;
            for result in [
                lossy.try_assert_called("serve"),
                lossy.try_assert_not_called("refund"),
                lossy.try_assert_order(["serve"]),
                lossy.try_assert_order([""; 0]),
                lossy.try_assert_no_errors(),
                lossy.try_assert_max_allocations(99),
                lossy.try_assert_allocated_under(9_999),
                lossy.try_assert_self_time_under("serve", limit),
                lossy.calls("refund").try_assert_times(0),
                lossy.calls("serve").try_assert_max_allocations(99),
                lossy.calls("serve").try_assert_self_time_under(limit),
            ] {
                assert!(refused(result).starts_with("this trace is incomplete (1 "), "{stats:?}");
            }
        }
        let sampled = TraceStats { sampled_out: 4, ..TraceStats::default() };
        assert_snapshot!(refused(Assertions::new(&tree, &sampled).try_assert_called("serve")), @"this trace is incomplete (4 calls sampled out), so nothing can be asserted of the calls in it; record every call with `.sampling(Sampling::always())`");
        let nested_refused = ["shop::cart::price", "shop::db::query"].map(String::from).into();
        let narrowed = TraceStats { nested_refused, nested_too_deep: 3, ..TraceStats::default() };
        assert_snapshot!(refused(Assertions::new(&tree, &narrowed).try_assert_called("serve")), @"this trace is incomplete (3 calls too deep for an inner guard, 2 callsites left out by the filter of an inner guard: `shop::cart::price`, `shop::db::query`), so nothing can be asserted of the calls in it; let the inner guard want all that this one wants, or start it outside of this one");
    }

    #[test]
    #[should_panic(expected = "expected a call of `b`, found none")]
    fn a_failed_assertion_panics_with_the_same_message() {
        over(&tree("a")).assert_called("b");
    }
}
