//! Whom a client trusts.

use std::path::Path;
use std::sync::Arc;

use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use crate::{Error, HyperClient};

/// Certificates by which those that are asked are trusted. Who is not is not asked: there is no way to turn that off.
#[derive(Clone, Debug)]
pub struct Roots(RootCertStore);

impl Roots {
    /// Those of webpki, which are Mozilla's.
    #[must_use]
    pub fn webpki() -> Self {
        Self(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() })
    }

    /// And those of a file, in PEM.
    ///
    /// # Errors
    ///
    /// [`Error::Server`] if it cannot be read, or has none.
    pub fn with_file(mut self, path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let failed = |source: crate::BoxError| Error::Server { what: path.display().to_string(), source };
        let before = self.0.len();
        for certificate in CertificateDer::pem_file_iter(path).map_err(|error| failed(error.into()))? {
            let certificate = certificate.map_err(|error| failed(error.into()))?;
            self.0.add(certificate).map_err(|error| failed(error.into()))?;
        }
        if self.0.len() == before {
            return Err(failed("it has no certificate in PEM, which begins with `-----BEGIN CERTIFICATE-----`".into()));
        }
        Ok(self)
    }

    /// A client that asks whom these trust, in HTTP/2 where that is spoken, and whomever without TLS.
    pub(super) fn client(&self) -> Result<HyperClient<HttpsConnector<HttpConnector>>, Error> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.map_err(|source| Error::Server { what: "TLS".to_owned(), source: source.into() })?;
        let config = config.with_root_certificates(self.0.clone()).with_no_client_auth();
        let connector = HttpsConnectorBuilder::new().with_tls_config(config);
        let connector = connector.https_or_http().enable_http1().enable_http2().build();
        Ok(Client::builder(TokioExecutor::new()).build(connector))
    }
}
