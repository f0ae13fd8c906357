//! `tracesnap.toml`: found, read, and asked for a key.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::{Environment, Error, nearest};

/// The name of the file.
pub const FILE_NAME: &str = "tracesnap.toml";

/// The variable that names another file.
pub const FILE_VARIABLE: &str = "TRACESNAP_CONFIG";

/// The sections that parts have; which keys there are, each part says itself.
pub const SECTIONS: [&str; 5] = ["trace", "capture", "record", "mock", "redact"];

/// A configuration file, read.
#[derive(Clone, Debug)]
pub struct ConfigFile {
    path: PathBuf,
    table: toml::Table,
    /// Where sections and keys begin, `section` and `section.key`: lines from 1.
    lines: BTreeMap<String, usize>,
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
            Ok(table) => Ok(Self { path, table, lines: lines(text) }),
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
        let Some(table) = self.section(section) else {
            return match self.table.get(section) {
                None => Ok(()),
                Some(_) => Err(self.unknown_section(section)),
            };
        };
        match table.keys().find(|key| !known.contains(&key.as_str())) {
            None => Ok(()),
            Some(unknown) => Err(Error::UnknownKey {
                path: self.path.clone(),
                line: self.line(section, unknown),
                key: format!("{section}.{unknown}"),
                meant: nearest(unknown, known.iter().copied()).map(Into::into),
                known: known.iter().map(|&key| key.into()).collect(),
            }),
        }
    }

    /// That it has no section but those of [`SECTIONS`], and nothing outside of sections.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownSection`], with the section that was probably meant.
    pub fn check_sections(&self) -> Result<(), Error> {
        let is_section = |name: &str, value: &toml::Value| SECTIONS.contains(&name) && value.is_table();
        match self.table.iter().find(|(name, value)| !is_section(name, value)) {
            None => Ok(()),
            Some((unknown, _)) => Err(self.unknown_section(unknown)),
        }
    }

    fn unknown_section(&self, section: &str) -> Error {
        Error::UnknownSection {
            path: self.path.clone(),
            line: self.lines.get(section).copied().unwrap_or(1),
            section: section.to_owned(),
            meant: nearest(section, SECTIONS).map(Into::into),
        }
    }

    /// The line of a key of a section, from 1.
    pub(crate) fn line(&self, section: &str, key: &str) -> usize {
        self.lines.get(&format!("{section}.{key}")).copied().unwrap_or(1)
    }
}

/// Where sections and their keys begin.
fn lines(text: &str) -> BTreeMap<String, usize> {
    let Ok(table) = toml::de::DeTable::parse(text) else { return BTreeMap::new() };
    let line = |at: usize| 1 + text.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count();
    let mut lines = BTreeMap::new();
    for (section, inner) in table.get_ref() {
        let name = section.get_ref();
        lines.insert(name.to_string(), line(section.span().start));
        for (key, _) in inner.get_ref().as_table().into_iter().flatten() {
            lines.insert(format!("{name}.{}", key.get_ref()), line(key.span().start));
        }
    }
    lines
}
