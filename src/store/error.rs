//! SQLite's failures in the words of the domain.

use rusqlite::ErrorCode;

use crate::error::Error;

impl From<rusqlite::Error> for Error {
    /// A constraint that a store function did not foresee, or any other fault, is internal: nothing here is the caller's doing.
    /// Storage that can't take writes now is `Unavailable`, so that the caller tries again.
    fn from(error: rusqlite::Error) -> Error {
        let cause = error.to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Error::unavailable("The appliance's storage is full; nothing was stored", cause),
            Some(ErrorCode::ReadOnly) => Error::unavailable("The appliance's storage is read-only; nothing was stored", cause),
            Some(ErrorCode::SystemIoFailure) => Error::unavailable("The appliance's storage failed; nothing was acknowledged", cause),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                Error::unavailable("The appliance is busy; try again in a few seconds", cause)
            }
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                let detail = "The appliance's data file is damaged; `recoger check` names where";
                Error { detail: detail.to_owned(), ..Error::internal(cause) }
            }
            _ => Error::internal(cause),
        }
    }
}

/// Whether a write failed because a row with the same unique value is there already.
pub(super) fn is_duplicate(error: &rusqlite::Error) -> bool {
    use rusqlite::ffi::{SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE};
    error.sqlite_error().is_some_and(|error| [SQLITE_CONSTRAINT_UNIQUE, SQLITE_CONSTRAINT_PRIMARYKEY].contains(&error.extended_code))
}
