//! Says what a scalar is by its name, and by where its specification is.
//!
//! The specification leaves that to services; names follow the usual libraries of scalars.

use apollo_compiler::schema::ScalarType;
use serde_json::{Value, json};

use crate::state::name_key;

/// The schema of a scalar. One of no known name is a text, whose field says what it is.
pub(super) fn schema(scalar: &ScalarType) -> Value {
    match scalar.name.as_str() {
        "Int" => return json!({ "type": "integer", "minimum": i32::MIN, "maximum": i32::MAX }),
        "Float" => return json!({ "type": "number" }),
        "Boolean" => return json!({ "type": "boolean" }),
        "ID" | "String" => return json!({ "type": "string" }),
        _ => {}
    }
    let specified = scalar
        .directives
        .get("specifiedBy")
        .and_then(|directive| directive.specified_argument_by_name("url")?.as_str().map(str::to_ascii_lowercase));
    if let Some(url) = &specified {
        let known = [("rfc3339", "date-time"), ("rfc4122", "uuid"), ("rfc3986", "uri"), ("date-time", "date-time")];
        if let Some((_, format)) = known.iter().find(|(part, _)| url.contains(part)) {
            return json!({ "type": "string", "format": format });
        }
    }
    let text = |format: &str| json!({ "type": "string", "format": format });
    let name = key_of(scalar.name.as_str());
    match name.as_str() {
        "datetime" | "datetimeiso" | "isodatetime" | "isodate" | "utcdatetime" | "instant" | "offsetdatetime"
        | "zoneddatetime" | "timestamptz" | "gitdatetime" | "gittimestamp" | "precisedatetime" | "datetimeoffset" => {
            text("date-time")
        }
        "timestamp" | "unixtimestamp" | "epoch" | "awstimestamp" => json!({ "type": "integer", "format": "unix-time" }),
        "localdatetime" => {
            json!({ "type": "string", "pattern": "^20[0-2][0-9]-0[1-9]-1[0-9]T1[0-9]:[0-5][0-9]:[0-5][0-9]$" })
        }
        "date" | "localdate" | "isodateonly" | "fuzzydate" => text("date"),
        "time" | "localtime" | "timetz" => text("time"),
        "duration" | "isoduration" | "period" => text("duration"),
        "uri" | "url" | "httpurl" | "httpsurl" | "link" | "weburl" => text("uri"),
        "uuid" | "guid" => text("uuid"),
        "email" | "emailaddress" => text("email"),
        "phone" | "phonenumber" => text("phone"),
        "ip" | "ipaddress" | "ipv4" => text("ipv4"),
        "ipv6" => text("ipv6"),
        "mac" | "macaddress" => text("mac"),
        "hostname" | "domain" | "domainname" => text("hostname"),
        "base64" | "base64string" | "bytes" | "byte" | "blob" | "base64data" => text("byte"),
        "color" | "colour" | "hexcolor" | "hexcolorcode" | "colorhex" => {
            json!({ "type": "string", "pattern": "^#[0-9a-f]{6}$" })
        }
        "countrycode" | "country" => text("country-code"),
        "currency" | "currencycode" => text("currency"),
        "locale" | "languagecode" | "language" => text("language"),
        "timezone" => text("time-zone"),
        "long" | "bigint" | "int64" | "uint64" | "biginteger" | "safeint" | "int8" | "unsignedint" | "uint"
        | "uint32" | "int32" | "short" | "nonnegativeint" | "int2" | "smallint" => {
            json!({ "type": "integer", "minimum": 0 })
        }
        "positiveint" => json!({ "type": "integer", "minimum": 1 }),
        "port" => json!({ "type": "integer", "minimum": 1, "maximum": 65_535 }),
        "latitude" => json!({ "type": "number", "minimum": -90, "maximum": 90 }),
        "longitude" => json!({ "type": "number", "minimum": -180, "maximum": 180 }),
        "decimal" | "bigdecimal" | "money" | "numeric" | "float8" | "float64" | "double" | "nonnegativefloat"
        | "positivefloat" | "price" | "percentage" => json!({ "type": "number", "minimum": 0 }),
        "void" | "null" => json!({ "type": "string", "nullable": true, "enum": [null] }),
        "json" | "jsonobject" | "jsonb" | "map" | "object" | "dictionary" | "arbitrary" | "metadata" | "jsonnode" => {
            json!({ "type": "object", "additionalProperties": { "type": "string" } })
        }
        _ => {
            let by_end =
                [("datetime", "date-time"), ("date", "date"), ("url", "uri"), ("uri", "uri"), ("email", "email")];
            match by_end.iter().find(|(end, _)| name.ends_with(end)) {
                Some((_, format)) => text(format),
                None => json!({ "type": "string" }),
            }
        }
    }
}

/// The name without what tells whose it is: `AWSDateTime` is a `DateTime`.
fn key_of(name: &str) -> String {
    let name = name.trim_start_matches('_');
    let name = name.strip_prefix("AWS").or_else(|| name.strip_prefix("GraphQL")).unwrap_or(name);
    let name = name.strip_suffix("Scalar").filter(|left| !left.is_empty()).unwrap_or(name);
    name_key(name)
}
