//! Opening presence tokens, beside nothing but the block decryption that it rests on.
//!
//! Both are measured in two ways. In a loop over independent tokens the processor works on several blocks at once, up to
//! the throughput of its AES units, which a check of every plaintext cannot follow far. One after another, each waiting
//! for the one before, it is what a token costs that is opened between look-ups, as in the server.

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
    assert!(heard.iter().all(|(token, at)| keys.open(*token, *at).is_ok()), "every token opens");
    let (mut at_once, mut in_turn) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let independent = Pair { ours: ours(&mut keys, &heard), beside: beside(&cipher, &heard) };
        let dependent =
            Pair { ours: ours_in_turn(&mut keys, &heard), beside: beside_in_turn(&cipher, &heard) };
        // The first one warms up.
        if round > 0 {
            at_once.push(independent);
            in_turn.push(dependent);
        }
    }
    let at_once_is = "calls of TokenKeys::open on valid tokens of one day, beside single-block AES-128 decryptions of \
                      the same 16 bytes, one block a call, blocks independent, key schedule kept (crate aes)";
    let in_turn_is = "the same calls, each waiting for the result of the one before, on both sides";
    vec![
        Row::new("token-open", "/s", Paired::of(&at_once), Goal::RatioAtLeast(0.5), at_once_is),
        Row::new("token-open.in-turn", "/s", Paired::of(&in_turn), Goal::RatioAtLeast(0.5), in_turn_is),
    ]
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
            let _ = black_box(keys.open(black_box(*token), *at));
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

/// The next token, made to wait for what came out before: `nothing` is zero, and the compiler does not know.
fn after(result: u8, token: PresenceToken, nothing: u8) -> [u8; 16] {
    let mut bytes = token.0;
    bytes[0] ^= result & nothing;
    bytes
}

fn ours_in_turn(keys: &mut TokenKeys, heard: &[(PresenceToken, Timestamp)]) -> f64 {
    let (mut result, nothing) = (0, black_box(0));
    rate(heard.len(), ROUND, || {
        for (token, at) in heard {
            let token = PresenceToken(after(result, *token, nothing));
            result = keys.open(token, *at).map_or(0, |opened| opened.phone.0.to_le_bytes()[0]);
        }
    })
}

fn beside_in_turn(cipher: &Aes128, heard: &[(PresenceToken, Timestamp)]) -> f64 {
    let (mut result, nothing) = (0, black_box(0));
    rate(heard.len(), ROUND, || {
        for (token, _) in heard {
            let mut block = after(result, *token, nothing).into();
            cipher.decrypt_block(&mut block);
            result = block[0];
        }
    })
}
