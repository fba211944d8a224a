//! Shops on Shopify that send webhooks.

use std::{collections::BTreeMap, path::PathBuf};

use serde::Deserialize;
use shopbell_domain::{
    id::{SourceId, StoreId},
    money::Currency,
};
use shopbell_kit::config::Invalid;

use super::{Seen, Shop, Source, is_authority, tracking::not_the_importer};

/// Options that a variant of Shopify's has.
const OPTIONS: usize = 3;

/// A shop on Shopify.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shopify {
    /// Identifier; it stands in the path of its webhooks, and is none of a `[[source]]`.
    pub id: SourceId,
    /// Its domain at Shopify, such as `maison.myshopify.com`.
    pub shop: String,
    /// Files with the client secret of the app that signs; two while it is rotated.
    pub secret_files: Vec<PathBuf>,
    /// The currency of the shop, of amounts that name none.
    #[serde(default)]
    pub currency: Option<Currency>,
    /// Which option of a variant is its size, from 1.
    #[serde(default = "first")]
    pub size_option: usize,
    /// The address of the web shop, for the pages of products; that of `shop` without it.
    #[serde(default)]
    pub web_address: Option<String>,
    /// Our shops, by Shopify's numbers of their locations.
    #[serde(default)]
    pub locations: BTreeMap<String, StoreId>,
}

const fn first() -> usize {
    1
}

/// Checks names, domains and locations.
pub(super) fn validate(all: &[Shopify], sources: &[Source], shops: &[Shop]) -> Result<(), Invalid> {
    let mut ids = Seen::new();
    for (at, source) in sources.iter().enumerate() {
        ids.once(&source.id, format!("source.{at}.id"), "source id")?;
    }
    for (at, one) in all.iter().enumerate() {
        let key = |name: &str| format!("shopify.{at}.{name}");
        ids.once(&one.id, key("id"), "source id")?;
        not_the_importer(&one.id, key("id"))?;
        if !is_authority(&one.shop) || one.shop.contains(':') {
            return Err(Invalid::new(key("shop"), "a domain such as maison.myshopify.com"));
        }
        if !(1..=2).contains(&one.secret_files.len()) {
            return Err(Invalid::new(key("secret_files"), "one file, or two while the secret is rotated"));
        }
        if !(1..=OPTIONS).contains(&one.size_option) {
            return Err(Invalid::new(key("size_option"), "1, 2 or 3"));
        }
        let address = one.web_address.as_deref();
        if address.is_some_and(|url| !url.starts_with("https://") || url.ends_with('/')) {
            return Err(Invalid::new(
                key("web_address"),
                "an address such as https://www.example.com, without a path",
            ));
        }
        for (location, store) in &one.locations {
            if !shops.iter().any(|shop| shop.id == *store) {
                let known: Vec<&str> = shops.iter().map(|shop| shop.id.as_str()).collect();
                return Err(Invalid::new(
                    key(&format!("locations.{location}")),
                    format!("a shop, one of [{}], not {store}", known.join(", ")),
                ));
            }
        }
    }
    Ok(())
}
