//! Shops on Shopify: their webhooks.
//!
//! ```text
//!  POST /v1/shopify/{id}/webhooks -> signature over the raw body -> inbox, then 200
//!         | 404            | 408 413 429     | 401 403          | 503
//!  inbox -> online -> desk: products and stock -> catalogue; consent -> decisions; rights -> regulations, requests
//!                       \-> events go the way of all events
//! ```
//!
//! Shopify waits 5 seconds and gives up on who fails eight times in a row. So the door writes, answers, and decides nothing
//! about what a webhook means; `proto::shopify` does, when the message is taken up, and the desk does what is no event. What the
//! desk does may be done again after a crash, and is then the same.
//!
//! To add a topic: `proto::shopify`; and here, where it is no event, an arm in `desk`.
//!
//! Never here: a secret in a log, a body that was not signed.

mod desk;
mod door;
mod signature;

pub(crate) use self::{
    desk::{Desk, DeskParts},
    door::routes,
};

#[cfg(test)]
mod tests;
