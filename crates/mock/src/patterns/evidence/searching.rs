//! Search: somebody describes what is wanted, and gets the items that match.

use super::super::facts::{Facts, FieldPlace, Shape};
use super::super::library::Library;
use super::super::verbs::{Class, says};
use super::super::words::Text;
use super::{Finding, Seen, Sheet};

/// Whether an operation exists to search and for nothing else: its path ends with that verb, or is called after it.
pub(super) fn is_only_search(facts: &Facts<'_>, library: &Library) -> bool {
    let words = &library.search;
    if facts.is(&["PUT", "PATCH", "DELETE"]) || says(&facts.tail, words.list("unlike")).is_some() {
        return false;
    }
    // `/settings/prefix-search` is about searching.
    let settings = ["setting", "config", "configuration", "preference"].map(Text::of);
    if facts.segments.iter().any(|segment| segment.whole(&settings).is_some()) {
        return false;
    }
    let verb = facts.tail_verb.as_ref().is_some_and(|verb| verb.class == Class::Search);
    // `/search/videos` searches, whatever follows.
    let below = facts.segments.iter().any(|segment| segment.is(&Text::of("search")));
    verb || below
        || facts.tail.whole(words.list("strong")).is_some()
        || says(&facts.tail, &[Text::of("search")]).is_some()
}

