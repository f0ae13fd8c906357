//! The canonical order of siblings that have none of their own: by what a snapshot shows of them.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::options::Options;
use super::placeholder;
use crate::tree::{CallTree, Item, Value};

/// Sorts siblings: events first, in the order they have; then calls by name, arguments, result and error, as far as they
/// are shown, and at last by the hashes, which speak for all the rest.
///
/// Numbers stand in the order of their size, so that `notify(id: 2)` comes before `notify(id: 10)`.
//
// Implementation notes
//
// Comparing two calls means looking at a dozen places in memory, which for a million siblings takes seconds. So each gets
// a key of 24 bytes that decides nearly always: the rank of its callsite and the beginning of its first argument.
pub(super) struct Order<'t> {
    tree: &'t CallTree,
    options: &'t Options,
    /// By callsite: its place among all, by name, then by field names. The same for equal ones; 0 is for events.
    ranks: Vec<u32>,
    keys: Vec<Key>,
}

/// Keys that differ stand in the order of their calls; of equal ones the calls are compared.
#[derive(Clone, Copy)]
struct Key {
    rank: u32,
    /// Number of the first field, and the kind of its value.
    first: (u16, u8),
    /// The beginning of that value; of an event, its place.
    bits: u64,
    node: u32,
}

impl<'t> Order<'t> {
    pub(super) fn new(tree: &'t CallTree, options: &'t Options) -> Self {
        let site = |at: &u32| (&tree.callsites[*at as usize].name, &tree.callsites[*at as usize].fields);
        let mut sorted: Vec<u32> = (0..tree.callsites.len() as u32).collect();
        sorted.sort_by_key(site);
        let mut ranks = vec![0; sorted.len()];
        let mut rank = 1;
        for (at, this) in sorted.iter().enumerate() {
            rank += u32::from(at > 0 && site(&sorted[at - 1]) != site(this));
            ranks[*this as usize] = rank;
        }
        Self { tree, options, ranks, keys: Vec::new() }
    }

    pub(super) fn sort(&mut self, siblings: &mut [u32], hashes: &[u64]) {
        let mut keys = std::mem::take(&mut self.keys);
        keys.clear();
        keys.extend(siblings.iter().enumerate().map(|(place, &node)| self.key(node, place)));
        keys.sort_unstable_by(|a, b| {
            let known = (a.rank, a.first, a.bits).cmp(&(b.rank, b.first, b.bits));
            let below = || hashes[a.node as usize].cmp(&hashes[b.node as usize]);
            known.then_with(|| self.compare(a.node, b.node)).then_with(below)
        });
        siblings.iter_mut().zip(&keys).for_each(|(sibling, key)| *sibling = key.node);
        self.keys = keys;
    }

    fn key(&self, node: u32, place: usize) -> Key {
        if let Item::Event(_) = self.tree.item(node) {
            return Key { rank: 0, first: (0, 0), bits: place as u64, node };
        }
        let rank = self.ranks[self.tree.nodes[node as usize].callsite as usize];
        let (first, bits) = self.args(node).next().map_or(((0, 0), 0), |(number, value)| {
            let (kind, bits) = value.beginning();
            ((number, kind), bits)
        });
        Key { rank, first, bits, node }
    }

    /// Compares two calls of one rank.
    fn compare(&self, a: u32, b: u32) -> Ordering {
        self.args(a).cmp(self.args(b)).then_with(|| self.outcome(a).cmp(&self.outcome(b)))
    }

    /// The arguments that are shown, with their number among the fields of the callsite.
    fn args(&self, node: u32) -> impl Iterator<Item = (u16, Operand<'t>)> {
        let node = &self.tree.nodes[node as usize];
        let shown = if self.options.shows_args() { usize::from(node.n_fields) } else { 0 };
        let fields = &self.tree.fields[node.fields as usize..][..shown];
        fields.iter().map(|field| (field.name, self.operand(field.value.view(&self.tree.text))))
    }

    fn outcome(&self, node: u32) -> [Option<Operand<'t>>; 2] {
        match self.tree.item(node) {
            Item::Call(call) if self.options.shows_returns() => {
                [call.returned(), call.error()].map(|value| value.map(|value| self.operand(value)))
            }
            _ => [None, None],
        }
    }

