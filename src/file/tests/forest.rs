//! Trees made at random: everything that a node can hold, in any mixture.

use proptest::prelude::*;

use crate::tree::{CallTree, Callsite, Field, Level, Memory, NONE, Stay, Stored, Thread, TreeBuilder, flag};

/// Times that add up to less than the 292 years that a difference of two can say.
const TIMES: u64 = 1 << 40;

/// One value of each type, with its text.
#[derive(Clone, Debug)]
enum Made {
    Bool(bool),
    I64(i64),
    U64(u64),
    I128(i128),
    U128(u128),
    F64(f64),
    Str(String),
    Text(String),
    Redacted,
    Panicked,
}

/// A call or event before it is in a tree.
#[derive(Clone, Debug)]
pub(super) struct Spec {
    /// Of those before it; past the end makes a root.
    parent: usize,
    site: u32,
    thread: u32,
    is_event: bool,
    /// Bits that only a call has.
    flags: u16,
    at: u64,
    length: u64,
    /// `(start, length, thread)`; fewer than two make a call that was entered once.
    stays: Vec<(u64, Option<u64>, u32)>,
    args: Vec<(Made, bool)>,
    returned: Option<(Made, bool)>,
    error: Option<(Made, bool)>,
    memory: Option<(u64, u64, u64, u64)>,
    follows: Option<usize>,
}

#[derive(Clone, Debug)]
pub(super) struct Forest {
    timed: bool,
    counts_allocations: bool,
    own_cost_ns: f32,
    threads: Vec<(Option<String>, u64)>,
    specs: Vec<Spec>,
}

const SITES: u32 = 4;
const THREADS: u32 = 3;

fn value() -> impl Strategy<Value = (Made, bool)> {
    let made = prop_oneof![
        any::<bool>().prop_map(Made::Bool),
        any::<i64>().prop_map(Made::I64),
        any::<u64>().prop_map(Made::U64),
        any::<i128>().prop_map(Made::I128),
        any::<u128>().prop_map(Made::U128),
        any::<f64>().prop_map(Made::F64),
        prop::num::f64::ANY.prop_map(|float| Made::F64(if float.is_nan() { f64::NAN } else { float })),
        any::<String>().prop_map(Made::Str),
        any::<String>().prop_map(Made::Text),
        "[\"\\\\\n\t\0</>{}]{0,9}".prop_map(Made::Text),
        Just(Made::Redacted),
        Just(Made::Panicked),
    ];
    (made, prop::bool::weighted(0.1))
}

fn spec() -> impl Strategy<Value = Spec> {
    let place = (0..30_usize, 0..SITES, 0..THREADS, prop::bool::weighted(0.2));
    let flags = prop::collection::vec(
        prop_oneof![
            8 => Just(flag::ENTERED),
            1 => Just(flag::PANICKED),
            1 => Just(flag::TRUNCATED),
            1 => Just(flag::ORPHAN),
            1 => Just(flag::OPEN),
        ],
        0..4,
    );
    let stays = prop::collection::vec((0..TIMES, prop::option::weighted(0.9, 0..TIMES), 0..THREADS), 0..4);
    let times = (0..TIMES, 0..TIMES, stays);
    let values = (
        prop::collection::vec(value(), 0..4),
        prop::option::weighted(0.2, value()),
        prop::option::weighted(0.2, value()),
    );
    let rest = (prop::option::weighted(0.3, any::<(u64, u64, u64, u64)>()), prop::option::weighted(0.1, 0..30_usize));
    (place, flags, times, values, rest).prop_map(
        |((parent, site, thread, is_event), flags, (at, length, stays), (args, returned, error), (memory, follows))| {
            let flags = flags.into_iter().fold(0, |all, flag| all | flag);
            Spec { parent, site, thread, is_event, flags, at, length, stays, args, returned, error, memory, follows }
        },
    )
}

pub(super) fn forest() -> impl Strategy<Value = Forest> {
    let threads = prop::collection::vec((any::<Option<String>>(), any::<u64>()), THREADS as usize);
    let specs = prop::collection::vec(spec(), 0..30);
    (any::<bool>(), any::<bool>(), prop::num::f32::NORMAL, threads, specs).prop_map(
        |(timed, counts_allocations, own_cost_ns, mut threads, specs)| {
            // Threads of one key are one.
            threads.iter_mut().zip(1..).for_each(|(thread, n)| thread.1 = (thread.1 << 2) | n);
            Forest { timed, counts_allocations, own_cost_ns, threads, specs }
        },
    )
}

