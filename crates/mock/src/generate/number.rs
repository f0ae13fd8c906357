//! Writes the number of one value: by meaning, and always within its bounds.

use serde_json::{Number, Value};

use super::dice::Dice;
use super::entity::Entity;
use super::format::Format;
use super::meaning::Meaning;
use super::plan::Node;
use super::rules::{is_multiple, kinds};

/// Where moments are milliseconds: as seconds, these would be thousands of years away.
const MILLISECONDS: f64 = 1e11;

/// A number for a plan; `None` where none is within its bounds.
pub(super) fn write(node: &Node, meaning: Meaning, entity: &Entity<'_>, seed: u64) -> Option<Value> {
    let whole = node.kinds & kinds::NUMBER == 0;
    let mut dice = Dice::new(seed);
    let mut bounds = Bounds::of(node, whole);
    let example = node.examples.iter().find_map(Value::as_f64);
    let told = (meaning.is_free() || meaning == Meaning::Plain) && example.is_some();
    if told {
        let numbers = || node.examples.iter().filter(|example| example.is_number());
        return numbers().nth(dice.index(numbers().count())).cloned();
    }
    let candidate = entity.number(meaning, seed).map(|number| match meaning {
        Meaning::Time(_) | Meaning::Birth => {
            let thousands = example.is_some_and(|example| example.abs() > MILLISECONDS)
                || bounds.low.is_some_and(|low| low > MILLISECONDS);
            if thousands { number * 1000.0 } else { number }
        }
        // Whole amounts are cents.
        Meaning::Money if whole => (number * 100.0).round(),
        _ if whole => number.round(),
        _ => number,
    });
    if let Some(candidate) = candidate.filter(|candidate| bounds.hold(*candidate)) {
        return value(candidate, whole || candidate.fract() == 0.0 && meaning != Meaning::Money);
    }
    if bounds.low.is_none() && bounds.high.is_none() {
        bounds.low = Some(1.0);
        bounds.high = Some(bounds.multiple.map_or(100.0, |multiple| (multiple * 100.0).max(100.0)));
    }
    let written = bounds.pick(&mut dice)?;
    value(written, whole || written.fract() == 0.0)
}

/// The range of a number, both ends included.
struct Bounds {
    low: Option<f64>,
    high: Option<f64>,
    low_open: bool,
    high_open: bool,
    multiple: Option<f64>,
    whole: bool,
}

impl Bounds {
    fn of(node: &Node, whole: bool) -> Self {
        let plan = &node.number;
        let mut bounds = Self {
            low: plan.low.map(|low| low.at),
            high: plan.high.map(|high| high.at),
            low_open: plan.low.is_some_and(|low| low.open),
            high_open: plan.high.is_some_and(|high| high.open),
            multiple: plan.multiple,
            whole,
        };
        if whole {
            // Open ends are the next whole numbers.
            if let Some(low) = &mut bounds.low {
                *low = if bounds.low_open { low.floor() + 1.0 } else { low.ceil() };
                bounds.low_open = false;
            }
            if let Some(high) = &mut bounds.high {
                *high = if bounds.high_open { high.ceil() - 1.0 } else { high.floor() };
                bounds.high_open = false;
            }
            if node.text.format == Some(Format::Int32) && bounds.high.is_none_or(|high| high > 2_147_483_647.0) {
                bounds.high = Some(2_147_483_647.0);
            }
        }
        bounds
    }

    fn hold(&self, number: f64) -> bool {
        self.low.is_none_or(|low| if self.low_open { number > low } else { number >= low })
            && self.high.is_none_or(|high| if self.high_open { number < high } else { number <= high })
            && self.multiple.is_none_or(|multiple| is_multiple(number, multiple))
            && (!self.whole || number.fract() == 0.0)
    }

    fn pick(&self, dice: &mut Dice) -> Option<f64> {
        let low = self.low.unwrap_or_else(|| self.high.map_or(0.0, |high| high - 100.0));
        let high = self.high.unwrap_or(low + 100.0).min(low + 1e15).max(low.min(self.high.unwrap_or(f64::MAX)));
        if let Some(multiple) = self.multiple {
            let step = if self.whole && multiple.fract() != 0.0 { whole_step(multiple)? } else { multiple };
            // From the first one within on.
            let high = if self.high.is_none() { low + step * 100.0 } else { high };
            let first = (low / step).ceil();
            let last = (high / step).floor();
            let count = (last - first).clamp(0.0, 1e6);
            let offset = (dice.unit() * (count + 1.0)).floor().min(count);
            let decimals = decimals(step);
            for at in [offset, 0.0, 1.0, count, count - 1.0] {
                let number = format!("{:.decimals$}", (first + at) * step).parse::<f64>().ok()?;
                if self.hold(number) {
                    return Some(number);
                }
            }
            return None;
        }
        if self.whole {
            let number = (low + (dice.unit() * (high - low + 1.0)).floor()).min(high).ceil();
            return [number, low.ceil(), high.floor()].into_iter().find(|number| self.hold(*number));
        }
        let number = low + dice.unit() * (high - low);
        // Two digits, where the range is wide enough for them.
        let short = (number * 100.0).round() / 100.0;
        [short, number, f64::midpoint(low, high), low, high].into_iter().find(|number| self.hold(*number))
    }
}

/// A whole number that is a multiple of a fraction.
fn whole_step(multiple: f64) -> Option<f64> {
    (1..=1_000).map(|times| multiple * f64::from(times)).find(|step| (step - step.round()).abs() < 1e-9).map(f64::round)
}

/// Digits after the point, as the number is written.
fn decimals(number: f64) -> usize {
    let text = number.to_string();
    text.split_once('.').map_or(0, |(_, digits)| digits.len()).min(17)
}

pub(super) fn value(number: f64, whole: bool) -> Option<Value> {
    if whole && number.fract() == 0.0 && number.abs() < 1.8e19 {
        #[expect(clippy::cast_possible_truncation, reason = "it is whole, and within the range")]
        let wide = number as i128;
        if let Ok(number) = i64::try_from(wide) {
            return Some(Value::from(number));
        }
        return u64::try_from(wide).ok().map(Value::from);
    }
    Number::from_f64(number).map(Value::Number)
}
