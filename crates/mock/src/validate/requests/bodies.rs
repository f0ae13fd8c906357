//! Takes bodies apart: JSON, forms with and without files, text, bytes.

use bytes::Bytes;
use futures_util::{FutureExt, stream};
use serde_json::{Map, Value};
use tracesnap_openapi::{MediaType, RequestBody, Schema};

use super::{Parts, Said, Schemas};
use crate::engine::{Place, Reason, takes};

/// What a request carried.
#[derive(Clone, Debug, Default)]
pub(crate) enum Body {
    /// Nothing.
    #[default]
    None,
    /// JSON, or a form as the object it stands for; with the files of the form.
    Value(Value, Vec<Upload>),
    /// Anything else, with its media type.
    Bytes(Upload),
}

impl Body {
    /// The fields, where it is an object.
    pub(crate) fn fields(&self) -> Option<&Map<String, Value>> {
        match self {
            Self::Value(Value::Object(fields), _) => Some(fields),
            _ => None,
        }
    }

    /// The files it carried.
    pub(crate) fn uploads(&self) -> &[Upload] {
        match self {
            Self::Value(_, uploads) => uploads,
            Self::Bytes(upload) => std::slice::from_ref(upload),
            Self::None => &[],
        }
    }
}

/// A file.
#[derive(Clone, Debug)]
pub(crate) struct Upload {
    /// The name of its field; empty for a body that is a file as a whole.
    pub(crate) field: String,
    pub(crate) file_name: Option<String>,
    pub(crate) content_type: Option<String>,
    pub(crate) bytes: Bytes,
}

/// Fields of a form that are read.
const MAX_FIELDS: usize = 1_000;
/// Bytes of a file that are looked at as the text it may be meant as.
const MAX_TEXT: usize = 65_536;

pub(super) fn read(
    parts: &Parts<'_>,
    described: Option<&RequestBody<'_>>,
    schemas: &Schemas,
    check: bool,
    said: &mut Said,
) {
    let Some(described) = described else { return };
    let given = parts.headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut fail = |message: String| said.reasons.push(Reason { place: Place::Body, name: String::new(), message });
    if parts.body.is_empty() {
        if described.is_required() {
            fail("is required".to_owned());
        }
        return;
    }
    let content = described.content();
    let media = if given.is_empty() { guess(content, parts.body) } else { takes(content, given) };
    if media.is_none() && !content.is_empty() && !given.is_empty() {
        said.unsupported = Some(given.to_owned());
    }
    let name = if given.is_empty() { media.map(|media| media.name().to_owned()) } else { Some(given.to_owned()) };
    let name = name.unwrap_or_else(|| "application/octet-stream".to_owned());
    let schema = media.and_then(MediaType::schema);
    let body = match parse(&name, parts.body, schema, schemas) {
        Ok(body) => body,
        Err(message) => {
            said.malformed = true;
            fail(message);
            return;
        }
    };
    // A form is an object, whatever its schema says; where it says something else, no form could ever be right.
    let is_form = ["application/x-www-form-urlencoded", "multipart/"].iter().any(|kind| name.starts_with(kind));
    let describes = |schema: &Schema<'_>| {
        let types = schema.known_types();
        !is_form || types.is_any() || types.contains("object")
    };
    if let (true, Some(schema), Body::Value(value, uploads)) = (check, schema.filter(describes), &body) {
        let violations = schemas.check(schema, value);
        let about_file = |pointer: &str| {
            uploads
                .iter()
                .any(|upload| pointer.strip_prefix('/').and_then(|rest| rest.split('/').next()) == Some(&upload.field))
        };
        // A file is bytes: what its text would have to be means nothing.
        let violations = violations.into_iter().filter(|violation| !about_file(&violation.instance));
        let reason = |violation: crate::validate::Violation| Reason {
            place: Place::Body,
            name: violation.instance,
            message: violation.message,
        };
        said.reasons.extend(violations.map(reason));
    }
    said.body = body;
}

/// What a body without a media type is: JSON if the operation takes it and it looks so, else the first that it takes.
fn guess<'m, 'd>(content: &'m [MediaType<'d>], body: &[u8]) -> Option<&'m MediaType<'d>> {
    let looks_json = body.iter().find(|byte| !byte.is_ascii_whitespace()).is_some_and(|byte| b"{[\"".contains(byte));
    content.iter().find(|media| looks_json && media.is_json()).or_else(|| content.first())
}

