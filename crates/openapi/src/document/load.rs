//! Reads the files of a document: the first one, and those it refers to.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::sync::OnceLock;

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use super::operation::methods_of;
use super::reference::split;
use super::{Document, Entry, Node, Version};
use crate::error::Error;
use crate::fault::FaultKind;
use crate::limits::Limits;
use crate::pointer::Path as Pointer;
use crate::source::{self, Source};

/// A file of a document.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) name: String,
    /// Where other files are looked for.
    directory: Option<PathBuf>,
    pub(crate) source: Source,
    /// Pointers by `$anchor`.
    pub(crate) anchors: HashMap<String, String>,
}

/// Where the part of a reference before `#` leads to.
#[derive(Debug)]
pub(crate) enum Linked {
    File(usize),
    Hole { kind: FaultKind, reason: String },
}

/// How a document is read.
///
/// ```no_run
/// use tracesnap_openapi::Reader;
///
/// // `../shared/errors.yaml` is reached from here as well.
/// let document = Reader::new().root("contracts").open("contracts/shop/openapi.yaml")?;
/// # Ok::<(), tracesnap_openapi::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Reader {
    root: Option<PathBuf>,
    limits: Limits,
}

impl Reader {
    /// A reader with default bounds.
    pub fn new() -> Self {
        Self::default()
    }

    /// The folder that references must not lead out of, symbolic links resolved. Default: that of the document.
    pub fn root(mut self, root: impl Into<PathBuf>) -> Self {
        self.root = Some(root.into());
        self
    }

    /// Bounds. Default: [`Limits::default`].
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Reads a document and the files it refers to.
    ///
    /// # Errors
    /// As [`Document::open`].
    pub fn open(&self, path: impl AsRef<Path>) -> Result<Document, Error> {
        let path = path.as_ref();
        let read = |source| Error::Read { path: path.to_owned(), source };
        let bytes = read_file(path, &self.limits).map_err(read)?;
        let whole = fs::canonicalize(path).map_err(read)?;
        let directory = whole.parent().map(Path::to_owned);
        let root = match &self.root {
            Some(root) => Some(fs::canonicalize(root).map_err(|source| Error::Read { path: root.clone(), source })?),
            None => directory.clone(),
        };
        let name = path.display().to_string();
        self.document(name, bytes, Some(whole), directory, root.as_deref())
    }

    /// Reads a document from memory; references to other files are followed only where a [`root`](Self::root) was
    /// given, from there.
    ///
    /// # Errors
    /// As [`Document::open`].
    pub fn parse(&self, name: &str, text: impl Into<Vec<u8>>) -> Result<Document, Error> {
        let root = match &self.root {
            Some(root) => Some(fs::canonicalize(root).map_err(|source| Error::Read { path: root.clone(), source })?),
            None => None,
        };
        self.document(name.to_owned(), text.into(), None, root.clone(), root.as_deref())
    }

    fn document(
        &self,
        name: String,
        bytes: Vec<u8>,
        whole: Option<PathBuf>,
        directory: Option<PathBuf>,
        root: Option<&Path>,
    ) -> Result<Document, Error> {
        let mut source = source::read(&name, bytes, &self.limits)?;
        let Value::Object(top) = &source.value else {
            let found = match &source.value {
                Value::Null => "it is empty",
                Value::Array(_) => "it is an array",
                _ => "it is a single value",
            };
            return Err(Error::NotAnApi { file: name, found: found.to_owned() });
        };
        let has_paths = ["paths", "components", "webhooks", "definitions"].iter().any(|key| top.contains_key(*key));
        let version = match Version::of(&source.value) {
            Some((version, true)) => version,
            Some((version, false)) if has_paths => {
                source
                    .flaws
                    .push(root_flaw(FaultKind::WrongType, format!("an unknown version; it is read as {version}")));
                version
            }
            None if has_paths => {
                let old = top.contains_key("definitions");
                let version = if old { Version::V2_0 } else { Version::V3_0 };
                source.flaws.push(root_flaw(
                    FaultKind::Missing,
                    format!("neither `openapi` nor `swagger` says which version it is; it is read as {version}"),
                ));
                version
            }
            _ => {
                let keys: Vec<_> =
                    top.keys().take(3).map(|key| format!("`{}`", key.chars().take(40).collect::<String>())).collect();
                let found = if keys.is_empty() {
                    "it is an empty object".to_owned()
                } else {
                    format!("it has {}", keys.join(", "))
                };
                return Err(Error::NotAnApi { file: name, found });
            }
        };
        let mut files = vec![File { name, directory, source, anchors: HashMap::new() }];
        let links = self.load_links(&mut files, whole, root);
        let mut document = Document {
            files,
            links,
            version,
            limits: self.limits,
            entries: Vec::new(),
            forms: HashMap::new(),
            faults: OnceLock::new(),
            router: OnceLock::new(),
        };
        document.entries = entries(&document);
        document.forms = forms(&document);
        Ok(document)
    }

