//! The shops as configured: what is fixed while the server runs.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use shopbell_domain::id::{AgentId, AssociateId, StoreId, ZoneId};

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
}

impl Shop {
    /// The name of an associate; the identifier for one who is no longer configured.
    pub fn associate_name(&self, id: &AssociateId) -> String {
        self.associates.get(id).cloned().unwrap_or_else(|| id.to_string())
    }
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
        };
        Self(shops.iter().map(|each| (each.id.clone(), Arc::new(shop(each)))).collect())
    }

    /// All shops, by identifier.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Shop>> {
        self.0.values()
    }
}
