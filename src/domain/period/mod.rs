//! Figures of a period.
