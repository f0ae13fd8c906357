//! CRUD: what a plain store of items could answer.

use super::super::facts::{FieldPlace, Shape};
use super::super::verbs::{Class, says};
use super::super::words::{Text, is_plural};
use super::{Finding, Seen, Sheet, authenticating, uploading};

/// What a name is about, without what it is by or for: `get open counts` of `getOpenCountsByClient`.
fn object_of(name: &Text) -> Text {
    let words: Vec<&str> = name.as_str().split(' ').collect();
    let end = words
        .iter()
        .skip(1)
        .position(|word| matches!(*word, "by" | "for" | "of" | "in" | "from" | "with" | "to" | "on"));
    Text::of_words(&words[..end.map_or(words.len(), |end| end + 1)])
}

pub(super) fn findings(seen: &Seen<'_, '_>) -> Vec<Finding> {
    let facts = seen.facts;
    let words = &seen.library.crud;
    let mut sheet = Sheet::default();
    let is_get = facts.is(&["GET"]);
    let is_post = facts.is(&["POST"]);

    sheet.note("m.get", is_get);
    sheet.note("m.post", is_post);
    sheet.say("m.put", facts.is(&["PUT", "PATCH"]), format!("{} sets what is stored", facts.method()));
    sheet.say("m.delete", facts.is(&["DELETE"]), "DELETE removes what is stored");
    sheet.note("m.other", facts.is(&["HEAD", "OPTIONS", "TRACE", "CONNECT"]));

    // What it is called after.
    let tail = seen.tail_verb();
    let tail_class = tail.map(|verb| verb.class);
    let no_marker = facts.tail.whole(words.list("no_marker")).is_some();
    let paired = facts.beside.is_pair && !no_marker;
    sheet.note("tail.action", tail_class == Some(Class::Action) && !paired);
    sheet.note("tail.compute", tail_class == Some(Class::Compute) && !paired);
    sheet.note("tail.download", tail_class == Some(Class::Download));
    sheet.note("tail.upload", tail_class == Some(Class::Upload));
    sheet.note("tail.search", tail_class == Some(Class::Search));
    sheet.note("tail.auth", tail_class == Some(Class::Auth));
    if let Some(verb) = tail.filter(|verb| verb.class.is_store()) {
        sheet.say("tail.store", true, format!("the path ends with `{}`", verb.word));
    }
    let id_class = facts.id_verb.as_ref().map(|verb| verb.class);
    if let Some(verb) = facts.id_verb.as_ref().filter(|verb| verb.class.is_store()) {
        sheet.say("id.store", true, format!("its name says `{}`", verb.word));
    }
    sheet.note("id.action", id_class == Some(Class::Action) && !paired);
    sheet.note("id.compute", id_class == Some(Class::Compute));
    sheet.note("id.search", id_class == Some(Class::Search));
    sheet.note("id.upload", id_class == Some(Class::Upload));
    sheet.note("id.download", id_class == Some(Class::Download));
    sheet.note("id.auth", id_class == Some(Class::Auth));
    let summary_class = facts.summary_verb.as_ref().map(|verb| verb.class);
    if let Some(verb) = facts.summary_verb.as_ref().filter(|verb| verb.class.is_store()) {
        sheet.say("sum.store", true, format!("its summary begins with `{}`", verb.word));
    }
    sheet.note("sum.action", summary_class == Some(Class::Action) && !paired);
    sheet.note("sum.compute", summary_class == Some(Class::Compute));
    sheet.note("sum.search", summary_class == Some(Class::Search));
    let verb_says = [tail_class, id_class, summary_class];
    let against = [Class::Action, Class::Compute, Class::Download, Class::Auth];
    let for_it = verb_says.iter().flatten().filter(|class| class.is_store()).count();
    let not_it = verb_says.iter().flatten().filter(|class| against.contains(class)).count();
    sheet.note("verbs.agree_store", for_it >= 2 && not_it == 0);
    sheet.note("verbs.agree_action", not_it >= 2 && for_it == 0 && !paired);
    sheet.note("post.bare_verb", is_post && matches!(tail_class, Some(class) if against.contains(&class)) && !paired);

    // What stands around it.
    let is_item = facts.ends_with_param && facts.params_at_end == 1;
    sheet.say("get.collection", is_get && facts.is_list() && !seen.search_only, "GET answers a list of items");
    sheet.say("get.item", is_get && is_item && facts.beside.has_collection, "GET on one item of a collection");
    sheet.note("get.lonely_item", is_get && facts.ends_with_param && !facts.beside.has_collection);
    sheet.note("get.params_run", facts.params_at_end > 1);
    sheet.say("get.written", is_get && facts.beside.is_written, "what is read is set or removed at the same path");
    let single = is_get && !facts.ends_with_param && matches!(facts.answer.shape, Shape::Item);
    sheet.say("get.singleton", single, "GET answers one stored object");
    sheet.note("get.object", is_get && matches!(facts.answer.shape, Shape::Object));
    let noun_tail = tail.is_none() && !facts.ends_with_param;
    let plural = facts.tail_is_plural;
    sheet.say(
        "post.collection",
        is_post && !facts.ends_with_param && facts.beside.has_items && (noun_tail || plural),
        "POST on a collection whose items have paths",
    );
    sheet.say(
        "post.readable",
        is_post && noun_tail && facts.beside.is_read,
        "what is posted can be read at the same path",
    );
    sheet.say(
        "post.identified",
        is_post && noun_tail && facts.answer.shape == Shape::Item,
        "the answer identifies the new item",
    );
    sheet.note("post.noun", is_post && noun_tail);
    sheet.note("post.plural", is_post && noun_tail && plural);
    sheet.say("post.created", is_post && facts.answer.is_created, "it answers 201");
    sheet.say("post.item", is_post && is_item, "POST on one item changes it");
    sheet.say("pair", paired && !is_get, "the same path is set and removed");
    sheet.say("family", facts.beside.family, "others of its family list, read or change the same things");
    sheet.note("write.noun", facts.is(&["PUT", "PATCH", "DELETE"]) && (noun_tail || facts.ends_with_param));
    sheet.note(
        "write.verb",
        facts.is(&["PUT", "PATCH", "DELETE"])
            && matches!(tail_class, Some(class) if against.contains(&class))
            && !paired,
    );
    sheet.share("api.stores", seen.store_share);

    // What is answered.
    let shape = facts.answer.shape;
    sheet.note("ans.list", facts.is_list());
    sheet.note("ans.item", shape == Shape::Item);
    sheet.note("ans.bytes", shape == Shape::Bytes);
    sheet.note("ans.boolean", shape == Shape::Boolean);
    sheet.note("ans.scalar", shape == Shape::Scalar);
    sheet.note("ans.nothing", shape == Shape::Nothing);
    sheet.note("ans.unknown", shape == Shape::Unknown);
    sheet.note(
        "ans.numbers",
        facts.answer.numbers > 0.6 && !matches!(shape, Shape::Item | Shape::Envelope | Shape::Array),
    );

    // What it speaks of.
    let computed = words.list("computed");
    let tail_or_verb = |list| facts.tail.ending(list).map(|phrase| phrase.as_str().to_owned());
    sheet.note("computed.tail", tail_or_verb(computed).is_some());
    sheet.note("computed.path", says(&facts.path, computed).filter(|_| tail_or_verb(computed).is_none()).is_some());
    let object = object_of(&facts.id);
    sheet.note("computed.id", object.ending(computed).is_some());
    sheet.note("computed.summary", object_of(&facts.summary).ending(computed).is_some());
    sheet.note("computed.text", says(&facts.summary, words.list("computed_text")).is_some());
    sheet.note("computed.description", says(&facts.description, words.list("computed_text")).is_some());
    let service = words.list("service");
    sheet.note(
        "service.tail",
        is_get && facts.tail.whole(service).is_some() && facts.depth <= 3 && !facts.ends_with_param,
    );
    sheet.note("service.end", facts.tail.ending(service).is_some() && !facts.ends_with_param);
    sheet.note("service.id", is_get && !facts.is_list() && says(&facts.id, service).is_some());
    sheet.note("service.list", facts.is_list() && facts.tail.ending(service).is_some());
    sheet.note("bytes.tail", is_get && facts.tail.ending(words.list("bytes")).is_some() && !facts.is_list());
    sheet.note("bytes.path", is_get && says(&facts.path, words.list("bytes")).is_some() && !facts.is_list());
    sheet.note("envelope", is_post && says(&facts.tails, words.list("envelope")).is_some());

    // What it is instead.
    let by_family = facts.beside.plural_family && tail.is_some_and(|verb| verb.class.is_store());
    let collection = facts.beside.has_items || facts.beside.has_collection || facts.is_list() || by_family;
    let named_auth = seen.auth_rule || seen.auth.named().is_some() && seen.auth.unlike.is_none();
    sheet.note("auth.ceremony", named_auth && !collection && !facts.is(&["DELETE"]));
    sheet.note(
        "auth.verb",
        named_auth && matches!(tail_class, Some(Class::Auth | Class::Action | Class::Compute)) && !paired,
    );
    sheet.note("auth.object", named_auth && collection);
    sheet.note("auth.delete", named_auth && facts.is(&["DELETE"]));
    sheet.note("auth.post", named_auth && is_post && !collection);
    sheet.note("auth.get", named_auth && is_get && !collection && facts.answer.shape != Shape::Item);
    sheet.note("search.only", seen.search_only);
    sheet.note("upload.step", seen.upload_step.is_some());
    sheet.note("upload.verb", tail_class == Some(Class::Upload) || id_class == Some(Class::Upload));
    let noun_word = facts.tail.as_str().split(' ').next_back().unwrap_or_default();
    sheet.note("get.plural_unknown", is_get && shape == Shape::Unknown && is_plural(noun_word));

    // What the definition says, as far as rules can tell.
    let takes_file = uploading::takes_file(facts);
    let auth_words = &seen.library.auth;
    let on_object = facts.objects.iter().any(|segment| segment.ending(auth_words.list("objects")).is_some());
    let on_object = on_object
        || facts.tail.whole(auth_words.list("objects")).is_some()
            && facts.beside.is_read
            && id_class.is_some_and(Class::is_store);
    let own_tail = says(&facts.tail, auth_words.list("strong")).is_some() && !facts.tail_is_plural;
    let lists = is_get && facts.is_list();
    let is_object = facts.is(&["DELETE"])
        || lists
        || facts.beside.has_items
        || facts.beside.has_collection
        || facts.tail_is_plural
        || by_family;
    let ceremony = authenticating::own_password(facts, auth_words.list("own"))
        || named_auth && (own_tail || !on_object) && !is_object;
    let below_numbers = facts.segments.iter().any(|segment| segment.whole(words.list("computed_below")).is_some());
    let scored = facts.answer.fields.iter().any(|field| field.ending(words.list("computed_fields")).is_some())
        && !facts.beside.has_collection
        && !facts.is_list();
    // `POST /reports` makes one.
    let creates = [&facts.id_verb, &facts.summary_verb].into_iter().flatten().any(|verb| verb.class == Class::Create);
    let posts_noun = is_post && noun_tail && (creates || facts.beside.has_items || facts.beside.is_read);
    let of_collection = facts.beside.has_items || facts.beside.has_collection && facts.params_at_end == 1;
    let computed_now = below_numbers
        || scored
        || is_post && facts.tail.ending(words.list("made")).is_some() && !facts.beside.has_items
        || !posts_noun && !of_collection && facts.tail.ending(computed).is_some()
        || !posts_noun && !of_collection && object.ending(computed).is_some() && !facts.beside.has_items;
    let asks_nothing = facts.request().all(|field| field.place == FieldPlace::Header) && !facts.ends_with_param;
    let of_service = is_get
        && !facts.is_list()
        && facts.depth <= 3
        && !facts.ends_with_param
        && (facts.tail.whole(service).is_some()
            || asks_nothing && facts.depth == 1 && object_of(&facts.id).ending(service).is_some());
    let store_verb = tail.is_some_and(|verb| verb.class.is_store())
        || facts.id_verb.as_ref().is_some_and(|verb| verb.class.is_store())
        || facts.operation.id().is_none() && facts.summary_verb.as_ref().is_some_and(|verb| verb.class.is_store());
    let verb_tail = matches!(tail_class, Some(Class::Action | Class::Compute | Class::Download))
        || tail_class == Some(Class::Auth) && !(is_get && facts.is_list());
    let id_reads = facts
        .id_verb
        .as_ref()
        .or(facts.summary_verb.as_ref())
        .is_some_and(|verb| matches!(verb.class, Class::Read | Class::List));
    // `GET /scans/schedule` reads one.
    let is_noun = is_get && tail_class == Some(Class::Action) && id_reads && (shape == Shape::Item || facts.is_list());
    let by_names = facts.is(&["PUT", "POST", "PATCH"])
        && !paired
        && id_class == Some(Class::Action)
        && summary_class == Some(Class::Action)
        && (facts.ends_with_param || tail_class.is_some_and(Class::is_store));
    let by_verb = verb_tail && !paired && !facts.is(&["DELETE"]) && !is_noun || by_names;
    let named_verb = facts.id_verb.as_ref().is_some_and(|verb| verb.class.is_store())
        || tail.is_some_and(|verb| verb.class.is_store());
    let below_bytes = facts.is(&["GET", "POST"])
        && !facts.beside.has_items
        && !facts.is_list()
        && facts
            .segments
            .iter()
            .any(|segment| segment.whole(words.list("bytes_below")).is_some() && !facts.objects.contains(segment));
    let lonely = is_get && facts.ends_with_param && !facts.beside.has_collection && !named_verb;
    let computing_api = lonely && seen.store_share < if facts.params_at_end > 1 { 0.15 } else { 0.05 };
    // `files.upload` and `uploadFile` make what they answer; `/files/upload` is an action.
    let makes_file = facts.tail.as_str().contains(' ') && shape == Shape::Item;
    let upload_verb = matches!(tail_class, Some(Class::Upload)) && !makes_file;
    let discovery = is_get && facts.tail.ending(auth_words.list("discovery")).is_some();
    let undescribed =
        matches!(shape, Shape::Scalar | Shape::Unknown) && !facts.tail_is_plural && !facts.ends_with_param;
    let bytes_out = shape == Shape::Bytes
        || is_get && undescribed && facts.tail.ending(words.list("pictures")).is_some()
        || is_get && shape == Shape::Scalar && facts.tail.ending(words.list("bytes")).is_some();
    // A file that is sent, converted or recognised under a verb is no item.
    let beside_it = facts.beside.has_items || facts.beside.is_read || facts.beside.family || paired;
    let sends_file = is_post && takes_file && !beside_it && !named_verb && !facts.tail_is_plural && !makes_file;
    let makes_answer = is_post && summary_class == Some(Class::Compute) && !beside_it && !facts.tail_is_plural;
    let no_store = facts.is(&["HEAD", "OPTIONS", "TRACE"])
        || sends_file
        || makes_answer
        || below_bytes
        || computing_api
        || computed_now
        || of_service
        || ceremony
        || discovery
        || by_verb
        || upload_verb
        || bytes_out
        || seen.search_only
        || seen.upload_step.is_some()
        || shape == Shape::Boolean && is_get && !named_verb && !facts.beside.is_written;
    sheet.verdict("rule.not", no_store);
    sheet.note("scored", scored);
    sheet.note("below_numbers", below_numbers);
    let stored = match facts.method() {
        "GET" => {
            facts.beside.is_written || facts.is_list() || shape == Shape::Item || facts.ends_with_param || store_verb
        }
        "POST" => {
            let collected = facts.beside.has_items || facts.beside.is_read || facts.beside.family || paired;
            let summary_reads =
                facts.summary_verb.as_ref().is_some_and(|verb| matches!(verb.class, Class::List | Class::Read));
            let noun = noun_tail
                && (collected
                    || summary_reads && facts.is_list()
                    || shape == Shape::Item
                    || facts.answer.is_created
                    || store_verb);
            (noun || tail.is_some_and(|verb| verb.class.is_store()) || is_item && store_verb || paired) && !sends_file
                || tail_class == Some(Class::Upload) && makes_file
        }
        "PUT" | "PATCH" | "DELETE" => true,
        _ => false,
    };
    sheet.verdict("rule", stored && !no_store);
    sheet.note("post.file_verb", is_post && takes_file && !facts.beside.has_items && !facts.beside.is_read);
    sheet.0
}
