-- A new Recoger database, format 1. The first later format brings the steps that take older files to it.
--
-- Times are Unix seconds in UTC; ids are opaque, time-ordered text; JSON is text; hashes and salts are blobs.
-- History is kept in `…_past` tables: a row there is a closed interval, written once. Each interval says
--   since, until        when it held
--   recorded_at         when the appliance learned that it begins
--   closed_at           when the appliance learned that it ended
-- "As of T" is the row that was current then: recorded_at <= T < closed_at, of several (after a clock was set back) the one recorded last.
-- until = since: known for a time, then an earlier change became known. recorded_at = closed_at: over when the appliance learned of it.

-- ------------------------------------------------------------------ the appliance itself: one row
CREATE TABLE appliance (
    id                  INTEGER PRIMARY KEY CHECK (id = 1),
    installation_id     TEXT NOT NULL,              -- issuer of access tokens: a token of another appliance fails
    token_key           BLOB NOT NULL,              -- Ed25519 key pair that signs access tokens
    signing_key         BLOB NOT NULL,              -- Ed25519 key pair that signs checkpoints and reports
    certificate_pem     TEXT,                       -- self-signed; NULL until the first start with the own certificate
    certificate_key_pem TEXT,
    created_at          INTEGER NOT NULL
) STRICT;

-- What the judgements rest on: the catalogue and support table of each program version that ran, from when.
CREATE TABLE catalogue_version (
    version    INTEGER PRIMARY KEY,
    since      INTEGER NOT NULL,
    sha256     TEXT NOT NULL,                       -- of the two texts, one behind the other
    checks     TEXT NOT NULL,                       -- assets/checks.toml
    os_support TEXT NOT NULL                        -- assets/os_support.toml
) STRICT;

