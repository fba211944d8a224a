//! Checks campaigns as they are written; all mistakes at once.

use std::collections::BTreeSet;

use super::{
    Campaign, CampaignFile, CampaignsFile, For, InvalidCampaign, MAX_CAMPAIGNS, MAX_TEXT, Mistake, PRICE,
    Texts, TextsFile, When, plain,
};
use crate::{
    catalogue::Product,
    charter::Charter,
    id::{ProductId, StoreId},
    profile::{Address, DayTold},
    starter::StarterKind,
    time::{Day, Timestamp},
    words::{Phrase, Unsaid, addressed, hidden_words_of, unsaid_for},
};

/// Longest name, in characters.
const MAX_NAME: usize = 40;

impl CampaignsFile {
    /// The campaigns, under a charter. `instant` reads a moment of RFC 3339.
    pub fn read(
        &self,
        charter: &Charter,
        instant: impl Fn(&str) -> Option<Timestamp>,
    ) -> Result<Vec<Campaign>, Vec<InvalidCampaign>> {
        let mut wrong = Vec::new();
        if self.campaigns.len() > MAX_CAMPAIGNS {
            wrong.push(InvalidCampaign {
                index: MAX_CAMPAIGNS,
                id: self.campaigns.get(MAX_CAMPAIGNS).map(|one| one.id.clone()).unwrap_or_default(),
                key: "id",
                mistake: Mistake::TooMany,
            });
            return Err(wrong);
        }
        let mut names = BTreeSet::new();
        let mut campaigns = Vec::new();
        for (index, written) in self.campaigns.iter().enumerate() {
            let mut reading = Reading { charter, mistakes: Vec::new() };
            if !names.insert(&written.id) {
                reading.wrong("id", Mistake::Twice(written.id.clone()));
            }
            campaigns.extend(reading.campaign(written, &instant));
            let placed = |(key, mistake)| InvalidCampaign { index, id: written.id.clone(), key, mistake };
            wrong.extend(reading.mistakes.into_iter().map(placed));
        }
        if wrong.is_empty() { Ok(campaigns) } else { Err(wrong) }
    }
}

struct Reading<'a> {
    charter: &'a Charter,
    mistakes: Vec<(&'static str, Mistake)>,
}

