//! What of a tree a snapshot shows.
//!
//! Plain choices, without the tree they are applied to: [`TracedSnapshot`](super::TracedSnapshot) has the setters.

use std::time::Duration;

/// How much of each call a snapshot shows. A setter of [`TracedSnapshot`](super::TracedSnapshot) for one part, such as
/// `.args(false)`, wins over it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Detail {
    /// Names, and the marks of what went wrong: a panic, a call that is open, rows that were lost.
    Minimal,
    /// Also arguments, what was returned, errors and events. This is the default.
    #[default]
    Standard,
    /// Also module, number of polls if there were more than one, thread, duration and memory; the last three as
    /// placeholders, such as `[duration]`.
    ///
    /// Polls are a number, and an async call on a runtime with several threads may be polled more or less often from
    /// one run to the next.
    Verbose,
}

/// In which order siblings stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Sort {
    /// As they began, whatever the threads. Calls that run side by side change places from run to run.
    Chronological,
    /// In program order where they began on one thread, or in a future that was moved between threads. Where they began
    /// on several, the group is marked (`├┄` in the text) and sorted by name, arguments, result, and what is below; the
    /// events of such a group come first, in the order they happened. This is the default.
    #[default]
    Canonical,
    /// Every group of siblings as [`Canonical`](Self::Canonical) does with those from several threads.
    ///
    /// For work that a scheduler spreads over threads as it likes: whether two tasks began on one thread or on two is
    /// then chance, and so would be the mark.
    Unordered,
}

/// Nested, or a line for each call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Form {
    #[default]
    Tree,
    Flat,
}

/// Every choice; `None` where [`Detail`] decides.
#[derive(Clone, Debug)]
pub(super) struct Options {
    pub(super) detail: Detail,
    pub(super) form: Form,
    pub(super) sort: Sort,
    pub(super) args: Option<bool>,
    pub(super) returns: Option<bool>,
    pub(super) events: Option<bool>,
    pub(super) timing: Option<bool>,
    pub(super) max_depth: Option<usize>,
    pub(super) min_duration: Duration,
    pub(super) fold: bool,
    pub(super) measures: bool,
    pub(super) placeholders: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            detail: Detail::default(),
            form: Form::default(),
            sort: Sort::default(),
            args: None,
            returns: None,
            events: None,
            timing: None,
            max_depth: None,
            min_duration: Duration::ZERO,
            fold: true,
            measures: false,
            placeholders: true,
        }
    }
}

impl Options {
    pub(super) fn shows_args(&self) -> bool {
        self.args.unwrap_or(self.detail >= Detail::Standard)
    }

    pub(super) fn shows_returns(&self) -> bool {
        self.returns.unwrap_or(self.detail >= Detail::Standard)
    }

    pub(super) fn shows_events(&self) -> bool {
        self.events.unwrap_or(self.detail >= Detail::Standard)
    }

    pub(super) fn shows_timing(&self) -> bool {
        self.timing.unwrap_or(self.measures || self.detail >= Detail::Verbose)
    }

    pub(super) fn shows_memory(&self) -> bool {
        self.measures || self.detail >= Detail::Verbose
    }

    /// Module, polls and thread.
    pub(super) fn shows_place(&self) -> bool {
        self.detail >= Detail::Verbose
    }
}
