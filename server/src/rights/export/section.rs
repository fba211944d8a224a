//! The sections of `customer.json`.

use serde::Serialize;
use serde_json::{Value, json};
use shopbell_domain::{event::Action, ports::Look, visit::Visit};

use super::{ExportError, gather::Data, showings::suggestion};
use crate::{config::Retention, rights::looks};

/// One kind of data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    Identifiers,
    Record,
    Consents,
    Phones,
    Profile,
    Events,
    Evidence,
    EvidenceDecisions,
    Visits,
    Presences,
    Looks,
    Showings,
    FailedMessages,
}

/// What article 15 asks to be told of it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct About {
    /// Where it comes from.
    source: &'static str,
    /// What it is used for.
    purposes: &'static [&'static str],
    /// Classes of those who see it.
    recipients: &'static [&'static str],
    /// How long it is kept.
    retention: String,
}

const RECOGNISE: &str = "to recognise you in the shop, as far as you allow";
const ADVISE: &str = "to advise you in the shop, as far as you allow";
const TOGETHER: &str = "to know which of your e-mail addresses, browsers and cards are yours";
const PROVE: &str = "to prove what you decided, and who looked";
const LEARN: &str = "to learn which suggestions help, from what became of them";
const ASSOCIATES: &str = "associates of the shop that you visit, as far as you allow";
const OPERATORS: &str = "those who run this system for the retailer";

impl Section {
    pub(super) const ALL: [Self; 13] = [
        Self::Identifiers,
        Self::Record,
        Self::Consents,
        Self::Phones,
        Self::Profile,
        Self::Events,
        Self::Evidence,
        Self::EvidenceDecisions,
        Self::Visits,
        Self::Presences,
        Self::Looks,
        Self::Showings,
        Self::FailedMessages,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Identifiers => "identifiers",
            Self::Record => "customerRecord",
            Self::Consents => "consentHistory",
            Self::Phones => "phones",
            Self::Profile => "profile",
            Self::Events => "events",
            Self::Evidence => "evidence",
            Self::EvidenceDecisions => "evidenceDecisions",
            Self::Visits => "visits",
            Self::Presences => "presences",
            Self::Looks => "looks",
            Self::Showings => "suggestions",
            Self::FailedMessages => "unusableMessages",
        }
    }

    fn about(self, times: Retention) -> About {
        let kept =
            |source, purposes, recipients, retention| About { source, purposes, recipients, retention };
        let with_profile = || {
            format!("{} after your last activity, or until you have it erased", at_most(times.profiles_days))
        };
        let of = |source, purposes, recipients| kept(source, purposes, recipients, with_profile());
        let told = "what you told the retailer, or did in the web shop, the app and at tills";
        match self {
            Self::Identifiers => of(told, &[TOGETHER], &[OPERATORS]),
            Self::Record => of("the retailer's records", &[RECOGNISE], &[ASSOCIATES, OPERATORS]),
            Self::Consents => of("your decisions", &[PROVE], &[OPERATORS]),
            Self::Phones => kept(
                "the retailer's app",
                &[RECOGNISE],
                &[OPERATORS],
                "until you revoke the phone, or have it erased".to_owned(),
            ),
            Self::Profile => of("made of the events below", &[ADVISE], &[ASSOCIATES]),
            Self::Events => of("each event names its sender, origin and time", &[ADVISE], &[OPERATORS]),
            Self::Evidence => of("the events that name two of your identifiers", &[TOGETHER], &[OPERATORS]),
            Self::EvidenceDecisions => {
                of("decisions of the retailer's staff, with their reasons", &[TOGETHER], &[OPERATORS])
            }
            Self::Visits => {
                let retention = at_most(times.visits_days);
                kept("your phone, heard in the shop", &[RECOGNISE, ADVISE], &[ASSOCIATES], retention)
            }
            Self::Presences => {
                let retention = at_most(times.presences_days);
                kept("your phone, heard in the shop", &[RECOGNISE], &[OPERATORS], retention)
            }
            Self::Looks => {
                kept("the tablets of the shops", &[PROVE], &["you", OPERATORS], at_most(times.looks_days))
            }
            Self::Showings => {
                let source =
                    "made of what you share and what the shop knows, and said by associates of the shops";
                kept(source, &[ADVISE, LEARN], &[ASSOCIATES, OPERATORS], at_most(times.showings_days))
            }
            Self::FailedMessages => kept(
                "messages that could not be read",
                &["to mend them"],
                &[OPERATORS],
                format!("until they are mended, {} at most", at_most(times.failed_events_days)),
            ),
        }
    }

    /// The section, with what is to be told of it.
    pub(super) async fn gathered(self, data: &Data) -> Result<Value, ExportError> {
        let (about, found) = (serde_json::to_value(self.about(data.times()))?, self.found(data).await?);
        Ok(json!({ "about": about, "data": found }))
    }

    async fn found(self, data: &Data) -> Result<Value, ExportError> {
        Ok(match self {
            Self::Identifiers => data
                .who
                .iter()
                .map(|one| json!({ "kind": one.kind().name(), "value": one.value().reveal() }))
                .collect(),
            Self::Record => serde_json::to_value(data.record().await?)?,
            Self::Consents => serde_json::to_value(data.consents().await?)?,
            Self::Phones => data.phones().await?.iter().map(ToString::to_string).collect(),
            Self::Profile => serde_json::to_value(data.profile().await?)?,
            Self::Events => events(data).await?,
            Self::Evidence => serde_json::to_value(data.evidence().await?)?,
            Self::EvidenceDecisions => serde_json::to_value(data.decisions().await?)?,
            Self::Visits => data.visits().await?.iter().map(visit).collect(),
            Self::Presences => serde_json::to_value(data.presences().await?)?,
            Self::Looks => data.looks().await?.iter().map(look).collect(),
            Self::Showings => data.log().await?.iter().map(suggestion).collect(),
            Self::FailedMessages => failed(data).await?,
        })
    }
}

