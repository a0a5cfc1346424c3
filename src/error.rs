//! The one error type: a kind in the words of the domain, and a sentence.
//!
//! Which error belongs where: every layer returns [`Error`]. `domain` and `api` make the kinds a caller can do something about
//! (`invalid`, `not_found`, …) with a sentence that names the field or thing. Anything unexpected from SQLite, the disk or a library
//! becomes [`Kind::Internal`]: the caller sees a fixed sentence, the operator finds `cause` in the log. This file knows neither SQL nor
//! HTTP; `api::answer` maps kinds to status codes, `store` maps SQLite's codes to kinds.

use std::fmt;

/// What went wrong, as far as a caller can act on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The input is malformed or not allowed; the sentence names the field.
    Invalid,
    /// No credential, or one that does not hold.
    Unauthenticated,
    /// The credential holds but does not reach this far.
    Forbidden,
    /// The thing does not exist, or belongs to another tenant.
    NotFound,
    /// The path exists, the method does not.
    MethodNotAllowed,
    /// It clashes with what is stored.
    Conflict,
    /// The body is larger than the route takes.
    TooLarge,
    /// The body is not declared as JSON.
    NotJson,
    /// The name is locked after failed sign-ins.
    Locked,
    /// More requests than the plan allows.
    RateLimited,
    /// A queue is full or the storage can't take writes now; trying again later helps.
    Unavailable,
    /// A fault of ours; details are in the log only.
    Internal,
}

/// A failure with its kind, a sentence for the caller and, for the log alone, its cause.
#[derive(Debug, Clone)]
pub struct Error {
    /// What the caller can do about it.
    pub kind: Kind,
    /// One sentence for the caller, without a full stop, naming the field or thing.
    pub detail: String,
    /// For the log only: what lies behind. Never shown to a caller.
    pub cause: Option<String>,
    /// Seconds after which trying again makes sense.
    pub retry_after_seconds: Option<u32>,
    /// Methods that the path does take, for [`Kind::MethodNotAllowed`].
    pub allow: Option<String>,
    /// The password was right but a second factor is needed.
    pub mfa_required: bool,
}

/// What every fallible function of the program returns.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error of `kind` that says `detail`.
    pub fn new(kind: Kind, detail: impl Into<String>) -> Error {
        Error { kind, detail: detail.into(), cause: None, retry_after_seconds: None, allow: None, mfa_required: false }
    }

    /// Bad input; `detail` names the field.
    pub fn invalid(detail: impl Into<String>) -> Error {
        Error::new(Kind::Invalid, detail)
    }

    /// No valid credential.
    pub fn unauthenticated(detail: impl Into<String>) -> Error {
        Error::new(Kind::Unauthenticated, detail)
    }

    /// Not allowed for this caller.
    pub fn forbidden(detail: impl Into<String>) -> Error {
        Error::new(Kind::Forbidden, detail)
    }

    /// `thing` as a capitalised noun: `Device` gives "Device not found", as in the reference.
    pub fn not_found(thing: &str) -> Error {
        Error::new(Kind::NotFound, format!("{thing} not found"))
    }

    /// A clash with stored data.
    pub fn conflict(detail: impl Into<String>) -> Error {
        Error::new(Kind::Conflict, detail)
    }

    /// A fault of ours; `cause` goes to the log, the caller sees a fixed sentence.
    pub fn internal(cause: impl fmt::Display) -> Error {
        let mut error = Error::new(Kind::Internal, "Something went wrong on the appliance; its log has the details");
        error.cause = Some(cause.to_string());
        error
    }

    /// The appliance can't take this now; `cause` goes to the log.
    pub fn unavailable(detail: impl Into<String>, cause: impl fmt::Display) -> Error {
        let mut error = Error::new(Kind::Unavailable, detail).retry_after(5);
        error.cause = Some(cause.to_string());
        error
    }

    /// Adds when to try again.
    pub fn retry_after(mut self, seconds: u32) -> Error {
        self.retry_after_seconds = Some(seconds);
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.cause {
            Some(cause) => write!(f, "{}: {cause}", self.detail),
            None => f.write_str(&self.detail),
        }
    }
}

impl std::error::Error for Error {}
