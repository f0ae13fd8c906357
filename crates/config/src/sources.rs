//! The places that are asked for a setting, in their order.

use std::path::Path;

use crate::value::file_value;
use crate::{ConfigFile, Environment, Error, FromSetting, Setting, Source, nearest};

/// The name of a setting, in the file and in the environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    name: &'static str,
    variable: Option<&'static str>,
}

impl Key {
    /// A setting that the file has under this name. Default: no variable.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self { name, variable: None }
    }

    /// The variable of the environment.
    #[must_use]
    pub const fn variable(self, variable: &'static str) -> Self {
        Self { variable: Some(variable), ..self }
    }

    /// The name in the file.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The variable, if it has one.
    #[must_use]
    pub const fn variable_name(&self) -> Option<&'static str> {
        self.variable
    }
}

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
        if let Some((variable, text)) = key.variable.and_then(|name| Some((name, self.environment.get(name)?))) {
            let source = Source::Environment { variable: variable.into() };
            return match T::from_text(text) {
                Some(value) => Ok(Setting { value, source }),
                None => Err(Error::Value { name: key.name.into(), found: text.into(), expected: T::EXPECTED, source }),
            };
        }
        if let Some(value) = global {
            return Ok(Setting { value, source: Source::Global });
        }
        if let Some((file, found)) = self.file.as_ref().and_then(|file| Some((file, file.get(self.section, key.name)?)))
        {
            let source = Source::File { path: file.path().into(), key: format!("{}.{}", self.section, key.name) };
            return match file_value(found).and_then(T::from_file) {
                Some(value) => Ok(Setting { value, source }),
                None => {
                    let found = found.to_string();
                    Err(Error::Value { name: key.name.into(), found, expected: T::EXPECTED, source })
                }
            };
        }
        Ok(Setting { value: default, source: Source::Default })
    }

    /// That the file's section, and the variables with this prefix, hold nothing but these settings.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownKey`], [`Error::UnknownVariable`].
    pub fn check(&self, prefix: &str, keys: &[Key]) -> Result<(), Error> {
        if let Some(file) = &self.file {
            let names: Vec<_> = keys.iter().map(Key::name).collect();
            file.check(self.section, &names)?;
        }
        let known: Vec<_> = keys.iter().filter_map(|key| key.variable).collect();
        match self.environment.names(prefix).find(|name| !known.contains(name)) {
            None => Ok(()),
            Some(unknown) => Err(Error::UnknownVariable {
                name: unknown.into(),
                meant: nearest(unknown, known.iter().copied()).map(Into::into),
                known: known.iter().map(|&name| name.into()).collect(),
            }),
        }
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
        assert_eq!(path(&only_file, None, None), said("file", "`capture.path` in `/app/tracesnap.toml`"));
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
            "`/app/tracesnap.toml` has a key `capture.paht` that nobody reads; did you mean `path`? there are `path`, \
             `enabled`"
        );
        let wrong = sources(&[("SNAP_CAPTURE_ENABELD", "1")], "").check("SNAP_CAPTURE_", &KEYS).unwrap_err();
        assert!(wrong.to_string().contains("did you mean `SNAP_CAPTURE_ENABLED`?"), "{wrong}");
        assert!(sources(&[("HOME", "/")], "[trace]\nx = 1").check("SNAP_CAPTURE_", &KEYS).is_ok());
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
