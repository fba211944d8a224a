//! Backups of a running server, and what comes back of them: with real processes that are killed in the midst.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a test fails by panicking, and these measure real time"
)]

#[path = "backup/refusals.rs"]
mod refusals;
#[allow(dead_code, reason = "erasures use the rest")]
#[path = "erasure/told.rs"]
mod told;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use shopbell_domain::{id::CustomerId, ports::Customers as _, time::Timestamp};
use shopbell_proto::customer::v1::SharingLevel;
use shopbell_tests::world::{App, PATIENCE, Process, World, program};
use shopbell_vault::{Erasure, Reason};

const NOW: &str = "2026-11-20T13:00:00Z";

fn world() -> World {
    World::at(NOW).shop("lyon", &[("lyon-1", "entrance")])
}

/// Customers of before, so that a backup takes a while.
fn import(world: &World, customers: u32) {
    let lines = (0..customers).map(|n| {
        let name = "x".repeat(60);
        format!("{{\"type\":\"customer\",\"customer_id\":\"old-{n}\",\"name\":\"{name}\",\"level\":2}}\n")
    });
    let file = world.path("old.jsonl");
    fs::write(&file, lines.collect::<String>()).unwrap();
    let (code, text) = world.command(&["import", &file.display().to_string()]);
    assert_eq!(code, Some(0), "{text}");
}

fn back_up(world: &World, to: &Path) -> (Option<i32>, String) {
    let token = world.operator_token_file();
    let arguments = ["backup", "--to", &text(to), "--server", &world.url(), "--token-file", &text(&token)];
    world.command(&arguments)
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

fn backups(directory: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "backup"));
    paths.sort();
    paths
}

fn only_backup(directory: &Path) -> PathBuf {
    let [path] = &*backups(directory) else { panic!("not one backup: {:?}", backups(directory)) };
    path.clone()
}

async fn is_there(world: &World, id: &str) -> bool {
    world.store().customer(&CustomerId::new(id).unwrap()).await.unwrap().is_some()
}

/// Puts customers `c-1`, `c-2`, .. one after the other.
struct Load {
    acknowledged: AtomicU64,
    begun: AtomicU64,
    stop: AtomicBool,
    slowest: AtomicU64,
}

