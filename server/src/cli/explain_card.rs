//! `explain`.

use clap::Args;
use shopbell_domain::{
    id::{CustomerId, StoreId},
    time::Timestamp,
};
use shopbell_kit::clock::parse_rfc3339;
use shopbell_proto::admin::v1::{
    ExplainCardRequest, ExplainCardResponse, ExplainedCandidate, ExplainedElement, ExplainedPart,
    starter_service_client::StarterServiceClient,
};

use super::{
    CliError,
    remote::{Server, refused},
    say,
};
use crate::rights::rfc3339;

/// Most parts of a score that are told.
const PARTS: usize = 4;

/// Why something was suggested to an associate, or not, at a running server: what was known and allowed, every candidate, and
/// why each was ranked, shown or kept back.
///
/// Without --at: the card as it would be now, for somebody who had met the guest, if the guest is here; else the last one that
/// was shown. Personal: each look is recorded, for the customer to read. docs/learning.md tells how candidates are ranked.
#[derive(Debug, Args)]
pub(super) struct ExplainCard {
    /// Of whom.
    #[arg(long, value_name = "ID")]
    customer: CustomerId,
    /// In which shop.
    #[arg(long, value_name = "ID")]
    store: StoreId,
    /// The last card that was shown by then, as the log holds it, such as 2026-11-20T14:30:00Z.
    #[arg(long, value_name = "TIME", value_parser = instant)]
    at: Option<Timestamp>,
    /// Who looks: letters, digits and `. _ : -`.
    #[arg(long, value_name = "ID")]
    by: String,
    /// Language of the texts, en or fr.
    #[arg(long, value_name = "TAG", default_value = "en")]
    language: String,
    #[command(flatten)]
    server: Server,
}

fn instant(text: &str) -> Result<Timestamp, String> {
    parse_rfc3339("--at", text).map_err(|invalid| invalid.to_string())
}

impl ExplainCard {
    pub(super) async fn run(self) -> Result<(), CliError> {
        let Self { customer, store, at, by, language, server } = self;
        let request = ExplainCardRequest {
            customer_id: customer.as_str().to_owned(),
            store_id: store.as_str().to_owned(),
            at_ms: at.map(Timestamp::as_millis),
            asked_by: by,
            language,
        };
        let line = server.connect().await?;
        let mut client = StarterServiceClient::new(line.channel.clone());
        let card = client.explain_card(line.request(request)).await.map_err(refused)?.into_inner();
        head(&card)?;
        known(&card)?;
        for outcome in &card.outcomes {
            let grounds = parts(&outcome.grounds);
            say(format_args!(
                "may become {}: {:.0} %{grounds}",
                outcome.outcome,
                outcome.probability * 100.0
            ))?;
        }
        candidates(&card)?;
        for remark in &card.remarks {
            let of = if remark.starter_id.is_empty() { "the visit" } else { &remark.starter_id };
            let said = if remark.said.is_empty() { "took back what was said" } else { &remark.said };
            let at = when(remark.at_ms);
            say(format_args!("{at}  {} of {of}: {said}", remark.associate_id))?;
        }
        Ok(())
    }
}

fn when(millis: i64) -> String {
    rfc3339(Timestamp::from_millis(millis))
}

fn head(card: &ExplainCardResponse) -> Result<(), CliError> {
    let how = if card.shown { "shown" } else { "composed now, shown to nobody" };
    say(format_args!("card of {} ({how}), visit {}", when(card.at_ms), card.visit_id))?;
    let moment = if card.moment.is_empty() { "not judged" } else { &card.moment };
    say(format_args!("group: {}; moment: {moment}", card.arm))?;
    say(format_args!("charter {}, model {}, seed {}", card.charter, card.model, card.seed))
}

fn known(card: &ExplainCardResponse) -> Result<(), CliError> {
    say(format_args!("\nknown ({}):", card.elements.len()))?;
    card.elements.iter().try_for_each(|element| say(element_line(element)))?;
    if !card.unknown.is_empty() {
        say(format_args!("\nnot known ({}):", card.unknown.len()))?;
        card.unknown.iter().try_for_each(|unknown| say(format_args!("  {unknown}")))?;
    }
    say("")
}

fn element_line(element: &ExplainedElement) -> String {
    let since = element.at_ms.map(|at| format!("  {}", when(at))).unwrap_or_default();
    let source = if element.source.is_empty() { "" } else { "  by " };
    let field = if element.field.is_empty() { String::new() } else { format!("  ({})", element.field) };
    format!("  {}: {}{since}{source}{}{field}", element.what, element.value, element.source)
}

fn candidates(card: &ExplainCardResponse) -> Result<(), CliError> {
    if card.candidates.is_empty() {
        return say("candidates: none");
    }
    say(format_args!("candidates ({}):", card.candidates.len()))?;
    card.candidates.iter().try_for_each(candidate)
}

fn candidate(one: &ExplainedCandidate) -> Result<(), CliError> {
    let fate = match one.slot {
        0 => format!("not shown: {}", one.suppressed_by),
        slot => format!("shown in slot {slot}, of {:.0} % of draws", one.chance * 100.0),
    };
    let score = one.score.map(|score| format!(", worth {score:.3}")).unwrap_or_default();
    say(format_args!("  {}: {fate}{score}{}", one.id, parts(&one.parts)))?;
    for (what, text) in [("say", &one.say), ("reason", &one.reason)] {
        if !text.is_empty() {
            say(format_args!("      {what}: {text}"))?;
        }
    }
    Ok(())
}

/// The largest parts of a number, as an addition.
fn parts(all: &[ExplainedPart]) -> String {
    let told = |part: &ExplainedPart| match part.adds {
        Some(adds) => format!("{adds:+.3} {}", part.name),
        None => format!("{} = {:.3}", part.name, part.value),
    };
    let mut largest: Vec<String> = all.iter().take(PARTS).map(told).collect();
    let others: f64 = all.iter().skip(PARTS).filter_map(|part| part.adds).sum();
    if all.len() > PARTS && all.iter().any(|part| part.adds.is_some()) {
        largest.push(format!("{others:+.3} all else"));
    }
    if largest.is_empty() { String::new() } else { format!(" ({})", largest.join(", ")) }
}
