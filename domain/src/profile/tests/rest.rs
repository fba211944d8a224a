use super::*;
use crate::event::Traits;

fn wish(text: &str) -> Action {
    Action::WishAdded(one(text))
}

fn unwish(text: &str) -> Action {
    Action::WishRemoved(one(text))
}

fn prefer(name: &str, value: Option<&str>) -> Action {
    Action::Preferred { name: name.into(), value: value.map(str::to_owned) }
}

#[test]
fn a_wish_made_again_is_the_newest() {
    let profile = after([wish("coat/38"), wish("hat*3"), wish("coat/38")]);
    assert_eq!(items(&profile.wish_list), "coat/38*1@2 hat*1@1");
}

#[test]
fn a_removed_wish_is_remembered_until_it_is_made_again() {
    let profile = after([wish("coat"), wish("hat"), unwish("coat"), unwish("shoe")]);
    assert_eq!(items(&profile.wish_list), "hat*1@1");
    let [removed] = profile.removed_wishes.as_slice() else { panic!("{:?}", profile.removed_wishes) };
    assert_eq!(
        (items(std::slice::from_ref(&removed.item)).as_str(), removed.at),
        ("coat*1@0", at(2 * MINUTE))
    );
    assert_eq!(removed.why, WishEnd::TakenOff);
    let again = after([wish("coat"), unwish("coat"), wish("coat")]);
    assert_eq!((again.removed_wishes.len(), again.wish_list.len()), (0, 1));
}

#[test]
fn buying_leaves_the_wish_list_alone() {
    assert_eq!(items(&after([wish("coat"), placed("o1", "coat")]).wish_list), "coat*1@0");
}

#[test]
fn a_wish_keeps_its_price() {
    let profile = after([Action::WishAdded(Line { price: Some(euros(900)), ..one("coat") }), wish("hat")]);
    let prices: Vec<_> =
        profile.priced_wishes().map(|(item, price)| (item.product.as_str(), price)).collect();
    assert_eq!(prices, [("hat", None), ("coat", Some(euros(900)))]);
}

#[test]
fn looks_count_for_interest_and_brand() {
    let line = Line { brand: Some(" Loden ".into()), category: Some("Coats".into()), ..one("coat/38") };
    let profile = after([
        Action::ProductViewed(line.clone()),
        Action::ProductShared(line.clone()),
        Action::WishAdded(line.clone()),
        Action::CartAdded(line),
        Action::ListViewed { category: Some("Hats".into()) },
        Action::ListViewed { category: None },
    ]);
    assert_eq!(items(&profile.viewed), "coat/38*1@0");
    let [brand] = profile.brands.as_slice() else { panic!("{:?}", profile.brands) };
    assert_eq!((brand.name.as_str(), brand.bought), ("Loden", None));
    let seen = |evidence: Option<Evidence>| evidence.map(|known| (known.times, known.first, known.last));
    assert_eq!(seen(brand.looked_at), Some((2, at(0), at(MINUTE))));
    assert_eq!(seen(brand.wanted), Some((2, at(2 * MINUTE), at(3 * MINUTE))));
    let names: Vec<_> =
        profile.interests_at(at(5 * MINUTE)).iter().map(|(known, _)| known.category.as_str()).collect();
    assert_eq!(names, ["Coats", "Hats"]);
}

#[test]
fn the_same_search_review_and_design_are_replaced() {
    let search = |query: &str| Action::Searched { query: Redacted::new(query.into()) };
    let profile = after([search("boots"), search("  "), search("coat"), search(" boots")]);
    let found: Vec<_> =
        profile.searches.iter().map(|known| (known.query.reveal().as_str(), known.at)).collect();
    assert_eq!(found, [("boots", at(3 * MINUTE)), ("coat", at(2 * MINUTE))]);

    let review = |id: &str, rating| Action::Reviewed { product: product(id), rating_tenths: rating };
    let profile = after([review("coat", Some(20)), review("hat", None), review("coat", Some(45))]);
    let found: Vec<_> =
        profile.reviews.iter().map(|known| (known.product.as_str(), known.rating_tenths)).collect();
    assert_eq!(found, [("coat", Some(45)), ("hat", None)]);

    let design = |name: &str, sole: &str| Action::Designed {
        product: product("shoe"),
        design: name.into(),
        choices: choices(&[("sole", sole)]),
    };
    let profile = after([design("d1", "red"), design("d2", "blue"), design("d1", "green")]);
    let found: Vec<_> = profile.designs.iter().map(|known| (known.design.as_str(), &known.choices)).collect();
    assert_eq!(found, [("d1", &choices(&[("sole", "green")])), ("d2", &choices(&[("sole", "blue")]))]);
}

#[test]
fn a_preference_stands_until_it_is_taken_back() {
    let profile = after([
        prefer("colour", Some("red")),
        prefer("size:shoes", Some("38")),
        prefer("size:coats", Some("M")),
        prefer("colour", Some("blue")),
        prefer("size:shoes", Some("39")),
        prefer("size:coats", None),
        Action::Identified(Traits {
            language: Some("fr-FR".into()),
            preferences: choices(&[("size:gloves", "7"), ("colour", "green")]),
            ..Traits::default()
        }),
    ]);
    let told: Vec<_> =
        profile.preferences.iter().map(|known| (known.name.as_str(), known.value.as_str())).collect();
    assert_eq!(told, [("colour", "green"), ("language", "fr-FR")]);
    let sizes: Vec<_> =
        profile.sizes.iter().map(|known| (known.of.as_str(), known.size.as_str(), known.at)).collect();
    assert_eq!(sizes, [("gloves", "7", at(6 * MINUTE)), ("shoes", "39", at(4 * MINUTE))]);
    assert_eq!(after([prefer("colour", Some("red")), prefer("colour", None)]).preferences, []);
}

#[test]
fn what_means_nothing_changes_nothing() {
    let actions = [
        Action::PageViewed { page: Some("/".into()) },
        Action::Other { name: "Promotion Viewed".into(), told: None },
        Action::Identified(Traits { name: Some(Redacted::new("Camille".into())), ..Traits::default() }),
    ];
    assert_eq!(after(actions), Profile::default());
}

#[test]
fn texts_are_cut() {
    let long = "x".repeat(1_000);
    let profile = after([prefer("colour", Some(&long)), Action::ListViewed { category: Some(long.clone()) }]);
    assert_eq!(profile.preferences[0].value.len(), 128);
    assert_eq!(profile.interests[0].category.len(), 128);
}

#[test]
fn facts_know_where_they_come_from() {
    let mut told = events([wish("coat"), placed("o1", "coat"), prefer("size:shoes", Some("38"))]);
    told[0].origin = Origin::Import;
    told[1].origin = Origin::Till;
    told[2].origin = Origin::Customer;
    let profile = of(&told);
    assert_eq!(profile.wish_list[0].source, Source::Import);
    assert_eq!((profile.orders[0].source, profile.bought[0].source), (Source::Till, Source::Till));
    assert_eq!(profile.sizes[0].source, Source::Customer);
}
