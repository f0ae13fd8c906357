//! A setting as it holds, for people.

use crate::{Key, Setting, Source};

/// A setting as it holds: which one, its value as a text, and who said so. The value of a secret is not in it.
///
/// ```
/// use tracesnap_config::{Effective, Environment, Key, Sources};
///
/// const KEY: Key = Key::new("key").variable("SHOP_KEY").secret();
/// const DEPTH: Key = Key::new("depth").variable("SHOP_DEPTH");
///
/// let sources = Sources::new("shop").with_environment(Environment::of([("SHOP_KEY", "4f1e"), ("SHOP_DEPTH", "3")]));
/// let depth = Effective::of(&DEPTH, &sources.resolve(&DEPTH, None, None, 8_u64)?, u64::to_string);
/// assert_eq!((depth.value.as_str(), depth.source.to_string().as_str()), ("3", "environment variable `SHOP_DEPTH`"));
/// let key = Effective::of(&KEY, &sources.resolve(&KEY, None, None, String::new())?, Clone::clone);
/// assert_eq!(key.value, "set");
/// # Ok::<(), tracesnap_config::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Effective {
    /// The setting.
    pub key: Key,
    /// Its value as it could be written, or whether there is one where it is secret.
    pub value: String,
    /// Who said so.
    pub source: Source,
}

impl Effective {
    /// A setting that was resolved, shown by this function.
    #[must_use]
    pub fn of<T>(key: &Key, setting: &Setting<T>, show: impl FnOnce(&T) -> String) -> Self {
        let value = match (key.is_secret(), &setting.source) {
            (false, _) => show(&setting.value),
            (true, Source::Default) => "not set".to_owned(),
            (true, _) => "set".to_owned(),
        };
        Self { key: *key, value, source: setting.source.clone() }
    }
}
