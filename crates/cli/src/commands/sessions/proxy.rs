//! `tracesnap sessions proxy`, `serve`: recordings of programs in other languages, and for them.
//!
//! What passes is the business of [`tracesnap_http`]; here are addresses, modes and the end.

use std::future::Future;
use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use tracesnap_http::profile::{Profiles, ServiceRule};
use tracesnap_http::server::{self, Authority, Limits, Upstream};
use tracesnap_http::{Http, Roots, Timing};
use tracesnap_record::{Mode, Player, Repeat, Rule, ServiceProvider};

use super::{age, dir_or_default};
use crate::commands::Outcome;
use crate::output::tell;

const PROXY_EXAMPLES: &str = "\
Examples:
  tracesnap sessions proxy --upstream https://api.example.com --port 8080 captures
  tracesnap sessions proxy --upstream http://localhost:3000 --mode hybrid:record --session checkout captures
  tracesnap sessions proxy --upstream https://api.example.com --mode playback --timing recorded captures
  tracesnap sessions proxy --port 8080 --ca-cert proxy-ca.pem captures
  HTTPS_PROXY=http://127.0.0.1:8080 curl --cacert proxy-ca.pem https://api.example.com/v1/orders

It listens on this machine only. With `--upstream` programs are given its address in the place of the service's, and speak
plain HTTP to it. Without, it is the proxy of programs that ask whom they like, and comes between them and `https://`
addresses by certificates of its own: its authority is made once for the folder, in files that nobody else may read, and
those programs, but nothing else, are told to trust it. Whom it asks itself it checks, always.

Interrupted, it ends the recording, which then waits for a review. Requests of the task that the header `x-tracesnap-task`
names are told apart.";

const SERVE_EXAMPLES: &str = "\
Examples:
  tracesnap sessions serve captures/checkout-0198.session.json --port 8080
  tracesnap sessions serve checkout.har.session.json --timing recorded --repeat last

It listens on this machine only. What nothing answers is answered with 501, as `application/problem+json`, which names the
nearest interaction. Requests go to whichever service of the recording has that path, or the host that they name.";

/// Records what programs ask a service: they ask this, and this asks the service.
#[derive(Debug, Args)]
#[command(after_help = PROXY_EXAMPLES)]
pub(crate) struct Proxy {
    /// The folder of recordings [default: TEST_CAPTURE_DIR, or the user's]
    dir: Option<PathBuf>,
    /// The service: `https://api.example.com/v1`. In modes that ask nobody, its address is what is compared. Without, it
    /// is whomever a program asks through this proxy.
    #[arg(long, value_name = "URL")]
    upstream: Option<String>,
    /// Certificates in PEM that are trusted where the service is asked, beside those of webpki. May be given more than once.
    #[arg(long, value_name = "FILE")]
    upstream_ca: Vec<PathBuf>,
    /// Copies the certificate that programs have to trust to this file.
    #[arg(long, value_name = "FILE", conflicts_with = "upstream")]
    ca_cert: Option<PathBuf>,
    /// What happens to a request: `record`, `playback`, `hybrid:record` and all other modes.
    #[arg(long, default_value = "record", value_name = "MODE")]
    mode: Mode,
    /// What the session is called.
    #[arg(long, default_value = "proxy", value_name = "NAME")]
    session: String,
    #[command(flatten)]
    listening: Listening,
}

/// Answers from a session file as if it were the services that it holds.
#[derive(Debug, Args)]
#[command(after_help = SERVE_EXAMPLES)]
pub(crate) struct Serve {
    /// The session file, or a journal.
    session: PathBuf,
    /// What answers when all that was recorded for a request has answered.
    #[arg(long, value_enum, default_value_t = Repeats::Cycle, value_name = "HOW")]
    repeat: Repeats,
    #[command(flatten)]
    listening: Listening,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Repeats {
    /// Nothing: each answers once.
    Sequence,
    /// The last one, for ever.
    Last,
    /// All again, from the first.
    Cycle,
}

/// What both have.
#[derive(Debug, Args)]
struct Listening {
    /// The port of this machine; 0 is whatever is free.
    #[arg(long, default_value_t = 0, value_name = "PORT")]
    port: u16,
    /// The pace of what is played back: `none`, `recorded`, or a factor such as `0.5`.
    #[arg(long, default_value = "none", value_name = "TIMING")]
    timing: Timing,
    /// What of a request counts, such as `method, path, query` [default: method, path, query, body]
    #[arg(long = "match", value_name = "RULE")]
    matching: Option<Rule>,
    /// What a service or one of its operations is called: `shop = api.example.com`, `shop order.read = GET */orders/{id}`.
    /// May be given more than once.
    #[arg(long, value_name = "RULE")]
    name: Vec<ServiceRule>,
    /// The most bytes of a request's body [default: 1 GiB]
    #[arg(long, value_name = "BYTES")]
    max_body: Option<u64>,
    /// The longest time until a response begins [default: 5m]
    #[arg(long, value_name = "TIME", value_parser = age)]
    timeout: Option<std::time::Duration>,
}

impl Listening {
    fn limits(&self) -> Limits {
        let limits = Limits::default();
        let limits = self.max_body.map_or(limits, |most| limits.with_body_bytes(most));
        self.timeout.map_or(limits, |most| limits.with_time(most))
    }

