//! A proxy comes between a program and an `https://` address, in both versions of HTTP, and checks whom it asks.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use http::{Request, Response, StatusCode};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::sync::oneshot;
use tracesnap_http::server::{self, Authority, Limits};
use tracesnap_http::{Body, Http, HyperClient, Roots};
use tracesnap_record::Mode;

use crate::support::*;

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// A service over TLS, and the file with the certificate of who vouches for it.
async fn service(dir: &Path, versions: &[&[u8]]) -> (SocketAddr, PathBuf) {
    let ca_key = KeyPair::generate().expect("a key");
    let mut params = CertificateParams::new(Vec::new()).expect("a certificate");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let file = dir.join("upstream-ca.pem");
    std::fs::write(&file, params.self_signed(&ca_key).expect("signed").pem()).expect("written");
    let issuer = Issuer::new(params, ca_key);
    let key = KeyPair::generate().expect("a key");
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
    let certificate = CertificateParams::new(names).expect("names").signed_by(&key, &issuer).expect("signed");
    let config = ServerConfig::builder_with_provider(provider()).with_safe_default_protocol_versions().expect("TLS");
    let secret = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let mut config =
        config.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], secret).expect("a key");
    config.alpn_protocols = versions.iter().map(|version| version.to_vec()).collect();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(stream) = acceptor.accept(stream).await else { return };
                let service = hyper::service::service_fn(|request: Request<hyper::body::Incoming>| async move {
                    let (version, path) = (request.version(), request.uri().path().to_owned());
                    let sent = see(Response::new(request.into_body())).await.body.expect("a body");
                    let said = format!("{version:?} {path} {}", String::from_utf8_lossy(&sent));
                    let mut response = Response::new(Body::from(said));
                    response.headers_mut().append("x-many", http::HeaderValue::from_static("1"));
                    response.headers_mut().append("x-many", http::HeaderValue::from_static("2"));
                    Ok::<_, std::convert::Infallible>(response)
                });
                let builder = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
                let _ = builder.serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    (address, file)
}

struct Proxy {
    address: SocketAddr,
    ca: PathBuf,
    _stop: oneshot::Sender<()>,
}

async fn proxy(http: Http, dir: &Path, roots: Roots) -> Proxy {
    let authority = Authority::open(dir).expect("an authority");
    let ca = authority.path().to_owned();
    let listener = server::listen(0).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let (stop, stopped) = oneshot::channel();
    tokio::spawn(async move {
        let stopped = async { drop(stopped.await) };
        server::intercept(http, authority, &roots, listener, Limits::default(), stopped).await.expect("served");
    });
    Proxy { address, ca, _stop: stop }
}

/// A client that trusts the proxy's authority, and nobody else.
fn client_through(proxy: &Proxy, is_http2: bool) -> HyperClient<HttpsConnector<Tunnel<HttpConnector>>> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(&proxy.ca).expect("readable") {
        roots.add(certificate.expect("a certificate")).expect("a root");
    }
    let config = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions().expect("TLS");
    let config = config.with_root_certificates(roots).with_no_client_auth();
    let mut connector = HttpConnector::new();
    connector.enforce_http(false);
    let tunnel = Tunnel::new(format!("http://{}", proxy.address).parse().expect("an address"), connector);
    let builder = HttpsConnectorBuilder::new().with_tls_config(config).https_only();
    let connector = match is_http2 {
        true => builder.enable_http2().wrap_connector(tunnel),
        false => builder.enable_http1().wrap_connector(tunnel),
    };
    Client::builder(TokioExecutor::new()).http2_only(is_http2).build(connector)
}

