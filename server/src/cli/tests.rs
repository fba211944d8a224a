use clap::{CommandFactory as _, Parser as _};

use super::*;

#[test]
fn the_command_line_holds_together() {
    Cli::command().debug_assert();
}

#[test]
fn settings_count_on_both_sides_of_the_command() {
    let cli =
        Cli::parse_from(["s", "--config", "a", "--set", "x=1", "serve", "--set", "y=2", "--set", "z=3"]);
    let Command::Serve(_) = &cli.command else { panic!("another command") };
    let later = Source { config: None, set: vec!["y=2".to_owned()] };
    let both = cli.source.then(later);
    assert_eq!(both.config.as_deref(), Some(std::path::Path::new("a")));
    assert_eq!(both.set, ["x=1", "y=2"]);
}

#[test]
fn a_token_is_long_and_new_each_time() {
    let (one, two) = (token::mint(), token::mint());
    assert_ne!(one, two);
    assert_eq!(one.len(), 64);
}

#[test]
fn a_key_is_never_written_over() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("master.key");
    token::write_secret(&path, &token::mint()).unwrap();
    let first = std::fs::read_to_string(&path).unwrap();
    let error = token::write_secret(&path, "other").unwrap_err().to_string();
    assert!(error.contains("master.key") && error.contains("not there yet"), "{error}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), first);
    assert!(open::master_key(&path).is_ok());
}

/// A vault that is gone with the test.
fn vault() -> shopbell_vault::Vault {
    let options = shopbell_vault::Options::new("memory", shopbell_vault::Kek::new([1; 32].into()));
    shopbell_vault::Vault::in_memory(&options, <rand::rngs::StdRng as rand::SeedableRng>::seed_from_u64(1))
        .unwrap()
}

/// Settings for a vault in this directory, with its key.
fn vault_settings(directory: &std::path::Path) -> Vec<String> {
    let key = directory.join("vault.key");
    token::write_secret(&key, &token::mint()).unwrap();
    let set = |key: &str, path: &std::path::Path| format!("vault.{key}={}", path.display());
    vec![
        set("kek_file", &key),
        set("directory", &directory.join("vault")),
        set("tombstone_directory", &directory.join("tombstones")),
    ]
}

#[test]
fn health_looks_at_the_room_on_the_disk() {
    use shopbell_kit::clock::SystemClock;
    use shopbell_store::{EmbeddedStore, Options};

    let directory = tempfile::tempdir().unwrap();
    let vault = vault();
    let takes_writes = |reserve_bytes| {
        let options = Options { reserve_bytes, ..Options::default() };
        let store = EmbeddedStore::open(directory.path().join("store"), options, vault.clone()).unwrap();
        let key = shopbell_domain::token::MasterKey::new([1; 32]);
        (open::parts(store, std::sync::Arc::new(SystemClock::start()), key).store_takes_writes)()
    };
    assert!(takes_writes(0));
    assert!(!takes_writes(u64::MAX), "a store that refuses every write is not healthy");
}

/// `serve` would refuse them: so `check` does.
#[cfg(unix)]
#[tokio::test]
async fn a_check_reads_every_file_that_the_configuration_names() {
    use std::os::unix::fs::PermissionsExt as _;

    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        path.display().to_string()
    };
    let hex = "07".repeat(32);
    let (master, kek, secret) =
        (file("master.key", &hex), file("vault.kek", &hex), file("shopify.secret", "hush-hush-hush-hush"));
    let shop =
        format!("shopify=[{{id=\"web\", shop=\"maison.myshopify.com\", secret_files=[\"{secret}\"]}}]");
    let check = |more: Option<String>| {
        let mut set =
            vec![format!("keys.master_key_file={master}"), format!("vault.kek_file={kek}"), shop.clone()];
        set.extend(more);
        let Command::Check(command) = Cli::parse_from(["s", "check", "--config-only"]).command else {
            panic!("another command")
        };
        command.run(Source { config: None, set })
    };
    check(None).await.unwrap();
    let notes = "notes={enabled=true, block_list_file=\"/nowhere/list.txt\"}".to_owned();
    let error = check(Some(notes)).await.unwrap_err().to_string();
    assert!(error.contains("/nowhere/list.txt"), "{error}");
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o644)).unwrap();
    let error = check(None).await.unwrap_err().to_string();
    assert!(error.contains("shopify.secret_files") && error.contains("chmod 600"), "{error}");
}

#[tokio::test]
async fn an_import_with_rejected_lines_counts_them_and_ends_with_2() {
    let directory = tempfile::tempdir().unwrap();
    let (good, bad) = (directory.path().join("good.jsonl"), directory.path().join("bad.jsonl"));
    std::fs::write(&good, "").unwrap();
    std::fs::write(&bad, "no JSON\n{}\n").unwrap();
    let store = shopbell_store::EmbeddedStore::in_memory();
    let options = crate::import::Options::default();
    assert_eq!(import::files(&store, std::slice::from_ref(&good), &options).await.unwrap(), 0);
    assert_eq!(import::files(&store, &[good, bad.clone()], &options).await.unwrap(), 2);

    let set = |key: &str, path: &std::path::Path| format!("{key}={}", path.display());
    let mut settings = vault_settings(directory.path());
    settings.push(set("store.directory", &directory.path().join("store")));
    let run = |file: std::path::PathBuf| {
        let cli = Cli::parse_from(["s".as_ref(), "import".as_ref(), file.as_os_str()]);
        let Command::Import(command) = cli.command else { panic!("another command") };
        command.run(Source { config: None, set: settings.clone() })
    };
    let error = run(bad).await.unwrap_err();
    assert_eq!(error.exit_code(), 2);
    assert!(error.to_string().starts_with("2 lines rejected"), "{error}");
}