fn parse(name: &str, bytes: &Bytes, schema: Option<Schema<'_>>, schemas: &Schemas) -> Result<Body, String> {
    let essence = name.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if essence == "application/json" || essence == "text/json" || essence.ends_with("+json") || essence == "*/*" {
        let value = serde_json::from_slice(bytes).map_err(|error| format!("is not JSON: {error}"))?;
        return Ok(Body::Value(value, Vec::new()));
    }
    if essence == "application/x-www-form-urlencoded" {
        let pairs: Vec<_> = form_urlencoded::parse(bytes).take(MAX_FIELDS).collect();
        return Ok(Body::Value(form(&pairs, schema, schemas), Vec::new()));
    }
    if essence.starts_with("multipart/") {
        let boundary = multer::parse_boundary(name).map_err(|_| {
            "is a form in parts, and its media type does not say what parts them (`boundary`)".to_owned()
        })?;
        return multipart(boundary, bytes, schema, schemas);
    }
    if essence.starts_with("text/") {
        let text = std::str::from_utf8(bytes).map_err(|_| "is text that is not UTF-8".to_owned())?;
        let is_text =
            schema.is_none_or(|schema| schema.known_types().is_any() || schema.known_types().contains("string"));
        if is_text && essence == "text/plain" {
            return Ok(Body::Value(Value::from(text), Vec::new()));
        }
    }
    let content_type = Some(name.to_owned());
    Ok(Body::Bytes(Upload { field: String::new(), file_name: None, content_type, bytes: bytes.clone() }))
}

/// The object that the pairs of a form stand for: lists where the schema has some, `a[b]` as an object.
fn form<K: AsRef<str>, V: AsRef<str>>(pairs: &[(K, V)], schema: Option<Schema<'_>>, schemas: &Schemas) -> Value {
    let mut object = Map::new();
    for (name, text) in pairs {
        let path: Vec<&str> = match name.as_ref().split_once('[') {
            Some((first, rest)) if !first.is_empty() && rest.ends_with(']') => {
                std::iter::once(first).chain(rest[..rest.len() - 1].split("][")).take(8).collect()
            }
            _ => vec![name.as_ref()],
        };
        let path: Vec<&str> = match path.split_last() {
            // `a[0]` and `a[]` are items of a list.
            Some((last, before)) if !before.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit()) => {
                before.iter().copied().chain([""]).collect()
            }
            _ => path,
        };
        let leaf = path
            .iter()
            .filter(|name| !name.is_empty())
            .fold(schema, |schema, name| schema.and_then(|schema| super::values::property(schema, name)));
        super::values::insert_field(&mut object, &path, text.as_ref(), leaf, schemas.answers());
    }
    Value::Object(object)
}

fn multipart(boundary: String, bytes: &Bytes, schema: Option<Schema<'_>>, schemas: &Schemas) -> Result<Body, String> {
    let source = stream::once(std::future::ready(Ok::<_, std::convert::Infallible>(bytes.clone())));
    let mut parts = multer::Multipart::new(source, boundary);
    let mut pairs: Vec<(String, String)> = Vec::new();
    let mut values = Map::new();
    let mut uploads = Vec::new();
    let broken = |error: multer::Error| format!("is no form in parts: {error}");
    for number in 0..MAX_FIELDS {
        // The whole body is there, so nothing is ever waited for.
        let Some(next) = parts.next_field().now_or_never() else { break };
        let Some(field) = next.map_err(broken)? else { break };
        let name = field.name().map_or_else(|| format!("part{number}"), str::to_owned);
        let file_name = field.file_name().map(str::to_owned);
        let content_type = field.content_type().map(ToString::to_string);
        let Some(content) = field.bytes().now_or_never() else { break };
        let content = content.map_err(broken)?;
        let property =
            schema.and_then(|schema| schema.possible_properties().into_iter().find(|(known, _)| *known == name));
        let is_file = file_name.is_some()
            || property.is_some_and(|(_, schema)| schema.is_file() || schema.items().is_some_and(Schema::is_file));
        let is_json = content_type.as_deref().is_some_and(|media| media.starts_with("application/json"))
            || property.is_some_and(|(_, schema)| schema.known_types().contains("object"));
        if is_json
            && !is_file
            && let Ok(value) = serde_json::from_slice::<Value>(&content)
        {
            values.insert(name, value);
        } else {
            let text = String::from_utf8_lossy(&content[..content.len().min(MAX_TEXT)]).into_owned();
            pairs.push((name.clone(), text));
            if is_file {
                uploads.push(Upload { field: name, file_name, content_type, bytes: content });
            }
        }
    }
    let Value::Object(mut object) = form(&pairs, schema, schemas) else { return Ok(Body::None) };
    object.append(&mut values);
    Ok(Body::Value(Value::Object(object), uploads))
}
