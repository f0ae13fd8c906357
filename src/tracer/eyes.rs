//! What a session sees of a tree that another one recorded inside it.
//!
//! How the tree is hung into its own is the builder's.

use super::assemble::{Known, within};
use crate::layer::session::Session;
use crate::tree::{CallTree, Field, Sieve, Stored, TreeBuilder};

/// The eyes of a session on a tree that another one recorded inside it: by its filter, its sample, its policy and its
/// limits, as if it had recorded all of it.
pub(super) struct Eyes<'a> {
    pub(super) session: &'a Session,
    /// By callsite of the inner tree.
    pub(super) known: Vec<Known>,
    /// The same: the number in the outer tree, or `NONE` where it is not wanted.
    pub(super) numbers: Vec<u32>,
    /// Values that its policy changed.
    pub(super) redacted: u64,
    /// Values that its limit cut.
    pub(super) cut: u64,
}

impl Eyes<'_> {
    fn shown(&mut self, builder: &mut TreeBuilder, is_secret: bool, mut field: Field, text: &str) -> Field {
        if matches!(field.value, Stored::Redacted) {
            return field;
        }
        if is_secret {
            self.redacted += 1;
            return Field { value: Stored::Redacted, cut: false, ..field };
        }
        let plan = &self.session.plan;
        if let Stored::I128(_) | Stored::U128(_) = field.value {
            return field.map_text(|at| builder.text(at.of(text)));
        }
        let mut cut = false;
        let mapped = field.map_text(|at| {
            let text = within(plan.value_limit, at.of(text), &mut cut);
            let clean = plan.policy.scrub_debug(text);
            self.redacted += u64::from(clean != text);
            builder.text(&clean)
        });
        self.cut += u64::from(cut && !field.cut);
        field = mapped;
        field.cut |= cut;
        field
    }
}

impl Sieve for Eyes<'_> {
    fn callsites(&self) -> &[u32] {
        &self.numbers
    }

    fn keeps_root(&mut self, callsite: u32) -> bool {
        let Known { site, decision, .. } = self.known[callsite as usize];
        !decision.is_sampled() || self.session.samples(&self.session.decision_on(site.metadata))
    }

    fn field(&mut self, builder: &mut TreeBuilder, callsite: u32, field: Field, text: &str) -> Field {
        let mask = self.known[callsite as usize].decision.redact;
        self.shown(builder, mask >> (field.name & 63) & 1 == 1, field, text)
    }

    fn outcome(&mut self, builder: &mut TreeBuilder, returned: bool, field: Field, text: &str) -> Field {
        let name = if returned { "return" } else { "error" };
        let is_secret = self.session.plan.policy.matches_name(name).is_some();
        self.shown(builder, is_secret, field, text)
    }
}

/// Number of calls inside each other at the deepest place.
pub(super) fn depth_of(tree: &CallTree) -> usize {
    tree.walk().filter(|(_, item)| item.call().is_some()).map(|(depth, _)| depth + 1).max().unwrap_or(0)
}
