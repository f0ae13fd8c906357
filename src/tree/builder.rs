//! Makes a [`CallTree`] out of calls and events that arrive in any order.

use std::collections::HashMap;

use super::call_tree::Siblings;
use super::inside::{runs_in_one_place_at_a_time, was_made_in};
use super::{CallTree, Callsite, Field, More, NONE, Node, Outcome, Stay, TextAt, Thread, flag};

/// Collects nodes, then links them: linear in their number, but for siblings from several threads, which are sorted.
///
/// A parent may be pushed after its children; [`TreeBuilder::set_parent`] names it any time before
/// [`finish`](TreeBuilder::finish). Siblings keep the order they were pushed in unless their `order` says otherwise.
#[derive(Debug)]
pub(crate) struct TreeBuilder {
    pub(super) tree: CallTree,
    /// By node: a stamp that never falls along one thread. Siblings are sorted by it, stably. `None` where they are
    /// pushed in their order.
    order: Option<Vec<u64>>,
    /// By key.
    threads: HashMap<u64, u32>,
}

// Implementation notes
//
// A recording on one thread is pushed in its order, parents before children, and then one pass backwards over the nodes
// is all that `finish` needs. Whatever else a tree may hold is looked for only where it can be.

impl TreeBuilder {
    /// For nodes whose siblings are sorted by their stamps.
    pub(crate) fn with_capacity(nodes: usize) -> Self {
        Self { order: Some(Vec::with_capacity(nodes)), ..Self::in_pushing_order(nodes) }
    }

    /// For nodes that are pushed in the order that siblings are to have.
    pub(crate) fn in_pushing_order(nodes: usize) -> Self {
        let mut tree = CallTree { first_root: NONE, timed: true, ..CallTree::default() };
        tree.nodes.reserve_exact(nodes);
        Self { tree, order: None, threads: HashMap::new() }
    }

    /// Makes room for so many more nodes.
    #[cfg(feature = "file")]
    pub(crate) fn reserve(&mut self, nodes: usize) {
        self.tree.nodes.reserve_exact(nodes);
        if let Some(order) = &mut self.order {
            order.reserve_exact(nodes);
        }
    }

    /// Says that the roots began on more than one thread, where nodes are pushed in their order.
    #[cfg(feature = "file")]
    pub(crate) fn concurrent_roots(&mut self) {
        self.tree.concurrent_roots = true;
    }

    pub(crate) fn untimed(&mut self) {
        self.tree.timed = false;
    }

    pub(crate) fn counts_allocations(&mut self) {
        self.tree.counts_allocations = true;
    }

    pub(crate) fn own_cost_ns(&mut self, ns: f32) {
        self.tree.own_cost_ns = ns;
    }

    pub(crate) fn callsite(&mut self, callsite: Callsite) -> u32 {
        self.tree.callsites.push(callsite);
        self.tree.callsites.len() as u32 - 1
    }

    /// A thread, the same one for the same key.
    pub(crate) fn thread(&mut self, thread: Thread) -> u32 {
        let next = self.tree.threads.len() as u32;
        let number = if thread.key == 0 { next } else { *self.threads.entry(thread.key).or_insert(next) };
        if number == next {
            self.tree.threads.push(thread);
        }
        number
    }

    /// A new call or event, without fields, times or parent yet. `order` is its stamp among its siblings.
    pub(crate) fn node(&mut self, callsite: u32, thread: u32, flags: u16, order: u64) -> u32 {
        let links = (NONE, NONE, NONE);
        let (parent, first_child, next) = links;
        let (n_fields, fields, more, first_enter, last_exit) = (0, 0, NONE, order, 0);
        self.push(
            Node { callsite, parent, first_child, next, thread, flags, n_fields, fields, more, first_enter, last_exit },
            order,
        )
    }

    /// A node as it is.
    #[inline]
    pub(crate) fn push(&mut self, node: Node, order: u64) -> u32 {
        self.tree.nodes.push(node);
        if let Some(orders) = &mut self.order {
            orders.push(order);
        }
        self.tree.nodes.len() as u32 - 1
    }

