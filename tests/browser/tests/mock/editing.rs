//! Answers are edited, and what was edited is what others get.

use serde_json::Value;
use tracesnap_browser::{Page, Served, documents};

use crate::support::{Browser, Outcome, complaints, go, place, wait, wait_for_text};

const BODY: &str = ".edit textarea[aria-label=Body]";
const SAVE: &str = ".edit .form .primary";

fn form(browser: &Browser, served: &Served, operation: &str) -> Result<Page, Box<dyn std::error::Error>> {
    let mut page = browser.open(served, &format!("operations/{}/edit", place(served, operation)))?;
    wait_for_text(&mut page, ".faults", "✓ It keeps to the document.")?;
    Ok(page)
}

/// What is in the form, with another note.
fn note(page: &mut Page, note: &str) -> Outcome {
    let body = page.ask(&format!("document.querySelector({}).value", serde_json::json!(BODY)))?;
    let mut body: Value = serde_json::from_str(body.as_str().unwrap_or_default())?;
    body["note"] = note.into();
    Ok(page.fill(BODY, &serde_json::to_string_pretty(&body)?)?)
}

fn save(page: &mut Page, version: u32) -> Outcome {
    page.until(&format!("!document.querySelector({}).disabled", serde_json::json!(SAVE)))?;
    page.click(SAVE, None)?;
    wait_for_text(page, ".said", &format!("Version {version} answers now"))
}

fn answer(served: &Served) -> Value {
    let (status, body) = served.ask("GET /orders/7", &[], "").expect("it answers");
    assert_eq!(status, 200);
    serde_json::from_str(&body).expect("JSON")
}

pub(crate) fn an_edited_answer_is_what_others_get(browser: &Browser) -> Outcome {
    versions_are_kept_compared_and_taken_back(browser, &Served::start(documents::SHOP, |builder| builder)).map(drop)
}

pub(crate) fn a_database_keeps_versions_and_who_wrote_them(browser: &Browser) -> Outcome {
    let served = Served::with_database(documents::SHOP);
    let mut page = versions_are_kept_compared_and_taken_back(browser, &served)?;
    go(&mut page, "analytics")?;
    wait_for_text(&mut page, ".sheet", "roll back")?;
    let changes = page.text(".sheet section:last-child")?;
    assert!(changes.contains("retire a response") && changes.contains("ada"), "{changes}");
    wait_for_text(&mut page, ".sheet h3", "In development, the last 7 days")?;
    assert_eq!(complaints(&mut page)?, [""; 0]);
    Ok(())
}

fn versions_are_kept_compared_and_taken_back(
    browser: &Browser,
    served: &Served,
) -> Result<Page, Box<dyn std::error::Error>> {
    let by_itself = answer(served);
    let mut page = form(browser, served, "getOrder")?;
    wait_for_text(&mut page, ".versions .empty", "No versions yet.")?;
    page.fill("input[placeholder=who]", "ada")?;
    note(&mut page, "first")?;
    save(&mut page, 1)?;
    assert_eq!(answer(served)["note"], "first");
    wait_for_text(&mut page, ".operation[aria-selected=true]", "edited")?;
    note(&mut page, "second")?;
    save(&mut page, 2)?;
    assert_eq!(answer(served)["note"], "second");

    // What changed is said at once.
    wait_for_text(&mut page, ".difference", "From version 1 to 2")?;
    assert_eq!(page.texts(".change")?, ["~/note \"first\" → \"second\""]);
    assert_eq!(page.texts(".versions tbody tr")?.len(), 2);

    page.click(".versions .link", Some("Roll back"))?;
    wait_for_text(&mut page, ".said", "Version 3 answers now, as version 1 did.")?;
    assert_eq!(answer(served)["note"], "first");
    wait_for_text(&mut page, ".difference", "From version 2 to 3")?;
    assert_eq!(page.texts(".change")?, ["~/note \"second\" → \"first\""]);

    // It asks once more before the mock answers by itself again.
    page.click(".versions .danger", None)?;
    wait_for_text(&mut page, ".versions .danger", "Really?")?;
    assert_eq!(answer(served)["note"], "first");
    page.click(".versions .danger", None)?;
    wait_for_text(&mut page, ".said", "The mock answers again.")?;
    assert_eq!(answer(served), by_itself);
    assert_eq!(complaints(&mut page)?, [""; 0]);
    Ok(page)
}

pub(crate) fn all_faults_are_shown_before_anything_is_saved(browser: &Browser) -> Outcome {
    let served = Served::start(documents::SHOP, |builder| builder);
    let by_itself = answer(&served);
    let mut page = form(browser, &served, "getOrder")?;
    let is_disabled =
        |page: &mut Page| page.ask(&format!("document.querySelector({}).disabled", serde_json::json!(SAVE)));
    page.fill(BODY, "{\"id\": \"seven\", \"status\": \"lost\"}")?;
    wait_for_text(&mut page, ".faults .broken", "fault")?;
    let faults = page.texts(".faults li")?.join("\n");
    for part in ["/id", "/status", "customer_id", "total", "created_at"] {
        assert!(faults.contains(part), "{part}: {faults}");
    }
    assert_eq!(is_disabled(&mut page)?, true);
    assert_eq!(answer(&served), by_itself);

    page.fill(".edit textarea[aria-label^=Headers]", "content-type: application/json\ntransfer-encoding: chunked")?;
    wait_for_text(&mut page, ".faults", "follows from the body")?;
    assert_eq!(is_disabled(&mut page)?, true, "nothing that HTTP does not allow can be kept");
    assert!(page.texts(".edit .form .tick")?.is_empty());

    page.fill(".edit textarea[aria-label^=Headers]", "content-type: application/json")?;
    page.until("document.querySelector('.edit .form .tick').checkVisibility()")?;
    page.click(".edit .form .tick input", None)?;
    save(&mut page, 1)?;
    assert_eq!(answer(&served)["id"], "seven", "whoever wants a broken answer gets one");

    // A status that the document does not have is said, too.
    page.fill("input[aria-label=Status]", "418")?;
    wait_for_text(&mut page, ".faults", "the document has 200, 404, not 418")?;
    page.fill("input[aria-label=Status]", "99")?;
    wait_for_text(&mut page, ".faults", "expected 200 to 599")?;
    wait(&mut page, ".faults .broken")?;
    assert_eq!(complaints(&mut page)?, [""; 0]);
    Ok(())
}
