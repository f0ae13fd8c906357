//! What happened, one thing after the other: calls, returns and events in order of time.
//!
//! A tree tells what happened inside what; this tells what happened when. Filters and groups keep that order.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::call_tree::{Walk, item};
use super::critical::horizon;
use super::functions::is_named;
use super::{Arg, Call, CallTree, Callsite, Event, Item, NONE, Node, Thread, Value, flag};

/// Calls, returns and events of a recording, earliest first.
///
/// What happened on one thread comes in the order of the program, also where two stamps are equal: a call before all
/// that happens in it, its return after. Without times everything comes in that order, and what ran on another thread
/// stands inside the call it belongs to. A call that was never entered stands where it was made; open calls have no
/// return. Takes 16 bytes an entry.
///
/// ```
/// use std::time::Duration;
/// use tracesnap::tree::{CallTree, Events};
///
/// /// What the database did that took longer than 10 ms, by function.
/// fn slow_queries(tree: &CallTree) -> Vec<(&str, usize)> {
///     let slow = Events::of(tree).in_module("shop::db").longer_than(Duration::from_millis(10));
///     let calls = slow.group_by_function().into_iter();
///     calls.map(|((_, function), events)| (function, events.filter(|event| event.is_call()).count())).collect()
/// }
///
/// assert!(slow_queries(&CallTree::default()).is_empty());
/// ```
#[derive(Clone)]
#[must_use = "iterators do nothing unless they are asked for the next entry"]
pub struct Events<'t> {
    tree: &'t CallTree,
    entries: std::vec::IntoIter<Entry>,
}

// Implementation notes
//
// The walk through the tree gives the order of the program; a stable sort by time keeps it where stamps are equal. On one
// thread there is nothing left to sort, which the sort sees in one pass. Filters take the rest of the entries in place,
// and ask once a callsite, not once an entry.

/// One call, return or event.
#[derive(Clone, Copy)]
pub struct TraceEvent<'t> {
    tree: &'t CallTree,
    entry: Entry,
}

/// What a [`TraceEvent`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// A call begins: the first enter of its span.
    Call,
    /// A call is over: the last exit of its span.
    Return,
    /// An event happens.
    Event,
}

/// Entries of calls whose durations lie in one range; made by [`Events::group_by_duration`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DurationGroup<'t> {
    /// The shortest duration in this group.
    pub from: Duration,
    /// The shortest duration that is too long for it, `None` in the last group.
    pub below: Option<Duration>,
    /// Calls and their returns.
    pub events: Events<'t>,
}

#[derive(Clone, Copy)]
struct Entry {
    at: u64,
    /// Index of the node, and `RETURN`.
    node: u32,
    depth: u32,
}

/// A tree of two thousand million nodes would need 160 GB, so the highest bit of their index is free.
const RETURN: u32 = 1 << 31;

impl<'t> Events<'t> {
    /// All calls, returns and events of a tree.
    pub fn of(tree: &'t CallTree) -> Self {
        let mut sequence = Sequence { tree, entries: Vec::with_capacity(tree.nodes.len() + tree.calls), now: 0 };
        let mut around: Vec<u32> = Vec::new();
        for (depth, item) in (Walk { tree, at: tree.first_root, root: NONE, depth: 0 }) {
            for level in (depth..around.len()).rev() {
                sequence.leave(around[level], level);
            }
            around.truncate(depth);
            sequence.enter(item.index(), depth);
            if item.call().is_some() {
                around.push(item.index());
            }
        }
        for (level, &call) in around.iter().enumerate().rev() {
            sequence.leave(call, level);
        }
        let mut entries = sequence.entries;
        if tree.timed {
            entries.sort_by_key(|entry| entry.at);
        }
        Self { tree, entries: entries.into_iter() }
    }

    /// Only calls and returns of this function, and events in it.
    ///
    /// `name` is its name (`charge`), path (`shop::pay::charge`) or the end of its path (`pay::charge`).
    pub fn in_function(self, name: &str) -> Self {
        let mut named = by_callsite(self.tree, |site| is_named(&site.module, &site.name, name));
        self.keep(|event| event.call().is_some_and(|call| named(call.callsite_index())))
    }

