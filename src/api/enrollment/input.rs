//! Reading enrollment tokens to be made, and what devices send with one, from JSON.

use serde_json::Value;

use crate::api::call::Call;
use crate::api::devices::fields::{self as device_fields, SaidBy};
use crate::api::input::{Fields, kind_of};
use crate::credentials::token::PlainToken;
use crate::domain::access::Role;
use crate::domain::assignment::{Assignment, SerialOwner};
use crate::domain::device::{Ownership, placeholder_serial};
use crate::domain::enrollment::{EnrollmentToken, PREFIX, TEXT_CHARACTERS_MAX};
use crate::domain::hardware::hardware;
use crate::domain::user::checked_email;
use crate::error::{Error, Result};
use crate::limits::{ENROLLMENT_DEVICES_MAX, ENROLLMENT_HOURS_MAX, ENROLLMENT_SERIALS_MAX};
use crate::store::devices::Newcomer;
use crate::store::enrollment::{Enrolling, NewToken};

const NAME_CHARACTERS_MAX: usize = 100;
const ID_CHARACTERS_MAX: usize = 64;
const UUID_CHARACTERS_MAX: usize = 64;
const ACCOUNT_CHARACTERS_MAX: usize = 254;

/// Reads a token to be made, within what the caller may make.
pub fn new_token(call: &Call) -> Result<NewToken> {
    let caller = call.caller()?;
    let (is_admin, person) = (caller.role == Role::Admin, caller.person().map(str::to_owned));
    let mut fields = Fields::of(call.request)?;
    let name = fields.text("name", 1, NAME_CHARACTERS_MAX)?;
    let user_id = fields.text("user_id", 1, ID_CHARACTERS_MAX)?;
    let device_limit = whole_number(&mut fields, "device_limit", ENROLLMENT_DEVICES_MAX)?.unwrap_or(1);
    let hours = whole_number(&mut fields, "expires_in_hours", ENROLLMENT_HOURS_MAX)?.unwrap_or(24);
    let ownership = device_fields::ownership(&mut fields)?;
    let assign = fields.object("assign")?;
    if assign.is_some() && user_id.is_some() {
        return Err(fields.wrong("assign", "and `user_id` exclude each other: each says whose the devices are"));
    }
    let says_more = assign.is_some() || ownership.is_some();
    let mut assignment = assign.map(|map| assignment(Fields::inside("assign", map))).transpose()?.unwrap_or_default();
    fields.finish()?;
    if is_admin {
        assignment.user_id = user_id;
    } else {
        let Some(person) = person.clone() else {
            return Err(Error::forbidden("A key made on the command line enrols nobody's devices unless its role is admin"));
        };
        if says_more || user_id.is_some_and(|user_id| user_id != person) {
            return Err(Error::forbidden("Only an admin may make tokens for devices that are not his own, or say more of them"));
        }
        assignment.user_id = Some(person);
    }
    let expires_at = call.now.plus_seconds(i64::from(hours) * 3600);
    let ownership = ownership.unwrap_or(Ownership::Company);
    Ok(NewToken { name, created_by: person, as_admin: is_admin, assignment, ownership, device_limit, expires_at })
}

/// Reads what a device sends.
pub fn enrolling(call: &Call) -> Result<Enrolling> {
    let mut fields = Fields::of(call.request)?;
    let text = fields.required_secret("token", TEXT_CHARACTERS_MAX)?;
    if text.trim().is_empty() {
        return Err(fields.wrong("token", "is empty"));
    }
    let serial_number = device_fields::serial_number(&mut fields, SaidBy::Device)?;
    let device_name = device_fields::device_name(&mut fields, SaidBy::Device)?;
    let os_type = device_fields::os_type(&mut fields)?;
    let signed_in_user = fields.text("signed_in_user", 1, ACCOUNT_CHARACTERS_MAX)?;
    let email = fields.text("email", 1, ACCOUNT_CHARACTERS_MAX)?.map(|email| checked_email("email", &email)).transpose()?;
    let hardware = fields.text("hardware_uuid", 1, UUID_CHARACTERS_MAX)?.and_then(|uuid| hardware(&uuid));
    fields.finish()?;
    let newcomer = Newcomer { serial_number, device_name, os_type, hardware };
    Ok(Enrolling { secret: PlainToken::given(&secret_of(&text)).hashed(), newcomer, signed_in_user, email })
}

/// The secret of a whole token, or the text itself, which then is the secret or nothing that is known.
fn secret_of(text: &str) -> String {
    let text = text.trim();
    match text.starts_with(PREFIX) {
        true => EnrollmentToken::parse(text).map(|token| token.secret).unwrap_or_default(),
        false => text.to_owned(),
    }
}

fn assignment(mut fields: Fields) -> Result<Assignment> {
    let serials = match fields.optional("serials") {
        Some(value) => serials(&fields, value)?,
        None => Vec::new(),
    };
    let by_email = fields.boolean("email")?.unwrap_or(false);
    let by_sign_in = fields.boolean("signed_in_user")?.unwrap_or(false);
    fields.finish()?;
    Ok(Assignment { user_id: None, serials, by_email, by_sign_in })
}

fn serials(fields: &Fields, value: Value) -> Result<Vec<SerialOwner>> {
    let Value::Array(items) = value else {
        return Err(fields.wrong("serials", &format!("must be an array of objects, not {}", kind_of(&value))));
    };
    if items.len() > ENROLLMENT_SERIALS_MAX {
        return Err(fields.wrong("serials", &format!("has more than {ENROLLMENT_SERIALS_MAX} entries")));
    }
    let mut read: Vec<SerialOwner> = Vec::with_capacity(items.len());
    for (index, item) in items.into_iter().enumerate() {
        let name = format!("assign.serials[{index}]");
        let Value::Object(map) = item else {
            return Err(Error::invalid(format!("`{name}` must be an object, not {}", kind_of(&item))));
        };
        let mut line = Fields::inside(&name, map);
        let serial_number = line.required_text("serial_number", 1, device_fields::SERIAL_CHARACTERS_MAX)?;
        if placeholder_serial(&serial_number) {
            return Err(line.wrong("serial_number", "is a placeholder that many machines share; it names no device"));
        }
        let email = line.required_text("email", 1, ACCOUNT_CHARACTERS_MAX)?;
        let email = checked_email(&format!("{name}.email"), &email)?;
        line.finish()?;
        read.push(SerialOwner { serial_number, email });
    }
    let mut seen: Vec<&str> = read.iter().map(|line| line.serial_number.as_str()).collect();
    seen.sort_unstable();
    match seen.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(fields.wrong("serials", &format!("names `{}` twice", pair[0]))),
        None => Ok(read),
    }
}

fn whole_number(fields: &mut Fields, name: &str, max: u32) -> Result<Option<u32>> {
    let Some(value) = fields.optional(name) else { return Ok(None) };
    let number = value.as_u64().and_then(|number| u32::try_from(number).ok()).filter(|number| (1..=max).contains(number));
    number.map(Some).ok_or_else(|| fields.wrong(name, &format!("must be a whole number from 1 to {max}")))
}
