//! What speaks for and against each pattern: findings with names, that a model weighs, and reasons, that people read.
//!
//! One file a pattern. A finding is mostly there or not; what is a share says so.

mod authenticating;
mod paging;
mod searching;
mod storing;
mod uploading;

use tracesnap_openapi::Document;

use super::Pattern;
use super::facts::{self, Facts, FieldPlace};
use super::library::Library;
use super::verbs::Class;
use super::words::Text;

/// Something that speaks for or against a pattern.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Finding {
    /// The name by which a model knows it, as in `tail.action`.
    pub name: &'static str,
    /// 1 for what is there, 3 for a verdict of rules, else a share from 0 to 1.
    pub value: f64,
    /// What a reader is told; empty for what tells nothing by itself.
    pub reason: String,
}

/// All that was found of an operation.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Evidence {
    /// The method, as in `GET`.
    pub method: String,
    /// The path template.
    pub path: String,
    /// `operationId`.
    pub operation_id: Option<String>,
    pub(super) named: Text,
    findings: [Vec<Finding>; 5],
}

impl Evidence {
    /// What was found for and against a pattern.
    #[must_use]
    pub fn findings(&self, pattern: Pattern) -> &[Finding] {
        let at = Pattern::ALL.iter().position(|known| *known == pattern).unwrap_or_default();
        &self.findings[at]
    }
}

/// The value of a verdict.
const VERDICT: f64 = 3.0;

/// Where findings are noted.
#[derive(Debug, Default)]
struct Sheet(Vec<Finding>);

impl Sheet {
    /// Notes something that says nothing to a reader.
    fn note(&mut self, name: &'static str, is_there: bool) {
        if is_there {
            self.0.push(Finding { name, value: 1.0, reason: String::new() });
        }
    }

    /// Notes what the definition says, as far as rules can tell. It counts for more than single findings do: a ridge
    /// holds large values less.
    fn verdict(&mut self, name: &'static str, is_so: bool) {
        if is_so {
            self.0.push(Finding { name, value: VERDICT, reason: String::new() });
        }
    }

    fn share(&mut self, name: &'static str, value: f64) {
        if value > 0.0 {
            self.0.push(Finding { name, value, reason: String::new() });
        }
    }

    fn say(&mut self, name: &'static str, is_there: bool, reason: impl Into<String>) {
        if is_there {
            self.0.push(Finding { name, value: 1.0, reason: reason.into() });
        }
    }

    /// Notes a word that was found, with a reason that holds it.
    fn word(&mut self, name: &'static str, found: Option<String>, reason: impl FnOnce(&str) -> String) {
        if let Some(found) = found {
            self.0.push(Finding { name, value: 1.0, reason: reason(&found) });
        }
    }
}

/// What several patterns ask for.
struct Seen<'f, 'd> {
    facts: &'f Facts<'d>,
    library: &'f Library,
    auth: Auth,
    /// By the rules, it is authentication.
    auth_rule: bool,
    upload_step: Option<String>,
    search_only: bool,
    /// Of all operations of the document, how many are named after signing in.
    auth_share: f64,
    /// How many belong to a collection with items.
    store_share: f64,
    /// Texts of the document say so everywhere, so it says nothing here.
    text_is_common: bool,
}

#[derive(Clone, Debug, Default)]
struct Auth {
    /// A strong word at the end of the path, in the name, in the summary.
    tail: Option<String>,
    path: Option<String>,
    id: Option<String>,
    summary: Option<String>,
    unlike: Option<String>,
}

impl Auth {
    fn named(&self) -> Option<&String> {
        self.tail.as_ref().or(self.id.as_ref()).or(self.summary.as_ref())
    }
}

/// The evidence of all operations of a document, in its order.
pub(super) fn gather(document: &Document, library: &Library) -> Vec<Evidence> {
    let all = facts::of_document(document, library);
    #[expect(clippy::cast_precision_loss, reason = "a share")]
    let share = |count: usize| count as f64 / all.len().max(1) as f64;
    let auth_share = share(all.iter().filter(|facts| authenticating::words(facts, library).named().is_some()).count());
    let store_share = share(all.iter().filter(|facts| facts.beside.has_items || facts.beside.has_collection).count());
    let texts = library.auth.list("text");
    let text_share = share(all.iter().filter(|facts| facts.description.first(texts).is_some()).count());
    all.iter()
        .map(|facts| {
            let mut seen = Seen {
                facts,
                library,
                auth: authenticating::words(facts, library),
                auth_rule: false,
                upload_step: uploading::step(facts, library),
                search_only: searching::is_only_search(facts, library),
                auth_share,
                store_share,
                text_is_common: text_share > auth_share + 0.3,
            };
            let authenticating = authenticating::findings(&seen);
            seen.auth_rule = authenticating.iter().any(|finding| finding.name.starts_with("rule"));
            let operation = facts.operation;
            let named = format!("{} {} {}", facts.path.as_str(), facts.id.as_str(), facts.summary.as_str());
            Evidence {
                method: operation.method().to_owned(),
                path: operation.path().to_owned(),
                operation_id: operation.id().map(str::to_owned),
                named: Text::of(&named),
                findings: [
                    storing::findings(&seen),
                    authenticating,
                    paging::findings(&seen),
                    searching::findings(&seen),
                    uploading::findings(&seen),
                ],
            }
        })
        .collect()
}

impl Seen<'_, '_> {
    /// Whether the operation is called after a verb of that class: by its path, else by its name.
    fn does(&self, class: Class) -> bool {
        let of = |verb: &Option<super::verbs::Verb>| verb.as_ref().is_some_and(|verb| verb.class == class);
        let tail = !self.facts.ends_with_param && of(&self.facts.tail_verb);
        tail || of(&self.facts.id_verb) || self.facts.operation.id().is_none() && of(&self.facts.summary_verb)
    }

    /// The verb that the path ends with.
    fn tail_verb(&self) -> Option<&super::verbs::Verb> {
        self.facts.tail_verb.as_ref().filter(|_| !self.facts.ends_with_param)
    }

    fn has_field(&self, phrases: &[Text], places: &[FieldPlace]) -> Option<String> {
        let mut fields = self.facts.request().filter(|field| places.contains(&field.place));
        fields.find(|field| field.words.whole(phrases).is_some()).map(|field| field.name.clone())
    }
}
