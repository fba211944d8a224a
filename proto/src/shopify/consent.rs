//! Whether a customer may be written to.

use shopbell_domain::{
    consent::{Channel, Decision, Field, Purpose, Use},
    id::CustomerId,
    inbox::Failure,
};

use super::{Meaning, Reason, Topic, Webhook, values};

/// Reads `customers_email_marketing_consent/update` and `customers_marketing_consent/update`. What is not a clear yes is no.
pub(super) fn marketing(webhook: &Webhook<'_>) -> Result<Meaning, Failure> {
    let payload = &webhook.payload;
    let key = if payload.value(&["customer_id"]).is_some() { "customer_id" } else { "id" };
    let customer =
        CustomerId::new(values::id(payload, key)?).map_err(|_| Reason::InvalidId.at(payload.at(key)))?;
    let (told, channel) = match webhook.topic {
        Topic::SmsConsent => (payload.child("sms_marketing_consent"), Channel::Sms),
        _ => (payload.child("email_marketing_consent"), Channel::Email),
    };
    let wrong = || Reason::InvalidConsent.at(told.at("state"));
    let state = told.text(&["state"], 40).ok_or_else(wrong)?.to_ascii_lowercase();
    let at = values::time(&told, &["consent_updated_at"])?.unwrap_or(webhook.message.received);
    let what = Use { purpose: Purpose::Inform, channel, field: Field::Contact };
    let decision = match state.as_str() {
        "subscribed" => Decision::give([what]),
        // A pending one has not answered the question yet.
        "unsubscribed" | "not_subscribed" | "pending" | "redacted" | "invalid" => Decision::refuse([what]),
        _ => return Err(wrong()),
    };
    Ok(Meaning::Consent { customer, decision: Box::new(decision), at: at.min(webhook.message.received) })
}
