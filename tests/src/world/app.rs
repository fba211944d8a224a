//! The retailer's backend: customers, what they share, and their phones.

use std::path::Path;

use shopbell_proto::customer::v1::{
    IssueTokensRequest, PutCustomerRequest, RegisterPhoneRequest, SetHelpWantedRequest, SetSharingRequest,
    Sharing, SharingLevel, customer_service_client::CustomerServiceClient,
};
use tonic::{
    Request, Status,
    metadata::{Ascii, MetadataValue},
    transport::{Certificate, Channel, ClientTlsConfig, Endpoint},
};

use crate::phone::Tokens;

/// A client of the customer API.
#[derive(Debug, Clone)]
pub struct App {
    client: CustomerServiceClient<Channel>,
    bearer: MetadataValue<Ascii>,
}

impl App {
    /// Connects as the holder of `token`; over TLS when an authority is given.
    pub async fn connect(url: &str, token: &str, authority: Option<&Path>) -> Self {
        let mut endpoint = Endpoint::from_shared(url.to_owned()).expect("a URL");
        if let Some(authority) = authority {
            let pem = std::fs::read(authority).expect("the authority's certificate is read");
            let tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(pem));
            endpoint = endpoint.tls_config(tls).expect("a certificate");
        }
        let channel = endpoint.connect().await.expect("the server answers");
        let bearer = format!("Bearer {token}").parse().expect("a token is plain text");
        Self { client: CustomerServiceClient::new(channel), bearer }
    }

    fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.metadata_mut().insert("authorization", self.bearer.clone());
        request
    }

    /// A customer with a name, who shares this much and wants to be greeted by name, and the tokens of their phone.
    pub async fn customer(&self, id: &str, level: SharingLevel) -> Tokens {
        let message = PutCustomerRequest { customer_id: id.into(), name: format!("{id} R.") };
        self.client.clone().put_customer(self.request(message)).await.expect("the customer is put");
        self.share(id, level).await.expect("the sharing is set");
        self.phone(id).await.expect("the phone is registered")
    }

    /// The customer shares this much from now on.
    pub async fn share(&self, id: &str, level: SharingLevel) -> Result<(), Status> {
        let sharing = Sharing { level: level.into(), greet_by_name: Some(true), alone_until_ms: None };
        let message = SetSharingRequest { customer_id: id.into(), sharing: Some(sharing) };
        self.client.clone().set_sharing(self.request(message)).await.map(drop)
    }

    /// The customer asks for help, or takes that back.
    pub async fn help(&self, id: &str, wanted: bool) -> Result<(), Status> {
        let message = SetHelpWantedRequest { customer_id: id.into(), wanted };
        self.client.clone().set_help_wanted(self.request(message)).await.map(drop)
    }

    /// Registers one more phone of a customer, and gets its tokens of the coming days.
    pub async fn phone(&self, id: &str) -> Result<Tokens, Status> {
        let message = RegisterPhoneRequest { customer_id: id.into() };
        let phone = self.client.clone().register_phone(self.request(message)).await?.into_inner();
        let message = IssueTokensRequest { phone_id: phone.phone_id, days: 14 };
        let answer = self.client.clone().issue_tokens(self.request(message)).await?.into_inner();
        Ok(Tokens::try_from(&answer).expect("whole tokens"))
    }
}
