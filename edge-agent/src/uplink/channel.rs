//! How the server is reached: address, certificates, and how a dead line is noticed.

use std::{fs, io, path::PathBuf, time::Duration};

use shopbell_kit::secret::{Secret, SecretError, read_token};
use tonic::{
    codegen::http::Uri,
    metadata::{Ascii, MetadataValue},
    transport::{Certificate, Channel, ClientTlsConfig, Endpoint},
};

use crate::config::ServerSection;

/// gRPC's least time for an attempt to connect.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);
/// A line is asked after so much silence, and counts as dead without an answer for as long: 40 s together.
const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// Why there is no way to reach the server.
#[derive(Debug, thiserror::Error)]
pub enum ChannelError {
    /// The token is not set.
    #[error(
        "server.token_file is not set: issue a token with `shopbell-server token`, put it into a file of mode 600"
    )]
    NoToken,
    /// The token cannot be read.
    #[error("server.token_file: {0}")]
    Token(#[from] SecretError),
    /// The token is no header value.
    #[error("server.token_file: the token holds characters that no token has")]
    TokenCharacters,
    /// The certificate authority cannot be read.
    #[error("server.ca_file: cannot read {}: {source}", path.display())]
    Ca {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// The address or the certificate makes no sense.
    #[error("server.url or server.ca_file: {0}")]
    Endpoint(#[from] tonic::transport::Error),
}

/// Everything that it takes to call the server. Making it opens no connection.
#[derive(Clone)]
pub struct Server {
    endpoint: Endpoint,
    url: String,
    authorization: MetadataValue<Ascii>,
}

impl Server {
    /// Reads the token and the certificate authority.
    pub fn from_config(config: &ServerSection) -> Result<Self, ChannelError> {
        if config.token_file.as_os_str().is_empty() {
            return Err(ChannelError::NoToken);
        }
        let authorization = bearer(&read_token(&config.token_file)?)?;
        let mut endpoint = Endpoint::from_shared(config.url.clone())?
            .connect_timeout(CONNECT_TIMEOUT)
            .tcp_nodelay(true)
            .http2_keep_alive_interval(KEEP_ALIVE)
            .keep_alive_timeout(KEEP_ALIVE)
            .keep_alive_while_idle(true);
        if config.url.starts_with("https://") {
            endpoint = endpoint.tls_config(tls(config)?)?;
        }
        Ok(Self { url: without_user(endpoint.uri()), endpoint, authorization })
    }

    /// Where it is, for people.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Opens a connection.
    pub async fn connect(&self) -> Result<Channel, tonic::transport::Error> {
        self.endpoint.connect().await
    }

    /// A request with the agent's token.
    pub fn request<T>(&self, message: T) -> tonic::Request<T> {
        let mut request = tonic::Request::new(message);
        request.metadata_mut().insert("authorization", self.authorization.clone());
        request
    }
}

/// Somebody may have written a password into the address; it belongs into no log.
fn without_user(uri: &Uri) -> String {
    let place = uri.authority().map_or("", |authority| authority.as_str());
    let place = place.rsplit_once('@').map_or(place, |(_, place)| place);
    format!("{}://{place}", uri.scheme_str().unwrap_or_default())
}

fn bearer(token: &Secret) -> Result<MetadataValue<Ascii>, ChannelError> {
    let mut value: MetadataValue<Ascii> =
        format!("Bearer {}", token.reveal()).parse().map_err(|_| ChannelError::TokenCharacters)?;
    value.set_sensitive(true);
    Ok(value)
}

fn tls(config: &ServerSection) -> Result<ClientTlsConfig, ChannelError> {
    if config.ca_file.as_os_str().is_empty() {
        return Ok(ClientTlsConfig::new().with_webpki_roots());
    }
    let pem = fs::read(&config.ca_file)
        .map_err(|source| ChannelError::Ca { path: config.ca_file.clone(), source })?;
    Ok(ClientTlsConfig::new().ca_certificate(Certificate::from_pem(pem)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_its_user() {
        let shown = |url: &'static str| without_user(&Uri::from_static(url));
        assert_eq!(shown("https://bell:s3cret@shop.example:8417/x"), "https://shop.example:8417");
        assert_eq!(shown("http://[::1]:8417"), "http://[::1]:8417");
    }
}
