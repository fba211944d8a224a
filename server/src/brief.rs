//! From a visit to what an associate reads: situation -> starters -> card -> texts.
//!
//! Everything is read and asked of consent at the moment of use; nothing is kept. Until the associate has confirmed
//! the person the profile is not even read.
//!
//! To add a field of the card: the `.proto`, `shopbell_proto::convert::floor`, and a line in `wire`.

mod wire;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use shopbell_domain::{
    card::Card,
    charter::Charter,
    consent::Field,
    floor::GuestState,
    id::{AssociateId, ProductId, StoreId},
    ports::{Store, StoreError},
    profile::{Customer, Note, Profile, Source},
    situation::{Around, Shelf, Situation, products_needed},
    starter::{Fact, FixedOrder, Rule, Starter, Verdict, choose, rules},
    time::{Clock, Timestamp},
    visit::Visit,
};
use shopbell_proto::{convert::floor as convert, floor::v1};

use crate::{
    floor::{Decisions, Seen, ShopError},
    metrics::{Metrics, RuleLabels},
    phrases::{Language, Phrases, Terms},
    shops::Shop,
};

/// Makes cards.
pub struct Brief {
    store: Arc<dyn Store>,
    decisions: Arc<Decisions>,
    clock: Arc<dyn Clock>,
    phrases: Phrases,
    rules: Vec<Box<dyn Rule>>,
    charter: Charter,
    metrics: Arc<Metrics>,
}

impl std::fmt::Debug for Brief {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Brief")
    }
}

/// A card, and whose it is.
#[derive(Debug)]
pub struct Briefed {
    /// The card for the tablet.
    pub card: v1::Card,
    /// Whose it is, for the record of looks.
    pub customer: shopbell_domain::id::CustomerId,
    /// When it was made.
    pub at: Timestamp,
    /// The notes that it may show.
    pub notes: Vec<Note>,
    /// Whether the customer lets this associate note something.
    pub notes_shared: bool,
}

impl Brief {
    /// With the rules and the fixed order of the domain.
    pub fn new(
        store: Arc<dyn Store>,
        decisions: Arc<Decisions>,
        clock: Arc<dyn Clock>,
        phrases: Phrases,
        cart_left_after: Duration,
        charter: Charter,
        metrics: Arc<Metrics>,
    ) -> Self {
        Self { store, decisions, clock, phrases, rules: rules(cart_left_after), charter, metrics }
    }

    /// The card of a visit for one associate, as far as sharing and confirmation allow now.
    pub async fn card(
        &self,
        seen: Seen,
        associate: &AssociateId,
        shop: &Shop,
        language: Language,
    ) -> Result<Briefed, ShopError> {
        let Seen { guest, visit } = seen;
        let now = self.clock.now();
        let customer = self.decisions.customer(&visit.customer).await?.ok_or(ShopError::NoSuchVisit)?;
        if !customer.consent.shows(Field::PresenceOnFloor, now) {
            return Err(ShopError::NoSuchVisit);
        }
        let confirmed = visit.is_confirmed_by(associate);
        let (profile, shelves) = self.known(&customer, &visit.store, confirmed, now).await?;
        let situation = Situation::gather(now, &visit, &customer, &profile, Around::of(shelves), confirmed);
        let starters = match guest.state {
            GuestState::Here | GuestState::Uncertain => self.starters(&situation),
            // Nobody is there to say them to.
            GuestState::Left { .. } => Vec::new(),
        };
        let card = Card::compose(
            guest,
            &situation,
            confirmed,
            &customer.consent,
            starters,
            &visit.feedback,
            visit.outcome,
        );
        let words = Words { phrases: &self.phrases, language, situation: &situation };
        let notes_shared = confirmed && customer.consent.shows(Field::Notes, now);
        let wire = v1::Card {
            visit_orders: visit_orders(&visit, &customer, confirmed, now),
            ..wire::card(&card, shop, &words)
        };
        Ok(Briefed { card: wire, customer: customer.id, at: now, notes: card.known.notes, notes_shared })
    }

    /// What is shown of all candidates; the others are counted.
    fn starters(&self, situation: &Situation) -> Vec<Starter> {
        let choice = choose(situation, &self.rules, &FixedOrder, &self.charter);
        for (_, why) in choice.suppressed() {
            let labels = RuleLabels { rule: why.into() };
            self.metrics.suppressed_starters.get_or_create(&labels).inc();
        }
        choice.shown().cloned().collect()
    }

