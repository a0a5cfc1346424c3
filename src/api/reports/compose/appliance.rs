//! What the appliance says about itself as of the end: accounts, settings, log and agents; it enters no score.

use super::Run;
use super::subject::About;
use super::walk::Track;
use crate::domain::check::Subject;
use crate::domain::device::Source;
use crate::domain::facts::Facts;
use crate::domain::time::Time;
use crate::error::Result;
use crate::report::content::{AgentVersion, ApplianceBlock, CheckResult, SubjectRef};
use crate::store::appliance_facts::{UserState, tenant_facts, user_facts};

/// Accounts that could sign in as of the end.
pub(super) struct Accounts(Vec<UserState>);

/// Judges accounts and tenant by what is certain of them as of the end; the rest is no data.
pub(super) fn add(run: &mut Run<'_, '_, '_>) -> Result<Accounts> {
    let frame = run.frame;
    let accounts = user_facts(frame.tx, frame.as_of)?;
    for account in &accounts {
        // An account without a name of then was erased since.
        let name = frame.name(Some(&account.id))?.unwrap_or_else(|| account.id.clone());
        judge(run, Subject::User, (&account.id, &name), &account.facts());
    }
    let facts = tenant_facts(frame.tx, frame.as_of)?;
    judge(run, Subject::Tenant, (&frame.tx.tenant_id, "this appliance"), &facts);
    Ok(Accounts(accounts))
}

fn judge(run: &mut Run<'_, '_, '_>, kind: Subject, (id, name): (&str, &str), facts: &Facts<'_>) {
    let outcomes = run.evaluation.add(kind, facts, &[]);
    let about = About {
        subject: SubjectRef { kind, id: id.to_owned(), name: name.to_owned(), serial_number: None, owner: None },
        begin: Time(i64::MIN),
        left: None,
        os: None,
        source: Source::Agent,
        review_due_on: None,
        last_seen: None,
        exceptions: &[],
        tags: &[],
        late: &[],
    };
    let track = Track { rows: vec![Vec::new(); run.tallies.len()], joined: None };
    // The tally of evidence is about devices and services.
    let evidence = run.evidence;
    run.count_end(&track, &about, &outcomes);
    run.evidence = evidence;
}

/// The block, with its checks.
pub(super) fn block(accounts: &Accounts, run: &super::Present, checks: Vec<CheckResult>) -> ApplianceBlock {
    let count = |wanted: &dyn Fn(&UserState) -> bool| accounts.0.iter().filter(|account| wanted(account)).count() as u64;
    let mut agent_versions: Vec<AgentVersion> =
        run.agents.iter().map(|(version, devices)| AgentVersion { version: version.clone(), devices: *devices }).collect();
    agent_versions.sort_by_key(|version| std::cmp::Reverse(version.devices));
    ApplianceBlock {
        checks,
        accounts: accounts.0.len() as u64,
        administrators: count(&UserState::is_admin),
        accounts_with_mfa: count(&|account| account.mfa_enabled == Some(true)),
        agent_versions,
        clocks: run.clocks,
    }
}
