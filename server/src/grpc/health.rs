//! gRPC health: every service serves from the start, and none from the moment when the server is told to stop.

use shopbell_proto::{
    admin::v1::{
        admin_service_server::AdminServiceServer, maintenance_service_server::MaintenanceServiceServer,
        online_service_server::OnlineServiceServer,
    },
    customer::v1::{
        customer_service_server::CustomerServiceServer, event_service_server::EventServiceServer,
    },
    edge::v1::edge_service_server::EdgeServiceServer,
    floor::v1::floor_service_server::FloorServiceServer,
};
use tonic::server::NamedService;
use tonic_health::{ServingStatus, server::HealthReporter};

use super::{AdminApi, CustomerApi, EdgeApi, EventApi, FloorApi, MaintenanceApi, OnlineApi};

/// The empty name stands for the whole server.
const NAMES: [&str; 8] = [
    "",
    EdgeServiceServer::<EdgeApi>::NAME,
    FloorServiceServer::<FloorApi>::NAME,
    CustomerServiceServer::<CustomerApi>::NAME,
    AdminServiceServer::<AdminApi>::NAME,
    OnlineServiceServer::<OnlineApi>::NAME,
    MaintenanceServiceServer::<MaintenanceApi>::NAME,
    EventServiceServer::<EventApi>::NAME,
];

/// What the server says of its health.
#[derive(Debug)]
pub struct Serving(HealthReporter);

impl Serving {
    pub(super) async fn begin(reporter: HealthReporter) -> Self {
        for name in NAMES {
            reporter.set_service_status(name, ServingStatus::Serving).await;
        }
        Self(reporter)
    }

    /// Tells those who watch that the server serves no more, and ends their streams: nobody else would.
    pub async fn end(mut self) {
        for name in NAMES {
            self.0.set_service_status(name, ServingStatus::NotServing).await;
        }
        for name in NAMES {
            self.0.clear_service_status(name).await;
        }
    }
}
