//! What must never be written down.
//!
//! One [`Policy`] answers for every part of the project: whether a field's *name* says that its value is a secret
//! ([`Policy::matches_name`]), and which parts of a *text* are secrets ([`Policy::scrub_debug`]). It knows nobody:
//! neither who recorded the text nor where it would go.
//!
//! ```
//! use tracesnap_redact::Policy;
//!
//! let policy = Policy::default();
//! assert_eq!(policy.matches_name("userPassword").unwrap().as_str(), "name/password");
//! assert!(policy.matches_name("monkey").is_none());
//!
//! let login = r#"Login { user: "ada", password: Some("hunter2"), attempt: 2 }"#;
//! assert_eq!(policy.scrub_debug(login), r#"Login { user: "ada", password: [redacted], attempt: 2 }"#);
//! ```
//!
//! # Names
//!
//! A name is a row of words: `api_key`, `apiKey`, `API-KEY`, `x-api-key` and `apikey2` all hold the words `api` and
//! `key`. A rule looks for whole words, or for several in a row written together, so `monkey`, `author`, `keyboard`,
//! `sort_key` and `tokenizer` stay. Where several rules find something at the same place, the longest one wins.
//!
//! | rule | words |
//! |---|---|
//! | `name/password` | `password(s)`, also at the end of a longer word: `PGPASSWORD` |
//! | `name/passwd` | `passwd`, also at the end of a longer word |
//! | `name/pwd` | `pwd` |
//! | `name/passphrase` | `passphrase(s)`, also at the end of a longer word |
//! | `name/passcode` | `passcode(s)` |
//! | `name/user_pass` | `user_pass`, `db_pass`, `smtp_pass`, `ftp_pass`, `proxy_pass`, `login_pass` |
//! | `name/secret` | `secret(s)` |
//! | `name/token` | `token`; not the plural, which mostly counts: `max_tokens`, `prompt_tokens` |
//! | `name/access_token` | `access_token(s)` |
//! | `name/refresh_token` | `refresh_token(s)` |
//! | `name/auth_token` | `auth_token(s)`, `authentication_token(s)`, `authorization_token(s)` |
//! | `name/id_token` | `id_token(s)` |
//! | `name/session_token` | `session_token(s)` |
//! | `name/bearer_token` | `bearer_token(s)` |
//! | `name/api_token` | `api_token(s)` |
//! | `name/csrf` | `csrf`, `xsrf`, `csrf_token(s)`, `xsrf_token(s)` |
//! | `name/jwt` | `jwt(s)` |
//! | `name/bearer` | `bearer` |
//! | `name/api_key` | `api_key(s)`, also at the end of a longer word |
//! | `name/access_key` | `access_key(s)` |
//! | `name/private_key` | `private_key(s)` |
//! | `name/secret_key` | `secret_key(s)` |
//! | `name/signing_key` | `signing_key(s)` |
//! | `name/encryption_key` | `encryption_key(s)`, `decryption_key(s)`, `master_key(s)` |
//! | `name/shared_key` | `shared_key(s)`, `pre_shared_key(s)` |
//! | `name/account_key` | `account_key(s)` |
//! | `name/ssh_key` | `ssh_key(s)` |
//! | `name/auth_key` | `auth_key(s)` |
//! | `name/session_key` | `session_key(s)` |
//! | `name/credential` | `credential(s)`, `creds` |
//! | `name/authorization` | `authorization` |
//! | `name/basic_auth` | `basic_auth`, `auth_header` |
//! | `name/auth_code` | `auth_code`, `authorization_code` |
//! | `name/cookie` | `cookie(s)` |
//! | `name/set_cookie` | `set_cookie` |
//! | `name/session_id` | `session_id`, `sess_id`, `jsessionid`, `phpsessid` |
//! | `name/otp` | `otp`, `totp`, `one_time_code`, `mfa_code`, `verification_code` |
//! | `name/recovery_code` | `recovery_code(s)`, `backup_code(s)`, `recovery_phrase`, `seed_phrase`, `mnemonic` |
//! | `name/cvv` | `cvv`, `cvc` |
//! | `name/card_number` | `card_number(s)`, `card_no`, `credit_card`, `debit_card` |
//! | `name/ssn` | `ssn`, `social_security` |
//! | `name/iban` | `iban` |
//! | `name/bank_account` | `bank_account` |
//! | `name/passport_number` | `passport_number`, `passport_no` |
//!
//! `key` and `auth` alone are no secrets. Nor is a name that measures or describes one: when the word after it is
//! `count`, `len`, `length`, `size`, `limit`, `budget`, `usage`, `type`, `kind`, `index`, `ttl`, `age`, `lifetime`,
//! `expiry`, `expires`, `expired`, `expiration`, `enabled`, `required`, `policy` or `endpoint` (`token_count`,
//! `password_length`), or the word before it is `max`, `min`, `num`, `total`, `avg`, `remaining`, `has`, `is`, `needs`
//! or `requires` (`has_password`). Nor are `cancellation_token`, `cancel_token`, `token_stream` and
//! `token_tree`.
//!
//! # Values
//!
//! | rule | finds | writes |
//! |---|---|---|
//! | every name rule | what follows the name in `Debug`, JSON-like or `name=value` text | `password: [redacted]` |
//! | `value/bearer` | `Bearer` and a token that is no plain word | `Bearer [redacted]` |
//! | `value/basic` | `Basic` and the Base64 of `user:password` | `Basic [redacted]` |
//! | `value/jwt` | three (encrypted: five) Base64 parts, the first of which opens a JSON object | `[redacted]` |
//! | `value/private_key` | a PEM block of any kind of private key | `[redacted]` |
//! | `value/url_password` | the password in `scheme://user:password@host` | `scheme://user:[redacted]@host` |
//! | `value/aws_key` | `AKIA` or `ASIA` and 16 capitals or digits | `[redacted]` |
//! | `value/github_token` | `ghp_`, `gho_`, `ghu_`, `ghs_`, `ghr_`, `github_pat_` and at least 20 characters | `[redacted]` |
//! | `value/slack_token` | `xoxb-` and its kin, and at least 10 characters | `[redacted]` |
//! | `value/stripe_key` | `sk_live_`, `rk_live_`, `sk_test_`, `rk_test_` and at least 10 characters | `[redacted]` |
//!
//! Where a text ends in the middle of one of these, as it does when it was cut at a limit, the rest of it goes.

mod error;
#[cfg(feature = "patterns")]
mod filters;
#[cfg(feature = "patterns")]
mod json;
mod limits;
mod names;
#[cfg(any(feature = "patterns", feature = "serde"))]
mod pairs;
#[cfg_attr(
    not(any(feature = "patterns", feature = "serde")),
    expect(dead_code, reason = "nothing walks over documents")
)]
mod path;
#[cfg(feature = "patterns")]
mod patterns;
mod policy;
mod report;
mod rule_id;
mod secrets;
#[cfg(feature = "serde")]
mod serialise;
mod text;
mod types;
mod value_rule;
mod words;

pub use error::Error;
pub use limits::Limits;
#[cfg(feature = "patterns")]
pub use patterns::Replacement;
pub use policy::{Policy, PolicyBuilder};
pub use report::{Finding, Place, Report};
pub use rule_id::RuleId;
#[cfg(feature = "serde")]
pub use serialise::{Attempt, FAILED, Redacting};
pub use value_rule::ValueRule;

/// What stands in the place of a secret: `[redacted]`, without quotes, whatever the secret's type was.
pub const PLACEHOLDER: &str = "[redacted]";
