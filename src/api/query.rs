//! Query strings, checked against a route's row: unknown names, doubled names and values outside their range are refused.

use percent_encoding::percent_decode_str;

use super::route::{Parameter, ParameterKind};
use crate::domain::settings::OWN_PREFIX;
use crate::domain::time::{Time, parse_date};
use crate::error::{Error, Result};

/// Characters of a text parameter.
const TEXT_CHARACTERS_MAX: usize = 200;
/// Parameters in one query.
const PARAMETERS_MAX: usize = 40;

/// A checked query.
#[derive(Debug, Clone, Default)]
pub struct Query {
    given: Vec<(&'static str, Value)>,
}

#[derive(Debug, Clone)]
enum Value {
    Text(String),
    Boolean(bool),
    Integer(i64),
    Time(Time),
}

/// A day or a moment, as a filter gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayOrTime {
    /// A calendar day in the organisation's time zone.
    Day(chrono::NaiveDate),
    /// A moment.
    Time(Time),
}

impl Query {
    /// Checks `query` (what follows `?`) against `parameters`.
    pub fn parse(query: Option<&str>, parameters: &[Parameter], now: Time) -> Result<Query> {
        let mut given: Vec<(&'static str, Value)> = Vec::new();
        for pair in query.unwrap_or("").split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (decode(name)?, decode(value)?);
            let Some(parameter) = parameters.iter().find(|parameter| parameter.name == name) else {
                return Err(Error::invalid(format!("Unknown query parameter `{}`", shorten(&name))));
            };
            if given.iter().any(|(known, _)| *known == parameter.name) || given.len() >= PARAMETERS_MAX {
                return Err(Error::invalid(format!("Query parameter `{}` is given twice", parameter.name)));
            }
            given.push((parameter.name, check(parameter, value, now)?));
        }
        for parameter in parameters {
            if given.iter().any(|(known, _)| *known == parameter.name) {
                continue;
            }
            let default = match parameter.kind {
                ParameterKind::Boolean { default } => Value::Boolean(default),
                ParameterKind::Integer { default, .. } => Value::Integer(default),
                ParameterKind::RequiredChoice(choices) => {
                    return Err(Error::invalid(format!("`{}` is required: one of {}", parameter.name, choices().join(", "))));
                }
                _ => continue,
            };
            given.push((parameter.name, default));
        }
        Ok(Query { given })
    }

    /// A text, choice or day, if given.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.get(name)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A number, or its default.
    pub fn integer(&self, name: &str) -> i64 {
        match self.get(name) {
            Some(Value::Integer(number)) => *number,
            _ => 0,
        }
    }

    /// A switch, or its default.
    pub fn boolean(&self, name: &str) -> bool {
        matches!(self.get(name), Some(Value::Boolean(true)))
    }

    /// A moment, if given.
    pub fn time(&self, name: &str) -> Option<Time> {
        match self.get(name)? {
            Value::Time(time) => Some(*time),
            _ => None,
        }
    }

    /// A day or a moment, if given.
    pub fn day_or_time(&self, name: &str) -> Option<DayOrTime> {
        match self.get(name)? {
            Value::Time(time) => Some(DayOrTime::Time(*time)),
            Value::Text(text) => parse_date(text).map(DayOrTime::Day),
            _ => None,
        }
    }

    fn get(&self, name: &str) -> Option<&Value> {
        self.given.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }
}

fn check(parameter: &Parameter, value: String, now: Time) -> Result<Value> {
    let name = parameter.name;
    match parameter.kind {
        ParameterKind::Text | ParameterKind::Id(_) => {
            match value.chars().count() <= TEXT_CHARACTERS_MAX && !value.chars().any(char::is_control) {
                true => Ok(Value::Text(value)),
                false => Err(Error::invalid(format!("`{name}` must be at most {TEXT_CHARACTERS_MAX} printable characters"))),
            }
        }
        ParameterKind::Boolean { .. } => match value.as_str() {
            "true" => Ok(Value::Boolean(true)),
            "false" => Ok(Value::Boolean(false)),
            _ => Err(Error::invalid(format!("`{name}` must be true or false"))),
        },
        ParameterKind::Integer { min, max, .. } => {
            let plain = !value.is_empty() && value.len() <= 12 && value.bytes().all(|byte| byte.is_ascii_digit());
            match value.parse::<i64>() {
                Ok(number) if plain && (min..=max).contains(&number) => Ok(Value::Integer(number)),
                _ => Err(Error::invalid(format!("`{name}` must be a whole number from {min} to {max}"))),
            }
        }
        ParameterKind::Choice(choices) | ParameterKind::RequiredChoice(choices) => {
            let choices = choices();
            match choices.contains(&value.as_str()) {
                true => Ok(Value::Text(value)),
                false => Err(Error::invalid(format!("`{name}` must be one of {}", choices.join(", ")))),
            }
        }
        ParameterKind::CheckId(catalogue) => {
            let own =
                value.starts_with(OWN_PREFIX) && value.len() <= TEXT_CHARACTERS_MAX && value.bytes().all(|byte| byte.is_ascii_graphic());
            let choices = catalogue();
            match own || choices.contains(&value.as_str()) {
                true => Ok(Value::Text(value)),
                false => Err(Error::invalid(format!("`{name}` must be one of {}, or that of a check of your own", choices.join(", ")))),
            }
        }
        ParameterKind::PastTime => match Time::parse(&value) {
            Some(time) if time <= now => Ok(Value::Time(time)),
            Some(_) => Err(Error::invalid(format!("`{name}` lies in the future"))),
            None => Err(Error::invalid(format!("`{name}` must be a time like 2026-01-04T10:30:00Z"))),
        },
        ParameterKind::DayOrTime => match (parse_date(&value), Time::parse(&value)) {
            (Some(_), _) => Ok(Value::Text(value)),
            (None, Some(time)) => Ok(Value::Time(time)),
            (None, None) => Err(Error::invalid(format!("`{name}` must be a day like 2026-01-04 or a time like 2026-01-04T10:30:00Z"))),
        },
    }
}

/// Percent-decodes; `+` is a space, as forms and most clients send it.
fn decode(text: &str) -> Result<String> {
    let text = text.replace('+', " ");
    match percent_decode_str(&text).decode_utf8() {
        Ok(decoded) => Ok(decoded.into_owned()),
        Err(_) => Err(Error::invalid("The query is not valid UTF-8")),
    }
}

/// A name from outside, short and printable enough for an answer.
fn shorten(name: &str) -> String {
    name.chars().filter(|character| !character.is_control()).take(40).collect()
}
