//! The table that people read, and the summary that programs read.

use std::{fmt, fmt::Write as _, fs, io, path::Path};

use serde::{Serialize, Serializer};

use crate::measure::Paired;

/// What a row is held to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Goal {
    /// Ours is at least this share of what stands beside it.
    RatioAtLeast(f64),
    /// Ours is at most this, in the row's unit.
    AtMost(f64),
    /// Ours is less than this, in the row's unit.
    Below(f64),
    /// Nothing: both figures are told.
    Told,
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RatioAtLeast(least) => write!(f, "ratio >= {least}"),
            Self::AtMost(most) => write!(f, "ours <= {most}"),
            Self::Below(limit) => write!(f, "ours < {limit}"),
            Self::Told => f.write_str("told"),
        }
    }
}

impl Serialize for Goal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// One figure of ours, and the one that it is held against.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Row {
    /// Name of the row; begins with the name of its bench.
    pub(crate) name: &'static str,
    /// Unit of `ours` and `beside`.
    pub(crate) unit: &'static str,
    /// Median of the rounds.
    pub(crate) ours: f64,
    /// Median of the rounds.
    pub(crate) beside: f64,
    /// What exactly was measured as ours and beside it.
    pub(crate) beside_is: String,
    /// Median of ours / beside, taken round by round.
    pub(crate) ratio: f64,
    /// What the row is held to.
    pub(crate) goal: Goal,
    /// Whether the goal is met.
    pub(crate) met: bool,
}

impl Row {
    /// From paired rounds.
    pub(crate) fn new(
        name: &'static str,
        unit: &'static str,
        Paired { ours, beside, ratio }: Paired,
        goal: Goal,
        beside_is: impl Into<String>,
    ) -> Self {
        let met = match goal {
            Goal::RatioAtLeast(least) => ratio >= least,
            Goal::AtMost(most) => ours <= most,
            Goal::Below(limit) => ours < limit,
            Goal::Told => true,
        };
        Self { name, unit, ours, beside, beside_is: beside_is.into(), ratio, goal, met }
    }

    fn verdict(&self) -> &'static str {
        match (self.goal, self.met) {
            (Goal::Told, _) => "",
            (_, true) => "met",
            (_, false) => "MISSED",
        }
    }
}

/// One run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Summary {
    /// The figures.
    pub(crate) rows: Vec<Row>,
    /// Benches that broke and gave none.
    pub(crate) broken: Vec<String>,
    /// Load average of the last minute when the run began: work of others, which makes figures worse.
    pub(crate) load_before: f64,
    /// Cores of the machine.
    pub(crate) cores: usize,
    /// Whether this was a release build; figures of others mean nothing.
    pub(crate) release: bool,
}

impl Summary {
    /// For people: one line a row, then what was compared, then the verdict.
    pub(crate) fn table(&self) -> String {
        let head = ["row", "ours", "beside", "unit", "ratio", "goal", ""].map(str::to_owned);
        let lines: Vec<[String; 7]> = std::iter::once(head).chain(self.rows.iter().map(cells)).collect();
        let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
        let widths: [usize; 7] = std::array::from_fn(width);
        let mut text = String::new();
        for line in &lines {
            let mut row = String::new();
            for (column, (cell, width)) in line.iter().zip(widths).enumerate() {
                // Figures stand right, words left.
                let _ = if matches!(column, 1 | 2 | 4) {
                    write!(row, "{cell:>width$}  ")
                } else {
                    write!(row, "{cell:<width$}  ")
                };
            }
            let _ = writeln!(text, "{}", row.trim_end());
        }
        text.push('\n');
        for row in &self.rows {
            let _ = writeln!(text, "{}: {}", row.name, row.beside_is);
        }
        text + "\n" + &self.verdict()
    }

    fn verdict(&self) -> String {
        let missed: Vec<&str> = self.rows.iter().filter(|row| !row.met).map(|row| row.name).collect();
        let goals = self.rows.iter().filter(|row| row.goal != Goal::Told).count();
        let mut text = match missed.len() {
            _ if goals == 0 => "No goal was measured.".to_owned(),
            0 => format!("All {goals} goals met."),
            count => format!("MISSED {count} of {goals} goals: {}.", missed.join(", ")),
        };
        if !self.broken.is_empty() {
            let _ = write!(text, "\nBROKE, so without figures: {}.", self.broken.join(", "));
        }
        if self.load_before > 0.5 {
            let (load, cores) = (self.load_before, self.cores);
            let _ = write!(
                text,
                "\nOthers were at work when this began (load {load:.1} on {cores} cores): rough figures."
            );
        }
        if !self.release {
            text.push_str("\nThis is a debug build: its figures mean nothing.");
        }
        text
    }