    /// The profile and the shelves that it needs; nothing of it before the person is confirmed.
    async fn known(
        &self,
        customer: &Customer,
        store: &StoreId,
        confirmed: bool,
        now: Timestamp,
    ) -> Result<(Profile, BTreeMap<ProductId, Shelf>), StoreError> {
        let mut shelves = BTreeMap::new();
        if !confirmed {
            return Ok((Profile::default(), shelves));
        }
        let profile = self.store.profile(&customer.id).await?;
        for id in products_needed(&profile, &customer.consent, now) {
            if let Some(product) = self.store.product(&id).await? {
                let stock = self.store.stock(store, &id).await?;
                shelves.insert(id, Shelf { product, stock });
            }
        }
        Ok((profile, shelves))
    }
}

/// What was paid in the course of the visit, as far as the customer shares orders, and amounts of orders.
fn visit_orders(
    visit: &Visit,
    customer: &Customer,
    confirmed: bool,
    now: Timestamp,
) -> Vec<v1::VisitOrderFact> {
    if !confirmed || !customer.consent.shows(Field::Orders, now) {
        return Vec::new();
    }
    let amounts = if customer.consent.shows(Field::OrderDetails, now) {
        convert::Amounts::Shared
    } else {
        convert::Amounts::Withheld
    };
    visit.orders.iter().map(|order| convert::visit_order(order, amounts)).collect()
}

/// Puts facts into words.
struct Words<'a> {
    phrases: &'a Phrases,
    language: Language,
    situation: &'a Situation,
}

impl Words<'_> {
    /// The name of a product: the catalogue's, else the one that was told with a fact that is shared. Where nobody told one,
    /// its number; but nothing that anybody may have written.
    fn name(&self, product: &ProductId, source: Source) -> String {
        let told = || self.situation.told_name(product).map(str::to_owned);
        let named = self.situation.shelves.get(product).map(|known| known.product.name.clone()).or_else(told);
        match named {
            Some(name) => name,
            None if source.is_vouched() => product.to_string(),
            None => self.phrases.unknown_product(self.language),
        }
    }

    fn starter(&self, starter: &Starter, verdict: Option<Verdict>) -> v1::Starter {
        let now = self.situation.now;
        let terms = self.terms(starter.product.as_ref(), &starter.facts);
        v1::Starter {
            id: starter.id(),
            kind: v1::StarterKind::from(starter.kind).into(),
            say: self.phrases.say(self.language, starter.kind, &terms, now),
            reason: self.phrases.reason(self.language, starter.kind, &terms, now),
            facts: starter.facts.iter().map(|fact| self.fact(fact)).collect(),
            feedback: convert::wire_feedback(verdict).into(),
        }
    }

    fn fact(&self, fact: &Fact) -> v1::StarterFact {
        let terms = self.terms(None, std::slice::from_ref(fact));
        v1::StarterFact {
            text: self.phrases.fact(self.language, fact, &terms, self.situation.now),
            at_ms: fact.at().as_millis(),
            source: v1::FactSource::from(fact.source()).into(),
        }
    }

    /// What the facts offer to the texts; the main fact, which comes first, has the last word.
    fn terms(&self, product: Option<&ProductId>, facts: &[Fact]) -> Terms {
        let name = |product: &ProductId| self.name(product, Source::Page);
        let mut terms = Terms { product: product.map(name), ..Terms::default() };
        for fact in facts.iter().rev() {
            let (about, date) = match fact {
                Fact::AskedForHelp { at } | Fact::IsHere { at } => (None, *at),
                Fact::CostThen { product, at, .. } | Fact::CostsNow { product, at, .. } => (Some(product), *at),
                Fact::LookedUp { product, at, source } => {
                    terms.by_page = !source.is_vouched();
                    (Some(product), *at)
                }
                Fact::OnWishList { product, size, at, .. } => {
                    terms.size = size.clone().or(terms.size);
                    (Some(product), *at)
                }
                Fact::InStockHere { product, size, quantity, at } => {
                    terms.size = size.clone().or(terms.size);
                    terms.here = terms.here.saturating_add(*quantity);
                    (Some(product), *at)
                }
                Fact::InCart { product, quantity, at, .. } => {
                    terms.quantity = *quantity;
                    (Some(product), *at)
                }
                Fact::BoughtBefore { product, times, last, every_days, .. } => {
                    (terms.times, terms.days) = (*times, *every_days);
                    (Some(product), *last)
                }
            };
            terms.date = Some(date);
            terms.product = about.map(name).or(terms.product);
        }
        terms
    }
}

#[cfg(test)]
mod tests;
