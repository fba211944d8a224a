//! Many that one call names are erased in the background, over a kill.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, also in its helpers, says what it measured, and waits for real processes"
)]

#[allow(dead_code, reason = "erasures use the rest")]
#[path = "erasure/told.rs"]
mod told;

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use shopbell_domain::rights::{State, port::Regulations as _};
use shopbell_tests::world::{World, token_of};

use self::told::{Desk, Shopper, Times};

/// A call takes up to 5,000; these are enough that it takes many steps.
const PEOPLE: usize = 1_200;

/// Longer than this is no slow machine.
const DEADLINE: Duration = Duration::from_secs(240);

#[tokio::test(flavor = "multi_thread")]
async fn many_are_carried_out_in_the_background_over_a_kill() {
    let mut world = World::at("2026-11-20T13:00:00Z").shop("lyon", &[("lyon-1", "shop")]).source(
        "backend",
        "backend",
        told::WRITE_KEY,
    );
    let all: Vec<Shopper> = (0..PEOPLE).map(Shopper::new).collect();
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
        if done > PEOPLE / 3 && !killed {
            world.server.as_mut().unwrap().kill_9();
            world.start_server().await;
            killed = true;
        }
        assert!(begun.elapsed() < DEADLINE, "only {done} are done");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let took = begun.elapsed();
    println!("answered after {answered:?}, carried out after {took:?}");
    assert!(killed, "it was over before the kill");
    world.end().await;
    let store = world.store();
    let regulation = store.regulations(None, 1).await.unwrap().remove(0);
    assert_eq!((regulation.state, regulation.tally.done), (State::Finished, PEOPLE as u64));
    let outcomes = store.outcomes(regulation.number, 0, PEOPLE).await.unwrap();
    assert_eq!(outcomes.len(), PEOPLE);
}
