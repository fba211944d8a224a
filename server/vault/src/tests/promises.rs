//! What the vault promises its users, with real files and through its handle; and what it refuses.

use std::{collections::BTreeMap, fs, path::Path};

use shopbell_domain::time::Timestamp;

use super::{disk::Disk, kek, rng, subject};
use crate::{
    Erasure, KeyId, OpenError, Options, Reason, Receipt, Report, StoreName, Vault, VaultError,
    keeper::Keeper, opening,
};

fn options(dir: &Path, active: u8) -> Options {
    Options { extent_slots: 8, ..Options::new(dir.join("vault"), kek(active)) }
}

fn open(dir: &Path, active: u8) -> (Vault, Report) {
    Vault::open(&options(dir, active), rng(1)).unwrap()
}

fn erasure(number: u32) -> Erasure {
    let at = Timestamp::from_secs(1_795_255_200);
    Erasure { subject: subject(number), at, reason: Reason::Request, receipt: 70 + u64::from(number) }
}

fn files(dir: &Path) -> Vec<u8> {
    ["keys", "tombstones"].iter().flat_map(|name| fs::read(dir.join("vault").join(name)).unwrap()).collect()
}

fn contains(raw: &[u8], needle: &[u8]) -> bool {
    raw.windows(needle.len()).any(|window| window == needle)
}

/// The bytes of the slot of a key.
fn slot_bytes(dir: &Path, id: KeyId) -> Vec<u8> {
    let at = 8_192 + 128 * usize::try_from(id.slot).unwrap();
    fs::read(dir.join("vault/keys")).unwrap()[at..at + 128].to_vec()
}

#[tokio::test]
async fn keys_outlive_the_process_and_open_what_they_sealed() {
    let home = tempfile::tempdir().unwrap();
    let (vault, report) = open(home.path(), 1);
    assert_eq!((report.live, report.free), (0, 8));
    let name = vault.pseudonym("customer", b"4711");
    let id = vault.create(name).await.unwrap();
    assert_eq!(vault.create(name).await, Ok(id), "asked again, the subject has the same key");
    let sealed = vault.seal(id, b"name", b"Camille").unwrap();
    assert_ne!(sealed, vault.seal(id, b"name", b"Camille").unwrap(), "a nonce was used twice");
    assert_eq!(sealed.len(), 7 + crate::SEALED_OVERHEAD_BYTES);
    let public = vault.public_key();
    drop(vault);

    let (vault, report) = open(home.path(), 1);
    assert_eq!((report.live, report.finished, report.damaged), (1, 0, 0));
    assert_eq!(vault.unseal(id, b"name", &sealed).unwrap().as_slice(), b"Camille");
    assert_eq!((vault.pseudonym("customer", b"4711"), vault.key_of(&name)), (name, Some(id)));
    assert_eq!(vault.public_key(), public);
    assert!(vault.unseal(id, b"email", &sealed).is_err());
}

#[tokio::test]
async fn a_destroyed_key_is_nowhere_and_its_name_never_opens_again() {
    let home = tempfile::tempdir().unwrap();
    let (vault, _) = open(home.path(), 1);
    let other = vault.create(subject(1)).await.unwrap();
    let camille = vault.pseudonym("customer", b"4711");
    let id = vault.create(camille).await.unwrap();
    let sealed = vault.seal(id, b"", b"Camille").unwrap();
    let bytes = vault.key(id).unwrap().reveal();
    let slot = slot_bytes(home.path(), id);
    assert!(contains(&files(home.path()), &slot[40..112]));
    vault.destroy(id).await.unwrap();
    let raw = files(home.path());
    assert!(!contains(&raw, &bytes));
    // Nor any eight bytes of what stood in the slot: wrapped key, subject, generation.
    for part in slot[8..112].chunks(8).filter(|part| **part != slot_bytes(home.path(), other)[16..24]) {
        assert!(!contains(&raw, part), "{part:?} is left");
    }
    assert_eq!(vault.unseal(id, b"", &sealed), Err(VaultError::Gone { key: id }));
    assert_eq!(vault.destroy(id).await, Ok(()), "destroying again is no error");
    let next = vault.create(camille).await.unwrap();
    assert!(next.slot == id.slot && next.generation > id.generation, "{next}");
    assert_eq!(vault.key(id).unwrap_err(), VaultError::Gone { key: id });
    assert_eq!(vault.destroy(id).await, Ok(()), "and does not reach the next key in the slot");
    assert!(vault.key(next).is_ok() && vault.key(other).is_ok());
}

