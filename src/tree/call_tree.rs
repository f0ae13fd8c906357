//! The call tree: what happened, as plain data, and the walks over it.
//!
//! It knows neither who recorded it (`tracing`, a file, a test that builds one by hand) nor how it is shown.
//! `TreeBuilder` makes one.

use std::time::Duration;

use super::inside::{Inside, only_stay, stays};
use super::value::{Field, Value};

/// «Nothing» wherever an index could stand.
pub(crate) const NONE: u32 = u32::MAX;

/// The calls of one recording: a forest in program order, with times, memory, arguments, results and events.
///
/// Everything is reached through [`Call`], a copyable view. A call takes 48 bytes and its fields; walks need no
/// recursion, so a tree may be as deep as the program was.
#[derive(Debug, Default, Clone)]
pub struct CallTree {
    pub(crate) callsites: Vec<Callsite>,
    pub(crate) nodes: Vec<Node>,
    /// First root, linked through `Node::next`.
    pub(crate) first_root: u32,
    pub(crate) fields: Vec<Field>,
    pub(crate) text: String,
    pub(crate) more: Vec<More>,
    pub(crate) outcomes: Vec<Outcome>,
    pub(crate) memory: Vec<Memory>,
    /// Intervals of the calls that were entered more than once, or on a thread other than their creator's.
    pub(crate) stays: Vec<Stay>,
    pub(crate) threads: Vec<Thread>,
    /// `(call, the call it follows from)`, sorted.
    pub(crate) follows: Vec<(u32, u32)>,
    pub(crate) calls: usize,
    pub(crate) own_cost_ns: f32,
    pub(crate) timed: bool,
    /// Whether [`Memory`] says more than what was in use.
    pub(crate) counts_allocations: bool,
    pub(crate) concurrent_roots: bool,
}

/// Where a span or an event stands in the source.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Callsite {
    /// The span's name; for `#[instrument]` the function's.
    pub name: Box<str>,
    /// The module path, or the target where there is none.
    pub module: Box<str>,
    /// The target: the module path unless the code says otherwise.
    pub target: Box<str>,
    /// Source file, where known.
    pub file: Option<Box<str>>,
    /// Line in that file, where known.
    pub line: Option<u32>,
    /// The level.
    pub level: Level,
    /// Field names, in their order.
    pub fields: Vec<Box<str>>,
}

/// Level of a span or event, least severe first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Level {
    /// Very fine detail.
    Trace,
    /// For those who debug.
    Debug,
    /// Normal course of things.
    Info,
    /// Worth a look.
    Warn,
    /// Something failed.
    Error,
}

impl Level {
    /// `"TRACE"`, `"DEBUG"`, `"INFO"`, `"WARN"` or `"ERROR"`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Trace => "TRACE",
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
        }
    }
}

impl std::fmt::Display for Level {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// A thread that took part in the recording.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Thread {
    /// Its name, where it has one.
    pub name: Option<Box<str>>,
    /// The same for everything recorded on one thread of one process; 0 where that is not known.
    pub(crate) key: u64,
}

/// Allocations of one call, from [`MemoryReadings`](crate::MemoryReadings).
///
/// With `Allocations`, `allocated`, `allocations` and `freed` are exact for what the call did while it was entered, with
/// that of children on the same thread; all stays are added up, be they polls or on several threads. `at_start` is what
/// the thread had allocated and not freed at the first enter. With `Process`, only `at_start` is known: the resident
/// memory of the process, at most 10 ms old. **Unit:** bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Memory {
    /// Bytes in use when the call began.
    pub at_start: u64,
    /// Bytes allocated during the call.
    pub allocated: u64,
    /// Number of allocations during the call.
    pub allocations: u64,
    /// Bytes freed during the call.
    pub freed: u64,
}

