//! One in ten customers is erased, with canaries in every field: nothing of them can be read any more, neither in the clear
//! nor with the keys that are left; nothing of the others is missing; and nothing comes back.
//!
//! `SHOPBELL_CUSTOMERS=1000` runs it smaller.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking, also in its helpers, and says what it measured"
)]

#[path = "erasure/canary.rs"]
mod canary;
#[path = "erasure/told.rs"]
mod told;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    time::{Duration, SystemTime},
};

use serde_json::{Value, json};
use shopbell_domain::{
    event::port::Events as _,
    id::CustomerId,
    identity::Identifier,
    ports::{Customers as _, Ledger as _, Looks as _},
    redacted::Redacted,
    rights::port::Regulations as _,
    showing::{Entry, Showings as _},
    time::Timestamp,
};
use shopbell_proto::customer::v1::SharingLevel;
use shopbell_tests::{
    phone::{Phone, Stretch},
    world::{World, token_of},
};

use self::{
    canary::{Canaries, Hits, Opened},
    told::{Desk, Shopper, Times},
};

/// In which a regulation must end.
const AT_MOST: Duration = Duration::from_secs(120);

fn customers() -> usize {
    std::env::var("SHOPBELL_CUSTOMERS").ok().and_then(|count| count.parse().ok()).unwrap_or(10_000)
}

/// What happens to a shopper.
fn kind(number: usize) -> Option<&'static str> {
    match number % 100 {
        1 | 11 | 21 | 31 | 41 | 51 | 61 => Some("DELETE_ONLY"),
        71 | 81 => Some("SUPPRESS_WITH_DELETE"),
        91 => Some("ANONYMIZE"),
        _ => None,
    }
}

fn world() -> World {
    World::at("2026-11-20T13:00:00Z")
        .shop("lyon", &[("lyon-1", "shop")])
        .source("backend", "backend", told::WRITE_KEY)
        .server_setting("tracking.backlog_messages=1000000")
}

/// Ends the server in order.
fn end(world: &mut World) {
    let mut server = world.server.take().unwrap();
    let status = server.stop();
    assert!(status.success(), "the server ended with {status}:\n{}", server.log());
}

