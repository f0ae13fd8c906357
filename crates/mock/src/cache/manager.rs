//! The tiers as one cache.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::breaker::Breaker;
use super::entry::now;
use super::flight::Flights;
use super::statistics::{Counters, Statistics, TierStatistics, add, read};
use super::tier::TierError;
use super::{CacheKey, Entry, MemoryTier, Tier};
use crate::config::MockConfig;

/// Keeps answers in tiers. Cheap to clone; clones share all of it.
///
/// Tiers outside of the process are written to in tasks of the current tokio runtime.
#[derive(Clone, Debug)]
pub struct Cache {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    ttl: Duration,
    patience: Duration,
    memory: Option<(MemoryTier, Counters)>,
    far: Vec<Far>,
    flights: Flights,
    /// Grows with each invalidation: what was being made meanwhile is not kept.
    epoch: AtomicU64,
    hits: AtomicU64,
    misses: AtomicU64,
    shared: AtomicU64,
    made: AtomicU64,
    not_kept: AtomicU64,
}

/// A tier outside of the process.
#[derive(Debug)]
struct Far {
    tier: Arc<dyn Tier>,
    breaker: Breaker,
    counters: Counters,
}

/// Sets up a [`Cache`].
#[derive(Clone, Debug)]
#[must_use = "nothing is kept until `build`"]
pub struct CacheBuilder {
    ttl: Duration,
    patience: Duration,
    max_memory_items: Option<u64>,
    far: Vec<Arc<dyn Tier>>,
}

/// What was made for a key that no tier has.
#[derive(Clone, Debug)]
pub enum Made {
    /// It may be answered with again.
    Keep(Entry),
    /// It is for those who asked just now.
    Once(Entry),
}

impl Cache {
    /// Entries in memory.
    pub const DEFAULT_MAX_MEMORY_ITEMS: u64 = 1_000;
    /// Time that a tier is given for an answer.
    pub const DEFAULT_PATIENCE: Duration = Duration::from_millis(500);

    /// Sets one up. Default: memory alone.
    pub fn builder() -> CacheBuilder {
        CacheBuilder {
            ttl: MockConfig::DEFAULT_CACHE_TTL,
            patience: Self::DEFAULT_PATIENCE,
            max_memory_items: Some(Self::DEFAULT_MAX_MEMORY_ITEMS),
            far: Vec::new(),
        }
    }

    /// The entry of a key, from the first tier that has it. Faster tiers have it from now on.
    pub async fn get(&self, key: &CacheKey) -> Option<Arc<Entry>> {
        let found = match self.in_memory(key) {
            Some(entry) => Some(entry),
            None => self.in_far(key, self.epoch()).await,
        };
        add(if found.is_some() { &self.inner.hits } else { &self.inner.misses });
        found
    }

    /// The entry of a key, or what `make` makes. Of those who ask for the same at once, one looks and makes it.
    pub async fn get_or_make(&self, key: &CacheKey, tags: &[String], make: impl Future<Output = Made>) -> Arc<Entry> {
        match self.find_or_make(key, tags, async { Some(make.await) }).await {
            Some(entry) => entry,
            None => unreachable!("something is made always"),
        }
    }

    /// As [`get_or_make`](Self::get_or_make) where it may be that nothing can be made.
    pub async fn find_or_make(
        &self,
        key: &CacheKey,
        tags: &[String],
        make: impl Future<Output = Option<Made>>,
    ) -> Option<Arc<Entry>> {
        if let Some(entry) = self.in_memory(key) {
            add(&self.inner.hits);
            return Some(entry);
        }
        let mut missed = false;
        let find = async {
            let epoch = self.epoch();
            if let Some(entry) = self.in_far(key, epoch).await {
                return Some(entry);
            }
            missed = true;
            let made = make.await?;
            add(&self.inner.made);
            Some(match made {
                Made::Keep(entry) => self.keep(key, tags, entry, epoch),
                Made::Once(entry) => {
                    add(&self.inner.not_kept);
                    Arc::new(entry)
                }
            })
        };
        let (entry, own) = self.inner.flights.join(key, find).await;
        if missed {
            add(&self.inner.misses);
        } else {
            add(&self.inner.hits);
            if !own {
                add(&self.inner.shared);
            }
        }
        entry
    }

