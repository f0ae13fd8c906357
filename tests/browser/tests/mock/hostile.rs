//! Documents and requests are others' words: in the page they are text. And nobody else asks the routes.

use std::net::{IpAddr, Ipv4Addr};

use tracesnap_browser::documents::{self, HARM};
use tracesnap_browser::{Page, Served};

use crate::support::{Browser, Outcome, complaints, go, wait, wait_for_text};

fn is_unharmed(page: &mut Page) -> Outcome {
    assert_eq!(page.ask("typeof window.harmed")?, "undefined");
    assert_eq!(page.ask("document.scripts.length")?, 1, "the page's own script");
    assert_eq!(
        page.ask("document.querySelectorAll('svg, iframe, object, embed, [onerror], [onload], a[href]').length")?,
        0
    );
    // What hides or turns text is shown for what it is.
    assert_eq!(page.ask("/[\\u202e\\u0000]/.test(document.body.innerText + document.title)")?, false);
    assert_eq!(complaints(page)?, [""; 0]);
    Ok(())
}

pub(crate) fn whatever_a_document_says_is_text(browser: &Browser) -> Outcome {
    let served = Served::start(&documents::hostile(), |builder| builder);
    served.ask("GET /html", &["x-mock-session: <img/src=x/onerror=window.harmed=8>"], "")?;
    served.ask("POST /a/<script>window.harmed=9</script>/x", &[], "\"<script>window.harmed=10</script>\"")?;
    let mut page = browser.open(&served, "operations")?;
    wait(&mut page, ".operation")?;
    assert!(page.text("h1")?.contains(HARM[0]), "{}", page.text("h1")?);
    assert!(page.texts(".operation .path")?.iter().any(|path| path.contains("<script>")));
    for operation in 0..3 {
        for face in ["about", "try", "edit"] {
            go(&mut page, &format!("operations/{operation}/{face}"))?;
            wait(
                &mut page,
                match face {
                    "about" => ".sample pre, .sample p",
                    "try" => ".attempt .primary",
                    _ => ".faults p",
                },
            )?;
            page.ask("document.querySelectorAll('details').forEach((one) => (one.open = true))")?;
            if face == "try" {
                page.click(".attempt .primary", None)?;
                wait(&mut page, ".answer-line, .result .problem")?;
            }
            is_unharmed(&mut page)?;
        }
    }
    page.ask("document.querySelectorAll('.edit .primary').length")?;
    // What was saved, and what was asked, is told by others, too. Opened anew: nothing that waits there is of the form before.
    let mut page = browser.open(&served, "operations/1/edit")?;
    wait(&mut page, ".faults p")?;
    page.fill("input[placeholder=who]", HARM[1])?;
    page.fill("input[placeholder^=why]", HARM[2])?;
    page.until("!document.querySelector('.edit .form .primary').disabled")?;
    page.click(".edit .form .primary", None)?;
    wait_for_text(&mut page, ".versions", HARM[1])?;
    is_unharmed(&mut page)?;
    for view in ["state", "analytics", "log"] {
        go(&mut page, view)?;
        wait(&mut page, ".view:not([hidden]) .sheet > *")?;
        page.ask("document.querySelectorAll('details').forEach((one) => (one.open = true))")?;
        is_unharmed(&mut page)?;
    }
    wait(&mut page, ".request")?;
    page.ask("document.querySelectorAll('details').forEach((one) => (one.open = true))")?;
    is_unharmed(&mut page)
}

