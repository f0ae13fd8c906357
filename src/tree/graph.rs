//! The call graph: which function called which, how often, and for how long.
//!
//! It is read off a finished [`CallTree`]; nobody needs the tree afterwards. Percentiles, slowest calls and totals of a
//! whole recording are [`Metrics`](super::Metrics).

use std::cmp::Reverse;
use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;
use serde::Serialize;

use super::activations::activations;
use super::functions::{FunctionIndex, find};
use super::serial::nanos;
use super::units::Time;
use super::{CallTree, Function};

/// One node a [`Function`], one edge from each caller to each function it called.
///
/// Functions are ordered by module and name, so two recordings of the same work give the same graph but for times.
///
/// ```
/// use tracesnap::tree::{CallGraph, CallTree};
///
/// /// The functions that take the most time of their own, hottest first.
/// fn hottest(tree: &CallTree) -> Vec<String> {
///     let graph = CallGraph::of(tree);
///     let mut functions: Vec<_> = graph.functions().collect();
///     functions.sort_by_key(|function| std::cmp::Reverse(function.self_time));
///     functions.iter().map(|function| function.path()).collect()
/// }
///
/// assert!(hottest(&CallTree::default()).is_empty());
/// ```
#[derive(Clone, Debug, Default)]
pub struct CallGraph {
    graph: DiGraph<Function, CallEdge>,
}

// Implementation notes
//
// Node `n` of the petgraph is function `n` of the `FunctionIndex`, which is why a `Function` can carry its number and
// serve as a key. A function's total is added to the edge of its outermost call only; hence edges and entries of a
// function add up to its total, and the edges inside a cycle do not count the same time at every turn.

/// The calls from one function to another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CallEdge {
    /// Number of calls.
    pub calls: u64,
    /// Time spent in the called function when called from here: the share of [`Function::total`] that came this way.
    ///
    /// Only outermost calls of the called function count, so the way back into a recursion has the calls but no time.
    #[serde(rename = "total_ns", serialize_with = "nanos")]
    pub total: Duration,
}

impl CallGraph {
    /// The graph of a whole tree, in one walk over it.
    #[must_use]
    pub fn of(tree: &CallTree) -> Self {
        let index = FunctionIndex::of(tree);
        let mut functions = index.functions(tree);
        let mut edges: HashMap<(u32, u32), CallEdge> = HashMap::new();
        for activation in activations(tree, &index) {
            functions[activation.function as usize].add(&activation);
            if let Some(caller) = activation.caller {
                let edge = edges.entry((caller, activation.function)).or_default();
                edge.calls += 1;
                if activation.outermost {
                    edge.total = edge.total.saturating_add(activation.call.busy());
                }
            }
        }
        let mut graph = DiGraph::with_capacity(functions.len(), edges.len());
        for function in functions {
            graph.add_node(function);
        }
        let mut edges: Vec<_> = edges.into_iter().collect();
        edges.sort_unstable_by_key(|&(ends, _)| ends);
        for ((caller, called), edge) in edges {
            graph.add_edge(NodeIndex::new(caller as usize), NodeIndex::new(called as usize), edge);
        }
        Self { graph }
    }

    /// Every function that was called, by module and then by name.
    pub fn functions(&self) -> impl Iterator<Item = &Function> {
        self.graph.node_weights()
    }

    /// The function of this name (`charge`), path (`shop::pay::charge`) or end of a path (`pay::charge`).
    ///
    /// Where several answer to it, a whole path goes before an end, and then the first in order of
    /// [`functions`](Self::functions) is taken.
    #[must_use]
    pub fn function(&self, name: &str) -> Option<&Function> {
        find(self.graph.node_weights(), |function| function, name)
    }

    /// The functions that called this one, with those calls; most calls first.
    #[must_use]
    pub fn callers(&self, function: &Function) -> Vec<(&Function, &CallEdge)> {
        self.neighbours(function, Direction::Incoming)
    }

    /// The functions that this one called, with those calls; most calls first.
    #[must_use]
    pub fn callees(&self, function: &Function) -> Vec<(&Function, &CallEdge)> {
        self.neighbours(function, Direction::Outgoing)
    }

    /// The calls from `caller` to `called`, `None` if there were none.
    #[must_use]
    pub fn edge(&self, caller: &Function, called: &Function) -> Option<&CallEdge> {
        self.graph.edge_weight(self.graph.find_edge(node(caller), node(called))?)
    }

