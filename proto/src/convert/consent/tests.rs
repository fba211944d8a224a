use shopbell_domain::consent::{Sharing, Told};

use super::*;

const AT: Timestamp = Timestamp::from_secs(1_795_000_000);

fn everything_said() -> Decision {
    let (give, refuse): (Vec<Use>, Vec<Use>) = Use::all().partition(|one| one.purpose == Purpose::Inform);
    Decision {
        level: Some(SharingLevel::Purchases),
        greet_by_name: Some(false),
        alone_until: Some(AT),
        give: give.into_iter().collect(),
        refuse: refuse.into_iter().collect(),
        pause_until: Some(AT),
        restrict: Some(true),
        object: [Purpose::Analyse].into_iter().collect(),
        object_no_more: [Purpose::Disclose, Purpose::Advise].into_iter().collect(),
        privacy: Some(PrivacySignal::Seen(AT)),
    }
}

#[test]
fn a_decision_comes_back_the_same() {
    let lifted = Decision { privacy: Some(PrivacySignal::Lifted(AT)), ..Decision::default() };
    for decision in [everything_said(), lifted, Decision::default()] {
        assert_eq!(Decision::try_from(v1::ConsentDecision::from(decision)), Ok(decision));
    }
}

#[test]
fn every_word_comes_back_the_same() {
    for field in Field::ALL {
        assert_eq!(Field::try_from(v1::ConsentField::from(field)), Ok(field));
        let name = v1::ConsentField::from(field).as_str_name().to_ascii_lowercase();
        assert_eq!(name, format!("consent_field_{}", field.name()));
    }
    for purpose in Purpose::ALL {
        assert_eq!(Purpose::try_from(v1::ConsentPurpose::from(purpose)), Ok(purpose));
    }
    for channel in Channel::ALL {
        assert_eq!(Channel::try_from(v1::ConsentChannel::from(channel)), Ok(channel));
    }
}

#[test]
fn what_is_wrong_is_named() {
    let refused = |wire: v1::ConsentDecision| Decision::try_from(wire).unwrap_err().to_string();
    let with = |one| v1::ConsentDecision { give: vec![one], ..Default::default() };
    let wrong = |purpose: Purpose, channel: Channel, field: Field| v1::ConsentUse {
        purpose: v1::ConsentPurpose::from(purpose).into(),
        channel: v1::ConsentChannel::from(channel).into(),
        field: v1::ConsentField::from(field).into(),
    };
    assert_eq!(
        refused(with(wrong(Purpose::Recognise, Channel::Email, Field::Name))),
        "decision.give is invalid: `name` does not serve to recognise by email"
    );
    assert_eq!(refused(with(v1::ConsentUse::default())), "purpose is missing");
    let odd = v1::ConsentUse { field: 99, ..wrong(Purpose::Advise, Channel::Tablet, Field::Cart) };
    assert_eq!(refused(with(odd)), "use.field is invalid: 99 is nothing that this server knows");
    let level = v1::ConsentDecision { level: 42, ..Default::default() };
    assert!(refused(level).starts_with("decision.level is invalid: 42"));
    let both = v1::ConsentDecision {
        privacy_signal_at_ms: Some(AT.as_millis()),
        privacy_lifted_at_ms: Some(AT.as_millis()),
        ..Default::default()
    };
    assert!(refused(both).contains("seen or lifted"));
    assert_eq!(collection(0).unwrap_err().to_string(), "collection is missing");
    assert!(collection(99).is_err() && record_limit(501).is_err());
    assert_eq!((record_limit(0), record_limit(500)), (Ok(100), Ok(500)));
}

#[test]
fn a_proof_tells_all_of_itself() {
    let name = TextName { id: "in-shop".into(), version: 2, language: "fr".into() };
    let text = Text { name: name.clone(), purposes: Set::none(), text: "Oui".into() };
    let before = Consent::from(Sharing::default());
    let told = Told { text: Some(text.shown()), how: Collection::App, by: "app".into() };
    let decision = everything_said();
    let proof = Proof { at: AT, decision, before, after: decision.after(before), told };
    let wire = v1::ConsentRecord::from(proof.clone());
    assert_eq!(wire.text, Some(name.into()));
    assert_eq!((wire.text_sha256.len(), wire.client.as_str()), (32, "app"));
    assert_eq!(wire.after.as_ref().map(|after| after.restricted), Some(true));
    assert_eq!(wire.decision.map(Decision::try_from), Some(Ok(decision)));
    let untold = v1::ConsentRecord::from(Proof { told: Told::nothing("old"), ..proof });
    assert_eq!((untold.text, untold.collection), (None, 0));
    assert!(untold.text_sha256.is_empty());
}
