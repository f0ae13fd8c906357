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

trait Accounts {
    fn open(&self, owner: &str, cents: i64) -> Result<Account, DatabaseError>;
    fn find(&self, id: u64) -> Result<Option<Account>, DatabaseError>;
    fn transfer(&self, from: u64, to: u64, cents: i64) -> Result<(), DatabaseError>;
}

recorded! {
    impl Accounts, else |failure| DatabaseError::Other(failure.to_string());
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

/// An SDK of a model: asynchronous, with an error type of another crate.
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

recorded! {
    impl Model, else |failure| match failure {
        Failure::Refused(Error::Budget { .. }) => std::io::Error::new(std::io::ErrorKind::QuotaExceeded, failure),
        failure => std::io::Error::other(failure),
    };
    async fn generate(&self, prompt: String, temperature: f64) -> Result<Generated, std::io::Error>;
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
