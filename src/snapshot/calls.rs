//! The calls of one name, narrowed down, counted and held to budgets.

use std::fmt::{self, Display};
use std::time::Duration;

use super::arg_value::{self, ArgValue};
use super::assertion_error::AssertionError;
use super::{excerpt, names};
use crate::tree::{Call, CallTree, Item, TraceStats};

/// The calls of one name in a tree, in the order of the tree: callers before those they called.
///
/// ```
/// # use tracesnap::Assertions;
/// # let (tree, stats) = Default::default();
/// # let trace = Assertions::new(&tree, &stats);
/// let refused = trace.calls("charge").with_arg("amount", 30.0).under("process_order");
/// refused.assert_times(0);
/// assert!(refused.is_empty());
/// ```
///
/// Looking at them works for any tree; the assertions fail for one that [misses calls](TraceStats::is_complete).
#[derive(Clone, Debug)]
#[must_use = "calls are asserted, counted or looked at"]
pub struct Calls<'t> {
    tree: &'t CallTree,
    stats: &'t TraceStats,
    name: String,
    /// What they were narrowed down by, as it stands in messages.
    narrowed: String,
    /// Those of the name.
    named: Vec<Call<'t>>,
    /// Those of them that are left.
    left: Vec<Call<'t>>,
    /// What was asked for and cannot be, such as an argument that no call has.
    mistake: Option<String>,
}

impl<'t> Calls<'t> {
    pub(super) fn new(tree: &'t CallTree, stats: &'t TraceStats, name: &str) -> Self {
        let meant = names::meant(tree, name);
        let named: Vec<_> = tree.calls().filter(|call| meant[call.callsite_index()]).collect();
        Self { tree, stats, name: name.into(), narrowed: String::new(), left: named.clone(), named, mistake: None }
    }

    /// Leaves those that have an argument of this name and value.
    ///
    /// That no call of the name has such an argument, whatever its value, is taken for a slip: the assertions fail. So
    /// they do where a value cannot be compared, since it was kept out or cut.
    pub fn with_arg(mut self, name: &str, value: impl ArgValue) -> Self {
        let known = |call: &Call<'_>| call.callsite().fields.iter().any(|field| **field == *name);
        if !self.named.is_empty() && !self.named.iter().any(known) && self.mistake.is_none() {
            let mut fields: Vec<_> = self.named.iter().flat_map(|call| &call.callsite().fields).collect();
            fields.sort_unstable();
            fields.dedup();
            let known = fields.iter().map(|field| format!("`{field}`")).collect::<Vec<_>>().join(", ");
            let has = if known.is_empty() { "it has none" } else { "it has " };
            self.mistake = Some(format!("no call of `{}` has an argument `{name}`; {has}{known}", self.name));
        }
        let arg = |call: &Call<'t>| call.args().find(|arg| arg.name() == name);
        if self.mistake.is_none()
            && let Some(why) = self.left.iter().filter_map(arg).find_map(|arg| arg_value::unknown(&arg, &value))
        {
            // Without the value asked for: it may be a secret too.
            self.mistake = Some(format!("the argument `{name}` of a call of `{}` {why}", self.name));
        }
        self.narrowed.push_str(&format!(" with `{name}: {}`", value.shown()));
        self.left.retain(|call| call.arg(name).is_some_and(|found| value.is(found)));
        self
    }

    /// Leaves those that were made by a call of this name, directly or through others.
    pub fn under(mut self, caller: &str) -> Self {
        let meant = names::meant(self.tree, caller);
        let mut left = self.left.iter().map(Call::id).peekable();
        let mut under = Vec::new();
        // The depth of the outermost caller that is open. The calls left stand in the order of this walk.
        let mut open = None;
        for (depth, call) in self.tree.walk().filter_map(|(depth, item)| Some((depth, item.call()?))) {
            open = open.filter(|caller| depth > *caller);
            if left.next_if_eq(&call.id()).is_some() && open.is_some() {
                under.push(call);
            }
            if meant[call.callsite_index()] {
                open = open.or(Some(depth));
            }
        }
        self.narrowed.push_str(&format!(" under `{caller}`"));
        self.left = under;
        self
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.left.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.left.is_empty()
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = Call<'t>> + use<'t, '_> {
        self.left.iter().copied()
    }

    /// Asserts that there are exactly so many.
    ///
    /// # Panics
    ///
    /// If there are more or fewer, an argument was asked for that none has, or the tree misses calls.
    #[track_caller]
    pub fn assert_times(&self, times: usize) {
        AssertionError::raise(self.try_assert_times(times));
    }

    /// As [`assert_times`](Self::assert_times).
    ///
    /// # Errors
    ///
    /// If there are more or fewer, an argument was asked for that none has, or the tree misses calls.
    pub fn try_assert_times(&self, times: usize) -> Result<(), AssertionError> {
        self.check()?;
        if self.len() == times {
            return Ok(());
        }
        let calls = if times == 1 { "call" } else { "calls" };
        Err(self.failure(format_args!("expected {times} {calls} of {self}, found {}", self.len())))
    }

    /// Asserts that there are some, and each made at most so many allocations, those of its children on the same thread
    /// included.
    ///
    /// # Panics
    ///
    /// If one made more, there is none, it has no memory readings, or the tree misses calls.
    #[track_caller]
    pub fn assert_max_allocations(&self, max: u64) {
        AssertionError::raise(self.try_assert_max_allocations(max));
    }