    fn http(&self, provider: ServiceProvider) -> Http {
        let profiles = self.name.iter().rev().cloned().fold(Profiles::default(), Profiles::with);
        Http::builder().profiles(profiles).timing(self.timing).build(provider)
    }

    fn matching(&self) -> tracesnap_record::PlayerBuilder {
        let player = Player::builder();
        match &self.matching {
            Some(rule) => player.rule(rule.clone()),
            None => player,
        }
    }
}

impl Proxy {
    pub(super) fn run(self) -> Result<Outcome> {
        let dir = dir_or_default(self.dir)?;
        let roots = self.upstream_ca.iter().try_fold(Roots::webpki(), Roots::with_file)?;
        // Before anything is made: it may be misspelt.
        let upstream = self.upstream.as_deref().map(|address| Upstream::with_roots(address, &roots)).transpose()?;
        let builder = ServiceProvider::builder().dir(&dir).session(&self.session).mode(self.mode);
        let provider = builder.matching(self.listening.matching()).build()?;
        let http = self.listening.http(provider.clone());
        let limits = self.listening.limits();
        match upstream {
            Some(upstream) => {
                listen(self.listening.port, |listener| server::proxy(http, upstream, listener, limits, interrupted()))?;
            }
            None => {
                let authority = Authority::open(&dir)?;
                if let Some(copy) = &self.ca_cert {
                    let failed = || format!("cannot write `{}`", copy.display());
                    std::fs::write(copy, authority.certificate()).with_context(failed)?;
                }
                let trusted = self.ca_cert.as_deref().unwrap_or(authority.path());
                tell("trust", &format!("`{}`, in the programs that are recorded", trusted.display()))?;
                let serve = |listener| server::intercept(http, authority, &roots, listener, limits, interrupted());
                listen(self.listening.port, serve)?;
            }
        }
        let cleanup = provider.cleanup()?;
        for (at, line) in cleanup.summary.to_string().lines().enumerate() {
            tell(if at == 0 { "done" } else { "asked" }, line)?;
        }
        if let Some(recorded) = cleanup.recorded {
            tell("wrote", &format!("`{}`: {} interactions", recorded.path.display(), recorded.stats.recorded))?;
            if let Some(pending) = recorded.pending {
                tell(
                    "waits",
                    &format!("`{pending}` for a review: `tracesnap sessions review --dir {}`", dir.display()),
                )?;
            }
        }
        Ok(Outcome::Fine)
    }
}

impl Serve {
    pub(super) fn run(self) -> Result<Outcome> {
        let repeat = match self.repeat {
            Repeats::Sequence => Repeat::Sequence,
            Repeats::Last => Repeat::Last,
            Repeats::Cycle => Repeat::Cycle,
        };
        let dir = self.session.parent().map(PathBuf::from).unwrap_or_default();
        let builder =
            ServiceProvider::builder().recording(&self.session).dir(dir).session("serve").mode(Mode::Playback);
        let provider = builder.matching(self.listening.matching().repeat(repeat)).build()?;
        let http = self.listening.http(provider);
        let limits = self.listening.limits();
        listen(self.listening.port, |listener| server::serve(http, listener, limits, interrupted()))?;
        Ok(Outcome::Fine)
    }
}

/// Tells the address, then serves.
fn listen<F>(port: u16, serve: impl FnOnce(tokio::net::TcpListener) -> F) -> Result<()>
where
    F: Future<Output = Result<(), tracesnap_http::Error>>,
{
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start threads")?;
    runtime.block_on(async {
        let listener = server::listen(port).await?;
        let mut out = std::io::stdout();
        // Whoever waits for this line reads it before anything else happens.
        writeln!(out, "listening on http://{}", listener.local_addr()?)?;
        out.flush()?;
        Ok(serve(listener).await?)
    })
}

/// Until somebody wants it to end.
async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminated.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
