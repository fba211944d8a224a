//! A charter as it is written: what the file may hold, before anything of it is checked.

use serde::Deserialize;

use crate::id::StoreId;

/// A charter as it is written.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CharterFile {
    /// What is suggested for minors: `none`, or `as-others`.
    pub minors: Option<String>,
    /// How guests are addressed in languages that make a difference: `formal` or `informal`.
    pub address: Option<String>,
    /// Subjects that no starter may touch.
    #[serde(default)]
    pub forbidden: Vec<SubjectFile>,
    /// What may be on a card.
    #[serde(default)]
    pub starters: StartersFile,
    /// How much is shown.
    #[serde(default)]
    pub caps: CapsFile,
    /// When nothing is suggested.
    #[serde(default)]
    pub quiet: Vec<QuietFile>,
    /// The control group.
    #[serde(default)]
    pub control: ControlFile,
    /// The right moment.
    #[serde(default)]
    pub moment: MomentFile,
}

/// A forbidden subject as it is written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubjectFile {
    /// Its name: lower-case letters, digits and `-`.
    pub subject: String,
    /// Words of categories, names and brands of products; `*` stands for any end of a word.
    #[serde(default)]
    pub words: Vec<String>,
    /// Words that count in categories alone: in a name they mean other things, too.
    #[serde(default)]
    pub categories: Vec<String>,
    /// What is none of it though such words stand in it.
    #[serde(default)]
    pub except: Vec<String>,
}

/// What may be on a card, as it is written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StartersFile {
    /// Kinds that are never shown.
    #[serde(default)]
    pub never: Vec<String>,
    /// Most on one card; [`crate::starter::MAX_STARTERS`] where nothing is written.
    pub at_most: Option<usize>,
}

/// How much is shown to one customer, as it is written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CapsFile {
    /// Different starters in one visit.
    pub per_visit: Option<usize>,
    /// Different starters in thirty days, over all visits.
    pub per_30_days: Option<usize>,
}

/// A time at which nothing is suggested, as it is written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuietFile {
    /// On these days of the week; every day without.
    #[serde(default)]
    pub days: Vec<String>,
    /// From this time by the clock of the shop: `12:00`.
    pub from: String,
    /// Until this time, at most `24:00`.
    pub until: String,
    /// In these shops; in all without.
    #[serde(default)]
    pub stores: Vec<StoreId>,
}

/// The control group as it is written.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlFile {
    /// The part of all customers for whom nothing is suggested, 0 to 0.5.
    pub holdout_share: Option<f64>,
    /// What draws the group.
    pub salt: Option<String>,
}

/// The right moment as it is written: each a time such as `15s`, `3m`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MomentFile {
    /// From the beginning of a visit.
    pub quiet_for: Option<String>,
    /// In one zone.
    pub dwell: Option<String>,
    /// In a zone to which the guest came back.
    pub returned: Option<String>,
    /// Without a change of the zone.
    pub pause: Option<String>,
}
