//! What customers may ask of us, for the retailer's backend and those who run the shops.

use std::pin::Pin;

use futures::{Stream, StreamExt as _};
use shopbell_domain::rights::{Asker, MAX_USERS, RegulationNumber, RequestNumber};
use shopbell_proto::{
    convert::{customer as convert_customer, privacy as convert},
    customer::v1::{self, privacy_service_server::PrivacyService},
};
use tonic::{Request, Response, Status, async_trait};

use super::{auth::Caller, status};
use crate::{
    online::DecideError,
    rights::{AnswerError, CorrectError, ExportError, Format, Reader, Rights},
};

/// Regulations of one answer, when the request does not say.
const PAGE: u32 = 50;
/// Regulations of one answer, at most.
const LARGEST_PAGE: u32 = 200;
/// Looks of one answer, when the request does not say.
const LOOKS: u32 = 100;
/// Looks of one answer, at most.
const MOST_LOOKS: u32 = 1_000;

/// The API for customers' rights.
#[derive(Debug)]
pub struct PrivacyApi {
    rights: Rights,
}

impl PrivacyApi {
    /// Asks `rights`.
    pub const fn new(rights: Rights) -> Self {
        Self { rights }
    }
}

fn asker<T>(request: &Request<T>) -> Result<Asker, Status> {
    match request.extensions().get::<Caller>() {
        Some(Caller::App(_)) => Ok(Asker::App),
        Some(Caller::Operator) => Ok(Asker::Operator),
        _ => Err(Status::permission_denied("only apps and operators may call this")),
    }
}

fn reader<T>(request: &Request<T>) -> Result<Reader, Status> {
    match request.extensions().get::<Caller>() {
        Some(Caller::App(name)) => Ok(Reader::app(name)),
        Some(Caller::Operator) => Ok(Reader::operator()),
        _ => Err(Status::permission_denied("only apps and operators may call this")),
    }
}

fn no_such_regulation() -> Status {
    Status::not_found("there is no such regulation")
}

fn export(error: ExportError) -> Status {
    match error {
        ExportError::Unknown => Status::not_found(error.to_string()),
        ExportError::Nobody(_) => Status::invalid_argument(format!("customer_id: {error}")),
        ExportError::TooLarge(_) => Status::failed_precondition(error.to_string()),
        ExportError::Store(error) => status::store(error),
        ExportError::Json(error) => {
            tracing::error!(%error, "an export failed");
            Status::internal("the export failed; the server's log says why")
        }
    }
}

fn answer(error: AnswerError) -> Status {
    match error {
        AnswerError::Unknown => Status::not_found(error.to_string()),
        AnswerError::Closed | AnswerError::NoExport | AnswerError::Erased => {
            Status::failed_precondition(error.to_string())
        }
        AnswerError::Export(error) => export(error),
    }
}

fn format(number: i32) -> Result<Format, Status> {
    match v1::ExportFormat::try_from(number) {
        Ok(v1::ExportFormat::Unspecified) => Ok(Format::All),
        Ok(v1::ExportFormat::Json) => Ok(Format::Json),
        Ok(v1::ExportFormat::Csv) => Ok(Format::Csv),
        Err(_) => Err(Status::invalid_argument("format is invalid: there is no such format")),
    }
}

