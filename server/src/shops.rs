//! The shops as configured: what is fixed while the server runs.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jiff::tz::{TimeZone, TimeZoneDatabase};
use shopbell_domain::{
    id::{AgentId, AssociateId, StoreId, ZoneId},
    time::{Day, LocalTime, Timestamp, Weekday},
};

use crate::config;

/// A shop.
#[derive(Debug, Clone)]
pub struct Shop {
    /// Identifier.
    pub id: StoreId,
    /// Name, as the brand writes it.
    pub name: String,
    /// Zones with their names, as configured.
    pub zones: Vec<(ZoneId, String)>,
    /// Agents with their zones.
    pub agents: BTreeMap<AgentId, ZoneId>,
    /// Associates with their names.
    pub associates: BTreeMap<AssociateId, String>,
    /// Shops so near that both may hear one phone, whichever of the two the configuration says it of.
    pub neighbours: BTreeSet<StoreId>,
    /// Zones with fitting rooms.
    pub fitting_rooms: BTreeSet<ZoneId>,
    /// Where its clocks are, if that is configured.
    pub time_zone: Option<TimeZone>,
}

impl Shop {
    /// The name of an associate; the identifier for one who is no longer configured.
    pub fn associate_name(&self, id: &AssociateId) -> String {
        self.associates.get(id).cloned().unwrap_or_else(|| id.to_string())
    }

    /// What its clocks show; `None` where its time zone is not configured, and for a moment beyond all calendars.
    pub fn local_time(&self, now: Timestamp) -> Option<LocalTime> {
        let zone = self.time_zone.clone()?;
        let local = jiff::Timestamp::from_millisecond(now.as_millis()).ok()?.to_zoned(zone);
        let weekday = usize::try_from(local.weekday().to_monday_zero_offset()).ok()?;
        let minute_of_day = u16::try_from(i16::from(local.hour()) * 60 + i16::from(local.minute())).ok()?;
        let (month, day) = (u8::try_from(local.month()).ok()?, u8::try_from(local.day()).ok()?);
        let date = Day { year: local.year(), month, day };
        Some(LocalTime { weekday: *Weekday::ALL.get(weekday)?, minute_of_day, date })
    }
}

/// The last moment of a day by the clocks of a time zone; `None` beyond all calendars.
pub(crate) fn last_moment(day: Day, zone: &TimeZone) -> Option<Timestamp> {
    let (month, of_month) = (i8::try_from(day.month).ok()?, i8::try_from(day.day).ok()?);
    let next = jiff::civil::Date::new(day.year, month, of_month).ok()?.tomorrow().ok()?;
    let begins = next.to_zoned(zone.clone()).ok()?.timestamp();
    Some(Timestamp::from_millis(begins.as_millisecond().saturating_sub(1)))
}

/// All shops of this server.
#[derive(Debug, Clone, Default)]
pub struct Shops(BTreeMap<StoreId, Arc<Shop>>);

impl Shops {
    /// From a configuration that was validated.
    pub fn from_config(shops: &[config::Shop]) -> Self {
        let neighbours = |of: &config::Shop| {
            let said_there =
                shops.iter().filter(|other| other.neighbours.contains(&of.id)).map(|other| &other.id);
            of.neighbours.iter().chain(said_there).cloned().collect()
        };
        let shop = |shop: &config::Shop| Shop {
            id: shop.id.clone(),
            name: shop.name.clone(),
            zones: shop.zones.iter().map(|zone| (zone.id.clone(), zone.name.clone())).collect(),
            agents: shop.agents.iter().map(|agent| (agent.id.clone(), agent.zone.clone())).collect(),
            associates: shop.associates.iter().map(|one| (one.id.clone(), one.name.clone())).collect(),
            neighbours: neighbours(shop),
            fitting_rooms: shop
                .zones
                .iter()
                .filter(|zone| zone.fitting_room)
                .map(|zone| zone.id.clone())
                .collect(),
            time_zone: shop.time_zone.as_deref().and_then(|name| TimeZoneDatabase::bundled().get(name).ok()),
        };
        Self(shops.iter().map(|each| (each.id.clone(), Arc::new(shop(each)))).collect())
    }

    /// All shops, by identifier.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Shop>> {
        self.0.values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shop(time_zone: Option<&str>) -> Shop {
        let shop = config::Shop {
            id: StoreId::new("lyon").unwrap(),
            name: "Lyon".into(),
            zones: Vec::new(),
            agents: Vec::new(),
            associates: Vec::new(),
            neighbours: Vec::new(),
            time_zone: time_zone.map(str::to_owned),
        };
        Shops::from_config(&[shop]).iter().next().unwrap().as_ref().clone()
    }

    /// Weekday, hour, minute and day that a shop's clocks show at an instant in UTC.
    fn shown(zone: &str, instant: &str) -> (Weekday, u16, u16, u8) {
        let millis = instant.parse::<jiff::Timestamp>().unwrap().as_millisecond();
        let local = shop(Some(zone)).local_time(Timestamp::from_millis(millis)).unwrap();
        (local.weekday, local.minute_of_day / 60, local.minute_of_day % 60, local.date.day)
    }

    #[test]
    fn a_day_ends_when_the_clocks_say_so() {
        let last = |zone: &str, month, day| {
            let zone = TimeZoneDatabase::bundled().get(zone).unwrap();
            let at = last_moment(Day { year: 2026, month, day }, &zone).unwrap();
            jiff::Timestamp::from_millisecond(at.as_millis()).unwrap().to_string()
        };
        assert_eq!(last("Europe/Paris", 11, 29), "2026-11-29T22:59:59.999Z");
        assert_eq!(last("Europe/Paris", 7, 31), "2026-07-31T21:59:59.999Z");
        assert_eq!(last("America/Los_Angeles", 12, 31), "2027-01-01T07:59:59.999Z");
        let none = Day { year: 2026, month: 2, day: 30 };
        assert_eq!(last_moment(none, &TimeZone::UTC), None);
    }

    #[test]
    fn clocks_on_the_wall_know_summer_and_winter() {
        use Weekday::{Monday, Saturday, Sunday};
        assert_eq!(shown("Europe/Paris", "2026-11-21T10:00:00Z"), (Saturday, 11, 0, 21));
        assert_eq!(shown("Europe/Paris", "2026-07-25T10:00:00Z"), (Saturday, 12, 0, 25));
        // The night in which the clocks go back: two o'clock comes twice.
        assert_eq!(shown("Europe/Paris", "2026-10-25T00:30:00Z"), (Sunday, 2, 30, 25));
        assert_eq!(shown("Europe/Paris", "2026-10-25T01:30:00Z"), (Sunday, 2, 30, 25));
        // And the one in which they go forward: there is no half past two.
        assert_eq!(shown("Europe/Paris", "2026-03-29T01:00:00Z"), (Sunday, 3, 0, 29));
        assert_eq!(shown("Asia/Kolkata", "2026-11-22T18:45:00Z"), (Monday, 0, 15, 23));
        assert_eq!(shown("America/St_Johns", "2026-11-22T03:00:00Z"), (Saturday, 23, 30, 21));
    }

    #[test]
    fn without_a_time_zone_nobody_knows_what_the_clocks_show() {
        assert_eq!(shop(None).local_time(Timestamp::from_secs(1_795_255_200)), None);
        let beyond = Timestamp::from_millis(i64::MAX);
        assert_eq!(shop(Some("Europe/Paris")).local_time(beyond), None);
    }
}
