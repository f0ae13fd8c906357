//! Readable by eye in either theme, and by a screen reader.

use serde_json::json;
use tracesnap::tree::Item;
use tracesnap_browser::{Theme, programs};

use crate::support::{Browser, Outcome, open_all, time, written};

pub(crate) fn rows_say_their_place_to_a_screen_reader(browser: &Browser) -> Outcome {
    let trace = programs::orders(2, true);
    let mut page = browser.open(&trace.report())?;
    open_all(&mut page)?;
    let said = page.ask(
        "[...document.querySelectorAll('.space > .row')].filter((row) => !row.hidden).sort((a, b) => a.ariaRowIndex - b.ariaRowIndex)
            .map((row) => [Number(row.ariaLevel), row.ariaExpanded, Number(row.ariaRowIndex)])",
    )?;
    // The head is the first row.
    let expected: Vec<_> = trace
        .tree()
        .walk()
        .enumerate()
        .map(|(row, (depth, item))| {
            let has_items = item.call().is_some_and(|call| call.items().next().is_some());
            json!([depth + 1, has_items.then_some("true"), row + 2])
        })
        .collect();
    assert_eq!(said, json!(expected));
    let grid = "document.querySelector('.view:not([hidden]) [role=treegrid]')";
    assert_eq!(page.ask(&format!("{grid}.ariaRowCount"))?, (expected.len() + 1).to_string());
    page.press(["ArrowDown", "ArrowDown"])?;
    assert_eq!(
        page.ask(&format!("document.getElementById({grid}.getAttribute('aria-activedescendant')).ariaRowIndex"))?,
        "3"
    );
    assert_eq!(page.ask(&format!("{grid}.querySelectorAll('[aria-selected=true]').length"))?, 1);
    Ok(())
}

pub(crate) fn what_is_drawn_is_said_too(browser: &Browser) -> Outcome {
    let trace = programs::orders(1, true);
    let mut page = browser.open(&trace.report())?;
    let spoken = "document.querySelector('.spoken[role=status]').textContent";
    page.press(["2", "ArrowDown", "ArrowDown"])?;
    let call = trace.tree().calls().nth(1).expect("an order makes calls");
    let wall = time(call.wall().expect("it returned"));
    assert_eq!(page.ask(spoken)?, format!("{}, wall {wall}, level 2", written(Item::Call(call))));
    page.press(["4", "ArrowDown"])?;
    let graph = trace.graph();
    let root = graph.roots().next().expect("the order");
    let (own, total) = (time(root.self_time), time(root.total));
    assert_eq!(page.ask(spoken)?, format!("{}: 1 call, self {own}, total {total}", root.path()));
    Ok(())
}

pub(crate) fn text_is_readable_in_both_themes(browser: &Browser) -> Outcome {
    let (trace, before) = (programs::orders(3, true), programs::orders(3, false));
    for theme in [Theme::Light, Theme::Dark] {
        let mut page = browser.open_sized(&trace.report().compare(before.report()), (1440, 900), theme)?;
        for view in ["1", "3", "5"] {
            page.press([view, "ArrowDown", "ArrowDown"])?;
            // Every text against what is painted behind it; 4.5 is what WCAG asks of text of this size.
            let faint = page.ask(
                "(() => {
                    const paint = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
                    const rgb = (...colours) => { for (const c of colours) { paint.fillStyle = c; paint.fillRect(0, 0, 1, 1); } return paint.getImageData(0, 0, 1, 1).data; };
                    const light = (d) => [0.2126, 0.7152, 0.0722].reduce((sum, w, i) => sum + w * (d[i] / 255 <= 0.04045 ? d[i] / 255 / 12.92 : ((d[i] / 255 + 0.055) / 1.055) ** 2.4), 0);
                    const faint = [];
                    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
                    for (let node = texts.nextNode(); node; node = texts.nextNode()) {
                        const element = node.parentElement;
                        if (!node.data.trim() || !element.checkVisibility({ visibilityProperty: true }) || element.closest('script, style, noscript, :disabled')) continue;
                        const behind = [];
                        for (let e = element; e; e = e.parentElement) behind.unshift(getComputedStyle(e).backgroundColor);
                        const back = light(rgb('white', ...behind)), front = light(rgb('white', ...behind, getComputedStyle(element).color));
                        const contrast = (Math.max(back, front) + 0.05) / (Math.min(back, front) + 0.05);
                        if (contrast < 4.5) faint.push(`${node.data} (${element.className}) ${contrast.toFixed(2)}`);
                    }
                    return faint;
                })()",
            )?;
            assert_eq!(faint, json!([]), "view {view}, {theme:?}");
        }
    }
    Ok(())
}

pub(crate) fn the_theme_follows_the_system_until_it_is_switched(browser: &Browser) -> Outcome {
    let trace = programs::orders(1, true);
    let back = "getComputedStyle(document.body).backgroundColor";
    let mut colours = Vec::new();
    for theme in [Theme::Light, Theme::Dark] {
        let mut page = browser.open_sized(&trace.report(), (1440, 900), theme)?;
        let by_system = page.ask(back)?;
        page.press(["t"])?;
        let switched = page.ask(back)?;
        page.click(".head .button", Some("Theme"))?;
        assert_eq!(page.ask(back)?, by_system, "switched back");
        colours.push([by_system, switched]);
    }
    let [[light, to_dark], [dark, to_light]] = <[_; 2]>::try_from(colours).expect("two themes");
    assert_ne!(light, dark);
    assert_eq!((to_light, to_dark), (light, dark));
    Ok(())
}