#[tokio::test]
async fn an_erased_subject_stays_out_and_the_receipt_tells_of_it() {
    let home = tempfile::tempdir().unwrap();
    let (vault, _) = open(home.path(), 1);
    let id = vault.create(subject(1)).await.unwrap();
    let erased = vault.erase(erasure(1)).await.unwrap();
    assert_eq!((erased.destroyed, erased.tombstone.number, erased.tombstone.receipt), (Some(id), 1, 71));
    let again = vault.erase(Erasure { receipt: 99, ..erasure(1) }).await.unwrap();
    assert_eq!((again.tombstone, again.destroyed), (erased.tombstone, None));
    let refused = Err(VaultError::Erased { number: 1 });
    assert_eq!(vault.create(subject(1)).await, refused);
    let text = vault.sign(&Receipt {
        number: 71,
        subject: subject(1),
        at: erased.tombstone.at,
        tombstone: 1,
        keys: erased.destroyed.into_iter().collect(),
        stores: BTreeMap::from([(StoreName::new("events").unwrap(), 3)]),
    });
    let public = vault.public_key();
    drop(vault);

    let (vault, report) = open(home.path(), 1);
    assert_eq!((report.tombstones, vault.tombstone(&subject(1))), (1, Some(erased.tombstone)));
    assert!(vault.is_tombstoned(&subject(1)) && !vault.is_tombstoned(&subject(2)));
    assert_eq!(vault.create(subject(1)).await, refused);
    assert_eq!(public.verify(&text).unwrap().keys, [id]);
}

#[tokio::test]
async fn a_restored_backup_stays_erased() {
    let home = tempfile::tempdir().unwrap();
    let (vault, _) = open(home.path(), 1);
    let ids = [vault.create(subject(1)).await.unwrap(), vault.create(subject(2)).await.unwrap()];
    vault.erase(erasure(9)).await.unwrap();
    let backup: Vec<_> =
        ["keys", "tombstones"].map(|name| fs::read(home.path().join("vault").join(name)).unwrap()).into();
    vault.erase(erasure(1)).await.unwrap();
    for number in 20..60 {
        vault.erase(erasure(number)).await.unwrap();
    }
    let late = vault.create(subject(3)).await.unwrap();
    let export = vault.export_tombstones();
    drop(vault);
    for (name, bytes) in ["keys", "tombstones"].iter().zip(&backup) {
        fs::write(home.path().join("vault").join(name), bytes).unwrap();
    }

    let (vault, _) = Vault::open(&options(home.path(), 1), rng(2)).unwrap();
    assert!(vault.key(ids[0]).is_ok(), "the backup has the key");
    let slot = slot_bytes(home.path(), ids[0]);
    let replayed = vault.replay_tombstones(&export).await.unwrap();
    assert_eq!((replayed.added, replayed.destroyed), (41, 1));
    assert_eq!(vault.key(ids[0]).unwrap_err(), VaultError::Gone { key: ids[0] });
    assert!(vault.key(ids[1]).is_ok());
    assert!(!contains(&files(home.path()), &slot[64..112]));
    assert_eq!(vault.export_tombstones(), export, "the same numbers, since the backup is older");
    assert_eq!(vault.replay_tombstones(&export).await.unwrap().added, 0);
    // A key that was given after the backup is not given to somebody else.
    let new = vault.create(subject(4)).await.unwrap();
    assert!(new != late && vault.key(late).is_err());

    let mut changed = export.clone();
    changed[100] ^= 1;
    for bytes in [&changed[..], &export[..60], &[]] {
        let error = vault.replay_tombstones(bytes).await.unwrap_err();
        assert!(matches!(error, VaultError::ForeignTombstones { .. }), "{error}");
    }
}