impl Forest {
    pub(super) fn tree(&self) -> CallTree {
        let mut builder = TreeBuilder::with_capacity(self.specs.len());
        if !self.timed {
            builder.untimed();
        }
        if self.counts_allocations {
            builder.counts_allocations();
        }
        builder.own_cost_ns(self.own_cost_ns);
        for site in 0..SITES {
            builder.callsite(callsite(site));
        }
        for (name, key) in &self.threads {
            builder.thread(Thread { name: name.as_deref().map(Into::into), key: *key });
        }
        let is_call = |at: usize| self.specs.get(at).is_some_and(|spec| !spec.is_event);
        for (at, spec) in self.specs.iter().enumerate() {
            let flags = if spec.is_event { flag::EVENT | flag::ENTERED } else { spec.flags };
            let stamp = if self.timed { spec.at } else { 0 };
            let node = builder.node(spec.site, spec.thread, flags, stamp);
            if spec.parent < at && is_call(spec.parent) {
                builder.set_parent(node, spec.parent as u32);
            }
            let fields: Vec<_> = (0..).zip(&spec.args).map(|(name, value)| field(&mut builder, name, value)).collect();
            let most = callsite(spec.site).fields.len();
            builder.first_fields(node, fields.into_iter().take(most));
            if !spec.is_event {
                self.call(&mut builder, node, spec);
                if let Some(from) = spec.follows.filter(|&from| is_call(from)) {
                    builder.follows(node, from as u32);
                }
            }
        }
        builder.finish()
    }

    fn call(&self, builder: &mut TreeBuilder, node: u32, spec: &Spec) {
        if spec.stays.len() > 1 {
            let stay = |&(start, length, thread): &(u64, Option<u64>, u32)| {
                let end = length.map_or(u64::MAX, |length| start + length);
                let read = length.filter(|_| spec.memory.is_some());
                let memory = read.map_or(NONE, |allocated| builder.reading(Memory { allocated, ..Memory::default() }));
                Stay { start, end, thread, memory }
            };
            let mut stays: Vec<_> = spec.stays.iter().map(stay).collect();
            builder.stays(node, &mut stays);
        } else if self.timed && spec.flags & (flag::ENTERED | flag::OPEN) == flag::ENTERED {
            builder.get_mut(node).last_exit = spec.at + spec.length;
        }
        if let Some(value) = &spec.returned {
            builder.outcome(node).returned = None;
            let field = field(builder, 0, value);
            builder.outcome(node).returned = Some(field);
        }
        if let Some(value) = &spec.error {
            let field = field(builder, 0, value);
            builder.outcome(node).error = Some(field);
        }
        if let Some((at_start, allocated, allocations, freed)) = spec.memory {
            builder.memory(node, Memory { at_start, allocated, allocations, freed });
        }
    }
}

/// Sites that differ in all they can; the last has two fields of one name.
fn callsite(number: u32) -> Callsite {
    let fields: &[&str] = match number {
        0 => &[],
        1 => &["message"],
        2 => &["id", "na\"me", "größe"],
        _ => &["twice", "twice", "message"],
    };
    Callsite {
        name: format!("f{number}").into(),
        module: format!("shop::m{}", number % 2).into(),
        target: if number == 1 { "other".into() } else { format!("shop::m{}", number % 2).into() },
        file: (number > 0).then(|| "src/shop.rs".into()),
        line: (number > 1).then_some(number),
        level: [Level::Trace, Level::Debug, Level::Warn, Level::Error][number as usize % 4],
        fields: fields.iter().map(|&field| field.into()).collect(),
    }
}

fn field(builder: &mut TreeBuilder, name: u16, (value, cut): &(Made, bool)) -> Field {
    let value = match value {
        Made::Bool(v) => Stored::Bool(*v),
        Made::I64(v) => Stored::I64(*v),
        Made::U64(v) => Stored::U64(*v),
        Made::I128(v) => Stored::I128(builder.text(&v.to_string())),
        Made::U128(v) => Stored::U128(builder.text(&v.to_string())),
        Made::F64(v) => Stored::F64(*v),
        Made::Str(v) => Stored::Str(builder.text(v)),
        Made::Text(v) => Stored::Text(builder.text(v)),
        Made::Redacted => Stored::Redacted,
        Made::Panicked => Stored::Panicked,
    };
    Field { name, cut: *cut, value }
}

#[test]
fn random_trees_hold_everything_that_a_node_can() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let trees: Vec<_> = (0..100)
        .map(|_| forest().new_tree(&mut runner).expect("the strategy rejects nothing").current().tree())
        .collect();
    let nodes = || trees.iter().flat_map(|tree| tree.nodes.iter().map(move |node| (tree, node)));
    for bit in [
        flag::EVENT,
        flag::OPEN,
        flag::PANICKED,
        flag::TRUNCATED,
        flag::ENTERED,
        flag::CONCURRENT_CHILDREN,
        flag::ORPHAN,
    ] {
        assert!(nodes().any(|(_, node)| node.flags & bit != 0), "bit {bit}");
    }
    assert!(nodes().any(|(tree, node)| tree.more(node).n_stays > 1));
    assert!(nodes().any(|(_, node)| node.n_fields > 2));
    assert!(trees.iter().any(|tree| tree.outcomes.len() > 1 && tree.stays.iter().any(|stay| stay.memory != NONE)));
    assert!(trees.iter().any(|tree| tree.follows.len() > 1) && trees.iter().any(|tree| !tree.timed));
}
