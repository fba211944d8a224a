//! The table of all rules, and what delay costs, as CSV and as a drawing.

use std::{fmt::Write as _, fs, path::Path};

use super::{
    policies::{Policy, SLOTS},
    stream::START,
};

const COLOURS: [&str; 6] = ["#8a8f98", "#c2410c", "#e0a030", "#7c3aed", "#0f766e", "#2563eb"];
const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 420.0;
/// Left, right, top and bottom of the plot.
const PLOT: [f64; 4] = [60.0, 560.0, 50.0, 370.0];

/// A line for each rule.
pub(crate) fn table(policies: &[Policy]) -> String {
    let mut lines =
        String::from("rule                       precision@3  (se)     hit@3   first 30 d  last 30 d\n");
    for policy in policies {
        let found = policy.figures();
        writeln!(
            lines,
            "{:26} {:.5}      ({:.5}) {:.4}  {:.4}      {:.4}",
            policy.name,
            found.precision,
            found.standard_error,
            found.hit,
            found.first_month,
            found.last_month
        )
        .unwrap();
    }
    lines
}

/// For each day since the start, how many slots fewer were bought by then than with `of`.
fn regret(policy: &Policy, of: &Policy) -> Vec<f64> {
    let (mut sum, mut days) = (0.0, Vec::new());
    for ((day, hits), (_, others)) in policy.hits().iter().zip(of.hits()) {
        sum += others - hits;
        let day = (day - START) as usize;
        days.resize(day + 1, days.last().copied().unwrap_or(0.0));
        days[day] = sum;
    }
    days
}

/// Writes `regret.csv` and `regret.svg` of these rules against another one.
pub(crate) fn draw(policies: &[&Policy], of: &Policy, into: &Path) {
    fs::create_dir_all(into).unwrap();
    let curves: Vec<Vec<f64>> = policies.iter().map(|policy| regret(policy, of)).collect();
    let days = curves.iter().map(Vec::len).min().unwrap();
    let mut csv = String::from("day");
    for policy in policies {
        write!(csv, ",{}", policy.name).unwrap();
    }
    for day in 0..days {
        write!(csv, "\n{day}").unwrap();
        for curve in &curves {
            write!(csv, ",{}", curve[day]).unwrap();
        }
    }
    fs::write(into.join("regret.csv"), csv + "\n").unwrap();
    fs::write(into.join("regret.svg"), svg(policies, &curves, days, of)).unwrap();
}

fn svg(policies: &[&Policy], curves: &[Vec<f64>], days: usize, of: &Policy) -> String {
    let [left, right, top, bottom] = PLOT;
    let values = || curves.iter().flatten().copied();
    let (low, high) = (values().fold(0.0, f64::min), values().fold(0.0, f64::max));
    let (low, high) = ((low / 250.0).floor() * 250.0, (high / 250.0).ceil() * 250.0);
    let x = |day: f64| left + day / (days - 1) as f64 * (right - left);
    let y = |value: f64| bottom - (value - low) / (high - low) * (bottom - top);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" \
         font-size=\"12\">\n<rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#fff\"/>\n<text x=\"{left}\" y=\"24\" \
         font-size=\"15\">Slots shown in vain since 1 April, more than with {}</text>\n",
        of.name
    );
    let ends = of.hits().len() * SLOTS;
    writeln!(svg, "<text x=\"{left}\" y=\"{}\">days (of {ends} slots in all)</text>", bottom + 38.0).unwrap();
    let steps = ((high - low) / 250.0) as u32;
    for value in (0..=steps).map(|step| low + f64::from(step) * 250.0) {
        writeln!(
            svg,
            "<path d=\"M{left} {at:.1}H{right}\" stroke=\"#ddd\"/><text x=\"{}\" y=\"{:.1}\" \
             text-anchor=\"end\">{value}</text>",
            left - 8.0,
            y(value) + 4.0,
            at = y(value)
        )
        .unwrap();
    }
    for day in (0..days).step_by(30) {
        let at = x(day as f64);
        writeln!(svg, "<text x=\"{at:.1}\" y=\"{}\" text-anchor=\"middle\">{day}</text>", bottom + 18.0)
            .unwrap();
    }
    let mut names: Vec<f64> = curves.iter().map(|curve| y(curve[days - 1])).collect();
    spread(&mut names);
    for (((policy, curve), colour), name) in policies.iter().zip(curves).zip(COLOURS).zip(names) {
        let points = (0..days).map(|day| format!("{:.1} {:.1}", x(day as f64), y(curve[day])));
        let path = points.collect::<Vec<_>>().join("L");
        writeln!(
            svg,
            "<path d=\"M{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.6\"/><text x=\"{}\" \
             y=\"{:.1}\" fill=\"{colour}\">{}</text>",
            right + 8.0,
            name + 4.0,
            policy.name
        )
        .unwrap();
    }
    svg + "</svg>\n"
}

/// Moves what would overlap.
fn spread(places: &mut [f64]) {
    let mut order: Vec<usize> = (0..places.len()).collect();
    order.sort_by(|a, b| places[*a].total_cmp(&places[*b]));
    let mut lowest = f64::NEG_INFINITY;
    for place in order {
        places[place] = places[place].max(lowest);
        lowest = places[place] + 15.0;
    }
}
