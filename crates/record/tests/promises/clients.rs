//! A trait of a client, be it a database or an SDK, is recorded and played back method by method.

use std::collections::HashMap;
use std::fmt;
use std::sync::Mutex;

use serde::{Deserialize, Serialize};
use tracesnap_record::provider::Failure;
use tracesnap_record::{Error, Mode, ServiceProvider, Sets, recorded};

/// What a database has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Account {
    id: u64,
    owner: String,
    cents: i64,
}

#[derive(Debug, PartialEq)]
enum DatabaseError {
    NoSuchAccount(u64),
    Other(String),
}

impl fmt::Display for DatabaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchAccount(id) => write!(f, "there is no account {id}"),
            Self::Other(text) => f.write_str(text),
        }
    }
}

#[recorded(error = |failure| DatabaseError::Other(failure.to_string()))]
trait Accounts {
    fn open(&self, owner: &str, cents: i64) -> Result<Account, DatabaseError>;
    fn find(&self, id: u64) -> Result<Option<Account>, DatabaseError>;
    fn transfer(&self, from: u64, to: u64, cents: i64) -> Result<(), DatabaseError>;
}

#[derive(Default)]
struct Database(Mutex<HashMap<u64, Account>>);

impl Accounts for Database {
    fn open(&self, owner: &str, cents: i64) -> Result<Account, DatabaseError> {
        let mut accounts = self.0.lock().expect("whole");
        let account = Account { id: accounts.len() as u64 + 1, owner: owner.to_owned(), cents };
        accounts.insert(account.id, account.clone());
        Ok(account)
    }

    fn find(&self, id: u64) -> Result<Option<Account>, DatabaseError> {
        Ok(self.0.lock().expect("whole").get(&id).cloned())
    }

    fn transfer(&self, from: u64, to: u64, cents: i64) -> Result<(), DatabaseError> {
        let mut accounts = self.0.lock().expect("whole");
        for (id, cents) in [(from, -cents), (to, cents)] {
            accounts.get_mut(&id).ok_or(DatabaseError::NoSuchAccount(id))?.cents += cents;
        }
        Ok(())
    }
}

/// The program under test: it does not know whether anything is recorded.
fn work(accounts: &impl Accounts) -> Vec<String> {
    let mut told = Vec::new();
    let ada = accounts.open("ada", 1_000).expect("it opens");
    let bob = accounts.open("bob", 0).expect("it opens");
    told.push(format!("{:?}", accounts.find(bob.id)));
    told.push(format!("{:?}", accounts.transfer(ada.id, bob.id, 250)));
    told.push(format!("{:?}", accounts.find(bob.id)));
    told.push(accounts.transfer(ada.id, 99, 1).map_err(|error| error.to_string()).expect_err("no such account"));
    told
}

fn provider(dir: &std::path::Path, mode: Mode) -> ServiceProvider {
    ServiceProvider::builder().dir(dir).session("clients").mode(mode).build().expect("it is built")
}

fn accept(dir: &std::path::Path, provider: ServiceProvider) {
    let recorded = provider.cleanup().expect("written").recorded.expect("this mode records");
    let pending = recorded.pending.expect("it waits").parse().expect("an id");
    Sets::open(dir).expect("a store").accept(&pending).expect("accepted");
}

#[test]
fn a_database_is_played_back_without_being_there() {
    let dir = tempfile::tempdir().expect("a folder");
    let recording = provider(dir.path(), Mode::Record);
    let live = work(&recording.client("database", || Ok::<_, DatabaseError>(Database::default())).expect("a client"));
    accept(dir.path(), recording);
    for mode in [Mode::Playback, Mode::Strict] {
        let provider = provider(dir.path(), mode);
        let client = provider.client("database", || -> Result<Database, DatabaseError> { panic!("nobody asks it") });
        assert_eq!(work(&client.expect("a client")), live);
        provider.cleanup().expect("everything was asked");
    }
}

fn of_failure(failure: Failure) -> std::io::Error {
    match failure {
        Failure::Refused(Error::Budget { .. }) => std::io::Error::new(std::io::ErrorKind::QuotaExceeded, failure),
        failure => std::io::Error::other(failure),
    }
}

