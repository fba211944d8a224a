//! A day that the customer told is near.

use super::{Fact, Rule, Starter, StarterKind};
use crate::{
    profile::{DayTold, NearDate},
    situation::Situation,
    words::{Phrase, words_of},
};

/// Nearer than this, in days, it is time to think of it.
const NEAR: u16 = 14;
/// The guest's own birthday, by the names that people give it.
const BIRTHDAYS: [&str; 4] = ["birthday", "my birthday", "anniversaire", "mon anniversaire"];
/// A wedding, the guest's own or, with a name after it, somebody's: `Mariage de Léa`.
const WEDDINGS: [&str; 4] = ["wedding", "my wedding", "mariage", "mon mariage"];
const WEDDINGS_OF: [&str; 6] =
    ["wedding of ", "wedding with ", "mariage de ", "mariage d’", "mariage d'", "mariage avec "];
/// Words of those who are remembered: a day with one of them is none to be glad of.
const MOURNED: [&str; 8] = ["late", "memory", "death", "funeral", "feu", "defunt*", "deces", "souvenir*"];
/// The other days that a guest is glad to be asked about.
const GLAD: [&str; 11] = [
    "wedding anniversary",
    "anniversary",
    "engagement",
    "graduation",
    "name day",
    "housewarming",
    "anniversaire de mariage",
    "fiançailles",
    "crémaillère",
    "remise des diplômes",
    "pacs",
];

/// What kind of glad day one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GladDay {
    /// The guest's own birthday.
    Birthday,
    /// A wedding, the guest's or another's.
    Wedding,
    /// Another one.
    Other,
}

impl GladDay {
    /// That of a day by the name under which it was told. Of any other day nothing is said: one that matters may be one of
    /// grief.
    pub fn of(name: &str) -> Option<Self> {
        let name = name.trim().to_lowercase();
        let is_one_of = |names: &[&str]| names.contains(&name.as_str());
        let words = words_of(&name);
        let mourned = || MOURNED.iter().filter_map(|word| Phrase::read(word)).any(|word| word.is_in(&words));
        if is_one_of(&BIRTHDAYS) {
            Some(Self::Birthday)
        } else if is_one_of(&WEDDINGS) || WEDDINGS_OF.iter().any(|of| name.starts_with(of)) && !mourned() {
            Some(Self::Wedding)
        } else {
            is_one_of(&GLAD).then_some(Self::Other)
        }
    }
}

/// Proposes to ask for an occasion where a glad day is near that the customer, or somebody who is believed, told; the nearest
/// first. What is said does not name it: whose day it is, the guest says.
#[derive(Debug, Clone, Copy)]
pub struct Occasion;

impl Rule for Occasion {
    fn propose(&self, situation: &Situation) -> Vec<Starter> {
        let near = situation.known.dates_near(situation.today(), NEAR);
        let told = near.into_iter().filter(|date| date.source.is_vouched() && date.told <= situation.now);
        let glad = |date: &NearDate<'_>| GladDay::of(date.name).is_some();
        told.filter(glad).map(|date| starter(&date)).collect()
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
        assert_eq!(ids, ["occasion/2026-11-28", "occasion/2026-12-01"]);
        assert!(ids.iter().all(|id| Starter::could_have_id(id)));
    }

    #[test]
    fn of_a_day_that_may_be_one_of_grief_nothing_is_said() {
        for name in [
            "date:death of mother",
            "date:funeral",
            "date:deuil",
            "date:birthday of Leo",
            "date:baby due",
            "date:wedding of my late mother",
            "date:mariage de feu mon père",
        ] {
            assert_eq!(proposed(vec![told(name, "11-25", Source::Customer)]), [""; 0], "{name}");
        }
        for name in ["birthday", "date:Wedding", "date:anniversaire de mariage"] {
            assert_eq!(proposed(vec![told(name, "11-25", Source::Customer)]).len(), 1, "{name}");
        }
    }

    #[test]
    fn a_glad_day_is_known_by_any_name_that_people_give_it() {
        for (name, day) in [
            ("birthday", Some(GladDay::Birthday)),
            ("Anniversaire", Some(GladDay::Birthday)),
            ("Mon anniversaire", Some(GladDay::Birthday)),
            ("wedding", Some(GladDay::Wedding)),
            ("Mariage de Léa", Some(GladDay::Wedding)),
            ("Mariage d’Élise", Some(GladDay::Wedding)),
            ("Wedding of Tom", Some(GladDay::Wedding)),
            ("Fiançailles", Some(GladDay::Other)),
            ("Mariage annulé", None),
            ("Anniversaire de Léo", None),
            ("Wedding of my late mother", None),
        ] {
            assert_eq!(GladDay::of(name), day, "{name}");
        }
        assert_eq!(proposed(vec![told("date:Mariage de Léa", "11-25", Source::Customer)]).len(), 1);
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
