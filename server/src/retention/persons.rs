//! Persons who are no customers: browsers, addresses, phones and customer numbers that events tell of, and whom nobody has put
//! in as customers.
//!
//! A person grows old from their last event, all their identifiers together. Of each, the first identifier in the order of
//! identifiers that has events stands for them, so that they are counted, and erased, once. Who is joined with a customer
//! that was put in goes with that customer.

use shopbell_domain::{id::CustomerId, identity::Identifier, ports::StoreError, time::Timestamp};
use shopbell_store::Mode;
use tokio::time::sleep;

use super::{PAUSE, Retention, RetentionParts};

/// Identifiers that are looked at at once.
const AT_ONCE: usize = 64;

/// What an identifier says of its person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// It stands for a person who did nothing since.
    Idle,
    /// It is of somebody who did something since.
    Active,
    /// Another one stands for the person.
    Another,
}

impl Retention {
    pub(super) async fn persons(&self, before: Timestamp, mode: Mode) -> Result<(u64, u64), StoreError> {
        let (mut due, mut kept, mut from) = (0, 0, None);
        loop {
            let (identifiers, next) = self.parts.events.walk(from, AT_ONCE).await?;
            let mut old = Vec::new();
            for identifier in identifiers {
                match self.parts.standing(&identifier, before).await? {
                    Standing::Idle => old.push(identifier),
                    Standing::Active => kept += 1,
                    Standing::Another => {}
                }
            }
            due += old.len() as u64;
            if let Some(forgetter) = self.forgetter(mode).filter(|_| !old.is_empty()) {
                forgetter.erase(old).await?;
            }
            if next.is_none() {
                return Ok((due, kept));
            }
            from = next;
            sleep(PAUSE).await;
        }
    }
}

impl RetentionParts {
    async fn standing(&self, identifier: &Identifier, before: Timestamp) -> Result<Standing, StoreError> {
        // The cheap ones first: most are a customer's, or of lately.
        let of_customer = match identifier.customer() {
            Some(customer) => Some(customer),
            None => self.events.customer_of(identifier).await?.flatten(),
        };
        if self.is_put_in(of_customer.as_ref()).await? {
            return Ok(Standing::Another);
        }
        let Some(last) = self.last_event(identifier).await? else { return Ok(Standing::Another) };
        if last >= before {
            return Ok(Standing::Active);
        }
        let whole = match &self.forgetter {
            Some(forgetter) => forgetter.person(identifier).await?,
            None => Some(vec![identifier.clone()]),
        };
        // Too much hangs together to say who it is: that is logged where it is found.
        let Some(whole) = whole else { return Ok(Standing::Active) };
        for customer in whole.iter().map(Identifier::customer) {
            if self.is_put_in(customer.as_ref()).await? {
                return Ok(Standing::Another);
            }
        }
        let mut standing = Standing::Idle;
        for other in whole.iter().filter(|other| *other != identifier) {
            match self.last_event(other).await? {
                Some(last) if last >= before => return Ok(Standing::Active),
                Some(_) if other < identifier => standing = Standing::Another,
                _ => {}
            }
        }
        Ok(standing)
    }

    /// Whether it is a customer's who grows old as one: of a number that only events tell of there is no such record.
    async fn is_put_in(&self, customer: Option<&CustomerId>) -> Result<bool, StoreError> {
        let Some(customer) = customer else { return Ok(false) };
        Ok(self.store.customer(customer).await?.is_some())
    }

    async fn last_event(&self, identifier: &Identifier) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.events.events_of(identifier).await?.into_iter().map(|event| event.at).max())
    }
}