    /// Keeps an entry in all tiers, whatever they had.
    pub fn put(&self, key: &CacheKey, tags: &[String], entry: Entry) {
        self.keep(key, tags, entry, self.epoch());
    }

    /// Forgets an entry, in all tiers that are up.
    pub async fn invalidate(&self, key: &CacheKey) {
        self.next_epoch();
        if let Some((memory, _)) = &self.inner.memory {
            memory.remove(key);
        }
        for far in &self.inner.far {
            self.ask(far, "forget an entry", far.tier.remove(key)).await;
        }
    }

    /// Forgets all entries with a tag, in all tiers that are up; how many there were, in the tier with the most.
    pub async fn invalidate_tag(&self, tag: &str) -> u64 {
        self.next_epoch();
        let mut count = self.inner.memory.as_ref().map_or(0, |(memory, _)| memory.remove_tag(tag));
        for far in &self.inner.far {
            let removed = self.ask(far, "forget entries by their tag", far.tier.remove_tag(tag)).await;
            count = count.max(removed.unwrap_or_default());
        }
        count
    }

    /// Forgets everything, in all tiers that are up.
    pub async fn clear(&self) {
        self.next_epoch();
        if let Some((memory, _)) = &self.inner.memory {
            memory.clear();
        }
        for far in &self.inner.far {
            self.ask(far, "forget all entries", far.tier.clear()).await;
        }
    }

    /// What it has done so far.
    #[must_use]
    pub fn get_statistics(&self) -> Statistics {
        let inner = &*self.inner;
        let (hits, misses) = (read(&inner.hits), read(&inner.misses));
        let mut tiers = Vec::with_capacity(1 + inner.far.len());
        tiers.extend(inner.memory.as_ref().map(|(_, counters)| counters.statistics("memory")));
        tiers.extend(inner.far.iter().map(Far::statistics));
        let all = hits + misses;
        Statistics {
            hits,
            misses,
            hit_rate: if all == 0 { 0.0 } else { hits as f64 / all as f64 },
            shared: read(&inner.shared),
            made: read(&inner.made),
            not_kept: read(&inner.not_kept),
            memory_cache_size: inner.memory.as_ref().map_or(0, |(memory, _)| memory.size()),
            tiers,
        }
    }

    /// How many entries each tier outside of the process has; `None` for one that is down.
    pub async fn far_sizes(&self) -> Vec<(&'static str, Option<u64>)> {
        let mut sizes = Vec::with_capacity(self.inner.far.len());
        for far in &self.inner.far {
            sizes.push((far.tier.name(), self.ask(far, "count entries", far.tier.size()).await));
        }
        sizes
    }

    fn in_memory(&self, key: &CacheKey) -> Option<Arc<Entry>> {
        let (memory, counters) = self.inner.memory.as_ref()?;
        let begun = Instant::now();
        let found = memory.get(key);
        counters.took(begun.elapsed());
        add(if found.is_some() { &counters.hits } else { &counters.misses });
        found
    }

    /// Looks in the tiers outside of the process, and promotes what is there.
    async fn in_far(&self, key: &CacheKey, epoch: u64) -> Option<Arc<Entry>> {
        for (at, far) in self.inner.far.iter().enumerate() {
            let begun = Instant::now();
            let Some(found) = self.ask(far, "read an entry", far.tier.get(key)).await else { continue };
            far.counters.took(begun.elapsed());
            let Some(entry) = found.filter(|entry| entry.left().is_some()) else {
                add(&far.counters.misses);
                continue;
            };
            add(&far.counters.hits);
            let entry = Arc::new(entry);
            if epoch == self.epoch() {
                if at > 0 || self.inner.memory.is_some() {
                    add(&far.counters.promoted);
                }
                self.spread(key, &entry, at, epoch);
            }
            return Some(entry);
        }
        None
    }

    fn keep(&self, key: &CacheKey, tags: &[String], mut entry: Entry, epoch: u64) -> Arc<Entry> {
        entry.tags = tags.to_vec();
        let ttl = u64::try_from(self.inner.ttl.as_millis()).unwrap_or(u64::MAX);
        entry.expires_at = Some(now().saturating_add(ttl));
        let entry = Arc::new(entry);
        if epoch == self.epoch() {
            self.spread(key, &entry, self.inner.far.len(), epoch);
        } else {
            add(&self.inner.not_kept);
        }
        entry
    }

