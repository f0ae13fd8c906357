-- The library of mocks. Times are milliseconds since 1970; flags are 0 or 1; what is not plain is JSON.

-- What the operations of an API were recognised as.
CREATE TABLE mock_patterns (
    id           BIGSERIAL PRIMARY KEY,
    api          TEXT NOT NULL,
    operation    TEXT NOT NULL,
    pattern      TEXT NOT NULL,
    confidence   DOUBLE PRECISION NOT NULL,
    strategy     TEXT NOT NULL,
    reasons      TEXT NOT NULL,
    usage_count  BIGINT NOT NULL DEFAULT 0,
    created_at   BIGINT NOT NULL,
    updated_at   BIGINT NOT NULL,
    UNIQUE (api, operation, pattern)
);

-- Answers, every version of them. A row is written once; only which version answers changes.
CREATE TABLE mock_responses (
    id           BIGSERIAL PRIMARY KEY,
    pattern_id   BIGINT REFERENCES mock_patterns (id) ON DELETE SET NULL,
    api          TEXT NOT NULL,
    operation    TEXT NOT NULL,
    -- Path and query of the only request it answers; empty for all requests of the operation.
    target       TEXT NOT NULL,
    version      BIGINT NOT NULL,
    is_active    BIGINT NOT NULL,
    status       BIGINT NOT NULL,
    headers      TEXT NOT NULL,
    body         BYTEA NOT NULL,
    source       TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    author       TEXT NOT NULL,
    note         TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    UNIQUE (api, operation, target, version)
);
CREATE UNIQUE INDEX mock_responses_one_active ON mock_responses (api, operation, target) WHERE is_active = 1;

-- What is changed in answers that are made up.
CREATE TABLE mock_generation_rules (
    id           BIGSERIAL PRIMARY KEY,
    pattern_id   BIGINT REFERENCES mock_patterns (id) ON DELETE SET NULL,
    api          TEXT NOT NULL,
    -- Empty for all operations.
    operation    TEXT NOT NULL,
    pointer      TEXT NOT NULL,
    action       TEXT NOT NULL,
    value        TEXT NOT NULL,
    priority     BIGINT NOT NULL,
    is_enabled   BIGINT NOT NULL,
    created_at   BIGINT NOT NULL
);

-- Answers that are kept for a while.
CREATE TABLE mock_cache_entries (
    cache_key    TEXT PRIMARY KEY,
    response_id  BIGINT REFERENCES mock_responses (id) ON DELETE CASCADE,
    entry        BYTEA NOT NULL,
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL
);
CREATE INDEX mock_cache_entries_expires_at ON mock_cache_entries (expires_at);

CREATE TABLE mock_cache_tags (
    cache_key    TEXT NOT NULL REFERENCES mock_cache_entries (cache_key) ON DELETE CASCADE,
    tag          TEXT NOT NULL,
    PRIMARY KEY (tag, cache_key)
);
CREATE INDEX mock_cache_tags_cache_key ON mock_cache_tags (cache_key);

-- What holds in one environment: settings by name, and versions of answers that are pinned there.
CREATE TABLE mock_environment_configs (
    id           BIGSERIAL PRIMARY KEY,
    environment  TEXT NOT NULL,
    setting      TEXT NOT NULL,
    value        TEXT NOT NULL,
    response_id  BIGINT REFERENCES mock_responses (id) ON DELETE CASCADE,
    updated_by   TEXT NOT NULL,
    updated_at   BIGINT NOT NULL,
    UNIQUE (environment, setting)
);

-- What was answered: a row a day, environment and operation.
CREATE TABLE mock_analytics (
    id                 BIGSERIAL PRIMARY KEY,
    environment        TEXT NOT NULL,
    api                TEXT NOT NULL,
    operation          TEXT NOT NULL,
    -- Days since 1970, UTC.
    day                BIGINT NOT NULL,
    hits               BIGINT NOT NULL,
    mock_hits          BIGINT NOT NULL,
    real_hits          BIGINT NOT NULL,
    cache_hits         BIGINT NOT NULL,
    failures           BIGINT NOT NULL,
    checked            BIGINT NOT NULL,
    invalid            BIGINT NOT NULL,
    fidelity           DOUBLE PRECISION NOT NULL,
    generation_times   TEXT NOT NULL,
    mock_quality_score DOUBLE PRECISION,
    updated_at         BIGINT NOT NULL,
    UNIQUE (environment, api, operation, day)
);

-- Words and rules by which operations are recognised, those that ship with the program among them.
CREATE TABLE mock_pattern_library (
    id           BIGSERIAL PRIMARY KEY,
    name         TEXT NOT NULL UNIQUE,
    definition   TEXT NOT NULL,
    is_built_in  BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    updated_at   BIGINT NOT NULL
);

-- Who changed what, when. How many rows it has is the revision of the library.
CREATE TABLE mock_audit_log (
    id           BIGSERIAL PRIMARY KEY,
    at           BIGINT NOT NULL,
    actor        TEXT NOT NULL,
    action       TEXT NOT NULL,
    subject      TEXT NOT NULL,
    before       TEXT NOT NULL,
    after        TEXT NOT NULL
);
