//! Trees for the tests of this module: written by hand with everything a call can have, or random.

use std::sync::Arc;

use proptest::prelude::*;

use crate::snapshot::TracedSnapshot;
use crate::tree::{
    CallTree, Callsite, Field, Level, Memory, NONE, Outcome, Stay, Stored, Thread, TraceStats, TreeBuilder, flag,
};

/// A snapshot with the defaults, of a tree that misses nothing.
pub(crate) fn snapshot(tree: CallTree) -> TracedSnapshot {
    TracedSnapshot::new(Arc::new(tree), &TraceStats::default())
}

/// Values as the tests write them.
#[derive(Clone, Debug)]
pub(crate) enum Given {
    Bool(bool),
    I64(i64),
    U64(u64),
    U128(u128),
    F64(f64),
    Str(String),
    Text(String),
    Redacted,
}

/// Builds a tree node by node; times run on by 10 ns a node.
pub(crate) struct Forest {
    builder: TreeBuilder,
    now: u64,
}

impl Forest {
    pub(crate) fn new() -> Self {
        let mut builder = TreeBuilder::with_capacity(0);
        for name in ["main", "worker"] {
            builder.thread(Thread { name: Some(name.into()), ..Thread::default() });
        }
        Self { builder, now: 0 }
    }

    pub(crate) fn call(&mut self, parent: Option<u32>, name: &str, args: &[(&str, Given)]) -> u32 {
        let node = self.node(parent, name, Level::Info, flag::ENTERED, args);
        let at = self.builder.get_mut(node);
        at.last_exit = at.first_enter + 8;
        // Callers last until after it.
        let (mut above, mut end) = (at.parent, at.last_exit);
        while above != NONE {
            end += 1;
            let caller = self.builder.get_mut(above);
            caller.last_exit = end;
            above = caller.parent;
        }
        node
    }

    pub(crate) fn event(&mut self, parent: Option<u32>, level: Level, fields: &[(&str, Given)]) -> u32 {
        self.node(parent, "event", level, flag::ENTERED | flag::EVENT, fields)
    }

    fn node(&mut self, parent: Option<u32>, name: &str, level: Level, flags: u16, args: &[(&str, Given)]) -> u32 {
        let site = self.builder.callsite(Callsite {
            name: name.into(),
            module: "shop::order".into(),
            target: "shop".into(),
            file: None,
            line: None,
            level,
            fields: args.iter().map(|(name, _)| (*name).into()).collect(),
        });
        self.now += 10;
        let node = self.builder.node(site, 0, flags, self.now);
        let fields: Vec<_> = args.iter().enumerate().map(|(at, (_, given))| self.field(at as u16, given)).collect();
        self.builder.first_fields(node, fields);
        if let Some(parent) = parent {
            self.builder.set_parent(node, parent);
        }
        node
    }

    fn field(&mut self, name: u16, given: &Given) -> Field {
        let value = match given {
            Given::Bool(v) => Stored::Bool(*v),
            Given::I64(v) => Stored::I64(*v),
            Given::U64(v) => Stored::U64(*v),
            Given::U128(v) => Stored::U128(self.builder.text(&v.to_string())),
            Given::F64(v) => Stored::F64(*v),
            Given::Str(v) => Stored::Str(self.builder.text(v)),
            Given::Text(v) => Stored::Text(self.builder.text(v)),
            Given::Redacted => Stored::Redacted,
        };
        Field { name, cut: false, value }
    }

    pub(crate) fn returned(&mut self, node: u32, given: &Given) {
        let field = self.field(0, given);
        let outcome: &mut Outcome = self.builder.outcome(node);
        outcome.returned = Some(field);
    }

    pub(crate) fn error(&mut self, node: u32, text: &str) {
        let field = self.field(0, &Given::Text(text.into()));
        self.builder.outcome(node).error = Some(field);
    }

    /// Sets bits of [`flag`].
    pub(crate) fn mark(&mut self, node: u32, flags: u16) {
        self.builder.get_mut(node).flags |= flags;
    }

    pub(crate) fn on_worker(&mut self, node: u32) {
        self.builder.get_mut(node).thread = 1;
    }

    /// Nanoseconds from its first enter to its last exit.
    pub(crate) fn lasting(&mut self, node: u32, wall: u64) {
        let node = self.builder.get_mut(node);
        node.last_exit = node.first_enter + wall;
    }

