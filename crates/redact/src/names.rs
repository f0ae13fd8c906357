//! Decides by a name whether its value is a secret.
//!
//! Splitting names into words is [`words`](crate::words)' matter, finding names in a text [`text`](crate::text)'s.

use crate::words::{Words, glued, snake_case, split};
use crate::{Error, RuleId};

/// The name rules of one policy.
#[derive(Clone, Debug)]
pub(crate) struct NameRules {
    /// Sorted, so that those with one first letter stand together.
    forms: Vec<Form>,
    /// The forms that begin with each byte.
    beginning_with: Box<[Shelf; 256]>,
    openings: Openings,
    rules: Vec<RuleId>,
    /// Whole names, glued, that are no secrets whatever the rules say.
    allowed: Vec<String>,
}

/// One way to write what a rule looks for.
#[derive(Clone, Debug)]
struct Form {
    /// The words in lower case, written together.
    glued: String,
    /// May begin inside a word: `PGPASSWORD`.
    inside: bool,
    /// Must be all of a name: `key`, where `sort_key` is none.
    whole: bool,
    /// `None` for words that are no secret although a part of them would be one.
    rule: Option<u16>,
}

/// What a name is looked up for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    /// It is the name of a field.
    OfField,
    /// It may be any word of a text.
    InText,
    /// As in a text, and the sensitive words must be its last ones.
    AtTheEnd,
}

/// A range of the forms.
#[derive(Clone, Copy, Debug, Default)]
struct Shelf {
    from: u16,
    to: u16,
    /// Whether one of them may begin inside a word.
    any_inside: bool,
}

// Implementation notes
//
// One comparison covers all ways to write a compound: the letters of the name are compared with the glued form of the
// rule, what is neither letter nor digit is passed over, and both ends must be ends of words. Of the forms that fit at
// one place, the longest wins and the search goes on behind it; that is what makes `cancellation_token` an exception to
// `token`. A rule that is switched off stays as such an exception: `access_token` off must not fall back to `token`.

