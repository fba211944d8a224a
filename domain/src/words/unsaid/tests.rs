use super::*;

#[test]
fn a_pattern_stands_for_each_row_of_its_words() {
    let classes: [Class; 1] = [("WE", "we, our team*")];
    let places =
        |pattern, text| Pattern::read(pattern, &classes).places_in(&words_of(text)).collect::<Vec<_>>();
    assert_eq!(places("WE saw", "so we saw our teams saw"), [1..3, 3..6]);
    assert_eq!(places("WE? saw 0", "we saw 0"), [0..3, 1..3]);
    assert_eq!(places("saw", ""), [0..0; 0]);
}

#[test]
fn every_word_of_the_tables_can_be_found() {
    for (tables, classes) in
        [(&english::TABLES, &english::CLASSES[..]), (&french::TABLES, &french::CLASSES[..])]
    {
        let patterns = tables.iter().flat_map(|table| listed(table.said).chain(listed(table.except)));
        let written = patterns.flat_map(str::split_whitespace).map(|word| word.trim_end_matches('?'));
        let is_class = |word: &&str| classes.iter().any(|(name, _)| name == word);
        let (used, words): (Vec<&str>, Vec<&str>) = written.partition(is_class);
        for (name, _) in classes {
            assert!(used.contains(name), "{name} stands in no pattern");
        }
        for text in classes.iter().flat_map(|(_, words)| listed(words)).chain(words) {
            let plain = text.replace('*', "").split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(Phrase::read(text).unwrap().is_in(&words_of(&plain)), "{text}");
            assert_eq!(
                words_of(&plain).join(" "),
                plain,
                "{text}: no accents, apostrophes or unknown classes"
            );
        }
    }
}

#[test]
fn marks_and_signs_hide_nothing() {
    for (text, why, words) in [
        ("As we SAW, …", Unsaid::Watching, "we saw"),
        ("We s a w it", Unsaid::Watching, "we saw"),
        ("J’ai vu cela", Unsaid::Watching, "j ai vu"),
        ("Votre\u{a0}panier", Unsaid::Watching, "votre panier"),
        ("Ｗｅ ｓａｗ", Unsaid::Watching, "we saw"),
        ("now 5€", Unsaid::Price, "euro"),
        ("－20 ％", Unsaid::Price, "percent"),
        ("save 20", Unsaid::Price, "save 20"),
    ] {
        assert_eq!(unsaid_in(text), Some((why, words.to_owned())), "{text}");
    }
    for text in
        ["We have it here", "Je vous montre ?", "A carton of milk", "On our list of events", "100 % wool"]
    {
        assert_eq!(unsaid_in(text), None, "{text}");
    }
}

#[test]
fn an_exception_passes_over_what_it_touches_and_no_more() {
    assert_eq!(tells_of_watching("Have you seen what we have?"), None);
    assert_eq!(tells_of_watching("If you bought it here, we mend it."), None);
    assert!(tells_of_watching("Have you seen it? You bought it.").is_some());
}

#[test]
fn only_the_reasons_that_count_are_told() {
    assert_eq!(tells_of_watching("Half price, today only"), None);
    assert_eq!(
        unsaid_for("Your cart, at half price", |why| why == Unsaid::Price).map(|(_, words)| words),
        Some("price".into())
    );
}
