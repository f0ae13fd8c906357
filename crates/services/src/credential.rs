//! Who asks: keys and tokens, put on requests below what records.

use std::fmt;

use http::header::AUTHORIZATION;
use http::{HeaderName, HeaderValue, Request, Uri};

use tracesnap_http::BoxError;

use crate::Error;

/// Who asks.
///
/// It is put on a request when that has passed what records it, so no recording, no matching and no error of ours ever has
/// it in its hands. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Credential {
    /// Nobody: an emulator does not ask.
    None,
    /// A key of the API, in the header `x-goog-api-key`.
    ApiKey(String),
    /// The same in the query, as `key=`, which logs of proxies are apt to keep.
    QueryKey(String),
    /// A token of OAuth or Firebase, in the header `authorization`.
    Bearer(String),
}

impl Credential {
    /// What a text is by its looks: an access token (`ya29.…`), a token in three parts, else a key.
    ///
    /// ```
    /// use tracesnap_services::Credential;
    ///
    /// assert!(matches!(Credential::of("ya29.a0Af"), Credential::Bearer(_)));
    /// assert!(matches!(Credential::of("AIzaSy"), Credential::ApiKey(_)));
    /// ```
    pub fn of(text: impl Into<String>) -> Self {
        let text = text.into();
        let is_token = text.starts_with("ya29.") || text.starts_with("eyJ") && text.split('.').count() == 3;
        if is_token { Self::Bearer(text) } else { Self::ApiKey(text) }
    }

    /// What is put on, checked once.
    pub(crate) fn mark(&self) -> Result<Mark, Error> {
        let header = |name, text: &str| {
            let mut value = HeaderValue::from_str(text).map_err(|_| Error::Setting {
                found: "a credential with letters that no header can have".to_owned(),
                expected: "a key or a token",
            })?;
            value.set_sensitive(true);
            Ok(Mark::Header(name, value))
        };
        match self {
            Self::None => Ok(Mark::Nothing),
            Self::ApiKey(key) => header(HeaderName::from_static("x-goog-api-key"), key),
            Self::Bearer(token) => header(AUTHORIZATION, &format!("Bearer {token}")),
            Self::QueryKey(key) => Ok(Mark::Query(encode(key))),
        }
    }
}

/// Everything but letters that mean themselves in a query.
fn encode(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::ApiKey(_) => "ApiKey(…)",
            Self::QueryKey(_) => "QueryKey(…)",
            Self::Bearer(_) => "Bearer(…)",
        })
    }
}

/// A credential as it stands on a request.
#[derive(Clone)]
pub(crate) enum Mark {
    Nothing,
    Header(HeaderName, HeaderValue),
    /// Encoded.
    Query(String),
}

/// What is told instead of an error that tells the credential: clients are apt to tell the URL that they could not reach.
#[derive(Debug)]
struct Scrubbed(String);

impl fmt::Display for Scrubbed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Scrubbed {}

impl Mark {
    pub(crate) fn put_on<B>(&self, mut request: Request<B>) -> Request<B> {
        match self {
            Self::Nothing => {}
            Self::Header(name, value) => {
                request.headers_mut().insert(name, value.clone());
            }
            Self::Query(key) => {
                let uri = request.uri();
                let mark = if uri.query().is_some() { '&' } else { '?' };
                // A URI with a query of plain letters more is one again.
                if let Ok(marked) = format!("{uri}{mark}key={key}").parse::<Uri>() {
                    *request.uri_mut() = marked;
                }
            }
        }
        request
    }

    /// An error of a transport, without the credential: as it is where that is not in it, else as a text.
    pub(crate) fn scrub(&self, error: BoxError) -> BoxError {
        let secret = match self {
            Self::Nothing => return error,
            Self::Header(_, value) => value.to_str().unwrap_or_default(),
            Self::Query(key) => key,
        };
        let secret = secret.strip_prefix("Bearer ").unwrap_or(secret);
        let mut texts = vec![error.to_string()];
        let mut source = error.source();
        while let Some(cause) = source {
            texts.push(cause.to_string());
            source = cause.source();
        }
        let is_told = texts.iter().any(|text| text.contains(secret)) || format!("{error:?}").contains(secret);
        if secret.is_empty() || !is_told {
            return error;
        }
        Scrubbed(texts.join(": ").replace(secret, "[redacted]")).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(credential: &Credential, uri: &str) -> Request<()> {
        let request = Request::get(uri).body(()).expect("a request");
        credential.mark().expect("a mark").put_on(request)
    }

    #[test]
    fn a_credential_stands_where_its_kind_says_and_nowhere_in_debug() {
        let key = put(&Credential::ApiKey("k-1".into()), "http://h/p");
        assert_eq!(key.headers()["x-goog-api-key"], "k-1");
        assert!(!format!("{key:?}").contains("k-1"));
        assert_eq!(put(&Credential::Bearer("t".into()), "http://h/p").headers()[AUTHORIZATION], "Bearer t");
        assert_eq!(put(&Credential::QueryKey("k &".into()), "http://h/p").uri(), "http://h/p?key=k%20%26");
        assert_eq!(put(&Credential::QueryKey("k".into()), "http://h/p?alt=sse").uri(), "http://h/p?alt=sse&key=k");
        assert!(put(&Credential::None, "http://h/p").headers().is_empty());
        let all =
            [Credential::ApiKey("k-1".into()), Credential::QueryKey("k-1".into()), Credential::Bearer("k-1".into())];
        assert!(!format!("{all:?}").contains("k-1"));
        assert!(Credential::ApiKey("a\nb".into()).mark().is_err());
    }

    #[test]
    fn an_error_that_tells_a_credential_is_told_without() {
        let mark = Credential::QueryKey("k-1".into()).mark().expect("a mark");
        let told = mark.scrub("cannot reach http://h/p?key=k-1".into());
        assert_eq!(
            format!("{told} {told:?}"),
            "cannot reach http://h/p?key=[redacted] Scrubbed(\"cannot reach http://h/p?key=[redacted]\")"
        );
        let other = mark.scrub(std::io::Error::other("gone").into());
        assert!(other.is::<std::io::Error>(), "what does not tell it stays what it is");
    }
}
