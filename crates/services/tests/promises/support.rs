//! Recordings, and providers for them.

use std::path::Path;

use tracesnap_config::Environment;
use tracesnap_record::provider::ServiceProviderBuilder;
use tracesnap_record::{Mode, ServiceProvider, Session, Sets};
use tracesnap_services::{Builder, Client, Credential, FirestoreClient, GeminiClient, Services};

use crate::local::{FirestoreServer, GeminiServer};

/// A folder of recordings.
pub(crate) struct Recordings {
    dir: tempfile::TempDir,
}

impl Recordings {
    pub(crate) fn new() -> Self {
        Self { dir: tempfile::tempdir().expect("a folder") }
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Keys of the machine that this runs on are none of its business.
    pub(crate) fn builder(&self, mode: Mode) -> ServiceProviderBuilder {
        let builder = ServiceProvider::builder().dir(self.path()).session("campaign").mode(mode);
        builder.environment(Environment::of([("TEST_NONE_API_KEY", "none")]))
    }

    pub(crate) fn provider(&self, mode: Mode) -> ServiceProvider {
        self.builder(mode).build().expect("a provider")
    }

    /// Ends a recording and accepts it.
    pub(crate) fn accept(&self, provider: &ServiceProvider) -> Session {
        let finished = provider.save().expect("saved").expect("it recorded");
        assert_eq!(finished.stats.lost, 0, "nothing is lost");
        let sets = Sets::open(self.path()).expect("sets");
        sets.accept(&finished.pending.expect("it waits").parse().expect("an id")).expect("accepted");
        sets.accepted("campaign").expect("readable").expect("there")
    }
}

/// A provider that asks for real and writes nothing.
pub(crate) fn real() -> ServiceProvider {
    Recordings::new().provider(Mode::Real)
}

/// At an address, through a client of reqwest, without a key.
pub(crate) fn at<C: Client>(builder: Builder<C>, url: &str) -> Builder<C> {
    builder.address(url).reqwest(reqwest::Client::new()).credential(Credential::None)
}

pub(crate) async fn firestore() -> (FirestoreServer, FirestoreClient) {
    let server = FirestoreServer::start().await;
    let client = at(real().firestore("p-1"), &server.url()).connect().expect("a client");
    (server, client)
}

pub(crate) async fn gemini() -> (GeminiServer, GeminiClient) {
    let server = GeminiServer::start().await;
    let client = at(real().gemini(), &server.url()).connect().expect("a client");
    (server, client)
}
