//! What the texts of one starter may speak of, and how it comes to the messages.

use fluent_bundle::FluentArgs;
use shopbell_domain::{
    event::ServiceKind,
    money::Money,
    starter::GladDay,
    time::{Day, Timestamp},
};
use time::Date;

use super::{Near, Phrases, Speech, calendar::of_day, price::price};

/// What the texts of one starter may speak of. What a text does not need stays empty.
#[derive(Debug, Clone, Default)]
pub struct Terms {
    /// Name of the product.
    pub product: Option<String>,
    /// Its size.
    pub size: Option<String>,
    /// The size that was put on a list, where one was chosen.
    pub wished: Option<String>,
    /// Name of what it goes with.
    pub with: Option<String>,
    /// How many people have both.
    pub people: u32,
    /// Pieces in this shop.
    pub here: u32,
    /// Since when.
    pub here_since: Option<Timestamp>,
    /// Pieces in the cart.
    pub quantity: u32,
    /// Number of purchases.
    pub times: u32,
    /// Typical days between purchases.
    pub days: u32,
    /// The date that matters.
    pub date: Option<Timestamp>,
    /// Whether only a page says so, which may be anybody.
    pub by_page: bool,
    /// What a piece costs now.
    pub price: Option<Money>,
    /// What it cost then.
    pub price_then: Option<Money>,
    /// On which list it is, or where else something is known from.
    pub part: Part,
    /// What the shop waits for.
    pub service: Option<ServiceKind>,
    /// Number of what it waits for, of a campaign, of anything that has one.
    pub number: Option<String>,
    /// How long.
    pub until: Option<Timestamp>,
    /// When something falls due.
    pub due: Option<Timestamp>,
    /// A day of the calendar that was told.
    pub day: Option<Day>,
    /// Its name: `birthday`, or as it was told.
    pub occasion: Option<String>,
    /// A category of products.
    pub category: Option<String>,
}

/// Of which part of the profile a text speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Part {
    /// The wish list.
    #[default]
    Wishes,
    /// The cart.
    Cart,
    /// What was bought.
    Purchases,
    /// What the customer looks for in the web shop.
    Interests,
}

impl Part {
    /// As the messages call it.
    const fn name(self) -> &'static str {
        match self {
            Self::Wishes => "wishes",
            Self::Cart => "cart",
            Self::Purchases => "purchases",
            Self::Interests => "interests",
        }
    }
}

const fn service(kind: Option<ServiceKind>) -> &'static str {
    match kind {
        Some(ServiceKind::PickUp) | None => "pick-up",
        Some(ServiceKind::Return) => "return",
        Some(ServiceKind::Repair) => "repair",
    }
}

/// The arguments of a message. The messages' heads tell what each is.
pub(super) fn args<'a>(phrases: &Phrases, speech: &Speech, terms: &Terms) -> FluentArgs<'a> {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "none".to_owned());
    let money = |money: Option<Money>| money.map(|money| price(speech.language, money)).unwrap_or_default();
    let day = |at: Timestamp| speech.calendar.day(at);
    let dated = |key: &str, at: Option<Timestamp>| {
        at.map_or_else(|| "none".to_owned(), |at| phrases.day(speech, key, day(at)))
    };
    let mut args = FluentArgs::new();
    args.set("address", speech.address.word());
    args.set("product", text(&terms.product));
    args.set("size", or_none(&terms.size));
    args.set("wished", or_none(&terms.wished));
    args.set("with", text(&terms.with));
    args.set("people", terms.people);
    args.set("here", terms.here);
    args.set("arrived", dated("on", terms.here_since));
    args.set("quantity", terms.quantity);
    args.set("times", terms.times);
    args.set("days", terms.days);
    args.set("on", dated("on", terms.date));
    args.set("since", dated("since", terms.date));
    args.set("by", if terms.by_page { "page" } else { "known" });
    args.set("price", money(terms.price));
    args.set("then", money(terms.price_then));
    args.set("part", terms.part.name());
    args.set("service", service(terms.service));
    args.set("number", text(&terms.number));
    // What ends as a day begins, ends with the day before.
    let ends = terms.until.map(|until| until - std::time::Duration::from_millis(1));
    args.set("until", dated("until", ends));
    args.set("due", dated("on", terms.due));
    let overdue = terms.due.is_some_and(|due| day(due) < speech.calendar.today());
    args.set("overdue", if overdue { "yes" } else { "no" });
    let told = terms.day.and_then(of_day);
    args.set("day", told.map(|day| phrases.day(speech, "on", day)).unwrap_or_default());
    let occasion = match terms.occasion.as_deref().and_then(GladDay::of) {
        Some(GladDay::Birthday) => "birthday",
        Some(GladDay::Wedding) => "wedding",
        Some(GladDay::Other) | None => "other",
    };
    args.set("occasion", occasion);
    args.set("category", text(&terms.category));
    args
}

/// The arguments of the messages that make a date.
pub(super) fn date_args<'a>(speech: &Speech, day: Date) -> FluentArgs<'a> {
    let mut args = FluentArgs::new();
    let near: Near = speech.calendar.near(day);
    args.set("near", near.name());
    args.set("day", day.day());
    args.set("month", u8::from(day.month()));
    args.set("year", if day.year() == speech.calendar.today().year() { 0 } else { day.year() });
    args
}
