//! The view of what changed since an older trace.

use tracesnap::snapshot::{ChangeKind, CostLimit, DiffOptions};
use tracesnap::{Trace, Tracer};
use tracesnap_browser::{Page, programs};
use tracing::info_span;

use crate::support::{Browser, Outcome, choose, column, label};

/// Sign, call and change of a row.
type Change = (String, String, String);

/// What every row says.
fn changes(page: &mut Page) -> Result<Vec<Change>, Box<dyn std::error::Error>> {
    let signs = page.ask("[...document.querySelectorAll('.view:not([hidden]) .space > .row')].filter((row) => !row.hidden)
        .sort((a, b) => a.ariaRowIndex - b.ariaRowIndex).map((row) => row.querySelector('.change-sign').textContent.trim())")?;
    let signs: Vec<String> = serde_json::from_value(signs)?;
    let calls = column(page, "Call")?.into_iter().map(|cell| label(&cell).to_owned());
    Ok(signs
        .into_iter()
        .zip(calls)
        .zip(column(page, "Change")?)
        .map(|((sign, call), change)| (sign, call, change))
        .collect())
}

fn record(run: impl FnOnce()) -> Trace {
    Tracer::builder().trace(run).expect("the defaults are good").1
}

pub(crate) fn calls_that_were_added_removed_or_changed_are_marked(browser: &Browser) -> Outcome {
    let before = record(|| {
        info_span!("order", id = 7).in_scope(|| {
            info_span!("check", sku = "tea").in_scope(|| ());
            info_span!("charge", amount = 30).in_scope(|| info_span!("connect").in_scope(|| ()));
            info_span!("audit").in_scope(|| info_span!("write").in_scope(|| ()));
            info_span!("notify").in_scope(|| ());
        });
    });
    let after = record(|| {
        info_span!("order", id = 7).in_scope(|| {
            info_span!("check", sku = "tea").in_scope(|| ());
            info_span!("reserve").in_scope(|| ());
            info_span!("charge", amount = 35).in_scope(|| info_span!("connect").in_scope(|| ()));
            info_span!("notify").in_scope(|| ());
        });
    });
    let mut page = browser.open(&after.report().title("now").compare(before.report().title("last week")))?;
    page.press(["5"])?;
    let row = |sign: &str, call: &str, change: &str| (sign.to_owned(), call.to_owned(), change.to_owned());
    assert_eq!(
        changes(&mut page)?,
        [
            row("", "order(id: 7)", ""),
            row("+", "reserve", "added"),
            row("~", "charge(amount: 35)", "changed amount: was 30"),
            row("−", "audit", "removed"),
            row("−", "write", "removed"),
        ]
    );
    assert_eq!(page.text(".view:not([hidden]) .note")?, "+ 1 added · − 2 removed · ~ 1 changed · 4 same");
    assert_eq!(page.text(".versus")?, "since last week");
    page.click(".tick", Some("Changes only"))?;
    assert_eq!(changes(&mut page)?.len(), 7, "check and notify; below `charge` nothing changed, so it is closed");
    page.click(".space > .row", Some("charge"))?;
    assert_eq!(page.text(".details .change-note")?, "~ changed since last weekamount: was 30");
    assert!(page.text(".details section:last-of-type")?.starts_with("Beforecharge(amount: 30)"));
    Ok(())
}

pub(crate) fn functions_show_what_they_cost_more(browser: &Browser) -> Outcome {
    let (after, before) = (programs::orders(3, true), programs::orders(3, false));
    let mut page = browser.open(&after.report().compare(before.report()))?;
    page.press(["5"])?;
    choose(&mut page, "Functions")?;
    page.click(".tick", Some("Changes only"))?;
    let (now, then) = (after.metrics(), before.metrics());
    let names = column(&mut page, "Function")?;
    assert_eq!(names.len(), now.functions.len(), "all that were called are still");
    for (name, delta) in names.iter().zip(column(&mut page, "Δ calls")?) {
        let name = label(name).split("tracesnap_browser").next().unwrap_or_default();
        let calls = |metrics: &tracesnap::tree::Metrics| metrics.function(name).map_or(0, |f| f.function.calls as i64);
        let expected = match calls(&now) - calls(&then) {
            0 => "±0".to_owned(),
            n if n > 0 => format!("+{n}"),
            n => format!("−{}", -n),
        };
        assert_eq!(delta, expected, "{name}");
    }
    let audit = names.iter().position(|name| label(name).starts_with("audit")).expect("it is new");
    assert_eq!(column(&mut page, "Δ %")?[audit], "added");
    Ok(())
}

pub(crate) fn equal_traces_show_no_change(browser: &Browser) -> Outcome {
    let run = || (0..3).for_each(|n| info_span!("step", n).in_scope(|| tracing::info!("done")));
    let (before, after) = (record(run), record(run));
    let mut page = browser.open(&after.report().compare(before.report()))?;
    page.press(["5"])?;
    assert_eq!(page.texts(".view:not([hidden]) .empty")?, ["No call was added, removed, moved, renamed or changed."]);
    assert_eq!(page.text(".view:not([hidden]) .note")?, "6 same");
    Ok(())
}

/// What the page says of two traces: the numbers of its calls, and the functions it lists.
fn said_by_the_page(page: &mut Page) -> Result<(String, Vec<String>), Box<dyn std::error::Error>> {
    page.press(["5"])?;
    let note = page.text(".view:not([hidden]) .note")?;
    choose(page, "Functions")?;
    let names = column(page, "Function")?;
    Ok((note, names.iter().map(|cell| label(cell).to_owned()).collect()))
}

/// The same as `trace diff` says it.
fn said_by_the_diff(before: &Trace, after: &Trace, options: DiffOptions) -> (String, Vec<String>) {
    let diff = before.diff_with(after, options);
    let signs = [
        (ChangeKind::Added, '+'),
        (ChangeKind::Removed, '−'),
        (ChangeKind::Moved, '⇄'),
        (ChangeKind::Renamed, '≈'),
        (ChangeKind::Changed, '~'),
    ];
    let counts = signs
        .iter()
        .map(|(kind, sign)| (diff.summary().get(*kind), format!("{sign} {} {kind}", diff.summary().get(*kind))));
    let mut said: Vec<_> = counts.filter(|(count, _)| *count > 0).map(|(_, said)| said).collect();
    said.push(format!("{} same", diff.summary().equal));
    let listed =
        diff.differing(CostLimit::default_of).iter().map(|cost| format!("{}{}", cost.name, cost.module)).collect();
    (said.join(" · "), listed)
}

pub(crate) fn the_page_says_what_the_diff_says(browser: &Browser) -> Outcome {
    macro_rules! calls {
        ($($name:literal),+) => {{ $(info_span!($name).in_scope(|| ());)+ }};
    }
    let before = record(|| {
        info_span!("order").in_scope(|| {
            info_span!("load").in_scope(|| calls!("open", "read", "parse"));
            info_span!("send", to = %"127.0.0.1:4000").in_scope(|| tracing::info!("sent"));
            info_span!("pay").in_scope(|| calls!("sign", "connect", "verify"));
            info_span!("pack").in_scope(|| calls!("fold", "seal", "weigh"));
        });
    });
    // What was loaded first is loaded last, a function has another name, and one was put around another.
    let after = record(|| {
        info_span!("order").in_scope(|| {
            info_span!("send", to = %"127.0.0.1:4001").in_scope(|| tracing::info!("sent twice"));
            info_span!("charge").in_scope(|| calls!("sign", "connect", "verify"));
            info_span!("retry").in_scope(|| info_span!("pack").in_scope(|| calls!("fold", "seal", "weigh")));
            info_span!("load").in_scope(|| calls!("open", "read", "parse"));
        });
    });
    let mut page = browser.open(&after.report().compare(before.report()))?;
    page.press(["5"])?;
    let row = |sign: &str, call: &str, change: &str| (sign.to_owned(), call.to_owned(), change.to_owned());
    assert_eq!(
        changes(&mut page)?,
        [
            row("", "order", ""),
            row("", "send(to: 127.0.0.1:4001)", ""),
            row("~", "INFOsent twice", "changed message was sent"),
            row("≈", "charge", "renamed was report::changes::pay"),
            row("+", "retry", "added"),
            row("⇄", "load", "moved"),
        ]
    );
    assert_eq!(said_by_the_page(&mut page)?, said_by_the_diff(&before, &after, DiffOptions::default()));

    let options = DiffOptions::default().events(false).placeholders(false);
    let mut page = browser.open(&after.report().compare_with(before.report(), options))?;
    assert_eq!(said_by_the_page(&mut page)?, said_by_the_diff(&before, &after, options));

    // A change of cost: one function takes longer, one is called more often.
    let (after, before) = (programs::orders(3, true), programs::orders(3, false));
    let mut page = browser.open(&after.report().compare(before.report()))?;
    let (note, mut listed) = said_by_the_page(&mut page)?;
    let (expected, mut differing) = said_by_the_diff(&before, &after, DiffOptions::default());
    listed.sort();
    differing.sort();
    assert_eq!((note, listed), (expected, differing));
    Ok(())
}
