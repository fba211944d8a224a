use super::*;

mod any_course;

fn secs(secs: f64) -> Duration {
    Duration::from_secs_f64(secs)
}

fn token(number: u32) -> PresenceToken {
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    PresenceToken(bytes)
}

fn table() -> PresenceTable {
    PresenceTable::new(PresencePolicy::default())
}

fn sighting(number: u32, at: f64, rssi: Option<i16>) -> Sighting {
    let rssi = rssi.map(|rssi| Dbm::new(rssi).unwrap());
    Sighting { token: token(number), uptime: secs(at), rssi, carrier: Carrier::ServiceData }
}

impl PresenceTable {
    fn heard(&mut self, number: u32, at: f64, rssi: i16) -> Option<PresenceKind> {
        self.hear(&sighting(number, at, Some(rssi))).map(|presence| presence.kind)
    }

    fn left(&mut self, at: f64) -> Vec<(PresenceToken, Duration)> {
        let said = self.tick(secs(at));
        assert!(said.iter().all(|presence| presence.kind == PresenceKind::Left));
        said.iter().map(|presence| (presence.token, presence.uptime)).collect()
    }

    /// Lets a token enter at `at` and `at + 1`.
    fn entered(&mut self, number: u32, at: f64) {
        assert_eq!(self.heard(number, at, -60), None);
        assert_eq!(self.heard(number, at + 1.0, -60), Some(PresenceKind::Entered));
    }
}

#[test]
fn two_sightings_in_ten_seconds_enter() {
    let mut table = table();
    assert_eq!(table.heard(1, 0.0, -70), None);
    assert_eq!(table.heard(1, 10.1, -70), None, "too far apart");
    let entered = table.hear(&sighting(1, 20.0, Some(-72))).unwrap();
    assert_eq!((entered.kind, entered.uptime), (PresenceKind::Entered, secs(20.0)));
    assert_eq!(entered.rssi.get(), -71, "the mean of the last 15 s");
    assert_eq!(table.here(), 1);
}

#[test]
fn a_weak_token_does_not_enter_until_it_is_strong() {
    let mut table = table();
    for second in 0..30 {
        assert_eq!(table.heard(1, f64::from(second), -81), None);
    }
    let mut entered_after = 0;
    for second in 30..60 {
        if table.heard(1, f64::from(second), -70) == Some(PresenceKind::Entered) {
            entered_after = second - 30;
            break;
        }
    }
    assert!((1..=15).contains(&entered_after), "within the smoothing window: {entered_after} s");
}

#[test]
fn one_reflection_lets_nobody_in() {
    let mut table = table();
    for second in 0..10 {
        let rssi = if second == 7 { -40 } else { -85 };
        assert_eq!(table.heard(1, f64::from(second), rssi), None);
    }
}

#[test]
fn without_a_reading_nothing_enters_but_silence_is_broken() {
    let mut table = table();
    for second in 0..20 {
        assert_eq!(table.hear(&sighting(1, f64::from(second), None)), None);
    }
    assert_eq!(table.heard(1, 20.0, -60), Some(PresenceKind::Entered), "heard often, strong now");
    for second in (21..400).step_by(20) {
        let said = table.hear(&sighting(1, f64::from(second), None));
        assert!(said.is_none_or(|presence| presence.kind == PresenceKind::StillHere && presence.rssi.get() == -60));
        assert!(table.left(f64::from(second)).is_empty());
    }
}

#[test]
fn still_here_is_said_once_a_minute_while_heard() {
    let mut table = table();
    table.entered(1, 0.0);
    let said: Vec<u32> =
        (2..200).filter(|second| table.heard(1, f64::from(*second), -60).is_some()).collect();
    assert_eq!(said, [61, 121, 181]);
    assert!(table.left(290.0).is_empty());
    assert_eq!(table.heard(1, 295.0, -95), Some(PresenceKind::StillHere), "weak is still here");
}

