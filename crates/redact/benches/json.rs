//! What filtering JSON costs, beside reading and writing the same bytes: `cargo bench -p tracesnap-redact --all-features`;
//! of some documents only: `… -- pages logs`.
//!
//! Every round runs each of them once, in turn, so that whatever else the machine does hits all alike; the best round of
//! each is told, in time of the processor. Documents are clean: that is what nearly all are.

use std::hint::black_box;
use std::time::Duration;

use cpu_time::ThreadTime;
use serde_json::{Value, json};
use tracesnap_redact::Policy;

fn documents() -> Vec<(&'static str, Vec<u8>)> {
    let order = |at: usize| {
        json!({
            "order_id": 10_000 + at, "created_at": "2026-03-01T12:00:00.123Z", "currency": "EUR", "paid": true,
            "customer": { "id": at, "name": "Ada Lovelace", "segment": "b2c", "locale": "de-DE" },
            "items": (0..4).map(|item| json!({
                "sku": format!("SKU-{:06}", at * 7 + item), "title": "Walnut desk, oiled, 140 × 70 cm", "quantity": item + 1,
                "unit_price": 19.99 + item as f64, "tags": ["new", "wood", "home office"], "discount": null,
            })).collect::<Vec<_>>(),
            "shipping": { "method": "standard", "weight_kg": 12.25, "estimate": "2026-03-05", "notes": "second floor, left door" },
            "trace_id": format!("{:032x}", at as u128 * 0x1234_5678_9abc_def1),
            "id": format!("{:08x}-51f4-4c0a-9d5e-{:012x}", at * 977, at * 7919),
        })
    };
    let chat = |at: usize| {
        json!({
            "id": format!("chatcmpl-{at:024}"), "object": "chat.completion", "created": 1_772_366_400 + at, "model": "m-4",
            "choices": [{ "index": 0, "finish_reason": "stop", "message": { "role": "assistant", "content":
                "The borrow checker rejects this because the reference would outlive the value it points to. \
                 Move the value out first, or clone it.\n\n```rust\nlet first = items[0].clone();\nitems.clear();\n```\n\nThat way, \
                 nothing borrows from `items` any more when it is cleared; see chapter 4 of the book." } }],
            "usage": { "prompt_tokens": 120 + at, "completion_tokens": 310, "total_tokens": 430 + at },
        })
    };
    let numbers = |at: usize| json!({ "series": (0..64).map(|n| f64::from(n) * 0.1234 + at as f64).collect::<Vec<_>>(), "buckets": (0..64).map(|n| n * at).collect::<Vec<_>>() });
    let mut state = 7_u64;
    let mut random = move || {
        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
        (state >> 33) as u8
    };
    let images: Vec<Value> = (0..40)
        .map(|at| {
            let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
            let body: String = (0..20_000).map(|_| alphabet[usize::from(random() & 63)] as char).collect();
            json!({ "name": format!("photo-{at}.png"), "data": format!("iVBORw0KGgoAAAANSUhEUgAA{body}") })
        })
        .collect();
    let page = |at: usize| {
        json!({ "url": format!("https://example.com/a/{at}"), "html": "<div class=\"item\"><h2>Walnut desk</h2><p>Oiled, 140 × 70 cm. \
            Ships in 3–5 days; returns within 30 days.</p><a href=\"/products/walnut-desk?ref=list&page=2\">More</a></div>\n".repeat(20) })
    };
    let log = |at: usize| {
        let fields = json!({ "method": "GET", "path": format!("/v1/orders/{at}"), "status": 200, "took_ms": 12.5, "bytes": 5120 });
        json!({ "time": "2026-03-01T12:00:00.123456Z", "level": "INFO", "target": "shop::http::server",
            "message": format!("handled GET /v1/orders/{at} in 12.5ms (200 OK, 5120 bytes) by worker-{}", at % 8), "raw": fields.to_string() })
    };
    let lines = |of: &dyn Fn(usize) -> Value, count: usize| {
        serde_json::to_vec(&(0..count).map(of).collect::<Vec<_>>()).expect("JSON")
    };
    vec![
        ("orders", lines(&order, 1_500)),
        ("chats", lines(&chat, 1_500)),
        ("numbers", lines(&numbers, 1_000)),
        ("images", serde_json::to_vec(&images).expect("JSON")),
        ("pages", lines(&page, 250)),
        ("logs", lines(&log, 3_000)),
        (
            "all, pretty",
            serde_json::to_vec_pretty(&(0..500).map(|at| json!([order(at), chat(at)])).collect::<Vec<_>>())
                .expect("JSON"),
        ),
    ]
}

