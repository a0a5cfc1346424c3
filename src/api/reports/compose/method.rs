//! How a report is made, in words, so that somebody else can make it again.

use super::frame::Frame;
use crate::domain::compliance::MIN_COMPLETENESS_PERCENT;
use crate::report::content::MethodText;

/// The texts.
pub(super) fn texts(frame: &Frame<'_, '_>) -> Vec<MethodText> {
    vec![facts(), freshness(frame), time(frame), statuses(), score(frame), period(), evidence()]
}

fn text(title: &str, paragraphs: Vec<String>) -> MethodText {
    MethodText { title: title.to_owned(), paragraphs }
}

fn facts() -> MethodText {
    text(
        "How facts are collected",
        vec![
            "An agent on each device reads the state of its system with the system's own means: on macOS FileVault, the application firewall, \
             Gatekeeper and configuration profiles; on Windows BitLocker, the firewall profiles, Security Center and the registry; on Linux block \
             devices with their encryption, packet filters, the desktop's settings and the package manager. It reports with a key of its own that is \
             bound to the device's serial number. What can't be determined with certainty is left out and stays no data; it is never taken for a no."
                .to_owned(),
            "Other systems may report with a key of theirs; devices without an agent are recorded by people. Facts about services are stated by \
             people, in the record or in a review. Each fact keeps who vouches for it, and verdicts are counted apart by that."
                .to_owned(),
            "Every fact is evaluated again from the kept history; no verdict that was computed earlier enters a figure. Lists of installed programs \
             are not repeated in this report: what offends is shown with the verdict, the whole list stands in the device's inventory."
                .to_owned(),
        ],
    )
}

fn freshness(frame: &Frame<'_, '_>) -> MethodText {
    let checks = &frame.rules.checks;
    text(
        "How old a fact may be",
        vec![
            format!(
                "A reported fact that was not confirmed for more than {} days is stale: every check that needs it has no data. A device that was \
                 not heard of for more than {} days is silent. A fact that is dated after the moment asked about counts as no data.",
                checks.max_age_days, checks.silent_after_days
            ),
            "Reports that come without a gap of more than a day are kept as one run, of which single ones are not kept. The time of a last report \
             or confirmation within the last day of the period is therefore given as that day's begin: never too late."
                .to_owned(),
            format!(
                "Whether an operating system still gets security fixes comes from a table of {}; releases without a known end are taken for \
                 supported for a limited time after that day.",
                checks.os_support.data_date
            ),
        ],
    )
}

fn time(frame: &Frame<'_, '_>) -> MethodText {
    let mut paragraphs = vec![format!(
        "Days are those of the time zone {}. The state is that of {}: the last second of the last day{}.",
        frame.zone,
        frame.as_of,
        if frame.period.preliminary { ", or, as here, the moment at which the report was made" } else { "" }
    )];
    paragraphs.push(
        "Figures of a moment use what was recorded by then. What was stated afterwards, such as a review, counts from its recording; what a device \
         reports more than 24 hours late fills gaps of its history only and is marked. So the same request over the same data gives the same figures \
         at any later time. What is not part of the figures is the state of the audit chain, which is that of the making, and the report before."
            .to_owned(),
    );
    if frame.period.preliminary {
        paragraphs.push("The period has not ended: figures over it may still change.".to_owned());
    }
    text("Time", paragraphs)
}

fn statuses() -> MethodText {
    text(
        "Verdicts and statuses",
        vec![
            "For each subject a check passes, fails, is excepted (it fails, and an exception is in force), has no data, or is not applicable. The five \
             counts add up to the population. A person who should have a device and has none counts as no data in each baseline check of devices."
                .to_owned(),
            "A control fails if a required check fails for any subject. It has no data if no required check has a verdict. It passes if every required \
             check passed for somebody and is neither excepted nor without data for anybody, and no supporting check fails. Everything else is \
             partial: the evidence is incomplete. A control whose required checks are all about this appliance is at best partial."
                .to_owned(),
            "The status of a device or service is the first that holds: non-compliant (a critical or high check of the baseline fails and its grace is \
             over), unknown (silent, or a key check has no data), needs review (a failure in grace, a minor failure, or a review due soon), compliant. \
             It is computed over the checks of this framework; where a check has several scopes or parameters, the worst result counts."
                .to_owned(),
        ],
    )
}

fn score(frame: &Frame<'_, '_>) -> MethodText {
    let weights = &frame.rules.checks.catalogue.weights;
    use crate::domain::check::Severity::{Critical, High, Low, Medium};
    text(
        "Score, completeness, coverage",
        vec![
            format!(
                "Score = 100 · Σ w·P/n ÷ Σ w, rounded down, over each distinct check, parameters and scope of devices and services, where P passed \
                 of n = passed + failed + excepted + no data, and w is {} for critical, {} for high, {} for medium and {} for low. It is 100 only if \
                 everything passed.",
                weights.of(Critical),
                weights.of(High),
                weights.of(Medium),
                weights.of(Low)
            ),
            format!(
                "Completeness = 100 · (passed + failed + excepted) ÷ n over the same, rounded down. Below {MIN_COMPLETENESS_PERCENT} the score is \
                 withheld. Coverage counts the controls that checks answer fully, in part, or not at all."
            ),
        ],
    )
}

fn period() -> MethodText {
    text(
        "Figures over the period",
        vec![
            "Every device and service that was in the inventory at some time of the period is walked through all moments at which a fact of it, an \
             exception, or time alone changed a verdict. Its population is all of them, retired devices and deleted services included; these are not \
             part of the state at its end. A subject-day is a calendar day; parts of a day count as such. Shares are of the subject-days that the \
             check was for."
                .to_owned(),
            "One yardstick is used for the whole period: settings, catalogue and framework as they were in force at its end. What changed within it is \
             listed with the deviations. A deviation is a time without break in which a check failed, with or without exception; it has its true \
             beginning also before the period. It is mended when the check passes; a gap without data ends it without being mended. Mean and longest \
             leave out deviations that had an exception over all of their time in the period."
                .to_owned(),
            "The beginning of a result that does not fail is given where it lies within the period. Accounts and this appliance itself are looked at \
             as of the end alone: that moment stands as the beginning of what fails there."
                .to_owned(),
        ],
    )
}

fn evidence() -> MethodText {
    text(
        "Measured, declared, derived, attested",
        vec![
            "Measured facts are read by an agent, by another system or by the appliance. Declared facts are stated by a person and are as good as that \
             person's word. Derived ones are computed from facts with a table. Attestations are statements of people with files: they stand beside a \
             control and change neither its status nor any figure."
                .to_owned(),
        ],
    )
}