    /// Only what was written in this module or in one below it.
    ///
    /// `*` stands for one segment of the path, `**` for any number: `shop::*::db` is `shop::eu::db`, `shop::us::db`
    /// and all below them. What follows is always included, so that `shop` and `shop::**` are the same.
    pub fn in_module(self, pattern: &str) -> Self {
        let mut inside = by_callsite(self.tree, |site| is_in_module(&site.module, pattern));
        self.keep(|event| inside(event.callsite_index()))
    }

    /// Only calls that took longer than this ([`Call::wall`]), and their returns.
    ///
    /// A call still open counts with the time until the last moment the recording knows of.
    pub fn longer_than(self, duration: Duration) -> Self {
        let horizon = horizon(self.tree);
        self.keep(|event| event.lasted(horizon).is_some_and(|lasted| lasted > duration))
    }

    /// Entries by the function they are in, as `(module, name)`; events outside any call are under `("", "")`.
    #[must_use]
    pub fn group_by_function(self) -> BTreeMap<(&'t str, &'t str), Events<'t>> {
        self.group(
            |event| event.call().map(|call| call.callsite_index()),
            |site| site.map_or(("", ""), |site| (&site.module, &site.name)),
        )
    }

    /// Entries by the module they were written in.
    #[must_use]
    pub fn group_by_module(self) -> BTreeMap<&'t str, Events<'t>> {
        self.group(|event| Some(event.callsite_index()), |site| site.map_or("", |site| &site.module))
    }

    /// Calls and returns by the duration of the call: one group below the first bound, one from each bound to the
    /// next, one from the last bound on. Bounds may come in any order; events have no duration and are left out.
    ///
    /// A call still open counts as for [`longer_than`](Self::longer_than).
    #[must_use]
    pub fn group_by_duration(self, bounds: &[Duration]) -> Vec<DurationGroup<'t>> {
        let mut bounds = bounds.to_vec();
        bounds.sort_unstable();
        bounds.dedup();
        let (tree, horizon) = (self.tree, horizon(self.tree));
        let mut groups = vec![Vec::new(); bounds.len() + 1];
        for event in self {
            if let Some(lasted) = event.lasted(horizon) {
                groups[bounds.partition_point(|&bound| bound <= lasted)].push(event.entry);
            }
        }
        let starts = std::iter::once(Duration::ZERO).chain(bounds.iter().copied());
        let ends = bounds.iter().copied().map(Some).chain([None]);
        let groups = groups.into_iter().map(|entries| Events { tree, entries: entries.into_iter() });
        starts.zip(ends).zip(groups).map(|((from, below), events)| DurationGroup { from, below, events }).collect()
    }

    fn keep(self, mut wanted: impl FnMut(TraceEvent<'t>) -> bool) -> Self {
        let tree = self.tree;
        let kept: Vec<_> = self.entries.filter(|&entry| wanted(TraceEvent { tree, entry })).collect();
        Self { tree, entries: kept.into_iter() }
    }

    /// Groups by what `key` says of the callsite that `site` gives; `key` is asked once a callsite.
    fn group<K: Ord>(
        self,
        site: impl Fn(TraceEvent<'t>) -> Option<usize>,
        key: impl Fn(Option<&'t Callsite>) -> K,
    ) -> BTreeMap<K, Events<'t>> {
        let tree = self.tree;
        let mut numbers: BTreeMap<K, usize> = BTreeMap::new();
        let mut number_of = vec![None; tree.callsites.len() + 1];
        let mut number = |entry: Entry| {
            let site = site(TraceEvent { tree, entry });
            *number_of[site.unwrap_or(tree.callsites.len())].get_or_insert_with(|| {
                let next = numbers.len();
                *numbers.entry(key(site.map(|site| &tree.callsites[site]))).or_insert(next)
            })
        };
        // Counted first, so that no group takes more room than it needs.
        let mut sizes = Vec::new();
        for &entry in self.entries.as_slice() {
            let number = number(entry);
            sizes.resize(sizes.len().max(number + 1), 0);
            sizes[number] += 1;
        }
        let mut groups: Vec<_> = sizes.into_iter().map(Vec::with_capacity).collect();
        for entry in self.entries {
            groups[number(entry)].push(entry);
        }
        let mut events = |number: usize| Events { tree, entries: std::mem::take(&mut groups[number]).into_iter() };
        numbers.into_iter().map(|(key, number)| (key, events(number))).collect()
    }
}

/// Entries in the order of the program.
struct Sequence<'t> {
    tree: &'t CallTree,
    entries: Vec<Entry>,
    now: u64,
}

