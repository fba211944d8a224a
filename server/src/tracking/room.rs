//! Memory for requests that are being read, so that it is bounded whoever sends.
//!
//! ```text
//!  kept room   whose secret write key stands in the headers, checked before the body is read: backends, tills
//!  open room   everybody else: pages and apps, whose key everybody can read; keys in bodies; signatures over bodies
//!              each address has a share of it, and each body a least speed
//! ```
//!
//! A request takes of its room as it grows, and gives it back when it is answered. Nobody waits for room: who finds none is
//! told to come back. Whatever strangers hold, they hold it in the open room, and the kept one stays free of them.
//!
//! One request alone may be larger than its address's share: a webhook of Shopify's may.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::refusal::Refusal;

/// What rooms are counted in, in bytes.
const UNIT: usize = 1_024;

/// Memory for requests.
#[derive(Debug)]
pub(super) struct Room {
    free: Arc<Semaphore>,
    shares: Option<Arc<Shares>>,
}

/// What the requests of each address hold together.
#[derive(Debug)]
struct Shares {
    /// In units.
    most: u32,
    held: Mutex<HashMap<IpAddr, Share>>,
}

#[derive(Debug, Default)]
struct Share {
    requests: usize,
    units: u32,
}

/// A request's part of a room; given back when it is dropped.
#[derive(Debug)]
pub(super) struct Held {
    free: Arc<Semaphore>,
    permit: Option<OwnedSemaphorePermit>,
    /// Whose share it is of.
    of: Option<(Arc<Shares>, IpAddr)>,
}

impl Room {
    /// For those who are known.
    pub(super) fn kept(bytes: usize) -> Self {
        Self { free: Arc::new(Semaphore::new((bytes / UNIT).min(Semaphore::MAX_PERMITS))), shares: None }
    }

    /// For everybody, with at most `share` bytes for the requests of one address.
    pub(super) fn open(bytes: usize, share: usize) -> Self {
        let shares = Shares { most: units(share), held: Mutex::default() };
        Self { shares: Some(Arc::new(shares)), ..Self::kept(bytes) }
    }

    /// Whether bodies have a least speed here.
    pub(super) const fn is_open(&self) -> bool {
        self.shares.is_some()
    }

    /// Lets a request in. Of an address that is not known it is bounded by the room alone.
    pub(super) fn enter(&self, address: Option<IpAddr>) -> Held {
        let of = self.shares.clone().zip(address);
        if let Some((shares, address)) = &of {
            shares.held().entry(*address).or_default().requests += 1;
        }
        Held { free: Arc::clone(&self.free), permit: None, of }
    }

    /// Takes all of it.
    #[cfg(test)]
    pub(super) fn fill(&self) -> OwnedSemaphorePermit {
        let all = u32::try_from(self.free.available_permits()).unwrap();
        Arc::clone(&self.free).try_acquire_many_owned(all).unwrap()
    }
}

impl Shares {
    fn held(&self) -> MutexGuard<'_, HashMap<IpAddr, Share>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds to what an address holds, if its share allows it.
    fn grow(&self, address: IpAddr, by: u32) -> Result<(), Refusal> {
        let mut held = self.held();
        let share = held.entry(address).or_default();
        let units = share.units.saturating_add(by);
        if share.requests > 1 && units > self.most {
            return Err(Refusal::NoShare);
        }
        share.units = units;
        Ok(())
    }

    fn shrink(&self, address: IpAddr, by: u32) {
        if let Some(share) = self.held().get_mut(&address) {
            share.units = share.units.saturating_sub(by);
        }
    }

    fn leave(&self, address: IpAddr) {
        let mut held = self.held();
        if let Some(share) = held.get_mut(&address) {
            share.requests = share.requests.saturating_sub(1);
            if share.requests == 0 {
                held.remove(&address);
            }
        }
    }
}

impl Held {
    /// Holds at least so many bytes.
    pub(super) fn grow_to(&mut self, bytes: usize) -> Result<(), Refusal> {
        let Some(missing) = units(bytes).checked_sub(self.units()).filter(|missing| *missing > 0) else {
            return Ok(());
        };
        if let Some((shares, address)) = &self.of {
            shares.grow(*address, missing)?;
        }
        let Ok(more) = Arc::clone(&self.free).try_acquire_many_owned(missing) else {
            if let Some((shares, address)) = &self.of {
                shares.shrink(*address, missing);
            }
            return Err(Refusal::NoRoom);
        };
        match &mut self.permit {
            Some(permit) => permit.merge(more),
            none => *none = Some(more),
        }
        Ok(())
    }

    fn units(&self) -> u32 {
        self.permit.as_ref().map_or(0, |permit| u32::try_from(permit.num_permits()).unwrap_or(u32::MAX))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some((shares, address)) = &self.of {
            shares.shrink(*address, self.units());
            shares.leave(*address);
        }
    }
}

fn units(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    #[test]
    fn an_address_holds_its_share_and_no_more() {
        let room = Room::open(100 * UNIT, 10 * UNIT);
        let (mut first, mut second) = (room.enter(Some(address(1))), room.enter(Some(address(1))));
        first.grow_to(8 * UNIT).unwrap();
        assert!(matches!(second.grow_to(3 * UNIT), Err(Refusal::NoShare)));
        second.grow_to(2 * UNIT).unwrap();
        room.enter(Some(address(2))).grow_to(90 * UNIT).unwrap();
        let mut alone = room.enter(Some(address(3)));
        assert!(matches!(alone.grow_to(91 * UNIT), Err(Refusal::NoRoom)));
        alone.grow_to(90 * UNIT).unwrap();
        drop(alone);
        drop(first);
        second.grow_to(50 * UNIT).unwrap();
        drop(second);
        assert!(room.shares.as_ref().unwrap().held().is_empty(), "who is gone takes no memory");
        assert_eq!(room.fill().num_permits(), 100, "all was given back");
    }

    #[test]
    fn who_is_not_told_apart_is_bounded_by_the_room() {
        let (open, kept) = (Room::open(100 * UNIT, 10 * UNIT), Room::kept(100 * UNIT));
        for (room, of) in [(&open, None), (&kept, Some(address(1)))] {
            let mut many: Vec<Held> = (0..9).map(|_| room.enter(of)).collect();
            assert!(many.iter_mut().all(|held| held.grow_to(11 * UNIT).is_ok()));
            assert!(matches!(room.enter(of).grow_to(2 * UNIT), Err(Refusal::NoRoom)));
        }
    }
}
