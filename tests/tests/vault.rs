//! The vault's commands, with the real program: keys that are made, refused, rotated; tombstones; receipts.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::{collections::BTreeMap, fs, os::unix::fs::PermissionsExt as _};

use shopbell_domain::{id::CustomerId, ports::Customers as _, time::Timestamp};
use shopbell_proto::customer::v1::SharingLevel;
use shopbell_tests::world::World;
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
    world.end().await;
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
        code == Some(1) && said.contains("tombstones.export") && said.contains("move that file aside"),
        "{said}"
    );
}
