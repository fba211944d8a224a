//! Bad requests, gRPC-Web, plain HTTP and TLS.

use shopbell_domain::{consent::SharingLevel, id::BootId};
use shopbell_proto::{
    customer::v1 as customer,
    edge::v1::{self as edge, PresenceKind, report_request::Body as Up},
    floor::v1 as floor,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tonic::{Code, Status};

use crate::{
    clients::{Agent, at, boot_bytes},
    world::{Bearer, SOON, World, token_of},
};

fn names(status: &Status, field: &str) {
    assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
    assert!(status.message().contains(field), "{field:?} is not named in {:?}", status.message());
}

#[tokio::test]
async fn what_is_missing_or_unknown_is_named() {
    let world = World::new().await;
    let mut ines = world.floor("ines").await;
    names(&ines.get_card(floor::GetCardRequest::default()).await.unwrap_err(), "visit_id is missing");
    let odd = floor::GetCardRequest { visit_id: "zz".to_owned(), ..Default::default() };
    names(&ines.get_card(odd).await.unwrap_err(), "visit_id is invalid");
    names(&ines.set_greeted(floor::SetGreetedRequest::default()).await.unwrap_err(), "visit_id");
    let visit_id = "0".repeat(32);
    let no_starter = floor::SetFeedbackRequest { visit_id: visit_id.clone(), ..Default::default() };
    names(&ines.set_feedback(no_starter).await.unwrap_err(), "starter_id");
    let odd =
        floor::SetFeedbackRequest { visit_id: visit_id.clone(), starter_id: "s".to_owned(), feedback: 9 };
    names(&ines.set_feedback(odd).await.unwrap_err(), "feedback");
    names(&ines.set_outcome(floor::SetOutcomeRequest { visit_id, outcome: 9 }).await.unwrap_err(), "outcome");

    let mut backend = world.backend().await;
    names(&backend.put_customer(customer::PutCustomerRequest::default()).await.unwrap_err(), "customer_id");
    let long = customer::PutCustomerRequest { customer_id: "c".to_owned(), name: "x".repeat(101) };
    names(&backend.put_customer(long).await.unwrap_err(), "name");
    let sharing = |sharing| customer::SetSharingRequest { customer_id: "c".to_owned(), sharing };
    names(&backend.set_sharing(sharing(None)).await.unwrap_err(), "sharing is missing");
    let no_level = Some(customer::Sharing::default());
    names(&backend.set_sharing(sharing(no_level)).await.unwrap_err(), "sharing.level is missing");
    let odd = Some(customer::Sharing { level: 42, ..Default::default() });
    names(&backend.set_sharing(sharing(odd)).await.unwrap_err(), "sharing.level is invalid");
    names(&backend.revoke_phone(customer::RevokePhoneRequest::default()).await.unwrap_err(), "phone_id");
    let days = customer::IssueTokensRequest { phone_id: "0".repeat(16), days: 15 };
    names(&backend.issue_tokens(days).await.unwrap_err(), "days");
}

async fn refused(world: &World, hello: bool, body: Option<Up>) -> Status {
    let mut agent = Agent::raw(world, "lyon-door").await;
    if hello {
        agent = Agent::open(world, "lyon-door", BootId(4), 0).await;
    }
    agent.up.send(edge::ReportRequest { body }).await.unwrap();
    agent.result().await.unwrap_err()
}

#[tokio::test]
async fn an_agents_mistakes_are_named() {
    let mut world = World::new().await;
    let (_, phone) = world.customer("Camille", SharingLevel::Present).await;
    let token = world.shown_by(phone);
    let boot = BootId(4);
    let good = Agent { sequence: 0, boot, ..Agent::open(&world, "nice-door", boot, 0).await }.event(
        &world,
        token,
        PresenceKind::Entered,
        0,
    );
    let batch = |events: Vec<edge::PresenceEvent>| {
        Some(Up::Batch(edge::Batch { boot_id: boot_bytes(boot), sent_at: Some(at(&world, 0)), events }))
    };
    let hello = || edge::Hello {
        boot_id: boot_bytes(boot),
        agent_version: String::new(),
        sent_at: Some(at(&world, 0)),
    };
    names(&refused(&world, false, None).await, "body is missing");
    names(&refused(&world, false, batch(vec![good.clone()])).await, "hello is missing");
    names(&refused(&world, false, Some(Up::Hello(edge::Hello::default()))).await, "boot_id");
    let no_time = edge::Hello { sent_at: None, ..hello() };
    names(&refused(&world, false, Some(Up::Hello(no_time))).await, "sent_at");
    names(&refused(&world, true, Some(Up::Hello(hello()))).await, "only the first");
    names(&refused(&world, true, batch(Vec::new())).await, "batch.events");
    let many = (1..=257).map(|sequence| edge::PresenceEvent { sequence, ..good.clone() }).collect();
    names(&refused(&world, true, batch(many)).await, "256");
    let unnumbered = edge::PresenceEvent { sequence: 0, ..good.clone() };
    names(&refused(&world, true, batch(vec![unnumbered])).await, "sequence");
    let newer = edge::PresenceEvent { carrier: 99, ..good };
    let mut agent = Agent::open(&world, "lyon-door", boot, 1).await;
    assert_eq!(agent.report(&world, vec![newer]).await, 1, "an unknown carrier is kept");
}

/// Sends a request and reads until the server closes or `enough` of the answer is there.
async fn http(world: &World, request: &[u8], enough: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let mut socket = tokio::net::TcpStream::connect(world.server.address()).await.unwrap();
    socket.write_all(request).await.unwrap();
    let mut answer = Vec::new();
    while !enough(&answer) {
        if tokio::time::timeout(SOON, socket.read_buf(&mut answer)).await.unwrap().unwrap() == 0 {
            break;
        }
    }
    answer
}

async fn get(world: &World, path: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\r\n");
    String::from_utf8_lossy(&http(world, request.as_bytes(), |_| false).await).into_owned()
}

#[tokio::test]
async fn grpc_web_over_http_1_streams_a_snapshot() {
    let world = World::new().await;
    let request = format!(
        "POST /shopbell.floor.v1.FloorService/WatchFloor HTTP/1.1\r\nhost: shop\r\n\
         content-type: application/grpc-web+proto\r\nauthorization: Bearer {}\r\ncontent-length: 5\r\n\r\n",
        token_of("ines")
    );
    let request = [request.as_bytes(), &[0; 5]].concat();
    let has = |answer: &[u8], text: &str| answer.windows(text.len()).any(|part| part == text.as_bytes());
    let answer = http(&world, &request, |answer| has(answer, "Inès")).await;
    assert!(has(&answer, "HTTP/1.1 200") && has(&answer, "application/grpc-web+proto"));
    assert!(has(&answer, "Lyon"), "the snapshot names the shop");
}

#[tokio::test]
async fn the_one_port_answers_the_page_health_and_metrics_and_404_for_the_rest() {
    let world = World::new().await;
    let page = get(&world, "/").await;
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    assert!(
        page.contains("content-security-policy: default-src 'none'") && page.contains("nosniff"),
        "{page}"
    );
    assert!(get(&world, "/healthz").await.ends_with("\r\n\r\nok\n"));
    assert!(get(&world, "/metrics").await.starts_with("HTTP/1.1 401"), "also on this machine");
    let request = format!(
        "GET /metrics HTTP/1.1\r\nhost: shop\r\nconnection: close\r\nauthorization: Bearer {}\r\n\r\n",
        token_of("operator")
    );
    let metrics = http(&world, request.as_bytes(), |_| false).await;
    assert!(String::from_utf8_lossy(&metrics).contains("shopbell_floor_streams 0"));
    for path in ["/nothing", "/assets/old-1234.js", "/v2/track", "/index.htm"] {
        assert!(get(&world, path).await.starts_with("HTTP/1.1 404"), "{path}");
    }
    let grpc = b"POST /no.Such/Thing HTTP/1.1\r\nhost: shop\r\ncontent-type: application/grpc-web+proto\r\n\
        content-length: 0\r\nconnection: close\r\n\r\n";
    let answer = String::from_utf8_lossy(&http(&world, grpc, |_| false).await).into_owned();
    assert!(answer.contains("grpc-status: 12"), "{answer}");
}

#[tokio::test]
async fn health_is_open_to_all() {
    let world = World::new().await;
    let mut health = tonic_health::pb::health_client::HealthClient::new(world.channel().await);
    let request =
        tonic_health::pb::HealthCheckRequest { service: "shopbell.floor.v1.FloorService".to_owned() };
    let answer = health.check(request).await.unwrap().into_inner();
    assert_eq!(answer.status(), tonic_health::pb::health_check_response::ServingStatus::Serving);
}

#[tokio::test]
async fn too_large_a_message_is_refused() {
    let world = World::with(&["limits.message_bytes=65536"]).await;
    let put = customer::PutCustomerRequest { customer_id: "c".to_owned(), name: "x".repeat(70_000) };
    let refused = world.backend().await.put_customer(put).await.unwrap_err();
    assert_eq!(refused.code(), Code::OutOfRange);
}

#[tokio::test]
async fn with_a_certificate_the_port_speaks_tls_alone() {
    let directory = tempfile::tempdir().unwrap();
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate =
        rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
    let (cert_file, key_file) = (directory.path().join("cert.pem"), directory.path().join("key.pem"));
    std::fs::write(&cert_file, certificate.pem()).unwrap();
    std::fs::write(&key_file, key.serialize_pem()).unwrap();
    let set =
        [format!("tls.cert_file={}", cert_file.display()), format!("tls.key_file={}", key_file.display())];
    let readable = |mode| std::os::unix::fs::PermissionsExt::from_mode(mode);
    std::fs::set_permissions(&key_file, readable(0o644)).unwrap();
    let error = shopbell_server::http::tls::server_config(&cert_file, &key_file).unwrap_err().to_string();
    assert!(error.starts_with("tls.key_file") && error.contains("chmod 600"), "{error}");
    std::fs::set_permissions(&key_file, readable(0o600)).unwrap();
    let world = World::with(&[&set[0], &set[1]]).await;
    assert!(world.server.url().starts_with("https://"));

    let url = format!("https://localhost:{}", world.server.address().port());
    let tls = tonic::transport::ClientTlsConfig::new()
        .ca_certificate(tonic::transport::Certificate::from_pem(certificate.pem()));
    let endpoint = tonic::transport::Channel::from_shared(url).unwrap().tls_config(tls).unwrap();
    let channel = endpoint.connect().await.unwrap();
    let mut ines =
        floor::floor_service_client::FloorServiceClient::with_interceptor(channel, Bearer(token_of("ines")));
    let mut floor = ines.watch_floor(floor::WatchFloorRequest::default()).await.unwrap().into_inner();
    assert!(floor.message().await.unwrap().is_some());
    let plain = http(&world, b"GET /healthz HTTP/1.1\r\nhost: shop\r\n\r\n", |_| false).await;
    assert!(!plain.starts_with(b"HTTP/1.1 200"), "plain text gets no answer");
}

#[tokio::test]
async fn a_busy_port_and_an_unreadable_certificate_say_what_to_do() {
    use std::sync::Arc;

    use rand::SeedableRng as _;

    let world = World::new().await;
    let parts = || shopbell_server::app::Parts {
        store: Arc::new(world.store.clone()),
        inbox: Arc::new(world.store.clone()),
        events: Arc::new(world.store.clone()),
        embedded: world.store.clone(),
        clock: Arc::clone(&world.clock) as Arc<dyn shopbell_domain::time::Clock>,
        master: shopbell_domain::token::MasterKey::new([1; 32]),
        rng: rand::rngs::StdRng::seed_from_u64(1),
        store_takes_writes: Arc::new(|| false),
    };
    let busy = crate::world::config(&[&format!("listen.address={}", world.server.address())]);
    let error = shopbell_server::app::build(&busy, parts()).await.unwrap_err().to_string();
    assert!(
        error.contains("is taken by another program") && error.contains("--set listen.address"),
        "{error}"
    );
    let missing =
        crate::world::config(&["tls.cert_file=/nonexistent/c.pem", "tls.key_file=/nonexistent/k.pem"]);
    let error = shopbell_server::app::build(&missing, parts()).await.unwrap_err().to_string();
    assert!(error.contains("tls.cert_file") && error.contains("/nonexistent/c.pem"), "{error}");
}

#[tokio::test]
async fn health_tells_when_the_store_takes_no_writes() {
    use std::sync::Arc;

    use rand::SeedableRng as _;

    let mut world = World::new().await;
    assert!(get(&world, "/healthz").await.starts_with("HTTP/1.1 200"));
    let parts = shopbell_server::app::Parts {
        store: Arc::new(world.store.clone()),
        inbox: Arc::new(world.store.clone()),
        events: Arc::new(world.store.clone()),
        embedded: world.store.clone(),
        clock: Arc::clone(&world.clock) as Arc<dyn shopbell_domain::time::Clock>,
        master: shopbell_domain::token::MasterKey::new([1; 32]),
        rng: rand::rngs::StdRng::seed_from_u64(1),
        store_takes_writes: Arc::new(|| false),
    };
    world.server = shopbell_server::app::build(&crate::world::config(&[]), parts).await.unwrap();
    let answer = get(&world, "/healthz").await;
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("takes no writes"), "{answer}");
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_does_not_begin_to_speak_is_cut() {
    let world = World::new().await;
    for said in [&b""[..], b"PRI * HT", b"GET / HT"] {
        let begun = tokio::time::Instant::now();
        let mut socket = tokio::net::TcpStream::connect(world.server.address()).await.unwrap();
        socket.write_all(said).await.unwrap();
        let mut answer = Vec::new();
        let cut = tokio::time::timeout(SOON, socket.read_to_end(&mut answer)).await;
        assert!(cut.is_ok(), "{said:?} keeps its connection");
        assert!(begun.elapsed() > SOON / 12, "{said:?} had its time: {:?}", begun.elapsed());
    }
}
