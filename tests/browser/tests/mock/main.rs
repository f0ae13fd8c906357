//! What the page of a mock promises to those who use it, in a real browser.
//!
//! Without a browser, all of them are listed as ignored, and why is said first; with `TRACESNAP_TEST_STRICT=1` they fail.

mod access;
mod browsing;
mod editing;
mod figures;
mod hostile;
mod state;
mod support;
mod trying;

use std::env;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};
use tracesnap_browser::{STRICT, find};

use support::Browser;

type Promise = fn(&Browser) -> support::Outcome;

macro_rules! promises {
    ($($module:ident: $($name:ident),+;)+) => {
        [$($((concat!(stringify!($module), "::", stringify!($name)), $module::$name as Promise)),+),+]
    };
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let browser = find();
    let is_strict = env::var_os(STRICT).is_some_and(|value| value == "1");
    if let (Err(reason), false) = (&browser, is_strict || arguments.list) {
        eprintln!("the tests of the page of a mock are skipped: {reason}");
    }
    let promises = promises! {
        browsing: operations_are_listed_and_filtered, an_operation_is_shown_with_patterns_schema_and_samples,
            a_thousand_operations_are_listed_and_a_few_are_drawn, a_document_without_operations_says_what_to_do;
        trying: a_call_is_filled_in_sent_and_explained, what_is_wrong_with_a_call_is_shown,
            redirects_cookies_and_pictures_are_shown_as_they_are, a_request_of_the_log_is_tried_again;
        editing: an_edited_answer_is_what_others_get, all_faults_are_shown_before_anything_is_saved,
            a_database_keeps_versions_and_who_wrote_them;
        state: what_a_session_made_is_shown_and_reset;
        figures: analytics_show_what_was_answered, the_log_shows_requests_as_they_come;
        hostile: whatever_a_document_says_is_text, a_script_put_into_the_page_does_not_run,
            beyond_this_machine_the_token_is_asked_for, the_page_asks_its_own_server_alone,
            a_mock_that_has_ended_is_said_to_be_gone;
        access: everything_is_reached_without_a_mouse, text_is_readable_in_both_themes,
            nothing_is_cut_off_at_four_hundred_pixels;
    };
    let trial = |(name, promise): (&str, Promise)| {
        let browser = browser.clone();
        let is_skipped = browser.is_err() && !is_strict;
        let run = move || promise(&Browser::start(&browser?)?).map_err(|error| error.to_string().into());
        Trial::test(name, run).with_ignored_flag(is_skipped)
    };
    libtest_mimic::run(&arguments, promises.into_iter().map(trial).collect()).exit_code()
}
