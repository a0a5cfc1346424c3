//! Passwords: which may be chosen, how they are hashed (argon2id) and checked.

use std::fmt;
use std::sync::{Condvar, Mutex, PoisonError};

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::common_passwords::is_common;
use super::id::random;
use crate::error::{Error, Result};

/// Shortest password that may be chosen.
pub const PASSWORD_CHARACTERS_MIN: usize = 12;
/// Longest password that may be chosen.
pub const PASSWORD_CHARACTERS_MAX: usize = 128;
/// Bytes of a password that are looked at: the longest one in the longest UTF-8 form, and some.
pub const PASSWORD_BYTES_MAX: usize = 1024;
/// Hashes computed at once: each takes 19 MiB, and a small board has little more to give.
pub const HASHES_AT_ONCE_MAX: usize = 2;

// OWASP's first choice for argon2id.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Checked in place of the hash of a user who does not exist, so that the answer takes as long. Nobody knows a password that gives it:
/// salt and hash are made up. A test holds its parameters to the present ones.
const NOBODYS_HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$cmVjb2dlci1ub2JvZHktMQ$b3nhb1Wc0oKk7pTzv5mYw2QeJr8uXl4iDfGtHsAaE6M";

/// A password in the clear: wiped when dropped, never printed.
pub struct Password(Zeroizing<String>);

/// What checking a password found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// It is the right one.
    pub matches: bool,
    /// The stored hash was made with other parameters than the present ones.
    pub outdated: bool,
}

impl Password {
    /// A password exactly as sent.
    pub fn new(text: impl Into<String>) -> Password {
        Password(Zeroizing::new(text.into()))
    }

    /// A random one that can be read out and typed: four groups of five letters and digits, 100 bits.
    pub fn generate() -> Password {
        const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
        let bytes = Zeroizing::new(random::<20>());
        let mut text = Zeroizing::new(String::with_capacity(23));
        for (index, byte) in bytes.iter().enumerate() {
            if index > 0 && index % 5 == 0 {
                text.push('-');
            }
            text.push(char::from(ALPHABET[usize::from(byte & 31)]));
        }
        Password(text)
    }

    /// The password itself, for the one time it is shown.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Refuses passwords that are too short or long, too common, or the person's own email or name; `field` is named in the sentence.
    pub fn check(&self, field: &str, email: &str, name: &str) -> Result<()> {
        let refuse = |why: &str| Err(Error::invalid(format!("`{field}` {why}")));
        let characters = self.0.chars().count();
        if !(PASSWORD_CHARACTERS_MIN..=PASSWORD_CHARACTERS_MAX).contains(&characters) {
            return refuse(&format!("must be {PASSWORD_CHARACTERS_MIN} to {PASSWORD_CHARACTERS_MAX} characters"));
        }
        if is_common(&self.0) {
            return refuse("is one of the most common passwords; choose another");
        }
        if is_about(&self.0, email, name) {
            return refuse("must not be the email or name; choose another");
        }
        Ok(())
    }

    /// Hashes it with a new salt. Slow on purpose; never call it while a write transaction is open.
    pub fn hash(&self) -> Result<String> {
        let (salt, params, mut output) = (random::<16>(), parameters()?, [0; Params::DEFAULT_OUTPUT_LEN]);
        let hasher = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
        Turn::wait().compute(&hasher, self, &salt, &mut output)?;
        let hash = PasswordHash {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(&params).map_err(broken)?,
            salt: Some(Salt::new(&salt).map_err(broken)?),
            hash: Some(Output::new(&output).map_err(broken)?),
        };
        Ok(hash.to_string())
    }

