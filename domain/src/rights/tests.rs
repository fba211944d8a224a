use super::*;
use crate::{redacted::Redacted, time::Timestamp};

fn of(users: Vec<Redacted<String>>) -> NewRegulation {
    let at = Timestamp::EPOCH;
    NewRegulation { kind: Kind::DeleteOnly, users, by: Asker::App, at, source: None, message: None }
}

fn numbered(count: usize) -> Vec<Redacted<String>> {
    (0..count).map(|number| Redacted::new(format!("c{number}"))).collect()
}

#[test]
fn kinds_are_named_as_segment_names_them() {
    for kind in Kind::ALL {
        assert_eq!(Kind::from_name(kind.name()), Ok(kind));
    }
    assert_eq!(Kind::from_name("SUPPRESS_WITH_DELETE_INTERNAL"), Ok(Kind::SuppressWithDelete));
    assert_eq!(Kind::from_name("DELETE_INTERNAL"), Ok(Kind::DeleteOnly));
    for unknown in ["", "suppress_only", "DELETE", "MERGE"] {
        assert_eq!(Kind::from_name(unknown), Err(UnknownKind), "{unknown}");
    }
}

#[test]
fn only_what_is_open_goes_on() {
    for state in State::ALL {
        assert_eq!(State::from_name(state.name()), Some(state));
        let goes_on = State::ALL.into_iter().any(|next| state.may_become(next));
        assert_eq!(goes_on, !state.is_final(), "{state:?}");
    }
    assert!(!State::Running.may_become(State::Initialized));
    assert!(!State::Running.may_become(State::NotSupported));
}

#[test]
fn a_call_takes_5000_numbers_and_each_once() {
    assert_eq!(of(Vec::new()).check().unwrap_err(), Refused::Nobody);
    assert_eq!(of(numbered(5_000)).check().unwrap().users.len(), 5_000);
    assert_eq!(of(numbered(5_001)).check().unwrap_err(), Refused::TooMany(5_001));
    let twice = [numbered(3), numbered(2)].concat();
    assert_eq!(of(twice).check().unwrap().users, numbered(3));
}

#[test]
fn one_source_alone_is_not_supported() {
    let mut regulation = of(numbered(1));
    assert_eq!(regulation.first_state(), State::Initialized);
    regulation.source = crate::id::SourceId::new("web").ok();
    assert_eq!(regulation.first_state(), State::NotSupported);
}

#[test]
fn the_last_state_follows_from_how_the_numbers_ended() {
    let done = Outcome::Done { receipt: None, records: 0 };
    let (invalid, failed) = (Outcome::Invalid(String::new()), Outcome::Failed(String::new()));
    for (outcomes, state) in [
        (vec![&done, &done], State::Finished),
        (vec![&done, &invalid], State::PartialSuccess),
        (vec![&done, &failed], State::PartialSuccess),
        (vec![&invalid, &invalid], State::Invalid),
        (vec![&invalid, &failed], State::Failed),
    ] {
        let mut tally = Tally { users: 2, ..Tally::default() };
        for outcome in outcomes {
            tally.count(outcome);
        }
        assert_eq!((tally.ended(), tally.last_state()), (2, state), "{tally:?}");
    }
}
