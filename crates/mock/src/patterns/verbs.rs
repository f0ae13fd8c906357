//! Says what an operation does by the verb it is called after.

use super::library::Library;
use super::words::{Text, words};

/// What a verb does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Class {
    List,
    Read,
    Create,
    Update,
    Delete,
    Action,
    Compute,
    Search,
    Upload,
    Download,
    Auth,
}

impl Class {
    pub(super) const ALL: [Self; 11] = [
        Self::List,
        Self::Read,
        Self::Create,
        Self::Update,
        Self::Delete,
        Self::Action,
        Self::Compute,
        Self::Search,
        Self::Upload,
        Self::Download,
        Self::Auth,
    ];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Read => "read",
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Action => "action",
            Self::Compute => "compute",
            Self::Search => "search",
            Self::Upload => "upload",
            Self::Download => "download",
            Self::Auth => "auth",
        }
    }

    /// Whether a plain store of items could do it.
    pub(super) fn is_store(self) -> bool {
        matches!(self, Self::List | Self::Read | Self::Create | Self::Update | Self::Delete)
    }
}

/// A verb and what it does.
#[derive(Clone, Debug)]
pub(super) struct Verb {
    pub(super) word: String,
    pub(super) class: Class,
}

/// What a single word does; plurals are nouns. Classes of the store are asked last, since others say more.
pub(super) fn of_word(word: &str, library: &Library) -> Option<Verb> {
    const ORDER: [Class; 11] = [
        Class::Auth,
        Class::Upload,
        Class::Search,
        Class::Download,
        Class::List,
        Class::Read,
        Class::Create,
        Class::Update,
        Class::Delete,
        Class::Action,
        Class::Compute,
    ];
    let knows = |class: &&Class| {
        library.verbs.iter().any(|(known, list)| known == *class && list.iter().any(|known| known == word))
    };
    let class = *ORDER.iter().find(knows)?;
    Some(Verb { word: word.to_owned(), class })
}

/// The verb of a segment of a path: `cancel`, `mark-as-read`, `users.list`, `reset_password`.
pub(super) fn of_segment(segment: &str, library: &Library) -> Option<Verb> {
    // `items:batchGet` and `users.list` carry the verb behind the last mark.
    let name = segment.rsplit([':', '.']).next().unwrap_or(segment);
    let words = words(name);
    let first = words.first()?;
    let verb = of_word(first, library);
    match words.as_slice() {
        [_] => verb,
        // `find-by-metadata`, `cancelOrder`, but not `test-results`: there the verb is part of a name.
        [_, .., last] => verb.filter(|verb| verb.class.is_store() || !super::words::is_plural(last) || last == "as"),
        [] => None,
    }
}

/// The verb of an `operationId`, whichever of the usual ways it is written in.
pub(super) fn of_id(id: &str, library: &Library) -> Option<Verb> {
    let last_part = |mark: char| id.rsplit(mark).next().unwrap_or(id);
    let is_camel = id.chars().any(char::is_uppercase);
    let of = |words: &[String], at_end: bool| {
        let word = if at_end { words.last() } else { words.first() };
        word.and_then(|word| of_word(word, library))
    };
    let all = words(id);
    if id.contains('.') || id.contains('/') {
        let part = words(last_part(if id.contains('.') { '.' } else { '/' }));
        return of(&part, false).or_else(|| of(&part, true)).or_else(|| of(&all, false));
    }
    if id.contains('_') && is_camel {
        // `Controller_action`.
        let part = words(last_part('_'));
        return of(&part, false).or_else(|| of(&all, false)).or_else(|| of(&part, true));
    }
    if id.contains('_') || id.contains('-') {
        // `articles_list` as well as `list_articles`; a verb of the store at the end would be no noun.
        let (first, last) = (of(&all, false), of(&all, true));
        return match (&first, &last) {
            (Some(_), Some(verb)) if verb.class.is_store() && all.len() > 2 && !id.contains('-') => last,
            (Some(_), _) => first,
            (None, _) => last,
        };
    }
    of(&all, false).or_else(|| of(&all, true))
}

/// The verb a sentence begins with: «Returns a list of …».
pub(super) fn of_sentence(sentence: &str, library: &Library) -> Option<Verb> {
    let words = words(&sentence.chars().take(80).collect::<String>());
    let verb = |word: &str| {
        let stem = super::words::singular(word);
        of_word(&stem, library).or_else(|| {
            // «Listing», «creating».
            let stem = stem.strip_suffix("ing")?;
            of_word(stem, library).or_else(|| of_word(&format!("{stem}e"), library))
        })
    };
    let first = words.first()?;
    let class = verb(first);
    // «Get a list of», «returns all».
    if class.as_ref().is_some_and(|verb| verb.class == Class::Read)
        && words[1..words.len().min(5)]
            .iter()
            .any(|word| matches!(word.as_str(), "list" | "lists" | "all" | "every" | "multiple" | "several"))
    {
        return Some(Verb { word: first.clone(), class: Class::List });
    }
    class
}

/// Whether a text says one of the phrases.
pub(super) fn says(text: &Text, phrases: &[Text]) -> Option<String> {
    text.first(phrases).map(|phrase| phrase.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbs_are_found_however_an_operation_is_called() {
        let library = Library::built_in();
        let id = |id: &str| of_id(id, &library).map(|verb| verb.class);
        assert_eq!(id("listUsers"), Some(Class::List));
        assert_eq!(id("users.list"), Some(Class::List));
        assert_eq!(id("Users_CreateUser"), Some(Class::Create));
        assert_eq!(id("account_articles_delete"), Some(Class::Delete));
        assert_eq!(id("get-audio-features"), Some(Class::Read));
        assert_eq!(id("payments.void"), Some(Class::Action));
        assert_eq!(id("x"), None);
    }

    #[test]
    fn a_plural_at_the_end_of_a_path_is_a_collection_and_no_verb() {
        let library = Library::built_in();
        let segment = |segment: &str| of_segment(segment, &library).map(|verb| verb.class);
        assert_eq!(segment("export"), Some(Class::Download));
        assert_eq!(segment("exports"), None);
        assert_eq!(segment("chat.postMessage"), Some(Class::Create));
        assert_eq!(segment("items:cancel"), Some(Class::Action));
        assert_eq!(segment("test-results"), None);
    }

    #[test]
    fn sentences_begin_with_a_verb_in_any_form() {
        let library = Library::built_in();
        let sentence = |text: &str| of_sentence(text, &library).map(|verb| verb.class);
        assert_eq!(sentence("Returns a list of things"), Some(Class::List));
        assert_eq!(sentence("Creates a thing"), Some(Class::Create));
        assert_eq!(sentence("Deleting things"), Some(Class::Delete));
        assert_eq!(sentence("Things"), None);
    }
}