/// An SDK of a model: asynchronous, with an error type of another crate.
#[recorded(error = of_failure)]
trait Model {
    async fn generate(&self, prompt: String, temperature: f64) -> Result<Generated, std::io::Error>;
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Generated {
    text: String,
    usage: Usage,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Usage {
    total_tokens: u64,
}

struct Sdk;

impl Model for Sdk {
    async fn generate(&self, prompt: String, _: f64) -> Result<Generated, std::io::Error> {
        tokio::task::yield_now().await;
        if prompt.is_empty() {
            return Err(std::io::Error::other("an empty prompt"));
        }
        Ok(Generated { text: prompt.to_uppercase(), usage: Usage { total_tokens: 400 } })
    }
}

#[tokio::test]
async fn an_asynchronous_sdk_is_played_back_without_being_there() {
    let dir = tempfile::tempdir().expect("a folder");
    let recording = provider(dir.path(), Mode::Record);
    let model = recording.client("gemini", || Ok::<_, Error>(Sdk)).expect("a client");
    let live = model.generate("hello".into(), 0.2).await.expect("an answer");
    assert_eq!(model.generate(String::new(), 0.2).await.expect_err("refused").to_string(), "an empty prompt");
    accept(dir.path(), recording);
    let playing = provider(dir.path(), Mode::Playback);
    let model = playing.client("gemini", || -> Result<Sdk, Error> { panic!("nobody asks it") }).expect("a client");
    assert_eq!(model.generate("hello".into(), 0.2).await.expect("an answer"), live);
    assert_eq!(model.generate(String::new(), 0.2).await.expect_err("refused").to_string(), "an empty prompt");
    let missed = model.generate("other".into(), 0.2).await.expect_err("not recorded").to_string();
    assert!(missed.contains("$.prompt: ") && missed.contains("\"other\" asked"), "{missed}");
}

#[tokio::test]
async fn a_budget_stops_before_the_tokens_are_spent() {
    let dir = tempfile::tempdir().expect("a folder");
    let budget = tracesnap_record::Budget::default().tokens(1_000);
    let provider = ServiceProvider::builder().dir(dir.path()).session("x").mode(Mode::Real).budget("gemini", budget);
    let provider = provider.build().expect("it is built");
    let model = provider.client("gemini", || Ok::<_, Error>(Sdk)).expect("a client");
    for _ in 0..2 {
        model.generate("hello".into(), 0.2).await.expect("within the budget");
    }
    let refused = model.generate("hello".into(), 0.2).await.expect_err("it would be 1,200");
    assert_eq!(refused.kind(), std::io::ErrorKind::QuotaExceeded);
    assert_eq!(provider.summary().services[0].tokens, 800);
}

/// An error that is kept whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum CatalogueError {
    OutOfStock { item: u64, until: String },
    NotRecorded(String),
}

impl fmt::Display for CatalogueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl From<Failure> for CatalogueError {
    fn from(failure: Failure) -> Self {
        Self::NotRecorded(failure.to_string())
    }
}

/// What is not `Serialize`, and no business of a recording.
struct Connection;

/// All that a trait may have at once.
#[recorded(typed_errors)]
trait Catalogue<K: Serialize + 'static>: Send {
    type Item: Serialize + serde::de::DeserializeOwned;
    const PAGE: usize;

    #[recorded(name = "items.get", ignore(connection))]
    fn get(&mut self, connection: &Connection, item: K) -> Result<Self::Item, CatalogueError>;

    fn count<F>(&self, filter: F) -> impl Future<Output = Result<usize, CatalogueError>> + Send
    where
        F: Serialize + Send;

    fn boxed<'a>(
        &'a self,
        r#type: &'a str,
    ) -> std::pin::Pin<Box<dyn Future<Output = Result<String, CatalogueError>> + Send + 'a>>;

    /// Has a body: what it calls is recorded.
    fn get_both(&mut self, connection: &Connection, items: (K, K)) -> Result<Vec<Self::Item>, CatalogueError> {
        Ok(vec![self.get(connection, items.0)?, self.get(connection, items.1)?])
    }
}

#[derive(Default)]
struct Shelf(u64);

impl Catalogue<u64> for Shelf {
    type Item = (u64, u64);
    const PAGE: usize = 7;

    fn get(&mut self, _: &Connection, item: u64) -> Result<(u64, u64), CatalogueError> {
        self.0 += 1;
        if item > 9 {
            return Err(CatalogueError::OutOfStock { item, until: "March".to_owned() });
        }
        Ok((item, self.0))
    }

    async fn count<F: Serialize + Send>(&self, _: F) -> Result<usize, CatalogueError> {
        tokio::task::yield_now().await;
        Ok(3)
    }

