//! Known answers. The bytes of the tables were computed by a Python script that shares no code with this crate, or
//! were captured from real devices (named where they stand).

use super::*;

const BRAND: BrandUuid = BrandUuid(0xfcf1);
const OTHER_BRAND: BrandUuid = BrandUuid(0x1234);

fn bytes(hex: &str) -> Vec<u8> {
    hex::decode(hex.replace(' ', "")).unwrap()
}

fn token(hex: &str) -> PresenceToken {
    PresenceToken(bytes(hex).try_into().unwrap())
}

#[test]
fn known_frames_carry_their_token() {
    let first = "00112233445566778899aabbccddeeff";
    let second = "f0e1d2c3b4a5968778695a4b3c2d1e0f";
    let rows = [
        (BRAND, "0303f1fc 1316f1fc00112233445566778899aabbccddeeff", first, Carrier::ServiceData),
        (BRAND, "02011a 0303f1fc 1107ffeeddccbbaa99887766554433221100", first, Carrier::ServiceUuid),
        (OTHER_BRAND, "03023412 13163412f0e1d2c3b4a5968778695a4b3c2d1e0f", second, Carrier::ServiceData),
        // Incomplete lists, and the brand behind another UUID (battery service).
        (OTHER_BRAND, "05020f183412 11060f1e2d3c4b5a69788796a5b4c3d2e1f0", second, Carrier::ServiceUuid),
        // Service data without the UUID list, as some fobs send it; and with padding behind.
        (BRAND, "1316f1fc00112233445566778899aabbccddeeff 000000", first, Carrier::ServiceData),
        // The 128-bit UUID before the brand, and the same UUID twice (advert and scan response merged).
        (
            BRAND,
            "1107ffeeddccbbaa99887766554433221100 0303f1fc 1107ffeeddccbbaa99887766554433221100",
            first,
            Carrier::ServiceUuid,
        ),
        // Both carriers at once: the service data says whose it is.
        (
            BRAND,
            "0303f1fc 1316f1fc00112233445566778899aabbccddeeff 1107ffffffffffffffffffffffffffffffff",
            first,
            Carrier::ServiceData,
        ),
    ];
    for (brand, ad, wanted, carrier) in rows {
        assert_eq!(find_token(brand, &bytes(ad)), Some(Found { token: token(wanted), carrier }), "{ad}");
    }
}

#[test]
fn frames_of_others_carry_nothing() {
    let rows = [
        ("nothing", ""),
        ("a token of another brand", "03033412 13163412f0e1d2c3b4a5968778695a4b3c2d1e0f"),
        ("service data one byte short", "1216f1fc00112233445566778899aabbccddee"),
        ("service data one byte long", "1416f1fc00112233445566778899aabbccddeeff00"),
        ("service data cut off", "1316f1fc00112233445566778899aabbccdd"),
        ("the brand alone", "02011a 0303f1fc"),
        ("a 128-bit UUID without the brand", "1107ffeeddccbbaa99887766554433221100"),
        ("the brand as service data only, beside a UUID", "0316f1fc 1107ffeeddccbbaa99887766554433221100"),
        (
            "two 128-bit UUIDs",
            "0303f1fc 2107ffeeddccbbaa9988776655443322110000112233445566778899aabbccddeeff",
        ),
        ("a UUID list that is cut off", "0303f1fc 2107ffeeddccbbaa99887766554433221100 0011"),
        ("two tokens", "1316f1fc00112233445566778899aabbccddeeff 1316f1fcff112233445566778899aabbccddeeff"),
        ("a token behind the end mark", "02011a 0000 1316f1fc00112233445566778899aabbccddeeff"),
        // Captured: iPhone in the background with overflow bit (crownstone, BROADCASTING_AS_BEACON.md).
        ("iPhone, background", "02011a 14ff4c000100000000100000000000000000000000"),
        ("iPhone, background, two apps", "02011a 14ff4c000100000000000000020000000000000000"),
        ("iPhone, foreground, UUID 0xC007", "02011a 030307c0 050946726564"),
        // Captured: a foreground 128-bit UUID beside the overflow area (pagepinner.com).
        (
            "iPhone with a 128-bit UUID and overflow",
            "02011a 11067f00000079e3e78e82319dfbf045bdd2 09084c69676874426c75 14ff4c000100000000000000000200000000000000",
        ),
        // Captured: ble_monitor's iBeacon and iPhone frames.
        ("iBeacon", "02011a 1aff4c000215e2c56db5dffb48d2b060d0f5a71096e000640000c5"),
        ("iPhone, AirPlay and nearby", "02011a 020a0c 0fff4c000f06a033bd08c5001002440c"),
        ("iPhone, nearby", "02011a 020a0c 0aff4c001005441cbd08c5"),
        // Captured: beacontools' Eddystone-EID and Exposure Notification.
        ("Eddystone-EID", "020106 0303aafe 0d16aafe30e34549445f74657374"),
        ("Exposure Notification", "02011a 03036ffd 17166ffd0d3b4f65584c582160571dd19010d41c2660ee34"),
    ];
    for (what, ad) in rows {
        assert_eq!(find_token(BRAND, &bytes(ad)), None, "{what}");
    }
}

#[test]
fn what_a_phone_advertises_is_byte_for_byte_known() {
    let token = token("00112233445566778899aabbccddeeff");
    let a = TokenCarrier::ServiceData.advertise(BRAND, token);
    let b = TokenCarrier::ServiceUuid.advertise(BRAND, token);
    assert_eq!(a, bytes("0303f1fc 1316f1fc00112233445566778899aabbccddeeff"));
    assert_eq!(b, bytes("02011a 0303f1fc 1107ffeeddccbbaa99887766554433221100"));
    assert!(a.len() <= 31 && b.len() <= 31, "fits a legacy advertisement");
}

#[test]
fn a_cut_off_structure_is_given_as_far_as_it_goes() {
    let ad = bytes("02011a 0509466f");
    let read: Vec<_> = structures(&ad).collect();
    assert_eq!(
        read,
        [
            AdStructure { kind: 0x01, data: &[0x1a], truncated: false },
            AdStructure { kind: 0x09, data: b"Fo", truncated: true },
        ]
    );
    assert_eq!(structures(&[5]).count(), 0, "a length without a type");
    assert_eq!(structures(&[1, 9]).next(), Some(AdStructure { kind: 9, data: &[], truncated: false }));
}

#[test]
fn a_structure_that_cannot_have_a_length_is_left_out() {
    let mut ad = vec![0xaa];
    assert!(!push(&mut ad, 0x09, &[&[0; 255]]));
    assert_eq!(ad, [0xaa]);
    assert!(push(&mut ad, 0x09, &[&[0; 254]]));
    assert_eq!(ad.len(), 257);
}
