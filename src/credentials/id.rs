//! Ids: opaque, time-ordered, with a prefix that names the kind of thing.

use crate::domain::time::Time;

/// Crockford's base 32 in lower case: no letters that look alike, and the order of the text is the order of the numbers.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// `n` random bytes from the operating system.
///
/// Panics when the operating system gives none, which on Linux happens only before the kernel's generator is seeded: going on with weak
/// secrets would be worse.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

/// A new id such as `dev_01jgh…`: 40 bits of seconds and 80 random bits in 24 characters.
pub fn new_id(prefix: &str, now: Time) -> String {
    let seconds = u128::from(now.0.max(0).unsigned_abs()) & ((1 << 40) - 1);
    let random = u128::from_be_bytes(random::<16>()) >> 48;
    let number = (seconds << 80) | random;
    let mut id = format!("{prefix}_");
    for position in (0..24).rev() {
        // Five bits index the 32 letters.
        let digit = (number >> (5 * position)) & 31;
        id.push(char::from(ALPHABET[digit as usize]));
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_ordered_by_time_and_never_the_same() {
        let early = new_id("dev", Time(1_767_225_600));
        let late = new_id("dev", Time(1_767_225_601));
        assert!(early < late, "{early} {late}");
        assert_ne!(new_id("dev", Time(0)), new_id("dev", Time(0)));
        assert_eq!(early.len(), "dev_".len() + 24);
    }
}
