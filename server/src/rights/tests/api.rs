//! `/v1/regulations` as programs written for Segment's Public API see it.

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode},
};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::*;
use crate::{
    config::{Config, DEFAULTS, TokenHash},
    grpc::auth::Callers,
};

fn callers() -> Arc<Callers> {
    let clients = ["operator", "app"].map(|role| {
        format!(
            "[[{role}]]\nid = \"{role}\"\ntoken_sha256 = \"{}\"\n",
            TokenHash::of(&format!("{role}-token"))
        )
    });
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("server.toml");
    std::fs::write(&file, clients.concat()).unwrap();
    let sources = shopbell_kit::config::Sources { defaults: DEFAULTS, file: Some(&file), overrides: &[] };
    let config: Config = shopbell_kit::config::load(&sources).unwrap();
    Arc::new(Callers::from_config(&config))
}

fn site(desk: &Desk) -> Router {
    super::super::routes(desk.rights.clone(), callers())
}

async fn call(site: &Router, method: &str, path: &str, token: &str, body: &str) -> (StatusCode, Value) {
    let mut request = Request::builder().method(method).uri(path);
    if !token.is_empty() {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let response = site.clone().oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
    let status = response.status();
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap_or_else(|_| String::from_utf8_lossy(&bytes).into()))
}

async fn post(site: &Router, body: &Value) -> (StatusCode, Value) {
    call(site, "POST", "/v1/regulations", "app-token", &body.to_string()).await
}

async fn get(site: &Router, path: &str) -> (StatusCode, Value) {
    call(site, "GET", path, "operator-token", "").await
}

fn wish(ids: &[&str]) -> Value {
    json!({ "regulationType": "DELETE_ONLY", "subjectType": "USER_ID", "subjectIds": ids })
}

#[tokio::test]
async fn a_regulation_is_asked_for_shown_and_ends() {
    let desk = Desk::new().await;
    let site = site(&desk);
    let (status, answer) = post(&site, &wish(&["c1", "null"])).await;
    assert_eq!((status, answer), (StatusCode::OK, json!({ "data": { "regulateId": "1" } })));
    let (_, list) = get(&site, "/v1/regulations").await;
    let entry = &list["data"]["regulations"][0];
    assert_eq!((&entry["status"], &entry["subjects"]), (&json!("INITIALIZED"), &json!(["c1", "null"])));
    desk.carry_out().await;

    let (status, shown) = get(&site, "/v1/regulations/1").await;
    let regulation = &shown["data"]["regulation"];
    assert_eq!((status, &regulation["overallStatus"]), (StatusCode::OK, &json!("PARTIAL_SUCCESS")));
    assert_eq!(regulation["streamStatus"][0]["destinationStatus"][0]["status"], "PARTIAL_SUCCESS");
    assert_eq!(
        (&regulation["createdAt"], &regulation["finishedAt"]),
        (&json!("2026-11-18T11:06:40Z"), &json!("2026-11-18T11:06:40Z"))
    );
    assert_eq!(
        regulation["results"][0],
        json!({ "index": 0, "status": "FINISHED", "receipt": 1, "records": 5 })
    );
    assert_eq!(regulation["results"][1]["status"], "INVALID");
    let (_, list) = get(&site, "/v1/regulations").await;
    assert_eq!(list["data"]["regulations"][0]["subjects"], json!([]), "nobody is named any more");

    let (status, receipt) = get(&site, "/v1/receipts/1").await;
    // Whoever was handed it checks it without a token.
    let (status_of_key, key) = call(&site, "GET", "/v1/receipts/key", "", "").await;
    let (_, pem) = call(&site, "GET", "/v1/receipts/key.pem", "", "").await;
    assert_eq!(status_of_key, StatusCode::OK);
    assert!(pem.as_str().unwrap().starts_with("-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA"), "{pem}");
    let key = shopbell_vault::PublicKey::from_hex(key.as_str().unwrap()).unwrap();
    assert_eq!((status, key.verify(receipt.as_str().unwrap()).unwrap().number), (StatusCode::OK, 1));
}

#[tokio::test]
async fn nobody_but_apps_and_operators_may_ask() {
    let desk = Desk::new().await;
    let site = site(&desk);
    for (method, path) in [
        ("POST", "/v1/regulations"),
        ("GET", "/v1/regulations"),
        ("GET", "/v1/regulations/1"),
        ("POST", "/v1/regulations/sources/web"),
        ("GET", "/v1/receipts/1"),
    ] {
        for token in ["", "wrong", "app-toke"] {
            let (status, answer) = call(&site, method, path, token, &wish(&["c1"]).to_string()).await;
            assert_eq!(
                (status, &answer["errors"][0]["type"]),
                (StatusCode::UNAUTHORIZED, &json!("unauthorized"))
            );
        }
    }
    assert_eq!(desk.rights.regulations(None, 9).await.unwrap(), []);
}

