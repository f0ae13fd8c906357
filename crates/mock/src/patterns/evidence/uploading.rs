//! File upload: the bytes of a file, or a step of handing them over.

use super::super::facts::{Facts, FieldPlace, Shape};
use super::super::library::Library;
use super::super::verbs::{Class, says};
use super::super::words::Text;
use super::{Finding, Seen, Sheet};

/// The words of a step of an upload protocol that an operation is named after.
pub(super) fn step(facts: &Facts<'_>, library: &Library) -> Option<String> {
    let steps = library.file_upload.list("step");
    let tail = facts.tail.is(&Text::of("upload")) && facts.tail_is_plural;
    let found =
        says(&facts.tails, steps).or_else(|| says(&facts.id, steps)).or_else(|| tail.then(|| "uploads".to_owned()));
    found.filter(|_| !takes_file(facts) || says(&facts.tails, steps).is_some())
}

/// Media types that are a document and neither structure nor a form.
fn is_document(essence: &str) -> bool {
    let structure = [
        "json",
        "xml",
        "x-www-form-urlencoded",
        "multipart/",
        "yaml",
        "graphql",
        "text/plain",
        "*/*",
        "protobuf",
        "msgpack",
        "event-stream",
        "html",
    ];
    let records = ["jsonl", "ndjson", "json-lines", "jsonlines", "x-ndjson", "svg+xml"];
    !essence.is_empty()
        && (records.iter().any(|kind| essence.contains(kind)) || !structure.iter().any(|kind| essence.contains(kind)))
}

/// Whether a request takes the bytes of a file, as the document says.
pub(super) fn takes_file(facts: &Facts<'_>) -> bool {
    let Some(body) = &facts.body else { return false };
    let only = !body.json && body.media.iter().any(|media| is_document(media));
    facts.is(&["POST", "PUT", "PATCH"]) && (only || !body.binary_parts.is_empty())
}

pub(super) fn findings(seen: &Seen<'_, '_>) -> Vec<Finding> {
    let facts = seen.facts;
    let words = &seen.library.file_upload;
    let mut sheet = Sheet::default();
    let writes = facts.is(&["POST", "PUT", "PATCH"]);
    let mut base64 = false;
    if let Some(body) = &facts.body {
        let multipart = body.media.iter().any(|media| media.starts_with("multipart/"));
        let document = body.media.iter().find(|media| is_document(media));
        sheet.say(
            "multipart.file",
            !body.binary_parts.is_empty(),
            format!("a part of its form is a file: `{}`", body.binary_parts.first().map_or("", String::as_str)),
        );
        sheet.note("multipart.text", multipart && body.binary_parts.is_empty());
        sheet.note("multipart.empty", multipart && body.binary_parts.is_empty() && body.fields == 0);
        let only = document.filter(|_| !body.json);
        sheet.word("document.only", only.cloned(), |media| format!("its body is a file: `{media}`"));
        sheet.word("document.beside", document.filter(|_| body.json).cloned(), |media| {
            format!("its body may be a file: `{media}`")
        });
        let any = body.media.iter().any(|media| media == "*/*" || media == "text/plain");
        sheet.note("any.only", any && !body.json);
        sheet.note("json.only", body.media.iter().all(|media| media.contains("json")));
        sheet.word("body.text", says(&body.description, words.list("text")), |word| {
            format!("its body is described as `{word}`")
        });
        let fields = words.list("fields");
        let kinds = words.list("kinds");
        let of_file = says(&facts.path, kinds).is_some()
            || says(&facts.id, kinds).is_some()
            || says(&facts.summary, kinds).is_some();
        let encoded = facts.request().find(|field| {
            field.place == FieldPlace::Body
                && (of_file || says(&field.words, kinds).is_some() || says(&field.description, kinds).is_some())
                && field.is_text
                && (says(&field.words, fields).is_some() || says(&field.description, fields).is_some())
        });
        base64 = encoded.is_some_and(|field| field.is_required || body.fields <= 3);
        sheet.word(
            "base64.point",
            encoded.filter(|field| body.fields <= 5 || field.is_required).map(|field| field.name.clone()),
            |name| format!("`{name}` holds the file as text"),
        );
        sheet.note("base64.among", encoded.is_some() && body.fields > 5);
    } else {
        sheet.note("body.none", writes);
    }
    let named = words.list("words");
    sheet.word("tail", says(&facts.tail, named), |word| format!("the path ends with `{word}`"));
    sheet.word("path", says(&facts.path, named).filter(|_| says(&facts.tail, named).is_none()), |word| {
        format!("the path says `{word}`")
    });
    sheet.word("id", says(&facts.id, named), |word| format!("its name says `{word}`"));
    sheet.word("summary", says(&facts.summary, named), |word| format!("its summary says `{word}`"));
    let told = says(&facts.description, words.list("text")).filter(|_| writes);
    sheet.word("text", told.clone(), |word| format!("its description says `{word}`"));
    sheet.word("step", seen.upload_step.clone(), |word| format!("a step of an upload: `{word}`"));
    sheet.note("step.write", seen.upload_step.is_some() && writes);
    sheet.say("verb", seen.does(Class::Upload) && writes, "it is called after uploading");
    sheet.note("verb.none", !seen.does(Class::Upload) && facts.body.is_none());
    let named_so = seen.does(Class::Upload) && writes && (facts.body.is_none() || told.is_some());
    let stepped = seen.upload_step.is_some() && !facts.answer_is_bytes();
    sheet.verdict("rule", takes_file(facts) || stepped || named_so || base64);
    sheet.note("m.get", facts.is(&["GET", "HEAD"]));
    sheet.note("m.delete", facts.is(&["DELETE"]));
    sheet.note("store.verb", seen.does(Class::List) || seen.does(Class::Read) || seen.does(Class::Delete));
    sheet.note("ans.list", facts.is_list());
    sheet.note("ans.bytes", facts.answer.shape == Shape::Bytes);
    sheet.note("unlike", says(&facts.tails, words.list("unlike")).is_some());
    sheet.0
}
