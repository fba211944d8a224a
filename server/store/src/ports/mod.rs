//! The ports, one file each.

mod catalogue;
mod consents;
mod contests;
mod customers;
mod events;
mod identities;
mod imports;
mod inbox;
mod ledger;
mod looks;
mod profiles;
mod regulations;
mod walk;

pub(crate) use self::{
    customers::{owner, put_customer},
    events::{key_of, mark_stale},
    ledger::indexes,
};
