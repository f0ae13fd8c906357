//! How deep the captured calls of a thread are nested, and which one is around the next.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;
use uuid::Uuid;

/// Where a thread is: inside of so many captured calls, the innermost of which has this id.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Place {
    pub(crate) depth: u32,
    pub(crate) parent: Option<Uuid>,
}

thread_local! {
    static PLACE: Cell<Place> = const { Cell::new(Place { depth: 0, parent: None }) };
}

pub(crate) fn place() -> Place {
    PLACE.try_with(Cell::get).unwrap_or_default()
}

/// Enters a call; what was there comes back.
pub(crate) fn enter(place: Place) -> Place {
    PLACE.try_with(|cell| cell.replace(place)).unwrap_or_default()
}

pin_project! {
    /// The body of an async function, which is inside of its call whenever it is polled.
    #[derive(Debug)]
    pub struct Deep<F> {
        #[pin]
        inner: F,
        inside: Option<Place>,
    }
}

impl<F> Deep<F> {
    pub(crate) fn new(inner: F, inside: Option<Place>) -> Self {
        Self { inner, inside }
    }
}

impl<F: Future> Future for Deep<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let Some(inside) = *this.inside else { return this.inner.poll(context) };
        let _back = Back(enter(inside));
        this.inner.poll(context)
    }
}

/// Goes back where it was, also when the body panics.
struct Back(Place);

impl Drop for Back {
    fn drop(&mut self) {
        enter(self.0);
    }
}
