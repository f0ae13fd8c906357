//! A client trait as one that is recorded, method by method.

use super::Service;

/// A client whose calls are recorded, played back or mocked: what [`recorded!`](crate::recorded) implements traits for.
/// There is a real client in modes that ask it.
#[derive(Clone, Debug)]
pub struct Recorded<C> {
    service: Service,
    real: Option<C>,
}

impl<C> Recorded<C> {
    /// A client of this service.
    #[must_use]
    pub fn new(service: Service, real: Option<C>) -> Self {
        Self { service, real }
    }

    /// The service.
    #[must_use]
    pub fn service(&self) -> &Service {
        &self.service
    }

    /// The real client, in modes that ask it.
    #[must_use]
    pub fn real(&self) -> Option<&C> {
        self.real.as_ref()
    }

    /// The real client.
    ///
    /// # Panics
    ///
    /// In modes that do not ask it.
    #[doc(hidden)]
    pub fn __real(&self) -> &C {
        self.real.as_ref().expect("a mode that asks the service has a client")
    }
}

/// Implements a client's trait for [`Recorded`], so that every method is an operation of a service: its name is the
/// method's, its request an object of the arguments, its response what `Ok` holds.
///
/// Arguments are `Serialize`, what `Ok` holds is `Serialize` and `Deserialize`, and errors are `Display`. What comes where
/// the service itself did not answer is a [`Failure`](crate::provider::Failure), which the closure turns into the trait's
/// error. Methods are `fn` or `async fn` with `&self`.
///
/// ```
/// use tracesnap_record::{Mode, ServiceProvider, recorded};
///
/// trait Accounts {
///     fn balance(&self, customer: u64) -> Result<i64, String>;
/// }
///
/// struct Database;
///
/// impl Accounts for Database {
///     fn balance(&self, customer: u64) -> Result<i64, String> {
///         Ok(customer as i64 * 100)
///     }
/// }
///
/// recorded! {
///     impl Accounts, else |failure| failure.to_string();
///     fn balance(&self, customer: u64) -> Result<i64, String>;
/// }
///
/// # let dir = tempfile::tempdir()?;
/// let provider = ServiceProvider::builder().dir(dir.path()).session("doc").mode(Mode::Record).build()?;
/// let accounts = provider.client("accounts", || Ok::<_, String>(Database))?;
/// assert_eq!(accounts.balance(7), Ok(700));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[macro_export]
macro_rules! recorded {
    (impl $name:path, else |$failure:ident| $error:expr; $($methods:tt)*) => {
        impl<C: $name> $name for $crate::provider::Recorded<C> {
            $crate::__recorded_methods! { ($name) ($failure) ($error) $($methods)* }
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __recorded_methods {
    ($name:tt $failure:tt $error:tt) => {};
    (
        ($name:path) ($failure:ident) ($error:expr)
        fn $method:ident(&self $(, $argument:ident : $of:ty)* $(,)?) -> Result<$ok:ty, $err:ty>;
        $($rest:tt)*
    ) => {
        fn $method(&self $(, $argument: $of)*) -> Result<$ok, $err> {
            let request = $crate::__private::Arguments($crate::__recorded_arguments!($($argument)*));
            let step = self.service().begin(stringify!($method), &request);
            let called = self.service().__resolve(stringify!($method), step, || {
                <C as $name>::$method(self.__real() $(, $argument)*)
            });
            $crate::__private::flatten(called, |$failure| $error)
        }
        $crate::__recorded_methods! { ($name) ($failure) ($error) $($rest)* }
    };
    (
        ($name:path) ($failure:ident) ($error:expr)
        async fn $method:ident(&self $(, $argument:ident : $of:ty)* $(,)?) -> Result<$ok:ty, $err:ty>;
        $($rest:tt)*
    ) => {
        async fn $method(&self $(, $argument: $of)*) -> Result<$ok, $err> {
            let request = $crate::__private::Arguments($crate::__recorded_arguments!($($argument)*));
            let step = self.service().begin(stringify!($method), &request);
            let called = self.service().__resolve_async(stringify!($method), step, || {
                <C as $name>::$method(self.__real() $(, $argument)*)
            });
            let called = called.await;
            $crate::__private::flatten(called, |$failure| $error)
        }
        $crate::__recorded_methods! { ($name) ($failure) ($error) $($rest)* }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __recorded_arguments {
    () => { () };
    ($first:ident $($rest:ident)*) => {
        $crate::__private::Argument(stringify!($first), &$first, $crate::__recorded_arguments!($($rest)*))
    };
}
