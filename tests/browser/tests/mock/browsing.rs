//! Operations are found, and shown with all that is known of them.

use tracesnap_browser::{Served, documents};

use crate::support::{Browser, Outcome, complaints, place, wait, wait_for_text};

pub(crate) fn operations_are_listed_and_filtered(browser: &Browser) -> Outcome {
    let served = Served::start(documents::SHOP, |builder| builder);
    let mut page = browser.open(&served, "")?;
    assert_eq!(page.text("h1")?, "Tea shop");
    wait_for_text(&mut page, ".found", "13 operations")?;
    assert_eq!(page.texts(".operation .path")?.len(), 13);
    assert!(page.texts(".chip")?.contains(&"13 operations".to_owned()));

    page.press(["/"])?;
    page.write("post order")?;
    wait_for_text(&mut page, ".found", "1 of 13 operations")?;
    assert_eq!(page.texts(".operation .about")?, ["Place an order"]);
    page.fill(".filters input", "no such thing")?;
    wait_for_text(&mut page, ".empty .what", "No operation is like that.")?;
    page.click(".empty .link", Some("Show all"))?;
    wait_for_text(&mut page, ".found", "13 operations")?;

    let mut choose = |label: &str, value: &str| -> Result<Vec<String>, Box<dyn std::error::Error>> {
        page.ask(&format!(
            "(() => {{ const s = document.querySelector('select[aria-label=\"Filter by {label}\"]'); s.value = '{value}'; s.dispatchEvent(new Event('change')); }})()"
        ))?;
        Ok(page.texts(".operation .about")?)
    };
    assert_eq!(choose("method", "DELETE")?, ["Cancel an order"]);
    assert_eq!(choose("method", "")?.len(), 13);
    assert_eq!(choose("tag", "account")?, ["Sign in", "Who is signed in"]);
    assert_eq!(choose("pattern", "auth")?, ["Sign in"]);
    choose("tag", "")?;
    assert_eq!(choose("pattern", "search")?, ["Find customers by name or city"]);
    choose("pattern", "")?;
    assert!(choose("strategy", "template")?.len() < 13);
    assert_eq!(complaints(&mut page)?, [""; 0]);
    Ok(())
}

pub(crate) fn an_operation_is_shown_with_patterns_schema_and_samples(browser: &Browser) -> Outcome {
    let served = Served::start(documents::SHOP, |builder| builder);
    let mut page = browser.open(&served, "operations")?;
    wait(&mut page, ".operation")?;
    page.click(".operation", Some("List orders"))?;
    wait(&mut page, ".sample pre")?;
    assert_eq!(page.text("h2")?, "GET /orders");
    assert_eq!(page.ask("location.hash")?, format!("#operations/{}/about", place(&served, "listOrders")));
    let patterns = page.texts(".pattern .badge")?;
    assert!(patterns.contains(&"CRUD".to_owned()) && patterns.contains(&"pagination".to_owned()), "{patterns:?}");
    assert!(!page.texts(".reasons li")?.is_empty());
    assert!(page.text(".about-operation")?.contains("Part of a store: it lists `order`"));
    assert!(page.text(".description")?.contains("Newest first, in pages."));
    assert_eq!(page.texts(".parameters .schema-name")?[..3], ["page", "per_page", "status"]);
    assert!(page.text(".about-operation")?.contains("minimum 1 · maximum 100"));
    assert!(page.texts(".schema .schema-name")?.contains(&"orders".to_owned()));

    // What is shown is what the mock would say.
    let sample = served.server().mock().sample(place(&served, "listOrders"), None, 0).expect("a sample");
    let shown: serde_json::Value = serde_json::from_str(&page.text(".sample pre")?)?;
    assert_eq!(Some(shown), sample.json());
    page.click(".about-operation .segmented label", Some("Basic"))?;
    page.until("!document.querySelector('.sample pre').textContent.includes('updated_at')")?;
    page.click(".about-operation .button", Some("Another"))?;
    wait(&mut page, ".sample pre")?;
    assert_eq!(complaints(&mut page)?, [""; 0]);
    Ok(())
}

pub(crate) fn a_thousand_operations_are_listed_and_a_few_are_drawn(browser: &Browser) -> Outcome {
    let served = Served::start(&documents::large(3_000), |builder| builder);
    let mut page = browser.open(&served, "operations")?;
    wait_for_text(&mut page, ".found", "3,000 operations")?;
    let drawn = |page: &mut tracesnap_browser::Page| page.ask("document.querySelectorAll('.operation').length");
    assert!(drawn(&mut page)?.as_u64().is_some_and(|rows| (1..60).contains(&rows)));
    page.ask("document.querySelector('.list').focus()")?;
    page.press(["End"])?;
    wait_for_text(&mut page, ".operation[aria-selected=true]", "/things2999/{id}")?;
    wait_for_text(&mut page, "h2", "/things2999/{id}")?;
    assert!(drawn(&mut page)?.as_u64().is_some_and(|rows| (1..60).contains(&rows)));
    assert_eq!(page.ask("document.querySelector('.operation[aria-selected=true]').ariaPosInSet")?, "3000");
    page.fill(".filters input", "things1234")?;
    wait_for_text(&mut page, ".found", "1 of 3,000 operations")?;
    assert_eq!(page.texts(".operation .path")?, ["/things1234/{id}"]);
    Ok(())
}

pub(crate) fn a_document_without_operations_says_what_to_do(browser: &Browser) -> Outcome {
    let served = Served::start("openapi: 3.0.3\ninfo: { title: Nothing, version: '1' }\npaths: {}", |builder| builder);
    let mut page = browser.open(&served, "operations")?;
    wait_for_text(&mut page, ".empty", "tracesnap mock inspect")?;
    assert!(page.text(".side .empty")?.starts_with("The document has no operations."));
    for (view, says) in [
        ("state", "Nothing has been changed."),
        ("analytics", "Nothing has been answered yet."),
        ("log", "No request yet."),
    ] {
        crate::support::go(&mut page, view)?;
        wait_for_text(&mut page, ".empty .what", says)?;
    }
    assert_eq!(complaints(&mut page)?, [""; 0]);
    Ok(())
}
