//! Nothing imports against the arrows of ARCHITECTURE.md: neither a crate in its manifest, nor a room of a crate in a
//! `use`. To change a direction, change that page, say why, and then the table here.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use tracesnap_walls::{Manifest, imports, manifests, sources, workspace};

/// Who may know whom, among the packages that are published. The program may know everybody.
const CRATES: &[(&str, &[&str])] = &[
    ("tracesnap", &["tracesnap-config", "tracesnap-macros", "tracesnap-redact", "tracesnap-store"]),
    ("tracesnap-redact", &["tracesnap-config"]),
    ("tracesnap-store", &[]),
    ("tracesnap-config", &[]),
    ("tracesnap-openapi", &[]),
    ("tracesnap-macros", &[]),
    ("tracesnap-capture", &["tracesnap-config", "tracesnap-macros", "tracesnap-redact", "tracesnap-store"]),
    ("tracesnap-record", &["tracesnap-config", "tracesnap-macros", "tracesnap-redact", "tracesnap-store"]),
    ("tracesnap-http", &["tracesnap-config", "tracesnap-openapi", "tracesnap-record", "tracesnap-redact"]),
    (
        "tracesnap-mock",
        &[
            "tracesnap-config",
            "tracesnap-http",
            "tracesnap-openapi",
            "tracesnap-record",
            "tracesnap-redact",
            "tracesnap-store",
        ],
    ),
    ("tracesnap-services", &["tracesnap-http", "tracesnap-record"]),
    ("tracesnap-otlp", &["tracesnap", "tracesnap-record"]),
    (
        "tracesnap-query",
        &["tracesnap-capture", "tracesnap-config", "tracesnap-record", "tracesnap-redact", "tracesnap-store"],
    ),
];

/// What a package must not bring, since it is to know nothing of it.
const STRANGERS: &[(&str, &[&str])] = &[
    ("tracesnap", &["http", "hyper", "reqwest", "tower"]),
    ("tracesnap-redact", &["http", "hyper", "reqwest", "tower", "tracing"]),
    ("tracesnap-store", &["http", "hyper", "reqwest", "tower"]),
    ("tracesnap-record", &["http", "hyper", "reqwest", "tower", "tonic"]),
    ("tracesnap-capture", &["http", "hyper", "reqwest", "tower"]),
    ("tracesnap-openapi", &["http", "hyper", "reqwest", "tower"]),
];

/// Which room of the root package may know which other one.
const ROOMS: &[(&str, &[&str])] = &[
    ("tracer", &["layer", "filter", "tree", "snapshot", "file", "export", "allocator"]),
    ("layer", &["filter", "tree", "allocator"]),
    ("filter", &[]),
    ("tree", &[]),
    ("snapshot", &["tree"]),
    ("file", &["tree"]),
    ("export", &["tree", "snapshot"]),
    ("allocator", &[]),
];

fn is_ours(name: &str) -> bool {
    name == "tracesnap" || name.starts_with("tracesnap-")
}

fn published() -> Vec<Manifest> {
    manifests(&workspace()).into_iter().filter(|manifest| manifest.is_published).collect()
}

#[test]
fn a_crate_knows_only_those_its_arrows_lead_to() {
    let allowed: BTreeMap<&str, &[&str]> = CRATES.iter().copied().collect();
    let mut crossed = Vec::new();
    for Manifest { name, dependencies, .. } in published().iter().filter(|manifest| manifest.name != "tracesnap-cli") {
        let Some(allowed) = allowed.get(name.as_str()) else {
            crossed.push(format!("{name} is new: give it its place in ARCHITECTURE.md, and its arrows here"));
            continue;
        };
        let against = dependencies.iter().filter(|known| is_ours(known) && !allowed.contains(&known.as_str()));
        crossed.extend(against.map(|known| format!("{name} → {known}")));
    }
    assert!(crossed.is_empty(), "against the arrows of ARCHITECTURE.md:\n{}", crossed.join("\n"));
}

