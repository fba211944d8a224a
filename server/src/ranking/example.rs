//! A situation and starters for the tests of this room.

use std::{collections::BTreeMap, time::Duration};

use shopbell_domain::{
    consent::{Channel, Consent, Field, Grants, Purpose, Sharing, SharingLevel, Use},
    holdout::Arm,
    id::{AssociateId, CustomerId, ProductId, StoreId, VisitId},
    money::Money,
    profile::{Bought, Customer, Item, Profile, Source},
    redacted::Redacted,
    showing::{self, Candidate, Element, Remark, Said, Showing},
    situation::{Around, Pairing, Situation},
    starter::{Fact, Starter, StarterKind, Verdict},
    time::Timestamp,
    visit::Visit,
};

use super::{
    features,
    learned::{Model, seed},
    shops::ByShop,
};

/// 2026-11-21 10:00:00 UTC.
pub(super) const NOW: Timestamp = Timestamp::from_secs(1_795_255_200);
pub(super) const DAY: Duration = Duration::from_secs(86_400);

pub(super) fn product(id: &str) -> ProductId {
    ProductId::new(id).unwrap()
}

pub(super) fn customer(id: &str, consent: Consent) -> Customer {
    Customer {
        id: CustomerId::new(id).unwrap(),
        name: Redacted::new("Camille".to_owned()),
        consent,
        help_since: None,
        consented_since: Timestamp::EPOCH,
    }
}

pub(super) fn shares(level: SharingLevel) -> Consent {
    Sharing { level, greet_by_name: true, alone_until: None }.into()
}

pub(super) fn shop() -> StoreId {
    StoreId::new("lyon").unwrap()
}

pub(super) fn item(id: &str, at: Timestamp) -> Item {
    Item { product: product(id), name: None, size: None, quantity: 1, at, source: Source::Web }
}

pub(super) fn profile() -> Profile {
    let bought = Bought {
        product: product("soap"),
        times: 4,
        first: NOW - DAY * 120,
        last: NOW - DAY * 30,
        source: Source::Till,
        days: vec![],
    };
    Profile {
        wish_list: vec![item("coat", NOW - DAY * 30)],
        viewed: vec![item("boots", NOW)],
        bought: vec![bought],
        ..Profile::default()
    }
}

/// Of a customer who shares so much, ten minutes after they came in.
pub(super) fn situation(level: SharingLevel, visit: u128) -> Situation {
    let customer = customer("c1", shares(level));
    let visit = Visit::new(VisitId(visit), customer.id.clone(), shop(), NOW - Duration::from_secs(600));
    let pairing = Pairing { product: product("towel"), with: product("soap"), people: 40, strength: 0.4 };
    let around = Around {
        goes_with: vec![pairing],
        due: BTreeMap::from([(product("soap"), 0.7)]),
        ..Around::default()
    };
    Situation::gather(NOW, &visit, &customer, &profile(), around, true)
}

/// Of a kind, with a fact that no feature knows.
pub(super) fn bare(kind: StarterKind) -> Starter {
    let at = NOW - Duration::from_secs(600);
    Starter { kind, product: None, thing: Some("x".to_owned()), facts: vec![Fact::IsHere { at }] }
}

pub(super) fn about(kind: StarterKind, id: &str, facts: Vec<Fact>) -> Starter {
    Starter { kind, product: Some(product(id)), thing: None, facts }
}

pub(super) fn wished(id: &str, at: Timestamp, source: Source) -> Fact {
    Fact::OnWishList { product: product(id), size: None, at, source }
}

pub(super) fn euros(minor: i64) -> Money {
    Money { minor, currency: "EUR".parse().unwrap() }
}

/// A card of a visit, as the log keeps it: these starters shown, each with bare numbers, by a model of this program.
pub(super) fn card(customer: &str, visit: VisitId, at: Timestamp, shown: &[Starter]) -> Showing {
    let candidate = |(slot, starter): (u8, &Starter)| Candidate {
        id: starter.id(),
        kind: starter.kind,
        product: starter.product.clone(),
        facts: Vec::new(),
        texts: None,
        score: Some(0.5),
        features: features::numbers(&situation(SharingLevel::Browsing, 1), starter, &ByShop::new()),
        fate: showing::Fate::Shown { slot, here: 1.0, anywhere: 1.0 },
    };
    Showing {
        at,
        customer: CustomerId::new(customer).unwrap(),
        visit,
        store: shop(),
        arm: Arm::Open,
        moment: "good".to_owned(),
        charter: 1,
        model: Model::believed().unwrap().number(),
        seed: seed(visit),
        speech: String::new(),
        elements: vec![element(Field::WishList)],
        unknown: Vec::new(),
        outlook: Vec::new(),
        weights: Vec::new(),
        candidates: (0..).zip(shown).map(candidate).collect(),
        further: 0,
    }
}

pub(super) fn element(field: Field) -> Element {
    let value = Redacted::new("x".to_owned());
    Element { what: "wish".to_owned(), value, at: None, source: Some(Source::Web), field: Some(field) }
}

/// What an associate said of a starter of a card.
pub(super) fn said(card: &Showing, starter: &Starter, verdict: Option<Verdict>, at: Timestamp) -> Remark {
    Remark {
        at,
        customer: card.customer.clone(),
        visit: card.visit,
        store: card.store.clone(),
        associate: AssociateId::new("ines").unwrap(),
        said: Said::OfStarter { starter: starter.id(), verdict },
    }
}

/// What lets purchases be learnt from.
pub(super) fn analysis() -> Grants {
    let analyse = |field| Use { purpose: Purpose::Analyse, channel: Channel::Headquarters, field };
    [Field::Orders, Field::Bought].map(analyse).into_iter().collect()
}
