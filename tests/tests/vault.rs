//! The vault's commands, with the real program: keys that are made, refused, rotated; tombstones; receipts.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and one measures real time"
)]

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::PermissionsExt as _,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use shopbell_domain::{id::CustomerId, ports::Customers as _, time::Timestamp};
use shopbell_proto::customer::v1::SharingLevel;
use shopbell_tests::world::{App, PATIENCE, World};
use shopbell_vault::{Erasure, Reason, Receipt, StoreName};

fn world() -> World {
    World::at("2026-11-20T13:00:00Z").shop("lyon", &[("lyon-1", "entrance")])
}

#[tokio::test]
async fn a_key_is_made_closed_and_refused_open() {
    let world = world();
    let key = world.path("new.key");
    let shown = key.display().to_string();
    let made = || {
        std::process::Command::new(shopbell_tests::world::program("shopbell-server"))
            .args(["vault", "new-key", &shown])
            .output()
            .unwrap()
    };
    assert!(made().status.success());
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    let before = fs::read(&key).unwrap();
    assert!(!made().status.success(), "a key is never written over");
    assert_eq!(fs::read(&key).unwrap(), before);

    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let set = format!("vault.kek_file={shown}");
    let (code, said) = world.command(&["serve", "--set", &set]);
    assert!(code == Some(1) && said.contains("vault.kek_file") && said.contains("chmod 600"), "{said}");
    let (code, said) = world.command(&["serve", "--set", "vault.kek_file=/nowhere/vault.key"]);
    assert!(code == Some(1) && said.contains("vault new-key FILE"), "{said}");
    let inside = format!("vault.directory={}", world.store_dir().join("vault").display());
    let (code, said) = world.command(&["serve", "--set", &inside]);
    assert!(code == Some(1) && said.contains("apart from store.directory"), "{said}");
    assert!(!world.store_dir().exists() && !world.vault_dir().exists());
}

#[tokio::test]
async fn after_a_rotation_only_the_new_key_opens_and_nothing_is_lost() {
    let mut world = world();
    world.start_server().await;
    world.app().await.customer("camille", SharingLevel::Present).await;
    let (code, said) = world.command(&["vault", "status"]);
    assert!(code == Some(1) && said.contains("in use by another process"), "{said}");
    let (url, token) = (world.url(), world.operator_token_file().display().to_string());
    let online = ["--server", &url, "--token-file", &token];
    let (code, said) = world.command(&[&["vault", "status"], &online[..]].concat());
    assert!(code == Some(0) && said.contains("keys: 1") && said.contains("refusals: 0"), "{said}");
    let (code, online_key) = world.command(&[&["vault", "public-key"], &online[..]].concat());
    assert_eq!(code, Some(0), "{online_key}");
    world.end().await;
    assert_eq!(world.command(&["vault", "public-key"]).1, online_key);
    let (new, old) = (world.write_secret("new.key", &"7c".repeat(32)), world.path("vault.key"));
    let (new, old) = (new.display().to_string(), old.display().to_string());
    let (code, said) = world.command(&["vault", "rotate", &old]);
    assert!(code == Some(1) && said.contains("the new key is the one that the vault has"), "{said}");
    // The second time as after an interruption.
    for _ in 0..2 {
        let (code, said) = world.command(&["vault", "rotate", &new]);
        assert!(code == Some(0) && said.contains("destroy the old key"), "{said}");
    }
    let (code, said) = world.command(&["vault", "status"]);
    assert!(code == Some(1) && said.contains("is wrapped by the key-encryption key"), "{said}");
    let set = format!("vault.kek_file={new}");
    let (code, said) = world.command(&["vault", "status", "--set", &set]);
    assert!(code == Some(0) && said.contains("tombstones: 0"), "{said}");
    // Back again, since the world has its own key; what was sealed before is read.
    let (code, said) = world.command(&["vault", "rotate", &old, "--set", &set]);
    assert_eq!(code, Some(0), "{said}");
    assert!(world.store().customer(&CustomerId::new("camille").unwrap()).await.unwrap().is_some());
}

