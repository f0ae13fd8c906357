//! Calls are tried, and what comes back is shown as it is.

use serde_json::{Value, json};
use tracesnap_browser::{Page, Served, documents};

use crate::support::{Browser, Outcome, complaints, go, place, wait, wait_for_text};

/// Opens the form, filled in, for an operation.
fn form(browser: &Browser, served: &Served, operation: &str) -> Result<Page, Box<dyn std::error::Error>> {
    let mut page = browser.open(served, &format!("operations/{}/try", place(served, operation)))?;
    wait(&mut page, ".attempt .primary")?;
    Ok(page)
}

fn send(page: &mut Page, status: u16) -> Outcome {
    page.click(".attempt .primary", None)?;
    wait_for_text(page, ".answer-line .status-code", &status.to_string())
}

pub(crate) fn a_call_is_filled_in_sent_and_explained(browser: &Browser) -> Outcome {
    let served = Served::start(documents::SHOP, |builder| builder);
    let mut page = form(browser, &served, "createOrder")?;
    // What is filled in succeeds as it is.
    send(&mut page, 201)?;
    let [created] = &served.server().calls("createOrder")[..] else { panic!("one call") };
    let sent: Value = created.json().expect("JSON");
    let shown: Value = serde_json::from_str(&page.text(".result pre")?)?;
    assert_eq!(shown["total"], sent["total"]);
    assert_eq!(page.text(".answer-line .source")?, "state");
    assert_eq!(page.texts(".why li")?, created.explain);
    let answer_line = page.text(".answer-line")?;
    assert!(["µs", "ms", " s"].iter().any(|unit| answer_line.contains(unit)), "{answer_line}");
    page.click(".result details summary", None)?;
    assert!(page.texts(".result .headers dt")?.contains(&"location".to_owned()));

    // What was created is read back, in the session that is named.
    go(&mut page, &format!("operations/{}/try", place(&served, "getOrder")))?;
    wait_for_text(&mut page, "h2", "/orders/{id}")?;
    page.fill(".parameter input", &shown["id"].to_string())?;
    send(&mut page, 200)?;
    assert_eq!(serde_json::from_str::<Value>(&page.text(".result pre")?)?, shown);
    assert!(page.text(".curl")?.contains(&format!("/orders/{}'", shown["id"])), "{}", page.text(".curl")?);
    page.fill("input[aria-label=Session]", "another")?;
    send(&mut page, 200)?;
    page.until("!document.querySelector('.result pre')?.textContent.includes('\"total\": 12345')")?;
    assert_eq!(
        served.server().received().last().and_then(|one| one.headers.get("x-mock-session").cloned()),
        Some("another".parse()?)
    );
    page.press(["Enter"])?;
    assert_eq!(complaints(&mut page)?, [""; 0]);
    Ok(())
}

pub(crate) fn what_is_wrong_with_a_call_is_shown(browser: &Browser) -> Outcome {
    let served = Served::start(documents::SHOP, |builder| builder);
    let mut page = form(browser, &served, "createOrder")?;
    page.fill(".attempt textarea", "{\"total\": \"much\"}")?;
    send(&mut page, 422)?;
    assert_eq!(page.text(".answer-line .source")?, "request");
    let complaint = page.text(".complaint")?;
    assert!(complaint.contains("customer_id") && complaint.contains("total"), "{complaint}");
    // A status that is asked for comes, whatever is sent.
    go(&mut page, &format!("operations/{}/try", place(&served, "getOrder")))?;
    wait_for_text(&mut page, "h2", "/orders/{id}")?;
    page.ask("(() => { const s = document.querySelector('select[aria-label=\"Status that is asked for\"]'); s.value = '404'; s.dispatchEvent(new Event('change')); })()")?;
    send(&mut page, 404)?;
    // A header that HTTP does not allow is refused where it is written.
    page.click("fieldset .link[title='Add a header']", None)?;
    page.write("bad name")?;
    page.fill("input[aria-label=Value]", "x")?;
    page.click(".attempt .primary", None)?;
    wait_for_text(&mut page, ".result .problem", "`bad name` has a name that HTTP does not allow")?;
    assert_eq!(complaints(&mut page)?, [""; 0]);
    Ok(())
}

pub(crate) fn redirects_cookies_and_pictures_are_shown_as_they_are(browser: &Browser) -> Outcome {
    let served = Served::start(documents::SHOP, |builder| builder);
    let mut page = form(browser, &served, "oldHome")?;
    send(&mut page, 302)?;
    go(&mut page, &format!("operations/{}/try", place(&served, "whoAmI")))?;
    wait_for_text(&mut page, "h2", "/me")?;
    send(&mut page, 200)?;
    let cookie = served.server().calls("whoAmI")[0].headers.get("cookie").cloned();
    assert!(cookie.is_some_and(|cookie| cookie.to_str().is_ok_and(|text| text.starts_with("SESSION="))));
    go(&mut page, &format!("operations/{}/try", place(&served, "getPhoto")))?;
    wait_for_text(&mut page, "h2", "/photo")?;
    send(&mut page, 200)?;
    wait(&mut page, ".result img")?;
    page.until("document.querySelector('.result img').naturalWidth > 0")?;
    assert_eq!(complaints(&mut page)?, [""; 0]);
    Ok(())
}

pub(crate) fn a_request_of_the_log_is_tried_again(browser: &Browser) -> Outcome {
    let served = Served::start(documents::SHOP, |builder| builder);
    let body = json!({"customer_id": "7f9c24e5-2b4a-4f6e-9d0c-2a0f6f5f7a11", "total": 77}).to_string();
    served.ask("POST /v1/orders?tag=x", &["x-mock-session: ada"], &body)?;
    let mut page = browser.open(&served, "log")?;
    wait(&mut page, ".request")?;
    page.click(".request summary", None)?;
    page.click(".inside .link", Some("Try it again"))?;
    wait(&mut page, ".attempt .primary")?;
    assert!(page.text("h2")?.contains("POST /orders"));
    send(&mut page, 201)?;
    let received = served.server().received();
    assert_eq!(received.len(), 2);
    assert_eq!(received[1].target, received[0].target);
    assert_eq!(received[1].json(), received[0].json());
    assert_eq!(received[1].headers["x-mock-session"], "ada");
    Ok(())
}
