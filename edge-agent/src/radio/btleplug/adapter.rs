//! Finding the adapter and starting the scan, with a time limit round every call, and errors that say what to do.

use std::{fmt::Write as _, pin::Pin, time::Duration};

use btleplug::{
    api::{Central as _, CentralEvent, Manager as _, ScanFilter},
    platform::{Adapter, Manager},
};
use futures::Stream;
use tokio::time::timeout;

/// A D-Bus call that takes longer is stuck.
const CALL: Duration = Duration::from_secs(5);
/// Starting a scan may have to power the adapter on first.
const START: Duration = Duration::from_secs(15);

/// Why the radio cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AdapterError {
    /// There is no bus.
    #[error(
        "D-Bus cannot be reached ({0}): start it (`systemctl start dbus`), or set DBUS_SYSTEM_BUS_ADDRESS"
    )]
    Bus(String),
    /// There is a bus, and nobody on it who knows Bluetooth.
    #[error("the Bluetooth service is not running ({0}): run `systemctl start bluetooth`")]
    NoService(String),
    /// The bus does not let this user in.
    #[error(
        "this user may not use Bluetooth ({0}): add it to the group `bluetooth`, then start the agent again"
    )]
    Permission(String),
    /// There is no adapter at all.
    #[error("there is no Bluetooth adapter: plug one in, or check `rfkill list` and `dmesg`")]
    NoAdapter,
    /// The one that was asked for is not there.
    #[error(
        "there is no Bluetooth adapter {wanted:?}; there are: {present}; set radio.adapter to one of them"
    )]
    Missing {
        /// What radio.adapter says.
        wanted: String,
        /// Names and addresses of those that are there.
        present: String,
    },
    /// A call failed.
    #[error(
        "{what} failed: {reason}; is the adapter blocked (`rfkill unblock bluetooth`) or used by others?"
    )]
    Call {
        /// Which call.
        what: &'static str,
        /// The answer.
        reason: String,
    },
    /// A call got no answer.
    #[error("{0} got no answer: the Bluetooth service hangs")]
    Timeout(&'static str),
}

fn classify(what: &'static str, error: &btleplug::Error) -> AdapterError {
    let reason = error.to_string();
    let has = |words: &[&str]| words.iter().any(|word| reason.contains(word));
    if has(&["AccessDenied", "not allowed", "Permission"]) {
        AdapterError::Permission(reason)
    } else if has(&["ServiceUnknown", "was not provided by any", "NameHasNoOwner", "Could not activate"]) {
        AdapterError::NoService(reason)
    } else if has(&["Failed to send", "Failed to connect to socket", "NoReply", "Disconnected"]) {
        AdapterError::Bus(reason)
    } else {
        AdapterError::Call { what, reason }
    }
}

async fn call<T>(
    what: &'static str,
    limit: Duration,
    call: impl Future<Output = btleplug::Result<T>>,
) -> Result<T, AdapterError> {
    match timeout(limit, call).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(classify(what, &error)),
        Err(_) => Err(AdapterError::Timeout(what)),
    }
}

/// A stream of btleplug's events.
pub type Events = Pin<Box<dyn Stream<Item = CentralEvent> + Send>>;

/// An adapter that was found.
pub struct Found {
    /// The adapter.
    pub adapter: Adapter,
    /// Its name, such as `hci0`.
    pub name: String,
    /// Its address, if it tells.
    pub address: String,
}

/// Finds the adapter: by name or address, or the first by name. A new D-Bus connection each time, since a lost one
/// never comes back.
pub async fn find(wanted: &str) -> Result<Found, AdapterError> {
    let manager = match call("connecting to D-Bus", CALL, Manager::new()).await {
        Err(AdapterError::Call { reason, .. }) => return Err(AdapterError::Bus(reason)),
        other => other?,
    };
    let mut found = Vec::new();
    for adapter in call("listing the adapters", CALL, manager.adapters()).await? {
        let info = call("asking an adapter for its name", CALL, adapter.adapter_info()).await?;
        let address = call("asking an adapter for its address", CALL, adapter.adapter_address()).await?;
        let name = info.split(' ').next().unwrap_or_default().to_owned();
        found.push(Found {
            adapter,
            name,
            address: address.map(|address| address.to_string()).unwrap_or_default(),
        });
    }
    // btleplug lists them in random order.
    found.sort_by(|a, b| a.name.cmp(&b.name));
    if found.is_empty() {
        return Err(AdapterError::NoAdapter);
    }
    let present = found.iter().fold(String::new(), |mut text, found| {
        let separator = if text.is_empty() { "" } else { ", " };
        // Writing to a string does not fail.
        let _ = write!(text, "{separator}{} ({})", found.name, found.address);
        text
    });
    let is_wanted = |found: &Found| {
        wanted.is_empty() || found.name == wanted || found.address.eq_ignore_ascii_case(wanted)
    };
    let wanted = || AdapterError::Missing { wanted: wanted.to_owned(), present };
    found.into_iter().find(is_wanted).ok_or_else(wanted)
}

/// Subscribes to what the adapter hears, then starts the scan.
pub async fn listen(adapter: &Adapter) -> Result<Events, AdapterError> {
    let events = call("subscribing to events", START, adapter.events()).await?;
    scan(adapter).await?;
    Ok(events)
}

/// Starts the scan. The filter is empty: BlueZ's own filter knows UUID lists only, not service data.
pub async fn scan(adapter: &Adapter) -> Result<(), AdapterError> {
    call("starting the scan", START, adapter.start_scan(ScanFilter::default())).await
}

/// Stops the scan; that it fails is of no interest.
pub async fn stop_scan(adapter: &Adapter) {
    let _ = call("stopping the scan", CALL, adapter.stop_scan()).await;
}

/// Whether the adapter is there and has power. btleplug says nothing when it goes away.
pub async fn is_powered(adapter: &Adapter) -> bool {
    let state = call("asking for the adapter's state", CALL, adapter.adapter_state()).await;
    !matches!(state, Ok(btleplug::api::CentralState::PoweredOff) | Err(_))
}
