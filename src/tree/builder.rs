//! Makes a [`CallTree`] out of calls and events that arrive in any order.

use super::call_tree::Siblings;
use super::{CallTree, Callsite, Field, NONE, Node, Outcome, Stay, TextAt, Thread, flag};

/// Collects nodes, then links them: linear in their number, but for siblings from several threads, which are sorted.
///
/// A parent may be pushed after its children; [`TreeBuilder::set_parent`] names it any time before
/// [`finish`](TreeBuilder::finish). Siblings keep the order they were pushed in unless their `order` says otherwise.
#[derive(Debug)]
pub(crate) struct TreeBuilder {
    tree: CallTree,
    /// By node: a stamp that never falls along one thread. Siblings are sorted by it, stably.
    order: Vec<u64>,
}

impl TreeBuilder {
    pub(crate) fn with_capacity(nodes: usize) -> Self {
        let mut tree = CallTree { first_root: NONE, timed: true, ..CallTree::default() };
        tree.nodes.reserve_exact(nodes);
        Self { tree, order: Vec::with_capacity(nodes) }
    }

    /// Makes room for so many more nodes.
    #[cfg(feature = "file")]
    pub(crate) fn reserve(&mut self, nodes: usize) {
        self.tree.nodes.reserve_exact(nodes);
        self.order.reserve_exact(nodes);
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
        let known = self.tree.threads.iter().position(|have| have.key == thread.key && thread.key != 0);
        if let Some(at) = known {
            return at as u32;
        }
        self.add_thread(thread)
    }

    /// One more thread, whatever its key.
    pub(crate) fn add_thread(&mut self, thread: Thread) -> u32 {
        self.tree.threads.push(thread);
        self.tree.threads.len() as u32 - 1
    }

