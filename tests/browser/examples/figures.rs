//! Measures the report of 100,000 calls: how fast it is written, how large it is, how fast it opens and answers.
//!
//! ```sh
//! cargo run --release -p tracesnap-browser --example figures
//! ```

use std::error::Error;
use std::time::{Duration, Instant};

use tracesnap::{Report, Trace};
use tracesnap_browser::{Chromium, Theme, find, programs};

const CALLS: usize = 100_000;
const ROUNDS: usize = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let trace = programs::many(CALLS);
    let spans = trace.tree().len();
    let bare = page(&Trace::default().report())?.len();
    let text: usize = trace.tree().walk().map(|(_, item)| text_of(item)).sum();
    let size = page(&trace.report())?.len();
    println!("{spans} spans, {} events, {:.1} bytes of text a span", trace.stats().events, text as f64 / spans as f64);
    println!(
        "page: {size} bytes, {:.1} a span with its text; {bare} of them are the page itself",
        size as f64 / spans as f64
    );

    report(
        "written",
        (0..ROUNDS).map(|_| {
            let start = Instant::now();
            page(&trace.report()).map(|_| start.elapsed())
        }),
    )?;
    let chromium = Chromium::start(&find()?)?;
    let file = chromium.directory().join("report.html");
    trace.report().save(&file)?;
    let (mut opened, mut searched, mut first_search) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let mut page = chromium.open(&file, (1440, 900), Theme::Light)?;
        page.until("performance.getEntriesByName('shown').length > 0")?;
        // From the beginning of the navigation to the page with its rows, by the browser's own clock.
        let millis = page.ask("performance.getEntriesByName('shown')[0].startTime")?;
        opened.push(
            millis
                .as_f64()
                .map(|ms| Duration::from_secs_f64(ms / 1e3))
                .ok_or("the page did not say when it was shown")?,
        );
        for (query, times) in [("sku-876", &mut first_search), ("request", &mut searched)] {
            let millis = page.ask(&format!(
                "(() => {{
                    const box = document.querySelector('.search-box'), start = performance.now();
                    box.value = '{query}';
                    box.dispatchEvent(new Event('input'));
                    box.dispatchEvent(new KeyboardEvent('keydown', {{ key: 'Enter' }}));
                    document.body.offsetHeight;
                    return performance.now() - start;
                }})()"
            ))?;
            times.push(Duration::from_secs_f64(millis.as_f64().unwrap_or_default() / 1e3));
        }
        println!("  found: {}", page.text(".status")?);
    }
    report("opened", opened.into_iter().map(Ok))?;
    report("first search, and to its first match", first_search.into_iter().map(Ok))?;
    report("next search, and to its first match", searched.into_iter().map(Ok))
}

fn page(report: &Report<'_>) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut page = Vec::new();
    report.write_to(&mut page)?;
    Ok(page)
}

/// Bytes of the values of a call or an event, as text.
fn text_of(item: tracesnap::tree::Item<'_>) -> usize {
    let values =
        |args: &mut dyn Iterator<Item = tracesnap::tree::Arg<'_>>| args.map(|arg| arg.value().to_string().len()).sum();
    match item {
        tracesnap::tree::Item::Call(call) => values(&mut call.args()),
        tracesnap::tree::Item::Event(event) => values(&mut event.fields()) + event.message().map_or(0, str::len),
    }
}

fn report(what: &str, times: impl Iterator<Item = Result<Duration, Box<dyn Error>>>) -> Result<(), Box<dyn Error>> {
    let mut times = times.collect::<Result<Vec<_>, _>>()?;
    times.sort();
    println!("{what}: median {:?} of {:?} … {:?}", times[times.len() / 2], times[0], times[times.len() - 1]);
    Ok(())
}
