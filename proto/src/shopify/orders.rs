//! Orders, checkouts and carts.

use serde_json::Value;
use shopbell_domain::{
    event::{Action, Line, Origin, Purchase, ServiceKind, ServiceStep, ServiceTold},
    id::{ServiceId, StoreId},
    identity,
    inbox::Failure,
    money::{Currency, Money},
};

use super::{Meaning, Reason, Topic, Webhook, people, values};
use crate::segment::fields::Fields;

const LONGEST_CODE: usize = 100;
const LONGEST_STEP: usize = 20;

/// Whether it was only tried out.
fn is_test(order: &Fields<'_>) -> bool {
    matches!(order.value(&["test"]), Some((_, Value::Bool(true))))
}

fn currency(order: &Fields<'_>, webhook: &Webhook<'_>) -> Result<Option<Currency>, Failure> {
    Ok(values::currency(order, "currency")?.or(webhook.reading.currency))
}

/// At the till or in the web shop; and at whose till, when its location is one of our shops.
fn place(order: &Fields<'_>, webhook: &Webhook<'_>) -> (Origin, Option<StoreId>) {
    let source = order.text(&["source_name"], 40);
    if !source.is_some_and(|source| source.eq_ignore_ascii_case("pos")) {
        return (Origin::Web, None);
    }
    let location = values::id(order, "location_id").ok();
    let store = location.and_then(|location| webhook.reading.locations.get(&location).cloned());
    (Origin::Till, store)
}

