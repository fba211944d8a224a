//! Checks campaigns as they are written; all mistakes at once.

use std::collections::BTreeSet;

use super::{
    Campaign, CampaignFile, CampaignsFile, For, InvalidCampaign, MAX_CAMPAIGNS, MAX_TEXT, Mistake, PRICE,
    Texts, TextsFile, When,
};
use crate::{
    catalogue::Product,
    charter::Charter,
    id::{ProductId, StoreId},
    profile::DayTold,
    starter::StarterKind,
    time::{Day, Timestamp},
    words::{Phrase, tells_of_watching},
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
            wrong.push(InvalidCampaign { index: MAX_CAMPAIGNS, key: "id", mistake: Mistake::TooMany });
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
            let placed = |(key, mistake)| InvalidCampaign { index, key, mistake };
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
        Some(Campaign {
            id: written.id.clone(),
            kind: kind?,
            from: from?,
            until: until?,
            stores,
            of: of?,
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

    fn mistake_in(&self, key: &str, text: &str, has_product: bool) -> Option<Mistake> {
        let length = text.chars().count();
        if text.trim() != text || text.is_empty() || length > MAX_TEXT || text.chars().any(char::is_control) {
            return Some(Mistake::Length);
        }
        if text.contains(PRICE) && !has_product {
            return Some(Mistake::PriceOfNothing);
        }
        let rest = text.replace(PRICE, "");
        if rest.contains(['{', '}']) {
            return Some(Mistake::Brace);
        }
        if let Some(price) = price_in(&rest) {
            return Some(Mistake::Price(price.to_owned()));
        }
        if let Some(subject) = self.charter.subject_of_text(&rest) {
            return Some(Mistake::Subject(subject.to_owned()));
        }
        // What an associate only reads may speak of a list.
        let words = key.starts_with("say").then(|| tells_of_watching(&rest)).flatten();
        words.map(Mistake::Watching)
    }
}

fn is_name(text: &str) -> bool {
    let lawful = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !text.is_empty() && text.len() <= MAX_NAME && text.chars().all(lawful)
}

/// Signs and letters that make a number a price, or a part of one.
const MONEY: [&str; 12] = ["€", "$", "£", "¥", "%", "eur", "euro", "euros", "usd", "gbp", "chf", "dollars"];

/// A word that looks like a price, or like something off one.
fn price_in(text: &str) -> Option<&str> {
    let is_number = |word: &str| word.chars().any(|c| c.is_ascii_digit());
    let is_money = |word: &str| {
        let lower = word.to_lowercase();
        let bare = lower.trim_matches(|c: char| c.is_ascii_punctuation() && !matches!(c, '$' | '%'));
        MONEY.contains(&bare)
    };
    let has_sign =
        |word: &str| is_number(word) && MONEY.iter().any(|sign| word.to_lowercase().contains(sign));
    let words: Vec<&str> = text.split_whitespace().collect();
    let single = words.iter().copied().find(|word| has_sign(word));
    let pair = || {
        let both = words.windows(2).find(|pair| match pair {
            [a, b] => (is_number(a) && is_money(b)) || (is_money(a) && is_number(b)),
            _ => false,
        });
        both.and_then(|pair| pair.iter().copied().find(|word| is_number(word)))
    };
    single.or_else(pair)
}
