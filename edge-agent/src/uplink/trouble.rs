//! What is wrong with a line, in words: the causes behind an error, and the way out. The log and `doctor` say the same.

use std::error::Error;

/// What lies behind an error, once each; the error itself when nothing does.
pub fn causes(error: &dyn Error) -> String {
    let mut causes: Vec<String> = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        let text = cause.to_string();
        if causes.last() != Some(&text) {
            causes.push(text);
        }
        next = cause.source();
    }
    if causes.is_empty() { error.to_string() } else { causes.join(": ") }
}

/// For a connection that did not come about. The libraries below tell what is wrong only in words.
pub fn way_out(causes: &str) -> &'static str {
    let says = |words: &[&str]| words.iter().any(|word| causes.contains(word));
    if says(&["NotValidForName", "not valid for name"]) {
        "the certificate is for another name: write the name that it holds into server.url, or have one issued for \
         the name in server.url"
    } else if says(&["UnknownIssuer"]) {
        "nobody whom this agent trusts has signed the certificate: set server.ca_file to the authority that did"
    } else if says(&["Expired", "expired", "NotValidYet"]) {
        "the certificate is out of date, or this machine's clock is wrong: renew it, or set the clock"
    } else if says(&["certificate"]) {
        "the certificate is refused: check server.ca_file, and the name that the certificate is for"
    } else if says(&["InvalidContentType"]) {
        "no TLS is spoken there: check the port in server.url, and whether the server has a certificate; without one \
         its address begins with http://"
    } else if says(&["refused"]) {
        "nobody listens there: check server.url (host and port), and whether the server runs"
    } else if says(&["dns error", "lookup"]) {
        "the host's name is not known: check server.url, and this machine's name service"
    } else {
        "check server.url, the network, and whether the server runs"
    }
}

/// For a line that stands and breaks before the server says a word that makes sense.
pub fn no_shopbell_server(causes: &str) -> String {
    format!(
        "takes connections and does not speak as a Shopbell server ({causes}): check server.url; if the server has a \
         certificate, its address begins with https://"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{0}")]
    struct Layer(&'static str, #[source] Option<Box<Layer>>);

    #[test]
    fn causes_are_told_once_each() {
        let inner = Layer("refused", None);
        assert_eq!(causes(&inner), "refused");
        let twice = Layer("tcp", Some(Box::new(Layer("refused", Some(Box::new(inner))))));
        assert_eq!(causes(&Layer("transport error", Some(Box::new(twice)))), "tcp: refused");
    }

    #[test]
    fn each_cause_has_its_own_way_out() {
        let causes = [
            "invalid peer certificate: NotValidForName",
            "invalid peer certificate: UnknownIssuer",
            "invalid peer certificate: Expired",
            "invalid peer certificate: BadEncoding",
            "received corrupt message of type InvalidContentType",
            "tcp connect error: Connection refused (os error 111)",
            "dns error: failed to lookup address information",
            "deadline has elapsed",
        ];
        let mut ways: Vec<_> = causes.iter().map(|causes| way_out(causes)).collect();
        ways.dedup();
        assert_eq!(ways.len(), causes.len());
        assert!(ways.last().unwrap().starts_with("check server.url"));
    }
}
