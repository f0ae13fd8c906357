//! Programs of spans made at random, executed for real under a guard, give the tree of a naive model.
//!
//! The model is a list of nodes with parents. It says by itself what the rules of routing are, in as few words as it
//! can; it knows nothing of rings, rows and registries.

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use proptest::prelude::*;
use tracesnap::tree::{Call, Item};
use tracesnap::{Adopter, OnFull, Through, Trace, TraceGuard, TracerBuilder};
use tracing::span::EnteredSpan;
use tracing::{Span, field, info, info_span};

use crate::support::{panic_quietly, panics, tracer};

/// One step of a program, on the thread of the guard or on another one.
#[derive(Clone, Copy, Debug)]
struct Step {
    elsewhere: bool,
    does: Does,
    /// Which span, of those there are.
    pick: usize,
}

#[derive(Clone, Copy, Debug)]
enum Does {
    Make(Site, Parent),
    Enter,
    /// The pick-th span from the top.
    Exit,
    Event(Parent),
    Record,
    /// The topmost spans, by a panic.
    Unwind,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Site {
    Wanted,
    AlsoWanted,
    Refused,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Parent {
    Contextual,
    None,
    Picked,
}

fn step() -> impl Strategy<Value = Step> {
    let site = || prop_oneof![3 => Just(Site::Wanted), 2 => Just(Site::AlsoWanted), 2 => Just(Site::Refused)];
    let parent = || prop_oneof![4 => Just(Parent::Contextual), 1 => Just(Parent::None), 2 => Just(Parent::Picked)];
    let does = prop_oneof![
        5 => (site(), parent()).prop_map(|(site, parent)| Does::Make(site, parent)),
        6 => Just(Does::Enter),
        4 => Just(Does::Exit),
        2 => parent().prop_map(Does::Event),
        1 => Just(Does::Record),
        1 => Just(Does::Unwind),
    ];
    // Mostly the newest spans, as programs do.
    let pick = prop_oneof![3 => 0..2_usize, 1 => 0..20_usize];
    (prop::bool::weighted(0.3), does, pick).prop_map(|(elsewhere, does, pick)| Step { elsewhere, does, pick })
}

mod wanted {
    use super::*;

    pub(super) fn make(also: bool, parent: Option<Option<&Span>>, n: u64) -> Span {
        match (also, parent) {
            (false, None) => info_span!("a", n, late = field::Empty),
            (false, Some(parent)) => info_span!(parent: parent.and_then(Span::id), "a", n, late = field::Empty),
            (true, None) => info_span!("b", n, late = field::Empty),
            (true, Some(parent)) => info_span!(parent: parent.and_then(Span::id), "b", n, late = field::Empty),
        }
    }

    pub(super) fn event(parent: Option<Option<&Span>>, n: u64) {
        match parent {
            None => info!(n, "event"),
            Some(parent) => info!(parent: parent.and_then(Span::id), n, "event"),
        }
    }
}

mod refused {
    use super::*;

    pub(super) fn make(parent: Option<Option<&Span>>) -> Span {
        match parent {
            None => info_span!("refused"),
            Some(parent) => info_span!(parent: parent.and_then(Span::id), "refused"),
        }
    }
}

/// What a program should have left: spans and events in the order they were made.
#[derive(Debug, Default)]
struct Model {
    nodes: Vec<Node>,
    /// By thread: the spans entered, innermost last.
    entered: [Vec<usize>; 2],
    /// Whether the other thread was adopted.
    adopted: bool,
}

#[derive(Debug)]
struct Node {
    is_span: bool,
    /// In the session, recorded or not.
    belongs: bool,
    recorded: bool,
    /// Nearest recorded caller.
    parent: Option<usize>,
    enters: u32,
    entered: u32,
    panicked: bool,
    late: Option<u64>,
}

impl Model {
    /// The spans, newest first.
    fn spans(&self) -> Vec<usize> {
        (0..self.nodes.len()).rev().filter(|&node| self.nodes[node].is_span).collect()
    }

    /// Whether a step makes something outside the session.
    fn would_be_strange(&self, step: Step, picked: Option<usize>) -> bool {
        let (Does::Make(_, parent) | Does::Event(parent)) = step.does else { return false };
        let parent = match parent {
            Parent::Contextual => self.innermost(&self.entered[usize::from(step.elsewhere)]),
            Parent::None => None,
            Parent::Picked => picked,
        };
        step.elsewhere && !self.adopted && parent.is_none_or(|parent| !self.nodes[parent].belongs)
    }

    fn add(&mut self, elsewhere: bool, parent: Parent, picked: Option<usize>, is_span: bool, wanted: bool) {
        let parent = match parent {
            Parent::Contextual => self.innermost(&self.entered[usize::from(elsewhere)]),
            Parent::None => None,
            Parent::Picked => picked,
        };
        // With a parent in the session: there, under the nearest that was recorded. Else where the thread belongs.
        let (belongs, parent) = match parent.filter(|&parent| self.nodes[parent].belongs) {
            Some(parent) if self.nodes[parent].recorded => (true, Some(parent)),
            Some(parent) => (true, self.nodes[parent].parent),
            None => (!elsewhere || self.adopted, None),
        };
        let recorded = belongs && wanted;
        let (enters, entered, panicked, late) = (0, 0, false, None);
        self.nodes.push(Node { is_span, belongs, recorded, parent, enters, entered, panicked, late });
    }

    /// The caller of what runs where these spans are entered: the innermost one that was not entered already. Without a
    /// registry, nobody can tell that of one that is not recorded.
    fn innermost(&self, entered: &[usize]) -> Option<usize> {
        let known = |span: usize| crate::set_up() == Through::Layer || self.nodes[span].recorded;
        let again = |at: usize| known(entered[at]) && entered[..at].contains(&entered[at]);
        (0..entered.len()).rev().find(|&at| !again(at)).map(|at| entered[at])
    }

    fn enter(&mut self, elsewhere: bool, span: usize) {
        self.entered[usize::from(elsewhere)].push(span);
        (self.nodes[span].enters, self.nodes[span].entered) =
            (self.nodes[span].enters + 1, self.nodes[span].entered + 1);
    }

    /// Leaves a span where it was entered last.
    fn exit(&mut self, elsewhere: bool, span: usize) {
        let entered = &mut self.entered[usize::from(elsewhere)];
        let at = entered.iter().rposition(|&other| other == span).expect("it is entered");
        entered.remove(at);
        self.nodes[span].entered -= 1;
    }

    /// The tree below a node, a line each; brothers in the order they were made where one thread made them all.
    fn lines(&self, parent: Option<usize>, depth: usize, lines: &mut Vec<String>) {
        let children = (0..self.nodes.len()).filter(|&n| self.nodes[n].recorded && self.nodes[n].parent == parent);
        for n in children {
            lines.push(format!("{:1$}{2}", "", depth * 2, self.line(n)));
            self.lines(Some(n), depth + 1, lines);
        }
    }

    fn line(&self, n: usize) -> String {
        let node = &self.nodes[n];
        if !node.is_span {
            return format!("{n} event");
        }
        let is_open = node.entered > 0 || node.enters == 0;
        line(n as u64, node.late, node.enters, is_open, node.panicked)
    }
}

fn line(n: u64, late: Option<u64>, enters: u32, is_open: bool, panicked: bool) -> String {
    let late = late.map(|late| format!(" late {late}")).unwrap_or_default();
    let marks = [(is_open, " open"), (panicked, " panicked")];
    let marks: String = marks.iter().filter(|(is, _)| *is).map(|(_, mark)| *mark).collect();
    format!("{n} entered {enters}{late}{marks}")
}

fn number(call: Call<'_>) -> Option<u64> {
    call.arg("n").and_then(|n| n.as_u64())
}

fn recorded_lines<'t>(items: impl Iterator<Item = Item<'t>>, depth: usize, lines: &mut Vec<String>) {
    let mut items: Vec<_> = items.map(|item| (number_of(item), item)).collect();
    let thread = |item: &Item<'_>| match item {
        Item::Call(call) => call.thread_index(),
        Item::Event(event) => event.thread_index(),
    };
    // Brothers of several threads have the order of time, which the model does not know. So have those of one thread
    // under a layer, where a thread's rows are in two rings and a span may be entered long after it was made.
    let is_one_thread = items.windows(2).all(|pair| thread(&pair[0].1) == thread(&pair[1].1));
    if !is_one_thread || crate::set_up() == Through::Layer {
        items.sort_by_key(|(n, _)| *n);
    }
    for (n, item) in items {
        match item {
            Item::Event(_) => lines.push(format!("{:1$}{n} event", "", depth * 2)),
            Item::Call(call) => {
                let late = call.arg("late").and_then(|late| late.as_u64());
                let line = line(n, late, call.polls(), call.is_open(), call.panicked());
                lines.push(format!("{:1$}{line}", "", depth * 2));
                recorded_lines(call.items(), depth + 1, lines);
            }
        }
    }
}