    /// Where a node just made stands among its siblings, when that is not where its time is.
    pub(crate) fn stands_at(&mut self, node: u32, order: u64) {
        if let Some(orders) = &mut self.order {
            orders[node as usize] = order;
        }
    }

    pub(crate) fn get(&self, node: u32) -> &Node {
        &self.tree.nodes[node as usize]
    }

    pub(crate) fn get_mut(&mut self, node: u32) -> &mut Node {
        &mut self.tree.nodes[node as usize]
    }

    pub(crate) fn callsite_of(&self, node: u32) -> &Callsite {
        &self.tree.callsites[self.get(node).callsite as usize]
    }

    pub(crate) fn set_parent(&mut self, node: u32, parent: u32) {
        debug_assert_ne!(node, parent, "a call is not its own caller");
        self.get_mut(node).parent = parent;
    }

    pub(crate) fn text(&mut self, text: &str) -> TextAt {
        let at = TextAt::new(self.tree.text.len(), text.len());
        self.tree.text.push_str(text);
        at
    }

    /// Adds fields to a node; one of the same name takes the newer value. All stand in the order of the callsite.
    pub(crate) fn add_fields(&mut self, node: u32, new: &[Field]) {
        if new.is_empty() {
            return;
        }
        let tree = &mut self.tree;
        let Node { fields: start, n_fields: count, .. } = tree.nodes[node as usize];
        let own = start as usize..start as usize + usize::from(count);
        let mut start = own.start;
        if own.end != tree.fields.len() || count == 0 {
            start = tree.fields.len();
            tree.fields.extend_from_within(own);
        }
        for field in new {
            match tree.fields[start..].iter_mut().find(|have| have.name == field.name) {
                Some(have) => *have = *field,
                None => tree.fields.push(*field),
            }
        }
        tree.fields[start..].sort_by_key(|field| field.name);
        let node = &mut tree.nodes[node as usize];
        node.fields = u32::try_from(start).unwrap_or(u32::MAX);
        node.n_fields = (tree.fields.len() - start) as u16;
    }

    /// The first fields of a node just made, all names different: no look for doubles.
    #[cfg(test)]
    pub(crate) fn first_fields(&mut self, node: u32, new: impl IntoIterator<Item = Field>) {
        let start = self.tree.fields.len();
        self.tree.fields.extend(new);
        self.own_fields(node, start);
    }

    /// Where the next field will stand.
    pub(crate) fn next_field(&self) -> usize {
        self.tree.fields.len()
    }

    pub(crate) fn push_field(&mut self, field: Field) {
        self.tree.fields.push(field);
    }

    /// Gives a node just made the fields that were pushed since `start`; to be looked at, and changed.
    pub(crate) fn own_fields(&mut self, node: u32, start: usize) -> &mut [Field] {
        let count = self.tree.fields.len() - start;
        let node = self.get_mut(node);
        (node.fields, node.n_fields) = (start as u32, count as u16);
        &mut self.tree.fields[start..]
    }

    /// Where a node keeps what most nodes have not.
    pub(super) fn more(&mut self, node: u32) -> &mut More {
        let at = &mut self.tree.nodes[node as usize].more;
        if *at == NONE {
            *at = self.tree.more.len() as u32;
            self.tree.more.push(More::NOTHING);
        }
        &mut self.tree.more[*at as usize]
    }

    pub(crate) fn outcome(&mut self, node: u32) -> &mut Outcome {
        let next = self.tree.outcomes.len();
        let at = &mut self.more(node).outcome;
        if *at == NONE {
            *at = next as u32;
        }
        let at = *at as usize;
        if at == next {
            self.tree.outcomes.push(Outcome::default());
        }
        &mut self.tree.outcomes[at]
    }

    /// A reading, for [`Stay::memory`].
    pub(crate) fn reading(&mut self, memory: super::Memory) -> u32 {
        self.tree.memory.push(memory);
        self.tree.memory.len() as u32 - 1
    }

