//! Authentication: what establishes, proves, renews or ends that somebody is signed in.

use super::super::facts::{Facts, FieldPlace, Shape};
use super::super::library::Library;
use super::super::verbs::{Class, says};
use super::super::words::Text;
use super::{Auth, Finding, Seen, Sheet};

/// The words that an operation is named after.
pub(super) fn words(facts: &Facts<'_>, library: &Library) -> Auth {
    let strong = library.auth.list("strong");
    let unlike = library.auth.list("unlike");
    Auth {
        tail: says(&facts.tails, strong),
        path: says(&facts.path, strong),
        id: says(&facts.id, strong),
        summary: says(&facts.summary, strong),
        unlike: says(&facts.tail, unlike).or_else(|| says(&facts.id, unlike)).or_else(|| {
            let about = library.auth.list("about");
            // A summary may call anything a configuration.
            let both = says(&facts.tails, strong).is_some() && says(&facts.id, strong).is_some();
            says(&facts.path, about).or_else(|| says(&facts.summary, about).filter(|_| !both))
        }),
    }
}

/// Whether the path leads to the password of somebody, and this changes it.
pub(super) fn own_password(facts: &Facts<'_>, own: &[Text]) -> bool {
    let password = Text::of("password");
    let is_there = facts.segments.iter().any(|segment| segment.is(&password)) && !facts.objects.contains(&password);
    is_there && !facts.is(&["GET"]) && says(&facts.path, own).is_some()
}