#[async_trait]
impl PrivacyService for PrivacyApi {
    async fn create_regulation(
        &self,
        request: Request<v1::CreateRegulationRequest>,
    ) -> Result<Response<v1::CreateRegulationResponse>, Status> {
        let by = asker(&request)?;
        let v1::CreateRegulationRequest { r#type, customer_ids } = request.into_inner();
        let kind = convert::kind(r#type).map_err(status::invalid)?;
        let created =
            self.rights.create(kind, convert::users(customer_ids), by, None).await.map_err(status::store)?;
        let regulation = created.map_err(|refused| Status::invalid_argument(refused.to_string()))?;
        let regulation = Some(convert::regulation(&regulation));
        Ok(Response::new(v1::CreateRegulationResponse { regulation }))
    }

    async fn get_regulation(
        &self,
        request: Request<v1::GetRegulationRequest>,
    ) -> Result<Response<v1::GetRegulationResponse>, Status> {
        let v1::GetRegulationRequest { number, from_index } = request.into_inner();
        let number = convert::number(number).map_err(status::invalid)?;
        let found = self.rights.regulation(number).await.map_err(status::store)?;
        let found = found.ok_or_else(no_such_regulation)?;
        let outcomes = self.rights.outcomes(number, from_index, MAX_USERS).await.map_err(status::store)?;
        let results = outcomes.iter().map(|(index, outcome)| convert::result(*index, outcome)).collect();
        let regulation = Some(convert::regulation(&found));
        Ok(Response::new(v1::GetRegulationResponse { regulation, results }))
    }

    async fn list_regulations(
        &self,
        request: Request<v1::ListRegulationsRequest>,
    ) -> Result<Response<v1::ListRegulationsResponse>, Status> {
        let v1::ListRegulationsRequest { before_number, limit } = request.into_inner();
        let before = (before_number > 0).then_some(RegulationNumber(before_number));
        let limit = if limit == 0 { PAGE } else { limit.min(LARGEST_PAGE) };
        let found = self.rights.regulations(before, limit as usize).await.map_err(status::store)?;
        let regulations = found.iter().map(convert::regulation).collect();
        Ok(Response::new(v1::ListRegulationsResponse { regulations }))
    }

    type ExportCustomerStream =
        Pin<Box<dyn Stream<Item = Result<v1::ExportCustomerResponse, Status>> + Send + 'static>>;

    async fn export_customer(
        &self,
        request: Request<v1::ExportCustomerRequest>,
    ) -> Result<Response<Self::ExportCustomerStream>, Status> {
        let by = reader(&request)?;
        let v1::ExportCustomerRequest { customer_id, format } = request.into_inner();
        let parts = self.rights.export(&customer_id, self::format(format)?, &by).await.map_err(export)?;
        let stream = parts.map(|part| match part {
            Ok(part) => Ok(v1::ExportCustomerResponse { file: part.file.to_owned(), part: part.bytes }),
            Err(error) => Err(export(error)),
        });
        Ok(Response::new(Box::pin(stream)))
    }

    async fn correct_fact(
        &self,
        request: Request<v1::CorrectFactRequest>,
    ) -> Result<Response<v1::CorrectFactResponse>, Status> {
        let v1::CorrectFactRequest { customer_id, what, how, request_id } = request.into_inner();
        let customer = convert_customer::customer_id(customer_id).map_err(status::invalid)?;
        let what = convert::disputed(what).map_err(status::invalid)?;
        let how = convert::correction(how).map_err(status::invalid)?;
        let request = convert::request_id(request_id).map_err(status::invalid)?;
        self.rights.correct(&customer, what, how, request.as_deref()).await.map_err(|error| match error {
            CorrectError::Unknown => Status::not_found(error.to_string()),
            CorrectError::KeptOut => Status::failed_precondition(error.to_string()),
            CorrectError::Store(error) | CorrectError::Decide(DecideError::Store(error)) => {
                status::store(error)
            }
            CorrectError::Decide(DecideError::Stopping) => status::stopping(),
            CorrectError::Request(error) => Status::invalid_argument(format!("request_id: {error}")),
        })?;
        Ok(Response::new(v1::CorrectFactResponse {}))
    }

    async fn list_looks(
        &self,
        request: Request<v1::ListLooksRequest>,
    ) -> Result<Response<v1::ListLooksResponse>, Status> {
        let v1::ListLooksRequest { customer_id, limit } = request.into_inner();
        let customer = convert_customer::customer_id(customer_id).map_err(status::invalid)?;
        let limit = if limit == 0 { LOOKS } else { limit.min(MOST_LOOKS) };
        let looks = self.rights.looks(&customer, limit as usize).await.map_err(status::store)?;
        Ok(Response::new(v1::ListLooksResponse { looks: looks.iter().map(convert::look).collect() }))
    }

    async fn get_receipt(
        &self,
        request: Request<v1::GetReceiptRequest>,
    ) -> Result<Response<v1::GetReceiptResponse>, Status> {
        use v1::get_receipt_request::Which;
        let found = match request.into_inner().which {
            Some(Which::Number(number)) => {
                self.rights.receipt(number).await.map(|text| text.map(|text| (number, text)))
            }
            Some(Which::CustomerId(user)) => self.rights.last_receipt_of(&user).await,
            None => return Err(Status::invalid_argument("which is missing")),
        };
        let found = found.map_err(status::store)?;
        let (number, text) = found.ok_or_else(|| Status::not_found("there is no such receipt"))?;
        let public_key = self.rights.public_key();
        Ok(Response::new(v1::GetReceiptResponse { number, text, public_key }))
    }

    async fn list_requests(
        &self,
        request: Request<v1::ListRequestsRequest>,
    ) -> Result<Response<v1::ListRequestsResponse>, Status> {
        let v1::ListRequestsRequest { open_only, before_number, limit } = request.into_inner();
        let found = if open_only {
            self.rights.open_requests().await
        } else {
            let before = (before_number > 0).then_some(RequestNumber(before_number));
            let limit = if limit == 0 { PAGE } else { limit.min(LARGEST_PAGE) };
            self.rights.requests(before, limit as usize).await
        };
        let requests = found.map_err(status::store)?.iter().map(convert::privacy_request).collect();
        Ok(Response::new(v1::ListRequestsResponse { requests }))
    }

    type ExportRequestedStream =
        Pin<Box<dyn Stream<Item = Result<v1::ExportRequestedResponse, Status>> + Send + 'static>>;

    async fn export_requested(
        &self,
        request: Request<v1::ExportRequestedRequest>,
    ) -> Result<Response<Self::ExportRequestedStream>, Status> {
        let by = reader(&request)?;
        let v1::ExportRequestedRequest { number, format } = request.into_inner();
        let number = convert::request_number(number).map_err(status::invalid)?;
        let parts = self.rights.export_requested(number, self::format(format)?, &by).await.map_err(answer)?;
        let stream = parts.map(|part| match part {
            Ok(part) => Ok(v1::ExportRequestedResponse { file: part.file.to_owned(), part: part.bytes }),
            Err(error) => Err(export(error)),
        });
        Ok(Response::new(Box::pin(stream)))
    }

    async fn close_request(
        &self,
        request: Request<v1::CloseRequestRequest>,
    ) -> Result<Response<v1::CloseRequestResponse>, Status> {
        let number = convert::request_number(request.into_inner().number).map_err(status::invalid)?;
        let closed = self.rights.close_request(number).await.map_err(answer)?;
        Ok(Response::new(v1::CloseRequestResponse { request: Some(convert::privacy_request(&closed)) }))
    }
}
