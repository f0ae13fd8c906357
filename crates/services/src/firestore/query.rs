//! What is asked of a collection: filters, order, cursors, limits.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

use super::{Document, FirestoreClient, Value};
use crate::Error;

/// How a field is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
#[expect(missing_docs, reason = "their names say it")]
pub enum Operator {
    LessThan,
    LessThanOrEqual,
    GreaterThan,
    GreaterThanOrEqual,
    Equal,
    NotEqual,
    ArrayContains,
    In,
    ArrayContainsAny,
    NotIn,
}

/// Upwards or downwards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Direction {
    /// Upwards. The default.
    #[default]
    Ascending,
    /// Downwards.
    Descending,
}

/// What must hold of a document.
///
/// ```
/// use tracesnap_services::firestore::{Filter, Operator};
///
/// let hard = Filter::field("level", Operator::GreaterThan, 5);
/// let new = Filter::is_null("finished");
/// let either = Filter::any([hard, new]);
/// # let _ = either;
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Filter(Json);

impl Filter {
    /// A field, compared with a value.
    pub fn field(path: impl Into<String>, operator: Operator, value: impl Into<Value>) -> Self {
        let (path, value): (String, Value) = (path.into(), value.into());
        Self(json!({"fieldFilter": {"field": {"fieldPath": path}, "op": operator, "value": value}}))
    }

    fn unary(path: impl Into<String>, operator: &str) -> Self {
        let path: String = path.into();
        Self(json!({"unaryFilter": {"op": operator, "field": {"fieldPath": path}}}))
    }

    /// It is there, and null.
    pub fn is_null(path: impl Into<String>) -> Self {
        Self::unary(path, "IS_NULL")
    }

    /// It is there, and not null.
    pub fn is_not_null(path: impl Into<String>) -> Self {
        Self::unary(path, "IS_NOT_NULL")
    }

    /// It is a number that is none.
    pub fn is_nan(path: impl Into<String>) -> Self {
        Self::unary(path, "IS_NAN")
    }

    /// It is there, and not such a number.
    pub fn is_not_nan(path: impl Into<String>) -> Self {
        Self::unary(path, "IS_NOT_NAN")
    }

    fn composite(operator: &str, filters: impl IntoIterator<Item = Self>) -> Self {
        let filters: Vec<_> = filters.into_iter().map(|filter| filter.0).collect();
        Self(json!({"compositeFilter": {"op": operator, "filters": filters}}))
    }

    /// All of these hold.
    pub fn all(filters: impl IntoIterator<Item = Self>) -> Self {
        Self::composite("AND", filters)
    }

    /// One of these holds.
    pub fn any(filters: impl IntoIterator<Item = Self>) -> Self {
        Self::composite("OR", filters)
    }
}

/// What is asked of a collection. Nothing is asked before [`get`](Self::get) is awaited.
///
/// ```no_run
/// # async fn f(campaigns: tracesnap_services::firestore::CollectionRef) -> Result<(), tracesnap_services::Error> {
/// use tracesnap_services::firestore::{Direction, Operator};
///
/// let query = campaigns.filter("level", Operator::GreaterThan, 2);
/// let hardest = query.order_by_direction("level", Direction::Descending).limit(3).get().await?;
/// # let _ = hardest;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is asked before `get` is awaited"]
pub struct Query {
    client: FirestoreClient,
    parent: String,
    collection: String,
    all_descendants: bool,
    filters: Vec<Filter>,
    order: Vec<(String, Direction)>,
    select: Vec<String>,
    start: Option<(Vec<Value>, bool)>,
    end: Option<(Vec<Value>, bool)>,
    offset: Option<u32>,
    limit: Option<u32>,
}

impl Query {
    pub(super) fn new(client: FirestoreClient, parent: String, collection: String) -> Self {
        Self {
            client,
            parent,
            collection,
            all_descendants: false,
            filters: Vec::new(),
            order: Vec::new(),
            select: Vec::new(),
            start: None,
            end: None,
            offset: None,
            limit: None,
        }
    }

    /// This holds, too. Default: everything does.
    pub fn filter(mut self, filter: Filter) -> Self {
        self.filters.push(filter);
        self
    }

    /// This compares, too.
    pub fn and(self, path: impl Into<String>, operator: Operator, value: impl Into<Value>) -> Self {
        self.filter(Filter::field(path, operator, value))
    }

    /// Upwards by this field, then by those that were named before. Default: by names.
    pub fn order_by(self, path: impl Into<String>) -> Self {
        self.order_by_direction(path, Direction::Ascending)
    }

