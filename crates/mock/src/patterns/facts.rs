//! What a document says of an operation, in the form in which it is compared: words, verbs, shapes, neighbours.
//!
//! Nothing is judged here; that is for [`super::evidence`].

use std::collections::{HashMap, HashSet};

use tracesnap_openapi::{Document, Location, Operation, Schema};

use super::library::Library;
use super::verbs::{self, Class, Verb};
use super::words::{Text, is_plural, words};

/// Fields of a body or an answer that are looked at.
const MAX_FIELDS: usize = 120;
/// How deep fields are looked for.
const MAX_DEPTH: usize = 2;

/// A part of a path.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    pub(super) text: String,
    pub(super) is_param: bool,
}

/// A parameter, or a field of a body.
#[derive(Clone, Debug)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) words: Text,
    pub(super) description: Text,
    pub(super) place: FieldPlace,
    pub(super) is_text: bool,
    pub(super) is_number: bool,
    pub(super) is_object: bool,
    pub(super) is_choice: bool,
    pub(super) is_date: bool,
    pub(super) is_required: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FieldPlace {
    Path,
    Query,
    Header,
    Body,
}

/// What a request carries.
#[derive(Clone, Debug, Default)]
pub(super) struct Body {
    pub(super) media: Vec<String>,
    /// Names of parts that are bytes in a multipart form.
    pub(super) binary_parts: Vec<String>,
    /// Names of fields of a form or an object that hold a file as text.
    pub(super) fields: usize,
    /// The whole body of a JSON media type is bytes.
    pub(super) json: bool,
    pub(super) description: Text,
}

/// What an answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) enum Shape {
    /// Nothing is said.
    #[default]
    Unknown,
    /// There is no body.
    Nothing,
    /// A list.
    Array,
    /// An object that holds a list and what belongs to it.
    Envelope,
    /// An object with something that tells it from others.
    Item,
    /// Any other object.
    Object,
    /// Text, a number.
    Scalar,
    /// True or false, alone or as the only field.
    Boolean,
    /// Something that is no structure: an image, a file, a stream of events.
    Bytes,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Answer {
    pub(super) shape: Shape,
    pub(super) fields: Vec<Text>,
    /// Of the fields of an object, how many are numbers.
    pub(super) numbers: f64,
    pub(super) description: Text,
    pub(super) has_link_header: bool,
    pub(super) is_created: bool,
}

/// What stands beside an operation.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Beside {
    /// The same path is also set and removed.
    pub(super) is_pair: bool,
    /// There is a path of one item of it.
    pub(super) has_items: bool,
    /// It is one item of a path that exists.
    pub(super) has_collection: bool,
    /// The path is read as well.
    pub(super) is_read: bool,
    /// The path is set, changed or removed as well.
    pub(super) is_written: bool,
    /// Others of the same RPC family list, read, create or remove.
    pub(super) family: bool,
    /// It is one of a family that is called after a plural: `tokens.list`.
    pub(super) plural_family: bool,
}

/// All of an operation.
#[derive(Debug)]
pub(super) struct Facts<'d> {
    pub(super) operation: Operation<'d>,
    pub(super) path: Text,
    /// The last segment that is no parameter.
    pub(super) tail: Text,
    /// The last two.
    pub(super) tails: Text,
    pub(super) tail_is_plural: bool,
    pub(super) ends_with_param: bool,
    /// Parameters in a row at the end.
    pub(super) params_at_end: usize,
    /// Every segment that is no parameter.
    pub(super) segments: Vec<Text>,
    /// Those that are a plural.
    pub(super) objects: Vec<Text>,
    pub(super) depth: usize,
    pub(super) id: Text,
    pub(super) summary: Text,
    pub(super) description: Text,
    pub(super) tail_verb: Option<Verb>,
    pub(super) id_verb: Option<Verb>,
    pub(super) summary_verb: Option<Verb>,
    pub(super) fields: Vec<Field>,
    pub(super) body: Option<Body>,
    pub(super) answer: Answer,
    pub(super) beside: Beside,
    /// Others ask who one is, this one does not.
    pub(super) is_public: bool,
}

impl Facts<'_> {
    pub(super) fn method(&self) -> &str {
        self.operation.method()
    }

    pub(super) fn is(&self, methods: &[&str]) -> bool {
        methods.contains(&self.method())
    }

    pub(super) fn is_list(&self) -> bool {
        matches!(self.answer.shape, Shape::Array | Shape::Envelope)
    }

    pub(super) fn answer_is_bytes(&self) -> bool {
        self.answer.shape == Shape::Bytes
    }

    pub(super) fn request(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter()
    }
}

