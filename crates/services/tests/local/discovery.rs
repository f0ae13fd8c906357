//! A discovery document of Google as a judge of requests and answers.
//!
//! Its schemas become JSON Schema, in which an object has no other fields than those that are named. What protobuf says
//! of JSON, and discovery does not, is added: `NullValue` is `null`, numbers that are none are texts.

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;

use http::Method;
use jsonschema::Validator;
use percent_encoding::percent_decode_str;
use regex::Regex;
use serde_json::{Map, Value, json};

/// A document, ready to judge.
pub(crate) struct Discovery {
    document: Value,
    /// By their names: `runQuery`.
    methods: BTreeMap<String, Known>,
    validators: Mutex<HashMap<String, Validator>>,
}

struct Known {
    verb: Method,
    path: Regex,
    declared: Value,
}

/// Methods that answer in parts: over REST the answer is a list of what is declared, or events.
const IN_PARTS: [&str; 4] = ["runQuery", "runAggregationQuery", "batchGet", "streamGenerateContent"];

impl Discovery {
    pub(crate) fn firestore() -> Self {
        Self::load("firestore.v1.json", include_str!("../discovery/firestore.v1.json"))
    }

    pub(crate) fn gemini() -> Self {
        Self::load("generativelanguage.v1beta.json", include_str!("../discovery/generativelanguage.v1beta.json"))
    }

    /// The document of this folder, or the whole of it as Google has it today, from the folder of `DISCOVERY_DOCUMENTS`.
    fn load(name: &str, here: &str) -> Self {
        let whole = std::env::var_os("DISCOVERY_DOCUMENTS").map(|folder| {
            let path = std::path::Path::new(&folder).join(name);
            std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        });
        Self::new(serde_json::from_str(whole.as_deref().unwrap_or(here)).expect("JSON"))
    }

    pub(crate) fn new(document: Value) -> Self {
        let mut methods = BTreeMap::new();
        collect(&document, &mut methods);
        assert!(methods.len() >= 7, "a document of {} methods", methods.len());
        Self { document, methods, validators: Mutex::default() }
    }

    /// How many methods and schemas it has.
    pub(crate) fn size(&self) -> (usize, usize) {
        (self.methods.len(), self.document["schemas"].as_object().map_or(0, Map::len))
    }

    /// What a request breaks that is meant as one of these methods, of which the first that fits is it.
    pub(crate) fn request(
        &self,
        meant: &[&str],
        verb: &Method,
        path: &str,
        query: &str,
        body: &[u8],
    ) -> Result<(), Vec<String>> {
        let path = percent_decode_str(path.trim_start_matches('/')).decode_utf8_lossy().into_owned();
        let fits = |name: &&&str| {
            let known = self.methods.get(**name);
            known.is_some_and(|known| known.verb == *verb && known.path.is_match(&path))
        };
        let Some(name) = meant.iter().find(fits) else {
            return Err(vec![format!("`{verb} /{path}` is none of {meant:?}")]);
        };
        let known = &self.methods[*name];
        let mut broken = Vec::new();
        for (parameter, value) in pairs(query) {
            self.parameter(name, &known.declared, &parameter, &value, &mut broken);
        }
        let schema = known.declared["request"]["$ref"].as_str();
        match (schema, body.is_empty()) {
            (None, true) => {}
            (None, false) => broken.push(format!("`{name}` takes no body")),
            (Some(_), true) => broken.push(format!("`{name}` wants a body")),
            (Some(schema), false) => match serde_json::from_slice(body) {
                Ok(value) => self.value(schema, &value, name, &mut broken),
                Err(error) => broken.push(format!("`{name}` wants JSON: {error}")),
            },
        }
        if broken.is_empty() { Ok(()) } else { Err(broken) }
    }