#[test]
fn a_crate_brings_nothing_of_what_it_must_not_know() {
    let strangers: BTreeMap<&str, &[&str]> = STRANGERS.iter().copied().collect();
    for Manifest { name, dependencies, .. } in published() {
        let met: Vec<&String> = strangers
            .get(name.as_str())
            .into_iter()
            .flat_map(|strangers| dependencies.iter().filter(|known| strangers.contains(&known.as_str())))
            .collect();
        assert!(met.is_empty(), "{name} is to know nothing of {met:?}");
    }
}

#[test]
fn what_is_published_needs_nothing_that_is_not() {
    let published = published();
    let names: BTreeSet<&str> = published.iter().map(|manifest| manifest.name.as_str()).collect();
    for Manifest { name, dependencies, .. } in &published {
        let unpublished: Vec<&String> =
            dependencies.iter().filter(|known| is_ours(known) && !names.contains(known.as_str())).collect();
        assert!(unpublished.is_empty(), "{name} needs {unpublished:?}, which nobody can download");
    }
}

#[test]
fn every_room_and_every_member_stands_in_the_picture() {
    let picture = std::fs::read_to_string(workspace().join("ARCHITECTURE.md")).unwrap();
    for Manifest { folder, .. } in manifests(&workspace()) {
        let folder = folder.to_string_lossy();
        // Examples have a room, and no place of their own in it.
        let named = folder.is_empty() || folder.starts_with("examples") || picture.contains(&format!("{folder}/"));
        assert!(named, "ARCHITECTURE.md does not say what {folder}/ is for");
    }
    for (room, _) in ROOMS {
        assert!(picture.contains(&format!("src/{room}")), "ARCHITECTURE.md does not say what src/{room} is for");
    }
}

/// Which room has what the crate's root shows to everybody.
fn shown_at_the_root(rooms: &BTreeMap<&str, &[&str]>) -> BTreeMap<String, String> {
    let root = workspace().join("src");
    imports(&root, &root.join("lib.rs"))
        .into_iter()
        .filter(|import| import.to.len() > 1 && rooms.contains_key(import.to[0].as_str()))
        .map(|import| (import.to[import.to.len() - 1].clone(), import.to[0].clone()))
        .collect()
}

#[test]
fn a_room_of_the_tracer_knows_only_those_its_arrows_lead_to() {
    let allowed: BTreeMap<&str, &[&str]> = ROOMS.iter().copied().collect();
    let shown = shown_at_the_root(&allowed);
    assert_eq!(shown.get("TracedSnapshot").map(String::as_str), Some("snapshot"), "{shown:?}");
    let root = workspace().join("src");
    let mut crossed = BTreeSet::new();
    let mut seen = BTreeSet::new();
    // Tests of a room may look at it through another one.
    let is_test = |path: &Path| path.iter().any(|segment| segment == "tests");
    for path in sources(&root).into_iter().filter(|path| !is_test(path)) {
        for import in imports(&root, &path) {
            let Some((from, room)) = import.from.first().and_then(|from| Some((from, allowed.get(from.as_str())?)))
            else {
                continue;
            };
            let to = shown.get(&import.to[0]).unwrap_or(&import.to[0]);
            if to == from || !allowed.contains_key(to.as_str()) {
                continue;
            }
            seen.insert((from.clone(), to.clone()));
            if !room.contains(&to.as_str()) {
                let file = path.strip_prefix(&root).unwrap_or(&path).display().to_string();
                crossed.insert(format!("{from} → {to}: src/{file} names {}", import.to.join("::")));
            }
        }
    }
    assert!(seen.contains(&("tracer".into(), "layer".into())), "nothing was looked at: {seen:?}");
    let crossed: Vec<String> = crossed.into_iter().collect();
    assert!(crossed.is_empty(), "against the arrows of ARCHITECTURE.md:\n{}", crossed.join("\n"));
}

#[test]
fn trees_know_no_subscriber() {
    let root = workspace().join("src");
    for path in sources(&root.join("tree")) {
        let text = std::fs::read_to_string(&path).unwrap();
        for stranger in ["tracing_subscriber", "tracing_core::Subscriber", "tracing_core::dispatcher", "insta::"] {
            let named = text.lines().any(|line| !line.trim_start().starts_with("//") && line.contains(stranger));
            assert!(!named, "{} names {stranger}", path.display());
        }
    }
}
