//! The ports, one file each.

mod contests;
mod customers;
mod imports;
mod ledger;
mod looks;
mod profiles;

pub(crate) use ledger::indexes;
