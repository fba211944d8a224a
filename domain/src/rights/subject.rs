//! How a regulation names somebody.

use crate::identity::{Identifier, IdentifierKind, Unusable};

/// Whom `text` names: a customer number; an e-mail address, which is one as in events; or, of any kind, the kind's name, one
/// space, and the value, such as `phone_number +33639980763`. Customer numbers have no spaces.
pub fn subject(text: &str) -> Result<Identifier, Unusable> {
    let text = text.trim();
    if let Some((name, value)) = text.split_once(' ')
        && let Some(kind) = IdentifierKind::ALL.into_iter().find(|kind| kind.name() == name)
    {
        return Identifier::new(kind, value);
    }
    let address = text.contains('@').then(|| Identifier::new(IdentifierKind::Email, text).ok()).flatten();
    address.map_or_else(|| Identifier::new(IdentifierKind::Customer, text), Ok)
}

/// The text that names an identifier.
pub fn subject_text(identifier: &Identifier) -> String {
    let value = identifier.value().reveal();
    match identifier.kind() {
        IdentifierKind::Customer | IdentifierKind::Email if subject(value).as_ref() == Ok(identifier) => {
            value.clone()
        }
        kind => format!("{} {value}", kind.name()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_named_and_found_again() {
        for (kind, value) in [
            (IdentifierKind::Customer, "c-1001"),
            (IdentifierKind::Customer, "a@b"),
            (IdentifierKind::Email, "camille@example.com"),
            (IdentifierKind::PhoneNumber, "+33639980763"),
            (IdentifierKind::Loyalty, "L-77"),
            (IdentifierKind::Anonymous, "shopify-cart:abc"),
        ] {
            let one = Identifier::new(kind, value).unwrap();
            assert_eq!(subject(&subject_text(&one)), Ok(one.clone()), "{kind:?}");
        }
        let named = |text| subject(text).map(|one| one.kind());
        assert_eq!(named(" c-1001 "), Ok(IdentifierKind::Customer));
        assert_eq!(named("Camille@Example.com"), Ok(IdentifierKind::Email));
        assert_eq!(named("phone_number +33 6 39 98 07 63"), Ok(IdentifierKind::PhoneNumber));
        assert!(named("phone_number none").is_err());
    }
}
