//! What headquarters would like guests to know: which file it is read from. What it does: [`shopbell_domain::campaign`], told
//! in `docs/campaigns.md`.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use shopbell_domain::{
    campaign::{Campaign, CampaignsFile, InvalidCampaign},
    charter::Charter,
    id::StoreId,
};
use shopbell_kit::clock::parse_rfc3339;

use crate::{
    config,
    configured::{self, Unreadable},
};

/// Why there are no campaigns, and so no server.
#[derive(Debug, thiserror::Error)]
pub enum CampaignsError {
    /// The file cannot be read.
    #[error(transparent)]
    Read(#[from] Unreadable),
    /// The file is no TOML, or holds something that no campaign has.
    #[error("campaigns.file: {path} does not hold campaigns: {source}")]
    Syntax {
        /// Which file.
        path: PathBuf,
        /// Where, and what is wrong.
        source: Box<toml::de::Error>,
    },
    /// A campaign contradicts itself, the charter, or what may be said.
    #[error("campaigns.file: {path}: {}", list(wrong))]
    Invalid {
        /// Which file.
        path: PathBuf,
        /// Every mistake.
        wrong: Vec<InvalidCampaign>,
    },
    /// A campaign names a shop that there is not.
    #[error("campaigns.file: {path}: campaign {id:?}: there is no shop {store}; the shops are: {shops}")]
    NoSuchStore {
        /// Which file.
        path: PathBuf,
        /// Which campaign.
        id: String,
        /// What it names.
        store: StoreId,
        /// Those that there are.
        shops: String,
    },
}

fn list(wrong: &[InvalidCampaign]) -> String {
    wrong.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// The campaigns that the configuration names, for these shops and under this charter; none without a file.
pub fn of(
    config: &config::Campaigns,
    charter: &Charter,
    shops: &[config::Shop],
) -> Result<Vec<Arc<Campaign>>, CampaignsError> {
    let own = ("the campaigns of this program", "");
    let file = configured::read("campaigns.file", config.file.as_deref(), own)?;
    let path = file.path;
    let written: CampaignsFile = toml::from_str(&file.text)
        .map_err(|source| CampaignsError::Syntax { path: path.clone(), source: Box::new(source) })?;
    let instant = |text: &str| parse_rfc3339("campaign", text).ok();
    match written.read(charter, instant) {
        Ok(campaigns) => {
            in_shops(&campaigns, &path, shops).map(|()| campaigns.into_iter().map(Arc::new).collect())
        }
        Err(wrong) => Err(CampaignsError::Invalid { path, wrong }),
    }
}

/// Whether all shops that they name are there.
fn in_shops(campaigns: &[Campaign], path: &Path, shops: &[config::Shop]) -> Result<(), CampaignsError> {
    let is_missing = |store: &StoreId| shops.iter().all(|shop| shop.id != *store);
    for campaign in campaigns {
        if let Some(store) = campaign.stores.iter().find(|store| is_missing(store)) {
            let shops: Vec<&str> = shops.iter().map(|shop| shop.id.as_str()).collect();
            return Err(CampaignsError::NoSuchStore {
                path: path.to_owned(),
                id: campaign.id.clone(),
                store: store.clone(),
                shops: shops.join(", "),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use shopbell_domain::charter::Charter;

    use super::*;

    fn shop(id: &str) -> config::Shop {
        config::Shop {
            id: StoreId::new(id).unwrap(),
            name: id.to_owned(),
            zones: Vec::new(),
            agents: Vec::new(),
            associates: Vec::new(),
            neighbours: Vec::new(),
            time_zone: None,
        }
    }

    fn read(text: &str) -> Result<Vec<Arc<Campaign>>, String> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("campaigns.toml");
        std::fs::write(&path, text).unwrap();
        let config = config::Campaigns { file: Some(path) };
        of(&config, &Charter::default(), &[shop("lyon")]).map_err(|error| error.to_string())
    }

    const WINTER: &str = r#"
[[campaign]]
id = "winter"
kind = "campaign"
from = "2026-12-01"
until = "2026-12-24T18:00:00+01:00"
stores = ["lyon"]
say = { en = "Shall I show you our winter window?", fr = "Je vous montre notre vitrine ?" }
reason = { en = "For everybody.", fr = "Pour tout le monde." }
"#;

    #[test]
    fn campaigns_are_read_and_none_is_none() {
        assert_eq!(read(WINTER).unwrap().len(), 1);
        assert_eq!(read("").unwrap().len(), 0);
        assert!(of(&config::Campaigns::default(), &Charter::default(), &[]).unwrap().is_empty());
    }

    #[test]
    fn mistakes_are_told_with_file_and_place() {
        let told = |from: &str, to: &str| read(&WINTER.replace(from, to)).unwrap_err();
        let unknown = told("id =", "name =");
        assert!(unknown.contains("does not hold campaigns") && unknown.contains("name"), "{unknown}");
        let missing = told("\"lyon\"", "\"nice\"");
        assert!(
            missing.ends_with("campaign \"winter\": there is no shop nice; the shops are: lyon"),
            "{missing}"
        );
        let both = told("say = { en = \"Shall", "say = { en = \"We saw it. Shall").replace('\n', " ");
        assert!(both.contains("campaigns.toml: campaign[0].say.en of \"winter\": \"we saw\""), "{both}");
    }

    #[test]
    fn the_campaigns_of_the_demo_and_of_the_docs_are_good() {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
        let demo = std::fs::read_to_string(root.join("deploy/demo/campaigns.toml")).unwrap();
        let with_stores = demo.replace("\"lyon-republique\"", "\"lyon\"");
        assert!(read(&with_stores).unwrap().len() >= 2);
        let docs = std::fs::read_to_string(root.join("docs/campaigns.md")).unwrap();
        let examples: Vec<&str> =
            docs.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
        let of_campaigns = examples.iter().filter(|text| text.contains("[[campaign]]"));
        let read_all = of_campaigns.map(|text| read(text).unwrap().len()).sum::<usize>();
        assert!(read_all >= 2, "{read_all}");
    }
}
