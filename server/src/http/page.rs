//! The tablet's page: files built by npm and embedded in the binary.

use axum::{
    body::Body,
    http::{HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse as _, Response},
};

#[derive(rust_embed::Embed)]
#[folder = "../web/dist"]
struct Files;

/// Only the page's own files run, and it talks to its own server only.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
     img-src 'self'; font-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'none'";

/// Shown on `/` by a server that was built without the page.
const NOT_BUILT: &str = "<!doctype html><html lang=en><meta charset=utf-8><title>Shopbell</title>\
<h1>The page is not in this server</h1>\
<p>The server was built without it; the API answers all the same.</p>\
<p>To have the page: run <code>npm ci &amp;&amp; npm run build</code> in the folder <code>web</code>, then build the \
server again.</p></html>";

/// Answers what is neither gRPC nor one of the server's own paths: a file of the page, or 404.
///
/// There is no falling back to the page: it has one address, and an old name of a file must not be answered with HTML.
pub(super) async fn file(method: Method, uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    let path = if path.is_empty() { "index.html" } else { path };
    // A name that climbs would be found under another name than it says, and kept as that by browsers.
    let climbs = path.split('/').any(|part| matches!(part, "" | "." | ".."));
    let found = if climbs { None } else { Files::get(path) };
    let body = match found {
        Some(file) => Body::from(file.data),
        None if path == "index.html" => Body::from(NOT_BUILT),
        None => return StatusCode::NOT_FOUND.into_response(),
    };
    if method != Method::GET && method != Method::HEAD {
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET,HEAD")]).into_response();
    }
    respond(path, body)
}

fn respond(path: &str, body: Body) -> Response {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    let mime = mime_guess::from_path(path).first_or_octet_stream();
    let text = if mime.type_() == mime_guess::mime::TEXT {
        format!("{mime}; charset=utf-8")
    } else {
        mime.to_string()
    };
    if let Ok(value) = HeaderValue::from_str(&text) {
        headers.insert(header::CONTENT_TYPE, value);
    }
    // Files under assets/ carry a hash of their content in their names.
    let cache = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    for (name, value) in [
        (header::CACHE_CONTROL, cache),
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
