//! A day that the customer told is near.

use super::{Fact, Rule, Starter, StarterKind};
use crate::{
    profile::{DayTold, NearDate},
    situation::Situation,
};

/// Nearer than this, in days, it is time to think of it.
const NEAR: u16 = 14;
/// The days that a guest is glad to be asked about. Of any other nothing is said: a day that matters may be one of grief.
const GLAD: [&str; 16] = [
    "birthday",
    "my birthday",
    "wedding",
    "my wedding",
    "wedding anniversary",
    "anniversary",
    "engagement",
    "graduation",
    "name day",
    "housewarming",
    "anniversaire",
    "mon anniversaire",
    "mariage",
    "anniversaire de mariage",
    "fiançailles",
    "crémaillère",
];

/// Proposes to ask for an occasion where a glad day is near that the customer, or somebody who is believed, told: for the
/// nearest. What is said does not name it: whose day it is, the guest says.
#[derive(Debug, Clone, Copy)]
pub struct Occasion;

impl Rule for Occasion {
    fn propose(&self, situation: &Situation) -> Vec<Starter> {
        let near = situation.known.dates_near(situation.today(), NEAR);
        let told = near.into_iter().filter(|date| date.source.is_vouched() && date.told <= situation.now);
        let glad = |date: &NearDate<'_>| {
            let name = date.name.trim().to_lowercase();
            GLAD.contains(&name.as_str())
        };
        // One question is enough, however many days are near.
        told.filter(glad).take(1).map(|date| starter(&date)).collect()
    }
}

fn starter(date: &NearDate<'_>) -> Starter {
    let day = DayTold { year: Some(date.on.year), month: date.on.month, day: date.on.day };
    Starter {
        kind: StarterKind::Occasion,
        product: None,
        thing: Some(day.written()),
        facts: vec![Fact::DayTold {
            name: date.name.to_owned(),
            on: date.on,
            at: date.told,
            source: date.source,
        }],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        example::{NOW, days_ago},
        profile::{Preference, Profile, Source},
        starter::tests::situation,
        time::{Day, LocalTime, Weekday},
    };

    fn told(name: &str, value: &str, source: Source) -> Preference {
        Preference { name: name.into(), value: value.into(), at: days_ago(9), source }
    }

    fn proposed(preferences: Vec<Preference>) -> Vec<String> {
        let profile = Profile { preferences, ..Profile::default() };
        Occasion.propose(&situation(&profile, [].into())).iter().map(Starter::id).collect()
    }

    #[test]
    fn a_day_is_near_for_two_weeks() {
        let on = |value: &str| proposed(vec![told("birthday", value, Source::Customer)]);
        assert_eq!(on("1980-11-21"), ["occasion/2026-11-21"], "today");
        assert_eq!(on("12-05"), ["occasion/2026-12-05"]);
        assert_eq!(on("12-06"), [""; 0]);
        assert_eq!(on("11-20"), [""; 0], "over");
    }

    #[test]
    fn a_page_tells_no_occasion_and_the_nearest_comes_first() {
        let by_page = told("birthday", "11-22", Source::Page);
        assert_eq!(proposed(vec![by_page]), [""; 0]);
        let two = vec![
            told("birthday", "12-01", Source::Web),
            told("date:wedding", "2026-11-28", Source::Customer),
        ];
        let ids = proposed(two);
        assert_eq!(ids, ["occasion/2026-11-28"], "one question is enough");
        assert!(ids.iter().all(|id| Starter::could_have_id(id)));
    }

    #[test]
    fn of_a_day_that_may_be_one_of_grief_nothing_is_said() {
        for name in
            ["date:death of mother", "date:funeral", "date:deuil", "date:birthday of Leo", "date:baby due"]
        {
            assert_eq!(proposed(vec![told(name, "11-25", Source::Customer)]), [""; 0], "{name}");
        }
        for name in ["birthday", "date:Wedding", "date:anniversaire de mariage"] {
            assert_eq!(proposed(vec![told(name, "11-25", Source::Customer)]).len(), 1, "{name}");
        }
    }

    #[test]
    fn the_days_are_those_of_the_shop() {
        let profile =
            Profile { preferences: vec![told("birthday", "12-06", Source::Customer)], ..Profile::default() };
        let mut situation = situation(&profile, [].into());
        assert!(Occasion.propose(&situation).is_empty());
        let date = Day { year: 2026, month: 11, day: 22 };
        situation.local = Some(LocalTime { weekday: Weekday::Sunday, minute_of_day: 5, date });
        assert_eq!(Occasion.propose(&situation).len(), 1);
        assert!(situation.now == NOW);
    }
}
