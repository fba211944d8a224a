//! The retailer's own programs: the app's backend, the web shop and the tills, which speak to the server as any would.

use serde_json::{Value, json};
use shopbell_domain::time::Timestamp;
use shopbell_proto::customer::v1::{
    ConsentChannel, ConsentCollection, ConsentDecision, ConsentField, ConsentPurpose, ConsentTextName,
    ConsentUse, CorrectFactRequest, CorrectionKind, DisputedOrderLine, ExportCustomerRequest, ExportFormat,
    SetConsentRequest, SetHelpWantedRequest, SharingLevel, consent_service_client::ConsentServiceClient,
    correct_fact_request::What, customer_service_client::CustomerServiceClient,
    privacy_service_client::PrivacyServiceClient,
};
use shopbell_tests::world::{PATIENCE, World, token_of};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tonic::{Request, transport::Channel};

use super::{
    situation::{Event, Step},
    span::{dated, moment, rfc3339},
};

/// The write key of a source; the sources are `server`, `page` and `till`.
pub(crate) fn write_key(source: &str) -> String {
    format!("{source}-key")
}

pub(crate) fn level(number: u8) -> SharingLevel {
    SharingLevel::try_from(i32::from(number) + 1).expect("a level from 0 to 5")
}

fn field(name: &str) -> ConsentField {
    ConsentField::from_str_name(&format!("CONSENT_FIELD_{}", name.to_uppercase()))
        .unwrap_or_else(|| panic!("there is no field {name}"))
}

fn advise(names: &[String]) -> Vec<ConsentUse> {
    let one = |name: &String| ConsentUse {
        purpose: ConsentPurpose::Advise.into(),
        channel: ConsentChannel::Tablet.into(),
        field: field(name).into(),
    };
    names.iter().map(one).collect()
}

/// The app's backend.
pub(crate) struct Backend {
    channel: Channel,
    address: String,
}

impl Backend {
    pub(crate) async fn of(world: &World) -> Self {
        let channel = Channel::from_shared(world.url()).unwrap().connect().await.unwrap();
        Self { channel, address: world.url().trim_start_matches("http://").to_owned() }
    }

    fn by_app<T>(message: T) -> Request<T> {
        let mut request = Request::new(message);
        request
            .metadata_mut()
            .insert("authorization", format!("Bearer {}", token_of("app")).parse().unwrap());
        request
    }

    /// What a customer decides, as the app hands it in.
    async fn decide(&self, customer: &str, decision: ConsentDecision) {
        self.decide_by("in-shop", customer, decision).await;
    }

    async fn decide_by(&self, text: &str, customer: &str, decision: ConsentDecision) {
        let text = ConsentTextName { id: text.into(), version: 1, language: "fr".into() };
        let request = SetConsentRequest {
            customer_id: customer.into(),
            decision: Some(decision),
            text: Some(text),
            collection: ConsentCollection::App.into(),
        };
        ConsentServiceClient::new(self.channel.clone()).set_consent(Self::by_app(request)).await.unwrap();
    }

    pub(crate) async fn share(&self, customer: &str, level: SharingLevel) {
        self.decide(customer, ConsentDecision { level: level.into(), ..ConsentDecision::default() }).await;
    }

    pub(crate) async fn give(&self, customer: &str, fields: &[String]) {
        self.decide(customer, ConsentDecision { give: advise(fields), ..ConsentDecision::default() }).await;
    }

    /// The customer lets what they buy be learnt from.
    pub(crate) async fn let_learn(&self, customer: &str) {
        let learnt = |field: ConsentField| ConsentUse {
            purpose: ConsentPurpose::Analyse.into(),
            channel: ConsentChannel::Headquarters.into(),
            field: field.into(),
        };
        let fields = [ConsentField::Visit, ConsentField::Orders, ConsentField::Bought];
        let decision = ConsentDecision { give: fields.map(learnt).into(), ..ConsentDecision::default() };
        self.decide_by("journeys", customer, decision).await;
    }

