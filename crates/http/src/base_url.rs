//! The address of a service, as it is set for a client or a proxy.

use std::fmt;
use std::str::FromStr;

use http::Uri;
use http::uri::{Authority, Scheme};

use crate::Error;

/// The address of a service, below which its requests are: `https://api.example.com/v1`.
///
/// ```
/// use tracesnap_http::BaseUrl;
///
/// let base: BaseUrl = "https://api.example.com/v1/".parse()?;
/// assert_eq!(base.to_string(), "https://api.example.com/v1");
/// assert_eq!(base.authority(), "api.example.com");
/// assert_eq!(base.join("/orders?page=2")?, "https://api.example.com/v1/orders?page=2");
///
/// let error = "api.example.com".parse::<BaseUrl>().unwrap_err();
/// assert!(error.to_string().starts_with("`api.example.com` is not an address"));
/// # Ok::<(), tracesnap_http::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl {
    scheme: Scheme,
    authority: Authority,
    /// Without a slash at its end.
    path: String,
}

impl BaseUrl {
    /// Such an address without a path.
    #[cfg(feature = "tls")]
    pub(crate) fn https(authority: Authority) -> Self {
        Self { scheme: Scheme::HTTPS, authority, path: String::new() }
    }

    /// `http` or `https`.
    #[must_use]
    pub fn scheme(&self) -> &str {
        self.scheme.as_str()
    }

    /// The host, and its port if one is said: `127.0.0.1:8080`.
    #[must_use]
    pub fn authority(&self) -> &str {
        self.authority.as_str()
    }

    /// The address of a request below it, by a path that begins with a slash, and a query if it has one.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] if that is none.
    pub fn join(&self, target: &str) -> Result<Uri, Error> {
        let wrong = |_| Error::Setting {
            found: target.chars().take(100).collect(),
            expected: "a path as URLs have it, such as `/orders?page=2`",
        };
        // Without it, a host would grow.
        let slash = if target.starts_with('/') { "" } else { "/" };
        format!("{self}{slash}{target}").parse().map_err(wrong)
    }
}

impl FromStr for BaseUrl {
    type Err = Error;

    /// # Errors
    ///
    /// [`Error::Setting`] if it has another scheme than `http` and `https`, no host, or a user, a query or a fragment.
    fn from_str(address: &str) -> Result<Self, Error> {
        let wrong = || Error::Setting {
            // What stands before an `@` is a password as likely as not.
            found: address.split('@').next_back().unwrap_or_default().chars().take(100).collect(),
            expected: "an address such as `https://api.example.com/v1`, without a user, a query or a fragment",
        };
        let uri: Uri = address.parse().map_err(|_| wrong())?;
        let path = uri.path().trim_end_matches('/').to_owned();
        // A fragment is not told: it is not part of what is sent.
        if uri.query().is_some() || address.contains('#') {
            return Err(wrong());
        }
        let parts = uri.into_parts();
        match (parts.scheme, parts.authority) {
            (Some(scheme), Some(authority))
                if (scheme == Scheme::HTTP || scheme == Scheme::HTTPS) && !authority.as_str().contains('@') =>
            {
                Ok(Self { scheme, authority, path })
            }
            _ => Err(wrong()),
        }
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.scheme, self.authority, self.path)
    }
}