async fn events(data: &Data) -> Result<Value, ExportError> {
    let mut all = Vec::new();
    for mut event in data.events().await? {
        if let Action::Noted { author, .. } = &mut event.action {
            *author = super::nobody_of_the_staff();
        }
        all.push(serde_json::to_value(event)?);
    }
    Ok(all.into())
}

async fn failed(data: &Data) -> Result<Value, ExportError> {
    let mut all = Vec::new();
    for failed in data.failed().await? {
        let body = String::from_utf8_lossy(failed.message.body.reveal()).into_owned();
        all.push(json!({
            "source": failed.message.id.source.as_str(),
            "receivedAt": failed.message.received,
            "reason": failed.failure.reason,
            "message": body,
        }));
    }
    Ok(all.into())
}

fn visit(visit: &Visit) -> Value {
    let Visit {
        id,
        store,
        began,
        last_heard,
        ended,
        stays,
        outcome,
        withdrawn,
        greeted,
        feedback,
        trace,
        orders,
        ..
    } = visit;
    json!({
        "id": id.to_string(),
        "shop": store.as_str(),
        "began": began,
        "lastHeard": last_heard,
        "ended": ended,
        "stays": stays,
        "heard": trace,
        "withdrawn": withdrawn,
        "outcome": outcome,
        "paidAtTheTill": orders,
        "confirmedByAssociates": greeted.len(),
        "feedbackOfAssociates": feedback,
    })
}

fn look(look: &Look) -> Value {
    json!({
        "at": look.at,
        "shop": look.store.as_str(),
        "visit": look.visit.to_string(),
        "role": looks::role(look.what),
        "what": looks::what(look.what),
        "purpose": looks::purpose(look.what),
    })
}

/// A time as people say it.
fn at_most(days: u32) -> String {
    // A month has 30 days and a half, so that twelve are a year.
    let months = (days * 2 + 30) / 61;
    if days == 1 {
        "1 day".to_owned()
    } else if months < 2 {
        format!("{days} days")
    } else {
        format!("{days} days (about {months} months)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_of_times_is_what_is_set() {
        let times = Retention {
            presences_days: 1,
            failed_events_days: 14,
            visits_days: 396,
            looks_days: 60,
            showings_days: 30,
            profiles_days: 1_096,
            anonymous_days: 9,
        };
        let told = |section: Section| section.about(times).retention;
        assert_eq!(told(Section::Presences), "1 day");
        assert_eq!(told(Section::FailedMessages), "until they are mended, 14 days at most");
        assert_eq!(told(Section::Visits), "396 days (about 13 months)");
        assert_eq!(told(Section::Showings), "30 days");
        assert_eq!(told(Section::Looks), "60 days (about 2 months)");
        let profile = "1096 days (about 36 months) after your last activity, or until you have it erased";
        assert_eq!(told(Section::Profile), profile);
        for section in Section::ALL {
            assert!(!told(section).is_empty(), "{section:?}");
        }
    }
}
