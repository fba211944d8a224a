//! The ports, one file each.

mod customers;
mod imports;
mod inbox;
mod ledger;
mod looks;
mod profiles;

pub(crate) use ledger::indexes;
