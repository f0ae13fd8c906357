//! Usable by keys, readable by eye in either theme, whole on a telephone.

use serde_json::json;
use tracesnap_browser::{Served, Theme, documents};

use crate::support::{Browser, Outcome, go, place, wait, wait_for_text};

const FOCUSED: &str = "document.activeElement.textContent || document.activeElement.ariaLabel || ''";

pub(crate) fn everything_is_reached_without_a_mouse(browser: &Browser) -> Outcome {
    let served = Served::start(documents::SHOP, |builder| builder);
    let mut page = browser.open(&served, "operations")?;
    wait(&mut page, ".operation")?;
    page.press(["/"])?;
    page.write("orders")?;
    page.press(["ArrowDown"])?;
    assert_eq!(page.ask("document.activeElement.role")?, "listbox");
    page.press(["ArrowDown", "ArrowDown", "ArrowDown", "ArrowUp"])?;
    wait_for_text(&mut page, "h2", "POST /orders")?;
    let active =
        page.ask("document.getElementById(document.activeElement.getAttribute('aria-activedescendant')).textContent")?;
    assert!(active.as_str().is_some_and(|text| text.contains("Place an order")), "{active}");
    page.press(["Enter"])?;
    assert_eq!(page.ask("document.activeElement.className")?, "pane");
    // Tab goes to what is shown; the arrows choose another face of it, and Send is reached and pressed.
    page.press(["Tab"])?;
    page.until("document.activeElement.matches('.segmented input')")?;
    page.press(["ArrowRight"])?;
    wait(&mut page, ".attempt .primary")?;
    page.ask("document.querySelector('.pane').focus()")?;
    for _ in 0..30 {
        page.press(["Tab"])?;
        if page.ask(FOCUSED)? == "Send" {
            break;
        }
    }
    assert_eq!(page.ask(FOCUSED)?, "Send");
    page.press(["Enter"])?;
    wait_for_text(&mut page, ".answer-line .status-code", "201")?;

    page.press(["2"])?;
    wait_for_text(&mut page, ".tab[aria-selected=true]", "State")?;
    page.ask("document.querySelector('.tab[aria-selected=true]').focus()")?;
    page.press(["ArrowRight"])?;
    wait_for_text(&mut page, ".tab[aria-selected=true]", "Analytics")?;
    assert_eq!(page.ask(FOCUSED)?, "Analytics");
    page.press(["1"])?;
    wait_for_text(&mut page, "h2", "POST /orders")?;
    // Whatever can be pressed or filled in has a name.
    let nameless = page.ask(
        "[...document.querySelectorAll('button, input, select, textarea')].filter((e) => e.checkVisibility() && !e.textContent && !e.ariaLabel && !e.labels?.length).map((e) => e.outerHTML)",
    )?;
    assert_eq!(nameless, json!([]));
    Ok(())
}

/// Each text against what is painted behind it; 4.5 is what WCAG asks of text of this size.
const FAINT: &str = "(() => {
    const paint = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
    const rgb = (...colours) => { for (const c of colours) { paint.fillStyle = c; paint.fillRect(0, 0, 1, 1); } return paint.getImageData(0, 0, 1, 1).data; };
    const light = (d) => [0.2126, 0.7152, 0.0722].reduce((sum, w, i) => sum + w * (d[i] / 255 <= 0.04045 ? d[i] / 255 / 12.92 : ((d[i] / 255 + 0.055) / 1.055) ** 2.4), 0);
    const faint = [];
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = texts.nextNode(); node; node = texts.nextNode()) {
        const element = node.parentElement;
        if (!node.data.trim() || !element.checkVisibility({ visibilityProperty: true }) || element.closest('noscript, option, datalist, :disabled')) continue;
        const behind = [];
        for (let e = element; e; e = e.parentElement) behind.unshift(getComputedStyle(e).backgroundColor);
        const back = light(rgb('white', ...behind)), front = light(rgb('white', ...behind, getComputedStyle(element).color));
        const contrast = (Math.max(back, front) + 0.05) / (Math.min(back, front) + 0.05);
        if (contrast < 4.5) faint.push(`${node.data} (${element.className}) ${contrast.toFixed(2)}`);
    }
    return faint;
})()";

