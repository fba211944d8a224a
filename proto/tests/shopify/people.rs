//! Customers, their consent and their rights.

use shopbell_domain::{
    consent::{Channel, Decision, Field, Purpose, Use},
    id::CustomerId,
};
use shopbell_proto::shopify::Right;

use IdentifierKind::{Customer, Email, PhoneNumber};

use super::*;

const EMAIL: &str = "customers_email_marketing_consent/update";

fn customer() -> Value {
    json!({
        "id": 706_405_506_930_370_084_u64, "email": "bob@example.com", "created_at": "2026-11-20T10:00:00+01:00",
        "updated_at": "2026-11-22T10:00:00+01:00", "first_name": "Bob", "last_name": "Biller", "orders_count": 0,
        "state": "disabled", "total_spent": "0.00", "last_order_id": null, "note": "This customer loves ice cream",
        "verified_email": true, "multipass_identifier": null, "tax_exempt": false, "tags": "", "currency": "EUR",
        "phone": "+33 6 39 98 05 17", "addresses": [{ "phone": "+33 6 22 22 22 22" }], "tax_exemptions": [],
        "email_marketing_consent": { "state": "subscribed", "opt_in_level": "confirmed_opt_in", "consent_updated_at": "2026-11-20T10:00:00+01:00" },
        "sms_marketing_consent": null,
    })
}

#[test]
fn a_customer_tells_a_name_and_nothing_that_staff_wrote() {
    let told = event("customers/update", &customer());
    assert_eq!(
        told.who,
        who(&[(Customer, "706405506930370084"), (Email, "bob@example.com"), (PhoneNumber, "+33639980517")])
    );
    let Action::Identified(traits) = told.action else { panic!() };
    let shown = |text: &Option<Redacted<String>>| text.as_ref().map(|text| text.reveal().clone());
    assert_eq!(shown(&traits.name).as_deref(), Some("Bob Biller"));
    assert_eq!(shown(&traits.first_name).as_deref(), Some("Bob"));
    assert!(traits.other.is_empty() && traits.preferences.is_empty());
    let bare = with(
        &customer(),
        &[("/first_name", Value::Null), ("/last_name", json!("")), ("/email", Value::Null)],
    );
    let Action::Identified(traits) = event("customers/create", &bare).action else { panic!() };
    assert_eq!(traits.name, None);
}

fn consent(topic: &str, payload: &Value) -> (String, Decision, Timestamp) {
    match means(topic, payload) {
        Ok(Meaning::Consent { customer, decision, at }) => (customer.to_string(), *decision, at),
        other => panic!("{other:?}"),
    }
}

#[test]
fn consent_to_be_written_to_is_given_only_by_a_clear_yes() {
    let contact = |channel| [Use { purpose: Purpose::Inform, channel, field: Field::Contact }];
    let email = |state: &str| {
        json!({
            "customer_id": 706_405_506_930_370_084_u64, "email_address": "bob@example.com",
            "email_marketing_consent": { "state": state, "opt_in_level": "confirmed_opt_in", "consent_updated_at": "2026-11-22T10:00:00+01:00" },
        })
    };
    let yes = consent(EMAIL, &email("subscribed"));
    assert_eq!(
        yes,
        (
            "706405506930370084".to_owned(),
            Decision::give(contact(Channel::Email)),
            Timestamp::from_secs(1_795_338_000)
        )
    );
    for state in ["unsubscribed", "not_subscribed", "pending", "redacted", "invalid"] {
        assert_eq!(consent(EMAIL, &email(state)).1, Decision::refuse(contact(Channel::Email)), "{state}");
    }
    fails(EMAIL, &email("maybe"), "invalid_consent", "payload.email_marketing_consent.state");
    let sms = json!({
        "id": 706_405_506_930_370_084_u64, "phone": "+33639980517",
        "sms_marketing_consent": { "state": "SUBSCRIBED", "opt_in_level": "single_opt_in", "consent_updated_at": null, "consent_collected_from": "other" },
    });
    let (_, decision, at) = consent("customers_marketing_consent/update", &sms);
    assert_eq!((decision, at), (Decision::give(contact(Channel::Sms)), RECEIVED));
    let id = CustomerId::new("706405506930370084").unwrap();
    assert_eq!(id.as_str(), consent("customers_marketing_consent/update", &sms).0);
}

#[test]
fn rights_are_asked_for_a_person() {
    let payload = json!({
        "shop_id": 954_889, "shop_domain": "maison.myshopify.com", "orders_requested": [299_938, 280_263],
        "customer": { "id": 191_167, "email": "john@example.com", "phone": "+33 6 39 98 07 63" }, "data_request": { "id": 9_999 },
    });
    let who = who(&[(Customer, "191167"), (Email, "john@example.com"), (PhoneNumber, "+33639980763")]);
    let asked = means("customers/data_request", &payload);
    assert_eq!(
        asked,
        Ok(Meaning::Rights { asked: Right::Export, who: who.clone(), reference: "9999".to_owned() })
    );
    let asked = means("customers/redact", &payload);
    assert_eq!(asked, Ok(Meaning::Rights { asked: Right::Erase, who, reference: "9999".to_owned() }));
    let guest = with(&payload, &[("/customer", json!({ "email": "john@example.com" }))]);
    let Ok(Meaning::Rights { who, .. }) = means("customers/redact", &guest) else { panic!() };
    assert_eq!(who.len(), 1);
    fails(
        "customers/redact",
        &with(&payload, &[("/customer", json!({}))]),
        "no_identifier",
        "payload.customer",
    );
    let shop = json!({ "shop_id": 954_889, "shop_domain": "maison.myshopify.com" });
    assert_eq!(means("shop/redact", &shop), Ok(Meaning::ShopLeft));
}
