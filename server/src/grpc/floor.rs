//! The tablets of a shop's associates.

use std::{sync::Arc, time::Duration};

use futures::{Stream, StreamExt as _, stream};
use shopbell_domain::{
    floor::{Delta, FloorChange, Guest},
    id::{AssociateId, VisitId},
    ports::{Look, LookKind, Store},
    profile::Note,
    starter::Starter,
    time::Clock,
    visit::Visit,
};
use shopbell_proto::{
    convert::{ConversionError, floor as convert},
    floor::v1::{self, floor_service_server::FloorService, watch_floor_response::Body},
};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, async_trait};

use super::{
    auth::{self, AssociateCaller},
    looks::{FirstLooks, MinimalLook},
    status,
    streams::{Place, Streams},
};
use crate::{
    brief::{Brief, Briefed},
    floor::{Hub, Opening, Remark, Seen, ShopHandle, Subscription},
    metrics::{Held, Metrics},
    notes::{Notes, may_delete, may_edit},
    phrases::Language,
};

/// The floor API.
pub struct FloorApi {
    hub: Hub,
    brief: Brief,
    notes: Notes,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    metrics: Arc<Metrics>,
    heartbeat: Duration,
    streams: Streams<AssociateId>,
    first_looks: FirstLooks,
    stop: CancellationToken,
}

impl std::fmt::Debug for FloorApi {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FloorApi")
    }
}

/// What the floor API needs.
pub struct FloorParts {
    /// The shops.
    pub hub: Hub,
    /// Makes cards.
    pub brief: Brief,
    /// Writes notes.
    pub notes: Notes,
    /// For the record of looks.
    pub store: Arc<dyn Store>,
    /// The server's clock.
    pub clock: Arc<dyn Clock>,
    /// Where streams are counted.
    pub metrics: Arc<Metrics>,
    /// Silence after which a stream gets a heartbeat.
    pub heartbeat: Duration,
    /// Streams of one tablet's token at once.
    pub tablet_streams: usize,
    /// Ends all streams.
    pub stop: CancellationToken,
}

impl std::fmt::Debug for FloorParts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FloorParts")
    }
}

impl FloorApi {
    /// From its parts.
    pub fn new(parts: FloorParts) -> Self {
        let FloorParts { hub, brief, notes, store, clock, metrics, heartbeat, tablet_streams, stop } = parts;
        let streams = Streams::new(tablet_streams, "limits.tablet_streams");
        Self {
            hub,
            brief,
            notes,
            store,
            clock,
            metrics,
            heartbeat,
            streams,
            first_looks: FirstLooks::default(),
            stop,
        }
    }

    fn shop(&self, caller: &AssociateCaller) -> Result<&ShopHandle, Status> {
        self.hub.shop(&caller.store).ok_or_else(|| Status::not_found("there is no such shop"))
    }

    async fn briefed(&self, caller: &AssociateCaller, seen: Seen, language: &str) -> Result<Briefed, Status> {
        let shop = self.shop(caller)?.shop();
        let language = Language::of_tag(language);
        let visit = seen.visit.clone();
        let mut briefed =
            self.brief.card(seen, &caller.associate, shop, language).await.map_err(status::shop)?;
        let notes = briefed.notes.iter().map(|note| self.note_fact(caller, &visit, note));
        briefed.card.notes = notes.collect::<Result<_, _>>()?;
        briefed.card.notes_open = self.notes.are_on() && briefed.notes_shared;
        Ok(briefed)
    }

    fn note_fact(
        &self,
        caller: &AssociateCaller,
        visit: &Visit,
        note: &Note,
    ) -> Result<v1::NoteFact, Status> {
        let author = note
            .present()
            .map(|version| self.shop(caller).map(|shop| shop.shop().associate_name(&version.author)));
        let fact = convert::note(note, author.transpose()?.unwrap_or_default());
        Ok(v1::NoteFact {
            may_edit: self.notes.are_on() && may_edit(note, &caller.associate),
            may_delete: may_delete(note, visit),
            ..fact
        })
    }

    /// The visit that a note is written in.
    async fn visit(&self, caller: &AssociateCaller, visit: &str) -> Result<Visit, Status> {
        let visit = convert::visit_id(visit).map_err(status::invalid)?;
        Ok(self.shop(caller)?.look(visit).await.map_err(status::shop)?.visit)
    }

    /// Keeps the first look at somebody who has not been met.
    async fn record_minimal(
        &self,
        caller: &AssociateCaller,
        visit: VisitId,
        briefed: &Briefed,
    ) -> Result<(), Status> {
        let named = briefed.card.guest.as_ref().is_some_and(|guest| guest.display_name.is_some());
        let look = MinimalLook { visit, associate: caller.associate.clone(), named };
        if self.first_looks.is_first(&look) {
            self.record(caller, visit, briefed, look.kind()).await?;
            self.first_looks.recorded(look);
        }
        Ok(())
    }

