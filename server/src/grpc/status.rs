//! From errors to gRPC statuses: one exhaustive map. Internals are logged with an id and not sent.

use shopbell_domain::ports::StoreError;
use shopbell_proto::convert::ConversionError;
use tonic::Status;

use crate::{floor::ShopError, notes::NoteError};

/// A request that means nothing: `INVALID_ARGUMENT`, naming the field.
pub(super) fn invalid(error: ConversionError) -> Status {
    match error {
        refusal @ (ConversionError::MissingField(_) | ConversionError::InvalidField { .. }) => {
            Status::invalid_argument(refusal.to_string())
        }
    }
}

/// What a shop could not do.
pub(super) fn shop(error: ShopError) -> Status {
    match error {
        ShopError::NoSuchVisit => Status::not_found(error.to_string()),
        ShopError::GuestLeft => Status::failed_precondition(error.to_string()),
        ShopError::Store(error) => store(error),
        ShopError::Superseded => Status::aborted(error.to_string()),
        ShopError::Stopping => stopping(),
    }
}

/// What became of a note that was not written.
pub(super) fn note(error: NoteError) -> Status {
    match error {
        NoteError::Off
        | NoteError::NotConfirmed
        | NoteError::NotShared
        | NoteError::TooMany
        | NoteError::NoPromise => Status::failed_precondition(error.to_string()),
        NoteError::NoSuchDay => Status::invalid_argument(error.to_string()),
        NoteError::NoSuchNote => Status::not_found(error.to_string()),
        NoteError::NotYours => Status::permission_denied(error.to_string()),
        NoteError::Refused(why) => Status::invalid_argument(why),
        NoteError::Store(error) => store(error),
        NoteError::Stopping => stopping(),
        NoteError::Invalid(error) => {
            tracing::error!(%error, "a note could not be named");
            Status::internal("the server could not name the note; its log says why")
        }
    }
}

/// What the store could not do.
///
/// What the store says of itself is for the log: it may name files.
pub(super) fn store(error: StoreError) -> Status {
    match error {
        StoreError::Unavailable(detail) => {
            tracing::error!(detail, "the store takes no writes");
            Status::unavailable("the server cannot store anything now; its log says why")
        }
        StoreError::Damaged(detail) => {
            tracing::error!(detail, "a stored record cannot be read");
            Status::data_loss("a stored record cannot be read; run `shopbell-server check`")
        }
        StoreError::NotFound(what) => Status::not_found(format!("there is no such {what}")),
    }
}

/// The end of every stream and call when the server stops.
pub(super) fn stopping() -> Status {
    Status::unavailable("the server is shutting down: call again")
}

#[cfg(test)]
mod tests {
    use tonic::Code;

    use super::*;

    #[test]
    fn each_error_tells_what_the_caller_can_do_and_no_internals() {
        let unavailable = store(StoreError::Unavailable("/var/lib/x: disk full".to_owned()));
        assert_eq!(unavailable.code(), Code::Unavailable);
        assert!(!unavailable.message().contains("/var"));
        assert_eq!(store(StoreError::Damaged("x".to_owned())).code(), Code::DataLoss);
        assert_eq!(store(StoreError::NotFound("customer")).message(), "there is no such customer");
        assert_eq!(shop(ShopError::NoSuchVisit).code(), Code::NotFound);
        assert_eq!(shop(ShopError::GuestLeft).code(), Code::FailedPrecondition);
        assert_eq!(shop(ShopError::Superseded).code(), Code::Aborted);
        assert_eq!(shop(ShopError::Stopping).code(), Code::Unavailable);
        assert_eq!(invalid(ConversionError::MissingField("visit_id")).message(), "visit_id is missing");
    }
}
