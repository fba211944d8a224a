//! One order that may still change: what was stated of it, what was given back, and what that says.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{super::corrections::Standing, MAX_ORDER_LINES, MAX_REFUNDS, Refund};
use crate::{
    event::{Correction, Line, Purchase},
    id::{OrderId, ProductId},
    money::Money,
    profile::{
        InShop, LineDetail, Moment, Order, OrderDetail, OrderLine, Profile, Source,
        lists::{self, short},
        usual::Subject,
    },
    time::Timestamp,
};

/// An order that may still change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct OpenOrder {
    pub(super) id: OrderId,
    /// `None` while only a refund or a cancellation was told.
    pub(super) stated: Option<Stated>,
    pub(super) returned: Vec<Returned>,
    pub(super) refunds: u32,
    /// The numbers of those refunds that told one, at most [`MAX_REFUNDS`].
    refund_numbers: Vec<String>,
    /// What was told to be paid back: what counts of it says [`OpenOrder::paid_back`].
    refunded: Vec<Money>,
    pub(super) cancelled: bool,
    /// Whether somebody else bought all of it.
    pub(super) disowned: bool,
    /// Whether somebody who is believed spoke of it: what was given back and whether it was cancelled is their word then.
    pub(super) heard_of: bool,
}

/// What an order is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stated {
    pub(super) first: Moment,
    pub(super) updated: Option<Timestamp>,
    pub(super) lines: Vec<StatedLine>,
    pub(super) total: Option<Money>,
    pub(super) coupon: Option<String>,
    pub(super) in_shop: Option<InShop>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StatedLine {
    product: ProductId,
    name: Option<String>,
    size: Option<String>,
    quantity: u32,
    price: Option<Money>,
    brand: Option<String>,
    category: Option<String>,
    gift: bool,
}

/// What was given back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Returned {
    /// `None` is every product of the order.
    product: Option<ProductId>,
    /// `None` is every size.
    size: Option<String>,
    /// `None` is all of it.
    quantity: Option<u32>,
}

/// What an order says at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Effect {
    pub(super) subjects: BTreeSet<Subject>,
    pub(super) pieces: u64,
    pub(super) spend: Option<Money>,
    pub(super) refunds: u32,
    pub(super) refunded: Vec<Money>,
    pub(super) cancelled: u32,
}

impl Stated {
    pub(super) fn new(purchase: &Purchase, corrections: &[Standing], first: Moment) -> Self {
        let lines = purchase.lines.iter().take(MAX_ORDER_LINES).map(|line| {
            let said = Standing::of_line(corrections, &purchase.order, &line.product);
            StatedLine::new(line, line.gift || said == Some(Correction::Gift))
        });
        let coupon = purchase.coupon.as_deref().and_then(short);
        // Only a till, or the retailer's own file, can say that it was paid there.
        let of_till = matches!(first.source, Source::Till | Source::Import);
        let store = purchase.store.clone().filter(|_| of_till);
        let in_shop = store.map(|store| InShop { store, at: first.at });
        Self { first, updated: None, lines: lines.collect(), total: purchase.total, coupon, in_shop }
    }
}

/// Gifts stay gifts when the order is told again by who does not say so.
pub(super) fn keep_gifts(known: &[StatedLine], now: &mut [StatedLine]) {
    lists::touched(known.len());
    let gifts: BTreeSet<&ProductId> =
        known.iter().filter(|line| line.gift).map(|line| &line.product).collect();
    for line in now {
        line.gift |= gifts.contains(&line.product);
    }
}

impl StatedLine {
    fn new(line: &Line, gift: bool) -> Self {
        let text = |text: &Option<String>| text.as_deref().and_then(short);
        Self {
            product: line.product.clone(),
            name: text(&line.name),
            size: text(&line.size),
            quantity: line.quantity.unwrap_or(1),
            price: line.price,
            brand: text(&line.brand),
            category: text(&line.category),
            gift,
        }
    }

    fn value(&self) -> Option<Money> {
        self.price.map(|price| times(price, self.quantity))
    }

    /// What so many pieces of it, bought for oneself, speak for.
    fn subjects(&self) -> impl Iterator<Item = Subject> {
        let product = Subject::Product(self.product.clone());
        let size = self.category.clone().zip(self.size.clone());
        let size = size.map(|(of, size)| Subject::Size { of, size });
        std::iter::once(product).chain(size).chain(self.brand.clone().map(Subject::Brand))
    }
}

