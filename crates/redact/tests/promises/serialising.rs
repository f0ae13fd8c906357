//! Values are redacted while they are serialised: by name, type, place and size, into any serializer.

use std::cell::Cell;
use std::collections::BTreeMap;

use serde::ser::{Error as _, SerializeStruct as _};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use tracesnap_redact::{FAILED, Limits, Policy};

fn redacted<T: Serialize + ?Sized>(value: &T) -> Value {
    serde_json::to_value(Policy::for_captures().redacting(value)).expect("it is written")
}

#[derive(Serialize)]
struct Login {
    user: &'static str,
    password: Option<&'static str>,
    attempt: u8,
}

#[test]
fn what_stands_under_a_sensitive_name_is_gone_whatever_it_is() {
    let login = Login { user: "ada", password: Some("hunter2"), attempt: 2 };
    assert_eq!(redacted(&login), json!({ "user": "ada", "password": "[redacted]", "attempt": 2 }));
    assert_eq!(redacted(&Login { password: None, ..login }), json!({ "user": "ada", "password": null, "attempt": 2 }));
    let map = BTreeMap::from([("api_key", json!({ "a": [1] })), ("sort_key", json!(1)), ("key", json!(7))]);
    assert_eq!(redacted(&map), json!({ "api_key": "[redacted]", "sort_key": 1, "key": "[redacted]" }));
    assert_eq!(
        redacted(&json!({ "cvv": 123, "n": [{ "token": true }] })),
        json!({ "cvv": "[redacted]", "n": [{ "token": "[redacted]" }] })
    );
}

#[derive(Serialize)]
enum Auth {
    Password(String),
    Token { value: String, ttl: u32 },
    Secret(u8, u8),
    Anonymous,
    Public { name: String },
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Tagged {
    Card { card_number: String, holder: String },
}

#[derive(Serialize)]
#[serde(untagged)]
enum Untagged {
    Pair { name: &'static str, value: &'static str },
}

#[test]
fn enums_of_every_representation_are_looked_through() {
    assert_eq!(redacted(&Auth::Password("x".into())), json!({ "Password": "[redacted]" }));
    assert_eq!(redacted(&Auth::Token { value: "x".into(), ttl: 1 }), json!({ "Token": "[redacted]" }));
    assert_eq!(redacted(&Auth::Secret(1, 2)), json!({ "Secret": "[redacted]" }));
    assert_eq!(redacted(&Auth::Anonymous), json!("Anonymous"));
    assert_eq!(redacted(&Auth::Public { name: "x".into() }), json!({ "Public": { "name": "x" } }));
    let card = Tagged::Card { card_number: "4".into(), holder: "A".into() };
    assert_eq!(redacted(&card), json!({ "type": "card", "card_number": "[redacted]", "holder": "A" }));
    let header = Untagged::Pair { name: "Authorization", value: "Bearer x" };
    assert_eq!(redacted(&header), json!({ "name": "Authorization", "value": "[redacted]" }));
    let header = Untagged::Pair { name: "Accept", value: "*/*" };
    assert_eq!(redacted(&header), json!({ "name": "Accept", "value": "*/*" }));
}

#[derive(Serialize)]
struct ApiToken(&'static str);

#[derive(Clone, Serialize)]
struct Pin(u16);

impl secrecy::zeroize::Zeroize for Pin {
    fn zeroize(&mut self) {
        self.0 = 0;
    }
}

impl secrecy::SerializableSecret for Pin {}

#[derive(Serialize)]
struct Typed {
    a: ApiToken,
    b: Option<secrecy::SecretBox<Pin>>,
    c: (u8, Box<secrecy::SecretBox<Pin>>),
    #[serde(serialize_with = "redact::serde::redact_secret")]
    d: redact::Secret<u32>,
    e: CardData,
}

#[derive(Clone, Serialize)]
struct CardData {
    pan: u64,
}

#[test]
fn a_type_made_for_secrets_gives_none_away() {
    let pin = || secrecy::SecretBox::new(Box::new(Pin(4711)));
    let typed = Typed {
        a: ApiToken("hunter2"),
        b: Some(pin()),
        c: (1, Box::new(pin())),
        d: redact::Secret::new(4711),
        e: CardData { pan: 4711 },
    };
    let policy = Policy::builder().type_name("CardData").build().unwrap();
    let redacting = policy.redacting(&typed);
    let json = serde_json::to_string(&redacting).unwrap();
    assert!(!json.contains("4711") && !json.contains("hunter2"), "{json}");
    let rules: Vec<String> = redacting.report().redacted().map(|(rule, count)| format!("{rule} {count}")).collect();
    assert_eq!(rules, ["type/CardData 1", "type/name 1", "type/secrecy 2"]);
}

#[test]
fn a_place_is_a_secret_where_the_path_says() {
    let policy = Policy::builder().path("$.order.items[*].card").path("$..note").build().unwrap();
    let order = json!({ "items": [{ "card": 1, "n": 1 }, { "card": { "x": 1 } }], "card": 2, "note": "x" });
    let redacting = policy.redacting(&order).named("order");
    assert_eq!(
        serde_json::to_value(&redacting).unwrap(),
        json!({ "items": [{ "card": "[redacted]", "n": 1 }, { "card": "[redacted]" }], "card": 2, "note": "[redacted]" })
    );
    assert_eq!(redacting.report().count_of("path/$.order.items[*].card"), 2);
}

#[test]
fn the_name_of_the_value_itself_counts() {
    let policy = Policy::for_captures();
    let redacting = policy.redacting("hunter2").named("payment_token");
    assert_eq!(serde_json::to_value(&redacting).unwrap(), json!("[redacted]"));
    assert_eq!(serde_json::to_value(policy.redacting(&None::<u8>).named("payment_token")).unwrap(), json!(null));
}

#[test]
fn what_is_too_large_is_left_out_and_says_so() {
    let policy = Policy::default();
    let limits = Limits::default().with_string(16).with_length(3).with_depth(3).with_bytes(1_000);
    let write = |value: &Value| {
        let redacting = policy.redacting(value).limits(limits);
        (serde_json::to_value(&redacting).unwrap(), redacting.report().truncated())
    };
    assert_eq!(write(&json!("a long text that goes on")), (json!("a long text [truncated: 24 bytes]"), 1));
    assert_eq!(write(&json!([1, 2, 3, 4, 5])), (json!([1, 2, 3, "[truncated: 2 more]"]), 1));
    assert_eq!(
        write(&json!({ "a": 1, "b": 2, "c": 3, "d": 4 })),
        (json!({ "a": 1, "b": 2, "c": 3, "…": "[truncated: 1 more]" }), 1)
    );
    assert_eq!(write(&json!([[[[1]]]])), (json!([[["[truncated: too deep]"]]]), 1));
    let many = Value::from((0..3).map(|_| Value::from(vec!["0123456789abcdef"; 3])).collect::<Vec<_>>());
    assert_eq!(write(&many).1, 0);
    let redacting = policy.redacting(&many).limits(limits.with_bytes(100));
    assert!(serde_json::to_string(&redacting).unwrap().len() < 400);
    assert!(redacting.report().truncated() > 0);
}

#[test]
fn a_large_list_is_never_held_nor_written() {
    struct Endless;
    impl Serialize for Endless {
        fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
            to.collect_seq((0_u64..3_000_000).map(|at| at * 1_000_000))
        }
    }
    let policy = Policy::default();
    let redacting = policy.redacting(&Endless).limits(Limits::default().with_length(10));
    let json = redacting.write_with(|value| serde_json::to_string(value)).unwrap();
    assert!(json.len() < 200 && json.ends_with("9000000,\"[truncated: 2999990 more]\"]"), "{json}");
}

struct Failing;

impl Serialize for Failing {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut fields = to.serialize_struct("Failing", 2)?;
        fields.serialize_field("ok", &1)?;
        Err(S::Error::custom("no"))
    }
}

