//! What sessions did is shown, and forgotten on request.

use tracesnap_browser::{Served, documents};

use crate::support::{Browser, Outcome, complaints, wait, wait_for_text};

const ORDER: &str = r#"{"customer_id": "7f9c24e5-2b4a-4f6e-9d0c-2a0f6f5f7a11", "total": 12.5, "note": "two cups"}"#;

pub(crate) fn what_a_session_made_is_shown_and_reset(browser: &Browser) -> Outcome {
    let served = Served::start(documents::SHOP, |builder| builder);
    let (status, created) = served.ask("POST /orders", &[], ORDER)?;
    assert_eq!(status, 201, "{created}");
    let id = serde_json::from_str::<serde_json::Value>(&created)?["id"].to_string();
    served.ask("DELETE /orders/3", &[], "")?;
    served.ask("POST /orders", &["x-mock-session: ada"], ORDER)?;

    let mut page = browser.open(&served, "state")?;
    wait(&mut page, ".item")?;
    let sheet = page.text(".view:not([hidden]) .sheet")?;
    assert!(sheet.contains("two cups") && sheet.contains("Deleted: 3"), "{sheet}");
    assert_eq!(page.text(".item code")?, id);
    page.click(".item summary", None)?;
    wait_for_text(&mut page, ".item pre", "\"two cups\"")?;
    let sessions = page.ask("[...document.querySelector('select[aria-label=Session]').options].map((o) => o.text)")?;
    assert_eq!(sessions, serde_json::json!(["default session", "ada"]));

    // Asked once more, it forgets what this session did, and nothing else.
    page.click(".bar .danger", Some("Reset this session"))?;
    assert_eq!(served.server().mock().session("", 10).collections.len(), 1);
    page.click(".bar .danger", Some("Really?"))?;
    wait_for_text(&mut page, ".empty .what", "Nothing has been changed.")?;
    assert_eq!(served.server().mock().sessions(), ["ada"]);
    let (_, list) = served.ask("GET /orders?per_page=100", &[], "")?;
    assert!(!list.contains("two cups"));

    page.click(".bar .danger", Some("Reset everything"))?;
    page.click(".bar .danger", Some("Really?"))?;
    page.until("document.querySelector('select[aria-label=Session]').options.length === 1")?;
    assert!(served.server().mock().sessions().is_empty());
    assert_eq!(complaints(&mut page)?, [""; 0]);
    Ok(())
}