/// The facts of all operations of a document, in its order.
pub(super) fn of_document<'d>(document: &'d Document, library: &Library) -> Vec<Facts<'d>> {
    let mut methods: HashMap<String, HashSet<&str>> = HashMap::new();
    let mut families: HashMap<String, HashSet<Class>> = HashMap::new();
    let mut guarded = 0;
    for operation in document.operations() {
        methods.entry(shape_of(operation.path())).or_default().insert(operation.method());
        guarded += usize::from(!operation.security().is_empty());
        if let Some((family, class)) = family_of(operation, library) {
            families.entry(family).or_default().insert(class);
        }
    }
    let mostly_guarded = guarded * 2 > document.operations().len();
    document
        .operations()
        .map(|operation| {
            let shape = shape_of(operation.path());
            let of = |path: &str| methods.get(path).cloned().unwrap_or_default();
            let own = of(&shape);
            let family = family_of(operation, library).and_then(|(family, _)| families.get(&family));
            let beside = Beside {
                is_pair: own.contains("DELETE") && (own.contains("PUT") || own.contains("POST")),
                has_items: !shape.ends_with("/{}") && methods.contains_key(&format!("{shape}/{{}}")),
                // What stands below two parameters is no item of the first.
                has_collection: shape
                    .strip_suffix("/{}")
                    .is_some_and(|parent| !parent.ends_with("/{}") && methods.contains_key(parent)),
                is_read: own.contains("GET"),
                is_written: ["PUT", "PATCH", "DELETE"].iter().any(|method| own.contains(method)),
                family: family.is_some_and(|classes| {
                    classes.iter().filter(|class| class.is_store() || **class == Class::Search).count() > 1
                }),
                plural_family: false,
            };
            let family_name =
                family_of(operation, library).map(|(family, _)| words(family.rsplit('.').next().unwrap_or_default()));
            let beside = Beside {
                plural_family: beside.family
                    && family_name.is_some_and(|words| words.last().is_some_and(|word| is_plural(word))),
                ..beside
            };
            let is_public =
                mostly_guarded && operation.security().iter().all(tracesnap_openapi::Requirement::is_anonymous);
            of_operation(operation, beside, is_public, library)
        })
        .collect()
}

/// The path without the names of its parameters.
fn shape_of(path: &str) -> String {
    let segment = |segment: &Segment| if segment.is_param { "{}".to_owned() } else { segment.text.clone() };
    let segments: Vec<_> = segments(path).iter().map(segment).collect();
    format!("/{}", segments.join("/"))
}

fn segments(path: &str) -> Vec<Segment> {
    path.split(['?', '#'])
        .next()
        .unwrap_or_default()
        .split('/')
        .filter(|segment| !segment.is_empty())
        .map(|segment| {
            let whole = segment.starts_with('{') && segment.ends_with('}') && segment.matches('{').count() == 1;
            let is_param = whole || segment.starts_with(':') || segment.starts_with('<') && segment.ends_with('>');
            // `lists.{format}` is `lists`.
            let text = if is_param { segment } else { segment.split(['{', '<']).next().unwrap_or(segment) };
            let text = text.trim_end_matches(['.', '-', ':', '(', '\'']);
            let text =
                [".json", ".xml", ".php", ".csv"].iter().fold(text, |text, end| text.strip_suffix(end).unwrap_or(text));
            Segment { text: text.to_owned(), is_param }
        })
        .filter(|segment| !segment.text.is_empty())
        .collect()
}

/// The family of an operation in the style of remote calls: `users` of `/users.list`, and what it does.
fn family_of(operation: Operation<'_>, library: &Library) -> Option<(String, Class)> {
    let segments = segments(operation.path());
    let last = segments.last().filter(|last| !last.is_param)?;
    let verb = verbs::of_segment(&last.text, library)?;
    let family = match last.text.rsplit_once(['.', ':']) {
        Some((family, _)) => family.to_owned(),
        None => {
            let before: Vec<_> = segments[..segments.len() - 1].iter().map(|segment| segment.text.as_str()).collect();
            // `setWebhook`, `deleteWebhook`: the family is the thing.
            let rest = words(&last.text)[1..].join(" ");
            format!("{} {}", before.join("/"), Text::of(&rest).as_str())
        }
    };
    (family.trim().len() > 1).then_some((family, verb.class))
}