pub(crate) fn a_script_put_into_the_page_does_not_run(browser: &Browser) -> Outcome {
    let served = Served::start(&documents::hostile(), |builder| builder);
    let mut page = browser.open(&served, "operations")?;
    wait(&mut page, ".operation")?;
    // As if texts were not kept apart from markup: the page's policy is what is left.
    assert!(page.ask("document.body.innerHTML = '<b>'").is_err(), "text cannot become markup");
    for harm in [
        "const s = document.createElement('style'); s.textContent = 'h1 { color: rgb(1, 2, 3) }'; document.head.append(s)",
        "const i = document.createElement('iframe'); i.src = '/html'; document.body.append(i)",
        "const i = document.createElement('img'); i.src = 'http://127.0.0.1:1/x'; document.body.append(i)",
    ] {
        page.ask(&format!("(() => {{ {harm}; }})()"))?;
    }
    page.ask("new Promise((done) => setTimeout(() => done(true), 300))")?;
    assert_eq!(page.ask("typeof window.harmed")?, "undefined");
    assert_ne!(page.ask("getComputedStyle(document.querySelector('h1')).color")?, "rgb(1, 2, 3)");
    assert!(page.ask("fetch('http://127.0.0.1:1/').then(() => 'asked', () => 'refused')")? == "refused");
    let told = page.complaints()?.join("\n");
    assert!(told.contains("Content Security Policy"), "the browser reports the breach: {told}");
    Ok(())
}

pub(crate) fn beyond_this_machine_the_token_is_asked_for(browser: &Browser) -> Outcome {
    let everywhere = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    let served = Served::start(documents::SHOP, |builder| builder.host(everywhere).admin_token("s3cret"));
    let mut page = browser.visit(&served.page("operations"))?;
    wait_for_text(&mut page, "dialog h2", "This mock asks for its admin token")?;
    assert!(page.texts(".operation")?.is_empty(), "nothing is shown without it");
    page.press(["Escape"])?;
    page.fill("dialog input", "wrong")?;
    page.press(["Enter"])?;
    wait_for_text(&mut page, "dialog .problem", "that was not the token")?;
    page.fill("dialog input", "s3cret")?;
    page.press(["Enter"])?;
    wait_for_text(&mut page, ".found", "13 operations")?;
    assert!(page.texts("dialog")?.is_empty());
    // Nothing that another page of this address could read keeps it.
    let kept =
        page.ask("JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href])")?;
    assert!(!kept.to_string().contains("s3cret"), "{kept}");
    go(&mut page, "operations/0/try")?;
    wait(&mut page, ".attempt .primary")?;
    page.click(".attempt .primary", None)?;
    wait_for_text(&mut page, ".answer-line .status-code", "200")?;
    let headers = served.server().received()[0].headers.clone();
    assert!(!format!("{headers:?}").contains("s3cret"), "the mock's own callers do not learn it");
    let (status, _) = served.ask("GET /__mock/operations", &[], "")?;
    assert_eq!(status, 401);
    Ok(())
}

pub(crate) fn the_page_asks_its_own_server_alone(browser: &Browser) -> Outcome {
    let served = Served::start(documents::SHOP, |builder| builder);
    let mut page = browser.open(&served, "operations/0/about")?;
    wait(&mut page, ".sample pre")?;
    for view in ["operations/0/try", "operations/0/edit", "state", "analytics", "log"] {
        go(&mut page, view)?;
        wait(&mut page, "main *")?;
    }
    let own = served.page("").replace('#', "");
    let requests = page.requests()?;
    assert!(requests.len() > 8 && requests.iter().all(|url| url.starts_with(&own)), "{requests:?}");
    // The page itself is none of the requests that the mock answered.
    assert!(served.server().received().is_empty());
    Ok(())
}

pub(crate) fn a_mock_that_has_ended_is_said_to_be_gone(browser: &Browser) -> Outcome {
    let served = Served::start(documents::SHOP, |builder| builder);
    let mut page = browser.open(&served, "operations")?;
    wait(&mut page, ".operation")?;
    drop(served);
    page.click(".operation", None)?;
    wait_for_text(&mut page, ".pane .problem", "the mock does not answer; is it still running?")?;
    wait(&mut page, ".pane .problem .button")?;
    go(&mut page, "log")?;
    wait_for_text(&mut page, ".problem", "the mock does not answer")?;
    Ok(())
}
