//! What an erased customer gets in hand: a text that anybody can read, and that only this vault can have signed.
//!
//! ```text
//! shopbell erasure receipt v1
//! receipt: 7
//! subject: 9f2c..            the subject's pseudonym, 32 hexadecimal digits
//! at: 1795255200000          milliseconds since 1970, UTC
//! tombstone: 3
//! key: 5/1007                a key that was destroyed: slot/generation; ascending, a line each
//! store: events 241          a store, and how many of its records were touched; ascending by name, a line each
//! signature: ..              128 hexadecimal digits
//! ```
//!
//! Every line ends in LF, the numbers are decimal without leading zeros or plus, and nothing else may stand there: so
//! one receipt has one encoding. The signature is Ed25519 (RFC 8032) over all bytes before the line `signature`. Checking
//! it needs the vault's public key and no vault.

use std::{collections::BTreeMap, fmt, fmt::Write as _};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use shopbell_domain::time::Timestamp;

use crate::{Pseudonym, key::KeyId};

const TITLE: &str = "shopbell erasure receipt v1";

/// A subject's public key of Ed25519 in DER, but for the 32 bytes of the key: always the same (RFC 8410, section 10.1).
const SPKI_ED25519: [u8; 12] = [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00];

/// What was erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The receipt's number, given by whoever runs erasures.
    pub number: u64,
    /// Who, as the vault names them.
    pub subject: Pseudonym,
    /// When.
    pub at: Timestamp,
    /// The tombstone that keeps them out.
    pub tombstone: u64,
    /// The keys that were destroyed, ascending.
    pub keys: Vec<KeyId>,
    /// The stores that were touched and how many of their records.
    pub stores: BTreeMap<StoreName, u64>,
}

/// The name of a place where data was: lower-case letters, digits, `-` and `_`; at most 64 of them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StoreName(String);

impl StoreName {
    /// Takes a name of that form.
    pub fn new(name: &str) -> Result<Self, ReceiptError> {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
        if name.is_empty() || name.len() > 64 || !name.chars().all(fits) {
            return Err(ReceiptError::StoreName);
        }
        Ok(Self(name.to_owned()))
    }
}

impl fmt::Display for StoreName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a receipt was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// A line is not as the form says.
    #[error("line {line} of the receipt is not `{expected}`; use the file as it was handed out")]
    Form {
        /// The line, from 1.
        line: usize,
        /// What should stand there.
        expected: &'static str,
    },
    /// The text is not what was signed, or somebody else signed it.
    #[error("the signature is not of this text by this key; compare with the receipt that was handed out")]
    Signature,
    /// The public key is no key.
    #[error("the public key must be 64 hexadecimal digits as the vault tells them")]
    PublicKey,
    /// The name of a store is of another form.
    #[error("a store's name must be 1 to 64 lower-case letters, digits, `-` or `_`")]
    StoreName,
}

/// Checks receipts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    pub(crate) fn of(signer: &SigningKey) -> Self {
        Self(signer.verifying_key())
    }

    /// From the 64 hexadecimal digits that [`fmt::Display`] writes.
    pub fn from_hex(text: &str) -> Result<Self, ReceiptError> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text.trim(), &mut bytes).map_err(|_| ReceiptError::PublicKey)?;
        VerifyingKey::from_bytes(&bytes).map(Self).map_err(|_| ReceiptError::PublicKey)
    }

    /// The form that other programs read (RFC 8410, in PEM): openssl, for one.
    pub fn to_pem(&self) -> String {
        let base64 = STANDARD.encode([&SPKI_ED25519, &self.0.as_bytes()[..]].concat());
        format!("-----BEGIN PUBLIC KEY-----\n{base64}\n-----END PUBLIC KEY-----\n")
    }

    /// The receipt in `text`, if this key signed exactly that.
    pub fn verify(&self, text: &str) -> Result<Receipt, ReceiptError> {
        let form = |expected| ReceiptError::Form { line: text.lines().count().max(1), expected };
        let (body, signature) = text.rsplit_once("signature: ").ok_or(form("signature: .."))?;
        let digits = signature.strip_suffix('\n').ok_or(form("signature: .."))?;
        let mut bytes = [0; 64];
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| form("signature: .."))?;
        // Strict: refuses keys and signatures that several texts or several keys would share.
        self.0
            .verify_strict(body.as_bytes(), &Signature::from_bytes(&bytes))
            .map_err(|_| ReceiptError::Signature)?;
        Receipt::parse(body)
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0.as_bytes()))
    }
}