    fn parameter(&self, method: &str, declared: &Value, name: &str, value: &str, broken: &mut Vec<String>) {
        let of_method = declared["parameters"].get(name).filter(|parameter| parameter["location"] == "query");
        let Some(parameter) = of_method.or_else(|| self.document["parameters"].get(name)) else {
            broken.push(format!("`{method}` has no parameter `{name}`"));
            return;
        };
        // The events of `alt=sse` are told of in Google's guides only.
        if (name, value) == ("alt", "sse") && IN_PARTS.contains(&method) {
            return;
        }
        let typed = match parameter["type"].as_str() {
            Some("integer") => value.parse::<i64>().map_or_else(|_| json!(value), |number| json!(number)),
            Some("boolean") => value.parse::<bool>().map_or_else(|_| json!(value), |is| json!(is)),
            _ => json!(value),
        };
        let validator = jsonschema::validator_for(&schema_of(parameter)).expect("a schema");
        if let Some(error) = validator.iter_errors(&typed).next() {
            broken.push(format!("the parameter `{name}` of `{method}`: {error}"));
        }
    }

    /// What an answer of success breaks.
    pub(crate) fn answer(&self, method: &str, value: &Value) -> Result<(), Vec<String>> {
        let Some(known) = self.methods.get(method) else { return Err(vec![format!("there is no `{method}`")]) };
        let schema = known.declared["response"]["$ref"].as_str().expect("an answer");
        let mut broken = Vec::new();
        match (IN_PARTS.contains(&method), value) {
            (true, Value::Array(parts)) => {
                for part in parts {
                    self.value(schema, part, method, &mut broken);
                }
            }
            (true, _) => broken.push(format!("`{method}` answers with a list")),
            (false, _) => self.value(schema, value, method, &mut broken),
        }
        if broken.is_empty() { Ok(()) } else { Err(broken) }
    }

    /// What one part of an answer breaks that comes as an event.
    pub(crate) fn event(&self, method: &str, value: &Value) -> Result<(), Vec<String>> {
        self.answer(method, &json!([value]))
    }

    /// What the document of an error breaks: `google.rpc.Status`, as REST has it.
    pub(crate) fn error(status: u16, value: &Value) -> Result<(), Vec<String>> {
        let one = match value {
            Value::Array(parts) if parts.len() == 1 => &parts[0],
            other => other,
        };
        let code = |name: &str| json!({"const": name});
        let names = [
            "INVALID_ARGUMENT",
            "FAILED_PRECONDITION",
            "OUT_OF_RANGE",
            "UNAUTHENTICATED",
            "PERMISSION_DENIED",
            "NOT_FOUND",
            "ABORTED",
            "ALREADY_EXISTS",
            "RESOURCE_EXHAUSTED",
            "CANCELLED",
            "DATA_LOSS",
            "UNKNOWN",
            "INTERNAL",
            "UNIMPLEMENTED",
            "UNAVAILABLE",
            "DEADLINE_EXCEEDED",
        ];
        let schema = json!({
            "type": "object", "required": ["error"], "additionalProperties": false,
            "properties": {"error": {
                "type": "object", "required": ["code", "message", "status"], "additionalProperties": false,
                "properties": {
                    "code": {"const": status}, "message": {"type": "string"},
                    "status": {"anyOf": names.map(code)},
                    "details": {"type": "array", "items": {"type": "object", "required": ["@type"]}},
                },
            }},
        });
        let validator = jsonschema::validator_for(&schema).expect("a schema");
        let broken: Vec<_> = validator.iter_errors(one).map(|error| format!("an error: {error}")).collect();
        if broken.is_empty() { Ok(()) } else { Err(broken) }
    }

    fn value(&self, schema: &str, value: &Value, method: &str, broken: &mut Vec<String>) {
        let mut validators = self.validators.lock().expect("whole");
        let validator = validators.entry(schema.to_owned()).or_insert_with(|| {
            let schemas = self.document["schemas"].as_object().expect("schemas");
            let mut known: Map<_, _> = schemas.iter().map(|(name, schema)| (name.clone(), schema_of(schema))).collect();
            // Some published documents name a schema that they do not have; nothing can be held against that.
            let text = self.document["schemas"].to_string();
            for name in text.split(r#""$ref":""#).skip(1).filter_map(|rest| rest.split('"').next()) {
                known.entry(name).or_insert(json!(true));
            }
            let whole = json!({"$ref": format!("#/$defs/{schema}"), "$defs": known});
            jsonschema::validator_for(&whole).expect("a schema")
        });
        let told =
            |error: jsonschema::ValidationError<'_>| format!("`{method}`, {schema}{}: {error}", error.instance_path());
        broken.extend(validator.iter_errors(value).map(told));
    }
}

