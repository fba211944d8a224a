//! One tablet's stream: a snapshot or what was missed, then each change, and a beat when nothing changes.

use std::{sync::Arc, time::Duration};

use futures::{Stream, StreamExt as _, stream};
use shopbell_domain::{
    floor::{Delta, FloorChange, Guest},
    id::AssociateId,
    time::Clock,
};
use shopbell_proto::{
    convert::floor as convert,
    floor::v1::{self, watch_floor_response::Body},
};
use tokio_util::sync::CancellationToken;
use tonic::Status;

use crate::{
    floor::{Opening, ShopHandle, Subscription},
    grpc::{status, streams::Place},
    metrics::Held,
};

/// One tablet's stream.
pub(super) struct Watch {
    pub(super) place: Place<AssociateId>,
    pub(super) associate_name: String,
    pub(super) shop: ShopHandle,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) heartbeat: Duration,
    pub(super) stop: CancellationToken,
    pub(super) _held: Held,
}

impl Watch {
    pub(super) fn stream(
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
