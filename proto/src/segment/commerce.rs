//! The names of Segment's e-commerce spec (version 2, and version 1 where it has another), and a few of our own.
//!
//! A name is known by its letters and digits alone: `Product Viewed`, `product_viewed` and `productViewed` are one name.
//! Version 1 puts the verb first; so does everybody now and then, so both orders are known for all.
//!
//! Our own, where the spec has none: `Product Customized`, `Design Saved`, `Preference Updated`; and what waits in a shop
//! ([`service`]).
//!
//! Facts: segment-docs, `src/connections/spec/ecommerce/v2.md` and `index.md` (version 1).

use std::collections::BTreeMap;

use serde_json::Value;
use shopbell_domain::{
    event::{Action, CouponStep},
    inbox::Failure,
    redacted::Redacted,
};

use super::{
    Reading, decimal,
    failure::Reason,
    fields::{self, Fields},
    item::LONGEST_NAME,
    lines::Properties,
    service, traits,
};

const LONGEST_QUERY: usize = 500;
const LONGEST_ID: usize = 100;
const MOST_CHOICES: usize = 50;

/// The letters and digits of a name, in lower case.
pub(super) fn letters(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Whether it tells of sharing something: what stands beside the recipient may be a friend's.
pub(super) fn is_share(item: &Fields<'_>) -> bool {
    let name = item.text(&["event"], LONGEST_NAME).unwrap_or_default();
    matches!(letters(&name).as_str(), "productshared" | "sharedproduct" | "cartshared" | "sharedcart")
}

/// What a track call of this name means. A name that is not known is kept as it is.
pub(super) fn action(name: String, item: &Fields<'_>, reading: &Reading) -> Result<Action, Failure> {
    let letters = letters(&name);
    if let Some((kind, step)) = service::standing(&letters) {
        return service::read(kind, step, &Properties::of(item, reading)?);
    }
    let Some(read) = browsing(&letters).or_else(|| buying(&letters)).or_else(|| telling(&letters)) else {
        return Ok(other(name, item, "properties"));
    };
    let action = read(&Properties::of(item, reading)?)?;
    Ok(action.unwrap_or_else(|| other(name, item, "properties")))
}

/// A kind without a meaning here, with all that one of its fields tells.
pub(super) fn other(name: String, item: &Fields<'_>, field: &'static str) -> Action {
    let told = match item.value(&[field]) {
        Some((_, Value::Object(told))) if told.is_empty() => None,
        Some((_, told)) => Some(Redacted::new(told.to_string())),
        None => None,
    };
    Action::Other { name, told }
}

/// Reads the properties of one kind of event; `None` when they say nothing that could be used, and nothing is wrong.
type Read = fn(&Properties<'_>) -> Result<Option<Action>, Failure>;

fn browsing(letters: &str) -> Option<Read> {
    Some(match letters {
        "productssearched" | "searchedproducts" | "productsearched" | "searchedproduct" => searched,
        "productlistviewed"
        | "viewedproductlist"
        | "productcategoryviewed"
        | "viewedproductcategory"
        | "productlistfiltered"
        | "filteredproductlist" => |event| {
            let category = event.fields.text(&["category"], LONGEST_NAME);
            Ok(Some(Action::ListViewed { category }))
        },
        "productviewed" | "viewedproduct" | "productclicked" | "clickedproduct" => {
            |event| Ok(Some(Action::ProductViewed(event.line()?)))
        }
        "productshared" | "sharedproduct" => |event| Ok(Some(Action::ProductShared(event.line()?))),
        "productaddedtowishlist" | "addedproducttowishlist" | "addedtowishlistproduct" => {
            |event| Ok(Some(Action::WishAdded(event.line()?)))
        }
        "productremovedfromwishlist" | "removedproductfromwishlist" | "removedfromwishlistproduct" => {
            |event| Ok(Some(Action::WishRemoved(event.line()?)))
        }
        "wishlistproductaddedtocart"
        | "addedwishlistproducttocart"
        | "addedtocartwishlistproduct"
        | "productaddedtocartfromwishlist"
        | "productaddedfromwishlisttocart" => |event| Ok(Some(Action::WishToCart(event.line()?))),
        _ => return None,
    })
}

fn buying(letters: &str) -> Option<Read> {
    Some(match letters {
        "productadded" | "addedproduct" => |event| Ok(Some(Action::CartAdded(event.line()?))),
        "productremoved" | "removedproduct" => |event| Ok(Some(Action::CartRemoved(event.line()?))),
        "cartviewed" | "viewedcart" => cart,
        "checkoutstarted" | "startedcheckout" | "orderstarted" | "startedorder" => {
            |event| Ok(Some(Action::CheckoutStarted(event.lines()?)))
        }
        "checkoutstepviewed"
        | "viewedcheckoutstep"
        | "checkoutstepcompleted"
        | "completedcheckoutstep"
        | "paymentinfoentered"
        | "enteredpaymentinfo" => |event| {
            let step = event.fields.value(&["step"]).and_then(|(_, step)| decimal::whole(step));
            Ok(Some(Action::CheckoutStep { step: step.and_then(|step| u32::try_from(step).ok()) }))
        },
        "ordercompleted" | "completedorder" => |event| Ok(Some(Action::OrderPlaced(event.purchase()?))),
        "orderupdated" | "updatedorder" => |event| Ok(Some(Action::OrderUpdated(event.purchase()?))),
        "orderrefunded" | "refundedorder" => |event| {
            let (order, lines, amount) = (event.order()?, event.lines()?, event.paid_back()?);
            let refund = event.fields.text(&["refund_id", "refundId"], LONGEST_ID);
            Ok(Some(Action::OrderRefunded { order, refund, lines, amount }))
        },
        "ordercancelled" | "cancelledorder" | "ordercanceled" | "canceledorder" => {
            |event| Ok(Some(Action::OrderCancelled { order: event.order()? }))
        }
        "couponentered" | "enteredcoupon" => |event| coupon(event, CouponStep::Entered),
        "couponapplied" | "appliedcoupon" => |event| coupon(event, CouponStep::Applied),
        "coupondenied" | "deniedcoupon" => |event| coupon(event, CouponStep::Denied),
        "couponremoved" | "removedcoupon" => |event| coupon(event, CouponStep::Removed),
        _ => return None,
    })
}

fn telling(letters: &str) -> Option<Read> {
    Some(match letters {
        "productreviewed" | "reviewedproduct" => reviewed,
        "productcustomized" | "customizedproduct" | "productcustomised" | "customisedproduct"
        | "designsaved" | "saveddesign" => designed,
        "preferenceupdated" | "updatedpreference" => preferred,
        _ => return None,
    })
}

fn searched(event: &Properties<'_>) -> Result<Option<Action>, Failure> {
    let missing = || Reason::MissingQuery.at(event.fields.at("query"));
    let (_, value) = event.fields.value(&["query"]).ok_or_else(missing)?;
    let text = match value {
        // The spec allows an object: it is kept as it is written.
        Value::Object(_) => Some(value.to_string()),
        _ => fields::plain(value),
    };
    let query = text.and_then(|text| fields::clean(&text, LONGEST_QUERY)).ok_or_else(missing)?;
    Ok(Some(Action::Searched { query: Redacted::new(query) }))
}

/// A cart is only as full as it is told; of one that lists nothing, not even an empty list, nothing is known.
fn cart(event: &Properties<'_>) -> Result<Option<Action>, Failure> {
    if event.fields.value(&["products"]).is_none() {
        return Ok(None);
    }
    Ok(Some(Action::CartIs(event.lines()?)))
}

fn coupon(event: &Properties<'_>, step: CouponStep) -> Result<Option<Action>, Failure> {
    let code = event.coupon().ok_or_else(|| Reason::MissingCoupon.at(event.fields.at("coupon_id")))?;
    Ok(Some(Action::Coupon { code, step }))
}

fn reviewed(event: &Properties<'_>) -> Result<Option<Action>, Failure> {
    const HIGHEST: u8 = 50;
    let product = event.product()?;
    let rating_tenths = match event.fields.value(&["rating"]) {
        None => None,
        Some((key, value)) => {
            let tenths = decimal::scaled(value, 1).and_then(|tenths| u8::try_from(tenths).ok());
            let rating = tenths.filter(|tenths| *tenths <= HIGHEST);
            Some(rating.ok_or_else(|| Reason::InvalidRating.at(event.fields.at(key)))?)
        }
    };
    Ok(Some(Action::Reviewed { product, rating_tenths }))
}

fn designed(event: &Properties<'_>) -> Result<Option<Action>, Failure> {
    let product = event.product()?;
    let design = event.fields.text(&["design_id", "designId"], LONGEST_ID);
    let design = design.ok_or_else(|| Reason::MissingDesignId.at(event.fields.at("design_id")))?;
    let told = event.fields.demand("choices", Reason::InvalidChoices)?;
    let mut choices = BTreeMap::new();
    for (name, value) in told.iter().filter(|(_, value)| !value.is_null()) {
        let choice = fields::clean(name, LONGEST_ID).zip(traits::one_text(value));
        let (name, value) = choice
            .filter(|_| choices.len() < MOST_CHOICES)
            .ok_or_else(|| Reason::InvalidChoices.at(event.fields.at("choices")))?;
        choices.insert(name, value);
    }
    Ok(Some(Action::Designed { product, design, choices }))
}

/// `{name: "colour", value: "green"}`; a size also says of what, a brand is a preference of its own.
fn preferred(event: &Properties<'_>) -> Result<Option<Action>, Failure> {
    const VALUE: &str = "value";
    let missing = || Reason::MissingPreference.at(event.fields.at("name"));
    let invalid = || Reason::InvalidPreference.at(event.fields.at(VALUE));
    let name = event.fields.text(&["name", "preference"], LONGEST_ID).ok_or_else(missing)?;
    if !event.fields.has(VALUE) {
        return Err(invalid());
    }
    let value = match event.fields.value(&[VALUE]) {
        None => None,
        Some((_, value)) => Some(traits::one_text(value).ok_or_else(invalid)?),
    };
    let of = event.fields.text(&["of"], LONGEST_ID);
    let name = match (letters(&name).as_str(), of, &value) {
        ("size", Some(of), _) => traits::named("size:", &of),
        ("size", None, _) => return Err(Reason::MissingPreference.at(event.fields.at("of"))),
        ("brand", _, Some(brand)) => traits::named("brand:", brand),
        ("brand", Some(of), None) => traits::named("brand:", &of),
        _ => traits::named("", &name),
    };
    Ok(Some(Action::Preferred { name: name.ok_or_else(missing)?, value }))
}
