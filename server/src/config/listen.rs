//! Where the server listens, and with which certificate.

use std::{net::SocketAddr, path::PathBuf};

use serde::{Deserialize, Deserializer, de::Error as _};
use shopbell_kit::config::Invalid;

/// The one port for gRPC, gRPC-Web, the page, health and metrics.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listen {
    /// Address and port; port 0 takes any free one.
    #[serde(deserialize_with = "address")]
    pub address: SocketAddr,
    /// Whether to serve without TLS on an address that others can reach.
    pub allow_plain: bool,
    /// Whether programs on this machine see `/metrics` without a token.
    pub loopback_metrics: bool,
}

/// Certificates. Both files or none.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// PEM file with the server's certificate chain.
    pub cert_file: Option<PathBuf>,
    /// PEM file with its private key.
    pub key_file: Option<PathBuf>,
}

fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SocketAddr, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(|_| {
        D::Error::custom(format!("{text:?} is no IP address with a port: write it as in 127.0.0.1:8417"))
    })
}

impl Tls {
    /// The two files, when TLS is configured.
    pub fn files(&self) -> Option<(&PathBuf, &PathBuf)> {
        self.cert_file.as_ref().zip(self.key_file.as_ref())
    }

    pub(super) fn validate(&self) -> Result<(), Invalid> {
        match (&self.cert_file, &self.key_file) {
            (Some(_), None) => Err(Invalid::new("tls.key_file", "set, since tls.cert_file is")),
            (None, Some(_)) => Err(Invalid::new("tls.cert_file", "set, since tls.key_file is")),
            _ => Ok(()),
        }
    }
}

impl Listen {
    pub(super) fn validate(&self, tls: &Tls) -> Result<(), Invalid> {
        let plain = tls.cert_file.is_none() && tls.key_file.is_none();
        if plain && !self.address.ip().is_loopback() && !self.allow_plain {
            return Err(Invalid::new(
                "listen.address",
                format!(
                    "a loopback address while no certificate is set, since {} can be reached by others and tokens and \
                     names would cross the network readable; or set tls.cert_file and tls.key_file; or, where \
                     something before the server does TLS, set listen.allow_plain = true",
                    self.address
                ),
            ));
        }
        Ok(())
    }
}
