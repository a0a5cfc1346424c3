//! Compliance reports: figures in, bytes out. Computes no verdict and reads no store; what is to be shown comes as [`content`].
//!
//! - [`content`]: all that a report says, as plain data.
//! - [`json`], [`csv`], [`oscal`], [`pdf`]: the formats. `pages` says what stands on the printed pages, `layout` where, `text` in which glyphs.

pub mod content;
pub mod csv;
pub mod json;
mod layout;
pub mod oscal;
mod pages;
pub mod pdf;
#[cfg(test)]
mod sample;
mod text;
