//! Trees by hand with exact times, threads and outcomes, for the tests of whatever measures a tree.

use super::builder::testing::callsite;
use super::{CallTree, Callsite, Field, Memory, NONE, Stay, Stored, Thread, TreeBuilder, flag};

/// One call or event a line, nested by indentation:
///
/// ```text
/// a 0-100                 entered at 0 ns, left at 100
///   db::b 10-20 30-40@1   entered twice, the second time on thread 1; in module `db` (otherwise `shop`)
///   c 50-                 still open
///   d                     never entered
///   *paid 60@1            an event at 60 on thread 1
///   e 70-80 panicked      or `error`, or `mem=64/2+100`: 64 bytes in 2 allocations, with 100 in use at the start
///   f 80-82mem=8/1 84-85mem=4/1   the same of each stay
/// ```
pub(crate) fn timeline(text: &str) -> CallTree {
    let mut builder = TreeBuilder::with_capacity(0);
    let mut sites: Vec<String> = Vec::new();
    let mut threads = 0;
    let mut open: Vec<(usize, u32)> = Vec::new();
    let mut order = 0;
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let indent = line.len() - line.trim_start().len();
        let mut words = line.split_whitespace();
        let path = words.next().expect("a name");
        let site = sites.iter().position(|known| known == path).unwrap_or_else(|| {
            sites.push(path.into());
            builder.callsite(callsite_of(path)) as usize
        });
        let (mut stays, mut flags) = (Vec::new(), 0);
        let (mut memory, mut failed) = (None, false);
        let mut read_in_stays = Vec::new();
        for word in words {
            match word {
                "panicked" => flags |= flag::PANICKED,
                "error" => failed = true,
                _ if word.starts_with("mem=") => memory = Some(memory_of(&word[4..])),
                _ => {
                    let (times, read) =
                        word.split_once("mem=").map_or((word, None), |(times, read)| (times, Some(read)));
                    let read = read.map(memory_of);
                    read_in_stays.extend(read);
                    stays.push(Stay { memory: read.map_or(NONE, |read| builder.reading(read)), ..stay_of(times) });
                }
            }
        }
        for stay in &stays {
            while threads <= stay.thread {
                builder.thread(Thread::default());
                threads += 1;
            }
        }
        if threads == 0 {
            builder.thread(Thread::default());
            threads = 1;
        }
        let first = stays.first().copied();
        order = first.map_or(order, |stay| stay.start);
        let thread = first.map_or(0, |stay| stay.thread);
        if path.starts_with('*') {
            flags |= flag::EVENT;
        }
        let node = builder.node(site as u32, thread, flags, order);
        match (path.starts_with('*'), stays.len()) {
            (true, _) => {}
            (false, 0) => builder.get_mut(node).flags |= flag::OPEN,
            (false, 1) => {
                let end = stays[0].end;
                let node = builder.get_mut(node);
                node.flags |= flag::ENTERED;
                match end {
                    u64::MAX => node.flags |= flag::OPEN,
                    _ => node.last_exit = end,
                }
            }
            _ => builder.stays(node, &mut stays),
        }
        if failed {
            let text = builder.text("declined");
            builder.outcome(node).error = Some(Field { name: 0, cut: false, value: Stored::Text(text) });
        }
        if let Some(memory) = memory {
            builder.counts_allocations();
            builder.memory(node, memory);
        }
        read_in_stays.into_iter().for_each(|read| builder.add_memory(node, read, false));
        while open.pop_if(|(outer, _)| *outer >= indent).is_some() {}
        if let Some(&(_, parent)) = open.last() {
            builder.set_parent(node, parent);
        }
        open.push((indent, node));
    }
    builder.finish()
}

/// What one thread did, step by step, with a clock that every step moves on: enter a function, or leave the innermost.
///
/// `steps` holds a function number below 8 to enter it, or `None` to leave; whatever is left open at the end is left.
/// The recording is what a program without concurrency gives: properly nested, one stay a call.
pub(crate) fn program(steps: impl IntoIterator<Item = (Option<u8>, u8)>) -> CallTree {
    let mut builder = TreeBuilder::with_capacity(0);
    let sites: Vec<_> = (0..8).map(|n| builder.callsite(callsite_of(&format!("m{}::f{n}", n % 3)))).collect();
    let thread = builder.thread(Thread::default());
    let (mut now, mut open) = (0_u64, Vec::new());
    let leave = |builder: &mut TreeBuilder, open: &mut Vec<u32>, now: u64| {
        let Some(node) = open.pop() else { return };
        let node = builder.get_mut(node);
        node.last_exit = now;
    };
    for (step, ticks) in steps {
        now += u64::from(ticks);
        let Some(function) = step else {
            leave(&mut builder, &mut open, now);
            continue;
        };
        let node = builder.node(sites[usize::from(function % 8)], thread, flag::ENTERED, now);
        if let Some(&parent) = open.last() {
            builder.set_parent(node, parent);
        }
        open.push(node);
    }
    while !open.is_empty() {
        now += 1;
        leave(&mut builder, &mut open, now);
    }
    builder.finish()
}

