//! The tier that several processes share: Redis or Valkey.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, Cmd, ErrorKind, FromRedisValue, Pipeline, RedisError};
use tokio::sync::Mutex;

use super::{CacheKey, Entry, Tier, TierError, TierFuture};
use crate::Error;
use crate::config::without_password;

/// Answers in Redis or Valkey, under keys that begin with a prefix.
///
/// An entry is a string that expires; a tag is a set of the keys that have it, and expires with the last of them. It
/// connects on first use, and again after the connection was lost.
pub struct RedisTier {
    client: Client,
    url: String,
    prefix: String,
    connection: Mutex<Option<MultiplexedConnection>>,
}

/// Keys that are looked through in one step.
const STEP: usize = 500;

impl RedisTier {
    /// What all of its keys begin with.
    pub const DEFAULT_PREFIX: &'static str = "tracesnap:mock:";
    /// Time that a connection and each command are given.
    const TIME: Duration = Duration::from_secs(2);

    /// A tier there, as in `redis://127.0.0.1:6379`. Nothing is connected yet.
    ///
    /// # Errors
    /// [`Error::Redis`] if that is no URL of Redis.
    pub fn new(url: &str) -> Result<Self, Error> {
        let shown = without_password(url);
        let client =
            Client::open(url).map_err(|source| Error::Redis { url: shown.clone(), source: Box::new(source) })?;
        Ok(Self { client, url: shown, prefix: Self::DEFAULT_PREFIX.to_owned(), connection: Mutex::default() })
    }

    /// With another prefix of keys: mocks that are to know nothing of each other. Default: [`Self::DEFAULT_PREFIX`].
    #[must_use]
    pub fn with_prefix(self, prefix: impl Into<String>) -> Self {
        Self { prefix: prefix.into(), ..self }
    }

    fn entry_key(&self, key: &CacheKey) -> String {
        format!("{}entry:{key}", self.prefix)
    }

    fn tag_key(&self, tag: &str) -> String {
        format!("{}tag:{tag}", self.prefix)
    }

    async fn connection(&self) -> Result<MultiplexedConnection, RedisError> {
        let mut connection = self.connection.lock().await;
        if let Some(connection) = &*connection {
            return Ok(connection.clone());
        }
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(Self::TIME))
            .set_response_timeout(Some(Self::TIME));
        let new = self.client.get_multiplexed_async_connection_with_config(&config).await?;
        Ok(connection.insert(new).clone())
    }

    /// Lets the next one connect anew where a connection is of no use any more.
    async fn done<T>(&self, doing: &'static str, done: Result<T, RedisError>) -> Result<T, TierError> {
        match done {
            Ok(found) => Ok(found),
            Err(error) => {
                if error.is_io_error() || error.is_unrecoverable_error() || error.kind() == ErrorKind::Parse {
                    *self.connection.lock().await = None;
                }
                Err(TierError::new(doing, error))
            }
        }
    }

    async fn run<T: FromRedisValue>(&self, doing: &'static str, command: &Cmd) -> Result<T, TierError> {
        let done = async { command.query_async(&mut self.connection().await?).await };
        self.done(doing, done.await).await
    }

    async fn run_all(&self, doing: &'static str, commands: &Pipeline) -> Result<(), TierError> {
        let done = async { commands.query_async::<()>(&mut self.connection().await?).await };
        self.done(doing, done.await).await
    }

    /// Goes through all keys of a kind in steps, so that nobody else has to wait.
    async fn each_key(&self, doing: &'static str, kind: &str, forget: bool) -> Result<u64, TierError> {
        let escaped = self.prefix.replace(['\\', '*', '?', '[', ']'], "?");
        let (mut cursor, mut count) = (0_u64, 0);
        loop {
            let mut scan = redis::cmd("SCAN");
            scan.arg(cursor).arg("MATCH").arg(format!("{escaped}{kind}*")).arg("COUNT").arg(STEP);
            let (next, keys): (u64, Vec<String>) = self.run(doing, &scan).await?;
            let keys: Vec<_> = keys.into_iter().filter(|key| key.starts_with(&self.prefix)).collect();
            count += keys.len() as u64;
            if forget && !keys.is_empty() {
                self.run::<()>(doing, redis::cmd("UNLINK").arg(&keys)).await?;
            }
            if next == 0 {
                return Ok(count);
            }
            cursor = next;
        }
    }
}

impl fmt::Debug for RedisTier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisTier").field("url", &self.url).field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

impl Tier for RedisTier {
    fn name(&self) -> &'static str {
        "redis"
    }

    fn get<'t>(&'t self, key: &'t CacheKey) -> TierFuture<'t, Option<Entry>> {
        Box::pin(async move {
            let bytes: Option<Vec<u8>> =
                self.run("read an entry from Redis", redis::cmd("GET").arg(self.entry_key(key))).await?;
            Ok(bytes.map(Bytes::from).as_ref().and_then(Entry::from_bytes))
        })
    }

    fn put<'t>(&'t self, key: &'t CacheKey, entry: &'t Entry, ttl: Duration) -> TierFuture<'t, ()> {
        Box::pin(async move {
            let Some(bytes) = entry.to_bytes() else { return Ok(()) };
            let name = self.entry_key(key);
            let ttl = u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX).clamp(1, i64::MAX as u64);
            let mut commands = redis::pipe();
            commands.atomic().cmd("SET").arg(&name).arg(&bytes[..]).arg("PX").arg(ttl).ignore();
            for tag in &entry.tags {
                let tag = self.tag_key(tag);
                commands.cmd("SADD").arg(&tag).arg(&name).ignore();
                // A new set has no time of its own yet, and one that lives longer keeps it.
                commands.cmd("PEXPIRE").arg(&tag).arg(ttl).arg("NX").ignore();
                commands.cmd("PEXPIRE").arg(&tag).arg(ttl).arg("GT").ignore();
            }
            self.run_all("keep an entry in Redis", &commands).await
        })
    }

    fn remove<'t>(&'t self, key: &'t CacheKey) -> TierFuture<'t, ()> {
        Box::pin(
            async move { self.run("forget an entry in Redis", redis::cmd("UNLINK").arg(self.entry_key(key))).await },
        )
    }

    fn remove_tag<'t>(&'t self, tag: &'t str) -> TierFuture<'t, u64> {
        Box::pin(async move {
            let doing = "forget entries in Redis by their tag";
            let tag = self.tag_key(tag);
            let mut count = 0;
            loop {
                // Taken out of the set before they are forgotten: what is added meanwhile stays, and is found.
                let keys: Vec<String> = self.run(doing, redis::cmd("SPOP").arg(&tag).arg(STEP)).await?;
                if keys.is_empty() {
                    return Ok(count);
                }
                count += self.run::<u64>(doing, redis::cmd("UNLINK").arg(&keys)).await?;
            }
        })
    }

    fn clear(&self) -> TierFuture<'_, ()> {
        Box::pin(async move { self.each_key("forget all entries in Redis", "", true).await.map(|_| ()) })
    }

    fn size(&self) -> TierFuture<'_, u64> {
        Box::pin(self.each_key("count the entries in Redis", "entry:", false))
    }
}
