//! Accepting connections, within the caps. The loop ends only when the server stops.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use super::connection::{self, Front};
use super::counters::{Counters, Gauge};
use crate::limits;

/// Accepts until the server stops. Each connection's task holds a clone of `open`, so that the end of the last one can be awaited.
pub(super) async fn accept(listener: TcpListener, front: Arc<Front>, open: mpsc::Sender<()>) {
    let doorkeeper = Arc::new(Doorkeeper::new(front.caps.connections, front.caps.connections_per_address, front.counters.clone()));
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
    let Some(permit) = doorkeeper.admit(peer) else { return };
    let (front, open) = (front.clone(), open.clone());
    tokio::spawn(async move {
        connection::serve(socket, peer, permit, front).await;
        drop(open);
    });
}

/// What one address holds at the moment.
#[derive(Debug, Default)]
pub(super) struct Share {
    /// Its connections.
    pub connections: Gauge,
    /// Its request bodies in memory, bytes.
    pub bodies_bytes: Gauge,
}

/// Counts connections, in all and per address.
pub(super) struct Doorkeeper {
    connections_max: usize,
    connections_per_address_max: usize,
    counters: Arc<Counters>,
    /// Holds the addresses that have a connection, so never more than there are connections.
    shares: Mutex<HashMap<IpAddr, Arc<Share>>>,
}

impl Doorkeeper {
    /// A doorkeeper with these caps.
    pub fn new(connections_max: usize, connections_per_address_max: usize, counters: Arc<Counters>) -> Doorkeeper {
        Doorkeeper { connections_max, connections_per_address_max, counters, shares: Mutex::new(HashMap::new()) }
    }

    /// Counts a connection from `peer` until the permit is dropped; `None` over a cap.
    pub fn admit(self: &Arc<Doorkeeper>, peer: IpAddr) -> Option<Permit> {
        let key = address_group(peer);
        let mut shares = self.lock();
        let share = shares.entry(key).or_default().clone();
        if !share.connections.try_add(1, self.connections_per_address_max) {
            self.counters.refused_address.add_one();
            return None;
        }
        if !self.counters.connections.try_add(1, self.connections_max) {
            share.connections.subtract(1);
            if share.connections.get() == 0 {
                shares.remove(&key);
            }
            self.counters.refused_total.add_one();
            return None;
        }
        self.counters.accepted.add_one();
        Some(Permit { doorkeeper: self.clone(), key, share })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, Arc<Share>>> {
        // Nothing under this lock can panic.
        self.shares.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One counted connection.
pub(super) struct Permit {
    doorkeeper: Arc<Doorkeeper>,
    key: IpAddr,
    /// What this connection's address holds.
    pub share: Arc<Share>,
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut shares = self.doorkeeper.lock();
        self.share.connections.subtract(1);
        if self.share.connections.get() == 0 {
            shares.remove(&self.key);
        }
        self.doorkeeper.counters.connections.subtract(1);
    }
}

/// The part of an address that one client can't choose freely: all of IPv4, the /64 of IPv6.
fn address_group(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn caps_hold_in_all_and_per_address_and_free_up_again() {
        let doorkeeper = Arc::new(Doorkeeper::new(3, 2, Arc::default()));
        let first = doorkeeper.admit(address("192.0.2.1")).unwrap();
        let _second = doorkeeper.admit(address("192.0.2.1")).unwrap();
        assert!(doorkeeper.admit(address("192.0.2.1")).is_none());
        let _other = doorkeeper.admit(address("192.0.2.2")).unwrap();
        assert!(doorkeeper.admit(address("192.0.2.3")).is_none());
        assert_eq!((doorkeeper.counters.refused_address.get(), doorkeeper.counters.refused_total.get()), (1, 1));
        assert_eq!(doorkeeper.lock().len(), 2, "a refused address leaves nothing behind");
        drop(first);
        assert!(doorkeeper.admit(address("192.0.2.3")).is_some());
        assert_eq!(doorkeeper.counters.connections.get(), 2);
    }

    #[test]
    fn an_ipv6_network_counts_as_one_address() {
        let doorkeeper = Arc::new(Doorkeeper::new(9, 1, Arc::default()));
        let _held = doorkeeper.admit(address("2001:db8:1:2::1")).unwrap();
        assert!(doorkeeper.admit(address("2001:db8:1:2:ffff::9")).is_none());
        assert!(doorkeeper.admit(address("2001:db8:1:3::1")).is_some());
    }
}