    /// Compares it with `stored`, or takes the same time for nothing when there is no such user.
    /// Slow on purpose; never call it while a write transaction is open.
    pub fn verify(&self, stored: Option<&str>) -> Result<Verdict> {
        let hash = PasswordHash::new(stored.unwrap_or(NOBODYS_HASH)).map_err(broken)?;
        let (Some(salt), Some(expected)) = (&hash.salt, &hash.hash) else { return Err(broken("a stored hash has no salt or no output")) };
        let algorithm = Algorithm::try_from(hash.algorithm.as_str()).map_err(broken)?;
        let version = hash.version.map(Version::try_from).transpose().map_err(broken)?.unwrap_or_default();
        let hasher = Argon2::new(algorithm, version, Params::try_from(&hash).map_err(broken)?);
        let mut output = vec![0; expected.len()];
        Turn::wait().compute(&hasher, self, salt, &mut output)?;
        let matches = bool::from(output.ct_eq(expected.as_bytes()));
        Ok(Verdict { matches: matches && stored.is_some(), outdated: stored.is_some() && !is_current(&hash)? })
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// Whether `password` is the email, its parts, the name or one of its words, whatever the case.
fn is_about(password: &str, email: &str, name: &str) -> bool {
    let (password, email, name) = (password.to_lowercase(), email.to_lowercase(), name.to_lowercase());
    let joined: String = name.split_whitespace().collect();
    let mut parts = email.split('@').chain(name.split_whitespace()).chain([email.as_str(), name.trim(), joined.as_str()]);
    parts.any(|part| part == password)
}

fn parameters() -> Result<Params> {
    Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(broken)
}

fn broken(error: impl fmt::Display) -> Error {
    Error::internal(format!("argon2: {error}"))
}

fn is_current(hash: &PasswordHash) -> Result<bool> {
    let current = ParamsString::try_from(&parameters()?).map_err(broken)?;
    let length = hash.hash.as_ref().map(Output::len);
    Ok(hash.algorithm == Algorithm::Argon2id.ident()
        && hash.version == Some(Version::V0x13.into())
        && hash.params == current
        && length == Some(Params::DEFAULT_OUTPUT_LEN))
}

static TURNS: Mutex<Turns> = Mutex::new(Turns { running: 0, idle: Vec::new() });
static FREED: Condvar = Condvar::new();

struct Turns {
    running: usize,
    /// Memory of the hashes before, for those to come: an allocator that got it back would keep it several times over.
    idle: Vec<Vec<Block>>,
}

/// The right to compute one hash, with the memory for it; given back when dropped, also by a panic.
struct Turn {
    memory: Vec<Block>,
}

impl Turn {
    fn wait() -> Turn {
        let turns = TURNS.lock().unwrap_or_else(PoisonError::into_inner);
        let mut turns = FREED.wait_while(turns, |turns| turns.running >= HASHES_AT_ONCE_MAX).unwrap_or_else(PoisonError::into_inner);
        turns.running += 1;
        Turn { memory: turns.idle.pop().unwrap_or_default() }
    }

    fn compute(mut self, hasher: &Argon2, password: &Password, salt: &[u8], output: &mut [u8]) -> Result<()> {
        self.memory.resize(hasher.params().block_count(), Block::new());
        hasher.hash_password_into_with_memory(password.0.as_bytes(), salt, output, self.memory.as_mut_slice()).map_err(broken)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut turns = TURNS.lock().unwrap_or_else(PoisonError::into_inner);
        turns.running -= 1;
        turns.idle.push(std::mem::take(&mut self.memory));
        drop(turns);
        FREED.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use argon2::password_hash::{PasswordHasher, PasswordVerifier};

    use super::*;

    const GOOD: &str = "a walrus plays the tuba";

    #[track_caller]
    fn check_refused(password: &str, part: &str) {
        let error = Password::new(password).check("password", "jane.doe.smith@example-company.com", "Maximiliana Doe").unwrap_err();
        assert!(error.detail.starts_with("`password` ") && error.detail.contains(part), "{}", error.detail);
        assert!(!error.detail.contains(password), "the answer repeats the password");
    }

    #[test]
    fn a_hash_is_what_the_library_itself_would_have_made() {
        let stored = Password::new(GOOD).hash().unwrap();
        let hash = PasswordHash::new(&stored).unwrap();
        assert!(Argon2::default().verify_password(GOOD.as_bytes(), &hash).is_ok());
        assert!(Argon2::default().verify_password(b"another one", &hash).is_err());
    }

    #[test]
    fn weak_passwords_are_refused_and_no_composition_is_asked() {
        check_refused("12345678901", "12 to 128");
        check_refused(&"ä".repeat(129), "12 to 128");
        check_refused("QWERTY123456", "most common");
        check_refused("Jane.Doe.Smith@example-company.com", "email or name");
        check_refused("jane.doe.smith", "email or name");
        check_refused("maximilianadoe", "email or name");
        for fine in [GOOD, "twelve chars", &"ä".repeat(128), "jane.doe.smith and a dog"] {
            Password::new(fine).check("password", "jane.doe.smith@example.com", "Maximiliana Doe").unwrap();
        }
    }

    #[test]
    fn only_the_right_password_matches_its_hash() {
        let stored = Password::new(GOOD).hash().unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert_ne!(Password::new(GOOD).hash().unwrap(), stored, "the salt is new each time");
        let right = Password::new(GOOD).verify(Some(&stored)).unwrap();
        assert_eq!(right, Verdict { matches: true, outdated: false });
        assert!(!Password::new("A walrus plays the tuba").verify(Some(&stored)).unwrap().matches);
        assert!(!Password::new(GOOD).verify(None).unwrap().matches);
        assert!(Password::new(GOOD).verify(Some("no hash")).is_err());
    }

    #[test]
    fn the_hash_checked_for_unknown_users_costs_what_a_real_one_does() {
        let nobody = PasswordHash::new(NOBODYS_HASH).unwrap();
        assert!(is_current(&nobody).unwrap());
        let real = Password::new(GOOD).hash().unwrap();
        let real = PasswordHash::new(&real).unwrap();
        assert_eq!(nobody.salt.unwrap().len(), real.salt.unwrap().len());
    }

    #[test]
    fn a_hash_of_other_parameters_still_matches_and_is_called_outdated() {
        let weaker = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(8 * 1024, 1, 1, None).unwrap());
        let stored = weaker.hash_password_with_salt(GOOD.as_bytes(), &[7; 16]).unwrap().to_string();
        assert_eq!(Password::new(GOOD).verify(Some(&stored)).unwrap(), Verdict { matches: true, outdated: true });
    }

    #[test]
    fn random_passwords_satisfy_the_policy_and_print_nothing() {
        let password = Password::generate();
        password.check("password", "admin@localhost", "Administrator").unwrap();
        assert_eq!(password.expose().len(), 23);
        assert_ne!(password.expose(), Password::generate().expose());
        assert_eq!(format!("{password:?}"), "Password(…)");
    }
}
