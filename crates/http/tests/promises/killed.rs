//! What had ended when the program was killed is read.

use http::{Request, Response};
use tracesnap_http::Body;
use tracesnap_killed::kill_after;
use tracesnap_record::Mode;
use tracesnap_record::file::{JOURNAL_EXTENSION, load};

use crate::support::*;

#[test]
#[cfg(unix)]
fn exchanges_that_had_ended_are_read_after_a_kill() {
    let dir = tempfile::tempdir().expect("a folder");
    let told = kill_after(300, "killed::records_until_it_is_killed", &[("HTTP_TEST_DIR", dir.path())]);
    let mut entries = std::fs::read_dir(dir.path()).expect("a folder").map(|entry| entry.expect("an entry").path());
    let journal = entries.find(|path| path.to_string_lossy().ends_with(JOURNAL_EXTENSION)).expect("a journal");
    let session = load(journal).expect("read");
    assert!(session.interactions.len() as u64 >= told, "{} of {told}", session.interactions.len());
    for (at, interaction) in session.interactions.iter().enumerate() {
        assert_eq!((interaction.id, &interaction.response["body"]["text"]), (at as u64, &at.to_string().into()));
    }
}

/// The part of the test above that is killed.
#[tokio::test]
async fn records_until_it_is_killed() {
    let Some(dir) = std::env::var_os("HTTP_TEST_DIR") else { return };
    let provider = tracesnap_record::ServiceProvider::builder().dir(dir).session("killed").mode(Mode::Record);
    let http = tracesnap_http::Http::new(provider.build().expect("a provider"));
    let service = tower::service_fn(|request: Request<Body>| async move {
        let mut response = Response::new(Body::from(request.uri().path()[1..].to_owned()));
        response.headers_mut().insert("content-type", http::HeaderValue::from_static("text/plain"));
        Ok::<_, std::convert::Infallible>(response)
    });
    let service = tower::Layer::layer(&http.layer(), service);
    for n in 0.. {
        see(ask(service.clone(), get(format!("http://count.example/{n}"))).await.expect("answered")).await;
        if n % 50 == 49 {
            http.provider().flush();
            println!("\nwritten {}", n + 1);
        }
    }
}
