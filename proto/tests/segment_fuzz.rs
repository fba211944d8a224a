//! Hostile bodies: one million inputs, well formed and damaged, in every test run; each within microseconds, since what is
//! read is bounded.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may fail by panicking"
)]

use bolero::{TypeGenerator, check};
use shopbell_domain::{
    id::{MessageId, SourceId},
    time::Timestamp,
};
use shopbell_proto::segment::{Call, Kind, Limits, Reading, envelope, event};

/// Of each of the two tests, which run side by side.
const INPUTS: usize = 500_000;
const RECEIVED: Timestamp = Timestamp::from_secs(1_795_183_200);
/// Stands in the values of inputs, and must never stand in an error.
const SECRET: &str = "Xq7Zw";

const KEYS: [&str; 48] = [
    "type",
    "event",
    "userId",
    "anonymousId",
    "properties",
    "traits",
    "context",
    "batch",
    "messageId",
    "timestamp",
    "sentAt",
    "originalTimestamp",
    "product_id",
    "sku",
    "products",
    "price",
    "quantity",
    "currency",
    "order_id",
    "total",
    "revenue",
    "tax",
    "query",
    "coupon_id",
    "rating",
    "design_id",
    "choices",
    "name",
    "value",
    "of",
    "email",
    "phone",
    "externalIds",
    "id",
    "collection",
    "sizes",
    "brands",
    "preferences",
    "language",
    "previousId",
    "category",
    "variant",
    "step",
    "shipping",
    "gpc",
    "integrations",
    "writeKey",
    "Xq7Zw",
];

const TEXTS: [&str; 40] = [
    "Product Viewed",
    "Product Added",
    "Cart Viewed",
    "Order Completed",
    "Order Refunded",
    "Coupon Applied",
    "Product Reviewed",
    "Design Saved",
    "Preference Updated",
    "Products Searched",
    "Product Added to Wishlist",
    "Xq7Zw Event",
    "track",
    "identify",
    "alias",
    "page",
    "2026-11-20T13:59:00Z",
    "2026-11-20T13:59:00+25:99",
    "0001-01-01",
    "99999999999999999999",
    "19.99",
    "19,99 Xq7Zw",
    "-0.005",
    "EUR",
    "KWD",
    "JPY",
    "Xq7ZwEURO",
    "p-1",
    "Xq7Zw p 1",
    "c-1001",
    "Xq7Zw@shop.example",
    "+33612345678",
    "users",
    "email",
    "size",
    "brand",
    "",
    "\\u202e\\u0000é👟",
    "Xq7Zw\\u0007",
    "null",
];

const OTHERS: [&str; 20] = [
    "null",
    "true",
    "false",
    "0",
    "-1",
    "1",
    "2.5",
    "19.99",
    "1e300",
    "-1e-300",
    "9223372036854775807",
    "18446744073709551616",
    "1795182600000",
    "{}",
    "[]",
    "[null]",
    "[[[[[[]]]]]]",
    "{\"\":{}}",
    "5e-324",
    "38",
];

/// What an input is made from: choices for a writer of JSON, and damage to the outcome.
#[derive(Debug, TypeGenerator)]
struct Input {
    choices: [u8; 24],
    damage: Option<[(u8, u8); 2]>,
    keep: u8,
}

/// Writes JSON as the choices say; when they run out it closes everything.
struct Writer<'a> {
    choices: std::slice::Iter<'a, u8>,
    out: &'a mut String,
}

