//! Each part of one's own at work, one after the other.
//!
//! ```sh
//! cargo run -p tracesnap-example-custom-parts
//! cargo run -p tracesnap-example-custom-parts --features sqlite    # with libsqlite3-dev
//! ```

use anyhow::Result;
use tracesnap::Tracer;
use tracesnap_capture::{CaptureConfig, CaptureLoader, Captures, Serializer, load};
use tracesnap_example_custom_parts::cbor::Cbor;
use tracesnap_example_custom_parts::pii::{self, Strict};
use tracesnap_example_custom_parts::shop::process_order;
use tracesnap_example_custom_parts::{mermaid, production};

fn main() -> Result<()> {
    let home = tempfile::tempdir()?;
    let note = "ask E-20417 (ada@example.com) before you ship";

    heading("a rule of one's own: staff numbers go, from captures and traces");
    let config = CaptureConfig::new().path(home.path().join("ruled"));
    let captures = Captures::builder().config(config).policy(pii::policy()?).build()?;
    let (order, trace) = captures_hold(&captures, || {
        Tracer::builder().redact(pii::policy()?).trace(|| process_order(7, note, 3_000)).map_err(anyhow::Error::from)
    })?;
    captures_hold(&captures, || {
        let document = CaptureLoader::current()?.latest("process_order")?.document;
        println!("capture: {}", document.kwargs["note"]);
        Ok(())
    })?;
    println!("trace:\n{}\n{order:?}", trace.snapshot());

    heading("a filter of one's own: what held anything secret goes as a whole");
    let config = CaptureConfig::new().path(home.path().join("strict")).filter(Strict::new(pii::policy()?));
    let strict = Captures::builder().config(config).policy(pii::policy()?).build()?;
    captures_hold(&strict, || {
        process_order(8, note, 3_000).map_err(anyhow::Error::msg)?;
        let document = CaptureLoader::current()?.latest("process_order")?.document;
        println!(
            "{}\nkept back by {}",
            serde_json::to_string(&document.kwargs)?,
            serde_json::to_string(&document.metadata.redacted)?
        );
        Ok(())
    })?;

    heading("a form of one's own: documents as CBOR");
    let config = CaptureConfig::new().path(home.path().join("cbor")).serializer(Cbor);
    let compact = Captures::builder().config(config).build()?;
    captures_hold(&compact, || {
        process_order(9, "quick, please", 3_000).map_err(anyhow::Error::msg)?;
        let case = load!(process_order)?;
        let json = case.document.to_json();
        let cbor = Cbor.store(json.as_bytes()).map_err(anyhow::Error::from_boxed)?;
        println!("loaded again: {}, {:?}", case.args.customer_id, case.args.note);
        println!("{} bytes of JSON, {} of CBOR", json.len(), cbor.len());
        Ok(())
    })?;

    heading("production: a thousand orders, one in ten is captured and traced");
    let config = production::captures()?.seed(7).path(home.path().join("production"));
    let captures = Captures::builder().config(config).build()?;
    let guard = production::tracer().sampling(tracesnap::Sampling::ratio(production::SAMPLED).seed(7)).start()?;
    captures_hold(&captures, || {
        (0..1_000).for_each(|customer| drop(process_order(customer, "", 3_000)));
        Ok(())
    })?;
    captures.flush();
    let trace = guard.finish();
    println!(
        "{} calls recorded, {} left out, {} captured",
        trace.stats().recorded,
        trace.stats().sampled_out,
        captures.stats().captured
    );
    println!(
        "and no test passes by chance on it:\n{}",
        trace.assertions().try_assert_not_called("refund").expect_err("it is a sample")
    );

    heading("an export of one's own: a sequence diagram");
    captures_hold(&captures, || {
        let orders = || (process_order(7, "", 3_000), process_order(8, "", 90_000));
        let (_, trace) = Tracer::builder().modules(["tracesnap_example_custom_parts::**"]).trace(orders)?;
        Ok(mermaid::write(&trace, std::io::stdout())?)
    })?;

    #[cfg(feature = "sqlite")]
    in_a_database(home.path())?;
    #[cfg(not(feature = "sqlite"))]
    println!("\nCaptures in a database: with `--features sqlite`.");
    Ok(())
}

#[cfg(feature = "sqlite")]
fn in_a_database(home: &std::path::Path) -> Result<()> {
    use tracesnap_example_custom_parts::database;

    heading("a store of one's own: captures in SQLite");
    let path = home.join("captures.db");
    let captures = Captures::builder().config(database::captures_in(&path)?).build()?;
    captures_hold(&captures, || {
        (0..3).for_each(|customer| drop(process_order(customer, "", 3_000)));
        println!("the latest, loaded: customer {}", load!(process_order)?.args.customer_id);
        for (name, count, bytes) in database::sizes(&path)? {
            println!("asked in SQL: {name}, {count} captures, {bytes} bytes");
        }
        Ok(())
    })
}

/// Runs it with these captures.
fn captures_hold<T>(captures: &Captures, run: impl FnOnce() -> Result<T>) -> Result<T> {
    let _captures = captures.enter();
    run()
}

fn heading(text: &str) {
    println!("\n── {text} {}\n", "─".repeat(88_usize.saturating_sub(text.chars().count())));
}
