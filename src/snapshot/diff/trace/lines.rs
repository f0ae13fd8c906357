//! A comparison as lines: what changed, below its callers, with a little of what did not change around it.

use std::fmt;

use super::super::merged::{Line, Merged, Step};
use super::Side;
use super::moves::Moves;
use crate::snapshot::text::MAX_BRANCHES;
use crate::tree::CallId;

/// Lines shown of one subtree that was added or removed; those beyond are counted.
const SUBTREE_LINES: usize = 12;

/// What a line of a diff says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DiffMark {
    /// The same in both traces.
    Same,
    /// Equal siblings, or calls of a subtree, that are counted instead of shown.
    Skipped,
    /// In the old trace only.
    Removed,
    /// In the new trace only.
    Added,
    /// As it was before it changed; the line with what it became follows.
    Before,
    /// What it became.
    After,
    /// It was here, and is elsewhere.
    MovedAway,
    /// It is here, and was elsewhere.
    MovedHere,
}

impl DiffMark {
    /// The sign before the line: ` `, `-`, `+`, `<` (moved away) or `>` (moved here).
    #[must_use]
    pub fn sign(self) -> char {
        match self {
            Self::Same | Self::Skipped => ' ',
            Self::Removed | Self::Before => '-',
            Self::Added | Self::After => '+',
            Self::MovedAway => '<',
            Self::MovedHere => '>',
        }
    }
}

/// One line of a diff.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DiffLine {
    /// What it says.
    pub mark: DiffMark,
    /// Number of callers above it.
    pub depth: usize,
    /// The branches before it, as in a snapshot.
    pub branches: String,
    /// The call or event, as a snapshot shows it; or what is left out.
    pub text: String,
    /// What is said beside it: `×3`, where it moved, whether calls stand below it.
    pub note: String,
    /// The call in the old trace.
    pub old: Option<CallId>,
    /// The call in the new trace.
    pub new: Option<CallId>,
}

impl fmt::Display for DiffLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}{}", self.mark.sign(), self.branches, self.text)?;
        if self.note.is_empty() { Ok(()) } else { write!(f, " {}", self.note) }
    }
}

pub(super) fn lines(old: &Side<'_>, new: &Side<'_>, merged: &Merged, moves: &Moves) -> Vec<DiffLine> {
    let mut writer = Writer { old, new, moves, lines: Vec::new(), folds: None };
    let excerpt = merged.excerpt();
    let mut rest = excerpt.as_slice();
    while let Some(((line, depth), after)) = rest.split_first() {
        let done = writer.line(*line, *depth);
        rest = &after[(done - 1).min(after.len())..];
    }
    let mut lines = writer.lines;
    branch(&mut lines);
    lines
}

struct Writer<'s, 't> {
    old: &'s Side<'t>,
    new: &'s Side<'t>,
    moves: &'s Moves,
    lines: Vec<DiffLine>,
    /// The line of the last subtree that was added or removed: its mark, its hash, one past it, its place, how often.
    folds: Option<(DiffMark, u64, u32, usize, u32)>,
}

impl Writer<'_, '_> {
    /// Writes what one line of the excerpt says, and returns for how many of them that was.
    fn line(&mut self, line: Line, depth: usize) -> usize {
        match line {
            Line::Skipped(count, _) => self.push(DiffMark::Skipped, depth, format!("… {count} equal"), None, None),
            Line::Step(Step::Equal(old, new)) => {
                self.push(DiffMark::Same, depth, self.new.text(new), Some(old), Some(new));
                self.note(if self.new.forest.size(new) > 1 { "…" } else { "" }.into());
            }
            Line::Step(Step::Same(old, new)) => {
                self.push(DiffMark::Same, depth, self.new.text(new), Some(old), Some(new));
            }
            Line::Step(Step::Changed(old, new)) => {
                let (mut before, mut now) = (self.old.text(old), self.new.text(new));
                if before == now {
                    // Two functions of one name: their modules tell them apart.
                    before = format!("{before} · {}", self.old.names(old).1);
                    now = format!("{now} · {}", self.new.names(new).1);
                }
                self.push(DiffMark::Before, depth, before, Some(old), None);
                self.push(DiffMark::After, depth, now, None, Some(new));
            }
            Line::Step(Step::Removed(at)) => return self.subtree(false, at, depth),
            Line::Step(Step::Added(at)) => return self.subtree(true, at, depth),
        }
        1
    }

