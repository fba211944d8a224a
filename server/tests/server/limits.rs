//! What one caller may hold of the server, and what the server says of itself at its end.

use std::time::Duration;

use shopbell_kit::notify::Notify;
use shopbell_proto::edge::v1::{self as edge, report_request::Body as Up};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpStream, UnixDatagram},
};
use tonic::Code;
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

use crate::{
    clients::{Agent, at},
    world::{SOON, World, stop, token_of},
};

#[tokio::test]
async fn a_tablets_token_holds_so_many_floors_and_the_newest_stay() {
    let world = World::with(&["limits.tablet_streams=2"]).await;
    let (mut first, _) = world.tablet("ines").await;
    let (second, _) = world.tablet("ines").await;
    let (_toms, _) = world.tablet("tom").await;
    let (_third, _) = world.tablet("ines").await;
    let status = first.message().await.unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted);
    assert!(status.message().contains("limits.tablet_streams"), "{status:?}");
    assert_eq!(world.server.metrics().floor_streams.get(), 3);
    drop(second);
}

#[tokio::test]
async fn an_agents_token_holds_so_many_streams_before_it_says_hello() {
    let world = World::new().await;
    let mut silent = Agent::raw(&world, "lyon-door").await;
    let _silent_too = Agent::raw(&world, "lyon-door").await;
    let _elsewhere = Agent::raw(&world, "lyon-shoes").await;
    let third = world.agent("lyon-door").await;
    let status = silent.result().await.unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted);
    assert!(status.message().contains("limits.agent_streams"), "{status:?}");
    drop(third);
}

#[tokio::test]
async fn an_agent_that_does_not_say_hello_is_cut() {
    let world = World::with(&["limits.request_s=0.2"]).await;
    let mut silent = Agent::raw(&world, "lyon-door").await;
    let mut greeted = world.agent("lyon-shoes").await;
    let status = silent.result().await.unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded);
    assert!(status.message().contains("limits.request_s"), "{status:?}");
    greeted.send(Up::Heartbeat(edge::Heartbeat { sent_at: Some(at(&world, 0)), ..Default::default() })).await;
    greeted.answer().await;
}

/// A call of gRPC-Web whose body is announced with `length` bytes and is `body`, and what is answered.
async fn call(world: &World, length: usize, body: &[u8]) -> String {
    let head = format!(
        "POST /shopbell.floor.v1.FloorService/GetCard HTTP/1.1\r\nhost: shop\r\n\
         content-type: application/grpc-web+proto\r\nauthorization: Bearer {}\r\ncontent-length: {length}\r\n\
         connection: close\r\n\r\n",
        token_of("ines")
    );
    let mut socket = TcpStream::connect(world.server.address()).await.unwrap();
    socket.write_all(&[head.as_bytes(), body].concat()).await.unwrap();
    let mut answer = Vec::new();
    tokio::time::timeout(SOON, socket.read_to_end(&mut answer)).await.expect("an answer in time").unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn a_request_that_trickles_is_cut() {
    let world = World::with(&["limits.request_s=0.2"]).await;
    let answer = call(&world, 5_000, &[0, 0, 0]).await;
    assert!(answer.contains("grpc-status: 4") || answer.contains("grpc-status:4"), "{answer}");
    assert!(answer.contains("limits.request_s"), "{answer}");
}

#[tokio::test]
async fn bytes_that_are_no_message_are_the_callers_fault() {
    let world = World::new().await;
    let answer = call(&world, 8, &[0, 0, 0, 0, 3, 0x0a, 0xff, 0xff]).await;
    assert!(answer.contains("grpc-status: 3") || answer.contains("grpc-status:3"), "{answer}");
}

#[tokio::test]
async fn who_watches_the_health_is_told_at_once_when_the_server_stops() {
    let world = World::new().await;
    let mut health = HealthClient::new(world.channel().await);
    let mut watched = Vec::new();
    for service in ["", "shopbell.edge.v1.EdgeService"] {
        let request = HealthCheckRequest { service: service.to_owned() };
        let mut stream = health.watch(request).await.unwrap().into_inner();
        assert_eq!(stream.message().await.unwrap().unwrap().status(), ServingStatus::Serving);
        watched.push(stream);
    }
    let begun = tokio::time::Instant::now();
    let told = async {
        for stream in &mut watched {
            assert_eq!(stream.message().await.unwrap().unwrap().status(), ServingStatus::NotServing);
            assert!(stream.message().await.unwrap().is_none(), "and holds up nothing");
        }
    };
    tokio::join!(stop(world.server), told);
    assert!(begun.elapsed() < SOON / 6, "it does not wait for those who watch");
}

#[tokio::test]
async fn the_service_manager_hears_of_the_whole_life() {
    let world = World::new().await;
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("notify");
    let manager = UnixDatagram::bind(&path).unwrap();
    let notify = Notify::to(path.as_os_str(), Some(Duration::from_millis(20))).unwrap();
    let hears = async |expected: &str| {
        let mut bytes = [0; 64];
        let length = tokio::time::timeout(SOON, manager.recv(&mut bytes)).await.unwrap().unwrap();
        assert_eq!(String::from_utf8_lossy(&bytes[..length]), expected);
    };
    world.server.supervise(notify);
    hears("READY=1").await;
    for _ in 0..3 {
        hears("WATCHDOG=1").await;
    }
    stop(world.server).await;
    let mut last = String::new();
    let mut bytes = [0; 64];
    while let Ok(length) = manager.try_recv(&mut bytes) {
        last = String::from_utf8_lossy(&bytes[..length]).into_owned();
    }
    assert_eq!(last, "STOPPING=1");
}
