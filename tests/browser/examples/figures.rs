//! Measures the report of 100,000 calls, or of so many: how fast it is written, how large it is, how fast it opens and
//! answers.
//!
//! ```sh
//! cargo run --release -p tracesnap-browser --example figures [-- 1000000]
//! ```

use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use tracesnap::tree::{Arg, Item};
use tracesnap::{Report, Trace};
use tracesnap_browser::{Chromium, Page, Theme, find, programs};

const CALLS: usize = 100_000;
const ROUNDS: usize = 5;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let calls = std::env::args().nth(1).map_or(Ok(CALLS), |calls| calls.parse())?;
    let trace = programs::many(calls);
    let older = programs::many(calls - calls / 100);
    size(&trace)?;
    rounds("written", || written(&trace.report()))?;
    rounds("written, compared with an older one", || written(&trace.report().compare(older.report())))?;

    let chromium = Chromium::start(&find()?)?;
    let (alone, compared) = (chromium.directory().join("alone.html"), chromium.directory().join("compared.html"));
    trace.report().save(&alone)?;
    trace.report().compare(older.report()).save(&compared)?;
    let open = |file: &Path| chromium.open(file, (1440, 900), Theme::Light);
    rounds("opened, with its rows", || {
        let mut page = open(&alone)?;
        page.until("performance.getEntriesByName('shown').length > 0")?;
        // By the browser's own clock, from the beginning of the navigation.
        millis(&mut page, "performance.getEntriesByName('shown')[0].startTime")
    })?;
    rounds("first search, and at its first match", || searched(&mut open(&alone)?, "sku-876"))?;
    rounds("next search, and at its first match", || {
        let mut page = open(&alone)?;
        searched(&mut page, "sku-876")?;
        searched(&mut page, "request")
    })?;
    for (view, what) in [("flame", "flame chart"), ("functions", "functions"), ("graph", "call graph")] {
        rounds(&format!("{what}, first shown"), || turned_to(&mut open(&alone)?, view))?;
    }
    rounds("what changed, first shown", || turned_to(&mut open(&compared)?, "diff"))
}

/// Prints how many bytes a page is, and what of it is text.
fn size(trace: &Trace) -> Result<()> {
    let spans = trace.tree().len();
    let text: usize = trace.tree().walk().map(|(_, item)| text_of(item)).sum();
    let (size, empty) = (page(&trace.report())?.len(), page(&Trace::default().report())?.len());
    let each = |bytes: usize| bytes as f64 / spans as f64;
    println!("{spans} spans, {} events, {:.1} bytes of text a span", trace.stats().events, each(text));
    println!("{size} bytes, {empty} of them the page itself: {:.1} a span with its text", each(size));
    Ok(())
}

fn page(report: &Report<'_>) -> Result<Vec<u8>> {
    let mut page = Vec::new();
    report.write_to(&mut page)?;
    Ok(page)
}

fn written(report: &Report<'_>) -> Result<Duration> {
    let start = Instant::now();
    page(report)?;
    Ok(start.elapsed())
}

/// The time of an expression that gives milliseconds.
fn millis(page: &mut Page, expression: &str) -> Result<Duration> {
    let millis = page.ask(expression)?.as_f64().ok_or_else(|| format!("`{expression}` gave no number"))?;
    Ok(Duration::from_secs_f64(millis / 1e3))
}

/// From a key in the search box to the match it leads to, laid out.
fn searched(page: &mut Page, query: &str) -> Result<Duration> {
    millis(
        page,
        &format!(
            "(() => {{
                const box = document.querySelector('.search-box'), start = performance.now();
                box.value = '{query}';
                box.dispatchEvent(new Event('input'));
                box.dispatchEvent(new KeyboardEvent('keydown', {{ key: 'Enter' }}));
                document.body.offsetHeight;
                return performance.now() - start;
            }})()"
        ),
    )
}

/// From a click on a tab to its view, drawn.
fn turned_to(page: &mut Page, view: &str) -> Result<Duration> {
    millis(
        page,
        &format!(
            "new Promise((done) => {{
                const start = performance.now();
                document.getElementById('tab-{view}').click();
                requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
            }})"
        ),
    )
}

fn rounds(what: &str, mut round: impl FnMut() -> Result<Duration>) -> Result<()> {
    let mut times = (0..ROUNDS).map(|_| round()).collect::<Result<Vec<_>>>()?;
    times.sort();
    let [least, median, most] =
        [0, ROUNDS / 2, ROUNDS - 1].map(|at| format!("{:.0} ms", times[at].as_secs_f64() * 1e3));
    println!("{what:<40} {median:>8} ({least} … {most})");
    Ok(())
}

/// Bytes of the values of a call or an event, as text.
fn text_of(item: Item<'_>) -> usize {
    let values = |args: &mut dyn Iterator<Item = Arg<'_>>| args.map(|arg| arg.value().to_string().len()).sum::<usize>();
    match item {
        Item::Call(call) => values(&mut call.args()),
        Item::Event(event) => values(&mut event.fields()) + event.message().map_or(0, str::len),
    }
}
