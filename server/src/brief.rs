//! From a visit to what an associate reads: situation -> starters -> card -> texts.
//!
//! Everything is read (`reader`) and asked of consent at the moment of use. Until the associate has confirmed
//! the person the profile is not even read. What a confirmed card shows, and what it does not, is kept in the log of
//! showings ([`shopbell_domain::showing`]) before it is answered.
//!
//! To add a field of the card: the `.proto`, `shopbell_proto::convert::floor`, and a line in `wire`.

mod explained;
mod reader;
mod wire;
mod words;

use std::{collections::BTreeSet, sync::Arc};

use shopbell_domain::{
    campaign::Campaign,
    card::Card,
    charter::Charter,
    consent::Field,
    floor::{Guest, GuestState},
    id::{AssociateId, CustomerId, ProductId},
    ports::{Store, StoreError},
    profile::{Customer, Note},
    showing::{Entry, Showing, Worded},
    situation::Situation,
    starter::{Choice, Rule, choose},
    time::{Clock, Timestamp},
    visit::Visit,
};
use shopbell_proto::{admin::v1::ExplainCardResponse, convert::floor as convert, floor::v1};

pub(crate) use self::explained::{explained, not_known};
use self::{reader::Reader, words::Words};
use crate::{
    demand::Demand,
    floor::{Decisions, Seen, ShopError},
    metrics::{Metrics, RuleLabels},
    outlook::Foreteller,
    phrases::{Language, Phrases},
    ranking::Learned,
    shops::Shop,
};

/// What is needed to make cards.
pub struct BriefParts {
    /// Where what is known is read from, and what is shown is logged.
    pub store: Arc<dyn Store>,
    /// What customers decided.
    pub decisions: Arc<Decisions>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The texts.
    pub phrases: Phrases,
    /// What proposes.
    pub rules: Vec<Box<dyn Rule>>,
    /// What the brand never says.
    pub charter: Charter,
    /// What headquarters would like guests to know.
    pub campaigns: Vec<Arc<Campaign>>,
    /// What weighs.
    pub ranking: Arc<Learned>,
    /// What people buy, and again.
    pub demand: Demand,
    /// What tells what a visit may become.
    pub foreteller: Foreteller,
    /// The figures.
    pub metrics: Arc<Metrics>,
}

/// Makes cards.
pub struct Brief {
    reader: Reader,
    decisions: Arc<Decisions>,
    clock: Arc<dyn Clock>,
    phrases: Phrases,
    rules: Vec<Box<dyn Rule>>,
    charter: Arc<Charter>,
    /// The charter's fingerprint.
    digest: u64,
    ranking: Arc<Learned>,
    foreteller: Foreteller,
    store: Arc<dyn Store>,
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
    pub customer: CustomerId,
    /// When it was made.
    pub at: Timestamp,
    /// The notes that it may show.
    pub notes: Vec<Note>,
    /// Whether the customer lets this associate note something.
    pub notes_shared: bool,
    /// Products that it names: when one of them changes, the card does.
    pub products: BTreeSet<ProductId>,
    /// When it changes by time alone.
    pub changes_at: Timestamp,
}

/// What a card is made of, before it is one.
#[derive(Debug)]
struct Composed {
    customer: Customer,
    situation: Situation,
    choice: Choice,
}

impl Brief {
    /// From its parts.
    pub fn new(parts: BriefParts) -> Self {
        let BriefParts {
            store,
            decisions,
            clock,
            phrases,
            rules,
            charter,
            campaigns,
            ranking,
            demand,
            foreteller,
            metrics,
        } = parts;
        let digest = charter.digest();
        let charter = Arc::new(charter);
        let reader = Reader { store: Arc::clone(&store), charter: Arc::clone(&charter), demand, campaigns };
        Self {
            reader,
            decisions,
            clock,
            phrases,
            rules,
            charter,
            digest,
            ranking,
            foreteller,
            store,
            metrics,
        }
    }

