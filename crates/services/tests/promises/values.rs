//! Values of a program become values of Firestore, and come back as they were.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use tracesnap_services::firestore::{
    Bytes, Fields, GeoPoint, Reference, Timestamp, Value, from_value, to_fields, to_value,
};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct All {
    unit: (),
    whole: i64,
    small: u8,
    double: f64,
    letter: char,
    text: String,
    maybe: Option<Option<bool>>,
    pair: (i32, String),
    list: Vec<Shape>,
    by_name: BTreeMap<String, Shape>,
    by_number: BTreeMap<u16, bool>,
    raw: Vec<u8>,
    bytes: Bytes,
    time: Timestamp,
    place: GeoPoint,
    name: Reference,
    free: Value,
    #[serde(flatten)]
    rest: BTreeMap<String, i64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Shape {
    Point,
    Circle(f64),
    Line(i64, i64),
    Box { wide: u32, high: Option<u32> },
}

fn shape() -> impl Strategy<Value = Shape> {
    prop_oneof![
        Just(Shape::Point),
        any::<f64>().prop_filter("equal to itself", |n| !n.is_nan()).prop_map(Shape::Circle),
        any::<(i64, i64)>().prop_map(|(a, b)| Shape::Line(a, b)),
        any::<(u32, Option<u32>)>().prop_map(|(wide, high)| Shape::Box { wide, high }),
    ]
}

/// Values of all kinds within each other.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Boolean),
        any::<i64>().prop_map(Value::Integer),
        prop_oneof![any::<f64>(), Just(f64::INFINITY)].prop_filter("equal", |n| !n.is_nan()).prop_map(Value::Double),
        ".{0,12}".prop_map(Value::String),
        prop::collection::vec(any::<u8>(), 0..20).prop_map(Value::Bytes),
        "[a-z]{1,5}/[a-z]{1,5}".prop_map(Value::Reference),
        (0_u64..4_000_000_000)
            .prop_map(|s| { Timestamp::from(std::time::UNIX_EPOCH + std::time::Duration::from_secs(s)).into() }),
        (-90.0..90.0, -180.0..180.0).prop_map(|(latitude, longitude)| GeoPoint { latitude, longitude }.into()),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
            prop::collection::btree_map(".{0,6}", inner, 0..6).prop_map(Value::Map),
        ]
    })
}

proptest! {
    #[test]
    fn every_value_comes_back_from_the_wire(value in value()) {
        let wire = serde_json::to_string(&value).expect("written");
        prop_assert_eq!(&serde_json::from_str::<Value>(&wire).expect("read"), &value);
        // And through a type of the program that has it as it is.
        prop_assert_eq!(&to_value(&value).expect("one"), &value);
        prop_assert_eq!(from_value::<Value>(value.clone()).expect("one"), value);
    }

    #[test]
    fn every_type_of_a_program_comes_back(
        list in prop::collection::vec(shape(), 0..5),
        by_name in prop::collection::btree_map("[a-z]{1,4}", shape(), 0..4),
        whole in any::<i64>(), small in any::<u8>(), letter in any::<char>(), text in ".{0,9}", raw in any::<Vec<u8>>(),
        free in value(), maybe in any::<Option<bool>>(),
    ) {
        let all = All {
            unit: (), whole, small, double: whole as f64 / 8.0, letter, text: text.clone(), maybe: maybe.map(Some),
            pair: (-1, text), list, by_name, by_number: BTreeMap::from([(7, true)]), bytes: Bytes(raw.clone()), raw,
            time: "2026-01-02T03:04:05Z".parse().expect("a time"), place: GeoPoint { latitude: 1.5, longitude: -2.0 },
            name: Reference("a/b".into()), free, rest: BTreeMap::from([("rest_one".to_owned(), 1)]),
        };
        let fields = to_fields(&all).expect("fields");
        prop_assert_eq!(from_value::<All>(Value::Map(fields.clone())).expect("back"), all);
        // By way of the wire, too.
        let wire = serde_json::to_string(&Value::Map(fields.clone())).expect("written");
        prop_assert_eq!(serde_json::from_str::<Value>(&wire).expect("read"), Value::Map(fields));
    }

    #[test]
    fn no_document_of_json_makes_it_panic(text in r#"\{"(null|boolean|integer|double|timestamp|string|bytes|reference|geoPoint|array|map)Value": ?(null|true|7|"x"|\[\]|\{\}|\{"values":7\}|\{"fields":[7]\}|-1.5e300)\}"#) {
        let _ = serde_json::from_str::<Value>(&text);
    }
}

#[test]
fn what_has_no_place_in_firestore_is_an_error() {
    assert_eq!(
        to_value(&u64::MAX).expect_err("too large").to_string(),
        "a whole number has more than 64 bits with a sign"
    );
    assert!(to_value(&BTreeMap::from([(vec![1], 1)])).is_err() && to_fields(&7).is_err());
    assert!(from_value::<u8>(Value::Integer(256)).is_err() && from_value::<bool>("yes".into()).is_err());
    assert!(from_value::<Shape>(Value::Integer(1)).is_err() && from_value::<Shape>("Sphere".into()).is_err());
    let missing = from_value::<All>(Value::Map(Fields::new())).expect_err("nothing is there").to_string();
    assert_eq!(missing, "missing field `unit`");
}
