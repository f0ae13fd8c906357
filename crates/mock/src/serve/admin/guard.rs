//! Who may ask the routes of the server.
//!
//! Where there is a token, whoever knows it. Where there is none, the server listens on this machine alone; but the
//! browser of whoever sits at it shows pages of others, so a request is refused that such a page sends: one that comes
//! from another origin, or names a host that somebody else could have led to this machine (DNS rebinding).

use std::net::IpAddr;

use http::request::Parts;
use http::{HeaderValue, StatusCode};

use super::Refusal;
use crate::serve::server::State;

pub(super) fn check(head: &Parts, state: &State) -> Result<(), Refusal> {
    let text = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(token) = &state.admin_token {
        let given = head.headers.get("x-mock-admin-token").map(HeaderValue::as_bytes);
        let bearer = || head.headers.get("authorization").and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
        if given.or_else(bearer).is_some_and(|given| is_same(given, token.as_bytes())) {
            return Ok(());
        }
        let why = "expected the admin token in `x-mock-admin-token`";
        return Err(Refusal::new(StatusCode::UNAUTHORIZED, why));
    }
    let host = text("host");
    if let Some(host) = host.filter(|host| !is_local(host)) {
        let why = format!(
            "the host is `{}`, which without an admin token may not ask; ask by an address of numbers or as `localhost`",
            host.chars().take(100).collect::<String>()
        );
        return Err(Refusal::new(StatusCode::FORBIDDEN, why));
    }
    // Programs send no origin, and browsers do with whatever changes something.
    let own = |origin: &str| origin.split_once("://").is_some_and(|(_, of)| Some(of) == host);
    if text("origin").is_some_and(|origin| !own(origin)) || text("sec-fetch-site") == Some("cross-site") {
        let why = "a page of another origin may not ask without an admin token";
        return Err(Refusal::new(StatusCode::FORBIDDEN, why));
    }
    Ok(())
}

/// Whether nobody on the internet can let a host of that name lead here: it is an address, a name without a dot, or one
/// that nobody can register.
fn is_local(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let name = name.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.').to_ascii_lowercase();
    let is_reserved = || {
        let last = name.rsplit('.').next().unwrap_or_default();
        ["localhost", "test", "example", "invalid", "internal", "local"].contains(&last)
    };
    name.parse::<IpAddr>().is_ok() || !name.contains('.') || is_reserved()
}

/// Compares without telling by the time it takes how much was right.
fn is_same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::is_local;

    #[test]
    fn names_that_somebody_could_register_are_not_local() {
        for local in
            ["127.0.0.1:80", "127.0.0.1", "[::1]:4000", "::1", "localhost:1", "mock", "Shop.Localhost:7", "a.test."]
        {
            assert!(is_local(local), "{local}");
        }
        for foreign in ["evil.com", "evil.com:80", "127.0.0.1.evil.com:80", "localhost.evil.com", "evil.com."] {
            assert!(!is_local(foreign), "{foreign}");
        }
    }
}
