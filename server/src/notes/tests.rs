use shopbell_domain::note::Subject;

use super::*;

fn list() -> Forbidden {
    Forbidden::read(BLOCK_LIST).unwrap()
}

/// Each subject with notes that must be refused, in French and in English.
const REFUSED: [(&str, &[&str]); 8] = [
    (
        "health",
        &[
            "Elle est enceinte de six mois",
            "his diabetes",
            "son mari a un cancer",
            "is disabled",
            "migraines",
        ],
    ),
    (
        "faith",
        &["ne porte rien pendant le ramadan", "goes to church on Sundays", "musulmane", "kosher kitchen"],
    ),
    ("origin", &["d'origine algérienne", "her ethnic background", "couleur de peau foncée", "skin colour"]),
    ("love", &["il est gay", "lesbian couple", "bisexuel", "sa vie sexuelle"]),
    ("opinions", &["vote à gauche", "conservative voter", "militante écologiste", "a communist"]),
    ("union", &["délégué syndical", "trade unionist"]),
    ("crime", &["sort de prison", "criminal record", "casier judiciaire"]),
    ("minors", &["sa fille mineure", "is a minor"]),
];

#[test]
fn special_categories_are_refused_in_both_languages_with_the_reason() {
    let list = list();
    for (name, notes) in REFUSED {
        for note in notes {
            let subject = list.subject_of(note).unwrap_or_else(|| panic!("{note:?} was admitted"));
            assert_eq!(subject.name(), name, "{note}");
            let (english, french) = (subject.why("en"), subject.why("fr"));
            assert!(english.len() > 40 && french.len() > 40 && english != french, "{name}");
        }
    }
}

#[test]
fn what_a_good_associate_notes_is_admitted() {
    let list = list();
    for note in [
        "Préfère le noir et le blanc, taille 38",
        "Looks for a black coat for a wedding in June",
        "Aime la coupe droite, jamais de laine",
        "Chaussures de course: la race à pied du printemps",
        "Cherche une robe pour un mariage",
        "Buys gifts for her sister, size 40",
        "Call before the sale; prefers mornings",
        "Mauvaise expérience avec le retour de la commande, à soigner",
        "Porte du vert et du bleu; gauche ou droite, deux poches",
        "Union Jack scarf for his collection",
        "Loves Christian Dior and Christian Louboutin",
        "Sick of blue, wants something bright",
    ] {
        assert_eq!(list.subject_of(note).map(|subject| subject.name().to_owned()), None, "{note}");
    }
}

/// What was written so that no list finds it.
#[test]
fn words_in_disguise_are_found() {
    let list = list();
    for (note, name) in [
        ("p r e g n a n t", "health"),
        ("she is a p r e g n a n t guest", "health"),
        ("P.R.E.G.N.A.N.T", "health"),
        ("preg-nant", "health"),
        ("preg\u{ad}nant", "health"),
        ("preg\u{200b}nant", "health"),
        ("pregn\u{430}nt, with a Cyrillic a", "health"),
        ("\u{440}r\u{435}gn\u{430}nt", "health"),
        ("pr\u{3b5}gn\u{3b1}nt, with Greek letters", "health"),
        ("ｐｒｅｇｎａｎｔ", "health"),
        ("𝐩𝐫𝐞𝐠𝐧𝐚𝐧𝐭", "health"),
        ("d i a b é t i q u e", "health"),
        ("d_i_a_b_e_t_e", "health"),
        ("m a l a d e depuis mai", "health"),
        ("m\u{443}sulm\u{430}ne ou musulm\u{430}ne", "faith"),
        ("j.u.i.v.e", "faith"),
        ("g a y", "love"),
        ("h\u{43e}mosexuel", "love"),
        ("she is a Christian", "faith"),
        ("séropositif", "health"),
        ("en surpoids", "health"),
        ("her origin is Morocco", "origin"),
        ("from Algeria", "origin"),
        ("she's from Morocco", "origin"),
        ("Her family is from Senegal", "origin"),
        ("elle vient d’Algérie", "origin"),
        ("Originaire du Mali", "origin"),
        ("né au Maroc", "origin"),
    ] {
        assert_eq!(list.subject_of(note).map(Subject::name), Some(name), "{note}");
    }
}

/// What only looks like it.
#[test]
fn what_is_spelled_apart_for_other_reasons_is_admitted() {
    let list = list();
    for note in [
        "Sizes S M L, never X X L",
        "taille 3 8 ou 4 0",
        "Il n'y a qu'à l'appeler",
        "J'aille ou j'envoie, dit-elle",
        "a b c d e f g",
        "t-shirt, sous-vêtements, mi-bas, rendez-vous à 17 h",
        "Y a-t-il du 38? Est-ce en 39?",
        "leather from Italy, slippers from Morocco, wool from Turkey",
        "The coat is from last season",
        "babouches marocaines, cuir d'Espagne",
        "vient du bureau, vient de Lyon",
        "comes from work at six",
        "Любит чёрное пальто",
        "Της αρέσει το μαύρο παλτό",
        "www.example.com/p/38",
        "e-mail or post; call before 5 p.m.",
        "N. B.: prefers Mr. J. R. Martin",
    ] {
        assert_eq!(list.subject_of(note).map(Subject::name), None, "{note}");
    }
}

#[test]
fn off_needs_no_list_and_a_bad_list_is_named() {
    let notes = |enabled, file: Option<&std::path::Path>| config::Notes {
        enabled,
        block_list_file: file.map(std::path::Path::to_path_buf),
    };
    assert_eq!(block_list(&notes(false, None)).unwrap(), None);
    assert!(block_list(&notes(true, None)).unwrap().is_some());
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("list.txt");
    let missing = block_list(&notes(true, Some(&path))).unwrap_err().to_string();
    assert!(missing.starts_with("notes.block_list_file: ") && missing.contains("list.txt"), "{missing}");
    std::fs::write(&path, "word").unwrap();
    let invalid = block_list(&notes(true, Some(&path))).unwrap_err().to_string();
    assert!(invalid.contains("list.txt: line 1 of the block list"), "{invalid}");
}
