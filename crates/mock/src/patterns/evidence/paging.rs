//! Pagination: a list in parts, with a way to ask for the next one.

use super::super::facts::{FieldPlace, Shape};
use super::super::verbs::{Class, says};
use super::super::words::Text;
use super::{Finding, Seen, Sheet};

pub(super) fn findings(seen: &Seen<'_, '_>) -> Vec<Finding> {
    let facts = seen.facts;
    let words = &seen.library.pagination;
    let mut sheet = Sheet::default();
    let places = [FieldPlace::Query, FieldPlace::Header, FieldPlace::Body];
    let next = words.list("next");
    let size = words.list("size");
    let text = words.list("text");
    let asks = |list: &[Text]| {
        let mut fields = facts.request().filter(|field| places.contains(&field.place));
        fields
            .find(|field| field.words.whole(list).is_some() && !field.is_date && !field.is_choice)
            .map(|field| field.name.clone())
    };
    let is_read = facts.is(&["GET"]) || seen.search_only || facts.is_list();
    let way = asks(next);
    let in_query = seen.has_field(next, &[FieldPlace::Query, FieldPlace::Header]);
    let sized = asks(size);
    sheet.word("next", way.clone().filter(|_| is_read), |name| format!("`{name}` asks for another part"));
    sheet.note("next.sized", way.is_some() && sized.is_some());
    sheet.note("next.write", way.is_some() && !is_read);
    sheet.note("next.body", way.is_some() && in_query.is_none());
    // `filter.page`, `page[number]`, `pager.cursor`: the words stand in a longer name.
    let within = facts.request().filter(|field| places.contains(&field.place) && !field.is_date).find(|field| {
        let name = field.words.as_str();
        ["page", "offset", "cursor", "continuation"].iter().any(|word| name.split(' ').any(|known| known == *word))
            && field.words.whole(size).is_none()
    });
    sheet.word("next.within", within.filter(|_| way.is_none()).map(|field| field.name.clone()), |name| {
        format!("`{name}` asks for another part")
    });
    let described = facts.request().find(|field| {
        // One item that says something of pages is not handed out in parts, unless a part of it is.
        let named_so =
            ["next", "page", "cursor", "offset", "start", "after"].iter().any(|word| field.words.has(&Text::of(word)));
        (facts.is_list() || !facts.ends_with_param || named_so)
            && places.contains(&field.place)
            && field.words.whole(size).is_none()
            && says(&field.description, text).is_some()
    });
    sheet.word("next.described", described.map(|field| field.name.clone()), |name| {
        format!("`{name}` is described as a way through pages")
    });
    let weak = facts.request().find(|field| {
        places.contains(&field.place) && !field.is_date && field.words.whole(words.list("weak")).is_some()
    });
    sheet.note("weak", weak.is_some() && way.is_none());
    sheet.word(
        "weak.sized",
        weak.filter(|_| way.is_none() && sized.is_some()).map(|field| field.name.clone()),
        |name| format!("`{name}` stands beside a size"),
    );
    sheet.note("weak.number", weak.is_some_and(|field| field.is_number) && way.is_none());
    sheet.note("size.only", sized.is_some() && way.is_none());
    sheet.note("header.range", seen.has_field(&[Text::of("range")], &[FieldPlace::Header]).is_some());

    let on = facts.answer.fields.iter().find(|field| field.whole(words.list("response")).is_some());
    sheet.word("resp.next", on.map(|field| field.as_str().to_owned()), |name| format!("the answer has `{name}`"));
    let both = on.is_some() && way.is_some();
    sheet.note("both", both);
    sheet.say("resp.link", facts.answer.has_link_header, "a header leads to the next part");
    let said = says(&facts.summary, text).or_else(|| says(&facts.description, text));
    sheet.word("text", said.or_else(|| says(&facts.answer.description, text)), |word| {
        format!("its description says `{word}`")
    });

    let strong = way.is_some() || within.is_some() || described.is_some();
    let sized_weak = weak.is_some_and(|field| field.is_number) && sized.is_some();
    let answered = (on.is_some() || facts.answer.has_link_header) && (facts.is_list() || sized.is_some());
    let writes = facts.is(&["PUT", "PATCH", "DELETE"]) || facts.is(&["POST"]) && !is_read;
    sheet.verdict("rule", !writes && (strong || sized_weak || answered) && facts.answer.shape != Shape::Bytes);

    sheet.note("ans.list", facts.is_list());
    sheet.note("ans.array", facts.answer.shape == Shape::Array);
    sheet.note("ans.item", facts.answer.shape == Shape::Item);
    sheet.note("ans.nothing", matches!(facts.answer.shape, Shape::Nothing | Shape::Boolean | Shape::Scalar));
    sheet.note("ans.bytes", facts.answer.shape == Shape::Bytes);
    sheet.note("m.get", facts.is(&["GET"]));
    sheet.note("m.write", facts.is(&["PUT", "PATCH", "DELETE"]));
    sheet.note(
        "verb.write",
        seen.does(Class::Create) || seen.does(Class::Update) || seen.does(Class::Delete) || seen.does(Class::Action),
    );
    sheet.note("verb.list", seen.does(Class::List) || seen.does(Class::Search));
    sheet.note("item", facts.ends_with_param && !facts.is_list());
    sheet.0
}
