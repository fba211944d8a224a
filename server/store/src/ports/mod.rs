//! The ports, one file each.

mod catalogue;
mod consents;
mod contests;
mod customers;
mod events;
mod forgetting;
mod gate;
mod identities;
mod imports;
mod inbox;
mod kept;
mod ledger;
mod looks;
mod presences;
mod profiles;
mod regulations;
mod requests;
mod showings;
mod walk;

pub(crate) use self::{
    customers::{owner, put_customer, put_phone_of},
    events::{key_of, mark_stale},
    ledger::indexes,
    requests::open_request,
    showings::{is_at_home, put_in_short},
};
