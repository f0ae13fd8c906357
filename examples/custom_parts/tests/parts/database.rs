//! Captures in a database.

use tracesnap_capture::{Captures, load, replay};
use tracesnap_example_custom_parts::database::{captures_in, sizes};
use tracesnap_example_custom_parts::shop::process_order;

#[test]
fn captures_in_a_database_are_loaded_replayed_and_asked_in_sql() {
    let home = tempfile::tempdir().expect("a folder");
    let path = home.path().join("captures.db");
    let config = captures_in(&path).expect("a database");
    let captures = Captures::builder().config(config).build().expect("a configuration");
    let _guard = captures.enter();
    for customer in 0..3 {
        process_order(customer, "", 3_000).expect("it is taken");
    }
    assert_eq!(load!(process_order, index = 1).expect("a capture").args.customer_id, 1);
    assert_eq!(replay!(process_order).expect("it does what it did").into_value(), Ok(1_002));
    let sizes = sizes(&path).expect("an answer");
    let [(name, count, bytes)] = &sizes[..] else { panic!("one function: {sizes:?}") };
    assert_eq!((name.as_str(), *count), ("tracesnap_example_custom_parts::shop::process_order", 3));
    assert!(*bytes > 300, "{bytes}");
}