async fn talk(proxy: &Proxy, base: &str, is_http2: bool) -> Vec<Seen> {
    let client = client_through(proxy, is_http2);
    let mut all = Vec::new();
    for n in 0..3 {
        let request = post(format!("{base}/orders/{n}"), "text/plain", format!("order {n}"));
        let mut seen = see(client.request(request).await.expect("answered")).await;
        seen.headers.remove("date");
        all.push(seen);
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_program_asks_over_tls_is_recorded_and_played_back_in_both_versions_of_http() {
    for (versions, is_http2) in
        [(&[&b"http/1.1"[..]][..], false), (&[b"h2"], true), (&[b"h2"], false), (&[b"http/1.1"], true)]
    {
        let recordings = Recordings::new();
        let (address, ca) = service(recordings.path(), versions).await;
        let base = format!("https://localhost:{}", address.port());
        let roots = || Roots::webpki().with_file(&ca).expect("a certificate");
        let recording = recordings.http(Mode::Record);
        let recorder = proxy(recording.clone(), recordings.path(), roots()).await;
        let said = talk(&recorder, &base, is_http2).await;
        let version = if versions[0] == b"h2" { "HTTP/2.0" } else { "HTTP/1.1" };
        assert_eq!(said[1].body.as_deref(), Ok(format!("{version} /orders/1 order 1").as_bytes()));
        assert_eq!(said[1].headers.get_all("x-many").iter().count(), 2);
        let session = recordings.accept(recording);
        assert_eq!(session.interactions.len(), 3);
        let first = &session.interactions[0];
        assert_eq!(first.request["url"], format!("{base}/orders/0"));
        assert_eq!(first.request["body"]["text"], "order 0", "it can be read");

        let player = proxy(recordings.http(Mode::Playback), recordings.path(), Roots::webpki()).await;
        assert_eq!(player.ca, recorder.ca);
        assert_eq!(talk(&player, &base, is_http2).await, said, "and nobody was asked");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_nobody_vouches_for_is_not_asked() {
    let recordings = Recordings::new();
    let (address, _) = service(recordings.path(), &[b"http/1.1"]).await;
    let proxy = proxy(recordings.http(Mode::Record), recordings.path(), Roots::webpki()).await;
    let seen = talk(&proxy, &format!("https://localhost:{}", address.port()), false).await;
    assert_eq!(seen[0].status, StatusCode::BAD_GATEWAY);
    let told = String::from_utf8_lossy(seen[0].body.as_deref().expect("told")).into_owned();
    assert!(told.contains("invalid peer certificate"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_passes_on_what_is_asked_without_tls_and_refuses_what_is_no_address() {
    let address = serve_with(|request: Request<hyper::body::Incoming>| async move {
        Response::new(Body::from(request.uri().path().to_owned()))
    })
    .await;
    let recordings = Recordings::new();
    let recording = recordings.http(Mode::Record);
    let proxy = proxy(recording.clone(), recordings.path(), Roots::webpki()).await;
    let told = curl(&["--proxy", &format!("http://{}", proxy.address), &format!("http://{address}/plain")]).await;
    assert_eq!(told.as_deref(), Some("/plain"));
    let direct = see(client().request(get(format!("http://{}/direct", proxy.address))).await.expect("answered")).await;
    assert_eq!(direct.status, StatusCode::INTERNAL_SERVER_ERROR);
    let told = String::from_utf8_lossy(direct.body.as_deref().expect("told")).into_owned();
    assert!(told.contains("`/direct` is not a whole address, as a proxy is asked for"), "{told}");
    assert_eq!(recordings.accept(recording).interactions[0].request["url"], format!("http://{address}/plain"));
}

/// What curl prints.
async fn curl(arguments: &[&str]) -> Option<String> {
    let mut all = vec!["--silent", "--show-error", "--max-time", "60", "--noproxy", ""];
    all.extend_from_slice(arguments);
    let all: Vec<String> = all.iter().map(ToString::to_string).collect();
    let run = move || std::process::Command::new("curl").args(all).output();
    let output = tokio::task::spawn_blocking(run).await.expect("it ran").expect("curl is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn curl_is_recorded_and_played_back_through_the_proxy() {
    for version in ["--http1.1", "--http2"] {
        let recordings = Recordings::new();
        let (address, ca) = service(recordings.path(), &[b"h2", b"http/1.1"]).await;
        let url = format!("https://localhost:{}/curl", address.port());
        let ask = async |proxy: &Proxy| {
            let through = format!("http://{}", proxy.address);
            let trusted = proxy.ca.to_str().expect("text");
            curl(&[version, "--cacert", trusted, "--proxy", &through, "--data", "asked", &url]).await
        };
        let recording = recordings.http(Mode::Record);
        let roots = Roots::webpki().with_file(&ca).expect("a certificate");
        let said = ask(&proxy(recording.clone(), recordings.path(), roots).await).await;
        assert_eq!(said.as_deref(), Some("HTTP/2.0 /curl asked"));
        recordings.accept(recording);
        let player = proxy(recordings.http(Mode::Playback), recordings.path(), Roots::webpki()).await;
        assert_eq!(ask(&player).await, said);
    }
}

#[test]
fn an_authority_is_made_once_and_its_key_is_its_owners_alone() {
    let dir = tempfile::tempdir().expect("a folder");
    let first = Authority::open(dir.path()).expect("made");
    let again = Authority::open(dir.path()).expect("read");
    assert_eq!(first.certificate(), again.certificate());
    assert_eq!(std::fs::read_to_string(first.path()).expect("readable"), first.certificate());
    assert!(!first.certificate().contains("PRIVATE"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let secret = dir.path().join("proxy-authority.pem");
        assert_eq!(std::fs::metadata(&secret).expect("there").permissions().mode() & 0o777, 0o600);
        std::fs::set_permissions(&secret, PermissionsExt::from_mode(0o644)).expect("set");
        let error = Authority::open(dir.path()).expect_err("refused");
        let told = std::error::Error::source(&error).expect("a cause").to_string();
        assert!(told.contains("others than its owner may read it (mode 644)"), "{told}");
    }
    std::fs::write(dir.path().join("none.pem"), "nothing").expect("written");
    assert!(Roots::webpki().with_file(dir.path().join("none.pem")).is_err());
}
