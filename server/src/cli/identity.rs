//! `identity`.

use clap::{Args, Subcommand};
use shopbell_domain::{id::CustomerId, time::Timestamp};
use shopbell_proto::admin::v1::{
    EventName, EvidenceName, EvidenceStanding, Identifier, IdentifierKind, IdentifierPair,
    RestoreEvidenceRequest, RetractEvidenceRequest, ShowIdentityRequest, ShowIdentityResponse, ShownDecision,
    ShownEvidence, evidence_name, online_service_client::OnlineServiceClient,
};

use super::{
    CliError,
    remote::{Server, refused},
    say,
};

/// Who is who, at a running server: why identifiers are taken for one person's, and how to undo it.
///
/// A person is made of evidence: events that named two identifiers together. What is retracted counts no more, and profiles are
/// at once as if it had never come; restored, it counts again. docs/identity.md tells the rules.
#[derive(Debug, Args)]
pub(super) struct Identity {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Shows a person: identifiers, evidence with date, source and whether it counts, decisions. Personal: each look at a
    /// customer is recorded, for them to read.
    Show {
        #[command(flatten)]
        whom: Whom,
        /// Who looks: letters, digits and `. _ : -`.
        #[arg(long, value_name = "ID")]
        by: String,
        #[command(flatten)]
        server: Server,
    },
    /// Shows only what was decided about a person's evidence, by whom, when and why.
    History {
        #[command(flatten)]
        whom: Whom,
        /// Who looks: letters, digits and `. _ : -`.
        #[arg(long, value_name = "ID")]
        by: String,
        #[command(flatten)]
        server: Server,
    },
    /// Takes evidence back: two persons that were made one are two again.
    Retract {
        #[command(flatten)]
        decision: Decision,
        #[command(flatten)]
        server: Server,
    },
    /// Lets evidence count again that was taken back.
    Restore {
        #[command(flatten)]
        decision: Decision,
        #[command(flatten)]
        server: Server,
    },
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Whom {
    /// A customer.
    #[arg(long, value_name = "ID")]
    customer: Option<CustomerId>,
    /// Somebody by another identifier, such as email:camille@example.com. Kinds: customer, loyalty, email, phone_number, phone,
    /// anonymous.
    #[arg(long, value_name = "KIND:VALUE")]
    identifier: Option<String>,
}

#[derive(Debug, Args)]
struct Decision {
    #[command(flatten)]
    what: Evidence,
    /// Why; kept for ever.
    #[arg(long, value_name = "TEXT")]
    why: String,
    /// Who decides it; kept for ever.
    #[arg(long, value_name = "NAME")]
    by: String,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Evidence {
    /// What one event says, by its source and message id, as `show` prints them.
    #[arg(long, num_args = 2, value_names = ["SOURCE", "MESSAGE"])]
    event: Option<Vec<String>>,
    /// All that says that these two are one person's, also what will say so later.
    #[arg(long, num_args = 2, value_names = ["KIND:VALUE", "KIND:VALUE"])]
    pair: Option<Vec<String>>,
}

impl Identity {
    pub(super) async fn run(self) -> Result<(), CliError> {
        match self.what {
            What::Show { whom, by, server } => {
                let shown = shown(whom, by, &server).await?;
                person(&shown)?;
                if shown.evidence.is_empty() {
                    say("evidence: none")?;
                }
                shown.evidence.iter().try_for_each(|piece| say(evidence_line(piece)))?;
                shown.decisions.iter().try_for_each(decision)
            }
            What::History { whom, by, server } => {
                let shown = shown(whom, by, &server).await?;
                if shown.decisions.is_empty() {
                    return say("nothing was decided about this person's evidence");
                }
                shown.decisions.iter().try_for_each(decision)
            }
            What::Retract { decision: Decision { what, why, by }, server } => {
                let evidence = Some(what.name()?);
                let request = RetractEvidenceRequest { evidence, decided_by: by, why };
                let line = server.connect().await?;
                let mut client = OnlineServiceClient::new(line.channel.clone());
                let answer = client.retract_evidence(line.request(request)).await.map_err(refused)?;
                let changed = answer.into_inner().changed;
                say(if changed { "it counts no more" } else { "nothing changed: it was taken back before" })
            }
            What::Restore { decision: Decision { what, why, by }, server } => {
                let evidence = Some(what.name()?);
                let request = RestoreEvidenceRequest { evidence, decided_by: by, why };
                let line = server.connect().await?;
                let mut client = OnlineServiceClient::new(line.channel.clone());
                let answer = client.restore_evidence(line.request(request)).await.map_err(refused)?;
                let changed = answer.into_inner().changed;
                say(if changed { "it counts again" } else { "nothing changed: nothing takes it back" })
            }
        }
    }
}

async fn shown(whom: Whom, asked_by: String, server: &Server) -> Result<ShowIdentityResponse, CliError> {
    let identifier = match (whom.customer, whom.identifier) {
        (Some(customer), _) => {
            Identifier { kind: IdentifierKind::Customer.into(), value: customer.as_str().to_owned() }
        }
        (None, written) => identifier(&written.unwrap_or_default())?,
    };
    let line = server.connect().await?;
    let mut client = OnlineServiceClient::new(line.channel.clone());
    let request = ShowIdentityRequest { identifier: Some(identifier), asked_by };
    let shown = client.show_identity(line.request(request)).await.map_err(refused)?;
    Ok(shown.into_inner())
}

impl Evidence {
    fn name(self) -> Result<EvidenceName, CliError> {
        let mut event = self.event.unwrap_or_default().into_iter();
        let what = if let (Some(source_id), Some(message_id)) = (event.next(), event.next()) {
            evidence_name::What::Event(EventName { source_id, message_id })
        } else {
            let mut pair = self.pair.unwrap_or_default().into_iter();
            let mut next = || identifier(&pair.next().unwrap_or_default());
            evidence_name::What::Pair(IdentifierPair { one: Some(next()?), other: Some(next()?) })
        };
        Ok(EvidenceName { what: Some(what) })
    }
}

const KINDS: [(&str, IdentifierKind); 6] = [
    ("customer", IdentifierKind::Customer),
    ("loyalty", IdentifierKind::Loyalty),
    ("email", IdentifierKind::Email),
    ("phone_number", IdentifierKind::PhoneNumber),
    ("phone", IdentifierKind::Phone),
    ("anonymous", IdentifierKind::Anonymous),
];

/// `kind:value`, as it is typed.
fn identifier(written: &str) -> Result<Identifier, CliError> {
    let no = || CliError::NoIdentifier(written.to_owned());
    let (name, value) = written.split_once(':').ok_or_else(no)?;
    let known = KINDS.iter().find(|(known, _)| *known == name.trim());
    let kind = known.filter(|_| !value.trim().is_empty()).map(|(_, kind)| *kind).ok_or_else(no)?;
    Ok(Identifier { kind: kind.into(), value: value.to_owned() })
}

fn person(shown: &ShowIdentityResponse) -> Result<(), CliError> {
    match shown.customer_id.as_str() {
        "" => say("customer: none")?,
        customer => say(format_args!("customer: {customer}"))?,
    }
    if shown.shared {
        say("this identifier is several people's: it joins nobody")?;
    }
    if shown.too_large {
        say(
            "more hangs together here than is resolved (identity.component): nobody of it is joined with anybody",
        )?;
    }
    shown.identifiers.iter().try_for_each(|one| say(format_args!("identifier: {}", written(Some(one)))))
}

fn written(identifier: Option<&Identifier>) -> String {
    let Some(identifier) = identifier else { return "?".to_owned() };
    let kind = KINDS.iter().find(|(_, kind)| *kind == identifier.kind());
    format!("{}:{}", kind.map_or("?", |(name, _)| name), identifier.value)
}

fn evidence_line(piece: &ShownEvidence) -> String {
    let EventName { source_id, message_id } = piece.event.clone().unwrap_or_default();
    let (one, other) = (written(piece.one.as_ref()), written(piece.other.as_ref()));
    format!("evidence: {}\t{source_id}\t{message_id}\t{one}\t{other}\t{}", date(piece.at_ms), why(piece))
}

/// Whether it counts, and why not.
fn why(piece: &ShownEvidence) -> String {
    let text = match piece.standing() {
        EvidenceStanding::Joins => "counts",
        EvidenceStanding::Confirms => "counts (said before)",
        EvidenceStanding::Retracted => "does not count: retracted",
        EvidenceStanding::Blocked => "does not count: one of them is a placeholder",
        EvidenceStanding::Crowded => "does not count: one of them was seen with too many others before",
        EvidenceStanding::Shared => "does not count: one of them is several people's",
        EvidenceStanding::Unspecified => "does not count: too much hangs together",
        EvidenceStanding::Limit => {
            let kind = KINDS.iter().find(|(_, kind)| *kind == piece.limit()).map_or("?", |(name, _)| name);
            return format!("does not count: the person would have too many of kind {kind}");
        }
    };
    text.to_owned()
}

fn decision(decision: &ShownDecision) -> Result<(), CliError> {
    let what = match decision.evidence.as_ref().and_then(|evidence| evidence.what.as_ref()) {
        Some(evidence_name::What::Event(EventName { source_id, message_id })) => {
            format!("event {source_id} {message_id}")
        }
        Some(evidence_name::What::Pair(IdentifierPair { one, other })) => {
            format!("pair {} {}", written(one.as_ref()), written(other.as_ref()))
        }
        None => "?".to_owned(),
    };
    let ShownDecision { decided_by, decided_ms, why, restored_by, restored_ms, restored_why, .. } = decision;
    say(format_args!("retracted: {}\t{what}\tby {decided_by}: {why}", date(*decided_ms)))?;
    if *restored_ms > 0 {
        say(format_args!("restored: {}\t{what}\tby {restored_by}: {restored_why}", date(*restored_ms)))?;
    }
    Ok(())
}

fn date(millis: i64) -> String {
    let nanos = i128::from(Timestamp::from_millis(millis).as_millis()) * 1_000_000;
    time::OffsetDateTime::from_unix_timestamp_nanos(nanos)
        .ok()
        .and_then(|at| at.format(&time::format_description::well_known::Rfc3339).ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_written_with_their_kind() {
        let read = |text| identifier(text).map(|one| written(Some(&one))).ok();
        assert_eq!(read("email:a@shop.example").as_deref(), Some("email:a@shop.example"));
        assert_eq!(read("anonymous:a:b").as_deref(), Some("anonymous:a:b"));
        for wrong in ["a@shop.example", "mail:a@shop.example", "email:", "email: ", ""] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        let Err(error) = identifier("mail:x") else { panic!("taken") };
        assert!(error.to_string().contains("phone_number"), "{error}");
    }

    #[test]
    fn evidence_says_why_it_does_not_count() {
        let one =
            |kind: IdentifierKind, value: &str| Some(Identifier { kind: kind.into(), value: value.into() });
        let piece = ShownEvidence {
            event: Some(EventName { source_id: "web".into(), message_id: "m1".into() }),
            at_ms: 1_795_183_200_000,
            one: one(IdentifierKind::Customer, "c1"),
            other: one(IdentifierKind::Email, "a@shop.example"),
            standing: EvidenceStanding::Limit.into(),
            limit: IdentifierKind::Email.into(),
        };
        assert_eq!(
            evidence_line(&piece),
            "evidence: 2026-11-20T14:00:00Z\tweb\tm1\tcustomer:c1\temail:a@shop.example\tdoes not count: the person would \
             have too many of kind email"
        );
    }
}