fn of_operation<'d>(operation: Operation<'d>, beside: Beside, is_public: bool, library: &Library) -> Facts<'d> {
    let segments = segments(operation.path());
    let named: Vec<&Segment> = segments.iter().filter(|segment| !segment.is_param).collect();
    let params_at_end = segments.iter().rev().take_while(|segment| segment.is_param).count();
    let tail = named.last().map_or("", |segment| segment.text.as_str());
    let tail_words = words(tail);
    let ends_with_param = params_at_end > 0;
    let first_sentence = |text: &str| text.split(['.', '\n']).next().unwrap_or_default().to_owned();
    let summary = operation.summary().map(str::to_owned);
    let description = operation.description().unwrap_or_default();
    let summary = summary.filter(|summary| !summary.trim().is_empty()).unwrap_or_else(|| first_sentence(description));
    let two = &named[named.len().saturating_sub(2)..];
    let two_words: Vec<String> = two.iter().flat_map(|segment| words(&segment.text)).collect();
    let all_words: Vec<String> = named.iter().flat_map(|segment| words(&segment.text)).collect();
    let (body, mut fields) = body_of(operation);
    fields.splice(0..0, params_of(operation));
    Facts {
        operation,
        path: Text::of_words(&all_words),
        tail: Text::of_words(&tail_words),
        tails: Text::of_words(&two_words),
        tail_is_plural: tail_words.last().is_some_and(|word| is_plural(word)),
        ends_with_param,
        params_at_end,
        segments: named.iter().map(|segment| Text::of(&segment.text)).collect(),
        depth: named.len(),
        objects: named
            .iter()
            .filter(|segment| words(&segment.text).last().is_some_and(|word| is_plural(word)))
            .map(|segment| Text::of(&segment.text))
            .collect(),
        id: operation.id().map(Text::of).unwrap_or_default(),
        summary: Text::of(&summary),
        description: Text::of(description),
        tail_verb: verb_of(&named, library),
        // Generated names repeat the method, and say nothing by it.
        id_verb: operation
            .id()
            .and_then(|id| verbs::of_id(id, library))
            .filter(|verb| operation.method() == "GET" || !operation.method().eq_ignore_ascii_case(&verb.word)),
        summary_verb: verbs::of_sentence(&summary, library),
        fields,
        body,
        answer: answer_of(operation, &Text::of(tail), library),
        beside,
        is_public,
    }
}

/// The verb of the last segment; `all` and the like belong to the verb before them.
fn verb_of(named: &[&Segment], library: &Library) -> Option<Verb> {
    let (last, before) = named.split_last()?;
    let all = matches!(last.text.as_str(), "all" | "batch" | "bulk" | "multiple" | "many");
    let earlier = before.last().filter(|_| all).and_then(|segment| verbs::of_segment(&segment.text, library));
    earlier.filter(|verb| !verb.class.is_store()).or_else(|| verbs::of_segment(&last.text, library))
}

fn params_of(operation: Operation<'_>) -> Vec<Field> {
    let place = |location| match location {
        Location::Path => Some(FieldPlace::Path),
        Location::Query | Location::QueryString => Some(FieldPlace::Query),
        Location::Header => Some(FieldPlace::Header),
        _ => None,
    };
    let field = |parameter: tracesnap_openapi::Parameter<'_>| {
        let description = parameter.description().or_else(|| parameter.schema()?.description());
        Some(field(
            parameter.name(),
            place(parameter.location())?,
            parameter.schema(),
            description.unwrap_or_default(),
            parameter.is_required(),
        ))
    };
    let mut fields: Vec<Field> = operation.parameters().into_iter().filter_map(field).take(MAX_FIELDS).collect();
    // An object in a query is what it consists of.
    for parameter in operation.parameters().iter().filter(|parameter| parameter.location() == Location::Query) {
        for (name, property) in parameter.schema().map(Schema::all_properties).unwrap_or_default() {
            if fields.len() < MAX_FIELDS {
                let description = property.description().unwrap_or_default();
                fields.push(self::field(name, FieldPlace::Query, Some(property), description, false));
            }
        }
    }
    fields
}

fn field(name: &str, place: FieldPlace, schema: Option<Schema<'_>>, description: &str, is_required: bool) -> Field {
    let types = schema.map(Schema::known_types).unwrap_or_default();
    let said = schema.map(Schema::parts).unwrap_or_default();
    let items = schema.filter(|_| types.contains("array")).and_then(Schema::items);
    let text_items =
        items.is_some_and(|items| items.known_types().contains("string") && items.allowed_values().is_empty());
    let format = said.iter().find_map(|part| part.format()).unwrap_or_default();
    Field {
        name: name.to_owned(),
        words: Text::of(name),
        description: Text::of(description),
        place,
        is_text: types.is_any() || types.contains("string") || text_items,
        is_number: types.contains("integer") || types.contains("number"),
        is_object: types.contains("object"),
        is_choice: said.iter().any(|part| !part.allowed_values().is_empty()) || types.contains("boolean"),
        is_date: format.starts_with("date"),
        is_required,
    }
}