/// All methods, of resources within resources.
fn collect(of: &Value, methods: &mut BTreeMap<String, Known>) {
    // Whole documents have names twice; those of documents and of models are meant here.
    for (name, declared) in of["methods"].as_object().into_iter().flatten() {
        let resource = declared["id"].as_str().and_then(|id| id.strip_suffix(name.as_str())).unwrap_or_default();
        if !resource.ends_with(".documents.") && resource != "generativelanguage.models." {
            continue;
        }
        let verb = declared["httpMethod"].as_str().expect("a method").parse().expect("a method");
        let path = path_of(declared);
        methods.insert(name.clone(), Known { verb, path, declared: declared.clone() });
    }
    for (_, resource) in of["resources"].as_object().into_iter().flatten() {
        collect(resource, methods);
    }
}

/// `v1/{+parent}/{collectionId}`, with the patterns of its parameters. A pattern of Firestore's parents leaves out the root
/// of a database; the description of the parameter has that, too: `projects/{project_id}/databases/{database_id}/documents`.
fn path_of(declared: &Value) -> Regex {
    let path = declared["path"].as_str().expect("a path");
    let braces = Regex::new(r"\{[^}]+\}").expect("a pattern");
    let mut whole = String::from("^");
    for (at, part) in path.split('{').enumerate() {
        let rest = match (at, part.split_once('}')) {
            (1.., Some((name, rest))) => {
                let parameter = &declared["parameters"][name.trim_start_matches('+')];
                let mut forms = vec![match parameter["pattern"].as_str() {
                    Some(pattern) => pattern.trim_start_matches('^').trim_end_matches('$').to_owned(),
                    None => "[^/]+".to_owned(),
                }];
                let told = parameter["description"].as_str().unwrap_or_default().split('`').skip(1).step_by(2);
                let roots = told.filter(|form| form.ends_with("/documents"));
                forms.extend(roots.map(|form| braces.replace_all(form, "[^/]+").into_owned()));
                whole.push_str(&format!("(?:{})", forms.join("|")));
                rest
            }
            _ => part,
        };
        whole.push_str(&regex::escape(rest));
    }
    Regex::new(&format!("{whole}$")).expect("a pattern")
}

/// A schema of discovery as JSON Schema.
fn schema_of(declared: &Value) -> Value {
    if let Some(name) = declared["$ref"].as_str() {
        return json!({"$ref": format!("#/$defs/{name}")});
    }
    if declared["enum"] == json!(["NULL_VALUE"]) {
        return json!({"enum": [null, "NULL_VALUE"]});
    }
    let format = declared["format"].as_str().unwrap_or_default();
    match declared["type"].as_str() {
        Some("any") | None => json!(true),
        Some("object") => {
            let properties = declared["properties"].as_object().into_iter().flatten();
            let properties: Map<_, _> = properties.map(|(name, of)| (name.clone(), schema_of(of))).collect();
            let rest = declared.get("additionalProperties").map_or(json!(false), schema_of);
            json!({"type": "object", "properties": properties, "additionalProperties": rest})
        }
        Some("array") => json!({"type": "array", "items": schema_of(&declared["items"])}),
        Some("number") => json!({"anyOf": [{"type": "number"}, {"enum": ["NaN", "Infinity", "-Infinity"]}]}),
        Some("integer") => match format {
            "uint32" => json!({"type": "integer", "minimum": 0, "maximum": u32::MAX}),
            _ => json!({"type": "integer", "minimum": i32::MIN, "maximum": i32::MAX}),
        },
        Some("boolean") => json!({"type": "boolean"}),
        Some("string") => {
            let pattern = match format {
                "int64" => r"^-?[0-9]{1,19}$",
                "uint64" => "^[0-9]{1,20}$",
                "byte" => "^[A-Za-z0-9+/_-]*={0,2}$",
                "google-datetime" => r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$",
                "google-duration" => r"^-?\d+(\.\d{1,9})?s$",
                _ => "",
            };
            let mut schema = json!({"type": "string", "pattern": pattern});
            if let Some(names) = declared.get("enum") {
                schema["enum"] = names.clone();
            }
            schema
        }
        Some(other) => panic!("a schema of type `{other}`"),
    }
}

/// The pairs of a query, decoded.
pub(super) fn pairs(query: &str) -> Vec<(String, String)> {
    let decode = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect()
}
