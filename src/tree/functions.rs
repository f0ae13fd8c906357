//! Functions: the calls of one name in one module, and what adds up over them.

use std::time::Duration;

use serde::Serialize;

use super::activations::Activation;
use super::serial::{nanos, nanos_or_none};
use super::{Call, CallTree, Callsite, NONE, flag};

/// What all calls of one function add up to. Two callsites of the same name in the same module are one function.
///
/// Serialised, times are nanoseconds and end in `_ns`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Function {
    /// The module path of its callsite.
    pub module: Box<str>,
    /// The span's name.
    pub name: Box<str>,
    /// Number of calls, open ones included.
    pub calls: u64,
    /// How many of them had no caller.
    pub entries: u64,
    /// How many of them had not returned when the recording was taken.
    pub open: u64,
    /// How many returned an error, where `#[instrument(err)]` said so.
    pub errors: u64,
    /// How many were left by a panic.
    pub panics: u64,
    /// Time spent in it and in what it called: the sum of [`Call::busy`] over its outermost calls.
    ///
    /// A call inside another one of the same function is not counted again, so no more time is shown than passed on
    /// each thread. What a child did beside its caller, on another thread, is not in the caller's total.
    #[serde(rename = "total_ns", serialize_with = "nanos")]
    pub total: Duration,
    /// Time between its beginnings and its ends, what it waited for included: the sum of [`Call::wall`] over its
    /// outermost calls that returned, recursion counting once as in [`total`](Self::total).
    #[serde(rename = "wall_sum_ns", serialize_with = "nanos")]
    pub wall: Duration,
    /// Time spent in it alone: the sum of [`Call::self_time`].
    #[serde(rename = "self_ns", serialize_with = "nanos")]
    pub self_time: Duration,
    /// The shortest [`Call::wall`], `None` where no call returned or times were off.
    #[serde(rename = "min_ns", serialize_with = "nanos_or_none")]
    pub min: Option<Duration>,
    /// The longest [`Call::wall`], `None` where no call returned or times were off.
    #[serde(rename = "max_ns", serialize_with = "nanos_or_none")]
    pub max: Option<Duration>,
    /// Bytes allocated in it and in what it called; recursion counts once, as in [`total`](Self::total). Zero unless
    /// the session counted allocations.
    pub allocated: u64,
    /// Number of those allocations.
    pub allocations: u64,
    /// Bytes allocated in it alone.
    pub self_allocated: u64,
    /// Number of those allocations.
    pub self_allocations: u64,
    /// Its place in the order of [`FunctionIndex`].
    #[serde(skip)]
    pub(super) number: u32,
}

impl Function {
    fn new(callsite: &Callsite, number: u32) -> Self {
        Self {
            module: callsite.module.clone(),
            name: callsite.name.clone(),
            calls: 0,
            entries: 0,
            open: 0,
            errors: 0,
            panics: 0,
            total: Duration::ZERO,
            wall: Duration::ZERO,
            self_time: Duration::ZERO,
            min: None,
            max: None,
            allocated: 0,
            allocations: 0,
            self_allocated: 0,
            self_allocations: 0,
            number,
        }
    }

    /// `module::name`.
    #[must_use]
    pub fn path(&self) -> String {
        format!("{}::{}", self.module, self.name)
    }

    /// Bytes allocated per call, what it called included.
    #[must_use]
    pub fn allocated_per_call(&self) -> f64 {
        self.allocated as f64 / self.calls.max(1) as f64
    }

    /// Number of allocations per call, what it called included.
    #[must_use]
    pub fn allocations_per_call(&self) -> f64 {
        self.allocations as f64 / self.calls.max(1) as f64
    }

    /// Takes one of its calls into account.
    pub(super) fn add(&mut self, activation: &Activation<'_>) {
        let call = activation.call;
        self.calls += 1;
        self.entries += u64::from(activation.caller.is_none());
        self.open += u64::from(call.is_open());
        self.errors += u64::from(call.error().is_some());
        self.panics += u64::from(call.panicked());
        self.self_time = self.self_time.saturating_add(call.self_time());
        if let Some(wall) = call.wall() {
            self.min = Some(self.min.map_or(wall, |min| min.min(wall)));
            self.max = Some(self.max.map_or(wall, |max| max.max(wall)));
        }
        if let Some(own) = call.memory_exclusive() {
            self.self_allocated = self.self_allocated.saturating_add(own.allocated);
            self.self_allocations = self.self_allocations.saturating_add(own.allocations);
        }
        if activation.outermost {
            self.total = self.total.saturating_add(call.busy());
            self.wall = self.wall.saturating_add(call.wall().unwrap_or_default());
            let memory = call.memory().unwrap_or_default();
            self.allocated = self.allocated.saturating_add(memory.allocated);
            self.allocations = self.allocations.saturating_add(memory.allocations);
        }
    }
}

