//! What a message means, by what is known of its source.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use jiff::tz::{TimeZone, TimeZoneDatabase};
use shopbell_domain::{
    event::{Action, Event},
    id::{SourceId, StoreId},
    identity::{Rules, who_by_public_key, who_on_shared_device},
    inbox::{Failure, Message},
};
use shopbell_proto::{
    segment::{self, Reading, Reason, Teller},
    shopify::{self, Meaning},
};

use crate::{
    config::{Shop, Source, SourceKind},
    shopify::Desk,
    shops::last_moment,
    tracking::reading,
};

/// How the messages of each source are read.
#[derive(Debug, Default)]
pub struct Readings {
    by_source: HashMap<SourceId, OfSource>,
    /// Shops by what tills may call them.
    shops: HashMap<String, StoreId>,
    /// Where the clocks of shops are, as far as it is configured.
    zones: HashMap<StoreId, TimeZone>,
    shopify: Option<Arc<Desk>>,
    rules: Rules,
    believed: BTreeSet<SourceId>,
}

/// What a message says.
pub(super) enum Said {
    /// What somebody did.
    Event(Box<Event>),
    /// Something for the desk of its source.
    Aside(Arc<Desk>, Meaning),
}

#[derive(Debug, Clone, Copy)]
struct OfSource {
    reading: Reading,
    kind: SourceKind,
}

/// Of a source that is configured no more.
impl Default for OfSource {
    fn default() -> Self {
        Self { reading: Reading { teller: Teller::Page, ..Reading::default() }, kind: SourceKind::Web }
    }
}

impl Readings {
    /// From sources of a configuration that was validated.
    pub fn new(sources: &[Source], rules: Rules) -> Self {
        let of = |source: &Source| OfSource { reading: reading(source), kind: source.kind };
        let by_source = sources.iter().map(|source| (source.id.clone(), of(source))).collect();
        let believed = sources.iter().filter(|source| source.kind.is_secret());
        let believed = believed.map(|source| source.id.clone()).collect();
        Self { by_source, shops: HashMap::new(), zones: HashMap::new(), shopify: None, rules, believed }
    }

    /// With shops on Shopify.
    #[must_use]
    pub(crate) fn with_shopify(mut self, desk: Arc<Desk>) -> Self {
        self.shopify = Some(desk);
        self
    }

    /// With shops that tills may name: by identifier, or by the name that the configuration gives them. A name that two
    /// shops have is neither's.
    #[must_use]
    pub fn with_shops(mut self, shops: &[Shop]) -> Self {
        for shop in shops {
            let name = letters(&shop.name);
            let others = shops.iter().filter(|other| letters(&other.name) == name).count();
            if others == 1 && !name.is_empty() {
                self.shops.insert(name, shop.id.clone());
            }
        }
        // An identifier is surer than another shop's name.
        self.shops.extend(shops.iter().map(|shop| (letters(shop.id.as_str()), shop.id.clone())));
        let zone = |shop: &Shop| TimeZoneDatabase::bundled().get(shop.time_zone.as_deref()?).ok();
        self.zones = shops.iter().filter_map(|shop| Some((shop.id.clone(), zone(shop)?))).collect();
        self
    }

    /// Sources that are believed in whatever they say of who is who.
    pub(super) const fn believed(&self) -> &BTreeSet<SourceId> {
        &self.believed
    }

    /// Who may be one person.
    pub(super) const fn rules(&self) -> &Rules {
        &self.rules
    }

    /// What a message says.
    pub(super) fn said(&self, message: &Message) -> Result<Said, Failure> {
        let of_shop = self.shopify.as_ref().and_then(|desk| Some((desk, desk.read(message)?)));
        let Some((desk, meaning)) = of_shop else {
            return self.event(message).map(|event| Said::Event(Box::new(event)));
        };
        match meaning? {
            Meaning::Event(mut event) => {
                event.who.retain(|identifier| self.rules.blocks(identifier).is_none());
                if event.who.is_empty() {
                    Err(shopify::Reason::NoIdentifier.at("payload"))
                } else {
                    Ok(Said::Event(event))
                }
            }
            other => Ok(Said::Aside(Arc::clone(desk), other)),
        }
    }

    /// The event, naming only whom it may name. One of a device that many use may be nobody's; any other that names nobody
    /// is a failure. A source that is configured no more is read like a web shop.
    pub(super) fn event(&self, message: &Message) -> Result<Event, Failure> {
        let source = self.by_source.get(&message.id.source).copied().unwrap_or_default();
        let mut event = segment::event(message, &source.reading)?;
        self.place(&mut event, message, source.kind);
        event.who.retain(|identifier| self.rules.blocks(identifier).is_none());
        event.who = match source.kind {
            SourceKind::Web | SourceKind::App => who_by_public_key(event.who),
            SourceKind::SharedDevice => who_by_public_key(who_on_shared_device(event.who)),
            SourceKind::Till | SourceKind::Backend => event.who,
        };
        if event.who.is_empty() && source.kind != SourceKind::SharedDevice {
            return Err(Reason::NoIdentifier.at("userId"));
        }
        Ok(event)
    }

    /// Notes in which shop an order was paid, which only a till can say, or something waits: a day without a time ends there
    /// by its clocks.
    fn place(&self, event: &mut Event, message: &Message, kind: SourceKind) {
        let store = match &mut event.action {
            Action::OrderPlaced(purchase) | Action::OrderUpdated(purchase) if kind == SourceKind::Till => {
                &mut purchase.store
            }
            Action::Service(told) => &mut told.store,
            _ => return,
        };
        let told = segment::stores_told(message);
        *store = told.iter().find_map(|called| self.shops.get(&letters(called))).cloned();
        let zone = store.as_ref().and_then(|store| self.zones.get(store));
        if let (Action::Service(told), Some(zone)) = (&mut event.action, zone) {
            let last = segment::last_day(message).and_then(|day| last_moment(day, zone));
            told.until = last.or(told.until);
        }
    }
}

/// The letters and digits of a name, in lower case: how people write a shop's name differs in the rest.
fn letters(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
