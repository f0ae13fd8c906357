//! The story of an order: taken and captured, replayed in front of mocked services under a tracer, seen to fail in five
//! ways, and played back when the services are gone.
//!
//! ```sh
//! cargo run -p tracesnap-example-order-processing
//! ```

use std::path::Path;

use anyhow::{Context, Result};
use tracesnap::Tracer;
use tracesnap_capture::{CaptureConfig, CaptureLoader, Captures, replay};
use tracesnap_example_order_processing::clients::http::{Addresses, clients};
use tracesnap_example_order_processing::{Address, Evidence, Item, LocalServices, OrderService, Scenario};
use tracesnap_record::file::load;
use tracesnap_record::{Mode, ServiceProvider, Session, Sets};

/// Our own calls, and nobody else's.
const MODULES: [&str; 1] = ["tracesnap_example_order_processing::**"];

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let home = tempfile::tempdir()?;
    let config = CaptureConfig::new().path(home.path().join("captures"));
    let captured = Captures::builder().config(config).build()?;
    let _captured = captured.enter();

    heading("a day in the shop: two orders, whose arguments are captured");
    let mut services = LocalServices::start(Scenario::Paid).await?;
    let provider = provider(home.path(), Mode::Real)?;
    let shop = OrderService::new(clients(&provider, services.addresses())?);
    let tea = || vec![Item::new("TEA-001", 3, 1_250), Item::new("CUP-002", 1, 2_250)];
    let oslo = Address { country: "NO".into(), postcode: "0150".into() };
    println!("{:?}", shop.process_order(7, tea(), "tok_live_4f1c".into(), oslo).await?);
    let moon = Address { country: "XX".into(), postcode: "0".into() };
    println!("{}", shop.process_order(8, tea(), "tok_live_77aa".into(), moon).await.expect_err("nothing goes there"));
    services.stop().await;

    heading("what was kept of the first one; the token was not");
    let first = CaptureLoader::current()?.by_index("OrderService::process_order", 1)?;
    println!("{}", serde_json::to_string_pretty(&first.document.kwargs)?);

    heading("replayed under a tracer, in front of mocked services: all of it in one document");
    let (evidence, played) = again(home.path(), Scenario::Paid).await?;
    print!("{}", yaml_serde::to_string(&evidence)?);

    heading("the same order, when things go wrong");
    println!("{:<18} {:<24} {:<46} what is left behind", "scenario", "failed step", "the customer is told");
    for scenario in Scenario::TROUBLE {
        let (evidence, _) = again(home.path(), scenario).await?;
        let step = evidence.failed_step.as_ref().map_or("none", |failed| &failed.step);
        let told = match &evidence.result {
            Ok(receipt) => format!("{}, {:?}", receipt.order_id, receipt.confirmation),
            Err(error) => error.to_string(),
        };
        let state = evidence.service_state;
        let left = [
            (state.charged, "charged"),
            (state.refunded, "refunded"),
            (state.reserved, "reserved"),
            (state.confirmed, "confirmed"),
        ];
        let left: Vec<_> = left.iter().filter(|(holds, _)| *holds).map(|(_, what)| *what).collect();
        let left = if left.is_empty() { "nothing".to_owned() } else { left.join(", ") };
        println!("{:<18} {step:<24} {told:<46} {left}", format!("{scenario:?}"));
    }

    heading("where it went wrong when somebody else was faster");
    let (evidence, _) = again(home.path(), Scenario::ReservationLost).await?;
    println!("{}", evidence.call_tree.join("\n"));

    heading("the services are gone; what was said is played back");
    let folder = home.path().join("sessions");
    Sets::open(&folder)?.accept(&played.pending.parse()?)?;
    let provider = self::provider(home.path(), Mode::Playback)?;
    let nowhere = OrderService::new(clients(&provider, &played.addresses)?);
    let replayed = replay!(
        OrderService::process_order,
        index = 1,
        with(payment_token = "tok_test_1234".into()),
        receiver = || nowhere.clone()
    )
    .await?;
    provider.cleanup()?;
    println!("{:?}", replayed.into_value()?);
    Ok(())
}

/// A recording that waits for a review, and where those who spoke in it were.
struct Recorded {
    pending: String,
    addresses: Addresses,
}

/// Replays the first order in front of mocked services.
async fn again(home: &Path, scenario: Scenario) -> Result<(Evidence, Recorded)> {
    let mut services = LocalServices::start(scenario).await?;
    let provider = provider(home, Mode::Record)?;
    let shop = OrderService::new(clients(&provider, services.addresses())?);

    let guard = Tracer::builder().modules(MODULES).start()?;
    let replayed = replay!(
        OrderService::process_order,
        index = 1,
        // It was never written down.
        with(payment_token = "tok_test_1234".into()),
        receiver = || shop.clone(),
        // What goes wrong now went well when it was captured.
        unchecked
    )
    .await?;
    let trace = guard.finish();

    let finished = provider.cleanup()?.recorded.context("this mode records")?;
    let session: Session = load(&finished.path)?;
    let recorded = Recorded { pending: finished.pending.context("it waits")?, addresses: services.addresses().clone() };
    services.stop().await;
    Ok((Evidence::of(replayed.into_value(), &trace, &session), recorded))
}

fn provider(home: &Path, mode: Mode) -> Result<ServiceProvider> {
    Ok(ServiceProvider::builder().dir(home.join("sessions")).session("order").mode(mode).build()?)
}

fn heading(text: &str) {
    println!("\n── {text} {}\n", "─".repeat(92_usize.saturating_sub(text.chars().count())));
}
