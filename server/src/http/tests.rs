use tower::ServiceExt as _;

use super::*;
use crate::config::{Config, DEFAULTS, TokenHash};

const OPERATOR: &str = "operator-token";
const APP: &str = "app-token";

fn site(tls: bool, loopback_metrics: bool) -> Router {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("server.toml");
    let clients = [("operator", OPERATOR), ("app", APP)].map(|(role, token)| {
        format!("[[{role}]]\nid = \"{role}\"\ntoken_sha256 = \"{}\"\n", TokenHash::of(token))
    });
    std::fs::write(&file, clients.concat()).unwrap();
    let sources = shopbell_kit::config::Sources { defaults: DEFAULTS, file: Some(&file), overrides: &[] };
    let config: Config = shopbell_kit::config::load(&sources).unwrap();
    let site = Site {
        metrics: Arc::new(Metrics::new()),
        loopback_metrics,
        callers: Arc::new(Callers::from_config(&config)),
        store_takes_writes: Arc::new(|| true),
        tls,
        request: Duration::from_secs(20),
    };
    router(tonic::service::Routes::default(), Router::new(), site)
}

async fn ask(method: &str, path: &str, peer: Option<&str>, headers: &[(&str, &str)], tls: bool) -> Response {
    ask_of(site(tls, false), method, path, peer, headers).await
}

async fn ask_of(
    site: Router,
    method: &str,
    path: &str,
    peer: Option<&str>,
    headers: &[(&str, &str)],
) -> Response {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    if let Some(peer) = peer {
        request = request.extension(Peer(peer.parse().unwrap()));
    }
    site.oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
}

async fn metrics_status(peer: Option<&str>, headers: &[(&str, &str)]) -> u16 {
    ask("GET", "/metrics", peer, headers, false).await.status().as_u16()
}

#[tokio::test]
async fn metrics_are_for_operators_and_where_it_is_set_for_this_machine() {
    let far = Some("192.0.2.7:5000");
    let near = Some("127.0.0.1:5000");
    for address in ["127.0.0.1:5000", "[::1]:5000", "[::ffff:127.0.0.1]:5000"] {
        let set = async |headers: &[(&str, &str)]| {
            ask_of(site(false, true), "GET", "/metrics", Some(address), headers).await.status()
        };
        assert_eq!(set(&[]).await, 200, "{address}");
        assert_eq!(set(&[("x-forwarded-for", "192.0.2.7")]).await, 401, "{address}");
        // A proxy on this machine may say nothing of those whose requests it passes on.
        assert_eq!(metrics_status(Some(address), &[("host", "events.example.com")]).await, 401, "{address}");
    }
    assert_eq!(ask_of(site(false, true), "GET", "/metrics", far, &[]).await.status(), 401);
    for unknown in [near, far, None] {
        assert_eq!(metrics_status(unknown, &[]).await, 401);
        for (token, status) in [(OPERATOR, 200), (APP, 401), ("other", 401)] {
            let bearer = format!("Bearer {token}");
            assert_eq!(metrics_status(unknown, &[("authorization", &bearer)]).await, status, "{token}");
        }
    }
    let refused = ask("GET", "/metrics", far, &[], false).await;
    assert_eq!(refused.headers()[header::WWW_AUTHENTICATE], "Bearer");
}

#[tokio::test]
async fn every_plain_answer_is_shielded() {
    for path in ["/", "/nothing", "/metrics", "/healthz", "/assets/../index.html"] {
        for (method, tls) in [("GET", false), ("GET", true), ("POST", true)] {
            let answer = ask(method, path, None, &[], tls).await;
            let headers = answer.headers();
            assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff", "{method} {path}");
            let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
            assert!(policy.starts_with("default-src 'none'"), "{method} {path}: {policy}");
            assert_eq!(headers.contains_key(header::STRICT_TRANSPORT_SECURITY), tls, "{method} {path}");
        }
    }
    let page = ask("GET", "/", None, &[], false).await;
    let policy = page.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.contains("script-src 'self'"), "the page keeps its own: {policy}");
}

#[tokio::test]
async fn the_page_is_only_read_and_only_under_its_own_names() {
    for (method, path, status) in [
        ("GET", "/", 200),
        ("HEAD", "/", 200),
        ("POST", "/", 405),
        ("DELETE", "/index.html", 405),
        ("POST", "/nothing", 404),
        ("GET", "/assets/../index.html", 404),
        ("GET", "/assets/./x.js", 404),
        ("GET", "/assets//x.js", 404),
    ] {
        let answer = ask(method, path, None, &[], false).await;
        assert_eq!(answer.status(), status, "{method} {path}");
        assert_eq!(status == 405, answer.headers().contains_key(header::ALLOW), "{method} {path}");
        let kept = answer.headers().get(header::CACHE_CONTROL).map(|value| value.to_str().unwrap());
        assert!(!kept.unwrap_or_default().contains("immutable"), "{method} {path}");
    }
    let grpc = ask("POST", "/", None, &[("content-type", "application/grpc")], true).await;
    assert_eq!(grpc.headers()["grpc-status"], "12", "an unknown service is told in its own words");
    assert!(!grpc.headers().contains_key(header::STRICT_TRANSPORT_SECURITY));
}