fn body_of(operation: Operation<'_>) -> (Option<Body>, Vec<Field>) {
    let Some(found) = operation.body() else { return (None, Vec::new()) };
    let mut body = Body {
        media: found.content().iter().map(tracesnap_openapi::MediaType::essence).collect(),
        json: found.json().is_some(),
        description: Text::of(found.description().unwrap_or_default()),
        ..Body::default()
    };
    let mut fields = Vec::new();
    for media in found.content() {
        let Some(schema) = media.schema() else { continue };
        let properties = schema.possible_properties();
        if media.essence().starts_with("multipart/") {
            for (name, property) in &properties {
                let parts = property.possible_parts();
                let is_file = |schema: &Schema<'_>| {
                    schema.is_file()
                        || schema.format().is_some_and(|format| matches!(format, "base64" | "byte" | "file"))
                };
                let in_list = property.items().is_some_and(|items| items.possible_parts().iter().any(is_file));
                let encoded = media.encoding().and_then(|encoding| encoding.get(name)?.text("contentType"));
                let encoded = encoded.is_some_and(|kind| !kind.contains("json") && !kind.starts_with("text/plain"));
                // «… or upload a new one using multipart/form-data».
                let told = parts.iter().filter_map(|part| part.description()).any(|text| {
                    let text = Text::of(text);
                    text.has(&Text::of("multipart form data"))
                        || text.has(&Text::of("file to upload"))
                        || text.has(&Text::of("file to be uploaded"))
                });
                if parts.iter().any(is_file) || in_list || encoded || told {
                    body.binary_parts.push((*name).to_owned());
                }
            }
        }
        if fields.is_empty() {
            let required = schema.required();
            body.fields = properties.len();
            for (name, property) in properties.into_iter().take(MAX_FIELDS) {
                let description = property.description().unwrap_or_default();
                let mut field = field(name, FieldPlace::Body, Some(property), description, required.contains(&name));
                // What holds a file as text says so by its format.
                if property.format().is_some_and(|format| matches!(format, "byte" | "base64")) {
                    field.description = Text::of(&format!("base64 {description}"));
                }
                fields.push(field);
            }
        }
    }
    (Some(body), fields)
}

fn answer_of(operation: Operation<'_>, tail: &Text, library: &Library) -> Answer {
    let Some(response) = operation.success() else { return Answer::default() };
    let mut answer = Answer {
        description: Text::of(response.description().unwrap_or_default()),
        has_link_header: response.headers().iter().any(|header| {
            let name = Text::of(header.name());
            name.is(&Text::of("link")) || name.ending(library.pagination.list("response")).is_some()
        }),
        is_created: operation.responses().iter().any(|response| response.status().to_string() == "201"),
        ..Answer::default()
    };
    let json = response.json();
    let structured = json.or_else(|| {
        let found = response
            .content()
            .iter()
            .find(|media| media.essence().contains("xml") || media.schema().is_some_and(|schema| !schema.is_file()));
        found.cloned()
    });
    let Some(schema) = structured.as_ref().and_then(tracesnap_openapi::MediaType::schema) else {
        answer.shape = match response.content() {
            [] => {
                // Some document the body of a 200 and answer 204 as well.
                let nothing = matches!(response.status().to_string().as_str(), "204" | "202" | "205");
                if nothing { Shape::Nothing } else { Shape::Unknown }
            }
            content if content.iter().all(|media| !media.is_json()) => Shape::Bytes,
            _ => Shape::Unknown,
        };
        return answer;
    };
    let bytes = structured.is_some_and(|media| {
        let essence = media.essence();
        [
            "image/",
            "audio/",
            "video/",
            "application/pdf",
            "application/octet-stream",
            "application/zip",
            "text/event-stream",
            "text/csv",
            "application/x-ndjson",
        ]
        .iter()
        .any(|kind| essence.starts_with(kind))
    });
    if bytes || schema.is_file() {
        answer.shape = Shape::Bytes;
        return answer;
    }
    answer.shape = shape(schema, tail, 0);
    gather(schema, 0, &mut answer.fields);
    let properties = schema.possible_properties();
    if !properties.is_empty() {
        let numbers = properties.iter().filter(|(_, schema)| {
            let types = schema.known_types();
            types.contains("number") || types.contains("integer")
        });
        #[expect(clippy::cast_precision_loss, reason = "a share")]
        let share = numbers.count() as f64 / properties.len() as f64;
        answer.numbers = share;
    }
    answer
}

