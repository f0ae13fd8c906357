//! Calls of gRPC in all four shapes are recorded and played back, with or without descriptors.

use std::pin::Pin;

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use http::{Request, Response};
use prost::Message;
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{
    DescriptorProto, FieldDescriptorProto, FileDescriptorProto, FileDescriptorSet, MethodDescriptorProto,
    ServiceDescriptorProto,
};
use tonic::server::{ClientStreamingService, ServerStreamingService, StreamingService, UnaryService};
use tonic::{Code, Status, Streaming};
use tonic_prost::ProstCodec;
use tracesnap_http::{Body, BoxError, Http, HttpBuilder};
use tracesnap_leaks::everything;
use tracesnap_record::Mode;

use crate::support::*;

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Order {
    #[prost(string, tag = "1")]
    pub(crate) item: String,
    #[prost(uint32, tag = "2")]
    pub(crate) count: u32,
    #[prost(string, tag = "3")]
    pub(crate) api_key: String,
}

pub(crate) fn order(item: &str, count: u32) -> Order {
    Order { item: item.to_owned(), count, api_key: "hunter2-k".to_owned() }
}

/// What `protoc` would say of it.
pub(crate) fn descriptors() -> prost_reflect::DescriptorPool {
    let field = |name: &str, number, of: Type| FieldDescriptorProto {
        name: Some(name.to_owned()),
        number: Some(number),
        label: Some(Label::Optional.into()),
        r#type: Some(of.into()),
        ..Default::default()
    };
    let message = DescriptorProto {
        name: Some("Order".to_owned()),
        field: vec![field("item", 1, Type::String), field("count", 2, Type::Uint32), field("api_key", 3, Type::String)],
        ..Default::default()
    };
    let method = |name: &str| MethodDescriptorProto {
        name: Some(name.to_owned()),
        input_type: Some(".shop.Order".to_owned()),
        output_type: Some(".shop.Order".to_owned()),
        ..Default::default()
    };
    let file = FileDescriptorProto {
        name: Some("shop.proto".to_owned()),
        package: Some("shop".to_owned()),
        message_type: vec![message],
        service: vec![ServiceDescriptorProto {
            name: Some("Orders".to_owned()),
            method: ["Unary", "Server", "Client", "Both", "Talk", "Fail"].map(method).into(),
            ..Default::default()
        }],
        syntax: Some("proto3".to_owned()),
        ..Default::default()
    };
    prost_reflect::DescriptorPool::from_file_descriptor_set(FileDescriptorSet { file: vec![file] })
        .expect("descriptors")
}

pub(crate) type Orders = Pin<Box<dyn Stream<Item = Result<Order, Status>> + Send>>;
pub(crate) type Reply<T> = Pin<Box<dyn Future<Output = Result<tonic::Response<T>, Status>> + Send>>;

#[derive(Clone)]
struct Shop;

impl UnaryService<Order> for Shop {
    type Response = Order;
    type Future = Reply<Order>;

    fn call(&mut self, request: tonic::Request<Order>) -> Self::Future {
        Box::pin(async move {
            let asked = request.into_inner();
            if asked.item == "none" {
                return Err(Status::not_found("there is no such item"));
            }
            Ok(tonic::Response::new(Order { count: asked.count + 1, ..asked }))
        })
    }
}

impl ServerStreamingService<Order> for Shop {
    type Response = Order;
    type ResponseStream = Orders;
    type Future = Reply<Orders>;

    fn call(&mut self, request: tonic::Request<Order>) -> Self::Future {
        let asked = request.into_inner();
        let all = (0..asked.count).map(move |n| Ok(order(&asked.item, n)));
        Box::pin(async move { Ok(tonic::Response::new(Box::pin(stream::iter(all.collect::<Vec<_>>())) as Orders)) })
    }
}

impl ClientStreamingService<Order> for Shop {
    type Response = Order;
    type Future = Reply<Order>;

    fn call(&mut self, request: tonic::Request<Streaming<Order>>) -> Self::Future {
        Box::pin(async move {
            let count =
                request.into_inner().fold(0, |sum, one| async move { sum + one.map_or(0, |one| one.count) }).await;
            Ok(tonic::Response::new(order("sum", count)))
        })
    }
}

impl StreamingService<Order> for Shop {
    type Response = Order;
    type ResponseStream = Orders;
    type Future = Reply<Orders>;

    fn call(&mut self, request: tonic::Request<Streaming<Order>>) -> Self::Future {
        let echoed = request.into_inner().map(|one| one.map(|one| Order { count: one.count * 10, ..one }));
        Box::pin(async move { Ok(tonic::Response::new(Box::pin(echoed) as Orders)) })
    }
}

