//! Certificates for the hosts that a proxy stands in for, by an authority of its own.

use std::collections::HashMap;
use std::fmt;
use std::fs::{self, File};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    SerialNumber,
};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tracesnap_record::Timestamp;

use crate::{BoxError, Error};

/// The key and the certificate, which nobody else may read.
const SECRET_FILE: &str = "proxy-authority.pem";
/// The certificate alone.
const PUBLIC_FILE: &str = "proxy-ca.pem";

/// So many hosts are remembered; then all are made anew.
const MOST_HOSTS: usize = 1_024;

const DAY: Duration = Duration::from_secs(86_400);

/// Makes certificates for hosts. Its own is to be trusted by those programs that are recorded, and by nothing else: whoever
/// has its key can pretend to be any host towards them.
pub struct Authority {
    certificate: String,
    path: PathBuf,
    der: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
    /// One for all hosts.
    key: KeyPair,
    hosts: Mutex<HashMap<String, Arc<ServerConfig>>>,
}

impl Authority {
    /// That of a folder of recordings; it is made where there is none. The key lies in `proxy-authority.pem`, which its owner
    /// alone may read, and the certificate, which is for ten years, beside it in `proxy-ca.pem`.
    ///
    /// # Errors
    ///
    /// [`Error::Server`] if they cannot be read or written, and if others may read the key.
    pub fn open(dir: impl AsRef<Path>) -> Result<Self, Error> {
        let secret = dir.as_ref().join(SECRET_FILE);
        let failed = |source: BoxError| Error::Server { what: secret.display().to_string(), source };
        let text = Self::text(dir.as_ref(), &secret).map_err(|error| failed(error.into()))?;
        let read = || -> Result<_, BoxError> {
            let at =
                text.find("-----BEGIN CERTIFICATE").ok_or("it has no certificate; remove it, and trust the next")?;
            let certificate = text[at..].to_owned();
            let der = CertificateDer::from_pem_slice(certificate.as_bytes())?;
            Ok((KeyPair::from_pem(&text[..at])?, certificate, der))
        };
        let (key, certificate, der) = read().map_err(failed)?;
        let path = dir.as_ref().join(PUBLIC_FILE);
        if fs::read_to_string(&path).ok().as_deref() != Some(&certificate) {
            let failed = |source: io::Error| Error::Server { what: path.display().to_string(), source: source.into() };
            fs::write(&path, &certificate).map_err(failed)?;
        }
        let own = |error: rcgen::Error| failed(error.into());
        let issuer = Issuer::new(params_of_authority().map_err(own)?, key);
        let key = KeyPair::generate().map_err(own)?;
        Ok(Self { certificate, path, der, issuer, key, hosts: Mutex::default() })
    }

    /// The file's text; of two programs that make it at once, one does.
    fn text(dir: &Path, secret: &Path) -> io::Result<String> {
        if !secret.exists() {
            fs::create_dir_all(dir)?;
            let made = Self::make().map_err(io::Error::other)?;
            let whole = dir.join(format!("{SECRET_FILE}.{}", std::process::id()));
            let _ = fs::remove_file(&whole);
            let mut options = File::options();
            options.write(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let mut file = options.open(&whole)?;
            file.write_all(made.as_bytes())?;
            file.sync_all()?;
            // A link, and no renaming: one that is there is not replaced.
            let linked = fs::hard_link(&whole, secret);
            fs::remove_file(&whole)?;
            match linked {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                _ => {}
            }
        }
        #[cfg(unix)]
        {
            let mode = std::os::unix::fs::MetadataExt::mode(&fs::metadata(secret)?);
            if mode & 0o077 != 0 {
                let why = format!(
                    "others than its owner may read it (mode {:o}); remove it, trust the next one, and no longer this",
                    mode & 0o777
                );
                return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
            }
        }
        fs::read_to_string(secret)
    }

    fn make() -> Result<String, rcgen::Error> {
        let key = KeyPair::generate()?;
        let mut params = params_of_authority()?;
        valid_for(&mut params, 3_650);
        let certificate = params.self_signed(&key)?;
        Ok(key.serialize_pem() + &certificate.pem())
    }

    /// Its certificate, in PEM.
    #[must_use]
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    /// The file that has its certificate, and no key: what programs are told to trust.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How this host is stood in for.
    pub(super) fn config(&self, host: &str) -> Result<Arc<ServerConfig>, BoxError> {
        let lock = || self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(config) = lock().get(host) {
            return Ok(Arc::clone(config));
        }
        let config = Arc::new(self.make_config(host)?);
        let mut hosts = lock();
        if hosts.len() >= MOST_HOSTS {
            hosts.clear();
        }
        hosts.insert(host.to_owned(), Arc::clone(&config));
        Ok(config)
    }

    fn make_config(&self, host: &str) -> Result<ServerConfig, BoxError> {
        let mut params = CertificateParams::new([host.to_owned()])?;
        // A name has at most 64 letters; whoever checks looks at the alternative one anyway.
        params.distinguished_name.push(DnType::CommonName, host.chars().take(64).collect::<String>());
        params.use_authority_key_identifier_extension = true;
        params.key_usages.push(KeyUsagePurpose::DigitalSignature);
        params.extended_key_usages.push(ExtendedKeyUsagePurpose::ServerAuth);
        // Some clients refuse what is for longer than 398 days.
        valid_for(&mut params, 90);
        // Browsers refuse two certificates of an issuer with one number, and hosts share a key.
        let random = [RandomState::new().hash_one(host), RandomState::new().hash_one(SystemTime::now())];
        let mut serial: Vec<u8> = random.iter().flat_map(|part| part.to_be_bytes()).collect();
        serial[0] &= 0x7f;
        params.serial_number = Some(SerialNumber::from_slice(&serial));
        let certificate = params.signed_by(&self.key, &self.issuer)?;
        let chain = vec![certificate.der().clone(), self.der.clone()];
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(self.key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        let mut config = config.with_no_client_auth().with_single_cert(chain, key)?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(config)
    }
}

fn params_of_authority() -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name.push(DnType::CommonName, "tracesnap sessions proxy");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(params)
}

/// From yesterday, since clocks differ, for so many days.
fn valid_for(params: &mut CertificateParams, days: u32) {
    let now = SystemTime::now();
    let (year, month, day) = date(now.checked_sub(DAY).unwrap_or(now));
    params.not_before = rcgen::date_time_ymd(year, month, day);
    let (year, month, day) = date(now.checked_add(DAY * days).unwrap_or(now));
    params.not_after = rcgen::date_time_ymd(year, month, day);
}

fn date(time: SystemTime) -> (i32, u8, u8) {
    // `2026-03-01T…`
    let text = Timestamp::from(time).to_string();
    let number = |range: std::ops::Range<usize>| text.get(range).and_then(|part| part.parse().ok()).unwrap_or(1_u16);
    (number(0..4).into(), number(5..7) as u8, number(8..10) as u8)
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority").field("path", &self.path).finish_non_exhaustive()
    }
}