    /// Waits until the server has learnt what goes with what.
    pub(crate) async fn learnt_pairs(&self) {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        while !self.metrics("shopbell_demand_pairs").await.iter().any(|count| *count > 0.0) {
            assert!(tokio::time::Instant::now() < deadline, "nothing was learnt of what people buy");
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }

    async fn metrics(&self, name: &str) -> Vec<f64> {
        let bearer = token_of("operator");
        let head = "GET /metrics HTTP/1.1\r\nhost: shop\r\nconnection: close";
        let answer = self.ask(&format!("{head}\r\nauthorization: Bearer {bearer}\r\n\r\n")).await;
        let lines = answer.lines().filter(|line| line.starts_with(name));
        lines.filter_map(|line| line.rsplit(' ').next()?.parse().ok()).collect()
    }

    /// Does what the customer does with the app.
    pub(crate) async fn act(&self, customer: &str, step: &Step, now: Timestamp) {
        match step {
            Step::Help {} => self.help(customer, true).await,
            Step::NoHelp {} => self.help(customer, false).await,
            Step::Alone { until } => {
                let until = moment(until, now).expect("a time such as +3h");
                let alone_until_ms = Some(until.as_millis());
                self.decide(customer, ConsentDecision { alone_until_ms, ..ConsentDecision::default() }).await;
            }
            Step::Share { level: to } => self.share(customer, level(*to)).await,
            Step::Refuse { fields } => {
                let refuse = advise(fields);
                self.decide(customer, ConsentDecision { refuse, ..ConsentDecision::default() }).await;
            }
            Step::Correct { how, order, product, viewed } => {
                let what = match (order.clone(), product.clone(), viewed.clone()) {
                    (Some(order_id), Some(product_id), None) => {
                        What::OrderLine(DisputedOrderLine { order_id, product_id })
                    }
                    (Some(order), None, None) => What::OrderId(order),
                    (None, None, Some(product)) => What::ViewedProductId(product),
                    other => panic!("what is corrected? {other:?}"),
                };
                self.correct(customer, what, how).await;
            }
            Step::Answer { .. } | Step::Note { .. } => panic!("that is for an associate to do: {step:?}"),
        }
    }

    async fn help(&self, customer: &str, wanted: bool) {
        let request = SetHelpWantedRequest { customer_id: customer.into(), wanted };
        CustomerServiceClient::new(self.channel.clone())
            .set_help_wanted(Self::by_app(request))
            .await
            .unwrap();
    }

    async fn correct(&self, customer: &str, what: What, how: &str) {
        let how = match how {
            "gift" => CorrectionKind::Gift,
            "not-me" => CorrectionKind::NotMe,
            other => panic!("there is no correction {other}"),
        };
        let request = CorrectFactRequest {
            customer_id: customer.into(),
            what: Some(what),
            how: how.into(),
            request_id: String::new(),
        };
        PrivacyServiceClient::new(self.channel.clone()).correct_fact(Self::by_app(request)).await.unwrap();
    }

    /// Everything that is kept of a customer, as it is handed out.
    pub(crate) async fn export(&self, customer: &str) -> Value {
        let request =
            ExportCustomerRequest { customer_id: customer.into(), format: ExportFormat::Json.into() };
        let answer =
            PrivacyServiceClient::new(self.channel.clone()).export_customer(Self::by_app(request)).await;
        let (mut parts, mut json) = (answer.unwrap().into_inner(), Vec::new());
        while let Some(part) = parts.message().await.unwrap() {
            json.extend(part.part);
        }
        serde_json::from_slice(&json).unwrap()
    }

    /// Sends messages as an SDK of this source does.
    pub(crate) async fn post(&self, source: &str, batch: &[Value]) {
        let body = json!({ "batch": batch, "writeKey": write_key(source) }).to_string();
        let head = format!("POST /v1/batch HTTP/1.1\r\nhost: shop\r\ncontent-length: {}", body.len());
        let answer = self.ask(&format!("{head}\r\nconnection: close\r\n\r\n{body}")).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }

    /// Waits until so many messages were taken up.
    pub(crate) async fn applied(&self, messages: u32) {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        while self.metrics("shopbell_applied_messages_total").await.iter().sum::<f64>() < f64::from(messages)
        {
            assert!(tokio::time::Instant::now() < deadline, "events are not taken up in time");
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    }

    async fn ask(&self, request: &str) -> String {
        let mut socket = TcpStream::connect(&self.address).await.unwrap();
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await.unwrap();
        answer
    }
}

/// A message of an SDK.
pub(crate) fn message(customer: &str, number: usize, event: &Event, now: Timestamp) -> Value {
    let at = moment(&event.at, now).expect("a time such as -3d");
    let kind = event.r#type.as_deref().unwrap_or("track");
    let mut message = json!({
        "type": kind, "userId": customer, "messageId": format!("{customer}-{number}"), "timestamp": rfc3339(at),
    });
    if kind == "identify" {
        message["traits"] = dated(event.traits.clone().into(), now);
    } else {
        message["event"] = event.name.clone().expect("a track names what happened").into();
        message["properties"] = dated(event.properties.clone().into(), now);
    }
    message
}
