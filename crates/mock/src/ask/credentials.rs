//! Credentials of the right form, which a mock that is not strict takes.

use tracesnap_openapi::{Operation, SecurityKind};

pub(super) fn add(operation: Operation<'_>, query: &mut Vec<(String, String)>, headers: &mut Vec<(String, String)>) {
    let security = operation.security();
    let Some(requirement) = security.first() else { return };
    for (_, scheme, _) in &requirement.schemes {
        match scheme.map(|scheme| scheme.kind()) {
            Some(SecurityKind::ApiKey { location: "query", name }) => {
                query.push((name.to_owned(), "test-key".to_owned()));
            }
            Some(SecurityKind::ApiKey { location: "cookie", name }) => {
                headers.push(("cookie".to_owned(), format!("{name}=test-key")));
            }
            Some(SecurityKind::ApiKey { name, .. }) => headers.push((name.to_owned(), "test-key".to_owned())),
            Some(SecurityKind::Http { scheme }) if scheme.eq_ignore_ascii_case("basic") => {
                headers.push(("authorization".to_owned(), "Basic dGVzdDp0ZXN0".to_owned()));
            }
            Some(SecurityKind::Http { scheme }) => headers.push(("authorization".to_owned(), format!("{scheme} test"))),
            Some(SecurityKind::OAuth2 | SecurityKind::OpenIdConnect { .. }) => {
                headers.push(("authorization".to_owned(), "Bearer test".to_owned()));
            }
            _ => {}
        }
    }
}