async fn shop() -> String {
    let address = serve_with(|request: Request<hyper::body::Incoming>| async move {
        let path = request.uri().path().to_owned();
        let mut grpc = tonic::server::Grpc::new(ProstCodec::<Order, Order>::default());
        let response = match path.as_str() {
            "/shop.Orders/Server" => grpc.server_streaming(Shop, request).await,
            "/shop.Orders/Client" => grpc.client_streaming(Shop, request).await,
            "/shop.Orders/Both" => grpc.streaming(Shop, request).await,
            _ => grpc.unary(Shop, request).await,
        };
        response.map(Body::new)
    })
    .await;
    format!("http://{address}")
}

/// All four shapes and a failure, as a program sees them.
async fn talk<S>(service: S) -> Vec<String>
where
    S: tower::Service<Request<tonic::body::Body>, Response = Response<Body>, Error = BoxError> + Clone,
{
    let path = |method: &str| http::uri::PathAndQuery::try_from(format!("/shop.Orders/{method}")).expect("a path");
    let codec = ProstCodec::<Order, Order>::default;
    let mut client = tonic::client::Grpc::new(service);
    let mut seen = Vec::new();
    let mut note = |name: &str, orders: Vec<Order>| {
        let orders: Vec<_> = orders.iter().map(|one| format!("{} {}", one.item, one.count)).collect();
        seen.push(format!("{name}: {}", orders.join(", ")));
    };
    client.ready().await.expect("ready");
    let unary = client.unary(tonic::Request::new(order("desk", 1)), path("Unary"), codec()).await.expect("answered");
    note("unary", vec![unary.into_inner()]);
    client.ready().await.expect("ready");
    let streamed = client
        .server_streaming(tonic::Request::new(order("lamp", 3)), path("Server"), codec())
        .await
        .expect("answered");
    note("server", streamed.into_inner().map(|one| one.expect("an order")).collect().await);
    let orders = || stream::iter((1..4).map(|n| order("chair", n)));
    client.ready().await.expect("ready");
    let sum = client.client_streaming(tonic::Request::new(orders()), path("Client"), codec()).await.expect("answered");
    note("client", vec![sum.into_inner()]);
    client.ready().await.expect("ready");
    let both = client.streaming(tonic::Request::new(orders()), path("Both"), codec()).await.expect("answered");
    note("both", both.into_inner().map(|one| one.expect("an order")).collect().await);
    client.ready().await.expect("ready");
    let failed = client.unary(tonic::Request::new(order("none", 0)), path("Fail"), codec()).await;
    let failed = failed.map(|_: tonic::Response<Order>| ()).expect_err("it fails");
    assert_eq!(failed.code(), Code::NotFound);
    seen.push(format!("fail: {}", failed.message()));
    seen
}

async fn check(builder: impl Fn() -> HttpBuilder) -> tracesnap_record::Session {
    let url = shop().await;
    let recordings = Recordings::new();
    let recording = recordings.http_with(Mode::Record, builder());
    let channel = tonic::transport::Endpoint::from_shared(url).expect("an address").connect_lazy();
    let said = talk(recording.tonic(channel)).await;
    assert_eq!(
        said,
        [
            "unary: desk 2",
            "server: lamp 0, lamp 1, lamp 2",
            "client: sum 6",
            "both: chair 10, chair 20, chair 30",
            "fail: there is no such item"
        ]
    );
    let session = recordings.accept(recording);
    assert!(!String::from_utf8_lossy(&everything(recordings.path())).contains("hunter2"), "as text");
    let nobody = tonic::transport::Endpoint::from_static("http://127.0.0.1:1").connect_lazy();
    let playback = recordings.http_with(Mode::Playback, builder());
    assert_eq!(talk(playback.tonic(nobody)).await, said, "through a channel to nobody");
    let playback = recordings.http_with(Mode::Playback, builder());
    assert_eq!(talk(playback.playback()).await, said, "without a channel");
    session
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_shapes_of_calls_are_played_back_by_their_bytes() {
    let session = check(Http::builder).await;
    let names: Vec<_> = session.interactions.iter().map(tracesnap_record::Interaction::title).collect();
    let expected = ["Unary", "Server", "Client", "Both", "Fail"].map(|method| format!("shop.Orders {method}"));
    assert_eq!(names, expected);
    let failed = &session.interactions[4];
    assert_eq!(failed.error.as_deref(), Some("gRPC status 5: there%20is%20no%20such%20item"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_with_descriptors_are_told_and_redacted_field_by_field() {
    let session = check(|| Http::builder().descriptors(descriptors())).await;
    let messages = session.interactions[1].response["body"]["messages"].as_array().expect("messages").clone();
    assert_eq!(messages.len(), 3);
    assert_eq!((&messages[1]["message"], &messages[1]["value"]["count"]), (&"shop.Order".into(), &1.into()));
    assert_eq!(messages[1]["value"]["apiKey"], tracesnap_redact::PLACEHOLDER);
    // The bytes say the same.
    use base64::Engine;
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(messages[1]["base64"].as_str().expect("text"))
        .expect("Base64");
    let read = Order::decode(Bytes::from(bytes)).expect("an order");
    assert_eq!(read, Order { item: "lamp".to_owned(), count: 1, api_key: tracesnap_redact::PLACEHOLDER.to_owned() });
}
