//! Senders that make work: whatever they send, what is read for it grows with what they sent and no faster, and the events
//! of others come through meanwhile.

use shopbell_domain::identity::RuleSettings;

use super::{watched::Watched, *};

/// A desk whose store counts its reads.
fn watched(rules: Rules) -> (Desk, Arc<Watched>) {
    let store = EmbeddedStore::in_memory();
    let events = Arc::new(Watched::counting(store.clone()));
    let sources = [source("web", "backend"), source("page", "web")];
    let desk = Desk::by(store, Arc::clone(&events) as Arc<dyn Events>, Readings::new(&sources, rules));
    (desk, events)
}

fn says(source: &str, number: usize, who: &Value) -> Message {
    let mut body = who.clone();
    body["type"] = "identify".into();
    message(source, &format!("f{number}"), body)
}

/// Takes all of them up, with a wish of somebody else after each hundredth. The most reads of one run, and of all.
async fn flooded(desk: &Desk, events: &Watched, flood: impl Iterator<Item = Message>) -> (u64, u64) {
    let (mut most, mut all, mut others) = (0, 0, 0);
    let mut messages: Vec<Message> = Vec::new();
    for (place, message) in flood.enumerate() {
        messages.push(message);
        if place % 100 == 99 {
            let name = format!("w{others}");
            messages.push(wish(&name, 1, &json!({ "userId": "bo" })));
            others += 1;
        }
    }
    for some in messages.chunks(1_000) {
        desk.inbox.accept(some.to_vec()).await.unwrap();
    }
    let mut runs = 0;
    while desk.applier.take_up().await.unwrap() == More::Perhaps {
        let reads = events.take_reads();
        (most, all, runs) = (most.max(reads), all + reads, runs + 1);
        // Whoever stands behind 256 messages is through with the next run; but for those that stand in a record with
        // others and would be too many.
        let wishes = desk.wishes("bo").await.len();
        assert!(wishes >= (runs * 160 / 101).min(100).min(others), "{wishes} wishes after {runs} runs");
    }
    (most, all)
}

#[tokio::test]
async fn twenty_thousand_browsers_of_one_customer_hold_nobody_up() {
    for (source, browsers) in [("web", 100), ("page", 10)] {
        let (desk, events) = watched(Rules::default());
        let flood = (0..20_000)
            .map(|n| says(source, n, &json!({ "userId": "eve", "anonymousId": format!("flood-{n}") })));
        let (most, all) = flooded(&desk, &events, flood).await;
        assert!(most < 6_000, "{most} reads of one run");
        assert!(all < 12 * 20_200, "{all} reads for 20,200 messages");
        let person = resolve_of(&desk, "eve").await;
        assert_eq!(person, 1 + browsers, "herself and as many browsers as the source may tie");
        assert_eq!(desk.metrics.components_cut.get(), 0);
    }
}

#[tokio::test]
async fn a_view_of_thousands_of_events_out_of_order_is_made_anew_now_and_then() {
    let (desk, events) = watched(Rules::default());
    let flood = (0..6_000_u32).map(|n| {
        let minute = n.wrapping_mul(7_919) % 60;
        let wished = wish(&format!("p{}", n % 50), minute, &json!({ "userId": "eve" }));
        let name = format!("late{n}");
        let id = EventId { message: MessageId::new(name.as_str()).unwrap(), ..wished.id };
        let mut body: Value = serde_json::from_slice(wished.body.reveal()).unwrap();
        body["messageId"] = name.into();
        Message { id, body: Redacted::new(body.to_string().into_bytes()), ..wished }
    });
    let (most, all) = flooded(&desk, &events, flood).await;
    assert!(most < 3_000 && all < 4 * 6_060, "{most} reads of one run, {all} of all");
    assert_eq!(desk.store.stale(10).await.unwrap(), [customer("eve")], "it is known to be behind");
    desk.clock.advance(Duration::from_secs(60));
    desk.applier.refresh().await.unwrap();
    assert_eq!(desk.store.stale(10).await.unwrap(), []);
    assert_eq!(desk.wishes("eve").await.len(), 50);
}

