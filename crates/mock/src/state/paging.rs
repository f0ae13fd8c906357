//! Which parameters of a list say what part of it is wanted, and what an answer says of where one is.

use serde_json::{Map, Value};
use tracesnap_openapi::{Location, Operation, Parameter, Schema};

use super::names::key;
use crate::validate::Answers;

/// What a parameter of a list means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Use {
    /// How many at most.
    Size,
    /// Which page.
    Page,
    /// How many to leave out.
    Offset,
    /// Where the last part ended, as that said.
    Cursor,
    /// The id after which it goes on.
    After,
    /// The id before which it ends.
    Before,
    /// By which property items are sorted.
    Sort,
    /// Up or down.
    Order,
    /// Words that must appear.
    Search,
    /// How answers look, not what is in them.
    Form,
}

/// The parameters of a list by their meaning.
#[derive(Clone, Debug, Default)]
pub(crate) struct Paging {
    uses: Vec<(String, Use)>,
    /// The number of the first page.
    pub(crate) first: u64,
    /// Items of a part where the request does not say.
    pub(crate) size: Option<u64>,
}

/// Names by meaning, run together in small letters.
const NAMES: [(Use, &[&str]); 10] = [
    (
        Use::Size,
        &[
            "limit",
            "perpage",
            "pagesize",
            "size",
            "maxresults",
            "max",
            "top",
            "first",
            "take",
            "rows",
            "maxitems",
            "resultsperpage",
            "itemsperpage",
            "pagelimit",
            "count",
            "num",
            "maxpagesize",
            "pagecount",
        ],
    ),
    (Use::Page, &["page", "pagenumber", "pageno", "pagenum", "pageindex", "currentpage", "p"]),
    (Use::Offset, &["offset", "skip", "start", "startindex", "startat", "firstresult", "pageoffset", "from"]),
    (
        Use::Cursor,
        &[
            "cursor",
            "pagetoken",
            "nexttoken",
            "nextcursor",
            "nextpagetoken",
            "continuationtoken",
            "continuation",
            "marker",
            "aftercursor",
            "scrollid",
            "startcursor",
            "paginationtoken",
            "bookmark",
            "pagecursor",
            "pageafter",
        ],
    ),
    (Use::After, &["startingafter", "afterid", "sinceid", "after", "lastid", "startafter"]),
    (Use::Before, &["endingbefore", "beforeid", "maxid", "before", "endbefore"]),
    (Use::Sort, &["sort", "sortby", "orderby", "ordering", "sortfield", "sortcolumn", "sortkey"]),
    (Use::Order, &["order", "direction", "sortorder", "sortdir", "sortdirection", "dir", "orderdirection", "sorttype"]),
    (
        Use::Search,
        &[
            "q",
            "query",
            "search",
            "keyword",
            "keywords",
            "term",
            "text",
            "searchterm",
            "searchquery",
            "searchtext",
            "s",
        ],
    ),
    (
        Use::Form,
        &[
            "fields", "include", "expand", "embed", "select", "format", "locale", "lang", "language", "exclude",
            "view", "pretty",
        ],
    ),
];

impl Paging {
    pub(crate) fn of(operation: Operation<'_>) -> Self {
        let mut paging = Self { first: 1, ..Self::default() };
        for parameter in operation.parameters().iter().filter(|one| one.location() == Location::Query) {
            let Some(use_) = meaning(parameter.name(), parameter.schema()) else { continue };
            let default = number_of(parameter, "default");
            match use_ {
                Use::Size => paging.size = default.filter(|size| *size > 0),
                Use::Page if default == Some(0) || number_of(parameter, "minimum") == Some(0) => paging.first = 0,
                Use::Page if default.is_none() && key(parameter.name()) == "pageindex" => paging.first = 0,
                _ => {}
            }
            paging.uses.push((parameter.name().to_owned(), use_));
        }
        paging
    }

    /// Parameters that are named beforehand, where no operation of a document has them.
    #[cfg(feature = "graphql")]
    pub(crate) fn named(uses: Vec<(String, Use)>) -> Self {
        Self { uses, ..Self::default() }
    }

    /// What a parameter means, if it is none that items are filtered by.
    pub(crate) fn meaning(&self, name: &str) -> Option<Use> {
        self.uses.iter().find(|(known, _)| known == name).map(|(_, use_)| *use_)
    }

    /// The name of the parameter with that meaning.
    pub(crate) fn name_of(&self, use_: Use) -> Option<&str> {
        self.uses.iter().find(|(_, known)| *known == use_).map(|(name, _)| name.as_str())
    }

    pub(crate) fn value<'q>(&self, query: &'q Map<String, Value>, use_: Use) -> Option<&'q Value> {
        let mut names = self.uses.iter().filter(|(_, known)| *known == use_).map(|(name, _)| name);
        names.find_map(|name| query.get(name))
    }

    /// Whether a list is handed out in parts.
    pub(crate) fn is_any(&self) -> bool {
        let pages = [Use::Size, Use::Page, Use::Offset, Use::Cursor, Use::After];
        self.uses.iter().any(|(_, use_)| pages.contains(use_))
    }
}

