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
//! `key` and `auth` alone are no secrets in traces (see [below](#captures-and-traces)). Nor is a name that measures or describes one: when the word after it is
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
//!
//! # Patterns
//!
//! With the feature `patterns`, `Policy::redact_json`, `redact_text`, `scan`, `chunks`, `redact_header`, `redact_form` and
//! `redact_url` look for these too. What they find is replaced by a tag that keeps its kind and its equality,
//! `‹email:3f2a91c4›`, unless the policy says otherwise; what a *name* gives away, and passwords inside of addresses,
//! always by `[redacted]`.
//!
//! | rule | finds |
//! |---|---|
//! | `value/email` | an address with a domain of at least two labels |
//! | `value/card` | 14 to 19 digits, together or in groups, in the range of an issuer and with the right check digit; also a JSON number |
//! | `value/iban` | country, length and check digits right; together or in groups of four |
//! | `value/us_ssn` | `123-45-6789` with parts that are given out; without dashes where a word or name says `ssn` |
//! | `value/phone` | `+` and 8 to 15 digits; the North American forms with brackets, dashes or dots; others where a word or name says `phone`, `tel`, `mobile`, … |
//! | `value/cpf` | Brazil: `529.982.247-25` with both check digits |
//! | `value/uk_nino` | Britain: `AB 12 34 56 C` |
//! | `value/entropy` | at least 20 random letters and digits beside `key`, `token`, `secret`, `password`, `auth`, `signature`, … |
//! | `value/dsn_password` | the password in `user:password@tcp(host)` and behind `-u user:` |
//! | `value/anthropic_key` | Anthropic: `sk-ant-` |
//! | `value/openai_key` | OpenAI: `sk-proj-`, `sk-svcacct-`, `sk-admin-` |
//! | `value/openrouter_key` | OpenRouter: `sk-or-v1-` |
//! | `value/langchain_key` | LangSmith: `lsv2_pt_`, `lsv2_sk_` |
//! | `value/llm_key` | OpenAI of old and others: `sk-` and at least 32 letters and digits |
//! | `value/huggingface_token` | Hugging Face: `hf_`, `api_org_` |
//! | `value/replicate_token` | Replicate: `r8_` |
//! | `value/groq_key` | Groq: `gsk_` |
//! | `value/xai_key` | xAI: `xai-` |
//! | `value/perplexity_key` | Perplexity: `pplx-` |
//! | `value/gitlab_token` | GitLab: `glpat-` and its kin |
//! | `value/slack_app_token` | Slack: `xapp-`, `xwfp-` |
//! | `value/slack_webhook` | `hooks.slack.com/services/…` |
//! | `value/discord_webhook` | `discord.com/api/webhooks/…` |
//! | `value/teams_webhook` | `….webhook.office.com/webhookb2/…` |
//! | `value/stripe_webhook_secret` | Stripe: `whsec_` |
//! | `value/google_api_key` | Google: `AIza` |
//! | `value/google_oauth_token` | Google: `ya29.` |
//! | `value/google_oauth_secret` | Google: `GOCSPX-` |
//! | `value/npm_token` | npm: `npm_` |
//! | `value/pypi_token` | PyPI: `pypi-AgEIcHlwaS5vcmc` |
//! | `value/crates_io_token` | crates.io: `cio` and 32 |
//! | `value/rubygems_key` | RubyGems: `rubygems_` |
//! | `value/nuget_key` | NuGet: `oy2` and 43 |
//! | `value/docker_token` | Docker Hub: `dckr_pat_`, `dckr_oat_` |
//! | `value/sendgrid_key` | SendGrid: `SG.` and two parts |
//! | `value/twilio_key` | Twilio: `SK` and 32 hexadecimal digits |
//! | `value/mailgun_key` | Mailgun: `key-` and 32 hexadecimal digits |
//! | `value/mailchimp_key` | Mailchimp: 32 hexadecimal digits and `-us` with a number |
//! | `value/brevo_key` | Brevo: `xkeysib-` |
//! | `value/digitalocean_token` | DigitalOcean: `dop_v1_`, `doo_v1_`, `dor_v1_` |
//! | `value/shopify_token` | Shopify: `shpat_` and its kin |
//! | `value/square_token` | Square: `sq0atp-`, `sq0csp-`, `EAAAE`, `EAAAl` |
//! | `value/paypal_token` | PayPal, Braintree: `access_token$production$…` |
//! | `value/telegram_token` | Telegram: a number, `:AA` and 33 |
//! | `value/linear_key` | Linear: `lin_api_`, `lin_oauth_` |
//! | `value/notion_token` | Notion: `ntn_` |
//! | `value/databricks_token` | Databricks: `dapi` and 32 hexadecimal digits |
//! | `value/vault_token` | Vault: `hvs.`, `hvb.`, `hvr.` |
//! | `value/terraform_token` | Terraform Cloud: `….atlasv1.…` |
//! | `value/grafana_token` | Grafana: `glsa_`, `glc_` |
//! | `value/new_relic_key` | New Relic: `NRAK-` and its kin |
//! | `value/sentry_token` | Sentry: `sntrys_`, `sntryu_` |
//! | `value/dynatrace_token` | Dynatrace: `dt0c01.`, `dt0s16.` |
//! | `value/doppler_token` | Doppler: `dp.pt.` and its kin |
//! | `value/postman_key` | Postman: `PMAK-` |
//! | `value/pulumi_token` | Pulumi: `pul-` and 40 hexadecimal digits |
//! | `value/planetscale_token` | PlanetScale: `pscale_tkn_` and its kin |
//! | `value/supabase_key` | Supabase: `sbp_`, `sb_secret_` |
//! | `value/netlify_token` | Netlify: `nfp_` and its kin |
//! | `value/fly_token` | Fly.io: `fo1_`, `fm1_`, `fm2_` |
//! | `value/heroku_key` | Heroku: `HRKU-AA` |
//! | `value/age_key` | age: `AGE-SECRET-KEY-1` |
//! | `value/azure_client_secret` | Entra ID: `…Q~` between parts of fixed length |
//! | `value/airtable_token` | Airtable: `pat` 14 `.` 64 |
//! | `value/figma_token` | Figma: `figd_` and its kin |
//! | `value/atlassian_token` | Atlassian: `ATATT3`, `ATCTT3`, `ATSTT3`, `ATBB` |
//! | `value/asana_token` | Asana: `1/`, a number, `:` and 32 |
//! | `value/facebook_token` | Meta: `EAA` and at least 80 |
//! | `value/dropbox_token` | Dropbox: `sl.u.`, `sl.A`, `sl.B` |
//! | `value/cloudflare_key` | Cloudflare Origin CA: `v1.0-` |
//! | `value/easypost_key` | EasyPost: `EZAK`, `EZTK` |
//! | `value/flutterwave_key` | Flutterwave: `FLWSECK` |
//! | `value/frameio_token` | Frame.io: `fio-u-` |
//! | `value/artifactory_token` | Artifactory: `AKCp` |
//! | `value/shippo_token` | Shippo: `shippo_live_`, `shippo_test_` |
//! | `value/readme_key` | ReadMe: `rdme_` |
//! | `value/prefect_key` | Prefect: `pnu_`, `pnb_` |
//! | `value/onepassword_token` | 1Password: `ops_eyJ` |
//! | `value/mapbox_token` | Mapbox: `sk.eyJ` |
//! | `value/contentful_token` | Contentful: `CFPAT-` |
//! | `value/typeform_token` | Typeform: `tfp_` |
//! | `value/adafruit_key` | Adafruit IO: `aio_` |
//! | `value/tailscale_key` | Tailscale: `tskey-` |
//! | `value/buildkite_token` | Buildkite: `bkua_`, `bkaj_` |
//!
//! A value is found where it stands for itself: as a string, a JSON number, a name of an object, inside of a sentence, a
//! URL, a header, a query, a form, a connection string, XML, a command line, `Debug` print or log line; and also where
//! that was written as JSON (in a string, in a string of that …, with `\u` escapes), Base64 (of either alphabet, padded or
//! not, folded into lines), hexadecimal digits, percent signs (once or twice), server-sent events or a JSON list of bytes,
//! up to six writings in each other. In prose, what follows a sensitive word and a colon is taken for its
//! value: of `The password: see page 3` the rest goes.
//!
//! # What is not claimed
//!
//! These writings are not looked into. A value that stands in one of them is kept back where its *name*, type or place
//! says so, and not by what it looks like:
//!
//! | writing | of `ada@example.com` |
//! |---|---|
//! | character references of HTML and XML | `ada&#64;example.com` |
//! | quoted-printable | `ada=40example.com` |
//! | escapes of programming languages in hexadecimal or octal digits | `ada\x40example.com` |
//! | hexadecimal digits with separators | `61:64:61:40:…` |
//! | Base32 | `MFSGCQDFPBQW24DMMUXGG33N` |
//! | uuencode, Base58, Base85 and others of their kind | `/861A0&5X86UP;&4N8V]M` |
//! | rotated letters | `fx_yvir_…` for a key that begins `sk_live_` |
//! | UTF-16 and UTF-32 that was taken for text | a zero byte between letters |
//! | what is compressed or encrypted, also where that is written as Base64 | `H4sI…` |
//! | several values, fields, messages or records | `{"user": "ada", "host": "example.com"}` |
//! | words for digits, and spelt-out signs | `ada at example dot com` |
//! | pictures, sound, documents of offices and printers | |
//! | more than six writings in each other | |
//!
//! Nor are names and street addresses of people claimed, dates of birth, values glued to other letters or digits, Visa's
//! old numbers of 13 digits, Base64 of what is no text, and a string of more than 16 MiB in a stream, which is left out as
//! a whole.
//!
//! # Values that are serialised
//!
//! With the feature `serde`, `Policy::redacting` applies these while a value is serialised:
//!
//! | rule | holds for |
//! |---|---|
//! | every name rule | fields, keys and variants of that name, and `value` behind a `name` that is one |
//! | `type/secrecy` | `secrecy::SecretBox` and `SecretString` |
//! | `type/redact` | `redact::Secret` |
//! | `type/name` | structs and newtypes whose name ends like a secret's: `ApiToken`, `Password` |
//! | `type/…` | the types of `PolicyBuilder::type_name` |
//! | `path/…` | the places of `PolicyBuilder::path` |
//!
//! # Captures and traces
//!
//! `key` and `auth`, as whole names, are secrets under [`Policy::for_captures`] (rules `name/key` and `name/auth`), and none
//! under the default policy of traces: there `key` is mostly that of a map. In `sort_key` and `auth_method` they are none
//! anywhere.
//!
//! # Features
//!
//! | feature | brings | default |
//! |---|---|---|
//! | `serde` | `Policy::redacting`: rules by name, type, size and place while a value is serialised | no |
//! | `patterns` | the patterns above, and the filters for JSON, text, streams, headers, forms and bytes | no |
//! | `config` | `settings`: names and places that stand in `tracesnap.toml` or the environment | no |
//!
//! Without them there are no dependencies, and [`Policy::matches_name`] and [`Policy::scrub_debug`] do the same as with
//! them.

#[cfg(feature = "patterns")]
mod chunks;
mod error;
#[cfg(feature = "patterns")]
mod filters;
#[cfg(feature = "patterns")]
mod json;
mod json_path;
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
#[cfg(feature = "config")]
pub mod settings;
mod text;
mod types;
mod value_rule;
mod words;

#[cfg(feature = "patterns")]
pub use chunks::Chunks;
pub use error::Error;
pub use json_path::{JsonPath, Step};
pub use limits::Limits;
#[cfg(feature = "patterns")]
pub use patterns::Replacement;
pub use policy::{Policy, PolicyBuilder};
pub use report::{Finding, Place, Report};
pub use rule_id::RuleId;
#[cfg(feature = "serde")]
pub use serialise::{Attempt, FAILED, Redacting, Unchanged};
pub use value_rule::ValueRule;

/// What stands in the place of a secret: `[redacted]`, without quotes, whatever the secret's type was.
pub const PLACEHOLDER: &str = "[redacted]";
