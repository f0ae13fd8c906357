//! What a comparison says of two small programs.

use insta::{assert_json_snapshot, assert_snapshot};
use proptest::prelude::*;

use super::{ChangeKind, CostKind, CostLimit, DiffOptions, TraceDiff};
use crate::snapshot::testing::{Forest, Given, any_tree, chain, shop};
use crate::tree::CallTree;

/// The order of the shop, after a day's work on it.
fn shop_now() -> CallTree {
    let mut forest = Forest::new();
    let customer = ("customer_id", Given::U64(7));
    let order = forest.call(None, "process_order", &[customer.clone(), ("items", Given::U64(2))]);
    forest.returned(order, &Given::Text("Ok(Receipt { id: 1 })".into()));
    let check = forest.call(Some(order), "check_availability", &[("items", Given::U64(2))]);
    forest.returned(check, &Given::Bool(true));
    let token = ("payment_token", Given::Redacted);
    let charge = forest.call(Some(order), "charge", &[("amount", Given::F64(35.0)), token]);
    forest.call(Some(charge), "retry", &[]);
    let message = ("message", Given::Text("cart priced".into()));
    forest.event(Some(order), crate::tree::Level::Info, &[message, ("items", Given::U64(3))]);
    for _ in 0..6 {
        forest.call(Some(order), "notify", std::slice::from_ref(&customer));
    }
    forest.finish()
}

