//! How far an import is: a bar on a terminal, a line every ten percent elsewhere.

use std::io::{IsTerminal, Write, stderr};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::summary::count;

/// Lines between two messages when the length is unknown and nobody sees a bar.
const LINES_A_MESSAGE: u64 = 100_000;

/// Profiles between two messages when nobody sees a bar.
const PROFILES_A_MESSAGE: u64 = 10_000;

/// Is told how far an import is.
pub trait Progress: Send {
    /// It begins; `bytes` is the length of the file where that is known.
    fn begin(&mut self, bytes: Option<u64>);
    /// This much is in the store.
    fn at(&mut self, bytes: u64, lines: u64);
    /// So many profiles were made of what is in the store.
    fn profiles(&mut self, made: u64);
    /// It is done.
    fn end(&mut self);
}

/// Says nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&mut self, _bytes: Option<u64>) {}
    fn at(&mut self, _bytes: u64, _lines: u64) {}
    fn profiles(&mut self, _made: u64) {}
    fn end(&mut self) {}
}

/// To standard error: a bar when it is a terminal, plain lines when it is not.
pub fn on_stderr() -> Box<dyn Progress> {
    if stderr().is_terminal() { Box::new(Bar::default()) } else { Box::new(Plain::new(stderr())) }
}

#[derive(Default)]
struct Bar(Option<ProgressBar>);

impl Progress for Bar {
    fn begin(&mut self, bytes: Option<u64>) {
        let bar = ProgressBar::with_draw_target(bytes, ProgressDrawTarget::stderr());
        let template = match bytes {
            Some(_) => "{bar:30} {percent:>3} %  {bytes} of {total_bytes}  {msg}  {eta} left",
            None => "{spinner} {bytes}  {msg}  {elapsed}",
        };
        // A wrong template would be a mistake of this file; the bar then keeps its default look.
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        self.0 = Some(bar);
    }

    fn at(&mut self, bytes: u64, lines: u64) {
        if let Some(bar) = &self.0 {
            bar.set_position(bytes);
            bar.set_message(count(lines, "line"));
        }
    }

    fn profiles(&mut self, made: u64) {
        if let Some(bar) = &self.0 {
            bar.set_message(count(made, "profile"));
        }
    }

    fn end(&mut self) {
        if let Some(bar) = self.0.take() {
            bar.finish();
        }
    }
}

struct Plain<W> {
    out: W,
    total: Option<u64>,
    said: u64,
    profiles_said: u64,
}

impl<W: Write> Plain<W> {
    fn new(out: W) -> Self {
        Self { out, total: None, said: 0, profiles_said: 0 }
    }

    fn say(&mut self, text: &str) {
        // When nobody can be told, the import goes on.
        let _ = writeln!(self.out, "{text}");
    }
}

impl<W: Write + Send> Progress for Plain<W> {
    fn begin(&mut self, bytes: Option<u64>) {
        self.total = bytes.filter(|bytes| *bytes > 0);
    }

    fn at(&mut self, bytes: u64, lines: u64) {
        if let Some(total) = self.total {
            let tenths = bytes.saturating_mul(10) / total;
            if tenths > self.said {
                self.said = tenths;
                self.say(&format!("import: {} % ({})", tenths * 10, count(lines, "line")));
            }
            return;
        }
        let step = lines / LINES_A_MESSAGE;
        if step > self.said {
            self.said = step;
            self.say(&format!("import: {}", count(lines, "line")));
        }
    }

    fn profiles(&mut self, made: u64) {
        let step = made / PROFILES_A_MESSAGE;
        if step > self.profiles_said {
            self.profiles_said = step;
            self.say(&format!("import: {}", count(made, "profile")));
        }
    }

    fn end(&mut self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(total: Option<u64>, steps: &[(u64, u64)]) -> String {
        let mut out = Vec::new();
        let mut plain = Plain::new(&mut out);
        plain.begin(total);
        for (bytes, lines) in steps {
            plain.at(*bytes, *lines);
        }
        plain.end();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn plain_lines_come_every_ten_percent() {
        let text = said(Some(1_000), &[(50, 0), (150, 1), (160, 3), (390, 4), (1_000, 9)]);
        assert_eq!(text, "import: 10 % (1 line)\nimport: 30 % (4 lines)\nimport: 100 % (9 lines)\n");
    }

    #[test]
    fn without_a_length_lines_are_counted() {
        assert_eq!(said(None, &[(1, 99_999), (2, 100_001), (3, 100_002)]), "import: 100001 lines\n");
        assert_eq!(said(Some(0), &[(0, 0)]), "");
    }
}
