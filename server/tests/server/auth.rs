//! Who may call what: every call of every service against every kind of caller.

use std::collections::BTreeMap;

use prost::Message as _;
use prost_types::FileDescriptorSet;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::world::{SOON, World, token_of};

/// All calls of Shopbell's own services, as `service -> methods`.
fn calls() -> BTreeMap<String, Vec<String>> {
    let descriptors = FileDescriptorSet::decode(shopbell_proto::FILE_DESCRIPTOR_SET).unwrap();
    let mut calls = BTreeMap::new();
    for file in descriptors.file.iter().filter(|file| file.package().starts_with("shopbell.")) {
        for service in &file.service {
            let methods = service.method.iter().map(|method| method.name().to_owned()).collect();
            calls.insert(format!("{}.{}", file.package(), service.name()), methods);
        }
    }
    calls
}

/// Calls with an empty message as gRPC-Web over HTTP/1.1, which shows the status of a refusal among the headers.
async fn status_of(world: &World, path: &str, authorization: Option<&str>) -> Option<u32> {
    let mut socket = tokio::net::TcpStream::connect(world.server.address()).await.unwrap();
    let authorization = authorization.map(|value| format!("authorization: {value}\r\n")).unwrap_or_default();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: shop\r\ncontent-type: application/grpc-web+proto\r\ncontent-length: 5\r\n\
         {authorization}\r\n"
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    socket.write_all(&[0; 5]).await.unwrap();
    let mut answer = Vec::new();
    while !answer.windows(4).any(|end| end == b"\r\n\r\n") {
        let read = tokio::time::timeout(SOON, socket.read_buf(&mut answer)).await.unwrap().unwrap();
        assert!(read > 0, "no whole answer from {path}");
    }
    let text = String::from_utf8_lossy(&answer).to_lowercase();
    assert!(text.starts_with("http/1.1 200"), "{path}: {text}");
    let head = text.split("\r\n\r\n").next().unwrap();
    head.lines().find_map(|line| line.strip_prefix("grpc-status: ")).map(|code| code.trim().parse().unwrap())
}

const UNAUTHENTICATED: u32 = 16;
const PERMISSION_DENIED: u32 = 7;
const WRITE_KEYS: &str = "shopbell.customer.v1.EventService";

#[tokio::test]
async fn every_call_admits_its_own_callers_and_nobody_else() {
    let world = World::new().await;
    let admitted = BTreeMap::from([
        ("shopbell.admin.v1.AdminService", vec!["operator"]),
        ("shopbell.admin.v1.MaintenanceService", vec!["operator"]),
        ("shopbell.admin.v1.OnlineService", vec!["operator"]),
        ("shopbell.admin.v1.StarterService", vec!["operator"]),
        ("shopbell.customer.v1.ConsentService", vec!["app"]),
        ("shopbell.customer.v1.CustomerService", vec!["app"]),
        // Asks for a source's write key, which is no token of any of these.
        (WRITE_KEYS, vec![]),
        ("shopbell.customer.v1.PrivacyService", vec!["app", "operator"]),
        ("shopbell.edge.v1.EdgeService", vec!["lyon-door", "nice-door"]),
        ("shopbell.floor.v1.FloorService", vec!["ines", "paul"]),
    ]);
    let callers = ["lyon-door", "nice-door", "ines", "paul", "app", "operator"];
    let calls = calls();
    assert_eq!(
        calls.keys().collect::<Vec<_>>(),
        admitted.keys().collect::<Vec<_>>(),
        "each service has its rule here"
    );
    let mut tried = 0;
    for (service, methods) in &calls {
        for method in methods {
            let path = format!("/{service}/{method}");
            for nobody in [None, Some("Bearer wrong"), Some("Bearer "), Some("Basic aW5lczppbmVz")] {
                assert_eq!(
                    status_of(&world, &path, nobody).await,
                    Some(UNAUTHENTICATED),
                    "{path} with {nobody:?}"
                );
            }
            for caller in callers {
                let status = status_of(&world, &path, Some(&format!("Bearer {}", token_of(caller)))).await;
                if admitted[service.as_str()].contains(&caller) {
                    let refused = [Some(UNAUTHENTICATED), Some(PERMISSION_DENIED)].contains(&status);
                    assert!(!refused, "{path} refused {caller}");
                } else {
                    let refusal = if service == WRITE_KEYS { UNAUTHENTICATED } else { PERMISSION_DENIED };
                    assert_eq!(status, Some(refusal), "{path} with {caller}");
                }
                tried += 1;
            }
        }
    }
    assert_eq!(tried, calls.values().map(Vec::len).sum::<usize>() * callers.len());
    assert!(tried >= 15 * 6, "{tried} calls");
}
