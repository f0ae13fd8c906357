//! The environment variables that are asked: those of the process, or a made-up set.

use std::collections::BTreeMap;

/// Variables by name. A test brings its own set, so that it need not change the process for all others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// The variables of the process, as they are now. Those that are no Unicode are left out.
    #[must_use]
    pub fn process() -> Self {
        Self(
            std::env::vars_os()
                .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
                .collect(),
        )
    }

    /// Exactly these variables.
    pub fn of<N: Into<String>, V: Into<String>>(variables: impl IntoIterator<Item = (N, V)>) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }

    /// The value of a variable. One that is set to nothing counts as not set, as shells have no better way to unset it
    /// for one command.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// The names of all variables that begin so, A to Z.
    pub fn names<'e>(&'e self, prefix: &'e str) -> impl Iterator<Item = &'e str> {
        self.0.keys().map(String::as_str).filter(move |name| name.starts_with(prefix))
    }
}