impl Writer<'_> {
    fn choose(&mut self) -> usize {
        self.choices.next().copied().map_or(0, usize::from)
    }

    fn value(&mut self, levels: usize) {
        match self.choose() {
            choice if choice < 56 && levels > 0 => self.object(levels - 1),
            choice if choice < 80 && levels > 0 => self.list(levels - 1),
            choice if choice < 200 => {
                self.out.push('"');
                self.out.push_str(TEXTS[choice % TEXTS.len()]);
                self.out.push('"');
            }
            choice => self.out.push_str(OTHERS[choice % OTHERS.len()]),
        }
    }

    fn object(&mut self, levels: usize) {
        self.out.push('{');
        let fields = self.choose() % 6;
        for field in 0..fields {
            if field > 0 {
                self.out.push(',');
            }
            let key = KEYS[self.choose() % KEYS.len()];
            self.field(key, levels);
        }
        self.out.push('}');
    }

    fn field(&mut self, key: &str, levels: usize) {
        self.out.push('"');
        self.out.push_str(key);
        self.out.push_str("\":");
        match key {
            "properties" | "traits" | "context" | "choices" | "sizes" if levels > 0 => {
                self.object(levels - 1);
            }
            "products" | "batch" | "externalIds" if levels > 0 => self.list(levels - 1),
            _ => self.value(levels),
        }
    }

    fn list(&mut self, levels: usize) {
        self.out.push('[');
        for place in 0..self.choose() % 4 {
            if place > 0 {
                self.out.push(',');
            }
            self.value(levels);
        }
        self.out.push(']');
    }
}

impl Input {
    /// Most inputs have what an event needs, so that they get behind the first questions.
    fn write(&self, call: Call, out: &mut String) {
        out.clear();
        let mut writer = Writer { choices: self.choices.iter(), out };
        if call == Call::Batch {
            writer.out.push_str("{\"batch\":[");
        }
        let kind = Kind::ALL[writer.choose() % 3].name();
        writer.out.push_str("{\"type\":\"");
        writer.out.push_str(kind);
        writer.out.push_str("\",\"userId\":\"c-1\",\"event\":\"");
        let name = TEXTS[writer.choose() % 12];
        writer.out.push_str(name);
        writer.out.push_str("\",\"properties\":");
        writer.object(4);
        writer.out.push_str(",\"traits\":");
        writer.object(2);
        writer.out.push(',');
        let key = KEYS[writer.choose() % KEYS.len()];
        writer.field(key, 2);
        writer.out.push('}');
        if call == Call::Batch {
            writer.out.push_str("],\"context\":");
            writer.object(2);
            writer.out.push('}');
        }
    }
}

#[test]
fn half_a_million_batches_never_panic_and_tell_no_secret() {
    read(Call::Batch);
}

#[test]
fn half_a_million_single_events_never_panic_and_tell_no_secret() {
    read(Call::One(Kind::Track));
}

fn read(call: Call) {
    let (mut text, mut body) = (String::new(), Vec::new());
    let mut counts = Counts::default();
    check!().with_iterations(INPUTS).with_type::<Input>().for_each(|input| {
        input.write(call, &mut text);
        body.clear();
        body.extend_from_slice(text.as_bytes());
        if let Some(damage) = input.damage {
            for (at, value) in damage {
                let at = usize::from(at) * body.len() / 256;
                body[at] = value;
            }
            body.truncate(body.len() * usize::from(input.keep.max(128)) / 255);
        }
        counts.inputs += 1;
        take_up(&body, call, &mut counts);
    });
    assert!(counts.inputs >= INPUTS, "{counts:?}");
    let least = counts.events.min(counts.failures).min(counts.rejected);
    assert!(least > INPUTS / 50, "the inputs reach all that can happen: {counts:?}");
}

#[derive(Debug, Default)]
struct Counts {
    inputs: usize,
    events: usize,
    failures: usize,
    rejected: usize,
}

fn take_up(body: &[u8], call: Call, counts: &mut Counts) {
    let reading = Reading { currency: "EUR".parse().ok(), ..Reading::default() };
    let new_id = || MessageId::new("made").unwrap();
    let Ok(envelope) = envelope::read(body, call, &Limits::default(), new_id) else {
        counts.rejected += 1;
        return;
    };
    for item in envelope.items {
        match event(&item.into_message(SourceId::new("web").unwrap(), RECEIVED, false), &reading) {
            Ok(event) => {
                counts.events += 1;
                assert!(!event.who.is_empty() && event.who.is_sorted(), "who");
                assert!(event.at <= RECEIVED && event.at.as_secs() > 631_000_000, "at {:?}", event.at);
            }
            Err(failure) => {
                counts.failures += 1;
                assert!(!format!("{failure:?}").contains(SECRET), "{failure:?}");
            }
        }
    }
}
