//! The places that are asked for a setting, in their order.

use std::path::Path;

use crate::value::file_value;
use crate::{ConfigFile, Environment, Error, FromSetting, Key, Setting, Source, nearest};

/// Environment and file, asked for the settings of one section of the file. Default: both are empty.
#[derive(Clone, Debug)]
pub struct Sources {
    section: &'static str,
    environment: Environment,
    file: Option<ConfigFile>,
}

impl Sources {
    /// No environment and no file.
    #[must_use]
    pub fn new(section: &'static str) -> Self {
        Self { section, environment: Environment::default(), file: None }
    }

    /// The environment of the process, and the file that holds for its current folder.
    ///
    /// # Errors
    ///
    /// As for [`ConfigFile::find`].
    pub fn process(section: &'static str) -> Result<Self, Error> {
        let environment = Environment::process();
        let file = match std::env::current_dir() {
            Ok(dir) => ConfigFile::find(&dir, &environment)?,
            // Whoever stands in a folder that is gone has no file above it.
            Err(_) => None,
        };
        Ok(Self { section, environment, file })
    }

    /// Asks this environment.
    #[must_use]
    pub fn with_environment(self, environment: Environment) -> Self {
        Self { environment, ..self }
    }

    /// Asks this file.
    #[must_use]
    pub fn with_file(self, file: Option<ConfigFile>) -> Self {
        Self { file, ..self }
    }

    /// Asks this text as if it was the file.
    ///
    /// # Errors
    ///
    /// [`Error::Parse`].
    pub fn with_file_text(self, path: impl AsRef<Path>, text: &str) -> Result<Self, Error> {
        let file = ConfigFile::parse(path.as_ref(), text)?;
        Ok(self.with_file(Some(file)))
    }

    /// The environment that is asked.
    #[must_use]
    pub fn environment(&self) -> &Environment {
        &self.environment
    }

    /// The file that is asked.
    #[must_use]
    pub fn file(&self) -> Option<&ConfigFile> {
        self.file.as_ref()
    }

    /// The value of a setting, from the first place that has one.
    ///
    /// # Errors
    ///
    /// [`Error::Value`] where the environment or the file says something that the setting does not take. A place that
    /// comes after the one that is taken is not looked at.
    pub fn resolve<T: FromSetting>(
        &self,
        key: &Key,
        attribute: Option<T>,
        global: Option<T>,
        default: T,
    ) -> Result<Setting<T>, Error> {
        if let Some(value) = attribute {
            return Ok(Setting { value, source: Source::Attribute });
        }
        if let Some((variable, text)) = self.variable(key) {
            let source = Source::Environment { variable: variable.into() };
            return match T::from_text(text) {
                Some(value) => Ok(Setting { value, source }),
                None => Err(wrong(key, text, T::EXPECTED, source)),
            };
        }
        if let Some(value) = global {
            return Ok(Setting { value, source: Source::Global });
        }
        if let Some((found, source)) = self.written(key) {
            return match file_value(found).and_then(T::from_file) {
                Some(value) => Ok(Setting { value, source }),
                None => Err(wrong(key, &found.to_string(), T::EXPECTED, source)),
            };
        }
        Ok(Setting { value: default, source: Source::Default })
    }

