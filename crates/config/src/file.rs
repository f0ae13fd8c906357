//! `tracesnap.toml`: found, read, and asked for a key.

use std::path::{Path, PathBuf};

use crate::{Environment, Error, nearest};

/// The name of the file.
pub const FILE_NAME: &str = "tracesnap.toml";

/// The variable that names another file.
pub const FILE_VARIABLE: &str = "TRACESNAP_CONFIG";

/// A configuration file, read.
#[derive(Clone, Debug)]
pub struct ConfigFile {
    path: PathBuf,
    table: toml::Table,
}

impl ConfigFile {
    /// The file that holds for a folder: the one that [`FILE_VARIABLE`] names, else the nearest [`FILE_NAME`] in the
    /// folder or one above it; `None` where there is none.
    ///
    /// # Errors
    ///
    /// [`Error::Read`], [`Error::Parse`]; a file that the variable names must be there.
    pub fn find(dir: &Path, environment: &Environment) -> Result<Option<Self>, Error> {
        if let Some(path) = environment.get(FILE_VARIABLE) {
            return Self::read(dir.join(path)).map(Some);
        }
        match dir.ancestors().map(|dir| dir.join(FILE_NAME)).find(|path| path.is_file()) {
            Some(path) => Self::read(path).map(Some),
            None => Ok(None),
        }
    }

    /// Reads a file.
    ///
    /// # Errors
    ///
    /// [`Error::Read`], [`Error::Parse`].
    pub fn read(path: impl Into<PathBuf>) -> Result<Self, Error> {
        let path = path.into();
        match std::fs::read_to_string(&path) {
            Ok(text) => Self::parse(path, &text),
            Err(source) => Err(Error::Read { path, source }),
        }
    }

    /// Takes a text for the file of that path.
    ///
    /// # Errors
    ///
    /// [`Error::Parse`].
    pub fn parse(path: impl Into<PathBuf>, text: &str) -> Result<Self, Error> {
        let path = path.into();
        match text.parse() {
            Ok(table) => Ok(Self { path, table }),
            Err(source) => Err(Error::Parse { path, source: Box::new(source) }),
        }
    }

    /// Where it lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What stands under a key of a section; the section's parts are separated by dots.
    pub(crate) fn get(&self, section: &str, key: &str) -> Option<&toml::Value> {
        self.section(section)?.get(key)
    }

    fn section(&self, section: &str) -> Option<&toml::Table> {
        section.split('.').try_fold(&self.table, |table, part| table.get(part)?.as_table())
    }

    /// That a section holds these keys and no others.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownKey`], with the key that was probably meant.
    pub fn check(&self, section: &str, known: &[&str]) -> Result<(), Error> {
        let Some(table) = self.section(section) else { return Ok(()) };
        match table.keys().find(|key| !known.contains(&key.as_str())) {
            None => Ok(()),
            Some(unknown) => Err(Error::UnknownKey {
                path: self.path.clone(),
                key: format!("{section}.{unknown}"),
                meant: nearest(unknown, known.iter().copied()).map(Into::into),
                known: known.iter().map(|&key| key.into()).collect(),
            }),
        }
    }
}
