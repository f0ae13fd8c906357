//! The name of a setting, in the file and in the environment, and what is told of it.

/// How many variables may say the same.
const VARIABLES: usize = 3;

/// A setting as data: its names, and what reference tables and errors say of it.
///
/// ```
/// use tracesnap_config::Key;
///
/// const TTL: Key = Key::new("cache_ttl")
///     .variable("TRACESNAP_CACHE_TTL")
///     .variable("CACHE_TTL")
///     .takes("a time such as `10 min`")
///     .default_is("1 h")
///     .means("how long answers are kept");
///
/// assert_eq!(TTL.variables().collect::<Vec<_>>(), ["TRACESNAP_CACHE_TTL", "CACHE_TTL"]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    name: &'static str,
    variables: [Option<&'static str>; VARIABLES],
    takes: &'static str,
    default: &'static str,
    means: &'static str,
    is_secret: bool,
    in_file: bool,
}

impl Key {
    /// A setting that the file has under this name. Default: no variable, and nothing is told of it.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self { name, variables: [None; VARIABLES], takes: "", default: "", means: "", is_secret: false, in_file: true }
    }

    /// A variable of the environment; of several, the one that was given first wins.
    ///
    /// # Panics
    ///
    /// At the fourth, where the constant is compiled.
    #[must_use]
    pub const fn variable(mut self, variable: &'static str) -> Self {
        let mut at = 0;
        while self.variables[at].is_some() {
            at += 1;
        }
        self.variables[at] = Some(variable);
        self
    }

    /// What it takes, as the end of «but takes …».
    #[must_use]
    pub const fn takes(self, takes: &'static str) -> Self {
        Self { takes, ..self }
    }

    /// Its default, for people.
    #[must_use]
    pub const fn default_is(self, default: &'static str) -> Self {
        Self { default, ..self }
    }

    /// What it is for, in one line.
    #[must_use]
    pub const fn means(self, means: &'static str) -> Self {
        Self { means, ..self }
    }

    /// Nobody is shown its value, and the file is no place for it.
    #[must_use]
    pub const fn secret(self) -> Self {
        Self { is_secret: true, in_file: false, ..self }
    }

    /// The file is no place for it.
    #[must_use]
    pub const fn not_in_file(self) -> Self {
        Self { in_file: false, ..self }
    }

    /// The name in the file.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The first variable, if it has one.
    #[must_use]
    pub const fn variable_name(&self) -> Option<&'static str> {
        self.variables[0]
    }

    /// All variables, the one that wins first.
    pub fn variables(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.variables.into_iter().flatten()
    }

    /// What it takes.
    #[must_use]
    pub const fn form(&self) -> &'static str {
        self.takes
    }

    /// Its default, for people.
    #[must_use]
    pub const fn default_text(&self) -> &'static str {
        self.default
    }

    /// What it is for.
    #[must_use]
    pub const fn meaning(&self) -> &'static str {
        self.means
    }

    /// Whether nobody is shown its value.
    #[must_use]
    pub const fn is_secret(&self) -> bool {
        self.is_secret
    }

    /// Whether the file may say it.
    #[must_use]
    pub const fn is_in_file(&self) -> bool {
        self.in_file
    }
}
