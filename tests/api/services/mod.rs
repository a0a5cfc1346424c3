//! Services and their reviews through plain requests.

pub mod access;
pub mod deeds;
mod records;
mod reviews;
