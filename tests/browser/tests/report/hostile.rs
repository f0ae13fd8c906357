//! A trace holds what others wrote: in the page it is text, whatever it says.

use tracesnap_browser::programs::{self, HOSTILE};

use crate::support::{Browser, Outcome, open_all};

/// What the page shows for a text: nothing in it is invisible.
fn visible(text: &str) -> String {
    let shown = |c: char| match c {
        '\0'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' => {
            format!("⟨U+{:04X}⟩", c as u32)
        }
        c => c.to_string(),
    };
    text.chars().map(shown).collect()
}

pub(crate) fn hostile_texts_are_shown_and_nothing_runs(browser: &Browser) -> Outcome {
    let trace = programs::hostile();
    let title = "</title><script>window.harmed = 'title'</script>";
    let mut page = browser.open(&trace.report().title(title).compare(trace.report().title(HOSTILE[1])))?;
    assert_eq!(page.text("h1")?, title);
    assert_eq!(page.ask("document.title")?, title);
    open_all(&mut page)?;
    for view in ["1", "2", "3", "4", "5", "1"] {
        page.press([view, "ArrowDown"])?;
    }
    let calls: Vec<_> = trace.tree().calls().collect();
    let longest = calls.len() - 1;
    for (number, call) in calls.iter().enumerate() {
        // A call and its event take two rows, and results come twice: as such, and in the text of the row.
        page.ask("document.querySelector('.view:not([hidden]) .grid').focus()")?;
        page.press(["Home"])?;
        page.press(vec!["ArrowDown"; 2 * number])?;
        if number == longest {
            page.click(".details .link", Some("Show all 8,"))?;
        }
        let shown = page.texts(".details pre")?;
        let argument = call.arg("argument").expect("it has one").to_string();
        assert_eq!(shown[0], visible(&argument));
        let outcome = call.returned().or(call.error()).expect("it ended").to_string();
        if number < longest {
            assert_eq!(shown[1], visible(&outcome));
            assert!(
                outcome.contains(HOSTILE[number].split('\0').next().unwrap_or_default()) || outcome.contains("u{202e}"),
                "{outcome}"
            );
        }
        let event = call.events().next().expect("it has one").message().expect("with a message").to_owned();
        let row = page.text(".row.active + .row, .row.active")?;
        assert!(!row.contains('\0') && !row.contains('\u{202e}'), "{row:?}");
        let listed = page.text(".details .links .message")?;
        assert_eq!(listed.chars().take(150).collect::<String>(), visible(&event).chars().take(150).collect::<String>());
    }
    page.press(["/"])?;
    page.write("<script>")?;
    page.press(["Enter"])?;
    assert_eq!(page.texts("mark")?.first().map(String::as_str), Some("<script>"), "and can be searched");
    assert_eq!(page.ask("typeof window.harmed")?, "undefined");
    assert_eq!(page.ask("document.images.length + document.scripts.length")?, 1, "the page's own script");
    assert_eq!(page.complaints()?, [""; 0]);
    Ok(())
}

pub(crate) fn a_script_put_into_the_page_does_not_run(browser: &Browser) -> Outcome {
    let trace = programs::orders(1, true);
    // As if texts were not kept apart from markup: the page's policy is what is left.
    let harm = "<script>window.harmed = 1</script><img src='x' onerror='window.harmed = 2'><style>h1 { color: rgb(1, 2, 3) }</style>";
    let mut page = browser
        .open_changed(&trace.report(), |html| html.replace("<div id=\"app\">", &format!("{harm}<div id=\"app\">")))?;
    assert!(page.text("h1").is_ok(), "the page itself works");
    assert_eq!(page.ask("typeof window.harmed")?, "undefined");
    assert_ne!(page.ask("getComputedStyle(document.querySelector('h1')).color")?, "rgb(1, 2, 3)");
    assert!(page.ask("document.body.innerHTML = '<b>'").is_err(), "text cannot become markup");
    assert!(!page.complaints()?.is_empty(), "the browser reports the breach");
    Ok(())
}

pub(crate) fn the_page_asks_nothing_of_any_network(browser: &Browser) -> Outcome {
    let (trace, before) = (programs::orders(2, true), programs::orders(2, false));
    let mut page = browser.open(&trace.report().compare(before.report()))?;
    for view in ["1", "2", "3", "4", "5", "m", "Escape", "?", "Escape"] {
        page.press([view])?;
    }
    let requests = page.requests()?;
    assert!(requests.len() == 1 && requests[0].starts_with("file://"), "{requests:?}");
    Ok(())
}

pub(crate) fn a_damaged_file_says_what_is_wrong(browser: &Browser) -> Outcome {
    let trace = programs::orders(2, true);
    for cut in [3, 200] {
        let damage = |html: String| {
            let start = html.find("id=\"trace\">").expect("it has its data") + "id=\"trace\">".len();
            let end = start + html[start..].find('<').expect("and its end");
            format!("{}{}", &html[..end - cut], &html[end..])
        };
        let mut page = browser.open_changed(&trace.report(), damage)?;
        assert!(page.text("#app .loss")?.starts_with("This report cannot be shown: "));
    }
    Ok(())
}