/// A call or an event, 48 bytes: a tree is as large as this, and walking it takes as long as reading it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node {
    pub(crate) callsite: u32,
    pub(crate) parent: u32,
    pub(crate) first_child: u32,
    pub(crate) next: u32,
    pub(crate) thread: u32,
    pub(crate) flags: u16,
    pub(crate) n_fields: u16,
    pub(crate) fields: u32,
    /// Index into `CallTree::more`, or `NONE`.
    pub(crate) more: u32,
    /// Nanoseconds since the session began; of an event, its time. Meaningful where `ENTERED`.
    pub(crate) first_enter: u64,
    pub(crate) last_exit: u64,
}

/// What a call has that most calls have not.
#[derive(Clone, Copy, Debug)]
pub(crate) struct More {
    pub(crate) outcome: u32,
    pub(crate) memory: u32,
    pub(crate) stays: u32,
    /// Zero where the node itself holds the only one.
    pub(crate) n_stays: u32,
    /// Of all stays, where there are several. **Unit:** nanoseconds.
    pub(crate) busy: u64,
}

impl More {
    pub(crate) const NOTHING: Self = Self { outcome: NONE, memory: NONE, stays: 0, n_stays: 0, busy: 0 };
}

/// Bits of `Node::flags`.
pub(crate) mod flag {
    /// An event, not a call.
    pub(crate) const EVENT: u16 = 1;
    /// Still entered, or never closed, when the recording was taken.
    pub(crate) const OPEN: u16 = 2;
    /// Left while unwinding.
    pub(crate) const PANICKED: u16 = 4;
    /// Children of it were lost.
    pub(crate) const TRUNCATED: u16 = 8;
    /// Entered at least once.
    pub(crate) const ENTERED: u16 = 16;
    /// Its siblings began on more than one thread: their order is not the program's.
    pub(crate) const CONCURRENT_CHILDREN: u16 = 32;
    /// Its parent was lost: it stands where that parent should.
    pub(crate) const ORPHAN: u16 = 64;
}

/// Result of a call, folded from the event that `#[instrument(ret, err)]` emits.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Outcome {
    pub(crate) returned: Option<Field>,
    pub(crate) error: Option<Field>,
}

/// One interval between an enter and its exit. **Unit:** nanoseconds since the session began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stay {
    pub(crate) start: u64,
    /// `u64::MAX` while it lasts.
    pub(crate) end: u64,
    pub(crate) thread: u32,
    /// What was allocated in it alone: an index into `CallTree::memory`, or `NONE`.
    pub(crate) memory: u32,
}