    /// A reading again.
    pub(crate) fn reading_at(&self, at: u32) -> Option<super::Memory> {
        self.tree.memory.get(at as usize).copied()
    }

    /// What was read for a node so far.
    pub(crate) fn memory_of(&self, node: u32) -> Option<super::Memory> {
        self.tree.memory_of(self.get(node))
    }

    pub(crate) fn memory(&mut self, node: u32, memory: super::Memory) {
        let at = self.reading(memory);
        self.more(node).memory = at;
    }

    /// Adds the readings of one more stay. Those of the stay that is the first say what was in use when the call began.
    pub(crate) fn add_memory(&mut self, node: u32, memory: super::Memory, is_first: bool) {
        let at = self.tree.more(self.get(node)).memory;
        let Some(have) = self.tree.memory.get_mut(at as usize) else {
            return self.memory(node, memory);
        };
        have.at_start = if is_first { memory.at_start } else { have.at_start };
        have.allocated = have.allocated.wrapping_add(memory.allocated);
        have.allocations = have.allocations.wrapping_add(memory.allocations);
        have.freed = have.freed.wrapping_add(memory.freed);
    }

    /// The intervals of a node that has more than its first one; sets times, busy and polls from them.
    pub(crate) fn stays(&mut self, node: u32, stays: &mut [Stay]) {
        stays.sort_by_key(|stay| stay.start);
        let at = self.tree.stays.len() as u32;
        self.tree.stays.extend_from_slice(stays);
        let open = stays.iter().any(|stay| stay.end == u64::MAX);
        let more = self.more(node);
        (more.stays, more.n_stays, more.busy) = (at, stays.len() as u32, busy(stays));
        let node = self.get_mut(node);
        node.first_enter = stays.first().map_or(0, |stay| stay.start);
        node.flags |= flag::ENTERED;
        if open {
            node.flags |= flag::OPEN;
        } else {
            node.flags &= !flag::OPEN;
            node.last_exit = stays.iter().map(|stay| stay.end).max().unwrap_or(0);
        }
    }

    /// Adds stays beyond the one in a call's own row, with what they say of the call.
    pub(crate) fn later_stays(&mut self, mut later: Vec<(u32, Stay, u16)>) {
        later.sort_by_key(|(node, stay, ..)| (*node, stay.start));
        let mut stays = Vec::new();
        for group in later.chunk_by(|a, b| a.0 == b.0) {
            let node = group[0].0;
            let have = *self.get(node);
            stays.clear();
            if have.flags & flag::ENTERED != 0 {
                let end = if have.flags & flag::OPEN != 0 { u64::MAX } else { have.last_exit };
                // What the call has read so far is of this stay; it will be of all.
                let memory = self.memory_of(node).map_or(NONE, |memory| self.reading(memory));
                stays.push(Stay { start: have.first_enter, end, thread: have.thread, memory });
            }
            let is_first = |stay: &Stay| have.flags & flag::ENTERED == 0 || stay.start < have.first_enter;
            for (_, stay, more) in group.iter().rev() {
                self.get_mut(node).flags |= more;
                if let Some(memory) = self.reading_at(stay.memory) {
                    self.add_memory(node, memory, is_first(stay));
                }
            }
            stays.extend(group.iter().map(|(_, stay, _)| *stay));
            self.stays(node, &mut stays);
        }
    }

    pub(crate) fn follows(&mut self, node: u32, from: u32) {
        self.tree.follows.push((node, from));
    }

    /// The first field of a node.
    pub(crate) fn first_field(&self, node: u32) -> Option<Field> {
        let node = self.get(node);
        (node.n_fields > 0).then(|| self.tree.fields[node.fields as usize])
    }

    /// Number of calls above what is below a node: itself and its callers.
    pub(crate) fn depth_below(&self, node: u32) -> usize {
        let parent = |node: &u32| Some(self.get(*node).parent).filter(|&parent| parent != NONE);
        std::iter::successors(Some(node).filter(|&node| node != NONE), parent).take(self.tree.nodes.len()).count()
    }

