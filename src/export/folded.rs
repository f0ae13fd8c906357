//! Folded stacks of self time, and the flame graphs that `inferno` draws of them.

// # Implementation notes
//
// Stacks are kept as a tree of paths, since a call costs one look-up then and nothing is said twice. A stack is as deep
// as the calls were made, on whatever threads: a flame graph asks who is to blame, not who was running.

use std::collections::HashMap;
use std::io::{self, BufWriter, Write};

use inferno::{differential, flamegraph};

use super::Export;
use super::lanes::nanos;
use crate::tree::{CallTree, NONE};

/// Frames of a stack; what was called deeper counts for the last of them.
///
/// Every line repeats its whole stack, so a recursion 100,000 deep would be a file of gigabytes. No flame graph shows
/// even so many.
const MAX_FRAMES: usize = 1_000;

/// One distinct path of callers.
struct Path {
    parent: u32,
    frame: u32,
    /// **Unit:** nanoseconds.
    self_time: u64,
}

/// `a;b;c 1234` for each path that took time of its own, in the order they were first taken.
pub(super) fn write(tree: &CallTree, out: &mut impl Write) -> io::Result<()> {
    let (frames, by_callsite) = frames(tree);
    let mut paths: Vec<Path> = Vec::new();
    let mut known: HashMap<(u32, u32), u32> = HashMap::new();
    // By depth: the path of the current call's ancestors.
    let mut above: Vec<u32> = Vec::new();
    for (depth, item) in tree.walk() {
        let Some(call) = item.call() else { continue };
        above.truncate(depth.min(MAX_FRAMES));
        let here = match above.last() {
            Some(&last) if above.len() == MAX_FRAMES => last,
            parent => {
                let (parent, frame) = (parent.copied().unwrap_or(NONE), by_callsite[call.callsite_index()]);
                let here = *known.entry((parent, frame)).or_insert_with(|| {
                    paths.push(Path { parent, frame, self_time: 0 });
                    paths.len() as u32 - 1
                });
                above.push(here);
                here
            }
        };
        paths[here as usize].self_time += nanos(call.self_time());
    }
    let mut stack = Vec::new();
    for path in paths.iter().filter(|path| path.self_time > 0) {
        stack.clear();
        let mut at = Some(path);
        while let Some(path) = at {
            stack.push(&*frames[path.frame as usize]);
            at = paths.get(path.parent as usize);
        }
        for (nth, frame) in stack.iter().rev().enumerate() {
            out.write_all(if nth == 0 { b"" } else { b";" })?;
            out.write_all(frame.as_bytes())?;
        }
        writeln!(out, " {}", path.self_time)?;
    }
    Ok(())
}

/// The names of functions, and which of them each callsite is.
fn frames(tree: &CallTree) -> (Vec<String>, Vec<u32>) {
    let mut known: HashMap<String, u32> = HashMap::new();
    let mut frames = Vec::new();
    let by_callsite = tree.callsites.iter().map(|site| {
        let name = frame_name(&site.module, &site.name);
        *known.entry(name).or_insert_with_key(|name| {
            frames.push(name.clone());
            frames.len() as u32 - 1
        })
    });
    let by_callsite = by_callsite.collect();
    (frames, by_callsite)
}

/// A semicolon would end the frame, and a control character the line.
fn frame_name(module: &str, name: &str) -> String {
    let shown = |c: char| if c == ';' || c.is_control() { ' ' } else { c };
    format!("{module}::{name}").chars().map(shown).collect()
}

/// The flame graph of one trace.
pub(super) fn write_flame_graph(export: &Export<'_>, out: &mut impl Write) -> io::Result<()> {
    let mut folded = Vec::new();
    write(export.tree, &mut folded)?;
    draw(&mut options(export.name.to_owned()), &folded, out)
}

/// Writes how self times changed from one trace to another as a flame graph: the widths are those of `after`, red where
/// it takes longer than `before`, blue where it is faster.
///
/// # Errors
///
/// Those of the writer, and [`InvalidInput`](io::ErrorKind::InvalidInput) if one of the trees has no times, or both
/// took no time at all.
pub fn diff_flame_graph(before: &CallTree, after: &CallTree, out: impl Write) -> io::Result<()> {
    if !(before.is_timed() && after.is_timed()) {
        let message = "a trace without times cannot be compared with another's times";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
    }
    let (mut first, mut second, mut both) = (Vec::new(), Vec::new(), Vec::new());
    write(before, &mut first)?;
    write(after, &mut second)?;
    differential::from_readers(differential::Options::default(), &first[..], &second[..], &mut both)?;
    drop((first, second));
    let mut out = BufWriter::new(out);
    draw(&mut options("self time, after against before".to_owned()), &both, &mut out)?;
    out.flush()
}

