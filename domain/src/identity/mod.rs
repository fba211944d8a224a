//! Who is who: identifiers, the evidence that two of them are one person's, and persons as a view over it.

mod blocked;
mod identifier;
mod normal;

pub use self::{
    blocked::Placeholder,
    identifier::{Identifier, IdentifierKind, Unusable, who, who_on_shared_device},
    normal::{DialingPlan, InvalidDialingPlan},
};
