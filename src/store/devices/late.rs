//! Reports that come more than a day after they were made: what they say of a time in which nothing was known.

use std::borrow::Cow;

use super::judge::{Evidence, bearer, findings, judgement};
use super::report::take_record;
use super::{Device, PreparedReport};
use crate::domain::compliance::CheckStatus;
use crate::domain::device::{DataType, Source};
use crate::domain::time::Time;
use crate::error::Result;
use crate::limits::LATE_FILL_SECONDS;
use crate::store::tx::WriteTx;
use crate::store::{exceptions, sections, settings, verdicts};

/// Fills the gaps in the past of `device` around `collected_at` from `prepared`, a report made then. What was known then, and what is
/// known now, stays as it is: the rows are marked as late and were never in force.
pub(super) fn fill_gaps(tx: &WriteTx, device: &Device, prepared: &PreparedReport, source: Source, collected_at: Time) -> Result<()> {
    if device.first_seen > collected_at {
        return Ok(());
    }
    let version = settings::at(tx, collected_at)?;
    let (then, evidence) = state_of(tx, device, prepared, source, collected_at, version.checks.custom_facts)?;
    let mut judgement = judgement(&then, &evidence, &version.checks, collected_at);
    judgement.changes_at = None;
    exceptions::lay_over(tx, bearer(&then), &mut judgement, collected_at)?;
    // What an exception spares then it spares no longer than it holds.
    let latest = judgement.changes_at.unwrap_or(Time(i64::MAX)).min(collected_at.plus_seconds(LATE_FILL_SECONDS));
    let mut filled: Option<(Time, Time)> = None;
    for finding in findings(&judgement, &version.checks, source).iter().filter(|finding| finding.status != CheckStatus::NoData) {
        if let Some((from, until)) = verdicts::gap(tx, &device.id, finding.check_id, collected_at, latest)? {
            verdicts::fill(tx, &device.id, finding, from, until)?;
            filled = filled.map_or(Some((from, until)), |(first, last)| Some((first.min(from), last.max(until))));
        }
    }
    let Some((from, until)) = filled else { return Ok(()) };
    // The facts behind them, so that other parameters can be judged by them too.
    for section in &prepared.sections {
        let judged = match section.data_type {
            DataType::Security | DataType::Software => true,
            DataType::Custom => version.checks.custom_facts,
            DataType::Hardware | DataType::Network => false,
        };
        if judged {
            sections::fill(tx, &device.id, section, source, from, until)?;
        }
    }
    Ok(())
}

/// The device as the report shows it, and what it says beside.
fn state_of<'s>(
    tx: &WriteTx,
    device: &Device,
    prepared: &'s PreparedReport,
    source: Source,
    collected_at: Time,
    custom_facts: bool,
) -> Result<(Device, Evidence<'s>)> {
    let mut then = device.clone();
    take_record(&mut then, &prepared.report, source);
    then.last_seen = Some(collected_at);
    let section = |data_type| {
        let found = prepared.sections.iter().find(|section| section.data_type == data_type);
        found.map(|section| (Cow::Borrowed(&section.content), section.collected_at.unwrap_or(collected_at).min(collected_at)))
    };
    let owner_active = Evidence::load(tx, device, &[])?.owner_active;
    let custom = if custom_facts { section(DataType::Custom) } else { None };
    let evidence = Evidence { security: section(DataType::Security), software: section(DataType::Software), custom, source, owner_active };
    Ok((then, evidence))
}
