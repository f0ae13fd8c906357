//! Passes of the worker while two threads go on between any two of its steps, in every order that comes up.
//!
//! What a killed process leaves is a file after some pass, so after each one the file is held to what the threads had done.

use std::collections::{HashMap, HashSet, VecDeque};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;

use proptest::prelude::*;
use tracing::{Span, info, info_span};

use super::about;
use super::worker::Worker;
use crate::file::stream::Writer;
use crate::tracer::OwnCost;
use crate::tree::{Arg, Item};
use crate::{Trace, Tracer};

/// What a thread does next.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// Makes a span, under the one that is entered, and enters it.
    Call,
    /// Makes a span and leaves it to whoever enters it.
    Make,
    /// Enters such a span, one of those that nobody entered.
    Enter(usize),
    Leave,
    Tell,
}

fn step() -> impl Strategy<Value = (usize, Step)> {
    let step = prop_oneof![
        3 => Just(Step::Call), 2 => Just(Step::Make), 2 => (0..4_usize).prop_map(Step::Enter), 4 => Just(Step::Leave),
        2 => Just(Step::Tell),
    ];
    (0..2_usize, step)
}

/// What was done so far. Spans and events have numbers of their own.
#[derive(Debug, Default)]
struct Done {
    next: u64,
    /// By number of a span: what was made in it.
    holds: HashMap<u64, Vec<u64>>,
    begun: HashSet<u64>,
    /// With what had begun in them by then.
    over: HashMap<u64, Vec<u64>>,
    /// Made and not entered.
    waiting: Vec<(u64, Span)>,
}

impl Done {
    fn add(&mut self, caller: Option<u64>) -> u64 {
        let n = self.next;
        self.next += 1;
        if let Some(caller) = caller {
            self.holds.entry(caller).or_default().push(n);
        }
        n
    }
}

/// Does what it is told, and says when it has.
fn act(steps: &Receiver<Step>, did: &SyncSender<()>, done: &Mutex<Done>) {
    let mut inside: Vec<(u64, tracing::span::EnteredSpan)> = Vec::new();
    for step in steps {
        let mut done = done.lock().expect("nobody panicked");
        let caller = inside.last().map(|(n, _)| *n);
        match step {
            Step::Call => {
                let n = done.add(caller);
                inside.push((n, info_span!("call", n).entered()));
                done.begun.insert(n);
            }
            Step::Make => {
                let n = done.add(caller);
                done.waiting.push((n, info_span!("made", n)));
            }
            Step::Enter(which) if !done.waiting.is_empty() => {
                let which = which % done.waiting.len();
                let (n, span) = done.waiting.swap_remove(which);
                inside.push((n, span.entered()));
                done.begun.insert(n);
            }
            Step::Leave if !inside.is_empty() => {
                let (n, span) = inside.pop().expect("it is not empty");
                drop(span);
                let held = done.holds.get(&n).into_iter().flatten().filter(|held| done.begun.contains(held));
                let held = held.copied().collect();
                done.over.insert(n, held);
            }
            Step::Tell => {
                let n = done.add(caller);
                info!(n, "told");
                done.begun.insert(n);
            }
            Step::Enter(_) | Step::Leave => {}
        }
        drop(done);
        did.send(()).expect("somebody waits");
    }
    while inside.pop().is_some() {}
}

fn number<'t>(mut args: impl Iterator<Item = Arg<'t>>) -> u64 {
    let number = args.find(|arg| arg.name() == "n").and_then(|n| n.value().as_u64());
    number.expect("nothing is there without its values")
}

/// Holds what is in a file to what had begun and was over before the pass, and to what is done by now.
fn assert_shows(path: &Path, begun: &HashSet<u64>, over: &HashSet<u64>, done: &Done) {
    let (trace, error) = Trace::load_partial(path).expect("it is readable");
    assert!(error.is_none() && trace.stats().unfinished == 1, "{error:?}");
    let (mut shown, mut shown_over) = (HashSet::new(), HashSet::new());
    for (_, item) in trace.tree().walk() {
        shown.insert(match item {
            Item::Call(call) => number(call.args()),
            Item::Event(event) => number(event.fields()),
        });
    }
    for call in trace.tree().calls() {
        assert!(!call.is_orphan(), "{call:?}");
        let n = number(call.args());
        let held: Vec<_> = call.children().map(|call| number(call.args())).collect();
        let held: Vec<_> = call.events().map(|event| number(event.fields())).chain(held).collect();
        let made = done.holds.get(&n).map_or(&[][..], Vec::as_slice);
        assert!(held.iter().all(|held| made.contains(held)), "{n} holds what it never did: {held:?}");
        if call.is_entered() && !call.is_open() {
            let begun = done.over.get(&n).expect("it is over");
            assert!(begun.iter().all(|begun| held.contains(begun)), "{n} held {begun:?} when it ended, not {held:?}");
            shown_over.insert(n);
        }
    }
    assert!(begun.is_subset(&shown), "{begun:?} had begun, {shown:?} is there");
    assert!(over.is_subset(&shown_over), "{over:?} was over, {shown_over:?} is");
}

/// Runs the steps of two threads between those of as many passes as they need.
fn run(steps: Vec<(usize, Step)>, at_once: usize, timed: bool) {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("stream");
    // So small that rows are handed on again and again, and large enough for all of them.
    let guard = Tracer::builder().capacity(256).timing(timed).start_streamed(&path).expect("the plan is right");
    let session = guard.session().expect("it records");
    let mut file = Writer::create(&path).expect("it begins");
    file.about(&about(&session, OwnCost::default(), 0.0)).expect("it is written");
    let worker = Worker::new(session, file, None);
    let done = Arc::new(Mutex::new(Done::default()));
    let to_do = Arc::new(Mutex::new(VecDeque::from(steps)));
    thread::scope(|scope| {
        // Gone with this also where an assertion fails, so that the threads end.
        let mut worker = worker;
        let threads: Vec<_> = (0..2)
            .map(|_| {
                let ((tell, told), (did, is_done)) = (sync_channel(0), sync_channel(0));
                let (adopter, done) = (guard.adopter(), Arc::clone(&done));
                scope.spawn(move || {
                    adopter.adopt();
                    act(&told, &did, &done);
                });
                (tell, is_done)
            })
            .collect();
        let steps = Arc::clone(&to_do);
        worker.meanwhile = Some(Box::new(move || {
            for _ in 0..at_once {
                let Some((thread, step)) = steps.lock().expect("nobody panicked").pop_front() else { return };
                threads[thread].0.send(step).expect("it waits");
                threads[thread].1.recv().expect("it does what it is told");
            }
        }));
        while !to_do.lock().expect("nobody panicked").is_empty() {
            let (begun, over) = {
                let done = done.lock().expect("nobody panicked");
                let over = if timed { done.over.keys().copied().collect() } else { HashSet::new() };
                (done.begun.clone(), over)
            };
            worker.pass(false).expect("there is room");
            assert_shows(&path, &begun, &over, &done.lock().expect("nobody panicked"));
        }
    });
    drop(guard);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_pass_shows_what_had_begun_and_nothing_is_over_that_lacks_some_of_what_it_did(
        steps in prop::collection::vec(step(), 0..200), at_once in 1..6_usize, timed: bool
    ) {
        run(steps, at_once, timed);
    }
}