#[test]
fn what_was_added_removed_moved_or_changed_stands_below_its_callers() {
    assert_snapshot!(TraceDiff::of(&shop(), &shop_now()), @"
    4 added, 1 moved, 1 changed
      process_order(customer_id: 7, items: 2) → Ok(Receipt { id: 1 })
    < ├• INFO cart priced (items: 3) (changed places)
      ├─ check_availability(items: 2) → true
    - ├─ charge(amount: 30.0, payment_token: [redacted]) ✗ CardDeclined
    + ├─ charge(amount: 35.0, payment_token: [redacted])
    + │  └─ retry
    > ├• INFO cart priced (items: 3) (changed places)
    + ├─ notify(customer_id: 7) ×3
      ├─ notify(customer_id: 7)
      └─ … 2 equal
    ");
}

#[test]
fn what_a_program_reads_says_which_part_changed() {
    assert_json_snapshot!(TraceDiff::of(&shop(), &shop_now()), @r#"
    {
      "format": "tracesnap-diff",
      "version": 1,
      "old": {
        "calls": 6,
        "events": 1,
        "wall_ns": 69,
        "busy_ns": 69,
        "allocated": 0,
        "complete": true
      },
      "new": {
        "calls": 10,
        "events": 1,
        "wall_ns": 109,
        "busy_ns": 109,
        "allocated": 0,
        "complete": true
      },
      "summary": {
        "added": 4,
        "removed": 0,
        "moved": 1,
        "renamed": 0,
        "changed": 1,
        "equal": 5
      },
      "changes": [
        {
          "kind": "changed",
          "old": {
            "call": 3,
            "name": "charge",
            "module": "shop::order",
            "under": "process_order",
            "text": "charge(amount: 30.0, payment_token: [redacted]) ✗ CardDeclined"
          },
          "new": {
            "call": 2,
            "name": "charge",
            "module": "shop::order",
            "under": "process_order",
            "text": "charge(amount: 35.0, payment_token: [redacted])"
          },
          "nodes": 1,
          "parts": [
            {
              "part": "argument",
              "name": "amount",
              "old": "30.0",
              "new": "35.0"
            },
            {
              "part": "error",
              "old": "CardDeclined",
              "new": null
            }
          ]
        },
        {
          "kind": "added",
          "new": {
            "call": 3,
            "name": "retry",
            "module": "shop::order",
            "under": "process_order > charge",
            "text": "retry"
          },
          "nodes": 1
        },
        {
          "kind": "moved",
          "old": {
            "name": "INFO",
            "module": "shop::order",
            "under": "process_order",
            "text": "INFO cart priced (items: 3)"
          },
          "new": {
            "name": "INFO",
            "module": "shop::order",
            "under": "process_order",
            "text": "INFO cart priced (items: 3)"
          },
          "nodes": 1
        },
        {
          "kind": "added",
          "new": {
            "call": 5,
            "name": "notify",
            "module": "shop::order",
            "under": "process_order",
            "text": "notify(customer_id: 7)"
          },
          "nodes": 3,
          "times": 3
        }
      ],
      "costs": [
        {
          "module": "shop::order",
          "name": "charge",
          "calls": {
            "old": 1,
            "new": 1
          },
          "wall_ns": {
            "old": 8,
            "new": 19
          },
          "self_ns": {
            "old": 8,
            "new": 11
          },
          "self_allocated": {
            "old": 0,
            "new": 0
          }
        },
        {
          "module": "shop::order",
          "name": "check_availability",
          "calls": {
            "old": 1,
            "new": 1
          },
          "wall_ns": {
            "old": 8,
            "new": 8
          },
          "self_ns": {
            "old": 8,
            "new": 8
          },
          "self_allocated": {
            "old": 0,
            "new": 0
          }
        },
        {
          "module": "shop::order",
          "name": "notify",
          "calls": {
            "old": 3,
            "new": 6
          },
          "wall_ns": {
            "old": 24,
            "new": 48
          },
          "self_ns": {
            "old": 24,
            "new": 48
          },
          "self_allocated": {
            "old": 0,
            "new": 0
          }
        },
        {
          "module": "shop::order",
          "name": "process_order",
          "calls": {
            "old": 1,
            "new": 1
          },
          "wall_ns": {
            "old": 69,
            "new": 109
          },
          "self_ns": {
            "old": 29,
            "new": 34
          },
          "self_allocated": {
            "old": 0,
            "new": 0
          }
        },
        {
          "module": "shop::order",
          "name": "retry",
          "calls": {
            "old": 0,
            "new": 1
          },
          "wall_ns": {
            "old": 0,
            "new": 8
          },
          "self_ns": {
            "old": 0,
            "new": 8
          },
          "self_allocated": {
            "old": 0,
            "new": 0
          }
        }
      ]
    }
    "#);
}

fn names(tree: &[(usize, &str)]) -> CallTree {
    let mut forest = Forest::new();
    let mut above: Vec<u32> = Vec::new();
    for &(depth, name) in tree {
        above.truncate(depth);
        let node = forest.call(above.last().copied(), name, &[]);
        above.push(node);
    }
    forest.finish()
}

#[test]
fn a_renamed_function_keeps_its_calls() {
    let old = names(&[(0, "a"), (1, "pay"), (2, "x"), (3, "y"), (2, "z")]);
    let new = names(&[(0, "a"), (1, "charge"), (2, "x"), (3, "y"), (2, "z")]);
    let diff = TraceDiff::of(&old, &new);
    assert_snapshot!(diff, @"
    1 renamed
      a
    - ├─ pay
    + └─ charge
    ");
    assert_eq!((diff.summary().renamed, diff.summary().equal), (1, 4));
    let x = old.calls().nth(2).expect("it has five").id();
    assert_eq!(diff.counterpart(x), Some(x));
}

#[test]
fn a_function_without_a_name_is_seen() {
    let (old, new) = (names(&[(0, "a"), (1, " ")]), names(&[(0, "a"), (1, "b")]));
    assert_snapshot!(TraceDiff::of(&old, &new), @"
    1 renamed
      a
    - ├─ (unnamed)
    + └─ b
    ");
    assert_eq!(crate::snapshot::testing::snapshot(names(&[(0, ""), (1, "")])).to_string(), "(unnamed)\n└─ (unnamed)");
}

#[test]
fn a_caller_put_around_calls_is_all_that_was_added() {
    let old = names(&[(0, "a"), (1, "pay"), (2, "x"), (1, "end")]);
    let new = names(&[(0, "a"), (1, "retry"), (2, "pay"), (3, "x"), (1, "end")]);
    assert_snapshot!(TraceDiff::of(&old, &new), @"
    1 added
      a
    + ├─ retry
      │  └─ pay …
      └─ end
    ");
    assert_snapshot!(TraceDiff::of(&new, &old), @"
    1 removed
      a
    - ├─ retry
      ├─ pay …
      └─ end
    ");
}

#[test]
fn a_subtree_that_moved_is_told_at_both_places_and_counted_once() {
    let old = names(&[(0, "a"), (1, "load"), (2, "x"), (2, "y"), (1, "b"), (1, "c"), (2, "d"), (2, "e"), (2, "f")]);
    let new = names(&[(0, "a"), (1, "b"), (1, "c"), (2, "d"), (2, "e"), (2, "f"), (2, "load"), (3, "x"), (3, "y")]);
    let diff = TraceDiff::of(&old, &new);
    assert_snapshot!(diff, @"
    3 moved
      a
    < ├─ load … (now under a > c)
      ├─ b
      └─ c
         ├─ … 2 equal
         ├─ f
    >    └─ load … (was under a)
    ");
    assert_eq!((diff.changes().len(), diff.summary().moved), (1, 3));
    let load = old.calls().nth(1).expect("it has nine").id();
    assert_eq!(diff.counterpart(load).map(crate::tree::CallId::index), Some(6));
}

#[test]
fn a_large_subtree_ends_with_a_count() {
    let mut calls = vec![(0, "a"), (1, "big")];
    calls.extend([(2, "x"), (2, "y")].repeat(10));
    assert_snapshot!(TraceDiff::of(&names(&[(0, "a")]), &names(&calls)), @"
    21 added
      a
    + └─ big
    +    ├─ x
    +    ├─ y
    +    ├─ x
    +    ├─ y
    +    ├─ x
    +    ├─ y
    +    ├─ x
    +    ├─ y
    +    ├─ x
    +    ├─ y
    +    ├─ x
    +    └─ … 9 more
    ");
}

/// Calls of one caller on two threads in turn, each with calls of these names in it.
fn side_by_side(calls: &[(&str, &[&str])]) -> CallTree {
    let mut forest = Forest::new();
    let root = forest.call(None, "all", &[]);
    forest.mark(root, crate::tree::flag::CONCURRENT_CHILDREN);
    for (at, (name, inner)) in calls.iter().enumerate() {
        let node = forest.call(Some(root), name, &[]);
        if at % 2 == 1 {
            forest.on_worker(node);
        }
        for inner in *inner {
            forest.call(Some(node), inner, &[]);
        }
    }
    forest.finish()
}

#[test]
fn calls_of_several_threads_have_no_order() {
    let tree = |order: [&str; 3]| side_by_side(&order.map(|name| (name, &[][..])));
    assert!(TraceDiff::of(&tree(["a", "b", "c"]), &tree(["c", "a", "b"])).is_empty());
    assert_snapshot!(TraceDiff::of(&tree(["a", "b", "c"]), &tree(["c", "x", "b"])), @"
    1 renamed
      all
    - ├─ a
    + ├─ x
      ├─ b
      └─ c
    ");
}

#[test]
fn a_renamed_function_keeps_its_calls_also_where_others_ran_at_the_same_time() {
    let old = side_by_side(&[("load", &["open", "read"]), ("pay", &["sign", "send"]), ("pack", &["fold", "seal"])]);
    // It stands elsewhere by its new name, the others began in another order, and one of them has a call more.
    let new =
        side_by_side(&[("pack", &["fold", "tape", "seal"]), ("apply", &["sign", "send"]), ("load", &["open", "read"])]);
    assert_snapshot!(TraceDiff::of(&old, &new), @"
    1 added, 1 renamed
      all
      ├─ load …
      ├─ pack
      │  ├─ fold
    + │  ├─ tape
      │  └─ seal
    - ├─ pay
    + └─ apply
    ");
    let of = |diff: TraceDiff| (diff.summary().renamed, diff.summary().added, diff.summary().removed);
    assert_eq!(of(TraceDiff::of(&old, &new)), (1, 1, 0));
    assert_eq!(of(TraceDiff::of(&new, &old)), (1, 0, 1));
}

#[test]
fn calls_that_ran_side_by_side_are_compared_with_those_that_ran_one_after_the_other() {
    let calls: [(&str, &[&str]); 3] = [("pay", &["sign", "send"]), ("load", &["open", "read"]), ("check", &[])];
    let one_by_one =
        names(&[(0, "all"), (1, "pay"), (2, "sign"), (2, "send"), (1, "load"), (2, "open"), (2, "read"), (1, "check")]);
    assert!(TraceDiff::of(&one_by_one, &side_by_side(&calls)).is_empty());
    assert!(TraceDiff::of(&side_by_side(&calls), &one_by_one).is_empty());
}

#[test]
fn of_many_calls_at_the_same_time_the_renamed_ones_keep_their_calls() {
    // Too many to compare each with each.
    let inner: Vec<String> = (0..3_000).map(|n| format!("step {n}")).collect();
    let calls = |name: &str| {
        let calls: Vec<_> = inner.iter().map(|inner| (name, vec![inner.as_str(), "end"])).collect();
        side_by_side(&calls.iter().map(|(name, inner)| (*name, inner.as_slice())).collect::<Vec<_>>())
    };
    let (old, new) = (calls("handle"), calls("answer"));
    let diff = TraceDiff::of(&old, &new);
    assert_eq!((diff.summary().renamed, diff.summary().equal), (3_000, 6_001));
}

#[test]
fn what_moved_among_calls_at_the_same_time_is_told_as_moved() {
    let old = side_by_side(&[("a", &["x", "y", "z"]), ("b", &["p", "q", "r", "s"]), ("c", &["l", "m", "n", "o"])]);
    let mut forest = Forest::new();
    let root = forest.call(None, "all", &[]);
    forest.mark(root, crate::tree::flag::CONCURRENT_CHILDREN);
    let b = forest.call(Some(root), "b", &[]);
    for name in ["p", "q", "r", "s"] {
        forest.call(Some(b), name, &[]);
    }
    let c = forest.call(Some(root), "c", &[]);
    forest.on_worker(c);
    for name in ["l", "m", "n", "o"] {
        forest.call(Some(c), name, &[]);
    }
    let a = forest.call(Some(c), "a", &[]);
    for name in ["x", "y", "z"] {
        forest.call(Some(a), name, &[]);
    }
    assert_eq!(TraceDiff::of(&old, &forest.finish()).summary().moved, 4);
}

#[test]
fn what_differs_from_run_to_run_is_no_change_unless_asked_for() {
    let tree = |at: &str| {
        let mut forest = Forest::new();
        forest.call(None, "send", &[("to", Given::Text(at.into()))]);
        forest.finish()
    };
    let (old, new) = (tree("127.0.0.1:4000"), tree("127.0.0.1:4001"));
    assert!(TraceDiff::of(&old, &new).is_empty());
    assert_eq!(DiffOptions::default().placeholders(false).compare(&old, &new).changes().len(), 1);
}

#[test]
fn events_are_compared_unless_they_are_left_out() {
    let mut forest = Forest::new();
    let root = forest.call(None, "a", &[]);
    forest.event(Some(root), crate::tree::Level::Info, &[("message", Given::Text("done".into()))]);
    let (old, new) = (forest.finish(), names(&[(0, "a")]));
    assert_eq!(TraceDiff::of(&old, &new).summary().removed, 1);
    assert!(DiffOptions::default().events(false).compare(&old, &new).is_empty());
}

#[test]
fn functions_whose_cost_grew_come_the_largest_growth_first() {
    let diff =
        TraceDiff::of(&names(&[(0, "a"), (0, "b")]), &names(&[(0, "a"), (0, "a"), (0, "b"), (0, "b"), (0, "b")]));
    let grown = diff.grown(CostKind::Calls, CostLimit::default_of(CostKind::Calls));
    assert_eq!(grown.iter().map(|cost| &*cost.name).collect::<Vec<_>>(), ["b", "a"]);
}

#[test]
fn deep_recursion_is_compared() {
    let diff = TraceDiff::of(&chain(5_000), &chain(5_001));
    assert_eq!(diff.summary().added, 1);
    assert_eq!(diff.changes().len(), 1, "{diff}");
}

proptest! {
    #[test]
    fn a_tree_does_not_differ_from_itself(tree in any_tree()) {
        let diff = TraceDiff::of(&tree, &tree);
        prop_assert!(diff.is_empty() && diff.lines().is_empty(), "{}", diff);
        prop_assert!(tree.calls().all(|call| diff.counterpart(call.id()) == Some(call.id())));
    }

    #[test]
    fn every_call_and_event_is_counted_once(old in any_tree(), new in any_tree()) {
        let diff = TraceDiff::of(&old, &new);
        let summary = diff.summary();
        let kept = summary.moved + summary.renamed + summary.changed + summary.equal;
        let nodes = |tree: &CallTree| tree.walk().count() as u64;
        prop_assert_eq!(kept + summary.removed, nodes(&old));
        prop_assert_eq!(kept + summary.added, nodes(&new));
        let of = |kind| diff.changes().iter().filter(move |change| change.kind == kind);
        for kind in ChangeKind::ALL {
            prop_assert_eq!(summary.get(kind), of(kind).map(|change| change.nodes).sum::<u64>());
        }
    }
}
