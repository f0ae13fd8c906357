//! A call tree made stable: what users assert, print and serialise.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::options::{Detail, Form, Options, Sort};
use super::row::Row;
use super::rows::{self, Rows};
use super::text;
use crate::tree::{CallTree, Loss, TraceStats};

/// A call tree in a form that is equal from run to run: for `insta`, for a terminal, for a file.
///
/// Without times, ids, threads, addresses and line numbers; siblings in program order where they have one and in a
/// canonical one where they ran on several threads; equal neighbours folded as `×N`. Nothing is measured in it unless
/// [`with_measures`](Self::with_measures) asks for that.
///
/// [`Display`](fmt::Display) writes the text, a line a call. Control characters in values are escaped, so it stays a
/// line; branches are drawn down to level 40, below which a line says its level (`⋯41`):
///
/// ```text
/// process_order(customer_id: 7, items: 2) → Ok(Receipt { id: 1 })
/// ├• INFO cart priced (items: 3)
/// ├─ check_availability(items: 2) → true
/// ├─ charge(amount: 30.0, payment_token: [redacted]) ✗ CardDeclined
/// └─ notify(customer_id: 7) ×3
/// ```
///
/// `├┄` instead of `├─` marks siblings that began on several threads. `✗ panicked`, `…open`, `[children lost]`,
/// `[caller lost]` and `[…]` (calls deeper than [`max_depth`](Self::max_depth)) stand at the end of a line. A trace that
/// misses calls says so on a first line, `[incomplete: 3 rows lost]`; one without calls is the line `(no calls)`.
///
/// [`Serialize`](serde::Serialize) writes `version: 1` and a list `calls` of rows with a `depth`, members that say
/// nothing left out. The list is flat so that a deep tree needs no deep recursion to write or read:
///
/// ```yaml
/// version: 1
/// calls:
///   - call: charge
///     args:
///       amount: "30.0"
///       customer_id: 7
///     error: CardDeclined
///   - depth: 1
///     event: WARN
///     message: card declined
/// ```
///
/// Reading that back ([`Deserialize`](serde::Deserialize), from a self-describing format such as JSON, YAML or RON)
/// gives an equal snapshot with the same text. It is finished then: the setters that choose what is shown leave it as
/// it is.
///
/// Both forms are made while they are written, in time linear in the calls (siblings without an order are sorted),
/// with 33 bytes a call beside the tree.
#[derive(Clone)]
#[must_use = "a snapshot does nothing until it is asserted, printed or serialised"]
pub struct TracedSnapshot {
    pub(super) source: Source,
    pub(super) options: Options,
    pub(super) loss: Loss,
    pub(super) loss_allowed: bool,
}

