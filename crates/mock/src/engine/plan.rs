//! What is known of each operation before anybody calls it, read once and on first use.

use std::sync::{Arc, OnceLock};

use self_cell::self_cell;
use tracesnap_openapi::{Document, Operation, RequestBody, Requirement, Response, Status};

use crate::state::Resources;
use crate::validate::requests::Inputs;

/// What a document says of an operation, as it is needed to answer.
#[derive(Debug)]
pub(crate) struct Plan<'d> {
    pub(crate) operation: Operation<'d>,
    /// As in `GET /orders/{id}`.
    pub(crate) label: String,
    pub(crate) inputs: Inputs<'d>,
    pub(crate) body: Option<RequestBody<'d>>,
    pub(crate) responses: Vec<Response<'d>>,
    pub(crate) security: Vec<Requirement<'d>>,
    /// The status of success, and its response.
    pub(crate) success: (u16, Option<usize>),
}

impl<'d> Plan<'d> {
    fn new(operation: Operation<'d>) -> Self {
        let responses = operation.responses();
        let success = success(&responses);
        let body = operation.body();
        Self {
            operation,
            label: format!("{} {}", operation.method(), operation.path()),
            inputs: Inputs::new(operation, body.as_ref()),
            body,
            security: operation.security(),
            success,
            responses,
        }
    }

    /// What is said of a status: the code itself, else its range, else `default`.
    pub(crate) fn response(&self, status: u16) -> Option<&Response<'d>> {
        let rank = |response: &Response<'_>| match response.status() {
            Status::Code(code) => (code == status).then_some(0),
            Status::Range(hundred) => (u16::from(hundred) == status / 100).then_some(1),
            Status::Default => Some(2),
            _ => None,
        };
        let ranked = self.responses.iter().filter_map(|response| Some((rank(response)?, response)));
        ranked.min_by_key(|(rank, _)| *rank).map(|(_, response)| response)
    }

    /// Whether that very status is documented, by itself or by its range.
    pub(crate) fn documents(&self, status: u16) -> bool {
        self.responses.iter().any(|response| match response.status() {
            Status::Code(code) => code == status,
            Status::Range(hundred) => u16::from(hundred) == status / 100,
            _ => false,
        })
    }

    /// Whether its success is a file, or text: nothing that a store of items holds.
    pub(crate) fn answers_file(&self) -> bool {
        let content = self.success.1.and_then(|at| self.responses.get(at)).map(Response::content).unwrap_or_default();
        !content.is_empty()
            && content
                .iter()
                .all(|media| !media.is_json() || media.schema().is_some_and(tracesnap_openapi::Schema::is_file))
    }

    /// The first of these statuses that is documented by itself, else that of success.
    pub(crate) fn prefer(&self, statuses: &[u16]) -> u16 {
        let has = |status: &&u16| self.responses.iter().any(|response| response.status() == Status::Code(**status));
        statuses.iter().find(has).copied().unwrap_or(self.success.0)
    }
}

/// The lowest 2xx, else `2XX`, else `default`, else the lowest redirect. A document that knows failures only gets a 200
/// without a body.
fn success(responses: &[Response<'_>]) -> (u16, Option<usize>) {
    let rank = |status| match status {
        Status::Code(code @ 200..=299) => Some((code, code)),
        Status::Range(2) => Some((300, 200)),
        Status::Default => Some((301, 200)),
        Status::Code(code @ 300..=399) => Some((code + 100, code)),
        Status::Range(3) => Some((500, 302)),
        Status::Code(code @ 100..=199) => Some((code + 500, code)),
        _ => None,
    };
    let ranked = responses.iter().enumerate().filter_map(|(at, response)| Some((rank(response.status())?, at)));
    ranked.min().map_or((200, None), |((_, code), at)| (code, Some(at)))
}

/// Plans of all operations.
pub(crate) struct Table<'d> {
    document: &'d Document,
    plans: Vec<OnceLock<Plan<'d>>>,
    resources: OnceLock<Resources<'d>>,
}

impl<'d> Table<'d> {
    pub(crate) fn document(&self) -> &'d Document {
        self.document
    }

    pub(crate) fn plan(&self, index: usize) -> Option<&Plan<'d>> {
        let plan = self.plans.get(index)?;
        Some(plan.get_or_init(|| match self.document.operation(index) {
            Some(operation) => Plan::new(operation),
            None => unreachable!("there is a place for each operation and no other"),
        }))
    }

    pub(crate) fn resources(&self) -> &Resources<'d> {
        self.resources.get_or_init(|| Resources::of(self.document))
    }
}

self_cell!(
    /// A document and the views of it that are kept.
    pub(crate) struct Plans {
        owner: Arc<Document>,
        #[not_covariant]
        dependent: Table,
    }
);

impl std::fmt::Debug for Plans {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Plans").field("document", &self.borrow_owner().title()).finish_non_exhaustive()
    }
}

impl Plans {
    pub(crate) fn of(document: Arc<Document>) -> Self {
        Self::new(document, |document| Table {
            document,
            plans: (0..document.operations().len()).map(|_| OnceLock::new()).collect(),
            resources: OnceLock::new(),
        })
    }
}
