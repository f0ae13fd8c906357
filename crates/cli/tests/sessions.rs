//! Sessions at a prompt: what is typed, what is printed, and how it ends. They read like a manual: `tests/cmd/*.md`;
//! those that are fed something are `*.toml`.
//!
//! `TRYCMD=overwrite cargo test -p tracesnap-cli` writes them anew.

#[test]
fn what_is_printed_is_what_the_manual_says() {
    let cases = trycmd::TestCases::new();
    // Neither the colours nor the columns of whoever runs the tests.
    cases.env("NO_COLOR", "").env("CLICOLOR_FORCE", "").env("COLUMNS", "100");
    cases.case("tests/cmd/*.md").case("tests/cmd/*.toml");
}
