mod products;

use std::fs;

use shopbell_domain::{catalogue::Product, id::ProductId};

use super::*;

fn product(category: &str, name: &str) -> Product {
    Product::new(ProductId::new("p").unwrap(), name, category)
}

fn charter(text: &str) -> Result<Charter, CharterError> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("charter.toml");
    fs::write(&path, text).unwrap();
    of(&config::Charter { file: Some(path) }, &[shop("lyon", Some("Europe/Paris")), shop("nice", None)])
}

fn shop(id: &str, time_zone: Option<&str>) -> config::Shop {
    config::Shop {
        id: StoreId::new(id).unwrap(),
        name: id.to_owned(),
        zones: Vec::new(),
        agents: Vec::new(),
        associates: Vec::new(),
        neighbours: Vec::new(),
        time_zone: time_zone.map(str::to_owned),
    }
}

#[test]
fn the_charter_of_this_program_forbids_what_it_says_and_lets_shops_work() {
    let charter = of(&config::Charter { file: None }, &[]).unwrap();
    let subject =
        |category: &str, name: &str| charter.subject_of(&product(category, name)).map(str::to_owned);
    for (category, name, of) in [
        ("Drugstore / Pharmacy", "", "health"),
        ("PRODUITS DE SANTÉ", "", "health"),
        ("Grocery", "Pain relief gel", "health"),
        ("", "Gélules minceur", "weight"),
        ("Femme / Grandes tailles", "", "weight"),
        ("Women / Lingerie", "", "intimacy"),
        ("Hygiène / Protection", "Tampons x16", "intimacy"),
        ("Women / Maternity", "", "pregnancy"),
        ("Maison", "Coussin d’allaitement", "pregnancy"),
        ("BABY FOODS", "", "children"),
        ("Enfant / Pulls", "", "children"),
        ("Books", "A Bible with notes", "religion"),
        ("Viande", "Agneau halal", "religion"),
        ("Papeterie", "Carte de condoléances", "grief"),
        ("BEERS/ALES", "", "alcohol-and-tobacco"),
        ("Cave / Vins rouges", "", "alcohol-and-tobacco"),
        ("Gifts", "Election mug", "opinions"),
    ] {
        assert_eq!(subject(category, name).as_deref(), Some(of), "{category} / {name}");
    }
    for (category, name) in [
        ("Women / Coats", "Linen coat"),
        ("Homme / Chemises", "Chemise en lin, taille 42"),
        ("Health & Beauty / Skin care", "Day cream"),
        ("Beauté & Santé / Soins du visage", "Crème de jour"),
        ("SOFT DRINKS", "Diet cola"),
        ("Shoes", "Running shoe, regular fit"),
        ("Electronics", "Headphones"),
        ("CHEESE", "String cheese"),
        ("Bijoux", "Bague vintage"),
        ("Papeterie", "Carnet, papier vinyle"),
    ] {
        assert_eq!(subject(category, name), None, "{category} / {name}");
    }
}

#[test]
fn mistakes_are_named_with_the_file_and_the_place() {
    let told = |text: &str| charter(text).unwrap_err().to_string();
    let unknown = told("[starters]\nsometimes = true");
    assert!(unknown.contains("charter.toml") && unknown.contains("sometimes"), "{unknown}");
    assert!(told("[starters]\nnever = [\"wish\"]").contains("there is no kind \"wish\""));
    assert!(told("no TOML").contains("charter.toml"));
    let missing = of(&config::Charter { file: Some(PathBuf::from("/nowhere/charter.toml")) }, &[]);
    assert!(missing.unwrap_err().to_string().contains("/nowhere/charter.toml"));
    assert_eq!(charter("").unwrap(), Charter::default(), "an empty charter forbids nothing");
}

/// The file is to be copied: what it writes is what holds where nothing is written, but for the subjects.
#[test]
fn the_charter_of_this_program_writes_the_defaults_out() {
    let file: CharterFile = toml::from_str(DEFAULT).unwrap();
    let without_subjects = Charter::read(&CharterFile { forbidden: Vec::new(), ..file.clone() }).unwrap();
    assert_eq!(without_subjects, Charter::default());
    let CharterFile { minors, address, forbidden, starters, caps, quiet, control, moment } = file;
    assert!(minors.is_some() && address.is_some() && !forbidden.is_empty() && starters.at_most.is_some());
    assert!(caps.per_visit.is_some() && caps.per_30_days.is_some() && quiet.is_empty());
    assert!(control.holdout_share.is_some() && control.salt.is_some());
    let spans = [&moment.quiet_for, &moment.dwell, &moment.returned, &moment.pause];
    assert!(spans.iter().all(|span| span.is_some()));
    for kind in shopbell_domain::starter::StarterKind::ALL {
        assert!(DEFAULT.contains(&format!("{:?}", kind.name())), "the file does not tell of {}", kind.name());
    }
}

#[test]
fn quiet_times_are_of_shops_that_have_clocks() {
    let told = |text: &str| charter(text).map(|_| ()).map_err(|error| error.to_string());
    let time = "from = \"12:00\"\nuntil = \"14:00\"\n";
    assert_eq!(told(&format!("[[quiet]]\n{time}stores = [\"lyon\"]")), Ok(()));
    let everywhere = told(&format!("[[quiet]]\n{time}")).unwrap_err();
    assert!(everywhere.contains("shop nice keeps quiet") && everywhere.contains("time_zone"), "{everywhere}");
    let nowhere = told(&format!("[[quiet]]\n{time}stores = [\"paris\"]")).unwrap_err();
    assert!(nowhere.contains("no shop paris; the shops are: lyon, nice"), "{nowhere}");
}

#[test]
fn the_demos_charter_is_that_of_this_program_but_for_two_lines() {
    let of_demo = include_str!("../../../deploy/demo/charter.toml");
    let rules = |text: &str| {
        let lines = text.lines().skip_while(|line| !line.starts_with("# What is suggested for guests"));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let (demo, default) = (rules(of_demo), rules(DEFAULT));
    assert!(!demo.is_empty() && demo.len() == default.len());
    let differ: Vec<&str> =
        demo.iter().zip(&default).filter(|(a, b)| a != b).map(|(line, _)| line.as_str()).collect();
    assert_eq!(differ, ["quiet_for = \"0s\"", "holdout_share = 0"]);
    let shop = shop("lyon-republique", Some("Europe/Paris"));
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/demo/charter.toml");
    of(&config::Charter { file: Some(PathBuf::from(path)) }, &[shop]).unwrap();
}