    /// The nodes with at least `depth` calls above them; parents must be named already.
    pub(crate) fn deeper_than(&self, depth: usize) -> Vec<u32> {
        if depth >= self.tree.nodes.len() {
            return Vec::new();
        }
        let mut depths = vec![NONE; self.tree.nodes.len()];
        let mut path = Vec::new();
        let mut deep = Vec::new();
        for node in 0..self.tree.nodes.len() as u32 {
            let mut at = node;
            // A ring of parents ends where the path meets itself: nothing on it is deeper than the path is long.
            while at != NONE && depths[at as usize] == NONE && path.len() <= self.tree.nodes.len() {
                path.push(at);
                at = self.get(at).parent;
            }
            let mut above = if at == NONE { 0 } else { depths[at as usize].wrapping_add(1) };
            while let Some(at) = path.pop() {
                depths[at as usize] = above;
                above = above.wrapping_add(1);
            }
            if depths[node as usize] as usize >= depth && self.get(node).flags & flag::EVENT == 0 {
                deep.push(node);
            }
        }
        deep
    }

    /// By node: whether it is one of these or below one.
    pub(crate) fn under(&self, tops: &[u32]) -> Vec<bool> {
        let mut under: Vec<Option<bool>> = vec![None; self.tree.nodes.len()];
        tops.iter().for_each(|&top| under[top as usize] = Some(true));
        let mut path = Vec::new();
        for node in 0..self.tree.nodes.len() as u32 {
            let mut at = node;
            while at != NONE && under[at as usize].is_none() && path.len() <= self.tree.nodes.len() {
                path.push(at);
                at = self.get(at).parent;
            }
            let is_under = at != NONE && under[at as usize] == Some(true);
            path.drain(..).for_each(|at| under[at as usize] = Some(is_under));
        }
        under.into_iter().map(|under| under == Some(true)).collect()
    }

    /// Takes nodes out: the dropped ones with all that is below them, the spliced ones alone, so that what is below
    /// moves up to the next caller. Numbers of nodes change.
    pub(crate) fn remove(&mut self, dropped: &[u32], spliced: &[u32]) {
        if dropped.is_empty() && spliced.is_empty() {
            return;
        }
        const KEEP: u8 = 0;
        const DROP: u8 = 1;
        const SPLICE: u8 = 2;
        const UNKNOWN: u8 = 3;
        let mut fate = vec![UNKNOWN; self.tree.nodes.len()];
        dropped.iter().for_each(|&node| fate[node as usize] = DROP);
        let mut splice = vec![false; self.tree.nodes.len()];
        spliced.iter().for_each(|&node| splice[node as usize] = true);
        let mut path = Vec::new();
        for node in 0..self.tree.nodes.len() as u32 {
            let mut at = node;
            while at != NONE && fate[at as usize] == UNKNOWN && path.len() <= self.tree.nodes.len() {
                path.push(at);
                at = self.get(at).parent;
            }
            let lost = at != NONE && fate[at as usize] == DROP;
            for at in path.drain(..) {
                fate[at as usize] = match (lost, splice[at as usize]) {
                    (true, _) => DROP,
                    (false, true) => SPLICE,
                    (false, false) => KEEP,
                };
            }
        }
        let mut renumbered = vec![NONE; self.tree.nodes.len()];
        let kept = (0..fate.len()).filter(|&node| fate[node] == KEEP);
        kept.enumerate().for_each(|(new, old)| renumbered[old] = new as u32);
        for node in 0..fate.len() {
            let mut parent = self.tree.nodes[node].parent;
            let mut orphan = 0;
            while parent != NONE && fate[parent as usize] == SPLICE {
                orphan = self.tree.nodes[parent as usize].flags & flag::ORPHAN;
                parent = self.tree.nodes[parent as usize].parent;
            }
            // Spliced parents are skipped before they move themselves: `parent` of a spliced node stays as it was.
            if fate[node] == KEEP {
                self.tree.nodes[node].flags |= orphan;
                self.tree.nodes[node].parent = parent;
            }
        }
        let mut at = 0;
        self.order.iter_mut().for_each(|order| {
            at = 0;
            order.retain(|_| {
                at += 1;
                fate[at - 1] == KEEP
            });
        });
        at = 0;
        self.tree.nodes.retain(|_| {
            at += 1;
            fate[at - 1] == KEEP
        });
        for node in &mut self.tree.nodes {
            if node.parent != NONE {
                node.parent = renumbered[node.parent as usize];
            }
        }
        self.tree.follows.retain_mut(|(from, to)| {
            (*from, *to) = (renumbered[*from as usize], renumbered[*to as usize]);
            *from != NONE && *to != NONE
        });
    }

