//! How a responder is set up.

use std::sync::Arc;

use tracesnap_openapi::Document;

use super::{Live, Responder};
use crate::Error;
use crate::cache::Cache;
use crate::config::{CacheStrategy, MockConfig};
#[cfg(feature = "database")]
use crate::database::Database;
use crate::engine::{Mock, MockBuilder};

/// Sets up a [`Responder`].
#[derive(Clone, Debug)]
#[must_use = "nothing answers until `build`"]
pub struct ResponderBuilder {
    pub(super) mock: MockBuilder,
    #[cfg(feature = "database")]
    pub(super) api: String,
    pub(super) config: MockConfig,
    pub(super) cache: Option<Cache>,
    pub(super) live: Option<Arc<dyn Live>>,
    #[cfg(feature = "database")]
    pub(super) database: Option<Database>,
}

impl Responder {
    /// One for the API of a document.
    pub fn builder(document: impl Into<Arc<Document>>) -> ResponderBuilder {
        let document = document.into();
        ResponderBuilder {
            #[cfg(feature = "database")]
            api: document.title().unwrap_or("an API without a title").to_owned(),
            mock: Mock::from_document(document),
            config: MockConfig::default(),
            cache: None,
            live: None,
            #[cfg(feature = "database")]
            database: None,
        }
    }
}

impl ResponderBuilder {
    /// How the mock is set up. Its quality and whether it is stateful follow from the settings: `quality`, and
    /// `auto_detect`, without which nothing is remembered. Default: as [`MockBuilder`] has it.
    pub fn mock(mut self, set_up: impl FnOnce(MockBuilder) -> MockBuilder) -> Self {
        self.mock = set_up(self.mock);
        self
    }

    /// The settings. Default: [`MockConfig::default`].
    pub fn config(self, config: MockConfig) -> Self {
        Self { config, ..self }
    }

    /// The name under which the API is found in the database. Default: the title of the document.
    #[cfg(feature = "database")]
    pub fn api(self, api: impl Into<String>) -> Self {
        Self { api: api.into(), ..self }
    }

    /// A cache of one's own. Default: one with the tiers that the settings name.
    pub fn cache(self, cache: Cache) -> Self {
        Self { cache: Some(cache), ..self }
    }

    /// Who asks the service. Default: nobody.
    pub fn live(self, live: impl Live + 'static) -> Self {
        Self { live: Some(Arc::new(live)), ..self }
    }

    /// What is stored. Default: nothing.
    #[cfg(feature = "database")]
    pub fn database(self, database: Database) -> Self {
        Self { database: Some(database), ..self }
    }

    /// The responder. What the document's operations are is stored in the database, if there is one.
    ///
    /// # Errors
    /// The settings ask for a tier that was not compiled in, or for one in a database where there is none; the database
    /// cannot be read.
    pub async fn build(self) -> Result<Responder, Error> {
        Responder::new(self).await
    }

    /// The cache that the settings ask for.
    pub(super) fn open_cache(&self, config: &MockConfig) -> Result<Cache, Error> {
        let strategy = config.cache_strategy;
        let all = strategy == CacheStrategy::Hybrid;
        let mut cache = Cache::builder().ttl(config.cache_ttl);
        if !all && strategy != CacheStrategy::Memory {
            cache = cache.without_memory();
        }
        if all || strategy == CacheStrategy::Redis {
            #[cfg(feature = "redis")]
            {
                cache = cache.tier(crate::cache::RedisTier::new(&config.redis_url)?);
            }
            #[cfg(not(feature = "redis"))]
            if !all {
                return Err(Error::NotBuilt { what: "tier in Redis", feature: "redis" });
            }
        }
        if all || strategy == CacheStrategy::Database {
            #[cfg(feature = "database")]
            match &self.database {
                Some(database) => cache = cache.tier(crate::cache::DatabaseTier::new(database.clone())),
                None if all => {}
                None => {
                    let what = "database for its cache".to_owned();
                    return Err(Error::Missing { what, hint: "give the responder one".to_owned() });
                }
            }
            #[cfg(not(feature = "database"))]
            if !all {
                return Err(Error::NotBuilt { what: "tier in a database", feature: "database" });
            }
        }
        Ok(cache.build())
    }
}
