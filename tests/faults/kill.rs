//! `kill -9` in the middle of a load of reports, again and again on the same file.

use super::dice::Dice;
use super::load::{Counted, Load, assert_sound, wrong_verdicts};
use crate::support::binary::{Binary, code};

/// Kills.
const ROUNDS: u64 = 20;
/// A round is ended within this many acknowledged reports.
const ACKNOWLEDGED_PER_ROUND_MAX: u64 = 80;
/// Repeats the moments and choices, as far as threads can be repeated.
const SEED: u64 = 20_260_101;
/// How long a killed process may take to be gone.
const END_SECONDS_MAX: u64 = 20;

#[test]
fn no_acknowledged_report_is_lost_in_twenty_kills_and_the_file_stays_sound() {
    println!("seed {SEED}");
    let mut dice = Dice::new(SEED);
    let mut binary = Binary::start();
    let load = Load::on(&binary);
    let mut blind_rounds = 0;
    for round in 0..ROUNDS {
        let before = load.journal().acknowledged;
        let moment = before + 1 + dice.position(ACKNOWLEDGED_PER_ROUND_MAX as usize);
        load.while_reporting(binary.address, &mut dice, |load| {
            load.wait_for("acknowledged reports", |journal| journal.acknowledged >= moment);
            binary.process.signal("KILL");
            binary.process.wait_for(END_SECONDS_MAX, |state| state.exit).unwrap();
        });
        let journal = load.journal();
        assert_eq!((journal.refused, &journal.strange), (0, &Vec::new()), "round {round}");
        binary = binary.restarted().unwrap_or_else(|error| panic!("round {round}: {error}"));
        let lost = journal.missing(&binary.data(), Counted::Acknowledged);
        assert!(lost.is_empty(), "seed {SEED}, round {round}: lost\n{}", lost.join("\n"));
        // The control: had the program acknowledged before the commit, these would be lost promises, and this harness would see them.
        blind_rounds += u64::from(journal.missing(&binary.data(), Counted::Sent).is_empty());
        assert_eq!(wrong_verdicts(&binary.data()), Vec::<String>::new(), "round {round}");
        assert_sound(&binary);
        println!("round {round}: killed after {} acknowledged reports", journal.acknowledged - before);
    }
    let journal = load.journal();
    println!(
        "{ROUNDS} kills, {} reports of {} devices acknowledged, none lost; acknowledging before the commit would have lost some in {} rounds",
        journal.acknowledged,
        journal.serials(),
        ROUNDS - blind_rounds
    );
    assert!(blind_rounds < ROUNDS, "the harness sees no loss even where there must be one");
    let verified = binary.beside(&["audit", "verify"]);
    assert_eq!(code(&verified), Some(0), "{verified:?}");
}