    fn operand(&self, value: Value<'t>) -> Operand<'t> {
        match value {
            Value::Bool(v) => Operand::Bool(v),
            Value::I64(v) => Operand::Integer(v.into()),
            Value::U64(v) => Operand::Integer(v.into()),
            Value::I128(v) => Operand::Integer(v),
            Value::U128(v) => i128::try_from(v).map_or(Operand::Large(v), Operand::Integer),
            Value::F64(v) => {
                // `f64::total_cmp` as a number: with the sign, all other bits are turned.
                let bits = v.to_bits().cast_signed();
                Operand::Float(bits ^ ((bits >> 63).cast_unsigned() >> 1).cast_signed())
            }
            Value::Str(v) | Value::Text(v) if self.options.placeholders => Operand::Text(placeholder::stable(v)),
            Value::Str(v) | Value::Text(v) => Operand::Text(Cow::Borrowed(v)),
            Value::Redacted | Value::Panicked => Operand::Hidden,
        }
    }
}

/// A value by its kind, then by its size or text.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Operand<'t> {
    Bool(bool),
    Integer(i128),
    /// Above what a signed one holds.
    Large(u128),
    /// The bits of a float, turned so that they are in its order.
    Float(i64),
    Text(Cow<'t, str>),
    Hidden,
}

impl Operand<'_> {
    /// Number of its kind, and 64 bits that are never larger than those of a larger operand of that kind.
    fn beginning(&self) -> (u8, u64) {
        let unsigned = |v: i64| v.cast_unsigned() ^ (1 << 63);
        match self {
            Self::Bool(v) => (1, u64::from(*v)),
            Self::Integer(v) => {
                let clamped = (*v).clamp(i64::MIN.into(), i64::MAX.into());
                (2, unsigned(i64::try_from(clamped).unwrap_or_default()))
            }
            Self::Large(v) => (3, (v >> 64) as u64),
            Self::Float(v) => (4, unsigned(*v)),
            Self::Text(text) => {
                let mut bytes = [0; 8];
                bytes.iter_mut().zip(text.bytes()).for_each(|(to, byte)| *to = byte);
                (5, u64::from_be_bytes(bytes))
            }
            Self::Hidden => (6, 0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::testing::{Forest, Given};
    use proptest::prelude::*;

    /// The values of calls of one name, in their canonical order.
    fn sorted(values: &[Given]) -> Vec<String> {
        let mut forest = Forest::new();
        let mut nodes: Vec<u32> = values.iter().map(|value| forest.call(None, "a", &[("v", value.clone())])).collect();
        let (tree, options) = (forest.finish(), Options::default());
        Order::new(&tree, &options).sort(&mut nodes, &vec![0; values.len()]);
        nodes.iter().filter_map(|&node| Some(tree.item(node).call()?.arg("v")?.to_string())).collect()
    }

    #[test]
    fn numbers_stand_by_size_and_kinds_one_after_the_other() {
        let text = |text: &str| Given::Text(text.into());
        let floats = [f64::NAN, f64::INFINITY, 0.5, 0.0, -0.5, -30.0].map(Given::F64);
        let integers = [Given::U128(u128::MAX), Given::U128(1 << 100), Given::U64(10), Given::U64(2), Given::I64(-7)];
        let rest = [Given::Redacted, text("longer than eight b"), text("longer than eight a"), text("b"), text("")];
        let mut all: Vec<_> = rest.into_iter().chain(floats).chain(integers).collect();
        all.push(Given::Bool(true));
        let expected: Vec<_> = all.iter().rev().cloned().collect();
        assert_eq!(sorted(&all), sorted(&expected));
        insta::assert_snapshot!(sorted(&all).join("\n"), @"
        true
        -7
        2
        10
        1267650600228229401496703205376
        340282366920938463463374607431768211455
        -30.0
        -0.5
        0.0
        0.5
        inf
        NaN

        b
        longer than eight a
        longer than eight b
        [redacted]
        ");
    }

    #[test]
    fn calls_stand_by_name_then_by_the_arguments_they_have() {
        let mut forest = Forest::new();
        let id = |id| ("id", Given::U64(id));
        let calls = [
            forest.call(None, "b", &[]),
            forest.call(None, "a", &[id(2), ("n", Given::U64(1))]),
            forest.call(None, "a", &[id(2), ("n", Given::U64(0))]),
            forest.call(None, "a", &[]),
        ];
        let (tree, options) = (forest.finish(), Options::default());
        let mut order = calls;
        Order::new(&tree, &options).sort(&mut order, &[0; 4]);
        assert_eq!(order, [calls[3], calls[2], calls[1], calls[0]]);
    }

    fn any_value() -> impl Strategy<Value = Value<'static>> {
        prop_oneof![
            any::<bool>().prop_map(Value::Bool),
            any::<i64>().prop_map(Value::I64),
            any::<u64>().prop_map(Value::U64),
            any::<i128>().prop_map(Value::I128),
            any::<u128>().prop_map(Value::U128),
            any::<f64>().prop_map(Value::F64),
            prop::sample::select(vec!["", "a", "ab", "abcdefgh", "abcdefghi", "ä"]).prop_map(Value::Text),
        ]
    }

    proptest! {
        #[test]
        fn a_key_never_contradicts_the_values(a in any_value(), b in any_value()) {
            let (tree, options) = (CallTree::default(), Options::default());
            let order = Order::new(&tree, &options);
            let (a, b) = (order.operand(a), order.operand(b));
            let by_key = a.beginning().cmp(&b.beginning());
            prop_assert!(by_key == a.cmp(&b) || by_key == Ordering::Equal);
        }
    }
}
