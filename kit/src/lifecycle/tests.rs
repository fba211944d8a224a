use std::{
    convert::Infallible,
    io,
    sync::atomic::{AtomicBool, Ordering},
};

use super::*;

const DRAIN: Duration = Duration::from_secs(15);

fn service(tasks: &Tasks, name: &'static str) {
    let soft = tasks.soft();
    tasks.spawn_service(name, async move {
        soft.cancelled().await;
        Ok::<_, Infallible>(())
    });
}

#[tokio::test(start_paused = true)]
async fn a_stop_drains() {
    let tasks = Tasks::new();
    service(&tasks, "uplink");
    tasks.spawn_job("greeting", async { Ok::<_, Infallible>(()) });
    let (stop, source) = StopSource::manual();
    stop.request();
    assert_eq!(tasks.run(source, DRAIN).await.unwrap(), Stopped::Drained);
    assert!(tasks.running().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_task_can_stop_the_process() {
    let tasks = Tasks::new();
    service(&tasks, "uplink");
    let stopper = tasks.clone();
    tasks.spawn_job("replay", async move {
        stopper.stop();
        Ok::<_, Infallible>(())
    });
    let (_stop, source) = StopSource::manual();
    assert_eq!(tasks.run(source, DRAIN).await.unwrap(), Stopped::Drained);
}

async fn failure_of(start: impl FnOnce(&Tasks)) -> String {
    let tasks = Tasks::new();
    service(&tasks, "bystander");
    start(&tasks);
    // Nobody holds the handle any more, and the process stops all the same.
    let (_, source) = StopSource::manual();
    let failed = tasks.run(source, DRAIN).await.unwrap_err();
    assert!(tasks.soft().is_cancelled() && tasks.running().is_empty());
    failed.to_string()
}

#[tokio::test(start_paused = true)]
async fn a_task_that_dies_stops_the_process_and_is_named() {
    let panicked = failure_of(|tasks| tasks.spawn_job("floor lyon", async { no_answer(&[]) })).await;
    assert_eq!(panicked, "task floor lyon panicked: no answer");
    let failed =
        failure_of(|tasks| tasks.spawn_service("radio", async { Err(io::Error::other("adapter gone")) }));
    assert_eq!(failed.await, "task radio failed: adapter gone");
    let ended = failure_of(|tasks| tasks.spawn_service("uplink", async { Ok::<_, Infallible>(()) }));
    assert_eq!(ended.await, "task uplink ended before it was told to");
}

fn no_answer(answers: &[Result<(), Infallible>]) -> Result<(), Infallible> {
    *answers.first().expect("no answer")
}

/// Sets the flag when it is dropped.
struct Dropped(Arc<AtomicBool>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

fn stubborn(tasks: &Tasks) -> Arc<AtomicBool> {
    let flag = Arc::new(AtomicBool::new(false));
    let guard = Dropped(Arc::clone(&flag));
    tasks.spawn_service("stubborn", async move {
        let _guard = guard;
        std::future::pending::<Result<(), Infallible>>().await
    });
    flag
}

#[tokio::test(start_paused = true)]
async fn what_does_not_drain_in_time_is_aborted() {
    let tasks = Tasks::new();
    service(&tasks, "uplink");
    let dropped = stubborn(&tasks);
    let (stop, source) = StopSource::manual();
    stop.request();
    let began = tokio::time::Instant::now();
    let stopped = tasks.run(source, DRAIN).await.unwrap();
    assert_eq!(stopped, Stopped::Forced(vec!["stubborn".to_owned()]));
    assert_eq!(began.elapsed(), DRAIN);
    assert!(dropped.load(Ordering::SeqCst) && tasks.hard().is_cancelled());
}

#[tokio::test(start_paused = true)]
async fn a_second_stop_does_not_wait() {
    let tasks = Tasks::new();
    let dropped = stubborn(&tasks);
    let (stop, source) = StopSource::manual();
    stop.request();
    let began = tokio::time::Instant::now();
    let impatient = async {
        tokio::time::sleep(SAME_STOP).await;
        stop.request();
    };
    let (stopped, ()) = tokio::join!(tasks.run(source, DRAIN), impatient);
    assert_eq!(
        (stopped.unwrap(), began.elapsed()),
        (Stopped::Forced(vec!["stubborn".to_owned()]), SAME_STOP)
    );
    assert!(dropped.load(Ordering::SeqCst));
}

#[tokio::test(start_paused = true)]
async fn one_wish_told_twice_is_one_stop() {
    let tasks = Tasks::new();
    let soft = tasks.soft();
    tasks.spawn_service("outbox", async move {
        soft.cancelled().await;
        tokio::time::sleep(Duration::from_secs(3)).await;
        Ok::<_, Infallible>(())
    });
    let (stop, source) = StopSource::manual();
    stop.request();
    stop.request();
    assert_eq!(tasks.run(source, DRAIN).await.unwrap(), Stopped::Drained);
}

#[tokio::test(start_paused = true)]
async fn a_failure_while_draining_is_reported() {
    let tasks = Tasks::new();
    let soft = tasks.soft();
    tasks.spawn_service("outbox", async move {
        soft.cancelled().await;
        Err(io::Error::other("disk full"))
    });
    let (stop, source) = StopSource::manual();
    stop.request();
    assert_eq!(tasks.run(source, DRAIN).await.unwrap_err().to_string(), "task outbox failed: disk full");
}

#[tokio::test(start_paused = true)]
async fn two_processes_in_one_do_not_meet() {
    let (first, second) = (Tasks::new(), Tasks::new());
    service(&first, "a");
    service(&second, "b");
    let (stop, source) = StopSource::manual();
    stop.request();
    first.run(source, DRAIN).await.unwrap();
    assert_eq!(second.running(), ["b"]);
    assert!(!second.soft().is_cancelled());
}

#[cfg(unix)]
#[tokio::test]
async fn sigterm_is_a_stop() {
    let tasks = Tasks::new();
    service(&tasks, "uplink");
    let source = StopSource::signals().unwrap();
    let sent = std::process::Command::new("kill").args(["-TERM", &std::process::id().to_string()]).status();
    assert!(sent.unwrap().success());
    assert_eq!(tasks.run(source, DRAIN).await.unwrap(), Stopped::Drained);
}