fn id(shopper: &Shopper) -> CustomerId {
    CustomerId::new(shopper.id()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_in_ten_is_erased_and_nothing_of_them_is_left() {
    let mut world = world();
    let all: Vec<Shopper> = (0..customers()).map(Shopper::new).collect();
    let (gone, left): (Vec<&Shopper>, Vec<&Shopper>) = all.iter().partition(|one| kind(one.number).is_some());
    let canaries = Canaries::of(&gone);
    let times = Times::before(world.clock.origin());

    // Everything that is told, by the ways in which it is told.
    let file = world.path("customers.jsonl");
    told::write_import(&file, &all, times);
    let (code, said) = world.command(&["import", file.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{said}");
    world.start_server().await;
    let desk = Desk::of(&world);
    let begun = tokio::time::Instant::now();
    desk.track(&all, times, "first").await;
    desk.applied(&world).await;
    println!("{} events applied in {:.1} s", all.len() * told::EVENTS, begun.elapsed().as_secs_f64());
    let tablet = visit(&world, &gone, &left).await;

    // As it lies there before: the check would find them.
    end(&mut world);
    let before = Opened::all(&world, &canaries);
    assert!(before.of_erased > 5 * gone.len() as u64, "{before:?}: the canaries are there to be found");
    let logged = logged_of(&world, &gone).await;
    assert!(
        logged.len() == 4 && logged.iter().all(|text| text.contains("kanari")),
        "of who was met: {logged:?}"
    );
    let backup = world.path("backup");
    let (code, said) = world.command(&["backup", "--offline", "--to", backup.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{said}");
    drop(tablet);
    world.start_server().await;

    let seconds = erase(&desk, &gone).await;
    println!("{} of {} customers erased in {seconds:.1} s", gone.len(), all.len());
    late(&desk, &world, &gone, times).await;
    end(&mut world);

    let (code, said) = import_again(&world, &file, &gone, times);
    assert_eq!(code, Some(0), "{said}");
    let hits = Hits::in_files(&world, &canaries);
    println!("raw files: {hits:?}");
    assert_eq!((hits.of_erased, hits.of_anybody), (0, 0), "in the clear: {hits:?}");
    let after = Opened::all(&world, &canaries);
    println!("sealed values before: {before:?}\nsealed values after:  {after:?}");
    assert_eq!(after.of_erased, 0, "sealed, and to be opened with the keys that are left");
    assert_eq!(
        canary::still_there(&before.keys_of_erased, &world.vault()),
        0,
        "every key that ever sealed them is gone"
    );
    hold(&world, &gone, &left).await;

    restored(&world, &backup, &gone, &left, &canaries).await;
}

/// An older backup brings nobody back.
async fn restored(world: &World, backup: &Path, gone: &[&Shopper], left: &[&Shopper], canaries: &Canaries) {
    std::fs::rename(world.store_dir(), world.path("server-data.after")).unwrap();
    let file = newest(backup);
    let (code, said) = world.command(&["restore", "--from", file.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{said}");
    let store = world.store();
    for shopper in gone {
        assert_eq!(store.customer(&id(shopper)).await.unwrap(), None, "a restore brings nobody back");
        assert_eq!(store.log_of(&id(shopper), Timestamp::EPOCH, 9).await.unwrap(), []);
        assert_eq!(store.events_of(&Identifier::from(&id(shopper))).await.unwrap(), []);
    }
    let kept = store.customer(&id(left[0])).await.unwrap().unwrap();
    assert_eq!(kept.name.reveal().as_str(), left[0].name());
    drop(store);
    let restored = Opened::all(world, canaries);
    assert_eq!(restored.of_erased, 0, "{restored:?}");
}

/// Some come into the shop, are greeted and looked at.
async fn visit(world: &World, gone: &[&Shopper], left: &[&Shopper]) -> Vec<shopbell_tests::world::Process> {
    let app = world.app().await;
    let now = world.clock.now();
    let mut frames = Vec::new();
    let guests: Vec<&Shopper> = gone.iter().take(4).chain(left.iter().take(4)).copied().collect();
    for (seed, guest) in (1..).zip(&guests) {
        app.share(&guest.id(), SharingLevel::Browsing).await.unwrap();
        let phone = Phone::android(app.phone(&guest.id()).await.unwrap(), seed);
        frames.extend(phone.heard(&[Stretch { during: now..now + Duration::from_secs(600), rssi: -55 }]));
    }
    let agent = world.start_agent("lyon-1", frames);
    let mut tablet = world.tablet("lyon");
    let floor = tablet.until("all guests are here", |floor| floor.rows.len() == guests.len()).await;
    for visit in floor.rows.keys() {
        tablet.greet(visit, true).await.unwrap();
        tablet.card(visit, "en").await.unwrap();
    }
    vec![agent]
}

/// What was proposed of some of them, as it stands in the log of showings, where there is something.
async fn logged_of(world: &World, some: &[&Shopper]) -> Vec<String> {
    let (store, mut logged) = (world.store(), Vec::new());
    for shopper in some {
        let entries = store.log_of(&id(shopper), Timestamp::EPOCH, 9).await.unwrap();
        for entry in entries {
            // Without whose it is, in which there is a canary, too.
            let Entry::Showing(showing) = entry else { continue };
            logged.push(serde_json::to_string(&showing.elements).unwrap());
        }
    }
    logged
}

/// Asks for three regulations, and waits for their ends: how long it took from the first asking.
async fn erase(desk: &Desk, gone: &[&Shopper]) -> f64 {
    let begun = tokio::time::Instant::now();
    let mut by_kind: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for shopper in gone {
        by_kind.entry(kind(shopper.number).unwrap()).or_default().push(shopper.id());
    }
    let mut numbers = Vec::new();
    for (kind, ids) in by_kind {
        let wish = json!({ "regulationType": kind, "subjectType": "USER_ID", "subjectIds": ids });
        let answer = desk.call("POST", "/v1/regulations", &token_of("app"), &wish.to_string()).await;
        numbers.push(answer["data"]["regulateId"].as_str().unwrap().to_owned());
    }
    for number in numbers {
        let path = format!("/v1/regulations/{number}");
        loop {
            let shown = desk.call("GET", &path, &token_of("operator"), "").await;
            let status = shown["data"]["regulation"]["overallStatus"].as_str().unwrap().to_owned();
            if status == "FINISHED" {
                break;
            }
            assert!(status == "INITIALIZED" || status == "RUNNING", "{shown}");
            assert!(begun.elapsed() < AT_MOST, "not done in {AT_MOST:?}: {status}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    begun.elapsed().as_secs_f64()
}

/// What comes late: the same messages, the same under other names, whole requests of before, and new ones of who is suppressed.
async fn late(desk: &Desk, world: &World, gone: &[&Shopper], times: Times) {
    let some: Vec<Shopper> = gone.iter().take(200).map(|one| Shopper::new(one.number)).collect();
    desk.track(&some, times, "first").await;
    desk.track(&some, times, "again").await;
    desk.track(&some, times, told::QUEUED).await;
    let suppressed: Vec<Shopper> = gone
        .iter()
        .filter(|one| kind(one.number) == Some("SUPPRESS_WITH_DELETE"))
        .map(|one| Shopper::new(one.number))
        .collect();
    desk.track(&suppressed, Times::before(world.clock.now() + Duration::from_secs(3_600)), "new").await;
    desk.applied(world).await;
}

/// The file from before, imported once more.
fn import_again(world: &World, file: &Path, gone: &[&Shopper], times: Times) -> (Option<i32>, String) {
    let again = world.path("again.jsonl");
    let shoppers: Vec<Shopper> = gone.iter().map(|one| Shopper::new(one.number)).collect();
    told::write_import(&again, &shoppers, times);
    let written = SystemTime::UNIX_EPOCH + Duration::from_millis(times.origin_ms());
    std::fs::File::options().write(true).open(&again).unwrap().set_modified(written).unwrap();
    assert!(file.exists());
    world.command(&["import", again.to_str().unwrap()])
}

/// The erased are gone, with a receipt each; the others are whole.
async fn hold(world: &World, gone: &[&Shopper], left: &[&Shopper]) {
    let vault = world.vault();
    let key = vault.public_key();
    drop(vault);
    let store = world.store();
    let mut receipts = BTreeSet::new();
    for shopper in gone {
        let customer = id(shopper);
        assert_eq!(store.customer(&customer).await.unwrap(), None, "{}", kind(shopper.number).unwrap());
        for identifier in shopper.identifiers() {
            assert_eq!(store.events_of(&identifier).await.unwrap(), [], "{}", kind(shopper.number).unwrap());
        }
        assert_eq!(store.visits_of(&customer).await.unwrap(), []);
        assert_eq!(store.looks_at(&customer, 9).await.unwrap(), []);
        assert_eq!(store.log_of(&customer, Timestamp::EPOCH, 9).await.unwrap(), []);
        let numbers = store.receipts_of(&Redacted::new(shopper.id())).await.unwrap();
        assert_eq!(numbers.len(), 1);
        let text = store.receipt(numbers[0]).await.unwrap().unwrap();
        let receipt = key.verify(&text).unwrap();
        assert!(!receipt.keys.is_empty() && receipts.insert(receipt.number), "{text}");
    }
    assert_eq!(receipts.len(), gone.len(), "each has a receipt of its own");
    for shopper in left {
        let kept = store.customer(&id(shopper)).await.unwrap().unwrap();
        assert_eq!(kept.name.reveal().as_str(), shopper.name());
        let events = store.events_of(&Identifier::from(&id(shopper))).await.unwrap();
        assert_eq!(events.len(), told::EVENTS + told::IMPORTED, "nothing of the others is missing");
    }
    let log = store.log_since(Timestamp::EPOCH, None, usize::MAX).await.unwrap();
    let of_whom: BTreeSet<&CustomerId> = log.iter().map(|(_, entry)| entry.customer()).collect();
    assert_eq!(of_whom.len(), 4, "and nobody else's card is logged");
    assert!(of_whom.iter().all(|of| left.iter().any(|shopper| id(shopper) == **of)));
    let nobodys = store.events_kept().await.unwrap();
    let nobodys = nobodys.iter().filter(|event| event.id.message.as_str().starts_with("nobody-")).count();
    assert!(nobodys >= gone.len() / 10, "what is counted stays: {nobodys}");
}

fn newest(directory: &Path) -> std::path::PathBuf {
    let files = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|end| end == "backup")).max().unwrap()
}

/// Killed in the midst of a regulation, again and again, the server goes on with it.
#[tokio::test(flavor = "multi_thread")]
async fn killed_in_the_middle_it_is_carried_out_all_the_same() {
    let mut world = world();
    let all: Vec<Shopper> = (0..300).map(Shopper::new).collect();
    let times = Times::before(world.clock.origin());
    world.start_server().await;
    let desk = Desk::of(&world);
    desk.track(&all, times, "first").await;
    desk.applied(&world).await;
    let ids: Vec<String> = all.iter().map(Shopper::id).collect();
    let wish = json!({ "regulationType": "DELETE_ONLY", "subjectType": "USER_ID", "subjectIds": ids });
    desk.call("POST", "/v1/regulations", &token_of("app"), &wish.to_string()).await;
    let mut kills = 0;
    let regulation = loop {
        let shown = desk.call("GET", "/v1/regulations/1", &token_of("operator"), "").await;
        let regulation: Value = shown["data"]["regulation"].clone();
        if regulation["overallStatus"] == "FINISHED" {
            break regulation;
        }
        if kills < 5 {
            tokio::time::sleep(Duration::from_millis(150)).await;
            world.server.as_mut().unwrap().kill_9();
            world.start_server().await;
            kills += 1;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert!(kills > 0, "it was killed in the middle");
    println!("carried out over {kills} kills");
    assert_eq!(regulation["results"].as_array().unwrap().len(), all.len());
    end(&mut world);
    let key = world.vault().public_key();
    let store = world.store();
    let mut receipts = BTreeSet::new();
    for shopper in &all {
        assert_eq!(store.events_of(&Identifier::from(&id(shopper))).await.unwrap(), []);
        for number in store.receipts_of(&Redacted::new(shopper.id())).await.unwrap() {
            let text = store.receipt(number).await.unwrap().unwrap();
            assert!(receipts.insert(key.verify(&text).unwrap().number));
        }
    }
    assert_eq!(receipts.len(), all.len(), "each once");
}
