//! Devices, services, accounts and their history: promises that the schema makes and can't enforce.

/// What must not be there: a sentence, and a query for the `id` of rows that break the promise.
pub(super) const PROMISES: &[(&str, &str)] = &[
    (
        "a verdict speaks of a device that its tenant does not have",
        "SELECT subject_id AS id FROM verdict AS v WHERE subject_id GLOB 'dev_*'
         AND NOT EXISTS (SELECT 1 FROM device WHERE id = v.subject_id AND tenant_id = v.tenant_id)",
    ),
    (
        "a past verdict speaks of a device that its tenant does not have",
        "SELECT subject_id AS id FROM verdict_past AS v WHERE subject_id GLOB 'dev_*'
         AND NOT EXISTS (SELECT 1 FROM device WHERE id = v.subject_id AND tenant_id = v.tenant_id)",
    ),
    (
        "a past status speaks of a device that its tenant does not have",
        "SELECT subject_id AS id FROM status_past AS s WHERE subject_id GLOB 'dev_*'
         AND NOT EXISTS (SELECT 1 FROM device WHERE id = s.subject_id AND tenant_id = s.tenant_id)",
    ),
    (
        "the number of a tenant's devices is wrong",
        "SELECT tenant_id AS id FROM (SELECT tenant_id, sum(devices) AS devices FROM
             (SELECT tenant_id, compliance_status, approval, owned, devices FROM device_tally
              UNION ALL SELECT tenant_id, compliance_status, approval, user_id IS NOT NULL, -1 FROM device WHERE retired_at IS NULL)
         GROUP BY tenant_id, compliance_status, approval, owned) WHERE devices <> 0",
    ),
    (
        "the number of subjects that stand in one way in a check is wrong",
        "SELECT tenant_id AS id FROM (SELECT tenant_id, sum(subjects) AS subjects FROM
             (SELECT tenant_id, check_id, status, subjects FROM check_tally
              UNION ALL SELECT tenant_id, check_id, status, -1 FROM verdict v
                  WHERE NOT EXISTS (SELECT 1 FROM device WHERE id = v.subject_id AND approval = 'pending'))
         GROUP BY tenant_id, check_id, status) WHERE subjects <> 0",
    ),
    (
        "a verdict speaks of a service that its tenant does not have",
        "SELECT subject_id AS id FROM (SELECT subject_id, tenant_id FROM verdict UNION ALL SELECT subject_id, tenant_id FROM verdict_past
             UNION ALL SELECT subject_id, tenant_id FROM status_past) AS v WHERE subject_id GLOB 'svc_*'
         AND NOT EXISTS (SELECT 1 FROM service WHERE id = v.subject_id AND tenant_id = v.tenant_id)",
    ),
    (
        "a service belongs to a user of another tenant",
        "SELECT service.id FROM service JOIN user ON user.id = service.owner_id WHERE user.tenant_id <> service.tenant_id",
    ),
    (
        "a review speaks of a service of another tenant",
        "SELECT r.id FROM security_review r JOIN service ON service.id = r.service_id WHERE service.tenant_id <> r.tenant_id",
    ),
    (
        "a device belongs to a user of another tenant",
        "SELECT device.id FROM device JOIN user ON user.id = device.user_id WHERE user.tenant_id <> device.tenant_id",
    ),
    (
        "an API key was made by a user of another tenant",
        "SELECT api_key.id FROM api_key JOIN user ON user.id = api_key.created_by WHERE user.tenant_id <> api_key.tenant_id",
    ),
    (
        "an enrollment token speaks of a user of another tenant",
        "SELECT t.id FROM enrollment_token t JOIN user ON user.id IN (t.created_by, t.user_id) WHERE user.tenant_id <> t.tenant_id",
    ),
    (
        "an invitation was made by a user of another tenant",
        "SELECT i.id FROM invitation i JOIN user ON user.id = i.created_by WHERE user.tenant_id <> i.tenant_id",
    ),
    (
        "a deleted user can still sign in or owns something",
        "SELECT id FROM user WHERE status = 'deleted' AND (password_hash <> '' OR email <> id
             OR EXISTS (SELECT 1 FROM session s WHERE s.user_id = user.id AND s.ended_at IS NULL AND s.expires_at > user.since)
             OR EXISTS (SELECT 1 FROM device d WHERE d.user_id = user.id AND d.retired_at IS NULL)
             OR EXISTS (SELECT 1 FROM service s WHERE s.owner_id = user.id AND s.retired_at IS NULL)
             OR EXISTS (SELECT 1 FROM finding f WHERE f.owner_id = user.id AND f.status = 'open'))",
    ),
    (
        "a session belongs to a user of another tenant",
        "SELECT session.id FROM session JOIN user ON user.id = session.user_id WHERE user.tenant_id <> session.tenant_id",
    ),
    ("a past verdict ends before it begins", "SELECT subject_id AS id FROM verdict_past WHERE until < since"),
    ("a past status ends before it begins", "SELECT subject_id AS id FROM status_past WHERE until < since"),
    (
        "a section's content is missing",
        "SELECT device_id AS id FROM device_section s WHERE NOT EXISTS (SELECT 1 FROM section_data d WHERE d.id = s.data_id)
         UNION ALL
         SELECT device_id FROM device_section_past s WHERE NOT EXISTS (SELECT 1 FROM section_data d WHERE d.id = s.data_id)",
    ),
    ("a past section ends before it begins", "SELECT device_id AS id FROM device_section_past WHERE until < since"),
    ("a past version of a record ends before it begins", "SELECT record_id AS id FROM record_past WHERE until < since"),
    ("a run of reports ends before it begins", "SELECT device_id AS id FROM device_presence_past WHERE until < since"),
    (
        "a past version is of nothing that its tenant has",
        "SELECT record_id AS id FROM record_past r WHERE NOT EXISTS (
             SELECT 1 FROM device WHERE id = r.record_id AND tenant_id = r.tenant_id
             UNION ALL SELECT 1 FROM service WHERE id = r.record_id AND tenant_id = r.tenant_id
             UNION ALL SELECT 1 FROM user WHERE id = r.record_id AND tenant_id = r.tenant_id
             UNION ALL SELECT 1 FROM person WHERE id = r.record_id AND tenant_id = r.tenant_id
             UNION ALL SELECT 1 FROM finding WHERE id = r.record_id AND tenant_id = r.tenant_id)",
    ),
    (
        "a content belongs to no section",
        "SELECT CAST(id AS TEXT) AS id FROM section_data WHERE id NOT IN (SELECT data_id FROM device_section)
             AND id NOT IN (SELECT data_id FROM device_section_past)",
    ),
    ("a device left the inventory without a reason", "SELECT id FROM device WHERE (retired_at IS NULL) <> (retired_reason IS NULL)"),
    (
        "something that left the inventory is still judged",
        "SELECT subject_id AS id FROM verdict v WHERE EXISTS (SELECT 1 FROM device WHERE id = v.subject_id AND retired_at IS NOT NULL
             UNION ALL SELECT 1 FROM service WHERE id = v.subject_id AND retired_at IS NOT NULL)",
    ),
    (
        "versions of a tenant's settings are missing",
        "SELECT t.id FROM tenant t WHERE (SELECT count(*) FROM settings_version s WHERE s.tenant_id = t.id)
             <> (SELECT coalesce(max(version), -1) FROM settings_version s WHERE s.tenant_id = t.id)",
    ),
];
