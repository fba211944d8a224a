//! What a message means, by what is known of its source.

use std::collections::HashMap;

use shopbell_domain::{
    event::Event,
    id::SourceId,
    identity::{Rules, who_by_public_key, who_on_shared_device},
    inbox::{Failure, Message},
};
use shopbell_proto::segment::{self, Reading, Reason};

use crate::{
    config::{Source, SourceKind},
    tracking::reading,
};

/// How the messages of each source are read.
#[derive(Debug, Default)]
pub struct Readings {
    by_source: HashMap<SourceId, OfSource>,
    rules: Rules,
}

#[derive(Debug, Clone, Copy)]
struct OfSource {
    reading: Reading,
    kind: SourceKind,
}

/// Of a source that is configured no more.
impl Default for OfSource {
    fn default() -> Self {
        Self { reading: Reading::default(), kind: SourceKind::Web }
    }
}

impl Readings {
    /// From sources of a configuration that was validated.
    pub fn new(sources: &[Source], rules: Rules) -> Self {
        let of = |source: &Source| OfSource { reading: reading(source), kind: source.kind };
        let by_source = sources.iter().map(|source| (source.id.clone(), of(source))).collect();
        Self { by_source, rules }
    }

    /// Who may be one person.
    pub(super) const fn rules(&self) -> &Rules {
        &self.rules
    }

    /// The event, naming only whom it may name. One of a device that many use may be nobody's; any other that names nobody
    /// is a failure. A source that is configured no more is read like a web shop.
    pub(super) fn event(&self, message: &Message) -> Result<Event, Failure> {
        let source = self.by_source.get(&message.id.source).copied().unwrap_or_default();
        let mut event = segment::event(message, &source.reading)?;
        event.who.retain(|identifier| self.rules.blocks(identifier).is_none());
        event.who = match source.kind {
            SourceKind::Web | SourceKind::App => who_by_public_key(event.who),
            SourceKind::SharedDevice => who_by_public_key(who_on_shared_device(event.who)),
            SourceKind::Till | SourceKind::Backend => event.who,
        };
        if event.who.is_empty() && source.kind != SourceKind::SharedDevice {
            return Err(Reason::NoIdentifier.at("userId"));
        }
        Ok(event)
    }
}
