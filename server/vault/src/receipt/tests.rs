use super::*;

fn receipt() -> Receipt {
    Receipt {
        number: 7,
        subject: Pseudonym::from_bytes([0xAB; 16]),
        at: Timestamp::from_millis(1_795_255_200_000),
        tombstone: 3,
        keys: vec![KeyId { slot: 9, generation: 1_008 }, KeyId { slot: 5, generation: 1_007 }],
        stores: BTreeMap::from([
            (StoreName::new("profiles").unwrap(), 1),
            (StoreName::new("events").unwrap(), 241),
        ]),
    }
}

fn signer() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

#[test]
fn a_receipt_is_a_text_that_the_public_key_alone_verifies() {
    let text = receipt().sign(&signer());
    let public = PublicKey::from_hex(&PublicKey::of(&signer()).to_string()).unwrap();
    let mut expected = receipt();
    expected.keys.reverse();
    assert_eq!(public.verify(&text), Ok(expected));
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[..lines.len() - 1],
        [
            "shopbell erasure receipt v1",
            "receipt: 7",
            "subject: abababababababababababababababab",
            "at: 1795255200000",
            "tombstone: 3",
            "key: 5/1007",
            "key: 9/1008",
            "store: events 241",
            "store: profiles 1",
        ]
    );
}

#[test]
fn no_byte_of_a_receipt_can_be_changed() {
    let text = receipt().sign(&signer());
    let public = PublicKey::of(&signer());
    for index in 0..text.len() {
        let mut changed = text.clone().into_bytes();
        changed[index] ^= 1;
        let changed = String::from_utf8(changed).unwrap();
        assert!(public.verify(&changed).is_err(), "byte {index} was changed");
        assert!(public.verify(&text[..index]).is_err(), "cut at {index}");
    }
    let other = PublicKey::of(&SigningKey::from_bytes(&[8; 32]));
    assert_eq!(other.verify(&text), Err(ReceiptError::Signature));
}

#[test]
fn another_encoding_of_the_same_receipt_is_refused_even_when_signed() {
    let (signer, public) = (signer(), PublicKey::of(&signer()));
    let text = receipt().to_text();
    for (from, to) in [
        ("receipt: 7", "receipt: 07"),
        ("receipt: 7", "receipt: +7"),
        ("abab\n", "abAB\n"),
        ("key: 5/1007\nkey: 9/1008\n", "key: 9/1008\nkey: 5/1007\n"),
        ("key: 5/1007\n", "key: 5/1007\nkey: 5/1007\n"),
        ("store: events 241\n", "store: events 241\nstore: events 241\n"),
        ("store: profiles 1\n", "store: profiles 1\nmore: 1\n"),
        ("at: ", "at:  "),
        ("\nat", "\r\nat"),
    ] {
        let changed = text.replace(from, to);
        assert_ne!(changed, text, "{from} is not there");
        let signature = hex::encode(signer.sign(changed.as_bytes()).to_bytes());
        let answer = public.verify(&format!("{changed}signature: {signature}\n"));
        assert!(matches!(answer, Err(ReceiptError::Form { .. })), "{to}: {answer:?}");
    }
}

#[test]
fn a_stores_name_cannot_carry_a_line() {
    for name in ["", "a b", "a\nkey: 1/1", "Events", &"a".repeat(65)] {
        assert_eq!(StoreName::new(name), Err(ReceiptError::StoreName), "{name:?}");
    }
}
