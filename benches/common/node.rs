//! A recorded tree reduced to what every recorder can agree on.
//!
//! No times, ids or threads: [`Workload::expected`](super::workload::Workload::expected) writes it down from the
//! source, and each subject translates its own recording into it.

/// One span: its name, its fields in the order they were given, and the spans inside it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) name: String,
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) children: Vec<Node>,
}

impl Node {
    pub(crate) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    pub(crate) fn field(mut self, name: &str, value: impl ToString) -> Self {
        self.fields.push((name.to_owned(), value.to_string()));
        self
    }

    pub(crate) fn children(mut self, children: impl IntoIterator<Item = Node>) -> Self {
        self.children.extend(children);
        self
    }

    /// This span and all below it.
    pub(crate) fn count(&self) -> u64 {
        1 + self.children.iter().map(Self::count).sum::<u64>()
    }

    /// The same tree as a recorder without fields sees it.
    pub(crate) fn without_fields(&self) -> Self {
        Self {
            name: self.name.clone(),
            fields: Vec::new(),
            children: self.children.iter().map(Self::without_fields).collect(),
        }
    }
}

/// Makes trees of spans that name their parent: `(id, parent, node without children)`, parents anywhere in the list.
///
/// Siblings keep the order of the list, so hand it over in the order in which the spans began.
pub(crate) fn forest<Id: Copy + Eq + std::hash::Hash>(spans: Vec<(Id, Option<Id>, Node)>) -> Vec<Node> {
    use std::collections::HashMap;

    let known: HashMap<Id, usize> = spans.iter().enumerate().map(|(at, (id, ..))| (*id, at)).collect();
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); spans.len()];
    let mut roots = Vec::new();
    for (at, (_, parent, _)) in spans.iter().enumerate() {
        match parent.and_then(|id| known.get(&id)) {
            Some(&parent) => children[parent].push(at),
            None => roots.push(at),
        }
    }
    fn build<Id>(at: usize, spans: &[(Id, Option<Id>, Node)], children: &[Vec<usize>]) -> Node {
        spans[at].2.clone().children(children[at].iter().map(|&child| build(child, spans, children)))
    }
    roots.into_iter().map(|root| build(root, &spans, &children)).collect()
}
