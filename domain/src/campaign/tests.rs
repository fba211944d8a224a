mod corpus;

use self::corpus::{BAD_ENGLISH, BAD_FRENCH, GOOD_ENGLISH, GOOD_FRENCH};
use super::*;
use crate::charter::{Charter, CharterFile, SubjectFile};

fn charter() -> Charter {
    let words = vec!["wine*".to_owned(), "lingerie*".to_owned()];
    let forbidden = vec![SubjectFile { subject: "alcohol".to_owned(), words, ..SubjectFile::default() }];
    Charter::read(&CharterFile { forbidden, ..CharterFile::default() }).unwrap()
}

fn texts(en: &str) -> TextsFile {
    TextsFile { en: en.to_owned(), fr: "Une nouvelle vitrine.".to_owned(), fr_informal: None }
}

fn written() -> CampaignFile {
    CampaignFile {
        id: "winter-2026".to_owned(),
        kind: "campaign".to_owned(),
        from: "2026-12-01".to_owned(),
        until: "2026-12-24".to_owned(),
        stores: vec!["lyon".to_owned()],
        product: None,
        category: None,
        say: texts("Shall I show you our winter window?"),
        reason: texts("Wish list or not: everybody may know."),
    }
}

/// Reads `@7` as a moment.
fn instant(text: &str) -> Option<Timestamp> {
    text.strip_prefix('@')?.parse().ok().map(Timestamp::from_secs)
}