impl CallTree {
    /// The calls without a parent, in the order they began.
    pub fn roots(&self) -> impl Iterator<Item = Call<'_>> {
        self.siblings(self.first_root).filter_map(Item::call)
    }

    /// Calls and events without a parent, in the order they happened.
    pub fn root_items(&self) -> impl Iterator<Item = Item<'_>> {
        self.siblings(self.first_root)
    }

    /// Every call, parents before children, siblings in order.
    pub fn calls(&self) -> impl Iterator<Item = Call<'_>> {
        Walk { tree: self, at: self.first_root, root: NONE, depth: 0 }.filter_map(|(_, item)| item.call())
    }

    /// Every call and event with its depth (roots are 0), parents before children, siblings in order.
    pub fn walk(&self) -> impl Iterator<Item = (usize, Item<'_>)> {
        Walk { tree: self, at: self.first_root, root: NONE, depth: 0 }
    }

    /// Number of calls.
    #[must_use]
    pub fn len(&self) -> usize {
        self.calls
    }

    /// Whether there is no call.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.calls == 0
    }

    /// The call with this number.
    #[must_use]
    pub fn get(&self, id: CallId) -> Option<Call<'_>> {
        let node = self.nodes.get(id.0 as usize)?;
        (node.flags & flag::EVENT == 0).then_some(Call { tree: self, index: id.0 })
    }

    /// Whether times were taken. Without, [`Call::wall`] and its like are `None` or zero.
    #[must_use]
    pub fn is_timed(&self) -> bool {
        self.timed
    }

    /// Whether the roots began on more than one thread, so that their order is time's and not the program's.
    #[must_use]
    pub fn has_concurrent_roots(&self) -> bool {
        self.concurrent_roots
    }

    /// The threads that took part, by the number that [`Call::thread_index`] gives.
    #[must_use]
    pub fn threads(&self) -> &[Thread] {
        &self.threads
    }

    /// What recording one call costs inside its parent, as calibrated; [`Call::self_time`] takes it off. **Unit:** ns.
    #[must_use]
    pub fn own_cost_ns(&self) -> f32 {
        self.own_cost_ns
    }

    /// What a node has that most have not.
    pub(crate) fn more(&self, node: &Node) -> More {
        self.more.get(node.more as usize).copied().unwrap_or(More::NOTHING)
    }

    /// Nanoseconds that a call was entered.
    pub(crate) fn busy(&self, node: &Node) -> u64 {
        let more = self.more(node);
        match node.flags & (flag::ENTERED | flag::OPEN) {
            _ if more.n_stays != 0 => more.busy,
            flag::ENTERED => node.last_exit.saturating_sub(node.first_enter),
            _ => 0,
        }
    }

    /// How often a call was entered.
    pub(crate) fn polls(&self, node: &Node) -> u32 {
        match self.more(node).n_stays {
            0 => u32::from(node.flags & flag::ENTERED != 0),
            stays => stays,
        }
    }

    pub(crate) fn memory_of(&self, node: &Node) -> Option<Memory> {
        self.memory.get(self.more(node).memory as usize).copied()
    }

    /// The call or event of a node.
    pub(crate) fn item(&self, index: u32) -> Item<'_> {
        item(self, index)
    }

    fn siblings(&self, first: u32) -> Siblings<'_> {
        Siblings { tree: self, at: if self.nodes.is_empty() { NONE } else { first } }
    }
}

/// Number of a call in its tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallId(pub(crate) u32);

impl CallId {
    /// The number itself, below the number of nodes of the tree.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// One call: a span from its first enter to its last exit.
#[derive(Clone, Copy)]
pub struct Call<'t> {
    tree: &'t CallTree,
    index: u32,
}

/// An event that happened in a call.
#[derive(Clone, Copy)]
pub struct Event<'t> {
    tree: &'t CallTree,
    index: u32,
}

/// A child of a call: another call, or an event.
#[derive(Clone, Copy, Debug)]
pub enum Item<'t> {
    /// A call.
    Call(Call<'t>),
    /// An event.
    Event(Event<'t>),
}

impl<'t> Item<'t> {
    /// The call, if it is one.
    #[must_use]
    pub fn call(self) -> Option<Call<'t>> {
        match self {
            Self::Call(call) => Some(call),
            Self::Event(_) => None,
        }
    }

    pub(crate) fn index(self) -> u32 {
        match self {
            Self::Call(call) => call.index,
            Self::Event(event) => event.index,
        }
    }

    /// The event, if it is one.
    #[must_use]
    pub fn event(self) -> Option<Event<'t>> {
        match self {
            Self::Event(event) => Some(event),
            Self::Call(_) => None,
        }
    }
}

/// One argument of a call, or field of an event.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Arg<'t> {
    name: &'t str,
    value: Value<'t>,
    cut: bool,
}

impl<'t> Arg<'t> {
    /// The field's name.
    #[must_use]
    pub fn name(&self) -> &'t str {
        self.name
    }

    /// The value.
    #[must_use]
    pub fn value(&self) -> Value<'t> {
        self.value
    }

    /// Whether the text was longer than the session's value limit and ends there.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.cut
    }
}