    /// Reads what the files refer to, until nothing new is named.
    fn load_links(
        &self,
        files: &mut Vec<File>,
        first: Option<PathBuf>,
        root: Option<&Path>,
    ) -> HashMap<(usize, String), Linked> {
        let mut links = HashMap::new();
        let mut known: HashMap<PathBuf, usize> = first.map(|path| (path, 0)).into_iter().collect();
        let mut open = VecDeque::from([0]);
        while let Some(file) = open.pop_front() {
            let (places, anchors) = references(&files[file].source.value);
            files[file].anchors = anchors;
            for place in places {
                let linked = match self.find(&files[file], &place, root) {
                    Err((kind, reason)) => Linked::Hole { kind, reason },
                    Ok(path) => match known.get(&path) {
                        Some(&index) => Linked::File(index),
                        None if files.len() >= self.limits.max_files => Linked::Hole {
                            kind: FaultKind::ForbiddenReference,
                            reason: format!(
                                "more than {} files; the bound is `Limits::max_files`",
                                self.limits.max_files
                            ),
                        },
                        None => match self.load(&path, root) {
                            Err(reason) => Linked::Hole { kind: FaultKind::UndefinedReference, reason },
                            Ok(read) => {
                                files.push(read);
                                known.insert(path, files.len() - 1);
                                open.push_back(files.len() - 1);
                                Linked::File(files.len() - 1)
                            }
                        },
                    },
                };
                links.insert((file, place), linked);
            }
        }
        links
    }

    /// The file that a reference names, if it may be read.
    fn find(&self, from: &File, place: &str, root: Option<&Path>) -> Result<PathBuf, (FaultKind, String)> {
        let forbidden = |reason: &str| Err((FaultKind::ForbiddenReference, reason.to_owned()));
        if place.contains("://") || place.starts_with("//") {
            return forbidden("it is on another host, and nothing is fetched");
        }
        let (Some(directory), Some(root)) = (&from.directory, root) else {
            return forbidden("the document is not a file, so there is nothing beside it");
        };
        let relative = percent_decode_str(place).decode_utf8_lossy().into_owned();
        if relative.contains('\0') {
            return forbidden("its name holds a zero byte");
        }
        let path = directory.join(&relative);
        // Before the file system is asked: what lies outside should not even be told to exist.
        if !normal(&path).starts_with(root) {
            return forbidden("it is outside of the folder of the document; `Reader::root` widens it");
        }
        let whole =
            fs::canonicalize(&path).map_err(|_| (FaultKind::UndefinedReference, "there is no such file".to_owned()))?;
        if !whole.starts_with(root) {
            return forbidden("it is outside of the folder of the document; `Reader::root` widens it");
        }
        Ok(whole)
    }

    fn load(&self, path: &Path, root: Option<&Path>) -> Result<File, String> {
        let bytes = read_file(path, &self.limits).map_err(|error| format!("it cannot be read: {error}"))?;
        let name = root.and_then(|root| path.strip_prefix(root).ok()).unwrap_or(path).display().to_string();
        let source = source::read(&name, bytes, &self.limits).map_err(|error| error.to_string())?;
        Ok(File { name, directory: path.parent().map(Path::to_owned), source, anchors: HashMap::new() })
    }
}

