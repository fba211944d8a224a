//! What a brand never says: its own rules, over every starter.
//!
//! The rules are few and closed in kind, so that whoever answers for the brand can read them all; none of them is a
//! program. A charter only takes away: it can neither make a starter nor change one, and what it takes away is named
//! ([`Suppression`]), so that it can be counted and explained. A product that the catalogue does not know cannot be
//! judged, and is not spoken of.
//!
//! Four rules no file can change: nothing is said of a product that the catalogue does not know; nothing tells of what was
//! bought as a gift; a price may be spoken of only if it is everybody's at this moment; and who asks for help is answered. What
//! was put aside rests by itself ([`crate::starter::Past`]).
//!
//! A retailer writes it as a file ([`CharterFile`]); a mistake in it is named by where it stands, and stops the start: a
//! server without its charter would say what the brand forbids.
//!
//! To add a rule: a field of [`CharterFile`] that is checked in `read`, and taken into `digest`; a variant of
//! [`Suppression`]; a line in [`Charter::judge`]; a page's line in `docs/charter.md`.

mod caps;
mod digest;
mod file;
mod mistake;
mod quiet;
mod read;
mod subject;
mod suppression;

use std::{collections::BTreeSet, time::Duration};

pub use self::{
    caps::{Caps, Room},
    file::{CapsFile, CharterFile, ControlFile, MomentFile, QuietFile, StartersFile, SubjectFile},
    mistake::InvalidCharter,
    suppression::Suppression,
};
use self::{quiet::QuietTime, subject::Subject};
use crate::{
    catalogue::Product,
    consent::Field,
    holdout::{Arm, Share},
    id::{CustomerId, StoreId},
    moment::MomentSettings,
    profile::Address,
    situation::Situation,
    starter::{Fact, MAX_STARTERS, Starter, StarterKind},
    time::Timestamp,
    words::{Lexicon, words_of},
};

/// Longest name of a subject, in characters.
const MAX_NAME: usize = 40;
/// Most words of all subjects together.
const MAX_WORDS: usize = 5_000;
/// Most quiet times.
const MAX_QUIET: usize = 200;
/// Longest salt, in characters.
const MAX_SALT: usize = 100;
/// Highest cap: beyond it nothing is capped.
const MAX_CAP: usize = 1_000;

/// What is suggested for customers who are known to be minors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Minors {
    /// Nothing.
    #[default]
    None,
    /// The same as for others.
    AsOthers,
}

impl Minors {
    const NAMES: [(&str, Self); 2] = [("none", Self::None), ("as-others", Self::AsOthers)];

    const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::AsOthers => "as-others",
        }
    }
}

/// The control group.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Control {
    share: Share,
    salt: String,
}

impl Default for Control {
    fn default() -> Self {
        Self { share: Share::USUAL, salt: "shopbell".to_owned() }
    }
}

/// A brand's rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charter {
    forbidden: Vec<Subject>,
    /// The words of all subjects: most products touch none of them, and are asked of no subject.
    touchy: Lexicon,
    never: BTreeSet<StarterKind>,
    at_most: usize,
    minors: Minors,
    address: Address,
    caps: Caps,
    quiet: Vec<QuietTime>,
    control: Control,
    moment: MomentSettings,
}

impl Default for Charter {
    /// That of an empty file: it forbids no subject, and has the usual numbers.
    fn default() -> Self {
        Self {
            forbidden: Vec::new(),
            touchy: Lexicon::default(),
            never: BTreeSet::new(),
            at_most: MAX_STARTERS,
            minors: Minors::default(),
            address: Address::default(),
            caps: Caps::default(),
            quiet: Vec::new(),
            control: Control::default(),
            moment: MomentSettings::default(),
        }
    }
}

impl Charter {
    /// Checks what is written; all mistakes at once.
    pub fn read(file: &CharterFile) -> Result<Self, Vec<InvalidCharter>> {
        read::read(file)
    }

    /// A fingerprint of the rules: the same rules have the same in every version of this program that knows no more of them.
    pub fn digest(&self) -> u64 {
        digest::digest(self)
    }

    /// Most starters on one card. Who asks is answered beyond it.
    pub const fn at_most(&self) -> usize {
        self.at_most
    }

    /// How guests are addressed.
    pub const fn address(&self) -> Address {
        self.address
    }

    /// How long things take until a moment is a good one.
    pub const fn moment(&self) -> &MomentSettings {
        &self.moment
    }

    /// Which part of the experiment a customer is in.
    pub fn arm(&self, customer: &CustomerId) -> Arm {
        Arm::of(customer, &self.control.salt, self.control.share)
    }

    /// Whether the shop has quiet times, and so must know the time on its clocks.
    pub fn has_quiet_times(&self, store: &StoreId) -> bool {
        self.quiet.iter().any(|time| time.is_of(store))
    }

    /// The shops that quiet times name.
    pub fn named_stores(&self) -> impl Iterator<Item = &StoreId> {
        self.quiet.iter().flat_map(|time| &time.stores)
    }

