//! `org.bluez` on a bus of its own: raw messages, so that a test decides every answer, error and silence.

use std::{
    collections::{BTreeMap, HashMap},
    path::PathBuf,
    process::Stdio,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::StreamExt as _;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
    task::JoinHandle,
};
use zbus::{
    Connection, MessageStream,
    message::{Message, Type},
    names::ErrorName,
    zvariant::{ObjectPath, OwnedValue, Value},
};

pub(crate) type Properties = HashMap<String, OwnedValue>;

const ADAPTER: &str = "org.bluez.Adapter1";
const DEVICE: &str = "org.bluez.Device1";
pub(crate) const BRAND: &str = "0000fcf1-0000-1000-8000-00805f9b34fb";

/// A private bus, ended with its handle.
pub(crate) struct Bus {
    pub(crate) address: String,
    _daemon: Child,
    _dir: tempfile::TempDir,
}

impl Bus {
    pub(crate) async fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let config = dir.path().join("bus.conf");
        std::fs::write(&config, bus_config(dir.path())).unwrap();
        let mut daemon = Command::new("dbus-daemon")
            .arg(format!("--config-file={}", config.display()))
            .args(["--print-address=1", "--nofork", "--nopidfile"])
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("dbus-daemon is needed for this test: apt-get install dbus-daemon (or dbus)");
        let mut lines = BufReader::new(daemon.stdout.take().unwrap()).lines();
        let address = lines.next_line().await.unwrap().expect("dbus-daemon prints its address");
        Self { address, _daemon: daemon, _dir: dir }
    }
}

fn bus_config(dir: &std::path::Path) -> String {
    format!(
        r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>custom</type>
  <listen>unix:tmpdir={}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/><allow user="*"/>
  </policy>
</busconfig>"#,
        dir.display()
    )
}

fn value<'a>(value: impl Into<Value<'a>>) -> OwnedValue {
    value.into().try_to_owned().unwrap()
}

/// The RSSI of an advertisement.
pub(crate) fn rssi(dbm: i16) -> (String, OwnedValue) {
    ("RSSI".to_owned(), value(dbm))
}

/// Service data of the brand.
pub(crate) fn service_data(token: [u8; 16]) -> (String, OwnedValue) {
    let data: HashMap<String, Value<'_>> = HashMap::from([(BRAND.to_owned(), Value::from(token.to_vec()))]);
    ("ServiceData".to_owned(), value(data))
}

/// UUIDs as BlueZ gathers them.
pub(crate) fn uuids(tokens: &[[u8; 16]]) -> (String, OwnedValue) {
    let long = tokens.iter().map(|token| uuid::Uuid::from_bytes(*token).to_string());
    ("UUIDs".to_owned(), value(std::iter::once(BRAND.to_owned()).chain(long).collect::<Vec<String>>()))
}

