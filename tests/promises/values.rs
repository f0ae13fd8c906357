//! Arguments keep their type, their text, and their order; what is too long is cut where a character ends.

use std::fmt;

use tracesnap::tree::Value;
use tracing::{field, info, info_span};

use crate::support::{assert_tree, record, tracer};

#[test]
fn every_kind_of_value_comes_back_as_it_was_given() {
    let trace = record(|| {
        info_span!("numbers", yes = true, minus = -3_i64, byte = 7_u8, half = 0.5, big = u64::MAX).in_scope(|| ());
        info_span!("wide", low = i128::MIN, high = u128::MAX).in_scope(|| ());
        info_span!("floats", nan = f64::NAN, all = f64::INFINITY, one = 1.0_f32).in_scope(|| ());
    });
    assert_tree!(trace, @"
    numbers(yes: true, minus: -3, byte: 7, half: 0.5, big: 18446744073709551615)
    wide(low: -170141183460469231731687303715884105728, high: 340282366920938463463374607431768211455)
    floats(nan: NaN, all: inf, one: 1.0)
    ");
    let calls: Vec<_> = trace.tree().roots().collect();
    assert_eq!(calls[0].arg("yes"), Some(Value::Bool(true)));
    assert_eq!(calls[0].arg("minus"), Some(Value::I64(-3)));
    assert_eq!(calls[0].arg("byte"), Some(Value::U64(7)));
    assert_eq!(calls[0].arg("half"), Some(Value::F64(0.5)));
    assert_eq!(calls[1].arg("low"), Some(Value::I128(i128::MIN)));
    assert_eq!(calls[1].arg("high"), Some(Value::U128(u128::MAX)));
}

#[test]
fn strings_are_told_from_formatted_text() {
    #[derive(Debug)]
    struct Point {
        #[expect(dead_code, reason = "shown by Debug")]
        x: i32,
    }
    let error = std::io::Error::other("disk on fire");
    let error: &(dyn std::error::Error + 'static) = &error;
    let trace = record(|| {
        info_span!("texts", plain = "a \"quoted\"\nline", debug = ?Point { x: 1 }, display = %"bare", error, none = "")
            .in_scope(|| ());
        info!(absent = field::Empty, last = ?[1, 2], "an event of {}", "parts");
    });
    assert_tree!(trace, @r#"
    texts(plain: "a \"quoted\"\nline", debug: Point { x: 1 }, display: bare, error: disk on fire, none: "")
    - an event of parts last=[1, 2]
    "#);
    let texts = trace.tree().roots().next().expect("it was recorded");
    assert_eq!(texts.arg("plain"), Some(Value::Str("a \"quoted\"\nline")));
    assert_eq!(texts.arg("error"), Some(Value::Text("disk on fire")));
}

#[test]
fn thirty_two_fields_keep_their_names_and_places() {
    let trace = record(|| {
        info_span!(
            "wide",
            a0 = 0,
            a1 = 1,
            a2 = 2,
            a3 = 3,
            a4 = 4,
            a5 = 5,
            a6 = 6,
            a7 = 7,
            a8 = 8,
            a9 = 9,
            b0 = 10,
            b1 = 11,
            b2 = 12,
            b3 = 13,
            b4 = 14,
            b5 = 15,
            b6 = 16,
            b7 = 17,
            b8 = 18,
            b9 = 19,
            c0 = 20,
            c1 = 21,
            c2 = 22,
            c3 = 23,
            c4 = 24,
            c5 = 25,
            c6 = 26,
            c7 = 27,
            c8 = 28,
            c9 = 29,
            d0 = 30,
            d1 = 31
        )
        .in_scope(|| ());
    });
    let wide = trace.tree().roots().next().expect("it was recorded");
    assert_eq!(wide.args().count(), 32);
    for (index, arg) in wide.args().enumerate() {
        let name = format!("{}{}", ['a', 'b', 'c', 'd'][index / 10], index % 10);
        assert_eq!((arg.name(), arg.value()), (&*name, Value::I64(index as i64)));
    }
}

#[test]
fn a_value_over_the_limit_is_cut_at_the_end_of_a_character_and_marked() {
    let (_, trace) = tracer()
        .value_limit(8)
        .trace(|| {
            info_span!("cut", fits = "12345678", str = "123456789", wide = "ääääü", odd = "xääää", text = %"ÄÖÜßé")
                .in_scope(|| ());
        })
        .expect("the plan is right");
    assert_tree!(trace, @r#"cut(fits: "12345678", str: "12345678"…, wide: "ääää"…, odd: "xäää"…, text: ÄÖÜß…)"#);
    assert_eq!(trace.stats().cut_values, 4);
}

#[test]
fn text_after_a_cut_is_not_appended_by_a_debug_that_ignores_errors() {
    struct Stubborn;
    impl fmt::Debug for Stubborn {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            for part in ["1234567", "too long", "8"] {
                let _ = f.write_str(part);
            }
            Ok(())
        }
    }
    let cut = |limit| {
        let run = || info_span!("cut", value = ?Stubborn).in_scope(|| ());
        let (_, trace) = tracer().value_limit(limit).trace(run).expect("the plan is right");
        crate::support::text(&trace)
    };
    assert_eq!(cut(8), "cut(value: 1234567t…)\n");
    // «ß» would not fit, «8» would.
    struct Wide;
    impl fmt::Debug for Wide {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            let _ = (f.write_str("1234567"), f.write_str("ß"), f.write_str("8"));
            Ok(())
        }
    }
    let run = || info_span!("cut", value = ?Wide).in_scope(|| ());
    let (_, trace) = tracer().value_limit(8).trace(run).expect("the plan is right");
    assert_tree!(trace, @"cut(value: 1234567…)");
}

#[test]
fn a_secret_is_kept_out_by_its_name_wherever_it_is_recorded() {
    let trace = record(|| {
        let login = info_span!("login", user = "ada", password = "hunter2", token = field::Empty);
        login.record("token", "abc");
        let clone = login.clone();
        crate::support::on_a_thread(move || {
            clone.record("token", "def");
        });
        login.in_scope(|| info!(api_key = 5, "sent"));
    });
    assert_tree!(trace, @r#"
    login(user: "ada", password: [redacted], token: [redacted])
      - sent api_key=[redacted]
    "#);
    assert_eq!(trace.stats().redacted, 4);
}
