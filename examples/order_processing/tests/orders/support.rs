//! A shop in front of mocked services, the captures that are checked in, and what is known of a run.

use std::path::Path;

use tempfile::TempDir;
use tracesnap::{Trace, Tracer};
use tracesnap_capture::{CaptureConfig, CaptureGuard, Captures, replay};
use tracesnap_example_order_processing::clients::http::clients;
use tracesnap_example_order_processing::{Evidence, LocalServices, OrderService, Scenario};
use tracesnap_record::file::load;
use tracesnap_record::{Mode, ServiceProvider};

/// The captures that are checked in, for this thread. They stay as they are.
pub(crate) fn checked_in() -> CaptureGuard {
    let config = CaptureConfig::new().path(concat!(env!("CARGO_MANIFEST_DIR"), "/captures")).enabled(false);
    Captures::builder().config(config).build().expect("a configuration").enter()
}

/// In place of the one that was never written down.
pub(crate) const TOKEN: &str = "tok_test_1234";

pub(crate) fn provider(dir: &Path, mode: Mode) -> ServiceProvider {
    ServiceProvider::builder().dir(dir).session("order").mode(mode).build().expect("a provider")
}

/// What is left of a run.
pub(crate) struct Run {
    pub(crate) evidence: Evidence,
    pub(crate) trace: Trace,
    pub(crate) shop: OrderService,
    pub(crate) services: LocalServices,
    /// The session, as it is on the disk.
    pub(crate) session: String,
    _folder: TempDir,
}

/// The order to Norway, taken up in front of mocked services, under a tracer.
pub(crate) async fn replayed(scenario: Scenario) -> Run {
    let _captures = checked_in();
    let folder = tempfile::tempdir().expect("a folder");
    let services = LocalServices::start(scenario).await.expect("ports");
    let provider = provider(folder.path(), Mode::Record);
    let shop = OrderService::new(clients(&provider, services.addresses()).expect("rules"));
    let guard = Tracer::builder().modules(["tracesnap_example_order_processing::**"]).start().expect("a guard");
    let replayed = replay!(
        OrderService::process_order,
        index = 1,
        with(payment_token = TOKEN.into()),
        receiver = || shop.clone(),
        unchecked
    );
    let replayed = replayed.await.expect("a capture");
    let trace = guard.finish();
    let finished = provider.cleanup().expect("it is written").recorded.expect("this mode records");
    let session = load(&finished.path).expect("a session");
    let evidence = Evidence::of(replayed.into_value(), &trace, &session);
    let session = std::fs::read_to_string(&finished.path).expect("a session");
    Run { evidence, trace, shop, services, session, _folder: folder }
}
