//! States of Linux machines, each with all the security facts that it must give and no others: what can't be known must be left out.

mod desktops;
mod disks;
mod firewalls;
mod remote;
mod systems;
mod updates;

use std::collections::BTreeSet;

use serde_json::Value;

use super::*;
use crate::agent::testing::Machine;
use crate::domain::time::Time;

/// How a machine is, by its name in the table, and the `security` section that the agent must report of it.
struct State {
    name: &'static str,
    machine: Machine,
    expected: Value,
}

fn state(name: &'static str, machine: Machine, expected: Value) -> State {
    State { name, machine, expected }
}

fn all() -> Vec<State> {
    [disks::states(), firewalls::states(), desktops::states(), remote::states(), updates::states(), systems::states()]
        .into_iter()
        .flatten()
        .collect()
}

#[test]
fn every_state_gives_exactly_its_facts() {
    let mut wrong = Vec::new();
    for State { name, machine, expected } in all() {
        // 2026-11-24T05:00:00Z
        let options = Options { now: Time(1_795_496_400), state_folder: machine.path().join("state"), personal: false };
        let report = collect(&machine.system(), &options).unwrap();
        let found = serde_json::to_value(&report.security).unwrap();
        if found != expected {
            wrong.push(format!("{name}\n    found:    {found}\n    expected: {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_table_has_its_states_each_under_a_name_of_its_own() {
    let states = all();
    let names: BTreeSet<&str> = states.iter().map(|state| state.name).collect();
    assert_eq!(names.len(), states.len());
    assert!(states.len() >= 60, "{}", states.len());
}
