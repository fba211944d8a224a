//! From frame to sighting, or nothing: pure and total.
//!
//! Most of what is on the air belongs to strangers. Their frames end here, in memory, and not even a count by address
//! is kept.

use shopbell_domain::signal::Sighting;
use shopbell_proto::frame::{BrandUuid, find_token};

use crate::radio::Frame;

/// The sighting that a frame is, if it carries a token of the brand.
pub fn recognise(brand: BrandUuid, frame: &Frame) -> Option<Sighting> {
    let found = find_token(brand, frame.ad.as_slice())?;
    Some(Sighting { token: found.token, uptime: frame.uptime, rssi: frame.rssi, carrier: found.carrier })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use shopbell_domain::{signal::Dbm, token::PresenceToken};
    use shopbell_proto::frame::TokenCarrier;

    use super::*;
    use crate::radio::AdBytes;

    #[test]
    fn a_sighting_keeps_time_and_strength_of_its_frame() {
        let brand = BrandUuid(0xfcf1);
        let token = PresenceToken([7; 16]);
        let ad = AdBytes::new(&TokenCarrier::ServiceData.advertise(brand, token));
        let (uptime, rssi) = (Duration::from_secs(3), Dbm::new(-70));
        let frame = Frame { uptime, rssi, ad, scan_response: false };
        let sighting = recognise(brand, &frame).unwrap();
        assert_eq!((sighting.token, sighting.uptime, sighting.rssi), (token, uptime, rssi));
        assert_eq!(recognise(BrandUuid(0x1234), &frame), None);
    }
}
