//! What is said but once on a card.

use super::*;

#[test]
fn what_names_nothing_is_said_once_and_of_the_next_where_the_best_may_not_be_spoken_of() {
    let mut profile = example::profile();
    profile.bought.push(bought("boots", &[100, 70, 40]));
    let mut situation = situation(&profile, example::shelves());
    situation.help_since = None;
    let said = |verdicts: &[(String, Verdict)]| {
        let situation = Situation { verdicts: verdicts.to_vec(), ..situation.clone() };
        let choice = choose(&situation, &rules(CART_LEFT_AFTER), &FixedOrder, &Charter::default());
        let of_habits = choice.considered.into_iter().filter(|one| one.starter.kind == StarterKind::UsualDue);
        of_habits.map(|one| (one.starter.id(), one.fate)).collect::<BTreeMap<_, _>>()
    };
    let [boots, soap] = ["usual-due/boots", "usual-due/soap"].map(str::to_owned);
    let both = said(&[]);
    assert!(matches!(both[&soap], Fate::Shown { .. }), "{both:?}");
    assert_eq!(both[&boots], Fate::Suppressed(Suppression::SameWords));
    assert!(matches!(said(&[(soap, Verdict::NotNow)])[&boots], Fate::Shown { .. }));
}

#[test]
fn two_promises_are_one_sentence() {
    let notes = vec![example::note(1, NOW, false), example::note(2, days_ago(1), false)];
    let mut situation = situation(&Profile { notes, ..Profile::default() }, BTreeMap::new());
    situation.help_since = None;
    let choice = choose(&situation, &rules(CART_LEFT_AFTER), &FixedOrder, &Charter::default());
    let promises = choice.shown().filter(|starter| starter.kind == StarterKind::Promise);
    assert_eq!(promises.count(), 1);
    assert!(choice.suppressed().any(|(_, why)| *why == Suppression::SameWords));
}
