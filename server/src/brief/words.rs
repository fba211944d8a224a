//! Puts starters and their facts into words.
//!
//! A product's number becomes its name here, and what facts tell becomes the terms of a text. Never here: the texts
//! themselves, which stand in the message files ([`crate::phrases`]).

use shopbell_domain::{
    consent::Field,
    id::ProductId,
    profile::{Address, Source},
    redacted::Redacted,
    showing::{Texts, Worded},
    situation::Situation,
    starter::{Fact, Starter, Verdict},
};
use shopbell_proto::{convert::floor as convert, floor::v1};

use crate::phrases::{Calendar, Language, Part, Phrases, Speech, Terms};

/// Puts facts into words.
pub(super) struct Words<'a> {
    phrases: &'a Phrases,
    speech: Speech,
    pub(super) situation: &'a Situation,
}

impl<'a> Words<'a> {
    /// For an associate who reads `language`; the brand's way to address guests, where this one did not choose another.
    pub(super) fn new(
        phrases: &'a Phrases,
        language: Language,
        usual: Address,
        situation: &'a Situation,
    ) -> Self {
        let address = situation.known.address().unwrap_or(usual);
        let calendar = Calendar::new(situation.now, situation.local);
        Self { phrases, speech: Speech { language, address, calendar }, situation }
    }

    /// The name of a product: the catalogue's, else the one that was told with a fact that is shared. Where nobody told one,
    /// its number; but nothing that anybody may have written.
    pub(super) fn name(&self, product: &ProductId, source: Source) -> String {
        let told = || self.situation.told_name(product).map(str::to_owned);
        let named = self.situation.shelves.get(product).map(|known| known.product.name.clone()).or_else(told);
        match named {
            Some(name) => name,
            None if source.is_vouched() => product.to_string(),
            None => self.phrases.unknown_product(self.speech.language),
        }
    }

    /// A starter, with what was said of it.
    pub(super) fn starter(&self, starter: &Starter, verdict: Option<Verdict>) -> v1::Starter {
        let terms = self.terms(starter.product.as_ref(), &starter.facts);
        let (say, reason) = self.lines(starter, &terms);
        v1::Starter {
            id: starter.id(),
            kind: v1::StarterKind::from(starter.kind).into(),
            say,
            reason,
            facts: starter.facts.iter().map(|fact| self.fact(fact)).collect(),
            feedback: convert::wire_feedback(verdict).into(),
        }
    }

    /// The texts of these starters, for the log.
    pub(super) fn worded(&self, starters: &[v1::Starter]) -> Worded {
        let Speech { language, address, .. } = self.speech;
        let texts = |one: &v1::Starter| {
            let (say, reason) = (Redacted::new(one.say.clone()), Redacted::new(one.reason.clone()));
            (one.id.clone(), Texts { say, reason })
        };
        Worded {
            speech: format!("{}, {}", language.tag(), address.word()),
            texts: starters.iter().map(texts).collect(),
        }
    }

    /// What may be said, and why: headquarters' own words for what is theirs.
    fn lines(&self, starter: &Starter, terms: &Terms) -> (String, String) {
        let told = starter.thing.as_ref().filter(|_| starter.kind.is_told_by_brand());
        let campaign = told.and_then(|id| self.situation.brand.iter().find(|one| one.id == *id));
        match campaign {
            Some(campaign) => {
                let own = |texts| self.phrases.own(&self.speech, texts, terms);
                (own(&campaign.say), own(&campaign.reason))
            }
            None => (
                self.phrases.say(&self.speech, starter.kind, terms),
                self.phrases.reason(&self.speech, starter.kind, terms),
            ),
        }
    }

    fn fact(&self, fact: &Fact) -> v1::StarterFact {
        let terms = self.terms(None, std::slice::from_ref(fact));
        v1::StarterFact {
            text: self.phrases.fact(&self.speech, fact, &terms),
            at_ms: fact.at().as_millis(),
            source: v1::FactSource::from(fact.source()).into(),
        }
    }

    /// What the facts offer to the texts; the main fact, which comes first, has the last word.
    fn terms(&self, product: Option<&ProductId>, facts: &[Fact]) -> Terms {
        let name = |product: &ProductId| self.name(product, Source::Page);
        let mut terms = Terms { product: product.map(name), ..Terms::default() };
        for fact in facts.iter().rev() {
            self.tell(fact, &mut terms);
            // What is owned is spoken of beside the product, and when is all that its date tells.
            let about = fact.product().filter(|_| product.is_none() || !matches!(fact, Fact::Owns { .. }));
            terms.product = about.map(name).or(terms.product);
            let is_of_the_list = !matches!(fact, Fact::InStockHere { .. } | Fact::GoesWith { .. });
            if is_of_the_list || terms.date.is_none() {
                terms.date = Some(fact.at());
            }
        }
        terms
    }

    /// What one fact offers.
    fn tell(&self, fact: &Fact, terms: &mut Terms) {
        match fact {
            Fact::AskedForHelp { .. } | Fact::IsHere { .. } | Fact::Owns { .. } | Fact::LastOrder { .. } => {}
            Fact::LookedUp { source, .. } => terms.by_page = !source.is_vouched(),
            Fact::OnWishList { size, .. } => {
                terms.size = size.clone().or(terms.size.take());
                terms.wished.clone_from(size);
                terms.part = Part::Wishes;
            }
            Fact::InStockHere { size, quantity, at, .. } => {
                terms.size = size.clone().or(terms.size.take());
                terms.here = terms.here.saturating_add(*quantity);
                terms.here_since = Some(*at);
            }
            Fact::InCart { quantity, .. } => {
                terms.quantity = *quantity;
                terms.part = Part::Cart;
            }
            Fact::BoughtBefore { times, every_days, .. } => {
                (terms.times, terms.days) = (*times, *every_days);
            }
            Fact::CostThen { price, list, .. } => {
                (terms.price_then, terms.part) = (Some(*price), part(*list));
            }
            Fact::CostsNow { size, price, .. } => {
                terms.size = size.clone().or(terms.size.take());
                terms.price = Some(*price);
            }
            Fact::GoesWith { with, people, .. } => {
                (terms.with, terms.people) = (Some(self.name(with, Source::Page)), *people);
            }
            Fact::Waits { what, service, until, .. } => {
                (terms.service, terms.until) = (Some(*what), *until);
                terms.number = Some(service.as_str().to_owned());
            }
            Fact::Promised { due, .. } => terms.due = Some(*due),
            Fact::DayTold { name, on, .. } => {
                (terms.occasion, terms.day) = (Some(name.clone()), Some(*on));
            }
            Fact::Announced { campaign, until, .. } => {
                (terms.number, terms.until) = (Some(campaign.clone()), Some(*until));
            }
            Fact::CaresFor { category, part: of, .. } => {
                (terms.category, terms.part) = (Some(category.clone()), part(*of));
            }
        }
    }
}

const fn part(field: Field) -> Part {
    match field {
        Field::Cart => Part::Cart,
        Field::Bought | Field::Orders => Part::Purchases,
        Field::Interests => Part::Interests,
        _ => Part::Wishes,
    }
}
