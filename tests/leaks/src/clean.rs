//! Values that look odd and are nobody's secret: what every log and every answer is full of.

use serde_json::{Value, json};

use crate::kinds::base64;
use crate::rng::{ALNUM, BASE64_URL, HEX, LOWER, Rng, UPPER};

const PROSE: &[&str] = &[
    "The author of this book never met the monkey on the keyboard.",
    "Please reset the sort key before you press any other key.",
    "Delivered to the neighbour at 12:30, second floor, left door.",
    "Tokens are counted per request; max_tokens limits the answer.",
    "Thank you for your order! It ships on Monday, 3 March 2026.",
    "Error: connection refused (os error 111) while calling inventory:8080",
    "SELECT id, name FROM users WHERE created_at > now() - interval '7 days' ORDER BY id LIMIT 100",
    "Basic training covers the bearer of the flag and the secretary of state.",
    "Rust 1.88.0 (6b00bc388 2026-06-23) on x86_64-unknown-linux-gnu",
    "Passwords are hashed with argon2id; nothing to see here.",
    "e = mc^2, a/b, x -> y, 50% off, C++ & C#, @media (min-width: 600px)",
    "Wie heißt die Straße? Größe 42, naïve café, 東京都, Ελλάδα.",
];

/// A name and a value as they stand together in real documents.
pub fn entry(rng: &mut Rng) -> (&'static str, Value) {
    let hex = |rng: &mut Rng, count| rng.chars(HEX, count);
    match rng.below(55) {
        50 => ("callback_id", json!(rng.below(90_000_000) + 10_000_000)),
        51 => ("message", format!("call {} took 12ms, telemetry {} sent", rng.digits(8), rng.digits(9)).into()),
        52 => ("first_name", rng.pick(&["Ada", "Token", "Key"]).into()),
        53 => ("pair", json!({ "name": "color", "value": "Walnut" })),
        54 => ("names", json!(["password", "email", "token"])),
        0 => ("id", format!("{}-{}-4{}-a{}-{}", hex(rng, 8), hex(rng, 4), hex(rng, 3), hex(rng, 3), hex(rng, 12)).into()),
        1 => ("request_id", format!("01{}", rng.chars("0123456789ABCDEFGHJKMNPQRSTVWXYZ", 24)).into()),
        2 => ("commit", hex(rng, 40).into()),
        3 => ("digest", format!("sha256:{}", hex(rng, 64)).into()),
        4 => ("etag", format!("W/\"{}\"", hex(rng, 32)).into()),
        5 => ("timestamp", format!("2026-{:02}-{:02}T{:02}:{:02}:{:02}.{}Z", rng.between(1, 12), rng.between(1, 28), rng.below(24), rng.below(60), rng.below(60), rng.digits(6)).into()),
        6 => ("created", json!(1_700_000_000 + rng.below(99_999_999))),
        7 => ("created_ms", json!(1_700_000_000_000_u64 + rng.below(99_999_999_999) as u64)),
        8 => ("time_us", json!(1_700_000_000_000_000_u64 + rng.below(99_999_999_999) as u64)),
        9 => ("start_ns", json!(1_700_000_000_000_000_000_u64 + rng.next() % 99_999_999_999_999)),
        10 => ("order_number", format!("ORD-2026-{}", rng.digits(8)).into()),
        11 => ("order", rng.digits(10).into()),
        12 => ("count", json!(rng.below(1_000_000))),
        13 => ("tweet_id", json!(1_000_000_000_000_000_000_u64 + rng.next() % 900_000_000_000_000_000)),
        14 => ("version", format!("{}.{}.{}-rc.{}+build.{}", rng.below(9), rng.below(99), rng.below(99), rng.below(9), rng.digits(4)).into()),
        15 => ("image", { let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(); png.extend(rng.bytes(300)); base64(&png).into() }),
        16 => ("avatar", { let mut jpg = b"\xff\xd8\xff\xe0\0\x10JFIF".to_vec(); jpg.extend(rng.bytes(200)); format!("data:image/jpeg;base64,{}", base64(&jpg)).into() }),
        17 => ("text", rng.pick(PROSE).into()),
        18 => ("author", rng.pick(&["Ada Lovelace", "Grace M. Hopper", "O'Neil", "van der Berg"]).into()),
        19 => ("monkey", rng.pick(&["chimp", "bonobo", "MacaqueSpider"]).into()),
        20 => ("keyboard", rng.pick(&["QWERTY", "dvorak", "Model M 1391401"]).into()),
        21 => ("sort_key", format!("ORDER#2026-03-01#{}", rng.digits(6)).into()),
        22 => ("max_tokens", json!(rng.between(1, 128_000))),
        23 => ("url", format!("https://example.com/products/{}/reviews?page={}&sort=desc", rng.digits(6), rng.below(99)).into()),
        24 => ("path", format!("/usr/lib/x86_64-linux-gnu/lib{}.so.{}", rng.chars(LOWER, 7), rng.digits(1)).into()),
        25 => ("ip", format!("{}.{}.{}.{}", rng.below(256), rng.below(256), rng.below(256), rng.below(256)).into()),
        26 => ("mac", format!("{}:{}:{}:{}:{}:{}", hex(rng, 2), hex(rng, 2), hex(rng, 2), hex(rng, 2), hex(rng, 2), hex(rng, 2)).into()),
        27 => ("latitude", json!(rng.below(90_000_000) as f64 / 999_983.0)),
        28 => ("ratio", json!(rng.next() as f64 / u64::MAX as f64)),
        29 => ("traceparent", format!("00-{}-{}-01", hex(rng, 32), hex(rng, 16)).into()),
        30 => ("span_id", hex(rng, 16).into()),
        31 => ("arn", format!("arn:aws:lambda:eu-central-1:{}:function:order-{}", rng.digits(12), rng.chars(LOWER, 5)).into()),
        32 => ("pod", format!("shop-{}-{}", hex(rng, 10), rng.chars("bcdfghjklmnpqrstvwxz2456789", 5)).into()),
        33 => ("tracking", format!("1Z{}{}", rng.chars(UPPER, 3), rng.digits(13)).into()),
        34 => ("isbn", format!("978-{}-{}-{}-{}", rng.digits(1), rng.digits(5), rng.digits(3), rng.digits(1)).into()),
        35 => ("user_agent", format!("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.{}.{} Safari/537.36", rng.between(90, 140), rng.digits(4), rng.digits(2)).into()),
        36 => ("price", json!(rng.below(1_000_000) as f64 / 100.0)),
        37 => ("slug", format!("{}-{}-{}", rng.chars(LOWER, 6), rng.chars(LOWER, 8), rng.digits(2)).into()),
        38 => ("color", format!("#{}", hex(rng, 6)).into()),
        39 => ("token_count", json!(rng.below(9000))),
        40 => ("next_page", format!("c{}", rng.chars(BASE64_URL, 22)).into()),
        41 => ("integrity", format!("sha384-{}", base64(&rng.bytes(48))).into()),
        42 => ("short_id", rng.chars(ALNUM, 11).into()),
        43 => ("invoice", format!("INV{}/{}", rng.digits(6), rng.below(99)).into()),
        44 => ("duration", format!("PT{}H{}M{}.{}S", rng.below(24), rng.below(60), rng.below(60), rng.digits(3)).into()),
        45 => ("range", format!("bytes={}-{}/{}", rng.digits(5), rng.digits(6), rng.digits(7)).into()),
        46 => ("accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8".into()),
        47 => ("module", format!("shop::order::{}::handler", rng.chars(LOWER, 6)).into()),
        48 => ("samples", Value::from((0..12).map(|_| rng.below(256)).collect::<Vec<_>>())),
        _ => ("primary_key", json!(rng.below(1_000_000_000))),
    }
}
