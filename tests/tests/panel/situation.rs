//! The situations as they are written: `tests/situations/*.toml`. What each key means stands in `docs/panel.md`.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use serde::Deserialize;

/// One trade: its shops, its charter, its goods, its people.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Trade {
    #[serde(rename = "trade")]
    pub(crate) name: String,
    pub(crate) brand: String,
    #[serde(rename = "shop")]
    pub(crate) shops: Vec<Shop>,
    /// What differs from the charter of the program.
    #[serde(default)]
    pub(crate) charter: toml::Table,
    pub(crate) catalogue: Catalogue,
    /// What headquarters would like guests to know, as its file has it.
    #[serde(default)]
    pub(crate) announcements: toml::Table,
    /// Others who bought something: nobody of them is here.
    #[serde(default, rename = "crowd")]
    pub(crate) crowds: Vec<Crowd>,
    #[serde(rename = "situation")]
    pub(crate) situations: Vec<Situation>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Shop {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) time_zone: String,
    pub(crate) zones: Vec<String>,
    #[serde(default)]
    pub(crate) fitting_rooms: Vec<String>,
}

/// CSV, as `docs/import.md` has it; a cell such as `-4d` is that long ago.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Catalogue {
    pub(crate) products: String,
    pub(crate) stock: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Crowd {
    pub(crate) count: u32,
    pub(crate) level: u8,
    pub(crate) lines: Vec<toml::Table>,
}

/// One situation, and what it may come to.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "what may be written of a card")]
pub(crate) struct Situation {
    pub(crate) title: String,
    pub(crate) story: String,
    pub(crate) who: String,
    pub(crate) language: String,
    /// What the retailer's file says that is shared.
    pub(crate) level: u8,
    /// What is shared by the time of the card, where that is something else.
    #[serde(default)]
    pub(crate) ends_at_level: Option<u8>,
    /// The first one where none is named.
    #[serde(default)]
    pub(crate) shop: Option<String>,
    /// What is given by name, beyond the level.
    #[serde(default)]
    pub(crate) give: Vec<String>,
    /// Lines of an import, without the customer.
    #[serde(default)]
    pub(crate) lines: Vec<toml::Table>,
    /// Messages of SDKs, without the customer.
    #[serde(default)]
    pub(crate) events: Vec<Event>,
    #[serde(default)]
    pub(crate) earlier: Vec<Earlier>,
    /// What the customer does before coming in.
    #[serde(default)]
    pub(crate) before: Vec<Step>,
    /// Where and when the phone is heard; in the first zone, for a while, where nothing is told.
    #[serde(default)]
    pub(crate) visit: Vec<Stop>,
    /// What happens between the greeting and the card.
    #[serde(default)]
    pub(crate) meanwhile: Vec<Step>,
    /// The charter's control group has this customer.
    #[serde(default)]
    pub(crate) held_out: bool,
    #[serde(default)]
    pub(crate) must: Vec<String>,
    #[serde(default)]
    pub(crate) may: Vec<String>,
    #[serde(default)]
    pub(crate) never: Vec<String>,
    #[serde(default)]
    pub(crate) says: Vec<String>,
    #[serde(default)]
    pub(crate) never_says: Vec<String>,
    #[serde(default)]
    pub(crate) first: Option<String>,
    #[serde(default)]
    pub(crate) at_most: Option<usize>,
    /// A hello, and nothing else.
    #[serde(default)]
    pub(crate) nothing: bool,
    /// Not even that.
    #[serde(default)]
    pub(crate) silent: bool,
    /// Whether a tablet shows that somebody is here.
    #[serde(default = "yes")]
    pub(crate) row: bool,
}

const fn yes() -> bool {
    true
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Event {
    /// `server`, `page` or `till`.
    pub(crate) by: String,
    pub(crate) at: String,
    #[serde(default, rename = "event")]
    pub(crate) name: Option<String>,
    #[serde(default)]
    pub(crate) r#type: Option<String>,
    #[serde(default)]
    pub(crate) properties: toml::Table,
    #[serde(default)]
    pub(crate) traits: toml::Table,
}

/// A visit of some days ago, in which Inès received the guest.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Earlier {
    pub(crate) days: u32,
    pub(crate) steps: Vec<Step>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Stop {
    pub(crate) at: String,
    pub(crate) zone: String,
}

/// What somebody does.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Step {
    Help {},
    NoHelp {},
    Alone {
        until: String,
    },
    Share {
        level: u8,
    },
    Refuse {
        fields: Vec<String>,
    },
    Correct {
        how: String,
        #[serde(default)]
        order: Option<String>,
        #[serde(default)]
        product: Option<String>,
        #[serde(default)]
        viewed: Option<String>,
    },
    /// Inès says what became of a starter, the first of these that the card has.
    Answer {
        starter: String,
        said: String,
    },
    Note {
        by: String,
        text: String,
        due: String,
        #[serde(default)]
        kept: bool,
    },
}

impl Situation {
    /// The customer's number: the name in plain letters.
    pub(crate) fn customer(&self) -> String {
        shopbell_domain::words::words_of(&self.who).join("-")
    }

    pub(crate) fn store<'a>(&'a self, trade: &'a Trade) -> &'a Shop {
        let named = trade.shops.iter().find(|shop| self.shop.as_ref().is_none_or(|id| *id == shop.id));
        named.unwrap_or_else(|| panic!("{}: there is no shop {:?}", self.title, self.shop))
    }

    pub(crate) fn stops(&self, trade: &Trade) -> Vec<Stop> {
        if self.visit.is_empty() {
            return vec![Stop { at: "-100s".to_owned(), zone: self.store(trade).zones[0].clone() }];
        }
        self.visit.clone()
    }
}

/// All trades, in the order of their files' names.
pub(crate) fn trades() -> Vec<Trade> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("situations");
    let entries = std::fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> =
        entries.filter(|path| path.extension().is_some_and(|end| end == "toml")).collect();
    files.sort();
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    files.into_iter().map(read).collect()
}

/// What the panel is to cover: no situation is dropped, and none is told twice, without this being seen.
pub(crate) fn assert_whole(trades: &[Trade]) {
    let names: Vec<&str> = trades.iter().map(|trade| trade.name.as_str()).collect();
    assert_eq!(names, ["beauty", "electronics", "fashion", "grocery", "luxury"]);
    let all: Vec<&Situation> = trades.iter().flat_map(|trade| &trade.situations).collect();
    assert_eq!(all.len(), 60, "situations");
    let unique =
        |key: fn(&Situation) -> String| all.iter().map(|one| key(one)).collect::<BTreeSet<_>>().len();
    assert_eq!([unique(|one| one.title.clone()), unique(Situation::customer)], [60, 60], "each once");
    for trade in trades {
        let levels: BTreeSet<u8> =
            trade.situations.iter().map(|one| one.ends_at_level.unwrap_or(one.level)).collect();
        assert_eq!(levels, (0..=5).collect(), "{}: all levels", trade.name);
        let french = trade.situations.iter().filter(|one| one.language == "fr").count();
        assert!(french >= 5 && trade.situations.len() - french >= 5, "{}: both languages", trade.name);
        for one in &trade.situations {
            let expects = [!one.must.is_empty(), !one.may.is_empty(), one.nothing, one.silent, !one.row];
            assert!(expects.contains(&true), "{}: what is expected?", one.title);
        }
    }
}