fn number_of(item: Item<'_>) -> u64 {
    match item {
        Item::Call(call) => number(call),
        Item::Event(event) => event.fields().find(|f| f.name() == "n").and_then(|n| n.value().as_u64()),
    }
    .expect("everything has its number")
}

type Job = Box<dyn FnOnce(&mut Vec<(usize, EnteredSpan)>) + Send>;

/// Where a thread does what it is told, one thing at a time.
struct Elsewhere {
    jobs: Sender<Job>,
    done: Receiver<()>,
}

impl Elsewhere {
    fn run(jobs: &Receiver<Job>, done: &Sender<()>) {
        let mut entered = Vec::new();
        while let Ok(job) = jobs.recv() {
            job(&mut entered);
            if done.send(()).is_err() {
                break;
            }
        }
        leave_all(entered);
    }

    fn does(&self, job: Job) {
        self.jobs.send(job).expect("the thread lives");
        self.done.recv().expect("the thread lives");
    }
}

/// Innermost first, as scopes do.
fn leave_all(mut entered: Vec<(usize, EnteredSpan)>) {
    while entered.pop().is_some() {}
}

/// Executes a program and keeps the model in step.
fn execute(steps: &[Step], model: &mut Model, elsewhere: &Elsewhere, here: &mut Vec<(usize, EnteredSpan)>) {
    let mut spans: HashMap<usize, Span> = HashMap::new();
    for &step in steps {
        let known = model.spans();
        let picked = (!known.is_empty()).then(|| known[step.pick % known.len()]);
        if crate::set_up() == Through::Layer && model.would_be_strange(step, picked) {
            // Strangers' spans are the flight recorder's under a layer, and what is below them is not known to be.
            continue;
        }
        let n = model.nodes.len() as u64;
        let span = picked.map(|picked| spans[&picked].clone());
        let asked = |parent: Parent, span: Option<Span>| match parent {
            Parent::Contextual => None,
            Parent::None => Some(None),
            Parent::Picked => Some(span),
        };
        let job: Job = match step.does {
            Does::Make(site, parent) => {
                model.add(step.elsewhere, parent, picked, true, site != Site::Refused);
                let parent = asked(parent, span);
                let (made, makes) = channel();
                let job: Job = Box::new(move |_| {
                    let parent = parent.as_ref().map(Option::as_ref);
                    let span = match site {
                        Site::Refused => refused::make(parent),
                        _ => wanted::make(site == Site::AlsoWanted, parent, n),
                    };
                    made.send(span).expect("the test lives");
                });
                if step.elsewhere {
                    elsewhere.does(job);
                } else {
                    job(here);
                }
                spans.insert(n as usize, makes.recv().expect("it was made"));
                continue;
            }
            Does::Event(parent) => {
                model.add(step.elsewhere, parent, picked, false, true);
                let parent = asked(parent, span);
                Box::new(move |_| wanted::event(parent.as_ref().map(Option::as_ref), n))
            }
            Does::Enter => {
                let (Some(picked), Some(span)) = (picked, span) else { continue };
                // Under a layer, a stranger's span is the layer's own, and so is what is made in it.
                if crate::set_up() == Through::Layer && !model.nodes[picked].belongs {
                    continue;
                }
                model.enter(step.elsewhere, picked);
                Box::new(move |entered| entered.push((picked, span.entered())))
            }
            Does::Record => {
                let (Some(picked), Some(span)) = (picked, span) else { continue };
                let late = n * 1_000 + model.nodes[picked].late.unwrap_or(0) % 1_000 + 1;
                model.nodes[picked].late = Some(late);
                Box::new(move |_| {
                    span.record("late", late);
                })
            }
            Does::Exit => {
                let entered = &model.entered[usize::from(step.elsewhere)];
                let Some(&top) = entered.last() else { continue };
                let span = entered[entered.len() - 1 - step.pick % entered.len()];
                // Refused spans share the identity of what stands for them, so that which of two is left first cannot
                // be told; a program that leaves them in order has no need to.
                let span = if model.nodes[span].recorded { span } else { top };
                model.exit(step.elsewhere, span);
                Box::new(move |entered| {
                    let at = entered.iter().rposition(|(other, _)| *other == span).expect("it is entered");
                    drop(entered.remove(at));
                })
            }
            Does::Unwind => {
                let entered = model.entered[usize::from(step.elsewhere)].clone();
                let unwound = &entered[entered.len() - entered.len().min(step.pick)..];
                for &span in unwound.iter().rev() {
                    model.exit(step.elsewhere, span);
                    model.nodes[span].panicked = true;
                }
                let count = unwound.len();
                Box::new(move |entered| {
                    struct Unwound(Vec<(usize, EnteredSpan)>);
                    impl Drop for Unwound {
                        fn drop(&mut self) {
                            leave_all(std::mem::take(&mut self.0));
                        }
                    }
                    let unwound = Unwound(entered.split_off(entered.len() - count));
                    panics(|| {
                        let _unwound = unwound;
                        panic_quietly()
                    });
                })
            }
        };
        if step.elsewhere { elsewhere.does(job) } else { job(here) }
    }
}

