//! What changed between two written snapshots, call by call: for a failed assertion, before insta's diff of lines.
//!
//! It works on texts, because the older one is what a person accepted, perhaps years ago, perhaps through insta filters.

use std::fmt::Write as _;

use super::align::align;
use super::merged::{Line, Merged, Step};
use super::outline::{Outline, Written};

/// Lines of a diff; those beyond are counted.
const MAX_LINES: usize = 200;

/// The calls that were added (`+`), removed (`-`) or changed (both), under their callers. `None` if there are none.
///
/// Calls are matched as [`align`] does it, so one that was renamed, or that has another caller around it, keeps the calls
/// below it. What is gone is counted with all below it.
pub(in crate::snapshot) fn tree_diff(written: Written, old: &str, new: &str) -> Option<String> {
    let (old, new) = (Outline::new(written, old), Outline::new(written, new));
    let merged = Merged::new(old.forest(), new.forest(), &align(old.forest(), new.forest()));
    let count = |is: fn(&Step) -> bool| merged.steps().iter().filter(|(step, _)| is(step)).count();
    let changed = count(|step| matches!(step, Step::Changed(..)));
    let added = count(|step| matches!(step, Step::Added(_)));
    let removed = count(|step| matches!(step, Step::Removed(_)));
    if changed + added + removed == 0 {
        return None;
    }
    let mut all = format!("call tree: {changed} changed, {added} added, {removed} removed (- snapshot, + this run)\n");
    let mut lines = 0;
    let mut line = |mark: char, text: &str| {
        lines += 1;
        if lines <= MAX_LINES {
            // A `String` takes whatever is written.
            let _ = writeln!(all, "{mark} {text}");
        }
    };
    for (shown, _) in merged.excerpt() {
        match shown {
            Line::Skipped(count, row) => line(' ', &format!("{}… {count} equal", new.indent(row))),
            Line::Step(Step::Equal(_, row)) => {
                let below = if new.forest().size(row) > 1 { " …" } else { "" };
                line(' ', &format!("{}{below}", new.line(row)));
            }
            Line::Step(Step::Same(_, row)) => line(' ', new.line(row)),
            Line::Step(Step::Changed(before, now)) => {
                line('-', old.line(before));
                line('+', new.line(now));
            }
            Line::Step(Step::Removed(row)) => line('-', old.line(row)),
            Line::Step(Step::Added(row)) => line('+', new.line(row)),
        }
    }
    if lines > MAX_LINES {
        let _ = writeln!(all, "  … {} more lines", lines - MAX_LINES);
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use insta::assert_snapshot;

    fn diff(old: &str, new: &str) -> String {
        tree_diff(Written::Text, old, new).expect("they differ")
    }

    #[test]
    fn calls_that_were_added_removed_or_changed_stand_under_their_callers() {
        let old = "\
process_order(id: 7) → Ok
├─ check → true
├─ charge(amount: 30.0)
│  ├─ connect
│  └─ pay
├─ audit
│  └─ write
└─ notify ×3";
        let new = "\
process_order(id: 7) → Ok
├─ check → true
├─ charge(amount: 35.0)
│  ├─ connect
│  ├─ retry
│  └─ pay
└─ notify ×4";
        assert_snapshot!(diff(old, new), @"
        call tree: 2 changed, 1 added, 2 removed (- snapshot, + this run)
          process_order(id: 7) → Ok
          ├─ check → true
        - ├─ charge(amount: 30.0)
        + ├─ charge(amount: 35.0)
          │  ├─ connect
        + │  ├─ retry
          │  └─ pay
        - ├─ audit
        - │  └─ write
        - └─ notify ×3
        + └─ notify ×4
        ");
    }

    #[test]
    fn equal_neighbours_of_a_change_are_counted() {
        let calls = |changed: &str| {
            let names = ["a", "b", "c", "d", changed, "f", "g", "h", "i"];
            format!("root\n{}", names.map(|name| format!("├─ {name}\n│  └─ x\n")).concat())
        };
        assert_snapshot!(diff(&calls("e"), &calls("e(id: 1)")), @"
        call tree: 1 changed, 0 added, 0 removed (- snapshot, + this run)
          root
          ├─ … 3 equal
          ├─ d …
        - ├─ e
        + ├─ e(id: 1)
          ├─ f …
          ├─ … 3 equal
        ");
    }

    #[test]
    fn a_call_that_was_renamed_or_wrapped_keeps_what_is_below() {
        assert_snapshot!(diff("a\n├─ pay\n│  ├─ x\n│  └─ y\n└─ b", "a\n├─ charge\n│  ├─ x\n│  └─ y\n└─ b"), @"
        call tree: 1 changed, 0 added, 0 removed (- snapshot, + this run)
          a
        - ├─ pay
        + ├─ charge
          └─ b
        ");
        assert_snapshot!(diff("a\n└─ pay\n   ├─ x\n   └─ y", "a\n└─ retry\n   └─ pay\n      ├─ x\n      └─ y"), @"
        call tree: 0 changed, 1 added, 0 removed (- snapshot, + this run)
          a
        + └─ retry
             └─ pay …
        ");
    }

    #[test]
    fn a_call_that_moved_to_another_caller_is_removed_there_and_added_here() {
        assert_snapshot!(diff("a\n└─ x\nb", "a\nb\n└─ x"), @"
        call tree: 0 changed, 1 added, 1 removed (- snapshot, + this run)
          a
        - └─ x
          b
        + └─ x
        ");
    }

    #[test]
    fn a_group_that_became_concurrent_has_changed() {
        assert_snapshot!(diff("a\n├─ b\n└─ c", "a\n├┄ b\n└┄ c"), @"
        call tree: 2 changed, 0 added, 0 removed (- snapshot, + this run)
          a
        - ├─ b
        + ├┄ b
        - └─ c
        + └┄ c
        ");
    }

    #[test]
    fn equal_trees_have_no_diff_and_any_text_is_accepted() {
        assert_eq!(tree_diff(Written::Text, "a\n└─ b", "a\n└─ b"), None);
        for text in ["", "│  │  ├─ ", "├", "      ⋯999999999999999999999 x", "\u{2502}", "calls:\n", "calls:\n  -"]
        {
            for written in [Written::Text, Written::Rows] {
                let _ = tree_diff(written, text, "a\n└─ b");
                let _ = tree_diff(written, "calls:\n  - call: a", text);
            }
        }
    }

    #[test]
    fn a_long_diff_ends_with_a_count() {
        let text = diff("", &"a\n".repeat(300));
        assert_eq!(text.lines().next_back(), Some("  … 100 more lines"));
    }

    #[test]
    fn a_group_too_large_to_compare_pair_by_pair_is_matched_by_position() {
        let calls = |first: &str| (0..3_000).map(|id| format!("{first}(id: {id})\n")).collect::<String>();
        let shifted = |first| calls(first).replace(": ", ": x");
        assert!(diff(&calls("a"), &shifted("b")).starts_with("call tree: 0 changed, 3000 added, 3000 removed"));
        assert!(diff(&calls("a"), &shifted("a")).starts_with("call tree: 3000 changed, 0 added, 0 removed"));
        assert!(diff(&calls("a"), &calls("b")).starts_with("call tree: 3000 changed, 0 added, 0 removed"), "renamed");
    }

    #[test]
    fn below_the_branches_the_number_says_the_level() {
        use crate::snapshot::testing::{chain, snapshot};
        let (old, new) =
            (snapshot(chain(50)).to_string(), snapshot(chain(50)).to_string().replace("left: 1)", "left: 0)"));
        let text = diff(&old, &new);
        assert!(text.starts_with("call tree: 1 changed, 0 added, 0 removed"), "{text}");
        assert_eq!(text.lines().count(), 52);
    }

    #[test]
    fn yaml_json_and_ron_show_the_tree_that_the_text_shows() {
        use crate::snapshot::testing::{shop, snapshot};
        use insta::_macro_support::{SerializationFormat::*, serialize_value};
        for format in [Yaml, Json, Ron] {
            let old = serialize_value(&snapshot(shop()), format);
            assert_eq!(tree_diff(Written::Rows, &old, &old), None);
            let new = old.replace("CardDeclined", "Timeout").replace("items", "things");
            insta::allow_duplicates! {
                assert_snapshot!(tree_diff(Written::Rows, &old, &new).expect("they differ"), @r#"
                call tree: 4 changed, 0 added, 0 removed (- snapshot, + this run)
                - process_order(customer_id: 7, items: 2) → Ok(Receipt { id: 1 })
                + process_order(customer_id: 7, things: 2) → Ok(Receipt { id: 1 })
                -    INFO cart priced(items: 3)
                +    INFO cart priced(things: 3)
                -    check_availability(items: 2) → true
                +    check_availability(things: 2) → true
                -    charge(amount: "30.0", payment_token: "[redacted]") ✗ CardDeclined
                +    charge(amount: "30.0", payment_token: "[redacted]") ✗ Timeout
                     notify(customer_id: 7) ×3
                "#);
            }
        }
    }
}