    /// A new call or event, without fields, times or parent yet. `order` is its stamp among its siblings.
    pub(crate) fn node(&mut self, callsite: u32, thread: u32, flags: u16, order: u64) -> u32 {
        self.tree.nodes.push(Node {
            callsite,
            parent: NONE,
            first_child: NONE,
            next: NONE,
            thread,
            flags,
            n_fields: 0,
            fields: 0,
            outcome: NONE,
            memory: NONE,
            polls: 0,
            stays: 0,
            n_stays: 0,
            first_enter: order,
            last_exit: 0,
            busy: 0,
        });
        self.order.push(order);
        self.tree.nodes.len() as u32 - 1
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
    pub(crate) fn first_fields(&mut self, node: u32, new: impl IntoIterator<Item = Field>) {
        let start = self.tree.fields.len();
        self.tree.fields.extend(new);
        let count = self.tree.fields.len() - start;
        let node = self.get_mut(node);
        (node.fields, node.n_fields) = (start as u32, count as u16);
    }

    pub(crate) fn outcome(&mut self, node: u32) -> &mut Outcome {
        if self.get(node).outcome == NONE {
            self.get_mut(node).outcome = self.tree.outcomes.len() as u32;
            self.tree.outcomes.push(Outcome::default());
        }
        let at = self.get(node).outcome as usize;
        &mut self.tree.outcomes[at]
    }

    pub(crate) fn memory(&mut self, node: u32, memory: super::Memory) {
        self.get_mut(node).memory = self.tree.memory.len() as u32;
        self.tree.memory.push(memory);
    }

    /// Adds the readings of one more stay. Those of the stay that is the first say what was in use when the call began.
    pub(crate) fn add_memory(&mut self, node: u32, memory: super::Memory, is_first: bool) {
        let Some(have) = self.tree.memory.get_mut(self.tree.nodes[node as usize].memory as usize) else {
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
        let node = self.get_mut(node);
        (node.stays, node.n_stays) = (at, stays.len() as u32);
        node.polls = stays.len() as u32;
        node.first_enter = stays.first().map_or(0, |stay| stay.start);
        node.busy = busy(stays);
        node.flags |= flag::ENTERED;
        if open {
            node.flags |= flag::OPEN;
        } else {
            node.flags &= !flag::OPEN;
            node.last_exit = stays.iter().map(|stay| stay.end).max().unwrap_or(0);
        }
    }

    pub(crate) fn follows(&mut self, node: u32, from: u32) {
        self.tree.follows.push((node, from));
    }

    /// Copies a whole tree in, its roots under `parent`; `offset` is added to its times.
    pub(crate) fn graft(&mut self, parent: u32, other: &CallTree, offset: u64) {
        let (nodes, callsites) = (self.tree.nodes.len() as u32, self.tree.callsites.len() as u32);
        let fields = self.tree.fields.len() as u32;
        let threads: Vec<u32> = other.threads.iter().map(|thread| self.thread(thread.clone())).collect();
        let (outcomes, memory) = (self.tree.outcomes.len() as u32, self.tree.memory.len() as u32);
        let (stays, text) = (self.tree.stays.len() as u32, self.tree.text.len());
        let moved = |field: &Field| field.shifted(text);
        let counted = other.counts_allocations || !self.tree.counts_allocations;
        self.tree.callsites.extend(other.callsites.iter().cloned());
        self.tree.text.push_str(&other.text);
        self.tree.fields.extend(other.fields.iter().map(moved));
        self.tree.outcomes.extend(other.outcomes.iter().map(|outcome| Outcome {
            returned: outcome.returned.as_ref().map(moved),
            error: outcome.error.as_ref().map(moved),
        }));
        self.tree.memory.extend_from_slice(&other.memory);
        self.tree.stays.extend(other.stays.iter().map(|stay| Stay {
            start: stay.start + offset,
            end: if stay.end == u64::MAX { u64::MAX } else { stay.end + offset },
            thread: threads[stay.thread as usize],
        }));
        self.tree.follows.extend(other.follows.iter().map(|(a, b)| (a + nodes, b + nodes)));
        let shift = |index: u32, by: u32| if index == NONE { NONE } else { index + by };
        // Walked, not copied in memory order: the sibling order of a finished tree is in its links.
        let mut renumbered = vec![NONE; other.nodes.len()];
        for (number, (_, item)) in (nodes..).zip(other.walk()) {
            renumbered[item.index() as usize] = number;
        }
        for (_, item) in other.walk() {
            let node = &other.nodes[item.index() as usize];
            self.tree.nodes.push(Node {
                callsite: node.callsite + callsites,
                parent: if node.parent == NONE { parent } else { renumbered[node.parent as usize] },
                first_child: NONE,
                next: NONE,
                thread: threads[node.thread as usize],
                fields: node.fields + fields,
                outcome: shift(node.outcome, outcomes),
                // A zero that nobody counted would pass for one that somebody did.
                memory: if counted { shift(node.memory, memory) } else { NONE },
                stays: node.stays + stays,
                first_enter: node.first_enter + offset,
                last_exit: node.last_exit + offset,
                ..*node
            });
            self.order.push(node.first_enter + offset);
        }
        for (from, to) in &mut self.tree.follows[..] {
            // Those just copied carry the old numbering shifted by `nodes`; older ones lie below it.
            if *from >= nodes {
                *from = renumbered[(*from - nodes) as usize];
                *to = renumbered[(*to - nodes) as usize];
            }
        }
    }

    /// The first field of a node.
    pub(crate) fn first_field(&self, node: u32) -> Option<Field> {
        let node = self.get(node);
        (node.n_fields > 0).then(|| self.tree.fields[node.fields as usize])
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
        self.order.retain(|_| {
            at += 1;
            fate[at - 1] == KEEP
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
        self.link();
        self.rescue_unreachable();
        self.order_siblings();
        self.forget_idle_threads();
        let mut tree = self.tree;
        tree.calls = tree.nodes.iter().filter(|node| node.flags & flag::EVENT == 0).count();
        tree.follows.sort_unstable();
        tree.follows.dedup();
        tree
    }

    /// Leaves out the threads that nothing in the tree ran on: others may have been read along with them.
    fn forget_idle_threads(&mut self) {
        let tree = &mut self.tree;
        let mut number = vec![NONE; tree.threads.len()];
        for node in &tree.nodes {
            number[node.thread as usize] = 0;
            let stays = &tree.stays[node.stays as usize..][..node.n_stays as usize];
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

    /// Pushes every node to the front of its parent's list, last one first, so lists come out in pushing order.
    fn link(&mut self) {
        let nodes = &mut self.tree.nodes;
        for index in (0..nodes.len() as u32).rev() {
            let parent = nodes[index as usize].parent;
            let first = if parent == NONE {
                std::mem::replace(&mut self.tree.first_root, index)
            } else {
                std::mem::replace(&mut nodes[parent as usize].first_child, index)
            };
            nodes[index as usize].next = first;
        }
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
        self.tree.first_root = NONE;
        self.link();
    }

    fn order_siblings(&mut self) {
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
                let order = self.order[index as usize];
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
                list.sort_by_key(|&index| self.order[index as usize]);
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
                _ if concurrent => self.tree.nodes[parent as usize].flags |= flag::CONCURRENT_CHILDREN,
                _ => {}
            }
        }
    }
}

/// Time entered, over all threads. A stay within another one on the same thread, of a span entered while it is entered,
/// adds nothing.
fn busy(stays: &[Stay]) -> u64 {
    // How far the stays so far reach, by thread: of those there are few.
    let mut reached: Vec<(u32, u64)> = Vec::new();
    let mut busy = 0;
    for stay in stays.iter().filter(|stay| stay.end != u64::MAX) {
        let at = reached.iter().position(|(thread, _)| *thread == stay.thread).unwrap_or_else(|| {
            reached.push((stay.thread, 0));
            reached.len() - 1
        });
        let until = &mut reached[at].1;
        busy += stay.end.saturating_sub(stay.start.max(*until));
        *until = stay.end.max(*until);
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
        for &node in exits.iter().rev() {
            let (own, parent) = (builder.get(node).busy + 10, builder.get(node).parent);
            let node = builder.get_mut(node);
            (node.busy, node.polls, node.last_exit) = (own, 1, node.first_enter + own);
            if parent != NONE {
                builder.get_mut(parent).busy += own;
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

    #[test]
    fn a_grafted_tree_keeps_its_shape_its_fields_and_its_times() {
        let inner = tree("x(y:7) z");
        let mut builder = TreeBuilder::with_capacity(1);
        let site = builder.callsite(callsite("a", &["k"]));
        let thread = builder.thread(Thread::default());
        let root = builder.node(site, thread, flag::ENTERED, 0);
        builder.graft(root, &inner, 1_000);
        let outer = builder.finish();
        assert_eq!(names(&outer), "0a 1x 2y 1z ");
        let y = outer.calls().find(|c| c.name() == "y").expect("grafted");
        assert_eq!(y.arg("id").and_then(|v| v.as_u64()), Some(7));
        assert!(y.first_enter().expect("entered").as_nanos() > 1_000);
    }

    use crate::tree::Call;
}
