//! A value and where it stands.

use serde_json::Value;

use super::Document;
use super::reference::Unresolved;
use crate::pointer::join;
use crate::source;

/// A value of a document that knows its file, so that references in it can be followed.
#[derive(Clone, Copy)]
pub struct Node<'d> {
    pub(crate) document: &'d Document,
    pub(crate) file: usize,
    pub(crate) value: &'d Value,
}

impl std::fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Node({}#{})", self.file_name(), self.pointer())
    }
}

/// The same place, not the same content.
impl PartialEq for Node<'_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.value, other.value)
    }
}

impl Eq for Node<'_> {}

impl std::hash::Hash for Node<'_> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        std::ptr::from_ref(self.value).hash(state);
    }
}

impl<'d> Node<'d> {
    /// The value as it stands in the file, vendor extensions (`x-…`) included.
    #[must_use]
    pub fn value(self) -> &'d Value {
        self.value
    }

    /// The document it is a part of.
    #[must_use]
    pub fn document(self) -> &'d Document {
        self.document
    }

    /// The file it stands in, as it was named.
    #[must_use]
    pub fn file_name(self) -> &'d str {
        &self.document.files[self.file].name
    }

    /// The JSON pointer of the value in its file; found by looking for it. Empty for what stands in no file.
    #[must_use]
    pub fn pointer(self) -> String {
        find(&self.document.files[self.file].source.value, self.value).unwrap_or_default()
    }

    /// The line of the value, from 1; the text is read again to find it.
    #[must_use]
    pub fn line(self) -> Option<u32> {
        let pointer = self.pointer();
        let file = &self.document.files[self.file].source;
        source::lines(&file.text, file.syntax, &[&pointer], &self.document.limits).remove(&pointer)
    }

    /// A member of an object. References are not followed.
    #[must_use]
    pub fn get(self, key: &str) -> Option<Self> {
        Some(self.with(self.value.get(key)?))
    }

    /// A member that is text.
    #[must_use]
    pub fn text(self, key: &str) -> Option<&'d str> {
        self.value.get(key)?.as_str()
    }

    /// A member that is `true` or `false`, also as text.
    #[must_use]
    pub fn flag(self, key: &str) -> Option<bool> {
        match self.value.get(key)? {
            Value::Bool(flag) => Some(*flag),
            Value::String(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// The members of an object; none of anything else.
    pub fn entries(self) -> impl Iterator<Item = (&'d str, Self)> {
        self.value.as_object().into_iter().flatten().map(move |(key, value)| (key.as_str(), self.with(value)))
    }

    /// The items of an array; none of anything else.
    pub fn items(self) -> impl Iterator<Item = Self> {
        self.value.as_array().into_iter().flatten().map(move |value| self.with(value))
    }

    /// Texts of an array; other items are passed over.
    pub fn texts(self, key: &str) -> impl Iterator<Item = &'d str> {
        self.value.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
    }

    /// Vendor extensions: members whose names begin with `x-`.
    pub fn extensions(self) -> impl Iterator<Item = (&'d str, &'d Value)> {
        self.entries().filter(|(key, _)| key.starts_with("x-")).map(|(key, node)| (key, node.value))
    }

    /// What `$ref` says, if it is a reference.
    #[must_use]
    pub fn reference(self) -> Option<&'d str> {
        self.text("$ref")
    }

    /// Follows references until something else stands there.
    ///
    /// # Errors
    /// A reference leads nowhere, out of the folder, or in a circle.
    pub fn follow(self) -> Result<Self, Unresolved> {
        self.document.follow(self)
    }

    pub(crate) fn with(self, value: &'d Value) -> Self {
        Self { value, ..self }
    }
}

/// The pointer of `wanted` below `root`. Its depth is bounded since that of every value is.
fn find(root: &Value, wanted: &Value) -> Option<String> {
    fn search(at: &Value, wanted: &Value, path: &mut Vec<String>) -> bool {
        if std::ptr::eq(at, wanted) {
            return true;
        }
        let mut try_one = |token: String, value| {
            path.push(token);
            let found = search(value, wanted, path);
            if !found {
                path.pop();
            }
            found
        };
        match at {
            Value::Object(entries) => entries.iter().any(|(key, value)| try_one(key.clone(), value)),
            Value::Array(items) => items.iter().enumerate().any(|(index, value)| try_one(index.to_string(), value)),
            _ => false,
        }
    }
    let mut path = Vec::new();
    search(root, wanted, &mut path).then(|| path.iter().fold(String::new(), |pointer, token| join(&pointer, token)))
}
