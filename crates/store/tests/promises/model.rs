//! Whatever is done with a store in whatever order, it answers as a list in memory would.

use std::collections::BTreeMap;

use proptest::prelude::*;
use tracesnap_store::{Document, DocumentId, Retention, Store};

use crate::support::{capture, directory};

const NAMES: [&str; 4] = ["a", "A", "shop::pay", "../x"];

#[derive(Clone, Debug)]
enum Op {
    Put(usize, Vec<u8>),
    #[cfg_attr(not(feature = "segments"), allow(dead_code, reason = "there are no segments"))]
    Append(usize, Vec<u8>),
    #[cfg_attr(not(feature = "segments"), allow(dead_code, reason = "there are no segments"))]
    Seal,
    Remove(usize, u64),
    Prune(usize, usize),
    Reopen,
    LoseHead(usize),
}

fn op() -> impl Strategy<Value = Op> {
    let name = 0..NAMES.len();
    let body = prop::collection::vec(any::<u8>(), 0..40);
    prop_oneof![
        6 => (name.clone(), body.clone()).prop_map(|(name, body)| Op::Put(name, body)),
        4 => (name.clone(), body).prop_map(|(name, body)| Op::Append(name, body)),
        2 => Just(Op::Seal),
        3 => (name.clone(), 1..12_u64).prop_map(|(name, number)| Op::Remove(name, number)),
        1 => (name.clone(), 0..6_usize).prop_map(|(name, keep)| Op::Prune(name, keep)),
        1 => Just(Op::Reopen),
        1 => name.prop_map(Op::LoseHead),
    ]
}

/// What was appended to each name and has no number yet.
#[cfg(feature = "segments")]
type Unsealed = BTreeMap<usize, Vec<Vec<u8>>>;

/// Items of a name by number, each with its documents.
#[derive(Default)]
struct Line {
    items: BTreeMap<u64, Vec<Vec<u8>>>,
    next: u64,
}

impl Line {
    fn documents(&self) -> Vec<Vec<u8>> {
        self.items.values().rev().flat_map(|item| item.iter().rev().cloned()).collect()
    }

    fn add(&mut self, documents: Vec<Vec<u8>>) -> u64 {
        self.next += 1;
        self.items.insert(self.next, documents);
        self.next
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn a_store_answers_as_a_list_in_memory_would(ops in prop::collection::vec(op(), 0..60)) {
        let dir = directory();
        let mut store = Store::open(dir.path()).expect("a directory");
        let mut model: [Line; NAMES.len()] = Default::default();
        #[cfg(feature = "segments")]
        let mut writing: Option<(tracesnap_store::SegmentWriter, Unsealed)> = None;
        for op in ops {
            match op {
                Op::Put(name, body) => {
                    let id = store.put(NAMES[name], &body, capture()).expect("it is put");
                    prop_assert_eq!(id, DocumentId::new(NAMES[name], model[name].add(vec![body])));
                }
                #[cfg(feature = "segments")]
                Op::Append(name, body) => {
                    let (writer, pending) = writing.get_or_insert_with(|| {
                        (store.segment_writer(tracesnap_store::SegmentOptions::default()), BTreeMap::new())
                    });
                    writer.append(NAMES[name], &body, capture()).expect("it is taken");
                    pending.entry(name).or_default().push(body);
                }
                #[cfg(feature = "segments")]
                Op::Seal => {
                    if let Some((writer, pending)) = writing.take() {
                        writer.finish().expect("it is sealed");
                        for (name, bodies) in pending {
                            model[name].add(bodies);
                        }
                    }
                }
                #[cfg(not(feature = "segments"))]
                Op::Append(..) | Op::Seal => {}
                Op::Remove(name, number) => {
                    let removed = store.remove(&DocumentId::new(NAMES[name], number)).expect("it can be");
                    prop_assert_eq!(removed, model[name].items.remove(&number).is_some());
                }
                Op::Prune(name, keep) => {
                    let line = &mut model[name];
                    let mut seen = 0;
                    let before = line.items.len();
                    let mut numbers: Vec<_> = line.items.keys().copied().collect();
                    numbers.reverse();
                    for number in numbers {
                        let is_kept = seen < keep;
                        seen += line.items[&number].len();
                        if !is_kept {
                            line.items.remove(&number);
                        }
                    }
                    let pruned = store.prune_to(NAMES[name], Retention::ALL.max_files(keep), false).expect("it is listed");
                    prop_assert_eq!(pruned.removed.len(), before - line.items.len());
                }
                Op::Reopen => store = Store::open(dir.path()).expect("a directory"),
                Op::LoseHead(name) => {
                    // With it goes what numbers were removed at the end.
                    let encoded = ["a", "+a", "shop.pay", "%2e%2e%2fx"][name];
                    if std::fs::remove_file(dir.path().join("documents").join(encoded).join("head")).is_ok() {
                        model[name].next = model[name].items.keys().max().copied().unwrap_or(0);
                    }
                }
            }
            for (name, line) in NAMES.into_iter().zip(&model) {
                let documents = line.documents();
                prop_assert_eq!(store.latest(name).ok().map(Document::into_body), documents.first().cloned());
            }
        }
        let with_documents: Vec<_> =
            NAMES.iter().zip(&model).filter(|(_, line)| !line.items.is_empty()).map(|(name, _)| (*name).to_owned()).collect();
        let mut names = store.names().expect("they are listed");
        names.sort_by_key(|name| NAMES.iter().position(|known| known == name));
        prop_assert_eq!(names, with_documents);
        for (name, line) in NAMES.into_iter().zip(&model) {
            let documents = line.documents();
            let found: Result<Vec<_>, _> = store.all(name).map(|found| found.map(Document::into_body)).collect();
            prop_assert_eq!(found.expect("they are whole"), documents.clone());
            for (index, expected) in documents.iter().enumerate() {
                prop_assert_eq!(store.by_index(name, index).expect("it is there").into_body(), expected.clone());
            }
            prop_assert!(store.by_index(name, documents.len()).is_err());
            prop_assert_eq!(store.ids(name).count(), documents.len());
        }
    }
}
