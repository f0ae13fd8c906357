//! Answers are kept where they may be, found again, and never stale.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;
use tracesnap_mock::cache::{Cache, CacheKey, Entry, FAILURES, Made, Tier, TierError, TierFuture};
use tracesnap_mock::config::MockConfig;
use tracesnap_mock::engine::Fixed;
use tracesnap_mock::responder::Responder;
use tracesnap_openapi::Document;

use crate::quotes::{builder, document, get, kept};
use crate::shop::{request, spec};

/// A tier that can be switched off.
#[derive(Clone, Debug, Default)]
struct Far {
    entries: Arc<Mutex<HashMap<CacheKey, Entry>>>,
    is_down: Arc<AtomicBool>,
    asked: Arc<AtomicU64>,
}

impl Far {
    fn with<T>(&self, does: impl FnOnce(&mut HashMap<CacheKey, Entry>) -> T) -> Result<T, TierError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        if self.is_down.load(Ordering::Relaxed) {
            return Err(TierError::new("reach the far tier", "it is switched off"));
        }
        Ok(does(&mut self.entries.lock().expect("nobody panics")))
    }
}

impl Tier for Far {
    fn name(&self) -> &'static str {
        "far"
    }

    fn get<'t>(&'t self, key: &'t CacheKey) -> TierFuture<'t, Option<Entry>> {
        Box::pin(async { self.with(|entries| entries.get(key).cloned()) })
    }

    fn put<'t>(&'t self, key: &'t CacheKey, entry: &'t Entry, _: Duration) -> TierFuture<'t, ()> {
        Box::pin(async { self.with(|entries| entries.insert(*key, entry.clone())).map(|_| ()) })
    }

    fn remove<'t>(&'t self, key: &'t CacheKey) -> TierFuture<'t, ()> {
        Box::pin(async { self.with(|entries| entries.remove(key)).map(|_| ()) })
    }

    fn remove_tag<'t>(&'t self, tag: &'t str) -> TierFuture<'t, u64> {
        Box::pin(async move {
            self.with(|entries| {
                let before = entries.len();
                entries.retain(|_, entry| !entry.tags.iter().any(|one| one == tag));
                (before - entries.len()) as u64
            })
        })
    }

    fn clear(&self) -> TierFuture<'_, ()> {
        Box::pin(async { self.with(HashMap::clear) })
    }

    fn size(&self) -> TierFuture<'_, u64> {
        Box::pin(async { self.with(|entries| entries.len() as u64) })
    }
}

fn key(name: &str) -> CacheKey {
    CacheKey::of("test").text(name).finish()
}

fn entry(body: &str) -> Entry {
    Entry::new(200, "text/plain", body.to_owned())
}

/// Waits for what happens in the background.
pub(crate) async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < Duration::from_secs(60), "still not so: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn made(cache: &Cache, name: &str, tags: &[String]) -> bool {
    let mut made = false;
    cache
        .get_or_make(&key(name), tags, async {
            made = true;
            Made::Keep(entry(name))
        })
        .await;
    made
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_64_who_miss_the_same_at_once_one_makes_it() {
    let cache = Cache::builder().tier(Far::default()).build();
    let (times, start) = (Arc::new(AtomicU64::new(0)), Arc::new(tokio::sync::Barrier::new(64)));
    let all: Vec<_> = (0..64)
        .map(|_| {
            let (cache, times, start) = (cache.clone(), Arc::clone(&times), Arc::clone(&start));
            tokio::spawn(async move {
                start.wait().await;
                let make = async {
                    times.fetch_add(1, Ordering::Relaxed);
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    Made::Keep(entry("made"))
                };
                cache.get_or_make(&key("hot"), &[], make).await
            })
        })
        .collect();
    for one in all {
        assert_eq!(one.await.expect("no panic").body, "made");
    }
    assert_eq!(times.load(Ordering::Relaxed), 1);
    let statistics = cache.get_statistics();
    assert_eq!((statistics.made, statistics.hits, statistics.misses), (1, 63, 1));
}

#[tokio::test]
async fn memory_holds_a_thousand_answers_and_no_more() {
    let cache = Cache::builder().build();
    for number in 0..3_000 {
        cache.put(&key(&number.to_string()), &[], entry("x"));
    }
    until("at most 1,000", async || cache.get_statistics().memory_cache_size <= 1_000).await;
}

