//! What the report promises to those who look at it, in a real browser.
//!
//! Without a browser, all of them are listed as ignored, and why is said first; with `TRACESNAP_TEST_STRICT=1` they fail.
//! The slow one runs on request: `cargo test -p tracesnap-browser -- --ignored`.

mod access;
mod changes;
mod content;
mod hostile;
mod keyboard;
mod large;
mod search;
mod support;

use std::env;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};
use tracesnap::TrackingAllocator;
use tracesnap_browser::{STRICT, find};

use support::Browser;

// One of the promises is a column of what each call allocated.
#[global_allocator]
static ALLOCATOR: TrackingAllocator = TrackingAllocator::system();

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
        eprintln!("the tests of the report are skipped: {reason}");
    }
    let promises = promises! {
        content: counts_names_and_times_are_those_of_the_trace, calls_of_one_path_are_added_up, functions_are_those_of_the_metrics,
            from_the_bottom_up_a_function_shows_its_callers, the_graph_has_every_function_and_every_edge,
            functions_that_nobody_calls_and_that_call_nobody_stand_in_a_block,
            the_flame_chart_goes_along_the_calls,
            a_call_stands_in_the_flame_chart_where_and_when_it_ran, details_say_all_that_is_known_of_a_call, a_task_shows_when_it_was_busy_and_when_idle,
            memory_has_a_column_where_it_was_read, without_times_everything_else_is_shown, a_trace_without_calls_says_so,
            a_trace_that_lost_something_says_so_first, the_overview_comes_first, an_address_may_name_a_view;
        search: a_search_counts_what_it_finds_and_goes_from_one_to_the_next, a_search_finds_arguments_results_errors_and_events,
            a_search_can_be_narrowed, each_view_counts_what_it_shows, modules_can_be_left_out, a_module_alone_keeps_its_calls_under_the_nearest_caller;
        keyboard: everything_is_reached_without_a_mouse, rows_open_and_close_by_arrows, help_says_the_keys;
        access: rows_say_their_place_to_a_screen_reader, what_is_drawn_is_said_too, text_is_readable_in_both_themes, the_theme_follows_the_system_until_it_is_switched;
        changes: calls_that_were_added_removed_or_changed_are_marked, functions_show_what_they_cost_more, equal_traces_show_no_change,
            the_page_says_what_the_diff_says;
        hostile: hostile_texts_are_shown_and_nothing_runs, a_script_put_into_the_page_does_not_run, the_page_asks_nothing_of_any_network,
            a_damaged_file_says_what_is_wrong;
        large: a_hundred_thousand_calls_are_searched_and_walked, a_narrow_window_draws_the_rows_in_view_and_no_others, ten_thousand_calls_deep_is_not_too_deep;
    };
    let slow = [(
        "large::no_task_is_long_while_ten_thousand_rows_scroll_by",
        large::no_task_is_long_while_ten_thousand_rows_scroll_by as Promise,
    )];
    let trial = |(name, promise): (&str, Promise), is_slow: bool| {
        let browser = browser.clone();
        let is_skipped = is_slow || (browser.is_err() && !is_strict);
        let run = move || promise(&Browser::start(&browser?)?).map_err(|error| error.to_string().into());
        Trial::test(name, run).with_ignored_flag(is_skipped)
    };
    let trials = promises
        .into_iter()
        .map(|promise| trial(promise, false))
        .chain(slow.into_iter().map(|promise| trial(promise, true)));
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}
