//! Servers that are killed under load cost no answer and no version; a process that is killed costs no committed row.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use serde_json::json;
use tracesnap_mock::cache::{Cache, CacheKey, Entry, RedisTier};
use tracesnap_mock::config::{CacheStrategy, MockConfig};
use tracesnap_mock::database::{Database, Draft};
use tracesnap_mock::responder::Responder;

use crate::caching::until;
use crate::quotes::{document, get};
use crate::servers::{Postgres, Redis};

const QUOTE: &str = "GET /quotes/{symbol}";

#[tokio::test]
async fn processes_share_answers_in_redis_and_forget_them_together() {
    let Some(server) = Redis::start() else { return };
    let cache = |prefix: &str| {
        let tier = RedisTier::new(&server.url()).expect("a URL").with_prefix(prefix);
        Cache::builder().without_memory().tier(tier).build()
    };
    let (one, two, other) = (cache("a*:"), cache("a*:"), cache("ab:"));
    let key = |name: &str| CacheKey::of(name).finish();
    for name in ["a", "b", "c"] {
        one.put(&key(name), &["tag".to_owned()], Entry::new(200, "text/plain", name));
        other.put(&key(name), &["tag".to_owned()], Entry::new(200, "text/plain", name));
    }
    let size = async |cache: &Cache| cache.far_sizes().await[0].1.unwrap_or_default();
    until("all are there", async || size(&two).await == 3 && size(&other).await == 3).await;
    assert_eq!(two.get(&key("a")).await.expect("shared").body, "a");
    two.invalidate(&key("a")).await;
    assert!(one.get(&key("a")).await.is_none());
    assert_eq!(two.invalidate_tag("tag").await, 2);
    assert_eq!((size(&one).await, size(&other).await), (0, 3), "other prefixes are somebody else's");
    other.clear().await;
    assert_eq!(size(&other).await, 0);
    let tier = RedisTier::new(&server.url()).expect("a URL");
    let short = Cache::builder().without_memory().ttl(Duration::from_millis(50)).tier(tier).build();
    short.put(&key("a"), &[], Entry::new(200, "text/plain", "a"));
    until("it is over", async || short.get(&key("a")).await.is_none()).await;
    let error = RedisTier::new("http://x").expect_err("no Redis").to_string();
    assert_eq!(error, "`http://x` leads to no Redis, expected `redis://HOST:PORT`");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_and_postgresql_killed_under_load_cost_no_answer_and_no_version() {
    let (Some(mut redis), Some(mut postgres)) = (Redis::start(), Postgres::start()) else { return };
    let database = Database::open(&postgres.url()).await.expect("a database");
    let config = MockConfig::builder()
        .mode("hybrid:mock".parse().expect("a mode"))
        .cache_strategy(CacheStrategy::Hybrid)
        .redis_url(redis.url());
    let config = config.resolve(&tracesnap_config::Sources::new("mock")).expect("sound");
    let stored = Draft::json(200, &json!({"symbol": "stored", "price": 1})).target("/quotes/stored");
    database.responses("quotes").save(QUOTE, &stored).await.expect("saved");
    let responder = Responder::builder(document("quotes", "[1, 2, 3]")).config(config).database(database.clone());
    let responder = responder.build().await.expect("a responder");
    let stop = Arc::new(AtomicBool::new(false));
    let (answered, failed) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let clients: Vec<_> = (0..4_u64)
        .map(|client| {
            let (responder, stop) = (responder.clone(), Arc::clone(&stop));
            let (answered, failed) = (Arc::clone(&answered), Arc::clone(&failed));
            tokio::spawn(async move {
                let mut number = client;
                while !stop.load(Ordering::Relaxed) {
                    number += 4;
                    let target = match number % 3 {
                        0 => "/quotes/stored".to_owned(),
                        _ => format!("/quotes/{}", number % 3_000),
                    };
                    let answer = responder.answer(&get(&target)).await;
                    let fine = answer.status == 200 && answer.json().is_some_and(|body| body["price"].is_i64());
                    (if fine { &answered } else { &failed }).fetch_add(1, Ordering::Relaxed);
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    // Somebody stores versions all the time, and tries again where that failed.
    let writer = tokio::spawn({
        let (database, stop) = (database.clone(), Arc::clone(&stop));
        async move {
            let mut said = Vec::new();
            let mut number = 0;
            while !stop.load(Ordering::Relaxed) {
                number += 1;
                let draft = Draft::json(200, &json!({"symbol": "written", "price": number})).target("/quotes/written");
                if let Ok(version) = database.responses("quotes").save(QUOTE, &draft).await {
                    said.push((version.version, number));
                }
            }
            said
        }
    });
    let more = async |count: u64| {
        let goal = answered.load(Ordering::Relaxed) + count;
        until("more answers", async || answered.load(Ordering::Relaxed) >= goal).await;
    };
    let is_up = |tier: &str| {
        let statistics = responder.get_statistics().expect("a cache");
        statistics.tiers.iter().find(|one| one.tier == tier).expect("a tier").is_up
    };
    for _ in 0..2 {
        more(500).await;
        redis.kill();
        until("Redis is reported", async || !is_up("redis")).await;
        more(200).await;
        postgres.kill();
        until("PostgreSQL is reported", async || !is_up("database")).await;
        more(200).await;
        tokio::task::block_in_place(|| {
            redis.restart();
            postgres.restart();
        });
        until("both are used again", async || is_up("redis") && is_up("database")).await;
    }
    more(500).await;
    stop.store(true, Ordering::Relaxed);
    for client in clients {
        client.await.expect("no panic");
    }
    let said = writer.await.expect("no panic");
    assert_eq!(failed.load(Ordering::Relaxed), 0, "of {} answers", answered.load(Ordering::Relaxed));
    let there = database.responses("quotes").versions(QUOTE, "/quotes/written").await.expect("read");
    assert!(said.len() > 2, "versions were stored");
    for (version, price) in &said {
        let one = there.iter().find(|one| one.version == *version).expect("a version that was said to be stored");
        assert_eq!(one.json().expect("JSON")["price"], json!(price));
    }
    // Without a gap: what was not said to be stored is there as a whole, or not at all.
    let mut numbers: Vec<_> = there.iter().map(|one| one.version).collect();
    numbers.reverse();
    assert_eq!(numbers, (1..=numbers.len() as i64).collect::<Vec<_>>());
    assert_eq!(there.iter().filter(|one| one.is_active).count(), 1);
    responder.flush().await.expect("what was counted is written at last");
}

/// The database that a process of its own writes to.
const PLACE: &str = "TRACESNAP_TEST_MOCK_DATABASE";

#[test]
fn a_process_killed_at_writing_leaves_a_database_with_every_row_it_was_told_of() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    if let Ok(place) = std::env::var(PLACE) {
        runtime().block_on(async {
            let database = Database::open(&place).await.expect("a database");
            for number in 1_u64.. {
                let draft = Draft::json(200, &json!({ "number": number, "filler": "x".repeat(20_000) }));
                database.responses("killed").save(QUOTE, &draft).await.expect("saved");
                println!("written {number}");
            }
        });
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let place = format!("sqlite:{}", folder.path().join("mock.sqlite").display());
    let test = "faults::a_process_killed_at_writing_leaves_a_database_with_every_row_it_was_told_of";
    for round in 1..=3 {
        let before = runtime().block_on(async {
            match Database::open(&place).await {
                Ok(database) => database.responses("killed").versions(QUOTE, "").await.expect("read").len() as u64,
                Err(error) => panic!("round {round}: {error}"),
            }
        });
        let told = tracesnap_killed::kill_after(7, test, &[(PLACE, &place)]);
        runtime().block_on(async {
            let database = Database::open(&place).await.expect("it opens");
            let versions = database.responses("killed").versions(QUOTE, "").await.expect("read");
            assert!(versions.len() as u64 >= before + told, "{} of {before} + {told}", versions.len());
            let mut numbers: Vec<_> = versions.iter().map(|version| version.version).collect();
            numbers.reverse();
            assert_eq!(numbers, (1..=numbers.len() as i64).collect::<Vec<_>>());
            assert!(versions.iter().all(|version| version.json().is_some()), "each is whole");
            assert_eq!(versions.iter().filter(|version| version.is_active).count(), 1);
            // The row and its line in the audit log were written together.
            let log = database.audit_log(10_000).await.expect("read");
            assert_eq!(log.iter().filter(|change| change.action == "save a response").count(), versions.len());
        });
    }
}
