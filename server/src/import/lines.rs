//! Bytes into lines, none longer than a bound.

use std::io::{self, BufRead};

/// Longest line, in bytes.
pub(super) const MAX_LINE: usize = 1_024 * 1_024;

/// How much of a longer line is kept to recognise it by.
const KEPT: usize = 200;

/// A line as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Line {
    /// Whole, without its end.
    Whole(String),
    /// Not UTF-8; bytes that are none are replaced.
    NotText(String),
    /// Longer than [`MAX_LINE`]; only its beginning is kept.
    TooLong(String),
}

/// Reads lines and counts.
pub(super) struct Lines<R> {
    source: R,
    /// Lines read so far.
    pub(super) number: u64,
    /// Bytes read so far.
    pub(super) bytes: u64,
}

impl<R: BufRead> Lines<R> {
    /// From the beginning of `source`.
    pub(super) fn new(source: R) -> Self {
        Self { source, number: 0, bytes: 0 }
    }

    /// The next line; `None` at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Line>> {
        let mut line = Vec::new();
        let mut too_long = false;
        let mut read_any = false;
        loop {
            let available = match self.source.fill_buf() {
                Ok(available) => available,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if available.is_empty() {
                break;
            }
            read_any = true;
            let end = available.iter().position(|byte| *byte == b'\n');
            let part = available.get(..end.unwrap_or(available.len())).unwrap_or_default();
            too_long |= line.len() + part.len() > MAX_LINE;
            if !too_long {
                line.extend_from_slice(part);
            } else if line.len() < KEPT {
                line.extend(part.iter().take(KEPT));
            }
            let used = part.len() + usize::from(end.is_some());
            self.source.consume(used);
            self.bytes += used as u64;
            if end.is_some() {
                break;
            }
        }
        if !read_any {
            return Ok(None);
        }
        self.number += 1;
        Ok(Some(self.finished(line, too_long)))
    }

    fn finished(&self, mut line: Vec<u8>, too_long: bool) -> Line {
        if too_long {
            line.truncate(KEPT);
            return Line::TooLong(String::from_utf8_lossy(&line).into_owned());
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        // Some tools begin a UTF-8 file with a byte order mark.
        if self.number == 1 && line.starts_with(b"\xEF\xBB\xBF") {
            line.drain(..3);
        }
        match String::from_utf8(line) {
            Ok(text) => Line::Whole(text),
            Err(error) => Line::NotText(String::from_utf8_lossy(error.as_bytes()).into_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use proptest::prelude::*;

    use super::*;

    fn all(bytes: &[u8], buffer: usize) -> Vec<Line> {
        let mut lines = Lines::new(BufReader::with_capacity(buffer, bytes));
        let mut found = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            found.push(line);
        }
        assert_eq!((lines.number, lines.bytes), (found.len() as u64, bytes.len() as u64));
        found
    }

    #[test]
    fn ends_marks_and_foreign_bytes() {
        let whole = |text: &str| Line::Whole(text.into());
        assert_eq!(all(b"\xEF\xBB\xBFa\r\n\nb", 4), [whole("a"), whole(""), whole("b")]);
        assert_eq!(all(b"a\xFFb\n", 9), [Line::NotText("a\u{FFFD}b".into())]);
        assert_eq!(all(b"", 9), []);
    }

    #[test]
    fn a_long_line_is_cut_and_the_next_one_is_whole() {
        let mut bytes = vec![b'x'; MAX_LINE];
        bytes.extend_from_slice(b"\n");
        bytes.extend(vec![b'y'; MAX_LINE + 1]);
        bytes.extend_from_slice(b"\nz\n");
        let found = all(&bytes, 8_192);
        assert!(matches!(&found[0], Line::Whole(text) if text.len() == MAX_LINE));
        assert!(matches!(&found[1], Line::TooLong(text) if *text == "y".repeat(KEPT)));
        assert_eq!(found[2], Line::Whole("z".into()));
    }

    proptest! {
        #[test]
        fn lines_are_those_of_the_standard_library(text in "[a\n\r]{0,40}", buffer in 1..9_usize) {
            let expected: Vec<Line> = text.lines().map(|line| Line::Whole(line.to_owned())).collect();
            // `str::lines` keeps a `\r` at the very end of the text; a file's last line loses it here.
            prop_assume!(!text.ends_with('\r'));
            prop_assert_eq!(all(text.as_bytes(), buffer), expected);
        }
    }
}
