//! Whose purchases are learnt from, and which.
//!
//! Two walks over the customers, so that memory is bounded by the sample and not by how many there are: the first chooses among
//! those who allow it, by a hash of their numbers, and the second reads the profiles of the chosen. Who takes it back between
//! the two is left out, and so is whatever [`MOST_ENTRIES`] leaves no room for, which is logged.

use std::{collections::BinaryHeap, time::Duration};

use sha2::{Digest as _, Sha256};
use shopbell_domain::{id::CustomerId, ports::StoreError, time::Timestamp};
use tokio::time::sleep;

use super::{DemandParts, History, MOST_CUSTOMERS, may_learn};

/// Most purchases, each of a product on a day: up to 80 bytes each with the product's name while they are gathered, where all were
/// bought once, and 8 while they are fitted.
pub(super) const MOST_ENTRIES: usize = 10_000_000;
/// Between two pages: whoever serves customers comes first.
const PAUSE: Duration = Duration::from_millis(2);
/// Profiles that are read without such a pause.
const AT_ONCE: usize = 64;

/// The purchases of a sample of those who allow it.
pub(super) async fn gather(parts: &DemandParts, now: Timestamp) -> Result<Vec<History>, StoreError> {
    let (mut histories, mut entries) = (Vec::new(), 0);
    for (read, customer) in chosen(parts, now).await?.into_iter().enumerate() {
        if read % AT_ONCE == 0 {
            sleep(PAUSE).await;
        }
        let Some(known) = parts.decisions.customer(&customer).await? else { continue };
        if !may_learn(&known.consent, now) {
            continue;
        }
        let history = History::of(&parts.store.profile(&customer).await?);
        entries += history.entries();
        if entries > MOST_ENTRIES {
            tracing::warn!(customers = histories.len(), "as much of purchases as is learnt from");
            break;
        }
        if !history.is_empty() {
            histories.push(history);
        }
    }
    Ok(histories)
}

/// At most [`MOST_CUSTOMERS`], in an order that has nothing to do with them: those with the smallest hashes, which the day
/// changes, so that another night takes others.
async fn chosen(parts: &DemandParts, now: Timestamp) -> Result<Vec<CustomerId>, StoreError> {
    let day = now.as_secs().div_euclid(86_400);
    let (mut smallest, mut from) = (BinaryHeap::new(), None);
    loop {
        let (page, next) = parts.embedded.some_customers(from).await?;
        for customer in page {
            let consent = parts.decisions.withhold(customer.consent);
            if may_learn(&consent, now) {
                smallest.push((place(&customer.id, day), customer.id));
            }
            if smallest.len() > MOST_CUSTOMERS {
                smallest.pop();
            }
        }
        if next.is_none() {
            break;
        }
        from = next;
        sleep(PAUSE).await;
    }
    Ok(smallest.into_sorted_vec().into_iter().map(|(_, customer)| customer).collect())
}

fn place(customer: &CustomerId, day: i64) -> u64 {
    let mut hash = Sha256::new();
    hash.update(day.to_be_bytes());
    hash.update(customer.as_str().as_bytes());
    hash.finalize().iter().take(8).fold(0, |place, byte| place << 8 | u64::from(*byte))
}
