//! `tracesnap mock versions|rules|stats|export|reset`: what is stored in the database.

mod reset;
mod rules;
mod stats;
mod transfer;
mod versions;

use anyhow::{Context, Result};
use clap::Args;
use tracesnap_mock::config::{MockConfig, MockEnvironment};
use tracesnap_mock::database::Database;

pub(crate) use reset::Reset;
pub(crate) use rules::RulesCommand;
pub(crate) use stats::Stats;
pub(crate) use transfer::Export;
pub(crate) use versions::VersionsCommand;

/// Where the library is, and of which API.
#[derive(Clone, Debug, Args)]
pub(crate) struct Library {
    /// The database: `sqlite:PATH` or `postgres://…`. [default: as MOCK_DATABASE_URL or tracesnap.toml says]
    #[arg(long, value_name = "URL", global = true)]
    database: Option<String>,
    /// The API: the title of its document.
    #[arg(long, value_name = "NAME", default_value = "", global = true)]
    api: String,
}

/// A library that is open.
struct Open {
    database: Database,
    api: String,
    environment: MockEnvironment,
    actor: String,
}

impl Library {
    /// Runs something with it, and ends.
    fn with<T>(&self, does: impl AsyncFnOnce(Open) -> Result<T>) -> Result<T> {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start a runtime")?;
        runtime.block_on(async {
            let config = MockConfig::from_env()?;
            let url = self.database.clone().unwrap_or(config.database_url);
            let database = Database::open(&url).await?;
            let api = if self.api.is_empty() { only_api(&database).await? } else { self.api.clone() };
            // For the audit log; whoever calls may say another name.
            let actor = ["TRACESNAP_ACTOR", "USER", "LOGNAME"].into_iter().find_map(|name| std::env::var(name).ok());
            let open = Open {
                database: database.clone(),
                api,
                environment: config.environment,
                actor: actor.unwrap_or_default(),
            };
            let done = does(open).await;
            database.close().await;
            done
        })
    }
}

/// The API that something is stored for, where there is one only.
async fn only_api(database: &Database) -> Result<String> {
    let apis = database.apis().await?;
    match apis.as_slice() {
        [] => Ok("API".to_owned()),
        [one] => Ok(one.clone()),
        several => anyhow::bail!("the database knows several APIs; name one with `--api`: {}", several.join(", ")),
    }
}
