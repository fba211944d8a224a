//! How many connections come from one address: so that one machine cannot take all that there are.
//!
//! An address is one of IPv4, or the /64 of one of IPv6, which is what one customer of a provider has. All tablets and agents
//! of a shop may be behind one, and so may everybody behind a proxy of the retailer's, so the bound is generous and a
//! setting. This machine's own addresses are not counted: what connects there is the proxy that does TLS, or ours.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::http::request;

use super::Peer;

/// The bits of an address of IPv6 that tell one customer of a provider from another.
const CUSTOMER: u128 = !0 << 64;

/// Open connections, by address.
#[derive(Debug, Clone)]
pub(super) struct Peers {
    most: usize,
    pub(super) uncounted: fn(&IpAddr) -> bool,
    open: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// A connection that counts until this is dropped.
#[derive(Debug)]
pub(super) struct Counted {
    peers: Option<(Peers, IpAddr)>,
}

impl Peers {
    /// At most so many from each.
    pub(super) fn new(most: usize) -> Self {
        Self { most, uncounted: IpAddr::is_loopback, open: Arc::default() }
    }

    /// Counts a connection; `None` when its address has as many as it may.
    pub(super) fn admit(&self, address: IpAddr) -> Option<Counted> {
        let address = counted_as(address);
        if (self.uncounted)(&address) {
            return Some(Counted { peers: None });
        }
        let mut open = self.open();
        let count = open.entry(address).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Counted { peers: Some((self.clone(), address)) })
    }

    fn open(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let Some((peers, address)) = self.peers.take() else { return };
        let mut open = peers.open();
        if let Some(count) = open.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                open.remove(&address);
            }
        }
    }
}

/// From which address a request comes, as addresses are counted. A proxy on this machine tells it in the last entry of
/// `X-Forwarded-For`, which it has written itself; when it tells none, nobody knows.
pub fn sender(head: &request::Parts) -> Option<IpAddr> {
    let Peer(peer) = head.extensions.get::<Peer>()?;
    let peer = peer.ip().to_canonical();
    if !peer.is_loopback() {
        return Some(counted_as(peer));
    }
    let told = head.headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
    told.rsplit(',').next()?.trim().parse().ok().map(counted_as)
}

fn counted_as(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(six) if !six.is_loopback() => Ipv6Addr::from_bits(six.to_bits() & CUSTOMER).into(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn admit(peers: &Peers, address: &str) -> Option<Counted> {
        peers.admit(address.parse().unwrap())
    }

    #[test]
    fn one_address_takes_no_more_than_its_part() {
        let peers = Peers::new(2);
        let held: Vec<_> = (0..2).map(|_| admit(&peers, "192.0.2.7").unwrap()).collect();
        assert!(admit(&peers, "192.0.2.7").is_none());
        assert!(admit(&peers, "::ffff:192.0.2.7").is_none(), "the same, written otherwise");
        let other = admit(&peers, "192.0.2.8");
        assert!(other.is_some());
        drop(held);
        let again = admit(&peers, "192.0.2.7");
        assert!(again.is_some());
        drop((other, again));
        assert!(peers.open().is_empty(), "who is gone takes no memory");
    }

    #[test]
    fn a_network_of_ipv6_is_one_and_this_machine_is_not_counted() {
        let peers = Peers::new(1);
        let held = admit(&peers, "2001:db8:0:1::7");
        assert!(held.is_some());
        assert!(admit(&peers, "2001:db8:0:1:ffff::8").is_none());
        assert!(admit(&peers, "2001:db8:0:2::7").is_some());
        let near: Vec<_> = ["127.0.0.1", "::1", "::ffff:127.0.0.1"]
            .into_iter()
            .flat_map(|address| [admit(&peers, address), admit(&peers, address)])
            .collect();
        assert!(near.iter().all(Option::is_some));
    }

    #[test]
    fn a_proxy_on_this_machine_tells_who_sends_and_no_other_does() {
        let of = |peer: &str, told: &[&str]| {
            let mut request = Request::builder().extension(Peer(peer.parse().unwrap()));
            for told in told {
                request = request.header("x-forwarded-for", *told);
            }
            sender(&request.body(()).unwrap().into_parts().0).map(|address| address.to_string())
        };
        assert_eq!(
            of("192.0.2.7:5000", &["198.51.100.1"]).as_deref(),
            Some("192.0.2.7"),
            "anybody can write it"
        );
        let last = Some("198.51.100.2");
        assert_eq!(of("127.0.0.1:5000", &["10.0.0.1, 198.51.100.2"]).as_deref(), last);
        assert_eq!(of("[::1]:5000", &["10.0.0.1", "198.51.100.2"]).as_deref(), last);
        assert_eq!(of("127.0.0.1:5000", &["2001:db8:0:1::7"]).as_deref(), Some("2001:db8:0:1::"));
        for unknown in [&[][..], &["somebody"]] {
            assert_eq!(of("127.0.0.1:5000", unknown), None);
        }
    }
}
