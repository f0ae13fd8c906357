//! Threads that a program starts by itself join by adoption, or all at once by a process-wide session.

use std::sync::{Barrier, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use tracesnap::{Error, OnBusy, Tracer};
use tracing::dispatcher::{Dispatch, get_default, with_default};
use tracing::{info, info_span};
use tracing_subscriber::prelude::*;

use crate::dispatchers::with_a_dispatcher_of_its_own;
use crate::support::{assert_tree, names, on_a_thread, panic_quietly, panics, record, start, tracer};

#[test]
fn an_adopted_threads_spans_are_the_sessions() {
    let guard = start();
    let adopter = guard.adopter();
    on_a_thread(|| {
        adopter.adopt();
        adopter.adopt();
        info_span!("adopted").in_scope(|| info!("inside"));
    });
    on_a_thread(|| info_span!("stranger").in_scope(|| ()));
    let trace = guard.finish();
    assert_tree!(trace, @r"
    adopted
      - inside
    ");
    let thread = trace.tree().roots().next().expect("it was recorded").thread_index();
    assert_eq!((thread, trace.tree().threads().len()), (0, 1), "threads that nothing ran on are not there");
}

#[test]
fn every_thread_of_a_runtime_can_be_adopted() {
    let guard = start();
    let adopter = guard.adopter();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .on_thread_start(move || adopter.adopt())
        .build()
        .expect("a runtime");
    let tasks: Vec<_> = (0..20).map(|n| runtime.spawn(async move { info_span!("task", n).in_scope(|| ()) })).collect();
    tasks.into_iter().for_each(|task| runtime.block_on(task).expect("no panic in it"));
    drop(runtime);
    let trace = guard.finish();
    assert_eq!((trace.stats().recorded, trace.stats().is_complete()), (20, true));
    assert!(trace.tree().roots().all(|root| root.name() == "task"));
}

#[test]
fn adoption_ends_with_the_session() {
    let (go, gone) = mpsc::channel();
    let guard = start();
    let adopter = guard.adopter();
    let (adopted, is_adopted) = mpsc::channel();
    let worker = thread::spawn(move || {
        adopter.adopt();
        info_span!("while open").in_scope(|| ());
        adopted.send(()).expect("the test lives");
        gone.recv().expect("the test lives");
        info_span!("too late").in_scope(|| ());
        let own = record(|| info_span!("own").in_scope(|| ()));
        adopter.adopt();
        info_span!("too late again").in_scope(|| ());
        own
    });
    is_adopted.recv().expect("the worker lives");
    let trace = guard.finish();
    go.send(()).expect("the worker lives");
    let own = worker.join().expect("no panic in it");
    assert_tree!(trace, @"while open");
    assert_tree!(own, @"own");
}

#[test]
fn a_guard_on_an_adopted_thread_takes_it_until_it_ends() {
    let guard = start();
    let adopter = guard.adopter();
    on_a_thread(|| {
        adopter.adopt();
        info_span!("first").in_scope(|| ());
        assert_eq!(names(&record(|| info_span!("inner").in_scope(|| ()))), "inner\n");
        info_span!("last").in_scope(|| ());
    });
    assert_tree!(guard.finish(), @r"
    first
    inner
    last
    ");
}

/// The process is taken by one test at a time.
static PROCESS: Mutex<()> = Mutex::new(());

/// What process-wide sessions record here: other tests run in this process meanwhile.
mod everywhere {
    pub(super) const MODULES: [&str; 1] = ["**::adoption::everywhere"];

    pub(super) fn work(n: u32) {
        tracing::info_span!("anywhere", n).in_scope(|| ());
    }
}

#[test]
fn a_process_wide_session_has_the_spans_of_every_thread_that_no_other_session_takes() {
    let _alone = PROCESS.lock();
    let wide = tracer().modules(everywhere::MODULES).process_wide(OnBusy::Wait);
    let guard = wide.start().expect("the process is free");
    everywhere::work(0);
    on_a_thread(|| everywhere::work(1));
    let other = on_a_thread(|| record(|| everywhere::work(2)));
    assert_tree!(other, @"anywhere(n: 2)");
    assert_tree!(guard.finish(), @r"
    anywhere(n: 0)
    anywhere(n: 1)
    ");
    on_a_thread(|| everywhere::work(3));
}

#[test]
fn a_process_wide_session_comes_before_that_of_a_layer_also_where_this_took_the_thread_before() {
    let _alone = PROCESS.lock();
    let _own = with_a_dispatcher_of_its_own();
    let (layer, handle) = Tracer::builder().modules(["of_nobody::**"]).layer().expect("the plan is right");
    let dispatch = Dispatch::new(tracing_subscriber::registry().with(layer));
    let work = |n| with_default(&dispatch, || everywhere::work(n));
    let (opened, is_open) = mpsc::channel();
    let (worked, has_worked) = mpsc::channel();
    work(0);
    let trace = thread::scope(|scope| {
        let dispatch = &dispatch;
        let guard = scope.spawn(move || {
            with_default(dispatch, || {
                let wide = tracer().modules(everywhere::MODULES).process_wide(OnBusy::Wait);
                let guard = wide.start().expect("the process is free");
                opened.send(()).expect("the test lives");
                has_worked.recv().expect("the test lives");
                guard.finish()
            })
        });
        is_open.recv().expect("the guard's thread lives");
        work(1);
        worked.send(()).expect("the guard's thread lives");
        guard.join().expect("no panic in it")
    });
    work(2);
    assert_tree!(trace, @"anywhere(n: 1)");
    assert!(handle.trace().tree().is_empty());
}

#[test]
fn one_session_at_a_time_has_the_process() {
    let _alone = PROCESS.lock();
    let wide = |on_busy| tracer().modules(everywhere::MODULES).process_wide(on_busy).start();
    let first = wide(OnBusy::Wait).expect("the process is free");
    let refused = wide(OnBusy::Err).expect_err("it is taken");
    assert!(matches!(refused, Error::Busy));
    assert!(refused.to_string().contains("finish it first"), "{refused}");
    wide(OnBusy::Wait).expect_err("waiting for oneself would never end");
    on_a_thread(|| wide(OnBusy::Err).map(drop).expect_err("it is taken, whoever asks"));

    let waiting = Barrier::new(2);
    thread::scope(|scope| {
        let second = scope.spawn(|| {
            waiting.wait();
            let second = wide(OnBusy::Wait).expect("the process becomes free");
            on_a_thread(|| everywhere::work(2));
            second.finish()
        });
        waiting.wait();
        thread::sleep(Duration::from_millis(20));
        on_a_thread(|| everywhere::work(1));
        assert!(!second.is_finished(), "it waits");
        assert_tree!(first.finish(), @"anywhere(n: 1)");
        assert_tree!(second.join().expect("no panic in it"), @"anywhere(n: 2)");
    });
}

#[test]
fn a_dropped_guard_frees_the_process_and_so_does_a_panic() {
    let _alone = PROCESS.lock();
    let wide = || tracer().modules(everywhere::MODULES).process_wide(OnBusy::Err).start();
    drop(wide().expect("the process is free"));
    panics(|| {
        let _guard = wide().expect("it was freed");
        panic_quietly()
    });
    drop(wide().expect("it was freed again"));
}

mod nowhere {
    use tracing::info_span;

    pub(super) fn often() {
        info_span!("often").in_scope(|| info_span!("below").in_scope(|| ()));
    }

    pub(super) fn once() {
        info_span!("once").in_scope(|| ());
    }
}

#[test]
fn spans_that_no_session_takes_are_counted_with_their_callsites() {
    let _alone = PROCESS.lock();
    let guard = tracer().modules(["**::adoption::nowhere"]).start().expect("the plan is right");
    on_a_thread(|| {
        (0..3).for_each(|_| nowhere::often());
        nowhere::once();
    });
    let trace = guard.finish();
    let at = |name: &str, n| (format!("{}::nowhere::{name}", module_path!()), n);
    assert_eq!(trace.stats().unattributed_at, [at("below", 3), at("often", 3), at("once", 1)]);
    assert_eq!(trace.stats().unattributed, 7);
    assert!(trace.tree().is_empty() && trace.stats().is_complete());
}

#[test]
fn a_thread_that_serves_scoped_guards_by_turns_gives_each_its_own() {
    let _own = with_a_dispatcher_of_its_own();
    let dispatch = || get_default(Dispatch::clone);
    let picky = tracer().scoped().modules(["of_nobody::**"]).start().expect("the plan is right");
    let of_picky = dispatch();
    let trace = on_a_thread(|| {
        let guard = tracer().scoped().start().expect("defaults are right");
        let of_guard = dispatch();
        on_a_thread(|| {
            for n in 0..3 {
                let work = || info_span!("work", n).in_scope(|| ());
                with_default(&of_picky, work);
                with_default(&of_guard, work);
            }
        });
        guard.finish()
    });
    assert_tree!(trace, @r"
    work(n: 0)
    work(n: 1)
    work(n: 2)
    ");
    assert!(picky.finish().tree().is_empty());
}