#[tokio::test]
async fn an_answer_is_over_after_its_time_also_where_it_was_promoted() {
    let far = Far::default();
    let first = Cache::builder().ttl(Duration::from_millis(400)).tier(far.clone()).build();
    assert!(made(&first, "a", &[]).await);
    until("the far tier has it", async || far.entries.lock().expect("no panic").len() == 1).await;
    // Another process, whose own entries would live an hour: what it takes over lives no longer than it had left.
    let second = Cache::builder().tier(far.clone()).build();
    let _ = second.get(&key("a")).await;
    until("it is over", async || second.get(&key("a")).await.is_none() && first.get(&key("a")).await.is_none()).await;
}

#[tokio::test]
async fn what_a_slow_tier_has_moves_up() {
    let far = Far::default();
    let first = Cache::builder().tier(far.clone()).build();
    assert!(made(&first, "a", &[]).await);
    until("the far tier has it", async || far.entries.lock().expect("no panic").len() == 1).await;
    let middle = Far::default();
    let second = Cache::builder().tier(middle.clone()).tier(far.clone()).build();
    assert!(!made(&second, "a", &[]).await);
    until("the middle tier has it", async || middle.entries.lock().expect("no panic").len() == 1).await;
    let asked = far.asked.load(Ordering::Relaxed);
    assert!(!made(&second, "a", &[]).await);
    assert_eq!(far.asked.load(Ordering::Relaxed), asked, "memory has it now");
    let tiers = second.get_statistics().tiers;
    assert_eq!(
        tiers.iter().map(|tier| (&*tier.tier, tier.hits, tier.promoted)).collect::<Vec<_>>(),
        [("memory", 1, 0), ("far", 0, 0), ("far", 1, 1)]
    );
}

#[tokio::test]
async fn entries_go_by_key_by_tag_and_all_at_once_in_every_tier() {
    let far = Far::default();
    let cache = Cache::builder().tier(far.clone()).build();
    let tags = |name: &str| [format!("operation:{name}")];
    for (name, tag) in [("a", "x"), ("b", "x"), ("c", "y"), ("d", "z")] {
        assert!(made(&cache, name, &tags(tag)).await);
    }
    until("the far tier has all", async || far.entries.lock().expect("no panic").len() == 4).await;
    cache.invalidate(&key("c")).await;
    assert_eq!(cache.invalidate_tag("operation:x").await, 2);
    for (name, gone) in [("a", true), ("b", true), ("c", true), ("d", false)] {
        assert_eq!(cache.get(&key(name)).await.is_none(), gone, "{name}");
    }
    cache.clear().await;
    assert!(cache.get(&key("d")).await.is_none() && far.entries.lock().expect("no panic").is_empty());
}

#[tokio::test]
async fn what_was_being_made_while_entries_went_is_not_kept() {
    let far = Far::default();
    let cache = Cache::builder().tier(far.clone()).build();
    let (making, go_on) = (Arc::new(tokio::sync::Notify::new()), Arc::new(tokio::sync::Notify::new()));
    let slow = tokio::spawn({
        let (cache, making, go_on) = (cache.clone(), Arc::clone(&making), Arc::clone(&go_on));
        async move {
            let make = async {
                making.notify_one();
                go_on.notified().await;
                Made::Keep(entry("old"))
            };
            cache.get_or_make(&key("a"), &["t".to_owned()], make).await
        }
    });
    making.notified().await;
    cache.invalidate_tag("t").await;
    go_on.notify_one();
    assert_eq!(slow.await.expect("no panic").body, "old", "whoever asked before gets what was true then");
    assert!(cache.get(&key("a")).await.is_none() && far.entries.lock().expect("no panic").is_empty());
    assert_eq!(cache.get_statistics().not_kept, 1);
}

#[tokio::test]
async fn a_tier_that_is_down_is_skipped_and_reported_and_used_again_when_it_is_back() {
    let far = Far::default();
    let cache = Cache::builder().without_memory().tier(far.clone()).build();
    far.is_down.store(true, Ordering::Relaxed);
    for _ in 0..200 {
        assert!(made(&cache, "a", &[]).await, "there is an answer all the same");
    }
    let asked = far.asked.load(Ordering::Relaxed);
    assert!(asked < 50, "a tier that is down was asked {asked} times");
    let report = &cache.get_statistics().tiers[0];
    assert!(!report.is_up && report.failures >= u64::from(FAILURES) && report.skipped > 100, "{report:?}");
    assert_eq!(report.last_error.as_deref(), Some("cannot reach the far tier: it is switched off"));
    far.is_down.store(false, Ordering::Relaxed);
    until("it is used again", async || {
        let _ = made(&cache, "a", &[]).await;
        cache.get_statistics().tiers[0].is_up && !made(&cache, "a", &[]).await
    })
    .await;
    assert_eq!(cache.get_statistics().tiers[0].went_down, 1);
}