    /// The functions that were called without a caller at least once, by module and then by name.
    pub fn roots(&self) -> impl Iterator<Item = &Function> {
        self.functions().filter(|function| function.entries > 0)
    }

    /// The recursions: groups of functions each of which reaches all the others, or a single one that calls itself.
    ///
    /// Groups come in the order of their first function. **Source:** strongly connected components, after Kosaraju.
    #[must_use]
    pub fn cycles(&self) -> Vec<Vec<&Function>> {
        let mut cycles: Vec<Vec<&Function>> = petgraph::algo::kosaraju_scc(&self.graph)
            .into_iter()
            .filter(|group| group.len() > 1 || self.graph.contains_edge(group[0], group[0]))
            .map(|group| group.into_iter().map(|node| &self.graph[node]).collect())
            .collect();
        for cycle in &mut cycles {
            cycle.sort_unstable_by_key(|function| function.number);
        }
        cycles.sort_unstable_by_key(|cycle| cycle[0].number);
        cycles
    }

    /// The graph as a page for Graphviz.
    pub fn to_dot(&self) -> Dot<'_> {
        Dot { graph: self, times: true }
    }

    /// The petgraph inside, for its algorithms. Node weights are functions, in the order of
    /// [`functions`](Self::functions).
    #[must_use]
    pub fn as_petgraph(&self) -> &DiGraph<Function, CallEdge> {
        &self.graph
    }

    fn neighbours(&self, function: &Function, direction: Direction) -> Vec<(&Function, &CallEdge)> {
        let mut found: Vec<_> = self
            .graph
            .edges_directed(node(function), direction)
            .map(|edge| {
                let other = if direction == Direction::Incoming { edge.source() } else { edge.target() };
                (&self.graph[other], edge.weight())
            })
            .collect();
        found.sort_unstable_by_key(|(other, edge)| (Reverse(edge.calls), other.number));
        found
    }
}

fn node(function: &Function) -> NodeIndex {
    NodeIndex::new(function.number as usize)
}

/// A call graph in the language of Graphviz: `dot -Tsvg`.
///
/// A box says the function, its calls, its own time and its total; the redder, the more of its own time. Wider arrows
/// mean more calls. Made with [`CallGraph::to_dot`], written through `Display`.
#[derive(Clone, Copy, Debug)]
#[must_use = "it is text once displayed"]
pub struct Dot<'g> {
    graph: &'g CallGraph,
    times: bool,
}

impl Dot<'_> {
    /// Leaves out times and the shades that show them: the same text in every run of the same work. Default: with.
    pub fn without_times(self) -> Self {
        Self { times: false, ..self }
    }
}

impl fmt::Display for Dot<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let graph = &self.graph.graph;
        let hottest = graph.node_weights().map(|function| function.self_time).max().unwrap_or_default();
        let most_calls = graph.edge_weights().map(|edge| edge.calls).max().unwrap_or_default();
        writeln!(f, "digraph calls {{")?;
        writeln!(f, "  node [shape=box, style=\"rounded,filled\", fillcolor=\"#ffffff\", fontname=\"sans-serif\"];")?;
        writeln!(f, "  edge [fontname=\"sans-serif\"];")?;
        for function in graph.node_weights() {
            write!(f, "  f{} [label=\"{}\\n", function.number, Escaped(&function.module))?;
            write!(f, "{}\\n{} {}", Escaped(&function.name), function.calls, plural(function.calls, "call"))?;
            if self.times {
                write!(f, "\\n{} of {}", Time(function.self_time), Time(function.total))?;
            }
            f.write_str("\"")?;
            if self.times && !hottest.is_zero() {
                write!(f, ", fillcolor=\"{}\"", shade(function.self_time.as_secs_f64() / hottest.as_secs_f64()))?;
            }
            if function.errors + function.panics > 0 {
                f.write_str(", color=\"#c00000\", penwidth=2")?;
            }
            writeln!(f, "];")?;
        }
        for edge in graph.edge_references() {
            let CallEdge { calls, total } = edge.weight();
            write!(f, "  f{} -> f{} [label=\"{calls}×", edge.source().index(), edge.target().index())?;
            if self.times && !total.is_zero() {
                write!(f, "\\n{}", Time(*total))?;
            }
            writeln!(f, "\", penwidth={:.1}];", 1.0 + 3.0 * *calls as f64 / most_calls as f64)?;
        }
        writeln!(f, "}}")
    }
}

