//! What a message means, by what is known of its source.

use std::collections::HashMap;

use shopbell_domain::{
    event::Event,
    id::SourceId,
    identity::{Rules, who_on_shared_device},
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

#[derive(Debug, Clone, Copy, Default)]
struct OfSource {
    reading: Reading,
    shared_device: bool,
}

impl Readings {
    /// From sources of a configuration that was validated.
    pub fn new(sources: &[Source], rules: Rules) -> Self {
        let of = |source: &Source| OfSource {
            reading: reading(source),
            shared_device: source.kind == SourceKind::SharedDevice,
        };
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
        if source.shared_device {
            event.who = who_on_shared_device(event.who);
        }
        event.who.retain(|identifier| self.rules.blocks(identifier).is_none());
        if event.who.is_empty() && !source.shared_device {
            return Err(Reason::NoIdentifier.at("userId"));
        }
        Ok(event)
    }
}
