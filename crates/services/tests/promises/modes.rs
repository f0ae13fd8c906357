//! A test that asks both services is the same in every mode.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;
use tracesnap_config::Environment;
use tracesnap_http::{Http, Timing};
use tracesnap_record::provider::Answer;
use tracesnap_record::{Budget, Error as RecordError, Mocks, Mode, OnMiss, ServiceProvider};
use tracesnap_services::firestore::{Operator, Write};
use tracesnap_services::{Builder, Client, Code, Credential, Error, FirestoreClient, GeminiClient, Services, Status};

use crate::local::{FirestoreServer, GeminiServer};
use crate::support::*;

/// Nobody is there.
const NOWHERE: &str = "http://127.0.0.1:9";

/// What a program does with both: it does not know whether anything is recorded.
async fn talk(firestore: &FirestoreClient, gemini: &GeminiClient) -> Vec<String> {
    let mut told = Vec::new();
    let campaigns = firestore.collection("campaigns");
    let words = ["mine", "keep", "tower", "marsh", "gate", "well", "crypt"];
    for (level, title) in words.iter().enumerate() {
        let made = campaigns.add(&json!({"title": title, "level": level, "password": "hunter2"})).await.expect("made");
        told.push(format!("made {} {:?}", made.id(), made.update_time));
    }
    // Page by page: the tokens of pages are kept back from the recording, and the pages are told apart all the same.
    told.push(format!(
        "all {:?}",
        campaigns.get().await.expect("all").iter().map(|one| one.id().to_owned()).collect::<Vec<_>>()
    ));
    let hard =
        campaigns.filter("level", Operator::GreaterThan, 3).order_by("level").limit(2).get().await.expect("found");
    told.push(format!("hard {:?}", hard.iter().map(|one| one.fields["title"].clone()).collect::<Vec<_>>()));
    let document = firestore.document(hard[0].name.split("/documents/").nth(1).expect("a path"));
    let mut transaction = firestore.begin().await.expect("begun");
    told.push(format!(
        "read {:?}",
        transaction.get(&document).await.expect("read").map(|one| one.fields["level"].clone())
    ));
    transaction.write(Write::change(&document).increment("level", 10));
    told.push(format!("committed {:?}", transaction.commit().await.expect("committed")));
    let error = campaigns.document("none").update(&json!({"a": 1})).await.expect_err("there is none");
    told.push(format!("{:?} {error}", error.status().map(|status| status.code)));
    document.delete().await.expect("deleted");
    told.push(format!("{:?}", document.get().await.expect("read")));

    let model = gemini.model("gemini-2.5-flash");
    told.push(format!("{:?}", model.count_tokens("how many").await.expect("counted")));
    told.push(format!("{:?}", model.generate_content("name a dragon").await.expect("answered")));
    let mut parts = model.stream_generate_content("and tell me more").await.expect("it begins");
    while let Some(part) = parts.next().await {
        told.push(format!("{:?}", part.expect("a part")));
    }
    let mut parts = model.stream_generate_content("!broken now").await.expect("it begins");
    while let Some(part) = parts.next().await {
        told.push(part.map_or_else(|error| error.to_string(), |part| part.text()));
    }
    let error = model.generate_content("!quota").await.expect_err("refused");
    told.push(format!("{error} {:?}", error.status().and_then(Status::retry_delay)));
    told.push(format!("{:?}", gemini.model("gemini-embedding-001").embed_content("lich").await.expect("embedded")));
    told.push(format!("{}", gemini.models().await.expect("listed").len()));
    told
}

