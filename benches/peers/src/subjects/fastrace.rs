//! fastrace: no `tracing` underneath, so the workloads are written once more in its own interface.
//!
//! A root and local spans below it, which is its fast way; fields are properties, and what `#[instrument(ret)]` says in
//! an event is one more property, which is cheaper for it than an event.

use std::borrow::Cow;
use std::hint::black_box;
use std::mem;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::Result;
use fastrace::collector::{Config, Reporter, SpanRecord};
use fastrace::prelude::{LocalSpan, Span, SpanContext};

use super::{Made, Slice, Subject, same};
use crate::common::node::{Node, forest};
use crate::common::workload::{Program, SPAWNED_ONE_IN, WIDTH, Workload};

/// A root sends four messages to the collector, through a queue of 10,240 a thread, and what does not fit is dropped.
const ROOTS_OF_A_SLICE: u64 = 2_000;

struct Fastrace {
    workload: Workload,
    reported: Arc<Mutex<Vec<SpanRecord>>>,
    taken: Vec<SpanRecord>,
}

struct Keep(Arc<Mutex<Vec<SpanRecord>>>);

impl Reporter for Keep {
    fn report(&mut self, mut spans: Vec<SpanRecord>) {
        self.0.lock().expect("nobody panics with the lock").append(&mut spans);
    }
}

pub(super) fn start(_: &str, workload: Workload) -> Result<Box<dyn Subject>> {
    let reported = Arc::new(Mutex::new(Vec::new()));
    // It reports when asked to, or when a queue is half full.
    let config = Config::default().report_interval(Duration::from_secs(3_600));
    fastrace::set_reporter(Keep(Arc::clone(&reported)), config);
    Ok(Box::new(Fastrace { workload, reported, taken: Vec::new() }))
}

impl Subject for Fastrace {
    fn program(&self, workload: Workload) -> Program {
        match workload {
            Workload::Leaf | Workload::Threads2 => Program::alone(leaf),
            Workload::Fields => Program::alone(fields),
            Workload::Nested8 => Program::alone(nested8),
            Workload::Instrument => Program::alone(instrument),
            Workload::Filtered => Program::alone(filtered),
            Workload::Request => Program::alone(request),
            Workload::Request20 => Program::alone(request20),
            Workload::Spawned => Program { iteration: spawning, elsewhere: Some(spawned) },
            Workload::Deep(10) => Program::alone(deep::<10>),
            Workload::Deep(100) => Program::alone(deep::<100>),
            Workload::Deep(1_000) => Program::alone(deep::<1_000>),
            Workload::Deep(_) => Program::alone(deep::<5_000>),
        }
    }

    fn slice(&self) -> Slice {
        Slice::UpTo(ROOTS_OF_A_SLICE * self.workload.spans())
    }

    fn drain(&mut self) -> Result<()> {
        fastrace::flush();
        self.taken = mem::take(&mut *self.reported.lock().expect("nobody panics with the lock"));
        Ok(())
    }

    fn verify(&mut self, wanted: Made) -> Result<()> {
        same("spans", self.taken.len() as u64, wanted.spans)
    }

    fn trees(&mut self) -> Result<Option<Vec<Node>>> {
        let spans = self.taken.iter().map(|span| (span.span_id, Some(span.parent_id), node(span)));
        Ok(Some(forest(spans.collect())))
    }
}

fn node(span: &SpanRecord) -> Node {
    let fields = span.properties.iter().filter(|(name, _)| name != "return");
    fields.fold(Node::new(&span.name), |node, (name, value)| node.field(name, value))
}

fn root(name: &'static str) -> Span {
    Span::root(name, SpanContext::random())
}

fn local(name: &'static str) -> LocalSpan {
    LocalSpan::enter_with_local_parent(name)
}

fn number(n: u64) -> Cow<'static, str> {
    Cow::Owned(n.to_string())
}

fn leaf() {
    let parent = root("parent");
    let _parent = parent.set_local_parent();
    for _ in 0..WIDTH {
        let _leaf = local("leaf");
    }
}

fn fields() {
    let parent = root("parent");
    let _parent = parent.set_local_parent();
    for n in 0..WIDTH {
        let _fields = local("fields").with_properties(|| [("id", number(n)), ("user", Cow::Borrowed("ada"))]);
    }
}

fn nested8() {
    let parent = root("parent");
    let _parent = parent.set_local_parent();
    for _ in 0..WIDTH / 8 {
        let _n1 = local("n1");
        let _n2 = local("n2");
        let _n3 = local("n3");
        let _n4 = local("n4");
        let _n5 = local("n5");
        let _n6 = local("n6");
        let _n7 = local("n7");
        let _n8 = local("n8");
    }
}

fn instrument() {
    let parent = root("parent");
    let _parent = parent.set_local_parent();
    for n in 0..WIDTH {
        black_box(add(n, 2));
    }
}

fn add(left: u64, right: u64) -> u64 {
    let _add = local("add").with_properties(|| [("left", number(left)), ("right", number(right))]);
    let sum = left + right;
    LocalSpan::add_property(|| ("return", number(sum)));
    sum
}

/// It has no filter; what it offers instead is a parent that records nothing.
fn filtered() {
    let parent = Span::noop();
    let _parent = parent.set_local_parent();
    for _ in 0..WIDTH {
        let _refused = local("refused");
    }
}

fn request_root() -> Span {
    root("request").with_properties(|| [("id", number(7)), ("path", Cow::Borrowed("/orders"))])
}

fn request() {
    let request = request_root();
    let _request = request.set_local_parent();
    {
        let _authorise = local("authorise");
        let _session = local("session");
    }
    {
        let _load = local("load");
        let _query = local("query");
    }
    {
        let _render = local("render");
        let _template = local("template");
    }
}

fn request20() {
    let request = request_root();
    let _request = request.set_local_parent();
    drop(local("authorise"));
    for step in 0..3 {
        let _step = local("step").with_property(|| ("n", number(step)));
        for n in 0..5 {
            if n % 2 == 0 {
                let _query =
                    local("query").with_properties(|| [("table", Cow::Borrowed("orders")), ("rows", number(n))]);
            } else {
                let _decode = local("decode");
            }
        }
    }
}

fn deep<const DEPTH: u32>() {
    let deep = root("deep");
    let _deep = deep.set_local_parent();
    descend(DEPTH - 1);
}

fn descend(left: u32) {
    if black_box(left) > 0 {
        let _deep = local("deep");
        descend(left - 1);
    }
}

static SPAWNED: Mutex<Vec<Span>> = Mutex::new(Vec::new());

fn spawning() {
    let mut spawned = SPAWNED.lock().expect("nobody panics with the lock");
    let parent = root("parent");
    let _parent = parent.set_local_parent();
    for n in 0..WIDTH {
        if n % SPAWNED_ONE_IN == 0 {
            spawned.push(Span::enter_with_local_parent("spawned"));
        } else {
            let _leaf = local("leaf");
        }
    }
}

fn spawned() {
    for span in SPAWNED.lock().expect("nobody panics with the lock").drain(..) {
        let _entered = span.set_local_parent();
    }
}
