//! As much of a value is kept as its type allows, and each says how much that is.

use std::collections::{BTreeMap, HashMap};

use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tracesnap_capture::{CaptureConfig, CaptureValue, RestoreValue, capture, load, replay};

use crate::support::{folder, folder_with};

#[derive(Debug, Clone, PartialEq)]
struct Pool {
    url: String,
}

impl CaptureValue for Pool {
    fn capture_value(&self) -> impl Serialize {
        &self.url
    }
}

impl RestoreValue for Pool {
    type Captured = String;

    fn restore_value(url: String) -> Result<Self, String> {
        Ok(Self { url })
    }
}

#[derive(Debug)]
struct OnlyDebug {
    #[allow(dead_code, reason = "it is there to be shown")]
    level: u8,
}

struct Nothing;

#[derive(Serialize)]
struct OnlySerialize(u8);

#[capture]
fn every_tier(
    own: &Pool,
    whole: Vec<u8>,
    shown: OnlyDebug,
    opaque: &Nothing,
    one_way: OnlySerialize,
    call: &dyn Fn() -> u8,
) -> u8 {
    let _ = (own, whole, shown, opaque, one_way.0);
    call()
}

#[test]
fn own_form_before_serialize_before_debug_before_the_name_of_the_type() {
    let folder = folder();
    every_tier(&Pool { url: "mem".into() }, vec![1], OnlyDebug { level: 3 }, &Nothing, OnlySerialize(4), &|| 5);
    let document = folder.latest("every_tier").document;
    let tier = |name: &str| (document.argument(name).cloned().expect("there"), document.tier(name).as_str());
    assert_eq!(tier("own"), (json!("mem"), "value"));
    assert_eq!(tier("whole"), (json!([1]), "value"));
    assert_eq!(tier("shown"), (json!("OnlyDebug { level: 3 }"), "debug"));
    assert_eq!(tier("opaque"), (json!("promises::tiers::Nothing"), "opaque"));
    assert_eq!(tier("one_way"), (json!(4), "value"));
    assert_eq!(tier("call").1, "opaque");
    assert!(!document.is_replayable());
}

#[test]
fn the_loader_names_all_that_is_missing_and_takes_what_is_supplied() {
    let _folder = folder();
    every_tier(&Pool { url: "mem".into() }, vec![1], OnlyDebug { level: 3 }, &Nothing, OnlySerialize(4), &|| 5);
    let error = load!(every_tier).err().expect("it is not whole").to_string();
    assert!(
        error.contains(
            "cannot be replayed: `shown` was kept as its `Debug` text, `opaque` was kept as the name of its type, `call` \
             was kept as the name of its type; supply what is missing: `with(shown = …)`"
        ),
        "{error}"
    );
    let supplied = replay!(
        every_tier,
        with(shown = OnlyDebug { level: 9 }, opaque = Nothing, one_way = OnlySerialize(1), call = Box::new(|| 5))
    );
    assert_eq!(supplied.expect("the same").into_value(), 5);
    let error = load!(every_tier, with(shown = OnlyDebug { level: 9 }, opaque = Nothing, call = Box::new(|| 5)));
    let error = error.err().expect("it cannot be read").to_string();
    assert!(error.contains("`one_way` is a `OnlySerialize`, which is no `Deserialize`"), "{error}");
}

#[test]
fn production_keeps_no_debug_text() {
    let folder = folder_with(CaptureConfig::new().debug_tier(false));
    every_tier(&Pool { url: "mem".into() }, vec![1], OnlyDebug { level: 3 }, &Nothing, OnlySerialize(4), &|| 5);
    assert_eq!(folder.argument("every_tier", "shown"), json!("promises::tiers::OnlyDebug"));
}

#[capture]
fn numbers(value: f64, wide: u128, nested: Option<Option<u8>>) -> f64 {
    let _ = (wide, nested);
    value
}

#[test]
fn what_json_has_no_form_for_is_marked() {
    let folder = folder();
    numbers(f64::NAN, u128::MAX, Some(None));
    let document = folder.latest("numbers").document;
    let tiers: Vec<_> = document.names().iter().map(|name| document.tier(name).as_str()).collect();
    assert_eq!(tiers, ["lossy", "lossy", "lossy"]);
    numbers(1.5, 7, None);
    let args = load!(numbers).expect("a capture").args;
    assert_eq!((args.value, args.wide, args.nested), (1.5, 7, None));
}

#[capture(max_bytes = 64)]
fn large(text: String, list: Vec<u64>) -> usize {
    text.len() + list.len()
}

#[test]
fn what_is_too_large_is_cut_and_marked() {
    let folder = folder();
    assert_eq!(large("x".repeat(10_000), vec![7; 10_000]), 20_000);
    let document = folder.latest("large").document;
    assert_eq!((document.tier("text").as_str(), document.tier("list").as_str()), ("truncated", "truncated"));
    assert!(document.to_json().len() < 4_000, "{}", document.to_json().len());
    let folder = folder_with(CaptureConfig::new().ignore_large_objects(true));
    large("x".repeat(10_000), vec![7; 3]);
    assert_eq!(folder.argument("large", "text"), json!("[truncated: larger than 64 bytes]"));
    assert_eq!(folder.argument("large", "list"), json!([7, 7, 7]));
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Shape {
    Unit,
    New(i64),
    Tuple(u8, String),
    Struct { x: f64, tags: BTreeMap<String, Option<bool>> },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Anything {
    shapes: Vec<Shape>,
    by_number: BTreeMap<i32, (char, f32)>,
    maybe: Option<Box<Anything>>,
    bytes: Vec<u8>,
}

#[capture]
fn echoes(value: &Anything) -> Anything {
    value.clone()
}

fn shape() -> impl Strategy<Value = Shape> {
    prop_oneof![
        Just(Shape::Unit),
        any::<i64>().prop_map(Shape::New),
        (any::<u8>(), ".*").prop_map(|(a, b)| Shape::Tuple(a, b)),
        (any::<f64>(), prop::collection::btree_map("[a-z]{1,4}", any::<Option<bool>>(), 0..3))
            .prop_map(|(x, tags)| Shape::Struct { x, tags }),
    ]
}

fn flat() -> impl Strategy<Value = Anything> {
    let shapes = prop::collection::vec(shape(), 0..4);
    let by_number = prop::collection::btree_map(any::<i32>(), (any::<char>(), any::<f32>()), 0..3);
    let parts = (shapes, by_number, prop::collection::vec(any::<u8>(), 0..8));
    parts.prop_map(|(shapes, by_number, bytes)| Anything { shapes, by_number, maybe: None, bytes })
}

fn anything() -> impl Strategy<Value = Anything> {
    flat().prop_recursive(3, 8, 1, |inner| {
        (flat(), inner).prop_map(|(outer, inner)| Anything { maybe: Some(Box::new(inner)), ..outer })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_value_comes_back_as_it_was_or_is_marked(value in anything()) {
        let folder = folder();
        echoes(&value);
        let document = folder.latest("echoes").document;
        match load!(echoes) {
            Ok(case) => prop_assert_eq!(case.args.value, value),
            Err(error) => {
                prop_assert_ne!(document.tier("value").as_str(), "value", "{}", error);
            }
        }
    }
}

#[test]
fn maps_with_keys_that_are_no_text_are_kept() {
    #[capture]
    fn maps(by_id: HashMap<u32, String>) -> usize {
        by_id.len()
    }
    let _folder = folder();
    maps(HashMap::from([(7, "seven".to_owned())]));
    assert_eq!(load!(maps).expect("a capture").args.by_id[&7], "seven");
}