fn clients(provider: &ServiceProvider, firestore: &str, gemini: &str) -> (FirestoreClient, GeminiClient) {
    let firestore = at(provider.firestore("p-1"), firestore).connect().expect("a client");
    (firestore, at(provider.gemini(), gemini).connect().expect("a client"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_recorded_is_played_back_when_the_services_are_gone() {
    let recordings = Recordings::new();
    let said = {
        let servers = (FirestoreServer::start_with(None, 2).await, GeminiServer::start().await);
        let recording = recordings.provider(Mode::Record);
        let (firestore, gemini) = clients(&recording, &servers.0.url(), &servers.1.url());
        let said = talk(&firestore, &gemini).await;
        let session = recordings.accept(&recording);
        let mut names: Vec<_> = session.interactions.iter().map(tracesnap_record::Interaction::title).collect();
        names.dedup();
        assert_eq!(
            names,
            [
                "firestore document.create",
                "firestore collection.get",
                "firestore collection.query",
                "firestore transaction.begin",
                "firestore document.get",
                "firestore documents.commit",
                "firestore document.update",
                "firestore document.delete",
                "firestore document.get",
                "gemini countTokens",
                "gemini generateContent",
                "gemini streamGenerateContent",
                "gemini generateContent",
                "gemini embedContent",
                "gemini models.list",
            ]
        );
        said
    };
    for mode in [Mode::Playback, Mode::Strict, Mode::Hybrid(OnMiss::Fail)] {
        let provider = recordings.provider(mode);
        let (firestore, gemini) = clients(&provider, NOWHERE, NOWHERE);
        assert_eq!(talk(&firestore, &gemini).await, said, "{mode}");
        let summary = provider.clone().cleanup().expect("all is well").summary;
        assert!(summary.services.iter().all(|service| service.real == 0 && service.played > 0), "{summary}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_sends_it_a_service_says_the_same() {
    async fn said<C: Client>(
        of: impl Fn(&ServiceProvider) -> Builder<C>,
        gemini: impl Fn(C) -> GeminiClient,
    ) -> Vec<String> {
        let mut all = Vec::new();
        let hyper = || {
            let executor = hyper_util::rt::TokioExecutor::new();
            hyper_util::client::legacy::Client::builder(executor).build_http::<tracesnap_http::Body>()
        };
        let mut clients = vec![
            of(&real()).reqwest(reqwest::Client::new()).connect().expect("a client"),
            of(&real()).transport(hyper()).connect().expect("a client"),
        ];
        if cfg!(feature = "tls") {
            clients.push(of(&real()).connect().expect("a client"));
        } else {
            let error = of(&real()).connect().err().expect("nothing to ask through").to_string();
            assert!(error.contains("there is nothing to ask it through; build with the feature `tls`"), "{error}");
        }
        for client in clients {
            let model = gemini(client).model("gemini-2.5-flash");
            let whole =
                model.stream_generate_content("one two").await.expect("it begins").collect().await.expect("whole");
            all.push(format!("{whole:?}"));
        }
        all
    }
    let server = GeminiServer::start().await;
    let url = server.url();
    let all = said(|provider| provider.gemini().address(&url).credential(Credential::None), |client| client).await;
    assert!(all.len() >= 2 && all.iter().all(|one| *one == all[0]), "{all:?}");
    // An address is one of a service.
    let error = real().gemini().address("127.0.0.1").credential(Credential::None).connect().expect_err("no address");
    assert_eq!(
        error.to_string(),
        "`127.0.0.1` is not an address such as `https://api.example.com/v1`, without a user, a query or a fragment"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_is_played_back_at_its_pace() {
    let recordings = Recordings::new();
    let pace = Duration::from_millis(250);
    {
        let server = GeminiServer::start_with(None, pace).await;
        let recording = recordings.provider(Mode::Record);
        let gemini = at(recording.gemini(), &server.url()).connect().expect("a client");
        let parts = gemini.model("gemini-2.5-flash").stream_generate_content("one two three").await.expect("it begins");
        parts.collect().await.expect("whole");
        recordings.accept(&recording);
    }
    let play = async |timing| {
        let http = Http::builder().timing(timing).build(recordings.provider(Mode::Playback));
        let model = http.gemini().connect().expect("a client").model("gemini-2.5-flash");
        let begun = Instant::now();
        let mut parts = model.stream_generate_content("one two three").await.expect("played");
        let mut came = Vec::new();
        while let Some(part) = parts.next().await {
            came.push((part.expect("a part").text(), begun.elapsed()));
        }
        came
    };
    let came = play(Timing::Recorded).await;
    assert_eq!(came.iter().map(|(text, _)| text.as_str()).collect::<Vec<_>>(), ["eno", " owt", " eerht"]);
    // The last part was sent two paces after the first one at the earliest, however slow the machine was.
    assert!(came[2].1 >= pace * 2, "{came:?}");
    // Without a pace nothing waits, and the order is the same.
    let fast = play(Timing::None).await;
    assert_eq!(fast.iter().map(|one| &one.0).collect::<Vec<_>>(), came.iter().map(|one| &one.0).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hybrid_asks_for_what_is_missing_and_a_miss_is_told() {
    let recordings = Recordings::new();
    let server = GeminiServer::start().await;
    let ask = async |provider: &ServiceProvider, text: &str| {
        let gemini = at(provider.gemini(), &server.url()).connect().expect("a client");
        gemini.model("gemini-2.5-flash").generate_content(text).await.map(|answer| answer.text())
    };
    let recording = recordings.provider(Mode::Record);
    ask(&recording, "known").await.expect("answered");
    recordings.accept(&recording);

    let playback = recordings.provider(Mode::Playback);
    let error = ask(&playback, "new").await.expect_err("a miss");
    let Error::Refused(RecordError::Miss(miss)) = &error else { panic!("{error}") };
    let near = miss.nearest.as_ref().expect("near");
    assert_eq!((near.id, near.differences[0].path.as_str()), (0, "$.body.value.contents[0].parts[0].text"));

    let hybrid = recordings.provider(Mode::Hybrid(OnMiss::Record));
    assert_eq!(ask(&hybrid, "known").await.expect("played"), "nwonk");
    assert_eq!(ask(&hybrid, "new").await.expect("asked"), "wen");
    assert_eq!(server.calls(), 2);
    let summary = hybrid.summary();
    assert_eq!((summary.services[0].real, summary.services[0].played), (1, 1));
    assert_eq!(recordings.accept(&hybrid).interactions.len(), 2);
    assert_eq!(ask(&recordings.provider(Mode::Playback), "new").await.expect("played"), "wen");

    // Asked again, the service still says the same.
    let verify = recordings.provider(Mode::Verify);
    ask(&verify, "known").await.expect("asked");
    assert_eq!(verify.drift().compared(), 1);
    verify.cleanup().expect("no drift");
}

#[tokio::test]
async fn mocks_answer_without_a_key_or_a_network() {
    let mocks = json!({
        "gemini": {
            "generateContent": {"candidates": [{"content": {"parts": [{"text": "mocked"}]}}]},
            "streamGenerateContent": [
                {"candidates": [{"content": {"parts": [{"text": "in "}]}}]},
                {"candidates": [{"content": {"parts": [{"text": "parts"}]}}]},
            ],
        },
        "firestore": {
            "document.get": {"name": "projects/p/databases/d/documents/a/b", "fields": {"n": {"integerValue": "7"}}},
            "collection.query": [{"readTime": "2026-01-01T00:00:00Z"}],
            "document.create": {"status": 409, "body": {"error": {"code": 409, "message": "no", "status": "ALREADY_EXISTS"}}},
        },
    });
    let mocks = Mocks::parse(mocks.to_string().as_bytes(), "mocks.json").expect("mocks");
    let recordings = Recordings::new();
    let provider = recordings.builder(Mode::Mock).fallback(mocks).build().expect("a provider");
    let model = provider.gemini().connect().expect("a client").model("gemini-2.5-flash");
    assert_eq!(model.generate_content("x").await.expect("mocked").text(), "mocked");
    let whole = model.stream_generate_content("x").await.expect("mocked").collect().await.expect("whole");
    assert_eq!(whole.text(), "in parts");
    let firestore = provider.firestore("p-1").connect().expect("a client");
    let read = firestore.document("a/b").get().await.expect("mocked").expect("there");
    assert_eq!(read.to::<serde_json::Value>().expect("one"), json!({"n": 7}));
    assert_eq!(firestore.collection("a").query().get().await.expect("mocked"), []);
    let error = firestore.collection("a").create("b", &json!({})).await.expect_err("mocked");
    assert_eq!(error.status().map(|status| status.code), Some(Code::AlreadyExists));
    let error = firestore.document("a/b").delete().await.expect_err("no mock");
    assert!(matches!(error, Error::Refused(RecordError::NoMock { .. })), "{error}");
    // One that is made up as it is asked.
    let echo = |asked: &tracesnap_record::provider::Asked<'_>| {
        let text = asked.request["body"]["value"]["contents"][0]["parts"][0]["text"].clone();
        Some(Answer::response(json!({"candidates": [{"content": {"parts": [{"text": text}]}}]})))
    };
    let provider = recordings.builder(Mode::Mock).fallback(echo).build().expect("a provider");
    let model = provider.gemini().connect().expect("a client").model("gemini-2.5-flash");
    assert_eq!(model.generate_content("echo").await.expect("mocked").text(), "echo");
}

#[tokio::test]
async fn a_key_that_is_missing_has_a_name_and_one_that_is_there_is_used() {
    let recordings = Recordings::new();
    for mode in [Mode::Real, Mode::Record, Mode::Hybrid(OnMiss::Forward)] {
        let provider = recordings.provider(mode);
        let errors = [provider.gemini().connect().err(), provider.firestore("p-1").connect().err()];
        for (error, variable) in errors.into_iter().zip(["TEST_GEMINI_API_KEY", "TEST_FIRESTORE_API_KEY"]) {
            let error = error.expect("no key");
            assert!(error.is_missing_key() && error.to_string().contains(variable), "{error}");
        }
    }
    let server = GeminiServer::start_with(Some("k-1"), Duration::ZERO).await;
    let ask = async |key: &str| {
        let builder = ServiceProvider::builder().mode(Mode::Real).dir(recordings.path());
        let builder = builder.environment(Environment::of([("TEST_GEMINI_API_KEY", key)]));
        let gemini =
            builder.build().expect("a provider").gemini().address(server.url()).reqwest(reqwest::Client::new());
        gemini.connect().expect("a client").model("gemini-2.5-flash").generate_content("x").await
    };
    assert_eq!(ask("k-1").await.expect("allowed").text(), "x");
    let error = ask("k-2").await.expect_err("another key");
    let status = error.status().expect("a status");
    assert_eq!((status.code, &status.details[0]["reason"]), (Code::InvalidArgument, &json!("API_KEY_INVALID")));
    let nobody = at(real().gemini(), &server.url()).connect().expect("a client");
    let error = nobody.model("gemini-2.5-flash").count_tokens("x").await.expect_err("nobody");
    assert_eq!(error.status().map(|status| status.code), Some(Code::PermissionDenied));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_budget_stops_before_its_limit() {
    let server = Arc::new(GeminiServer::start().await);
    // Ten tokens a call: five words, five answered.
    let question = "one two three four five";
    let spend = async |mode: Mode, budget: Budget, in_parts: bool| {
        let recordings = Recordings::new();
        let provider = recordings.builder(mode).budget("gemini", budget).build().expect("a provider");
        let model = at(provider.gemini(), &server.url()).connect().expect("a client").model("gemini-2.5-flash");
        let before = server.calls();
        let error = loop {
            let asked = match in_parts {
                true => match model.stream_generate_content(question).await {
                    Ok(parts) => parts.collect().await,
                    Err(error) => Err(error),
                },
                false => model.generate_content(question).await,
            };
            if let Err(error) = asked {
                break error;
            }
            assert!(server.calls() - before < 20, "nothing stops it");
        };
        let Error::Refused(RecordError::Budget { what, .. }) = error else { panic!("{error}") };
        (what, server.calls() - before, provider.summary().services[0].tokens)
    };
    for mode in [Mode::Real, Mode::Record] {
        for in_parts in [false, true] {
            assert_eq!(spend(mode, Budget::default().tokens(35), in_parts).await, ("tokens", 3, 30), "{mode}");
            assert_eq!(spend(mode, Budget::default().calls(4), in_parts).await.1, 4, "{mode}");
            let (what, calls, _) = spend(mode, Budget::default().bytes(9_000), in_parts).await;
            assert!(what == "bytes" && calls > 0, "{mode}: {calls}");
        }
    }
}
