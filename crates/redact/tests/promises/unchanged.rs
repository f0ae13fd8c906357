//! The short way writes what the long way would, or says that it does not know.

use std::collections::BTreeMap;
use std::fmt;

use proptest::prelude::*;
use serde::ser::{SerializeMap as _, SerializeStruct as _, SerializeStructVariant as _, SerializeTupleVariant as _};
use serde::{Serialize, Serializer};
use tracesnap_redact::{Limits, Policy};

/// Whatever a `Serialize` of somebody's may do.
#[derive(Clone, Debug)]
enum Anything {
    None,
    Some(Box<Anything>),
    Unit,
    Bool(bool),
    Char(char),
    I128(i128),
    U8(u8),
    U64(u64),
    F64(f64),
    Text(String),
    Bytes(Vec<u8>),
    Displayed(String),
    UnitVariant(&'static str),
    Newtype(&'static str, Box<Anything>),
    NewtypeVariant(&'static str, Box<Anything>),
    List(Vec<Anything>, bool),
    TupleVariant(&'static str, Vec<Anything>),
    Map(Vec<(Anything, Anything)>, bool),
    Struct(&'static str, Vec<(&'static str, Anything)>),
    StructVariant(&'static str, Vec<(&'static str, Anything)>),
    Ours(Secrets),
    Fails,
}

/// A type that rules by type hold for.
#[derive(Clone, Debug, Serialize)]
struct Secrets(u8);

struct Bytes<'a>(&'a [u8]);

impl Serialize for Bytes<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_bytes(self.0)
    }
}

struct Words<'a>(&'a str);

impl fmt::Display for Words<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.split_inclusive(' ').try_for_each(|word| f.write_str(word))
    }
}

impl Serialize for Anything {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::None => to.serialize_none(),
            Self::Some(inner) => to.serialize_some(inner),
            Self::Unit => to.serialize_unit(),
            Self::Bool(value) => to.serialize_bool(*value),
            Self::Char(value) => to.serialize_char(*value),
            Self::I128(value) => to.serialize_i128(*value),
            Self::U8(value) => to.serialize_u8(*value),
            Self::U64(value) => to.serialize_u64(*value),
            Self::F64(value) => to.serialize_f64(*value),
            Self::Text(text) => to.serialize_str(text),
            Self::Bytes(bytes) => Bytes(bytes).serialize(to),
            Self::Displayed(text) => to.collect_str(&Words(text)),
            Self::UnitVariant(name) => to.serialize_unit_variant("Kind", 0, name),
            Self::Newtype(name, inner) => to.serialize_newtype_struct(name, inner),
            Self::NewtypeVariant(name, inner) => to.serialize_newtype_variant("Kind", 0, name, inner),
            Self::List(list, true) => list.serialize(to),
            Self::List(list, false) => to.collect_seq(list.iter().filter(|_| true)),
            Self::TupleVariant(name, list) => {
                let mut tuple = to.serialize_tuple_variant("Kind", 0, name, list.len())?;
                list.iter().try_for_each(|value| tuple.serialize_field(value))?;
                tuple.end()
            }
            Self::Map(entries, told) => {
                let mut map = to.serialize_map(told.then_some(entries.len()))?;
                entries.iter().try_for_each(|(key, value)| map.serialize_entry(key, value))?;
                map.end()
            }
            Self::Struct(name, fields) => {
                let mut to = to.serialize_struct(name, fields.len())?;
                fields.iter().try_for_each(|(name, value)| to.serialize_field(name, value))?;
                to.end()
            }
            Self::StructVariant(name, fields) => {
                let mut to = to.serialize_struct_variant("Kind", 0, name, fields.len())?;
                fields.iter().try_for_each(|(name, value)| to.serialize_field(name, value))?;
                to.end()
            }
            Self::Ours(secrets) => secrets.serialize(to),
            Self::Fails => Err(serde::ser::Error::custom("it never works")),
        }
    }
}

/// Most say nothing, so that values as a whole say nothing often enough.
fn name() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        12 => prop::sample::select(vec!["id", "items", "note", "city", "Order", "count"]),
        2 => prop::sample::select(vec!["name", "value", "header", "content"]),
        1 => prop::sample::select(vec!["password", "api_key", "ApiToken", "Secret", "key"]),
    ]
}

fn leaf() -> impl Strategy<Value = Anything> {
    prop_oneof![
        Just(Anything::None),
        Just(Anything::Unit),
        any::<bool>().prop_map(Anything::Bool),
        any::<char>().prop_map(Anything::Char),
        any::<i128>().prop_map(Anything::I128),
        any::<u8>().prop_map(Anything::U8),
        any::<u64>().prop_map(Anything::U64),
        any::<f64>().prop_map(Anything::F64),
        "[a-z ]{0,14}".prop_map(Anything::Text),
        name().prop_map(|name| Anything::Text(name.into())),
        prop::collection::vec(any::<u8>(), 0..12).prop_map(Anything::Bytes),
        "[a-z ]{0,14}".prop_map(Anything::Displayed),
        name().prop_map(Anything::UnitVariant),
    ]
}

