//! Puts every Rust block of the README into its surroundings: `readme/*.rs`, one for each, in their order.
//!
//! `/* block */` is where the block goes. A line `//~ this => that` changes the block first, where it could not be run as it
//! stands; nobody is shown the result.

use std::path::Path;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=../../README.md");
    println!("cargo::rerun-if-changed=readme");
    let readme = fs::read_to_string("../../README.md").expect("the README");
    let blocks: Vec<String> =
        readme.split("```rust\n").skip(1).map(|rest| rest.split("```").next().unwrap_or_default().to_owned()).collect();
    let mut surroundings: Vec<_> =
        fs::read_dir("readme").expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    surroundings.sort();
    assert_eq!(
        blocks.len(),
        surroundings.len(),
        "the README has another number of Rust blocks than tests/book/readme has surroundings for"
    );
    let mut modules = String::new();
    for (at, (block, path)) in blocks.iter().zip(&surroundings).enumerate() {
        let around = fs::read_to_string(path).expect("surroundings");
        let mut block = block.clone();
        for change in around.lines().filter_map(|line| line.strip_prefix("//~ ")) {
            let (this, that) = change.split_once(" => ").expect("`this => that`");
            assert!(block.contains(this), "the README's block {} is without `{this}`: {}", at + 1, path.display());
            block = block.replace(this, &that.replace("\\n", "\n"));
        }
        assert!(around.contains("/* block */"), "{} says not where the block goes", path.display());
        modules.push_str(&format!("mod block_{} {{\n{}\n}}\n", at + 1, around.replace("/* block */", &block)));
    }
    let out = env::var_os("OUT_DIR").expect("cargo says where");
    fs::write(Path::new(&out).join("readme.rs"), modules).expect("it is written");
}