impl Sequence<'_> {
    /// A call or an event.
    fn enter(&mut self, node: u32, depth: usize) {
        let Node { flags, first_enter, .. } = self.tree.nodes[node as usize];
        // What has no time of its own takes that of the entry before, and so stays behind it.
        if self.tree.timed && flags & (flag::ENTERED | flag::EVENT) != 0 {
            self.now = first_enter;
        }
        self.entries.push(Entry { at: self.now, node, depth: depth as u32 });
    }

    /// The return of a call, if it returned.
    fn leave(&mut self, call: u32, depth: usize) {
        let Node { flags, last_exit, .. } = self.tree.nodes[call as usize];
        if flags & (flag::ENTERED | flag::OPEN) == flag::ENTERED {
            self.now = last_exit;
            self.entries.push(Entry { at: self.now, node: call | RETURN, depth: depth as u32 });
        }
    }
}

impl<'t> Iterator for Events<'t> {
    type Item = TraceEvent<'t>;

    fn next(&mut self) -> Option<TraceEvent<'t>> {
        Some(TraceEvent { tree: self.tree, entry: self.entries.next()? })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.entries.size_hint()
    }
}

impl DoubleEndedIterator for Events<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        Some(TraceEvent { tree: self.tree, entry: self.entries.next_back()? })
    }
}

impl ExactSizeIterator for Events<'_> {}
impl std::iter::FusedIterator for Events<'_> {}

impl fmt::Debug for Events<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<'t> TraceEvent<'t> {
    /// Whether it is a call, a return or an event.
    #[must_use]
    pub fn kind(&self) -> EventKind {
        match self.item() {
            Item::Event(_) => EventKind::Event,
            Item::Call(_) if self.entry.node & RETURN != 0 => EventKind::Return,
            Item::Call(_) => EventKind::Call,
        }
    }

    /// Whether a call begins.
    #[must_use]
    pub fn is_call(&self) -> bool {
        self.kind() == EventKind::Call
    }

    /// Whether a call is over.
    #[must_use]
    pub fn is_return(&self) -> bool {
        self.kind() == EventKind::Return
    }

    /// Whether an event happens.
    #[must_use]
    pub fn is_event(&self) -> bool {
        self.kind() == EventKind::Event
    }