impl OpenOrder {
    pub(super) const fn new(id: OrderId) -> Self {
        Self {
            id,
            stated: None,
            returned: Vec::new(),
            refunds: 0,
            refund_numbers: Vec::new(),
            refunded: Vec::new(),
            cancelled: false,
            disowned: false,
            heard_of: false,
        }
    }

    /// Whether somebody who is believed says what it is, or that it is somebody else's.
    pub(super) fn is_vouched(&self) -> bool {
        let stated = self.stated.as_ref();
        stated.map_or(self.disowned && self.heard_of, |stated| stated.first.source.is_vouched())
    }

    /// Whether a page says what it is.
    pub(super) fn is_pages_word(&self) -> bool {
        self.stated.is_some() && !self.is_vouched()
    }

    /// Whether nobody but pages spoke of it.
    pub(super) const fn is_only_pages(&self) -> bool {
        !self.heard_of
    }

    /// A source is about to speak of it. The first that is believed makes what pages changed undone.
    pub(super) fn heard(&mut self, source: Source) {
        if source.is_vouched() && !self.heard_of {
            self.heard_of = true;
            (self.cancelled, self.disowned, self.refunds) = (false, false, 0);
            self.returned.clear();
            self.refund_numbers.clear();
            self.refunded.clear();
        }
    }

    /// Whether the source may give it back or cancel it.
    pub(super) const fn takes_changes_by(&self, source: Source) -> bool {
        source.is_vouched() || !self.heard_of
    }

    pub(super) fn lines(&self) -> &[StatedLine] {
        self.stated.as_ref().map_or(&[], |stated| &stated.lines)
    }

    /// Takes the statement when it is the first; gives it back beside the known one otherwise.
    pub(super) fn known_or(&mut self, told: Stated) -> Option<(&mut Stated, Stated)> {
        self.disowned = false;
        match &mut self.stated {
            Some(known) => Some((known, told)),
            none => {
                *none = Some(told);
                None
            }
        }
    }

    /// The order as it counts; `None` when nothing is known of it, it was cancelled, or it was somebody else's.
    fn counted(&self) -> Option<&Stated> {
        self.stated.as_ref().filter(|_| !self.cancelled && !self.disowned)
    }

    /// What it counts for. What only pages say is shown, and counts for nothing, as do refunds of it.
    pub(super) fn effect(&self) -> Effect {
        if self.disowned || self.is_only_pages() {
            return Effect::default();
        }
        if self.cancelled {
            return Effect { cancelled: 1, ..Effect::default() };
        }
        let mut effect = Effect::default();
        // What was given back of what nobody knows waits for the order: then it is at most what that cost.
        if let Some(stated) = self.counted().filter(|stated| stated.first.source.is_vouched()) {
            effect.subjects.insert(Subject::Orders);
            (effect.spend, effect.refunds, effect.refunded) = (self.paid(), self.refunds, self.paid_back());
            for (line, kept) in stated.lines.iter().zip(self.kept()) {
                effect.pieces = effect.pieces.saturating_add(u64::from(kept));
                if kept > 0 && !line.gift {
                    effect.subjects.extend(line.subjects());
                }
            }
        }
        effect
    }

    /// The order as it is shown.
    pub(super) fn shown(&self) -> Option<(Order, OrderDetail)> {
        let stated = self.counted()?;
        let kept = self.kept();
        let lines = stated.lines.iter().zip(&kept).map(|(line, kept)| OrderLine {
            product: line.product.clone(),
            name: line.name.clone(),
            size: line.size.clone(),
            quantity: *kept,
        });
        let Moment { at, source } = stated.first;
        let order = Order { id: self.id.clone(), at, source, lines: lines.collect() };
        let lines = stated.lines.iter().zip(&kept).map(|(line, kept)| LineDetail {
            price: line.price,
            returned: line.quantity.saturating_sub(*kept),
            gift: line.gift,
        });
        let detail = OrderDetail {
            order: self.id.clone(),
            total: stated.total,
            refunded: self.paid_back(),
            coupon: stated.coupon.clone(),
            updated: stated.updated,
            lines: lines.collect(),
            in_shop: stated.in_shop.clone(),
        };
        Some((order, detail))
    }

    /// The pieces of each line that were not given back.
    fn kept(&self) -> Vec<u32> {
        let lines = self.lines();
        lists::touched(lines.len() * self.returned.len().max(1));
        let mut kept: Vec<u32> = lines.iter().map(|line| line.quantity).collect();
        for returned in &self.returned {
            let mut back = returned.quantity.unwrap_or(u32::MAX);
            for (_, kept) in lines.iter().zip(&mut kept).filter(|(line, _)| returned.is_of(line)) {
                let taken = back.min(*kept);
                *kept -= taken;
                // All of it is all of each line.
                back = returned.quantity.map_or(back, |_| back - taken);
            }
        }
        kept
    }