impl<'t> Call<'t> {
    fn node(&self) -> &'t Node {
        &self.tree.nodes[self.index as usize]
    }

    /// Its number in the tree.
    #[must_use]
    pub fn id(&self) -> CallId {
        CallId(self.index)
    }

    /// The tree it belongs to.
    #[must_use]
    pub fn tree(&self) -> &'t CallTree {
        self.tree
    }

    /// Where it stands in the source.
    #[must_use]
    pub fn callsite(&self) -> &'t Callsite {
        &self.tree.callsites[self.node().callsite as usize]
    }

    /// A number for its callsite, the same for every call of it in this tree.
    #[must_use]
    pub fn callsite_index(&self) -> usize {
        self.node().callsite as usize
    }

    /// The span's name.
    #[must_use]
    pub fn name(&self) -> &'t str {
        &self.callsite().name
    }

    /// The module it was written in.
    #[must_use]
    pub fn module(&self) -> &'t str {
        &self.callsite().module
    }

    /// The fields it was given, in the order of the callsite; what `record()` added later included, results excluded.
    pub fn args(&self) -> impl Iterator<Item = Arg<'t>> + use<'t> {
        fields_of(self.tree, self.index)
    }

    /// The argument of this name.
    #[must_use]
    pub fn arg(&self, name: &str) -> Option<Value<'t>> {
        self.args().find(|arg| arg.name == name).map(|arg| arg.value)
    }

    /// What the function returned, where `#[instrument(ret)]` said it.
    #[must_use]
    pub fn returned(&self) -> Option<Value<'t>> {
        Some(self.outcome()?.returned?.value.view(&self.tree.text))
    }

    /// The error the function returned, where `#[instrument(err)]` said it.
    #[must_use]
    pub fn error(&self) -> Option<Value<'t>> {
        Some(self.outcome()?.error?.value.view(&self.tree.text))
    }

    /// Whether the text of its result was cut at the value limit.
    #[must_use]
    pub fn is_outcome_cut(&self) -> bool {
        self.outcome().is_some_and(|o| o.returned.is_some_and(|f| f.cut) || o.error.is_some_and(|f| f.cut))
    }

    fn outcome(&self) -> Option<&'t Outcome> {
        self.tree.outcomes.get(self.tree.more(self.node()).outcome as usize)
    }

    /// Whether it was left by a panic.
    #[must_use]
    pub fn panicked(&self) -> bool {
        self.node().flags & flag::PANICKED != 0
    }

    /// Whether it was still entered when the recording was taken, or was never entered at all.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.node().flags & flag::OPEN != 0
    }

    /// Whether it was entered at least once.
    #[must_use]
    pub fn is_entered(&self) -> bool {
        self.node().flags & flag::ENTERED != 0
    }

    /// Whether children of it were lost (a ring was full, or wrapped around).
    #[must_use]
    pub fn is_truncated(&self) -> bool {
        self.node().flags & flag::TRUNCATED != 0
    }

    /// Whether its parent was lost, so that it stands among the roots without being one.
    #[must_use]
    pub fn is_orphan(&self) -> bool {
        self.node().flags & flag::ORPHAN != 0
    }

    /// Whether its children began on more than one thread, so that their order is time's and not the program's. A future
    /// that a runtime moves from thread to thread makes its calls one after the other: those are not concurrent.
    #[must_use]
    pub fn has_concurrent_children(&self) -> bool {
        self.node().flags & flag::CONCURRENT_CHILDREN != 0
    }

    /// The call it was made in.
    #[must_use]
    pub fn parent(&self) -> Option<Call<'t>> {
        let parent = self.node().parent;
        (parent != NONE).then_some(Call { tree: self.tree, index: parent })
    }

    /// The chain of its callers, nearest first.
    pub fn ancestors(&self) -> impl Iterator<Item = Call<'t>> + use<'t> {
        std::iter::successors(self.parent(), Call::parent)
    }

    /// The calls made in it, in the order they began.
    pub fn children(&self) -> impl Iterator<Item = Call<'t>> + use<'t> {
        self.items().filter_map(Item::call)
    }

    /// The events in it, in order; those of its children excluded.
    pub fn events(&self) -> impl Iterator<Item = Event<'t>> + use<'t> {
        self.items().filter_map(Item::event)
    }

    /// The calls and events in it, in order.
    pub fn items(&self) -> impl Iterator<Item = Item<'t>> + use<'t> {
        self.tree.siblings(self.node().first_child)
    }

    /// Every call below it, parents before children.
    pub fn descendants(&self) -> impl Iterator<Item = Call<'t>> + use<'t> {
        Walk { tree: self.tree, at: self.node().first_child, root: self.index, depth: 1 }
            .filter_map(|(_, item)| item.call())
    }

    /// Number of its ancestors: 0 for a root.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.ancestors().count()
    }

    /// When it was first entered, since the session began; `None` if it never was, or times were off.
    #[must_use]
    pub fn first_enter(&self) -> Option<Duration> {
        (self.tree.timed && self.is_entered()).then(|| Duration::from_nanos(self.node().first_enter))
    }

    /// When it was last left, since the session began; `None` while it is open, or times were off.
    #[must_use]
    pub fn last_exit(&self) -> Option<Duration> {
        (self.tree.timed && self.is_entered() && !self.is_open()).then(|| Duration::from_nanos(self.node().last_exit))
    }

    /// Time between the first enter and the last exit of this call, `None` while it is open.
    ///
    /// Includes the gaps between polls of an async span; [`busy`](Self::busy) leaves them out. **Unit:** [`Duration`].
    /// **Source:** the TSC, read last thing on enter and first thing on exit.
    #[must_use]
    pub fn wall(&self) -> Option<Duration> {
        Some(self.last_exit()?.saturating_sub(self.first_enter()?))
    }

    /// Sum of the time it was entered, over all threads.
    #[must_use]
    pub fn busy(&self) -> Duration {
        Duration::from_nanos(self.tree.busy(self.node()))
    }

    /// Wall time minus busy time: what an async call waited. `None` while it is open.
    #[must_use]
    pub fn idle(&self) -> Option<Duration> {
        Some(self.wall()?.saturating_sub(self.busy()))
    }

    /// Busy time minus that of its children, minus our own calibrated cost for each of them. Never below zero.
    ///
    /// Only what children did inside it is taken off: on its thread while it was entered there. A child on another
    /// thread, or a spawned task that ran after it on the same one, ran beside this call, not in it.
    #[must_use]
    pub fn self_time(&self) -> Duration {
        let mut own = self.tree.busy(self.node());
        for child in self.children() {
            let inside = Inside::of(self.tree, child.node(), self.node());
            own = own.saturating_sub(inside.busy);
            own = own.saturating_sub((self.tree.own_cost_ns * inside.polls as f32) as u64);
        }
        Duration::from_nanos(own)
    }

    /// Number of times it was entered. A future that was `.instrument`ed is entered once more when it is dropped.
    #[must_use]
    pub fn polls(&self) -> u32 {
        self.tree.polls(self.node())
    }

    /// Its intervals between enter and exit with the index of the thread, in order of time. **Unit:** since the session
    /// began; the end is `None` while it lasts.
    pub fn stays(&self) -> impl Iterator<Item = (Duration, Option<Duration>, usize)> + use<'t> {
        let node = self.node();
        let (single, many) = (only_stay(self.tree, node), stays(self.tree, node));
        single.into_iter().chain(many.iter().copied()).map(|stay| {
            let end = (stay.end != u64::MAX).then(|| Duration::from_nanos(stay.end));
            (Duration::from_nanos(stay.start), end, stay.thread as usize)
        })
    }

    /// The thread it began on.
    #[must_use]
    pub fn thread(&self) -> &'t Thread {
        &self.tree.threads[self.node().thread as usize]
    }

    /// Index of that thread in [`CallTree::threads`].
    #[must_use]
    pub fn thread_index(&self) -> usize {
        self.node().thread as usize
    }

    /// Its memory readings, where the session took some.
    #[must_use]
    pub fn memory(&self) -> Option<Memory> {
        self.tree.memory_of(self.node())
    }

    /// Its memory without that of what children did inside it, as for [`self_time`](Self::self_time): what a child's
    /// later polls allocated elsewhere is not taken off. Without times, children that began on the same thread count as
    /// having been inside. Never below zero.
    #[must_use]
    pub fn memory_exclusive(&self) -> Option<Memory> {
        let mut own = self.memory()?;
        for child in self.children() {
            let Some(memory) = Inside::memory(self.tree, child.node(), self.node()) else { continue };
            own.allocated = own.allocated.saturating_sub(memory.allocated);
            own.allocations = own.allocations.saturating_sub(memory.allocations);
            own.freed = own.freed.saturating_sub(memory.freed);
        }
        Some(own)
    }

    /// The calls of this tree that it follows from, as the program said with `follows_from`. A call of another session,
    /// or one that was left out or lost, is not among them.
    pub fn follows_from(&self) -> impl Iterator<Item = Call<'t>> + use<'t> {
        let (tree, index) = (self.tree, self.index);
        let first = tree.follows.partition_point(|&(from, _)| from < index);
        tree.follows[first..]
            .iter()
            .take_while(move |&&(from, _)| from == index)
            .map(|&(_, to)| Call { tree, index: to })
    }
}

