//! What is known of each operation before anybody calls it, read once and on first use.

use std::sync::{Arc, OnceLock};

use self_cell::self_cell;
use tracesnap_openapi::{Document, Operation, RequestBody, Requirement, Response, Schema, Status};

use super::reply::Reply;
use super::{Key, Place, Reason};
use crate::generate::{Generator, Given, Names};
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
    pub(crate) replies: Vec<Reply<'d>>,
    pub(crate) security: Vec<Requirement<'d>>,
    /// The status of success, and its response.
    pub(crate) success: (u16, Option<usize>),
    /// Of what is made up for a request, as far as all requests have it in common.
    pub(crate) key: Key,
    /// The parameters of its path, taken apart by the first request.
    pub(crate) names: OnceLock<Names>,
    /// Whether its success is a file, or text: nothing that a store of items holds.
    pub(crate) answers_file: bool,
    /// What it asks for and nobody can send, found when somebody fails to.
    impossible: OnceLock<Impossible>,
}

/// Parts of a request whose schemas nothing satisfies: patterns of another dialect, members that are required here and
/// forbidden there.
#[derive(Debug)]
struct Impossible {
    body: bool,
    parameters: Vec<String>,
}

impl<'d> Plan<'d> {
    fn new(operation: Operation<'d>) -> Self {
        let responses = operation.responses();
        let success = success(&responses);
        let replies: Vec<Reply<'d>> = responses.into_iter().map(Reply::new).collect();
        let content =
            success.1.and_then(|at| replies.get(at)).map(|reply| reply.content.as_slice()).unwrap_or_default();
        let answers_file = !content.is_empty() && content.iter().all(|media| !media.is_json || media.is_file);
        let body = operation.body();
        let label = format!("{} {}", operation.method(), operation.path());
        Self {
            operation,
            key: Key::of("request").text(&label),
            label,
            inputs: Inputs::new(operation, body.as_ref()),
            body,
            security: operation.security(),
            success,
            names: OnceLock::new(),
            impossible: OnceLock::new(),
            answers_file,
            replies,
        }
    }

    /// All that it may answer with.
    pub(crate) fn responses(&self) -> impl Iterator<Item = &Response<'d>> {
        self.replies.iter().map(|reply| &reply.response)
    }

    /// The response of success.
    pub(crate) fn success_response(&self) -> Option<&Response<'d>> {
        Some(&self.replies.get(self.success.1?)?.response)
    }

    /// What is said of a status: the code itself, else its range, else `default`.
    pub(crate) fn reply(&self, status: u16) -> Option<&Reply<'d>> {
        let rank = |reply: &Reply<'_>| match reply.response.status() {
            Status::Code(code) => (code == status).then_some(0),
            Status::Range(hundred) => (u16::from(hundred) == status / 100).then_some(1),
            Status::Default => Some(2),
            _ => None,
        };
        let ranked = self.replies.iter().filter_map(|reply| Some((rank(reply)?, reply)));
        ranked.min_by_key(|(rank, _)| *rank).map(|(_, reply)| reply)
    }

    /// The response itself.
    pub(crate) fn response(&self, status: u16) -> Option<&Response<'d>> {
        self.reply(status).map(|reply| &reply.response)
    }

    /// Whether that very status is documented, by itself or by its range.
    pub(crate) fn documents(&self, status: u16) -> bool {
        self.responses().any(|response| match response.status() {
            Status::Code(code) => code == status,
            Status::Range(hundred) => u16::from(hundred) == status / 100,
            _ => false,
        })
    }

    /// Whether a fault of a request is that of the document, since no value would be right.
    pub(crate) fn is_impossible(&self, reason: &Reason, generator: &Generator) -> bool {
        let is_never = |schema: Option<Schema<'d>>| {
            schema.is_some_and(|schema| !generator.generate(schema, &Given::key(0).for_request()).valid)
        };
        let impossible = self.impossible.get_or_init(|| {
            let parameters = self.operation.parameters().into_iter();
            Impossible {
                body: self.body.iter().flat_map(RequestBody::content).any(|media| is_never(media.schema())),
                parameters: parameters
                    .filter(|parameter| is_never(parameter.schema()))
                    .map(|parameter| parameter.name().to_owned())
                    .collect(),
            }
        });
        match reason.place {
            Place::Body => impossible.body,
            _ => impossible.parameters.contains(&reason.name),
        }
    }

    /// The first of these statuses that is documented by itself, else that of success.
    pub(crate) fn prefer(&self, statuses: &[u16]) -> u16 {
        let has = |status: &&u16| self.responses().any(|response| response.status() == Status::Code(**status));
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