    /// As [`resolve`](Self::resolve), for what is read from a text wherever it stands: numbers and words of the file are
    /// taken as their text, and an array as a list with commas. What is expected is the key's [`form`](Key::form).
    ///
    /// # Errors
    ///
    /// As [`resolve`](Self::resolve).
    pub fn resolve_text<T>(
        &self,
        key: &Key,
        attribute: Option<T>,
        global: Option<T>,
        default: T,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Setting<T>, Error> {
        if let Some(value) = attribute {
            return Ok(Setting { value, source: Source::Attribute });
        }
        let (text, source) = match (self.variable(key), global) {
            (Some((variable, text)), _) => (text.to_owned(), Source::Environment { variable: variable.into() }),
            (None, Some(value)) => return Ok(Setting { value, source: Source::Global }),
            (None, None) => match self.written(key) {
                Some((found, source)) => match file_value(found) {
                    Some(value) => (value.to_text(), source),
                    None => return Err(wrong(key, &found.to_string(), key.form(), source)),
                },
                None => return Ok(Setting { value: default, source: Source::Default }),
            },
        };
        match read(text.trim()) {
            Some(value) => Ok(Setting { value, source }),
            None => Err(wrong(key, &text, key.form(), source)),
        }
    }

    /// The variable that says something, and what.
    #[must_use]
    pub fn variable(&self, key: &Key) -> Option<(&'static str, &str)> {
        key.variables().find_map(|name| Some((name, self.environment.get(name)?)))
    }

    fn written(&self, key: &Key) -> Option<(&toml::Value, Source)> {
        let file = self.file.as_ref().filter(|_| key.is_in_file())?;
        let found = file.get(self.section, key.name())?;
        let (path, line) = (file.path().to_owned(), file.line(self.section, key.name()));
        Some((found, Source::File { path, key: format!("{}.{}", self.section, key.name()), line }))
    }

    /// The same places, asked for another section of the file.
    #[must_use]
    pub fn section(&self, section: &'static str) -> Self {
        Self { section, ..self.clone() }
    }

    /// That the file's section, and the variables with this prefix, hold nothing but these settings.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownKey`], [`Error::UnknownVariable`].
    pub fn check(&self, prefix: &str, keys: &[Key]) -> Result<(), Error> {
        self.check_file(keys)?;
        let known: Vec<_> = keys.iter().flat_map(Key::variables).collect();
        match self.environment.names(prefix).find(|name| !known.contains(name)) {
            None => Ok(()),
            Some(unknown) => Err(unknown_variable(unknown, &known)),
        }
    }

    /// As [`check`](Self::check), where the prefix is not this part's alone: only a variable that looks like one of its
    /// own, misspelt, is refused.
    ///
    /// # Errors
    ///
    /// As [`check`](Self::check).
    pub fn check_near(&self, prefix: &str, keys: &[Key]) -> Result<(), Error> {
        self.check_file(keys)?;
        let known: Vec<_> = keys.iter().flat_map(Key::variables).collect();
        // What all of them begin with makes none of them alike; those without it are other names, not slips of these.
        let bare = |name: &str| name.strip_prefix(prefix).unwrap_or(name).to_owned();
        let bare_known: Vec<_> = known.iter().filter_map(|name| name.strip_prefix(prefix)).collect();
        let is_slip = |name: &&str| {
            let bare = bare(name);
            bare_known.iter().any(|own| strsim::damerau_levenshtein(&bare, own) <= 1 + own.len().min(bare.len()) / 6)
        };
        match self.environment.names(prefix).filter(|name| !known.contains(name)).find(is_slip) {
            None => Ok(()),
            Some(unknown) => Err(unknown_variable(unknown, &known)),
        }
    }

    /// That the file has no section that nobody reads, and its section here no such key.
    fn check_file(&self, keys: &[Key]) -> Result<(), Error> {
        let Some(file) = &self.file else { return Ok(()) };
        file.check_sections()?;
        let names: Vec<_> = keys.iter().filter(|key| key.is_in_file()).map(Key::name).collect();
        file.check(self.section, &names)
    }
}

fn wrong(key: &Key, found: &str, expected: &'static str, source: Source) -> Error {
    let found = if key.is_secret() { "…" } else { found };
    Error::Value { name: key.name().into(), found: found.into(), expected, source }
}

fn unknown_variable(unknown: &str, known: &[&str]) -> Error {
    Error::UnknownVariable {
        name: unknown.into(),
        meant: nearest(unknown, known.iter().copied()).map(Into::into),
        known: known.iter().map(|&name| name.into()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: Key = Key::new("path").variable("SNAP_CAPTURE_DEFAULT_PATH");
    const ENABLED: Key = Key::new("enabled").variable("SNAP_CAPTURE_ENABLED");
    const KEYS: [Key; 2] = [PATH, ENABLED];

    fn sources(variables: &[(&str, &str)], file: &str) -> Sources {
        let environment = Environment::of(variables.iter().copied());
        Sources::new("capture").with_environment(environment).with_file_text("/app/tracesnap.toml", file).expect("TOML")
    }

    fn path(sources: &Sources, attribute: Option<&str>, global: Option<&str>) -> (String, String) {
        let owned = |text: Option<&str>| text.map(String::from);
        let found = sources.resolve(&PATH, owned(attribute), owned(global), "captures".to_owned()).expect("a setting");
        (found.value, found.source.to_string())
    }

    #[test]
    fn each_place_wins_over_those_after_it() {
        let all = sources(&[("SNAP_CAPTURE_DEFAULT_PATH", "env")], "[capture]\npath = \"file\"");
        let only_file = sources(&[], "[capture]\npath = \"file\"");
        let none = Sources::new("capture");
        let said = |value: &str, source: &str| (value.to_owned(), source.to_owned());
        assert_eq!(path(&all, Some("here"), Some("global")), said("here", "attribute"));
        let variable = "environment variable `SNAP_CAPTURE_DEFAULT_PATH`";
        assert_eq!(path(&all, None, Some("global")), said("env", variable));
        assert_eq!(path(&only_file, None, Some("global")), said("global", "global configuration"));
        assert_eq!(path(&only_file, None, None), said("file", "`capture.path` in `/app/tracesnap.toml:2`"));
        assert_eq!(path(&none, None, None), said("captures", "default"));
    }

    #[test]
    fn a_variable_set_to_nothing_is_not_set() {
        assert_eq!(path(&sources(&[("SNAP_CAPTURE_DEFAULT_PATH", " ")], ""), None, None).0, "captures");
    }

    #[test]
    fn a_value_that_makes_no_sense_is_an_error_that_says_where_it_stands() {
        let found = sources(&[("SNAP_CAPTURE_ENABLED", "perhaps")], "").resolve(&ENABLED, None, None, true);
        assert_eq!(
            found.unwrap_err().to_string(),
            "`enabled` is `perhaps` (environment variable `SNAP_CAPTURE_ENABLED`), but takes `true` or `false`, `1` \
             or `0`, `yes` or `no`, `on` or `off`"
        );
        let found = sources(&[], "[capture]\nenabled = 3").resolve(&ENABLED, None, None, true);
        assert!(found.unwrap_err().to_string().starts_with("`enabled` is `3` (`capture.enabled` in `/app/tracesnap"));
    }

    #[test]
    fn a_key_or_variable_that_nobody_reads_is_an_error_with_the_one_that_was_meant() {
        assert_eq!(
            sources(&[], "[capture]\npaht = \"x\"").check("SNAP_CAPTURE_", &KEYS).unwrap_err().to_string(),
            "`/app/tracesnap.toml:2` has a key `capture.paht` that nobody reads; did you mean `path`? there are `path`, \
             `enabled`"
        );
        let wrong = sources(&[("SNAP_CAPTURE_ENABELD", "1")], "").check("SNAP_CAPTURE_", &KEYS).unwrap_err();
        assert!(wrong.to_string().contains("did you mean `SNAP_CAPTURE_ENABLED`?"), "{wrong}");
        assert!(sources(&[("HOME", "/")], "[trace]\nx = 1").check("SNAP_CAPTURE_", &KEYS).is_ok());
        assert_eq!(
            sources(&[], "[capture]\npath = \"x\"\n\n[captrue]\n")
                .check("SNAP_CAPTURE_", &KEYS)
                .unwrap_err()
                .to_string(),
            "`/app/tracesnap.toml:4` has a section `captrue` that nobody reads; did you mean `capture`? there are `trace`, \
             `capture`, `record`, `mock`, `redact`"
        );
    }

    #[test]
    fn under_a_prefix_that_is_shared_only_what_looks_like_a_slip_is_refused() {
        let near = |name: &str| sources(&[(name, "1")], "").check_near("SNAP_CAPTURE_", &KEYS);
        assert!(near("SNAP_CAPTURE_ENABELD").unwrap_err().to_string().contains("`SNAP_CAPTURE_ENABLED`?"));
        assert!(near("SNAP_CAPTURE_ENABLED").is_ok() && near("SNAP_CAPTURE_RETENTION").is_ok());
        const MODE: Key = Key::new("mode").variable("MOCK_MODE");
        let another = sources(&[("SNAP_CAPTURE_MOCK_MODE", "1")], "").check_near("SNAP_CAPTURE_", &[MODE]);
        assert!(another.is_ok(), "a name without the prefix is no slip of one with it");
    }

    #[test]
    fn of_several_variables_the_first_wins_and_a_secret_is_neither_in_the_file_nor_in_an_error() {
        const TWO: Key = Key::new("mode").variable("TEST_MODE").variable("MOCK_MODE");
        let both = sources(&[("MOCK_MODE", "b"), ("TEST_MODE", "a")], "");
        assert_eq!(both.resolve(&TWO, None, None, String::new()).expect("a text").value, "a");
        const SECRET: Key = Key::new("key").variable("SHOP_KEY").secret();
        let error = sources(&[("SHOP_KEY", "hunter2")], "").resolve(&SECRET, None, None, 0_u64).unwrap_err();
        assert!(!error.to_string().contains("hunter2"), "{error}");
        let file = sources(&[], "[capture]\nkey = 7");
        assert_eq!(file.resolve(&SECRET, None, None, 0_u64).expect("the default").value, 0);
        assert!(file.check("SHOP_", &[SECRET]).is_err());
    }

    #[test]
    fn a_setting_that_reads_texts_takes_numbers_words_and_arrays_of_the_file_as_their_text() {
        let of = |file: &str| {
            let text = |text: &str| Some(text.to_owned());
            sources(&[], &format!("[capture]\npath = {file}")).resolve_text(&PATH, None, None, "-".into(), text)
        };
        let found = |file: &str| of(file).expect("a text").value;
        assert_eq!([found("7"), found("0.5"), found("true"), found("[\"a\", \"!b\"]")], ["7", "0.5", "true", "a,!b"]);
        assert!(of("2026-01-01").unwrap_err().to_string().contains("`capture.path` in `/app/tracesnap.toml:2`"));
    }

    #[test]
    fn the_file_is_the_nearest_one_or_the_one_that_a_variable_names() {
        let dir = tempfile::tempdir().expect("a folder");
        let inner = dir.path().join("a/b");
        std::fs::create_dir_all(&inner).expect("folders");
        let write = |path: &str, text: &str| std::fs::write(dir.path().join(path), text).expect("a file");
        let none = Environment::default();
        write("tracesnap.toml", "[capture]\npath = \"outer\"");
        let found = ConfigFile::find(&inner, &none).expect("readable").expect("there");
        assert_eq!(found.path(), dir.path().join("tracesnap.toml"));
        write("a/tracesnap.toml", "[capture]\npath = \"inner\"");
        let found = ConfigFile::find(&inner, &none).expect("readable").expect("there");
        assert_eq!(found.path(), dir.path().join("a/tracesnap.toml"));
        let named = Environment::of([("TRACESNAP_CONFIG", "elsewhere.toml")]);
        let error = ConfigFile::find(dir.path(), &named).expect_err("it is not there");
        assert!(error.to_string().starts_with("cannot read the configuration"), "{error}");
        write("elsewhere.toml", "path =");
        let error = ConfigFile::find(dir.path(), &named).expect_err("it is no TOML");
        assert!(error.to_string().ends_with("elsewhere.toml` is no TOML"), "{error}");
    }
}
