//! Who may send, and what is read of what is sent.

use super::*;

#[tokio::test]
async fn every_path_takes_events_and_keeps_them_first() {
    for path in CALLS {
        let desk = Desk::new();
        let batch = matches!(path, "/v1/batch" | "/v1/import" | "/v1/b");
        let body = if batch {
            json!({ "batch": [track("m1")] })
        } else {
            json!({ "messageId": "m1", "userId": "u" })
        };
        let answer = desk.post(path, &[("authorization", &basic("web-key:"))], &body).await;
        assert_eq!((answer.status(), answer.json()), (200, json!({ "success": true })), "{path}");
        let waiting = desk.waiting().await;
        assert_eq!((waiting.len(), waiting[0].id.message.as_str()), (1, "m1"), "{path}");
        let kept: Value = serde_json::from_slice(waiting[0].body.reveal()).unwrap();
        let last = path.trim_start_matches("/v1/");
        let expected = if batch { "track".to_owned() } else { last.to_owned() };
        assert!(kept["type"].as_str().unwrap().starts_with(&expected), "{path}: {kept}");
    }
}

#[tokio::test]
async fn a_write_key_may_come_in_four_ways() {
    let (with_colon, without, unpadded) =
        (basic("till-key:"), basic("till-key"), basic("till-key:").replace('=', ""));
    let jwt = "Bearer eyJhbGciOiJSUzI1NiJ9.e30.c2ln";
    for (header, in_body, status, code) in [
        (Some(with_colon.as_str()), None, 200, ""),
        (Some(with_colon.as_str()), Some("something else"), 200, ""),
        (Some(without.as_str()), None, 200, ""),
        (Some(unpadded.as_str()), None, 200, ""),
        (Some(&*basic("till-key:password")), None, 200, ""),
        (None, Some(TILL), 200, ""),
        (Some(&*basic(":")), Some(TILL), 200, ""),
        (Some(jwt), Some(TILL), 200, ""),
        (Some(jwt), None, 401, "missing_write_key"),
        (Some(jwt), Some("wrong"), 401, "invalid_write_key"),
        (None, None, 401, "missing_write_key"),
        (None, Some(""), 401, "missing_write_key"),
        (None, Some("till-kez"), 401, "invalid_write_key"),
        (Some(&*basic("till-kez:")), Some(TILL), 401, "invalid_write_key"),
        (Some("Basic !!!"), Some(TILL), 401, "invalid_authorization"),
        (Some("Digest abc"), Some(TILL), 401, "invalid_authorization"),
        (Some("Basic"), None, 401, "invalid_authorization"),
    ] {
        let desk = Desk::new();
        let mut body = json!({ "batch": [track("m1")] });
        if let Some(key) = in_body {
            body["writeKey"] = key.into();
        }
        let headers: Vec<(&str, &str)> = header.map(|value| ("authorization", value)).into_iter().collect();
        let answer = desk.post("/v1/batch", &headers, &body).await;
        assert_eq!(answer.status(), status, "{header:?} {in_body:?}");
        let waiting = desk.waiting().await;
        assert_eq!(waiting.len(), usize::from(status == 200), "{header:?} {in_body:?}");
        if status == 200 {
            assert_eq!(waiting[0].id.source.as_str(), "till");
            assert!(
                !String::from_utf8_lossy(waiting[0].body.reveal()).contains("till-key"),
                "the key is not kept"
            );
        } else {
            assert_eq!(answer.code(), code, "{header:?} {in_body:?}");
        }
    }
}