impl std::fmt::Debug for Call<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Call({} {}::{})", self.index, self.module(), self.name())
    }
}

impl<'t> Event<'t> {
    fn node(&self) -> &'t Node {
        &self.tree.nodes[self.index as usize]
    }

    /// Where it stands in the source.
    #[must_use]
    pub fn callsite(&self) -> &'t Callsite {
        &self.tree.callsites[self.node().callsite as usize]
    }

    /// A number for its callsite, the same for every event of it in this tree.
    #[must_use]
    pub fn callsite_index(&self) -> usize {
        self.node().callsite as usize
    }

    /// Its level.
    #[must_use]
    pub fn level(&self) -> Level {
        self.callsite().level
    }

    /// The module it was written in.
    #[must_use]
    pub fn module(&self) -> &'t str {
        &self.callsite().module
    }

    /// Its message, where it has one.
    #[must_use]
    pub fn message(&self) -> Option<&'t str> {
        fields_of(self.tree, self.index).find(|arg| arg.name == "message").and_then(|arg| arg.value.as_str())
    }

    /// Its fields, without the message.
    pub fn fields(&self) -> impl Iterator<Item = Arg<'t>> + use<'t> {
        fields_of(self.tree, self.index).filter(|arg| arg.name != "message")
    }

    /// All its fields, the message among them.
    #[cfg(any(feature = "export", feature = "file"))]
    pub(crate) fn args(&self) -> impl Iterator<Item = Arg<'t>> + use<'t> {
        fields_of(self.tree, self.index)
    }

    /// The tree it belongs to, and its node there.
    #[cfg(feature = "file")]
    pub(crate) fn place(&self) -> (&'t CallTree, u32) {
        (self.tree, self.index)
    }

    /// When it happened, since the session began; `None` where times were off.
    #[must_use]
    pub fn at(&self) -> Option<Duration> {
        self.tree.timed.then(|| Duration::from_nanos(self.node().first_enter))
    }

    /// Index of its thread in [`CallTree::threads`].
    #[must_use]
    pub fn thread_index(&self) -> usize {
        self.node().thread as usize
    }

    /// The call it happened in.
    #[must_use]
    pub fn parent(&self) -> Option<Call<'t>> {
        let parent = self.node().parent;
        (parent != NONE).then_some(Call { tree: self.tree, index: parent })
    }
}