/// Numbers the functions that were called, by module and then by name: the same in every run of the same program.
#[derive(Debug)]
pub(super) struct FunctionIndex {
    /// By callsite: its function, or `NONE` where nothing was called.
    of_callsite: Vec<u32>,
    /// By function: one of its callsites.
    callsite_of: Vec<u32>,
}

impl FunctionIndex {
    pub(super) fn of(tree: &CallTree) -> Self {
        let mut of_callsite = vec![NONE; tree.callsites.len()];
        let mut called = Vec::new();
        for node in tree.nodes.iter().filter(|node| node.flags & flag::EVENT == 0) {
            let function = &mut of_callsite[node.callsite as usize];
            if *function == NONE {
                *function = 0;
                called.push(node.callsite);
            }
        }
        let key = |site: u32| (&tree.callsites[site as usize].module, &tree.callsites[site as usize].name);
        called.sort_by(|&a, &b| key(a).cmp(&key(b)));
        let mut callsite_of: Vec<u32> = Vec::new();
        for site in called {
            if callsite_of.last().is_none_or(|&last| key(last) != key(site)) {
                callsite_of.push(site);
            }
            of_callsite[site as usize] = callsite_of.len() as u32 - 1;
        }
        Self { of_callsite, callsite_of }
    }

    pub(super) fn len(&self) -> usize {
        self.callsite_of.len()
    }

    pub(super) fn of_call(&self, call: Call<'_>) -> u32 {
        self.of_callsite[call.callsite_index()]
    }

    pub(super) fn callsite<'t>(&self, tree: &'t CallTree, function: usize) -> &'t Callsite {
        &tree.callsites[self.callsite_of[function] as usize]
    }

    /// One [`Function`] for each number, nothing added yet.
    pub(super) fn functions(&self, tree: &CallTree) -> Vec<Function> {
        (0..self.len()).map(|number| Function::new(self.callsite(tree, number), number as u32)).collect()
    }
}

/// Whether a user who writes `wanted` means the function `module::name`: by its name, its path, or the end of its path.
pub(super) fn is_named(module: &str, name: &str, wanted: &str) -> bool {
    let Some(rest) = wanted.strip_suffix(name) else { return false };
    let Some(rest) = rest.strip_suffix("::") else { return rest.is_empty() };
    module.strip_suffix(rest).is_some_and(|outer| outer.is_empty() || outer.ends_with("::"))
}

/// The first function that is meant by `wanted`; one whose whole path it is goes before one whose path ends so.
pub(super) fn find<'f, T>(
    functions: impl Iterator<Item = &'f T>,
    function: impl Fn(&'f T) -> &'f Function,
    wanted: &str,
) -> Option<&'f T> {
    let mut first = None;
    for candidate in functions {
        let Function { module, name, .. } = function(candidate);
        if is_named(module, name, wanted) {
            if wanted.len() == module.len() + "::".len() + name.len() {
                return Some(candidate);
            }
            first = first.or(Some(candidate));
        }
    }
    first
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::timeline::timeline;

    #[test]
    fn callsites_of_one_name_in_one_module_are_one_function() {
        let mut tree = timeline("a 0-10\nb::a 20-30\nc 40-50");
        tree.callsites[2].name = "a".into();
        let index = FunctionIndex::of(&tree);
        let paths: Vec<_> = index.functions(&tree).iter().map(Function::path).collect();
        assert_eq!(paths, ["b::a", "shop::a"]);
        assert_eq!(tree.calls().map(|call| index.of_call(call)).collect::<Vec<_>>(), [1, 0, 1]);
    }

    #[test]
    fn callsites_of_events_are_no_functions() {
        assert_eq!(FunctionIndex::of(&timeline("a 0-10\n *paid 5")).len(), 1);
        assert_eq!(FunctionIndex::of(&CallTree::default()).len(), 0);
    }

    #[test]
    fn a_function_is_meant_by_its_name_or_by_the_end_of_its_path() {
        let is = |wanted| is_named("shop::pay", "charge", wanted);
        assert!(is("charge") && is("pay::charge") && is("shop::pay::charge"));
        assert!(!is("harge") && !is("ay::charge") && !is("::charge2") && !is("pay") && !is("x::shop::pay::charge"));
        assert!(is_named("web", "HTTP::get", "HTTP::get") && is_named("web", "HTTP::get", "web::HTTP::get"));
    }
}
