//! Hangs a finished tree into one that is being built, as far as the one who builds it may see.
//!
//! Whose eyes these are it does not know: a [`Sieve`] says what is wanted, and what becomes of every value.

use super::{CallTree, Field, Memory, More, NONE, Node, Outcome, Stay, TreeBuilder};

/// What is let through of a tree that is grafted.
pub(crate) trait Sieve {
    /// By callsite of the grafted tree: its number in the tree it is grafted into, or `NONE` where it is not wanted.
    /// What is below a call that is not wanted hangs on the nearest one above that is.
    fn callsites(&self) -> &[u32];

    /// Whether a root of this callsite, with all that is below it, is in the sample.
    fn keeps_root(&mut self, callsite: u32) -> bool;

    /// What is shown of a field of a call or event of this callsite.
    fn field(&mut self, builder: &mut TreeBuilder, callsite: u32, field: Field, text: &str) -> Field;

    /// The same of what a call returned, `returned`, or of its error.
    fn outcome(&mut self, builder: &mut TreeBuilder, returned: bool, field: Field, text: &str) -> Field;
}

/// Stands for «not in the sample» among the numbers that nodes get.
const UNSAMPLED: u32 = NONE - 1;

impl TreeBuilder {
    /// Copies of a tree what `sieve` lets through, its roots under `parent`; `offset` is added to its times. Returns how
    /// many calls were not in the sample.
    pub(crate) fn graft(&mut self, parent: u32, other: &CallTree, offset: u64, sieve: &mut impl Sieve) -> u64 {
        let threads: Vec<u32> = other.threads.iter().map(|thread| self.thread(thread.clone())).collect();
        // By node: its number here; of one that is left out, that of its nearest caller here.
        let mut stands = vec![NONE; other.nodes.len()];
        let mut unsampled = 0;
        // Walked, not copied in memory order: the sibling order of a finished tree is in its links.
        for (_, item) in other.walk() {
            let at = item.index() as usize;
            let node = &other.nodes[at];
            let above = if node.parent == NONE { parent } else { stands[node.parent as usize] };
            let callsite = sieve.callsites()[node.callsite as usize];
            let is_root = above == NONE && callsite != NONE;
            if above == UNSAMPLED || is_root && !sieve.keeps_root(node.callsite) {
                unsampled += u64::from(item.call().is_some() && callsite != NONE);
                stands[at] = UNSAMPLED;
                continue;
            }
            if callsite == NONE {
                stands[at] = above;
                continue;
            }
            let copy = Node {
                callsite,
                parent: above,
                first_child: NONE,
                next: NONE,
                thread: threads[node.thread as usize],
                fields: 0,
                n_fields: 0,
                more: NONE,
                first_enter: node.first_enter + offset,
                last_exit: node.last_exit + offset,
                flags: node.flags,
            };
            stands[at] = self.push(copy, node.first_enter + offset);
            let start = self.next_field();
            for &field in &other.fields[node.fields as usize..][..usize::from(node.n_fields)] {
                let field = sieve.field(self, node.callsite, field, &other.text);
                self.push_field(field);
            }
            self.own_fields(stands[at], start);
            if node.more != NONE {
                self.graft_more(stands[at], other, other.more(node), &threads, offset, sieve);
            }
        }
        let here =
            |node: u32| Some(stands[node as usize]).filter(|_| sieve.callsites()[callsite_of(other, node)] != NONE);
        for &(from, to) in &other.follows {
            if let (Some(from), Some(to)) = (here(from), here(to))
                && from != UNSAMPLED
                && to != UNSAMPLED
            {
                self.follows(from, to);
            }
        }
        unsampled
    }

