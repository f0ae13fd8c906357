//! Keeps answers where they are found again sooner than they are made: in memory, in Redis, in a database.
//!
//! Which requests may be answered from here, and by what, is for [`crate::responder`]. Here a key leads to an answer, in
//! the first tier that has it.
//!
//! ```
//! use std::time::Duration;
//! use tracesnap_mock::cache::{Cache, CacheKey, Entry, Made};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! let cache = Cache::builder().ttl(Duration::from_secs(60)).build();
//! let key = CacheKey::of("orders").text("GET /orders/7").finish();
//! let tags = ["operation:GET /orders/{id}".to_owned()];
//!
//! for _ in 0..3 {
//!     let entry = Entry::new(200, "application/json", r#"{"id":7}"#);
//!     let found = cache.get_or_make(&key, &tags, async { Made::Keep(entry) }).await;
//!     assert_eq!(found.status, 200);
//! }
//! assert_eq!(cache.get_statistics().hit_rate, 2.0 / 3.0);
//!
//! cache.invalidate_tag(&tags[0]).await;
//! assert!(cache.get(&key).await.is_none());
//! # Ok::<(), Box<dyn std::error::Error>>(()) })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Tiers
//!
//! They are asked from the fastest to the slowest. What a slow one has is *promoted* to the faster ones, with the time it
//! has left to live. What is made is kept in all of them; nobody waits for the slow ones to have it.
//!
//! A tier that fails is *down*: after [`FAILURES`] failures in a row it is skipped for [`FIRST_PAUSE`], then one request
//! tries it; each failure doubles the pause, up to [`LAST_PAUSE`]. So a tier that is down costs nothing, and one that
//! comes back is used again. [`Statistics`] tell which is down, and since when and why.
//!
//! # What is never stale
//!
//! The hash of the document, of the settings and of whatever is stored for the operation are part of the key, so what
//! changes is looked for under another key. Beyond that, entries go by [key](Cache::invalidate), by
//! [tag](Cache::invalidate_tag), and all [at once](Cache::clear). An answer that was being made while entries went is
//! given to those who asked for it, and not kept.
//!
//! Many who ask for the same at once wait for one of them to make it: within a process, one miss is one generation.

mod breaker;
#[cfg(feature = "database")]
mod database;
mod entry;
mod flight;
mod key;
mod manager;
mod memory;
#[cfg(feature = "redis")]
mod redis;
mod statistics;
mod tier;

pub use breaker::{FAILURES, FIRST_PAUSE, LAST_PAUSE};
#[cfg(feature = "database")]
pub use database::DatabaseTier;
pub use entry::{Entry, MAX_ENTRY};
pub use key::{CacheKey, KeyBuilder};
pub use manager::{Cache, CacheBuilder, Made};
pub use memory::MemoryTier;
#[cfg(feature = "redis")]
pub use redis::RedisTier;
pub use statistics::{Statistics, TierStatistics};
pub use tier::{Tier, TierError, TierFuture};

#[cfg(feature = "database")]
pub(crate) use entry::now;
pub(crate) use key::hexadecimal;
