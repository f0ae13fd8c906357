//! The page without a mouse.

use tracesnap_browser::programs;

use crate::support::{Browser, Outcome, label};

pub(crate) fn everything_is_reached_without_a_mouse(browser: &Browser) -> Outcome {
    let (trace, before) = (programs::orders(2, true), programs::orders(2, false));
    let mut page = browser.open(&trace.report().compare(before.report()))?;
    for (key, view) in [("2", "Flame"), ("3", "Functions"), ("4", "Graph"), ("5", "Diff"), ("1", "Tree")] {
        page.press([key])?;
        assert_eq!(page.text("[role=tab][aria-selected=true]")?, view);
        assert_ne!(
            page.ask("document.activeElement.closest('.view:not([hidden])')")?,
            serde_json::Value::Null,
            "{view} has the focus"
        );
    }
    // Tab alone goes through every control of the head, the tools, the view and the details, and shows where it is.
    page.ask("document.activeElement.blur()")?;
    let mut reached = Vec::new();
    for _ in 0..40 {
        page.press(["Tab"])?;
        let here = page.ask(
            "(() => { const e = document.activeElement, s = getComputedStyle(e), t = getComputedStyle(e.nextElementSibling ?? e);
                const v = e.closest('.view'), around = v && getComputedStyle(v, '::after').content !== 'none';
                const outlined = s.outlineStyle !== 'none' || t.outlineStyle !== 'none' || around;
                return [e.ariaLabel ?? e.name ?? '', e.textContent.slice(0, 20), outlined]; })()",
        )?;
        if page.ask("document.activeElement === document.body")? == true {
            continue; // Beyond the last control is the browser's own, and then the first again.
        }
        assert_eq!(here[2], true, "the focus is seen at {here}");
        reached.push(format!("{}|{}", here[0].as_str().unwrap_or_default(), here[1].as_str().unwrap_or_default()));
    }
    for control in ["Theme", "Tree", "Modules", "Open all", "Search calls", "Tree of", "Calls|"] {
        assert!(reached.iter().any(|here| here.contains(control)), "{control} is not among {reached:#?}");
    }
    // Tabs by arrows, as tabs are.
    page.ask("document.querySelector('#tab-tree').focus()")?;
    page.press(["ArrowRight"])?;
    assert_eq!(page.text("[role=tab][aria-selected=true]")?, "Flame");
    // Modules: open, untick, close.
    page.press(["1", "m", " ", "Escape"])?;
    assert!(page.text(".toolbar > .button")?.starts_with("Modules ("));
    // To the details and back.
    page.press(["m", " ", "Escape", "ArrowDown", "Enter"])?;
    assert_eq!(page.ask("document.activeElement.className")?, "details");
    page.press(["Escape"])?;
    assert_eq!(page.ask("document.activeElement.role")?, "treegrid");
    page.press(["d"])?;
    assert!(page.texts(".details")?.is_empty(), "the details can make room");
    Ok(())
}

pub(crate) fn rows_open_and_close_by_arrows(browser: &Browser) -> Outcome {
    let trace = programs::orders(1, true);
    let mut page = browser.open(&trace.report())?;
    page.click(".button", Some("Close all"))?;
    assert_eq!(page.rows()?.len(), 1);
    page.ask("document.querySelector('.grid').focus()")?;
    page.press(["ArrowDown", "ArrowRight"])?;
    let children = trace.tree().roots().next().expect("one order").items().count();
    assert_eq!(page.rows()?.len(), 1 + children);
    page.press(["ArrowRight"])?;
    assert!(label(&page.text(".row.active .cell")?).starts_with("check_availability"), "into it");
    page.press(["ArrowLeft"])?;
    assert!(label(&page.text(".row.active .cell")?).starts_with("process_order"), "out to its caller");
    page.press(["ArrowLeft"])?;
    assert_eq!(page.rows()?.len(), 1, "closed again");
    page.press(["*"])?;
    assert_eq!(page.rows()?.len(), trace.tree().walk().count(), "with all that is below");
    page.press(["End"])?;
    assert!(label(&page.text(".row.active .cell")?).starts_with("notify"));
    page.press(["Home"])?;
    assert!(label(&page.text(".row.active .cell")?).starts_with("process_order"));
    Ok(())
}

pub(crate) fn help_says_the_keys(browser: &Browser) -> Outcome {
    let trace = programs::orders(1, true);
    let mut page = browser.open(&trace.report())?;
    page.press(["?"])?;
    let keys = page.texts("dialog[open] kbd")?;
    for key in ["/", "m", "t", "d", "?", "is:error"] {
        assert!(keys.iter().any(|shown| shown == key), "{key} is not among {keys:?}");
    }
    page.press(["Escape"])?;
    assert!(page.texts("dialog[open]")?.is_empty());
    Ok(())
}
