//! `recoger privacy-fields`: what the agent collects, what for, who sees it and how long, for the organisation's own papers.

use clap::{Args, ValueEnum};

use super::print;
use crate::domain::collected::{Language, json, markdown};
use crate::error::Result;

#[derive(Debug, Args)]
pub(super) struct PrivacyFields {
    /// A table in Markdown, or JSON with both languages
    #[arg(long, value_enum, default_value_t = Format::Md)]
    format: Format,
    /// Language of the table
    #[arg(long, value_enum, default_value_t = LanguageName::En)]
    language: LanguageName,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Md,
    Json,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum LanguageName {
    En,
    Sv,
}

pub(super) fn run(command: &PrivacyFields) -> Result<()> {
    match (command.format, command.language) {
        (Format::Json, _) => print::json(&json()),
        (Format::Md, LanguageName::En) => print::out(&markdown(Language::English)),
        (Format::Md, LanguageName::Sv) => print::out(&markdown(Language::Swedish)),
    }
}