    /// How much more may be shown now.
    pub fn room(&self, situation: &Situation) -> Room {
        Room::of(self.caps, &situation.past, situation.now)
    }

    /// The forbidden subject that a product touches by its category, name or brand.
    pub fn subject_of(&self, product: &Product) -> Option<&str> {
        let brand = product.brand.as_deref().unwrap_or_default();
        self.subject_in(&product.category, &[&product.name, brand])
    }

    /// How many subjects are forbidden.
    pub fn subjects(&self) -> usize {
        self.forbidden.len()
    }

    /// The forbidden subject that a text touches.
    pub fn subject_of_text(&self, text: &str) -> Option<&str> {
        self.subject_in("", &[text])
    }

    fn subject_in(&self, category: &str, texts: &[&str]) -> Option<&str> {
        let category = words_of(category);
        let texts: Vec<Vec<String>> = texts.iter().map(|text| words_of(text)).collect();
        if !self.touchy.is_in(&category) && !texts.iter().any(|words| self.touchy.is_in(words)) {
            return None;
        }
        let touched = self.forbidden.iter().find(|subject| {
            subject.is_of_category(&category) || texts.iter().any(|words| subject.is_in(words))
        });
        touched.map(|subject| subject.name.as_str())
    }

    /// Whether the brand says such a thing here.
    pub fn judge(&self, situation: &Situation, candidate: &Starter) -> Result<(), Suppression> {
        if self.never.contains(&candidate.kind) {
            return Err(Suppression::Kind);
        }
        for product in candidate.products() {
            let known = situation.shelves.get(product).ok_or(Suppression::UnknownProduct)?;
            if let Some(subject) = self.subject_of(&known.product) {
                return Err(Suppression::Subject(subject.to_owned()));
            }
        }
        for fact in &candidate.facts {
            if let Fact::CaresFor { category, .. } = fact
                && let Some(subject) = self.subject_in(category, &[])
            {
                return Err(Suppression::Subject(subject.to_owned()));
            }
        }
        if tells_of_a_gift(situation, candidate) {
            return Err(Suppression::Gift);
        }
        if !has_fair_prices(situation, candidate) {
            return Err(Suppression::Price);
        }
        if candidate.kind.answers() {
            return Ok(());
        }
        if self.minors == Minors::None && situation.minor == Some(true) {
            return Err(Suppression::Minor);
        }
        if self.is_quiet(situation) {
            return Err(Suppression::QuietTime);
        }
        Ok(())
    }

    /// When its quiet times next begin or end where the situation is, by the shop's clock and before the day ends there; a day
    /// begins anew. To be asked by whoever keeps what was made under them.
    pub fn turns_at(&self, situation: &Situation) -> Option<Timestamp> {
        let local = situation.local?;
        let minute = Timestamp::from_secs(situation.now.as_secs().div_euclid(60) * 60);
        let times = self.quiet.iter().filter(|time| time.is_of(&situation.store));
        let turn = times.filter_map(|time| time.turns_after(local)).min()?;
        Some(minute + Duration::from_secs(u64::from(turn - local.minute_of_day) * 60))
    }

    /// Whether the shop keeps quiet now; also where it has quiet times and nobody knows what its clocks show.
    fn is_quiet(&self, situation: &Situation) -> bool {
        let mut times = self.quiet.iter().filter(|time| time.is_of(&situation.store));
        times.any(|time| situation.local.is_none_or(|local| time.is_at(local)))
    }
}

/// Whether it would tell that something was bought which was bought as a gift.
fn tells_of_a_gift(situation: &Situation, candidate: &Starter) -> bool {
    let of_purchase = |fact: &&Fact| fact.field().is_some_and(is_of_purchases);
    let mut products = candidate.facts.iter().filter(of_purchase).flat_map(Fact::products);
    products.any(|product| situation.gifts.contains(product))
}

/// Whether a field tells of what was bought.
const fn is_of_purchases(field: Field) -> bool {
    matches!(
        field,
        Field::Orders
            | Field::OrderDetails
            | Field::Bought
            | Field::BoughtSizes
            | Field::BrandsBought
            | Field::Lifetime
            | Field::Reviews
    )
}

/// Whether each price that it speaks of is what the catalogue says that anybody pays now, or was on a list beside that.
/// What only one person has, such as a coupon, is no price to speak of.
fn has_fair_prices(situation: &Situation, candidate: &Starter) -> bool {
    let costs = |product, size: &Option<String>| {
        let shelf = situation.shelves.get(product)?;
        shelf.product.price_at(size.as_deref(), situation.now)
    };
    candidate.facts.iter().all(|fact| match fact {
        Fact::CostsNow { product, size, price, .. } => costs(product, size) == Some(*price),
        Fact::CostThen { product, list, .. } => {
            matches!(list, Field::WishList | Field::Cart)
                && candidate
                    .facts
                    .iter()
                    .any(|other| matches!(other, Fact::CostsNow { product: same, .. } if same == product))
        }
        other => other.field() != Some(Field::Coupons),
    })
}

#[cfg(test)]
mod tests;