    /// The call that begins or is over, or that the event happened in: `None` for an event outside any call.
    #[must_use]
    pub fn call(&self) -> Option<Call<'t>> {
        match self.item() {
            Item::Call(call) => Some(call),
            Item::Event(event) => event.parent(),
        }
    }

    /// The event, if it is one.
    #[must_use]
    pub fn event(&self) -> Option<Event<'t>> {
        self.item().event()
    }

    /// The name of the function that is called, returns, or that the event happened in; empty for an event outside
    /// any call.
    #[must_use]
    pub fn function(&self) -> &'t str {
        self.call().map_or("", |call| call.name())
    }

    /// The module the span or event was written in.
    #[must_use]
    pub fn module(&self) -> &'t str {
        &self.callsite().module
    }

    /// Where the span or event stands in the source.
    #[must_use]
    pub fn callsite(&self) -> &'t Callsite {
        &self.tree.callsites[self.callsite_index()]
    }

    /// The arguments of the call, also on its return, or the fields of the event without its message.
    pub fn args(&self) -> impl Iterator<Item = Arg<'t>> + use<'t> {
        let (call, event) = match self.item() {
            Item::Call(call) => (Some(call.args()), None),
            Item::Event(event) => (None, Some(event.fields())),
        };
        call.into_iter().flatten().chain(event.into_iter().flatten())
    }

    /// The message of an event, where it has one.
    #[must_use]
    pub fn message(&self) -> Option<&'t str> {
        self.event()?.message()
    }

    /// Number of calls around it; a call and its return have the same.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.entry.depth as usize
    }

    /// When it happened, since the session began; `None` for a call that was never entered, or if times were off.
    #[must_use]
    pub fn at(&self) -> Option<Duration> {
        match self.kind() {
            EventKind::Call => self.call()?.first_enter(),
            EventKind::Return => self.call()?.last_exit(),
            EventKind::Event => self.event()?.at(),
        }
    }

    /// On a return, how long the call took: its [`Call::wall`]. Otherwise `None`.
    #[must_use]
    pub fn duration(&self) -> Option<Duration> {
        self.returning()?.wall()
    }

    /// Bytes in use when the call began, where the session took readings; `None` for events.
    #[must_use]
    pub fn memory_at_start(&self) -> Option<u64> {
        Some(self.item().call()?.memory()?.at_start)
    }

    /// Index in [`CallTree::threads`] of the thread it happened on.
    #[must_use]
    pub fn thread_index(&self) -> usize {
        match self.item() {
            Item::Event(event) => event.thread_index(),
            Item::Call(call) if self.is_return() => {
                call.stays().max_by_key(|&(_, end, _)| end).map_or(call.thread_index(), |(_, _, thread)| thread)
            }
            Item::Call(call) => call.thread_index(),
        }
    }

    /// The thread it happened on.
    #[must_use]
    pub fn thread(&self) -> &'t Thread {
        &self.tree.threads[self.thread_index()]
    }

    /// On a return, what was returned, where `#[instrument(ret)]` said it. Otherwise `None`.
    #[must_use]
    pub fn returned(&self) -> Option<Value<'t>> {
        self.returning()?.returned()
    }

    /// On a return, the error that was returned, where `#[instrument(err)]` said it. Otherwise `None`.
    #[must_use]
    pub fn error(&self) -> Option<Value<'t>> {
        self.returning()?.error()
    }

    /// Whether it is a return by panic.
    #[must_use]
    pub fn panicked(&self) -> bool {
        self.returning().is_some_and(|call| call.panicked())
    }

    fn item(&self) -> Item<'t> {
        item(self.tree, self.entry.node & !RETURN)
    }

    fn returning(&self) -> Option<Call<'t>> {
        if self.is_return() { self.call() } else { None }
    }

    fn callsite_index(&self) -> usize {
        self.tree.nodes[(self.entry.node & !RETURN) as usize].callsite as usize
    }

    /// How long the call took that begins or is over, open ones until `horizon`.
    fn lasted(&self, horizon: u64) -> Option<Duration> {
        let call = self.item().call()?;
        call.wall().or_else(|| Some(Duration::from_nanos(horizon).saturating_sub(call.first_enter()?)))
    }
}

impl fmt::Debug for TraceEvent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}({}::{}", self.kind(), self.module(), self.callsite().name)?;
        if let Some(at) = self.at() {
            write!(f, " at {at:?}")?;
        }
        f.write_str(")")
    }
}

/// Remembers the answer of `test` for each callsite.
fn by_callsite<'t>(tree: &'t CallTree, test: impl Fn(&'t Callsite) -> bool) -> impl FnMut(usize) -> bool {
    let mut known = vec![None; tree.callsites.len()];
    move |site| *known[site].get_or_insert_with(|| test(&tree.callsites[site]))
}