    /// Links the nodes and gives the tree.
    pub(crate) fn finish(mut self) -> CallTree {
        if !self.link() {
            self.rescue_unreachable();
        }
        if let Some(order) = self.order.take() {
            self.order_siblings(&order);
        }
        self.forget_idle_threads();
        let mut tree = self.tree;
        tree.follows.sort_unstable();
        tree.follows.dedup();
        tree
    }

    /// Leaves out the threads that nothing in the tree ran on: others may have been read along with them.
    fn forget_idle_threads(&mut self) {
        let tree = &mut self.tree;
        if tree.threads.len() == 1 && !tree.nodes.is_empty() {
            return;
        }
        let mut number = vec![NONE; tree.threads.len()];
        for node in &tree.nodes {
            number[node.thread as usize] = 0;
            let More { stays, n_stays, .. } = tree.more(node);
            let stays = if n_stays == 0 { &[] } else { &tree.stays[stays as usize..][..n_stays as usize] };
            stays.iter().for_each(|stay| number[stay.thread as usize] = 0);
        }
        if !number.contains(&NONE) {
            return;
        }
        for (next, number) in (0..).zip(number.iter_mut().filter(|number| **number != NONE)) {
            *number = next;
        }
        let mut at = 0;
        tree.threads.retain(|_| {
            at += 1;
            number[at - 1] != NONE
        });
        tree.nodes.iter_mut().for_each(|node| node.thread = number[node.thread as usize]);
        // Stays of nodes that were taken out are still there, on threads that are not.
        let thread = |stay: &Stay| Some(number[stay.thread as usize]).filter(|&thread| thread != NONE).unwrap_or(0);
        tree.stays.iter_mut().for_each(|stay| stay.thread = thread(stay));
        if tree.threads.is_empty() {
            tree.stays.clear();
        }
    }

    /// Pushes every node to the front of its parent's list, last one first, so lists come out in pushing order; counts
    /// the calls. Says whether all parents stand before their children, so that every node is surely reached.
    fn link(&mut self) -> bool {
        let CallTree { nodes, first_root, calls, .. } = &mut self.tree;
        let (mut forward, mut events) = (true, 0);
        *first_root = NONE;
        for index in (0..nodes.len() as u32).rev() {
            let node = &nodes[index as usize];
            let parent = node.parent;
            events += usize::from(node.flags & flag::EVENT);
            let list = match nodes.get_mut(parent as usize) {
                Some(parent) => &mut parent.first_child,
                None => &mut *first_root,
            };
            let first = std::mem::replace(list, index);
            nodes[index as usize].next = first;
            forward &= parent == NONE || parent < index;
        }
        *calls = nodes.len() - events;
        forward
    }

    /// Nodes on a ring of parents cannot come from a real program, but a damaged recording can hold them: they become
    /// roots, so that walks end and nothing is hidden.
    fn rescue_unreachable(&mut self) {
        let reached = self.tree.walk().count();
        if reached == self.tree.nodes.len() {
            return;
        }
        let mut seen = vec![false; self.tree.nodes.len()];
        for (_, item) in self.tree.walk() {
            seen[item.index() as usize] = true;
        }
        for (node, _) in self.tree.nodes.iter_mut().zip(&seen).filter(|(_, seen)| !**seen) {
            (node.parent, node.flags) = (NONE, node.flags | flag::ORPHAN);
        }
        for node in &mut self.tree.nodes {
            (node.first_child, node.next) = (NONE, NONE);
        }
        self.link();
    }