#[tokio::test]
async fn an_answer_of_the_mock_is_kept_as_it_was_made() {
    let responder = builder().build().await.expect("a responder");
    let first = responder.answer(&get("/quotes/ada")).await;
    let second = responder.answer(&get("/quotes/ada")).await;
    assert_eq!((kept(&first), kept(&second)), ("miss", "hit"));
    assert_eq!((&first.body, first.status, first.index), (&second.body, second.status, second.index));
    assert_eq!(second.header("x-mock-source"), Some("generated"));
    assert_eq!(kept(&responder.answer(&get("/quotes/grace")).await), "miss");
    let statistics = responder.get_statistics().expect("a cache");
    assert_eq!((statistics.hits, statistics.misses), (1, 2));
    assert_eq!(responder.mock().stats().requests, 3, "answers that were found count as answers");
}

#[tokio::test]
async fn whoever_shows_no_credentials_does_not_get_what_others_got() {
    let responder = builder().build().await.expect("a responder");
    let mut with_key = get("/secrets");
    with_key.headers_mut().insert("x-key", "k".parse().expect("a value"));
    assert_eq!(responder.answer(&with_key).await.status, 200);
    for _ in 0..2 {
        let refused = responder.answer(&get("/secrets")).await;
        assert_eq!((refused.status.as_u16(), kept(&refused)), (401, "miss"), "what is refused is not kept");
    }
    assert_eq!(kept(&responder.answer(&with_key).await), "hit");
}

#[tokio::test]
async fn no_answer_is_stale_after_the_document_changed() {
    let far = Far::default();
    let cache = || Cache::builder().tier(far.clone()).build();
    let responder = async |prices: &str| {
        Responder::builder(document("quotes", prices)).cache(cache()).build().await.expect("a responder")
    };
    let price = async |responder: &Responder| {
        responder.answer(&get("/quotes/ada")).await.json().expect("JSON")["price"].as_i64().expect("a number")
    };
    let old = responder("[1, 2]").await;
    assert!(price(&old).await <= 2);
    until("the shared tier has it", async || far.entries.lock().expect("no panic").len() == 1).await;
    let new = responder("[8, 9]").await;
    assert!(price(&new).await >= 8);
    // Those who still have the old one are answered by it.
    assert_eq!(kept(&responder("[1, 2]").await.answer(&get("/quotes/ada")).await), "hit");
}

#[tokio::test]
async fn what_depends_on_what_was_created_or_fixed_is_never_kept() {
    let document = Document::open(spec()).expect("the fixture");
    let responder = Responder::builder(document).config(MockConfig::default()).build().await.expect("a responder");
    let ask = async |line: &str, body: serde_json::Value| {
        let answer = responder.answer(&request(line, &[], &body)).await;
        assert_eq!(kept(&answer), "", "{line}");
        answer
    };
    let made = ask("POST /customers", json!({"name": "Ada", "email": "ada@shop.test"})).await;
    assert_eq!(made.status, 201, "{made:?}");
    let id = made.json().expect("JSON")["id"].clone();
    let target = format!("/customers/{}", id.as_str().map_or_else(|| id.to_string(), str::to_owned));
    assert_eq!(ask(&format!("GET {target}"), json!(null)).await.json().expect("JSON")["name"], "Ada");
    assert!(ask(&format!("DELETE {target}"), json!(null)).await.status.is_success());
    assert_eq!(ask(&format!("GET {target}"), json!(null)).await.status, 404);

    let quotes = builder().build().await.expect("a responder");
    assert_eq!(kept(&quotes.answer(&get("/quotes/ada")).await), "miss");
    quotes.mock().set_override("quote", Fixed::status(503).times(1)).expect("an operation");
    let fixed = quotes.answer(&get("/quotes/ada")).await;
    assert_eq!((fixed.status.as_u16(), kept(&fixed)), (503, ""));
}
