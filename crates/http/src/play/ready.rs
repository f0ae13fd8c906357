//! Responses that are made ready before anybody asks for them.
//!
//! What needs a pace, a file or trailers is [sent](super::respond) when it is asked for.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method, Response, StatusCode, Version};
use tracesnap_record::{Interaction, Player};

use super::{Answer, End, Source};
use crate::Body;

/// So many responses are made ready, and so many bytes of their bodies: what is read of a file takes longer than that, and
/// more memory.
const MOST: usize = 16_384;
const MOST_BYTES: usize = 64 << 20;

/// The responses of a recording, by their numbers.
#[derive(Debug)]
pub(crate) struct Ready {
    interactions: Vec<Arc<Interaction>>,
    responses: Vec<Option<Prepared>>,
}

#[derive(Debug)]
struct Prepared {
    /// A response to `HEAD` has another length than it says.
    method: Method,
    status: StatusCode,
    version: Version,
    headers: HeaderMap,
    body: Bytes,
}

impl Ready {
    pub(crate) fn of(player: &Player) -> Self {
        let mut room = MOST_BYTES;
        let interactions: Vec<_> = player.interactions().iter().take(MOST).map(Arc::clone).collect();
        let prepare = |interaction: &Arc<Interaction>| {
            let prepared = Prepared::of(interaction).filter(|prepared| prepared.body.len() <= room)?;
            room -= prepared.body.len();
            Some(prepared)
        };
        let responses = interactions.iter().map(prepare).collect();
        Self { interactions, responses }
    }

    /// The response of an interaction of this recording, to a request of this method.
    pub(crate) fn response(&self, interaction: &Arc<Interaction>, method: &Method) -> Option<Response<Body>> {
        // Numbers are places, unless somebody else wrote the file.
        let at = usize::try_from(interaction.id).ok()?;
        self.interactions.get(at).filter(|found| Arc::ptr_eq(found, interaction))?;
        let prepared = self.responses[at].as_ref().filter(|prepared| prepared.method == *method)?;
        let mut response = Response::new(Body::from(prepared.body.clone()));
        *response.status_mut() = prepared.status;
        *response.version_mut() = prepared.version;
        *response.headers_mut() = prepared.headers.clone();
        Some(response)
    }
}

impl Prepared {
    fn of(interaction: &Interaction) -> Option<Self> {
        let method = interaction.request.get("method")?.as_str()?.parse().ok()?;
        let answer = Answer::played(interaction, &method).ok()?;
        let is_simple = answer.parts.len() <= 1 && answer.trailers.is_none() && answer.end == End::Whole;
        let Source::Bytes(body) = answer.body else { return None };
        let Answer { status, version, headers, .. } = answer;
        // The first copy makes what is shared; those that are sent then share it.
        drop((headers.clone(), body.clone()));
        is_simple.then_some(Self { method, status, version, headers, body })
    }
}