#[tokio::test]
async fn receipts_verify_without_the_vault_and_tombstones_travel() {
    let mut world = world();
    let (code, said) = world.command(&["vault", "public-key"]);
    assert!(code == Some(1) && said.contains("there is no vault in"), "{said}");
    world.start_server().await;
    world.end().await;
    let (code, public_key) = world.command(&["vault", "public-key"]);
    assert_eq!(code, Some(0), "{public_key}");
    let public_key = public_key.trim();

    let vault = world.vault();
    let subject = vault.pseudonym("test", b"somebody");
    let at = Timestamp::from_secs(1_795_000_000);
    let erasure = Erasure { subject, at, reason: Reason::Operator, receipt: 7 };
    let done = vault.erase(erasure).await.unwrap();
    let receipt = Receipt {
        number: 7,
        subject: done.tombstone.subject,
        at: done.tombstone.at,
        tombstone: done.tombstone.number,
        keys: Vec::new(),
        stores: BTreeMap::from([(StoreName::new("visits").unwrap(), 3)]),
    };
    let (file, text) = (world.path("receipt.txt"), vault.sign(&receipt));
    drop(vault);
    fs::write(&file, &text).unwrap();
    let shown = file.display().to_string();
    let verify = ["vault", "verify-receipt", &shown, "--public-key", public_key];
    let run = || {
        std::process::Command::new(shopbell_tests::world::program("shopbell-server"))
            .args(verify)
            .output()
            .unwrap()
    };
    let said = run();
    assert!(said.status.success() && String::from_utf8_lossy(&said.stdout).contains("visits: 3 records"));
    fs::write(&file, text.replace("visits 3", "visits 4")).unwrap();
    let said = run();
    assert!(!said.status.success() && String::from_utf8_lossy(&said.stderr).contains("signature"));

    let export = world.path("out/tombstones").display().to_string();
    let (code, said) = world.command(&["vault", "tombstones", "export", &export]);
    assert!(code == Some(0) && said.contains("holds 1 tombstones"), "{said}");
    let (code, said) = world.command(&["vault", "tombstones", "replay", &export]);
    assert!(code == Some(0) && said.contains("0 tombstones were new"), "{said}");
    // Another vault's are refused, also by the server at its start.
    fs::rename(world.vault_dir(), world.path("old-vault")).unwrap();
    drop(world.vault());
    let (code, said) = world.command(&["vault", "tombstones", "replay", &export]);
    assert!(code == Some(1) && said.contains("no export of this vault"), "{said}");
    fs::create_dir_all(world.path("tombstones")).unwrap();
    fs::copy(&export, world.path("tombstones/tombstones.export")).unwrap();
    let (code, said) = world.command(&["serve"]);
    assert!(
        code == Some(1) && said.contains("tombstones.export") && said.contains("that file aside"),
        "{said}"
    );
}

/// Puts customers `c-1`, `c-2`, .. one after the other, and so makes keys.
#[derive(Default)]
struct Load {
    acknowledged: AtomicU64,
    stop: AtomicBool,
}

impl Load {
    async fn run(&self, app: App) {
        for n in 1.. {
            if self.stop.load(Ordering::Acquire) {
                return;
            }
            app.customer(&format!("c-{n}"), SharingLevel::Present).await;
            self.acknowledged.store(n, Ordering::Release);
        }
    }

    async fn reached(&self, wanted: u64) {
        let deadline = Instant::now() + PATIENCE;
        while self.acknowledged.load(Ordering::Acquire) < wanted {
            assert!(Instant::now() < deadline, "customers come");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_servers_vault_is_copied_and_the_copy_opens_all_that_came_before() {
    let mut world = world();
    world.start_server().await;
    let (app, load) = (world.app().await, Arc::new(Load::default()));
    let running = tokio::spawn({
        let load = Arc::clone(&load);
        async move { load.run(app).await }
    });
    load.reached(20).await;
    let token = world.operator_token_file().display().to_string();
    let to = world.path("vault-copies/today");
    let shown = to.display().to_string();
    let (code, said) = world.command(&["vault", "backup", "--to", &shown]);
    assert!(code == Some(2) && said.contains("--token-file"), "{said}");
    let (code, said) = world.command(&["vault", "backup", "--to", &shown, "--offline"]);
    assert!(code == Some(1) && said.contains("in use by another process"), "{said}");
    let surely = load.acknowledged.load(Ordering::Acquire);
    let url = world.url();
    let online = ["vault", "backup", "--to", &shown, "--server", &url, "--token-file", &token];
    let (code, said) = tokio::task::block_in_place(|| world.command(&online));
    assert!(code == Some(0) && said.contains("keys"), "{said}");
    let (code, said) = world.command(&online);
    assert!(
        code == Some(1) && said.contains("empty or new directory"),
        "a copy is never written over: {said}"
    );
    load.reached(surely + 20).await;
    load.stop.store(true, Ordering::Release);
    running.await.unwrap();
    world.end().await;

    assert_eq!(fs::metadata(&to).unwrap().permissions().mode() & 0o777, 0o700);
    let names: Vec<_> = ["keys", "tombstones", "refusals"].map(|name| to.join(name)).into();
    assert_eq!(fs::read_dir(&to).unwrap().count(), names.len());
    for name in names {
        assert_eq!(fs::metadata(name).unwrap().permissions().mode() & 0o777, 0o600);
    }
    fs::rename(world.vault_dir(), world.path("lost-vault")).unwrap();
    fs::rename(&to, world.vault_dir()).unwrap();
    let store = world.store();
    for n in 1..=surely {
        let id = CustomerId::new(format!("c-{n}")).unwrap();
        assert!(store.customer(&id).await.unwrap().is_some(), "c-{n} of {surely} was there before the copy");
    }
    drop(store);
    // And once more of a server that is stopped.
    let to = world.path("vault-copies/stopped");
    let shown = to.display().to_string();
    let (code, said) = world.command(&["vault", "backup", "--to", &shown, "--offline"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(fs::read(to.join("keys")).unwrap() == fs::read(world.vault_dir().join("keys")).unwrap());
}
