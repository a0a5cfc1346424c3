//! Devices through the store: each behaviour by itself, to the second, and all together in a simulation.

mod changes;
mod confirmations;
mod custom;
mod late;
pub(in crate::store) mod lists;
mod moments;
mod reports;
mod simulation;
pub(crate) mod support;
