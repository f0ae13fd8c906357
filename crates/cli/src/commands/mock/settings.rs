//! The settings of the process, for `tracesnap mock serve`.

use std::io::Write;
use std::sync::Arc;

use anyhow::Result;
use tracesnap_config::Sources;
use tracesnap_mock::MockBuilder;
use tracesnap_mock::config::MockConfig;
use tracesnap_mock::responder::Responder;
use tracesnap_openapi::Document;

use super::serve::Rich;
use crate::output::style;

/// Settings that somebody has chosen.
pub(super) struct Settings {
    config: MockConfig,
    /// Whether the database was asked for by itself.
    #[cfg(feature = "database")]
    database: bool,
}

impl Settings {
    /// `None` where nobody said anything but the quality.
    pub(super) fn of(quality: Option<Rich>, database: Option<&str>) -> Result<Option<Self>> {
        let sources = Sources::process("mock")?;
        if database.is_none() && !MockConfig::builder().resolve(&sources)?.is_chosen() {
            return Ok(None);
        }
        let mut builder = MockConfig::builder();
        if let Some(quality) = quality {
            builder = builder.quality(quality.into());
        }
        if let Some(database) = database {
            builder = builder.database_url(database);
        }
        let config = builder.resolve(&sources)?;
        #[cfg(not(feature = "database"))]
        if database.is_some() {
            anyhow::bail!("this build has no database; build it with `--features database`");
        }
        Ok(Some(Self {
            #[cfg(feature = "database")]
            database: *config.source("database_url") != tracesnap_config::Source::Default,
            config,
        }))
    }

    pub(super) async fn responder(
        &self,
        document: Arc<Document>,
        set_up: impl FnOnce(MockBuilder) -> MockBuilder,
    ) -> Result<Responder> {
        let with_mock = Responder::builder(document).mock(set_up);
        #[cfg(feature = "database")]
        {
            use tracesnap_mock::config::CacheStrategy;
            use tracesnap_mock::database::Database;
            let kept = self.config.cache_enabled
                && matches!(self.config.cache_strategy, CacheStrategy::Database | CacheStrategy::Hybrid);
            if self.database || kept {
                let database = Database::open(&self.config.database_url).await?;
                // What the database holds for the environment stands behind all that was said here.
                let stored = database.environment(self.config.environment).settings().await?;
                let own = self.config.clone();
                let mut builder = MockConfig::builder().stored(stored);
                if *own.source("quality") == tracesnap_config::Source::Attribute {
                    builder = builder.quality(own.quality);
                }
                let config = builder.database_url(own.database_url).resolve(&Sources::process("mock")?)?;
                return Ok(with_mock.config(config).database(database).build().await?);
            }
        }
        Ok(with_mock.config(self.config.clone()).build().await?)
    }

    /// Says what holds.
    pub(super) fn tell(&self, out: &mut impl Write) -> Result<()> {
        let faint = style::FAINT;
        let described: Vec<_> =
            self.config.describe().into_iter().map(|(name, value)| format!("{name} {value}")).collect();
        writeln!(out, "{faint}{}{faint:#}", described.join(", "))?;
        out.flush()?;
        Ok(())
    }
}

/// Writes what was counted, and says what became of the cache.
pub(super) async fn end(responder: &Responder) {
    let mut to = anstream::stderr();
    #[cfg(feature = "database")]
    if let Err(error) = responder.flush().await {
        let warn = style::WARN;
        let _ = writeln!(to, "{warn}analytics:{warn:#} {error}");
    }
    let Some(statistics) = responder.get_statistics() else { return };
    let _ = writeln!(
        to,
        "cache: {} hits, {} misses, hit rate {:.1} %",
        statistics.hits,
        statistics.misses,
        statistics.hit_rate * 100.0
    );
    for tier in statistics.tiers.iter().filter(|tier| tier.went_down > 0) {
        let (warn, why) = (style::WARN, tier.last_error.as_deref().unwrap_or_default());
        let _ = writeln!(to, "{warn}{}:{warn:#} was down {} times: {why}", tier.tier, tier.went_down);
    }
}
