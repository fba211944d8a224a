//! Events that come in streams and floods: what one source sends does not hold up another's.

use super::*;

/// Events of the flood.
const FLOOD: u32 = 20_000;
/// Events of one request.
const BATCH: u32 = 1_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_of_events_goes_the_same_way() {
    let mut scene = Scene::begin(SharingLevel::Wishes).await;
    let mut client = EventServiceClient::connect(scene.world.url()).await.unwrap();
    let wish = |name: &str, properties: &Value| {
        let event = track(name, "Product Added to Wishlist", &json!({ "userId": "camille" }), properties);
        SendEventsRequest { json: event.to_string().into_bytes() }
    };
    let product = |name: &str| json!({ "product_id": name });
    let (before, visit) = (scene.revision(), scene.visit.clone());
    let events = vec![
        wish("s1", &product("p1")),
        wish("s2", &product("p2")),
        wish("s1", &product("p1")),
        wish("s3", &json!({})),
    ];
    let answer = client.send_events(by(WRITE_KEY, tokio_stream::iter(events))).await.unwrap().into_inner();
    assert_eq!((answer.accepted, answer.duplicates), (3, 1));
    let unusable: Vec<(&str, &str)> =
        answer.unusable.iter().map(|event| (event.message_id.as_str(), event.reason.as_str())).collect();
    assert_eq!(unusable, [("s3", "missing_product_id")]);
    scene.tablet.until("they count", |floor| floor.rows[&visit].card_revision > before).await;
    assert_eq!(products(&scene.card().await.wish_list), ["p2", "p1"]);

    let one = || tokio_stream::iter(vec![SendEventsRequest { json: b"{\"type\":".to_vec() }]);
    let refused = client.send_events(by("no-key", one())).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);
    let broken = client.send_events(by(WRITE_KEY, one())).await.unwrap_err();
    assert_eq!(broken.code(), Code::InvalidArgument);
    scene.world.end().await;
}

async fn metric(scene: &Scene, name: &str) -> f64 {
    let mut socket = TcpStream::connect(scene.world.url().trim_start_matches("http://")).await.unwrap();
    let head = "GET /metrics HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n";
    let request = format!("{head}authorization: Bearer {}\r\n\r\n", token_of("operator"));
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    let value = answer.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    value.unwrap_or_else(|| panic!("no {name}: {answer}")).parse().unwrap()
}

/// Somebody with the key of the web shop's pages sends as much as the server takes; meanwhile the web shop's own server
/// tells what camille put on her wish list.
#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_on_the_open_card_while_another_sources_flood_still_waits() {
    let mut scene = Scene::begin(SharingLevel::Wishes).await;
    for batch in 0..FLOOD / BATCH {
        let name = |n: u32| format!("flood-{batch}-{n}");
        let event =
            |n| track(&name(n), "Seen", &json!({ "anonymousId": name(n) }), &json!({ "a": "x".repeat(100) }));
        let events: Vec<Value> = (0..BATCH).map(event).collect();
        scene.post_all_by(WRITE_KEY, &events).await;
    }
    let waiting_before = metric(&scene, "shopbell_inbox_backlog").await;
    let wish = track(
        "w1",
        "Product Added to Wishlist",
        &json!({ "userId": "camille" }),
        &json!({ "product_id": "wished" }),
    );
    let (before, visit) = (scene.revision(), scene.visit.clone());
    scene.post_by("server-key", &wish).await;
    let told = |floor: &shopbell_tests::world::FloorView| floor.rows[&visit].card_revision > before;
    scene.tablet.until("the open card is to be fetched anew", told).await;
    let waiting = metric(&scene, "shopbell_inbox_backlog").await;
    println!("{waiting_before} of the flood waited before, {waiting} when the tablet was told");
    assert!(waiting_before > f64::from(FLOOD) / 2.0, "no flood: {waiting_before} waited");
    // Taken up in turn with everybody's, it would have been the last: none of the flood would wait any more.
    assert!(waiting > waiting_before / 4.0, "{waiting} of {waiting_before} still waited");
    assert_eq!(products(&scene.card().await.wish_list), ["wished"]);
    scene.world.end().await;
}

/// Only the source whose own backlog is full is told to come back.
#[tokio::test(flavor = "multi_thread")]
async fn who_floods_is_told_to_come_back_and_others_are_not() {
    let mut scene = Scene::begin_with(SharingLevel::Wishes, &["tracking.backlog_messages=500"]).await;
    let mut refused = 0;
    for batch in 0..200 {
        let name = |n: u32| format!("flood-{batch}-{n}");
        let event = |n| track(&name(n), "Seen", &json!({ "anonymousId": name(n) }), &json!({}));
        let events: Vec<Value> = (0..BATCH).map(event).collect();
        let answer = scene.send_all_by(WRITE_KEY, &events).await;
        if answer.starts_with("HTTP/1.1 200") {
            continue;
        }
        assert!(answer.starts_with("HTTP/1.1 429") && answer.contains("retry-after: 10"), "{answer}");
        assert!(answer.contains("backlog_full"), "{answer}");
        refused += 1;
        let name = format!("w{batch}");
        let wish = track(
            &name,
            "Product Added to Wishlist",
            &json!({ "userId": "camille" }),
            &json!({ "product_id": "wished" }),
        );
        scene.post_by("server-key", &wish).await;
        if refused == 5 {
            break;
        }
    }
    assert_eq!(refused, 5);
    scene.world.end().await;
}