    fn order_siblings(&mut self, orders: &[u64]) {
        let mut list = Vec::new();
        for parent in std::iter::once(NONE).chain(0..self.tree.nodes.len() as u32) {
            let first = match parent {
                NONE => self.tree.first_root,
                _ => self.tree.nodes[parent as usize].first_child,
            };
            if first == NONE || self.tree.nodes.is_empty() {
                continue;
            }
            let (mut sorted, mut concurrent, mut last, mut thread) = (true, false, 0, None);
            for item in (Siblings { tree: &self.tree, at: first }) {
                let index = item.index();
                let order = orders[index as usize];
                sorted &= order >= last;
                last = order;
                if item.call().is_some() {
                    let here = self.tree.nodes[index as usize].thread;
                    concurrent |= thread.is_some_and(|thread| thread != here);
                    thread = Some(here);
                }
            }
            if !sorted {
                list.clear();
                list.extend((Siblings { tree: &self.tree, at: first }).map(super::Item::index));
                list.sort_by_key(|&index| orders[index as usize]);
                for pair in list.windows(2) {
                    self.tree.nodes[pair[0] as usize].next = pair[1];
                }
                self.tree.nodes[list[list.len() - 1] as usize].next = NONE;
                match parent {
                    NONE => self.tree.first_root = list[0],
                    _ => self.tree.nodes[parent as usize].first_child = list[0],
                }
            }
            match parent {
                NONE => self.tree.concurrent_roots = concurrent,
                _ if concurrent && !self.are_calls_of_one_place(parent, orders) => {
                    self.tree.nodes[parent as usize].flags |= flag::CONCURRENT_CHILDREN;
                }
                _ => {}
            }
        }
    }
}

impl TreeBuilder {
    /// Whether all children of a call were made in it while it was on one thread at a time. A runtime moves futures
    /// between threads as it likes, and what it liked must not be seen in a snapshot.
    fn are_calls_of_one_place(&self, parent: u32, orders: &[u64]) -> bool {
        let (tree, caller) = (&self.tree, &self.tree.nodes[parent as usize]);
        let was_made_in = |item: super::Item<'_>| {
            let at = item.index() as usize;
            item.call().is_none() || was_made_in(tree, &tree.nodes[at], orders[at], caller)
        };
        runs_in_one_place_at_a_time(tree, caller) && Siblings { tree, at: caller.first_child }.all(was_made_in)
    }
}

/// Time entered, over all threads. A stay within another one on the same thread, of a span entered while it is entered,
/// adds nothing.
fn busy(stays: &[Stay]) -> u64 {
    let mut closed: Vec<&Stay> = stays.iter().filter(|stay| stay.end != u64::MAX).collect();
    // Stable: the stays of one thread stay in the order of time.
    closed.sort_by_key(|stay| stay.thread);
    let (mut busy, mut thread, mut until) = (0, None, 0);
    for stay in closed {
        if thread != Some(stay.thread) {
            (thread, until) = (Some(stay.thread), 0);
        }
        busy += stay.end.saturating_sub(stay.start.max(until));
        until = stay.end.max(until);
    }
    busy
}

/// Trees by hand for the tests of everything that reads trees: `tree("a(b(c) b) d")`.
#[cfg(test)]
pub(crate) mod testing {
    use super::*;
    use crate::tree::{Level, Stored};

    pub(crate) fn callsite(name: &str, fields: &[&str]) -> Callsite {
        Callsite {
            name: name.into(),
            module: "shop".into(),
            target: "shop".into(),
            file: Some("src/shop.rs".into()),
            line: Some(1),
            level: Level::Info,
            fields: fields.iter().map(|&f| f.into()).collect(),
        }
    }

