//! The rooms of a server, each put together from what all of them share.

use std::sync::{Arc, Mutex};

use rand::{RngCore, rngs::StdRng};
use shopbell_domain::{
    consent::Texts,
    event::port::Events,
    inbox::Inbox,
    ports::Store,
    rights::port::Gate,
    time::Clock,
    token::{MasterKey, TokenKeys},
};
use shopbell_kit::lifecycle::Tasks;
use shopbell_store::EmbeddedStore;

use super::StartError;
use crate::{
    brief::Brief,
    catalogue::{Watched, door::Door},
    config::Config,
    floor::Hub,
    grpc::{ConsentApi, CustomerApi, FloorApi, FloorParts, MaintenanceApi, OnlineApi, auth::Callers},
    metrics::Metrics,
    notes::{self, Notes, NotesParts},
    online::{Applier, ApplierHandle, ApplierParts, Bell, Portraits, Readings, RingingInbox},
    ranking::Learner,
    retention::{Retention, RetentionParts},
    rights::{self, Rights, RightsParts},
    shopify, vault,
};

/// What they share.
pub(super) struct Rooms<'a> {
    pub(super) config: &'a Config,
    pub(super) store: Arc<dyn Store>,
    pub(super) events: Arc<dyn Events>,
    pub(super) embedded: EmbeddedStore,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) hub: Hub,
    pub(super) tasks: &'a Tasks,
}

