//! What was said and what happened: a table, and the reliability diagram of `docs/outcomes.svg`.

use std::fmt::Write as _;

use shopbell_insight::{
    evaluation::calibration::{Bin, Forecast, brier, expected_calibration_error, reliability},
    outcome::{OUTCOMES, Observed, Outcome, Outcomes},
};

const BINS: usize = 10;

/// Of one outcome in one world.
pub(crate) struct Judged {
    pub(crate) name: &'static str,
    pub(crate) bins: Vec<Bin>,
    /// The share of moments after which it happened.
    pub(crate) base: f64,
    pub(crate) said: f64,
    pub(crate) error: f64,
    /// How much of the base rate's squared error is gone.
    pub(crate) skill: f64,
    /// How often what happened was given more than what did not.
    pub(crate) ranked: f64,
}

/// Forecasts of each outcome, in their order.
pub(crate) fn forecasts(outcomes: &Outcomes, observed: &[Observed]) -> [Vec<Forecast>; OUTCOMES] {
    let mut forecasts: [Vec<Forecast>; OUTCOMES] = std::array::from_fn(|_| Vec::new());
    for one in observed {
        for ((of, foretold), happened) in
            forecasts.iter_mut().zip(outcomes.foretell(&one.signs)).zip(one.happened)
        {
            of.push(Forecast::try_new(foretold.probability, happened).unwrap());
        }
    }
    forecasts
}

pub(crate) fn judge(name: &'static str, forecasts: &[Forecast]) -> Judged {
    let bins = reliability(forecasts, BINS);
    let count = forecasts.len() as f64;
    let base = forecasts.iter().filter(|forecast| forecast.happened()).count() as f64 / count;
    Judged {
        name,
        error: expected_calibration_error(&bins).unwrap(),
        said: forecasts.iter().map(Forecast::probability).sum::<f64>() / count,
        skill: 1.0 - brier(forecasts).unwrap() / (base * (1.0 - base)),
        ranked: ranked(forecasts),
        base,
        bins,
    }
}

pub(crate) fn judge_all(outcomes: &Outcomes, observed: &[Observed]) -> Vec<Judged> {
    let forecasts = forecasts(outcomes, observed);
    Outcome::ALL.iter().zip(&forecasts).map(|(outcome, of)| judge(outcome.name(), of)).collect()
}

/// The area under the curve: by ranks, with half for equals.
fn ranked(forecasts: &[Forecast]) -> f64 {
    let mut sorted: Vec<&Forecast> = forecasts.iter().collect();
    sorted.sort_by(|a, b| a.probability().total_cmp(&b.probability()));
    let (mut below, mut won, mut happened) = (0.0, 0.0, 0.0);
    for equal in sorted.chunk_by(|a, b| a.probability().total_cmp(&b.probability()).is_eq()) {
        let so = equal.iter().filter(|forecast| forecast.happened()).count() as f64;
        let not = equal.len() as f64 - so;
        won += so * (below + not / 2.0);
        below += not;
        happened += so;
    }
    won / (happened * below)
}

pub(crate) fn table(title: &str, judged: &[Judged]) -> String {
    let mut text =
        format!("{title}\n| outcome | happened | said | ECE | skill | AUC |\n|---|---|---|---|---|---|\n");
    for of in judged {
        writeln!(
            text,
            "| {} | {:.3} | {:.3} | {:.4} | {:.3} | {:.3} |",
            of.name, of.base, of.said, of.error, of.skill, of.ranked
        )
        .unwrap();
    }
    text
}

/// Small multiples: one square for each outcome, a dot for each bin, its bar as sure as it is.
const SIDE: f64 = 130.0;
const STEP: f64 = 180.0;
const TOP: f64 = 56.0;

pub(crate) fn svg(worlds: &[(&str, &str, &[Judged])]) -> String {
    let across = 4;
    let mut svg = String::from(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 760 440\" font-family=\"sans-serif\" font-size=\"11\">\n\
         <rect width=\"760\" height=\"440\" fill=\"#fff\"/>\n<text x=\"40\" y=\"22\" font-size=\"15\">Said (across) and \
         happened (up), visits that the fit did not see</text>\n",
    );
    for (number, (world, colour, _)) in worlds.iter().enumerate() {
        let x = 520.0 + 120.0 * number as f64;
        writeln!(
            svg,
            "<circle cx=\"{x}\" cy=\"18\" r=\"4\" fill=\"{colour}\"/><text x=\"{}\" y=\"22\">{world}</text>",
            x + 8.0
        )
        .unwrap();
    }
    for place in 0..OUTCOMES {
        let left = 40.0 + STEP * (place % across) as f64;
        let top = TOP + 196.0 * (place / across) as f64;
        square(&mut svg, left, top, worlds[0].2[place].name);
        for (_, colour, judged) in worlds {
            for bin in judged[place].bins.iter().filter(|bin| bin.forecasts >= 30) {
                let x = left + SIDE * bin.said;
                let [low, high] = bin.interval().map(|share| top + SIDE * (1.0 - share));
                let y = top + SIDE * (1.0 - bin.happened);
                writeln!(
                    svg,
                    "<path d=\"M{x:.1} {low:.1}V{high:.1}\" stroke=\"{colour}\"/><circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2.5\" fill=\"{colour}\"/>"
                )
                .unwrap();
            }
        }
    }
    svg + "</svg>\n"
}

fn square(svg: &mut String, left: f64, top: f64, name: &str) {
    let (right, bottom) = (left + SIDE, top + SIDE);
    writeln!(
        svg,
        "<text x=\"{left}\" y=\"{:.0}\">{}</text><path d=\"M{left} {top}H{right}V{bottom}H{left}Z\" fill=\"none\" stroke=\"#bbb\"/>\
         <path d=\"M{left} {bottom}L{right} {top}\" stroke=\"#ddd\"/><text x=\"{left}\" y=\"{low:.0}\" text-anchor=\"middle\">0</text>\
         <text x=\"{right}\" y=\"{low:.0}\" text-anchor=\"middle\">1</text>",
        top - 6.0,
        name.replace('_', " "),
        low = bottom + 14.0
    )
    .unwrap();
}
