//! The CSV files: what the customer provided, and what was observed.

use shopbell_domain::event::{Action, Event, Line, Origin, Purchase};

use super::{
    ExportError,
    csv::{Cell, head, row},
    gather::Data,
    words,
};
use crate::rights::instant::rfc3339;

/// One file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Table {
    Identifiers,
    Record,
    Events,
    Visits,
    Presences,
}

const EVENT: [&str; 14] = [
    "at",
    "source",
    "origin",
    "what",
    "product",
    "size",
    "quantity",
    "price_minor",
    "currency",
    "name",
    "brand",
    "category",
    "order",
    "text",
];

impl Table {
    pub(super) const ALL: [Self; 5] =
        [Self::Identifiers, Self::Record, Self::Events, Self::Visits, Self::Presences];

    pub(super) const fn file(self) -> &'static str {
        match self {
            Self::Identifiers => "identifiers.csv",
            Self::Record => "customer.csv",
            Self::Events => "events.csv",
            Self::Visits => "visits.csv",
            Self::Presences => "presences.csv",
        }
    }

    pub(super) async fn gathered(self, data: &Data) -> Result<Vec<u8>, ExportError> {
        let mut text = String::new();
        match self {
            Self::Identifiers => {
                text.push_str(&head(&["kind", "value"]));
                for one in &data.who {
                    let value = Cell::Text(one.value().reveal().clone());
                    text.push_str(&row(&[Cell::own(Some(one.kind().name())), value]));
                }
            }
            Self::Record => {
                text.push_str(&head(&["customer", "name"]));
                if let Some(customer) = data.record().await? {
                    let name = Cell::Text(customer.name.reveal().clone());
                    text.push_str(&row(&[Cell::text(Some(customer.id.as_str())), name]));
                }
            }
            Self::Events => {
                text.push_str(&head(&EVENT));
                for event in data.events().await? {
                    told(&event, &mut text);
                }
            }
            Self::Visits => {
                text.push_str(&head(&["shop", "began", "ended", "zone", "from", "to"]));
                for visit in data.visits().await? {
                    for stay in &visit.stays {
                        text.push_str(&row(&[
                            Cell::own(Some(&visit.store)),
                            Cell::own(Some(rfc3339(visit.began))),
                            Cell::own(visit.ended.map(rfc3339)),
                            Cell::own(Some(&stay.zone)),
                            Cell::own(Some(rfc3339(stay.from))),
                            Cell::own(Some(rfc3339(stay.to))),
                        ]));
                    }
                }
            }
            Self::Presences => {
                text.push_str(&head(&["at", "agent", "kind", "signal_dbm"]));
                for presence in data.presences().await? {
                    text.push_str(&row(&[
                        Cell::own(Some(rfc3339(presence.observed))),
                        Cell::own(Some(&presence.agent)),
                        Cell::own(Some(format!("{:?}", presence.kind).to_lowercase())),
                        Cell::own(Some(presence.rssi.get())),
                    ]));
                }
            }
        }
        Ok(text.into_bytes())
    }
}

/// One row for each line of an event, and one where there is none.
fn told(event: &Event, text: &mut String) {
    let Said { what, lines, order, words } = said(&event.action);
    let origin = match event.origin {
        Origin::Web => "web shop",
        Origin::Till => "till",
        Origin::Import => "retailer's file",
        Origin::Customer => "you",
        Origin::Associate => "associate",
        Origin::Page { .. } => "page or app",
    };
    let none = [None];
    let some: Vec<Option<&Line>> = lines.iter().map(Some).collect();
    for line in if some.is_empty() { &none[..] } else { &some[..] } {
        text.push_str(&row(&[
            Cell::own(Some(rfc3339(event.at))),
            Cell::text(Some(event.id.source.as_str())),
            Cell::own(Some(origin)),
            Cell::own(Some(what)),
            Cell::text(line.map(|line| line.product.as_str())),
            Cell::text(line.and_then(|line| line.size.clone())),
            Cell::own(line.and_then(|line| line.quantity)),
            Cell::own(line.and_then(|line| line.price).map(|price| price.minor)),
            Cell::own(line.and_then(|line| line.price).map(|price| price.currency)),
            Cell::text(line.and_then(|line| line.name.clone())),
            Cell::text(line.and_then(|line| line.brand.clone())),
            Cell::text(line.and_then(|line| line.category.clone())),
            Cell::text(order.clone()),
            Cell::text(words.clone()),
        ]));
    }
}

/// What an event says, as far as a row can hold it; the JSON holds all of it.
pub(super) struct Said {
    pub(super) what: &'static str,
    pub(super) lines: Vec<Line>,
    pub(super) order: Option<String>,
    pub(super) words: Option<String>,
}

impl Said {
    pub(super) const fn bare(what: &'static str) -> Self {
        Self { what, lines: Vec::new(), order: None, words: None }
    }
}

fn said(action: &Action) -> Said {
    let bare = Said::bare;
    let line = |what, line: &Line| Said { lines: vec![line.clone()], ..bare(what) };
    let words = |what, words: Option<String>| Said { words, ..bare(what) };
    match action {
        Action::ProductViewed(one) => line("product viewed", one),
        Action::ListViewed { category } => words("list viewed", category.clone()),
        Action::Searched { query } => words("searched", Some(query.reveal().clone())),
        Action::ProductShared(one) => line("product shared", one),
        Action::CartAdded(one) => line("put into the cart", one),
        Action::CartRemoved(one) => line("taken out of the cart", one),
        Action::CartIs(all) => Said { lines: all.clone(), ..bare("cart") },
        Action::CheckoutStarted(all) => Said { lines: all.clone(), ..bare("checkout begun") },
        Action::CheckoutStep { step } => words("checkout step", step.map(|step| step.to_string())),
        Action::OrderPlaced(purchase) => bought("bought", purchase),
        Action::OrderUpdated(purchase) => bought("order changed", purchase),
        Action::OrderRefunded { order, lines, .. } => {
            Said { lines: lines.clone(), order: Some(order.to_string()), ..bare("given back") }
        }
        Action::OrderCancelled { order } => {
            Said { order: Some(order.to_string()), ..bare("order cancelled") }
        }
        Action::Coupon { code, .. } => words("coupon", Some(code.clone())),
        Action::WishAdded(one) => line("put on the wish list", one),
        Action::WishRemoved(one) => line("taken off the wish list", one),
        Action::WishToCart(one) => line("moved from wish list to cart", one),
        Action::Noted { text, .. } => {
            words("noted by an associate", text.as_ref().map(|text| text.reveal().clone()))
        }
        Action::PageViewed { page } => words("page viewed", page.clone()),
        Action::Other { name, told } => {
            let told = told.iter().map(|told| told.reveal().as_str());
            words("other", Some(std::iter::once(name.as_str()).chain(told).collect::<Vec<_>>().join(" ")))
        }
        Action::Reviewed { product, rating_tenths } => words::reviewed(product, *rating_tenths),
        Action::Designed { product, design, choices } => words::designed(product, design, choices),
        Action::Preferred { name, value } => words::preferred(name, value.as_deref()),
        Action::Identified(traits) => words::told_of_oneself(traits),
        Action::Corrected { what, how } => words::corrected(what, *how),
        Action::Service(told) => words::service(told),
    }
}

fn bought(what: &'static str, purchase: &Purchase) -> Said {
    Said {
        what,
        lines: purchase.lines.clone(),
        order: Some(purchase.order.to_string()),
        words: purchase.coupon.clone(),
    }
}