struct Panicking;

impl Serialize for Panicking {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut fields = to.serialize_struct("Panicking", 1)?;
        fields.serialize_field("ok", &1)?;
        std::panic::resume_unwind(Box::new("on purpose"))
    }
}

#[derive(Serialize)]
struct Mixed {
    before: u8,
    bad: Failing,
    list: (u8, Panicking, Option<Failing>),
    after: u8,
}

#[test]
fn what_fails_or_panics_is_a_mark_and_all_else_is_there() {
    let mixed = || Mixed { before: 1, bad: Failing, list: (2, Panicking, Some(Failing)), after: 3 };
    let expected = json!({ "before": 1, "bad": FAILED, "list": [2, FAILED, FAILED], "after": 3 });
    let policy = Policy::default();
    let value = mixed();
    let redacting = policy.redacting(&value);
    assert_eq!(serde_json::to_value(&redacting).unwrap(), expected);
    assert_eq!(redacting.report().failed(), 3);
    let json = redacting.write_with(|value| serde_json::to_vec(value)).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&json).unwrap(), expected);
    assert_eq!(redacting.report().failed(), 3);
    assert_eq!(redacted(&Panicking), json!(FAILED));
}

#[test]
fn a_value_that_fails_at_will_is_an_error_and_no_panic() {
    struct Moody(Cell<u32>);
    impl Serialize for Moody {
        fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
            self.0.set(self.0.get() + 1);
            if self.0.get() > 1 { std::panic::resume_unwind(Box::new(())) } else { to.serialize_u8(1) }
        }
    }
    assert!(serde_json::to_string(&Policy::default().redacting(&Moody(Cell::new(0)))).is_err());
}

#[test]
fn values_without_a_secret_come_through_as_they_are() {
    #[derive(Serialize)]
    struct Many {
        unit: (),
        nested: Option<Option<u8>>,
        big: u128,
        small: i128,
        bytes: Bytes,
        map: BTreeMap<u32, &'static str>,
        bools: BTreeMap<bool, char>,
        pairs: BTreeMap<(u8, u8), f32>,
        float: f64,
        newtype: Meters,
        tuple: (u8, String),
    }
    struct Bytes;
    impl Serialize for Bytes {
        fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
            to.serialize_bytes(&[1, 2, 255])
        }
    }
    #[derive(Serialize)]
    struct Meters(f64);
    let many = Many {
        unit: (),
        nested: Some(None),
        big: 1 << 100,
        small: -(1 << 100),
        bytes: Bytes,
        map: BTreeMap::from([(7, "seven")]),
        bools: BTreeMap::from([(true, 'x')]),
        pairs: BTreeMap::from([((1, 2), 0.5)]),
        float: 0.1,
        newtype: Meters(2.5),
        tuple: (1, "x".into()),
    };
    let json = serde_json::to_string(&Policy::for_captures().redacting(&many)).unwrap();
    let expected = r#"{"unit":null,"nested":null,"big":1267650600228229401496703205376,"small":-1267650600228229401496703205376,"bytes":[1,2,255],"map":{"7":"seven"},"bools":{"true":"x"},"pairs":{"[1,2]":0.5},"float":0.1,"newtype":2.5,"tuple":[1,"x"]}"#;
    assert_eq!(json, expected);
}
