//! What the figures rest on: the audit chain, hashes, versions, and the key that signs this report.

use super::{printed, words};
use crate::error::Result;
use crate::report::content::{AuditChain, ComplianceReport, EventCount};
use crate::report::layout::{Badge, Cell, Colour, Column, Flow, MARGIN, Mark, Style, Table};

/// Draws the section.
pub fn draw(flow: &mut Flow, report: &ComplianceReport) -> Result<()> {
    let chain = &report.audit_chain;
    flow.paragraph(
        Style::BODY,
        "Every change and every sign-in leaves an entry in the audit log. Each entry holds the hash of the one before, so that an alteration breaks the chain. Who \
         holds the appliance's file could rewrite what follows the last checkpoint that is kept elsewhere: compare the head below with yours.",
    )?;
    let top = flow.y;
    verdict(chain).draw(flow, MARGIN, top)?;
    flow.y = top + 17.0;
    let basis = &report.basis;
    let number = |value: Option<i64>| words::or_none(value);
    let mut rows = vec![
        ("Entries", chain.entries.to_string()),
        ("First and last number", format!("{} to {}", number(chain.first_seq), number(chain.last_seq))),
        ("Hash of the last entry", words::text(&chain.head_hash)),
        ("Chain walked", chain.verified_at.map_or(words::NONE.to_owned(), words::moment)),
    ];
    if let Some(broken) = &chain.broken {
        rows.push(("What is broken", broken.clone()));
    }
    if let Some(checkpoint) = &chain.checkpoint {
        rows.push(("Last checkpoint", format!("entry {}, {}", checkpoint.seq, words::moment(checkpoint.created_at))));
        rows.push(("Its hash", checkpoint.hash.clone()));
        rows.push(("Its signature", checkpoint.signature.clone()));
    }
    rows.extend([
        ("Catalogue of checks, SHA-256", basis.catalogue_sha256.clone()),
        ("Framework's file, SHA-256", basis.framework_sha256.clone()),
        ("Table of supported systems, SHA-256", words::text(&basis.os_support_sha256)),
        ("Data of that table", words::or_none(basis.os_support_date)),
        ("Version of the settings", words::or_none(basis.settings_version)),
    ]);
    let columns = [Column::left("What", 1.5), Column::left("Value", 4.0)];
    Table { summary: "Audit chain, hashes and versions", columns: &columns }
        .draw(flow, rows.into_iter().map(|(label, value)| vec![Cell::from(label), Cell::from(value)]))?;
    signature(flow, report)?;
    events(flow, &chain.events)
}

fn verdict(chain: &AuditChain) -> Badge {
    match chain.ok {
        Some(true) => Badge::new("the audit chain holds", Mark::Tick, Colour::GREEN),
        Some(false) => Badge::new("the audit chain is broken", Mark::Cross, Colour::RED),
        None => Badge::new("the audit chain was not walked", Mark::Ring, Colour::MUTED),
    }
}

fn signature(flow: &mut Flow, report: &ComplianceReport) -> Result<()> {
    flow.heading(2, "Signature", "signature")?;
    let Some(key) = &report.basis.signing_key_pem else {
        return flow.paragraph(Style::BODY, "This report is not signed.");
    };
    flow.paragraph(
        Style::BODY,
        "The appliance signs the SHA-256 of this file with its report key (Ed25519); the signature is kept beside the file. With the file, the signature and the \
         public key below it can be checked anywhere: recoger report verify FILE SIGNATURE --public-key KEY.",
    )?;
    flow.paragraph(Style::NOTE, key.trim())
}

fn events(flow: &mut Flow, events: &[EventCount]) -> Result<()> {
    flow.heading(2, "Entries of the period by event", "events")?;
    if events.is_empty() {
        return flow.paragraph(Style::BODY, "The log has no entry of the period.");
    }
    let columns = [Column::left("Event", 3.0), Column::left("Name", 3.0), Column::right("Entries", 1.0)];
    let row =
        |event: &EventCount| vec![Cell::from(event.event_title.as_str()), Cell::from(event.event_name.as_str()), Cell::from(event.count)];
    Table { summary: "Entries of the audit log by event", columns: &columns }.draw(flow, events[..printed(events.len())].iter().map(row))
}
