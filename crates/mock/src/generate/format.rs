//! The formats of texts and numbers, as documents name them.
//!
//! Texts of a format are written in [`super::text`]; whether a text has one is asked the validator.

use std::sync::OnceLock;

use jsonschema::Validator;
use serde_json::{Value, json};

/// What `format` says. What nobody knows is left to the name of the property.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Format {
    DateTime,
    Date,
    Time,
    Duration,
    Email,
    IdnEmail,
    Hostname,
    IdnHostname,
    Ipv4,
    Ipv6,
    Uri,
    UriReference,
    Iri,
    IriReference,
    UriTemplate,
    Uuid,
    JsonPointer,
    RelativeJsonPointer,
    Regex,
    /// Base64.
    Byte,
    /// Bytes as they are.
    Binary,
    Password,
    Int32,
    Int64,
    /// Seconds since 1970.
    UnixTime,
    /// A decimal as text, or money.
    Decimal,
    Phone,
    Color,
    Slug,
    Currency,
    CountryCode,
    Language,
    TimeZone,
    Mac,
}

impl Format {
    pub(super) fn parse(name: &str) -> Option<Self> {
        let plain: String =
            name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect();
        Some(match plain.as_str() {
            "datetime" | "timestamp" | "rfc3339" | "iso8601" | "isodatetime" | "googledatetime" | "dateandtime" => {
                Self::DateTime
            }
            "date" | "fulldate" | "isodate" => Self::Date,
            "time" | "partialtime" | "fulltime" => Self::Time,
            "duration" | "iso8601duration" => Self::Duration,
            "email" | "emailaddress" => Self::Email,
            "idnemail" => Self::IdnEmail,
            "hostname" | "host" | "domain" | "domainname" | "fqdn" => Self::Hostname,
            "idnhostname" => Self::IdnHostname,
            "ipv4" | "ip" | "ipaddress" | "ipv4address" => Self::Ipv4,
            "ipv6" | "ipv6address" => Self::Ipv6,
            "uri" | "url" | "link" | "href" | "anyuri" => Self::Uri,
            "urireference" | "uriref" => Self::UriReference,
            "iri" => Self::Iri,
            "irireference" => Self::IriReference,
            "uritemplate" => Self::UriTemplate,
            "uuid" | "guid" | "uuid4" | "uuidv4" => Self::Uuid,
            "jsonpointer" => Self::JsonPointer,
            "relativejsonpointer" => Self::RelativeJsonPointer,
            "regex" | "regexp" => Self::Regex,
            "byte" | "base64" | "bytes" => Self::Byte,
            "binary" | "file" | "blob" => Self::Binary,
            "password" => Self::Password,
            "int32" | "uint32" | "integer" | "uint16" | "int16" | "uint8" | "int8" => Self::Int32,
            "int64" | "uint64" | "long" | "bigint" => Self::Int64,
            "unixtime" | "unixtimestamp" | "epoch" | "unix" | "epochseconds" | "unixtimeseconds" => Self::UnixTime,
            "decimal" | "money" | "bigdecimal" | "price" => Self::Decimal,
            "phone" | "phonenumber" | "e164" | "tel" => Self::Phone,
            "color" | "hexcolor" | "rgb" | "hex" => Self::Color,
            "slug" => Self::Slug,
            "currency" | "currencycode" | "iso4217" => Self::Currency,
            "countrycode" | "iso31661alpha2" | "isocountrycode" | "iso3166" => Self::CountryCode,
            "language" | "languagecode" | "locale" | "bcp47" | "iso6391" => Self::Language,
            "timezone" | "tz" | "ianatimezone" => Self::TimeZone,
            "mac" | "macaddress" => Self::Mac,
            _ => return None,
        })
    }

    /// Its name where the validator holds texts to it, by its exact name only.
    fn checked(name: &str) -> Option<usize> {
        CHECKED.iter().position(|known| *known == name)
    }
}

/// The formats that JSON Schema defines, and validators check.
const CHECKED: [&str; 19] = [
    "date-time",
    "date",
    "time",
    "duration",
    "email",
    "idn-email",
    "hostname",
    "idn-hostname",
    "ipv4",
    "ipv6",
    "uri",
    "uri-reference",
    "iri",
    "iri-reference",
    "uri-template",
    "uuid",
    "json-pointer",
    "relative-json-pointer",
    "regex",
];

/// Whether a value has a format; what is no text has all, and unknown formats claim nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Claim(usize);

impl Claim {
    /// `None` where the name claims nothing that could be checked.
    pub(super) fn of(name: &str) -> Option<Self> {
        Format::checked(name).map(Self)
    }

    pub(super) fn accepts(self, value: &Value) -> bool {
        static VALIDATORS: [OnceLock<Option<Validator>>; CHECKED.len()] = [const { OnceLock::new() }; CHECKED.len()];
        let validator = VALIDATORS[self.0].get_or_init(|| {
            jsonschema::options().should_validate_formats(true).build(&json!({"format": CHECKED[self.0]})).ok()
        });
        validator.as_ref().is_none_or(|validator| validator.is_valid(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names of OpenAPI's registry, of older drafts and of other dialects, which claim nothing.
    const OTHERS: [&str; 31] = [
        "color",
        "style",
        "phone",
        "host-name",
        "ip-address",
        "utc-millisec",
        "unknown",
        "base64url",
        "binary",
        "byte",
        "char",
        "commonmark",
        "decimal",
        "decimal128",
        "double",
        "double-int",
        "float",
        "html",
        "http-date",
        "int16",
        "int32",
        "int64",
        "int8",
        "media-range",
        "password",
        "sf-boolean",
        "sf-string",
        "sf-token",
        "uint8",
        "url",
        "uuid4",
    ];

    #[test]
    fn every_format_that_a_validator_checks_is_known_to_be_checked() {
        for name in OTHERS {
            let validator = jsonschema::options()
                .with_draft(jsonschema::Draft::Draft202012)
                .should_validate_formats(true)
                .build(&json!({"format": name}))
                .unwrap();
            // No text of any format: spaces, brackets, a backslash and a control character.
            let refused = ["(\u{1} \\[%zz", "", "-"].into_iter().find(|odd| !validator.is_valid(&json!(odd)));
            assert_eq!(refused, None, "{name} is checked, but not listed");
        }
    }
}
