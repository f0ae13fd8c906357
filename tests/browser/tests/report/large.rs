//! Traces of the size that real programs give.

use tracesnap::Tracer;
use tracesnap_browser::programs;
use tracing::info_span;

use crate::support::{Browser, Outcome, figure, label, open_all, written};

pub(crate) fn a_hundred_thousand_calls_are_searched_and_walked(browser: &Browser) -> Outcome {
    let trace = programs::many(100_000);
    assert!(trace.stats().is_complete() && trace.tree().len() >= 100_000);
    let mut page = browser.open_sized(&trace.report(), (1440, 900), tracesnap_browser::Theme::Light)?;
    let calls = trace.tree().len().to_string();
    assert_eq!(page.texts(".chip")?[0].replace(',', ""), format!("{calls} calls"));
    open_all(&mut page)?;
    page.ask("document.querySelector('.grid').focus()")?;
    page.press(["End"])?;
    let last = trace.tree().walk().last().expect("there are many").1;
    assert_eq!(label(&page.text(".row.active .cell")?), written(last));
    let elements = page.ask("document.querySelectorAll('*').length")?.as_u64().unwrap_or_default();
    assert!(elements < 3_000, "{elements} elements: rows out of view are none");

    page.press(["/"])?;
    page.write("order: 4321")?;
    let meant = |text: &str| text.split_once("order: ").is_some_and(|(_, order)| order.starts_with("4321"));
    let expected = trace.tree().walk().filter(|(_, item)| meant(&written(*item))).count();
    assert_eq!(page.text(".status")?, format!("{expected} match{}", if expected == 1 { "" } else { "es" }));
    page.press(["Enter"])?;
    assert!(meant(&page.text(".row.active .cell")?));
    for (view, key) in [("Flame", "2"), ("Functions", "3"), ("Graph", "4")] {
        page.press(["Escape", key])?;
        assert_eq!(page.text("[role=tab][aria-selected=true]")?, view);
    }
    assert_eq!(page.complaints()?, [""; 0]);
    Ok(())
}

pub(crate) fn a_narrow_window_draws_the_rows_in_view_and_no_others(browser: &Browser) -> Outcome {
    let trace = programs::many(5_000);
    let mut page = browser.open_sized(&trace.report(), (800, 600), tracesnap_browser::Theme::Light)?;
    open_all(&mut page)?;
    let elements = page.ask("document.querySelectorAll('*').length")?.as_u64().unwrap_or_default();
    assert!(elements < 3_000, "{elements} elements: rows out of view are none");
    let is_within = "document.querySelector('.details').getBoundingClientRect().bottom <= innerHeight + 0.5";
    assert_eq!(page.ask(is_within)?, true, "the details are below the window");
    assert_eq!(page.complaints()?, [""; 0]);
    Ok(())
}

pub(crate) fn ten_thousand_calls_deep_is_not_too_deep(browser: &Browser) -> Outcome {
    const DEPTH: usize = 10_000;
    let guard = Tracer::builder().max_depth(2 * DEPTH).start()?;
    // Entered one in the other without recursion.
    let mut open = Vec::new();
    for level in 0..DEPTH {
        open.push(info_span!("level", level).entered());
    }
    while open.pop().is_some() {}
    let trace = guard.finish();
    assert_eq!(trace.metrics().max_depth, DEPTH as u64);
    let mut page =
        browser.open_sized(&trace.report().compare(trace.report()), (1440, 900), tracesnap_browser::Theme::Light)?;
    open_all(&mut page)?;
    page.ask("document.querySelector('.grid').focus()")?;
    page.press(["End"])?;
    assert_eq!(page.text(".row.active .args")?, "(level: 9999)");
    assert_eq!(page.ask("document.querySelector('.row.active').ariaLevel")?, DEPTH.to_string());
    assert_eq!(figure(&mut page, "polls")?, "1");
    page.press(["2", "3", "4", "5"])?;
    assert_eq!(page.complaints()?, [""; 0]);
    Ok(())
}

/// Rounds in which somebody else's work may come in between. What the page itself did too long it would do in each.
const ROUNDS: usize = 5;

/// Slow, and about time: for a machine that does little else.
pub(crate) fn no_task_is_long_while_ten_thousand_rows_scroll_by(browser: &Browser) -> Outcome {
    let trace = programs::many(100_000);
    let mut page = browser.open_sized(&trace.report(), (1440, 900), tracesnap_browser::Theme::Light)?;
    open_all(&mut page)?;
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let scrolled = page.ask(
            "new Promise((done) => {
                const tasks = [], grid = document.querySelector('.grid');
                const watch = new PerformanceObserver((list) => tasks.push(...list.getEntries().map((task) => task.duration)));
                watch.observe({ type: 'longtask' });
                grid.scrollTop = 0;
                const step = () => {
                    grid.scrollTop += 30 * 24;
                    if (grid.scrollTop < 10000 * 24) return requestAnimationFrame(step);
                    setTimeout(() => (watch.disconnect(), done(tasks)), 200);
                };
                requestAnimationFrame(step);
            })",
        )?;
        let rows =
            page.ask("Math.max(...[...document.querySelectorAll('.space > .row')].map((row) => row.ariaRowIndex))")?;
        assert!(rows.as_u64() > Some(10_000), "rows up to {rows} went by");
        if scrolled == serde_json::json!([]) {
            return Ok(());
        }
        rounds.push(scrolled);
    }
    panic!("tasks over 50 ms in each of {ROUNDS} rounds, in milliseconds: {rounds:?}");
}
