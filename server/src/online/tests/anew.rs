//! What other rules made is made anew after the start, without waiting for an event.

use shopbell_domain::identity::RuleSettings;

use super::{super::applier::Walking, *};

fn ruled(store: &EmbeddedStore, rules: RuleSettings) -> (Desk, Rules) {
    let rules = Rules::try_new(rules).unwrap();
    let sources = [source("web", "backend"), source("page", "web")];
    let readings = Readings::new(&sources, rules.clone());
    (Desk::by(store.clone(), Arc::new(store.clone()), readings), rules)
}

async fn walked(desk: &Desk) {
    let mut walking = Walking::Begin;
    while walking != Walking::Ended {
        walking = desk.applier.walk(&walking).await.unwrap();
    }
}

#[tokio::test]
async fn a_view_of_another_version_is_made_anew() {
    let desk = Desk::on(EmbeddedStore::in_memory());
    desk.take(&[
        wish("p1", 1, &json!({ "userId": "anna" })),
        identify("i1", &json!({ "userId": "anna", "anonymousId": "b1" })),
        wish("p2", 2, &json!({ "anonymousId": "b1" })),
    ])
    .await;
    let anna = CustomerId::new("anna").unwrap();
    let right = desk.store.view(&anna).await.unwrap().unwrap();
    let mut old = serde_json::to_value(&right).unwrap();
    old["state"]["version"] = 1.into();
    old["profile"]["wish_list"] = json!([]);
    let old: View = serde_json::from_value(old).unwrap();
    let effects = Effects { views: vec![(anna.clone(), old)], ..Effects::default() };
    desk.store.write_effects(effects).await.unwrap();
    assert!(!desk.store.has_current_view(&anna).await.unwrap());
    assert!(desk.wishes("anna").await.is_empty());
    walked(&desk).await;
    assert_eq!(desk.store.view(&anna).await.unwrap(), Some(right));
    let rebuilt = desk.metrics.views_rebuilt.get();
    walked(&desk).await;
    assert_eq!(desk.metrics.views_rebuilt.get(), rebuilt, "what is right is left alone");
}

#[tokio::test]
async fn other_settings_part_and_join_without_an_event() {
    let store = EmbeddedStore::in_memory();
    let (desk, _) = ruled(&store, RuleSettings::default());
    desk.take(&[
        identify("i1", &json!({ "userId": "anna", "anonymousId": "b1" })),
        wish("p1", 1, &json!({ "anonymousId": "b1" })),
        wish("p2", 2, &json!({ "userId": "anna" })),
    ])
    .await;
    assert_eq!(desk.wishes("anna").await, ["p2", "p1"]);
    let blocked = RuleSettings { blocked: ["B1".to_owned()].into(), ..RuleSettings::default() };
    let (strict, _) = ruled(&store, blocked);
    walked(&strict).await;
    assert_eq!(strict.wishes("anna").await, ["p2"]);
    assert_eq!(store.customer_of(&browser("b1")).await.unwrap(), Some(None));
    let (again, _) = ruled(&store, RuleSettings::default());
    walked(&again).await;
    assert_eq!(again.wishes("anna").await, ["p2", "p1"]);
    assert_eq!(store.check(|_| ()).await.unwrap().problems, []);
}

/// Whatever came by the old rules, and comes between the steps of the walk: in the end all is by the new ones.
#[tokio::test]
async fn any_history_ends_by_the_new_rules() {
    let lax = RuleSettings { shared_above: std::collections::BTreeMap::new(), ..RuleSettings::default() };
    let tight = RuleSettings { anonymous: 1, emails: 1, ..RuleSettings::default() };
    let all = [RuleSettings::default(), lax, tight];
    for seed in 0..45 {
        let mut dice = Dice(1_000 + seed);
        let messages: Vec<Message> = (0..40).map(|number| any_message(number, &mut dice)).collect();
        let (from, to) = (dice.below(3), dice.below(3));
        let store = EmbeddedStore::in_memory();
        let (before, after) = messages.split_at(25);
        ruled(&store, all[from].clone()).0.take(before).await;
        let (desk, rules) = ruled(&store, all[to].clone());
        let mut walking = Walking::Begin;
        for some in after.chunks(5) {
            desk.take(some).await;
            walking = desk.applier.walk(&walking).await.unwrap();
        }
        while walking != Walking::Ended {
            walking = desk.applier.walk(&walking).await.unwrap();
        }
        for name in CUSTOMERS {
            let expected = expected_by(&rules, &messages, &Retractions::default(), name);
            assert_eq!(desk.profile(name).await, expected, "seed {seed}, from {from} to {to}, {name}");
        }
        assert_eq!(store.check(|_| ()).await.unwrap().problems, [], "seed {seed}");
    }
}

#[tokio::test]
async fn a_walk_tells_every_identifier_and_ends() {
    let desk = Desk::on(EmbeddedStore::in_memory());
    let messages: Vec<Message> = (0..150)
        .map(|n| {
            identify(&format!("i{n}"), &json!({ "userId": format!("c{n}"), "anonymousId": format!("b{n}") }))
        })
        .collect();
    desk.take(&messages).await;
    let (mut told, mut from, mut steps) = (BTreeSet::new(), None, 0);
    loop {
        let (some, next) = desk.store.walk(from, 64).await.unwrap();
        assert!(some.len() <= 64);
        told.extend(some);
        steps += 1;
        from = next;
        if from.is_none() {
            break;
        }
    }
    assert_eq!(told.len(), 300);
    assert!(steps <= 10, "{steps} steps");
}
