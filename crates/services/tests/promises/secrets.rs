//! No key reaches a recording, wherever it stands.

use serde_json::json;
use tracesnap_leaks::everything;
use tracesnap_record::Mode;
use tracesnap_services::{Credential, Services};

use crate::local::{FirestoreServer, GeminiServer};
use crate::support::*;

/// Nothing about it looks like a secret: no rule of patterns would find it.
const PLAIN: &str = "violets-are-blue";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_in_no_file_error_or_text_however_it_is_sent() {
    type Kind = fn(String) -> Credential;
    let kinds: [(&str, Kind); 3] =
        [("x-goog-api-key", Credential::ApiKey), ("key=", Credential::QueryKey), ("bearer", Credential::Bearer)];
    for (name, kind) in kinds {
        for key in [PLAIN, "AIzaSyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY"] {
            let recordings = Recordings::new();
            let firestore = FirestoreServer::start_with(Some(key), 100).await;
            let gemini = GeminiServer::start_with(Some(key), std::time::Duration::ZERO).await;
            let provider = recordings.provider(Mode::Record);
            let credential = || kind(key.to_owned());
            let builder = at(provider.firestore("p-1"), &firestore.url()).credential(credential());
            assert!(!format!("{builder:?}").contains(key));
            let documents = builder.connect().expect("a client");
            documents.document("a/b").set(&json!({"n": 1})).await.expect("the key is right");
            let model = at(provider.gemini(), &gemini.url()).credential(credential()).connect().expect("a client");
            assert!(!format!("{model:?}{documents:?}").contains(key));
            let model = model.model("gemini-2.5-flash");
            model.stream_generate_content("a b").await.expect("the key is right").collect().await.expect("whole");
            // One that nobody takes is as secret.
            let wrong = kind(format!("{key}-wrong"));
            let refused = at(provider.gemini(), &gemini.url()).credential(wrong).connect().expect("a client");
            let error = refused.model("gemini-2.5-flash").count_tokens("x").await.expect_err("another key");
            assert!(!format!("{error} {error:?}").contains(key), "{error:?}");
            // Nobody is there: the error of the client itself may tell where it asked.
            let gone =
                at(provider.gemini(), "http://127.0.0.1:9").credential(credential()).connect().expect("a client");
            gone.model("gemini-2.5-flash").count_tokens("x").await.expect_err("nobody is there");
            provider.flush();
            let mut bytes = everything(recordings.path());
            assert!(bytes.len() > 1_000, "there is something to be looked at");
            let session = recordings.accept(&provider);
            assert_eq!(session.interactions.len(), 4);
            bytes.extend(everything(recordings.path()));
            let text = String::from_utf8_lossy(&bytes);
            for form in [key.to_owned(), key.replace('-', "%2D"), key[3..].to_owned()] {
                assert!(!text.contains(&form), "{name}: a file has `{form}`");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn secrets_of_documents_and_questions_are_kept_back_and_the_rest_is_played() {
    let recordings = Recordings::new();
    let talk = async |provider: &tracesnap_record::ServiceProvider, urls: [&str; 2]| {
        let firestore = at(provider.firestore("p-1"), urls[0]).connect().expect("a client");
        let user = firestore.document("users/ada");
        user.set(&json!({"password": "hunter2", "name": "Ada", "nested": {"api_key": "hunter2"}})).await.expect("set");
        let read = user.get().await.expect("read").expect("there");
        let gemini = at(provider.gemini(), urls[1]).connect().expect("a client").model("gemini-2.5-flash");
        let said = gemini.generate_content("the password is password=hunter2 ok").await.expect("answered").text();
        (read.to::<serde_json::Value>().expect("one"), said)
    };
    let real = {
        let (firestore, gemini) = (FirestoreServer::start().await, GeminiServer::start().await);
        let provider = recordings.provider(Mode::Record);
        let real = talk(&provider, [&firestore.url(), &gemini.url()]).await;
        recordings.accept(&provider);
        real
    };
    assert_eq!((&real.0["password"], &real.0["name"]), (&json!("hunter2"), &json!("Ada")));
    let text = String::from_utf8_lossy(&everything(recordings.path())).into_owned();
    assert!(!text.contains("hunter2"), "{text}");
    let played = talk(&recordings.provider(Mode::Playback), ["http://127.0.0.1:9"; 2]).await;
    assert_eq!(played.0["name"], "Ada");
    assert!(played.0["password"].as_str().is_some_and(|text| text.contains("redacted")), "{played:?}");
    assert!(played.1.starts_with("eht drowssap si "), "{played:?}");
}