    /// Keeps the look for the customer to read; the card is sent only after that.
    async fn record(
        &self,
        caller: &AssociateCaller,
        visit: VisitId,
        briefed: &Briefed,
        what: LookKind,
    ) -> Result<(), Status> {
        let look = Look {
            at: briefed.at,
            store: caller.store.clone(),
            associate: caller.associate.clone(),
            customer: briefed.customer.clone(),
            visit,
            what,
        };
        self.store.record_looks(vec![look]).await.map_err(status::store)
    }
}

#[async_trait]
impl FloorService for FloorApi {
    type WatchFloorStream = stream::BoxStream<'static, Result<v1::WatchFloorResponse, Status>>;

    async fn watch_floor(
        &self,
        request: Request<v1::WatchFloorRequest>,
    ) -> Result<Response<Self::WatchFloorStream>, Status> {
        let caller = auth::associate(&request)?;
        let shop = self.shop(&caller)?.clone();
        let subscription = shop.subscribe(request.into_inner().cursor).await.map_err(status::shop)?;
        let watch = Watch {
            place: self.streams.open(caller.associate.clone()),
            associate_name: shop.shop().associate_name(&caller.associate),
            shop,
            clock: Arc::clone(&self.clock),
            heartbeat: self.heartbeat,
            stop: self.stop.clone(),
            _held: Held::new(&self.metrics.floor_streams),
        };
        Ok(Response::new(watch.stream(subscription).boxed()))
    }

    async fn get_card(
        &self,
        request: Request<v1::GetCardRequest>,
    ) -> Result<Response<v1::GetCardResponse>, Status> {
        let caller = auth::associate(&request)?;
        let request = request.into_inner();
        let visit = convert::visit_id(&request.visit_id).map_err(status::invalid)?;
        let seen = self.shop(&caller)?.look(visit).await.map_err(status::shop)?;
        let briefed = self.briefed(&caller, seen, &request.language).await?;
        if briefed.card.confirmed {
            self.record(&caller, visit, &briefed, LookKind::CardOpened).await?;
        } else {
            self.record_minimal(&caller, visit, &briefed).await?;
        }
        Ok(Response::new(v1::GetCardResponse { card: Some(briefed.card) }))
    }

    async fn set_greeted(
        &self,
        request: Request<v1::SetGreetedRequest>,
    ) -> Result<Response<v1::SetGreetedResponse>, Status> {
        let caller = auth::associate(&request)?;
        let request = request.into_inner();
        let visit = convert::visit_id(&request.visit_id).map_err(status::invalid)?;
        let remark = Remark::Greeted { associate: caller.associate.clone(), greeted: request.greeted };
        let seen = self.shop(&caller)?.remark(visit, remark).await.map_err(status::shop)?;
        let briefed = self.briefed(&caller, seen, &request.language).await?;
        let what = if request.greeted { LookKind::Greeted } else { LookKind::GreetedTakenBack };
        self.record(&caller, visit, &briefed, what).await?;
        Ok(Response::new(v1::SetGreetedResponse { card: Some(briefed.card) }))
    }

    async fn set_feedback(
        &self,
        request: Request<v1::SetFeedbackRequest>,
    ) -> Result<Response<v1::SetFeedbackResponse>, Status> {
        let caller = auth::associate(&request)?;
        let request = request.into_inner();
        let visit = convert::visit_id(&request.visit_id).map_err(status::invalid)?;
        let starter = convert::starter_id(request.starter_id).map_err(status::invalid)?;
        let verdict = convert::verdict(request.feedback).map_err(status::invalid)?;
        if !Starter::could_have_id(&starter) {
            let reason = "no starter of a card has it".to_owned();
            return Err(status::invalid(ConversionError::InvalidField { field: "starter_id", reason }));
        }
        let remark = Remark::Feedback { starter, verdict };
        self.shop(&caller)?.remark(visit, remark).await.map_err(status::shop)?;
        Ok(Response::new(v1::SetFeedbackResponse {}))
    }

    async fn set_outcome(
        &self,
        request: Request<v1::SetOutcomeRequest>,
    ) -> Result<Response<v1::SetOutcomeResponse>, Status> {
        let caller = auth::associate(&request)?;
        let request = request.into_inner();
        let visit = convert::visit_id(&request.visit_id).map_err(status::invalid)?;
        let outcome = convert::outcome(request.outcome).map_err(status::invalid)?;
        self.shop(&caller)?.remark(visit, Remark::Outcome(outcome)).await.map_err(status::shop)?;
        Ok(Response::new(v1::SetOutcomeResponse {}))
    }

    async fn add_note(
        &self,
        request: Request<v1::AddNoteRequest>,
    ) -> Result<Response<v1::AddNoteResponse>, Status> {
        let caller = auth::associate(&request)?;
        let v1::AddNoteRequest { visit_id, text, language } = request.into_inner();
        let visit = self.visit(&caller, &visit_id).await?;
        let (text, language) = (convert::note_text(&text), Language::of_tag(&language));
        let note = self.notes.add(&visit, &caller.associate, &text, language).await.map_err(status::note)?;
        let note = Some(self.note_fact(&caller, &visit, &note)?);
        Ok(Response::new(v1::AddNoteResponse { note }))
    }

