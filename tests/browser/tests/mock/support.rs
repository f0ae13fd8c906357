//! A browser for one test, and how its tests ask.

use std::error::Error;
use std::path::Path;

use serde_json::json;
use tracesnap_browser::{Chromium, Page, Served, Theme};

/// Errors are those of the browser; what does not hold is a panic.
pub(crate) type Outcome = Result<(), Box<dyn Error>>;

/// A browser of one's own.
pub(crate) struct Browser(Chromium);

impl Browser {
    pub(crate) fn start(path: &Path) -> Result<Self, String> {
        Chromium::start(path).map(Self).map_err(|error| format!("cannot start {}: {error}", path.display()))
    }

    /// Opens a view of the page, and waits until it knows what is served.
    pub(crate) fn open(&self, served: &Served, view: &str) -> Result<Page, Box<dyn Error>> {
        let mut page = self.open_sized(served, view, (1440, 1000), Theme::Light)?;
        page.until("document.querySelector('.head .chip') !== null")?;
        Ok(page)
    }

    pub(crate) fn open_sized(
        &self,
        served: &Served,
        view: &str,
        size: (u32, u32),
        theme: Theme,
    ) -> Result<Page, Box<dyn Error>> {
        Ok(self.0.visit(&served.page(view), size, theme)?)
    }

    pub(crate) fn visit(&self, url: &str) -> Result<Page, Box<dyn Error>> {
        Ok(self.0.visit(url, (1440, 1000), Theme::Light)?)
    }
}

/// Waits until something is shown at a CSS selector.
pub(crate) fn wait(page: &mut Page, selector: &str) -> Outcome {
    let selector = json!(selector);
    Ok(page.until(&format!("[...document.querySelectorAll({selector})].some((e) => e.checkVisibility())"))?)
}

/// Waits until what is shown at a CSS selector has a text in it.
pub(crate) fn wait_for_text(page: &mut Page, selector: &str, text: &str) -> Outcome {
    let (selector, wanted) = (json!(selector), json!(text));
    let expression = format!(
        "[...document.querySelectorAll({selector})].some((e) => e.checkVisibility() && e.textContent.includes({wanted}))"
    );
    page.until(&expression).map_err(|error| {
        let shown = page.texts("main").unwrap_or_default().join("\n");
        format!("{error}\nshown is: {shown}").into()
    })
}

/// Goes to a view by the address, as links and bookmarks do.
pub(crate) fn go(page: &mut Page, view: &str) -> Outcome {
    page.ask(&format!("location.hash = {}", json!(view)))?;
    Ok(())
}

/// The place of an operation among those of the document.
pub(crate) fn place(served: &Served, operation: &str) -> usize {
    served.server().mock().operation(operation).expect("the document has it")
}

/// What the page complained of, but for statuses that the network panel counts as errors.
pub(crate) fn complaints(page: &mut Page) -> Result<Vec<String>, Box<dyn Error>> {
    let all = page.complaints()?;
    Ok(all.into_iter().filter(|one| !one.contains("Failed to load resource")).collect())
}
