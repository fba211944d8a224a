//! The shops of a trade, as the server's configuration has them.

use std::fmt::Write as _;

use shopbell_tests::world::hash_of;

use super::situation::Trade;

/// The agent of a zone.
pub(crate) fn agent(shop: &str, zone: &str, trade: &Trade) -> String {
    let zones = &trade.shops.iter().find(|one| one.id == shop).expect("a shop").zones;
    let place = zones.iter().position(|one| one == zone).expect("a zone");
    format!("{shop}-{place}")
}

/// Their part of the file.
pub(crate) fn configuration(trade: &Trade) -> String {
    let mut text = String::new();
    for shop in &trade.shops {
        let (id, name, clock) = (&shop.id, &shop.name, &shop.time_zone);
        let _ = write!(text, "\n[[shop]]\nid = {id:?}\nname = {name:?}\ntime_zone = {clock:?}\nzones = [");
        for (number, zone) in shop.zones.iter().enumerate() {
            let fitting = shop.fitting_rooms.contains(zone);
            let _ = write!(text, "{{ id = \"zone-{number}\", name = {zone:?}, fitting_room = {fitting} }},");
        }
        text.push_str("]\nagents = [");
        for (number, zone) in shop.zones.iter().enumerate() {
            let agent = agent(id, zone, trade);
            let hash = hash_of(&agent);
            let _ = write!(text, "{{ id = {agent:?}, zone = \"zone-{number}\", token_sha256 = {hash:?} }},");
        }
        text.push_str("]\nassociates = [");
        for name in ["ines", "tom"] {
            let associate = format!("{name}-{id}");
            let hash = hash_of(&associate);
            let _ = write!(text, "{{ id = {associate:?}, name = {name:?}, token_sha256 = {hash:?} }},");
        }
        text.push_str("]\n");
    }
    text
}
