//! Mistakes with the macros are compile errors that say what to write.
//!
//! A process of its own: it runs the compiler. `TRYBUILD=overwrite cargo test -p tracesnap-capture --test refused` writes
//! the messages anew.

#[test]
fn what_cannot_be_captured_is_refused_with_the_way_out() {
    trybuild::TestCases::new().compile_fail("tests/refused/*.rs");
}