#[tokio::test]
async fn what_is_asked_wrongly_is_refused_and_nothing_is_done() {
    let desk = Desk::new().await;
    let site = site(&desk);
    let many: Vec<String> = (0..5_001).map(|number| format!("c{number}")).collect();
    let with = |name: &str, value: Value| {
        let mut wish = wish(&["secret-number"]);
        wish[name] = value;
        wish
    };
    for (body, field) in [
        (with("subjectIds", json!(many)), "subjectIds"),
        (with("subjectIds", json!([])), "subjectIds"),
        (with("subjectIds", json!("secret-number")), "body"),
        (with("subjectIds", json!([17])), "body"),
        (with("regulationType", json!("MERGE")), "regulationType"),
        (with("regulationType", json!(null)), "body"),
        (with("subjectType", json!("OBJECT_ID")), "subjectType"),
        (with("collection", json!("x")), "body"),
        (json!([]), "body"),
        (json!({}), "body"),
    ] {
        let (status, answer) = post(&site, &body).await;
        let error = &answer["errors"][0];
        assert_eq!(
            (status, &error["type"], &error["field"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("validation-error"), &json!(field)),
            "{answer}"
        );
        assert!(!answer.to_string().contains("secret-number"), "{answer}");
    }
    for malformed in ["", "{", "null", "subjectIds=c1"] {
        let (status, _) = call(&site, "POST", "/v1/regulations", "app-token", malformed).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{malformed}");
    }
    let (status, _) = call(&site, "POST", "/v1/regulations", "app-token", &" ".repeat(5 << 20)).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(desk.rights.regulations(None, 9).await.unwrap(), []);
}

#[tokio::test]
async fn as_many_as_5000_are_taken() {
    let desk = Desk::new().await;
    let many: Vec<String> = (0..5_000).map(|number| format!("c{number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let (status, _) = post(&site(&desk), &wish(&many)).await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test]
async fn kinds_that_leave_segments_destinations_alone_are_the_same() {
    let desk = Desk::new().await;
    let site = site(&desk);
    for (name, kind) in [
        ("SUPPRESS_WITH_DELETE_INTERNAL", "SUPPRESS_WITH_DELETE"),
        ("DELETE_INTERNAL", "DELETE_ONLY"),
        ("ANONYMIZE", "ANONYMIZE"),
    ] {
        let mut wish = wish(&["c1"]);
        wish["regulationType"] = name.into();
        post(&site, &wish).await;
        let (_, list) = get(&site, "/v1/regulations?pagination%5Bcount%5D=1").await;
        assert_eq!(list["data"]["regulations"][0]["regulationType"], kind);
    }
}

#[tokio::test]
async fn one_source_alone_is_not_supported() {
    let desk = Desk::new().await;
    let site = site(&desk);
    let path = "/v1/regulations/sources/web";
    let (status, _) = call(&site, "POST", path, "app-token", &wish(&["c1"]).to_string()).await;
    assert_eq!(status, StatusCode::OK);
    desk.carry_out().await;
    let (_, shown) = get(&site, "/v1/regulations/1").await;
    assert_eq!(shown["data"]["regulation"]["overallStatus"], "NOT_SUPPORTED");
    let (_, list) = get(&site, path).await;
    assert_eq!(list["data"]["regulations"][0]["id"], "1");
    let (_, list) = get(&site, "/v1/regulations").await;
    assert_eq!(list["data"]["regulations"], json!([]), "it is the source's");
    assert!(desk.played.state().forgotten.is_empty());
}

#[tokio::test]
async fn lists_come_in_pages_and_by_what_is_asked() {
    let desk = Desk::new().await;
    let site = site(&desk);
    for number in 0..25 {
        let kind = if number % 5 == 0 { Kind::SuppressOnly } else { Kind::DeleteOnly };
        desk.ask(kind, &["c1"]).await;
    }
    let (mut path, mut found) = ("/v1/regulations".to_owned(), Vec::new());
    loop {
        let (_, list) = get(&site, &path).await;
        let page = list["data"]["regulations"].as_array().unwrap();
        assert!(page.len() <= 10);
        found.extend(page.iter().map(|entry| entry["id"].as_str().unwrap().parse::<u64>().unwrap()));
        let Some(next) = list["data"]["pagination"]["next"].as_str() else { break };
        path = format!("/v1/regulations?pagination[cursor]={next}");
    }
    assert_eq!(found, (1..=25).rev().collect::<Vec<u64>>());
    let (_, list) =
        get(&site, "/v1/regulations?regulationTypes=SUPPRESS_ONLY&status=INITIALIZED&pagination[count]=3")
            .await;
    let ids: Vec<&str> = list["data"]["regulations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["21", "16", "11"]);
    for wrong in
        ["pagination[count]=0", "pagination[count]=201", "status=DONE", "regulationTypes=X", "user=c1"]
    {
        let (status, _) = get(&site, &format!("/v1/regulations?{wrong}")).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let desk = Desk::new().await;
    let site = site(&desk);
    for path in
        ["/v1/regulations/1", "/v1/regulations/x", "/v1/regulations/-1", "/v1/receipts/1", "/v1/receipts/x"]
    {
        let (status, answer) = get(&site, path).await;
        assert_eq!(
            (status, &answer["errors"][0]["type"]),
            (StatusCode::NOT_FOUND, &json!("not-found")),
            "{path}"
        );
    }
}