#[tokio::test]
async fn an_import_of_a_missing_file_makes_no_store() {
    let directory = tempfile::tempdir().unwrap();
    let (store, here) = (directory.path().join("store"), directory.path().join("here.jsonl"));
    std::fs::write(&here, "").unwrap();
    let run = |file: std::path::PathBuf| {
        let set = format!("store.directory={}", store.display());
        let cli = Cli::parse_from(
            ["s".into(), "--set".into(), set, "import".into(), here.display().to_string()]
                .into_iter()
                .chain([file.display().to_string()]),
        );
        let Command::Import(command) = cli.command else { panic!("another command") };
        command.run(cli.source)
    };
    for file in [directory.path().join("missing.jsonl"), directory.path().to_owned()] {
        let shown = file.display().to_string();
        let error = run(file).await.unwrap_err().to_string();
        assert!(error.contains(&shown) && error.contains("give a file of JSON lines"), "{error}");
        assert!(!store.exists(), "{error}");
    }
}

#[tokio::test]
async fn a_directory_of_other_files_takes_no_store() {
    let directory = tempfile::tempdir().unwrap();
    let papers = directory.path().join("papers");
    std::fs::create_dir(&papers).unwrap();
    std::fs::write(papers.join("accounts.ods"), "x").unwrap();
    let set = format!("store.directory={}", papers.display());
    let config = Source { config: None, set: vec![set] }.load().unwrap();
    let error = open::store(&config, &vault()).await.unwrap_err().to_string();
    assert!(error.starts_with("the store (store.directory): ") && error.contains("accounts.ods"), "{error}");
    assert_eq!(std::fs::read_dir(&papers).unwrap().count(), 1);
}

#[cfg(unix)]
#[test]
fn a_new_key_is_advised_only_where_there_is_none() {
    use std::os::unix::fs::PermissionsExt as _;

    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("master.key");
    let refused = || open::master_key(&path).err().unwrap().to_string();
    assert!(refused().contains("token --master-key FILE"), "{}", refused());
    token::write_secret(&path, &token::mint()).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(refused().contains("chmod 600") && !refused().contains("--master-key"), "{}", refused());
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::write(&path, "no key").unwrap();
    assert!(refused().contains("restore yours") && !refused().contains("--master-key"), "{}", refused());
}

#[test]
fn a_mistyped_level_is_refused_by_name() {
    let source = Source { config: None, set: vec!["log.level=loud".to_owned()] };
    let error = source.load().unwrap_err().to_string();
    assert!(
        error.contains("log.level (in --set log.level)") && error.contains("warn, info, debug"),
        "{error}"
    );
}

#[test]
fn one_of_a_kind_is_said_in_the_singular() {
    assert!(CliError::StoreProblems(1).to_string().starts_with("the store has 1 problem, "));
}

/// An older copy of the vault, put back by hand: `serve` refuses, and `restore --accept-loss` is the way out.
#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_newer_than_its_vault_is_not_served() {
    use shopbell_domain::{
        event::EventId,
        id::{MessageId, SourceId},
        inbox::{Inbox as _, Message},
        redacted::Redacted,
        time::Timestamp,
    };

    let directory = tempfile::tempdir().unwrap();
    let mut set = vault_settings(directory.path());
    set.push(format!("store.directory={}", directory.path().join("store").display()));
    let config = Source { config: None, set }.load().unwrap();
    let (place, copy) = (directory.path().join("vault"), directory.path().join("copy"));
    drop(open::vault(&config).await.unwrap());
    std::fs::create_dir(&copy).unwrap();
    let names = ["keys", "tombstones"];
    for name in names {
        std::fs::copy(place.join(name), copy.join(name)).unwrap();
    }
    let vault = open::vault(&config).await.unwrap();
    let store = open::store(&config, &vault).await.unwrap();
    let id = EventId { source: SourceId::new("web").unwrap(), message: MessageId::new("m1").unwrap() };
    let body = Redacted::new(b"{}".to_vec());
    let message =
        Message { id, received: Timestamp::from_millis(1), sent: None, privacy_control: false, body };
    store.accept(vec![message]).await.unwrap();
    drop((store, vault));
    for name in names {
        std::fs::copy(copy.join(name), place.join(name)).unwrap();
    }

    let refused = async || {
        let vault = open::vault(&config).await.unwrap();
        open::store(&config, &vault).await.map(drop)
    };
    let error = refused().await.unwrap_err().to_string();
    assert!(error.contains("1 message in the store") && error.contains("restore --accept-loss"), "{error}");
    let settle = async |loss| {
        let vault = open::vault(&config).await.unwrap();
        restore::settle(&config, &vault, loss).await
    };
    let error = settle(restore::Loss::Refused).await.unwrap_err().to_string();
    assert!(error.contains("restore --accept-loss"), "{error}");
    settle(restore::Loss::Accepted).await.unwrap();
    refused().await.unwrap();
}
