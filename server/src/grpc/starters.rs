//! Those who run the shops: why something was suggested, or not.

use std::sync::Arc;

use shopbell_domain::{
    consent::Field,
    floor::GuestState,
    id::{CustomerId, StoreId, VisitId},
    ports::{Look, LookKind, Store},
    showing::{Entry, Remark, Showing},
    time::{Clock, Timestamp},
};
use shopbell_proto::{
    admin::v1::{self, starter_service_server::StarterService},
    convert::starters as convert,
};
use tonic::{Request, Response, Status, async_trait};

use super::status;
use crate::{
    brief::{Brief, explained},
    floor::{Hub, ShopError},
    phrases::Language,
    rights::office,
};

/// Entries of one customer that are searched for a card.
const ENTRIES: usize = 5_000;

/// The API for suggestions and their reasons.
pub struct StarterApi {
    hub: Hub,
    brief: Arc<Brief>,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for StarterApi {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StarterApi")
    }
}

impl StarterApi {
    /// From its parts.
    pub const fn new(hub: Hub, brief: Arc<Brief>, store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self { hub, brief, store, clock }
    }

    /// The card as it would be now; `None` when the guest is not here.
    async fn of_now(
        &self,
        customer: &CustomerId,
        store: &StoreId,
        language: Language,
    ) -> Result<Option<(VisitId, v1::ExplainCardResponse)>, Status> {
        let shop = self.hub.shop(store).ok_or_else(|| Status::not_found("there is no such shop"))?;
        let Some(visit) = shop.open_visit(customer.clone()).await.map_err(status::shop)? else {
            return Ok(None);
        };
        let explained = match shop.look(visit.id).await {
            // Of who has left nothing would be said: what was shown last is what there is to explain.
            Ok(seen) if matches!(seen.guest.state, GuestState::Left { .. }) => return Ok(None),
            Ok(seen) => self.brief.explain(&seen, shop.shop(), language).await,
            Err(error) => Err(error),
        };
        match explained {
            Ok(explained) => Ok(Some((visit.id, explained))),
            Err(ShopError::NoSuchVisit) => Ok(None),
            Err(error) => Err(status::shop(error)),
        }
    }

    /// The last card at or before a moment, as the log holds it.
    async fn of_log(
        &self,
        customer: &CustomerId,
        store: &StoreId,
        at: Timestamp,
    ) -> Result<(VisitId, v1::ExplainCardResponse), Status> {
        let none = || {
            let reason =
                "no card of this customer was shown in this shop by then, or there is no such customer";
            Status::not_found(reason)
        };
        let entries = self.store.log_of(customer, Timestamp::EPOCH, ENTRIES).await.map_err(status::store)?;
        let showing = last_card(&entries, store, at).ok_or_else(none)?;
        let remarks: Vec<Remark> = entries.iter().filter_map(|entry| said_of(entry, showing)).collect();
        // As it stands now, also where what was taken back is still on its way to the disk.
        let known = self.hub.decisions().customer(customer).await.map_err(status::store)?.ok_or_else(none)?;
        let now = self.clock.now();
        if !known.consent.shows(Field::PresenceOnFloor, now) {
            // That there was a visit is all that would be left to tell.
            return Err(none());
        }
        Ok((showing.visit, explained(showing, Some(&remarks), &known.consent, now)))
    }
}

fn last_card<'a>(entries: &'a [Entry], store: &StoreId, at: Timestamp) -> Option<&'a Showing> {
    entries.iter().rev().find_map(|entry| match entry {
        Entry::Showing(showing) if showing.store == *store && showing.at <= at => Some(showing.as_ref()),
        Entry::Showing(_) | Entry::Remark(_) => None,
    })
}

fn said_of(entry: &Entry, showing: &Showing) -> Option<Remark> {
    match entry {
        Entry::Remark(remark) if remark.visit == showing.visit && remark.at >= showing.at => {
            Some(remark.clone())
        }
        Entry::Remark(_) | Entry::Showing(_) => None,
    }
}

#[async_trait]
impl StarterService for StarterApi {
    async fn explain_card(
        &self,
        request: Request<v1::ExplainCardRequest>,
    ) -> Result<Response<v1::ExplainCardResponse>, Status> {
        let asked = convert::explain_card(request.into_inner()).map_err(status::invalid)?;
        let (customer, store) = (&asked.customer, &asked.store);
        let language = Language::of_tag(&asked.language);
        let now = match asked.at {
            None => self.of_now(customer, store, language).await?,
            Some(_) => None,
        };
        let (visit, explained) = match now {
            Some(now) => now,
            None => self.of_log(customer, store, asked.at.unwrap_or_else(|| self.clock.now())).await?,
        };
        let (at, what) = (self.clock.now(), LookKind::CardExplained);
        let look =
            Look { at, store: office(), associate: asked.asked_by, customer: asked.customer, visit, what };
        self.store.record_looks(vec![look]).await.map_err(status::store)?;
        Ok(Response::new(explained))
    }
}