fn draw(options: &mut flamegraph::Options<'_>, folded: &[u8], out: &mut impl Write) -> io::Result<()> {
    if folded.is_empty() {
        let message = "the calls took no time of their own: there is nothing to draw";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
    }
    flamegraph::from_reader(options, folded, out)
}

fn options(title: String) -> flamegraph::Options<'static> {
    let mut options = flamegraph::Options::default();
    options.title = title;
    options.count_name = "ns".to_owned();
    // The same trace, the same picture: by default colours are drawn by lot.
    options.deterministic = true;
    options
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::timeline::{chain, timeline};

    fn folded(tree: &CallTree) -> String {
        let mut out = Vec::new();
        write(tree, &mut out).expect("memory takes it");
        String::from_utf8(out).expect("it is text")
    }

    #[test]
    fn a_stack_has_the_self_time_of_all_its_calls() {
        let tree =
            timeline("order 0-100\n stock 10-20\n stock 30-35\n pay::charge 40-90\n  stock 50-60\norder 200-201");
        insta::assert_snapshot!(folded(&tree), @r"
        shop::order 36
        shop::order;shop::stock 15
        shop::order;pay::charge 40
        shop::order;pay::charge;shop::stock 10
        ");
    }

    #[test]
    fn a_task_stands_under_who_spawned_it_and_takes_nothing_from_it() {
        assert_eq!(folded(&timeline("a 0-100\n b 10-300@1")), "shop::a 100\nshop::a;shop::b 290\n");
    }

    #[test]
    fn waiting_is_no_self_time() {
        assert_eq!(folded(&timeline("a 0-10 90-100")), "shop::a 20\n");
    }

    #[test]
    fn the_lines_add_up_to_the_self_times_of_the_tree() {
        let tree = crate::tree::timeline::jumble(&[(9, 0, Some(40), 0), (0, 5, Some(9), 0), (1, 6, Some(90), 1)]);
        let total: u64 = folded(&tree).lines().filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum();
        assert_eq!(total, tree.calls().map(|call| nanos(call.self_time())).sum::<u64>());
    }

    #[test]
    fn names_cannot_break_a_line_or_a_stack() {
        let mut tree = timeline("a 0-10");
        tree.callsites[0].name = "x;y\nz 5".into();
        assert_eq!(folded(&tree), "shop::x y z 5 10\n");
    }

    #[test]
    fn the_deepest_calls_count_for_the_last_frame_that_is_shown() {
        let tree = chain(100_000);
        let text = folded(&tree);
        let deepest = text.lines().last().expect("there are stacks");
        assert_eq!(deepest.split(';').count(), MAX_FRAMES);
        let total: u64 = text.lines().filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum();
        assert_eq!(total, tree.calls().map(|call| nanos(call.self_time())).sum::<u64>());
    }

    #[test]
    fn a_flame_graph_is_the_same_each_time_it_is_drawn() {
        let tree = timeline("order 0-100\n stock 10-20");
        let draw = || {
            let mut out = Vec::new();
            write_flame_graph(&Export::of(&tree), &mut out).expect("memory takes it");
            String::from_utf8(out).expect("it is text")
        };
        let svg = draw();
        assert_eq!(svg, draw());
        assert!(svg.contains("<title>shop::stock (10 ns, 10.00%)</title>"), "{svg}");
    }

    #[test]
    fn a_differential_flame_graph_says_by_how_much_functions_changed() {
        let (before, after) = (timeline("a 0-100\n b 10-20"), timeline("a 0-100\n b 10-60"));
        let mut out = Vec::new();
        diff_flame_graph(&before, &after, &mut out).expect("memory takes it");
        let svg = String::from_utf8(out).expect("it is text");
        assert!(svg.contains("<title>shop::b (50 ns, 50.00%; +40.00%)</title>"), "{svg}");
    }
}
