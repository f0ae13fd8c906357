//! A client of hyper-util that is recorded.

use std::sync::Arc;

use http::Request;

use crate::exchange::live::Live;
use crate::{Body, Http, Record};

/// The client of hyper-util that takes our bodies.
pub type HyperClient<C> = hyper_util::client::legacy::Client<C, Body>;

impl Http {
    /// A client of hyper-util that is recorded. It is a service of tower.
    ///
    /// ```no_run
    /// use hyper_util::client::legacy::{Client, connect::HttpConnector};
    /// use hyper_util::rt::TokioExecutor;
    /// # fn http() -> tracesnap_http::Http { unimplemented!() }
    ///
    /// let client = http().hyper(Client::builder(TokioExecutor::new()).build(HttpConnector::new()));
    /// # let _ = client;
    /// ```
    #[must_use]
    pub fn hyper<C>(&self, client: HyperClient<C>) -> Record<HyperClient<C>> {
        tower_layer::Layer::layer(&self.layer(), client)
    }
}

/// A wish to be told of informational responses: put into a request's extensions, since asking for them takes the place of
/// whoever else asked.
#[derive(Clone, Copy, Debug)]
pub struct Informational;

/// Notes responses of before the response, where the request [asks](Informational) for that.
pub(crate) fn note_informational(request: &mut Request<Body>, live: &Arc<Live>) {
    if request.extensions().get::<Informational>().is_some() {
        let live = Arc::clone(live);
        hyper::ext::on_informational(request, move |response| {
            live.informational(response.status(), response.headers().clone());
        });
    }
}