impl std::fmt::Debug for Event<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Event({} {:?})", self.index, self.message())
    }
}

fn fields_of(tree: &CallTree, index: u32) -> impl Iterator<Item = Arg<'_>> + use<'_> {
    let node = &tree.nodes[index as usize];
    let names = &tree.callsites[node.callsite as usize].fields;
    tree.fields[node.fields as usize..][..usize::from(node.n_fields)].iter().map(|field| Arg {
        name: names.get(usize::from(field.name)).map_or("?", |name| name),
        value: field.value.view(&tree.text),
        cut: field.cut,
    })
}

pub(super) fn item(tree: &CallTree, index: u32) -> Item<'_> {
    if tree.nodes[index as usize].flags & flag::EVENT != 0 {
        Item::Event(Event { tree, index })
    } else {
        Item::Call(Call { tree, index })
    }
}

pub(super) struct Siblings<'t> {
    pub(super) tree: &'t CallTree,
    pub(super) at: u32,
}

impl<'t> Iterator for Siblings<'t> {
    type Item = Item<'t>;

    fn next(&mut self) -> Option<Item<'t>> {
        if self.at == NONE {
            return None;
        }
        let here = self.at;
        self.at = self.tree.nodes[here as usize].next;
        Some(item(self.tree, here))
    }
}