#[derive(Clone)]
pub(super) enum Source {
    Tree(Arc<CallTree>),
    /// Read back.
    Rows(Form, Arc<[Row<'static>]>),
}

impl TracedSnapshot {
    /// The version of the serde form that is written, and the newest that is read.
    pub const VERSION: u32 = 1;

    /// A snapshot of a tree. The counts say whether the tree misses something.
    pub fn new(tree: Arc<CallTree>, stats: &TraceStats) -> Self {
        Self { source: Source::Tree(tree), options: Options::default(), loss: stats.loss(), loss_allowed: false }
    }

    /// How much of each call is shown. Default: [`Detail::Standard`].
    pub fn detail(mut self, detail: Detail) -> Self {
        self.options.detail = detail;
        self
    }

    /// A line for each call with the names of up to eight callers (`process_order > charge(amount: 30.0)`, with `∥` for
    /// `>` before a call that is one of a concurrent group); in the serde form `under` in place of `depth`. Default: a
    /// tree.
    pub fn flat(mut self) -> Self {
        self.options.form = Form::Flat;
        self
    }

    /// A tree with its branches. This is the default.
    pub fn tree(mut self) -> Self {
        self.options.form = Form::Tree;
        self
    }

    /// Whether calls have their arguments. Default: as [`detail`](Self::detail) says.
    pub fn args(mut self, shown: bool) -> Self {
        self.options.args = Some(shown);
        self
    }

    /// Whether calls have what they returned, and their error. Default: as [`detail`](Self::detail) says.
    pub fn returns(mut self, shown: bool) -> Self {
        self.options.returns = Some(shown);
        self
    }

    /// Whether events are shown. Default: as [`detail`](Self::detail) says.
    pub fn events(mut self, shown: bool) -> Self {
        self.options.events = Some(shown);
        self
    }

    /// Whether calls have a duration: the placeholder `[duration]`, or the time itself
    /// [`with_measures`](Self::with_measures). Default: as [`detail`](Self::detail) says, and with measures.
    pub fn timing(mut self, shown: bool) -> Self {
        self.options.timing = Some(shown);
        self
    }

    /// Leaves out calls with more than this many callers: 0 shows the roots alone. A call that has deeper ones ends with
    /// `[…]`. Default: no limit.
    pub fn max_depth(mut self, callers: usize) -> Self {
        self.options.max_depth = Some(callers);
        self
    }

    /// Leaves out calls whose wall time is shorter, with their events. Calls below them that are long enough stand under
    /// the nearest call that is shown. Calls without a duration stay: open ones, and all where times were off.
    /// Default: zero.
    ///
    /// What is left depends on the clock: choose a limit that no run comes near.
    pub fn min_duration(mut self, min: Duration) -> Self {
        self.options.min_duration = min;
        self
    }

    /// In which order siblings stand. Default: [`Sort::Canonical`].
    pub fn sort(mut self, sort: Sort) -> Self {
        self.options.sort = sort;
        self
    }

    /// Whether equal neighbours, each with all that is below it, become one with `×N`. Default: `true`.
    pub fn fold(mut self, fold: bool) -> Self {
        self.options.fold = fold;
        self
    }

    /// Shows the times and memory readings themselves, in the text and in the serde form: for a person, or for a file,
    /// hardly for an assertion. **Unit:** nanoseconds (`wall_ns`, `busy_ns`) and bytes. Default: without.
    pub fn with_measures(mut self) -> Self {
        self.options.measures = true;
        self
    }

    /// Whether pointers, socket addresses, UUIDs and clock readings inside recorded text become `[pointer]`, `[addr]`,
    /// `[uuid]` and `[instant]`. Default: `true`.
    pub fn placeholders(mut self, replace: bool) -> Self {
        self.options.placeholders = replace;
        self
    }

    /// Lets a snapshot be asserted although its trace [misses calls](Self::is_complete). The first line still says what
    /// it misses. Default: the assertion fails.
    pub fn allow_loss(mut self) -> Self {
        self.loss_allowed = true;
        self
    }

    /// Whether the trace has all that happened: nothing lost for want of room, nothing sampled out.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.loss.is_none()
    }

    /// `Err` with what is missing and what to do, unless the snapshot is complete or [`allow_loss`](Self::allow_loss)
    /// was said.
    #[cfg_attr(not(any(test, feature = "insta")), expect(dead_code, reason = "only insta's macros ask"))]
    pub(super) fn refusal(&self) -> Result<(), String> {
        if self.loss_allowed || self.is_complete() {
            return Ok(());
        }
        Err(format!(
            "this trace is incomplete ({}), so its snapshot could match although a call is missing, or differ from run \
             to run; {}; or assert what there is with `trace.snapshot().allow_loss()`",
            self.loss,
            self.loss.remedies().collect::<Vec<_>>().join("; ")
        ))
    }

    pub(super) fn form(&self) -> Form {
        match self.source {
            Source::Tree(_) => self.options.form,
            Source::Rows(form, _) => form,
        }
    }

    /// Every row with whether it is the last of its siblings.
    pub(super) fn rows(&self) -> Box<dyn Iterator<Item = (Cow<'_, Row<'_>>, bool)> + '_> {
        match &self.source {
            Source::Tree(tree) => Box::new(Rows::new(tree, &self.options).map(|(row, last)| (Cow::Owned(row), last))),
            Source::Rows(_, rows) => Box::new(rows.iter().map(Cow::Borrowed).zip(rows::last_of_siblings(rows))),
        }
    }
}

impl fmt::Display for TracedSnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.is_complete() {
            writeln!(f, "[incomplete: {}]", self.loss)?;
        }
        text::write(f, self.form(), self.rows())
    }
}

/// The text: what a failed `assert_eq!` should show.
impl fmt::Debug for TracedSnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Equal when both show the same, whether read back or not. Whether loss is allowed does not matter.
impl PartialEq for TracedSnapshot {
    fn eq(&self, other: &Self) -> bool {
        self.form() == other.form()
            && self.loss == other.loss
            && self.rows().map(|(row, _)| row).eq(other.rows().map(|(row, _)| row))
    }
}

