//! Takes pictures of the page of a mock, in both themes and several widths, to be looked at.
//!
//! ```sh
//! cargo run -p tracesnap-browser --example mock_pictures -- <directory> [<document>]
//! ```

use std::error::Error;
use std::fs;
use std::io::Result;
use std::path::{Path, PathBuf};
use std::time::Instant;

use tracesnap_browser::{Chromium, Page, Served, Theme, documents, find};

const WIDE: (u32, u32) = (1440, 900);
const HALF: (u32, u32) = (820, 900);
const NARROW: (u32, u32) = (400, 800);

/// What is done before a picture is taken.
type Prepare = fn(&mut Page) -> Result<()>;

fn main() -> std::result::Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let directory = PathBuf::from(arguments.next().unwrap_or_else(|| "target/pictures".into()));
    fs::create_dir_all(&directory)?;
    let chromium = Chromium::start(&find()?)?;
    if let Some(document) = arguments.next() {
        let begun = Instant::now();
        let served = Served::start(&fs::read_to_string(&document)?, |builder| builder);
        println!("{document} is served after {:?}", begun.elapsed());
        let begun = Instant::now();
        let mut page = chromium.visit(&served.page("operations"), WIDE, Theme::Light)?;
        page.until("document.querySelector('.operation') !== null")?;
        println!("{} shown after {:?}", page.text(".found")?, begun.elapsed());
        let begun = Instant::now();
        page.click(".operation", None)?;
        page.until("document.querySelector('.operation-head') !== null")?;
        println!("{} shown after {:?}", page.text("h2")?, begun.elapsed());
        fs::write(directory.join("document.png"), page.screenshot()?)?;
        return Ok(());
    }

    let served = Served::with_database(documents::SHOP);
    for id in 1..=30 {
        served.ask(&format!("GET /orders/{id}"), &[], "")?;
    }
    for line in
        ["GET /orders?page=2", "GET /orders/first", "GET /customers", "GET /nowhere", "GET /customers/search?q=tea"]
    {
        served.ask(line, &["x-mock-session: ada"], "")?;
    }
    let order = r#"{"customer_id": "7f9c24e5-2b4a-4f6e-9d0c-2a0f6f5f7a11", "total": 12.5, "note": "two cups"}"#;
    served.ask("POST /orders", &[], order)?;
    served.ask("DELETE /orders/7", &[], "")?;
    served.ask("POST /orders", &[], "{\"total\": -1}")?;

    let views: [(&str, &str, Prepare); 9] = [
        ("list", "operations", |_| Ok(())),
        ("about", "operations/0/about", |page| page.until("document.querySelector('.sample pre') !== null")),
        ("try", "operations/1/try", |page| {
            page.until("document.querySelector('.attempt .primary') !== null")?;
            page.click(".attempt .primary", None)?;
            page.until("document.querySelector('.answer-line') !== null")
        }),
        ("try-refused", "operations/1/try", |page| {
            page.until("document.querySelector('.attempt .primary') !== null")?;
            page.fill(".attempt textarea", "{\"total\": \"much\"}")?;
            page.click(".attempt .primary", None)?;
            page.until("document.querySelector('.answer-line') !== null")
        }),
        ("edit", "operations/2/edit", |page| {
            page.until("document.querySelector('.fine') !== null && !document.querySelector('.waiting')")?;
            for note in ["kept cold", "kept warm"] {
                let body = page.ask("document.querySelector('.edit textarea[aria-label=Body]').value")?;
                let mut body: serde_json::Value = serde_json::from_str(body.as_str().unwrap_or_default())?;
                body["note"] = note.into();
                page.fill(".edit textarea[aria-label=Body]", &serde_json::to_string_pretty(&body)?)?;
                page.fill(".edit input[placeholder='who']", "ada")?;
                page.until("!document.querySelector('.edit .primary').disabled")?;
                page.click(".edit .primary", None)?;
                page.until("document.querySelector('.said .fine') !== null")?;
            }
            page.until("document.querySelector('.difference .change, .difference .muted') !== null")
        }),
        ("edit-broken", "operations/2/edit", |page| {
            page.until("document.querySelector('.fine') !== null")?;
            page.fill(".edit textarea[aria-label=Body]", "{\n  \"id\": \"seven\"\n}")?;
            page.until("document.querySelector('.broken') !== null")
        }),
        ("state", "state", |page| {
            page.until("document.querySelector('.item') !== null")?;
            page.click(".item summary", None)
        }),
        ("analytics", "analytics", |page| page.until("document.querySelector('.tiles') !== null")),
        ("log", "log", |page| {
            page.until("document.querySelector('.request') !== null")?;
            page.click(".request summary", None)
        }),
    ];
    for (size, width) in [(WIDE, "wide"), (HALF, "half"), (NARROW, "narrow")] {
        for theme in [Theme::Light, Theme::Dark] {
            for (name, view, prepare) in views {
                let mut page = chromium.visit(&served.page(view), size, theme)?;
                page.until("document.querySelector('.chip') !== null")?;
                prepare(&mut page).map_err(|error| format!("{name} {width}: {error}"))?;
                save(&directory, &format!("mock-{name}-{width}-{theme:?}").to_lowercase(), &mut page)?;
            }
        }
    }
    Ok(())
}

fn save(directory: &Path, name: &str, page: &mut Page) -> std::result::Result<(), Box<dyn Error>> {
    let path = directory.join(format!("{name}.png"));
    fs::write(&path, page.screenshot()?)?;
    println!("{}", path.display());
    for complaint in page.complaints()? {
        println!("  {complaint}");
    }
    Ok(())
}