/// Pre-order without recursion: down to the first child, else along, else up and along.
pub(super) struct Walk<'t> {
    pub(super) tree: &'t CallTree,
    pub(super) at: u32,
    /// Not left upwards.
    pub(super) root: u32,
    pub(super) depth: usize,
}

impl<'t> Iterator for Walk<'t> {
    type Item = (usize, Item<'t>);

    fn next(&mut self) -> Option<(usize, Item<'t>)> {
        let nodes = &self.tree.nodes;
        if self.at == NONE || nodes.is_empty() {
            return None;
        }
        let (here, depth) = (self.at, self.depth);
        let mut node = &nodes[here as usize];
        self.at = if node.first_child != NONE {
            self.depth += 1;
            node.first_child
        } else {
            loop {
                if node.next != NONE {
                    break node.next;
                }
                if node.parent == self.root {
                    break NONE;
                }
                self.depth -= 1;
                node = &nodes[node.parent as usize];
            }
        };
        Some((depth, item(self.tree, here)))
    }
}

#[cfg(test)]
mod tests {
    use crate::tree::timeline::timeline;

    fn self_times(text: &str) -> Vec<u128> {
        timeline(text).calls().map(|call| call.self_time().as_nanos()).collect()
    }

    #[test]
    fn self_time_leaves_out_what_children_did_inside_the_call() {
        assert_eq!(self_times("a 0-100\n b 10-30\n  c 15-20\n b 40-50"), [70, 15, 5, 10]);
    }

    #[test]
    fn self_time_keeps_what_ran_while_a_spawned_task_was_busy_elsewhere() {
        assert_eq!(self_times("a 0-100\n b 10-30@1"), [100, 20]);
        assert_eq!(self_times("a 0-100\n b 200-290"), [100, 90]);
    }

    #[test]
    fn self_time_of_a_future_leaves_out_what_it_polled_on_any_thread() {
        assert_eq!(self_times("a 0-10 20-60@1\n b 30-50@1"), [30, 20]);
    }

    #[test]
    fn exclusive_memory_leaves_out_what_children_allocated_inside_the_call() {
        let tree = timeline("a 0-10 20-60@1 mem=90/9\n b 30-50@1 mem=20/2\n c 70-80 mem=50/5");
        let own = tree.roots().next().and_then(|a| a.memory_exclusive()).expect("it was read");
        assert_eq!((own.allocated, own.allocations), (70, 7));
    }

    #[test]
    fn exclusive_memory_keeps_what_a_child_allocated_elsewhere() {
        // `b` allocates 20 bytes inside `a`, 30 on another thread and 40 after `a` was left.
        let tree = timeline("a 0-50 mem=100/10\n b 10-20mem=20/2 25-30@1mem=30/3 60-70mem=40/4");
        let own: Vec<_> = tree.calls().filter_map(|call| call.memory_exclusive()).map(|own| own.allocated).collect();
        assert_eq!(own, [80, 90]);
    }
}
