use shopbell_kit::config::{ConfigError, Sources, load};

use super::*;

fn hash(text: &str) -> String {
    TokenHash::of(text).to_string()
}

/// Loads the defaults with a file's text over them.
fn with(file: &str) -> Result<Config, ConfigError> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("server.toml");
    std::fs::write(&path, file).unwrap();
    load(&Sources { defaults: DEFAULTS, file: Some(&path), overrides: &[] })
}

fn error(file: &str) -> String {
    with(file).unwrap_err().to_string()
}

fn shop(id: &str, agent: &str, zone: &str) -> String {
    format!(
        "[[shop]]\nid = \"{id}\"\nname = \"Shop\"\nzones = [{{ id = \"door\", name = \"Door\" }}]\n\
         agents = [{{ id = \"{agent}\", zone = \"{zone}\", token_sha256 = \"{}\" }}]\n",
        hash(agent)
    )
}

#[test]
fn the_defaults_are_complete_and_serve_nobody() {
    let config: Config = load(&Sources { defaults: DEFAULTS, file: None, overrides: &[] }).unwrap();
    assert_eq!(config.listen.address.to_string(), "127.0.0.1:8417");
    assert!(config.tls.files().is_none());
    assert!(config.shops.is_empty() && config.apps.is_empty() && config.operators.is_empty());
    assert_eq!(config.limits.push_age, std::time::Duration::from_secs(120));
    assert_eq!(config.limits.tablet_queue, 64);
}

#[test]
fn the_commented_examples_are_valid() {
    let starts = [
        "[[",
        "id = ",
        "name = ",
        "zones = ",
        "agents = ",
        "associates = ",
        "token_sha256",
        "write_key_sha256",
        "kind = ",
        "origins = ",
        "currency = ",
        "shop = ",
        "secret_files = ",
        "size_option = ",
        "web_address = ",
        "locations = ",
    ];
    let lines = DEFAULTS.lines().filter_map(|line| line.strip_prefix("# "));
    let examples: Vec<String> = lines
        .filter(|line| starts.iter().any(|start| line.starts_with(start)))
        .enumerate()
        .map(|(n, line)| line.replace("...", &hash(&n.to_string())))
        .collect();
    let config = with(&examples.join("\n")).unwrap();
    assert_eq!((config.shops.len(), config.apps.len(), config.operators.len()), (1, 1, 1));
    assert_eq!((config.sources.len(), config.shopify.len()), (1, 1));
}

#[test]
fn plain_is_for_loopback_unless_said_explicitly() {
    assert!(error("[listen]\naddress = \"0.0.0.0:8417\"").contains("listen.address"));
    assert!(with("[listen]\naddress = \"0.0.0.0:8417\"\nallow_plain = true").is_ok());
    assert!(with("[listen]\naddress = \"[::1]:8417\"").is_ok());
    let tls = "[tls]\ncert_file = \"c\"\nkey_file = \"k\"\n[listen]\naddress = \"0.0.0.0:8417\"";
    assert!(with(tls).is_ok());
    assert!(error("[tls]\ncert_file = \"c\"").contains("tls.key_file"));
}

#[test]
fn an_address_in_another_form_is_told_the_form() {
    for wrong in ["localhost:8417", "127.0.0.1", "8417"] {
        let error = error(&format!("[listen]\naddress = \"{wrong}\""));
        assert!(error.contains("listen.address") && error.contains("127.0.0.1:8417"), "{error}");
        assert!(error.contains(wrong), "{error}");
    }
}

#[test]
fn unknown_keys_are_refused_by_name() {
    assert!(error("[listen]\nadress = \"127.0.0.1:1\"").contains("listen.adress"));
    assert!(error("[lisen]\n").contains("lisen"));
    assert!(error(&format!("{}colour = \"red\"\n", shop("lyon", "a", "door"))).contains("colour"));
}

#[test]
fn names_are_used_once_and_zones_exist() {
    assert!(with(&shop("lyon", "a", "door")).is_ok());
    let twice = error(&(shop("lyon", "a", "door") + &shop("lyon", "b", "door")));
    assert!(twice.contains("shop.1.id") && twice.contains("shop.0.id"), "{twice}");
    let agent = error(&(shop("lyon", "a", "door") + &shop("nice", "a", "door")));
    assert!(agent.contains("shop.1.agents.0.id"), "{agent}");
    let zone = error(&shop("lyon", "a", "cellar"));
    assert!(zone.contains("shop.0.agents.0.zone") && zone.contains("door"), "{zone}");
    let token = error(&format!(
        "{}[[app]]\nid = \"web\"\ntoken_sha256 = \"{}\"\n",
        shop("lyon", "a", "door"),
        hash("a")
    ));
    assert!(
        token.contains("app.0.token_sha256") && token.contains("shop.0.agents.0.token_sha256"),
        "{token}"
    );
}

#[test]
fn bad_hashes_and_identifiers_say_what_is_right() {
    assert!(error("[[app]]\nid = \"web\"\ntoken_sha256 = \"abc\"").contains("64 hexadecimal digits"));
    assert!(error(&shop("ly on", "a", "door")).contains("store id holds the character"));
    assert!(
        error("[[app]]\nid = \"\"\ntoken_sha256 = \"{}\"".replace("{}", &hash("x")).as_str())
            .contains("app.0.id")
    );
}

#[test]
fn limits_are_checked_by_key() {
    assert!(error("[limits]\ntablet_queue = 0").contains("limits.tablet_queue"));
    assert!(error("[limits]\nagent_down_s = 90").contains("limits.agent_down_s"));
    assert!(error("[limits]\nmessage_bytes = 10").contains("limits.message_bytes"));
}

