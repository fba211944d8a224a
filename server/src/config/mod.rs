//! The server's settings, a section a file.
//!
//! Every default stands, with its comment, in `server.default.toml`; a test loads it. A key's name holds its unit.
//! To add a setting: a field in its section's file, a line in `server.default.toml`, and, where not every value makes
//! sense, a check in the section's `validate`, which names the key.
//!
//! Never here: opening files or sockets. A configuration that loads may still name a file that is not there.

mod campaigns;
mod catalogue;
mod charter;
mod clients;
mod consent;
mod identity;
mod limits;
mod listen;
mod notes;
mod ranking;
mod retention;
mod shopify;
mod shops;
mod store;
mod tracking;
mod unit;
mod vault;

use std::collections::BTreeMap;

use serde::Deserialize;
use shopbell_kit::config::Invalid;

pub use self::{
    campaigns::Campaigns,
    catalogue::Catalogue,
    charter::Charter,
    clients::{Client, TokenHash},
    consent::Consent,
    identity::{Identity, Kind},
    limits::Limits,
    listen::{Listen, Tls},
    notes::Notes,
    ranking::{Ranking, TimeOfDay},
    retention::Retention,
    shopify::Shopify,
    shops::{Agent, Associate, Shop, Zone},
    store::{Keys, Store},
    tracking::{Source, SourceKind, Tracking, is_authority},
    vault::Vault,
};

/// The commented defaults, as the binary prints and uses them.
pub const DEFAULTS: &str = include_str!("../../server.default.toml");

/// All settings.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where the server listens.
    pub listen: Listen,
    /// Certificates; plain without.
    pub tls: Tls,
    /// Where data lives.
    pub store: Store,
    /// Where the keys of personal fields live.
    pub vault: Vault,
    /// How long data is kept.
    pub retention: Retention,
    /// Secrets of the brand.
    pub keys: Keys,
    /// The clock.
    #[serde(default)]
    pub clock: shopbell_kit::clock::ClockConfig,
    /// What is logged.
    pub log: shopbell_kit::telemetry::LogConfig,
    /// Bounds and times.
    pub limits: Limits,
    /// Notes of associates.
    pub notes: Notes,
    /// What headquarters would like guests to know.
    #[serde(default)]
    pub campaigns: Campaigns,
    /// What the brand never says.
    pub charter: Charter,
    /// How the ranking of suggestions learns.
    pub ranking: Ranking,
    /// The shops.
    #[serde(default, rename = "shop")]
    pub shops: Vec<Shop>,
    /// Clients of the customer API: the retailer's backends.
    #[serde(default, rename = "app")]
    pub apps: Vec<Client>,
    /// Clients of the admin API.
    #[serde(default, rename = "operator")]
    pub operators: Vec<Client>,
    /// How much of a table of products or stock is taken.
    pub catalogue: Catalogue,
    /// What customers are shown when they decide, and what is withheld.
    pub consent: Consent,
    /// How much is taken of those who send events.
    pub tracking: Tracking,
    /// Which identifiers may be one person's.
    pub identity: Identity,
    /// Shops on Shopify that send webhooks.
    #[serde(default)]
    pub shopify: Vec<Shopify>,
    /// Those who send events.
    #[serde(default, rename = "source")]
    pub sources: Vec<Source>,
}

/// Remembers where each name was first used, so that a second use can be told with both places.
#[derive(Debug)]
struct Seen<T>(BTreeMap<T, String>);

impl<T: Ord> Seen<T> {
    const fn new() -> Self {
        Self(BTreeMap::new())
    }

    fn once(&mut self, value: T, key: String, what: &str) -> Result<(), Invalid> {
        if let Some(first) = self.0.get(&value) {
            return Err(Invalid::new(
                key,
                format!("another {what} than that of {first}: each needs its own"),
            ));
        }
        self.0.insert(value, key);
        Ok(())
    }
}

impl shopbell_kit::config::Config for Config {
    fn validate(&self) -> Result<(), Invalid> {
        self.log.validate()?;
        self.listen.validate(&self.tls)?;
        self.tls.validate()?;
        self.vault.validate(&self.store.directory)?;
        self.retention.validate()?;
        self.limits.validate()?;
        shops::validate(&self.shops)?;
        self.catalogue.validate()?;
        self.tracking.validate()?;
        self.identity.validate()?;
        self.ranking.validate()?;
        tracking::validate(&self.sources)?;
        shopify::validate(&self.shopify, &self.sources, &self.shops)?;
        self.distinct_clients()?;
        self.distinct_tokens()
    }
}

impl Config {
    fn distinct_clients(&self) -> Result<(), Invalid> {
        for (section, clients) in [("app", &self.apps), ("operator", &self.operators)] {
            let mut ids = Seen::new();
            for (at, client) in clients.iter().enumerate() {
                if client.id.is_empty() {
                    return Err(Invalid::new(format!("{section}.{at}.id"), "a name that is not empty"));
                }
                ids.once(&client.id, format!("{section}.{at}.id"), "id")?;
            }
        }
        Ok(())
    }

    /// One token means one caller: whoever shares a token could act as the other.
    fn distinct_tokens(&self) -> Result<(), Invalid> {
        let mut tokens = Seen::new();
        for (at, shop) in self.shops.iter().enumerate() {
            for (n, agent) in shop.agents.iter().enumerate() {
                tokens.once(&agent.token_sha256, format!("shop.{at}.agents.{n}.token_sha256"), "token")?;
            }
            for (n, associate) in shop.associates.iter().enumerate() {
                let key = format!("shop.{at}.associates.{n}.token_sha256");
                tokens.once(&associate.token_sha256, key, "token")?;
            }
        }
        for (at, source) in self.sources.iter().enumerate() {
            tokens.once(&source.write_key_sha256, format!("source.{at}.write_key_sha256"), "token")?;
        }
        for (section, clients) in [("app", &self.apps), ("operator", &self.operators)] {
            for (at, client) in clients.iter().enumerate() {
                tokens.once(&client.token_sha256, format!("{section}.{at}.token_sha256"), "token")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
