//! Admin messages.

use shopbell_domain::id::StoreId;

use super::ConversionError;

/// The shop that a request names.
pub fn store_id(text: String) -> Result<StoreId, ConversionError> {
    if text.is_empty() {
        return Err(ConversionError::MissingField("store_id"));
    }
    StoreId::new(text)
        .map_err(|error| ConversionError::InvalidField { field: "store_id", reason: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::store_id;

    #[test]
    fn refusals_name_the_field() {
        assert_eq!(store_id(String::new()).unwrap_err().to_string(), "store_id is missing");
        assert!(store_id("a/b".to_owned()).unwrap_err().to_string().starts_with("store_id is invalid"));
        assert_eq!(store_id("lyon".to_owned()).unwrap().as_str(), "lyon");
    }
}