fn anything() -> impl Strategy<Value = Anything> {
    let leaf = prop_oneof![
        30 => leaf(),
        1 => any::<u8>().prop_map(|value| Anything::Ours(Secrets(value))),
        1 => Just(Anything::Fails),
    ];
    leaf.prop_recursive(5, 30, 6, |inner| {
        let boxed = inner.clone().prop_map(Box::new);
        let many = || prop::collection::vec(inner.clone(), 0..6);
        let fields = || prop::collection::vec((name(), inner.clone()), 0..5);
        prop_oneof![
            boxed.clone().prop_map(Anything::Some),
            (name(), boxed.clone()).prop_map(|(name, inner)| Anything::Newtype(name, inner)),
            (name(), boxed).prop_map(|(name, inner)| Anything::NewtypeVariant(name, inner)),
            (many(), any::<bool>()).prop_map(|(list, told)| Anything::List(list, told)),
            (name(), many()).prop_map(|(name, list)| Anything::TupleVariant(name, list)),
            (prop::collection::vec((leaf_key(), inner.clone()), 0..6), any::<bool>())
                .prop_map(|(entries, told)| Anything::Map(entries, told)),
            (name(), fields()).prop_map(|(name, fields)| Anything::Struct(name, fields)),
            (name(), fields()).prop_map(|(name, fields)| Anything::StructVariant(name, fields)),
        ]
    })
}

/// Texts mostly, and now and then what JSON has no name for.
fn leaf_key() -> impl Strategy<Value = Anything> {
    let text = name().prop_map(|name| Anything::Text(name.into()));
    prop_oneof![8 => text, 1 => leaf().prop_map(|leaf| Anything::Some(Box::new(leaf))), 2 => leaf()]
}

/// Bounds near the size of what is made above.
fn limits() -> impl Strategy<Value = Limits> {
    let tight = (1_usize..80, 1_usize..14, 1_usize..6, 1_usize..6).prop_map(|(bytes, string, length, depth)| {
        Limits::default().with_bytes(bytes).with_string(string).with_length(length).with_depth(depth)
    });
    prop_oneof![Just(Limits::default()), tight]
}

fn short(policy: &Policy, value: &Anything, limits: Limits) -> Option<Vec<u8>> {
    policy.redacting(value).limits(limits).write_unchanged(serde_json::to_vec)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn what_the_short_way_writes_is_what_the_long_way_writes(value in anything(), limits in limits()) {
        let policy = Policy::builder().for_captures().type_name("Secrets").build().unwrap();
        let redacting = policy.redacting(&value).limits(limits);
        let long = redacting.write_with(|value| serde_json::to_vec(value));
        if let Some(short) = short(&policy, &value, limits) {
            let long = long.expect("what the short way can write, the long way can");
            prop_assert_eq!(String::from_utf8_lossy(&short), String::from_utf8_lossy(&long));
            prop_assert!(redacting.report().is_clean(), "{}", redacting.report());
            prop_assert_eq!(short, serde_json::to_vec(&value).unwrap(), "and it is the value as it is");
        }
    }
}

#[test]
fn what_says_nothing_goes_the_short_way() {
    #[derive(Serialize)]
    struct Order<'a> {
        id: u64,
        name: &'a str,
        tags: Vec<&'a str>,
        by_id: BTreeMap<u32, Option<f64>>,
        when: fmt::Arguments<'a>,
    }
    let (policy, limits) = (Policy::for_captures(), Limits::default());
    let order = Order {
        id: 7,
        name: "lamp",
        tags: vec!["a", "b"],
        by_id: BTreeMap::from([(1, Some(0.5)), (2, None)]),
        when: format_args!("now"),
    };
    let json = policy.redacting(&order).limits(limits).write_unchanged(serde_json::to_vec);
    assert_eq!(
        String::from_utf8(json.expect("nothing of it is kept back")).unwrap(),
        r#"{"id":7,"name":"lamp","tags":["a","b"],"by_id":{"1":0.5,"2":null},"when":"now"}"#
    );
}

#[test]
fn a_name_beside_a_value_a_path_and_a_name_of_the_whole_are_left_to_the_long_way() {
    let policy = Policy::for_captures();
    let short = |policy: &Policy, json| policy.redacting(&json).write_unchanged(serde_json::to_vec);
    assert!(short(&policy, serde_json::json!({ "name": "Accept", "value": "*/*" })).is_none());
    let by_place = Policy::builder().path("$.card").build().unwrap();
    assert!(short(&by_place, serde_json::json!({ "sku": 1 })).is_none());
    assert!(policy.redacting(&1).named("password").write_unchanged(serde_json::to_vec).is_none());
    assert!(policy.redacting(&1).named("count").write_unchanged(serde_json::to_vec).is_some());
}

#[test]
fn a_text_without_end_is_not_held_in_memory() {
    struct Lines;
    impl fmt::Display for Lines {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            (0..100_000).try_for_each(|_| f.write_str("another line\n"))
        }
    }
    impl Serialize for Lines {
        fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
            to.collect_str(self)
        }
    }
    let policy = Policy::for_captures();
    let mut written = Vec::new();
    let redacting = policy.redacting(&Lines).limits(Limits::default().with_bytes(100));
    let result = redacting.write_unchanged(|value| serde_json::to_writer(&mut written, value));
    assert!(result.is_none() && written.len() <= Limits::DEFAULT_STRING + 10_000, "{}", written.len());
}
