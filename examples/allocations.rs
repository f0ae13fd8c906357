//! Exact allocations of every call: a global allocator that counts, and readings taken at each enter and exit.
//!
//! Two functions build the same index of words; the trace shows which one allocates what, without and with what it
//! called, and a budget turns that into a test.
//!
//! ```sh
//! cargo run --example allocations
//! ```

use std::collections::BTreeMap;

use tracesnap::{MemoryReadings, Tracer, TrackingAllocator};
use tracing::instrument;

#[global_allocator]
static ALLOCATOR: TrackingAllocator = TrackingAllocator::system();

type Index<K> = BTreeMap<K, u32>;

#[instrument(skip_all)]
fn count_words_by_copying(text: &str) -> Index<String> {
    let mut index = Index::new();
    for word in split_into_strings(text) {
        *index.entry(word).or_default() += 1;
    }
    index
}

#[instrument(skip_all)]
fn split_into_strings(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_lowercase).collect()
}

#[instrument(skip_all)]
fn count_words_by_borrowing(text: &str) -> Index<&str> {
    let mut index = Index::new();
    for word in text.split_whitespace() {
        *index.entry(word).or_default() += 1;
    }
    index
}

#[instrument(skip_all, fields(words = index.len()))]
fn render<K: std::fmt::Display>(index: &Index<K>) -> String {
    let mut page = String::new();
    for (word, count) in index {
        page.push_str(&format!("{word} {count}\n"));
    }
    page
}

#[instrument(skip_all)]
fn compare(text: &str) {
    let copied = render(&count_words_by_copying(text));
    let borrowed = render(&count_words_by_borrowing(text));
    assert_eq!(copied, borrowed);
}

fn main() -> Result<(), tracesnap::Error> {
    let text = "the cat and the dog and the bird sat on the mat ".repeat(50);
    let guard = Tracer::builder().memory(MemoryReadings::Allocations).start()?;
    compare(&text);
    let trace = guard.finish();

    heading("what each call allocated");
    println!("{:<26} {:>23} {:>23}", "", "with all it called", "by itself");
    println!("{:<26} {:>10} {:>12} {:>10} {:>12}", "call", "bytes", "allocations", "bytes", "allocations");
    for call in trace.tree().calls() {
        let (Some(all), Some(own)) = (call.memory(), call.memory_exclusive()) else { continue };
        let name = format!("{}{}", "  ".repeat(call.depth()), call.name());
        print!("{name:<26} {:>10} {:>12}", all.allocated, all.allocations);
        println!(" {:>10} {:>12}", own.allocated, own.allocations);
    }

    heading("as a budget in a test");
    trace.calls("count_words_by_borrowing").assert_max_allocations(2);
    println!("count_words_by_borrowing keeps to its two allocations.");
    let over = trace.calls("count_words_by_copying").try_assert_max_allocations(2);
    println!("{}", over.expect_err("copying allocates a string a word"));
    Ok(())
}

fn heading(text: &str) {
    println!("\n── {text} {}\n", "─".repeat(76 - text.chars().count()));
}