#[tokio::test]
async fn neither_content_type_nor_encoding_is_believed() {
    let plain = json!({ "batch": [track("m1")], "writeKey": WEB }).to_string().into_bytes();
    let packed = packed(&plain);
    for (kind, encoding, body, status) in [
        ("application/json", None, &plain, 200),
        ("text/plain", None, &plain, 200),
        ("application/x-www-form-urlencoded", Some("gzip"), &packed, 200),
        ("application/octet-stream", None, &packed, 200),
        ("", Some("gzip"), &plain, 200),
        ("", Some("identity"), &plain, 200),
        ("", Some("br"), &packed, 200),
        ("", Some("br"), &plain, 415),
    ] {
        let desk = Desk::new();
        let mut headers = vec![("content-type", kind)];
        headers.extend(encoding.map(|name| ("content-encoding", name)));
        let answer = desk.send("POST", "/v1/batch", &headers, body.clone()).await;
        assert_eq!(answer.status(), status, "{kind} {encoding:?}");
        assert_eq!(desk.waiting().await.len(), usize::from(status == 200), "{kind} {encoding:?}");
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_named_and_not_sent_again() {
    let desk = Desk::new();
    let cut = packed(&[b'x'; 5_000])[..20].to_vec();
    for (body, status, code) in [
        (b"{".to_vec(), 400, "invalid_json"),
        (b"".to_vec(), 400, "invalid_json"),
        (b"\xff\xfe".to_vec(), 400, "invalid_json"),
        ("[".repeat(100_000).into_bytes(), 400, "invalid_json"),
        (b"[]".to_vec(), 400, "invalid_request"),
        (b"{\"writeKey\":\"web-key\"}".to_vec(), 400, "invalid_request"),
        (b"{\"batch\":\"[{]\",\"writeKey\":\"web-key\"}".to_vec(), 400, "invalid_request"),
        (cut, 400, "invalid_gzip"),
    ] {
        let answer = desk.send("POST", "/v1/batch", &[], body.clone()).await;
        assert_eq!(
            (answer.status(), answer.code().as_str()),
            (status, code),
            "{:?}",
            String::from_utf8_lossy(&body[..body.len().min(40)])
        );
        assert!(answer.header("retry-after").is_none());
    }
    assert!(desk.waiting().await.is_empty());
    assert_eq!(desk.post("/v1/nothing", &[], &json!({})).await.code(), "not_found");
    let get = desk.send("GET", "/v1/batch", &[], Body::empty()).await;
    assert_eq!(
        (get.status(), get.header("allow"), get.code().as_str()),
        (405, Some("POST, OPTIONS"), "method_not_allowed")
    );
}

#[tokio::test]
async fn pages_of_other_origins_may_ask_and_not_send() {
    let desk = Desk::new();
    let asked = [
        ("origin", "https://elsewhere.example"),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "authorization,content-type,x-retry-count"),
    ];
    for path in CALLS.into_iter().chain(["/v1/projects/web-key/settings"]) {
        let answer = desk.send("OPTIONS", path, &asked, Body::empty()).await;
        assert_eq!(
            (answer.status(), answer.header("access-control-allow-origin")),
            (204, Some("*")),
            "{path}"
        );
        let allowed = answer.header("access-control-allow-headers").unwrap();
        assert!(["authorization", "content-type", "x-retry-count"].iter().all(|name| allowed.contains(name)));
        assert!(answer.header("access-control-allow-methods").unwrap().contains("POST"));
    }
    for (key, origin, status) in [
        (WEB, Some("https://shop.example"), 200),
        (WEB, Some("https://elsewhere.example"), 403),
        (WEB, Some("null"), 403),
        (WEB, None, 200),
        (TILL, Some("https://elsewhere.example"), 200),
    ] {
        let headers: Vec<(&str, &str)> = origin.map(|origin| ("origin", origin)).into_iter().collect();
        let answer =
            desk.post("/v1/t", &headers, &json!({ "writeKey": key, "userId": "u", "event": "e" })).await;
        assert_eq!(answer.status(), status, "{key} {origin:?}");
        if status == 403 {
            assert_eq!(answer.code(), "origin_not_allowed");
        }
    }
}

#[tokio::test]
async fn a_browser_is_told_where_events_go() {
    let path = "/v1/projects/web-key/settings";
    let asked = [("host", "events.example:8443")];
    let told = Desk::new().send("GET", path, &asked, Body::empty()).await;
    assert_eq!((told.status(), told.header("access-control-allow-origin")), (200, Some("*")));
    let expected = json!({ "apiKey": "web-key", "apiHost": "events.example:8443/v1", "protocol": "http" });
    assert_eq!(told.json()["integrations"]["Segment.io"], expected);
    let public =
        Desk::with(&["tracking.public_url=https://e.example"]).send("GET", path, &asked, Body::empty()).await;
    let expected = json!({ "apiKey": "web-key", "apiHost": "e.example/v1", "protocol": "https" });
    assert_eq!(public.json()["integrations"]["Segment.io"], expected);
    for (path, host, status) in
        [("/v1/projects/wrong/settings", "e.example", 401), (path, "e.example/\"", 404)]
    {
        let answer = Desk::new().send("GET", path, &[("host", host)], Body::empty()).await;
        assert_eq!(answer.status(), status, "{path} {host}");
        answer.code();
    }
}
