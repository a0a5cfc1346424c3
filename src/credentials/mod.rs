//! Secrets and ids: how they are made, hashed and checked. Plain and hashed forms are different types; neither prints its secret.

pub mod common_passwords;
pub mod id;
pub mod jwt;
pub mod one_time;
pub mod password;
pub mod signing;
pub mod token;
