//! A decision that gives must name a text that asks for it.

use super::*;

fn text(id: &str, version: u32, language: &str, purposes: &[Purpose]) -> Text {
    let name = TextName { id: id.to_owned(), version, language: language.to_owned() };
    Text { name, purposes: purposes.iter().copied().collect(), text: "Vous acceptez que…".to_owned() }
}

fn shop() -> Text {
    text("in-shop", 1, "fr", &[Purpose::Recognise, Purpose::Advise])
}

#[test]
fn texts_that_cannot_be_told_apart_are_refused_by_name() {
    let refused = |texts: Vec<Text>| Texts::try_new(texts).unwrap_err().to_string();
    assert_eq!(
        refused(vec![shop(), shop()]),
        "text in-shop version 1 (fr) is there twice: a text that changed needs a new version"
    );
    assert!(refused(vec![text("a b", 1, "fr", &[Purpose::Inform])]).contains("`id` is 1 to 64"));
    assert!(refused(vec![text("a", 1, "", &[Purpose::Inform])]).contains("`language` is 1 to 64"));
    assert!(refused(vec![text("a", 0, "fr", &[Purpose::Inform])]).ends_with("versions count from 1"));
    assert!(refused(vec![text("a", 1, "fr", &[])]).contains("`purposes`"));
    assert!(refused(vec![Text { text: " \n".to_owned(), ..shop() }]).ends_with("it is empty"));
    assert!(Texts::try_new(vec![shop(), text("in-shop", 2, "fr", &[Purpose::Inform])]).is_ok());
}

#[test]
fn who_gives_was_told_of_what() {
    let texts = Texts::try_new(vec![shop()]).unwrap();
    let none = Consent::default();
    let present = Decision::level(SharingLevel::Present);
    let shown = texts.shown(&present, &none, Some(&shop().name)).unwrap().unwrap();
    assert_eq!(shown.name, shop().name);
    assert_eq!(hex::encode(shown.sha256), "420f0eb7b33d8f1d0a22d6d41f86939040a5f70a1a036eeefa490475b95d07ce");
    assert_eq!(texts.shown(&present, &none, None), Err(TextRefused::NotTold));
    let unknown = TextName { version: 2, ..shop().name };
    assert_eq!(
        texts.shown(&present, &none, Some(&unknown)).unwrap_err().to_string(),
        "there is no text in-shop version 2 (fr): ListTexts tells those that are"
    );
    let letters = Use { purpose: Purpose::Inform, channel: Channel::Post, field: Field::Contact };
    assert_eq!(
        texts.shown(&Decision::give([letters]), &none, Some(&shop().name)).unwrap_err().to_string(),
        "the text in-shop version 1 (fr) does not ask for the purpose `inform`"
    );
}

#[test]
fn who_takes_away_needs_no_text() {
    let texts = Texts::try_new(vec![shop()]).unwrap();
    let all = crate::example::everything();
    let lower = Decision::level(SharingLevel::Present);
    assert_eq!(texts.shown(&lower, &all, None), Ok(None));
    let unpaused = Decision { pause_until: Some(NOW), ..Decision::default() };
    let paused = Consent { paused_until: Some(LATER), ..all };
    assert_eq!(texts.shown(&unpaused, &paused, None), Ok(None), "what was given before counts again");
    let no_more =
        Decision { object_no_more: [Purpose::Analyse].into_iter().collect(), ..Decision::default() };
    assert_eq!(texts.shown(&no_more, &all, None), Ok(None), "nothing was objected to");
    let objected = Consent { objected: no_more.object_no_more, ..all };
    assert_eq!(texts.shown(&no_more, &objected, None), Err(TextRefused::NotTold));
}
