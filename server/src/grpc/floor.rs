//! The tablets of a shop's associates.
//!
//! * `watch.rs`: one tablet's stream.

mod watch;

use std::{sync::Arc, time::Duration};

use futures::{StreamExt as _, stream};
use shopbell_domain::{
    id::{AssociateId, VisitId},
    ports::{Look, LookKind, Store},
    profile::Note,
    showing::{self, Candidate, Entry, Fate, MAX_REMARKS, MAX_SHOWINGS, Said},
    starter::{Starter, StarterKind},
    time::Clock,
    visit::Visit,
};
use shopbell_proto::{
    convert::{ConversionError, floor as convert},
    floor::v1::{self, floor_service_server::FloorService},
};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, async_trait};

use self::watch::Watch;
use super::{
    auth::{self, AssociateCaller},
    looks::{FirstLooks, MinimalLook},
    status,
    streams::Streams,
};
use crate::{
    brief::{Brief, Briefed},
    floor::{Hub, Remark, Seen, ShopHandle},
    metrics::{Held, Metrics},
    notes::{Notes, may_delete, may_edit, may_keep},
    phrases::Language,
    ranking::Learner,
};

/// The floor API.
pub struct FloorApi {
    hub: Hub,
    brief: Arc<Brief>,
    learner: Option<Learner>,
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
    pub brief: Arc<Brief>,
    /// Learns what is said of starters; `None` where nothing is to be learnt.
    pub learner: Option<Learner>,
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
        let FloorParts { hub, brief, learner, notes, store, clock, metrics, heartbeat, tablet_streams, stop } =
            parts;
        let streams = Streams::new(tablet_streams, "limits.tablet_streams");
        Self {
            hub,
            brief,
            learner,
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
        if briefed.card.confirmed {
            self.hub.card_names(visit.id, std::mem::take(&mut briefed.products));
            let made = self.shop(caller)?.card_made(visit.id, briefed.changes_at).await;
            made.map_err(status::shop)?;
        }
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
            .wording()
            .map(|version| self.shop(caller).map(|shop| shop.shop().associate_name(&version.author)));
        let fact = convert::note(note, author.transpose()?.unwrap_or_default());
        Ok(v1::NoteFact {
            may_edit: self.notes.are_on() && may_edit(note, &caller.associate),
            may_delete: may_delete(note, visit),
            may_keep: self.notes.are_on() && may_keep(note, visit, &caller.associate),
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

    /// Whether a card of the visit held the starter. That somebody asks for help is on cards of which nothing is logged.
    async fn was_shown(&self, visit: &Visit, starter: &str) -> Result<bool, Status> {
        if starter == StarterKind::HelpWanted.name() {
            return Ok(true);
        }
        let log = self.store.log_in_short(&visit.customer, visit.began, MAX_SHOWINGS + MAX_REMARKS).await;
        let is_it = |one: &Candidate| one.id == starter && matches!(one.fate, Fate::Shown { .. });
        Ok(log.map_err(status::store)?.iter().any(|entry| match entry {
            Entry::Showing(showing) => showing.visit == visit.id && showing.candidates.iter().any(is_it),
            Entry::Remark(_) => false,
        }))
    }

    /// Keeps what was said beside what was shown, to learn of it. Of a visit in which nothing was shown the log keeps nothing;
    /// said again after a failure, it is there once.
    async fn log(&self, caller: &AssociateCaller, visit: &Visit, said: Said) -> Result<(), Status> {
        let remark = showing::Remark {
            at: self.clock.now(),
            customer: visit.customer.clone(),
            visit: visit.id,
            store: caller.store.clone(),
            associate: caller.associate.clone(),
            said,
        };
        self.store.log(vec![Entry::Remark(remark.clone())]).await.map_err(status::store)?;
        if let Some(learner) = &self.learner
            && let Err(error) = learner.remarked(&remark).await
        {
            // It is in the log, so the next refit learns it.
            tracing::warn!(%error, "what was said of a suggestion is learnt at night only");
        }
        Ok(())
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
        let seen = self.shop(&caller)?.look(visit).await.map_err(status::shop)?;
        let met = seen.visit.is_confirmed_by(&caller.associate) || starter == StarterKind::HelpWanted.name();
        if !met || !self.was_shown(&seen.visit, &starter).await? {
            let reason = "no card of this visit that was open to you held it".to_owned();
            return Err(status::invalid(ConversionError::InvalidField { field: "starter_id", reason }));
        }
        // First into the log, of which cards are made: the floor's word makes all tablets fetch the card.
        self.log(&caller, &seen.visit, Said::OfStarter { starter: starter.clone(), verdict }).await?;
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
        let seen = self.shop(&caller)?.look(visit).await.map_err(status::shop)?;
        self.log(&caller, &seen.visit, Said::OfVisit(outcome)).await?;
        self.shop(&caller)?.remark(visit, Remark::Outcome(outcome)).await.map_err(status::shop)?;
        Ok(Response::new(v1::SetOutcomeResponse {}))
    }

    async fn add_note(
        &self,
        request: Request<v1::AddNoteRequest>,
    ) -> Result<Response<v1::AddNoteResponse>, Status> {
        let caller = auth::associate(&request)?;
        let v1::AddNoteRequest { visit_id, text, language, promise_due_ms } = request.into_inner();
        let visit = self.visit(&caller, &visit_id).await?;
        let (text, language) = (convert::note_text(&text), Language::of_tag(&language));
        let promise = convert::promise(promise_due_ms).map_err(status::invalid)?;
        let added = self.notes.add(&visit, &caller.associate, &text, promise, language);
        let note = added.await.map_err(status::note)?;
        let note = Some(self.note_fact(&caller, &visit, &note)?);
        Ok(Response::new(v1::AddNoteResponse { note }))
    }

    async fn edit_note(
        &self,
        request: Request<v1::EditNoteRequest>,
    ) -> Result<Response<v1::EditNoteResponse>, Status> {
        let caller = auth::associate(&request)?;
        let v1::EditNoteRequest { visit_id, note_id, text, language, promise_due_ms } = request.into_inner();
        let visit = self.visit(&caller, &visit_id).await?;
        let note = convert::note_id(&note_id).map_err(status::invalid)?;
        let (text, language) = (convert::note_text(&text), Language::of_tag(&language));
        let promise = convert::promise(promise_due_ms).map_err(status::invalid)?;
        let edited = self.notes.edit(&visit, note, &caller.associate, &text, promise, language);
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

    async fn keep_promise(
        &self,
        request: Request<v1::KeepPromiseRequest>,
    ) -> Result<Response<v1::KeepPromiseResponse>, Status> {
        let caller = auth::associate(&request)?;
        let v1::KeepPromiseRequest { visit_id, note_id, kept } = request.into_inner();
        let visit = self.visit(&caller, &visit_id).await?;
        let note = convert::note_id(&note_id).map_err(status::invalid)?;
        let told = self.notes.keep(&visit, note, &caller.associate, kept);
        let note = Some(self.note_fact(&caller, &visit, &told.await.map_err(status::note)?)?);
        Ok(Response::new(v1::KeepPromiseResponse { note }))
    }
}
