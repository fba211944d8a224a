//! A tablet, as the browser's page is one: gRPC-Web over HTTP/1.1, one stream, resumed from its cursor.

use std::{collections::BTreeMap, time::Duration};

use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use shopbell_proto::floor::v1::{
    Card, FloorSnapshot, GetCardRequest, Guest, Outcome, SetFeedbackRequest, SetGreetedRequest,
    SetOutcomeRequest, StarterFeedback, WatchFloorRequest, WatchFloorResponse, floor_delta::Change,
    floor_service_client::FloorServiceClient, watch_floor_response::Body,
};
use tokio::{sync::watch, task::JoinHandle};
use tonic::{Request, Status, metadata::MetadataValue, service::interceptor::InterceptedService};
use tonic_web::{GrpcWebCall, GrpcWebClientLayer, GrpcWebClientService};
use tower::Layer as _;

use super::PATIENCE;

type HttpClient = Client<HttpConnector, GrpcWebCall<tonic::body::Body>>;
type Bearer = Box<dyn FnMut(Request<()>) -> Result<Request<()>, Status> + Send>;
/// The client of the floor, as a browser would call it.
pub type FloorClient = FloorServiceClient<InterceptedService<GrpcWebClientService<HttpClient>, Bearer>>;

/// What a tablet shows.
#[derive(Debug, Clone, Default)]
pub struct FloorView {
    /// Snapshot parts that deltas do not change.
    pub shop: Option<FloorSnapshot>,
    /// Rows by visit.
    pub rows: BTreeMap<String, Guest>,
    /// Where the stream would resume.
    pub cursor: String,
    /// Messages received.
    pub messages: u64,
    /// Snapshots received.
    pub snapshots: u64,
}

impl FloorView {
    fn take(&mut self, message: WatchFloorResponse) {
        self.cursor = message.cursor;
        self.messages += 1;
        match message.body {
            Some(Body::Snapshot(mut snapshot)) => {
                self.snapshots += 1;
                self.rows = std::mem::take(&mut snapshot.guests)
                    .into_iter()
                    .map(|guest| (guest.visit_id.clone(), guest))
                    .collect();
                self.shop = Some(snapshot);
            }
            Some(Body::Delta(delta)) => match delta.change {
                Some(Change::Guest(guest)) => {
                    self.rows.insert(guest.visit_id.clone(), guest);
                }
                Some(Change::RemovedVisitId(visit)) => {
                    self.rows.remove(&visit);
                }
                None => panic!("a delta without a change"),
            },
            Some(Body::Heartbeat(_)) => {}
            None => panic!("a floor message without a body"),
        }
    }
}

/// A tablet that watches its floor until it is dropped.
#[derive(Debug)]
pub struct Tablet {
    url: String,
    token: String,
    view: watch::Receiver<FloorView>,
    task: JoinHandle<()>,
}

/// A client that calls as the holder of `token`.
pub fn client(url: &str, token: &str) -> FloorClient {
    let http = Client::builder(TokioExecutor::new()).build_http();
    let service = GrpcWebClientLayer::new().layer(http);
    let value: MetadataValue<_> = format!("Bearer {token}").parse().expect("a token is plain text");
    let bearer: Bearer = Box::new(move |mut request: Request<()>| {
        request.metadata_mut().insert("authorization", value.clone());
        Ok(request)
    });
    let origin = url.parse().expect("a server address is a URI");
    FloorServiceClient::with_origin(InterceptedService::new(service, bearer), origin)
}

impl Tablet {
    /// Opens the floor of the associate who holds `token`.
    pub fn open(url: &str, token: &str) -> Self {
        let (sender, view) = watch::channel(FloorView::default());
        let (url, token) = (url.to_owned(), token.to_owned());
        let task = tokio::spawn(watch_for_ever(client(&url, &token), sender));
        Self { url, token, view, task }
    }

    /// Waits until the floor is as wanted; panics with the floor as it is when it is not in time.
    pub async fn until(&mut self, wanted: &str, is_so: impl FnMut(&FloorView) -> bool) -> FloorView {
        self.until_within(PATIENCE, wanted, is_so).await
    }

    /// Waits until the floor is as wanted; panics with the floor as it is when it is not in time.
    pub async fn until_within(
        &mut self,
        at_most: Duration,
        wanted: &str,
        is_so: impl FnMut(&FloorView) -> bool,
    ) -> FloorView {
        let outcome = tokio::time::timeout(at_most, self.view.wait_for(is_so)).await;
        match outcome.map(|view| view.expect("the tablet still watches").clone()) {
            Ok(view) => view,
            Err(elapsed) => panic!(
                "not within {at_most:?} ({elapsed}): {wanted}\nthe floor is {:#?}",
                self.view.borrow().rows
            ),
        }
    }

    /// The floor as it is now.
    pub fn now(&self) -> FloorView {
        self.view.borrow().clone()
    }

    /// The card of a visit.
    pub async fn card(&self, visit_id: &str, language: &str) -> Result<Card, Status> {
        let request = GetCardRequest { visit_id: visit_id.into(), language: language.into() };
        let answer = client(&self.url, &self.token).get_card(request).await?;
        Ok(answer.into_inner().card.expect("the answer holds a card"))
    }

    /// Confirms the person, or takes that back.
    pub async fn greet(&self, visit_id: &str, greeted: bool) -> Result<Card, Status> {
        let request = SetGreetedRequest { visit_id: visit_id.into(), greeted, language: "en".into() };
        let answer = client(&self.url, &self.token).set_greeted(request).await?;
        Ok(answer.into_inner().card.expect("the answer holds a card"))
    }

    /// Says what became of a starter.
    pub async fn feedback(
        &self,
        visit_id: &str,
        starter_id: &str,
        said: StarterFeedback,
    ) -> Result<(), Status> {
        let request = SetFeedbackRequest {
            visit_id: visit_id.into(),
            starter_id: starter_id.into(),
            feedback: said.into(),
        };
        client(&self.url, &self.token).set_feedback(request).await.map(drop)
    }

    /// Says what became of the visit.
    pub async fn outcome(&self, visit_id: &str, outcome: Outcome) -> Result<(), Status> {
        let request = SetOutcomeRequest { visit_id: visit_id.into(), outcome: outcome.into() };
        client(&self.url, &self.token).set_outcome(request).await.map(drop)
    }
}

impl Drop for Tablet {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn watch_for_ever(mut client: FloorClient, view: watch::Sender<FloorView>) {
    while !view.is_closed() {
        let cursor = view.borrow().cursor.clone();
        if let Ok(answer) = client.watch_floor(WatchFloorRequest { cursor }).await {
            let mut stream = answer.into_inner();
            while let Ok(Some(message)) = stream.message().await {
                view.send_modify(|view| view.take(message));
            }
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
