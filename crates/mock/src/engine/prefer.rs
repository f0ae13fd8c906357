//! What a caller asks for by the header `Prefer`: a status, an example, a made-up body.
//!
//! The names are those that other mocks use.

use http::HeaderMap;

/// `Prefer: code=404, example=missing, dynamic=true`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Prefer {
    /// The status.
    pub(crate) code: Option<u16>,
    /// The name of an example.
    pub(crate) example: Option<String>,
    /// Made from the schema, although there are examples.
    pub(crate) dynamic: bool,
}

impl Prefer {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let mut prefer = Self::default();
        for header in headers.get_all("prefer") {
            let Ok(text) = header.to_str() else { continue };
            for one in text.split([',', ';']) {
                let (name, value) = one.split_once('=').unwrap_or((one, ""));
                let value = value.trim().trim_matches('"');
                match name.trim().to_ascii_lowercase().as_str() {
                    "code" | "status" => prefer.code = value.parse().ok().filter(|code| (100..=599).contains(code)),
                    "example" => prefer.example = Some(value.to_owned()),
                    "dynamic" => prefer.dynamic = !value.eq_ignore_ascii_case("false"),
                    _ => {}
                }
            }
        }
        prefer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_read_and_the_rest_passed_over() {
        let mut headers = HeaderMap::new();
        headers.append("prefer", "respond-async, code=404; example=\"missing\"".parse().unwrap());
        headers.append("prefer", "dynamic=true, code".parse().unwrap());
        assert_eq!(Prefer::of(&headers), Prefer { code: None, example: Some("missing".to_owned()), dynamic: true });
        headers.append("prefer", "code=200".parse().unwrap());
        assert_eq!(Prefer::of(&headers).code, Some(200));
    }
}
