//! What it costs to find an answer in each tier, and how often one is found.
//!
//! `cargo bench -p tracesnap-mock --features database,redis --bench caching`
//!
//! Redis and PostgreSQL are private servers on loopback; one that is not installed is left out, and said. Times are of
//! one lookup after another, so that they tell the tier and not a queue; a tier is asked alone, without memory before it.

#[path = "../tests/promises/servers.rs"]
#[allow(dead_code, reason = "the promises kill servers, a bench does not")]
mod servers;

use std::hint::black_box;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tracesnap_mock::cache::{Cache, CacheKey, DatabaseTier, Entry, Made, RedisTier, Tier};
use tracesnap_mock::config::MockConfig;
use tracesnap_mock::database::Database;
use tracesnap_mock::responder::Responder;
use tracesnap_openapi::Document;

use servers::{Postgres, Redis};

/// Keys of the load.
const KEYS: u64 = 1_000;
/// Lookups that are timed in each tier.
const LOOKUPS: u64 = 20_000;
/// Bytes of a body, which is what an item of a real API has.
const BODY: usize = 2_000;

fn main() {
    if std::env::args().any(|argument| argument == "--list") {
        return;
    }
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    runtime.block_on(async {
        println!("{:<34} {:>10} {:>10} {:>10} {:>10}", "one lookup", "P50", "P95", "P99", "target P95");
        key_times();
        times("memory", "5 µs", Cache::builder().max_memory_items(KEYS).build()).await;
        let redis = Redis::start();
        if let Some(redis) = &redis {
            times("Redis", "1 ms", far(RedisTier::new(&redis.url()).expect("a URL"))).await;
        }
        let folder = tempfile::tempdir().expect("a folder");
        let sqlite = Database::open(&format!("sqlite:{}", folder.path().join("mock.sqlite").display())).await;
        times("SQLite", "2 ms", far(DatabaseTier::new(sqlite.expect("a database")))).await;
        if let Some(postgres) = Postgres::start() {
            let database = Database::open(&postgres.url()).await.expect("a database");
            times("PostgreSQL", "-", far(DatabaseTier::new(database))).await;
        }
        println!("\n{:<58} {:>9} {:>9} {:>8}", "Zipf load, 1,000 keys, 10,000 requests", "requests", "made", "hits");
        rates("memory, 1,000 items", &Cache::builder().build()).await;
        rates("memory, 200 items", &Cache::builder().max_memory_items(200).build()).await;
        if let Some(redis) = &redis {
            let tier = || RedisTier::new(&redis.url()).expect("a URL").with_prefix("zipf:");
            rates("memory, 200 items, and Redis", &Cache::builder().max_memory_items(200).tier(tier()).build()).await;
            rates("the same, in a process that begins", &Cache::builder().max_memory_items(200).tier(tier()).build())
                .await;
        }
        whole().await;
    });
}

fn far(tier: impl Tier + 'static) -> Cache {
    Cache::builder().without_memory().patience(Duration::from_secs(10)).tier(tier).build()
}

fn key(number: u64) -> CacheKey {
    CacheKey::of("bench").bytes(&number.to_le_bytes()).finish()
}

fn entry() -> Entry {
    Entry::new(200, "application/json", vec![b'x'; BODY])
}

fn print(name: &str, target: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_nanos() as f64 / 1_000.0;
    println!("{name:<34} {:>7.2} µs {:>7.2} µs {:>7.2} µs {target:>10}", at(0.5), at(0.95), at(0.99));
}

/// What every lookup costs before a tier is asked.
fn key_times() {
    let request = http::Request::get("/orders?page=7&per_page=20")
        .header("host", "127.0.0.1:8080")
        .header("accept", "application/json")
        .header("user-agent", "bench")
        .header("authorization", "Bearer 0123456789abcdef0123456789abcdef")
        .body(Bytes::new())
        .expect("a request");
    let timed = (0..LOOKUPS).map(|_| {
        let begun = Instant::now();
        black_box(CacheKey::of("answer").text("GET /orders").request(black_box(&request)).finish());
        begun.elapsed()
    });
    print("the key of a request", "-", timed.collect());
}

async fn times(name: &str, target: &str, cache: Cache) {
    for number in 0..KEYS {
        cache.put(&key(number), &["operation:GET /orders".to_owned()], entry());
    }
    // What is written behind is there when the last of it is.
    let begun = Instant::now();
    for number in 0..KEYS {
        while cache.get(&key(number)).await.is_none() {
            assert!(begun.elapsed() < Duration::from_secs(120), "{name} has not everything");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    let mut zipf = Zipf::new(7);
    let mut timed = Vec::with_capacity(LOOKUPS as usize);
    for _ in 0..LOOKUPS {
        let key = key(zipf.next());
        let begun = Instant::now();
        let found = cache.get(black_box(&key)).await;
        timed.push(begun.elapsed());
        assert!(found.is_some_and(|entry| entry.body.len() == BODY), "{name} lost an entry");
    }
    print(name, target, timed);
}

async fn rates(name: &str, cache: &Cache) {
    let mut zipf = Zipf::new(11);
    for _ in 0..10_000 {
        let number = zipf.next();
        cache.get_or_make(&key(number), &[], async { Made::Keep(entry()) }).await;
    }
    let statistics = cache.get_statistics();
    let share = statistics.hit_rate * 100.0;
    println!("{name:<58} {:>9} {:>9} {share:>6.1} %", statistics.hits + statistics.misses, statistics.made);
    // What is written behind belongs to this row.
    tokio::time::sleep(Duration::from_millis(500)).await;
}

/// The whole way of a request: found, and made, side by side.
async fn whole() {
    let text = "openapi: 3.0.3\npaths:\n  /quotes/{symbol}:\n    get:\n      \
                parameters: [{ name: symbol, in: path, required: true, schema: { type: string } }]\n      \
                responses: { 200: { description: fine, content: { application/json: { schema: { type: object, \
                properties: { symbol: { type: string }, price: { type: number }, note: { type: string }, \
                at: { type: string, format: date-time } } } } } } }\n";
    println!("\n{:<34} {:>10} {:>10} {:>10}", "a request, from a mock", "P50", "P95", "P99");
    for (name, enabled) in [("made each time", false), ("found in memory", true)] {
        let document = Document::parse("quotes.yaml", text).expect("a document");
        let mut config = MockConfig::default();
        config.cache_enabled = enabled;
        let responder = Responder::builder(document).config(config).build().await.expect("a responder");
        let mut timed = Vec::with_capacity(LOOKUPS as usize);
        let mut zipf = Zipf::new(3);
        for _ in 0..LOOKUPS {
            let target = format!("/quotes/{}", zipf.next());
            let request = http::Request::get(target).body(Bytes::new()).expect("a request");
            let begun = Instant::now();
            let answer = responder.answer(&request).await;
            timed.push(begun.elapsed());
            assert_eq!(answer.status, 200);
        }
        print(name, "", timed);
    }
}

/// Numbers below [`KEYS`], the n-th with a weight of 1/n; the same ones in every run.
struct Zipf {
    sums: Vec<f64>,
    state: u64,
}

impl Zipf {
    fn new(seed: u64) -> Self {
        let sums = (1..=KEYS).scan(0.0, |sum, rank| {
            *sum += 1.0 / rank as f64;
            Some(*sum)
        });
        Self { sums: sums.collect(), state: seed }
    }

    fn next(&mut self) -> u64 {
        // SplitMix64.
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let share = ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64;
        let wanted = share * self.sums.last().copied().unwrap_or_default();
        self.sums.partition_point(|sum| *sum < wanted) as u64
    }
}
