use std::time::Duration;

use shopbell_kit::config::{ConfigError, Sources, load};

use super::*;

fn with(overrides: &[&str]) -> Result<AgentConfig, ConfigError> {
    let overrides: Vec<String> = overrides.iter().map(ToString::to_string).collect();
    load(&Sources { defaults: DEFAULTS, file: None, overrides: &overrides })
}

fn refused(text: &str) -> String {
    with(&[text]).unwrap_err().to_string()
}

#[test]
fn the_defaults_are_valid_and_those_of_the_domain() {
    let config = with(&[]).unwrap();
    assert_eq!(config.brand.uuid().unwrap(), BrandUuid(0xfcf1));
    assert_eq!(config.presence.policy().unwrap(), PresencePolicy::default());
    assert_eq!(config.uplink.backoff().unwrap(), Backoff::default());
    assert_eq!(config.clock, ClockConfig::default());
    assert_eq!(config.outbox.max_age_h.get(), Duration::from_secs(72 * 3_600));
}

#[test]
fn wrong_keys_are_named() {
    for (set, named) in [
        ("radio.adaptor=hci0", "radio.adaptor"),
        ("brand.uuid=fcf", "brand.uuid"),
        ("brand.uuid=+cf1", "brand.uuid"),
        ("server.url=localhost:8417", "server.url"),
        ("server.ca_file=/ca.pem", "server.ca_file"),
        ("server.url=http://shopbell.example:8417", "server.allow_plain"),
        ("radio.source=capture", "radio.capture_file"),
        ("radio.dead_after_s=100", "radio.dead_after_s"),
        ("presence.enter_rssi_dbm=90", "presence.enter_rssi_dbm"),
        ("presence.exit_max_s=1", "presence.exit_max_s"),
        ("presence.enter_sightings=0", "presence.enter_sightings"),
        ("outbox.max_age_h=73", "outbox.max_age_h"),
        ("uplink.batch_events=257", "uplink.batch_events"),
        ("uplink.retry_first_s=0", "uplink.retry_first_s"),
        ("log.level=\"a=b=c\"", "log.level"),
    ] {
        let message = refused(set);
        assert!(message.contains(named), "{set}: {message}");
    }
}

#[test]
fn a_token_goes_in_the_clear_only_to_this_machine() {
    for url in ["http://127.0.0.1:8417", "http://127.8.8.8:1", "http://[::1]:8417", "http://LocalHost:8417"] {
        assert!(with(&[&format!("server.url={url}")]).is_ok(), "{url}");
    }
    for url in [
        "http://shop.example:1",
        "http://10.0.0.7:1",
        "http://127.0.0.1@10.0.0.7:1",
        "http://localhost.example:1",
    ] {
        let set = format!("server.url={url}");
        let message = refused(&set);
        assert!(message.contains("https://") && message.contains("server.ca_file"), "{url}: {message}");
        assert!(with(&[&set, "server.allow_plain=true"]).is_ok(), "{url}");
    }
    assert!(with(&["server.url=https://shop.example:8417"]).is_ok());
}
