//! Turns: connections that move much, or shake hands, are served few at a time, so that all others always find an I/O thread.
//!
//! A connection is polled with a small allowance of bytes ([`super::pace::Pace`]). One that wants more at once, or whose address has had its part
//! ([`super::pace::Flow`]), lines up for a turn, address by address. So nobody's gigabyte and nobody's thousand handshakes are between a small request
//! and its answer.

use std::collections::{HashSet, VecDeque};
use std::future::{Future, poll_fn};
use std::net::IpAddr;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use tokio::time::Instant;

use super::accept::{Guest, address_group};
use super::pace::Moved;
use crate::limits;

/// Who has a turn and who waits for one.
pub(super) struct Turns(Mutex<Queue>);

impl Turns {
    /// So many at once.
    pub fn new(places: usize) -> Turns {
        Turns(Mutex::new(Queue { free: places, lines: VecDeque::new(), called: HashSet::new(), numbers: 0 }))
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        // Nothing under this lock can panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Queue {
    /// Turns that nobody has; then nobody waits.
    free: usize,
    /// Who waits, by address. The first of the first line is next; then its line goes to the end. No more than there are connections.
    lines: VecDeque<(IpAddr, VecDeque<Waiting>)>,
    /// Who has been given a turn but has not noticed yet.
    called: HashSet<u64>,
    numbers: u64,
}

struct Waiting {
    number: u64,
    waker: Waker,
}

impl Queue {
    fn push(&mut self, from: IpAddr, waiting: Waiting) {
        match self.lines.iter_mut().find(|(address, _)| *address == from) {
            Some((_, line)) => line.push_back(waiting),
            None => self.lines.push_back((from, VecDeque::from([waiting]))),
        }
    }

    /// Gives a turn that came free to whoever is next, who is to be woken.
    fn pass_on(&mut self) -> Option<Waker> {
        while let Some((address, mut line)) = self.lines.pop_front() {
            let next = line.pop_front();
            if !line.is_empty() {
                self.lines.push_back((address, line));
            }
            if let Some(Waiting { number, waker }) = next {
                self.called.insert(number);
                return Some(waker);
            }
        }
        self.free += 1;
        None
    }

    fn find(&mut self, from: IpAddr, number: u64) -> Option<&mut Waiting> {
        let (_, line) = self.lines.iter_mut().find(|(address, _)| *address == from)?;
        line.iter_mut().find(|waiting| waiting.number == number)
    }

    fn remove(&mut self, from: IpAddr, number: u64) {
        if let Some((_, line)) = self.lines.iter_mut().find(|(address, _)| *address == from) {
            line.retain(|waiting| waiting.number != number);
        }
        self.lines.retain(|(_, line)| !line.is_empty());
    }
}

/// One connection's place in this.
pub(super) struct Turn {
    turns: Arc<Turns>,
    from: IpAddr,
    stage: Stage,
    /// Polls need a turn whatever they move: the handshake.
    always: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Out,
    Waiting(u64),
    Has,
}

impl Turn {
    /// Of a connection from `peer`, which is about to shake hands.
    pub fn new(turns: Arc<Turns>, peer: IpAddr) -> Turn {
        Turn { turns, from: address_group(peer), stage: Stage::Out, always: true }
    }

    /// From now on only those polls need a turn that move much.
    pub fn handshake_done(&mut self) {
        self.always = false;
    }

    /// Runs `future`, which reads and writes through the socket of `guest`, to its end.
    pub async fn run<F: Future>(&mut self, guest: &Guest, future: F) -> F::Output {
        let mut future = pin!(future);
        poll_fn(|cx| self.poll(cx, guest, |cx| future.as_mut().poll(cx))).await
    }

    /// Polls once, when it may, and sees to it that it is polled again when it was cut short.
    pub fn poll<T>(&mut self, cx: &mut Context<'_>, guest: &Guest, poll: impl FnOnce(&mut Context<'_>) -> Poll<T>) -> Poll<T> {
        let needs_turn = self.always || self.stage != Stage::Out || guest.share.flow.is_used_up(Instant::now());
        if needs_turn {
            ready!(self.take(cx));
        }
        guest.pace.begin(if needs_turn { limits::TURN_BYTES } else { limits::POLL_BYTES });
        let result = poll(cx);
        let Moved { bytes, cut_short } = guest.pace.end();
        guest.share.flow.count(bytes);
        self.give_back();
        if result.is_pending() && cut_short && self.take(cx).is_ready() {
            // Nobody else waits for a turn; but whoever is ready comes first.
            cx.waker().wake_by_ref();
        }
        result
    }

    fn take(&mut self, cx: &Context<'_>) -> Poll<()> {
        let mut queue = self.turns.lock();
        match self.stage {
            Stage::Has => return Poll::Ready(()),
            Stage::Out if queue.free > 0 => queue.free -= 1,
            Stage::Out => {
                queue.numbers += 1;
                let number = queue.numbers;
                queue.push(self.from, Waiting { number, waker: cx.waker().clone() });
                self.stage = Stage::Waiting(number);
                return Poll::Pending;
            }
            Stage::Waiting(number) => {
                if let Some(waiting) = queue.find(self.from, number) {
                    waiting.waker.clone_from(cx.waker());
                    return Poll::Pending;
                }
                queue.called.remove(&number);
            }
        }
        self.stage = Stage::Has;
        Poll::Ready(())
    }

