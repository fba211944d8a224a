//! Hostile advertisements: one million inputs, random and mutated, in every test run.

#![allow(clippy::indexing_slicing, reason = "a test may fail by panicking")]

use bolero::{TypeGenerator, check};
use shopbell_domain::{signal::Carrier, token::PresenceToken};
use shopbell_proto::frame::{BrandUuid, TokenCarrier, find_token, structures};

const BRAND: BrandUuid = BrandUuid(0xfcf1);
const INPUTS: usize = 1_000_000;

/// Half of the inputs are noise; the others are good frames with a few bytes changed and the end cut off, since noise
/// alone hardly ever gets past the first comparison.
#[derive(Debug, TypeGenerator)]
enum Input {
    Noise([u8; 40], u8),
    Mutant { service_data: bool, token: [u8; 16], changes: [(u8, u8); 3], changed: u8, keep: u8 },
}

impl Input {
    fn bytes(&self, buffer: &mut Vec<u8>) {
        buffer.clear();
        match self {
            Self::Noise(noise, keep) => buffer.extend_from_slice(&noise[..usize::from(*keep) % 41]),
            Self::Mutant { service_data, token, changes, changed, keep } => {
                let carrier =
                    if *service_data { TokenCarrier::ServiceData } else { TokenCarrier::ServiceUuid };
                buffer.extend(carrier.advertise(BRAND, PresenceToken(*token)));
                for (at, value) in &changes[..usize::from(*changed) % 4] {
                    let at = usize::from(*at) % buffer.len();
                    buffer[at] = *value;
                }
                buffer.truncate(usize::from(*keep).max(1));
            }
        }
    }
}

#[test]
fn a_million_inputs_never_panic_and_are_read_within_their_bounds() {
    let mut ad = Vec::new();
    let (mut read_inputs, mut found) = (0_usize, [0_usize; 2]);
    check!().with_iterations(INPUTS).with_type::<Input>().for_each(|input| {
        input.bytes(&mut ad);
        read_inputs += 1;
        let read: usize = structures(&ad).map(|structure| structure.data.len() + 2).sum();
        assert!(read <= ad.len(), "more was read than is there");
        let Some(token) = find_token(BRAND, &ad) else { return };
        match token.carrier {
            Carrier::ServiceData => found[0] += 1,
            Carrier::ServiceUuid => found[1] += 1,
            Carrier::Unknown => panic!("the recogniser always knows the carrier"),
        }
        let mut reversed = token.token.0;
        reversed.reverse();
        let stands_there = |bytes: &[u8; 16]| ad.windows(16).any(|window| window == bytes);
        assert!(stands_there(&token.token.0) || stands_there(&reversed), "a token that was not received");
    });
    assert!(read_inputs >= INPUTS, "only {read_inputs} inputs were read");
    assert!(found.iter().all(|count| *count > INPUTS / 100), "the inputs reach the recogniser: {found:?}");
}