/// Calls with any parent among those before them, any interval, any of three threads: recordings no rule was kept in.
/// Each is `(parent, start, length, thread)`; a parent past the end makes a root, a length of `None` an open call.
pub(crate) fn jumble(calls: &[(u8, u16, Option<u16>, u8)]) -> CallTree {
    let mut builder = TreeBuilder::with_capacity(calls.len());
    let sites: Vec<_> = (0..5).map(|n| builder.callsite(callsite_of(&format!("m::f{n}")))).collect();
    for _ in 0..3 {
        builder.thread(Thread::default());
    }
    for (at, &(parent, start, length, thread)) in calls.iter().enumerate() {
        let start = u64::from(start);
        let node = builder.node(sites[at % 5], u32::from(thread % 3), flag::ENTERED, start);
        if usize::from(parent) < at {
            builder.set_parent(node, u32::from(parent));
        }
        let node = builder.get_mut(node);
        match length {
            Some(length) => node.last_exit = start + u64::from(length),
            None => node.flags |= flag::OPEN,
        }
    }
    builder.finish()
}

/// `depth` calls, each the only child of the one before, on one thread.
pub(crate) fn chain(depth: u32) -> CallTree {
    let mut builder = TreeBuilder::with_capacity(depth as usize);
    let sites = [builder.callsite(callsite_of("even")), builder.callsite(callsite_of("odd"))];
    let thread = builder.thread(Thread::default());
    let mut parent = NONE;
    for level in 0..depth {
        let node = builder.node(sites[(level % 2) as usize], thread, flag::ENTERED, level.into());
        if parent != NONE {
            builder.set_parent(node, parent);
        }
        parent = node;
        let node = builder.get_mut(node);
        node.last_exit = u64::from(2 * depth - level);
    }
    builder.finish()
}

fn callsite_of(path: &str) -> Callsite {
    let path = path.trim_start_matches('*');
    let (module, name) = path.rsplit_once("::").unwrap_or(("shop", path));
    Callsite { module: module.into(), target: module.into(), ..callsite(name, &["message"]) }
}

/// `10-20`, `10-` or `10`, on thread 0 unless `@` names another.
fn stay_of(word: &str) -> Stay {
    let (times, thread) = word.split_once('@').unwrap_or((word, "0"));
    let (start, end) = times.split_once('-').unwrap_or((times, times));
    Stay {
        start: start.parse().expect("a start"),
        end: if end.is_empty() { u64::MAX } else { end.parse().expect("an end") },
        thread: thread.parse().expect("a thread number"),
        memory: NONE,
    }
}

/// `allocated/allocations+at_start`.
fn memory_of(word: &str) -> Memory {
    let (own, at_start) = word.split_once('+').unwrap_or((word, "0"));
    let (allocated, allocations) = own.split_once('/').expect("bytes/allocations");
    Memory {
        at_start: at_start.parse().expect("bytes"),
        allocated: allocated.parse().expect("bytes"),
        allocations: allocations.parse().expect("a number"),
        freed: 0,
    }
}

mod tests {
    use super::*;

    #[test]
    fn a_timeline_is_read_as_it_is_written() {
        let tree = timeline(
            "
            a 0-100
              db::b 10-20 30-40@1
                c 12-15 error mem=64/2+100
              *paid 60@2
              d 70-
            e
            ",
        );
        let calls: Vec<_> = tree.calls().collect();
        assert_eq!(calls.iter().map(crate::tree::Call::name).collect::<Vec<_>>(), ["a", "b", "c", "d", "e"]);
        assert_eq!((calls[1].module(), calls[1].polls(), calls[1].busy().as_nanos()), ("db", 2, 20));
        assert_eq!(calls[1].stays().map(|(_, _, thread)| thread).collect::<Vec<_>>(), [0, 1]);
        assert_eq!(calls[2].error().and_then(|e| e.as_str()), Some("declined"));
        assert_eq!(calls[2].memory().map(|m| (m.at_start, m.allocated, m.allocations)), Some((100, 64, 2)));
        assert!(calls[3].is_open() && calls[3].is_entered());
        assert!(calls[4].is_open() && !calls[4].is_entered());
        assert_eq!(calls[0].events().map(|e| e.thread_index()).collect::<Vec<_>>(), [2]);
    }

    #[test]
    fn a_program_is_nested_and_its_times_never_fall() {
        let tree = program([(Some(1), 5), (Some(2), 5), (None, 5), (Some(2), 0)]);
        let shape: Vec<_> =
            tree.walk().map(|(depth, item)| (depth, item.call().map(|c| c.busy().as_nanos()))).collect();
        assert_eq!(shape, [(0, Some(12)), (1, Some(5)), (1, Some(1))]);
    }
}