impl Rooms<'_> {
    /// Keeps out what must not enter.
    pub(super) fn gate(&self) -> Arc<dyn Gate> {
        Arc::new(self.embedded.clone())
    }

    /// What the retailer's backend asks of what customers allow.
    pub(super) fn consent(&self, texts: Texts) -> ConsentApi {
        ConsentApi::new(
            Arc::clone(&self.store),
            Arc::clone(&self.clock),
            self.hub.clone(),
            self.gate(),
            texts,
        )
    }

    /// What it asks of customers. `rng` makes numbers of phones.
    pub(super) fn customer(
        &self,
        master: MasterKey,
        applier: &ApplierHandle,
        rng: Box<dyn RngCore + Send>,
    ) -> CustomerApi {
        let (store, clock, keys) = (Arc::clone(&self.store), Arc::clone(&self.clock), TokenKeys::new(master));
        CustomerApi::new(store, clock, self.hub.clone(), self.gate(), applier.clone(), keys, rng)
    }

    /// Where webhooks of web shops are understood.
    pub(super) fn desk(&self) -> Arc<shopify::Desk> {
        let parts = shopify::DeskParts {
            store: Arc::clone(&self.store),
            hub: self.hub.clone(),
            gate: self.gate(),
            clock: Arc::clone(&self.clock),
        };
        Arc::new(shopify::Desk::new(&self.config.shopify, parts))
    }

    /// Takes up what waits, and is woken by what the inbox takes in from now on.
    pub(super) fn start_applier(
        &self,
        inbox: Arc<dyn Inbox>,
        desk: &Arc<shopify::Desk>,
    ) -> Result<(Arc<dyn Inbox>, ApplierHandle), StartError> {
        let config = self.config;
        let bell = Bell::default();
        let inbox: Arc<dyn Inbox> = Arc::new(RingingInbox::new(inbox, bell.clone()));
        let readings = Readings::new(&config.sources, config.identity.rules()?);
        let (applier, handle) = Applier::new(ApplierParts {
            inbox: Arc::clone(&inbox),
            events: Arc::clone(&self.events),
            readings: readings.with_shops(&config.shops).with_shopify(Arc::clone(desk)),
            clock: Arc::clone(&self.clock),
            bell,
            audience: Arc::new(self.hub.clone()),
            gate: Arc::new(self.embedded.clone()),
            metrics: Arc::clone(&self.metrics),
        });
        self.tasks.spawn_service("applier", applier.run(self.tasks.soft()));
        Ok((inbox, handle))
    }

    /// Carries out what customers may ask.
    pub(super) fn start_rights(
        &self,
        inbox: &Arc<dyn Inbox>,
        applier: &ApplierHandle,
        rng: StdRng,
    ) -> Result<Rights, StartError> {
        let rights = Rights::new(RightsParts {
            regulations: Arc::new(self.embedded.clone()),
            gate: Arc::new(self.embedded.clone()),
            forgetting: Arc::new(self.embedded.clone()),
            kept: Arc::new(self.embedded.clone()),
            requests: Arc::new(self.embedded.clone()),
            consents: Arc::new(self.embedded.clone()),
            vault: self.embedded.vault().clone(),
            events: Arc::clone(&self.events),
            inbox: Arc::clone(inbox),
            store: Arc::clone(&self.store),
            rules: self.config.identity.rules()?,
            times: self.config.retention,
            hub: self.hub.clone(),
            applier: applier.clone(),
            clock: Arc::clone(&self.clock),
            rng,
            metrics: Arc::clone(&self.metrics),
        });
        self.tasks.spawn_service("rights", rights::Job::new(rights.clone()).run(self.tasks.soft()));
        Ok(rights)
    }

    /// Exports tombstones, and lets data grow old.
    pub(super) fn start_keeping(&self, inbox: &Arc<dyn Inbox>, rights: Rights) -> MaintenanceApi {
        let Self { config, embedded, tasks, .. } = self;
        // What goes with the process needs nothing that outlives it.
        let exported = (!embedded.is_in_memory()).then(|| config.vault.tombstone_directory.clone());
        let watch = vault::watch(embedded.vault().clone(), exported, Arc::clone(&self.metrics), tasks.soft());
        tasks.spawn_service("vault", watch);
        let retention = Retention::new(RetentionParts {
            embedded: embedded.clone(),
            store: Arc::clone(&self.store),
            events: Arc::clone(&self.events),
            consents: Arc::clone(&self.store) as _,
            inbox: Arc::clone(inbox),
            forgetter: Some(Arc::new(rights)),
            times: config.retention,
            clock: Arc::clone(&self.clock),
            metrics: Arc::clone(&self.metrics),
        });
        tasks.spawn_service("retention", retention.clone().run(tasks.soft()));
        MaintenanceApi::new(embedded.clone(), retention, Arc::clone(&self.clock))
    }

    /// What tablets ask.
    pub(super) fn floor(
        &self,
        applier: &ApplierHandle,
        (brief, learner): (&Arc<Brief>, Option<Learner>),
        rng: StdRng,
    ) -> Result<FloorApi, StartError> {
        let (limits, hub) = (&self.config.limits, &self.hub);
        let notes = Notes::new(NotesParts {
            forbidden: notes::block_list(&self.config.notes)?,
            applier: applier.clone(),
            store: Arc::clone(&self.store),
            decisions: Arc::clone(hub.decisions()),
            clock: Arc::clone(&self.clock),
            rng: Mutex::new(rng),
        });
        Ok(FloorApi::new(FloorParts {
            hub: hub.clone(),
            brief: Arc::clone(brief),
            learner,
            notes,
            store: Arc::clone(&self.store),
            clock: Arc::clone(&self.clock),
            metrics: Arc::clone(&self.metrics),
            heartbeat: limits.floor_heartbeat,
            tablet_streams: limits.tablet_streams,
            stop: self.tasks.soft(),
        }))
    }

    /// What those ask who look after events and who is who.
    pub(super) fn online(
        &self,
        inbox: &Arc<dyn Inbox>,
        applier: ApplierHandle,
    ) -> Result<OnlineApi, StartError> {
        let portraits = Portraits::new(Arc::clone(&self.events), self.config.identity.rules()?);
        let store = Arc::clone(&self.store);
        Ok(OnlineApi::new(Arc::clone(inbox), applier, portraits, store, Arc::clone(&self.clock)))
    }

    /// Where products and stock come in.
    pub(super) fn catalogue(&self) -> Door {
        let catalogue = Arc::new(Watched::new(Arc::clone(&self.store) as _, self.hub.clone()));
        let callers = Callers::from_config(self.config);
        let shops = self.config.shops.iter().map(|shop| shop.id.clone()).collect();
        Door::new(catalogue, Arc::clone(&self.clock), callers, self.config.catalogue.clone(), shops)
    }
}
