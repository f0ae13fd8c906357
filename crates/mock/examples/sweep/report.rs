//! Prints what was found.

use std::collections::BTreeMap;
use std::time::Duration;

use tracesnap_mock::generate::invariants::Invariant;

use crate::operation::{Beliefs, Judged};

#[derive(Default)]
pub(crate) struct Report {
    documents: Vec<(String, Judged)>,
    unreadable: Vec<(String, String)>,
}

impl Report {
    pub(crate) fn document(&mut self, name: &str, judged: Judged) {
        self.documents.push((name.to_owned(), judged));
    }

    pub(crate) fn unreadable(&mut self, name: &str, why: &str) {
        self.unreadable.push((name.to_owned(), why.to_owned()));
    }

    pub(crate) fn print(&self, arguments: &[String]) {
        let asks = |flag: &str| arguments.iter().any(|argument| argument == flag);
        println!(
            "{:<26} {:>5} {:>5} {:>5} {:>6} {:>6} {:>6} {:>8}",
            "document", "ops", "answ", "valid", "%", "fill%", "belief", "ms"
        );
        for (name, judged) in &self.documents {
            let (applied, held) = total(&judged.generated);
            println!(
                "{name:<26} {:>5} {:>5} {:>5} {:>6.1} {:>6.1} {:>6.1} {:>8.0}{}",
                judged.operations,
                judged.answered,
                judged.valid,
                share(judged.valid, judged.operations),
                share(judged.filled, judged.optional),
                share(held, applied),
                judged.took.as_secs_f64() * 1e3,
                if judged.gave_up { " gave up" } else { "" },
            );
        }
        for (name, why) in &self.unreadable {
            println!("{name:<26} unreadable: {why}");
        }
        let sum = |of: fn(&Judged) -> usize| self.documents.iter().map(|(_, judged)| of(judged)).sum::<usize>();
        let (operations, answered, valid) = (sum(|j| j.operations), sum(|j| j.answered), sum(|j| j.valid));
        let wholly = self.documents.iter().filter(|(_, judged)| judged.valid == judged.operations).count();
        let all = self.documents.len() + self.unreadable.len();
        println!();
        println!("documents read             {} of {all}", self.documents.len());
        println!(
            "operations                 {operations}, answered {answered} ({:.2} %), valid {valid} ({:.2} %)",
            share(answered, operations),
            share(valid, operations)
        );
        println!("documents wholly valid     {wholly} of {all} ({:.1} %)", share(wholly, all));
        let (others, right) = (sum(|j| j.others), sum(|j| j.others_valid));
        println!("other documented answers   {others}, valid {right} ({:.2} %)", share(right, others));
        let (bodies, examples, bytes) = (sum(|j| j.bodies), sum(|j| j.from_examples), sum(|j| j.bytes));
        println!(
            "bodies                     {bodies}, {examples} of them examples of the documents, {} bytes on average",
            bytes / bodies.max(1)
        );
        println!(
            "optional properties there  {:.1} % of {} (realistic, examples left aside)",
            share(sum(|j| j.filled), sum(|j| j.optional)),
            sum(|j| j.optional)
        );
        self.beliefs();
        self.times();
        if asks("--slow") {
            let mut slow: Vec<_> = self
                .documents
                .iter()
                .flat_map(|(name, judged)| judged.slow.iter().map(move |slow| (name, slow)))
                .collect();
            slow.sort_by_key(|(_, (time, _))| std::cmp::Reverse(*time));
            slow.iter().take(60).for_each(|(name, (time, place))| println!("{:>12}  {name}: {place}", us(*time)));
        }
        self.failures(asks("--failures"));
        if asks("--broken-beliefs") {
            for (name, judged) in &self.documents {
                judged
                    .broken
                    .iter()
                    .for_each(|broken| println!("{name}: {}", broken.chars().take(1_500).collect::<String>()));
            }
        }
    }

    fn beliefs(&self) {
        println!("\n{:<24} {:>9} {:>8} {:>8}   {:>9} {:>8}", "invariant", "generated", "held", "%", "as served", "%");
        let (mut made, mut served) = ((0, 0), (0, 0));
        for (at, invariant) in Invariant::ALL.iter().enumerate() {
            let sum = |of: fn(&Judged) -> &Beliefs| {
                self.documents
                    .iter()
                    .map(|(_, judged)| of(judged)[at])
                    .fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1))
            };
            let (generated, as_served) = (sum(|j| &j.generated), sum(|j| &j.served));
            made = (made.0 + generated.0, made.1 + generated.1);
            served = (served.0 + as_served.0, served.1 + as_served.1);
            row(invariant.as_str(), generated, as_served);
        }
        let echoed = self.documents.iter().fold((0, 0), |all, (_, j)| (all.0 + j.echoed.0, all.1 + j.echoed.1));
        row("id_echoed", (0, 0), echoed);
        let others = self.documents.iter().map(|(_, judged)| judged.other_ids).sum::<usize>();
        println!("    (beside them {others} answers whose id is of another type than the one asked for)");
        row("all", made, (served.0 + echoed.0, served.1 + echoed.1));
    }

    fn times(&self) {
        println!(
            "\n{:<12} {:>8} {:>9} {:>9} {:>9}   bodies up to 10 kB, best of three",
            "quality", "bodies", "P50", "P99", "longest"
        );
        for (at, quality) in ["basic", "realistic", "production"].into_iter().enumerate() {
            let mut times: Vec<Duration> =
                self.documents.iter().flat_map(|(_, judged)| judged.times[at].iter().copied()).collect();
            times.sort_unstable();
            let of = |share: f64| {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    clippy::cast_precision_loss,
                    reason = "a place in a list"
                )]
                let place = (times.len() as f64 * share) as usize;
                times.get(place.min(times.len().saturating_sub(1))).copied().unwrap_or_default()
            };
            println!("{quality:<12} {:>8} {:>9} {:>9} {:>9}", times.len(), us(of(0.5)), us(of(0.99)), us(of(1.0)));
        }
    }

    fn failures(&self, listed: bool) {
        let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
        for (name, judged) in &self.documents {
            for failure in &judged.failures {
                if listed {
                    println!("{name}: {}", failure.chars().take(600).collect::<String>());
                }
                // What it is, without where.
                let kind = failure.splitn(4, ": ").nth(3).or_else(|| failure.split(": ").last()).unwrap_or_default();
                let kind: String =
                    kind.chars().map(|letter| if letter.is_ascii_digit() { '#' } else { letter }).take(90).collect();
                *kinds.entry(format!("{name}: {kind}")).or_default() += 1;
            }
        }
        let mut kinds: Vec<_> = kinds.into_iter().collect();
        kinds.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        println!("\nmost frequent failures");
        for (kind, count) in kinds.iter().take(25) {
            println!("{count:>6}  {kind}");
        }
    }
}

fn row(name: &str, generated: (usize, usize), served: (usize, usize)) {
    println!(
        "{name:<24} {:>9} {:>8} {:>8.2}   {:>9} {:>8.2}",
        generated.0,
        generated.1,
        share(generated.1, generated.0),
        served.0,
        share(served.1, served.0)
    );
}

fn total(beliefs: &Beliefs) -> (usize, usize) {
    beliefs.iter().fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1))
}

#[expect(clippy::cast_precision_loss, reason = "counts")]
fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 100.0 } else { part as f64 / whole as f64 * 100.0 }
}

fn us(time: Duration) -> String {
    format!("{:.1} µs", time.as_secs_f64() * 1e6)
}
