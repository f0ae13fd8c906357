//! A browser for one test, and how its tests write what they expect.

use std::error::Error;
use std::path::Path;
use std::time::Duration;

use tracesnap::tree::{Call, Item};
use tracesnap::{Report, Trace};
use tracesnap_browser::{Chromium, Page, Theme};

/// Errors are those of the browser; what does not hold is a panic.
pub(crate) type Outcome = Result<(), Box<dyn Error>>;

/// So tall that every row of a small trace is in view at once.
const TALL: (u32, u32) = (1600, 5000);

/// A browser of one's own.
pub(crate) struct Browser(Chromium);

impl Browser {
    pub(crate) fn start(path: &Path) -> Result<Self, String> {
        Chromium::start(path).map(Self).map_err(|error| format!("cannot start {}: {error}", path.display()))
    }

    /// Opens a report, its tree closed but for what it opens itself.
    pub(crate) fn open(&self, report: &Report<'_>) -> Result<Page, Box<dyn Error>> {
        self.open_sized(report, TALL, Theme::Light)
    }

    pub(crate) fn open_sized(
        &self,
        report: &Report<'_>,
        size: (u32, u32),
        theme: Theme,
    ) -> Result<Page, Box<dyn Error>> {
        let file = self.0.directory().join("report.html");
        report.save(&file)?;
        Ok(self.0.open(&file, size, theme)?)
    }

    /// Opens a report whose file was changed after it was written.
    pub(crate) fn open_changed(
        &self,
        report: &Report<'_>,
        change: impl FnOnce(String) -> String,
    ) -> Result<Page, Box<dyn Error>> {
        let file = self.0.directory().join("report.html");
        let mut page = Vec::new();
        report.write_to(&mut page)?;
        std::fs::write(&file, change(String::from_utf8(page)?))?;
        Ok(self.0.open(&file, TALL, Theme::Light)?)
    }
}

/// Opens every row of the tree.
pub(crate) fn open_all(page: &mut Page) -> Outcome {
    Ok(page.click(".view:not([hidden]) .button", Some("Open all"))?)
}

/// Chooses one of several ways to see the same.
pub(crate) fn choose(page: &mut Page, way: &str) -> Outcome {
    Ok(page.click(".view:not([hidden]) .segmented label", Some(way))?)
}

/// The cells of one column of all rows.
pub(crate) fn column(page: &mut Page, title: &str) -> Result<Vec<String>, Box<dyn Error>> {
    let heads = page.texts(".view:not([hidden]) .head .cell")?;
    let at = heads.iter().position(|head| head == title).ok_or_else(|| format!("no column `{title}` in {heads:?}"))?;
    Ok(page.rows()?.into_iter().map(|mut row| row.swap_remove(at)).collect())
}

/// The text of a cell without the sign that opens it.
pub(crate) fn label(cell: &str) -> &str {
    cell.trim_start_matches(['▸', '▾', '+', '−', '~', '⇄', '≈', ' '])
}

/// A call or event as a row shows it.
pub(crate) fn written(item: Item<'_>) -> String {
    match item {
        Item::Call(call) => {
            let args: Vec<_> = call.args().map(|arg| format!("{}: {}", arg.name(), arg.value())).collect();
            let mut text = call.name().to_owned();
            if !args.is_empty() {
                text += &format!("({})", args.join(", "));
            }
            call.returned().iter().for_each(|returned| text += &format!(" → {returned}"));
            call.error().iter().for_each(|error| text += &format!(" ✗ {error}"));
            text
        }
        Item::Event(event) => {
            let fields: Vec<_> = event.fields().map(|arg| format!("{}: {}", arg.name(), arg.value())).collect();
            let mut text = format!("{}{}", event.level(), event.message().unwrap_or_default());
            if !fields.is_empty() {
                text += &format!("({})", fields.join(", "));
            }
            text
        }
    }
}

/// Every call and event of a trace, as rows show them.
pub(crate) fn all_written(trace: &Trace) -> Vec<String> {
    trace.tree().walk().map(|(_, item)| written(item)).collect()
}

/// A time as the page writes it: three significant digits and a unit.
pub(crate) fn time(time: Duration) -> String {
    let ns = time.as_nanos() as f64;
    let (value, unit) = match ns {
        ns if ns < 1e3 => return format!("{ns} ns"),
        ns if ns < 999.5e3 => (ns / 1e3, "µs"),
        ns if ns < 999.5e6 => (ns / 1e6, "ms"),
        _ => (ns / 1e9, "s"),
    };
    let decimals = match value {
        v if v < 9.995 => 2,
        v if v < 99.95 => 1,
        _ => 0,
    };
    // Exact halves are rounded up there, to even here. Only such numbers have so few binary digits.
    let up = if (value * 1024.0).fract() == 0.0 { 1e-9 } else { 0.0 };
    format!("{:.decimals$} {unit}", value + up)
}

/// The only call of this name.
pub(crate) fn the_call<'t>(trace: &'t Trace, name: &str) -> Call<'t> {
    let mut found = trace.tree().calls().filter(|call| call.name() == name);
    let call = found.next().unwrap_or_else(|| panic!("no call of `{name}`"));
    assert!(found.next().is_none(), "more than one call of `{name}`");
    call
}

/// Names and figures of the details, by section.
pub(crate) fn figures(page: &mut Page) -> Result<Vec<(String, String)>, Box<dyn Error>> {
    let found = page.ask("[...document.querySelectorAll('.details .figures > div')].map((row) => [row.children[0].textContent, row.children[1].textContent])")?;
    Ok(serde_json::from_value(found)?)
}

/// One of those figures.
pub(crate) fn figure(page: &mut Page, name: &str) -> Result<String, Box<dyn Error>> {
    let all = figures(page)?;
    let found = all.iter().find(|(title, _)| title == name).map(|(_, figure)| figure.clone());
    found.ok_or_else(|| format!("no `{name}` in {all:?}").into())
}