/// What a snapshot can be taken of: a trace, or a snapshot itself. `assert_trace_snapshot!` takes any of them.
pub trait ToSnapshot {
    /// The snapshot, with the defaults where nothing else was chosen.
    fn to_snapshot(&self) -> TracedSnapshot;
}

impl ToSnapshot for TracedSnapshot {
    fn to_snapshot(&self) -> TracedSnapshot {
        self.clone()
    }
}

impl<T: ToSnapshot + ?Sized> ToSnapshot for &T {
    fn to_snapshot(&self) -> TracedSnapshot {
        (**self).to_snapshot()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::testing::{Forest, Given, any_tree, chain, shop, snapshot};
    use crate::tree::testing::tree;
    use crate::tree::{Level, flag};
    use insta::assert_snapshot;
    use proptest::prelude::*;

    #[test]
    fn a_tree_shows_calls_with_arguments_results_errors_events_and_repetitions() {
        assert_snapshot!(snapshot(shop()), @"
        process_order(customer_id: 7, items: 2) → Ok(Receipt { id: 1 })
        ├• INFO cart priced (items: 3)
        ├─ check_availability(items: 2) → true
        ├─ charge(amount: 30.0, payment_token: [redacted]) ✗ CardDeclined
        └─ notify(customer_id: 7) ×3
        ");
    }

    #[test]
    fn the_flat_form_names_the_callers_of_each_call() {
        assert_snapshot!(snapshot(shop()).flat(), @"
        process_order(customer_id: 7, items: 2) → Ok(Receipt { id: 1 })
        process_order • INFO cart priced (items: 3)
        process_order > check_availability(items: 2) → true
        process_order > charge(amount: 30.0, payment_token: [redacted]) ✗ CardDeclined
        process_order > notify(customer_id: 7) ×3
        ");
    }

    #[test]
    fn minimal_detail_shows_names_alone() {
        assert_snapshot!(snapshot(shop()).detail(Detail::Minimal), @"
        process_order
        ├─ check_availability
        ├─ charge
        └─ notify ×3
        ");
    }

    #[test]
    fn verbose_detail_adds_places_and_placeholders_for_what_was_measured() {
        let mut forest = Forest::new();
        let order = forest.call(None, "order", &[]);
        forest.memory(order, 512, 3);
        forest.call(Some(order), "pay", &[("amount", Given::U64(1))]);
        let tree = forest.finish();
        assert_snapshot!(snapshot(tree).detail(Detail::Verbose), @"
        order · shop::order · [thread] · [duration] · [bytes]
        └─ pay(amount: 1) · shop::order · [thread] · [duration]
        ");
    }

    #[test]
    fn measures_are_shown_when_asked_for() {
        let mut forest = Forest::new();
        let order = forest.call(None, "order", &[]);
        forest.memory(order, 512, 3);
        forest.busy(order, 5);
        let tree = Arc::new(forest.finish());
        let measured = TracedSnapshot::new(Arc::clone(&tree), &TraceStats::default()).with_measures();
        assert_snapshot!(measured, @"order · 8ns (busy 5ns) · 1000 B in use · 512 B in 3 allocations");
        assert_snapshot!(measured.detail(Detail::Verbose), @"order · shop::order · main · 8ns (busy 5ns) · 1000 B in use · 512 B in 3 allocations");
        let untimed = TracedSnapshot::new(tree, &TraceStats::default()).with_measures().timing(false);
        assert_snapshot!(untimed, @"order · 1000 B in use · 512 B in 3 allocations");
    }

    #[test]
    fn a_setter_for_one_part_wins_over_the_detail() {
        assert_snapshot!(snapshot(shop()).args(false).events(false), @"
        process_order → Ok(Receipt { id: 1 })
        ├─ check_availability → true
        ├─ charge ✗ CardDeclined
        └─ notify ×3
        ");
        assert_snapshot!(snapshot(shop()).detail(Detail::Minimal).returns(true), @"
        process_order → Ok(Receipt { id: 1 })
        ├─ check_availability → true
        ├─ charge ✗ CardDeclined
        └─ notify ×3
        ");
        assert_snapshot!(snapshot(tree("a(b)")).timing(true), @"
        a · [duration]
        └─ b · [duration]
        ");
    }

    #[test]
    fn what_went_wrong_stands_at_the_end_of_the_line() {
        let mut forest = Forest::new();
        let marks = [flag::PANICKED, flag::OPEN, flag::TRUNCATED, flag::ORPHAN];
        for mark in marks {
            let call = forest.call(None, "work", &[]);
            forest.mark(call, mark);
        }
        assert_snapshot!(snapshot(forest.finish()), @"
        work ✗ panicked
        work …open
        work [children lost]
        work [caller lost]
        ");
    }

    #[test]
    fn a_value_with_line_breaks_stays_on_the_line_of_its_call() {
        let mut forest = Forest::new();
        forest.call(None, "a", &[("text", Given::Text("x\n\ty\u{2028}".into())), ("s", Given::Str("\"\n".into()))]);
        assert_snapshot!(snapshot(forest.finish()), @r#"a(text: x\n\ty\u{2028}, s: "\"\n")"#);
    }

    #[test]
    fn volatile_text_becomes_placeholders_unless_it_is_wanted() {
        let tree = || {
            let mut forest = Forest::new();
            let peer = ("peer", Given::Text("127.0.0.1:4711".into()));
            let call = forest.call(None, "accept", &[peer, ("at", Given::Str("0x7ffd4b3c2a10".into()))]);
            forest.error(call, "refused by [::1]:80");
            forest.finish()
        };
        assert_snapshot!(snapshot(tree()), @r#"accept(peer: [addr], at: "[pointer]") ✗ refused by [addr]"#);
        assert_snapshot!(snapshot(tree()).placeholders(false), @r#"accept(peer: 127.0.0.1:4711, at: "0x7ffd4b3c2a10") ✗ refused by [::1]:80"#);
    }

    #[test]
    fn a_trace_without_calls_says_so() {
        assert_snapshot!(snapshot(CallTree::default()), @"(no calls)");
        assert_snapshot!(snapshot(CallTree::default()).flat(), @"(no calls)");
    }

    #[test]
    fn a_trace_with_loss_says_so_first_and_is_refused_until_that_is_allowed() {
        let stats = TraceStats { lost: 3, sampled_out: 1, ..TraceStats::default() };
        let lossy = TracedSnapshot::new(Arc::new(tree("a")), &stats);
        assert_snapshot!(lossy, @"
        [incomplete: 3 rows lost, 1 call sampled out]
        a
        ");
        assert_snapshot!(lossy.refusal().expect_err("incomplete"), @"this trace is incomplete (3 rows lost, 1 call sampled out), so its snapshot could match although a call is missing, or differ from run to run; give the tracer more room with `.capacity(..)`, or record less; record every call with `.sampling(Sampling::always())`; or assert what there is with `trace.snapshot().allow_loss()`");
        assert!(lossy.allow_loss().refusal().is_ok());
    }

    #[test]
    fn a_snapshot_is_complete_exactly_when_its_trace_is() {
        type Count = fn(&mut TraceStats) -> &mut u64;
        let counts: [(Count, bool); 14] = [
            (|s| &mut s.recorded, true),
            (|s| &mut s.events, true),
            (|s| &mut s.lost, false),
            (|s| &mut s.lost_bytes, false),
            (|s| &mut s.cut_values, true),
            (|s| &mut s.sampled_out, false),
            (|s| &mut s.too_deep, true),
            (|s| &mut s.unattributed, true),
            (|s| &mut s.redacted, true),
            (|s| &mut s.panicked_values, true),
            (|s| &mut s.unmatched_exits, true),
            (|s| &mut s.nested_open, false),
            (|s| &mut s.nested_too_deep, false),
            (|s| &mut s.unsaved, true),
        ];
        let check = |stats: &TraceStats, complete: bool| {
            let snapshot = TracedSnapshot::new(Arc::default(), stats);
            assert_eq!((snapshot.is_complete(), stats.is_complete()), (complete, complete), "{stats:?}");
        };
        for (count, complete) in counts {
            let mut stats = TraceStats::default();
            *count(&mut stats) = 1;
            check(&stats, complete);
        }
        check(&TraceStats { nested_refused: vec!["shop::charge".into()], ..TraceStats::default() }, false);
    }

    #[test]
    fn equal_neighbours_fold_with_all_that_is_below_them() {
        assert_snapshot!(snapshot(tree("a(b(c c) b(c c) b(c))")), @"
        a
        ├─ b ×2
        │  └─ c ×2
        └─ b
           └─ c
        ");
        assert_snapshot!(snapshot(tree("a(b(c) b(c))")).fold(false), @"
        a
        ├─ b
        │  └─ c
        └─ b
           └─ c
        ");
    }

    #[test]
    fn what_is_not_shown_does_not_keep_neighbours_apart() {
        assert_snapshot!(snapshot(tree("a(b:1 b:2 c b:3)")), @"
        a
        ├─ b(id: 1)
        ├─ b(id: 2)
        ├─ c
        └─ b(id: 3)
        ");
        assert_snapshot!(snapshot(tree("a(b:1 b:2 c b:3)")).args(false), @"
        a
        ├─ b ×2
        ├─ c
        └─ b
        ");
    }

    /// `serve` with calls of these arguments, every other one on the worker.
    fn concurrent(ids: [u64; 4]) -> CallTree {
        let mut forest = Forest::new();
        let serve = forest.call(None, "serve", &[]);
        for (at, id) in ids.into_iter().enumerate() {
            let call = forest.call(Some(serve), "handle", &[("id", Given::U64(id))]);
            forest.call(Some(call), if id == 10 { "hit" } else { "miss" }, &[]);
            if at % 2 == 1 {
                forest.on_worker(call);
            }
        }
        forest.event(Some(serve), Level::Info, &[("message", Given::Text("done".into()))]);
        forest.finish()
    }

    #[test]
    fn siblings_of_several_threads_are_marked_and_stand_in_an_order_of_their_own() {
        assert_snapshot!(snapshot(concurrent([10, 2, 10, 3])), @"
        serve
        ├• INFO done
        ├┄ handle(id: 2)
        │  └─ miss
        ├┄ handle(id: 3)
        │  └─ miss
        └┄ handle(id: 10) ×2
           └─ hit
        ");
        assert_eq!(snapshot(concurrent([10, 2, 10, 3])), snapshot(concurrent([3, 10, 2, 10])));
        assert_snapshot!(snapshot(concurrent([10, 2, 10, 3])).flat().events(false), @"
        serve
        serve ∥ handle(id: 2)
        serve > handle > miss
        serve ∥ handle(id: 3)
        serve > handle > miss
        serve ∥ handle(id: 10) ×2
        serve > handle > hit
        ");
    }

    #[test]
    fn roots_of_several_threads_are_marked_too() {
        let mut forest = Forest::new();
        let b = forest.call(None, "b", &[]);
        forest.call(Some(b), "c", &[]);
        let a = forest.call(None, "a", &[]);
        forest.on_worker(a);
        let tree = Arc::new(forest.finish());
        assert_snapshot!(TracedSnapshot::new(Arc::clone(&tree), &TraceStats::default()), @"
        ┄ a
        ┄ b
        └─ c
        ");
        assert_snapshot!(TracedSnapshot::new(tree, &TraceStats::default()).flat(), @"
        ∥ a
        ∥ b
        b > c
        ");
    }

    #[test]
    fn chronological_order_leaves_siblings_as_they_began_and_unordered_sorts_them_all() {
        assert_snapshot!(snapshot(concurrent([10, 2, 10, 3])).sort(Sort::Chronological).max_depth(1), @"
        serve
        ├─ handle(id: 10) […]
        ├─ handle(id: 2) […]
        ├─ handle(id: 10) […]
        ├─ handle(id: 3) […]
        └• INFO done
        ");
        assert_snapshot!(snapshot(tree("a(z y x)")).sort(Sort::Unordered), @"
        a
        ├┄ x
        ├┄ y
        └┄ z
        ");
    }

    #[test]
    fn calls_below_the_maximal_depth_leave_a_mark() {
        assert_snapshot!(snapshot(tree("a(b(c) d) e")).max_depth(1), @"
        a
        ├─ b […]
        └─ d
        e
        ");
        assert_snapshot!(snapshot(tree("a(b(c) d) e")).max_depth(0), @"
        a […]
        e
        ");
    }

    #[test]
    fn calls_below_one_that_was_too_short_stand_under_its_caller() {
        let mut forest = Forest::new();
        let a = forest.call(None, "a", &[]);
        let short = forest.call(Some(a), "short", &[]);
        forest.event(Some(short), Level::Info, &[]);
        let long = forest.call(Some(short), "long", &[]);
        let open = forest.call(Some(short), "open", &[]);
        forest.lasting(a, 100);
        forest.lasting(long, 50);
        forest.mark(open, flag::OPEN);
        assert_snapshot!(snapshot(forest.finish()).min_duration(Duration::from_nanos(50)), @"
        a
        ├─ long
        └─ open …open
        ");
    }

    #[test]
    fn what_a_call_that_was_left_out_did_on_several_threads_leaves_its_callers_children_in_order() {
        let mut forest = Forest::new();
        let a = forest.call(None, "a", &[]);
        for name in ["z", "y"] {
            let call = forest.call(Some(a), name, &[]);
            for on_worker in [false, true] {
                let deep = forest.call(Some(call), "deep", &[]);
                if on_worker {
                    forest.on_worker(deep);
                }
            }
        }
        let tree = Arc::new(forest.finish());
        let snapshot = || TracedSnapshot::new(Arc::clone(&tree), &TraceStats::default());
        assert_snapshot!(snapshot().max_depth(1), @"
        a
        ├─ z […]
        └─ y […]
        ");
        assert_snapshot!(snapshot().min_duration(Duration::from_nanos(9)), @"
        a
        ├─ z
        └─ y
        ");
        assert_snapshot!(snapshot(), @"
        a
        ├─ z
        │  └┄ deep ×2
        └─ y
           └┄ deep ×2
        ");
    }

    #[test]
    fn branches_end_at_level_40_and_the_names_of_callers_at_8() {
        let text = snapshot(chain(43)).to_string();
        let last: Vec<_> = text.lines().rev().take(3).map(str::trim_start).collect();
        assert_eq!(last, ["└─ ⋯42 dive(left: 1)", "└─ ⋯41 dive(left: 2)", "└─ dive(left: 3)"]);
        let flat = snapshot(chain(10)).flat().to_string();
        let dives = ["dive"; 8].join(" > ");
        assert_eq!(flat.lines().next_back(), Some(&*format!("… > {dives} > dive(left: 1)")));
    }

    #[test]
    fn a_chain_of_100_000_calls_is_written_and_read_back() {
        let deep = snapshot(chain(100_000));
        let json = serde_json::to_string(&deep).expect("no recursion");
        let back: TracedSnapshot = serde_json::from_str(&json).expect("no recursion");
        assert_eq!(back.to_string().lines().count(), 100_000);
        assert!(back == deep);
        assert_eq!(deep.flat().to_string().lines().count(), 100_000);
    }

    proptest! {
        #[test]
        fn a_snapshot_read_back_from_json_is_equal_and_shows_the_same_text(
            tree in any_tree(), detail in 0..3_usize, sort in 0..3_usize, bits in any::<u8>()
        ) {
            let bit = |at: u8| bits & (1 << at) != 0;
            let stats = TraceStats { lost: u64::from(bit(0)), ..TraceStats::default() };
            let mut snapshot = TracedSnapshot::new(Arc::new(tree), &stats)
                .detail([Detail::Minimal, Detail::Standard, Detail::Verbose][detail])
                .sort([Sort::Chronological, Sort::Canonical, Sort::Unordered][sort])
                .fold(bit(1)).placeholders(bit(2));
            if bit(3) { snapshot = snapshot.flat(); }
            if bit(4) { snapshot = snapshot.with_measures(); }
            if bit(5) { snapshot = snapshot.max_depth(2); }
            if bit(6) { snapshot = snapshot.min_duration(Duration::from_nanos(3)); }
            let json = serde_json::to_string(&snapshot).expect("serialises");
            let back: TracedSnapshot = serde_json::from_str(&json).expect("reads back");
            prop_assert_eq!(&back, &snapshot);
            prop_assert_eq!(back.to_string(), snapshot.to_string());
            prop_assert_eq!(serde_json::to_string(&back).expect("serialises"), json);
        }

        #[test]
        fn every_shown_call_is_a_line_of_the_text(tree in any_tree()) {
            let nodes = tree.walk().count();
            let text = snapshot(tree).fold(false).to_string();
            prop_assert_eq!(text.lines().count(), nodes.max(1));
        }
    }
}
