//! The workloads as `tracing` spans: each function is one iteration.
//!
//! What they must look like to a recorder is written in [`Workload::expected`](super::workload::Workload::expected).

use std::hint::black_box;
use std::sync::Mutex;

use tracing::{Span, info_span, instrument};

use super::workload::{SPAWNED_ONE_IN, WIDTH};

/// The module path of all these spans, for filters.
pub(crate) const MODULE: &str = module_path!();

pub(crate) fn leaf() {
    let _parent = info_span!("parent").entered();
    for _ in 0..WIDTH {
        let _leaf = info_span!("leaf").entered();
    }
}

pub(crate) fn fields() {
    let _parent = info_span!("parent").entered();
    for n in 0..WIDTH {
        let _fields = info_span!("fields", id = n, user = "ada").entered();
    }
}

pub(crate) fn nested8() {
    let _parent = info_span!("parent").entered();
    for _ in 0..WIDTH / 8 {
        let _n1 = info_span!("n1").entered();
        let _n2 = info_span!("n2").entered();
        let _n3 = info_span!("n3").entered();
        let _n4 = info_span!("n4").entered();
        let _n5 = info_span!("n5").entered();
        let _n6 = info_span!("n6").entered();
        let _n7 = info_span!("n7").entered();
        let _n8 = info_span!("n8").entered();
    }
}

pub(crate) fn instrument() {
    let _parent = info_span!("parent").entered();
    for n in 0..WIDTH {
        black_box(add(n, 2));
    }
}

#[instrument(ret)]
fn add(left: u64, right: u64) -> u64 {
    left + right
}

/// A module of its own, so that a filter by target or by module path can name it.
pub(crate) mod refused {
    use super::{WIDTH, info_span};

    /// The module path a filter has to refuse.
    pub(crate) const MODULE: &str = module_path!();

    pub(crate) fn filtered() {
        for _ in 0..WIDTH {
            let _refused = info_span!("refused").entered();
        }
    }
}

pub(crate) fn request() {
    let _request = info_span!("request", id = 7_u64, path = "/orders").entered();
    {
        let _authorise = info_span!("authorise").entered();
        let _session = info_span!("session").entered();
    }
    {
        let _load = info_span!("load").entered();
        let _query = info_span!("query").entered();
    }
    {
        let _render = info_span!("render").entered();
        let _template = info_span!("template").entered();
    }
}

pub(crate) fn request20() {
    let _request = info_span!("request", id = 7_u64, path = "/orders").entered();
    drop(info_span!("authorise").entered());
    for step in 0..3_u64 {
        let _step = info_span!("step", n = step).entered();
        for n in 0..5_u64 {
            if n % 2 == 0 {
                let _query = info_span!("query", table = "orders", rows = n).entered();
            } else {
                let _decode = info_span!("decode").entered();
            }
        }
    }
}

pub(crate) fn deep<const DEPTH: u32>() {
    descend(DEPTH);
}

fn descend(left: u32) {
    if black_box(left) > 0 {
        let _deep = info_span!("deep").entered();
        descend(left - 1);
    }
}

/// Spans made by [`spawning`] and not yet entered by [`spawned`].
static SPAWNED: Mutex<Vec<Span>> = Mutex::new(Vec::new());

/// As a task spawner does: the span is made here, where its parent is known, and entered where the task runs.
pub(crate) fn spawning() {
    let mut spawned = SPAWNED.lock().expect("nobody panics with the lock");
    let _parent = info_span!("parent").entered();
    for n in 0..WIDTH {
        if n % SPAWNED_ONE_IN == 0 {
            spawned.push(info_span!("spawned"));
        } else {
            let _leaf = info_span!("leaf").entered();
        }
    }
}

/// The other thread's part of [`spawning`].
pub(crate) fn spawned() {
    for span in SPAWNED.lock().expect("nobody panics with the lock").drain(..) {
        span.in_scope(|| ());
    }
}