    /// Puts an entry into memory, and into the tiers before `end` as soon as they have time.
    fn spread(&self, key: &CacheKey, entry: &Arc<Entry>, end: usize, epoch: u64) {
        if let Some((memory, _)) = &self.inner.memory {
            memory.put(*key, Arc::clone(entry));
            // Whoever invalidated meanwhile may have looked before it was there.
            if epoch != self.epoch() {
                memory.remove(key);
            }
        }
        if end == 0 {
            return;
        }
        let (cache, key, entry) = (self.clone(), *key, Arc::clone(entry));
        tokio::spawn(async move {
            for far in &cache.inner.far[..end] {
                let Some(left) = entry.left() else { return };
                if epoch == cache.epoch() {
                    cache.ask(far, "keep an entry", far.tier.put(&key, &entry, left)).await;
                    if epoch != cache.epoch() {
                        cache.ask(far, "forget an entry", far.tier.remove(&key)).await;
                    }
                }
            }
        });
    }

    /// Asks a tier unless it is down. `None` where it is, or fails.
    async fn ask<T>(
        &self,
        far: &Far,
        doing: &'static str,
        what: impl Future<Output = Result<T, TierError>>,
    ) -> Option<T> {
        if !far.breaker.lets_pass(Instant::now()) {
            add(&far.counters.skipped);
            return None;
        }
        let done = tokio::time::timeout(self.inner.patience, what).await;
        match done.unwrap_or_else(|_| Err(TierError::late(doing))) {
            Ok(found) => {
                far.breaker.succeeded();
                Some(found)
            }
            Err(error) => {
                add(&far.counters.failures);
                far.breaker.failed(Instant::now(), error.sentence());
                None
            }
        }
    }

    fn epoch(&self) -> u64 {
        self.inner.epoch.load(Ordering::SeqCst)
    }

    fn next_epoch(&self) {
        self.inner.epoch.fetch_add(1, Ordering::SeqCst);
    }
}

impl Far {
    fn statistics(&self) -> TierStatistics {
        let report = self.breaker.report();
        TierStatistics {
            is_up: report.since.is_none(),
            down_for: report.since.map(|since| since.elapsed()),
            went_down: report.times,
            last_error: report.why,
            ..self.counters.statistics(self.tier.name())
        }
    }
}

impl CacheBuilder {
    /// How long an entry is an answer. Default: [`MockConfig::DEFAULT_CACHE_TTL`].
    pub fn ttl(self, ttl: Duration) -> Self {
        Self { ttl, ..self }
    }

    /// Time that a tier outside of the process is given; what takes longer is a failure of the tier. Default:
    /// [`Cache::DEFAULT_PATIENCE`].
    pub fn patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Entries in memory; the least used one goes where there are more. Default: [`Cache::DEFAULT_MAX_MEMORY_ITEMS`].
    pub fn max_memory_items(self, items: u64) -> Self {
        Self { max_memory_items: Some(items), ..self }
    }

    /// Without a tier in memory: every process sees what every other one has kept, at once.
    pub fn without_memory(self) -> Self {
        Self { max_memory_items: None, ..self }
    }

    /// A tier outside of the process, slower than those before it. Default: none.
    pub fn tier(mut self, tier: impl Tier + 'static) -> Self {
        self.far.push(Arc::new(tier));
        self
    }

    /// The cache.
    #[must_use]
    pub fn build(self) -> Cache {
        let far = |tier| Far { tier, breaker: Breaker::default(), counters: Counters::default() };
        let inner = Inner {
            ttl: self.ttl,
            patience: self.patience,
            memory: self.max_memory_items.map(|items| (MemoryTier::new(items), Counters::default())),
            far: self.far.into_iter().map(far).collect(),
            flights: Flights::default(),
            epoch: AtomicU64::new(0),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
            shared: AtomicU64::new(0),
            made: AtomicU64::new(0),
            not_kept: AtomicU64::new(0),
        };
        Cache { inner: Arc::new(inner) }
    }
}
