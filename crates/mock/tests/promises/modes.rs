//! The mode decides who answers, and can be switched while a process runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use tracesnap_mock::config::{CacheStrategy, MockConfig};
use tracesnap_mock::engine::{Request, Source};
use tracesnap_mock::generate::Quality;
use tracesnap_mock::responder::{Live, LiveFuture, Responder};
use tracesnap_record::Mode;

use crate::quotes::{builder, get};

/// A service that may be away.
#[derive(Clone, Debug, Default)]
struct Service {
    away: Arc<AtomicBool>,
    plays_back: bool,
}

impl Live for Service {
    fn ask<'l>(&'l self, _: &'l Request) -> LiveFuture<'l> {
        Box::pin(async {
            if self.away.load(Ordering::Relaxed) {
                return Err("connection refused".into());
            }
            Ok(http::Response::builder().status(418).body(Bytes::from("the service"))?)
        })
    }

    fn plays_back(&self) -> bool {
        self.plays_back
    }
}

async fn answer(responder: &Responder, mode: &str) -> (u16, Source) {
    let mode: Mode = mode.parse().expect("a mode");
    responder.switch("test", |config| config.mode = mode).await.expect("switched");
    let answer = responder.answer(&get("/quotes/ada")).await;
    (answer.status.as_u16(), answer.source)
}

#[tokio::test]
async fn the_service_answers_where_the_mode_says_so_and_a_mock_where_it_does_not() {
    let responder = builder().live(Service::default()).build().await.expect("a responder");
    for mode in ["disabled", "record", "spy", "verify", "hybrid", "hybrid:record"] {
        assert_eq!(answer(&responder, mode).await, (418, Source::Service), "{mode}");
    }
    for mode in ["mock_only", "hybrid:mock"] {
        assert_eq!(answer(&responder, mode).await, (200, Source::Generated), "{mode}");
    }
    // What is not stored is not played back, and a client that does not follow the mode is not asked.
    for mode in ["playback", "strict", "hybrid:fail"] {
        assert_eq!(answer(&responder, mode).await, (501, Source::Request), "{mode}");
    }
}

#[tokio::test]
async fn hybrid_has_an_answer_when_the_service_is_away_and_the_other_modes_say_that_it_is() {
    let service = Service::default();
    service.away.store(true, Ordering::Relaxed);
    let responder = builder().live(service.clone()).build().await.expect("a responder");
    assert_eq!(answer(&responder, "hybrid").await, (200, Source::Generated));
    assert_eq!(answer(&responder, "disabled").await, (502, Source::Request));
    service.away.store(false, Ordering::Relaxed);
    assert_eq!(answer(&responder, "hybrid").await, (418, Source::Service));
    let alone = builder().build().await.expect("a responder");
    assert_eq!(answer(&alone, "hybrid").await, (200, Source::Generated));
    assert_eq!(answer(&alone, "disabled").await, (503, Source::Request));
    let said = alone.answer(&get("/quotes/ada")).await.json().expect("a problem");
    assert!(said["detail"].as_str().is_some_and(|detail| detail.contains("set `MOCK_MODE` to `mock_only`")), "{said}");
}

#[tokio::test]
async fn a_client_that_plays_back_is_asked_in_playback() {
    let service = Service { plays_back: true, ..Service::default() };
    let responder = builder().live(service).build().await.expect("a responder");
    assert_eq!(answer(&responder, "playback").await, (418, Source::Recording));
}

#[tokio::test]
async fn settings_are_switched_in_process_and_what_cannot_be_changes_nothing() {
    let config = MockConfig::builder().quality(Quality::Basic).resolve(&tracesnap_config::Sources::new("mock"));
    let responder = builder().config(config.expect("sound")).build().await.expect("a responder");
    let fields = |answer: tracesnap_mock::Answer| answer.json().expect("JSON").as_object().map(serde_json::Map::len);
    assert_eq!(fields(responder.answer(&get("/quotes/ada")).await), Some(2));
    let changes = responder.switch("test", |config| config.quality = Quality::Production).await.expect("switched");
    assert_eq!(changes.iter().map(ToString::to_string).collect::<Vec<_>>(), ["quality: basic → production"]);
    assert_eq!(fields(responder.answer(&get("/quotes/ada")).await), Some(3), "another quality, another answer");
    let error = responder.switch("test", |config| config.cache_strategy = CacheStrategy::Database).await;
    assert!(error.is_err(), "there is no database");
    assert_eq!(responder.config().cache_strategy, CacheStrategy::Memory);
    responder.switch("test", |config| config.cache_enabled = false).await.expect("switched");
    assert_eq!(responder.answer(&get("/quotes/ada")).await.header("x-mock-cache"), None);
}
