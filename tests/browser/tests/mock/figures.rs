//! Numbers and the log are those of the server.

use tracesnap_browser::{Served, documents};

use crate::support::{Browser, Outcome, complaints, wait, wait_for_text};

pub(crate) fn analytics_show_what_was_answered(browser: &Browser) -> Outcome {
    let served = Served::with_database(documents::SHOP);
    for id in 1..=4 {
        served.ask(&format!("GET /orders/{id}"), &[], "")?;
    }
    served.ask("GET /orders/first", &[], "")?;
    served.ask("GET /nowhere", &[], "")?;
    let mut page = browser.open(&served, "analytics")?;
    wait(&mut page, ".tiles")?;
    let tiles = page.texts(".tile")?;
    assert!(tiles[0].starts_with("Requests6"), "{tiles:?}");
    for (at, name) in ["P50", "P95", "P99"].iter().enumerate() {
        assert!(tiles[at + 1].starts_with(name) && !tiles[at + 1].contains('–'), "{tiles:?}");
    }
    assert!(
        tiles.iter().any(|tile| tile.starts_with("Quality score") && tile.contains("the gate of 0.9")),
        "{tiles:?}"
    );
    let rows = page.texts(".sheet tbody tr")?;
    assert!(
        rows.iter().any(|row| row.starts_with("GET /orders/{id}5") && row.contains("200 4") && row.contains("422 1")),
        "{rows:?}"
    );
    assert!(rows.iter().any(|row| row.starts_with("no operation1")), "{rows:?}");
    let titles = page.texts(".sheet h3")?;
    for title in ["Where answers came from", "Cache", "Settings"] {
        assert!(titles.iter().any(|one| one == title), "{titles:?}");
    }
    assert!(rows.iter().any(|row| row.starts_with("memoryup")), "{rows:?}");
    page.click(".sheet .link.code", Some("/orders/{id}"))?;
    wait_for_text(&mut page, "h2", "/orders/{id}")?;
    assert_eq!(complaints(&mut page)?, [""; 0]);
    Ok(())
}

pub(crate) fn the_log_shows_requests_as_they_come(browser: &Browser) -> Outcome {
    let served = Served::start(documents::SHOP, |builder| builder);
    let mut page = browser.open(&served, "log")?;
    wait_for_text(&mut page, ".empty", "No request yet.")?;
    served.ask("GET /orders/7", &[], "")?;
    served.ask("GET /orders/first", &[], "")?;
    // By itself, within about a second.
    page.until("document.querySelectorAll('.request').length === 2")?;
    let rows = page.texts(".request summary")?;
    assert!(rows[0].contains("/orders/first") && rows[0].contains("422") && rows[0].contains("request"), "{rows:?}");
    assert!(rows[1].contains("/orders/7") && rows[1].contains("200") && rows[1].contains("state"), "{rows:?}");
    page.click(".request summary", Some("/orders/7"))?;
    assert_eq!(page.texts(".inside .why li")?, served.server().received()[0].explain);
    page.fill(".bar input[type=search]", "422")?;
    assert_eq!(page.texts(".request summary")?.len(), 1);
    page.fill(".bar input[type=search]", "")?;

    page.click(".bar .tick", Some("Live"))?;
    served.ask("GET /customers", &[], "")?;
    page.ask("new Promise((done) => setTimeout(() => done(true), 2500))")?;
    assert_eq!(page.texts(".request summary")?.len(), 2, "nothing moves while somebody reads");
    page.click(".bar .tick", Some("Live"))?;
    page.until("document.querySelectorAll('.request').length === 3")?;
    page.click(".bar .button", Some("Clear"))?;
    wait_for_text(&mut page, ".empty", "No request yet.")?;
    assert!(served.server().received().is_empty());
    served.ask("GET /customers", &[], "")?;
    page.until("document.querySelectorAll('.request').length === 1")?;
    assert_eq!(complaints(&mut page)?, [""; 0]);
    Ok(())
}
