//! The shops, with their zones, agents and associates.

use jiff::tz::TimeZoneDatabase;
use serde::Deserialize;
use shopbell_domain::id::{AgentId, AssociateId, StoreId, ZoneId};
use shopbell_kit::config::Invalid;

use super::{Seen, TokenHash};

/// A shop.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shop {
    /// Identifier.
    pub id: StoreId,
    /// Name, as the brand writes it.
    pub name: String,
    /// Its parts; at least one.
    pub zones: Vec<Zone>,
    /// Its edge agents.
    #[serde(default)]
    pub agents: Vec<Agent>,
    /// Its staff.
    #[serde(default)]
    pub associates: Vec<Associate>,
    /// Shops so near that both may hear one phone; said of either, it holds of both.
    #[serde(default)]
    pub neighbours: Vec<StoreId>,
    /// Its time zone, by the name that the IANA database gives it; without it nobody knows what its clocks show.
    #[serde(default)]
    pub time_zone: Option<String>,
}

/// A part of a shop.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Zone {
    /// Identifier within the shop.
    pub id: ZoneId,
    /// Name, as the brand writes it.
    pub name: String,
    /// Whether its fitting rooms are here: who is there may well need another size.
    #[serde(default)]
    pub fitting_room: bool,
}

/// An edge agent.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agent {
    /// Identifier, unique among all shops.
    pub id: AgentId,
    /// The zone in which it listens.
    pub zone: ZoneId,
    /// SHA-256 of its token.
    pub token_sha256: TokenHash,
}

/// A member of the staff, by the tablet that they carry.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Associate {
    /// Identifier, unique among all shops.
    pub id: AssociateId,
    /// Name shown to colleagues.
    pub name: String,
    /// SHA-256 of the tablet's token.
    pub token_sha256: TokenHash,
}

/// Checks that names are used once and zones exist.
pub(super) fn validate(shops: &[Shop]) -> Result<(), Invalid> {
    let (mut ids, mut agents, mut associates) = (Seen::new(), Seen::new(), Seen::new());
    for (at, shop) in shops.iter().enumerate() {
        ids.once(&shop.id, format!("shop.{at}.id"), "shop id")?;
        let mut zones = Seen::new();
        for (n, zone) in shop.zones.iter().enumerate() {
            zones.once(&zone.id, format!("shop.{at}.zones.{n}.id"), "zone id")?;
        }
        if shop.zones.is_empty() {
            return Err(Invalid::new(format!("shop.{at}.zones"), "a list with at least one zone"));
        }
        for (n, agent) in shop.agents.iter().enumerate() {
            agents.once(&agent.id, format!("shop.{at}.agents.{n}.id"), "agent id")?;
            if !shop.zones.iter().any(|zone| zone.id == agent.zone) {
                let known: Vec<&str> = shop.zones.iter().map(|zone| zone.id.as_str()).collect();
                return Err(Invalid::new(
                    format!("shop.{at}.agents.{n}.zone"),
                    format!("a zone of shop {}, one of {}, not {}", shop.id, known.join(", "), agent.zone),
                ));
            }
        }
        for (n, associate) in shop.associates.iter().enumerate() {
            associates.once(&associate.id, format!("shop.{at}.associates.{n}.id"), "associate id")?;
        }
    }
    for (at, shop) in shops.iter().enumerate() {
        validate_neighbours(shops, at, shop)?;
        validate_time_zone(at, shop)?;
    }
    Ok(())
}

fn validate_time_zone(at: usize, shop: &Shop) -> Result<(), Invalid> {
    let Some(name) = &shop.time_zone else { return Ok(()) };
    if TimeZoneDatabase::bundled().get(name).is_ok() {
        return Ok(());
    }
    let expected =
        format!("the name of a time zone in the IANA database, such as \"Europe/Paris\", not {name:?}");
    Err(Invalid::new(format!("shop.{at}.time_zone"), expected))
}

fn validate_neighbours(shops: &[Shop], at: usize, shop: &Shop) -> Result<(), Invalid> {
    let others: Vec<&StoreId> = shops.iter().map(|other| &other.id).filter(|id| **id != shop.id).collect();
    for (n, neighbour) in shop.neighbours.iter().enumerate() {
        if !others.contains(&neighbour) {
            let known: Vec<&str> = others.iter().map(|id| id.as_str()).collect();
            return Err(Invalid::new(
                format!("shop.{at}.neighbours.{n}"),
                format!("another shop than {}, one of [{}], not {neighbour}", shop.id, known.join(", ")),
            ));
        }
    }
    Ok(())
}