pub(super) fn findings(seen: &Seen<'_, '_>) -> Vec<Finding> {
    let facts = seen.facts;
    let words = &seen.library.auth;
    let auth = &seen.auth;
    let mut sheet = Sheet::default();
    let strong = words.list("strong");

    // The thing itself, apart from where it stands.
    let own = says(&facts.tail, strong);
    sheet.word("strong.own", own.clone(), |word| format!("the path ends with `{word}`"));
    sheet.word("strong.tail", auth.tail.clone().filter(|_| own.is_none()), |word| format!("the path says `{word}`"));
    sheet.word("strong.path", auth.path.clone().filter(|_| auth.tail.is_none()), |word| {
        format!("the path says `{word}`")
    });
    sheet.word("strong.id", auth.id.clone(), |word| format!("its name says `{word}`"));
    sheet.word("strong.summary", auth.summary.clone(), |word| format!("its summary says `{word}`"));
    let texts = words.list("text");
    let description = says(&facts.description, texts).filter(|_| !seen.text_is_common);
    sheet.word("text", description, |word| format!("its description says `{word}`"));
    sheet.note("agree", [&auth.tail, &auth.id, &auth.summary].into_iter().flatten().count() >= 2);

    // Sessions, keys, clients and challenges sign nobody in by themselves: something else has to say so.
    let weak = words.list("weak");
    let fields = words.list("response_fields");
    let given_or_shown = facts.answer.fields.iter().any(|field| field.whole(fields).is_some())
        || facts.request().any(|field| field.words.is(&Text::of("password")) || field.words.is(&Text::of("token")));
    let borne_out = seen.auth_share >= 0.08
        || given_or_shown
        || auth.path.is_some()
        || auth.named().is_some()
        || !seen.text_is_common && (says(&facts.description, texts).is_some() || says(&facts.summary, texts).is_some());
    let alone = says(&facts.tail, weak).or_else(|| says(&facts.id, weak));
    sheet.note("weak.alone", alone.is_some() && !borne_out);
    let weakly = |text: &Text| says(text, weak).filter(|_| borne_out);
    let weak_tail = weakly(&facts.tail);
    let weak_id = weakly(&facts.id);
    let weak_summary = weakly(&facts.summary);
    sheet.word("weak.tail", weak_tail.clone(), |word| format!("the path ends with `{word}`"));
    let weak_path = weakly(&facts.path).filter(|_| weak_tail.is_none());
    sheet.word("weak.path", weak_path.clone(), |word| format!("the path says `{word}`"));
    sheet.word("weak.id", weak_id.clone(), |word| format!("its name says `{word}`"));
    sheet.word("weak.summary", weak_summary, |word| format!("its summary says `{word}`"));
    sheet.note("weak.agree", weak_tail.is_some() && weak_id.is_some());
    sheet.note("weak.text", (weak_tail.is_some() || weak_id.is_some()) && says(&facts.description, texts).is_some());

    let named = auth.named().is_some();
    let unlike = words.list("unlike");
    sheet.note("unlike.tail", says(&facts.tail, unlike).is_some());
    sheet.note("unlike.id", says(&facts.id, unlike).is_some());
    sheet.note("unlike.path", says(&facts.path, unlike).is_some());
    sheet.note("unlike.summary", says(&facts.summary, unlike).is_some());
    sheet.note("unlike.named", named && auth.unlike.is_some());

    // What is shown, and what is handed out.
    let asked = words.list("request_fields");
    let places = [FieldPlace::Body, FieldPlace::Query];
    let shown: Vec<&str> = facts
        .request()
        .filter(|field| places.contains(&field.place) && field.words.whole(asked).is_some())
        .map(|field| field.name.as_str())
        .collect();
    let has = |name: &str| seen.has_field(&[Text::of(name)], &places).is_some();
    let few = facts.request().filter(|field| places.contains(&field.place)).count() <= 6;
    let writes = !facts.is(&["GET", "DELETE", "HEAD"]);
    sheet.say("req.password", has("password") && writes && few, "it takes a password and little else");
    sheet.note("req.password_among", has("password") && writes && !few);
    sheet.say(
        "req.new_password",
        has("new password") || has("current password") || has("old password"),
        "it takes a new password",
    );
    sheet.say(
        "req.grant",
        has("grant type") || has("code verifier") || has("client secret") && has("client id"),
        "it takes a grant of OAuth",
    );
    sheet.say(
        "req.redirect",
        has("redirect uri") || has("response type") && has("client id"),
        "it leads back to whoever asked",
    );
    sheet.say(
        "req.code",
        ["otp", "totp", "passcode", "verification code", "code"].iter().any(|name| has(name)) && writes && few,
        "it takes a code",
    );
    sheet.note("req.two", shown.len() >= 2);
    let given = words.list("response_fields");
    let handed: Vec<&Text> = facts.answer.fields.iter().filter(|field| field.whole(given).is_some()).collect();
    let hands = |name: &str| facts.answer.fields.iter().any(|field| field.is(&Text::of(name)));
    sheet.say(
        "resp.access_token",
        hands("access token") || hands("refresh token") || hands("id token") || hands("jwt"),
        "it hands out an access token",
    );
    sheet.note("resp.token", hands("token") || hands("session token") || hands("api key") || hands("client secret"));
    sheet.note("resp.token_small", !handed.is_empty() && facts.answer.fields.len() <= 6);

    let own_password = own_password(facts, words.list("own"));
    sheet.say("password", own_password, "it is about somebody's own password");
    let agreed = [&auth.tail, &auth.id, &auth.summary].into_iter().flatten().count() >= 2;
    let by_both = (auth.id.is_some() || auth.path.is_some())
        && [&weak_tail, &weak_path, &weak_id].into_iter().flatten().next().is_some();
    let discovery = facts.is(&["GET"]) && facts.tail.ending(words.list("discovery")).is_some();
    // `/sessions`, and a text that says who signed in.
    let clear: Vec<Text> = texts
        .iter()
        .filter(|text| !text.is(&Text::of("session")) && !text.is(&Text::of("password")))
        .cloned()
        .collect();
    let told =
        says(&facts.summary, &clear).is_some() || !seen.text_is_common && says(&facts.description, &clear).is_some();
    let by_text = weak_tail.is_some() && facts.tail_is_plural && told;
    let is_named = (by_text || own.is_some() || agreed || by_both || seen.does(Class::Auth)) && auth.unlike.is_none();
    let is_shown =
        writes && (has("password") && few && !facts.beside.has_items || has("grant type") || has("refresh token"));
    let is_handed = (hands("access token") || hands("refresh token") || hands("id token")) && (writes || named);
    let leads_back = has("redirect uri") && has("client id");
    let ceremony = facts.tail_verb.as_ref().is_some_and(|verb| verb.class == Class::Auth) && !facts.ends_with_param;
    sheet.verdict("rule.ceremony", ceremony && auth.unlike.is_none());
    sheet.verdict(
        "rule",
        is_named
            || discovery
            || own_password
            || is_shown && (named || weak_tail.is_some() || facts.is_public)
            || is_handed
            || leads_back,
    );
    let is_list = facts.is_list() && !named;
    sheet.note("weak.list", is_list && weak_tail.is_some());

    // What it does.
    sheet.say("verb.auth", seen.does(Class::Auth), "it is called after signing in or out");
    sheet.note("named.action", named && (seen.does(Class::Action) || seen.does(Class::Compute)));
    sheet.note("named.store", named && (facts.beside.has_items || facts.beside.has_collection));
    sheet.note("weak.store", !named && weak_tail.is_some() && (facts.beside.has_items || facts.beside.has_collection));
    sheet.note("public.named", facts.is_public && (named || weak_tail.is_some()));
    sheet.note("public", facts.is_public);
    sheet.note("ans.list", facts.is_list());
    sheet.note("ans.bytes", facts.answer.shape == Shape::Bytes);
    sheet.note("m.get", facts.is(&["GET"]));
    sheet.share("api.auth", seen.auth_share.min(1.0));
    sheet.share("api.auth_named", if named || auth.path.is_some() { seen.auth_share } else { 0.0 });
    sheet.share("api.auth_weak", if weak_tail.is_some() || weak_id.is_some() { seen.auth_share } else { 0.0 });
    let user = [Text::of("user"), Text::of("profile"), Text::of("identity"), Text::of("member"), Text::of("account")];
    sheet.note("tail.user", facts.tail.ending(&user).is_some());
    sheet.0
}