/// A recording in memory, or in a file.
trait Recording {
    fn adopter(&self) -> Adopter;
    fn finish(self) -> Trace;
}

impl Recording for TraceGuard {
    fn adopter(&self) -> Adopter {
        self.adopter()
    }

    fn finish(self) -> Trace {
        self.finish()
    }
}

#[cfg(feature = "file")]
impl Recording for (tracesnap::StreamGuard, tempfile::TempDir) {
    fn adopter(&self) -> Adopter {
        self.0.adopter()
    }

    fn finish(self) -> Trace {
        let streamed = self.0.finish().expect("there is room for it");
        Trace::load(streamed.path).expect("it is whole")
    }
}

/// The trace of a program, and its model.
fn run(steps: &[Step], adopted: bool, plan: impl FnOnce(TracerBuilder) -> TracerBuilder) -> (Trace, Model) {
    run_under(steps, adopted, plan, |tracer| tracer.start().expect("the plan is right"))
}

/// The same, however it is recorded.
fn run_under<R: Recording>(
    steps: &[Step],
    adopted: bool,
    plan: impl FnOnce(TracerBuilder) -> TracerBuilder,
    start: impl FnOnce(TracerBuilder) -> R,
) -> (Trace, Model) {
    let mut model = Model { adopted, ..Model::default() };
    let trace = thread::scope(|scope| {
        let ((jobs, to_do), (done, is_done)) = (channel::<Job>(), channel());
        scope.spawn(move || Elsewhere::run(&to_do, &done));
        let elsewhere = Elsewhere { jobs, done: is_done };
        let guard = start(plan(tracer().modules(["**::model::wanted"])));
        if adopted {
            let adopter = guard.adopter();
            elsewhere.does(Box::new(move |_| adopter.adopt()));
        }
        let mut here = Vec::new();
        execute(steps, &mut model, &elsewhere, &mut here);
        let trace = guard.finish();
        leave_all(here);
        trace
    });
    (trace, model)
}