    /// Whether a refund was not told before, as far as it has a number; it is remembered.
    pub(super) fn is_new(&mut self, refund: &Refund<'_>) -> bool {
        let Some(number) = refund.number.and_then(short) else { return true };
        lists::touched(self.refund_numbers.len());
        let known = self.refund_numbers.contains(&number);
        if !known && self.refund_numbers.len() < MAX_REFUNDS {
            self.refund_numbers.push(number);
        }
        !known
    }

    /// Something was given back; no lines mean all of it. What pages say of prices is no ground for what somebody else paid
    /// back.
    pub(super) fn refund(&mut self, refund: &Refund<'_>, source: Source) {
        let Refund { lines, amount, .. } = *refund;
        let before = self.kept();
        let prices_hold = self.is_vouched() || !source.is_vouched();
        for line in lines.iter().take(MAX_ORDER_LINES) {
            self.give_back(line);
        }
        let paid_back = if lines.is_empty() {
            self.returned = vec![Returned { product: None, size: None, quantity: None }];
            amount.or_else(|| self.not_paid_back().filter(|_| prices_hold))
        } else {
            amount.or_else(|| self.price_of(&before).filter(|_| prices_hold))
        };
        self.refunds = self.refunds.saturating_add(1);
        if let Some(amount) = paid_back {
            lists::add_money(&mut self.refunded, amount, Profile::MAX_CURRENCIES);
        }
    }

    fn give_back(&mut self, line: &Line) {
        let size = line.size.as_deref().and_then(short);
        let same = |known: &Returned| known.product.as_ref() == Some(&line.product) && known.size == size;
        if let Some(known) = self.returned.iter_mut().find(|known| same(known)) {
            known.quantity = known.quantity.zip(line.quantity).map(|(a, b)| a.saturating_add(b));
        } else if self.returned.len() < MAX_ORDER_LINES {
            let product = Some(line.product.clone());
            self.returned.push(Returned { product, size, quantity: line.quantity });
        }
    }

    /// What was paid, as far as it is known; some lines are discounts, and nobody is paid for buying.
    fn paid(&self) -> Option<Money> {
        let stated = self.stated.as_ref()?;
        let paid = stated.total.or_else(|| sum(&stated.lines))?;
        Some(Money { minor: paid.minor.max(0), ..paid })
    }

    /// What was paid back, by currency: never more than was paid, by whoever is believed as much.
    fn paid_back(&self) -> Vec<Money> {
        let paid = self.paid().filter(|_| self.is_vouched() || self.is_only_pages());
        let capped = self.refunded.iter().map(|back| match paid {
            Some(paid) if paid.currency == back.currency => {
                Money { minor: back.minor.min(paid.minor), ..*back }
            }
            _ => *back,
        });
        capped.filter(|back| back.minor != 0).collect()
    }

    /// What is left to be paid back, when it is of one currency.
    fn not_paid_back(&self) -> Option<Money> {
        let paid = self.paid()?;
        let back = self.refunded.iter().find(|sum| sum.currency == paid.currency);
        Some(Money { minor: paid.minor.saturating_sub(back.map_or(0, |sum| sum.minor)).max(0), ..paid })
    }

    /// The price of what was kept `before` and is not any more, when all prices are known and of one currency.
    fn price_of(&self, before: &[u32]) -> Option<Money> {
        let changes = self.lines().iter().zip(before).zip(self.kept());
        let back = changes.filter(|((_, before), kept)| **before > *kept);
        let mut prices =
            back.map(|((line, before), kept)| line.price.map(|price| times(price, before - kept)));
        let first = prices.next()??;
        prices.try_fold(first, |sum, price| sum.checked_add(price?))
    }
}

impl Returned {
    fn is_of(&self, line: &StatedLine) -> bool {
        self.product.as_ref().is_none_or(|product| *product == line.product)
            && (self.size.is_none() || self.size == line.size)
    }
}

/// The price of all lines, when each is known and of one currency.
fn sum(lines: &[StatedLine]) -> Option<Money> {
    let mut values = lines.iter().map(StatedLine::value);
    let first = values.next()??;
    values.try_fold(first, |sum, value| sum.checked_add(value?))
}

const fn times(price: Money, pieces: u32) -> Money {
    Money { minor: price.minor.saturating_mul(pieces as i64), ..price }
}