fn meaning(name: &str, schema: Option<Schema<'_>>) -> Option<Use> {
    let types = schema.map(Schema::known_types).unwrap_or_default();
    let is_number = types.contains("integer") || types.contains("number");
    let name = key(name);
    let (use_, _) = NAMES.iter().find(|(_, names)| names.contains(&name.as_str()))?;
    let is_choice = schema.is_some_and(|schema| !schema.allowed_values().is_empty());
    match use_ {
        // Otherwise they are dates, places, flags.
        Use::Size | Use::Offset => is_number.then_some(*use_),
        Use::Page => (is_number || types.is_any()).then_some(*use_).or(Some(Use::Cursor)),
        Use::After | Use::Before => {
            let is_date = schema.and_then(Schema::format).is_some_and(|format| format.starts_with("date"));
            (!is_date).then_some(*use_)
        }
        Use::Search => (!is_number && !is_choice).then_some(*use_),
        // `order=price` names a property.
        Use::Order if !is_choice && name == "order" => Some(Use::Sort),
        _ => Some(*use_),
    }
}

fn number_of(parameter: &Parameter<'_>, keyword: &str) -> Option<u64> {
    parameter.schema()?.node().get(keyword)?.value().as_u64()
}

/// The part of a list that is answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Page {
    /// Where it begins.
    pub(crate) from: u64,
    /// How many there may be in it.
    pub(crate) size: u64,
    /// How many there are in it.
    pub(crate) held: u64,
    /// How many there are in all.
    pub(crate) total: u64,
    /// The number of the first page.
    pub(crate) first: u64,
    /// The id of its last item.
    pub(crate) last_id: Option<String>,
    /// Where the next, previous, first and last part are.
    pub(crate) next: Option<String>,
    pub(crate) previous: Option<String>,
    pub(crate) first_link: Option<String>,
    pub(crate) last_link: Option<String>,
    pub(crate) own: Option<String>,
}

impl Page {
    fn pages(&self) -> u64 {
        self.total.div_ceil(self.size.max(1))
    }

    fn number(&self) -> u64 {
        self.from / self.size.max(1) + self.first
    }

    pub(crate) fn has_more(&self) -> bool {
        self.from + self.held < self.total
    }

    pub(crate) fn next_from(&self) -> u64 {
        self.from + self.held
    }

    /// What a property of an answer's envelope says of this part, best first. An empty list: it must not be there.
    fn says(&self, name: &str, siblings: &[String]) -> Option<Vec<Value>> {
        let cursor = |from: Option<u64>| match from {
            Some(from) => vec![Value::from(cursor(from)), Value::from(from)],
            None => vec![Value::Null],
        };
        let link = |link: &Option<String>, number: Option<u64>| match (link, number) {
            (Some(link), Some(number)) => vec![Value::from(link.as_str()), Value::from(number)],
            _ => vec![Value::Null],
        };
        let next = self.has_more().then(|| self.next_from());
        let before = (self.from > 0).then(|| self.from.saturating_sub(self.size));
        let has = |word: &str| siblings.iter().any(|name| name.contains(word));
        Some(match name {
            "total" | "totalcount" | "totalitems" | "totalelements" | "totalresults" | "totalrecords" | "totalsize"
            | "totalhits" | "numfound" | "resultcount" | "totalrows" => {
                vec![self.total.into(), self.total.to_string().into()]
            }
            "count" | "itemcount" if !has("total") && (has("next") || has("prev") || has("result")) => {
                vec![self.total.into()]
            }
            "count" | "itemcount" | "numberofelements" | "returned" | "pagecount" if has("total") => match name {
                "pagecount" => vec![self.pages().into()],
                _ => vec![self.held.into()],
            },
            "count" | "numberofelements" | "returned" => vec![self.held.into()],
            "perpage" | "pagesize" | "limit" | "size" | "itemsperpage" | "maxresults" | "pagelimit" => {
                vec![self.size.into()]
            }
            "page" | "currentpage" | "pagenumber" | "number" | "pageindex" => vec![self.number().into()],
            "offset" | "skip" | "startindex" | "startat" => vec![self.from.into()],
            "from" | "start" => vec![self.from.into()],
            "totalpages" | "pagecount" | "pages" | "pagetotal" | "numpages" => vec![self.pages().into()],
            "lastpage" => vec![(self.pages().max(1) - 1 + self.first).into()],
            "hasmore" | "hasnext" | "hasnextpage" | "more" | "nextpageexists" | "istruncated" | "truncated" => {
                vec![self.has_more().into()]
            }
            "hasprevious" | "hasprev" | "haspreviouspage" | "hasprevpage" => vec![(self.from > 0).into()],
            "islast" | "islastpage" => vec![(!self.has_more()).into()],
            "last" => vec![(!self.has_more()).into(), self.last_link.clone().into()],
            "first" | "firstpageurl" => vec![(self.from == 0).into(), self.first_link.clone().into()],
            "isfirst" => vec![(self.from == 0).into()],
            "empty" => vec![(self.held == 0).into()],
            "next" | "nextpage" | "nextpageurl" | "nexturl" | "nextlink" | "nexthref" | "odatanextlink" => {
                link(&self.next, next.map(|_| self.number() + 1))
            }
            "prev" | "previous" | "prevpage" | "previouspage" | "prevpageurl" | "previousurl" | "prevurl"
            | "previouspageurl" => link(&self.previous, before.map(|_| self.number().saturating_sub(1))),
            "lastpageurl" => vec![self.last_link.clone().into()],
            "self" => vec![self.own.clone().into()],
            "nextcursor" | "nextpagetoken" | "nexttoken" | "cursor" | "after" | "endcursor" | "continuationtoken"
            | "continuation" | "nextmarker" | "pagetoken" | "aftercursor" | "nextpagecursor" => cursor(next),
            "prevcursor" | "previouscursor" | "previouspagetoken" | "before" | "startcursor" | "prevtoken" => {
                cursor(before)
            }
            "lastid" => vec![self.last_id.clone().into()],
            _ => return None,
        })
    }
}

