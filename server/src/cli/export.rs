//! `export`.

use std::{
    fs::{self, File, OpenOptions},
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

/// Everything that a running server keeps of a customer, for the customer: also who looked, and what was proposed and said.
///
/// Without --csv the JSON goes to standard output. It is personal: hand it to nobody but the customer.
#[derive(Debug, Args)]
pub(super) struct Export {
    /// The customer, by number, user id or e-mail address, or by any identifier as its kind and value, such as
    /// "phone_number +33639980763".
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

/// Where an export goes: nowhere, before all of it is there. What ends before [`Files::end`] leaves nothing.
pub(super) struct Files {
    directory: Option<PathBuf>,
    printed: Vec<u8>,
    parts: Vec<(String, File)>,
}

impl Files {
    /// Into a directory that is there, or to standard output.
    pub(super) const fn new(directory: Option<PathBuf>) -> Self {
        Self { directory, printed: Vec::new(), parts: Vec::new() }
    }

    /// The next bytes of a file; those of one follow one another.
    pub(super) fn write(&mut self, name: &str, bytes: &[u8]) -> Result<(), CliError> {
        let Some(directory) = &self.directory else {
            self.printed.extend_from_slice(bytes);
            return Ok(());
        };
        let unwritable = |source| unwritable(directory, source);
        if self.parts.last().is_none_or(|(last, _)| last != name) {
            let file = create(directory, name).map_err(unwritable)?;
            self.parts.push((name.to_owned(), file));
        }
        match self.parts.last_mut() {
            Some((_, file)) => file.write_all(bytes).map_err(unwritable),
            None => Ok(()),
        }
    }

    /// All of it is there: gives the files their names, or prints; says where it is.
    pub(super) fn end(mut self) -> Result<(), CliError> {
        let Some(directory) = self.directory.clone() else {
            let mut out = io::stdout();
            return out.write_all(&self.printed).and_then(|()| out.flush()).map_err(CliError::Output);
        };
        for (name, file) in std::mem::take(&mut self.parts) {
            let named =
                file.sync_all().and_then(|()| fs::rename(part(&directory, &name), directory.join(&name)));
            named.map_err(|source| unwritable(&directory, source))?;
        }
        say(format_args!("the export is in {}", directory.display()))
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let Some(directory) = &self.directory else { return };
        for (name, _) in &self.parts {
            // Whoever reads an export must not take a part for the whole. Another attempt would say why it cannot go.
            let _ = fs::remove_file(part(directory, name));
        }
    }
}

/// Its name until all of the export is there.
fn part(directory: &Path, name: &str) -> PathBuf {
    directory.join(format!(".{name}.part"))
}

/// A new file that only its owner reads. The name comes from the server: it names a file, and no path.
fn create(directory: &Path, name: &str) -> io::Result<File> {
    let plain =
        name.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c)) && !name.starts_with('.');
    if !plain {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "the server named a file that is none"));
    }
    if directory.join(name).exists() {
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, format!("{name} is there already")));
    }
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(part(directory, name))
}

fn unwritable(directory: &Path, source: io::Error) -> CliError {
    CliError::File {
        what: "cannot write into",
        path: directory.display().to_string(),
        source,
        way_out: "name an empty directory of your own with --csv",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(directory: &Path) -> Vec<String> {
        let entries = fs::read_dir(directory).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn an_export_that_breaks_off_leaves_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let mut files = Files::new(Some(directory.path().to_owned()));
        files.write("customer.json", b"{").unwrap();
        files.write("events.csv", b"at").unwrap();
        drop(files);
        assert_eq!(names(directory.path()), [""; 0]);

        let mut files = Files::new(Some(directory.path().to_owned()));
        files.write("customer.json", b"{").unwrap();
        files.write("customer.json", b"}").unwrap();
        files.end().unwrap();
        assert_eq!(names(directory.path()), ["customer.json"]);
        assert_eq!(fs::read(directory.path().join("customer.json")).unwrap(), b"{}");
        let mut again = Files::new(Some(directory.path().to_owned()));
        assert!(again.write("customer.json", b"{").is_err(), "the one before stays");
        assert!(again.write("../customer.json", b"{").is_err(), "a path is no name");
    }
}
