//! Comma-separated values as RFC 4180 has them, made safe for those who open them in a spreadsheet.
//!
//! A cell of text that begins with `=`, `+`, `-`, `@`, a tab or a carriage return is a formula to spreadsheets: whoever could
//! put such a text into a profile could have it run on the desk of whoever reads the export (CWE-1236). Such a cell gets an
//! apostrophe before it, which spreadsheets take as "this is text" and other readers can take off again. Numbers are
//! written by this program and need none.

/// Of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cell {
    /// Nothing is known.
    Empty,
    /// Text of anybody.
    Text(String),
    /// A number, a time or a word of this program.
    Own(String),
}

impl Cell {
    /// Text of anybody, if there is any.
    pub(super) fn text(text: Option<impl Into<String>>) -> Self {
        text.map_or(Self::Empty, |text| Self::Text(text.into()))
    }

    /// What this program writes, if there is anything.
    pub(super) fn own(value: Option<impl ToString>) -> Self {
        value.map_or(Self::Empty, |value| Self::Own(value.to_string()))
    }
}

/// A row with its line end.
pub(super) fn row(cells: &[Cell]) -> String {
    let mut line = String::new();
    for (index, cell) in cells.iter().enumerate() {
        if index > 0 {
            line.push(',');
        }
        match cell {
            Cell::Empty => {}
            Cell::Own(value) => quoted(value, &mut line),
            Cell::Text(text) if is_formula(text) => quoted(&format!("'{text}"), &mut line),
            Cell::Text(text) => quoted(text, &mut line),
        }
    }
    line.push_str("\r\n");
    line
}

/// The names of the columns.
pub(super) fn head(columns: &[&str]) -> String {
    row(&columns.iter().map(|column| Cell::Own((*column).to_owned())).collect::<Vec<_>>())
}

/// Spreadsheets also take the full-width forms of these for the same, and skip white space before them.
fn is_formula(text: &str) -> bool {
    let begins =
        |c: char| matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠');
    text.starts_with(begins) || text.trim_start().starts_with(begins)
}

fn quoted(text: &str, line: &mut String) {
    if text.contains(['"', ',', '\r', '\n']) || text.trim() != text {
        line.push('"');
        line.push_str(&text.replace('"', "\"\""));
        line.push('"');
    } else {
        line.push_str(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> String {
        row(&[Cell::Text(text.to_owned())])
    }

    #[test]
    fn cells_are_quoted_as_rfc_4180_says() {
        assert_eq!(head(&["at", "what"]), "at,what\r\n");
        assert_eq!(text("plain"), "plain\r\n");
        assert_eq!(text("a,b"), "\"a,b\"\r\n");
        assert_eq!(text("say \"hello\""), "\"say \"\"hello\"\"\"\r\n");
        assert_eq!(text("two\r\nlines"), "\"two\r\nlines\"\r\n");
        assert_eq!(text(" spaces "), "\" spaces \"\r\n");
        assert_eq!(row(&[Cell::Empty, Cell::own(Some(-3)), Cell::Empty]), ",-3,\r\n");
        assert_eq!(row(&[Cell::text(None::<String>), Cell::own(None::<u8>)]), ",\r\n");
    }

    #[test]
    fn text_never_begins_a_formula() {
        for begin in ["=1+1", "+33612345678", "-2", "@SUM(A1)", "\t=1", "\r=1", "  =1", "＝1"] {
            let cell = text(begin);
            assert!(cell.starts_with('\'') || cell.starts_with("\"'"), "{cell:?}");
        }
        assert_eq!(text("=cmd|' /C calc'!A0"), "'=cmd|' /C calc'!A0\r\n");
        assert_eq!(text("=HYPERLINK(\"x\",\"y\")"), "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\"\r\n");
    }
}
