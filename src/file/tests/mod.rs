//! What is saved is what is loaded, and what cannot be loaded is refused with place and remedy.

mod forest;
mod hostile;
mod round_trip;

use std::io::Read;
use std::time::{Duration, SystemTime};

use super::{About, FileError, Loaded, TraceForm, read, write};
use crate::tree::{CallTree, TraceStats};

pub(super) const FORMS: [TraceForm; 2] = [TraceForm::Json, TraceForm::Compact];

/// Counts as a recording of this tree has them, and some more.
fn stats_of(tree: &CallTree) -> TraceStats {
    let events = (tree.nodes.len() - tree.len()) as u64;
    TraceStats {
        recorded: tree.len() as u64,
        events,
        cut_values: 1,
        unattributed: 3,
        unattributed_at: vec![("h2::poll".into(), 3)],
        redacted: u64::MAX,
        ..TraceStats::default()
    }
}

fn about() -> About {
    let started = SystemTime::UNIX_EPOCH + Duration::new(1_795_266_632, 123_456_789);
    About { started: Some(started), total_ns: 41.7, inside_ns: 0.1 }
}

pub(super) fn bytes(tree: &CallTree, form: TraceForm) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(&mut bytes, form, tree, &stats_of(tree), &about()).expect("a vector takes everything");
    bytes
}

fn json(tree: &CallTree) -> String {
    String::from_utf8(bytes(tree, TraceForm::Json)).expect("JSON is UTF-8")
}

fn whole(from: impl Read) -> Loaded {
    match read(from) {
        Ok((loaded, None)) => loaded,
        Ok((_, Some(error))) | Err(error) => panic!("it is whole: {error}"),
    }
}

fn refusal(from: impl Read) -> FileError {
    match read(from) {
        Ok((_, None)) => panic!("it was read"),
        Ok((_, Some(error))) | Err(error) => error,
    }
}

/// All that can be asked of a tree, one line a call or event. Calls are named by their place in the walk.
fn everything(tree: &CallTree) -> Vec<String> {
    let mut place = vec![usize::MAX; tree.nodes.len()];
    tree.walk().enumerate().for_each(|(at, (_, item))| place[item.index() as usize] = at);
    let mut lines = vec![
        format!("{:?}", tree.threads),
        format!("{:?}", tree.callsites),
        format!("{} {} {:?}", tree.timed, tree.counts_allocations, tree.own_cost_ns),
        format!("{} calls, concurrent roots: {}", tree.len(), tree.has_concurrent_roots()),
    ];
    lines.extend(tree.walk().map(|(depth, item)| match item {
        crate::tree::Item::Event(event) => format!(
            "{depth} event {:?} {:?} {:?} {}",
            event.callsite(),
            event.args().collect::<Vec<_>>(),
            event.at(),
            event.thread_index()
        ),
        crate::tree::Item::Call(call) => {
            let mut follows: Vec<_> = call.follows_from().map(|from| place[from.id().index()]).collect();
            follows.sort_unstable();
            let parent = call.parent().map(|parent| place[parent.id().index()]);
            format!(
                "{depth} call {} {:?} → {:?} ✗ {:?} cut {} under {parent:?} after {follows:?}; {:?} to {:?}, wall {:?}, \
                 busy {:?}, idle {:?}, self {:?}, {} polls {:?} on {}; {:?} {:?}; panicked {}, open {}, entered {}, \
                 truncated {}, orphan {}, concurrent {}",
                call.callsite_index(),
                call.args().collect::<Vec<_>>(),
                call.returned(),
                call.error(),
                call.is_outcome_cut(),
                call.first_enter(),
                call.last_exit(),
                call.wall(),
                call.busy(),
                call.idle(),
                call.self_time(),
                call.polls(),
                call.stays().collect::<Vec<_>>(),
                call.thread_index(),
                call.memory(),
                call.memory_exclusive(),
                call.panicked(),
                call.is_open(),
                call.is_entered(),
                call.is_truncated(),
                call.is_orphan(),
                call.has_concurrent_children()
            )
        }
    }));
    lines
}
