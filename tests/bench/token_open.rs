//! Opening presence tokens, beside nothing but the block decryption that it rests on.

use std::{hint::black_box, time::Duration};

use aes::{
    Aes128,
    cipher::{BlockDecrypt as _, KeyInit as _},
};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use shopbell_domain::{
    id::PhoneId,
    time::Timestamp,
    token::{MasterKey, PresenceToken, TokenKeys, Window},
};

use crate::{
    measure::{Pair, Paired, rate},
    report::{Goal, Row},
};

/// Tokens in a pass: 64 kB with their times, so they stay in the cache for both.
const TOKENS: usize = 2_048;
const ROUND: Duration = Duration::from_millis(60);
const ROUNDS: usize = 25;

/// Runs the bench.
pub(crate) fn run() -> Vec<Row> {
    let mut keys = TokenKeys::new(MasterKey::new([0x5a; 32]));
    let heard = tokens(&mut keys);
    let cipher = Aes128::new(&[0x5a; 16].into());
    let mut rounds: Vec<Pair> = (0..=ROUNDS)
        .map(|_| Pair { ours: ours(&mut keys, &heard), beside: beside(&cipher, &heard) })
        .collect();
    // The first one warms up.
    rounds.remove(0);
    let beside_is = "calls of TokenKeys::open on valid tokens of one day, beside single-block AES-128 decryptions of \
                     the same 16 bytes, one block a call, blocks independent, key schedule kept (crate aes)";
    vec![Row::new("token-open", "/s", Paired::of(&rounds), Goal::RatioAtLeast(0.5), beside_is)]
}

/// Tokens of many phones over the windows of one day but its first and last, which may belong to two days.
fn tokens(keys: &mut TokenKeys) -> Vec<(PresenceToken, Timestamp)> {
    let mut rng = StdRng::seed_from_u64(1);
    let day = Window::at(Timestamp::from_secs(1_795_132_800)).0;
    let one = |_| {
        let window = Window(day + rng.random_range(1..95));
        (
            keys.seal(PhoneId(rng.random()), window),
            window.begins() + Duration::from_secs(rng.random_range(0..900)),
        )
    };
    (0..TOKENS).map(one).collect()
}

fn ours(keys: &mut TokenKeys, heard: &[(PresenceToken, Timestamp)]) -> f64 {
    rate(heard.len(), ROUND, || {
        for (token, at) in heard {
            assert!(black_box(keys.open(black_box(*token), *at)).is_ok(), "the token opens");
        }
    })
}

fn beside(cipher: &Aes128, heard: &[(PresenceToken, Timestamp)]) -> f64 {
    rate(heard.len(), ROUND, || {
        for (token, _) in heard {
            let mut block = black_box(*token).0.into();
            cipher.decrypt_block(&mut block);
            black_box(block);
        }
    })
}
