//! Whether a request shows who it comes from, by its form; in strict mocks also whether that was given out.

use base64::Engine;
use http::HeaderMap;
use tracesnap_openapi::{Requirement, SecurityKind, SecurityScheme};

use crate::validate::requests::Parts;

/// What was shown, or what is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// Nothing has to be.
    Nobody,
    /// These, one of each scheme.
    Credentials(Vec<String>),
    /// Nothing that would do, with the challenge for `WWW-Authenticate`.
    Missing { why: String, challenge: String },
}

/// What a request shows of what is asked for: the first requirement that it meets counts.
pub(crate) fn shown(requirements: &[Requirement<'_>], parts: &Parts<'_>) -> Shown {
    if requirements.is_empty() {
        return Shown::Nobody;
    }
    let met = |requirement: &Requirement<'_>| -> Option<Vec<String>> {
        let schemes = requirement.schemes.iter().filter_map(|(_, scheme, _)| *scheme);
        schemes.map(|scheme| of_scheme(scheme, parts)).collect::<Option<Vec<_>>>()
    };
    let all: Vec<Option<Vec<String>>> = requirements.iter().map(met).collect();
    // Somebody is better than nobody, where both will do.
    let found = all.iter().flatten().find(|shown| shown.iter().any(|one| !one.is_empty()));
    if let Some(found) = found {
        return Shown::Credentials(found.iter().filter(|one| !one.is_empty()).cloned().collect());
    }
    if all.iter().any(Option::is_some) {
        return Shown::Nobody;
    }
    let names: Vec<String> = requirements.iter().map(describe).collect();
    let challenge = requirements.iter().flat_map(|requirement| &requirement.schemes).find_map(|(_, scheme, _)| {
        match scheme.as_ref()?.kind() {
            SecurityKind::Http { scheme } if scheme.eq_ignore_ascii_case("basic") => {
                Some("Basic realm=\"mock\"".to_owned())
            }
            SecurityKind::Http { .. } | SecurityKind::OAuth2 | SecurityKind::OpenIdConnect { .. } => {
                Some("Bearer realm=\"mock\"".to_owned())
            }
            _ => None,
        }
    });
    Shown::Missing {
        why: format!("nobody is signed in: expected {}", names.join(", or ")),
        challenge: challenge.unwrap_or_else(|| "ApiKey realm=\"mock\"".to_owned()),
    }
}

fn describe(requirement: &Requirement<'_>) -> String {
    let one =
        |(name, scheme, _): &(&str, Option<SecurityScheme<'_>>, Vec<&str>)| match scheme.map(|scheme| scheme.kind()) {
            Some(SecurityKind::ApiKey { location, name }) => format!("`{name}` in the {location}"),
            Some(SecurityKind::Http { scheme }) => format!("`Authorization: {scheme} …`"),
            Some(SecurityKind::OAuth2 | SecurityKind::OpenIdConnect { .. }) => "`Authorization: Bearer …`".to_owned(),
            _ => format!("`{name}`"),
        };
    requirement.schemes.iter().map(one).collect::<Vec<_>>().join(" and ")
}

/// What a request shows for a scheme; empty text for one that shows nothing over HTTP.
fn of_scheme(scheme: SecurityScheme<'_>, parts: &Parts<'_>) -> Option<String> {
    let full = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
    match scheme.kind() {
        SecurityKind::ApiKey { location: "query", name } => {
            full(&parts.query.iter().find(|(known, _)| known == name)?.1)
        }
        SecurityKind::ApiKey { location: "cookie", name } => cookie(parts.headers, name).and_then(|value| full(&value)),
        SecurityKind::ApiKey { name, .. } => full(parts.headers.get(name)?.to_str().ok()?),
        SecurityKind::Http { scheme } if scheme.eq_ignore_ascii_case("basic") => {
            let text = authorization(parts.headers, "basic")?;
            let decoded = base64::engine::general_purpose::STANDARD.decode(text).ok()?;
            let decoded = String::from_utf8_lossy(&decoded).into_owned();
            decoded.contains(':').then_some(decoded)
        }
        SecurityKind::Http { scheme } => full(authorization(parts.headers, scheme)?),
        SecurityKind::OAuth2 | SecurityKind::OpenIdConnect { .. } => {
            let header = authorization(parts.headers, "bearer").and_then(full);
            header.or_else(|| full(&parts.query.iter().find(|(known, _)| known == "access_token")?.1))
        }
        _ => Some(String::new()),
    }
}

/// What stands behind the scheme in `Authorization`.
pub(crate) fn authorization<'h>(headers: &'h HeaderMap, scheme: &str) -> Option<&'h str> {
    let text = headers.get("authorization")?.to_str().ok()?;
    let (given, rest) = text.trim().split_once(' ')?;
    given.eq_ignore_ascii_case(scheme).then(|| rest.trim())
}

fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let texts = headers.get_all("cookie").iter().filter_map(|value| value.to_str().ok());
    texts.flat_map(|text| text.split(';')).find_map(|pair| {
        let (known, value) = pair.trim().split_once('=')?;
        (known == name).then(|| value.to_owned())
    })
}
