//! Settings that change while a process runs.

use std::sync::{Arc, PoisonError, RwLock};

use super::MockConfig;

/// The settings that hold now. Whoever asks gets them as they are at that moment; a change is seen as a whole or not at
/// all.
///
/// ```
/// use tracesnap_mock::config::{MockConfig, Switch};
/// use tracesnap_record::Mode;
///
/// let switch = Switch::new(MockConfig::default());
/// let changes = switch.update(|config| config.mode = Mode::Playback);
/// assert_eq!(changes[0].to_string(), "mode: mock → playback");
/// assert_eq!(switch.current().mode, Mode::Playback);
/// ```
#[derive(Debug, Default)]
pub struct Switch {
    current: RwLock<Arc<MockConfig>>,
}

/// A setting that was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// The setting.
    pub setting: &'static str,
    /// What it was.
    pub before: String,
    /// What it is.
    pub after: String,
}

impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {} → {}", self.setting, self.before, self.after)
    }
}

impl Switch {
    /// With these settings at first.
    #[must_use]
    pub fn new(config: MockConfig) -> Self {
        Self { current: RwLock::new(Arc::new(config)) }
    }

    /// The settings that hold now.
    #[must_use]
    pub fn current(&self) -> Arc<MockConfig> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes settings, and tells which.
    ///
    /// A `change` that panics changes nothing.
    pub fn update(&self, change: impl FnOnce(&mut MockConfig)) -> Vec<Change> {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        let mut next = MockConfig::clone(&current);
        change(&mut next);
        let (before, after) = (current.describe(), next.describe());
        let changes = before.into_iter().zip(after).filter(|(before, after)| before != after);
        let changes =
            changes.map(|((setting, before), (_, after))| Change { setting, before, after }).collect::<Vec<_>>();
        if !changes.is_empty() {
            *current = Arc::new(next);
        }
        changes
    }
}