#[test]
fn neighbours_are_other_shops_of_the_file() {
    let two = |of: &str| shop("lyon", "a", "door") + of + "\n" + &shop("nice", "b", "door");
    let config = with(&two("neighbours = [\"nice\"]")).unwrap();
    let shops = crate::shops::Shops::from_config(&config.shops);
    let neighbours: Vec<String> = shops.iter().map(|shop| format!("{:?}", shop.neighbours)).collect();
    assert!(
        neighbours[0].contains("nice") && neighbours[1].contains("lyon"),
        "said of one, it holds of both"
    );
    for wrong in ["lyon", "paris"] {
        let error = error(&two(&format!("neighbours = [\"{wrong}\"]")));
        assert!(error.contains("shop.0.neighbours.0") && error.contains("[nice]"), "{error}");
    }
}

#[test]
fn time_zones_are_those_of_the_world_and_fitting_rooms_are_zones() {
    let of = |more: &str| shop("lyon", "a", "door") + more + "\n";
    let config = with(&of("time_zone = \"Europe/Paris\"")).unwrap();
    let shops = crate::shops::Shops::from_config(&config.shops);
    assert!(shops.iter().all(|shop| shop.time_zone.is_some() && shop.fitting_rooms.is_empty()));
    for wrong in ["Europe/Lyon", "CEST+1", ""] {
        let error = error(&of(&format!("time_zone = {wrong:?}")));
        assert!(error.contains("shop.0.time_zone") && error.contains(&format!("{wrong:?}")), "{error}");
    }
    let cabins = of("").replace("name = \"Door\"", "name = \"Door\", fitting_room = true");
    let config = with(&cabins).unwrap();
    assert_eq!(config.shops[0].zones.iter().filter(|zone| zone.fitting_room).count(), 1, "{cabins}");
}

fn source(id: &str, more: &str) -> String {
    let key = hash(&format!("key of {id}"));
    format!(
        "[[source]]\nid = \"{id}\"\nname = \"{id}\"\nwrite_key_sha256 = \"{key}\"\nkind = \"web\"\n{more}\n"
    )
}

#[test]
fn sources_have_names_keys_and_origins_of_their_own() {
    let good =
        source("web", "origins = [\"https://shop.example\", \"http://127.0.0.1:8080\"]\ncurrency = \"EUR\"");
    assert_eq!(with(&good).unwrap().sources[0].origins.len(), 2);
    let twice = error(&(source("web", "") + &source("web", "")));
    assert!(twice.contains("source.1.id") && twice.contains("source.0.id"), "{twice}");
    let key =
        source("web", "") + &format!("[[app]]\nid = \"a\"\ntoken_sha256 = \"{}\"\n", hash("key of web"));
    assert!(error(&key).contains("app.0.token_sha256"), "a write key is no other caller's token");
    let importer = error(&source("import", ""));
    assert!(importer.contains("source.0.id") && importer.contains("imported files"), "{importer}");
    for wrong in ["shop.example", "https://shop.example/", "https://Shop.example", "*", "https://"] {
        let error = error(&source("web", &format!("origins = [{wrong:?}]")));
        assert!(error.contains("source.0.origins") && error.contains(wrong), "{error}");
    }
    assert!(error(&source("web", "").replace("\"web\"\n\n", "\"fax\"\n")).contains("shared_device"));
}

#[test]
fn limits_of_events_are_checked_by_key() {
    for (setting, key) in [
        ("batch_bytes = 4194305", "tracking.batch_bytes"),
        ("batch_bytes = 32767", "tracking.batch_bytes"),
        ("batch_bytes = 4194304\nmemory_bytes = 67108863", "tracking.memory_bytes"),
        ("batch_bytes = 4194304\nopen_memory_bytes = 67108863", "tracking.open_memory_bytes"),
        ("open_memory_per_address_bytes = 511999", "tracking.open_memory_per_address_bytes"),
        ("retry_after_s = 0.5", "tracking.retry_after_s"),
        ("backlog_messages = 0", "tracking.backlog_messages"),
        ("public_url = \"https://e.example/v1\"", "tracking.public_url"),
    ] {
        let error = error(&format!("[tracking]\n{setting}"));
        assert!(error.contains(key), "{setting}: {error}");
    }
    assert!(with("[tracking]\nbatch_bytes = 4194304\npublic_url = \"https://e.example:8443\"").is_ok());
}

#[test]
fn the_rules_of_identity_are_those_of_the_domain_and_are_checked_by_key() {
    let rules = |text: &str| with(text).unwrap().identity.rules().unwrap();
    assert_eq!(rules(""), shopbell_domain::identity::Rules::default(), "the defaults stand in one place");
    let own = rules(
        "[identity]\nemails = 2\nblocked = [\"Kiosk\"]\nshared_above = { anonymous = { customer = 0 } }",
    );
    assert_ne!(own, shopbell_domain::identity::Rules::default());
    for (setting, key) in [
        ("emails = 0", "identity.emails"),
        ("pairs_per_identifier = 200000", "identity.pairs_per_identifier"),
        ("pairs_per_identifier = 3", "identity.shared_above"),
        ("component = 1000", "identity.component"),
        ("blocked = [\" \"]", "identity.blocked"),
        ("shared_above = { customer = { email = 1 } }", "identity.shared_above.customer.email"),
        ("shared_above = { browser = { email = 1 } }", "browser"),
        ("shared_over = 1", "shared_over"),
    ] {
        let error = error(&format!("[identity]\n{setting}"));
        assert!(error.contains(key), "{setting}: {error}");
    }
}