fn plural(count: u64, word: &str) -> String {
    if count == 1 { word.to_owned() } else { format!("{word}s") }
}

/// From white at 0 to a red at 1 that black text can still be read on.
fn shade(heat: f64) -> String {
    let rest = (255.0 - 153.0 * heat.clamp(0.0, 1.0)) as u8;
    format!("#ff{rest:02x}{rest:02x}")
}

/// Text inside a quoted Graphviz label: backslashes and entities would be read there, line ends would break the line.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '"' => f.write_str("\\\"")?,
                '\\' => f.write_str("\\\\")?,
                '&' => f.write_str("&amp;")?,
                c if c.is_control() => f.write_str(" ")?,
                c => write!(f, "{c}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tree::timeline::{chain, program, timeline};
    use crate::tree::{Call, builder::testing::tree};

    fn names(functions: Vec<(&Function, &CallEdge)>) -> Vec<(String, u64, u128)> {
        functions.into_iter().map(|(f, edge)| (f.name.to_string(), edge.calls, edge.total.as_nanos())).collect()
    }

    const SHOP: &str = "
        order 0-100
          stock 10-20
          pay::charge 30-70 error
            pay::log 40-50
          pay::log 80-85
        order 200-220 panicked
          stock 205-215
    ";

    #[test]
    fn callers_and_callees_come_with_their_calls_and_times() {
        let graph = CallGraph::of(&timeline(SHOP));
        let [order, charge, log] = ["order", "charge", "log"].map(|name| graph.function(name).expect("called"));
        assert_eq!(
            names(graph.callees(order)),
            [("stock".into(), 2, 20), ("charge".into(), 1, 40), ("log".into(), 1, 5)]
        );
        assert_eq!(names(graph.callers(log)), [("charge".into(), 1, 10), ("order".into(), 1, 5)]);
        assert_eq!(graph.edge(charge, log).map(|edge| edge.calls), Some(1));
        assert_eq!(graph.edge(log, charge), None);
        assert!(graph.callers(order).is_empty() && graph.callees(log).is_empty());
    }

    #[test]
    fn a_function_adds_up_its_calls() {
        let graph = CallGraph::of(&timeline(SHOP));
        let order = graph.function("shop::order").expect("called");
        assert_eq!((order.calls, order.entries, order.errors, order.panics, order.open), (2, 2, 0, 1, 0));
        assert_eq!((order.total.as_nanos(), order.self_time.as_nanos()), (120, 55));
        assert_eq!((order.min, order.max), (Some(Duration::from_nanos(20)), Some(Duration::from_nanos(100))));
        assert_eq!(graph.function("charge").map(|f| f.errors), Some(1));
    }

    #[test]
    fn memory_is_added_up_with_and_without_that_of_children() {
        let graph = CallGraph::of(&timeline("a 0-100 mem=64/4\n b 10-20 mem=16/1\n  a 12-15 mem=8/1"));
        let a = graph.function("a").expect("called");
        assert_eq!((a.allocated, a.allocations), (64, 4));
        assert_eq!((a.self_allocated, a.self_allocations), (48 + 8, 3 + 1));
        assert_eq!((a.allocated_per_call(), a.allocations_per_call()), (32.0, 2.0));
    }

    #[test]
    fn functions_are_found_by_name_by_path_and_by_the_end_of_a_path() {
        let graph = CallGraph::of(&timeline("a::b::run 0-1\nb::run 2-3\nz::run 4-5"));
        let found = |name| graph.function(name).map(Function::path);
        assert_eq!(found("run").as_deref(), Some("a::b::run"));
        assert_eq!(found("b::run").as_deref(), Some("b::run"), "a whole path goes before the end of one");
        assert_eq!(found("z::run").as_deref(), Some("z::run"));
        assert_eq!(found("un"), None);
        assert_eq!(found(""), None);
    }

    #[test]
    fn recursion_counts_its_time_once() {
        let graph = CallGraph::of(&timeline("a 0-100\n b 10-90\n  a 20-80\n   b 30-70"));
        let [a, b] = ["a", "b"].map(|name| graph.function(name).expect("called"));
        assert_eq!((a.total.as_nanos(), b.total.as_nanos()), (100, 80));
        assert_eq!(names(graph.callees(a)), [("b".into(), 2, 80)]);
        assert_eq!(names(graph.callees(b)), [("a".into(), 1, 0)]);
    }

    #[test]
    fn roots_are_what_was_called_without_a_caller_even_if_something_calls_it_too() {
        let graph = CallGraph::of(&tree("a(b(a)) c"));
        assert_eq!(graph.roots().map(|f| &*f.name).collect::<Vec<_>>(), ["a", "c"]);
    }

    #[test]
    fn cycles_are_found_whatever_their_length_and_come_in_order() {
        let graph = CallGraph::of(&tree("z(z) a(b(c(a))) x(y) m(n(m))"));
        let cycles: Vec<Vec<&str>> = graph.cycles().iter().map(|c| c.iter().map(|f| &*f.name).collect()).collect();
        assert_eq!(cycles, [vec!["a", "b", "c"], vec!["m", "n"], vec!["z"]]);
    }

    #[test]
    fn dot_escapes_what_graphviz_would_read() {
        let mut tree = timeline("a 0-30\n b 10-20 error\n b 20-21");
        tree.callsites[1].name = "say \"<&>\\n\"\n".into();
        let dot = CallGraph::of(&tree).to_dot().to_string();
        let expected = "digraph calls {
  node [shape=box, style=\"rounded,filled\", fillcolor=\"#ffffff\", fontname=\"sans-serif\"];
  edge [fontname=\"sans-serif\"];
  f0 [label=\"shop\\na\\n1 call\\n19 ns of 30 ns\", fillcolor=\"#ff6666\"];
  f1 [label=\"shop\\nsay \\\"<&amp;>\\\\n\\\" \\n2 calls\\n11 ns of 11 ns\", fillcolor=\"#ffa6a6\", color=\"#c00000\", penwidth=2];
  f0 -> f1 [label=\"2×\\n11 ns\", penwidth=4.0];
}
";
        assert_eq!(dot, expected);
    }

    #[test]
    fn dot_without_times_does_not_know_how_long_things_took() {
        let [fast, slow] = ["a 0-30\n b 10-20", "a 0-999\n b 10-500"].map(|text| CallGraph::of(&timeline(text)));
        assert_eq!(fast.to_dot().without_times().to_string(), slow.to_dot().without_times().to_string());
        assert_ne!(fast.to_dot().to_string(), slow.to_dot().to_string());
    }

    #[test]
    fn an_empty_tree_has_an_empty_graph() {
        let graph = CallGraph::of(&CallTree::default());
        assert_eq!((graph.functions().count(), graph.cycles().len(), graph.roots().count()), (0, 0, 0));
        assert!(graph.to_dot().to_string().starts_with("digraph calls {"));
    }

    #[test]
    fn a_hundred_thousand_calls_deep_is_not_too_deep() {
        let graph = CallGraph::of(&chain(100_000));
        assert_eq!(graph.functions().map(|f| f.calls).collect::<Vec<_>>(), [50_000, 50_000]);
        assert_eq!(graph.cycles().len(), 1);
    }

    /// Whether a caller of `call`, near or far, is of the same function. All is on one thread in a `program`.
    fn is_inner(call: Call<'_>) -> bool {
        call.ancestors().any(|outer| (outer.module(), outer.name()) == (call.module(), call.name()))
    }

    proptest! {
        #[test]
        fn the_graph_equals_a_count_by_hand(steps in prop::collection::vec((prop::option::of(0..8_u8), 0..9_u8), 0..200)) {
            let tree = program(steps);
            let graph = CallGraph::of(&tree);
            for function in graph.functions() {
                let calls: Vec<_> =
                    tree.calls().filter(|c| (c.module(), c.name()) == (&*function.module, &*function.name)).collect();
                prop_assert_eq!(function.calls, calls.len() as u64);
                prop_assert_eq!(function.self_time, calls.iter().map(Call::self_time).sum());
                let total: Duration = calls.iter().filter(|c| !is_inner(**c)).map(Call::busy).sum();
                prop_assert_eq!(function.total, total);
                let entries: Duration = calls.iter().filter(|c| c.parent().is_none()).map(Call::busy).sum();
                let edges: Duration = graph.callers(function).iter().map(|(_, edge)| edge.total).sum();
                prop_assert_eq!(entries + edges, total, "edges and entries add up to the total");
            }
            let edges: u64 = graph.as_petgraph().edge_weights().map(|edge| edge.calls).sum();
            prop_assert_eq!(edges as usize, tree.len() - tree.roots().count());
        }
    }
}
