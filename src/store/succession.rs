//! How one version follows another in the two times of history: when it held, and when the appliance knew of it.

use crate::domain::time::Time;

/// From when a version holds, and when the appliance learned of it. It never holds from a later moment than it was learned of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Begin {
    pub(super) since: Time,
    pub(super) recorded_at: Time,
}

impl Begin {
    /// The begin of what takes this version's place: never before it, and never in the future, where a clock that was set back left it.
    pub(super) fn followed_by(self, since: Time, learned_at: Time) -> Begin {
        Begin { since: since.max(self.since).min(learned_at), recorded_at: learned_at }
    }

    /// Whether this version was learned of in the future: a clock that was set back since left it there, and it must begin anew.
    pub(super) fn lies_after(self, now: Time) -> bool {
        self.recorded_at > now
    }

    /// Whether this version has a place in history once `next` has taken its own: because it was known for a time, or because it held for
    /// a time. One that came and went in the same second, or that a clock put into the future before it was set back, has none.
    pub(super) fn stays_in_history(self, next: Begin) -> bool {
        self.recorded_at < next.recorded_at || self.since < next.since
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn followed(begin: (i64, i64), since: i64, learned_at: i64, expected: (i64, i64), stays: bool) {
        let begin = Begin { since: Time(begin.0), recorded_at: Time(begin.1) };
        let next = begin.followed_by(Time(since), Time(learned_at));
        assert_eq!((next.since.0, next.recorded_at.0), expected);
        assert_eq!(begin.stays_in_history(next), stays);
    }

    #[test]
    fn what_follows_begins_neither_before_its_predecessor_nor_after_it_is_known() {
        followed((10, 12), 20, 25, (20, 25), true);
        followed((10, 12), 5, 25, (10, 25), true);
        followed((10, 12), 10, 12, (10, 12), false);
        followed((10, 12), 11, 12, (11, 12), true);
        // The clock was set back from 112 to 50.
        followed((110, 112), 49, 50, (50, 50), false);
    }
}