    fn boxed<'a>(
        &'a self,
        r#type: &'a str,
    ) -> std::pin::Pin<Box<dyn Future<Output = Result<String, CatalogueError>> + Send + 'a>> {
        Box::pin(async move { Ok(r#type.to_uppercase()) })
    }
}

async fn browse<C: Catalogue<u64> + Sync>(mut catalogue: C) -> Vec<String>
where
    C::Item: fmt::Debug,
{
    let connection = Connection;
    vec![
        format!("{} a page", C::PAGE),
        format!("{:?}", catalogue.get_both(&connection, (1, 2))),
        format!("{:?}", catalogue.get(&connection, 10).map_err(|error| error.clone())),
        format!("{:?}", catalogue.count(("red", 1)).await),
        format!("{:?}", catalogue.boxed("tools").await),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn every_shape_of_a_method_is_recorded_and_typed_errors_come_back_whole() {
    let dir = tempfile::tempdir().expect("a folder");
    let recording = provider(dir.path(), Mode::Record);
    let client: RecordedCatalogue<Shelf> =
        recording.client("shop", || Ok::<_, Error>(Shelf::default())).expect("a client");
    // On another thread: the futures are `Send` where those of the trait are.
    let live = tokio::spawn(browse(client)).await.expect("it ends");
    assert_eq!(live[2], "Err(OutOfStock { item: 10, until: \"March\" })");
    accept(dir.path(), recording);
    let recorded = Sets::open(dir.path()).expect("a store").accepted("clients").expect("read").expect("there");
    let told: Vec<_> = recorded.interactions.iter().map(|i| (i.operation.as_str(), i.request.to_string())).collect();
    let expected = [
        ("items.get", r#"{"item":1}"#),
        ("items.get", r#"{"item":2}"#),
        ("items.get", r#"{"item":10}"#),
        ("count", r#"{"filter":["red",1]}"#),
        ("boxed", r#"{"type":"tools"}"#),
    ];
    assert_eq!(told, expected.map(|(operation, request)| (operation, request.to_owned())));

    let playing = provider(dir.path(), Mode::Playback);
    let client: RecordedCatalogue<Shelf> =
        playing.client("shop", || -> Result<Shelf, Error> { panic!("nobody asks it") }).expect("a client");
    assert_eq!(tokio::spawn(browse(client)).await.expect("it ends"), live);
    let mut client = playing.client("shop", || -> Result<Shelf, Error> { panic!("nobody asks it") }).expect("a client");
    let missed = client.get(&Connection, 77).expect_err("not recorded");
    assert!(matches!(&missed, CatalogueError::NotRecorded(why) if why.contains("$.item")), "{missed}");
}

mod with_async_trait {
    use async_trait::async_trait;

    use super::*;

    #[recorded]
    #[async_trait]
    pub(super) trait Above: Send + Sync {
        async fn ask(&self, question: &str) -> Result<String, String>;
    }

    #[async_trait]
    #[recorded]
    pub(super) trait Below: Send + Sync {
        async fn ask(&self, question: &str) -> Result<String, String>;
    }

    pub(super) struct Oracle;

    #[async_trait]
    impl Above for Oracle {
        async fn ask(&self, question: &str) -> Result<String, String> {
            Ok(format!("{question}? yes"))
        }
    }

    #[async_trait]
    impl Below for Oracle {
        async fn ask(&self, question: &str) -> Result<String, String> {
            Err(format!("{question}? no"))
        }
    }
}

/// Somebody else's trait.
mod theirs {
    pub(super) trait Clock {
        fn now(&self, zone: &str) -> std::io::Result<u64>;
    }
}

#[recorded(of = theirs::Clock)]
trait Clock {
    fn now(&self, zone: &str) -> std::io::Result<u64>;
}

impl theirs::Clock for u64 {
    fn now(&self, _: &str) -> std::io::Result<u64> {
        Ok(*self)
    }
}

#[tokio::test]
async fn async_trait_above_or_below_and_traits_of_others_are_recorded() {
    use theirs::Clock as _;
    use with_async_trait::{Above, Below, Oracle};
    let dir = tempfile::tempdir().expect("a folder");
    for mode in [Mode::Record, Mode::Strict] {
        let provider = provider(dir.path(), mode);
        let above: std::sync::Arc<dyn Above> =
            std::sync::Arc::new(provider.client("above", || Ok::<_, Error>(Oracle)).expect("a client"));
        let asked = tokio::spawn(async move { above.ask("rain").await });
        assert_eq!(asked.await.expect("it ends"), Ok("rain? yes".to_owned()));
        let below: Box<dyn Below> = Box::new(provider.client("below", || Ok::<_, Error>(Oracle)).expect("a client"));
        assert_eq!(below.ask("rain").await, Err("rain? no".to_owned()));
        let clock = provider.client("clock", || Ok::<_, Error>(12_u64)).expect("a client");
        assert_eq!(clock.now("UTC").expect("told"), 12);
        if mode == Mode::Record {
            accept(dir.path(), provider);
        } else {
            provider.cleanup().expect("everything was asked");
        }
    }
}