impl Receipt {
    /// The signed text.
    pub(crate) fn sign(&self, signer: &SigningKey) -> String {
        let mut text = self.to_text();
        let signature = signer.sign(text.as_bytes());
        // Writing to a string does not fail.
        let _ = writeln!(text, "signature: {}", hex::encode(signature.to_bytes()));
        text
    }

    /// The one encoding, without the signature.
    fn to_text(&self) -> String {
        let mut keys = self.keys.clone();
        keys.sort_unstable();
        keys.dedup();
        let mut text = format!(
            "{TITLE}\nreceipt: {}\nsubject: {}\nat: {}\ntombstone: {}\n",
            self.number,
            hex::encode(self.subject.to_bytes()),
            self.at.as_millis(),
            self.tombstone
        );
        for key in keys {
            let _ = writeln!(text, "key: {key}");
        }
        for (store, count) in &self.stores {
            let _ = writeln!(text, "store: {store} {count}");
        }
        text
    }

    fn parse(text: &str) -> Result<Self, ReceiptError> {
        let mut lines = Lines { lines: text.lines().enumerate().peekable() };
        lines.field(TITLE, |rest| rest.is_empty().then_some(()))?;
        let receipt = Self {
            number: lines.field("receipt: ", number)?,
            subject: lines.field("subject: ", subject)?,
            at: Timestamp::from_millis(lines.field("at: ", number)?),
            tombstone: lines.field("tombstone: ", number)?,
            keys: lines.every("key: ", key)?,
            stores: lines.every("store: ", store)?.into_iter().collect(),
        };
        // One receipt, one encoding: order, zeros, line ends and whatever follows are held to it here.
        if receipt.to_text() == text { Ok(receipt) } else { Err(lines.form("in the form of its module")) }
    }
}

fn number<T: std::str::FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

fn subject(text: &str) -> Option<Pseudonym> {
    let mut bytes = [0; Pseudonym::BYTES];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    Some(Pseudonym::from_bytes(bytes))
}

fn key(text: &str) -> Option<KeyId> {
    let (slot, generation) = text.split_once('/')?;
    Some(KeyId { slot: number(slot)?, generation: number(generation)? })
}

fn store(text: &str) -> Option<(StoreName, u64)> {
    let (name, count) = text.split_once(' ')?;
    Some((StoreName::new(name).ok()?, number(count)?))
}

struct Lines<'a, L: Iterator<Item = (usize, &'a str)>> {
    lines: std::iter::Peekable<L>,
}

impl<'a, L: Iterator<Item = (usize, &'a str)>> Lines<'a, L> {
    fn form(&mut self, expected: &'static str) -> ReceiptError {
        ReceiptError::Form { line: self.lines.peek().map_or(1, |(index, _)| index + 1), expected }
    }

    fn field<T>(&mut self, name: &'static str, read: impl Fn(&str) -> Option<T>) -> Result<T, ReceiptError> {
        let value = self.lines.peek().and_then(|(_, line)| line.strip_prefix(name)).and_then(read);
        let value = value.ok_or_else(|| self.form(name))?;
        self.lines.next();
        Ok(value)
    }

    fn every<T>(
        &mut self,
        name: &'static str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Vec<T>, ReceiptError> {
        let mut values = Vec::new();
        while self.lines.peek().is_some_and(|(_, line)| line.starts_with(name)) {
            values.push(self.field(name, &read)?);
        }
        Ok(values)
    }
}

#[cfg(test)]
mod tests;
