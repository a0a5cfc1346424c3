//! SplitMix64: enough chance for tests, and the same for the same seed.

pub struct Dice(pub u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// 0 to `below` - 1.
    pub fn up_to(&mut self, below: u64) -> u64 {
        self.next() % below
    }

    /// `min` to `max`, both included.
    pub fn between(&mut self, min: i64, max: i64) -> i64 {
        min + self.up_to((max - min + 1) as u64) as i64
    }

    pub fn percent(&mut self, chance: u64) -> bool {
        self.up_to(100) < chance
    }

    pub fn pick<'l, T: ?Sized>(&mut self, list: &[&'l T]) -> &'l T {
        list[self.up_to(list.len() as u64) as usize]
    }

    /// Each entry with a chance of one half.
    pub fn some<'l>(&mut self, list: &[&'l str]) -> Vec<&'l str> {
        list.iter().copied().filter(|_| self.percent(50)).collect()
    }
}
