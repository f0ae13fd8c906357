//! Where a proxy hands requests on to.

use crate::{BaseUrl, Error, Transport};

/// Where a proxy hands requests on to.
#[derive(Clone, Debug)]
pub struct Upstream {
    pub(super) base: BaseUrl,
    pub(super) transport: Transport,
}

impl Upstream {
    /// An address with scheme and host, and a path if it has one, which is reached through a transport.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] if it is none.
    pub fn new(address: &str, transport: Transport) -> Result<Self, Error> {
        Ok(Self { base: address.parse()?, transport })
    }

    /// An `http://` address.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] if it is none.
    pub fn plain(address: &str) -> Result<Self, Error> {
        if address.starts_with("https://") {
            let expected = "an `http://` address, which this build reaches; build with the feature `https` for others";
            return Err(Error::Setting { found: address.chars().take(100).collect(), expected });
        }
        Self::new(address, Transport::plain())
    }

    /// An `http://` or `https://` address, trusted by the roots of webpki.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] if it is none; [`Error::Server`] if TLS cannot be set up.
    #[cfg(feature = "https")]
    #[cfg_attr(docsrs, doc(cfg(feature = "https")))]
    pub fn with_tls(address: &str) -> Result<Self, Error> {
        Self::with_roots(address, &crate::Roots::webpki())
    }

    /// An `http://` or `https://` address, trusted by these roots.
    ///
    /// # Errors
    ///
    /// As [`with_tls`](Self::with_tls).
    #[cfg(feature = "https")]
    #[cfg_attr(docsrs, doc(cfg(feature = "https")))]
    pub fn with_roots(address: &str, roots: &crate::Roots) -> Result<Self, Error> {
        Self::new(address, Transport::over_tls(roots)?)
    }
}