#[tokio::test]
async fn another_key_encryption_key_takes_over_and_the_old_one_opens_nothing() {
    let home = tempfile::tempdir().unwrap();
    let (vault, _) = open(home.path(), 1);
    let mut ids = Vec::new();
    for number in 0..20 {
        ids.push(vault.create(subject(number)).await.unwrap());
    }
    vault.destroy(ids[7]).await.unwrap();
    let sealed = vault.seal(ids[0], b"", b"Camille").unwrap();
    let name = vault.pseudonym("email", b"x");
    let before = files(home.path());
    let mut seen = Vec::new();
    let rotation = vault.rotate(kek(2), |progress| seen.push(progress.done)).await.unwrap();
    assert_eq!((rotation.rewrapped, rotation.done, rotation.total, seen), (19, 24, 24, vec![24]));
    assert_eq!(vault.rotate(kek(2), |_| {}).await.unwrap().rewrapped, 0, "nothing is left to do");
    drop(vault);
    let raw = files(home.path());
    assert!(contains(&before, &kek(1).id().0) && !contains(&raw, &kek(1).id().0));
    // The secrets of the header, both copies.
    assert!(!contains(&raw, &before[4_096 + 56..4_096 + 200]) && !contains(&raw, &before[56..200]));

    let error = Vault::open(&options(home.path(), 1), rng(3)).unwrap_err().to_string();
    assert!(error.contains(&kek(2).id().to_string()) && error.contains("give the file of"), "{error}");
    let (vault, report) = open(home.path(), 2);
    assert_eq!(report.to_rewrap, 0);
    assert_eq!(vault.unseal(ids[0], b"", &sealed).unwrap().as_slice(), b"Camille");
    assert_eq!(vault.pseudonym("email", b"x"), name);
}

fn open_on(disk: &Disk, options: &Options) -> Result<(Keeper, Report), OpenError> {
    opening::open(options, disk.files(), Box::new(rng(5)))
}

fn simulated(active: u8) -> Options {
    Options { extent_slots: 8, ..Options::new("/simulated", kek(active)) }
}

/// A vault with keys for the subjects 0 to 3.
fn filled() -> (Disk, Keeper) {
    let disk = Disk::new();
    let (mut keeper, _) = open_on(&disk, &simulated(1)).unwrap();
    let (answers, requests): (Vec<_>, Vec<_>) = (0..4)
        .map(|number| {
            let (answer, answered) = tokio::sync::oneshot::channel();
            (answered, crate::keeper::Request::Create { subject: subject(number), answer })
        })
        .unzip();
    keeper.commit(requests);
    drop(answers);
    (disk, keeper)
}

#[test]
fn an_interrupted_rotation_asks_for_the_key_that_is_missing() {
    let (disk, mut keeper) = filled();
    keeper.begin_rotation(kek(2)).unwrap();
    let error = open_on(&disk, &simulated(2)).err().unwrap().to_string();
    assert!(
        error.contains("4 keys in /simulated are still wrapped by") && error.contains("finish"),
        "{error}"
    );
    let error = open_on(&disk, &simulated(1)).err().unwrap();
    assert!(matches!(error, OpenError::WrongKek { needed, .. } if needed == kek(2).id()), "{error}");
    let both = Options { previous_kek: Some(kek(1)), ..simulated(2) };
    let (_, report) = open_on(&disk, &both).unwrap();
    assert_eq!((report.to_rewrap, report.live), (4, 4));
}

