//! A port that stays a world's own, also while its server is down.
//!
//! Ports that the system gives (`127.0.0.1:0`) are of the range from which it takes the near end of every connection. One that was
//! given, closed and is bound again after a restart may by then be that of a client of another test. So these ports are below
//! that range, and a locked file keeps other worlds off, in whatever process they are.

use std::{fs, fs::File, net::TcpListener};

use fs2::FileExt as _;

/// Below 32,768, where the system's range begins on Linux, and above what is commonly in use.
const FIRST: u16 = 12_000;
const COUNT: u16 = 18_000;

/// A port, kept for as long as this is.
#[derive(Debug)]
pub struct Port {
    number: u16,
    _lock: File,
}

impl Port {
    /// One that nobody has.
    pub fn take() -> Self {
        let directory = std::env::temp_dir().join("shopbell-test-ports");
        fs::create_dir_all(&directory).expect("a directory for locks");
        // Processes of one run begin at different places, so that few look at what others have.
        let begin =
            u16::try_from(u64::from(std::process::id()) * 7 % u64::from(COUNT)).expect("a small number");
        let mut numbers = (0..COUNT).map(|step| FIRST + (begin + step) % COUNT);
        let take = |number: u16| {
            let path = directory.join(number.to_string());
            let lock = File::options().create(true).truncate(false).write(true).open(path).ok()?;
            lock.try_lock_exclusive().ok()?;
            TcpListener::bind(("127.0.0.1", number)).ok()?;
            Some(Self { number, _lock: lock })
        };
        numbers.find_map(take).expect("a free port")
    }

    /// Its number.
    pub const fn number(&self) -> u16 {
        self.number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_have_the_same_and_none_is_of_the_systems() {
        let taken: Vec<Port> = (0..20).map(|_| Port::take()).collect();
        let numbers: std::collections::BTreeSet<u16> = taken.iter().map(Port::number).collect();
        assert_eq!(numbers.len(), 20);
        assert!(numbers.iter().all(|number| (FIRST..32_768).contains(number)), "{numbers:?}");
    }
}
