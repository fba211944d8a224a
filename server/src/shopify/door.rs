//! The path of webhooks: signed bodies into the inbox.

use std::{collections::HashMap, sync::Arc};

use axum::{
    Router,
    extract::{Path, Request, State},
    http::HeaderMap,
    response::Response,
    routing::post,
};
use shopbell_domain::{
    event::EventId,
    id::{MessageId, SourceId},
    inbox::Message,
    redacted::Redacted,
    time::Timestamp,
};
use shopbell_kit::secret::{SecretError, read_token};
use shopbell_proto::shopify::{Delivery, messages};

use super::signature::Secrets;
use crate::{
    config,
    tracking::{Refusal, Tracking},
};

/// Largest body. Shopify names no limit for HTTPS. An order of a hundred lines has about 200 KiB, a product with all of the 2,048
/// variants that Shopify lets it have about 2 MiB.
const MOST_BYTES: usize = 8 * 1_024 * 1_024;

/// Largest message that is made of one, without what nothing reads: what fits into a commit of the inbox.
const KEPT_BYTES: usize = 3 * 512 * 1_024;

struct Shop {
    id: SourceId,
    domain: String,
    secrets: Secrets,
}

/// The door of all shops.
struct Door {
    shops: HashMap<String, Shop>,
    tracking: Arc<Tracking>,
}

/// The path of all shops of a configuration that was validated; reads their secrets.
pub(crate) fn routes(shops: &[config::Shopify], tracking: Arc<Tracking>) -> Result<Router, SecretError> {
    let mut known = HashMap::with_capacity(shops.len());
    for shop in shops {
        let secrets: Result<Vec<_>, SecretError> =
            shop.secret_files.iter().map(|file| read_token(file)).collect();
        let (id, domain) = (shop.id.clone(), shop.shop.to_ascii_lowercase());
        known.insert(id.to_string(), Shop { id, domain, secrets: Secrets::new(secrets?) });
    }
    let door = Arc::new(Door { shops: known, tracking });
    Ok(Router::new().route("/v1/shopify/{source}/webhooks", post(take)).with_state(door))
}

async fn take(State(door): State<Arc<Door>>, Path(source): Path<String>, request: Request) -> Response {
    let Some(shop) = door.shops.get(&source) else {
        return door.tracking.refuse_unread(&Refusal::UnknownShop, request).await;
    };
    let tracking = &door.tracking;
    tracking
        .take_signed(&shop.id, request, MOST_BYTES, |headers, body, now| {
            shop.read(tracking, headers, &body, now)
        })
        .await
}

impl Shop {
    fn read(
        &self,
        tracking: &Tracking,
        headers: &HeaderMap,
        body: &[u8],
        received: Timestamp,
    ) -> Result<Vec<Message>, Refusal> {
        if !self.secrets.sign(headers, body) {
            return Err(Refusal::BadSignature);
        }
        let delivery = delivery(headers);
        if !delivery.shop.eq_ignore_ascii_case(&self.domain) {
            return Err(Refusal::WrongShop);
        }
        let name = delivery.name().unwrap_or_else(|| tracking.new_id());
        let message = |(message, body): (MessageId, Vec<u8>)| Message {
            id: EventId { source: self.id.clone(), message },
            received,
            sent: None,
            privacy_control: false,
            body: Redacted::new(body),
        };
        let messages = messages(&delivery, name, body);
        if messages.iter().any(|(_, body)| body.len() > KEPT_BYTES) {
            return Err(Refusal::BodyTooLarge { limit: KEPT_BYTES });
        }
        Ok(messages.into_iter().map(message).collect())
    }
}

fn delivery(headers: &HeaderMap) -> Delivery {
    let text = |name: &str| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().trim().to_owned()
    };
    Delivery {
        topic: text("x-shopify-topic"),
        shop: text("x-shopify-shop-domain"),
        api_version: text("x-shopify-api-version"),
        webhook_id: text("x-shopify-webhook-id"),
        event_id: text("x-shopify-event-id"),
    }
}
