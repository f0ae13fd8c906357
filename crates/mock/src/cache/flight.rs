//! Lets those who ask for the same at once wait for one of them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use super::{CacheKey, Entry};

/// What is being made; nothing, if nothing could be.
type Flight = OnceCell<Option<Arc<Entry>>>;

/// What is being made, by key.
#[derive(Debug, Default)]
pub(crate) struct Flights {
    under_way: Mutex<HashMap<CacheKey, Arc<Flight>>>,
}

impl Flights {
    /// What `make` makes, or what somebody else is making for the same key already; and whether it was `make`.
    ///
    /// If whoever makes it is cancelled or panics, the next one who waits makes it.
    pub(crate) async fn join(
        &self,
        key: &CacheKey,
        make: impl Future<Output = Option<Arc<Entry>>>,
    ) -> (Option<Arc<Entry>>, bool) {
        let cell = {
            let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(under_way.entry(*key).or_default())
        };
        let _landing = Landing { flights: self, key, cell: &cell };
        let mut made = false;
        let entry = cell
            .get_or_init(|| async {
                made = true;
                make.await
            })
            .await;
        (entry.clone(), made)
    }

    #[cfg(test)]
    fn count(&self) -> usize {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

/// Forgets a flight when it is over, however it ended, unless somebody still waits for it.
struct Landing<'f> {
    flights: &'f Flights,
    key: &'f CacheKey,
    cell: &'f Arc<Flight>,
}

impl Drop for Landing<'_> {
    fn drop(&mut self) {
        let mut under_way = self.flights.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        let is_this = under_way.get(self.key).is_some_and(|cell| Arc::ptr_eq(cell, self.cell));
        // Two hands hold it when nobody waits: the map and this one.
        if is_this && (self.cell.initialized() || Arc::strong_count(self.cell) <= 2) {
            under_way.remove(self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn the_next_one_takes_over_where_whoever_makes_it_gives_up_and_nothing_stays_behind() {
        let flights = Arc::new(Flights::default());
        let key = CacheKey::of("x").finish();
        let stuck = tokio::spawn({
            let flights = Arc::clone(&flights);
            async move { flights.join(&key, std::future::pending()).await }
        });
        while flights.count() == 0 {
            tokio::task::yield_now().await;
        }
        let made = Arc::new(AtomicU32::new(0));
        let waiting: Vec<_> = (0..8)
            .map(|_| {
                let (flights, made) = (Arc::clone(&flights), Arc::clone(&made));
                tokio::spawn(async move {
                    let make = async {
                        made.fetch_add(1, Ordering::Relaxed);
                        Some(Arc::new(Entry::new(200, "text/plain", "made")))
                    };
                    flights.join(&key, make).await.0
                })
            })
            .collect();
        tokio::task::yield_now().await;
        stuck.abort();
        for one in waiting {
            assert_eq!(one.await.expect("no panic").expect("something").body, "made");
        }
        assert_eq!((made.load(Ordering::Relaxed), flights.count()), (1, 0));
    }
}
