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

#[test]
fn health_looks_at_the_room_on_the_disk() {
    use shopbell_kit::clock::SystemClock;
    use shopbell_store::{EmbeddedStore, Options};

    let directory = tempfile::tempdir().unwrap();
    let takes_writes = |reserve_bytes| {
        let options = Options { reserve_bytes, ..Options::default() };
        let store = EmbeddedStore::open(directory.path().join("store"), options).unwrap();
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
    let store = set("store.directory", &directory.path().join("store"));
    let run = |file: std::path::PathBuf| {
        let cli = Cli::parse_from([
            "s".as_ref(),
            "--set".as_ref(),
            store.as_ref(),
            "import".as_ref(),
            file.as_os_str(),
        ]);
        let Command::Import(command) = cli.command else { panic!("another command") };
        command.run(cli.source)
    };
    let error = run(bad).await.unwrap_err();
    assert_eq!(error.exit_code(), 2);
    assert!(error.to_string().starts_with("2 lines rejected"), "{error}");
}