    /// As [`assert_max_allocations`](Self::assert_max_allocations).
    ///
    /// # Errors
    ///
    /// If one made more, there is none, it has no memory readings, or the tree misses calls.
    pub fn try_assert_max_allocations(&self, max: u64) -> Result<(), AssertionError> {
        self.some()?;
        if !self.tree.counts_allocations {
            return Err(no_readings());
        }
        for call in self.iter() {
            let found = call.memory().ok_or_else(|| unread(call))?.allocations;
            if found > max {
                return Err(self.over(call, format_args!("at most {max} allocations"), found));
            }
        }
        Ok(())
    }

    /// Asserts that there are some, and each had less self time than this: the time it was entered, without that of its
    /// children.
    ///
    /// # Panics
    ///
    /// If one had as much or more, there is none, times were off, or the tree misses calls.
    #[track_caller]
    pub fn assert_self_time_under(&self, limit: Duration) {
        AssertionError::raise(self.try_assert_self_time_under(limit));
    }

    /// As [`assert_self_time_under`](Self::assert_self_time_under).
    ///
    /// # Errors
    ///
    /// If one had as much or more, there is none, times were off, or the tree misses calls.
    pub fn try_assert_self_time_under(&self, limit: Duration) -> Result<(), AssertionError> {
        self.some()?;
        if !self.tree.is_timed() {
            let message = "times were off in this recording, so nothing can be said of self time; record it with times";
            return Err(AssertionError::new(message));
        }
        if let Some(call) = self.iter().find(is_running) {
            return Err(unfinished(call, "self time"));
        }
        for call in self.iter() {
            let found = call.self_time();
            if found >= limit {
                return Err(self.over(call, format_args!("a self time under {limit:?}"), format_args!("{found:?}")));
            }
        }
        Ok(())
    }

    /// `Err` for a tree that misses calls, and where a slip was made in narrowing down.
    fn check(&self) -> Result<(), AssertionError> {
        AssertionError::refuse_incomplete(self.stats)?;
        self.mistake.clone().map_or(Ok(()), |mistake| Err(AssertionError::new(mistake)))
    }

    /// `Err` also where there is none.
    pub(super) fn some(&self) -> Result<(), AssertionError> {
        self.check()?;
        if self.is_empty() { Err(self.failure(format_args!("expected a call of {self}, found none"))) } else { Ok(()) }
    }

    fn over(&self, call: Call<'_>, expected: impl Display, found: impl Display) -> AssertionError {
        let line = excerpt::list(call.tree(), [Item::Call(call)]);
        AssertionError::new(format!("expected {expected} in every call of {self}, found {found}:\n{line}"))
    }

    /// A message with the calls that are left, else with those of the name, else with names that are nearly the same.
    pub(super) fn failure(&self, message: impl Display) -> AssertionError {
        let list = |calls: &[Call<'t>]| excerpt::list(self.tree, calls.iter().copied().map(Item::Call));
        AssertionError::new(match (&*self.left, &*self.named) {
            ([], []) => format!("{message}; {}{}", excerpt::instead_of(self.tree, &self.name), self.elsewhere()),
            ([], named) => format!("{message}; those of that name:\n{}", list(named)),
            (left, _) => format!("{message}:\n{}", list(left)),
        })
    }
}

impl Calls<'_> {
    /// What to do about calls of the name that were made where no recording looked; nothing if there were none.
    fn elsewhere(&self) -> String {
        let is_of_name = |path: &str| {
            let before = path.strip_suffix(&*self.name);
            before.is_some_and(|before| before.is_empty() || before.ends_with("::"))
        };
        let n: u64 = self.stats.unattributed_at.iter().filter(|(path, _)| is_of_name(path)).map(|(_, n)| n).sum();
        match n {
            0 => String::new(),
            n => format!(
                "\n{n} of that name began on threads that no recording has; `guard.adopter()` brings a thread into it, \
                 `.process_wide(..)` all of them"
            ),
        }
    }
}

/// As it stands in messages: the name and what the calls were narrowed down by.
impl Display for Calls<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`{}", self.name, self.narrowed)
    }
}

impl<'t> IntoIterator for Calls<'t> {
    type Item = Call<'t>;
    type IntoIter = std::vec::IntoIter<Call<'t>>;

    fn into_iter(self) -> Self::IntoIter {
        self.left.into_iter()
    }
}

/// Whether a call was entered and not left: what it did is known when it is left.
pub(super) fn is_running(call: &Call<'_>) -> bool {
    call.is_entered() && call.is_open()
}

/// For budgets where a call has not come to its end.
pub(super) fn unfinished(call: Call<'_>, what: &str) -> AssertionError {
    let line = excerpt::list(call.tree(), [Item::Call(call)]);
    AssertionError::new(format!(
        "this call is still open, so nothing can be said of its {what}; finish the guard after it was left:\n{line}"
    ))
}

/// For budgets of memory where a call has no readings.
fn unread(call: Call<'_>) -> AssertionError {
    if is_running(&call) { unfinished(call, "allocations") } else { no_readings() }
}

/// For budgets of memory where none was read, or only how much was in use.
pub(super) fn no_readings() -> AssertionError {
    AssertionError::new(
        "this recording has no memory readings, so nothing can be said of allocations; start the tracer with \
         `.memory(MemoryReadings::Allocations)`",
    )
}