/// `orders/create`, `orders/paid`: the order was made, whichever of them comes first; `orders/updated`: it is now this. Refunds
/// are told apart, so that lines and total are those before them.
pub(super) fn order(webhook: &Webhook<'_>) -> Result<Meaning, Failure> {
    let payload = &webhook.payload;
    let order = values::order_id(payload, "id")?;
    if is_test(payload) {
        return Ok(Meaning::Nothing);
    }
    let currency = currency(payload, webhook)?;
    let (origin, store) = place(payload, webhook);
    let mut lines = values::lines(payload, "line_items", webhook.reading, currency)?;
    let all_gifts = values::says_gift(payload, "note_attributes");
    for line in &mut lines {
        line.gift |= all_gifts;
    }
    let purchase = Purchase {
        order,
        lines,
        total: values::amount(payload, &[("total_price_set", "total_price")], currency)?,
        coupon: coupon(payload),
        store,
    };
    let updated = webhook.topic == Topic::OrderUpdated;
    let times: &[&'static str] =
        if updated { &["updated_at", "created_at"] } else { &["processed_at", "created_at"] };
    let at = values::time(payload, times)?.unwrap_or(webhook.message.received);
    let action = if updated { Action::OrderUpdated(purchase) } else { Action::OrderPlaced(purchase) };
    webhook.event(at, people::buyer(payload), origin, action)
}

fn coupon(payload: &Fields<'_>) -> Option<String> {
    let (_, codes) = payload.value(&["discount_codes"])?;
    let first = codes.as_array()?.first()?.as_object()?;
    Fields::new(first, "").text(&["code"], LONGEST_CODE)
}

/// `orders/cancelled`.
pub(super) fn cancelled(webhook: &Webhook<'_>) -> Result<Meaning, Failure> {
    let payload = &webhook.payload;
    let order = values::order_id(payload, "id")?;
    if is_test(payload) {
        return Ok(Meaning::Nothing);
    }
    let at = values::time(payload, &["cancelled_at", "updated_at"])?.unwrap_or(webhook.message.received);
    let (origin, _) = place(payload, webhook);
    webhook.event(at, people::buyer(payload), origin, Action::OrderCancelled { order })
}

/// One refund of an order, as the door made it of the order.
pub(super) fn refund(webhook: &Webhook<'_>) -> Result<Meaning, Failure> {
    let (refund, about) = (webhook.payload.child("refund"), webhook.payload.child("order"));
    let order = values::order_id(&webhook.payload, "order_id")?;
    if is_test(&about) {
        return Ok(Meaning::Nothing);
    }
    let currency = currency(&about, webhook)?;
    let mut lines = returned(&refund, webhook, currency)?;
    if lines.is_empty() {
        // Money alone came back. Without any line the whole order would count as given back, so: none of its first.
        let first = values::lines(&about, "line_items", webhook.reading, currency)?.into_iter().next();
        let Some(first) = first else { return Ok(Meaning::Nothing) };
        lines.push(Line { quantity: Some(0), ..first });
    }
    let amount = paid_back(&refund, currency)?;
    let at = values::time(&refund, &["processed_at", "created_at"])?.unwrap_or(webhook.message.received);
    let (origin, _) = place(&about, webhook);
    let number = values::id(&refund, "id").ok();
    let action = Action::OrderRefunded { order, refund: number, lines, amount };
    webhook.event(at, people::buyer(&about), origin, action)
}

/// A step of a pick-up, as the door made it of the order: only in a shop of ours, since elsewhere nobody waits for the customer.
pub(super) fn pick_up(webhook: &Webhook<'_>) -> Result<Meaning, Failure> {
    let (parcel, about) = (webhook.payload.child("fulfillment"), webhook.payload.child("order"));
    let order = values::order_id(&webhook.payload, "order_id")?;
    let number = values::id(&parcel, "id")?;
    let service = ServiceId::new(number).map_err(|_| Reason::InvalidId.at(parcel.at("id")))?;
    let location = values::id(&parcel, "location_id").ok();
    let store = location.and_then(|location| webhook.reading.locations.get(&location).cloned());
    let Some(store) = store.filter(|_| !is_test(&about)) else { return Ok(Meaning::Nothing) };
    let step = match webhook.payload.text(&["step"], LONGEST_STEP).as_deref() {
        Some("ready") => ServiceStep::Ready,
        Some("done") => ServiceStep::Done,
        Some("cancelled") => ServiceStep::Cancelled,
        _ => return Ok(Meaning::Nothing),
    };
    let lines = values::lines(&parcel, "line_items", webhook.reading, currency(&about, webhook)?)?;
    let at = values::time(&parcel, &["updated_at", "created_at"])?.unwrap_or(webhook.message.received);
    let told = ServiceTold {
        service,
        kind: ServiceKind::PickUp,
        step,
        store: Some(store),
        until: None,
        order: Some(order),
        lines,
    };
    webhook.event(at, people::buyer(&about), Origin::Web, Action::Service(told))
}

fn returned(
    refund: &Fields<'_>,
    webhook: &Webhook<'_>,
    currency: Option<Currency>,
) -> Result<Vec<Line>, Failure> {
    const KEY: &str = "refund_line_items";
    let listed = match refund.value(&[KEY]) {
        None => return Ok(Vec::new()),
        Some((_, Value::Array(listed))) => listed,
        Some(_) => return Err(Reason::InvalidLines.at(refund.at(KEY))),
    };
    let mut lines = Vec::with_capacity(listed.len());
    for (place, one) in listed.iter().enumerate() {
        let path = format!("{}[{place}]", refund.at(KEY));
        let Value::Object(object) = one else { return Err(Reason::InvalidLines.at(path)) };
        let fields = Fields::new(object, path);
        if let Some(line) = values::line(&fields.child("line_item"), webhook.reading, currency)? {
            let quantity = values::quantity(&fields, "quantity")?;
            lines.push(Line { quantity: quantity.or(Some(1)), ..line });
        }
    }
    Ok(lines)
}

/// What was really paid back. An amount that is not in the shop's currency is not known.
fn paid_back(refund: &Fields<'_>, shop: Option<Currency>) -> Result<Option<Money>, Failure> {
    const KEY: &str = "transactions";
    let Some((_, Value::Array(transactions))) = refund.value(&[KEY]) else { return Ok(None) };
    let mut sum: Option<Money> = shop.map(|currency| Money { minor: 0, currency });
    for (place, one) in transactions.iter().enumerate() {
        let path = format!("{}[{place}]", refund.at(KEY));
        let Value::Object(object) = one else { return Err(Reason::InvalidLines.at(path)) };
        let fields = Fields::new(object, path);
        let is = |key, expected: &str| fields.text(&[key], 40).is_none_or(|text| text == expected);
        if !is("kind", "refund") || !is("status", "success") {
            continue;
        }
        let own = values::currency(&fields, "currency")?.or(shop);
        let amount = values::amount(&fields, &[("amount_set", "amount")], own)?;
        sum = sum.zip(amount).and_then(|(sum, amount)| sum.checked_add(amount));
    }
    Ok(sum)
}

/// `checkouts/create`, `checkouts/update`: the checkout was begun with these lines. One that ended is told by its order.
pub(super) fn checkout(webhook: &Webhook<'_>) -> Result<Meaning, Failure> {
    let payload = &webhook.payload;
    if payload.value(&["completed_at"]).is_some() {
        return Ok(Meaning::Nothing);
    }
    let currency = currency(payload, webhook)?;
    let lines = values::lines(payload, "line_items", webhook.reading, currency)?;
    let at = values::time(payload, &["updated_at", "created_at"])?.unwrap_or(webhook.message.received);
    let mut who = people::buyer(payload);
    who.extend(people::cart(payload, "cart_token"));
    webhook.event(at, identity::who(who), Origin::Web, Action::CheckoutStarted(lines))
}

/// `carts/create`, `carts/update`: the cart is now this. Whose it is, the checkout tells.
pub(super) fn cart(webhook: &Webhook<'_>) -> Result<Meaning, Failure> {
    let payload = &webhook.payload;
    let lines = values::lines(payload, "line_items", webhook.reading, currency(payload, webhook)?)?;
    let at = values::time(payload, &["updated_at", "created_at"])?.unwrap_or(webhook.message.received);
    let mut who = people::buyer(payload);
    who.extend(people::cart(payload, "token"));
    webhook.event(at, identity::who(who), Origin::Web, Action::CartIs(lines))
}