    fn graft_more(
        &mut self,
        node: u32,
        other: &CallTree,
        more: More,
        threads: &[u32],
        offset: u64,
        sieve: &mut impl Sieve,
    ) {
        if let Some(&Outcome { returned, error }) = other.outcomes.get(more.outcome as usize) {
            let returned = returned.map(|field| sieve.outcome(self, true, field, &other.text));
            let error = error.map(|field| sieve.outcome(self, false, field, &other.text));
            *self.outcome(node) = Outcome { returned, error };
        }
        // A zero that nobody counted would pass for one that somebody did.
        let counted = other.counts_allocations || !self.tree.counts_allocations;
        let reading = |at: u32| other.memory.get(at as usize).copied().filter(|_| counted);
        if let Some(memory) = reading(more.memory) {
            self.memory(node, memory);
        }
        if more.n_stays != 0 {
            let at = self.tree.stays.len() as u32;
            for stay in &other.stays[more.stays as usize..][..more.n_stays as usize] {
                let memory: Option<Memory> = reading(stay.memory);
                let stay = Stay {
                    start: stay.start + offset,
                    end: if stay.end == u64::MAX { u64::MAX } else { stay.end + offset },
                    thread: threads[stay.thread as usize],
                    memory: memory.map_or(NONE, |memory| self.reading(memory)),
                };
                self.tree.stays.push(stay);
            }
            let copy = self.more(node);
            (copy.stays, copy.n_stays, copy.busy) = (at, more.n_stays, more.busy);
        }
    }
}

fn callsite_of(tree: &CallTree, node: u32) -> usize {
    tree.nodes[node as usize].callsite as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::testing::{callsite, tree};
    use crate::tree::{Thread, flag};

    /// Lets callsites through by their number, and everything of them.
    struct Open(Vec<u32>);

    impl Sieve for Open {
        fn callsites(&self) -> &[u32] {
            &self.0
        }

        fn keeps_root(&mut self, _: u32) -> bool {
            true
        }

        fn field(&mut self, builder: &mut TreeBuilder, _: u32, field: Field, text: &str) -> Field {
            field.map_text(|at| builder.text(at.of(text)))
        }

        fn outcome(&mut self, builder: &mut TreeBuilder, _: bool, field: Field, text: &str) -> Field {
            self.field(builder, 0, field, text)
        }
    }

    /// `a` with `x(y:7) z` grafted under it, 1,000 ns later, without the callsites of these names.
    fn grafted(unwanted: &[&str]) -> CallTree {
        let inner = tree("x(y:7) z");
        let mut builder = TreeBuilder::with_capacity(1);
        let site = builder.callsite(callsite("a", &["k"]));
        let thread = builder.thread(Thread::default());
        let root = builder.node(site, thread, flag::ENTERED, 0);
        let numbers = inner
            .callsites
            .iter()
            .map(|site| if unwanted.contains(&&*site.name) { NONE } else { builder.callsite(site.clone()) });
        let mut open = Open(numbers.collect());
        builder.graft(root, &inner, 1_000, &mut open);
        builder.finish()
    }

    fn names(tree: &CallTree) -> String {
        tree.walk().map(|(depth, item)| format!("{depth}{} ", item.call().expect("calls only").name())).collect()
    }

    #[test]
    fn a_grafted_tree_keeps_its_shape_its_fields_and_its_times() {
        let outer = grafted(&[]);
        assert_eq!(names(&outer), "0a 1x 2y 1z ");
        let y = outer.calls().find(|c| c.name() == "y").expect("grafted");
        assert_eq!(y.arg("id").and_then(|v| v.as_u64()), Some(7));
        assert!(y.first_enter().expect("entered").as_nanos() > 1_000);
        assert_eq!(y.busy().as_nanos(), 10);
    }

    #[test]
    fn what_is_not_wanted_is_left_out_and_what_is_below_it_moves_up() {
        assert_eq!(names(&grafted(&["x"])), "0a 1y 1z ");
        assert_eq!(names(&grafted(&["y", "z"])), "0a 1x ");
        assert!(grafted(&["y"]).fields.is_empty(), "nothing of it is kept");
    }
}