pub(crate) fn text_is_readable_in_both_themes(browser: &Browser) -> Outcome {
    let served = Served::with_database(documents::SHOP);
    used(&served)?;
    for theme in [Theme::Light, Theme::Dark] {
        let mut page = browser.open_sized(&served, "operations", (1440, 1000), theme)?;
        for (view, shown) in views(&served) {
            go(&mut page, &view)?;
            wait(&mut page, shown)?;
            page.ask("document.querySelectorAll('details').forEach((one) => (one.open = true))")?;
            assert_eq!(page.ask(FAINT)?, json!([]), "{view}, {theme:?}");
        }
        let by_system = page.ask("getComputedStyle(document.body).backgroundColor")?;
        page.click(".head .button", Some("Theme"))?;
        assert_ne!(page.ask("getComputedStyle(document.body).backgroundColor")?, by_system);
        assert_eq!(page.ask(FAINT)?, json!([]), "switched from {theme:?}");
    }
    Ok(())
}

pub(crate) fn nothing_is_cut_off_at_four_hundred_pixels(browser: &Browser) -> Outcome {
    let served = Served::with_database(documents::SHOP);
    used(&served)?;
    let mut page = browser.open_sized(&served, "operations", (400, 800), Theme::Light)?;
    wait(&mut page, ".operation")?;
    for (view, shown) in views(&served) {
        go(&mut page, &view)?;
        wait(&mut page, shown)?;
        page.ask("document.querySelectorAll('details').forEach((one) => (one.open = true))")?;
        // What is wider than the window can be scrolled to in its own place, and nothing else is.
        let beyond = page.ask(
            "[...document.querySelectorAll('main *, header *, nav *')].filter((e) => e.checkVisibility() && e.getBoundingClientRect().right > 401 && !e.closest('.scrolls, .toolbar, .target, .spoken, .item > summary') && !e.closest('bdi')).map((e) => `${e.tagName}.${e.className}: ${e.textContent.slice(0, 60)}`)",
        )?;
        assert_eq!(beyond, json!([]), "{view}");
        assert_eq!(page.ask("document.documentElement.scrollWidth <= 400")?, true, "{view}");
    }
    // From the list to an operation, and back.
    go(&mut page, "operations")?;
    wait(&mut page, ".operation")?;
    assert!(page.texts(".pane *")?.is_empty(), "the list has the window for itself");
    page.click(".operation", Some("Read an order"))?;
    wait_for_text(&mut page, "h2", "/orders/{id}")?;
    assert!(page.texts(".operation")?.is_empty());
    page.click(".back", None)?;
    wait(&mut page, ".operation")?;
    Ok(())
}

fn views(served: &Served) -> [(String, &'static str); 7] {
    let order = place(served, "getOrder");
    [
        (format!("operations/{}/about", place(served, "listOrders")), ".sample pre"),
        (format!("operations/{order}/about"), ".sample pre"),
        (format!("operations/{}/try", place(served, "createOrder")), ".attempt .primary"),
        (format!("operations/{order}/edit"), ".versions table"),
        ("state".to_owned(), ".item"),
        ("analytics".to_owned(), ".tiles"),
        ("log".to_owned(), ".request"),
    ]
}

/// Something of everything, so that all of it is shown.
fn used(served: &Served) -> Outcome {
    let order = r#"{"customer_id": "7f9c24e5-2b4a-4f6e-9d0c-2a0f6f5f7a11", "total": 12.5}"#;
    for (line, body) in [
        ("GET /orders/7", ""),
        ("GET /orders/first", ""),
        ("GET /customers", ""),
        ("GET /customers", ""),
        ("GET /nowhere/at/all/of/a/very/long/path/that/goes/on/and/on/and/on/and/on", ""),
        ("POST /orders", order),
        ("DELETE /orders/3", ""),
    ] {
        served.ask(line, &[], body)?;
    }
    let versions = "/__mock/operations/getOrder/versions";
    for note in ["first", "second"] {
        let sample = served.server().mock().sample(place(served, "getOrder"), None, 0).and_then(|answer| answer.json());
        let mut body = sample.ok_or("no sample")?;
        body["note"] = note.into();
        let draft = json!({"status": 200, "headers": [["content-type", "application/json"]], "body": body.to_string(), "author": "ada", "note": note});
        let (status, told) = served.ask(&format!("POST {versions}"), &[], &draft.to_string())?;
        assert_eq!(status, 201, "{told}");
    }
    Ok(())
}