    /// Nanoseconds that it was entered, in one go, of the eight from its first enter to its last exit.
    pub(crate) fn busy(&mut self, node: u32, busy: u64) {
        let (start, end) = (self.builder.get(node).first_enter, self.builder.get(node).last_exit);
        self.builder.stays(node, &mut [Stay { start, end: start + busy, thread: 0, memory: NONE }]);
        self.builder.get_mut(node).last_exit = end;
    }

    pub(crate) fn memory(&mut self, node: u32, allocated: u64, allocations: u64) {
        self.builder.counts_allocations();
        self.builder.memory(node, Memory { at_start: 1_000, allocated, allocations, freed: 0 });
    }

    pub(crate) fn finish(self) -> CallTree {
        self.builder.finish()
    }
}

/// The order of the README: an argument of each kind, an event, an error, a repetition.
pub(crate) fn shop() -> CallTree {
    let mut forest = Forest::new();
    let customer = ("customer_id", Given::U64(7));
    let order = forest.call(None, "process_order", &[customer.clone(), ("items", Given::U64(2))]);
    forest.returned(order, &Given::Text("Ok(Receipt { id: 1 })".into()));
    let message = ("message", Given::Text("cart priced".into()));
    forest.event(Some(order), Level::Info, &[message, ("items", Given::U64(3))]);
    let check = forest.call(Some(order), "check_availability", &[("items", Given::U64(2))]);
    forest.returned(check, &Given::Bool(true));
    let token = ("payment_token", Given::Redacted);
    let charge = forest.call(Some(order), "charge", &[("amount", Given::F64(30.0)), token]);
    forest.error(charge, "CardDeclined");
    for _ in 0..3 {
        forest.call(Some(order), "notify", std::slice::from_ref(&customer));
    }
    forest.finish()
}

/// A chain of calls, each made by the one before.
pub(crate) fn chain(depth: usize) -> CallTree {
    let mut builder = TreeBuilder::with_capacity(depth);
    let thread = builder.thread(Thread::default());
    let site = builder.callsite(crate::tree::testing::callsite("dive", &["left"]));
    let mut parent = NONE;
    for level in 0..depth {
        let node = builder.node(site, thread, flag::ENTERED, level as u64);
        builder.first_fields(node, [Field { name: 0, cut: false, value: Stored::U64((depth - level) as u64) }]);
        if parent != NONE {
            builder.set_parent(node, parent);
        }
        parent = node;
    }
    builder.finish()
}

/// Few names and values, so that equal neighbours are frequent; every kind of value and mark.
pub(crate) fn any_tree() -> impl Strategy<Value = CallTree> {
    let text = prop_oneof![Just("ada".to_owned()), Just("line\nbreak".to_owned()), "\\PC{0,12}"];
    let value = prop_oneof![
        any::<bool>().prop_map(Given::Bool),
        (-2_i64..3).prop_map(Given::I64),
        any::<u64>().prop_map(Given::U64),
        any::<u128>().prop_map(Given::U128),
        any::<f64>().prop_map(Given::F64),
        (0_u8..4).prop_map(|n| Given::F64(f64::from(n) / 4.0)),
        text.clone().prop_map(Given::Str),
        text.prop_map(Given::Text),
        Just(Given::Redacted),
    ];
    let node = (any::<prop::sample::Index>(), 0..12_u8, prop::option::of(value), any::<u16>());
    prop::collection::vec(node, 0..40).prop_map(|nodes| {
        let mut forest = Forest::new();
        let mut calls = vec![None];
        for (parent, kind, value, bits) in nodes {
            let parent = *parent.get(&calls);
            let args: Vec<_> = value.iter().map(|value| ("id", value.clone())).collect();
            if kind == 0 {
                forest.event(parent, Level::Warn, &args);
                continue;
            }
            let node = forest.call(parent, ["load", "save", "a b"][usize::from(kind) % 3], &args);
            calls.push(Some(node));
            if bits & 1 != 0 {
                forest.on_worker(node);
            }
            if let (true, Some(value)) = (bits & 2 != 0, &value) {
                forest.returned(node, value);
            }
            if bits & 12 == 12 {
                forest.error(node, "NotFound");
            }
            forest.lasting(node, u64::from(bits % 7));
            forest.memory(node, 64, u64::from(bits % 2));
            let marks = [flag::OPEN, flag::PANICKED, flag::TRUNCATED, flag::ORPHAN];
            forest.mark(node, marks.get(usize::from(bits >> 4) % 16).copied().unwrap_or(0));
        }
        forest.finish()
    })
}