-- ------------------------------------------------------------------ tenants and their settings
CREATE TABLE tenant (
    id                  TEXT PRIMARY KEY,
    name                TEXT NOT NULL COLLATE NOCASE UNIQUE,
    plan                TEXT NOT NULL CHECK (plan IN ('startup', 'scaleup', 'enterprise')),
    requests_per_minute INTEGER,                    -- NULL: no limit
    requests_per_day    INTEGER,
    demo                INTEGER NOT NULL DEFAULT 0, -- invented data, said wherever it is shown
    created_at          INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE settings_version (
    tenant_id TEXT NOT NULL REFERENCES tenant (id),
    version   INTEGER NOT NULL,
    since     INTEGER NOT NULL,
    data      TEXT NOT NULL CHECK (json_valid(data)),
    PRIMARY KEY (tenant_id, version)
) STRICT, WITHOUT ROWID;

-- The picture of the present settings.
CREATE TABLE organisation_logo (
    tenant_id TEXT PRIMARY KEY REFERENCES tenant (id),
    png       BLOB NOT NULL
) STRICT, WITHOUT ROWID;
-- In the clear, for the mail server asks for it; apart from the settings, whose old versions stay.
CREATE TABLE smtp_password (
    tenant_id TEXT PRIMARY KEY REFERENCES tenant (id),
    password  TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- ------------------------------------------------------------------ people who sign in, and keys
CREATE TABLE user (
    id             TEXT PRIMARY KEY,
    tenant_id      TEXT NOT NULL REFERENCES tenant (id),
    email          TEXT NOT NULL COLLATE NOCASE UNIQUE, -- unique over all tenants: it alone names who signs in
    name           TEXT NOT NULL,
    role           TEXT NOT NULL CHECK (role IN ('admin', 'user', 'viewer', 'auditor')),
    status         TEXT NOT NULL CHECK (status IN ('active', 'disabled', 'deleted')), -- deleted: kept for history, its id in place of the email
    password_hash  TEXT NOT NULL,                   -- '' once deleted
    expires_at     INTEGER,                         -- an auditor's end
    last_active_at INTEGER,
    created_at     INTEGER NOT NULL,
    since          INTEGER NOT NULL                 -- begin of this version; earlier ones are in record_past
) STRICT, WITHOUT ROWID;
CREATE INDEX user_tenant ON user (tenant_id, created_at, id);

CREATE TABLE session (
    id           TEXT PRIMARY KEY,
    tenant_id    TEXT NOT NULL REFERENCES tenant (id),
    user_id      TEXT NOT NULL REFERENCES user (id),
    ip_address   TEXT,
    user_agent   TEXT,
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    second_factor INTEGER NOT NULL DEFAULT 0,       -- 1: a second factor was shown in it
    cookie_hash  BLOB UNIQUE,                       -- a browser's: SHA-256 of its cookie; NULL: it has tokens
    ended_at     INTEGER,
    ended_reason TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX session_user ON session (user_id, ended_at);
CREATE INDEX session_expires ON session (expires_at);

CREATE TABLE refresh_token (
    hash       BLOB PRIMARY KEY,                    -- SHA-256 of the token
    session_id TEXT NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX refresh_token_session ON refresh_token (session_id);

-- Second factors. The secret lies here in the clear: to check a code the appliance has to compute it. Whoever can read this file can make
-- codes, but not sign in with them alone.
CREATE TABLE user_mfa (
    user_id      TEXT PRIMARY KEY REFERENCES user (id),
    secret       BLOB NOT NULL,                     -- 20 bytes, of RFC 6238 codes
    created_at   INTEGER NOT NULL,
    confirmed_at INTEGER,                           -- NULL: shown, but no code of it was seen; it asks for nothing yet
    last_step    INTEGER NOT NULL                   -- 30-second step of the last code that was used: it and earlier ones do no more
) STRICT, WITHOUT ROWID;
CREATE TABLE recovery_code (
    user_id TEXT NOT NULL REFERENCES user (id),
    hash    BLOB NOT NULL,                          -- SHA-256 of the code
    used_at INTEGER,
    PRIMARY KEY (user_id, hash)
) STRICT, WITHOUT ROWID;

-- Links with which somebody becomes a user, and with which a user chooses a new password. Each works once.
CREATE TABLE invitation (
    id              TEXT PRIMARY KEY,
    tenant_id       TEXT NOT NULL REFERENCES tenant (id),
    email           TEXT NOT NULL COLLATE NOCASE,
    role            TEXT NOT NULL CHECK (role IN ('admin', 'user', 'viewer', 'auditor')),
    user_expires_at INTEGER,                        -- when the access of the auditor who is made ends
    hash            BLOB NOT NULL UNIQUE,           -- SHA-256 of the link's secret
    created_by      TEXT REFERENCES user (id),      -- who must still be an admin for it to hold; NULL: made with a key of the command line
    created_with    TEXT REFERENCES api_key (id),   -- the key that must still hold; NULL: made by somebody who was signed in
    created_at      INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL,
    accepted_at     INTEGER,
    revoked_at      INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX invitation_tenant ON invitation (tenant_id, created_at, id);
CREATE UNIQUE INDEX invitation_email ON invitation (tenant_id, email) WHERE accepted_at IS NULL AND revoked_at IS NULL;
CREATE TABLE reset_link (
    user_id      TEXT PRIMARY KEY REFERENCES user (id), -- a newer one takes the place of the one before
    hash         BLOB NOT NULL UNIQUE,              -- SHA-256 of the link's secret
    created_by   TEXT REFERENCES user (id),         -- who must still be an admin for it to hold; NULL: made with a key of the command line
    created_with TEXT REFERENCES api_key (id),      -- the key that must still hold; NULL: made by somebody who was signed in
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE api_key (
    id            TEXT PRIMARY KEY,
    tenant_id     TEXT NOT NULL REFERENCES tenant (id),
    name          TEXT NOT NULL,
    role          TEXT NOT NULL CHECK (role IN ('admin', 'user', 'viewer', 'agent')),
    prefix        TEXT NOT NULL,                    -- shown in lists, names nobody's secret
    hash          BLOB NOT NULL UNIQUE,             -- SHA-256 of the key
    created_by    TEXT REFERENCES user (id),        -- NULL: made on the command line
    serial_number TEXT,                             -- an enrolled device's key: it may report this serial only, and dies with the device
    created_at    INTEGER NOT NULL,
    expires_at    INTEGER,
    last_used_at  INTEGER,
    revoked_at    INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX api_key_tenant ON api_key (tenant_id, created_at, id);
CREATE INDEX api_key_revoked ON api_key (tenant_id, revoked_at) WHERE revoked_at IS NOT NULL; -- for the retention: those that hold are many
CREATE INDEX api_key_expires ON api_key (tenant_id, expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX api_key_serial ON api_key (tenant_id, serial_number) WHERE serial_number IS NOT NULL;

-- What lets devices in. Who made a token must still be what he was then for it to hold, and so must the key with which he made it.
CREATE TABLE enrollment_token (
    id               TEXT PRIMARY KEY,
    tenant_id        TEXT NOT NULL REFERENCES tenant (id),
    name             TEXT,
    hash             BLOB NOT NULL UNIQUE,          -- SHA-256 of the secret
    created_by       TEXT REFERENCES user (id),     -- NULL: made with a key of the command line
    created_with     TEXT REFERENCES api_key (id),  -- the key that must still hold; NULL: made by somebody who was signed in
    as_admin         INTEGER NOT NULL,              -- 1: made by an admin: it may take over serials and assign owners
    user_id          TEXT REFERENCES user (id),     -- the owner of each device
    by_email         INTEGER NOT NULL,              -- 1: the owner is whose email is given at the device
    by_sign_in       INTEGER NOT NULL,              -- 1: the owner is who is signed in at the device
    ownership        TEXT NOT NULL CHECK (ownership IN ('company', 'personal')), -- of new devices
    device_limit     INTEGER NOT NULL,
    devices_enrolled INTEGER NOT NULL DEFAULT 0 CHECK (devices_enrolled <= device_limit),
    created_at       INTEGER NOT NULL,
    expires_at       INTEGER NOT NULL,
    last_used_at     INTEGER,
    revoked_at       INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX enrollment_token_tenant ON enrollment_token (tenant_id, created_at, id);
-- Owners by serial number, given with a token.
CREATE TABLE enrollment_serial (
    token_id      TEXT NOT NULL REFERENCES enrollment_token (id) ON DELETE CASCADE,
    serial_number TEXT NOT NULL,
    email         TEXT NOT NULL COLLATE NOCASE,
    PRIMARY KEY (token_id, serial_number)
) STRICT, WITHOUT ROWID;

-- Failed sign-ins by the name as typed, known or not, so that locks betray no accounts.
CREATE TABLE sign_in_failure (
    id         INTEGER PRIMARY KEY,
    email      TEXT NOT NULL COLLATE NOCASE,
    ip_address TEXT NOT NULL,
    failed_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX sign_in_failure_email ON sign_in_failure (email, failed_at);
CREATE INDEX sign_in_failure_time ON sign_in_failure (failed_at);
CREATE TABLE sign_in_lock (
    email      TEXT NOT NULL COLLATE NOCASE,
    ip_address TEXT NOT NULL,                       -- '' locks every address where the name never signed in
    until      INTEGER NOT NULL,
    PRIMARY KEY (email, ip_address)
) STRICT, WITHOUT ROWID;
CREATE TABLE sign_in_place (
    email      TEXT NOT NULL COLLATE NOCASE,
    ip_address TEXT NOT NULL,
    last_at    INTEGER NOT NULL,
    PRIMARY KEY (email, ip_address)
) STRICT, WITHOUT ROWID;

-- Requests counted in windows that must outlive a restart.
CREATE TABLE rate_window (
    credential TEXT NOT NULL,
    begins_at  INTEGER NOT NULL,
    seconds    INTEGER NOT NULL,
    requests   INTEGER NOT NULL,
    PRIMARY KEY (credential, seconds)
) STRICT, WITHOUT ROWID;

-- ------------------------------------------------------------------ devices
CREATE TABLE device (
    id                TEXT PRIMARY KEY,
    tenant_id         TEXT NOT NULL REFERENCES tenant (id),
    serial_number     TEXT NOT NULL,
    device_name       TEXT NOT NULL COLLATE NOCASE,
    reported_name     TEXT NOT NULL,                -- what the last report called it
    name_set          INTEGER NOT NULL DEFAULT 0,   -- 1: device_name was set by a person and holds against reports
    device_type       TEXT NOT NULL,
    os_type           TEXT NOT NULL,
    os_version        TEXT,
    os_distribution   TEXT,
    os_edition        TEXT,
    headless          INTEGER,
    user_id           TEXT REFERENCES user (id),
    ownership         TEXT NOT NULL CHECK (ownership IN ('company', 'personal')),
    tags              TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(tags)),
    source            TEXT NOT NULL CHECK (source IN ('agent', 'integration', 'person')),
    agent_version     TEXT,
    approval          TEXT NOT NULL DEFAULT 'approved' CHECK (approval IN ('approved', 'pending')), -- pending: enrolled, in no count until an admin approves
    hardware          BLOB,                         -- SHA-256 of the hardware UUID sent last; NULL: none was sent since enrolment
    two_machines_since INTEGER,                     -- since when two machines take turns under this serial number
    created_at        INTEGER NOT NULL,             -- when the appliance learned of it: it belongs to the population as known from here
    first_seen        INTEGER NOT NULL,             -- begin by the first report's own time
    last_seen         INTEGER,                      -- last report received; NULL: recorded by hand, never reported
    collected_at      INTEGER,                      -- when the newest report was made, by the device's clock but never after it came in
    present_since     INTEGER,                      -- begin of the present run of reports with no gap over a day
    since             INTEGER NOT NULL,             -- begin of this version of the row; earlier ones are in record_past
    recorded_at       INTEGER NOT NULL,
    compliance_status TEXT NOT NULL CHECK (compliance_status IN ('compliant', 'needs_review', 'non_compliant', 'unknown')),
    status_since      INTEGER NOT NULL,
    status_recorded_at INTEGER NOT NULL,
    changes_at        INTEGER,                      -- when time alone changes a verdict or the status next
    retired_at        INTEGER,
    retired_reason    TEXT,
    CHECK ((retired_at IS NULL) = (retired_reason IS NULL))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX device_serial ON device (tenant_id, serial_number) WHERE retired_at IS NULL;
-- retired_at is always NULL there: with it the index answers alone, and a list passes over devices without looking them up.
CREATE INDEX device_last_seen ON device (tenant_id, last_seen, id, retired_at) WHERE retired_at IS NULL;
CREATE INDEX device_name ON device (tenant_id, device_name, id, retired_at) WHERE retired_at IS NULL;
CREATE INDEX device_status ON device (tenant_id, compliance_status, id, retired_at) WHERE retired_at IS NULL;
CREATE INDEX device_pending ON device (tenant_id, compliance_status) WHERE retired_at IS NULL AND approval = 'pending';
CREATE INDEX device_tenant ON device (tenant_id, created_at); -- retired ones too: who was there at a past moment
-- Nothing in it changes with a report; one's own devices are few to sort. It alone counts them.
CREATE INDEX device_user ON device (user_id, approval, retired_at, id) WHERE retired_at IS NULL;
CREATE INDEX device_changes_at ON device (changes_at) WHERE changes_at IS NOT NULL;

-- Hardware UUIDs sent before the present one, since the device was enrolled last. One that comes again is a second machine.
CREATE TABLE device_hardware_past (
    device_id TEXT NOT NULL REFERENCES device (id),
    hardware  BLOB NOT NULL,                        -- SHA-256
    PRIMARY KEY (device_id, hardware)
) STRICT, WITHOUT ROWID;

-- Runs of reports without a gap of more than a day; the present run is in device. last_seen as of a past moment comes from here.
CREATE TABLE device_presence_past (
    device_id TEXT NOT NULL REFERENCES device (id),
    since     INTEGER NOT NULL,
    until     INTEGER NOT NULL,                     -- the last report of the run
    PRIMARY KEY (device_id, since)
) STRICT, WITHOUT ROWID;

-- What the sections of reports said. The text lies in section_data, written once; rows here only point to it.
CREATE TABLE section_data (
    id       INTEGER PRIMARY KEY,
    data     BLOB NOT NULL,                         -- JSON, or zlib of JSON
    deflated INTEGER NOT NULL CHECK (deflated IN (0, 1))
) STRICT;
-- A row of security or software is a run of confirmations: each came within a day after the one before it was made. So what a past moment
-- knew is certain to a day, less than the shortest time in which facts go stale. Of the other sections a row is the last content of a day.
CREATE TABLE device_section (
    device_id       TEXT NOT NULL REFERENCES device (id),
    data_type       TEXT NOT NULL CHECK (data_type IN ('security', 'hardware', 'software', 'network', 'custom')),
    data_id         INTEGER NOT NULL,               -- in section_data; no foreign key, for each deletion there would search both tables
    hash            BLOB NOT NULL,                  -- SHA-256 of the canonical JSON
    source          TEXT NOT NULL CHECK (source IN ('agent', 'integration', 'person')),
    since           INTEGER NOT NULL,
    recorded_at     INTEGER NOT NULL,
    confirmed_until INTEGER NOT NULL,               -- last report (by its collected_at) that said the same
    received_at     INTEGER NOT NULL,               -- when that report came in
    with_device     INTEGER NOT NULL DEFAULT 0 CHECK (with_device IN (0, 1)), -- 1: that was the device's last report, and the two times are in its row
    late            INTEGER NOT NULL DEFAULT 0,     -- 1: came more than 24 hours after it was collected
    PRIMARY KEY (device_id, data_type)
) STRICT, WITHOUT ROWID;
-- The same with its times. Nearly every report confirms all that is known: then the device's row says so for all its sections.
CREATE VIEW present_section AS
    SELECT s.device_id, s.data_type, s.data_id, s.hash, s.source, s.since, s.recorded_at,
        CASE s.with_device WHEN 1 THEN d.collected_at ELSE s.confirmed_until END AS confirmed_until,
        CASE s.with_device WHEN 1 THEN d.last_seen ELSE s.received_at END AS received_at, s.late, s.with_device
    FROM device_section s JOIN device d ON d.id = s.device_id;
CREATE TABLE device_section_past (
    device_id       TEXT NOT NULL REFERENCES device (id),
    data_type       TEXT NOT NULL,
    since           INTEGER NOT NULL,
    recorded_at     INTEGER NOT NULL,
    data_id         INTEGER NOT NULL,               -- in section_data; no foreign key, for each deletion there would search both tables
    hash            BLOB NOT NULL,
    source          TEXT NOT NULL,
    until           INTEGER NOT NULL,
    confirmed_until INTEGER NOT NULL,
    received_at     INTEGER NOT NULL,
    closed_at       INTEGER NOT NULL,
    late            INTEGER NOT NULL,
    PRIMARY KEY (device_id, data_type, since, recorded_at)
) STRICT, WITHOUT ROWID;

-- ------------------------------------------------------------------ services and their reviews
CREATE TABLE service (
    id                      TEXT PRIMARY KEY,
    tenant_id               TEXT NOT NULL REFERENCES tenant (id),
    name                    TEXT NOT NULL,
    folded_name             TEXT NOT NULL,          -- in lower case, of all alphabets: unique within the tenant
    description             TEXT,
    category                TEXT,
    url                     TEXT,
    owner_id                TEXT REFERENCES user (id),
    data_classification     TEXT CHECK (data_classification IN ('public', 'internal', 'confidential', 'restricted')),
    sso_enabled             INTEGER,                -- the questionnaire; NULL: not answered, never off
    mfa_enforced            INTEGER,
    audit_logging_enabled   INTEGER,
    encryption_at_rest      INTEGER,
    data_location           TEXT CHECK (data_location IS NULL OR json_valid(data_location)),
    processes_personal_data INTEGER,
    review_interval_days    INTEGER,                -- NULL: by the classification
    tags                    TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(tags)),
    last_review_date        TEXT,                   -- YYYY-MM-DD; of the review with the latest date
    next_review_date        TEXT,
    next_review_agreed      INTEGER NOT NULL,       -- 1: the review named the date; 0: it follows from the interval
    source                  TEXT NOT NULL CHECK (source IN ('agent', 'integration', 'person')),
    created_at              INTEGER NOT NULL,
    since                   INTEGER NOT NULL,       -- begin of this version of the row; earlier ones are in record_past
    recorded_at             INTEGER NOT NULL,
    status                  TEXT NOT NULL CHECK (status IN ('compliant', 'needs_review', 'non_compliant', 'unknown')),
    status_since            INTEGER NOT NULL,
    status_recorded_at      INTEGER NOT NULL,
    changes_at              INTEGER,                -- when time alone changes a verdict or the status next
    retired_at              INTEGER
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX service_name ON service (tenant_id, folded_name) WHERE retired_at IS NULL;
CREATE INDEX service_status ON service (tenant_id, status, id) WHERE retired_at IS NULL;
CREATE INDEX service_next_review ON service (tenant_id, next_review_date, id) WHERE retired_at IS NULL;
CREATE INDEX service_tenant ON service (tenant_id, retired_at, created_at, id); -- retired ones too: what was there at a past moment
CREATE INDEX service_owner ON service (owner_id, id) WHERE retired_at IS NULL;
CREATE INDEX service_changes_at ON service (changes_at) WHERE changes_at IS NOT NULL;

-- A review as it was recorded, with its own copy of the answers. It outlives the service and is never changed.
CREATE TABLE security_review (
    id                    TEXT PRIMARY KEY,
    tenant_id             TEXT NOT NULL REFERENCES tenant (id),
    service_id            TEXT NOT NULL REFERENCES service (id),
    review_date           TEXT NOT NULL,            -- YYYY-MM-DD
    next_review_date      TEXT NOT NULL,
    findings              TEXT,
    outcome               TEXT CHECK (outcome IN ('passed', 'passed_with_findings', 'failed')),
    finding_items         TEXT NOT NULL CHECK (json_valid(finding_items)),
    sso_enabled           INTEGER,                  -- as the reviewer answered; NULL: not answered in this review
    mfa_enforced          INTEGER,
    audit_logging_enabled INTEGER,
    encryption_at_rest    INTEGER,
    data_location         TEXT CHECK (data_location IS NULL OR json_valid(data_location)),
    source                TEXT NOT NULL CHECK (source IN ('agent', 'integration', 'person')),
    recorded_late_days    INTEGER NOT NULL,         -- from review_date to the day of recording: it counts from its recording
    created_by            TEXT,                     -- id of the user or key
    created_at            INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX security_review_service ON security_review (service_id, review_date, id);

-- ------------------------------------------------------------------ compliance reports
CREATE TABLE report (
    id              TEXT PRIMARY KEY,
    tenant_id       TEXT NOT NULL REFERENCES tenant (id),
    framework_id    TEXT NOT NULL,
    format          TEXT NOT NULL CHECK (format IN ('pdf', 'csv', 'json', 'oscal')),
    start_date      TEXT NOT NULL,                  -- YYYY-MM-DD, both days included
    end_date        TEXT NOT NULL,
    triggered_by    TEXT NOT NULL CHECK (triggered_by IN ('session', 'api_key', 'schedule', 'command_line')),
    role            TEXT,                           -- of whoever asked for it
    request         TEXT NOT NULL,                  -- as it was asked for
    status          TEXT NOT NULL CHECK (status IN ('pending', 'running', 'completed', 'failed')),
    progress        INTEGER NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 100),
    attempts        INTEGER NOT NULL DEFAULT 0,     -- how often it was begun: the program may have been stopped meanwhile
    error           TEXT,
    created_at      INTEGER NOT NULL,
    created_by      TEXT,                           -- id of the user or key
    finished_at     INTEGER,
    size_bytes      INTEGER,
    sha256          BLOB,
    summary         BLOB,                           -- zlib of JSON: what a later report is compared by
    file_removed_at INTEGER                         -- by retention; record and hash stay
) STRICT, WITHOUT ROWID;
CREATE INDEX report_tenant ON report (tenant_id, created_at, id);
CREATE INDEX report_framework ON report (tenant_id, framework_id, created_at, id);
CREATE INDEX report_waiting ON report (created_at, id) WHERE status IN ('pending', 'running');
-- Reports that were ordered by themselves, so that each period has its own once, whatever became of it.
CREATE TABLE report_scheduled (
    tenant_id    TEXT NOT NULL REFERENCES tenant (id),
    framework_id TEXT NOT NULL,
    format       TEXT NOT NULL,
    start_date   TEXT NOT NULL,                     -- YYYY-MM-DD, both days included
    end_date     TEXT NOT NULL,
    ordered_at   INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, framework_id, format, start_date, end_date)
) STRICT, WITHOUT ROWID;
-- The files of frameworks inside the program: one row for each version of the program that brought another one. The last up to a moment held.
CREATE TABLE shipped_framework (
    framework_id TEXT NOT NULL,
    version      INTEGER NOT NULL,
    since        INTEGER NOT NULL,
    sha256       TEXT NOT NULL,                     -- of the text, hex
    text         TEXT NOT NULL,                     -- assets/frameworks/*.toml
    PRIMARY KEY (framework_id, version)
) STRICT, WITHOUT ROWID;
-- Frameworks that the tenant brought along, version by version; the last one up to a moment held then. One without text was taken away.
CREATE TABLE framework_version (
    tenant_id    TEXT NOT NULL REFERENCES tenant (id),
    framework_id TEXT NOT NULL,
    version      INTEGER NOT NULL,
    text         TEXT,                              -- the file, as it came
    created_by   TEXT,                              -- id of the user or key; NULL: the operator
    recorded_at  INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, framework_id, version)
) STRICT, WITHOUT ROWID;
-- Its file in pieces, so that neither writing nor sending a large one holds up anybody.
CREATE TABLE report_piece (
    report_id TEXT NOT NULL REFERENCES report (id) ON DELETE CASCADE,
    number    INTEGER NOT NULL,                     -- 0, 1, 2, …
    data      BLOB NOT NULL,
    PRIMARY KEY (report_id, number)
) STRICT;

-- ------------------------------------------------------------------ evidence that people give: exceptions, attestations, findings, files
-- An exception begins when it is recorded and ends once: at the end of its last day, by the time zone of its recording, or when it is revoked.
-- So its row is its history: at T it held if recorded_at <= T < until. What it holds for by a tag is what had that tag at T.
CREATE TABLE exception (
    id                   TEXT PRIMARY KEY,
    tenant_id            TEXT NOT NULL REFERENCES tenant (id),
    subject_type         TEXT NOT NULL CHECK (subject_type IN ('device', 'service')),
    subject_id           TEXT,                      -- of a device or service, or NULL: all that have the tag
    tag                  TEXT,
    check_id             TEXT NOT NULL,
    reason               TEXT NOT NULL,
    compensating_measure TEXT,
    requested_by         TEXT REFERENCES user (id),
    approved_by          TEXT,                      -- id of the user or key; NULL: the operator
    self_approved        INTEGER NOT NULL,
    expires_on           TEXT NOT NULL,             -- YYYY-MM-DD, its last day
    recorded_at          INTEGER NOT NULL,
    until                INTEGER NOT NULL,
    expiry_logged        INTEGER NOT NULL DEFAULT 0 CHECK (expiry_logged IN (0, 1)),
    revoked_at           INTEGER,
    revoked_by           TEXT,
    CHECK ((subject_id IS NULL) <> (tag IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX exception_tenant ON exception (tenant_id, recorded_at, id);
CREATE INDEX exception_end ON exception (tenant_id, expires_on, id);
CREATE INDEX exception_subject ON exception (subject_id, until) WHERE subject_id IS NOT NULL;
CREATE INDEX exception_tag ON exception (tenant_id, subject_type, tag, until) WHERE tag IS NOT NULL;
CREATE INDEX exception_unlogged ON exception (until) WHERE revoked_at IS NULL AND expiry_logged = 0;

-- What somebody vouches for by hand, about a subject or about a control of a framework.
CREATE TABLE attestation (
    id           TEXT PRIMARY KEY,
    tenant_id    TEXT NOT NULL REFERENCES tenant (id),
    subject_type TEXT CHECK (subject_type IN ('device', 'service')),
    subject_id   TEXT,
    framework_id TEXT,
    control_id   TEXT,
    check_id     TEXT,
    statement    TEXT NOT NULL,
    valid_until  TEXT NOT NULL,                     -- YYYY-MM-DD, its last day
    until        INTEGER NOT NULL,                  -- the end of that day, or when it was revoked
    created_by   TEXT,                              -- id of the user or key; NULL: the operator
    created_at   INTEGER NOT NULL,
    revoked_at   INTEGER,
    revoked_by   TEXT,
    CHECK ((subject_id IS NULL) = (subject_type IS NULL) AND (framework_id IS NULL) = (control_id IS NULL)),
    CHECK ((subject_id IS NULL) <> (framework_id IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX attestation_tenant ON attestation (tenant_id, created_at, id);
CREATE INDEX attestation_subject ON attestation (subject_id) WHERE subject_id IS NOT NULL;
CREATE INDEX attestation_control ON attestation (tenant_id, framework_id, control_id) WHERE framework_id IS NOT NULL;

-- How what a review found stands now; the review itself keeps what was stated. Earlier versions are in record_past.
CREATE TABLE finding (
    id          TEXT PRIMARY KEY,
    tenant_id   TEXT NOT NULL REFERENCES tenant (id),
    review_id   TEXT NOT NULL REFERENCES security_review (id),
    service_id  TEXT NOT NULL REFERENCES service (id),
    text        TEXT NOT NULL,
    severity    TEXT NOT NULL CHECK (severity IN ('critical', 'high', 'medium', 'low')),
    owner_id    TEXT REFERENCES user (id),
    due_on      TEXT,                               -- YYYY-MM-DD
    status      TEXT NOT NULL CHECK (status IN ('open', 'resolved')),
    resolution  TEXT,
    resolved_at INTEGER,
    created_at  INTEGER NOT NULL,
    since       INTEGER NOT NULL,                   -- begin of this version of the row
    recorded_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX finding_tenant ON finding (tenant_id, created_at, id);
CREATE INDEX finding_due ON finding (tenant_id, status, due_on, id);
CREATE INDEX finding_review ON finding (review_id);
CREATE INDEX finding_service ON finding (service_id, status);
CREATE INDEX finding_owner ON finding (owner_id, status);

-- Whether a control of a framework applies, decision by decision; the last one up to a moment held then. Without one it applies.
CREATE TABLE applicability (
    tenant_id    TEXT NOT NULL REFERENCES tenant (id),
    framework_id TEXT NOT NULL,
    control_id   TEXT NOT NULL,
    version      INTEGER NOT NULL,
    applicable   INTEGER NOT NULL CHECK (applicable IN (0, 1)),
    reason       TEXT,
    decided_by   TEXT,                              -- id of the user or key; NULL: the operator
    recorded_at  INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, framework_id, control_id, version),
    CHECK (applicable = 1 OR reason IS NOT NULL)
) STRICT, WITHOUT ROWID;

-- Files that belong to an attestation or a review. The content is the last column: what only names a file does not read it.
CREATE TABLE file (
    id             TEXT PRIMARY KEY,
    tenant_id      TEXT NOT NULL REFERENCES tenant (id),
    attestation_id TEXT REFERENCES attestation (id),
    review_id      TEXT REFERENCES security_review (id),
    position       INTEGER NOT NULL,                -- among those of the same attestation or review, from 0
    name           TEXT NOT NULL,
    media_type     TEXT NOT NULL CHECK (media_type IN ('application/pdf', 'image/png')),
    size           INTEGER NOT NULL,                -- bytes
    sha256         BLOB NOT NULL,
    created_by     TEXT,                            -- id of the user or key; NULL: the operator
    created_at     INTEGER NOT NULL,
    data           BLOB NOT NULL,
    CHECK ((attestation_id IS NULL) <> (review_id IS NULL))
) STRICT;
CREATE INDEX file_tenant ON file (tenant_id, size);
CREATE INDEX file_attestation ON file (attestation_id) WHERE attestation_id IS NOT NULL;
CREATE INDEX file_review ON file (review_id) WHERE review_id IS NOT NULL;

-- ------------------------------------------------------------------ verdicts: a cache of the facts under the tenant's own parameters
-- The present interval of each subject and check. confirmed_until of a present interval is the subject's last confirmation. Another status,
-- observed value, reason or source begins another interval; status_since runs through intervals of the same status, and through a failure
-- and its exceptions: what is spared for a time has failed all along, and its grace does not begin anew.
CREATE TABLE verdict (
    subject_id   TEXT NOT NULL,
    check_id     TEXT NOT NULL,
    tenant_id    TEXT NOT NULL REFERENCES tenant (id),
    status       TEXT NOT NULL CHECK (status IN ('pass', 'fail', 'excepted', 'no_data', 'not_applicable')),
    status_since INTEGER NOT NULL,
    since        INTEGER NOT NULL,
    recorded_at  INTEGER NOT NULL,
    observed     TEXT CHECK (observed IS NULL OR json_valid(observed)), -- without times that move with every report
    reason       TEXT,                              -- why there is no data
    source       TEXT NOT NULL,                     -- whose facts: agent, integration, person
    PRIMARY KEY (subject_id, check_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX verdict_check ON verdict (tenant_id, check_id, status, subject_id);
CREATE TABLE verdict_past (
    subject_id      TEXT NOT NULL,
    check_id        TEXT NOT NULL,
    since           INTEGER NOT NULL,
    recorded_at     INTEGER NOT NULL,
    tenant_id       TEXT NOT NULL REFERENCES tenant (id),
    status          TEXT NOT NULL,
    status_since    INTEGER NOT NULL,
    until           INTEGER NOT NULL,
    confirmed_until INTEGER NOT NULL,
    closed_at       INTEGER NOT NULL,
    observed        TEXT,
    reason          TEXT,
    source          TEXT NOT NULL,
    late            INTEGER NOT NULL DEFAULT 0,     -- 1: fills a gap from a report that came late; not part of what was known then
    PRIMARY KEY (subject_id, check_id, since, recorded_at)
) STRICT, WITHOUT ROWID;
CREATE INDEX verdict_past_check ON verdict_past (tenant_id, check_id, since);
CREATE TABLE status_past (
    subject_id  TEXT NOT NULL,
    since       INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    tenant_id   TEXT NOT NULL REFERENCES tenant (id),
    status      TEXT NOT NULL,
    until       INTEGER NOT NULL,
    closed_at   INTEGER NOT NULL,
    PRIMARY KEY (subject_id, since, recorded_at)
) STRICT, WITHOUT ROWID;

-- ------------------------------------------------------------------ figures: what lists and dashboards say without counting
-- How many devices a tenant has. device_turns names what moves a device from one count to another: no report does.
CREATE TABLE device_tally (
    tenant_id         TEXT NOT NULL REFERENCES tenant (id),
    compliance_status TEXT NOT NULL,
    approval          TEXT NOT NULL,
    owned             INTEGER NOT NULL,             -- 1: it has an owner
    devices           INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, compliance_status, approval, owned)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER device_comes AFTER INSERT ON device WHEN NEW.retired_at IS NULL BEGIN
    INSERT INTO device_tally VALUES (NEW.tenant_id, NEW.compliance_status, NEW.approval, NEW.user_id IS NOT NULL, 1)
        ON CONFLICT DO UPDATE SET devices = devices + 1;
END;
CREATE TRIGGER device_goes AFTER DELETE ON device WHEN OLD.retired_at IS NULL BEGIN
    UPDATE device_tally SET devices = devices - 1 WHERE tenant_id = OLD.tenant_id AND compliance_status = OLD.compliance_status
        AND approval = OLD.approval AND owned = (OLD.user_id IS NOT NULL);
END;
CREATE TRIGGER device_turns AFTER UPDATE OF compliance_status, approval, user_id, retired_at ON device
WHEN OLD.compliance_status <> NEW.compliance_status OR OLD.approval <> NEW.approval
    OR (OLD.user_id IS NULL) <> (NEW.user_id IS NULL) OR (OLD.retired_at IS NULL) <> (NEW.retired_at IS NULL) BEGIN
    UPDATE device_tally SET devices = devices - 1 WHERE OLD.retired_at IS NULL AND tenant_id = OLD.tenant_id
        AND compliance_status = OLD.compliance_status AND approval = OLD.approval AND owned = (OLD.user_id IS NOT NULL);
    INSERT INTO device_tally SELECT NEW.tenant_id, NEW.compliance_status, NEW.approval, NEW.user_id IS NOT NULL, 1
        WHERE NEW.retired_at IS NULL ON CONFLICT DO UPDATE SET devices = devices + 1;
END;

-- How many subjects stand how in a check, which names the kind of its subjects. Devices that wait for approval are in no count.
CREATE TABLE check_tally (
    tenant_id TEXT NOT NULL REFERENCES tenant (id),
    check_id  TEXT NOT NULL,
    status    TEXT NOT NULL,
    subjects  INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, check_id, status)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER verdict_comes AFTER INSERT ON verdict
WHEN NOT EXISTS (SELECT 1 FROM device WHERE id = NEW.subject_id AND approval = 'pending') BEGIN
    INSERT INTO check_tally VALUES (NEW.tenant_id, NEW.check_id, NEW.status, 1) ON CONFLICT DO UPDATE SET subjects = subjects + 1;
END;
CREATE TRIGGER verdict_goes AFTER DELETE ON verdict
WHEN NOT EXISTS (SELECT 1 FROM device WHERE id = OLD.subject_id AND approval = 'pending') BEGIN
    UPDATE check_tally SET subjects = subjects - 1
        WHERE tenant_id = OLD.tenant_id AND check_id = OLD.check_id AND status = OLD.status;
END;
CREATE TRIGGER verdict_turns AFTER UPDATE OF status ON verdict
WHEN OLD.status <> NEW.status AND NOT EXISTS (SELECT 1 FROM device WHERE id = NEW.subject_id AND approval = 'pending') BEGIN
    UPDATE check_tally SET subjects = subjects - 1
        WHERE tenant_id = OLD.tenant_id AND check_id = OLD.check_id AND status = OLD.status;
    INSERT INTO check_tally VALUES (NEW.tenant_id, NEW.check_id, NEW.status, 1) ON CONFLICT DO UPDATE SET subjects = subjects + 1;
END;
CREATE TRIGGER device_is_approved AFTER UPDATE OF approval ON device WHEN OLD.approval <> NEW.approval BEGIN
    UPDATE check_tally SET subjects = subjects - 1 WHERE NEW.approval = 'pending' AND tenant_id = NEW.tenant_id
        AND (check_id, status) IN (SELECT check_id, status FROM verdict WHERE subject_id = NEW.id);
    INSERT INTO check_tally SELECT tenant_id, check_id, status, 1 FROM verdict
        WHERE subject_id = NEW.id AND NEW.approval = 'approved' ON CONFLICT DO UPDATE SET subjects = subjects + 1;
END;

-- How a tenant stood at the end of a day in its time zone, from what was known then. Written once, when the day is over.
CREATE TABLE daily_figure (
    tenant_id      TEXT NOT NULL REFERENCES tenant (id),
    day            TEXT NOT NULL,                   -- YYYY-MM-DD
    ended_at       INTEGER NOT NULL,                -- the first moment of the next day
    score          INTEGER,                         -- NULL: nothing in scope, or too little known
    completeness   INTEGER NOT NULL,
    passed         INTEGER NOT NULL,
    failed         INTEGER NOT NULL,
    excepted       INTEGER NOT NULL,
    no_data        INTEGER NOT NULL,
    not_applicable INTEGER NOT NULL,
    devices        TEXT NOT NULL CHECK (json_valid(devices)),   -- by status
    services       TEXT NOT NULL CHECK (json_valid(services)),
    PRIMARY KEY (tenant_id, day)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER daily_figure_is_never_updated BEFORE UPDATE ON daily_figure
BEGIN SELECT RAISE(ABORT, 'history cannot be changed'); END;

-- Earlier versions of rows that figures depend on: devices (owner, system, tags), users, services, later people, exceptions.
CREATE TABLE record_past (
    record_id   TEXT NOT NULL,
    since       INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    tenant_id   TEXT NOT NULL REFERENCES tenant (id),
    until       INTEGER NOT NULL,
    closed_at   INTEGER NOT NULL,
    data        TEXT NOT NULL CHECK (json_valid(data)),
    PRIMARY KEY (record_id, since, recorded_at)
) STRICT, WITHOUT ROWID;

-- ------------------------------------------------------------------ people
-- Those who work here, with or without an account. Whoever has an account is a person too. Earlier versions are in record_past.
CREATE TABLE person (
    id           TEXT PRIMARY KEY,
    tenant_id    TEXT NOT NULL REFERENCES tenant (id),
    name         TEXT NOT NULL,
    email        TEXT NOT NULL COLLATE NOCASE,      -- in lower case; names the person within the tenant
    needs_device INTEGER NOT NULL CHECK (needs_device IN (0, 1)),
    reason       TEXT,                              -- why no device is needed
    joined_on    TEXT,                              -- YYYY-MM-DD, the first day; NULL: always there
    left_on      TEXT,                              -- the last day; NULL: still there
    user_id      TEXT REFERENCES user (id),         -- the account, while there is one
    has_device   INTEGER NOT NULL DEFAULT 0 CHECK (has_device IN (0, 1)), -- kept by the triggers below: the account owns an approved device
    source       TEXT NOT NULL CHECK (source IN ('account', 'manual', 'import')),
    created_at   INTEGER NOT NULL,
    since        INTEGER NOT NULL,                  -- begin of this version of the row; earlier ones are in record_past
    recorded_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX person_email ON person (tenant_id, email);
CREATE UNIQUE INDEX person_user ON person (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX person_tenant ON person (tenant_id, created_at, id);
-- Those who lack a device are few: they are counted from here without looking at anybody else.
CREATE INDEX person_lacking ON person (tenant_id, joined_on, left_on) WHERE needs_device = 1 AND has_device = 0;
CREATE TRIGGER person_comes AFTER INSERT ON person WHEN NEW.user_id IS NOT NULL BEGIN
    UPDATE person SET has_device = EXISTS (SELECT 1 FROM device WHERE user_id = NEW.user_id AND retired_at IS NULL AND approval = 'approved')
        WHERE id = NEW.id;
END;
CREATE TRIGGER person_turns AFTER UPDATE OF user_id ON person WHEN OLD.user_id IS NOT NEW.user_id BEGIN
    UPDATE person SET has_device = EXISTS (SELECT 1 FROM device WHERE user_id = NEW.user_id AND retired_at IS NULL AND approval = 'approved')
        WHERE id = NEW.id;
END;
CREATE TRIGGER person_gets_device AFTER INSERT ON device WHEN NEW.user_id IS NOT NULL AND NEW.retired_at IS NULL BEGIN
    UPDATE person SET has_device = 1 WHERE user_id = NEW.user_id AND has_device = 0 AND NEW.approval = 'approved';
END;
CREATE TRIGGER person_loses_device AFTER DELETE ON device WHEN OLD.user_id IS NOT NULL AND OLD.retired_at IS NULL BEGIN
    UPDATE person SET has_device = EXISTS (SELECT 1 FROM device WHERE user_id = OLD.user_id AND retired_at IS NULL AND approval = 'approved')
        WHERE user_id = OLD.user_id;
END;
CREATE TRIGGER person_changes_device AFTER UPDATE OF user_id, retired_at, approval ON device
WHEN OLD.user_id IS NOT NEW.user_id OR (OLD.retired_at IS NULL) <> (NEW.retired_at IS NULL) OR OLD.approval <> NEW.approval BEGIN
    UPDATE person SET has_device = EXISTS (SELECT 1 FROM device WHERE user_id = person.user_id AND retired_at IS NULL AND approval = 'approved')
        WHERE user_id = OLD.user_id OR user_id = NEW.user_id;
END;

-- Walks of the appliance itself through each audit chain, from its begin to its end.
CREATE TABLE audit_check (
    chain       TEXT NOT NULL,
    checked_at  INTEGER NOT NULL,                   -- when the walk began: it saw everything written before
    finished_at INTEGER NOT NULL,
    entries     INTEGER NOT NULL,                   -- that hold, up to the first that does not
    broken_seq  INTEGER,                            -- NULL: all of them hold
    PRIMARY KEY (chain, checked_at)
) STRICT, WITHOUT ROWID;

-- ------------------------------------------------------------------ the audit log: a SHA-256 chain for each tenant
-- chain is the tenant's id, or 'appliance' for what belongs to no tenant. Personal values stand as "sha256:HEX" and lie in audit_personal.
CREATE TABLE audit_log (
    chain         TEXT NOT NULL,
    seq           INTEGER NOT NULL,
    id            TEXT NOT NULL UNIQUE,
    event_name    TEXT NOT NULL,
    event_title   TEXT NOT NULL,
    category      TEXT NOT NULL,
    resource_type TEXT,
    resource_id   TEXT,
    actor_id      TEXT,
    actor_type    TEXT NOT NULL CHECK (actor_type IN ('user', 'api_key', 'agent', 'system')),
    actor_email   TEXT,
    ip_address    TEXT,
    user_agent    TEXT,
    metadata      TEXT NOT NULL CHECK (json_valid(metadata)),
    created_at    INTEGER NOT NULL,
    hash          BLOB NOT NULL,
    previous_hash BLOB NOT NULL,
    PRIMARY KEY (chain, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_event ON audit_log (chain, event_name, seq);
CREATE INDEX audit_category ON audit_log (chain, category, seq);
CREATE INDEX audit_resource ON audit_log (chain, resource_type, seq);
CREATE INDEX audit_resource_id ON audit_log (chain, resource_id, seq) WHERE resource_id IS NOT NULL;
CREATE INDEX audit_actor ON audit_log (chain, actor_id, seq) WHERE actor_id IS NOT NULL;
CREATE INDEX audit_time ON audit_log (chain, created_at, seq);
CREATE TABLE audit_personal (
    chain TEXT NOT NULL,
    seq   INTEGER NOT NULL,
    field TEXT NOT NULL,                            -- actor_email, ip_address, user_agent, or a JSON Pointer such as metadata/name/old
    salt  BLOB NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (chain, seq, field)
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_personal_value ON audit_personal (chain, field, value COLLATE NOCASE, seq) WHERE field = 'actor_email' OR field = 'ip_address';

CREATE TRIGGER audit_log_is_never_updated BEFORE UPDATE ON audit_log
BEGIN SELECT RAISE(ABORT, 'audit log entries cannot be changed'); END;
-- But for what a signed anchor stands for.
CREATE TRIGGER audit_log_is_never_deleted BEFORE DELETE ON audit_log
WHEN NOT EXISTS (SELECT 1 FROM audit_anchor WHERE chain = OLD.chain AND seq >= OLD.seq)
BEGIN SELECT RAISE(ABORT, 'audit log entries cannot be deleted'); END;
-- INSERT OR REPLACE deletes without firing the trigger above.
CREATE TRIGGER audit_log_is_never_replaced BEFORE INSERT ON audit_log
WHEN EXISTS (SELECT 1 FROM audit_log WHERE chain = NEW.chain AND seq = NEW.seq) OR EXISTS (SELECT 1 FROM audit_log WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'audit log entries cannot be replaced'); END;

CREATE TRIGGER verdict_past_is_never_updated BEFORE UPDATE ON verdict_past
BEGIN SELECT RAISE(ABORT, 'history cannot be changed'); END;
CREATE TRIGGER status_past_is_never_updated BEFORE UPDATE ON status_past
BEGIN SELECT RAISE(ABORT, 'history cannot be changed'); END;
CREATE TRIGGER device_section_past_is_never_updated BEFORE UPDATE ON device_section_past
BEGIN SELECT RAISE(ABORT, 'history cannot be changed'); END;
CREATE TRIGGER security_review_is_never_updated BEFORE UPDATE ON security_review
BEGIN SELECT RAISE(ABORT, 'reviews cannot be changed'); END;
CREATE TRIGGER section_data_is_never_updated BEFORE UPDATE ON section_data
BEGIN SELECT RAISE(ABORT, 'history cannot be changed'); END;
CREATE TRIGGER file_is_never_updated BEFORE UPDATE ON file
BEGIN SELECT RAISE(ABORT, 'files cannot be changed'); END;
CREATE TRIGGER applicability_is_never_updated BEFORE UPDATE ON applicability
BEGIN SELECT RAISE(ABORT, 'history cannot be changed'); END;

-- ------------------------------------------------------------------ retention and erasure
-- What the retention removed from the begin of a chain: entries up to seq. Signed, so that the chain can be verified from there on.
CREATE TABLE audit_anchor (
    chain      TEXT PRIMARY KEY,
    seq        INTEGER NOT NULL CHECK (seq > 0),    -- number of the last entry that was removed
    hash       BLOB NOT NULL,                       -- its hash, which the next entry follows
    created_at INTEGER NOT NULL,
    signature  TEXT NOT NULL,                       -- base64, Ed25519
    public_key TEXT NOT NULL                        -- PEM of the key that signed: of the appliance that removed them
) STRICT, WITHOUT ROWID;
CREATE TRIGGER audit_anchor_only_advances BEFORE UPDATE ON audit_anchor WHEN NEW.chain <> OLD.chain OR NEW.seq <= OLD.seq
BEGIN SELECT RAISE(ABORT, 'an anchor only advances'); END;
CREATE TRIGGER audit_anchor_is_never_deleted BEFORE DELETE ON audit_anchor
BEGIN SELECT RAISE(ABORT, 'an anchor stays'); END;

-- How far the daily removal has come in each chain.
CREATE TABLE retention_run (
    chain          TEXT PRIMARY KEY,
    finished_at    INTEGER,                         -- NULL: never yet
    subject_after  TEXT NOT NULL DEFAULT '',        -- the run under way has looked at subjects up to this id
    addresses_upto INTEGER NOT NULL DEFAULT 0,      -- entries up to this number have no address any more
    removed        TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(removed)) -- counts by kind of the run under way
) STRICT, WITHOUT ROWID;
-- Whether time went on steadily: a clock that jumped removes nothing.
CREATE TABLE retention_clock (
    id         INTEGER PRIMARY KEY CHECK (id = 1),
    seen_at    INTEGER NOT NULL,                    -- the clock, when it was looked at last
    steady_at  INTEGER NOT NULL,                    -- from then on its word is enough to remove something
    compact    INTEGER NOT NULL DEFAULT 0           -- 1: somebody was erased; the file is to be written anew
) STRICT;
-- Who was erased, known by salted hashes of his emails: a backup that is restored brings nobody back. No foreign key: it outlives the tenant.
CREATE TABLE erasure (
    id        TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    person_id TEXT NOT NULL,
    salt      BLOB NOT NULL,
    hash      BLOB NOT NULL,                        -- SHA-256 of salt and email in lower case
    erased_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX erasure_tenant ON erasure (tenant_id, id);

CREATE TRIGGER shipped_framework_is_never_updated BEFORE UPDATE ON shipped_framework
BEGIN SELECT RAISE(ABORT, 'history cannot be changed'); END;
CREATE TRIGGER framework_version_is_never_updated BEFORE UPDATE ON framework_version
BEGIN SELECT RAISE(ABORT, 'history cannot be changed'); END;
