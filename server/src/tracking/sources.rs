//! Who sends: by the write key, which comes in one of four ways.
//!
//! | way | sent by |
//! |---|---|
//! | `authorization: Basic base64(key:)`, also without the colon | most SDKs, with or without `writeKey` in the body |
//! | `writeKey` in the body, no header | older Python SDKs |
//! | `authorization: Bearer token` and `writeKey` in the body | SDKs set up for OAuth |
//! | the browser's `Basic` after a preflight | the page's SDK |
//!
//! A write key only lets send: it stands in every page of the web shop. This server issues no OAuth tokens, so beside one
//! the key in the body decides.

use std::{collections::HashMap, sync::Arc};

use axum::http::{HeaderMap, header};
use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use shopbell_proto::segment::{Reading, Teller};
use subtle::ConstantTimeEq as _;

use super::refusal::Refusal;
use crate::config::{Source, SourceKind, TokenHash};

/// Some SDKs leave the padding out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// All sources that the configuration knows.
#[derive(Debug, Default)]
pub(super) struct Sources {
    by_prefix: HashMap<[u8; 8], Vec<Arc<Source>>>,
}

impl Sources {
    pub(super) fn new(sources: &[Source]) -> Self {
        let mut known = Self::default();
        for source in sources {
            let prefix = prefix(&source.write_key_sha256);
            known.by_prefix.entry(prefix).or_default().push(Arc::new(source.clone()));
        }
        known
    }

    /// Whose write key this is.
    ///
    /// The presented key is hashed first, so what can be learned from the time of the look-up says nothing about a known
    /// one; the whole hash is then compared in constant time.
    pub(super) fn find(&self, write_key: &str) -> Result<Arc<Source>, Refusal> {
        let hash = TokenHash::of(write_key);
        let same = |source: &&Arc<Source>| bool::from(source.write_key_sha256.bytes().ct_eq(hash.bytes()));
        let found = self.by_prefix.get(&prefix(&hash)).and_then(|sources| sources.iter().find(same));
        found.cloned().ok_or(Refusal::UnknownWriteKey)
    }
}

fn prefix(hash: &TokenHash) -> [u8; 8] {
    let mut prefix = [0; 8];
    for (to, from) in prefix.iter_mut().zip(hash.bytes()) {
        *to = *from;
    }
    prefix
}

/// The write key of the headers; `None` when the body has to tell it.
pub(super) fn presented(headers: &HeaderMap) -> Result<Option<String>, Refusal> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let value = value.to_str().map_err(|_| Refusal::BadAuthorization)?;
    let (scheme, credentials) = value.trim().split_once(' ').ok_or(Refusal::BadAuthorization)?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Ok(None);
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(Refusal::BadAuthorization);
    }
    let bytes = BASE64.decode(credentials.trim()).map_err(|_| Refusal::BadAuthorization)?;
    let text = String::from_utf8(bytes).map_err(|_| Refusal::BadAuthorization)?;
    let key = text.split_once(':').map_or(text.as_str(), |(key, _password)| key);
    Ok((!key.is_empty()).then(|| key.to_owned()))
}

/// Whether a page of this origin may send for the source. Who sends none is no page.
pub(super) fn allows_origin(source: &Source, headers: &HeaderMap) -> Result<(), Refusal> {
    let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
    let named = origin.to_str().is_ok_and(|origin| source.origins.contains(origin));
    if named || source.origins.is_empty() { Ok(()) } else { Err(Refusal::ForeignOrigin) }
}

/// What its events are read by.
pub(crate) fn reading(source: &Source) -> Reading {
    let teller = match source.kind {
        SourceKind::Web | SourceKind::App | SourceKind::SharedDevice => Teller::Page,
        SourceKind::Backend => Teller::WebShop,
        SourceKind::Till => Teller::Till,
    };
    Reading { teller, currency: source.currency, ..Reading::default() }
}
