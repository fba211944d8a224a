//! The APIs: one file a group of calls. A handler validates, asks the core, and maps the answer.
//!
//! To add a call: the `.proto`, its conversion in `shopbell_proto::convert`, a method in the group's file. To add a
//! service: a file, and its line with a [`Gate`] in [`routes`].

mod admin;
pub mod auth;
mod consent;
mod customer;
mod deciding;
mod edge;
mod events;
mod floor;
mod health;
mod looks;
mod maintenance;
mod online;
mod privacy;
mod starters;
mod status;
mod streams;

use std::sync::Arc;

use shopbell_proto::{
    admin::v1::{
        admin_service_server::AdminServiceServer, maintenance_service_server::MaintenanceServiceServer,
        online_service_server::OnlineServiceServer, starter_service_server::StarterServiceServer,
    },
    customer::v1::{
        consent_service_server::ConsentServiceServer, customer_service_server::CustomerServiceServer,
        event_service_server::EventServiceServer, privacy_service_server::PrivacyServiceServer,
    },
    edge::v1::edge_service_server::EdgeServiceServer,
    floor::v1::floor_service_server::FloorServiceServer,
};
use tonic::service::{Routes, interceptor::InterceptedService};

use self::auth::{Callers, Gate, Role};
pub use self::{
    admin::AdminApi,
    consent::ConsentApi,
    customer::CustomerApi,
    edge::EdgeApi,
    events::EventApi,
    floor::{FloorApi, FloorParts},
    health::Serving,
    maintenance::MaintenanceApi,
    online::OnlineApi,
    privacy::PrivacyApi,
    starters::StarterApi,
};
use crate::metrics::Metrics;

/// The services that need a caller.
#[derive(Debug)]
pub struct Apis {
    /// For agents.
    pub edge: EdgeApi,
    /// For tablets.
    pub floor: FloorApi,
    /// For the retailer's backends.
    pub customer: CustomerApi,
    /// For the retailer's backends: what customers allow, with proof.
    pub consent: ConsentApi,
    /// For those who run the shops.
    pub admin: AdminApi,
    /// For those who run the shops: what became of events.
    pub online: OnlineApi,
    /// For those who run the shops: why something was suggested, or not.
    pub starters: StarterApi,
    /// For those who keep the server: its copies, and what it forgets.
    pub maintenance: MaintenanceApi,
    /// For the retailer's backends and those who run the shops: what customers may ask.
    pub privacy: PrivacyApi,
    /// For those who send events; it asks for a source's write key itself.
    pub events: EventApi,
}

/// All gRPC routes, each service behind the gate of its role; health (and, in debug builds, reflection) is open.
pub async fn routes(
    apis: Apis,
    callers: Callers,
    metrics: &Arc<Metrics>,
    message_bytes: usize,
) -> (Routes, Serving) {
    let callers = Arc::new(callers);
    let gate = |role| Gate::new(Arc::clone(&callers), role, Arc::clone(metrics));
    let edge = EdgeServiceServer::new(apis.edge).max_decoding_message_size(message_bytes);
    let floor = FloorServiceServer::new(apis.floor).max_decoding_message_size(message_bytes);
    let customer = CustomerServiceServer::new(apis.customer).max_decoding_message_size(message_bytes);
    let consent = ConsentServiceServer::new(apis.consent).max_decoding_message_size(message_bytes);
    let admin = AdminServiceServer::new(apis.admin).max_decoding_message_size(message_bytes);
    let online = OnlineServiceServer::new(apis.online).max_decoding_message_size(message_bytes);
    let starters = StarterServiceServer::new(apis.starters).max_decoding_message_size(message_bytes);
    let maintenance =
        MaintenanceServiceServer::new(apis.maintenance).max_decoding_message_size(message_bytes);
    let privacy = PrivacyServiceServer::new(apis.privacy).max_decoding_message_size(message_bytes);
    let asks = Gate::any_of(Arc::clone(&callers), [Role::App, Role::Operator], Arc::clone(metrics));
    let events = EventServiceServer::new(apis.events).max_decoding_message_size(message_bytes);
    let (reporter, health) = tonic_health::server::health_reporter();
    // `Routes::from` brings no fallback of its own, which could not be merged with the page's.
    let routes = Routes::from(axum::Router::new())
        .add_service(health)
        .add_service(InterceptedService::new(edge, gate(Role::Agent)))
        .add_service(InterceptedService::new(floor, gate(Role::Associate)))
        .add_service(InterceptedService::new(customer, gate(Role::App)))
        .add_service(InterceptedService::new(consent, gate(Role::App)))
        .add_service(InterceptedService::new(admin, gate(Role::Operator)))
        .add_service(InterceptedService::new(online, gate(Role::Operator)))
        .add_service(InterceptedService::new(starters, gate(Role::Operator)))
        .add_service(InterceptedService::new(maintenance, gate(Role::Operator)))
        .add_service(InterceptedService::new(privacy, asks))
        .add_service(events);
    (with_reflection(routes), Serving::begin(reporter).await)
}

#[cfg(debug_assertions)]
fn with_reflection(routes: Routes) -> Routes {
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(shopbell_proto::FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .build_v1();
    match reflection {
        Ok(reflection) => routes.add_service(reflection),
        Err(error) => {
            tracing::warn!(%error, "no reflection");
            routes
        }
    }
}

#[cfg(not(debug_assertions))]
fn with_reflection(routes: Routes) -> Routes {
    routes
}