    /// Writes what was added or removed with a node.
    fn subtree(&mut self, added: bool, root: u32, depth: usize) -> usize {
        let moves = self.moves;
        let (side, other) = if added { (self.new, self.old) } else { (self.old, self.new) };
        let moved = |at: u32| if added { moves.to(at) } else { moves.from(at) };
        let (end, nodes) = if added { moves.added(root) } else { moves.removed(root) };
        let mark = if added { DiffMark::Added } else { DiffMark::Removed };
        let id = |at: u32| if added { (None, Some(at)) } else { (Some(at), None) };
        let hash = side.forest.hash(root);
        // Of what folds, nothing moved, and all below it was added or removed as well.
        let may_fold = end == side.forest.end(root) && nodes == u64::from(end - root);
        if may_fold
            && let Some((last, same, next, line, times)) = &mut self.folds
            && (*last, *same, *next) == (mark, hash, root)
        {
            (*next, *times) = (end, *times + 1);
            self.lines[*line].note = format!("×{times}");
            return (end - root) as usize;
        }
        let first = self.lines.len();
        let (mut at, mut written) = (root, 0);
        while at < end {
            let depth = depth + side.forest.depth(at) - side.forest.depth(root);
            if written == SUBTREE_LINES {
                self.push(mark, depth, format!("… {} more", end - at), None, None);
                break;
            }
            written += 1;
            let (old, new) = id(at);
            match moved(at) {
                Some(there) => {
                    let mark = if added { DiffMark::MovedHere } else { DiffMark::MovedAway };
                    self.push(mark, depth, side.text(at), old, new);
                    let below = if side.forest.size(at) > 1 { "… " } else { "" };
                    let place = match other.under(there) {
                        caller if caller == side.under(at) => "(changed places)".into(),
                        Some(caller) if added => format!("(was under {caller})"),
                        Some(caller) => format!("(now under {caller})"),
                        None if added => "(was at the top)".into(),
                        None => "(now at the top)".into(),
                    };
                    self.note(format!("{below}{place}"));
                    at = side.forest.end(at);
                }
                None => {
                    self.push(mark, depth, side.text(at), old, new);
                    at += 1;
                }
            }
        }
        self.folds = may_fold.then_some((mark, hash, end, first, 1));
        (end - root) as usize
    }

    fn push(&mut self, mark: DiffMark, depth: usize, text: String, old: Option<u32>, new: Option<u32>) {
        let id = |side: &Side<'_>, at: u32| side.tree.item(side.node(at)).call().map(|call| call.id());
        let is_event = old.is_some_and(|at| self.old.is_event(at)) || new.is_some_and(|at| self.new.is_event(at));
        self.lines.push(DiffLine {
            mark,
            depth,
            // Until the branches are drawn: what they end with.
            branches: if is_event { "• " } else { "─ " }.into(),
            text,
            note: String::new(),
            old: old.and_then(|at| id(self.old, at)),
            new: new.and_then(|at| id(self.new, at)),
        });
    }

    fn note(&mut self, note: String) {
        if let Some(line) = self.lines.last_mut() {
            line.note = note;
        }
    }
}

/// Draws the branches, from the last line back, which knows what comes below.
fn branch(lines: &mut [DiffLine]) {
    // By depth: whether a sibling comes below.
    let mut below: Vec<bool> = Vec::new();
    for line in lines.iter_mut().rev() {
        let end = std::mem::take(&mut line.branches);
        if line.depth > 0 {
            for level in 1..line.depth.min(MAX_BRANCHES) {
                line.branches.push_str(if below.get(level).copied().unwrap_or(false) { "│  " } else { "   " });
            }
            line.branches.push(if below.get(line.depth).copied().unwrap_or(false) { '├' } else { '└' });
            line.branches.push_str(&end);
            if line.depth > MAX_BRANCHES {
                line.branches.push_str(&format!("⋯{} ", line.depth));
            }
        } else if end == "• " {
            line.branches = end;
        }
        below.resize(line.depth, false);
        below.push(true);
    }
}
