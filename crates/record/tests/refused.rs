//! Mistakes with `#[recorded]` are compile errors that say what to write.
//!
//! A process of its own: it runs the compiler. `TRYBUILD=overwrite cargo test -p tracesnap-record --test refused` writes
//! the messages anew.

#[test]
#[cfg(feature = "macros")]
fn what_cannot_be_recorded_is_refused_with_the_way_out() {
    trybuild::TestCases::new().compile_fail("tests/refused/*.rs");
}