/// Whether the beginning of a module path matches a pattern of names, `*` and `**`.
fn is_in_module(module: &str, pattern: &str) -> bool {
    let module: Vec<_> = module.split("::").collect();
    let pattern: Vec<_> = pattern.split("::").collect();
    let (mut at, mut next) = (0, 0);
    // Where to go on if what follows the last `**` does not match: there, with one more segment swallowed.
    let mut retry = None;
    while next < pattern.len() {
        if pattern[next] == "**" {
            next += 1;
            retry = Some((at + 1, next));
        } else if at < module.len() && (pattern[next] == "*" || pattern[next] == module[at]) {
            (at, next) = (at + 1, next + 1);
        } else if let Some((from, after)) = retry.filter(|&(from, _)| from <= module.len()) {
            (at, next) = (from, after);
            retry = Some((from + 1, after));
        } else {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tree::timeline::{chain, jumble, program, timeline};

    fn shown<'t>(events: impl Iterator<Item = TraceEvent<'t>>) -> String {
        events
            .map(|event| match event.kind() {
                EventKind::Call => format!("{}( ", event.function()),
                EventKind::Return => format!("){} ", event.function()),
                EventKind::Event => format!("*{} ", event.callsite().name),
            })
            .collect()
    }

    const SHOP: &str = "
        order 0-100 mem=640/6+1000
          db::stock 10-20
          pay::charge 30-70@1 error
            pay::db::log 40-50@1
            *pay::declined 60@1
          *sorry 75
        *bye 120
        audit 130-
          db::stock 140-141
    ";

    #[test]
    fn calls_returns_and_events_come_in_order_of_time() {
        let tree = timeline(SHOP);
        let expected =
            "order( stock( )stock charge( log( )log *declined )charge *sorry )order *bye audit( stock( )stock ";
        assert_eq!(shown(Events::of(&tree)), expected);
        let interleaved = timeline("a 0-100\n b 10-60@1\nc 20-50@2");
        assert_eq!(shown(Events::of(&interleaved)), "a( b( c( )c )b )a ");
    }

    #[test]
    fn equal_stamps_keep_the_order_of_the_program() {
        let tree = timeline("a 5-5\n b 5-5\n  *x 5\n c 5-5\nd 5-5");
        assert_eq!(shown(Events::of(&tree)), "a( b( *x )b c( )c )a d( )d ");
    }

    #[test]
    fn without_times_they_come_in_the_order_of_the_program() {
        let mut tree = timeline("a 0-100\n b 50-60\n c 10-20\nd 0-1");
        tree.timed = false;
        assert_eq!(shown(Events::of(&tree)), shown(Events::of(&timeline("a 0-9\n c 1-2\n b 3-4\nd 10-11"))));
        assert!(Events::of(&tree).all(|event| event.at().is_none()));
    }

    #[test]
    fn a_call_never_entered_stands_where_it_was_made_and_does_not_return() {
        let tree = timeline("a 10-100\n b 20-30\n c\n d 40-50");
        assert_eq!(shown(Events::of(&tree)), "a( b( )b c( d( )d )a ");
        assert_eq!(Events::of(&tree).find(|event| event.function() == "c").and_then(|event| event.at()), None);
    }

    #[test]
    fn an_entry_knows_its_call() {
        let tree = timeline(SHOP);
        let all: Vec<_> = Events::of(&tree).collect();
        let ns = |time: Option<Duration>| time.map(|time| time.as_nanos());
        let (order, charge, charged, declined) = (all[0], all[3], all[7], all[6]);
        assert_eq!((order.module(), order.depth(), ns(order.at())), ("shop", 0, Some(0)));
        assert_eq!((order.memory_at_start(), order.duration()), (Some(1_000), None));
        assert_eq!((charge.thread_index(), charge.error()), (1, None), "what came out is known on the return");
        assert_eq!((ns(charged.at()), ns(charged.duration()), charged.depth()), (Some(70), Some(40), 1));
        assert_eq!(charged.error().and_then(|error| error.as_str()), Some("declined"));
        assert_eq!((declined.function(), declined.module(), declined.depth()), ("charge", "pay", 2));
        assert_eq!((all[10].function(), all[10].call().is_none()), ("", true), "outside any call");
    }

    #[test]
    fn a_return_is_on_the_thread_that_left_last() {
        let tree = timeline("a 0-10 20-60@1");
        assert_eq!(Events::of(&tree).map(|event| event.thread_index()).collect::<Vec<_>>(), [0, 1]);
    }

    #[test]
    fn filters_choose_by_function_module_and_duration() {
        let tree = timeline(SHOP);
        let all = Events::of(&tree);
        assert_eq!(shown(all.clone().in_function("charge")), "charge( *declined )charge ");
        assert_eq!(shown(all.clone().in_function("pay::charge")), "charge( *declined )charge ");
        assert_eq!(shown(all.clone().in_function("rge")), "");
        assert_eq!(shown(all.clone().in_module("pay")), "charge( log( )log *declined )charge ");
        assert_eq!(shown(all.clone().in_module("*::db")), "log( )log ");
        assert_eq!(shown(all.clone().in_module("db").longer_than(Duration::from_nanos(5))), "stock( )stock ");
        assert_eq!(shown(all.clone().longer_than(Duration::from_nanos(10))), "order( charge( )charge )order audit( ");
        assert_eq!(shown(all.in_module("pay").in_function("log").rev()), ")log log( ");
    }

    #[test]
    fn groups_keep_every_entry_once_and_in_order() {
        let tree = timeline(SHOP);
        let functions: Vec<_> =
            Events::of(&tree).group_by_function().into_iter().map(|(key, events)| (key, shown(events))).collect();
        let expected = [
            (("", ""), "*bye "),
            (("db", "stock"), "stock( )stock stock( )stock "),
            (("pay", "charge"), "charge( *declined )charge "),
            (("pay::db", "log"), "log( )log "),
            (("shop", "audit"), "audit( "),
            (("shop", "order"), "order( *sorry )order "),
        ];
        assert_eq!(functions, expected.map(|(key, events)| (key, events.to_owned())));
        let modules: Vec<_> =
            Events::of(&tree).group_by_module().into_iter().map(|(key, events)| (key, events.len())).collect();
        assert_eq!(modules, [("db", 4), ("pay", 3), ("pay::db", 2), ("shop", 5)]);
    }

    #[test]
    fn durations_are_grouped_by_bounds_in_any_order() {
        let tree = timeline(SHOP);
        let bounds = [100, 10, 10].map(Duration::from_nanos);
        let groups = Events::of(&tree).group_by_duration(&bounds);
        let shown: Vec<_> = groups
            .into_iter()
            .map(|group| (group.from.as_nanos(), group.below.map(|b| b.as_nanos()), shown(group.events)))
            .collect();
        let expected = [
            (0, Some(10), "stock( )stock ".to_owned()),
            (10, Some(100), "stock( )stock charge( log( )log )charge audit( ".to_owned()),
            (100, None, "order( )order ".to_owned()),
        ];
        assert_eq!(shown, expected);
        assert_eq!(Events::of(&tree).group_by_duration(&[]).len(), 1);
    }

    #[test]
    fn a_module_pattern_holds_at_segment_borders_and_includes_all_below() {
        let is = |pattern| is_in_module("shop::eu::db::sql", pattern);
        assert!(is("shop") && is("shop::eu::db") && is("shop::**") && is("shop::*::db") && is("**::sql") && is("**"));
        assert!(is("**::db") && is("shop::**::db::**") && is("**::eu::*::sql") && is("shop::eu::db::sql::**"));
        assert!(
            !is("sho") && !is("eu") && !is("shop::*::sql") && !is("shop::eu::db::sql::*") && !is("**::x") && !is("")
        );
    }

    #[test]
    fn an_empty_tree_has_no_events() {
        assert_eq!(Events::of(&CallTree::default()).len(), 0);
    }

    #[test]
    fn a_hundred_thousand_calls_deep_is_not_too_deep() {
        let tree = chain(100_000);
        let events = Events::of(&tree);
        assert_eq!(events.len(), 200_000);
        assert_eq!(events.map(|event| event.depth()).max(), Some(99_999));
    }

    #[test]
    fn an_entry_is_sixteen_bytes() {
        assert_eq!(size_of::<Entry>(), 16);
    }

    proptest! {
        #[test]
        fn events_of_a_program_are_its_steps(
            steps in prop::collection::vec((prop::option::of(0..8_u8), 0..3_u8), 0..200)
        ) {
            let mut open = Vec::new();
            let mut expected = String::new();
            for &(step, _) in &steps {
                match step {
                    Some(function) => {
                        open.push(function);
                        expected += &format!("f{function}( ");
                    }
                    None => expected += &open.pop().map_or(String::new(), |function| format!(")f{function} ")),
                }
            }
            expected.extend(open.iter().rev().map(|function| format!(")f{function} ")));
            prop_assert_eq!(shown(Events::of(&program(steps))), expected);
        }

        #[test]
        fn times_never_fall_and_nothing_is_missing(
            calls in prop::collection::vec((0..20_u8, 0..60_u16, prop::option::weighted(0.9, 0..40_u16), 0..3_u8), 0..40)
        ) {
            let tree = jumble(&calls);
            let events = Events::of(&tree);
            prop_assert!(events.clone().is_sorted_by_key(|event| event.at()));
            prop_assert_eq!(events.clone().filter(TraceEvent::is_call).count(), tree.len());
            let closed = tree.calls().filter(|call| !call.is_open()).count();
            prop_assert_eq!(events.clone().filter(TraceEvent::is_return).count(), closed);
            prop_assert!(events.clone().all(|event| event.call().is_some_and(|call| call.depth() == event.depth())));
            for name in ["f0", "f3"] {
                let by_hand = shown(events.clone().filter(|event| event.function() == name));
                prop_assert_eq!(shown(events.clone().in_function(name)), by_hand);
            }
            let grouped: usize = events.clone().group_by_function().values().map(Events::len).sum();
            prop_assert_eq!(grouped, events.len());
        }
    }
}
