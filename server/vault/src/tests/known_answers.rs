//! The formats, held to values that another implementation computed: Python's `cryptography` 48 (OpenSSL's
//! ChaCha20-Poly1305 and Ed25519) with HChaCha20 written out and checked against draft-irtf-cfrg-xchacha-03 section
//! 2.2.1, and the standard library's `hmac` and `zlib`.

use shopbell_domain::time::Timestamp;
use zeroize::Zeroizing;

use super::{kek, rng};
use crate::{
    DataKey, KeyId, Pseudonym, PublicKey, Reason, Tombstone, VaultError,
    header::VaultId,
    slot::{self, Live, Slot},
    tombstone::Tombstones,
};

const SEALED: &str = "016465666768696a6b6c6d6e6f707172737475767778797a7b151d3a188c6eecfae65ded53c341dea6363b5194d92fcdaa\
    f421f03d34ac19d73a";
const SLOT: &str = "010100000000000500000000000003efa2be2e0847426656222222222222222222222222222222223233343536373839\
    3a3b3c3d3e3f404142434445464748491d31e8edcfef480a03ffa95c4b9764fe904774904b70afc17434cd583fb336d87e63d0ed56ebe174b1\
    3012a736b3f9ac000000000000000000000000265eb6b0";
const LOG: &str = "5342544f4d425331111111111111111111111111111111110000000000000000000000000000000000000000000000000000\
    00000000000000000000f4954b7901020000000000000000000000000001000001a1fd8c69002222222222222222222222222222222200\
    000000000000070000000000000000000000003134b280";
const RECEIPT: &str = "shopbell erasure receipt v1\nreceipt: 7\nsubject: 22222222222222222222222222222222\n\
    at: 1795255200000\ntombstone: 3\nkey: 5/1007\nstore: events 241\nsignature: \
    a28fde16c9bc517c4de9c02e0c2b4da9c729c9cebf8d2453f1223082b5d1d5f356926d6837c194df3bc3a04f85a27b917a0380531019bef40b\
    e508418d72100e\n";

const ID: KeyId = KeyId { slot: 5, generation: 1_007 };
const VAULT: VaultId = VaultId([0x11; 16]);

fn counting<const N: usize>(from: u8) -> [u8; N] {
    std::array::from_fn(|index| from + u8::try_from(index).unwrap())
}

fn data_key() -> DataKey {
    DataKey::new(ID, Zeroizing::new(counting(0)))
}

#[test]
fn a_sealed_field() {
    let sealed =
        data_key().seal_with(counting(100), b"profile/email", "inès@example.com".as_bytes()).unwrap();
    assert_eq!(hex::encode(&sealed), SEALED);
    let opened = data_key().unseal(b"profile/email", &sealed).unwrap();
    assert_eq!(opened.as_slice(), "inès@example.com".as_bytes());
}

#[test]
fn a_sealed_field_opens_in_its_place_only() {
    let sealed = hex::decode(SEALED).unwrap();
    let refused = Err(VaultError::NotSealedSo { key: ID });
    assert_eq!(data_key().unseal(b"profile/name", &sealed), refused);
    for index in 1..sealed.len() {
        let mut changed = sealed.clone();
        changed[index] ^= 0x80;
        assert_eq!(data_key().unseal(b"profile/email", &changed), refused, "byte {index}");
        assert_eq!(data_key().unseal(b"profile/email", &sealed[..index]), refused, "cut at {index}");
    }
    let mut newer = sealed;
    newer[0] = 2;
    let answer = data_key().unseal(b"profile/email", &newer);
    assert_eq!(answer, Err(VaultError::NewerFormat { version: 2 }));
    let other = DataKey::new(KeyId { slot: 6, generation: 1_007 }, Zeroizing::new(counting(0)));
    assert!(other.unseal(b"profile/email", &hex::decode(SEALED).unwrap()).is_err());
}

#[test]
fn a_pseudonym() {
    let of = |kind, value| hex::encode(Pseudonym::of(&[0x33; 32], kind, value).to_bytes());
    assert_eq!(of("email", b"ines@example.com"), "19926ef81abe898bdca353571d923958");
    assert_ne!(of("emai", b"lines@example.com"), of("email", b"ines@example.com"));
}

#[test]
fn a_slot() {
    let bytes: [u8; slot::SLOT_BYTES] = hex::decode(SLOT).unwrap().try_into().unwrap();
    let Slot::Live(live) = slot::decode(5, &bytes) else { panic!("not live") };
    assert_eq!((live.id, live.subject, live.kek), (ID, Pseudonym::from_bytes([0x22; 16]), kek(0x44).id()));
    assert_eq!(live.kek.to_string(), "a2be2e0847426656");
    assert_eq!(*kek(0x44).unwrap(&live.wrapped, &live.associated(&VAULT)).unwrap(), counting::<32>(0));
    assert_eq!(live.encode(), bytes);
}

#[test]
fn a_slot_that_was_copied_or_changed_does_not_open() {
    let bytes: [u8; slot::SLOT_BYTES] = hex::decode(SLOT).unwrap().try_into().unwrap();
    assert!(matches!(slot::decode(6, &bytes), Slot::Damaged));
    for index in 0..bytes.len() {
        let mut changed = bytes;
        changed[index] ^= 1;
        assert!(matches!(slot::decode(5, &changed), Slot::Damaged), "byte {index}");
    }
    let Slot::Live(live) = slot::decode(5, &bytes) else { panic!("not live") };
    let opens = |live: &Live, vault| kek(0x44).unwrap(&live.wrapped, &live.associated(vault)).is_some();
    assert!(opens(&live, &VAULT) && !opens(&live, &VaultId([0x12; 16])));
    let older = KeyId { generation: 1_006, ..ID };
    assert!(!opens(&Live { id: older, ..live.clone() }, &VAULT));
    assert!(!opens(&Live { subject: Pseudonym::from_bytes([0x23; 16]), ..live }, &VAULT));
    let noise = slot::encode_erasing(5, &mut rng(1));
    assert!(matches!(slot::decode(5, &noise), Slot::Erasing));
}

#[test]
fn tombstones() {
    let bytes = hex::decode(LOG).unwrap();
    let (log, _) = Tombstones::decode(&VAULT, &bytes).unwrap();
    let expected = Tombstone {
        number: 1,
        subject: Pseudonym::from_bytes([0x22; 16]),
        at: Timestamp::from_millis(1_795_255_200_000),
        reason: Reason::Retention,
        receipt: 7,
    };
    assert_eq!(log.iter().copied().collect::<Vec<_>>(), [expected]);
    assert_eq!(log.encode(&VAULT), bytes);
    assert!(Tombstones::decode(&VaultId([0x12; 16]), &bytes).is_err());
}

#[test]
fn a_receipt() {
    let key = "ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c";
    let receipt = PublicKey::from_hex(key).unwrap().verify(RECEIPT).unwrap();
    assert_eq!((receipt.number, receipt.tombstone, receipt.keys.as_slice()), (7, 3, [ID].as_slice()));
    assert_eq!(receipt.sign(&ed25519_dalek::SigningKey::from_bytes(&[7; 32])), RECEIPT);
}
