//! The job and the API on a store in memory; what forgets and keeps out is played, so that it can be watched.

mod api;
mod carried_out;
mod played;

use std::sync::Arc;

use rand::{SeedableRng as _, rngs::StdRng};
use shopbell_domain::{
    event::port::Events,
    id::{CustomerId, MessageId, SourceId},
    identity::{Identifier, IdentifierKind, Rules},
    inbox::{Inbox, Message},
    redacted::Redacted,
    rights::{Asker, Kind, Outcome, Regulation, RegulationNumber, State},
    time::{Clock, ManualClock, Timestamp},
    token::MasterKey,
};
use shopbell_kit::lifecycle::Tasks;
use shopbell_store::EmbeddedStore;
use shopbell_vault::{Kek, Vault};

use self::played::Played;
use super::{
    job::{Job, More},
    service::{Rights, RightsParts},
};
use crate::{
    config::{Config, Limits},
    floor::{Hub, HubParts},
    metrics::Metrics,
    online::{Applier, ApplierHandle, ApplierParts, Bell, Readings, RingingInbox},
    shops::Shops,
};

const NOW: i64 = 1_795_000_000_000;

/// One server's rights, without a port.
struct Desk {
    store: EmbeddedStore,
    played: Arc<Played>,
    rights: Rights,
    applier: ApplierHandle,
    /// What was started lives as long.
    _tasks: Tasks,
}

impl Desk {
    async fn new() -> Self {
        Self::on(EmbeddedStore::in_memory(), Arc::default()).await
    }

    /// Again on what another one has left.
    async fn on(store: EmbeddedStore, played: Arc<Played>) -> Self {
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(NOW)));
        let (metrics, tasks) = (Arc::new(Metrics::new()), Tasks::new());
        let mut rng = StdRng::seed_from_u64(1);
        let hub = HubParts {
            shops: &Shops::from_config(&[]),
            store: Arc::new(store.clone()),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            master: MasterKey::new([3; 32]),
            withheld: shopbell_domain::consent::Set::none(),
            limits: &limits(),
            moment: shopbell_domain::moment::MomentSettings::default(),
            metrics: Arc::clone(&metrics),
            rng: &mut rng,
        };
        let hub = Hub::start(hub, &tasks).await.unwrap();
        let bell = Bell::default();
        let inbox: Arc<dyn Inbox> = Arc::new(RingingInbox::new(Arc::new(store.clone()), bell.clone()));
        let events: Arc<dyn Events> = Arc::new(store.clone());
        let (applier, handle) = Applier::new(ApplierParts {
            inbox: Arc::clone(&inbox),
            events: Arc::clone(&events),
            readings: Readings::new(&[], Rules::default()),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            bell,
            audience: Arc::new(hub.clone()),
            gate: Arc::clone(&played) as _,
            metrics: Arc::clone(&metrics),
        });
        tasks.spawn_service("applier", applier.run(tasks.soft()));
        let options = shopbell_vault::Options::new("memory", Kek::new([7; 32].into()));
        let rights = Rights::new(RightsParts {
            regulations: Arc::new(store.clone()),
            gate: Arc::clone(&played) as _,
            forgetting: Arc::clone(&played) as _,
            kept: Arc::clone(&played) as _,
            requests: Arc::new(store.clone()),
            events,
            inbox,
            consents: Arc::new(store.clone()),
            store: Arc::new(store.clone()),
            vault: Vault::in_memory(&options, StdRng::seed_from_u64(7)).unwrap(),
            rules: Rules::default(),
            times: config().retention,
            hub,
            applier: handle.clone(),
            clock,
            rng,
            metrics,
        });
        Self { store, played, rights, applier: handle, _tasks: tasks }
    }

    fn job(&self) -> Job {
        Job::new(self.rights.clone())
    }

    async fn ask(&self, kind: Kind, users: &[&str]) -> RegulationNumber {
        let users = users.iter().map(|user| Redacted::new((*user).to_owned())).collect();
        let created = self.rights.create(kind, users, Asker::Operator, None).await.unwrap();
        created.unwrap().number
    }

    /// Carries out all that is open.
    async fn carry_out(&self) {
        while self.job().next().await.unwrap() == More::Perhaps {}
    }

    async fn state(&self, number: RegulationNumber) -> (State, Vec<Outcome>) {
        let Regulation { state, .. } = self.rights.regulation(number).await.unwrap().unwrap();
        let outcomes = self.rights.outcomes(number, 0, 99).await.unwrap();
        (state, outcomes.into_iter().map(|(_, outcome)| outcome).collect())
    }

    /// Has a message of the web shop's server applied.
    async fn tell(&self, id: &str, body: &str) {
        let message = Message {
            id: shopbell_domain::event::EventId {
                source: SourceId::new("shop").unwrap(),
                message: MessageId::new(id).unwrap(),
            },
            received: Timestamp::from_millis(NOW),
            sent: None,
            privacy_control: false,
            body: Redacted::new(body.as_bytes().to_vec()),
        };
        let event = shopbell_proto::segment::event(&message, &shopbell_proto::segment::Reading::default());
        self.applier.tell(event.unwrap()).await.unwrap();
    }
}

fn config() -> Config {
    toml::from_str(crate::config::DEFAULTS).unwrap()
}

fn limits() -> Limits {
    config().limits
}

fn identifier(kind: IdentifierKind, value: &str) -> Identifier {
    Identifier::new(kind, value).unwrap()
}

fn number_of(customer: &str) -> Identifier {
    Identifier::from(&CustomerId::new(customer).unwrap())
}