/// Every line behind those it stands under, sorted. Under a layer, what one thread did may be told by two rings, one of
/// its own and one of the commons; between these, brothers have the order of time, which the model does not know.
fn in_no_order(lines: &[String]) -> Vec<String> {
    let mut above: Vec<&str> = Vec::new();
    let mut paths = Vec::new();
    for line in lines {
        above.truncate((line.len() - line.trim_start().len()) / 2);
        above.push(line.trim());
        paths.push(above.join(" > "));
    }
    paths.sort();
    paths
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400,
        max_shrink_iters: 2_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_program_gives_the_tree_of_the_model(steps in prop::collection::vec(step(), 0..60), adopted: bool) {
        let (trace, model) = run(&steps, adopted, |plan| plan.capacity(1_024).text_capacity(65_536));
        let (mut expected, mut found) = (Vec::new(), Vec::new());
        model.lines(None, 0, &mut expected);
        recorded_lines(trace.tree().root_items(), 0, &mut found);
        if crate::set_up() == Through::Layer {
            (found, expected) = (in_no_order(&found), in_no_order(&expected));
        }
        prop_assert_eq!(found.join("\n"), expected.join("\n"));
        prop_assert!(trace.stats().is_complete(), "{:?}", trace.stats());
    }

    #[test]
    #[cfg(feature = "file")]
    fn a_program_that_is_streamed_gives_the_tree_of_the_model(
        steps in prop::collection::vec(step(), 0..60), adopted: bool
    ) {
        // Under a layer there are no streams; `attached.rs` says so.
        if crate::set_up() == Through::Layer {
            return Ok(());
        }
        let start = |tracer: TracerBuilder| {
            let dir = tempfile::tempdir().expect("a directory");
            (tracer.stream_to(dir.path().join("stream")).expect("the plan is right"), dir)
        };
        // So small that rows are handed on while the program runs, and large enough for all of them.
        let (trace, model) = run_under(&steps, adopted, |plan| plan.capacity(128).text_capacity(65_536), start);
        let (mut expected, mut found) = (Vec::new(), Vec::new());
        model.lines(None, 0, &mut expected);
        recorded_lines(trace.tree().root_items(), 0, &mut found);
        prop_assert_eq!(found.join("\n"), expected.join("\n"));
        prop_assert!(trace.stats().is_complete(), "{:?}", trace.stats());
    }

    #[test]
    fn a_ring_that_wraps_never_puts_a_call_under_another_caller(
        steps in prop::collection::vec(step(), 0..120), adopted: bool, rows in 2..20_usize
    ) {
        let (trace, model) = run(&steps, adopted, |plan| plan.capacity(rows).text_capacity(65_536).on_full(OnFull::OverwriteOldest));
        let present: Vec<u64> = trace.tree().calls().filter_map(number).collect();
        for call in trace.tree().calls() {
            // What was written again has lost its arguments, and with them its number.
            let Some(n) = number(call) else { continue };
            let expected = model.nodes[n as usize].parent.map(|parent| parent as u64);
            match call.parent() {
                Some(parent) => {
                    if let Some(parent) = number(parent) {
                        prop_assert_eq!(Some(parent), expected, "of {}", n);
                    }
                }
                None if call.is_orphan() => prop_assert!(expected.is_some_and(|p| !present.contains(&p)), "{}", n),
                None => prop_assert_eq!(None, expected, "of {}", n),
            }
        }
        let made = model.nodes.iter().filter(|node| node.recorded).count() as u64;
        prop_assert!(trace.stats().recorded + trace.stats().events <= made);
    }
}
