//! Shops as a world configures them.

use std::{fmt::Write as _, path::Path};

use sha2::{Digest as _, Sha256};

/// A shop with its agents and two associates.
#[derive(Debug, Clone)]
pub struct Shop {
    id: String,
    agents: Vec<(String, String)>,
}

impl Shop {
    /// With agents as (agent, zone).
    pub fn new(id: &str, agents: &[(&str, &str)]) -> Self {
        let agents = agents.iter().map(|(agent, zone)| ((*agent).to_owned(), (*zone).to_owned())).collect();
        Self { id: id.to_owned(), agents }
    }

    /// The shop's part of the server's configuration.
    pub(super) fn config(&self) -> String {
        let id = &self.id;
        let mut text = format!("\n[[shop]]\nid = {id:?}\nname = \"Shop {id}\"\nzones = [");
        for (_, zone) in &self.agents {
            let _ = write!(text, "{{ id = {zone:?}, name = {zone:?} }},");
        }
        text.push_str("]\nagents = [");
        for (agent, zone) in &self.agents {
            let hash = sha256_of(&token_of(agent));
            let _ = write!(text, "{{ id = {agent:?}, zone = {zone:?}, token_sha256 = {hash:?} }},");
        }
        text.push_str("]\nassociates = [");
        for name in ["ines", "tom"] {
            let associate = format!("{name}-{id}");
            let hash = sha256_of(&token_of(&associate));
            let _ = write!(text, "{{ id = {associate:?}, name = {name:?}, token_sha256 = {hash:?} }},");
        }
        text.push_str("]\n");
        text
    }
}

/// The bearer token of an agent, an associate, or `app`: of the right shape, and worthless.
pub fn token_of(holder: &str) -> String {
    sha256_of(&format!("test token of {holder}"))
}

/// What a configuration says of the token of this holder.
pub fn hash_of(holder: &str) -> String {
    sha256_of(&token_of(holder))
}

pub(super) fn sha256_of(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

/// The configuration of an agent.
pub(super) fn agent_config(agent: &str, url: &str, token_file: &Path, outbox: &Path) -> String {
    format!(
        "[agent]\nname = {agent:?}\n\n[server]\nurl = {url:?}\ntoken_file = \"{}\"\n\n\
         [outbox]\ndir = \"{}\"\n\n[uplink]\nretry_max_s = 1\n",
        token_file.display(),
        outbox.display(),
    )
}
