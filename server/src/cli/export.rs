//! `export`.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use clap::Args;
use shopbell_proto::customer::v1::{
    ExportCustomerRequest, ExportFormat, privacy_service_client::PrivacyServiceClient,
};

use super::{
    CliError,
    remote::{Server, refused},
    say,
};

/// Everything that a running server keeps of a customer, for the customer.
///
/// Without --csv the JSON goes to standard output. It is personal: hand it to nobody but the customer.
#[derive(Debug, Args)]
pub(super) struct Export {
    /// The customer, by the retailer's number.
    #[arg(long, value_name = "ID")]
    customer: String,
    /// Writes CSV files, and customer.json, into this directory, which must be there. Only you can read them.
    #[arg(long, value_name = "DIR")]
    csv: Option<PathBuf>,
    #[command(flatten)]
    server: Server,
}

impl Export {
    pub(super) async fn run(self) -> Result<(), CliError> {
        let line = self.server.connect().await?;
        let request =
            ExportCustomerRequest { customer_id: self.customer, format: format(self.csv.as_deref()).into() };
        let mut client = PrivacyServiceClient::new(line.channel.clone());
        let mut parts = client.export_customer(line.request(request)).await.map_err(refused)?.into_inner();
        let mut files = Files::new(self.csv);
        while let Some(next) = parts.message().await.map_err(refused)? {
            files.write(&next.file, &next.part)?;
        }
        files.end()
    }
}

/// CSV and JSON into a directory, or JSON alone to standard output.
pub(super) const fn format(directory: Option<&Path>) -> ExportFormat {
    if directory.is_some() { ExportFormat::Unspecified } else { ExportFormat::Json }
}

/// Where an export goes.
pub(super) struct Files {
    directory: Option<PathBuf>,
    open: Option<(String, File)>,
}

impl Files {
    /// Into a directory that is there, or to standard output.
    pub(super) const fn new(directory: Option<PathBuf>) -> Self {
        Self { directory, open: None }
    }

    /// The next bytes of a file; those of one follow one another.
    pub(super) fn write(&mut self, name: &str, bytes: &[u8]) -> Result<(), CliError> {
        let Some(directory) = &self.directory else {
            return io::stdout().write_all(bytes).map_err(CliError::Output);
        };
        let unwritable = |source| unwritable(directory, source);
        if self.open.as_ref().is_none_or(|(open, _)| open != name) {
            self.open = Some((name.to_owned(), create(directory, name).map_err(unwritable)?));
        }
        match &mut self.open {
            Some((_, file)) => file.write_all(bytes).map_err(unwritable),
            None => Ok(()),
        }
    }

    /// Says where it is.
    pub(super) fn end(self) -> Result<(), CliError> {
        match &self.directory {
            Some(directory) => say(format_args!("the export is in {}", directory.display())),
            None => io::stdout().flush().map_err(CliError::Output),
        }
    }
}

/// A new file that only its owner reads. The name comes from the server: it names a file, and no path.
fn create(directory: &Path, name: &str) -> io::Result<File> {
    let plain =
        name.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c)) && !name.starts_with('.');
    if !plain {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "the server named a file that is none"));
    }
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(directory.join(name))
}

fn unwritable(directory: &Path, source: io::Error) -> CliError {
    CliError::File {
        what: "cannot write into",
        path: directory.display().to_string(),
        source,
        way_out: "name an empty directory of your own with --csv",
    }
}
