use std::time::Duration;

use serde::Deserialize;

use super::*;

const DEFAULTS: &str = r#"
name = "lyon"

[uplink]
server = "https://127.0.0.1:8417"
connect_timeout_s = 5
batch_max_ms = 250
lanes = 4
mode = "live"

[retention]
outbox_h = 72
"#;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Agent {
    name: String,
    uplink: Uplink,
    retention: Retention,
    token_file: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Uplink {
    server: String,
    connect_timeout_s: Seconds,
    batch_max_ms: Millis,
    lanes: u8,
    mode: Mode,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Retention {
    outbox_h: Hours,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Mode {
    Live,
    Replay,
}

impl Config for Agent {
    fn validate(&self) -> Result<(), Invalid> {
        if self.uplink.lanes == 0 {
            return Err(Invalid::new("uplink.lanes", "at least 1"));
        }
        Ok(())
    }
}

fn with(file: &str, overrides: &[&str]) -> Result<Agent, String> {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("agent.toml");
    fs::write(&path, file).unwrap();
    let overrides: Vec<String> = overrides.iter().map(ToString::to_string).collect();
    let sources = Sources { defaults: DEFAULTS, file: Some(&path), overrides: &overrides };
    load(&sources).map_err(|error| error.to_string().replace(&path.display().to_string(), "FILE"))
}

#[test]
fn later_sources_win_key_by_key() {
    let agent =
        with("name = \"paris\"\n[uplink]\nlanes = 2", &["uplink.lanes=3", "token_file=/run/t"]).unwrap();
    assert_eq!((agent.name.as_str(), agent.uplink.lanes), ("paris", 3));
    assert_eq!(agent.uplink.server, "https://127.0.0.1:8417");
    assert_eq!(agent.uplink.connect_timeout_s.get(), Duration::from_secs(5));
    assert_eq!(agent.uplink.batch_max_ms.get(), Duration::from_millis(250));
    assert_eq!(agent.retention.outbox_h.get(), Duration::from_secs(72 * 3_600));
    assert_eq!(agent.token_file.as_deref(), Some("/run/t"));
    assert_eq!(agent.uplink.mode, Mode::Live);
}

#[test]
fn overrides_are_toml_or_else_text() {
    let agent = with("", &["name = \"a b\"", "uplink.connect_timeout_s=0.5", "uplink.server=http://[::1]:1"])
        .unwrap();
    assert_eq!(agent.name, "a b");
    assert_eq!(agent.uplink.connect_timeout_s.get(), Duration::from_millis(500));
    assert_eq!(agent.uplink.server, "http://[::1]:1");
    let wrong = |text| with("", &[text]).unwrap_err();
    assert_eq!(wrong("name"), "--set \"name\" must look like `section.key=value`");
    assert_eq!(wrong("a b=1"), "--set \"a b=1\" must look like `section.key=value`");
    assert_eq!(wrong("=1"), "--set \"=1\" must look like `section.key=value`");
    assert_eq!(with("", &["name=x\ninjected = 1"]).unwrap().name, "x\ninjected = 1");
}

#[test]
fn an_unknown_key_is_named_with_its_nearest_neighbour() {
    assert_eq!(
        with("[uplink]\nconect_timeout_s = 1", &[]).unwrap_err(),
        "uplink.conect_timeout_s (in FILE): is no key here; did you mean `connect_timeout_s`?"
    );
    assert_eq!(
        with("", &["retention.colour=blue"]).unwrap_err(),
        "retention.colour (in --set retention.colour): is no key here; there are: outbox_h"
    );
    assert!(
        with("[uplnk]\nlanes = 1", &[]).unwrap_err().starts_with("uplnk (in FILE): is no key here; did you")
    );
}

#[test]
fn a_wrong_value_names_key_source_and_expectation() {
    assert_eq!(
        with("[uplink]\nlanes = \"four\"", &[]).unwrap_err(),
        "uplink.lanes (in FILE): must be a whole number from 0 to 255, not \"four\""
    );
    assert_eq!(
        with("", &["uplink.connect_timeout_s=-1"]).unwrap_err(),
        "uplink.connect_timeout_s (in --set uplink.connect_timeout_s): must be a number of seconds of at least 0"
    );
    assert_eq!(
        with("", &["uplink.batch_max_ms=soon"]).unwrap_err(),
        "uplink.batch_max_ms (in --set uplink.batch_max_ms): must be a number of milliseconds of at least 0"
    );
    assert_eq!(
        with("", &["uplink.mode=fast"]).unwrap_err(),
        "uplink.mode (in --set uplink.mode): must be one of live, replay, not \"fast\""
    );
    assert_eq!(with("[uplink]\nlanes = 0", &[]).unwrap_err(), "uplink.lanes (in FILE): must be at least 1");
}

#[test]
fn a_missing_key_and_broken_sources_are_named() {
    let sources = Sources { defaults: "name = \"x\"\n[retention]\noutbox_h = 1", file: None, overrides: &[] };
    let error = load::<Agent>(&sources).unwrap_err().to_string();
    assert_eq!(error, "uplink: is missing; set it in the file given with --config");
    let error = with("name = = 3", &[]).unwrap_err();
    assert!(error.starts_with("FILE is not valid TOML: ") && error.contains("line 1"), "{error}");
    let missing = Sources { file: Some(Path::new("/nonexistent/x.toml")), ..sources };
    let error = load::<Agent>(&missing).unwrap_err().to_string();
    assert!(error.starts_with("could not read the configuration /nonexistent/x.toml: "), "{error}");
}

#[test]
fn every_setting_can_be_explained() {
    let overrides = ["uplink.lanes=3".to_owned()];
    let settings = explain(&Sources { defaults: DEFAULTS, file: None, overrides: &overrides }).unwrap();
    let line = |key: &str| {
        let setting = settings.iter().find(|setting| setting.key == key).unwrap();
        format!("{} <- {}", setting.value, setting.origin)
    };
    assert_eq!(line("uplink.lanes"), "3 <- --set uplink.lanes");
    assert_eq!(line("name"), "\"lyon\" <- the built-in defaults");
    assert_eq!(settings.len(), 7);
}

#[test]
fn distance_counts_edits() {
    let cases = [("", "", 0), ("a", "", 1), ("kitten", "sitting", 3), ("lanes", "lane", 1), ("ab", "ba", 2)];
    for (a, b, edits) in cases {
        assert_eq!((distance(a, b), distance(b, a)), (edits, edits), "{a} {b}");
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stores {
    #[serde(default)]
    stores: Vec<Shop>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Shop {
    id: String,
    zones: Vec<String>,
}

impl Config for Stores {
    fn validate(&self) -> Result<(), Invalid> {
        match self.stores.iter().position(|shop| shop.zones.is_empty()) {
            Some(at) => Err(Invalid::new(format!("stores.{at}.zones"), "a list with at least one zone")),
            None => Ok(()),
        }
    }
}

#[test]
fn items_of_lists_are_named_by_their_number() {
    let loaded = |file: &str| {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("server.toml");
        fs::write(&path, file).unwrap();
        load::<Stores>(&Sources { defaults: "", file: Some(&path), overrides: &[] })
            .map_err(|error| error.to_string().replace(&path.display().to_string(), "FILE"))
    };
    let good = "[[stores]]\nid = \"lyon\"\nzones = [\"door\"]\n";
    assert_eq!(loaded(good).unwrap().stores[0].id, "lyon");
    let unknown = loaded(&format!("{good}[[stores]]\nid = \"paris\"\nzone = []")).unwrap_err();
    assert_eq!(unknown, "stores.1.zone (in FILE): is no key here; did you mean `zones`?");
    let empty = loaded(&format!("{good}[[stores]]\nid = \"paris\"\nzones = []")).unwrap_err();
    assert_eq!(empty, "stores.1.zones (in FILE): must be a list with at least one zone");
    let wrong = loaded("[[stores]]\nid = 3\nzones = []").unwrap_err();
    assert_eq!(wrong, "stores.0.id (in FILE): must be a string, not 3");
}