    /// For programs.
    pub(crate) fn write(&self, path: &Path) -> io::Result<()> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, serde_json::to_string_pretty(self)? + "\n")
    }
}

fn cells(row: &Row) -> [String; 7] {
    [
        row.name.to_owned(),
        figure(row.ours),
        figure(row.beside),
        row.unit.to_owned(),
        format!("{:.2}", row.ratio),
        row.goal.to_string(),
        row.verdict().to_owned(),
    ]
}

/// Three digits that count, and thousands set apart.
fn figure(value: f64) -> String {
    match value.abs() {
        small if small < 10.0 => format!("{value:.2}"),
        middle if middle < 100.0 => format!("{value:.1}"),
        _ => {
            let digits = format!("{value:.0}");
            let mut text = String::new();
            for (index, digit) in digits.chars().enumerate() {
                if index > 0 && (digits.len() - index).is_multiple_of(3) {
                    text.push(',');
                }
                text.push(digit);
            }
            text
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &'static str, ours: f64, beside: f64, goal: Goal) -> Row {
        Row::new(name, "opens/s", Paired { ours, beside, ratio: ours / beside }, goal, "what it is")
    }

    fn summary(rows: Vec<Row>) -> Summary {
        Summary { rows, broken: Vec::new(), load_before: 0.1, cores: 2, release: true }
    }

    #[test]
    fn goals_hold_at_their_edge() {
        assert!(row("a", 50.0, 100.0, Goal::RatioAtLeast(0.5)).met);
        assert!(!row("a", 49.9, 100.0, Goal::RatioAtLeast(0.5)).met);
        assert!(row("a", 100.0, 1.0, Goal::AtMost(100.0)).met);
        assert!(!row("a", 100.1, 1.0, Goal::AtMost(100.0)).met);
        assert!(!row("a", 20.0, 1.0, Goal::Below(20.0)).met);
        assert!(row("a", 19.9, 1.0, Goal::Below(20.0)).met);
    }

    #[test]
    fn a_row_in_the_summary_has_the_agreed_names() {
        let text = serde_json::to_value(summary(vec![row("a", 5.0, 10.0, Goal::RatioAtLeast(0.5))])).unwrap();
        let expected = serde_json::json!({
            "name": "a", "unit": "opens/s", "ours": 5.0, "beside": 10.0, "beside_is": "what it is", "ratio": 0.5,
            "goal": "ratio >= 0.5", "met": true,
        });
        assert_eq!(text["rows"], serde_json::json!([expected]));
    }

    #[test]
    fn the_table_is_aligned_and_says_the_verdict_in_words() {
        let rows = vec![
            row("token-open", 23_114_233.4, 27_900_000.0, Goal::RatioAtLeast(0.5)),
            row("slow", 150.0, 75.0, Goal::AtMost(100.0)),
        ];
        let expected = "\
row               ours      beside  unit     ratio  goal
token-open  23,114,233  27,900,000  opens/s   0.83  ratio >= 0.5  met
slow               150        75.0  opens/s   2.00  ours <= 100   MISSED

token-open: what it is
slow: what it is

MISSED 1 of 2 goals: slow.";
        assert_eq!(summary(rows).table(), expected);
    }

    #[test]
    fn noise_debug_builds_and_broken_benches_are_told() {
        let noisy = Summary {
            load_before: 2.04,
            release: false,
            broken: vec!["tablets-1000".to_owned()],
            ..summary(vec![row("a", 1.0, 1.0, Goal::AtMost(1.0))])
        };
        let text = noisy.table();
        assert!(text.contains("All 1 goals met.\nBROKE, so without figures: tablets-1000."), "{text}");
        assert!(text.contains("(load 2.0 on 2 cores): rough figures."), "{text}");
        assert!(text.ends_with("This is a debug build: its figures mean nothing."), "{text}");
    }

    #[test]
    fn a_run_without_rows_claims_nothing() {
        assert_eq!(summary(vec![]).verdict(), "No goal was measured.");
    }

    #[test]
    fn the_summary_is_written_where_no_folder_was() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("bench/summary.json");
        summary(vec![]).write(&path).unwrap();
        let read: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        assert_eq!(read["rows"], serde_json::json!([]));
    }

    #[test]
    fn figures_are_short() {
        let shown = [0.0, 1.234, 12.34, 123.4, 1_234.5, 1_234_567.0].map(figure);
        assert_eq!(shown, ["0.00", "1.23", "12.3", "123", "1,234", "1,234,567"]);
    }
}
