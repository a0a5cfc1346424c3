//! Accepting connections, within the caps. The loop ends only when the server stops.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, mpsc};

use super::connection::{self, Front};
use super::counters::{Counters, Gauge};
use super::io::Watch;
use super::pace::{Flow, Pace};
use crate::limits;

/// Accepts until the server stops. Listeners that share a doorkeeper share its caps. Each connection's task holds a clone of `open`, so that the end of the last one can be awaited.
pub(super) async fn accept(listener: TcpListener, front: Arc<Front>, doorkeeper: Arc<Doorkeeper>, open: mpsc::Sender<()>) {
    let mut stop = front.stop.clone();
    let mut failing = false;
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.wait_for(|stop| stop.is_stopping()) => return,
        };
        match accepted {
            Ok((socket, address)) => {
                failing = false;
                admit(socket, address.ip().to_canonical(), &doorkeeper, &front, &open);
            }
            Err(error) => {
                front.counters.accept_errors.add_one();
                if !failing {
                    tracing::error!(%error, "can't accept connections; trying on");
                }
                failing = true;
                tokio::time::sleep(limits::ACCEPT_RETRY_PAUSE).await;
            }
        }
    }
}

fn admit(socket: TcpStream, peer: IpAddr, doorkeeper: &Arc<Doorkeeper>, front: &Arc<Front>, open: &mpsc::Sender<()>) {
    // Over a cap, dropping the socket closes it: any answer would need the handshake that the cap is to save.
    let Some(permit) = doorkeeper.admit(peer, Watch::new(front.deadlines)) else { return };
    let (front, open) = (front.clone(), open.clone());
    tokio::spawn(async move {
        connection::serve(socket, peer, permit, front).await;
        drop(open);
    });
}

/// What one address holds at the moment.
#[derive(Debug, Default)]
pub(super) struct Share {
    /// Its request bodies in memory, bytes.
    pub bodies_bytes: Gauge,
    /// Its whole answers in memory, bytes.
    pub answers_bytes: Gauge,
    /// What it has moved lately.
    pub flow: Flow,
}

/// One connection, as the doorkeeper sees it.
pub(super) struct Guest {
    /// Its phase and deadline.
    pub watch: Watch,
    /// What its poll has moved.
    pub pace: Pace,
    /// What its address holds.
    pub share: Arc<Share>,
    /// Told when the connection has to make room.
    pub leave: Notify,
}

/// Counts connections, in all and per address, and makes room when all places are taken.
pub(super) struct Doorkeeper {
    connections_max: usize,
    connections_per_address_max: usize,
    counters: Arc<Counters>,
    /// Holds the addresses that have a connection, so never more than there are connections.
    tables: Mutex<HashMap<IpAddr, Table>>,
}

/// The connections of one address.
#[derive(Default)]
struct Table {
    share: Arc<Share>,
    guests: Vec<Arc<Guest>>,
}

impl Doorkeeper {
    /// A doorkeeper with these caps.
    pub fn new(connections_max: usize, connections_per_address_max: usize, counters: Arc<Counters>) -> Doorkeeper {
        Doorkeeper { connections_max, connections_per_address_max, counters, tables: Mutex::new(HashMap::new()) }
    }

    /// Counts a connection from `peer` until the permit is dropped; `None` over a cap.
    pub fn admit(self: &Arc<Doorkeeper>, peer: IpAddr, watch: Watch) -> Option<Permit> {
        let key = address_group(peer);
        let mut tables = self.lock();
        let held = tables.get(&key).map_or(0, |table| table.guests.len());
        if held >= self.connections_per_address_max {
            self.counters.refused_address.add_one();
            return None;
        }
        if self.counters.connections.get() >= self.connections_max && !self.make_room(&mut tables, held) {
            self.counters.refused_total.add_one();
            return None;
        }
        let table = tables.entry(key).or_default();
        let guest = Arc::new(Guest { watch, pace: Pace::new(), share: table.share.clone(), leave: Notify::new() });
        table.guests.push(guest.clone());
        self.counters.connections.add(1);
        self.counters.accepted.add_one();
        Some(Permit { doorkeeper: self.clone(), key, guest })
    }