fn gather(schema: Schema<'_>, depth: usize, fields: &mut Vec<Text>) {
    for (name, property) in schema.possible_properties() {
        if fields.len() >= MAX_FIELDS {
            return;
        }
        fields.push(Text::of(name));
        if depth < MAX_DEPTH && property.known_types().contains("object") {
            gather(property, depth + 1, fields);
        }
    }
}

/// What tells an item from others.
const IDENTITY: [&str; 22] = [
    "id",
    "_id",
    "uuid",
    "guid",
    "uid",
    "sid",
    "key",
    "slug",
    "name",
    "href",
    "self",
    "url",
    "uri",
    "username",
    "email",
    "code",
    "created_at",
    "createdAt",
    "created",
    "updated_at",
    "date_created",
    "title",
];
/// Lists that belong to an item.
const PARTS: [&str; 12] =
    ["error", "warning", "message", "tag", "link", "scope", "permission", "role", "label", "note", "field", "feature"];
/// How lists are called in an envelope.
const LISTS: [&str; 20] = [
    "item",
    "data",
    "result",
    "record",
    "entry",
    "list",
    "hit",
    "row",
    "element",
    "resource",
    "value",
    "collection",
    "object",
    "content",
    "member",
    "document",
    "edge",
    "node",
    "embedded",
    "output",
];

fn shape(schema: Schema<'_>, tail: &Text, depth: usize) -> Shape {
    let types = schema.known_types();
    if types.contains("array") {
        return Shape::Array;
    }
    let properties = schema.possible_properties();
    if properties.is_empty() {
        let items = schema.possible_parts().iter().any(|part| part.types().contains("array"));
        return match () {
            () if items => Shape::Array,
            () if types.contains("boolean") => Shape::Boolean,
            () if types.contains("object") || schema.additional_properties().is_some() => Shape::Object,
            () if types.is_any() => Shape::Unknown,
            () => Shape::Scalar,
        };
    }
    let words: Vec<(Text, &str, Schema<'_>)> =
        properties.iter().map(|(name, schema)| (Text::of(name), *name, *schema)).collect();
    let in_list = |words: &Text, list: &[&str]| list.iter().any(|word| words.is(&Text::of(word)));
    let mut arrays: Vec<_> = words.iter().filter(|(_, _, schema)| schema.known_types().contains("array")).collect();
    if arrays.len() > 1 {
        arrays.retain(|(name, _, _)| !in_list(name, &PARTS) || name.is(tail));
    }
    let named_so = arrays.iter().any(|(name, raw, _)| {
        in_list(name, &LISTS) || !tail.is_empty() && (name.has(tail) || tail.has(name)) || raw.starts_with('_')
    });
    let own_id = words.iter().any(|(_, raw, _)| IDENTITY[..9].contains(raw));
    const AROUND: [&str; 14] = [
        "meta",
        "metadata",
        "paging",
        "pagination",
        "link",
        "page",
        "page info",
        "cursor",
        "info",
        "header",
        "response metadata",
        "summary",
        "query",
        "_links",
    ];
    let others = words.iter().any(|(name, _, schema)| {
        schema.known_types().contains("object") && !schema.known_types().contains("array") && !in_list(name, &AROUND)
    });
    if named_so && !own_id || arrays.len() == 1 && !own_id && !others && properties.len() <= 8 {
        return Shape::Envelope;
    }
    if words.iter().all(|(_, _, schema)| schema.known_types().contains("boolean")) {
        return Shape::Boolean;
    }
    // `{"user": {…}}` is that user.
    if depth < MAX_DEPTH {
        let objects: Vec<_> = words.iter().filter(|(_, _, schema)| schema.known_types().contains("object")).collect();
        // `{"ok": true, "user": {…}}` too.
        let said = words.iter().filter(|(name, _, _)| {
            !in_list(name, &["ok", "success", "status", "message", "error", "warning", "code", "meta", "msg", "reason"])
        });
        let alone = said.count() == 1;
        let wrapped = objects.iter().find(|(name, _, _)| alone && properties.len() <= 4 || in_list(name, &LISTS[..4]));
        if let Some((_, _, inner)) = wrapped {
            return shape(*inner, tail, depth + 1);
        }
    }
    let told = words.iter().any(|(name, raw, _)| {
        IDENTITY.contains(raw)
            || name.as_str().ends_with(" id")
            || name.as_str().ends_with(" sid")
            || name.as_str().ends_with("uuid")
    });
    if told { Shape::Item } else { Shape::Object }
}