    /// The same in one direction or the other.
    pub fn order_by_direction(mut self, path: impl Into<String>, direction: Direction) -> Self {
        self.order.push((path.into(), direction));
        self
    }

    /// Only these fields. Default: all.
    pub fn select(mut self, paths: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.select = paths.into_iter().map(Into::into).collect();
        self
    }

    /// From where the fields of the order have these values.
    pub fn start_at(mut self, values: impl IntoIterator<Item = impl Into<Value>>) -> Self {
        self.start = Some((values.into_iter().map(Into::into).collect(), true));
        self
    }

    /// From after that.
    pub fn start_after(mut self, values: impl IntoIterator<Item = impl Into<Value>>) -> Self {
        self.start = Some((values.into_iter().map(Into::into).collect(), false));
        self
    }

    /// To where the fields of the order have these values, and with that.
    pub fn end_at(mut self, values: impl IntoIterator<Item = impl Into<Value>>) -> Self {
        self.end = Some((values.into_iter().map(Into::into).collect(), false));
        self
    }

    /// To before that.
    pub fn end_before(mut self, values: impl IntoIterator<Item = impl Into<Value>>) -> Self {
        self.end = Some((values.into_iter().map(Into::into).collect(), true));
        self
    }

    /// Without the first ones. Default: 0.
    pub fn offset(mut self, count: u32) -> Self {
        self.offset = Some(count);
        self
    }

    /// At most so many. Default: all.
    pub fn limit(mut self, most: u32) -> Self {
        self.limit = Some(most);
        self
    }

    /// In all collections of this name below, not only in this one. Default: in this one.
    pub fn all_descendants(mut self) -> Self {
        self.all_descendants = true;
        self
    }

    fn structured(&self) -> Json {
        let field = |path: &String| json!({"fieldPath": path});
        let cursor = |(values, before): &(Vec<Value>, bool)| json!({"values": values, "before": before});
        let mut from = json!({"collectionId": self.collection});
        if self.all_descendants {
            from["allDescendants"] = true.into();
        }
        let mut query = Map::new();
        query.insert("from".to_owned(), json!([from]));
        match self.filters.as_slice() {
            [] => {}
            [one] => {
                query.insert("where".to_owned(), one.0.clone());
            }
            many => {
                query.insert("where".to_owned(), Filter::all(many.iter().cloned()).0);
            }
        }
        if !self.order.is_empty() {
            let order =
                self.order.iter().map(|(path, direction)| json!({"field": field(path), "direction": direction}));
            query.insert("orderBy".to_owned(), order.collect());
        }
        if !self.select.is_empty() {
            let fields: Vec<_> = self.select.iter().map(field).collect();
            query.insert("select".to_owned(), json!({"fields": fields}));
        }
        let rest = [
            ("startAt", self.start.as_ref().map(cursor)),
            ("endAt", self.end.as_ref().map(cursor)),
            ("offset", self.offset.map(Json::from)),
            ("limit", self.limit.map(Json::from)),
        ];
        query.extend(rest.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
        Json::Object(query)
    }

    /// The documents, in their order.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub async fn get(&self) -> Result<Vec<Document>, Error> {
        self.get_in(None).await
    }

    pub(super) async fn get_in(&self, transaction: Option<&str>) -> Result<Vec<Document>, Error> {
        /// A part of the answer; some tell only when they were read.
        #[derive(Deserialize)]
        struct Part {
            document: Option<Document>,
        }
        let mut asked = json!({"structuredQuery": self.structured()});
        if let Some(transaction) = transaction {
            asked["transaction"] = transaction.into();
        }
        let parts: Vec<Part> = self.client.act_on("collection.query", &self.parent, "runQuery", &asked).await?;
        Ok(parts.into_iter().filter_map(|part| part.document).collect())
    }

    /// How many there are.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub async fn count(&self) -> Result<u64, Error> {
        #[derive(Deserialize)]
        struct Part {
            result: Option<Counted>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Counted {
            aggregate_fields: super::Fields,
        }
        let asked = json!({"structuredAggregationQuery": {
            "structuredQuery": self.structured(), "aggregations": [{"alias": "count", "count": {}}],
        }});
        let call = self.client.act_on("collection.aggregate", &self.parent, "runAggregationQuery", &asked);
        let parts: Vec<Part> = call.await?;
        let count = parts.iter().find_map(|part| match part.result.as_ref()?.aggregate_fields.get("count")? {
            Value::Integer(count) => u64::try_from(*count).ok(),
            _ => None,
        });
        count.ok_or_else(|| Error::answer("collection.aggregate", "it has no count"))
    }
}