    /// The card of a visit for one associate, as far as sharing and confirmation allow now. What a confirmed one shows is in
    /// the log before it is answered.
    pub async fn card(
        &self,
        seen: Seen,
        associate: &AssociateId,
        shop: &Shop,
        language: Language,
    ) -> Result<Briefed, ShopError> {
        let Seen { guest, visit } = seen;
        let confirmed = visit.is_confirmed_by(associate);
        let Composed { customer, situation, choice } = self.compose(&guest, &visit, shop, confirmed).await?;
        let now = situation.now;
        let present = is_present(&guest);
        let card = Card::compose(
            guest,
            &situation,
            confirmed,
            &customer.consent,
            choice.shown().cloned().collect(),
            &visit.feedback,
            visit.outcome,
        );
        let words = Words::new(&self.phrases, language, self.charter.address(), &situation);
        let notes_shared = confirmed && customer.consent.shows(Field::Notes, now);
        let (moment, quiet_until_ms) = convert::card_moment(situation.moment.filter(|_| present));
        let wire = v1::Card {
            moment: moment.into(),
            quiet_until_ms,
            visit_orders: visit_orders(&visit, &customer, confirmed, now),
            ..wire::card(&card, shop, &words)
        };
        if confirmed && present {
            self.log(&situation, &choice, words.worded(&wire.starters)).await?;
        }
        Ok(Briefed {
            card: wire,
            customer: customer.id,
            at: now,
            notes: card.known.notes,
            notes_shared,
            changes_at: self.changes_at(&situation),
            products: situation.shelves.into_keys().collect(),
        })
    }

    /// The card as it would be composed now for somebody who had met the guest, with everything behind it. Nothing is
    /// logged: it is shown to nobody.
    pub async fn explain(
        &self,
        seen: &Seen,
        shop: &Shop,
        language: Language,
    ) -> Result<ExplainCardResponse, ShopError> {
        let composed = self.compose(&seen.guest, &seen.visit, shop, true).await?;
        let Composed { customer, situation, choice } = &composed;
        let words = Words::new(&self.phrases, language, self.charter.address(), situation);
        let starters: Vec<v1::Starter> = choice.shown().map(|starter| words.starter(starter, None)).collect();
        let showing = Showing::of(situation, choice, self.digest, words.worded(&starters)).bounded();
        Ok(explained(&showing, None, &customer.consent, situation.now))
    }

    /// What is known and allowed of a guest now, and what may be said.
    async fn compose(
        &self,
        guest: &Guest,
        visit: &Visit,
        shop: &Shop,
        confirmed: bool,
    ) -> Result<Composed, ShopError> {
        let now = self.clock.now();
        let customer = self.decisions.customer(&visit.customer).await?.ok_or(ShopError::NoSuchVisit)?;
        if !customer.consent.shows(Field::PresenceOnFloor, now) {
            return Err(ShopError::NoSuchVisit);
        }
        let (profile, around) = self.reader.read(&customer, visit, shop, confirmed, now).await?;
        let mut situation = Situation::gather(now, visit, &customer, &profile, around, confirmed);
        situation.outlook = self.foreteller.foretell(&situation, shop, !visit.greeted.is_empty());
        let choice = if is_present(guest) {
            choose(&situation, &self.rules, self.ranking.as_ref(), &self.charter)
        } else {
            // Nobody is there to say them to.
            Choice::default()
        };
        Ok(Composed { customer, situation, choice })
    }

    /// When a card of it changes by time alone: what it tells does, or the charter keeps quiet from then on, or no more.
    fn changes_at(&self, situation: &Situation) -> Timestamp {
        let told = situation.changes_at();
        self.charter.turns_at(situation).map_or(told, |turns| turns.min(told))
    }

    /// Keeps what is shown and what is not, and counts the latter.
    async fn log(&self, situation: &Situation, choice: &Choice, worded: Worded) -> Result<(), StoreError> {
        for (_, why) in choice.suppressed() {
            self.metrics.suppressed_starters.get_or_create(&RuleLabels::from(why)).inc();
        }
        let showing = Showing::of(situation, choice, self.digest, worded);
        self.store.log(vec![Entry::Showing(Box::new(showing))]).await
    }
}

/// Whether somebody is there to whom something may be said.
const fn is_present(guest: &Guest) -> bool {
    match guest.state {
        GuestState::Here | GuestState::Uncertain => true,
        GuestState::Left { .. } => false,
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

#[cfg(test)]
mod tests;