    /// Ends a connection that only waits for its client, for somebody who holds `held`: the one that has waited longest, of the address that holds most,
    /// if that is more. So many slow connections from a few addresses can't keep others out, and nobody gains by opening more.
    fn make_room(&self, tables: &mut HashMap<IpAddr, Table>, held: usize) -> bool {
        let waiting = tables.iter().filter(|(_, table)| table.guests.len() > held).flat_map(|(key, table)| {
            let of_table = table.guests.iter().filter_map(|guest| Some((table.guests.len(), guest.watch.waiting_since()?, guest)));
            of_table.map(|(connections, since, guest)| (Reverse(connections), since, *key, guest))
        });
        let Some((.., key, guest)) = waiting.min_by_key(|(connections, since, ..)| (*connections, *since)) else { return false };
        let guest = guest.clone();
        guest.leave.notify_one();
        self.counters.evicted.add_one();
        self.remove(tables, key, &guest);
        true
    }

    /// Forgets `guest`, unless it has been forgotten already.
    fn remove(&self, tables: &mut HashMap<IpAddr, Table>, key: IpAddr, guest: &Arc<Guest>) {
        let Some(table) = tables.get_mut(&key) else { return };
        let Some(position) = table.guests.iter().position(|other| Arc::ptr_eq(other, guest)) else { return };
        table.guests.swap_remove(position);
        if table.guests.is_empty() {
            tables.remove(&key);
        }
        self.counters.connections.subtract(1);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, Table>> {
        // Nothing under this lock can panic.
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One counted connection.
pub(super) struct Permit {
    doorkeeper: Arc<Doorkeeper>,
    key: IpAddr,
    /// This connection.
    pub guest: Arc<Guest>,
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.doorkeeper.remove(&mut self.doorkeeper.lock(), self.key, &self.guest);
    }
}

/// The part of an address that one client can't choose freely: all of IPv4, the /64 of IPv6.
pub(super) fn address_group(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;

    use super::*;
    use crate::server::settings::Deadlines;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn watch() -> Watch {
        Watch::new(Deadlines::default())
    }

    fn busy(doorkeeper: &Arc<Doorkeeper>, from: &str) -> Option<Permit> {
        let permit = doorkeeper.admit(address(from), watch())?;
        permit.guest.watch.work_begins();
        Some(permit)
    }

    #[test]
    fn caps_hold_in_all_and_per_address_and_free_up_again() {
        let doorkeeper = Arc::new(Doorkeeper::new(3, 2, Arc::default()));
        let first = busy(&doorkeeper, "192.0.2.1").unwrap();
        let _second = busy(&doorkeeper, "192.0.2.1").unwrap();
        assert!(busy(&doorkeeper, "192.0.2.1").is_none());
        let _other = busy(&doorkeeper, "192.0.2.2").unwrap();
        assert!(busy(&doorkeeper, "192.0.2.3").is_none(), "nobody who is being served makes room");
        assert_eq!((doorkeeper.counters.refused_address.get(), doorkeeper.counters.refused_total.get()), (1, 1));
        assert_eq!(doorkeeper.lock().len(), 2, "a refused address leaves nothing behind");
        drop(first);
        assert!(busy(&doorkeeper, "192.0.2.3").is_some());
        assert_eq!(doorkeeper.counters.connections.get(), 2);
    }

    #[test]
    fn when_all_places_are_taken_the_longest_wait_of_the_greediest_address_ends() {
        let doorkeeper = Arc::new(Doorkeeper::new(4, 4, Arc::default()));
        let modest = doorkeeper.admit(address("192.0.2.1"), watch()).unwrap();
        let greedy: Vec<Permit> = (0..3).map(|_| doorkeeper.admit(address("192.0.2.2"), watch()).unwrap()).collect();
        greedy[0].guest.watch.work_begins();
        let newcomer = doorkeeper.admit(address("192.0.2.3"), watch()).unwrap();
        let must_leave = |permit: &Permit| {
            let mut leave = std::pin::pin!(permit.guest.leave.notified());
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            leave.as_mut().poll(&mut context).is_ready()
        };
        assert_eq!([&modest, &greedy[0], &greedy[1], &greedy[2], &newcomer].map(must_leave), [false, false, true, false, false]);
        assert_eq!((doorkeeper.counters.connections.get(), doorkeeper.counters.evicted.get()), (4, 1));
        assert!(doorkeeper.admit(address("192.0.2.2"), watch()).is_none(), "the greediest gains nothing by opening more");
        drop(greedy);
        assert_eq!(doorkeeper.counters.connections.get(), 2, "who has left is not counted twice");
    }

    #[test]
    fn an_ipv6_network_counts_as_one_address() {
        let doorkeeper = Arc::new(Doorkeeper::new(9, 1, Arc::default()));
        let _held = doorkeeper.admit(address("2001:db8:1:2::1"), watch()).unwrap();
        assert!(doorkeeper.admit(address("2001:db8:1:2:ffff::9"), watch()).is_none());
        assert!(doorkeeper.admit(address("2001:db8:1:3::1"), watch()).is_some());
    }
}
