//! The service that is asked: a thread of its own, as a service has a machine.

use axum::Router;
use axum::extract::Path;
use axum::routing::get;

/// Starts it, and gives its address.
pub fn start() -> String {
    let (send, receive) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let answer = |Path(id): Path<String>| async move { ([("content-type", "application/json")], body(&id)) };
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
            send.send(listener.local_addr().expect("an address")).expect("told");
            axum::serve(listener, Router::new().route("/items/{id}", get(answer))).await.expect("served");
        });
    });
    format!("http://{}", receive.recv().expect("an address"))
}

/// What it says of an item: some 300 bytes of JSON.
pub fn body(id: &str) -> String {
    format!(
        r#"{{"id":"{id}","title":"Walnut desk, oiled, 140 by 70 cm","quantity":3,"unit_price":19.99,"currency":"EUR","tags":["office","wood","oiled"],"supplier":{{"name":"Example Joinery","city":"Utrecht","since":1998}},"stock":[{{"place":"Utrecht","count":12}},{{"place":"Lyon","count":4}}]}}"#
    )
}

/// An item as it stands in addresses: always of one length.
pub fn id(n: usize) -> String {
    format!("item-{n:06}")
}