#[test]
fn damage_is_said_and_never_guessed_at() {
    let (disk, keeper) = filled();
    let id = keeper.shared.state().index.key_of(&subject(2)).unwrap();
    disk.flip(0, 8_192 + 128 * usize::try_from(id.slot).unwrap() + 70);
    let (mut keeper, report) = open_on(&disk, &simulated(1)).unwrap();
    assert_eq!((report.damaged, report.live, report.free), (1, 3, 4));
    assert_eq!(keeper.shared.key(id).unwrap_err(), VaultError::Damaged { key: id });
    let (answer, mut answered) = tokio::sync::oneshot::channel();
    keeper.commit(vec![crate::keeper::Request::Destroy { key: id, answer }]);
    assert_eq!(answered.try_recv().unwrap(), Ok(()));
    assert_eq!(open_on(&disk, &simulated(1)).unwrap().1.damaged, 0);

    for copy in [0, 4_096] {
        let one = disk.copy();
        one.flip(0, copy + 60);
        assert!(open_on(&one.copy(), &simulated(1)).is_ok(), "the other copy is whole");
        one.flip(0, 4_096 - copy + 60);
        assert!(damage(&one).contains("neither copy of the header"));
    }
}

fn damage(disk: &Disk) -> String {
    let error = open_on(disk, &simulated(1)).err().unwrap();
    assert!(matches!(error, OpenError::Damaged { .. }), "{error}");
    error.to_string()
}

#[test]
fn a_tombstone_that_is_lost_refuses_to_open() {
    let (disk, mut keeper) = filled();
    for number in [1, 2, 8, 9] {
        let (answer, _) = tokio::sync::oneshot::channel();
        keeper.commit(vec![crate::keeper::Request::Erase { erasure: erasure(number), answer }]);
    }
    let middle = disk.copy();
    middle.flip(1, 64 * 2 + 30);
    assert!(damage(&middle).contains("does not belong"));
    let torn = disk.copy();
    torn.shorten(1, 64 * 5 - 10);
    let (_, report) = open_on(&torn, &simulated(1)).unwrap();
    assert_eq!((report.tombstones, report.torn_tombstone), (3, true));
    torn.shorten(1, 64 * 3);
    assert!(damage(&torn).contains("2 tombstones are there, and there were 3"));
    torn.shorten(1, 0);
    assert!(damage(&torn).contains("0 tombstones are there"));
    disk.shorten(0, 0);
    assert!(damage(&disk).contains("there are tombstones, and no slots"));
}

#[tokio::test]
async fn one_process_at_a_time_and_nobody_else_reads_it() {
    let home = tempfile::tempdir().unwrap();
    let (vault, _) = open(home.path(), 1);
    let error = Vault::open(&options(home.path(), 1), rng(2)).unwrap_err();
    assert!(matches!(error, OpenError::Locked { .. }), "{error}");
    drop(vault);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = home.path().join("vault");
        assert_eq!(fs::metadata(&dir).unwrap().permissions().mode() & 0o777, 0o700);
        for (path, loose, wanted) in [(dir.clone(), 0o750, "700"), (dir.join("keys"), 0o644, "600")] {
            let strict = fs::metadata(&path).unwrap().permissions();
            fs::set_permissions(&path, fs::Permissions::from_mode(loose)).unwrap();
            let error = Vault::open(&options(home.path(), 1), rng(2)).unwrap_err().to_string();
            assert!(error.contains(&format!("chmod {wanted} ")), "{error}");
            fs::set_permissions(&path, strict).unwrap();
        }
    }
    open(home.path(), 1);
}

#[tokio::test]
async fn nothing_secret_prints_itself() {
    let home = tempfile::tempdir().unwrap();
    let secret = [0xC7; 32];
    let (options, kek) = (options(home.path(), 0xC7), kek(0xC7));
    let (vault, _) = Vault::open(&options, rng(1)).unwrap();
    let id = vault.create(subject(1)).await.unwrap();
    let key = vault.key(id).unwrap();
    let erased = vault.erase(erasure(1)).await.unwrap();
    let error = vault.key(id).unwrap_err();
    let printed =
        format!("{vault:?} {options:?} {kek:?} {key:?} {erased:?} {:?} {error:?} {error}", subject(1));
    for bytes in [&secret[..], &key.reveal(), &subject(1).to_bytes(), &*vault.inner_pepper()] {
        let decimal = format!("{bytes:?}");
        let decimal = decimal.trim_matches(['[', ']']);
        assert!(!printed.contains(&hex::encode(bytes)) && !printed.contains(decimal), "{printed}");
    }
    assert!(printed.contains("[secret]") && printed.contains("Pseudonym([redacted])"), "{printed}");
}
