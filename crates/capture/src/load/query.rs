//! Asks for captures of a function, and makes its arguments of them.

use std::any::Any;
use std::fmt;
use std::marker::PhantomData;

use serde_json::{Map, Value};

use super::arguments::{FromDocument, Supplied};
use super::loader::object;
use super::{Capture, Criteria, FromArgs, Function, Mismatch};
use crate::document::{Document, Outcome};
use crate::{Error, Migration, distinct};

/// A capture with the arguments of its function.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Case<A> {
    /// The arguments, owned.
    pub args: A,
    /// What else the capture holds.
    pub document: Document,
    /// What is different in the function's signature since then, though the arguments could be made.
    pub mismatch: Option<Mismatch>,
}

impl<A> Case<A> {
    /// How the call ended, if that was recorded.
    #[must_use]
    pub fn outcome(&self) -> Option<&Outcome> {
        self.document.outcome.as_ref()
    }

    /// A name for a test of it that stays the same as long as the capture does: `returned_0193a5c0`.
    #[must_use]
    pub fn test_name(&self) -> String {
        crate::testing::name_of(&self.document)
    }
}

/// Asks for captures of a function: what `load!` writes.
#[must_use = "a query does nothing until it is asked"]
pub struct Query<A> {
    function: Function<A>,
    index: usize,
    criteria: Criteria,
    supplied: Supplied,
    fallback: Option<Box<dyn FnOnce() -> A>>,
    migration: Option<Migration>,
    placeholders: bool,
    document: Option<Document>,
    args: PhantomData<A>,
}

impl<A> Query<A> {
    pub(crate) fn new(function: Function<A>) -> Self {
        Self {
            function,
            index: 0,
            criteria: Criteria::new(),
            supplied: Supplied::new(),
            fallback: None,
            migration: None,
            placeholders: false,
            document: None,
            args: PhantomData,
        }
    }

    /// The capture with so many newer ones among those that are meant. Default: 0, the latest.
    pub fn index(mut self, index: usize) -> Self {
        self.index = index;
        self
    }

    /// Only captures for which this holds. Default: all.
    pub fn matching(mut self, criteria: Criteria) -> Self {
        self.criteria = criteria;
        self
    }

    /// This document, from wherever it is. Default: one of the store.
    pub fn document(mut self, document: Document) -> Self {
        self.document = Some(document);
        self
    }