impl NameRules {
    pub(crate) fn none() -> Self {
        Self {
            forms: Vec::new(),
            beginning_with: Box::new([Shelf::default(); 256]),
            openings: Openings::none(),
            rules: Vec::new(),
            allowed: Vec::new(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The rules that are on.
    pub(crate) fn rules(&self) -> &[RuleId] {
        &self.rules
    }

    /// The rule that makes a value of this name a secret.
    pub(crate) fn find(&self, name: &str) -> Option<&RuleId> {
        self.search(name, Asked::OfField)
    }

    /// Like [`find`](Self::find), but in a text, where a name cannot be told from a word: `the key: …`.
    pub(crate) fn find_in_text(&self, name: &str) -> Option<&RuleId> {
        self.search(name, Asked::InText)
    }

    /// Like [`find_in_text`](Self::find_in_text), but only where the sensitive words are the last ones of the name.
    pub(crate) fn find_at_the_end(&self, name: &str) -> Option<&RuleId> {
        self.search(name, Asked::AtTheEnd)
    }

    fn search(&self, name: &str, asked: Asked) -> Option<&RuleId> {
        if !self.openings.may_stand_in(name) {
            return None;
        }
        #[cfg(feature = "patterns")]
        if let Some(plain) = crate::patterns::without_tags(name) {
            return self.search(&plain, asked);
        }
        let rule = split(name, |words| self.search_words(words, asked))?;
        let last = name.rsplit('.').next().unwrap_or(name);
        let is_allowed = [name, last].iter().any(|name| self.is_allowed(name));
        (!is_allowed).then(|| &self.rules[usize::from(rule)])
    }

    fn search_words(&self, words: Words<'_>, asked: Asked) -> Option<u16> {
        let length = words.glued().len();
        let mut at = 0;
        while at < length {
            let Some(form) = self.longest(words, at, asked) else {
                at += 1;
                continue;
            };
            let end = at + form.glued.len();
            let described =
                is_one_of(words.word_at(end), DESCRIBING_AFTER) || is_one_of(words.word_before(at), DESCRIBING_BEFORE);
            if form.rule.is_some() && !described && (asked != Asked::AtTheEnd || end == length) {
                return form.rule;
            }
            at = end;
        }
        None
    }

    /// The longest form that stands at `at`.
    fn longest(&self, words: Words<'_>, at: usize, asked: Asked) -> Option<&Form> {
        let shelf = self.beginning_with[usize::from(words.glued()[at])];
        let begins = words.begin_at(at);
        if !begins && !shelf.any_inside {
            return None;
        }
        self.forms[usize::from(shelf.from)..usize::from(shelf.to)]
            .iter()
            .filter(|form| {
                let may_stand =
                    !form.whole || (asked == Asked::OfField && at == 0 && form.glued.len() == words.glued().len());
                (begins || form.inside) && may_stand && words.hold(&form.glued, at)
            })
            .max_by_key(|form| form.glued.len())
    }

    fn is_allowed(&self, name: &str) -> bool {
        !self.allowed.is_empty()
            && split(name, |words| self.allowed.iter().any(|allowed| allowed.as_bytes() == words.glued()))
    }
}

fn is_one_of(word: &[u8], words: &[&str]) -> bool {
    words.iter().any(|one| one.as_bytes() == word)
}

/// The first three letters of every form: one bit for each row of three.
///
/// Nearly all names have none of them anywhere, and are done with before they are split.
#[derive(Clone, Debug)]
struct Openings {
    bits: Box<[u64; 1 << 9]>,
    /// A form is shorter than that, so nothing is known.
    any_short: bool,
}

impl Openings {
    fn none() -> Self {
        Self { bits: Box::new([0; 1 << 9]), any_short: false }
    }

    fn add(&mut self, glued: &str) {
        self.any_short |= glued.len() < 3;
        let row = glued.bytes().take(3).fold(0, Self::with);
        self.bits[row >> 6] |= 1 << (row & 63);
    }

    /// Whether a form may begin somewhere in this name; never `false` where one does.
    fn may_stand_in(&self, name: &str) -> bool {
        if self.any_short {
            return true;
        }
        let mut row = 0;
        for byte in name.bytes() {
            // What these letters are in lower case would have to be looked up.
            if !byte.is_ascii() {
                return true;
            }
            if byte.is_ascii_alphanumeric() {
                row = Self::with(row, byte);
                if self.bits[row >> 6] & (1 << (row & 63)) != 0 {
                    return true;
                }
            }
        }
        false
    }

    /// The last three letters, five bits each: the case is left out, and that some digits look like letters is no harm.
    fn with(row: usize, letter: u8) -> usize {
        ((row << 5) | usize::from(letter & 31)) & ((1 << 15) - 1)
    }
}

/// Names as a user adds and allows them.
#[derive(Debug, Default)]
pub(crate) struct NameChoice {
    pub(crate) without_built_in: bool,
    pub(crate) added: Vec<String>,
    pub(crate) allowed: Vec<String>,
    /// Ids of name rules to switch off.
    pub(crate) off: Vec<String>,
    /// Whether [`WHOLE_IN_CAPTURES`] hold.
    pub(crate) in_captures: bool,
}

impl NameChoice {
    pub(crate) fn build(&self) -> Result<NameRules, Error> {
        if let Some(name) = self.added.iter().chain(&self.allowed).find(|name| glued(name).is_empty()) {
            return Err(Error::EmptyName { name: name.clone() });
        }
        let mut rules = NameRules::none();
        let mut known: Vec<String> =
            WHOLE_IN_CAPTURES.iter().filter(|_| !self.without_built_in).map(|&(id, _)| id.to_owned()).collect();
        // A user's own rule comes first: where it is written like a built-in one, its id is reported.
        let added =
            self.added.iter().map(|name| (format!("name/{}", snake_case(name)), vec![glued(name)], false, false));
        let whole = WHOLE_IN_CAPTURES
            .iter()
            .filter(|_| self.in_captures && !self.without_built_in)
            .map(|&(id, form)| (id.to_owned(), vec![form.to_owned()], false, true));
        let built_in = BUILT_IN.iter().filter(|_| !self.without_built_in).map(|&(id, forms, inside)| {
            (id.to_owned(), forms.iter().map(|form| (*form).to_owned()).collect(), inside, false)
        });
        for (id, forms, inside, whole) in added.chain(built_in).chain(whole) {
            let rule = if self.off.contains(&id) {
                None
            } else {
                let at = rules.rules.iter().position(|rule| rule.as_str() == id).unwrap_or_else(|| {
                    rules.rules.push(RuleId::new(&id));
                    rules.rules.len() - 1
                });
                // A policy has as many rules as somebody writes down; the rest would be a mistake of another kind.
                Some(u16::try_from(at).unwrap_or(u16::MAX))
            };
            rules.forms.extend(forms.into_iter().map(|glued| Form { glued, inside, whole, rule }));
            known.push(id);
        }
        if let Some(id) = self.off.iter().find(|id| !known.contains(id)) {
            return Err(Error::UnknownRule { id: id.clone() });
        }
        let exceptions = NO_SECRETS.iter().filter(|_| !self.without_built_in);
        rules.forms.extend(exceptions.map(|glued| Form {
            glued: (*glued).to_owned(),
            inside: false,
            whole: false,
            rule: None,
        }));
        rules.forms.sort_by(|a, b| a.glued.cmp(&b.glued));
        for (at, form) in rules.forms.iter().enumerate() {
            rules.openings.add(&form.glued);
            let shelf = &mut rules.beginning_with[usize::from(form.glued.as_bytes()[0])];
            let at = u16::try_from(at).unwrap_or(u16::MAX);
            if shelf.to == 0 {
                shelf.from = at;
            }
            shelf.to = at.saturating_add(1);
            shelf.any_inside |= form.inside;
        }
        rules.allowed = self.allowed.iter().map(|name| glued(name)).collect();
        Ok(rules)
    }
}

/// Id, the ways to write it, and whether it may end a longer word. The table in the crate's documentation shows it.
const BUILT_IN: &[(&str, &[&str], bool)] = &[
    ("name/password", &["password", "passwords"], true),
    ("name/passwd", &["passwd"], true),
    ("name/pwd", &["pwd"], false),
    ("name/passphrase", &["passphrase", "passphrases"], true),
    ("name/passcode", &["passcode", "passcodes"], false),
    ("name/user_pass", &["userpass", "dbpass", "smtppass", "ftppass", "proxypass", "loginpass"], false),
    ("name/secret", &["secret", "secrets"], false),
    ("name/token", &["token"], false),
    ("name/access_token", &["accesstoken", "accesstokens"], false),
    ("name/refresh_token", &["refreshtoken", "refreshtokens"], false),
    (
        "name/auth_token",
        &[
            "authtoken",
            "authtokens",
            "authenticationtoken",
            "authenticationtokens",
            "authorizationtoken",
            "authorizationtokens",
        ],
        false,
    ),
    ("name/id_token", &["idtoken", "idtokens"], false),
    ("name/session_token", &["sessiontoken", "sessiontokens"], false),
    ("name/bearer_token", &["bearertoken", "bearertokens"], false),
    ("name/api_token", &["apitoken", "apitokens"], false),
    ("name/csrf", &["csrf", "xsrf", "csrftoken", "csrftokens", "xsrftoken", "xsrftokens"], false),
    ("name/jwt", &["jwt", "jwts"], false),
    ("name/bearer", &["bearer"], false),
    ("name/api_key", &["apikey", "apikeys"], true),
    ("name/access_key", &["accesskey", "accesskeys"], false),
    ("name/private_key", &["privatekey", "privatekeys"], false),
    ("name/secret_key", &["secretkey", "secretkeys"], false),
    ("name/signing_key", &["signingkey", "signingkeys"], false),
    (
        "name/encryption_key",
        &["encryptionkey", "encryptionkeys", "decryptionkey", "decryptionkeys", "masterkey", "masterkeys"],
        false,
    ),
    ("name/shared_key", &["sharedkey", "sharedkeys", "presharedkey", "presharedkeys"], false),
    ("name/account_key", &["accountkey", "accountkeys"], false),
    ("name/ssh_key", &["sshkey", "sshkeys"], false),
    ("name/auth_key", &["authkey", "authkeys"], false),
    ("name/session_key", &["sessionkey", "sessionkeys"], false),
    ("name/credential", &["credential", "credentials", "creds"], false),
    ("name/authorization", &["authorization"], false),
    ("name/basic_auth", &["basicauth", "authheader"], false),
    ("name/auth_code", &["authcode", "authorizationcode"], false),
    ("name/cookie", &["cookie", "cookies"], false),
    ("name/set_cookie", &["setcookie"], false),
    ("name/session_id", &["sessionid", "sessid", "jsessionid", "phpsessid"], false),
    ("name/otp", &["otp", "totp", "onetimecode", "mfacode", "verificationcode"], false),
    (
        "name/recovery_code",
        &["recoverycode", "recoverycodes", "backupcode", "backupcodes", "recoveryphrase", "seedphrase", "mnemonic"],
        false,
    ),
    ("name/cvv", &["cvv", "cvc"], false),
    ("name/card_number", &["cardnumber", "cardnumbers", "cardno", "creditcard", "debitcard"], false),
    ("name/ssn", &["ssn", "socialsecurity"], false),
    ("name/iban", &["iban"], false),
    ("name/bank_account", &["bankaccount"], false),
    ("name/passport_number", &["passportnumber", "passportno"], false),
];

/// Names that are sensitive as a whole, and only where arguments are captured: in a tree of calls, `key` is mostly that of
/// a map.
const WHOLE_IN_CAPTURES: &[(&str, &str)] = &[("name/key", "key"), ("name/auth", "auth")];

/// Words that hold a sensitive one and are none.
const NO_SECRETS: &[&str] = &["cancellationtoken", "canceltoken", "tokenstream", "tokentree"];

/// A sensitive word before one of these is measured or described, not given.
const DESCRIBING_AFTER: &[&str] = &[
    "count",
    "len",
    "length",
    "size",
    "limit",
    "budget",
    "usage",
    "type",
    "kind",
    "index",
    "ttl",
    "age",
    "lifetime",
    "expiry",
    "expires",
    "expired",
    "expiration",
    "enabled",
    "required",
    "policy",
    "endpoint",
];

/// So is one right after one of these.
const DESCRIBING_BEFORE: &[&str] =
    &["max", "min", "num", "total", "avg", "remaining", "has", "is", "needs", "requires"];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn built_in() -> NameRules {
        NameChoice::default().build().unwrap()
    }

    #[test]
    fn names_that_hold_a_secret_are_found_in_every_convention() {
        let table = [
            ("api_key", "name/api_key"),
            ("apiKey", "name/api_key"),
            ("API-KEY", "name/api_key"),
            ("x-api-key", "name/api_key"),
            ("apikey", "name/api_key"),
            ("OPENAI_APIKEY", "name/api_key"),
            ("api key", "name/api_key"),
            ("userPassword", "name/password"),
            ("password2", "name/password"),
            ("PGPASSWORD", "name/password"),
            ("password_hash", "name/password"),
            ("db.passwd", "name/passwd"),
            ("pwd", "name/pwd"),
            ("smtp_pass", "name/user_pass"),
            ("client_secret", "name/secret"),
            ("secret_key", "name/secret_key"),
            ("token", "name/token"),
            ("payment_token", "name/token"),
            ("deviceToken", "name/token"),
            ("access_token", "name/access_token"),
            ("csrf_token", "name/csrf"),
            ("accessTokens", "name/access_token"),
            ("HTTPAuthToken", "name/auth_token"),
            ("AWS_SECRET_ACCESS_KEY", "name/secret"),
            ("aws_access_key_id", "name/access_key"),
            ("authorization", "name/authorization"),
            ("Proxy-Authorization", "name/authorization"),
            ("http.request.header.cookie", "name/cookie"),
            ("Set-Cookie", "name/set_cookie"),
            ("sessionId", "name/session_id"),
            ("credentials", "name/credential"),
            ("cvv", "name/cvv"),
            ("cardNumber", "name/card_number"),
            ("customer_ssn", "name/ssn"),
            ("max_tries_password", "name/password"),
            ("token_count_token", "name/token"),
        ];
        let rules = built_in();
        for (name, id) in table {
            let found = rules.find(name).map(RuleId::as_str);
            assert_eq!(found, Some(id), "{name}");
        }
    }

    #[test]
    fn names_that_only_look_alike_stay() {
        let names = [
            "monkey",
            "author",
            "authority",
            "authorized",
            "keyboard",
            "sort_key",
            "primary_key",
            "key",
            "auth",
            "keys",
            "max_tokens",
            "tokens",
            "token_count",
            "num_tokens",
            "prompt_tokens",
            "completionTokens",
            "tokenizer",
            "tokenize",
            "token_type",
            "token_endpoint",
            "max_token",
            "has_password",
            "is_secret",
            "password_length",
            "passwordless",
            "secretary",
            "secretly",
            "cookie_policy",
            "cancellation_token",
            "token_stream",
            "bypass",
            "compass",
            "passenger",
            "pass",
            "passed",
            "pin",
            "spin",
            "session",
            "sessions",
            "public_key",
            "card",
            "discard",
            "number",
            "idx",
            "assn",
            "lesson",
            "bearers",
            "forbearer",
            "hotpot",
            "scope",
            "",
            "_",
            "🦀",
        ];
        let rules = built_in();
        for name in names {
            assert_eq!(rules.find(name), None, "{name}");
        }
    }

    #[test]
    fn a_rule_that_is_switched_off_does_not_fall_back_to_a_shorter_one() {
        let rules = NameChoice { off: vec!["name/access_token".to_owned()], ..NameChoice::default() }.build().unwrap();
        assert_eq!(rules.find("access_token"), None);
        assert_eq!(rules.find("token").unwrap().as_str(), "name/token");
        let rules = NameChoice { off: vec!["name/token".to_owned()], ..NameChoice::default() }.build().unwrap();
        assert_eq!(rules.find("payment_token"), None);
        assert_eq!(rules.find("access_token").unwrap().as_str(), "name/access_token");
    }

    #[test]
    fn an_allowed_name_stays_and_others_with_its_words_go() {
        let rules = NameChoice { allowed: vec!["page_token".to_owned()], ..NameChoice::default() }.build().unwrap();
        assert_eq!(rules.find("pageToken"), None);
        assert_eq!(rules.find("request.page_token"), None);
        assert!(rules.find("next_page_token").is_some());
        assert!(rules.find("token").is_some());
    }

    #[test]
    fn key_and_auth_are_whole_names_in_captures_and_none_in_traces() {
        let captures = NameChoice { in_captures: true, ..NameChoice::default() }.build().unwrap();
        for (name, id) in [("key", "name/key"), ("KEY", "name/key"), ("auth", "name/auth"), ("api_key", "name/api_key")]
        {
            assert_eq!(captures.find(name).map(RuleId::as_str), Some(id), "{name}");
        }
        for name in ["sort_key", "keys", "key_id", "auth_method", "author", "keyboard"] {
            assert_eq!(captures.find(name), None, "{name}");
        }
        assert_eq!(captures.find_in_text("key"), None);
        assert_eq!((built_in().find("key"), built_in().find("auth")), (None, None));
    }

    #[test]
    fn a_name_of_one_letter_can_be_added() {
        let rules = NameChoice { added: vec!["k".to_owned()], ..NameChoice::default() }.build().unwrap();
        assert_eq!(rules.find("row.k").unwrap().as_str(), "name/k");
        assert_eq!(rules.find("key"), None);
    }

    #[test]
    fn an_added_name_holds_as_it_is_written_even_if_it_measures() {
        let added = ["customer ref", "max_tokens", "Größe"].map(str::to_owned).to_vec();
        let rules = NameChoice { added, ..NameChoice::default() }.build().unwrap();
        assert_eq!(rules.find("customerRef").unwrap().as_str(), "name/customer_ref");
        assert_eq!(rules.find("customer-ref-2").unwrap().as_str(), "name/customer_ref");
        assert_eq!(rules.find("maxTokens").unwrap().as_str(), "name/max_tokens");
        assert_eq!(rules.find("GRÖSSE"), None);
        assert_eq!(rules.find("die_GRÖẞE"), rules.find("größe"));
        assert_eq!(rules.find("customer_reference"), None);
    }

    #[test]
    fn every_built_in_rule_stands_in_the_documentation() {
        let page = include_str!("lib.rs");
        for (id, ..) in BUILT_IN {
            assert!(page.contains(&format!("//! | `{id}` |")), "{id} is missing in the table of lib.rs");
        }
        for word in DESCRIBING_AFTER.iter().chain(DESCRIBING_BEFORE) {
            assert!(page.contains(&format!("`{word}`")), "{word} is missing in lib.rs");
        }
    }

    #[test]
    fn every_form_of_every_built_in_rule_is_found_under_its_own_id() {
        let rules = built_in();
        for (id, forms, _) in BUILT_IN {
            for form in *forms {
                assert_eq!(rules.find(form).map(RuleId::as_str), Some(*id), "{form}");
            }
        }
    }

    proptest! {
        #[test]
        fn no_name_makes_the_search_panic(name in any::<String>()) {
            let _ = built_in().find(&name);
        }

        #[test]
        fn the_look_ahead_never_dismisses_a_name_that_a_rule_finds(name in "([pP][aA]|[sS]{2}[nN]|to|ken|api|[kK]ey|wd|[_.aé1]){1,6}") {
            let rules = built_in();
            if split(&name, |words| rules.search_words(words, Asked::OfField)).is_some() {
                prop_assert!(rules.find(&name).is_some(), "{}", name);
            }
        }

        #[test]
        fn a_sensitive_word_between_other_words_is_found(before in "[a-z]{4,6}", after in "[a-z]{10,12}", convention in 0..4_usize) {
            prop_assume!(!["total", "needs"].contains(&before.as_str()));
            let name = match convention {
                0 => format!("{before}_password_{after}"),
                1 => format!("{before}-PASSWORD-{after}"),
                2 => format!("{before}Password{}{}", after[..1].to_uppercase(), &after[1..]),
                _ => format!("{before}.password.{after}"),
            };
            prop_assert!(built_in().find(&name).is_some(), "{}", name);
        }
    }
}
