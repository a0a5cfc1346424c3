//! A source of choices that its seed repeats (SplitMix64).

/// Gives the same choices for the same seed.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// Begins with `seed`.
    pub fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    /// Any 64 bits.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, which is not 0.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// A position in something that long.
    pub fn position(&mut self, length: usize) -> usize {
        (self.next() % length as u64) as usize
    }
}

#[test]
fn a_seed_repeats_its_choices_and_another_makes_others() {
    let roll = |seed| -> Vec<u64> {
        let mut dice = Dice::new(seed);
        (0..100).map(|_| dice.below(6)).collect()
    };
    assert_eq!(roll(1), roll(1));
    assert_ne!(roll(1), roll(2));
    assert_eq!((0..6).filter(|number| roll(1).contains(number)).count(), 6);
}
