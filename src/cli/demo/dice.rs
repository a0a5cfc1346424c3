//! A small seeded generator, so that the same day gives the same demo. Nothing here is a secret; ids and passwords come from elsewhere.

/// Another seed gives another company history; this one was looked at.
const SEED: u64 = 27_001;

/// A stream of numbers that depends on what it is for and on nothing else.
pub(super) struct Dice(u64);

impl Dice {
    /// The stream for `purpose` of the machine or person called `name`, on `day` where it matters.
    pub(super) fn of(purpose: &str, name: &str, day: i64) -> Dice {
        // FNV-1a over all that names the stream.
        let bytes = purpose.bytes().chain([0]).chain(name.bytes()).chain([0]).chain(day.to_le_bytes());
        Dice(bytes.fold(0xcbf2_9ce4_8422_2325 ^ SEED, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)))
    }

    /// SplitMix64.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from `low` to `high`, both included; `low` if there is none between.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        let numbers = u64::try_from(high.saturating_sub(low)).unwrap_or(0) + 1;
        low + (self.next() % numbers) as i64
    }

    /// True `percent` times of a hundred.
    pub(super) fn chance(&mut self, percent: i64) -> bool {
        self.between(1, 100) <= percent
    }

    /// `count` characters of `alphabet`, which is not empty.
    pub(super) fn text(&mut self, alphabet: &[u8], count: usize) -> String {
        let last = alphabet.len() as i64 - 1;
        (0..count).map(|_| char::from(alphabet[self.between(0, last) as usize])).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_depends_on_all_that_names_it_and_stays_in_its_bounds() {
        let first = |purpose, name, day| Dice::of(purpose, name, day).next();
        assert_eq!(first("a", "b", 1), first("a", "b", 1));
        for other in [first("b", "a", 1), first("a", "b", 2), first("ab", "", 1), first("a", "c", 1)] {
            assert_ne!(first("a", "b", 1), other);
        }
        let mut dice = Dice::of("bounds", "", 0);
        let rolled: Vec<i64> = (0..500).map(|_| dice.between(-2, 2)).collect();
        for wanted in -2..=2 {
            assert!(rolled.contains(&wanted), "{wanted} never comes");
        }
        assert!(rolled.iter().all(|number| (-2..=2).contains(number)));
        assert_eq!(dice.between(5, 5), 5);
        assert!(!dice.chance(0) && dice.chance(100));
        assert_eq!(dice.text(b"x", 3), "xxx");
    }
}
