//! Which controls of a framework apply, as the organisation decided: every decision is kept, the last one holds.

use rusqlite::params;

use super::audit::{self, Entry};
use super::tx::{Tx, WriteTx};
use crate::domain::audit::{Event, Metadata};
use crate::domain::time::Time;
use crate::error::Result;

/// A control that does not apply, or that applies again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The control's id.
    pub control_id: String,
    /// Whether it applies.
    pub applicable: bool,
    /// Why not.
    pub reason: Option<String>,
    /// Id of the user or key that decided.
    pub decided_by: Option<String>,
    /// When.
    pub recorded_at: Time,
}

/// Records whether `control_id` applies from now on, with the reason if it does not. The caller has checked that the framework has it. What
/// says the same as before is no new decision.
pub fn decide(tx: &WriteTx, framework_id: &str, control_id: &str, reason: Option<&str>) -> Result<Decision> {
    let before = decisions_at(tx, framework_id, tx.now)?.into_iter().find(|decision| decision.control_id == control_id);
    let reason_before = before.as_ref().and_then(|decision| decision.reason.clone());
    if let Some(before) = before.filter(|before| before.reason.as_deref() == reason) {
        return Ok(before);
    }
    let decision = Decision {
        control_id: control_id.to_owned(),
        applicable: reason.is_none(),
        reason: reason.map(str::to_owned),
        decided_by: tx.actor.id.clone(),
        recorded_at: tx.now,
    };
    if reason.is_none() && reason_before.is_none() {
        // Every control applies until somebody decides otherwise.
        return Ok(decision);
    }
    let sql = "INSERT INTO applicability (tenant_id, framework_id, control_id, version, applicable, reason, decided_by, recorded_at)
               SELECT ?1, ?2, ?3, coalesce(max(version), 0) + 1, ?4, ?5, ?6, ?7 FROM applicability
               WHERE tenant_id = ?1 AND framework_id = ?2 AND control_id = ?3";
    tx.connection.prepare_cached(sql)?.execute(params![
        tx.tenant_id,
        framework_id,
        control_id,
        decision.applicable,
        reason,
        decision.decided_by,
        tx.now.0
    ])?;
    let metadata = Metadata::new()
        .with("control_id", control_id)
        .change("applicable", reason_before.is_none(), decision.applicable)
        .change_personal("reason", reason_before, reason);
    audit::record(tx, Entry::new(Event::ApplicabilityChanged, "framework", framework_id, metadata))?;
    Ok(decision)
}

/// The decision in force at `at` for each control of which there is one, by control; a control without one applies.
pub fn decisions_at(tx: &Tx, framework_id: &str, at: Time) -> Result<Vec<Decision>> {
    let sql = "SELECT control_id, applicable, reason, decided_by, recorded_at FROM applicability AS a
               WHERE tenant_id = ?1 AND framework_id = ?2 AND version = (
                   SELECT max(version) FROM applicability AS b WHERE b.tenant_id = a.tenant_id AND b.framework_id = a.framework_id
                   AND b.control_id = a.control_id AND b.recorded_at <= ?3)
               ORDER BY control_id";
    let mut statement = tx.connection.prepare_cached(sql)?;
    let rows = statement.query_map(params![tx.tenant_id, framework_id, at.0], |row| {
        Ok(Decision {
            control_id: row.get(0)?,
            applicable: row.get(1)?,
            reason: row.get(2)?,
            decided_by: row.get(3)?,
            recorded_at: Time(row.get(4)?),
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Actor;
    use crate::store::devices::tests::support::*;

    #[test]
    fn the_last_decision_up_to_a_moment_holds_and_each_is_kept() {
        let scene = Scene::new();
        let (tenant, _) = scene.other_tenant();
        let decide = |second: i64, control: &'static str, reason: Option<&'static str>| {
            scene.write(seconds(second), move |tx| decide(tx, "soc2", control, reason)).unwrap()
        };
        assert!(decide(0, "CC1.1", None).applicable, "nothing new");
        decide(10, "CC1.1", Some("No such office"));
        decide(20, "CC1.1", Some("No such office"));
        decide(30, "CC6.4", Some("All in the cloud"));
        decide(40, "CC1.1", None);
        let at = |second: i64| -> Vec<(String, bool)> {
            let found = scene.read(seconds(second), |tx| decisions_at(tx, "soc2", seconds(second)));
            found.into_iter().map(|decision| (decision.control_id, decision.applicable)).collect()
        };
        let of = |control: &str, applicable| (control.to_owned(), applicable);
        assert_eq!((at(9), at(10), at(39)), (vec![], vec![of("CC1.1", false)], vec![of("CC1.1", false), of("CC6.4", false)]));
        assert_eq!(at(40), [of("CC1.1", true), of("CC6.4", false)]);
        assert_eq!((scene.count("applicability"), scene.count("audit_log WHERE event_name = 'applicability_changed'")), (3, 3));
        let theirs = scene.store.read(&tenant, &Actor::system(), seconds(50), |tx| decisions_at(tx, "soc2", seconds(50))).unwrap();
        assert!(theirs.is_empty() && scene.read(seconds(50), |tx| decisions_at(tx, "iso27001", seconds(50))).is_empty());
    }
}
