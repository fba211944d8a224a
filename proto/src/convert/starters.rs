//! Messages about suggestions and their reasons.

use shopbell_domain::{
    id::{AssociateId, CustomerId, StoreId},
    time::Timestamp,
};

use super::{ConversionError, admin, customer, online};
use crate::admin::v1;

/// Which card somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardAsked {
    /// Of whom.
    pub customer: CustomerId,
    /// In which shop.
    pub store: StoreId,
    /// As it was at this moment; `None` is now.
    pub at: Option<Timestamp>,
    /// Who asks.
    pub asked_by: AssociateId,
    /// BCP 47 tag of the texts.
    pub language: String,
}

/// Which card a request asks for.
pub fn explain_card(request: v1::ExplainCardRequest) -> Result<CardAsked, ConversionError> {
    let v1::ExplainCardRequest { customer_id, store_id, at_ms, asked_by, language } = request;
    Ok(CardAsked {
        customer: customer::customer_id(customer_id)?,
        store: admin::store_id(store_id)?,
        at: at_ms.map(Timestamp::from_millis),
        asked_by: online::asked_by(asked_by)?,
        language,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_asked_for_by_customer_and_shop() {
        let asked = v1::ExplainCardRequest {
            customer_id: "c1".into(),
            store_id: "lyon".into(),
            at_ms: Some(7),
            asked_by: "nadia".into(),
            ..v1::ExplainCardRequest::default()
        };
        let read = explain_card(asked.clone()).unwrap();
        assert_eq!((read.at, read.asked_by.as_str()), (Some(Timestamp::from_millis(7)), "nadia"));
        for wrong in [
            v1::ExplainCardRequest { customer_id: String::new(), ..asked.clone() },
            v1::ExplainCardRequest { store_id: "no shop".into(), ..asked.clone() },
            v1::ExplainCardRequest { asked_by: String::new(), ..asked.clone() },
            v1::ExplainCardRequest { asked_by: "who, me?".into(), ..asked },
        ] {
            assert!(explain_card(wrong.clone()).is_err(), "{wrong:?}");
        }
    }
}
