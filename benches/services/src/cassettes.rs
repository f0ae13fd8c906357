//! Recordings of any size: each library writes one interaction itself, which is multiplied.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::service::id;

/// Of JSON: the elements of the list that stands under `name`. `number` puts the number in.
pub fn multiply_json(from: &Path, to: &Path, name: &str, n: usize, number: impl Fn(&mut Value, usize)) -> Result<()> {
    let mut file: Value = serde_json::from_slice(&fs::read(from)?)?;
    let one = file[name][0].to_string();
    let all = (0..n).map(|n| {
        let mut value: Value = serde_json::from_str(&one.replace(&id(0), &id(n)))?;
        number(&mut value, n);
        Ok(value)
    });
    file[name] = Value::Array(all.collect::<Result<_>>()?);
    Ok(fs::write(to, serde_json::to_vec(&file)?)?)
}

/// Of TOML: the tables of `[[interactions]]`, which are last.
pub fn multiply_toml(from: &Path, to: &Path, n: usize) -> Result<()> {
    let text = fs::read_to_string(from)?;
    let at = text.find("[[interactions]]").context("there are no interactions")?;
    let (head, one) = text.split_at(at);
    let mut whole = head.to_owned();
    for n in 0..n {
        whole.push_str(&one.replace(&id(0), &id(n)));
        whole.push('\n');
    }
    Ok(fs::write(to, whole)?)
}

/// Of YAML: what stands behind `interactions:`, up to the next line that is not within.
pub fn multiply_yaml(from: &Path, to: &Path, n: usize) -> Result<()> {
    let text = fs::read_to_string(from)?;
    let (head, rest) = text.split_once("interactions:\n").context("there are no interactions")?;
    let within: usize = rest.split_inclusive('\n').take_while(|line| line.starts_with([' ', '-'])).map(str::len).sum();
    let (one, tail) = rest.split_at(within);
    let mut whole = format!("{head}interactions:\n");
    for n in 0..n {
        whole.push_str(&one.replace(&id(0), &id(n)));
    }
    whole.push_str(tail);
    Ok(fs::write(to, whole)?)
}
