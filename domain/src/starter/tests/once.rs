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
