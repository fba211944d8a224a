//! Certificates.

use std::{path::Path, sync::Arc};

use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
use shopbell_kit::secret::{SecretError, read_text};
use tokio_rustls::rustls::{ServerConfig, crypto::ring};

/// Why TLS cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A PEM file cannot be read.
    #[error("{what} {} cannot be read: {detail}. It must be a PEM file that this user may read", path.display())]
    File {
        /// Which file, by its key.
        what: &'static str,
        /// Where.
        path: std::path::PathBuf,
        /// What went wrong.
        detail: String,
    },
    /// The key cannot be read, or others can read it too.
    #[error("tls.key_file: {0}")]
    Key(#[from] SecretError),
    /// Certificate and key do not fit each other, or are of a kind that is not served.
    #[error("the certificate and the key cannot be used: {0}")]
    Unfit(#[from] tokio_rustls::rustls::Error),
}

/// Reads the certificate chain and its key.
pub fn server_config(cert_file: &Path, key_file: &Path) -> Result<Arc<ServerConfig>, TlsError> {
    let failed = |what, path: &Path, detail: String| TlsError::File { what, path: path.to_owned(), detail };
    let cert_failed =
        |error: rustls_pki_types::pem::Error| failed("tls.cert_file", cert_file, error.to_string());
    let chain = CertificateDer::pem_file_iter(cert_file)
        .map_err(cert_failed)?
        .collect::<Result<Vec<_>, _>>()
        .map_err(cert_failed)?;
    if chain.is_empty() {
        return Err(failed("tls.cert_file", cert_file, "it holds no certificate".to_owned()));
    }
    let key = PrivateKeyDer::from_pem_slice(read_text(key_file)?.reveal().as_bytes())
        .map_err(|error| failed("tls.key_file", key_file, error.to_string()))?;
    // The provider is given, so that nothing depends on a process-wide default.
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