fn mistakes(campaigns: Vec<CampaignFile>) -> Vec<String> {
    match (CampaignsFile { campaigns }).read(&charter(), instant) {
        Ok(_) => Vec::new(),
        Err(wrong) => wrong.iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn what_is_written_is_what_runs() {
    let second = CampaignFile {
        id: "talk".to_owned(),
        kind: "event".to_owned(),
        from: "@7".to_owned(),
        product: Some("coat".to_owned()),
        say: texts("It is {price} at the moment."),
        ..written()
    };
    let read = CampaignsFile { campaigns: vec![written(), second] }.read(&charter(), instant).unwrap();
    let day = |day| When::Day(Day { year: 2026, month: 12, day });
    assert_eq!((read[0].from, read[0].until, read[0].kind), (day(1), day(24), StarterKind::Campaign));
    assert_eq!(read[0].stores.first().map(StoreId::as_str), Some("lyon"));
    assert_eq!(read[1].from, When::Moment(Timestamp::from_secs(7)));
    assert_eq!((read[1].kind, read[1].product().map(ProductId::as_str)), (StarterKind::Story, Some("coat")));
    assert!(read[1].tells_price() && !read[0].tells_price());
    assert_eq!(day(1).about(), Timestamp::from_secs(1_796_126_400), "noon of 1 December in Greenwich");
}

#[test]
fn each_mistake_is_named_by_its_place() {
    type Case = (fn(&mut CampaignFile), &'static str);
    let cases: [Case; 16] = [
        (|one| one.id = "Winter".into(), "campaign[0].id: \"Winter\" is no name"),
        (|one| one.kind = "advert".into(), "campaign[0].kind: there is no kind \"advert\""),
        (|one| one.from = "soon".into(), "campaign[0].from: \"soon\" is neither a day"),
        (|one| one.from = "12-01".into(), "campaign[0].from: \"12-01\" is neither a day"),
        (|one| one.until = "2026-11-30".into(), "campaign[0].until: it ends before it begins"),
        (|one| one.stores = vec!["no such".into()], "campaign[0].stores: \"no such\" is none"),
        (|one| one.category = Some("*".into()), "campaign[0].category: \"*\" is none"),
        (
            |one| one.category = Some("Wines".into()),
            "campaign[0].category: it touches the subject \"alcohol\"",
        ),
        (|one| one.say.en = String::new(), "campaign[0].say.en: write one line of 1 to 200"),
        (|one| one.say.fr = "x".repeat(201), "campaign[0].say.fr: write one line of 1 to 200"),
        (|one| one.say.en = "We saw you like it.".into(), "campaign[0].say.en: \"we saw\" tells a guest"),
        (
            |one| one.say.fr_informal = Some("Ton panier t’attend.".into()),
            "campaign[0].say.fr_informal: \"ton panier\" tells a guest",
        ),
        (|one| one.say.en = "Come to our wine tasting.".into(), "campaign[0].say.en: it touches the subject"),
        (
            |one| one.say.en = "Now at {price}.".into(),
            "campaign[0].say.en: {price} is the price of a product",
        ),
        (|one| one.reason.fr = "Pour {name}.".into(), "campaign[0].reason.fr: `{` and `}` stand only"),
        (
            |one| {
                one.product = Some("coat".into());
                one.category = Some("Coats".into());
            },
            "campaign[0].category: it is about a product or for a category",
        ),
    ];
    for (change, expected) in cases {
        let mut one = written();
        change(&mut one);
        let of = format!(" of {:?}", one.id);
        let told: Vec<String> = mistakes(vec![one]).iter().map(|told| told.replacen(&of, "", 1)).collect();
        assert!(told.len() == 1 && told[0].starts_with(expected), "{expected}: {told:?}");
    }
}

#[test]
fn a_name_stands_once_and_campaigns_are_few() {
    assert_eq!(
        mistakes(vec![written(), written()]),
        ["campaign[1].id of \"winter-2026\": \"winter-2026\" stands twice"]
    );
    let many = |count: usize| {
        let named = |number| CampaignFile { id: format!("c{number}"), ..written() };
        mistakes((0..count).map(named).collect()).len()
    };
    assert_eq!([many(MAX_CAMPAIGNS), many(MAX_CAMPAIGNS + 1)], [0, 1]);
}

#[test]
fn a_price_is_not_written() {
    for price in
        ["99 €", "99€", "€99", "for 99 euros", "EUR 1,299.00", "-20 %", "20% off", "$5", "99,00 €, now"]
    {
        let one = CampaignFile { say: texts(&format!("Now {price}")), ..written() };
        let told = mistakes(vec![one]);
        assert!(told.len() == 1 && told[0].contains("looks like a price"), "{price}: {told:?}");
    }
    for fine in ["In 38 and 40", "On 12 December at 18:00", "Our 3 new colours", "Since 1926"] {
        assert_eq!(mistakes(vec![CampaignFile { say: texts(fine), ..written() }]), [""; 0], "{fine}");
    }
}

fn in_english(text: &str) -> TextsFile {
    TextsFile { en: text.to_owned(), fr: "Une nouvelle vitrine.".to_owned(), fr_informal: None }
}

fn in_french(text: &str) -> TextsFile {
    TextsFile { en: "A new window.".to_owned(), fr: text.to_owned(), fr_informal: None }
}

/// What is told of a text that is to be said; of a good one nothing.
fn told_of(say: TextsFile) -> Vec<String> {
    let product = Some("coat".to_owned());
    mistakes(vec![CampaignFile { product, say, ..written() }])
}

#[test]
fn what_nobody_should_say_is_refused() {
    let english = BAD_ENGLISH.map(|text| (text, told_of(in_english(text)), "say.en"));
    let french = BAD_FRENCH.map(|text| (text, told_of(in_french(text)), "say.fr"));
    for (text, told, key) in english.into_iter().chain(french) {
        let place = format!("campaign[0].{key} of \"winter-2026\": ");
        // That some of it is for friends is another mistake.
        let refused = |one: &&String| one.starts_with(&place) && !one.contains("is for friends");
        assert_eq!(told.iter().filter(refused).count(), 1, "{text}: {told:?}");
    }
}

#[test]
fn what_any_good_shop_says_is_not() {
    for text in GOOD_ENGLISH {
        assert_eq!(told_of(in_english(text)), [""; 0], "{text}");
    }
    for text in GOOD_FRENCH {
        assert_eq!(told_of(in_french(text)), [""; 0], "{text}");
    }
}

#[test]
fn each_refusal_tells_the_word_and_the_way_out() {
    for (text, words, way_out) in [
        ("As we noticed, it is new.", "\"we noticed\"", "speak of the thing, not of the guest"),
        ("Your order is here.", "\"your order\"", "say what there is"),
        ("All at half price.", "\"price\"", "write {price}"),
        ("Today only.", "\"today only\"", "say until when it lasts"),
        ("You look pale.", "\"you look\"", "leave it out"),
        ("Come\u{202e} in.", "U+202E", "type the text anew"),
        ("Our c o a t s.", "letters stand apart", "write whole words"),
        ("See brand.example.", "\"brand.example.\" is a link", "where in the shop"),
        ("Our l.i.n.g.e window", "letters stand apart", "write whole words"),
        ("Our lin-gerie window", "\"alcohol\"", "which the charter forbids"),
    ] {
        let told = told_of(in_english(text));
        assert!(told.len() == 1 && told[0].contains(words) && told[0].contains(way_out), "{text}: {told:?}");
    }
    let reason = CampaignFile { reason: in_english("For who put it in the cart; at €5."), ..written() };
    assert_eq!(mistakes(vec![reason]).len(), 1, "an associate may read of a cart, and of no price");
}

#[test]
fn each_is_told_in_the_words_that_are_for_them() {
    let said = |fr: &str, informal: Option<&str>| TextsFile {
        fr: fr.to_owned(),
        fr_informal: informal.map(str::to_owned),
        ..in_french("")
    };
    let told = |say: &TextsFile, address: &str| {
        let charter = CharterFile { address: Some(address.to_owned()), ..CharterFile::default() };
        let charter = Charter::read(&charter).unwrap();
        let read = CampaignsFile { campaigns: vec![CampaignFile { say: say.clone(), ..written() }] };
        read.read(&charter, instant)
            .map(|read| read[0].is_for_strangers)
            .map_err(|wrong| wrong[0].to_string())
    };
    let both = said("Nous le faisons pour vous.", Some("Nous le faisons pour toi."));
    let nobody = said("Nous le faisons ici.", None);
    for (say, for_strangers) in [(&both, false), (&nobody, false)] {
        assert_eq!([told(say, "formal"), told(say, "informal")], [Ok(for_strangers), Ok(for_strangers)]);
    }
    for only in ["Nous le faisons pour vous.", "Venez voir."] {
        let only = said(only, None);
        assert_eq!(told(&only, "formal"), Ok(true));
        assert!(told(&only, "informal").unwrap_err().contains("write fr_informal beside it"));
    }
    let wrong = told(&said("Je te montre ?", None), "informal").unwrap_err();
    assert!(wrong.contains("say.fr of") && wrong.contains("\"te\" is for friends"), "{wrong}");
    let wrong = told(&said("Je vous montre ?", Some("Je vous montre ?")), "formal").unwrap_err();
    assert!(wrong.contains("say.fr_informal of") && wrong.contains("\"vous\" is for strangers"), "{wrong}");
}