/// Text that stands for a place in a list.
pub(crate) fn cursor(from: u64) -> String {
    format!("mock-{from}")
}

/// The place that a cursor stands for; the beginning for what is none of ours.
pub(crate) fn place_of(cursor: &Value) -> u64 {
    match cursor {
        Value::String(text) => text.strip_prefix("mock-").and_then(|rest| rest.parse().ok()).unwrap_or(0),
        Value::Number(number) => number.as_u64().unwrap_or(0),
        _ => 0,
    }
}

/// Objects in which documents put what is said of a part.
const INNER: [&str; 14] = [
    "meta",
    "metadata",
    "pagination",
    "paging",
    "page",
    "pageinfo",
    "link",
    "links",
    "cursor",
    "cursors",
    "responsemetadata",
    "info",
    "paginator",
    "paginationinfo",
];

/// Objects within each other that are looked into.
const MAX_DEPTH: usize = 4;

/// Says in an envelope which part it holds. `path` leads to the list, which is left as it is.
pub(crate) fn tell(envelope: &mut Value, schema: Schema<'_>, path: &[&str], page: &Page, answers: &Answers) {
    fill(envelope, schema, path, page, answers, 0);
}

fn fill(value: &mut Value, schema: Schema<'_>, path: &[&str], page: &Page, answers: &Answers, depth: usize) {
    let Value::Object(members) = value else { return };
    let required = schema.required();
    let properties = schema.possible_properties();
    let siblings: Vec<String> = properties.iter().map(|(name, _)| key(name)).collect();
    for (name, property) in properties {
        if path.first() == Some(&name) {
            if path.len() > 1
                && let Some(inner) = members.get_mut(name)
            {
                fill(inner, property, &path[1..], page, answers, depth + 1);
            }
            continue;
        }
        let word = key(name);
        let is_object = property.known_types().contains("object");
        let is_link =
            is_object && property.possible_properties().iter().any(|(name, _)| matches!(*name, "href" | "url"));
        if is_link {
            link(members, name, property, page, &word, &siblings, answers, required.contains(&name));
            continue;
        }
        if is_object && INNER.contains(&word.as_str()) && depth < MAX_DEPTH {
            if let Some(inner) = members.get_mut(name) {
                fill(inner, property, &[], page, answers, depth + 1);
            }
            continue;
        }
        let Some(said) = page.says(&word, &siblings) else { continue };
        match said.into_iter().find(|value| answers.check(property, value).is_ok()) {
            Some(value) => {
                members.insert(name.to_owned(), value);
            }
            // What has no next part says nothing of it, where it may.
            None if !required.contains(&name) => {
                members.shift_remove(name);
            }
            None => {
                let empty = Value::from("");
                if answers.check(property, &empty).is_ok() {
                    members.insert(name.to_owned(), empty);
                }
            }
        }
    }
}

/// `next: {href: …}`.
#[expect(clippy::too_many_arguments, reason = "what a walk carries along, and nobody else calls it")]
fn link(
    members: &mut Map<String, Value>,
    name: &str,
    property: Schema<'_>,
    page: &Page,
    word: &str,
    siblings: &[String],
    answers: &Answers,
    required: bool,
) {
    let Some(said) = page.says(word, siblings) else { return };
    let url = said.into_iter().find(Value::is_string);
    match (url, members.get_mut(name)) {
        (Some(url), Some(Value::Object(inner))) => {
            for field in ["href", "url"] {
                if let Some(schema) = property.possible_properties().into_iter().find(|(known, _)| *known == field)
                    && answers.check(schema.1, &url).is_ok()
                {
                    inner.insert(field.to_owned(), url.clone());
                }
            }
        }
        (None, Some(_)) if !required => {
            members.shift_remove(name);
        }
        _ => {}
    }
}