    /// Supplies an argument that was not kept, or another value than was: `.with("token", |args| &args.token).value(…)`.
    /// `field` tells its type, and is not called.
    pub fn with<T: 'static>(self, name: &str, field: impl Fn(&A) -> &T) -> Supply<A, T> {
        // The type comes first, so that the value can become what is wanted: a `Box<dyn …>`, say.
        let _ = field;
        Supply { query: self, name: name.into(), ty: PhantomData }
    }

    /// Arguments for where there is no capture. Default: that is an error.
    pub fn or(mut self, fallback: impl FnOnce() -> A + 'static) -> Self {
        self.fallback = Some(Box::new(fallback));
        self
    }

    /// Changes older captures before their arguments are made. Default: they are taken as they are.
    pub fn migrate(mut self, migration: Migration) -> Self {
        self.migration = Some(migration);
        self
    }

    /// Takes what stands in the place of a secret for the secret, where its type allows. Default: it is missing.
    pub fn placeholders(mut self) -> Self {
        self.placeholders = true;
        self
    }

    /// The name of the function.
    pub(crate) fn name(&self) -> String {
        self.function.name()
    }

    /// One document.
    fn find(&mut self) -> Result<Capture, Error> {
        if let Some(document) = self.document.take() {
            return Ok(Capture::of_document(document));
        }
        let loader = self.function.loader()?;
        let name = self.function.name();
        if self.criteria.is_empty() {
            return loader.by_index(&name, self.index);
        }
        let mut found = loader.find(&name, &self.criteria)?;
        let index = self.index;
        found.nth(index).unwrap_or_else(|| {
            let nth = if index == 0 { String::new() } else { format!(" with index {index}") };
            Err(loader.none_of(&name, format!("has `{}`{nth}", self.criteria)))
        })
    }

    fn find_all(&self) -> Result<Vec<Capture>, Error> {
        self.function.loader()?.find(&self.function.name(), &self.criteria)?.collect()
    }

    fn make<'x>(&self, mut document: Document, supplied: Supplied) -> Result<Case<A>, Error>
    where
        A: FromArgs<'x>,
    {
        if let Some(migration) = &self.migration {
            migration.apply(&mut document)?;
        }
        let spec = self.function.spec();
        document.adopt(spec);
        let mismatch = Mismatch::between(&document, spec);
        let mut source = FromDocument {
            document: &document,
            spec,
            supplied,
            mismatch: mismatch.clone(),
            placeholders: self.placeholders,
        };
        let args = A::from_args(&mut source)?;
        super::ArgSource::finish(&mut source)?;
        Ok(Case { args, document, mismatch })
    }

    /// The capture that is meant.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] where there is none and no fallback; [`Error::NotReplayable`], [`Error::Signature`],
    /// [`Error::Argument`] where its arguments cannot be made; otherwise if it cannot be read.
    pub fn one<'x>(mut self) -> Result<Case<A>, Error>
    where
        A: FromArgs<'x>,
    {
        match self.find() {
            Ok(capture) => {
                let supplied = std::mem::take(&mut self.supplied);
                self.make(capture.document, supplied)
            }
            Err(Error::NotFound { .. }) if self.fallback.is_some() => {
                let fallback = self.fallback.take().map(|fallback| fallback());
                let args = fallback.expect("it is there");
                Ok(Case { args, document: Document::empty(self.function.spec(), &self.name()), mismatch: None })
            }
            Err(error) => Err(error),
        }
    }

    /// All captures that are meant, newest first.
    ///
    /// # Errors
    ///
    /// As [`one`](Self::one), if it is so of one of them; an empty list where there are none.
    pub fn all<'x>(self) -> Result<Vec<Case<A>>, Error>
    where
        A: FromArgs<'x>,
    {
        let captures = match self.find_all() {
            Err(Error::NotFound { .. }) => Vec::new(),
            captures => captures?,
        };
        self.make_all(captures)
    }

    /// One capture of each shape and outcome among those that are meant, the latest of each.
    ///
    /// # Errors
    ///
    /// As [`all`](Self::all).
    pub fn distinct<'x>(self) -> Result<Vec<Case<A>>, Error>
    where
        A: FromArgs<'x>,
    {
        let captures = match self.find_all() {
            Err(Error::NotFound { .. }) => Vec::new(),
            captures => captures?,
        };
        self.make_all(distinct::of(captures, |capture| &capture.document))
    }

    fn make_all<'x>(self, captures: Vec<Capture>) -> Result<Vec<Case<A>>, Error>
    where
        A: FromArgs<'x>,
    {
        if let Some(name) = self.supplied.keys().next() {
            return Err(Error::Criteria {
                found: format!("with({name} = …)"),
                expected: "one capture: a value can be supplied once; load them one by one, by `index`",
            });
        }
        captures.into_iter().map(|capture| self.make(capture.document, Supplied::new())).collect()
    }

    /// The arguments of the capture that is meant, as a JSON object. Arguments that were kept back are placeholders.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; otherwise if it cannot be read.
    pub fn json(mut self) -> Result<Map<String, Value>, Error> {
        let mut document = self.find()?.document;
        if let Some(migration) = &self.migration {
            migration.apply(&mut document)?;
        }
        Ok(object(&document))
    }
}

/// An argument that is about to be supplied: [`Query::with`].
#[derive(Debug)]
#[must_use = "an argument is supplied by `value`"]
pub struct Supply<A, T> {
    query: Query<A>,
    name: String,
    ty: PhantomData<fn(T)>,
}

impl<A, T: 'static> Supply<A, T> {
    /// Supplies this value.
    pub fn value(self, value: T) -> Query<A> {
        let Self { mut query, name, .. } = self;
        let value: Box<dyn Any> = Box::new(value);
        query.supplied.insert(name, value);
        query
    }
}

impl<A> fmt::Debug for Query<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Query")
            .field("function", &self.function)
            .field("index", &self.index)
            .field("criteria", &self.criteria)
            .finish_non_exhaustive()
    }
}
