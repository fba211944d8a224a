//! Campaigns as they are written: what the file may hold, before anything of it is checked.

use serde::Deserialize;

/// A file of campaigns.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CampaignsFile {
    /// Each once.
    #[serde(default, rename = "campaign")]
    pub campaigns: Vec<CampaignFile>,
}

/// A campaign as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CampaignFile {
    /// Its name: lower-case letters, digits and `-`.
    pub id: String,
    /// `campaign`, `story` or `event`.
    pub kind: String,
    /// The first day, as `2026-12-01`, or a moment of RFC 3339.
    pub from: String,
    /// The last day, or the moment of its end.
    pub until: String,
    /// Shops; all where none is named.
    #[serde(default)]
    pub stores: Vec<String>,
    /// The product that it is about.
    pub product: Option<String>,
    /// The category that who hears of it cares for.
    pub category: Option<String>,
    /// What may be said aloud.
    pub say: TextsFile,
    /// Why, for the associate's eyes.
    pub reason: TextsFile,
}

/// A text as it is written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextsFile {
    /// In English.
    pub en: String,
    /// In French.
    pub fr: String,
    /// In French, to who is addressed as a friend.
    pub fr_informal: Option<String>,
}