    /// Calls by name with their children in brackets. Every call takes 10 ns of its own, children come one after the
    /// other, on one thread; a name may carry an argument: `b:7`.
    pub(crate) fn tree(text: &str) -> CallTree {
        let mut builder = TreeBuilder::with_capacity(0);
        let thread = builder.thread(Thread { name: Some("main".into()), key: 1 });
        let mut stack: Vec<u32> = Vec::new();
        let mut names: Vec<String> = Vec::new();
        let mut last = NONE;
        let mut now = 0;
        let mut exits = Vec::new();
        let tokens = text.replace('(', " ( ").replace(')', " ) ");
        for token in tokens.split_whitespace() {
            match token {
                "(" => stack.push(last),
                ")" => last = stack.pop().expect("brackets match"),
                _ => {
                    let (name, arg) = token.split_once(':').unwrap_or((token, ""));
                    let at = names.iter().position(|n| n == name).unwrap_or_else(|| {
                        names.push(name.into());
                        builder.callsite(callsite(name, &["id"]));
                        names.len() - 1
                    });
                    now += 5;
                    last = builder.node(at as u32, thread, flag::ENTERED, now);
                    if let Ok(id) = arg.parse() {
                        builder.first_fields(last, [Field { name: 0, cut: false, value: Stored::U64(id) }]);
                    }
                    if let Some(&parent) = stack.last() {
                        builder.set_parent(last, parent);
                    }
                    exits.push(last);
                }
            }
        }
        // Busy: 10 of its own and that of its children; children are numbered after their parents.
        let mut busy = vec![10; exits.len()];
        for &node in exits.iter().rev() {
            let (own, parent) = (busy[node as usize], builder.get(node).parent);
            let node = builder.get_mut(node);
            node.last_exit = node.first_enter + own;
            if parent != NONE {
                busy[parent as usize] += own;
            }
        }
        builder.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::testing::{callsite, tree};
    use super::*;

    fn names(tree: &CallTree) -> String {
        tree.walk().map(|(depth, item)| format!("{depth}{} ", item.call().expect("calls only").name())).collect()
    }

    #[test]
    fn a_walk_meets_parents_first_and_siblings_in_order() {
        assert_eq!(names(&tree("a(b(c d) e) f")), "0a 1b 2c 2d 1e 0f ");
    }

    #[test]
    fn siblings_of_several_threads_are_put_in_order_of_time_and_marked() {
        let mut builder = TreeBuilder::with_capacity(3);
        let site = builder.callsite(callsite("a", &[]));
        let threads = [builder.thread(Thread::default()), builder.thread(Thread::default())];
        let parent = builder.node(site, threads[0], flag::ENTERED, 0);
        let late = builder.node(site, threads[0], flag::ENTERED, 20);
        let early = builder.node(site, threads[1], flag::ENTERED, 10);
        builder.set_parent(late, parent);
        builder.set_parent(early, parent);
        let tree = builder.finish();
        let root = tree.roots().next().expect("one root");
        assert!(root.has_concurrent_children());
        assert_eq!(root.children().map(|c| c.id().0).collect::<Vec<_>>(), [early, late]);
    }

    #[test]
    fn a_thread_that_nothing_ran_on_is_left_out() {
        let mut builder = TreeBuilder::with_capacity(1);
        let site = builder.callsite(callsite("a", &[]));
        let name = |name: &str| Thread { name: Some(name.into()), key: 0 };
        builder.thread(name("idle"));
        let busy = builder.thread(name("busy"));
        builder.node(site, busy, flag::ENTERED, 0);
        let tree = builder.finish();
        assert_eq!(
            (tree.threads().len(), tree.roots().next().map(|root| root.thread().clone())),
            (1, Some(name("busy")))
        );
    }

    #[test]
    fn a_ring_of_parents_is_broken_instead_of_walked_for_ever() {
        let mut builder = TreeBuilder::with_capacity(2);
        let site = builder.callsite(callsite("a", &[]));
        let thread = builder.thread(Thread::default());
        let (a, b) = (builder.node(site, thread, 0, 0), builder.node(site, thread, 0, 0));
        builder.set_parent(a, b);
        builder.set_parent(b, a);
        let tree = builder.finish();
        assert_eq!(tree.calls().filter(Call::is_orphan).count(), 2);
    }

    use crate::tree::Call;
}