fn adapter(address: &str) -> Properties {
    [
        ("Address", value(address)),
        ("AddressType", value("public")),
        ("Name", value("mock")),
        ("Alias", value("mock")),
        ("Class", value(0_u32)),
        ("Powered", value(true)),
        ("Discoverable", value(false)),
        ("Pairable", value(true)),
        ("PairableTimeout", value(0_u32)),
        ("DiscoverableTimeout", value(180_u32)),
        ("Discovering", value(false)),
        ("UUIDs", value(Vec::<String>::new())),
        ("Modalias", value("usb:v1D6Bp0246d0542")),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

fn device(adapter: &str, address: &str) -> Properties {
    [
        ("Address", value(address)),
        ("AddressType", value("random")),
        ("Alias", value(address.replace(':', "-"))),
        ("Paired", value(false)),
        ("Bonded", value(false)),
        ("Trusted", value(false)),
        ("Blocked", value(false)),
        ("LegacyPairing", value(false)),
        ("Connected", value(false)),
        ("ServicesResolved", value(false)),
        ("Adapter", value(ObjectPath::try_from(adapter).unwrap())),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

fn copy(properties: &Properties) -> Properties {
    properties.iter().map(|(name, value)| (name.clone(), value.try_clone().unwrap())).collect()
}

#[derive(Default)]
struct State {
    objects: BTreeMap<String, (&'static str, Properties)>,
    scans: BTreeMap<String, usize>,
}

/// The mocked daemon.
pub(crate) struct Bluez {
    connection: Connection,
    state: Arc<Mutex<State>>,
    answering: JoinHandle<()>,
}

impl Drop for Bluez {
    fn drop(&mut self) {
        self.answering.abort();
    }
}

impl Bluez {
    /// A daemon with adapters, given as name and address.
    #[expect(clippy::disallowed_methods, reason = "a test's helper, ended by its handle")]
    pub(crate) async fn start(bus: &Bus, adapters: &[(&str, &str)]) -> Self {
        let builder = zbus::connection::Builder::address(bus.address.as_str()).unwrap();
        let connection = builder.build().await.unwrap();
        let state = Arc::new(Mutex::new(State::default()));
        for (name, address) in adapters {
            state.lock().unwrap().objects.insert(path(name), (ADAPTER, adapter(address)));
        }
        let mut messages = MessageStream::from(&connection);
        let answering = tokio::spawn({
            let (connection, state) = (connection.clone(), Arc::clone(&state));
            async move {
                while let Some(Ok(message)) = messages.next().await {
                    if message.message_type() == Type::MethodCall {
                        answer(&connection, &state, &message).await;
                    }
                }
            }
        });
        connection.request_name("org.bluez").await.unwrap();
        Self { connection, state, answering }
    }

    /// Ends the daemon as a crash does: its name vanishes from the bus.
    pub(crate) async fn crash(self) {
        self.connection.clone().close().await.unwrap();
    }

    /// Waits until the adapter was told to scan for the n-th time.
    pub(crate) async fn scanning(&self, adapter: &str, times: usize) {
        let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
        while self.state.lock().unwrap().scans.get(&path(adapter)).copied().unwrap_or_default() < times {
            assert!(tokio::time::Instant::now() < deadline, "{adapter} was not told to scan {times} times");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// A device is heard for the first time.
    pub(crate) async fn appear<const N: usize>(
        &self,
        adapter: &str,
        address: &str,
        heard: [(String, OwnedValue); N],
    ) {
        let mut properties = device(&path(adapter), address);
        properties.extend(heard);
        self.add(&device_path(adapter, address), DEVICE, properties).await;
    }

    /// A known device is heard again.
    pub(crate) async fn hear<const N: usize>(
        &self,
        adapter: &str,
        address: &str,
        heard: [(String, OwnedValue); N],
    ) {
        let (path, changed) = (device_path(adapter, address), Properties::from(heard));
        if let Some((_, properties)) = self.state.lock().unwrap().objects.get_mut(&path) {
            properties.extend(copy(&changed));
        }
        let body = (DEVICE, changed, Vec::<&str>::new());
        self.signal(&path, "org.freedesktop.DBus.Properties", "PropertiesChanged", &body).await;
    }

    /// The adapter is pulled out, and its devices with it.
    pub(crate) async fn unplug(&self, adapter: &str) {
        let prefix = path(adapter);
        let gone: Vec<(String, &'static str)> = {
            let mut state = self.state.lock().unwrap();
            let gone = state.objects.iter().filter(|(path, _)| path.starts_with(&prefix));
            let gone: Vec<_> = gone.map(|(path, (interface, _))| (path.clone(), *interface)).collect();
            state.objects.retain(|path, _| !path.starts_with(&prefix));
            gone
        };
        for (path, interface) in gone.into_iter().rev() {
            let body = (ObjectPath::try_from(path).unwrap(), vec![interface]);
            self.signal("/", "org.freedesktop.DBus.ObjectManager", "InterfacesRemoved", &body).await;
        }
    }

    /// An adapter is plugged in.
    pub(crate) async fn plug(&self, name: &str, address: &str) {
        self.add(&path(name), ADAPTER, adapter(address)).await;
    }

    async fn add(&self, path: &str, interface: &'static str, properties: Properties) {
        self.state.lock().unwrap().objects.insert(path.to_owned(), (interface, copy(&properties)));
        let body = (ObjectPath::try_from(path).unwrap(), HashMap::from([(interface, properties)]));
        self.signal("/", "org.freedesktop.DBus.ObjectManager", "InterfacesAdded", &body).await;
    }

    async fn signal<B: serde::Serialize + zbus::zvariant::DynamicType>(
        &self,
        path: &str,
        interface: &str,
        member: &str,
        body: &B,
    ) {
        self.connection.emit_signal(None::<&str>, path, interface, member, body).await.unwrap();
    }
}

fn path(adapter: &str) -> String {
    format!("/org/bluez/{adapter}")
}

fn device_path(adapter: &str, address: &str) -> String {
    format!("/org/bluez/{adapter}/dev_{}", address.replace(':', "_"))
}

async fn answer(connection: &Connection, state: &Mutex<State>, message: &Message) {
    let header = message.header();
    let path = header.path().map(ToString::to_string).unwrap_or_default();
    let member = header.member().map(ToString::to_string).unwrap_or_default();
    let object = state.lock().unwrap().objects.get(&path).map(|(_, properties)| copy(properties));
    let answered = match (member.as_str(), object) {
        ("GetManagedObjects", _) => {
            let objects = managed(state);
            connection.reply(&header, &objects).await
        }
        ("GetAll", Some(properties)) => connection.reply(&header, &properties).await,
        ("StartDiscovery", Some(_)) => {
            *state.lock().unwrap().scans.entry(path).or_default() += 1;
            connection.reply(&header, &()).await
        }
        ("StopDiscovery" | "SetDiscoveryFilter" | "Set", Some(_)) => connection.reply(&header, &()).await,
        (_, None) => {
            let name = ErrorName::try_from("org.freedesktop.DBus.Error.UnknownObject").unwrap();
            connection.reply_error(&header, name, &"no such object").await
        }
        (_, Some(_)) => {
            let name = ErrorName::try_from("org.freedesktop.DBus.Error.UnknownMethod").unwrap();
            connection.reply_error(&header, name, &"the mock knows no such method").await
        }
    };
    // The caller, or the daemon itself, may be gone by now.
    drop(answered);
}

type Managed = HashMap<ObjectPath<'static>, HashMap<&'static str, Properties>>;

fn managed(state: &Mutex<State>) -> Managed {
    let state = state.lock().unwrap();
    let object = |(path, (interface, properties)): (&String, &(&'static str, Properties))| {
        (ObjectPath::try_from(path.clone()).unwrap(), HashMap::from([(*interface, copy(properties))]))
    };
    state.objects.iter().map(object).collect()
}

/// A bus address at which nobody listens.
pub(crate) fn no_bus() -> String {
    format!("unix:path={}", PathBuf::from("/nonexistent/bus").display())
}
