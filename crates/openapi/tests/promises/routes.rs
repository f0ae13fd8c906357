//! A request finds its operation: with and without the base path, and the most specific template wins.

use proptest::prelude::*;
use tracesnap_openapi::{Document, Route};

use super::document;

/// A document of these paths, each with `get`.
fn with_paths(paths: &[&str]) -> Document {
    let mut text = String::from("openapi: 3.0.0\nservers: [{ url: 'https://x.example/api/v1' }]\npaths:\n");
    for path in paths {
        text.push_str(&format!("  {}: {{ get: {{ responses: {{}} }} }}\n", serde_json::to_string(path).unwrap()));
    }
    document(&text)
}

/// The template that answers, and the values of its parameters.
fn found(document: &Document, target: &str) -> Option<(String, Vec<String>)> {
    let found = document.route("GET", target).found()?;
    Some((found.operation.path().to_owned(), found.params.into_iter().map(|(_, value)| value).collect()))
}

fn path(document: &Document, target: &str) -> String {
    found(document, target).map_or_else(|| "none".to_owned(), |(path, _)| path)
}

#[test]
fn text_comes_before_parts_of_text_and_those_before_parameters() {
    let api = with_paths(&[
        "/{any}",
        "/users",
        "/users/{id}",
        "/users/me",
        "/users/{id}.json",
        "/users/{id}/{what}",
        "/{any}/list",
    ]);
    assert_eq!(path(&api, "/users"), "/users");
    assert_eq!(path(&api, "/users/me"), "/users/me");
    assert_eq!(path(&api, "/users/7"), "/users/{id}");
    assert_eq!(path(&api, "/users/7.json"), "/users/{id}.json");
    assert_eq!(path(&api, "/other"), "/{any}");
    assert_eq!(path(&api, "/other/list"), "/{any}/list");
    assert_eq!(path(&api, "/users/list"), "/users/{id}", "text further left weighs more");
    assert_eq!(path(&api, "/users/7/posts"), "/users/{id}/{what}");
    assert_eq!(path(&api, "/a/b/c/d"), "none");
}

#[test]
fn another_way_is_tried_where_the_more_specific_one_ends() {
    let api = with_paths(&["/users/me/settings", "/users/{id}/posts"]);
    assert_eq!(found(&api, "/users/me/posts").unwrap(), ("/users/{id}/posts".to_owned(), vec!["me".to_owned()]));
}

#[test]
fn the_base_path_may_be_there_or_not() {
    let api = with_paths(&["/users/{id}"]);
    for target in ["/api/v1/users/7", "/users/7", "/users/7?full=1", "/users/7/", "https://x.example/api/v1/users/7"] {
        assert_eq!(path(&api, target), "/users/{id}", "{target}");
    }
    assert_eq!(path(&api, "/api/v10/users/7"), "none");
    assert_eq!(path(&api, "/api/v1users/7"), "none");
    let base = api.route("GET", "/api/v1/users/7").found().unwrap().base_path;
    assert_eq!(base, "/api/v1");
}

#[test]
fn a_path_that_looks_like_the_base_path_is_still_found() {
    let api = with_paths(&["/{a}/{b}/{c}", "/api/v1/users", "/{id}"]);
    assert_eq!(path(&api, "/api/v1/users"), "/api/v1/users");
    assert_eq!(path(&api, "/api/v1/7"), "/{id}", "below the base path there is one parameter only");
}

#[test]
fn a_segment_may_hold_several_parameters() {
    let api = with_paths(&[
        "/lists.{format}",
        "/maps/{z}-{x}-{y}.png",
        "/jobs/{id}:cancel",
        "/app-<app>/users",
        "/videos/:id",
        "/{name}@{host}",
    ]);
    assert_eq!(found(&api, "/lists.json").unwrap().1, ["json"]);
    assert_eq!(found(&api, "/maps/1-20-3.png").unwrap().1, ["1", "20", "3"]);
    assert_eq!(found(&api, "/jobs/7:cancel").unwrap().1, ["7"]);
    assert_eq!(found(&api, "/app-x/users").unwrap().1, ["x"]);
    assert_eq!(found(&api, "/videos/7").unwrap().1, ["7"]);
    assert_eq!(found(&api, "/ada@x.example").unwrap().1, ["ada", "x.example"]);
    assert_eq!(path(&api, "/jobs/:cancel"), "none", "a parameter is never empty");
    let api = with_paths(&["/{name}.{format}", "/{name}.json", "/{name}"]);
    assert_eq!(path(&api, "/a.json"), "/{name}.json", "more text is more specific");
    assert_eq!(path(&api, "/a.xml"), "/{name}.{format}");
}

