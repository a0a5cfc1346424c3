//! What the appliance is about: pure types and rules. No clock, no files, no SQL, no HTTP.

pub mod access;
pub mod audit;
pub mod time;
pub mod user;
