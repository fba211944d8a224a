//! Whether a body was signed with one of a shop's secrets.

use axum::http::{HeaderMap, HeaderName};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use shopbell_kit::secret::Secret;

/// Base64 of HMAC-SHA256 over the body as it came.
pub(super) const HEADER: HeaderName = HeaderName::from_static("x-shopify-hmac-sha256");

/// The secrets of one shop; two while they are rotated.
#[derive(Debug)]
pub(super) struct Secrets(Vec<Secret>);

impl Secrets {
    pub(super) const fn new(secrets: Vec<Secret>) -> Self {
        Self(secrets)
    }

    /// Whether the headers sign this body. Each secret is tried, and each comparison takes the same time, whatever is presented.
    pub(super) fn sign(&self, headers: &HeaderMap, body: &[u8]) -> bool {
        let mut presented = headers.get_all(HEADER).iter();
        let (Some(value), None) = (presented.next(), presented.next()) else { return false };
        let Ok(signature) = STANDARD.decode(value.as_bytes()) else { return false };
        let mut good = false;
        for secret in &self.0 {
            let Ok(mac) = Hmac::<Sha256>::new_from_slice(secret.reveal().as_bytes()) else { continue };
            good |= mac.chain_update(body).verify_slice(&signature).is_ok();
        }
        good
    }
}