pub(super) fn findings(seen: &Seen<'_, '_>) -> Vec<Finding> {
    let facts = seen.facts;
    let words = &seen.library.search;
    let strong = words.list("strong");
    let mut sheet = Sheet::default();
    let reads = !facts.is(&["PUT", "PATCH", "DELETE"]);
    let criteria = facts
        .request()
        .filter(|field| {
            let paging = seen.library.pagination.list("next").contains(&field.words)
                || seen.library.pagination.list("size").contains(&field.words);
            !paging && field.place != FieldPlace::Header
        })
        .count();

    sheet.say("only", seen.search_only && reads, format!("it is there to search: `{}`", facts.tail.as_str()));
    sheet.note("only.criteria", seen.search_only && criteria > 0);
    sheet.note("only.without", seen.search_only && criteria == 0);
    let in_tails = says(&facts.tails, strong).filter(|_| !seen.search_only);
    sheet.word("strong.tail", in_tails, |word| format!("the path says `{word}`"));
    sheet.word("strong.path", says(&facts.path, strong), |word| format!("the path says `{word}`"));
    let id_verb = facts.id_verb.as_ref().is_some_and(|verb| verb.class == Class::Search);
    sheet.say("id.verb", id_verb, "it is called after searching");
    sheet.word("id.search", says(&facts.id, &[Text::of("search")]), |word| format!("its name says `{word}`"));
    let summary_verb = facts.summary_verb.as_ref().is_some_and(|verb| verb.class == Class::Search);
    sheet.say("sum.verb", summary_verb, "its summary begins with searching");
    sheet.word("sum.search", says(&facts.summary, &[Text::of("search")]), |word| format!("its summary says `{word}`"));
    sheet.word("text", says(&facts.description, words.list("text")), |word| format!("its description says `{word}`"));
    sheet.note("agree", seen.search_only && (id_verb || summary_verb));

    // What takes words, an expression or a place.
    let names = words.list("params");
    let loose = words.list("loose");
    let takes = |field: &&super::super::facts::Field| {
        (field.is_text || field.is_object) && !field.is_choice && !field.is_date && field.words.whole(names).is_some()
    };
    let in_place = |place: FieldPlace| facts.request().filter(move |field| field.place == place);
    let param = in_place(FieldPlace::Query).find(takes);
    sheet.word("param", param.map(|field| field.name.clone()).filter(|_| reads), |name| {
        format!("`{name}` takes what is searched for")
    });
    sheet.note("param.loose", param.is_some_and(|field| says(&field.description, loose).is_some()));
    sheet.note("param.list", param.is_some() && facts.is_list());
    let within = in_place(FieldPlace::Query).find(|field| {
        field.words.whole(names).is_none()
            && field.is_text
            && !field.is_choice
            && ["search", "query", "keyword"].iter().any(|word| field.words.has(&Text::of(word)))
    });
    sheet.word("param.within", within.map(|field| field.name.clone()), |name| {
        format!("`{name}` takes what is searched for")
    });
    let described = in_place(FieldPlace::Query)
        .find(|field| field.is_text && !field.is_choice && !field.is_date && says(&field.description, loose).is_some());
    sheet.word("param.described", described.filter(|_| param.is_none()).map(|field| field.name.clone()), |name| {
        format!("`{name}` is compared loosely")
    });
    let path_param = in_place(FieldPlace::Path).find(takes);
    sheet.word("param.path", path_param.map(|field| field.name.clone()), |name| {
        format!("`{name}` takes what is searched for")
    });
    let body = in_place(FieldPlace::Body).find(takes);
    sheet.word("body", body.map(|field| field.name.clone()), |name| format!("`{name}` takes what is searched for"));
    sheet.note("body.list", body.is_some() && facts.is_list());
    let places = facts
        .request()
        .filter(|field| field.place != FieldPlace::Path && field.words.ending(words.list("place")).is_some());
    sheet.say("place", places.count() >= 2 && facts.is(&["GET"]), "it takes a place");

    let place = facts
        .request()
        .filter(|field| field.place != FieldPlace::Path && field.words.ending(words.list("place")).is_some())
        .count()
        >= 2;
    let lists = facts.is_list() || matches!(facts.answer.shape, Shape::Unknown | Shape::Object);
    let unlike_any = says(&facts.tail, words.list("unlike")).is_some();
    let asked = param.is_some() || within.is_some() || described.is_some();
    let like_this = facts.operation.path().contains('{') && facts.tail.is(&Text::of("similar"));
    let by_name = seen.search_only && (criteria > 0 || facts.ends_with_param || like_this) && !unlike_any;
    let by_param = asked && lists && (facts.is(&["GET"]) || seen.search_only) && !facts.ends_with_param;
    let by_verb = (id_verb || facts.operation.id().is_none() && summary_verb)
        && criteria > 0
        && lists
        && !facts.ends_with_param
        && !unlike_any;
    let computed = seen.library.crud.list("computed");
    let by_place = place && facts.is(&["GET"]) && facts.is_list() && says(&facts.path, computed).is_none();
    sheet.verdict("rule", reads && (by_name || by_param || by_verb || by_place));

    // What it is instead.
    let unlike = words.list("unlike");
    sheet.note("unlike.tail", says(&facts.tails, unlike).is_some());
    sheet.note("unlike.id", says(&facts.id, unlike).is_some());
    sheet.note("unlike.summary", says(&facts.summary, unlike).is_some());
    sheet.note("only.unlike", seen.search_only && says(&facts.id, unlike).is_some());
    sheet.note("writes", !reads);
    sheet.note("verb.write", seen.does(Class::Create) || seen.does(Class::Update) || seen.does(Class::Delete));
    sheet.note("verb.action", seen.does(Class::Action) && !seen.search_only);
    sheet.note("verb.compute", seen.does(Class::Compute) && !seen.search_only);
    sheet.note("ans.list", facts.is_list());
    sheet.note("ans.item", facts.answer.shape == Shape::Item);
    sheet.note(
        "ans.bytes",
        matches!(facts.answer.shape, Shape::Bytes | Shape::Boolean | Shape::Scalar | Shape::Nothing),
    );
    sheet.note("m.get", facts.is(&["GET"]));
    sheet.note("item", facts.ends_with_param);
    sheet.note("computed", facts.tail.ending(computed).is_some() && !seen.search_only);
    sheet.note("auth", seen.auth.named().is_some());
    sheet.0
}
