use super::*;

const NOW: Timestamp = Timestamp::from_secs(1_795_255_200);
const TODAY: Day = Day { year: 2026, month: 11, day: 21 };

fn day(year: i16, month: u8, day: u8) -> Day {
    Day { year, month, day }
}

fn told(told: &[(&str, &str, Source)]) -> Profile {
    let preference = |(name, value, source): &(&str, &str, Source)| Preference {
        name: (*name).to_owned(),
        value: (*value).to_owned(),
        at: NOW,
        source: *source,
    };
    Profile { preferences: told.iter().map(preference).collect(), ..Profile::default() }
}

fn by_web(pairs: &[(&str, &str)]) -> Profile {
    told(&pairs.iter().map(|(name, value)| (*name, *value, Source::Web)).collect::<Vec<_>>())
}

#[test]
fn days_of_the_calendar() {
    let secs = |secs| utc_day(Timestamp::from_secs(secs));
    assert_eq!(secs(0), day(1970, 1, 1));
    assert_eq!(utc_day(NOW), TODAY);
    assert_eq!(secs(951_782_400), day(2000, 2, 29));
    assert_eq!(secs(951_868_800), day(2000, 3, 1));
    assert_eq!(secs(-1), day(1969, 12, 31));
    assert_eq!(secs(1_767_225_599), day(2025, 12, 31));
    assert_eq!(secs(1_767_225_600), day(2026, 1, 1));
    for n in 0..50_000_i64 {
        let (today, tomorrow) = (secs(n * 86_400), secs((n + 1) * 86_400));
        assert_eq!(count(tomorrow), count(today) + 1, "{today:?}");
        assert!(tomorrow > today && tomorrow.day <= days_of(tomorrow.month, Some(tomorrow.year)));
    }
}

#[test]
fn a_day_is_read_in_the_forms_that_shops_write() {
    let read = |text| DayTold::read(text).map(|day| (day.year, day.month, day.day));
    assert_eq!(read("1990-05-04"), Some((Some(1990), 5, 4)));
    assert_eq!(read(" 1990-05-04T00:00:00.000Z"), Some((Some(1990), 5, 4)));
    assert_eq!(read("05-04"), Some((None, 5, 4)));
    assert_eq!(read("--05-04"), Some((None, 5, 4)));
    assert_eq!(read("02-29"), Some((None, 2, 29)));
    for written in ["1990-05-04", "05-04"] {
        assert_eq!(DayTold::read(written).unwrap().written(), written);
    }
    for garbage in
        ["", "May 4", "1990-13-01", "1991-02-29", "04-31", "0000-01-01", "90-05-04", "1-2-3-4", "-5-4"]
    {
        assert_eq!(read(garbage), None, "{garbage}");
    }
}

#[test]
fn near_days_come_in_their_order_each_year_again() {
    let profile = by_web(&[
        ("birthday", "1990-12-01"),
        ("date:wedding", "2015-11-21"),
        ("date:move", "2027-11-25"),
        ("date:name day", "11-20"),
        ("date:party", "tomorrow"),
        ("date:", "11-22"),
        ("colour", "11-22"),
    ]);
    let near = |days| {
        let all = profile.dates_near(TODAY, days);
        all.iter().map(|near| (near.name, near.in_days, near.on)).collect::<Vec<_>>()
    };
    assert_eq!(near(14), [("wedding", 0, TODAY), ("birthday", 10, day(2026, 12, 1))]);
    assert_eq!(near(9), [("wedding", 0, TODAY)]);
    assert_eq!(near(365).len(), 3, "a day of next year is that day alone");
    assert_eq!(near(369)[3], ("move", 369, day(2027, 11, 25)));
    let leap = by_web(&[("birthday", "2000-02-29")]);
    assert_eq!(leap.dates_near(day(2027, 2, 20), 9)[0].on, day(2027, 2, 28));
    assert_eq!(leap.dates_near(day(2028, 2, 20), 9)[0].on, day(2028, 2, 29));
}

#[test]
fn who_is_believed_is_heard_before_a_page_and_a_page_never_says_how_to_address() {
    let (page, web) = (Source::Page, Source::Web);
    let both = told(&[("birthday", "11-22", page), ("birthday", "11-23", web), ("date:a", "11-22", page)]);
    let found: Vec<_> = both.dates_near(TODAY, 9).iter().map(|near| (near.name, near.in_days)).collect();
    assert_eq!(found, [("a", 1), ("birthday", 2)]);
    let address = |told_by: &[(&str, Source)]| {
        let all: Vec<_> = told_by.iter().map(|(word, source)| (ADDRESS, *word, *source)).collect();
        told(&all).address()
    };
    assert_eq!(address(&[("informal", page), ("Formal", web)]), Some(Address::Formal));
    assert_eq!(address(&[("informal", page), ("yes", web)]), None);
    assert_eq!(address(&[("12 High Street", web)]), None);
}

#[test]
fn a_minor_is_one_by_anybodys_word() {
    let minor = |pairs: &[(&str, &str)]| by_web(pairs).is_minor(NOW);
    assert_eq!(minor(&[]), None);
    assert_eq!(minor(&[("birthday", "05-04"), ("age", "old")]), None);
    assert_eq!(minor(&[("birthday", "2008-11-20")]), Some(false));
    // 10:00 in UTC: somewhere it is the day before.
    assert_eq!(minor(&[("birthday", "2008-11-21")]), Some(true));
    assert_eq!(minor(&[("birthday", "2008-11-22")]), Some(true));
    assert_eq!(minor(&[("birthday", "2030-01-01")]), None, "nobody was born then");
    assert_eq!((minor(&[("age", "17")]), minor(&[("age", "18")])), (Some(true), Some(false)));
    assert_eq!((minor(&[("age", "-3")]), minor(&[("age", "400")])), (None, None));
    let doubt = told(&[("birthday", "1990-01-01", Source::Web), ("age", "15", Source::Page)]);
    assert_eq!(doubt.is_minor(NOW), Some(true));
    let years = |years: u64| NOW + std::time::Duration::from_secs(years * 366 * 86_400);
    assert_eq!(by_web(&[("age", "15")]).is_minor(years(2)), Some(true));
    assert_eq!(by_web(&[("age", "15")]).is_minor(years(3)), Some(false));
}
