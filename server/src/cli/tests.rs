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
