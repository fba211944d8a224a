//! A running server, as commands that ask it something reach it.

use std::path::PathBuf;

use clap::Args;
use shopbell_kit::secret::{read_text, read_token};
use tonic::{
    Request, Status,
    metadata::{Ascii, MetadataValue},
    transport::{Certificate, Channel, ClientTlsConfig, Endpoint},
};

use super::CliError;

const DEFAULT_URL: &str = "http://127.0.0.1:8417";

/// The running server.
#[derive(Debug, Args)]
pub(super) struct Server {
    /// Its address.
    #[arg(
        long = "server",
        value_name = "URL",
        default_value = DEFAULT_URL,
        help_heading = "Server"
    )]
    pub(super) url: String,
    /// A file with an operator's token.
    #[arg(long, value_name = "FILE", help_heading = "Server")]
    token_file: PathBuf,
    /// The certificate of the authority that signed the server's, when it is the retailer's own.
    #[arg(long, value_name = "FILE", help_heading = "Server")]
    ca_file: Option<PathBuf>,
}

/// The running server, where a command may do without one.
#[derive(Debug, Args)]
pub(super) struct PerhapsServer {
    /// Its address; http://127.0.0.1:8417 when it is not told.
    #[arg(long = "server", value_name = "URL", requires = "token_file", help_heading = "Server")]
    url: Option<String>,
    /// A file with an operator's token.
    #[arg(long, value_name = "FILE", help_heading = "Server")]
    token_file: Option<PathBuf>,
    /// The certificate of the authority that signed the server's, when it is the retailer's own.
    #[arg(long, value_name = "FILE", requires = "token_file", help_heading = "Server")]
    ca_file: Option<PathBuf>,
}

impl PerhapsServer {
    /// The server, when a token for it was named.
    pub(super) fn named(self) -> Option<Server> {
        let Self { url, token_file, ca_file } = self;
        let url = url.unwrap_or_else(|| DEFAULT_URL.to_owned());
        token_file.map(|token_file| Server { url, token_file, ca_file })
    }
}

/// A line to it.
pub(super) struct Line {
    pub(super) channel: Channel,
    bearer: MetadataValue<Ascii>,
}

impl Server {
    pub(super) async fn connect(&self) -> Result<Line, CliError> {
        let unreachable = |error: tonic::transport::Error| {
            let cause =
                std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
            CliError::Unreachable { server: self.url.clone(), cause }
        };
        let token = read_token(&self.token_file).map_err(CliError::Token)?;
        let bearer = format!("Bearer {}", token.reveal()).parse().map_err(|_| CliError::UnusableToken)?;
        let mut endpoint = Endpoint::from_shared(self.url.clone()).map_err(unreachable)?;
        if let Some(path) = &self.ca_file {
            let pem = read_text(path).map_err(CliError::Token)?;
            let authority = Certificate::from_pem(pem.reveal());
            let tls = ClientTlsConfig::new().ca_certificate(authority);
            endpoint = endpoint.tls_config(tls).map_err(unreachable)?;
        }
        let channel = endpoint.connect().await.map_err(unreachable)?;
        Ok(Line { channel, bearer })
    }
}

impl Line {
    /// The message, from the operator.
    pub(super) fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.metadata_mut().insert("authorization", self.bearer.clone());
        request
    }
}

/// The server's own words.
#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
pub(super) fn refused(status: Status) -> CliError {
    CliError::Refused(status.message().to_owned())
}