fn main() {
    // `cargo test --benches` only asks whether it runs.
    let rounds = if std::env::args().any(|argument| argument == "--bench") { 30 } else { 1 };
    let policy = Policy::for_captures();
    println!(
        "{:<12} {:>9} {:>14} {:>14} {:>14} {:>14} {:>8}",
        "documents", "bytes", "Value, to_vec", "transcode", "redact_json", "redact_text", "ratio"
    );
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let documents =
        documents().into_iter().filter(|(name, _)| wanted.is_empty() || wanted.iter().any(|one| one == name));
    for (name, json) in documents {
        let mut out = Vec::new();
        policy.redact_json(&json, &mut out).expect("JSON");
        assert!(out == json, "{name} is clean");
        let runs: [&dyn Fn(); 4] = [
            &|| {
                let value: Value = serde_json::from_slice(black_box(&json)).expect("JSON");
                black_box(serde_json::to_vec(&value).expect("JSON"));
            },
            &|| {
                let mut out = Vec::with_capacity(json.len());
                let mut to = serde_json::Serializer::new(&mut out);
                serde_transcode::transcode(&mut serde_json::Deserializer::from_slice(black_box(&json)), &mut to)
                    .expect("JSON");
                black_box(out);
            },
            &|| {
                let mut out = Vec::new();
                policy.redact_json(black_box(&json), &mut out).expect("JSON");
                black_box(out);
            },
            &|| {
                let text = std::str::from_utf8(&json).expect("text");
                black_box(policy.redact_text(black_box(text)));
            },
        ];
        let mut best = [Duration::MAX; 4];
        for _ in 0..rounds {
            for (run, best) in runs.iter().zip(&mut best) {
                let start = ThreadTime::now();
                run();
                *best = start.elapsed().min(*best);
            }
        }
        let speed = |time: Duration| format!("{:.0} MB/s", json.len() as f64 / time.as_secs_f64() / 1e6);
        let ratio = best[2].as_secs_f64() / best[0].as_secs_f64();
        println!(
            "{name:<12} {:>9} {:>14} {:>14} {:>14} {:>14} {ratio:>8.2}",
            json.len(),
            speed(best[0]),
            speed(best[1]),
            speed(best[2]),
            speed(best[3])
        );
    }
    if wanted.is_empty() {
        serialising(rounds);
    }
}

#[derive(serde::Serialize)]
struct Order {
    id: u64,
    customer: String,
    segment: &'static str,
    items: Vec<Item>,
    paid: bool,
    note: Option<String>,
}

#[derive(serde::Serialize)]
struct Item {
    sku: String,
    title: &'static str,
    quantity: u32,
    unit_price: f64,
}

/// What rules by name, type, size and place cost while a value is serialised.
fn serialising(rounds: usize) {
    let items = |of: u64| {
        (0..4).map(move |at| Item {
            sku: format!("SKU-{:06}", of * 7 + at),
            title: "Walnut desk",
            quantity: 2,
            unit_price: 19.99,
        })
    };
    let orders: Vec<Order> = (0..1_000)
        .map(|id| Order {
            id,
            customer: format!("C-{id}"),
            segment: "b2c",
            items: items(id).collect(),
            paid: true,
            note: None,
        })
        .collect();
    let policy = Policy::for_captures();
    let plain = || orders.iter().map(|order| serde_json::to_vec(black_box(order)).expect("JSON").len()).sum::<usize>();
    let twice = || {
        orders.iter().map(|order| serde_json::to_vec(&policy.redacting(black_box(order))).expect("JSON").len()).sum()
    };
    let once = || {
        let write = |order| policy.redacting(order).write_with(|value| serde_json::to_vec(value));
        orders.iter().map(|order| write(black_box(order)).expect("JSON").len()).sum()
    };
    let runs: [&dyn Fn() -> usize; 3] = [&plain, &twice, &once];
    assert!(runs.iter().all(|run| run() == plain()), "nothing is redacted");
    let mut best = [Duration::MAX; 3];
    for _ in 0..rounds {
        for (run, best) in runs.iter().zip(&mut best) {
            let start = ThreadTime::now();
            black_box(run());
            *best = start.elapsed().min(*best);
        }
    }
    let of_plain = |time: Duration| time.as_secs_f64() / best[0].as_secs_f64();
    println!(
        "an order: to_vec {:?}, redacting {:.2} of that, with write_with {:.2}",
        best[0] / 1_000,
        of_plain(best[1]),
        of_plain(best[2])
    );
}