    async fn edit_note(
        &self,
        request: Request<v1::EditNoteRequest>,
    ) -> Result<Response<v1::EditNoteResponse>, Status> {
        let caller = auth::associate(&request)?;
        let v1::EditNoteRequest { visit_id, note_id, text, language } = request.into_inner();
        let visit = self.visit(&caller, &visit_id).await?;
        let note = convert::note_id(&note_id).map_err(status::invalid)?;
        let (text, language) = (convert::note_text(&text), Language::of_tag(&language));
        let edited = self.notes.edit(&visit, note, &caller.associate, &text, language);
        let note = Some(self.note_fact(&caller, &visit, &edited.await.map_err(status::note)?)?);
        Ok(Response::new(v1::EditNoteResponse { note }))
    }

    async fn delete_note(
        &self,
        request: Request<v1::DeleteNoteRequest>,
    ) -> Result<Response<v1::DeleteNoteResponse>, Status> {
        let caller = auth::associate(&request)?;
        let v1::DeleteNoteRequest { visit_id, note_id } = request.into_inner();
        let visit = self.visit(&caller, &visit_id).await?;
        let note = convert::note_id(&note_id).map_err(status::invalid)?;
        self.notes.delete(&visit, note, &caller.associate).await.map_err(status::note)?;
        Ok(Response::new(v1::DeleteNoteResponse {}))
    }
}

/// One tablet's stream.
struct Watch {
    place: Place<AssociateId>,
    associate_name: String,
    shop: ShopHandle,
    clock: Arc<dyn Clock>,
    heartbeat: Duration,
    stop: CancellationToken,
    _held: Held,
}

impl Watch {
    fn stream(
        self,
        subscription: Subscription,
    ) -> impl Stream<Item = Result<v1::WatchFloorResponse, Status>> {
        let Subscription { opening, cursor, changes } = subscription;
        let opening: Vec<_> = match opening {
            Opening::Snapshot(guests) => vec![Ok(self.snapshot(&guests, cursor.clone()))],
            // A tablet that missed nothing still learns at once that the line stands.
            Opening::Deltas(deltas) if deltas.is_empty() => vec![Ok(self.beat(cursor.clone()))],
            Opening::Deltas(deltas) => deltas.iter().map(|delta| Ok(self.delta(delta))).collect(),
        };
        let live = stream::unfold(Some((self, changes, cursor)), |state| async move {
            let (watch, mut changes, cursor) = state?;
            tokio::select! {
                biased;
                () = watch.stop.cancelled() => Some((Err(status::stopping()), None)),
                taken = watch.place.taken() => Some((Err(taken), None)),
                change = changes.recv() => match change {
                    Some(delta) => {
                        let cursor = delta.cursor.to_string();
                        Some((Ok(watch.delta(&delta)), Some((watch, changes, cursor))))
                    }
                    None if watch.stop.is_cancelled() => Some((Err(status::stopping()), None)),
                    None => Some((Err(Status::aborted("the tablet reads too slowly: call again with the last cursor")), None)),
                },
                () = tokio::time::sleep(watch.heartbeat) => {
                    Some((Ok(watch.beat(cursor.clone())), Some((watch, changes, cursor))))
                }
            }
        });
        stream::iter(opening).chain(live)
    }

    fn message(&self, body: Body, cursor: String) -> v1::WatchFloorResponse {
        v1::WatchFloorResponse { body: Some(body), cursor, server_time_ms: self.clock.now().as_millis() }
    }

    fn beat(&self, cursor: String) -> v1::WatchFloorResponse {
        self.message(Body::Heartbeat(v1::FloorHeartbeat {}), cursor)
    }

    fn guest(&self, guest: &Guest) -> v1::Guest {
        let greeted_by = guest.greeted_by.as_ref().map(|who| self.shop.shop().associate_name(who));
        convert::guest(guest, greeted_by)
    }

    fn snapshot(&self, guests: &[Guest], cursor: String) -> v1::WatchFloorResponse {
        let shop = self.shop.shop();
        let zone = |(id, name): &(shopbell_domain::id::ZoneId, String)| v1::Zone {
            id: id.to_string(),
            name: name.clone(),
        };
        let snapshot = v1::FloorSnapshot {
            store_name: shop.name.clone(),
            associate_name: self.associate_name.clone(),
            zones: shop.zones.iter().map(zone).collect(),
            guests: guests.iter().map(|guest| self.guest(guest)).collect(),
        };
        self.message(Body::Snapshot(snapshot), cursor)
    }

    fn delta(&self, delta: &Delta) -> v1::WatchFloorResponse {
        let change = match &delta.change {
            FloorChange::Upsert(guest) => v1::floor_delta::Change::Guest(self.guest(guest)),
            FloorChange::Remove(visit) => v1::floor_delta::Change::RemovedVisitId(visit.to_string()),
        };
        self.message(Body::Delta(v1::FloorDelta { change: Some(change) }), delta.cursor.to_string())
    }
}
