//! The bridge to insta: the macros, and what they bind while they run.

use insta::internals::SettingsBindDropGuard;
use insta::{Comparator, Settings, Snapshot};

use super::diff;
#[doc(hidden)]
pub use super::diff::Written;
use super::traced::{ToSnapshot, TracedSnapshot};

/// Asserts that a call tree is the one that was accepted before, with [`insta`].
///
/// Takes a trace, a [`TracedSnapshot`] or a reference to one. Without a name the snapshot is a file named after the
/// test; with a name, after that; with `@"…"` it stands in the source. Settings bound to the thread, `cargo insta
/// review`, insta filters and `INSTA_UPDATE` work as with [`insta::assert_snapshot!`], which this expands to; `insta`
/// need not be among the dependencies of the test.
///
/// ```
/// # use tracesnap::snapshot::TracedSnapshot;
/// use tracesnap::assert_trace_snapshot;
/// # let json = r#"{"version": 1, "calls": [{"call": "checkout"}, {"depth": 1, "call": "pay", "times": 2}]}"#;
/// # let trace: TracedSnapshot = serde_json::from_str(json)?;
///
/// assert_trace_snapshot!(trace, @"
/// checkout
/// └─ pay ×2
/// ");
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// [`assert_trace_yaml_snapshot!`](crate::assert_trace_yaml_snapshot),
/// [`assert_trace_json_snapshot!`](crate::assert_trace_json_snapshot) and
/// [`assert_trace_ron_snapshot!`](crate::assert_trace_ron_snapshot) write the serde form instead.
///
/// # Panics
///
/// If the snapshot differs: the calls that were added, removed or changed are printed as a tree, then what insta prints.
/// If the trace [misses calls](TracedSnapshot::is_complete) and that was not
/// [allowed](TracedSnapshot::allow_loss).
#[macro_export]
macro_rules! assert_trace_snapshot {
    ($($args:tt)*) => { $crate::__assert_trace!(assert_snapshot, Text, $($args)*) };
}

/// As [`assert_trace_snapshot!`](crate::assert_trace_snapshot), with the calls as YAML.
///
/// Takes redactions as [`insta::assert_yaml_snapshot!`] does, where insta's feature `redactions` is on:
/// `assert_trace_yaml_snapshot!(trace, { ".calls[].args.id" => "[id]" })`.
///
/// # Panics
///
/// As [`assert_trace_snapshot!`](crate::assert_trace_snapshot).
#[macro_export]
macro_rules! assert_trace_yaml_snapshot {
    ($($args:tt)*) => { $crate::__assert_trace!(assert_yaml_snapshot, Rows, $($args)*) };
}

/// As [`assert_trace_snapshot!`](crate::assert_trace_snapshot), with the calls as JSON. Takes redactions as
/// [`assert_trace_yaml_snapshot!`](crate::assert_trace_yaml_snapshot) does.
///
/// # Panics
///
/// As [`assert_trace_snapshot!`](crate::assert_trace_snapshot).
#[macro_export]
macro_rules! assert_trace_json_snapshot {
    ($($args:tt)*) => { $crate::__assert_trace!(assert_json_snapshot, Rows, $($args)*) };
}

/// As [`assert_trace_snapshot!`](crate::assert_trace_snapshot), with the calls as RON. Takes redactions as
/// [`assert_trace_yaml_snapshot!`](crate::assert_trace_yaml_snapshot) does.
///
/// # Panics
///
/// As [`assert_trace_snapshot!`](crate::assert_trace_snapshot).
#[macro_export]
macro_rules! assert_trace_ron_snapshot {
    ($($args:tt)*) => { $crate::__assert_trace!(assert_ron_snapshot, Rows, $($args)*) };
}

// An arm for each way to call an insta macro, since insta shall note the user's expression and not ours. Those with
// redactions come first: `$value:expr` would take the braces for a block and fail without a second try.
#[doc(hidden)]
#[macro_export]
macro_rules! __assert_trace {
    ($assert:ident, $written:ident, $value:expr, {$($redact:tt)*}, @$inline:literal $(,)?) => {
        $crate::__assert_trace!(in $assert, $written, $value; [], [{$($redact)*},], [, @$inline])
    };
    ($assert:ident, $written:ident, $value:expr, {$($redact:tt)*} $(,)?) => {
        $crate::__assert_trace!(
            in $assert, $written, $value; [$crate::__private::insta::internals::AutoName,], [{$($redact)*},], []
        )
    };
    ($assert:ident, $written:ident, $name:expr, $value:expr, {$($redact:tt)*} $(,)?) => {
        $crate::__assert_trace!(in $assert, $written, $value; [$name,], [{$($redact)*},], [])
    };
    ($assert:ident, $written:ident, $value:expr, @$inline:literal $(,)?) => {
        $crate::__assert_trace!(in $assert, $written, $value; [], [], [, @$inline])
    };
    ($assert:ident, $written:ident, $value:expr $(,)?) => {
        $crate::__assert_trace!(
            in $assert, $written, $value; [$crate::__private::insta::internals::AutoName,], [], []
        )
    };
    ($assert:ident, $written:ident, $name:expr, $value:expr $(,)?) => {
        $crate::__assert_trace!(in $assert, $written, $value; [$name,], [], [])
    };
    (in $assert:ident, $written:ident, $value:expr; [$($name:tt)*], [$($redact:tt)*], [$($inline:tt)*]) => {{
        let snapshot = $crate::__private::assertable(&$value);
        let _bound = $crate::__private::show_tree_diff($crate::__private::Written::$written);
        $crate::__private::insta::$assert!($($name)* snapshot, $($redact)* stringify!($value) $($inline)*)
    }};
}

