//! As many as one call takes are erased in the background, over a kill, and quickly.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking, also in its helpers, and says what it measured"
)]

#[allow(dead_code, reason = "erasures use the rest")]
#[path = "erasure/told.rs"]
mod told;

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use shopbell_domain::rights::{MAX_USERS, State, port::Regulations as _};
use shopbell_tests::world::{World, token_of};

use self::told::{Desk, Shopper, Times};

/// Time for all of them in a build without optimisation, on a machine that does other things as well.
const AT_MOST: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn five_thousand_are_answered_at_once_and_carried_out_over_a_kill() {
    let mut world = World::at("2026-11-20T13:00:00Z").shop("lyon", &[("lyon-1", "shop")]).source(
        "backend",
        "backend",
        told::WRITE_KEY,
    );
    let all: Vec<Shopper> = (0..MAX_USERS).map(Shopper::new).collect();
    let times = Times::before(world.clock.origin());
    let file = world.path("customers.jsonl");
    told::write_import(&file, &all, times);
    let (code, said) = world.command(&["import", file.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{said}");
    world.start_server().await;
    let desk = Desk::of(&world);
    let ids: Vec<String> = all.iter().map(Shopper::id).collect();
    let wish = json!({ "regulationType": "DELETE_ONLY", "subjectType": "USER_ID", "subjectIds": ids });
    let begun = Instant::now();
    desk.call("POST", "/v1/regulations", &token_of("app"), &wish.to_string()).await;
    let answered = begun.elapsed();
    let (mut killed, mut last) = (false, 0);
    loop {
        let shown = desk.call("GET", "/v1/regulations/1", &token_of("operator"), "").await;
        let regulation: &Value = &shown["data"]["regulation"];
        let done = regulation["results"].as_array().map_or(0, Vec::len);
        assert!(done >= last, "it goes back from {last} to {done}");
        last = done;
        if regulation["overallStatus"] == "FINISHED" {
            break;
        }
        if done > MAX_USERS / 3 && !killed {
            world.server.as_mut().unwrap().kill_9();
            world.start_server().await;
            killed = true;
        }
        assert!(begun.elapsed() < 4 * AT_MOST, "only {done} are done");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let took = begun.elapsed();
    let each = took.as_secs_f64() * 1_000.0 / 5_000.0;
    println!(
        "answered after {answered:?}, carried out after {took:?}: {each:.1} ms a person; killed: {killed}"
    );
    assert!(answered < Duration::from_secs(5), "{answered:?}");
    assert!(took < AT_MOST, "{took:?}");
    world.end().await;
    let store = world.store();
    let regulation = store.regulations(None, 1).await.unwrap().remove(0);
    assert_eq!((regulation.state, regulation.tally.done), (State::Finished, 5_000));
    let outcomes = store.outcomes(regulation.number, 0, MAX_USERS).await.unwrap();
    assert_eq!(outcomes.len(), MAX_USERS);
}
