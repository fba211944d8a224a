//! The service manager's notification protocol (`sd_notify(3)`), by the standard library alone.
//!
//! Without a service manager (`NOTIFY_SOCKET` unset) everything here does nothing, so callers need no switch.
//! Feed the watchdog from what must be alive, not from a timer: a process whose radio has died is not well.

use std::{env, io, time::Duration};

/// A connection to the service manager, or nothing.
#[derive(Debug, Default)]
pub struct Notify {
    #[cfg(unix)]
    socket: Option<unix::Target>,
    watchdog: Option<Duration>,
}

impl Notify {
    /// Reads `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID`.
    pub fn from_env() -> io::Result<Self> {
        let watchdog = match env::var("WATCHDOG_PID") {
            Ok(pid) if pid != std::process::id().to_string() => None,
            _ => env::var("WATCHDOG_USEC")
                .ok()
                .and_then(|micros| micros.parse().ok())
                .map(Duration::from_micros),
        };
        match env::var_os("NOTIFY_SOCKET") {
            Some(address) => Self::to(&address, watchdog),
            None => Ok(Self::default()),
        }
    }

    /// To a socket: a path, or `@name` for Linux's abstract ones; and the watchdog's period.
    #[cfg(unix)]
    pub fn to(address: &std::ffi::OsStr, watchdog: Option<Duration>) -> io::Result<Self> {
        Ok(Self { socket: Some(unix::Target::new(address)?), watchdog })
    }

    /// There is no such service manager on this system.
    #[cfg(not(unix))]
    pub fn to(_address: &std::ffi::OsStr, watchdog: Option<Duration>) -> io::Result<Self> {
        Ok(Self { watchdog })
    }

    /// How often [`Notify::alive`] must be called at least: half of what the manager allows.
    pub fn watchdog_interval(&self) -> Option<Duration> {
        self.watchdog.map(|period| period / 2)
    }

    /// The process does its work from now on.
    pub fn ready(&self) -> io::Result<()> {
        self.send("READY=1")
    }

    /// The process is well.
    pub fn alive(&self) -> io::Result<()> {
        self.send("WATCHDOG=1")
    }

    /// The process is on its way out.
    pub fn stopping(&self) -> io::Result<()> {
        self.send("STOPPING=1")
    }

    /// One line for `systemctl status`. No personal data.
    pub fn status(&self, line: &str) -> io::Result<()> {
        self.send(&format!("STATUS={}", line.replace('\n', " ")))
    }

    #[cfg(unix)]
    fn send(&self, message: &str) -> io::Result<()> {
        self.socket.as_ref().map_or(Ok(()), |target| target.send(message))
    }

    #[cfg(not(unix))]
    fn send(&self, _message: &str) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(unix)]
mod unix {
    use std::{
        ffi::OsStr,
        io,
        os::unix::{
            ffi::OsStrExt as _,
            net::{SocketAddr, UnixDatagram},
        },
    };

    #[derive(Debug)]
    pub(super) struct Target {
        socket: UnixDatagram,
        address: SocketAddr,
    }

    impl Target {
        pub(super) fn new(address: &OsStr) -> io::Result<Self> {
            let socket = UnixDatagram::unbound()?;
            // A manager that does not read must not stop the process: its message is dropped instead.
            socket.set_nonblocking(true)?;
            Ok(Self { socket, address: parse(address)? })
        }

        pub(super) fn send(&self, message: &str) -> io::Result<()> {
            self.socket.send_to_addr(message.as_bytes(), &self.address).map(|_| ())
        }
    }

    fn parse(address: &OsStr) -> io::Result<SocketAddr> {
        match address.as_bytes().split_first() {
            #[cfg(target_os = "linux")]
            Some((b'@', name)) => {
                <SocketAddr as std::os::linux::net::SocketAddrExt>::from_abstract_name(name)
            }
            _ => SocketAddr::from_pathname(address),
        }
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::{ffi::OsStr, os::unix::net::UnixDatagram};

    use super::*;

    fn received(manager: &UnixDatagram) -> String {
        let mut buffer = [0; 128];
        let length = manager.recv(&mut buffer).unwrap();
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    }

    #[test]
    fn the_manager_hears_each_message() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("notify");
        let manager = UnixDatagram::bind(&path).unwrap();
        let notify = Notify::to(path.as_os_str(), Some(Duration::from_secs(30))).unwrap();
        notify.ready().unwrap();
        notify.alive().unwrap();
        notify.status("two\nlines").unwrap();
        notify.stopping().unwrap();
        let heard: Vec<_> = (0..4).map(|_| received(&manager)).collect();
        assert_eq!(heard, ["READY=1", "WATCHDOG=1", "STATUS=two lines", "STOPPING=1"]);
        assert_eq!(notify.watchdog_interval(), Some(Duration::from_secs(15)));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn abstract_sockets_work_too() {
        use std::os::{linux::net::SocketAddrExt as _, unix::net::SocketAddr};

        let name = format!("shopbell-notify-{}", std::process::id());
        let manager = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
        Notify::to(OsStr::new(&format!("@{name}")), None).unwrap().ready().unwrap();
        assert_eq!(received(&manager), "READY=1");
    }

    #[test]
    fn without_a_manager_nothing_happens() {
        let notify = Notify::default();
        notify.ready().unwrap();
        assert_eq!(notify.watchdog_interval(), None);
        let gone = Notify::to(OsStr::new("/nonexistent/notify"), None).unwrap();
        assert!(gone.ready().is_err());
    }
}
