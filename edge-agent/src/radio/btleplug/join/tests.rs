use proptest::prelude::*;
use shopbell_domain::{signal::Carrier, token::PresenceToken};
use shopbell_proto::frame::{BrandUuid, find_token};

use super::*;

const BRAND: BrandUuid = BrandUuid(0xfcf1);
const WINDOW: Duration = Duration::from_millis(100);

fn at(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn brand() -> Uuid {
    Uuid::from_u128(BASE | (0xfcf1 << 96))
}

fn token(fill: u8) -> PresenceToken {
    PresenceToken([fill; 16])
}

fn data(fill: u8) -> HashMap<Uuid, Vec<u8>> {
    HashMap::from([(brand(), vec![fill; 16])])
}

fn tokens(frames: &[Frame]) -> Vec<Option<(PresenceToken, Carrier)>> {
    let found = frames.iter().map(|frame| find_token(BRAND, frame.ad.as_slice()));
    found.map(|found| found.map(|found| (found.token, found.carrier))).collect()
}

#[test]
fn pieces_of_one_advertisement_are_one_frame() {
    let mut joiner = Joiner::new(WINDOW);
    joiner.add(at(1_000), &"a", Piece::Rssi(-60));
    joiner.add(at(1_001), &"a", Piece::ServiceData(data(7)));
    joiner.add(at(1_002), &"b", Piece::Other);
    assert_eq!(joiner.next_due(), Some(at(1_100)));
    assert!(joiner.finished(at(1_099)).is_empty());
    let frames = joiner.finished(at(1_200));
    assert_eq!(tokens(&frames), [Some((token(7), Carrier::ServiceData)), None]);
    assert_eq!((frames[0].rssi, frames[0].uptime), (Dbm::new(-60), at(1_000)));
    assert!(joiner.finished(at(9_999)).is_empty(), "each is given once");
    joiner.add(at(2_000), &"a", Piece::Rssi(-65));
    let frames = joiner.finished(at(2_100));
    assert_eq!(
        tokens(&frames),
        [Some((token(7), Carrier::ServiceData))],
        "heard again, with what it last said"
    );
}

#[test]
fn the_first_advertisement_comes_through_the_properties() {
    let mut joiner = Joiner::new(WINDOW);
    let appeared = |rssi| Piece::Appeared { rssi, service_data: data(9), services: vec![brand()] };
    joiner.add(at(0), &"remembered by BlueZ", appeared(None));
    joiner.add(at(0), &"remembered by BlueZ", Piece::Services(vec![brand()]));
    joiner.add(at(0), &"heard now", appeared(Some(-50)));
    assert_eq!(tokens(&joiner.finished(at(500))), [Some((token(9), Carrier::ServiceData))]);
}

#[test]
fn a_token_turned_under_one_address_replaces_the_old_one() {
    let mut joiner = Joiner::new(WINDOW);
    let (old, new) = (Uuid::from_bytes([1; 16]), Uuid::from_bytes([2; 16]));
    let first =
        Piece::Appeared { rssi: Some(-50), service_data: HashMap::new(), services: vec![brand(), old] };
    joiner.add(at(0), &"phone", first);
    assert_eq!(tokens(&joiner.finished(at(100))), [Some((token(1), Carrier::ServiceUuid))]);
    joiner.add(at(1_000), &"phone", Piece::Services(vec![brand(), old, new]));
    assert_eq!(tokens(&joiner.finished(at(1_100))), [Some((token(2), Carrier::ServiceUuid))]);
    joiner.add(at(2_000), &"phone", Piece::Services(vec![new, brand(), old]));
    assert_eq!(tokens(&joiner.finished(at(2_100))), [Some((token(2), Carrier::ServiceUuid))], "nothing new");
}

#[test]
fn short_uuids_are_told_from_long_ones() {
    assert_eq!(short(&brand()), Some(0xfcf1));
    assert_eq!(short(&Uuid::from_u128(BASE | (0x0001_fcf1 << 96))), None, "32 bits");
    assert_eq!(short(&Uuid::from_u128(BASE + 1)), None);
    assert_eq!(short(&Uuid::from_u128(0)), None);
}

#[test]
fn a_crowd_is_forgotten_from_its_oldest_end() {
    let mut joiner = Joiner::new(WINDOW);
    for device in 0..u64::try_from(MAX_DEVICES).unwrap() + 10 {
        joiner.add(at(device), &device, Piece::Rssi(-50));
        joiner.finished(at(device) + WINDOW);
    }
    assert_eq!(joiner.devices.len(), MAX_DEVICES);
    assert!(!joiner.knows(&9) && joiner.knows(&10));
}

proptest! {
    #[test]
    fn whatever_a_device_claims_stays_within_bounds(
        service_data: HashMap<u16, Vec<u8>>,
        services in prop::collection::vec(any::<u128>(), 0..40),
        rssi: i16,
    ) {
        let service_data = service_data.into_iter().map(|(uuid, data)| (Uuid::from_u128(BASE | (u128::from(uuid) << 96)), data));
        let services = services.into_iter().map(Uuid::from_u128).collect();
        let mut joiner = Joiner::new(WINDOW);
        joiner.add(at(0), &1, Piece::Appeared { rssi: Some(-1), service_data: service_data.collect(), services });
        joiner.add(at(0), &1, Piece::Rssi(rssi));
        let frames = joiner.finished(WINDOW);
        prop_assert_eq!(frames.len(), 1);
        prop_assert!(frames[0].ad.as_slice().len() <= MAX_AD_BYTES);
        prop_assert_eq!(frames[0].rssi, Dbm::new(rssi));
    }
}