impl Reading<'_> {
    fn wrong(&mut self, key: &'static str, mistake: Mistake) {
        self.mistakes.push((key, mistake));
    }

    /// `None` where something that it cannot do without is wrong; a mistake was noted then.
    fn campaign(
        &mut self,
        written: &CampaignFile,
        instant: &impl Fn(&str) -> Option<Timestamp>,
    ) -> Option<Campaign> {
        if !is_name(&written.id) {
            self.wrong("id", Mistake::Name(written.id.clone()));
        }
        let kind = self.kind(&written.kind);
        let (from, until) =
            (self.when("from", &written.from, instant), self.when("until", &written.until, instant));
        if let (Some(from), Some(until)) = (from, until)
            && until.about() < from.about()
        {
            self.wrong("until", Mistake::Over);
        }
        let stores = written.stores.iter().filter_map(|store| self.store(store)).collect();
        let of = self.of(written);
        let has_product = written.product.is_some();
        let say = self.texts(["say.en", "say.fr", "say.fr_informal"], &written.say, has_product);
        let reason =
            self.texts(["reason.en", "reason.fr", "reason.fr_informal"], &written.reason, has_product);
        let is_for_strangers = self.address(&written.say);
        Some(Campaign {
            id: written.id.clone(),
            kind: kind?,
            from: from?,
            until: until?,
            stores,
            of: of?,
            is_for_strangers,
            say,
            reason,
        })
    }

    fn kind(&mut self, written: &str) -> Option<StarterKind> {
        match written {
            "campaign" => Some(StarterKind::Campaign),
            "story" | "event" => Some(StarterKind::Story),
            other => {
                self.wrong("kind", Mistake::Kind(other.to_owned()));
                None
            }
        }
    }

    fn when(
        &mut self,
        key: &'static str,
        written: &str,
        instant: &impl Fn(&str) -> Option<Timestamp>,
    ) -> Option<When> {
        // Else the time of a moment would be taken for nothing.
        let day = DayTold::read(written).filter(|_| !written.contains([':', 'T', ' ']));
        let day = day.and_then(|told| Some(Day { year: told.year?, month: told.month, day: told.day }));
        let when = day.map(When::Day).or_else(|| instant(written).map(When::Moment));
        if when.is_none() {
            self.wrong(key, Mistake::When(written.to_owned()));
        }
        when
    }

    fn store(&mut self, written: &str) -> Option<StoreId> {
        let store = StoreId::new(written).ok();
        if store.is_none() {
            self.wrong("stores", Mistake::NoSuch(written.to_owned()));
        }
        store
    }

    fn of(&mut self, written: &CampaignFile) -> Option<For> {
        match (&written.product, &written.category) {
            (None, None) => Some(For::Everybody),
            (Some(_), Some(_)) => {
                self.wrong("category", Mistake::Both);
                None
            }
            (Some(product), None) => {
                let id = ProductId::new(product.as_str()).ok();
                if id.is_none() {
                    self.wrong("product", Mistake::NoSuch(product.clone()));
                }
                id.map(For::Product)
            }
            (None, Some(name)) => {
                let phrase = Phrase::read(name).filter(|_| name.chars().count() <= Product::MAX_LABEL);
                if phrase.is_none() {
                    self.wrong("category", Mistake::NoSuch(name.clone()));
                }
                if let Some(subject) = self.charter.subject_of_text(name) {
                    self.wrong("category", Mistake::Subject(subject.to_owned()));
                }
                phrase.map(|phrase| For::Category { name: name.clone(), phrase })
            }
        }
    }

    fn texts(&mut self, keys: [&'static str; 3], written: &TextsFile, has_product: bool) -> Texts {
        let texts = [Some(&written.en), Some(&written.fr), written.fr_informal.as_ref()];
        for (key, text) in keys.into_iter().zip(texts) {
            if let Some(mistake) = text.and_then(|text| self.mistake_in(key, text, has_product)) {
                self.wrong(key, mistake);
            }
        }
        Texts {
            english: written.en.clone(),
            french: written.fr.clone(),
            french_informal: written.fr_informal.clone(),
        }
    }

    /// Whether nobody but a stranger can be told; each text is for who it is written for.
    fn address(&mut self, say: &TextsFile) -> bool {
        let usual = addressed(&say.fr);
        if let Some(word) = usual.friend {
            self.wrong("say.fr", Mistake::ForFriends(word));
        }
        if let Some(informal) = &say.fr_informal {
            if let Some(word) = addressed(informal).stranger {
                self.wrong("say.fr_informal", Mistake::ForStrangers(word));
            }
            return false;
        }
        let is_for_strangers = usual.stranger.is_some();
        if let Some(word) = usual.stranger.filter(|_| self.charter.address() == Address::Informal) {
            self.wrong("say.fr", Mistake::NoInformal(word));
        }
        is_for_strangers
    }

    fn mistake_in(&self, key: &str, text: &str, has_product: bool) -> Option<Mistake> {
        let length = text.chars().count();
        if text.trim() != text || text.is_empty() || length > MAX_TEXT || text.contains(['\n', '\r']) {
            return Some(Mistake::Length);
        }
        if let Some(unseen) = plain::unseen_in(text) {
            return Some(Mistake::Unseen(unseen));
        }
        if plain::is_spelled(text) {
            return Some(Mistake::Spelled);
        }
        if text.contains(PRICE) && !has_product {
            return Some(Mistake::PriceOfNothing);
        }
        let rest = text.replace(PRICE, "");
        if rest.contains(['{', '}']) {
            return Some(Mistake::Brace);
        }
        if let Some(link) = plain::link_in(&rest) {
            return Some(Mistake::Link(link.to_owned()));
        }
        if let Some(price) = plain::price_in(&rest) {
            return Some(Mistake::Price(price.to_owned()));
        }
        let hidden = hidden_words_of(&rest);
        let texts = std::iter::once(&rest).chain(&hidden);
        if let Some(subject) = texts.into_iter().find_map(|text| self.charter.subject_of_text(text)) {
            return Some(Mistake::Subject(subject.to_owned()));
        }
        // What an associate only reads may speak of a list.
        let is_said = key.starts_with("say");
        let counts = |why| is_said || matches!(why, Unsaid::Price | Unsaid::Insult);
        unsaid_for(&rest, counts).map(|(why, words)| Mistake::of(why, words))
    }
}

fn is_name(text: &str) -> bool {
    let lawful = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !text.is_empty() && text.len() <= MAX_NAME && text.chars().all(lawful)
}
