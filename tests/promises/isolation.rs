//! Sessions that are open at once see all that is theirs and nothing of each other, over the same callsites.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use tracing::{debug_span, info, info_span};

use crate::support::{names, record, text};

const SESSIONS: usize = 1_000;
const THREADS: usize = 16;

/// One order of a shop: spans, fields, events; with a thread that joins by entering a span.
fn order(session: usize) {
    let order = info_span!("order", session).entered();
    for item in 0..3 {
        info_span!("item", session, item).in_scope(|| info!(session, "priced"));
    }
    if session.is_multiple_of(10) {
        let order = order.clone();
        thread::spawn(move || order.in_scope(|| debug_span!("ship", session).in_scope(|| ())))
            .join()
            .expect("no panic in it");
    }
}

fn expected(session: usize) -> String {
    let mut text = format!("order(session: {session})\n");
    for item in 0..3 {
        text += &format!("  item(session: {session}, item: {item})\n    - priced session={session}\n");
    }
    if session.is_multiple_of(10) {
        text += &format!("  ship(session: {session})\n");
    }
    text
}

#[test]
fn a_thousand_sessions_on_sixteen_threads_lose_nothing_and_see_nothing_of_each_other() {
    crate::set_up();
    let (next, done) = (AtomicUsize::new(0), AtomicBool::new(false));
    let ready = Barrier::new(THREADS + 2);
    thread::scope(|scope| {
        for stranger in 0..2 {
            // No guard ever: these threads meet the callsites first, and go on meeting them.
            let (ready, done) = (&ready, &done);
            scope.spawn(move || {
                order(90_001 + stranger);
                ready.wait();
                while !done.load(Ordering::Relaxed) {
                    order(90_001 + stranger);
                    thread::yield_now();
                }
            });
        }
        let workers: Vec<_> = (0..THREADS)
            .map(|_| {
                scope.spawn(|| {
                    ready.wait();
                    let mut sessions = 0;
                    loop {
                        let session = next.fetch_add(1, Ordering::Relaxed);
                        if session >= SESSIONS {
                            return sessions;
                        }
                        let trace = record(|| order(session));
                        assert_eq!(text(&trace), expected(session));
                        assert!(trace.stats().is_complete(), "{:?}", trace.stats());
                        assert_eq!(trace.stats().recorded, if session.is_multiple_of(10) { 5 } else { 4 });
                        assert_eq!(trace.stats().events, 3);
                        sessions += 1;
                    }
                })
            })
            .collect();
        let sessions: Vec<_> = workers.into_iter().map(thread::ScopedJoinHandle::join).collect();
        done.store(true, Ordering::Relaxed);
        assert_eq!(sessions.into_iter().map(|n| n.expect("every session was right")).sum::<usize>(), SESSIONS);
    });
}

#[test]
fn a_callsite_first_met_by_a_thread_without_a_session_is_recorded_in_one() {
    crate::set_up();
    fn work(n: u32) {
        info_span!("poisoned", n).in_scope(|| ());
    }
    thread::spawn(|| (0..10).for_each(work)).join().expect("no panic in it");
    let trace = record(|| (0..10).for_each(work));
    assert_eq!(names(&trace), "poisoned\n".repeat(10));
}
