//! What people give as evidence, reports and people: promises that the schema makes and can't enforce.

/// As [`super::promises::PROMISES`].
pub(super) const PROMISES: &[(&str, &str)] = &[
    (
        "an exception speaks of something that its tenant does not have",
        "SELECT id FROM exception e WHERE subject_id IS NOT NULL AND NOT EXISTS (
             SELECT 1 FROM device WHERE id = e.subject_id AND tenant_id = e.tenant_id AND e.subject_type = 'device'
             UNION ALL SELECT 1 FROM service WHERE id = e.subject_id AND tenant_id = e.tenant_id AND e.subject_type = 'service')",
    ),
    (
        "an exception was requested by a user of another tenant",
        "SELECT e.id FROM exception e JOIN user ON user.id = e.requested_by WHERE user.tenant_id <> e.tenant_id",
    ),
    (
        "an exception ends before it begins, or not when it was revoked",
        "SELECT id FROM exception WHERE until < recorded_at OR until <> max(revoked_at, recorded_at)",
    ),
    // Its last day is at most 365 days ahead, and a day may be some hours longer than others.
    ("an exception lasts longer than a year", "SELECT id FROM exception WHERE until - recorded_at > 367 * 86400"),
    (
        "a failure is spared without an exception",
        "SELECT subject_id AS id FROM verdict v WHERE status = 'excepted' AND NOT EXISTS (SELECT 1 FROM exception e
             WHERE e.tenant_id = v.tenant_id AND e.check_id = v.check_id AND e.until >= v.since
             AND (e.subject_id = v.subject_id OR e.tag IS NOT NULL))",
    ),
    (
        "an attestation speaks of something that its tenant does not have",
        "SELECT id FROM attestation a WHERE subject_id IS NOT NULL AND NOT EXISTS (
             SELECT 1 FROM device WHERE id = a.subject_id AND tenant_id = a.tenant_id AND a.subject_type = 'device'
             UNION ALL SELECT 1 FROM service WHERE id = a.subject_id AND tenant_id = a.tenant_id AND a.subject_type = 'service')",
    ),
    (
        "an attestation ends before it begins, or not when it was revoked",
        "SELECT id FROM attestation WHERE until < created_at OR until <> max(revoked_at, created_at)",
    ),
    (
        "a finding is not of its review",
        "SELECT f.id FROM finding f JOIN security_review r ON r.id = f.review_id WHERE r.tenant_id <> f.tenant_id
             OR r.service_id <> f.service_id
             OR NOT EXISTS (SELECT 1 FROM json_each(r.finding_items) WHERE json_extract(value, '$.id') = f.id)",
    ),
    (
        "a finding is to be mended by a user of another tenant",
        "SELECT f.id FROM finding f JOIN user ON user.id = f.owner_id WHERE user.tenant_id <> f.tenant_id",
    ),
    (
        "a finding is resolved without saying how and when, or open and says so",
        "SELECT id FROM finding WHERE (status = 'resolved') <> (resolved_at IS NOT NULL) OR (status = 'resolved') <> (resolution IS NOT NULL)",
    ),
    (
        "a decision on a control is missing",
        "SELECT tenant_id AS id FROM applicability GROUP BY tenant_id, framework_id, control_id
             HAVING count(*) <> max(version) - min(version) + 1",
    ),
    (
        "a file belongs to another tenant than what it goes with",
        "SELECT f.id FROM file f JOIN attestation a ON a.id = f.attestation_id WHERE a.tenant_id <> f.tenant_id
         UNION ALL SELECT f.id FROM file f JOIN security_review r ON r.id = f.review_id WHERE r.tenant_id <> f.tenant_id",
    ),
    (
        "a completed report has no hash, or one that is not completed has a file",
        "SELECT id FROM report r WHERE (status = 'completed' AND (sha256 IS NULL OR size_bytes IS NULL OR finished_at IS NULL))
             OR (status IN ('pending', 'failed') AND EXISTS (SELECT 1 FROM report_piece WHERE report_id = r.id))",
    ),
    ("a report's period ends before it begins", "SELECT id FROM report WHERE end_date < start_date"),
    (
        "versions of a framework are missing",
        "SELECT framework_id AS id FROM framework_version GROUP BY tenant_id, framework_id HAVING count(*) <> max(version)",
    ),
    (
        "a person belongs to a user of another tenant, or of nobody",
        "SELECT p.id FROM person p JOIN user ON user.id = p.user_id WHERE user.tenant_id <> p.tenant_id OR user.status = 'deleted'",
    ),
    (
        "a user is nobody among the people",
        "SELECT id FROM user WHERE status <> 'deleted' AND NOT EXISTS (SELECT 1 FROM person WHERE user_id = user.id)",
    ),
    (
        "whether a person has a device is wrong",
        "SELECT id FROM person p WHERE has_device <> EXISTS (SELECT 1 FROM device d WHERE d.user_id = p.user_id AND d.retired_at IS NULL
             AND d.approval = 'approved')",
    ),
    ("a person left before the first day", "SELECT id FROM person WHERE left_on < joined_on"),
    (
        "somebody who was erased still has an account, a reason or a name",
        "SELECT id FROM person WHERE email = id AND (user_id IS NOT NULL OR reason IS NOT NULL OR name <> 'erased' OR left_on IS NULL)",
    ),
    (
        "an invitation or an enrollment token was made with a key of another tenant",
        "SELECT i.id FROM invitation i JOIN api_key k ON k.id = i.created_with WHERE k.tenant_id <> i.tenant_id
         UNION ALL SELECT t.id FROM enrollment_token t JOIN api_key k ON k.id = t.created_with WHERE k.tenant_id <> t.tenant_id",
    ),
];
