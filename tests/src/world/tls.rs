//! A certificate authority of the world's own.

use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

/// File of the authority's certificate.
pub(super) const AUTHORITY: &str = "authority.pem";

/// Makes an authority and a certificate for a host of this name; returns the files of authority, certificate and key.
pub(super) fn write_certificates(dir: &Path, name: &str) -> [PathBuf; 3] {
    let authority_key = KeyPair::generate().expect("a key");
    let mut params = CertificateParams::new(Vec::new()).expect("parameters");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    // OpenSSL takes a certificate for self-signed when its subject is named as its authority is.
    params.distinguished_name.push(DnType::CommonName, "the authority of a test");
    let authority = params.self_signed(&authority_key).expect("a certificate");
    let key = KeyPair::generate().expect("a key");
    let issuer = Issuer::new(params, authority_key);
    let mut names = CertificateParams::new(vec![name.to_owned()]).expect("parameters");
    names.distinguished_name.push(DnType::CommonName, name);
    let certificate = names.signed_by(&key, &issuer).expect("a certificate");
    let files = [
        (AUTHORITY, authority.pem()),
        ("server.pem", certificate.pem()),
        ("server.key", key.serialize_pem()),
    ];
    files.map(|(name, pem)| {
        use std::{io::Write as _, os::unix::fs::OpenOptionsExt as _};
        let path = dir.join(name);
        let mut options = std::fs::File::options();
        let mut file = options.create_new(true).write(true).mode(0o600).open(&path).expect("the file opens");
        file.write_all(pem.as_bytes()).expect("the file is written");
        path
    })
}