#[test]
fn a_phone_that_walks_away_is_reported_before_its_minute_and_not_at_each_step() {
    let mut table = table();
    table.entered(1, 0.0);
    let mut said = Vec::new();
    for second in 2..40 {
        // Stands for ten seconds, then loses 2 dB a second down to -80 dBm, and stands there.
        let rssi = -60 - i16::try_from(2 * (second - 10)).unwrap().clamp(0, 20);
        if let Some(presence) = table.hear(&sighting(1, f64::from(second), Some(rssi))) {
            assert_eq!(presence.kind, PresenceKind::StillHere);
            said.push((second, presence.rssi.get()));
        }
    }
    assert!((2..=3).contains(&said.len()), "{said:?}");
    assert!(said.windows(2).all(|two| two[1].0 - two[0].0 >= 5 && two[0].1 - two[1].1 >= 8), "{said:?}");
    assert!(said.iter().all(|(second, _)| *second > 10), "{said:?}");
}

#[test]
fn two_minutes_of_silence_mean_gone_when_it_was_heard_last() {
    let mut table = table();
    table.entered(1, 0.0);
    table.heard(1, 30.0, -60);
    assert!(table.left(149.9).is_empty());
    assert_eq!(table.next_deadline(), Some(secs(150.0)));
    assert_eq!(table.left(150.0), [(token(1), secs(30.0))]);
    assert_eq!(table.here(), 0);
    assert_eq!(table.next_deadline(), None);
}

#[test]
fn a_phone_that_is_heard_seldom_is_given_longer_but_at_most_five_minutes() {
    let mut table = table();
    table.entered(1, 0.0);
    let mut at = 1.0;
    for _ in 0..6 {
        at += 60.0;
        table.heard(1, at, -60);
    }
    assert!(table.left(at + 179.0).is_empty());
    assert_eq!(table.left(at + 180.0).len(), 1, "three gaps of 60 s");

    let at = at + 1_000.0;
    table.entered(2, at);
    let mut at = at + 1.0;
    for _ in 0..6 {
        at += 119.0;
        table.heard(2, at, -60);
    }
    assert!(table.left(at + 299.0).is_empty());
    assert_eq!(table.left(at + 300.0).len(), 1, "never more than 300 s");
}

#[test]
fn after_becoming_frequent_the_exit_is_early_again() {
    let mut table = table();
    table.entered(1, 0.0);
    let mut at = 1.0;
    for _ in 0..6 {
        at += 100.0;
        table.heard(1, at, -60);
    }
    assert!(table.left(at + 125.0).is_empty(), "looked at, and put back to 300 s");
    at += 130.0;
    for _ in 0..20 {
        table.heard(1, at, -60);
        at += 1.0;
    }
    at -= 1.0;
    assert!(table.left(at + 119.0).is_empty());
    assert_eq!(table.left(at + 120.0).len(), 1);
}

#[test]
fn blind_is_not_gone() {
    let mut table = table();
    table.entered(1, 0.0);
    table.blind(secs(61.0));
    assert!(table.is_blind());
    assert_eq!(table.next_deadline(), None);
    assert!(table.left(4_000.0).is_empty());
    table.hearing(secs(4_001.0));
    assert_eq!(table.next_deadline(), Some(secs(4_061.0)), "half of the silence was over");
    assert!(table.left(4_060.0).is_empty());
    assert_eq!(table.left(4_061.0), [(token(1), secs(1.0))]);
}

#[test]
fn blindness_teaches_no_gaps() {
    let mut table = table();
    table.entered(1, 0.0);
    let mut at = 1.0;
    for _ in 0..8 {
        table.blind(secs(at));
        table.hearing(secs(at + 200.0));
        at += 201.0;
        table.heard(1, at, -60);
    }
    assert_eq!(table.left(at + 120.0).len(), 1);
}

#[test]
fn said_twice_blind_and_hearing_change_nothing() {
    let mut table = table();
    table.entered(1, 0.0);
    table.blind(secs(10.0));
    table.blind(secs(50.0));
    table.hearing(secs(110.0));
    table.hearing(secs(150.0));
    assert_eq!(table.next_deadline(), Some(secs(221.0)));
}

