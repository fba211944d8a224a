//! Keeps out what must not enter: lines about who was erased, or is suppressed.
//!
//! What happened has its own date. A line that only says that somebody is a customer has none: it is as old as its file.
//! So a file that was written before somebody was erased does not bring them back, and one that was written afterwards may.
//! A pipe has no age: unless the operator says it, its lines are older than every erasure.

use std::{fmt, path::Path, sync::Arc, time::UNIX_EPOCH};

use shopbell_domain::{
    id::CustomerId,
    identity::Identifier,
    ports::{Change, StoreError},
    rights::port::{Admission, Gate},
    time::Timestamp,
};

/// Asked for each line that names a person.
#[derive(Clone)]
pub struct Guard(Arc<dyn Gate>);

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Guard")
    }
}

impl Guard {
    /// By this gate.
    pub fn new(gate: Arc<dyn Gate>) -> Self {
        Self(gate)
    }

    /// Whether a change of a file of this age may enter.
    pub(super) async fn admits(&self, change: &Change, file: Timestamp) -> Result<bool, StoreError> {
        let Some((customer, at)) = about(change) else { return Ok(true) };
        let who = [Identifier::from(customer)];
        Ok(self.0.admits(&who, at.unwrap_or(file)).await? == Admission::Welcome)
    }
}

/// Of whom a change speaks, and of when.
const fn about(change: &Change) -> Option<(&CustomerId, Option<Timestamp>)> {
    match change {
        Change::Customer { id, .. } => Some((id, None)),
        Change::Phone { customer, .. } => Some((customer, None)),
        Change::Order { customer, at, .. }
        | Change::Cart { customer, at, .. }
        | Change::Service { customer, at, .. } => Some((customer, Some(*at))),
        Change::Wish { customer, item } | Change::View { customer, item } => Some((customer, Some(item.at))),
        Change::Size { customer, size } => Some((customer, Some(size.at))),
        Change::Product(_) | Change::Stock { .. } => None,
    }
}

/// When a file was written last. What has no such time, as a pipe, may be as old as can be.
pub(super) fn age(path: &Path) -> Timestamp {
    let written =
        path.metadata().ok().filter(std::fs::Metadata::is_file).and_then(|file| file.modified().ok());
    let since = written.and_then(|written| written.duration_since(UNIX_EPOCH).ok());
    since.map_or(Timestamp::EPOCH, |since| Timestamp::EPOCH + since)
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use shopbell_domain::{profile::Item, redacted::Redacted};

    use super::*;

    /// Erased at 100.
    struct Erased;

    #[async_trait]
    impl Gate for Erased {
        async fn admits(&self, _who: &[Identifier], at: Timestamp) -> Result<Admission, StoreError> {
            let erased = Timestamp::from_millis(100);
            Ok(if at <= erased { Admission::ErasedSince(erased) } else { Admission::Welcome })
        }
        async fn has_erased(
            &self,
            _: &shopbell_domain::id::OrderId,
            _: shopbell_domain::profile::Source,
        ) -> Result<bool, StoreError> {
            Ok(false)
        }
        async fn suppress(&self, _: &Identifier, _: &[Identifier]) -> Result<(), StoreError> {
            Ok(())
        }
        async fn lift(&self, _: &Identifier) -> Result<(), StoreError> {
            Ok(())
        }
    }

    #[test]
    fn a_pipe_is_as_old_as_can_be() {
        assert_eq!(age(Path::new("-")), Timestamp::EPOCH);
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(age(file.path()) > Timestamp::from_secs(1_700_000_000));
    }

    #[tokio::test]
    async fn a_file_is_as_old_as_its_customers_and_facts_have_their_own_date() {
        let guard = Guard::new(Arc::new(Erased));
        let id = CustomerId::new("c1").unwrap();
        let customer = Change::Customer { id: id.clone(), name: Redacted::default(), sharing: None };
        let wish = |at| Change::Wish {
            customer: id.clone(),
            item: Item {
                product: "coat".parse().unwrap(),
                name: None,
                size: None,
                quantity: 1,
                at: Timestamp::from_millis(at),
                source: shopbell_domain::profile::Source::Import,
            },
        };
        let (old, new) = (Timestamp::from_millis(99), Timestamp::from_millis(101));
        assert!(!guard.admits(&customer, old).await.unwrap());
        assert!(guard.admits(&customer, new).await.unwrap());
        assert!(!guard.admits(&wish(100), new).await.unwrap());
        assert!(guard.admits(&wish(101), old).await.unwrap());
    }
}