fn root_flaw(kind: FaultKind, message: String) -> source::Flaw {
    source::Flaw { kind, line: None, pointer: String::new(), message }
}

/// The bytes of a plain file, one more than allowed at most: pipes and devices have no end.
fn read_file(path: &Path, limits: &Limits) -> std::io::Result<Vec<u8>> {
    use std::io::Read;
    let file = fs::File::open(path)?;
    if file.metadata()?.is_dir() {
        return Err(std::io::Error::new(std::io::ErrorKind::IsADirectory, "is a folder"));
    }
    let mut bytes = Vec::new();
    file.take(limits.max_bytes as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// `a/b/../c` as `a/c`, without asking the file system.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                normal.pop();
            }
            Component::CurDir => {}
            other => normal.push(other),
        }
    }
    normal
}

/// The files that references of a value name, each once, and its anchors.
fn references(root: &Value) -> (Vec<String>, HashMap<String, String>) {
    fn walk<'v>(
        value: &'v Value,
        at: &mut Pointer,
        places: &mut BTreeSet<&'v str>,
        anchors: &mut HashMap<String, String>,
    ) {
        match value {
            Value::Object(entries) => {
                if let Some(Value::String(reference)) = entries.get("$ref") {
                    let (place, _) = split(reference);
                    if !place.is_empty() {
                        places.insert(place);
                    }
                }
                for key in ["$anchor", "$dynamicAnchor"] {
                    if let Some(Value::String(name)) = entries.get(key) {
                        anchors.entry(name.clone()).or_insert_with(|| at.as_str().to_owned());
                    }
                }
                for (key, value) in entries {
                    at.push_key(key);
                    walk(value, at, places, anchors);
                    at.pop();
                }
            }
            Value::Array(items) => {
                for (index, value) in items.iter().enumerate() {
                    at.push_index(index);
                    walk(value, at, places, anchors);
                    at.pop();
                }
            }
            _ => {}
        }
    }
    let (mut places, mut anchors) = (BTreeSet::new(), HashMap::new());
    walk(root, &mut Pointer::default(), &mut places, &mut anchors);
    (places.into_iter().map(str::to_owned).collect(), anchors)
}

/// Every operation below `paths`.
fn entries(document: &Document) -> Vec<Entry> {
    let mut entries = Vec::new();
    let Some(paths) = document.root().get("paths") else { return entries };
    for (path, item) in paths.entries().filter(|(path, _)| !path.starts_with("x-")) {
        for (key, additional) in methods_of(document, item) {
            let method = if additional { key.to_owned() } else { key.to_ascii_uppercase() };
            entries.push(Entry { method, key: key.to_owned(), additional, path: path.to_owned() });
        }
    }
    entries
}

/// Forms of Swagger 2.0 as the object schemas that later versions have.
fn forms(document: &Document) -> HashMap<usize, Value> {
    if document.version != Version::V2_0 {
        return HashMap::new();
    }
    let mut forms = HashMap::new();
    for operation in document.operations() {
        let fields: Vec<_> = operation
            .raw_parameters()
            .into_iter()
            .filter(|parameter: &Node<'_>| parameter.text("in") == Some("formData"))
            .collect();
        if fields.is_empty() {
            continue;
        }
        let (mut properties, mut required) = (Map::new(), Vec::new());
        for field in fields {
            let Some(name) = field.text("name") else { continue };
            let Some(entries) = field.value.as_object() else { continue };
            let mut schema = entries.clone();
            for key in ["name", "in", "required", "collectionFormat", "allowEmptyValue"] {
                schema.remove(key);
            }
            if schema.get("type").and_then(Value::as_str) == Some("file") {
                schema.insert("type".to_owned(), "string".into());
                schema.insert("format".to_owned(), "binary".into());
            }
            if field.flag("required") == Some(true) {
                required.push(Value::from(name));
            }
            properties.insert(name.to_owned(), Value::Object(schema));
        }
        let mut form = json!({"type": "object", "properties": properties});
        if !required.is_empty() {
            form["required"] = Value::Array(required);
        }
        forms.insert(operation.index(), form);
    }
    forms
}