    fn give_back(&mut self) {
        if self.stage == Stage::Out {
            return;
        }
        let mut queue = self.turns.lock();
        let next = match self.stage {
            Stage::Out => None,
            Stage::Has => queue.pass_on(),
            Stage::Waiting(number) if queue.called.remove(&number) => queue.pass_on(),
            Stage::Waiting(number) => {
                queue.remove(self.from, number);
                None
            }
        };
        drop(queue);
        self.stage = Stage::Out;
        if let Some(waker) = next {
            waker.wake();
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.give_back();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    use super::*;
    use crate::server::accept::{Doorkeeper, Permit};
    use crate::server::counters::Counters;
    use crate::server::io::Watch;
    use crate::server::settings::Deadlines;

    #[derive(Default)]
    struct Wakes(AtomicUsize);

    impl Wake for Wakes {
        fn wake(self: Arc<Wakes>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    fn has_turn(turn: &mut Turn) -> bool {
        turn.take(&Context::from_waker(Waker::noop())).is_ready()
    }

    fn guest() -> Permit {
        let doorkeeper = Arc::new(Doorkeeper::new(1, 1, Arc::<Counters>::default()));
        doorkeeper.admit(address(1), Watch::new(Deadlines::default())).unwrap()
    }

    #[test]
    fn turns_go_from_address_to_address() {
        let turns = Arc::new(Turns::new(1));
        let mut line: Vec<Turn> = [1, 1, 1, 2].map(|last| Turn::new(turns.clone(), address(last))).into();
        for (number, turn) in line.iter_mut().enumerate() {
            assert_eq!(has_turn(turn), number == 0);
        }
        let mut order = Vec::new();
        for now in [0, 1, 3, 2] {
            assert!(has_turn(&mut line[now]), "{now} after {order:?}");
            let others = line.iter_mut().enumerate().filter(|(number, _)| *number != now && !order.contains(number));
            assert!(others.map(|(_, turn)| has_turn(turn)).all(|has| !has), "one at a time");
            line[now].give_back();
            order.push(now);
        }
        assert_eq!(turns.lock().free, 1);
    }

    #[test]
    fn whoever_leaves_takes_no_turn_along() {
        let turns = Arc::new(Turns::new(1));
        let [mut first, mut second, mut third, mut last] = [1, 2, 3, 4].map(|last| Turn::new(turns.clone(), address(last)));
        let wakes = Arc::new(Wakes::default());
        let waker = Waker::from(wakes.clone());
        assert!(has_turn(&mut first));
        assert!(!has_turn(&mut second) && !has_turn(&mut third));
        assert!(last.take(&Context::from_waker(&waker)).is_pending());
        // One that waits, one that has its turn, and one that does not know yet.
        drop(second);
        drop(first);
        drop(third);
        assert_eq!(wakes.0.load(Ordering::Relaxed), 1);
        assert!(has_turn(&mut last));
        drop(last);
        let queue = turns.lock();
        assert_eq!((queue.free, queue.lines.len(), queue.called.len()), (1, 0, 0), "nothing stays behind");
    }

    #[test]
    fn who_wants_more_at_once_lines_up() {
        let turns = Arc::new(Turns::new(1));
        let (permit, mut turn, mut other) = (guest(), Turn::new(turns.clone(), address(1)), Turn::new(turns.clone(), address(2)));
        turn.handshake_done();
        let wakes = Arc::new(Wakes::default());
        let waker = Waker::from(wakes.clone());
        let mut cx = Context::from_waker(&waker);
        let mut moved = 0;
        let mut poll = |turn: &mut Turn, moved: &mut usize| {
            let result = turn.poll(&mut cx, &permit.guest, |_| {
                while !permit.guest.pace.is_used_up() {
                    permit.guest.pace.count(1024);
                    *moved += 1024;
                }
                Poll::<()>::Pending
            });
            assert!(result.is_pending());
        };
        assert!(has_turn(&mut other));
        poll(&mut turn, &mut moved);
        assert_eq!(moved, limits::POLL_BYTES);
        poll(&mut turn, &mut moved);
        assert_eq!((moved, wakes.0.load(Ordering::Relaxed)), (limits::POLL_BYTES, 0), "it is not its turn, and it sleeps until then");
        other.give_back();
        assert_eq!(wakes.0.load(Ordering::Relaxed), 1);
        poll(&mut turn, &mut moved);
        assert_eq!(moved, limits::POLL_BYTES + limits::TURN_BYTES);
        assert_eq!(wakes.0.load(Ordering::Relaxed), 2, "nobody else wants the turn: it goes on after those that are ready");
    }

    #[test]
    fn what_moves_little_needs_no_turn() {
        let turns = Arc::new(Turns::new(1));
        let (permit, mut turn, mut other) = (guest(), Turn::new(turns.clone(), address(1)), Turn::new(turns.clone(), address(2)));
        let mut cx = Context::from_waker(Waker::noop());
        assert!(has_turn(&mut other));
        let mut poll = |turn: &mut Turn, bytes| {
            turn.poll(&mut cx, &permit.guest, |_| {
                permit.guest.pace.count(bytes);
                Poll::Ready(())
            })
        };
        assert!(poll(&mut turn, 1).is_pending(), "a handshake needs one");
        turn.give_back();
        turn.handshake_done();
        assert!(poll(&mut turn, 1).is_ready());
        assert!(poll(&mut turn, limits::FLOW_BYTES).is_ready());
        assert!(poll(&mut turn, 1).is_pending(), "its address has moved too much lately");
    }
}
