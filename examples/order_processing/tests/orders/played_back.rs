//! The services are gone, and the recording answers.

use tracesnap_capture::replay;
use tracesnap_example_order_processing::clients::http::clients;
use tracesnap_example_order_processing::{LocalServices, OrderError, OrderService, Receipt, Scenario};
use tracesnap_record::{Mode, ServiceProvider, Sets};

use crate::support::{TOKEN, checked_in, provider};

async fn order(provider: &ServiceProvider, services: &LocalServices) -> Result<Receipt, OrderError> {
    let shop = OrderService::new(clients(provider, services.addresses()).expect("rules"));
    let replayed =
        replay!(OrderService::process_order, index = 1, with(payment_token = TOKEN.into()), receiver = || shop.clone());
    replayed.await.expect("it does what it did").into_value()
}

#[tokio::test]
async fn an_order_is_the_same_when_the_services_are_gone() {
    let _captures = checked_in();
    let folder = tempfile::tempdir().expect("a folder");
    let mut services = LocalServices::start(Scenario::Paid).await.expect("ports");
    let recording = provider(folder.path(), Mode::Record);
    let live = order(&recording, &services).await;
    let finished = recording.cleanup().expect("it is written").recorded.expect("this mode records");
    let pending = finished.pending.expect("it waits").parse().expect("an id");
    Sets::open(folder.path()).expect("a folder").accept(&pending).expect("it is accepted");

    services.stop().await;
    let playing = provider(folder.path(), Mode::Playback);
    assert_eq!(order(&playing, &services).await, live);
    playing.cleanup().expect("all of it was asked for");
}