#[test]
fn for_a_minute_after_leaving_it_takes_more_to_come_back() {
    let gone = || {
        let mut table = table();
        table.entered(1, 0.0);
        assert_eq!(table.left(121.0).len(), 1);
        table
    };
    let mut weak = gone();
    let said: Vec<u32> = (122..130).filter(|s| weak.heard(1, f64::from(*s), -78).is_some()).collect();
    assert_eq!(said, [125], "twice the sightings");

    let mut strong = gone();
    let said: Vec<u32> = (122..130).filter(|s| strong.heard(1, f64::from(*s), -74).is_some()).collect();
    assert_eq!(said[0], 123, "6 dB stronger");

    let mut late = gone();
    let said: Vec<u32> = (181..190).filter(|s| late.heard(1, f64::from(*s), -78).is_some()).collect();
    assert_eq!(said[0], 182, "after a minute the gate is open");
}

#[test]
fn what_never_enters_is_forgotten() {
    let mut table = table();
    table.heard(1, 0.0, -90);
    table.heard(2, 30.0, -90);
    table.tick(secs(60.5));
    assert_eq!(table.len(), 1);
    table.tick(secs(91.0));
    assert!(table.is_empty());
}

#[test]
fn a_clock_that_seems_to_run_backwards_harms_nothing() {
    let mut table = table();
    table.entered(1, 100.0);
    assert_eq!(table.heard(1, 5.0, -60), None);
    assert!(table.left(220.9).is_empty());
    assert_eq!(table.left(221.0), [(token(1), secs(101.0))]);
}

#[test]
fn a_flood_of_random_tokens_pushes_out_nobody_who_is_here() {
    let mut table = table();
    for number in 0..100 {
        table.entered(number, 0.0);
    }
    let mut at = 1.0;
    for number in 1_000..31_000 {
        at += 0.0001;
        table.heard(number, at, -50);
        assert!(table.len() <= 4096);
    }
    assert_eq!(table.here(), 100);
    assert_eq!(table.counts(), PresenceCounts { evicted: 30_000 - 3_996, refused: 0 });
    // The newest are kept: a guest who arrives in the flood still enters.
    assert_eq!(table.heard(30_999, at + 0.1, -50), Some(PresenceKind::Entered));
    assert_eq!(table.left(at + 200.0).len(), 101);
}

#[test]
fn a_table_full_of_guests_takes_no_more_and_says_so() {
    let settings = PresenceSettings { max_tokens: 3, ..PresenceSettings::default() };
    let mut table = PresenceTable::new(PresencePolicy::try_new(settings).unwrap());
    for number in 0..3 {
        table.entered(number, 0.0);
    }
    assert_eq!(table.heard(9, 2.0, -50), None);
    assert_eq!((table.len(), table.counts()), (3, PresenceCounts { evicted: 0, refused: 1 }));
}

type Spoil = fn(&mut PresenceSettings);

#[test]
fn policies_name_what_is_wrong() {
    let with = |change: fn(&mut PresenceSettings)| {
        let mut settings = PresenceSettings::default();
        change(&mut settings);
        PresencePolicy::try_new(settings)
    };
    assert_eq!(with(|_| {}), Ok(PresencePolicy::default()));
    let wrong: [(&str, Spoil); 13] = [
        ("enter_sightings", |s| s.enter_sightings = 0),
        ("enter_sightings", |s| s.enter_sightings = 9),
        ("enter_within", |s| s.enter_within = Duration::ZERO),
        ("smooth_over", |s| s.smooth_over = Duration::ZERO),
        ("exit_min", |s| s.exit_min = Duration::ZERO),
        ("exit_max", |s| s.exit_max = secs(119.0)),
        ("exit_max", |s| s.exit_max = secs(86_401.0)),
        ("exit_gaps", |s| s.exit_gaps = 0),
        ("reentry_gain_db", |s| s.reentry_gain_db = 41),
        ("still_here_every", |s| s.still_here_every = Duration::ZERO),
        ("moved_db", |s| s.moved_db = 0),
        ("moved_every", |s| s.moved_every = Duration::ZERO),
        ("forget_after", |s| s.reentry_for = secs(61.0)),
    ];
    for (setting, change) in wrong {
        assert_eq!(with(change).unwrap_err().setting, setting);
    }
    assert_eq!(
        with(|s| s.max_tokens = 0).unwrap_err().to_string(),
        "presence setting `max_tokens` is 0: give 1 to 1000000"
    );
}
