//! The machine against its rules, whatever is heard.

use proptest::prelude::*;

use super::*;

#[derive(Debug, Clone)]
enum Step {
    Hear(u32, Option<i16>),
    Tick,
    Blind,
    Hearing,
}

fn step() -> impl Strategy<Value = (f64, Step)> {
    let rssi = prop_oneof![9 => (-95_i16..-50).prop_map(Some), 1 => Just(None)];
    let step = prop_oneof![
        20 => (0_u32..8, rssi).prop_map(|(number, rssi)| Step::Hear(number, rssi)),
        3 => Just(Step::Tick),
        1 => Just(Step::Blind),
        1 => Just(Step::Hearing),
    ];
    let wait = prop_oneof![6 => 0.0_f64..5.0, 2 => 5.0_f64..70.0, 1 => 70.0_f64..400.0];
    (wait, step)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// The machine against its rules, read straight off the sightings.
    #[test]
    fn what_is_said_is_always_well_formed(steps in prop::collection::vec(step(), 0..300)) {
        let mut table = PresenceTable::new(
            PresencePolicy::try_new(PresenceSettings { max_tokens: 6, ..PresenceSettings::default() }).unwrap(),
        );
        let mut now = 0.0;
        let mut here: HashMap<PresenceToken, (Duration, i8)> = HashMap::new();
        let mut last: HashMap<PresenceToken, Duration> = HashMap::new();
        let (mut blind_since, mut blind) = (None, Vec::new());
        for (wait, step) in steps {
            now += wait;
            match step {
                Step::Hear(number, rssi) => {
                    let said = table.hear(&sighting(number, now, rssi));
                    last.insert(token(number), secs(now));
                    if let Some(said) = said {
                        prop_assert_eq!((said.token, said.uptime), (token(number), secs(now)));
                        let reported = here.insert(said.token, (said.uptime, said.rssi.get()));
                        match said.kind {
                            PresenceKind::Entered => {
                                prop_assert_eq!(reported, None);
                                prop_assert!(said.rssi.get() >= -80);
                            }
                            PresenceKind::StillHere => {
                                let (at, rssi) = reported.unwrap();
                                let moved = rssi.abs_diff(said.rssi.get()) >= 8;
                                let due = at + secs(if moved { 5.0 } else { 60.0 });
                                prop_assert!(secs(now) >= due);
                            }
                            PresenceKind::Left => prop_assert!(false, "a sighting never says left"),
                        }
                    }
                }
                Step::Tick => for said in table.tick(secs(now)) {
                    prop_assert_eq!(said.kind, PresenceKind::Left);
                    prop_assert!(here.remove(&said.token).is_some(), "only who is here can leave");
                    prop_assert_eq!(said.uptime, last[&said.token]);
                    let open = blind_since.map(|since| (since, now));
                    let heard_nothing = listened(said.uptime.as_secs_f64(), now, blind.iter().copied().chain(open));
                    prop_assert!(heard_nothing >= 119.999, "silent for {} s", heard_nothing);
                },
                Step::Blind => {
                    table.blind(secs(now));
                    blind_since = blind_since.or(Some(now));
                }
                Step::Hearing => {
                    table.hearing(secs(now));
                    blind.extend(blind_since.take().map(|since| (since, now)));
                }
            }
            prop_assert!(table.len() <= 6);
            prop_assert_eq!(table.here(), here.len());
            prop_assert_eq!(table.exits.len() + table.idle.len(), table.len(), "each token stands in one queue");
        }
        table.hearing(secs(now));
        table.tick(secs(now + 300.0));
        prop_assert_eq!(table.here(), 0, "after 300 s of silence everybody has left");
    }
}

/// Seconds between two instants in which the radio heard.
fn listened(from: f64, to: f64, blind: impl Iterator<Item = (f64, f64)>) -> f64 {
    let dark: f64 = blind.map(|(since, until)| (until.min(to) - since.max(from)).max(0.0)).sum();
    to - from - dark
}