/// How many identifiers a customer has.
async fn resolve_of(desk: &Desk, name: &str) -> usize {
    let rules = Rules::default();
    let known = desk.store.known_of(&customer(name), rules.pairs_per_identifier()).await.unwrap();
    resolve(known.evidence, &known.retractions, &rules).person_of(&customer(name)).identifiers().len()
}

#[tokio::test]
async fn a_browser_that_says_to_be_everybody_holds_nobody_up() {
    let (desk, events) = watched(Rules::default());
    let flood =
        (0..3_000).map(|n| says("page", n, &json!({ "userId": format!("c{n}"), "anonymousId": "hall" })));
    let (most, all) = flooded(&desk, &events, flood).await;
    assert!(most < 3_000 && all < 12 * 3_030, "{most} reads of one run, {all} of all");
    assert_eq!(desk.store.customer_of(&browser("hall")).await.unwrap(), Some(None));
}

#[tokio::test]
async fn a_hundred_addresses_one_by_one_cost_each_what_is_known_by_then() {
    let (desk, events) = watched(Rules::default());
    let mut most = 0;
    for n in 0..100 {
        let who = json!({ "userId": "eve", "traits": { "email": format!("eve{n}@shop.example") } });
        desk.take(&[says("web", n, &who)]).await;
        most = most.max(events.take_reads());
    }
    assert!(most < 250, "{most} reads for one message");
    assert_eq!(resolve_of(&desk, "eve").await, 1 + 5);
}

/// Each card is lent on to the next customer: one component without end.
#[tokio::test]
async fn what_is_too_large_is_walked_through_once_and_is_one_alarm() {
    let rules = RuleSettings { pairs_per_identifier: 100, component: 300, ..RuleSettings::default() };
    let (desk, events) = watched(Rules::try_new(rules).unwrap());
    let lent = |n: usize| {
        let (lender, card) = (format!("c{}", n.div_ceil(2)), format!("card-{}", n / 2));
        says("web", n, &json!({ "userId": lender, "traits": { "loyalty_number": card } }))
    };
    let (most, all) = flooded(&desk, &events, (0..2_000).map(lent)).await;
    assert!(most < 4_000 && all < 16 * 2_020, "{most} reads of one run, {all} of all");
    let cut = desk.metrics.components_cut.get();
    assert!(
        (1..=8).contains(&cut),
        "one alarm for as much evidence as the walk takes, not one an event: {cut}"
    );
    // Nobody of it is joined with anybody; a decision that parts it does what it says.
    let first = Retracted::Pair(Pair::new(
        customer("c100"),
        Identifier::new(IdentifierKind::Loyalty, "card-100").unwrap(),
    ));
    assert_eq!(desk.store.customer_of(&customer("c500")).await.unwrap(), Some(CustomerId::new("c500").ok()));
    assert!(desk.applier.decided(retract(first)).await.unwrap());
    let card = Identifier::new(IdentifierKind::Loyalty, "card-1").unwrap();
    assert_eq!(desk.store.customer_of(&card).await.unwrap(), Some(CustomerId::new("c1").ok()), "small again");
}

#[tokio::test]
async fn the_applier_tells_what_waits_and_what_became_of_it() {
    let (desk, _) = watched(Rules::default());
    let bad = message("web", "bad", json!({ "type": "track", "userId": "anna" }));
    desk.inbox.accept(vec![wish("p1", 1, &json!({ "userId": "anna" })), bad]).await.unwrap();
    assert_eq!(desk.applier.take_up().await.unwrap(), More::Perhaps);
    assert_eq!(desk.metrics.inbox_backlog.get(), 2, "those of the run that was under way");
    assert_eq!(desk.applier.take_up().await.unwrap(), More::No);
    assert_eq!(desk.metrics.inbox_backlog.get(), 0);
    let text = desk.metrics.text();
    for line in [
        "shopbell_applied_messages_total{fate=\"Applied\"} 1",
        "shopbell_applied_messages_total{fate=\"Failed\"} 1",
        "shopbell_inbox_lag_seconds 0.0",
        "shopbell_views_rebuilt_total 1",
        "shopbell_identity_components_cut_total 0",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
}
