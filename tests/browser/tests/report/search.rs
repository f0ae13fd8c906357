//! What is looked for is found, counted and gone through; what is filtered is gone.

use std::time::Duration;

use tracesnap::Trace;
use tracesnap::tree::Item;
use tracesnap_browser::{Page, programs};

use crate::support::{Browser, Outcome, all_written, choose, column, label, open_all, written};

fn search(page: &mut Page, query: &str) -> Outcome {
    page.ask("(() => { const box = document.querySelector('.search-box'); box.value = ''; box.focus(); })()")?;
    Ok(page.write(query)?)
}

fn status(page: &mut Page) -> std::io::Result<String> {
    page.text(".search .status")
}

/// `3 matches`, of the calls and events for which something holds.
fn matches(trace: &Trace, holds: impl Fn(Item<'_>) -> bool) -> String {
    match trace.tree().walk().filter(|(_, item)| holds(*item)).count() {
        0 => "no match".into(),
        1 => "1 match".into(),
        n => format!("{n} matches"),
    }
}

pub(crate) fn a_search_counts_what_it_finds_and_goes_from_one_to_the_next(browser: &Browser) -> Outcome {
    let trace = programs::orders(3, true);
    let mut page = browser.open(&trace.report())?;
    page.press(["/"])?;
    page.write("NOTIFY")?;
    let notified = trace.tree().calls().filter(|call| call.name() == "notify").count();
    assert_eq!(status(&mut page)?, format!("{notified} matches"), "letters of either case");
    page.press(["Enter"])?;
    assert_eq!(status(&mut page)?, format!("1 of {notified}"));
    let first = trace.tree().calls().find(|call| call.name() == "notify").expect("somebody was");
    assert_eq!(label(&page.text(".row.active .cell")?), written(Item::Call(first)));
    assert_eq!(page.text(".row.active mark")?, "notify");
    page.press(["Enter", "Shift+Enter", "Shift+Enter"])?;
    assert_eq!(status(&mut page)?, format!("{notified} of {notified}"), "back around the beginning");
    page.press(["Enter"])?;
    assert_eq!(status(&mut page)?, format!("1 of {notified}"), "and forth around the end");
    page.press(["Escape"])?;
    assert_eq!(status(&mut page).ok().as_deref().unwrap_or(""), "", "escape ends it");
    assert_eq!(page.texts("mark")?, [""; 0]);
    Ok(())
}

pub(crate) fn a_search_finds_arguments_results_errors_and_events(browser: &Browser) -> Outcome {
    let trace = programs::orders(5, true);
    let mut page = browser.open(&trace.report())?;
    for text in
        ["spoon", "tea", "receipt {", "card declined", "giving the goods", "b7", "pay.example", "4711", "nowhere"]
    {
        search(&mut page, text)?;
        let expected = matches(&trace, |item| written(item).to_lowercase().contains(text));
        assert_eq!(status(&mut page)?, expected, "{text}");
    }
    search(&mut page, "shop::pay")?;
    assert_eq!(
        status(&mut page)?,
        matches(&trace, |item| item.call().is_some_and(|call| call.module().contains("shop::pay")))
    );
    search(&mut page, "sku: te")?;
    assert_eq!(status(&mut page)?, matches(&trace, |item| written(item).contains("sku: \"te")));
    Ok(())
}

pub(crate) fn a_search_can_be_narrowed(browser: &Browser) -> Outcome {
    let trace = programs::tasks();
    let mut page = browser.open(&trace.report())?;
    let calls = |holds: fn(tracesnap::tree::Call<'_>) -> bool| matches(&trace, |item| item.call().is_some_and(holds));
    for (query, expected) in [
        (">5ms", calls(|call| call.wall() >= Some(Duration::from_millis(5)))),
        ("<5ms parse", calls(|call| call.wall() < Some(Duration::from_millis(5)) && call.name() == "parse")),
        ("is:async", calls(|call| call.polls() > 1)),
        ("is:async download", calls(|call| call.polls() > 1 && call.name() == "download")),
        (
            "thread:worker decode",
            calls(|call| call.thread().name.as_deref() == Some("worker") && call.name() == "decode"),
        ),
        ("is:error", calls(|call| call.error().is_some())),
    ] {
        search(&mut page, query)?;
        assert_eq!(status(&mut page)?, expected, "{query}");
    }
    let orders = programs::orders(3, true);
    let mut page = browser.open(&orders.report())?;
    page.click(".chip", Some("failed"))?;
    let failed = orders.tree().calls().filter(|call| call.error().is_some()).count();
    assert_eq!(status(&mut page)?, format!("1 of {failed}"), "what failed is one click away");
    Ok(())
}

pub(crate) fn each_view_counts_what_it_shows(browser: &Browser) -> Outcome {
    let (trace, before) = (programs::orders(3, true), programs::orders(3, false));
    let mut page = browser.open(&trace.report().compare(before.report()))?;
    search(&mut page, "notify")?;
    page.press(["Escape"])?;
    search(&mut page, "c")?;
    let functions = trace.metrics().functions;
    let named = functions.iter().filter(|f| f.function.path().contains('c')).count();
    for (view, way) in [("1", Some("By path")), ("1", Some("Bottom-up")), ("3", None), ("4", None)] {
        page.ask("document.activeElement.blur()")?;
        page.press([view])?;
        if let Some(way) = way {
            choose(&mut page, way)?;
        }
        assert_eq!(status(&mut page)?, format!("{named} matches"), "{view} {way:?}");
        page.press(["n", "n"])?;
        assert_eq!(status(&mut page)?, format!("2 of {named}"), "{view} {way:?}");
    }
    page.press(["2"])?;
    let calls = trace
        .tree()
        .calls()
        .filter(|call| call.module().contains('c') || written(Item::Call(*call)).contains('c'))
        .count();
    assert_eq!(status(&mut page)?, format!("{calls} matches"), "events have no place in the flame chart");
    page.press(["5"])?;
    assert!(status(&mut page)?.ends_with("matches"));
    Ok(())
}

pub(crate) fn modules_can_be_left_out(browser: &Browser) -> Outcome {
    let trace = programs::orders(2, true);
    let mut page = browser.open(&trace.report())?;
    open_all(&mut page)?;
    page.press(["m"])?;
    page.click(".module", Some("shop::stock"))?;
    let rest: Vec<_> = trace
        .tree()
        .walk()
        .map(|(_, item)| item)
        .filter(|item| {
            !item
                .call()
                .map_or_else(|| item.event().expect("or an event").module(), |call| call.module())
                .ends_with("stock")
        })
        .map(written)
        .collect();
    assert_eq!(column(&mut page, "Call")?.iter().map(|cell| label(cell)).collect::<Vec<_>>(), rest);
    assert!(page.text(".toolbar > .button")?.starts_with("Modules ("), "the button says that something is left out");
    page.press(["Escape", "3"])?;
    assert_eq!(
        page.rows()?.len(),
        trace.metrics().functions.iter().filter(|f| !f.function.module.ends_with("stock")).count()
    );
    page.press(["m"])?;
    page.click(".panel-head .button", Some("Show all"))?;
    page.press(["Escape", "1"])?;
    assert_eq!(page.rows()?.len(), all_written(&trace).len());
    page.click(".tick", Some("Events"))?;
    assert_eq!(page.rows()?.len(), trace.tree().len(), "events can be left out too");
    Ok(())
}

pub(crate) fn a_module_alone_keeps_its_calls_under_the_nearest_caller(browser: &Browser) -> Outcome {
    let trace = programs::orders(1, true);
    let mut page = browser.open(&trace.report())?;
    open_all(&mut page)?;
    page.press(["m"])?;
    page.click(".module-row:has(.code[title$='shop::pay']) .link", None)?;
    let rows = column(&mut page, "Call")?;
    assert_eq!(
        rows.iter().map(|row| label(row).split('(').next().unwrap_or_default()).collect::<Vec<_>>(),
        ["charge", "connect"]
    );
    let levels = page.ask("[...document.querySelectorAll('.space > .row')].filter((row) => !row.hidden).map((row) => row.ariaLevel).sort().join()")?;
    assert_eq!(levels, "1,2", "what called them is left out, so they stand further out");
    Ok(())
}
