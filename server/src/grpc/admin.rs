//! Those who run the shops: what is configured, and how the agents are doing.

use std::{sync::Arc, time::Duration};

use shopbell_domain::time::{Clock, Timestamp};
use shopbell_proto::{
    admin::v1::{self, AgentState, admin_service_server::AdminService},
    convert::admin as convert,
};
use tonic::{Request, Response, Status, async_trait};

use super::status;
use crate::{
    floor::{AgentReport, Hub},
    shops::Shop,
};

/// The admin API.
pub struct AdminApi {
    hub: Hub,
    clock: Arc<dyn Clock>,
    late: Duration,
    down: Duration,
}

impl std::fmt::Debug for AdminApi {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AdminApi")
    }
}

impl AdminApi {
    /// `late` and `down`: silence after which an agent counts as such.
    pub const fn new(hub: Hub, clock: Arc<dyn Clock>, late: Duration, down: Duration) -> Self {
        Self { hub, clock, late, down }
    }

    fn state(&self, report: &AgentReport, now: Timestamp) -> AgentState {
        let Some(seen) = report.last_seen else { return AgentState::Down };
        let silence = now.since(seen);
        if silence >= self.down {
            AgentState::Down
        } else if silence >= self.late || !report.connected {
            AgentState::Late
        } else if report.blind {
            AgentState::Blind
        } else {
            AgentState::Hearing
        }
    }
}

fn store(shop: &Shop) -> v1::Store {
    let zone = |(id, name): &(shopbell_domain::id::ZoneId, String)| v1::Zone {
        id: id.to_string(),
        name: name.clone(),
    };
    v1::Store {
        id: shop.id.to_string(),
        name: shop.name.clone(),
        zones: shop.zones.iter().map(zone).collect(),
        agent_ids: shop.agents.keys().map(ToString::to_string).collect(),
        associates: shop
            .associates
            .iter()
            .map(|(id, name)| v1::Associate { id: id.to_string(), name: name.clone() })
            .collect(),
    }
}

#[async_trait]
impl AdminService for AdminApi {
    async fn list_stores(
        &self,
        _request: Request<v1::ListStoresRequest>,
    ) -> Result<Response<v1::ListStoresResponse>, Status> {
        Ok(Response::new(v1::ListStoresResponse {
            stores: self.hub.shops().map(|shop| store(shop.shop())).collect(),
        }))
    }

    async fn list_agents(
        &self,
        request: Request<v1::ListAgentsRequest>,
    ) -> Result<Response<v1::ListAgentsResponse>, Status> {
        let id = convert::store_id(request.into_inner().store_id).map_err(status::invalid)?;
        let shop = self.hub.shop(&id).ok_or_else(|| Status::not_found("there is no such shop"))?;
        let now = self.clock.now();
        let agents = shop.agents().await.map_err(status::shop)?;
        let agents = agents.into_iter().map(|report| v1::AgentStatus {
            state: self.state(&report, now).into(),
            zone_id: shop.shop().agents.get(&report.agent).map(ToString::to_string).unwrap_or_default(),
            id: report.agent.to_string(),
            last_seen_ms: report.last_seen.map(Timestamp::as_millis),
            version: report.version,
            clock_skew_ms: report.clock_skew_ms,
            outbox_events: report.outbox_events,
            dropped_events: report.dropped_events,
        });
        Ok(Response::new(v1::ListAgentsResponse { agents: agents.collect() }))
    }
}