#[test]
fn the_rest_of_a_path_goes_to_a_parameter_that_says_so() {
    let api = with_paths(&["/files/{+path}", "/files/list"]);
    assert_eq!(found(&api, "/files/a/b%20c.txt").unwrap(), ("/files/{+path}".to_owned(), vec!["a/b c.txt".to_owned()]));
    assert_eq!(path(&api, "/files/list"), "/files/list");
}

#[test]
fn a_template_with_a_query_needs_that_query() {
    let api = with_paths(&["/?Action=List", "/?Action=Delete", "/"]);
    assert_eq!(path(&api, "/?Action=Delete&x=1"), "/?Action=Delete");
    assert_eq!(path(&api, "/?Action=List"), "/?Action=List");
    assert_eq!(path(&api, "/?Action=Other"), "/");
}

#[test]
fn another_method_is_told_from_an_unknown_path() {
    let api = document(
        "openapi: 3.0.0\npaths: { /a: { get: { responses: {} }, put: { responses: {} } }, '/{x}': { delete: { responses: {} } } }",
    );
    let Route::MethodNotAllowed { allowed } = api.route("POST", "/a") else { panic!("it is known") };
    assert_eq!(allowed, ["DELETE", "GET", "PUT"]);
    assert!(matches!(api.route("GET", "/a/b"), Route::NotFound));
    assert_eq!(api.route("DELETE", "/a").found().unwrap().operation.path(), "/{x}", "where the method fits");
}

#[test]
fn servers_of_an_operation_are_its_base_path_alone() {
    let api = document(
        "openapi: 3.0.0\nservers: [{ url: /v1 }]\npaths:\n  /a: { get: { servers: [{ url: /v2 }], responses: {} } }\n  \
         /b: { get: { responses: {} } }\n",
    );
    assert!(api.route("GET", "/v2/a").found().is_some() && api.route("GET", "/v1/b").found().is_some());
    assert!(api.route("GET", "/v1/a").found().is_none() && api.route("GET", "/v2/b").found().is_none());
}

#[test]
fn what_is_encoded_is_decoded_once() {
    let api = with_paths(&["/users/{name}", "/über"]);
    assert_eq!(found(&api, "/users/a%2Fb%2520c").unwrap().1, ["a/b%20c"]);
    assert_eq!(path(&api, "/%C3%BCber"), "/über");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A template that is filled in is found again, by itself or by one that is as specific or more so.
    #[test]
    fn a_template_that_is_filled_in_matches_its_own_path(
        templates in prop::collection::vec(prop::collection::vec((any::<bool>(), "[a-c]{1,2}"), 1..4), 1..12),
        value in "[a-z]{1,3}",
    ) {
        let template = |parts: &Vec<(bool, String)>| parts.iter().map(|(is_param, name)| {
            if *is_param { format!("/{{{name}}}") } else { format!("/{name}") }
        }).collect::<String>();
        let paths: Vec<String> = templates.iter().map(template).collect();
        let api = with_paths(&paths.iter().map(String::as_str).collect::<Vec<_>>());
        for parts in &templates {
            let target: String = parts.iter()
                .map(|(is_param, name)| format!("/{}", if *is_param { &value } else { name }))
                .collect();
            let (winner, _) = found(&api, &target).expect("its own template matches");
            // First segment where they differ in kind: the winner has text there.
            let kinds: Vec<bool> = winner.split('/').skip(1).map(|segment| segment.starts_with('{')).collect();
            let own: Vec<bool> = parts.iter().map(|(is_param, _)| *is_param).collect();
            prop_assert!(kinds <= own, "{winner} for {target}");
        }
    }

    /// No path and no template makes it panic.
    #[test]
    fn any_path_and_any_template_can_be_asked_for(template in "\\PC{0,24}", target in "\\PC{0,24}") {
        let api = with_paths(&[&format!("/{template}"), "/{a}{b}", "/{a}.{b}/x"]);
        let _ = api.route("GET", &target);
        let _ = api.route("GET", &format!("/{target}/x"));
    }
}
