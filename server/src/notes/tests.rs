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
    ] {
        assert_eq!(list.subject_of(note).map(|subject| subject.name().to_owned()), None, "{note}");
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
    fs::write(&path, "word").unwrap();
    let invalid = block_list(&notes(true, Some(&path))).unwrap_err().to_string();
    assert!(invalid.contains("list.txt: line 1 of the block list"), "{invalid}");
}