impl Load {
    async fn run(&self, app: App) {
        for n in 1.. {
            if self.stop.load(Ordering::Acquire) {
                return;
            }
            self.begun.store(n, Ordering::Release);
            let began = Instant::now();
            app.customer(&format!("c-{n}"), SharingLevel::Present).await;
            let micros = u64::try_from(began.elapsed().as_micros()).unwrap();
            self.slowest.fetch_max(micros, Ordering::AcqRel);
            self.acknowledged.store(n, Ordering::Release);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_under_load_comes_back_with_all_that_was_acknowledged() {
    let mut world = world();
    import(&world, 5_000);
    world.start_server().await;
    let load = Arc::new(Load {
        acknowledged: AtomicU64::new(0),
        begun: AtomicU64::new(0),
        stop: AtomicBool::new(false),
        slowest: AtomicU64::new(0),
    });
    let app = world.app().await;
    let running = tokio::spawn({
        let load = Arc::clone(&load);
        async move { load.run(app).await }
    });
    let deadline = Instant::now() + PATIENCE;
    while load.acknowledged.load(Ordering::Acquire) < 20 {
        assert!(Instant::now() < deadline, "customers come");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let to = world.path("backups");
    let surely = load.acknowledged.load(Ordering::Acquire);
    load.slowest.store(0, Ordering::Release);
    let (code, said) = tokio::task::block_in_place(|| back_up(&world, &to));
    let at_most = load.begun.load(Ordering::Acquire);
    println!("{said}slowest customer meanwhile: {} us", load.slowest.load(Ordering::Acquire));
    assert_eq!(code, Some(0), "{said}");
    load.stop.store(true, Ordering::Release);
    running.await.unwrap();
    assert!(world.path("backups/tombstones.export").exists());
    world.server.as_mut().unwrap().stop();
    world.server = None;

    fs::rename(world.store_dir(), world.path("before")).unwrap();
    let backup = text(&only_backup(&to));
    let (code, said) = world.command(&["restore", "--from", &backup]);
    assert!(
        code == Some(1) && said.contains("no exported tombstones") && said.contains("--vault-was-in-use"),
        "{said}"
    );
    let (code, said) = world.command(&["restore", "--from", &backup, "--vault-was-in-use"]);
    assert_eq!(code, Some(0), "{said}");

    let mut there = 0;
    while is_there(&world, &format!("c-{}", there + 1)).await {
        there += 1;
    }
    assert!(
        (surely..=at_most).contains(&there),
        "{surely} were acknowledged, {there} are there, {at_most} were begun"
    );
    assert!(!is_there(&world, &format!("c-{}", there + 2)).await, "a later one and not the one before it");
    assert!(is_there(&world, "old-4999").await);
    world.audit().await;
    world.start_server().await;
    world.app().await.customer("after", SharingLevel::Present).await;
}

/// Who is erased after a backup stays erased, also when the vault's copy is as old as the backup.
#[tokio::test]
async fn neither_store_nor_vault_of_before_bring_back_who_was_erased() {
    let mut world = world();
    world.start_server().await;
    world.app().await.customer("camille", SharingLevel::Present).await;
    world.end().await;
    let (to, copy) = (world.path("backups"), world.path("vault-copy"));
    let (code, said) = world.command(&["backup", "--offline", "--to", &text(&to)]);
    assert_eq!(code, Some(0), "{said}");
    let vault = world.vault();
    let subject = vault.pseudonym("test", b"erased later");
    let key = vault.create(subject).await.unwrap();
    drop(vault);
    let (code, said) = world.command(&["vault", "backup", "--offline", "--to", &text(&copy)]);
    assert_eq!(code, Some(0), "{said}");

    // Erased, and exported by the running server.
    let vault = world.vault();
    let at = Timestamp::from_secs(1_795_000_000);
    vault.erase(Erasure { subject, at, reason: Reason::Request, receipt: 1 }).await.unwrap();
    drop(vault);
    world.start_server().await;
    let exported = world.path("tombstones/tombstones.export");
    let deadline = Instant::now() + PATIENCE;
    while !exported.exists() {
        assert!(Instant::now() < deadline, "the server exports the tombstones");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    world.end().await;

    // All is lost but the two copies and the tombstones.
    fs::remove_dir_all(world.store_dir()).unwrap();
    fs::rename(world.vault_dir(), world.path("lost")).unwrap();
    let backup = text(&only_backup(&to));
    let (code, said) = world.command(&["restore", "--from", &backup]);
    assert!(code == Some(1) && said.contains("there is no vault in"), "{said}");
    fs::rename(&copy, world.vault_dir()).unwrap();
    let (code, said) = world.command(&["restore", "--from", &backup]);
    assert!(code == Some(0) && said.contains("the server may start"), "{said}");
    let vault = world.vault();
    assert!(vault.is_tombstoned(&subject) && vault.key_of(&subject).is_none() && vault.key(key).is_err());
    drop(vault);
    assert!(is_there(&world, "camille").await);

    // The vault's copy alone is put back, and nobody thinks of the tombstones: the server does.
    fs::remove_dir_all(world.vault_dir()).unwrap();
    let (code, said) = world.command(&["vault", "status"]);
    assert!(code == Some(1) && said.contains("there is no vault in"), "{said}");
}

#[tokio::test]
async fn another_vaults_backup_and_a_store_in_place_are_refused() {
    let mut world = world();
    world.start_server().await;
    let token = text(&world.operator_token_file());
    let to = world.path("backups");
    let agents = text(&world.path("agent.token"));
    fs::copy(&token, &agents).unwrap();
    fs::write(&agents, "not-an-operators\n").unwrap();
    let refused =
        world.command(&["backup", "--to", &text(&to), "--server", &world.url(), "--token-file", &agents]);
    assert!(refused.0 == Some(1) && refused.1.contains("the server refused"), "{}", refused.1);
    assert_eq!(back_up(&world, &to).0, Some(0));
    let offline = world.command(&["backup", "--to", &text(&to), "--offline"]);
    assert!(offline.0 == Some(1) && offline.1.contains("in use by another process"), "{}", offline.1);
    world.end().await;

    let backup = text(&only_backup(&to));
    let restore = ["restore", "--from", &backup, "--vault-was-in-use"];
    let (code, said) = world.command(&restore);
    assert!(code == Some(1) && said.contains("is not empty"), "{said}");
    fs::rename(world.store_dir(), world.path("before")).unwrap();
    // Torn on its way.
    let torn = world.path("torn.backup");
    let bytes = fs::read(&backup).unwrap();
    fs::write(&torn, &bytes[..bytes.len() - 9]).unwrap();
    let (code, said) = world.command(&["restore", "--from", &text(&torn), "--vault-was-in-use"]);
    assert!(code == Some(1) && said.contains("torn.backup") && said.contains("its end is missing"), "{said}");
    // A vault that began anew: first with what another one exported.
    fs::rename(world.vault_dir(), world.path("old-vault")).unwrap();
    drop(world.vault());
    let (code, said) = world.command(&restore);
    assert!(code == Some(1) && said.contains("refusals.export was not replayed"), "{said}");
    fs::rename(world.path("tombstones"), world.path("old-tombstones")).unwrap();
    let (code, said) = world.command(&restore);
    assert!(code == Some(1) && said.contains("of another store"), "{said}");
    assert!(!world.store_dir().exists());
    fs::remove_dir_all(world.vault_dir()).unwrap();
    fs::rename(world.path("old-vault"), world.vault_dir()).unwrap();
    assert_eq!(world.command(&restore).0, Some(0));
    world.audit().await;
}

#[tokio::test]
async fn whoever_is_killed_in_the_midst_leaves_nothing_that_looks_whole() {
    let mut world = world();
    import(&world, 20_000);
    world.start_server().await;
    let (to, token) = (world.path("backups"), text(&world.operator_token_file()));
    let arguments: Vec<String> =
        ["backup", "--to", &text(&to), "--server", &world.url(), "--token-file", &token]
            .map(str::to_owned)
            .into();
    for millis in [5, 10, 20, 40] {
        let mut command = Process::start(&program("shopbell-server"), &arguments, &world.path("backup.log"));
        tokio::time::sleep(Duration::from_millis(millis)).await;
        command.kill_9();
    }
    for path in backups(&to) {
        fs::remove_file(path).unwrap();
    }
    // What the killed left goes with the next one.
    let mut command = Process::start(&program("shopbell-server"), &arguments, &world.path("backup.log"));
    until("a backup is under way", || part_of(&to).is_some_and(|bytes| bytes > 0)).await;
    command.kill_9();
    assert!(part_of(&to).is_some());
    assert_eq!(back_up(&world, &to).0, Some(0));
    assert_eq!(part_of(&to), None, "half a backup was left");
    fs::remove_file(only_backup(&to)).unwrap();
    // The server itself dies under a backup.
    let mut command = Process::start(&program("shopbell-server"), &arguments, &world.path("backup.log"));
    until("another backup is under way", || part_of(&to).is_some_and(|bytes| bytes > 0)).await;
    world.server.as_mut().unwrap().kill_9();
    if command.wait(PATIENCE).success() {
        fs::remove_file(only_backup(&to)).unwrap();
    }
    assert!(backups(&to).is_empty(), "half a backup has a whole one's name");

    world.server = None;
    world.start_server().await;
    assert_eq!(back_up(&world, &to).0, Some(0));
    world.end().await;
    fs::rename(world.store_dir(), world.path("before")).unwrap();
    let backup = text(&only_backup(&to));
    let config = text(&world.path("server.toml"));
    let restore: Vec<String> =
        ["restore", "--config", &config, "--from", &backup, "--vault-was-in-use"].map(str::to_owned).into();
    for millis in [20, 60, 120, 240] {
        let mut command = Process::start(&program("shopbell-server"), &restore, &world.path("restore.log"));
        tokio::time::sleep(Duration::from_millis(millis)).await;
        command.kill_9();
        if world.store_dir().exists() {
            // Whole, and perhaps not settled.
            let (code, said) = world.command(&["restore", "--vault-was-in-use"]);
            assert_eq!(code, Some(0), "{said}");
            fs::rename(world.store_dir(), world.path(&format!("killed-{millis}"))).unwrap();
        }
    }
    let (code, said) = world.command(&["restore", "--from", &backup, "--vault-was-in-use"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(is_there(&world, "old-19999").await);
    world.audit().await;
}

fn part_of(directory: &Path) -> Option<u64> {
    let entries = fs::read_dir(directory).ok()?;
    let sizes = entries.filter_map(|entry| {
        let entry = entry.ok()?;
        let is_part = entry.path().extension().is_some_and(|extension| extension == "part");
        is_part.then(|| entry.metadata().map_or(0, |data| data.len()))
    });
    sizes.max()
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "{what}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}