/// The snapshot of what is asserted.
///
/// # Panics
///
/// If it misses calls and that was not allowed.
#[doc(hidden)]
#[track_caller]
pub fn assertable(value: &(impl ToSnapshot + ?Sized)) -> TracedSnapshot {
    let snapshot = value.to_snapshot();
    if let Err(refusal) = snapshot.refusal() {
        panic!("{refusal}");
    }
    snapshot
}

/// Until the guard drops, a mismatch on this thread prints a tree diff. Whatever comparator is bound still decides.
#[doc(hidden)]
pub fn show_tree_diff(written: Written) -> SettingsBindDropGuard {
    let mut settings = Settings::clone_current();
    let inner = settings.comparator().dyn_clone();
    settings.set_comparator(Box::new(TreeDiff { inner, written }));
    settings.bind_to_scope()
}

struct TreeDiff {
    inner: Box<dyn Comparator>,
    written: Written,
}

impl TreeDiff {
    fn show(&self, matched: bool, old: &Snapshot, new: &Snapshot) -> bool {
        let (Some(old), Some(new)) = (old.as_text(), new.as_text()) else { return matched };
        let old = old.to_string();
        // Where insta is told to print no diff, neither do we; a new snapshot has nothing to differ from.
        let quiet = std::env::var("INSTA_OUTPUT").is_ok_and(|output| !matches!(&*output, "" | "diff"));
        if !matched
            && !quiet
            && !old.trim().is_empty()
            && let Some(diff) = diff::tree_diff(self.written, &old, &new.to_string())
        {
            println!("\n{diff}");
        }
        matched
    }
}

impl Comparator for TreeDiff {
    fn matches(&self, old: &Snapshot, new: &Snapshot) -> bool {
        self.show(self.inner.matches(old, new), old, new)
    }

    fn matches_fully(&self, old: &Snapshot, new: &Snapshot) -> bool {
        self.show(self.inner.matches_fully(old, new), old, new)
    }

    fn dyn_clone(&self) -> Box<dyn Comparator> {
        Box::new(Self { inner: self.inner.dyn_clone(), written: self.written })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::testing::snapshot;
    use crate::tree::testing::tree;
    use crate::tree::{CallTree, TraceStats};
    use std::sync::Arc;

    #[test]
    fn a_snapshot_a_reference_to_one_and_every_form_can_be_asserted_inline() {
        let trace = snapshot(tree("a(b:1)"));
        assert_trace_snapshot!(trace, @"
        a
        └─ b(id: 1)
        ");
        assert_trace_snapshot!(&trace.clone().flat(), @"
        a
        a > b(id: 1)
        ",);
        assert_trace_yaml_snapshot!(trace, @"
        version: 1
        calls:
          - call: a
          - depth: 1
            call: b
            args:
              id: 1
        ");
        assert_trace_json_snapshot!(trace, @r#"
        {
          "version": 1,
          "calls": [
            {
              "call": "a"
            },
            {
              "depth": 1,
              "call": "b",
              "args": {
                "id": 1
              }
            }
          ]
        }
        "#);
        assert_trace_ron_snapshot!(trace, @r#"
        TracedSnapshot(
          version: 1,
          calls: [
            Row(
              call: "a",
            ),
            Row(
              depth: 1,
              call: "b",
              args: {
                "id": 1,
              },
            ),
          ],
        )
        "#);
    }

    #[test]
    #[should_panic(expected = "this trace is incomplete (3 rows lost)")]
    fn a_trace_with_loss_is_not_asserted() {
        let stats = TraceStats { lost: 3, ..TraceStats::default() };
        assert_trace_snapshot!(TracedSnapshot::new(Arc::<CallTree>::default(), &stats), @"(no calls)");
    }

    #[test]
    fn a_trace_with_loss_is_asserted_where_that_is_allowed() {
        let stats = TraceStats { lost: 3, ..TraceStats::default() };
        let lossy = TracedSnapshot::new(Arc::<CallTree>::default(), &stats).allow_loss();
        assert_trace_snapshot!(lossy, @"
        [incomplete: 3 rows lost]
        (no calls)
        ");
    }

    #[test]
    fn a_comparator_that_the_user_bound_still_decides() {
        struct Anything;
        impl Comparator for Anything {
            fn matches(&self, _: &Snapshot, _: &Snapshot) -> bool {
                true
            }

            fn dyn_clone(&self) -> Box<dyn Comparator> {
                Box::new(Self)
            }
        }
        let mut settings = Settings::clone_current();
        settings.set_comparator(Box::new(Anything));
        settings.bind(|| {
            assert_trace_snapshot!(snapshot(tree("a")), @"something else");
        });
    }

    #[test]
    fn what_was_bound_for_an_assertion_is_gone_after_it() {
        let before = std::ptr::from_ref(Settings::clone_current().comparator()).cast::<u8>();
        assert_trace_snapshot!(snapshot(tree("a")), @"a");
        assert_eq!(before, std::ptr::from_ref(Settings::clone_current().comparator()).cast::<u8>());
    }
}
