//! From what is written to rules: every mistake at once, each named by its place.

use std::{collections::BTreeSet, time::Duration};

use super::{
    Caps, Charter, CharterFile, Control, InvalidCharter, MAX_CAP, MAX_NAME, MAX_QUIET, MAX_SALT, MAX_WORDS,
    Minors, MomentFile, Subject, SubjectFile, quiet::QuietTime,
};
use crate::{
    holdout::Share,
    moment::MomentSettings,
    profile::Address,
    starter::{MAX_STARTERS, StarterKind},
    words::{Lexicon, Phrase},
};

/// Collects mistakes; a rule that is wrong is left as if it were not written, which nobody sees.
#[derive(Default)]
struct Reader {
    wrong: Vec<InvalidCharter>,
}

/// Checks what is written; all mistakes at once.
pub(super) fn read(file: &CharterFile) -> Result<Charter, Vec<InvalidCharter>> {
    let of = |subject: &SubjectFile| subject.words.len() + subject.categories.len() + subject.except.len();
    let found = file.forbidden.iter().map(of).sum();
    if found > MAX_WORDS {
        return Err(vec![InvalidCharter::TooManyWords { found }]);
    }
    let mut reader = Reader::default();
    let forbidden = reader.subjects(file);
    let charter = Charter {
        touchy: Lexicon::of_all(forbidden.iter().flat_map(|subject| [&subject.words, &subject.categories])),
        forbidden,
        never: reader.never(file),
        at_most: reader.at_most(file),
        minors: reader.one_of("minors", file.minors.as_deref(), &Minors::NAMES).unwrap_or_default(),
        address: reader.one_of("address", file.address.as_deref(), &Address::BY_WORD).unwrap_or_default(),
        caps: reader.caps(file),
        quiet: reader.quiet(file),
        control: reader.control(file),
        moment: reader.moment(&file.moment),
    };
    if reader.wrong.is_empty() { Ok(charter) } else { Err(reader.wrong) }
}

impl Reader {
    fn subjects(&mut self, file: &CharterFile) -> Vec<Subject> {
        let mut forbidden: Vec<Subject> = Vec::new();
        for (index, written) in file.forbidden.iter().enumerate() {
            let name = written.subject.clone();
            if !is_name(&name) {
                self.wrong.push(InvalidCharter::Name { index, name });
                continue;
            }
            if forbidden.iter().any(|subject| subject.name == name) {
                self.wrong.push(InvalidCharter::Twice { index, name });
                continue;
            }
            if written.words.is_empty() && written.categories.is_empty() {
                self.wrong.push(InvalidCharter::NoWords { index, name: name.clone() });
            }
            forbidden.push(Subject {
                name,
                words: self.phrases(index, "words", &written.words),
                categories: self.phrases(index, "categories", &written.categories),
                except: self.phrases(index, "except", &written.except),
                written: written.clone(),
            });
        }
        forbidden
    }

    fn phrases(&mut self, index: usize, key: &'static str, written: &[String]) -> Lexicon {
        let mut phrases = Vec::new();
        for word in written {
            match Phrase::read(word) {
                Some(phrase) => phrases.push(phrase),
                None => self.wrong.push(InvalidCharter::Word { index, key, word: word.clone() }),
            }
        }
        Lexicon::of(phrases)
    }

    fn never(&mut self, file: &CharterFile) -> BTreeSet<StarterKind> {
        let mut never = BTreeSet::new();
        for written in &file.starters.never {
            match StarterKind::ALL.into_iter().find(|kind| kind.name() == written) {
                Some(kind) if kind.answers() => self.wrong.push(InvalidCharter::Answers(written.clone())),
                Some(kind) => {
                    never.insert(kind);
                }
                None => self.wrong.push(InvalidCharter::Kind(written.clone())),
            }
        }
        never
    }

    fn at_most(&mut self, file: &CharterFile) -> usize {
        let at_most = file.starters.at_most.unwrap_or(MAX_STARTERS);
        if at_most > MAX_STARTERS {
            self.wrong.push(InvalidCharter::TooMany(at_most));
        }
        at_most
    }

    fn one_of<T: Copy>(
        &mut self,
        key: &'static str,
        written: Option<&str>,
        names: &[(&'static str, T); 2],
    ) -> Option<T> {
        let written = written?;
        let [(one, _), (other, _)] = *names;
        let found = names.iter().find(|(name, _)| *name == written).map(|(_, value)| *value);
        if found.is_none() {
            self.wrong.push(InvalidCharter::Neither { key, found: written.to_owned(), one, other });
        }
        found
    }

    fn caps(&mut self, file: &CharterFile) -> Caps {
        let usual = Caps::default();
        let mut cap = |key, written: Option<usize>, usual| {
            if let Some(found) = written.filter(|found| *found > MAX_CAP) {
                self.wrong.push(InvalidCharter::Cap { key, found });
            }
            written.unwrap_or(usual)
        };
        let per_30_days = cap("per_30_days", file.caps.per_30_days, usual.per_30_days);
        let per_visit = cap("per_visit", file.caps.per_visit, usual.per_visit.min(per_30_days));
        if per_visit > per_30_days {
            self.wrong.push(InvalidCharter::Caps { per_visit, per_30_days });
        }
        Caps { per_visit, per_30_days }
    }

    fn quiet(&mut self, file: &CharterFile) -> Vec<QuietTime> {
        if file.quiet.len() > MAX_QUIET {
            self.wrong.push(InvalidCharter::TooManyTimes { found: file.quiet.len() });
            return Vec::new();
        }
        let mut times = Vec::new();
        for (index, written) in file.quiet.iter().enumerate() {
            match QuietTime::read(index, written) {
                Ok(time) => times.push(time),
                Err(wrong) => self.wrong.extend(wrong),
            }
        }
        times
    }

    fn control(&mut self, file: &CharterFile) -> Control {
        let mut control = Control::default();
        if let Some(written) = file.control.holdout_share {
            match Share::new(written) {
                Some(share) => control.share = share,
                None => self.wrong.push(InvalidCharter::Share(written)),
            }
        }
        if let Some(salt) = &file.control.salt {
            let length = salt.chars().count();
            if !(1..=MAX_SALT).contains(&length) {
                self.wrong.push(InvalidCharter::Salt(length));
            }
            control.salt.clone_from(salt);
        }
        control
    }

    fn moment(&mut self, file: &MomentFile) -> MomentSettings {
        let usual = MomentSettings::default();
        MomentSettings {
            quiet_for: self.span("quiet_for", file.quiet_for.as_deref(), usual.quiet_for),
            dwell: self.span("dwell", file.dwell.as_deref(), usual.dwell),
            returned: self.span("returned", file.returned.as_deref(), usual.returned),
            pause: self.span("pause", file.pause.as_deref(), usual.pause),
        }
    }

    fn span(&mut self, key: &'static str, written: Option<&str>, usual: Duration) -> Duration {
        let Some(written) = written else { return usual };
        span(written).filter(|span| *span <= LONGEST).unwrap_or_else(|| {
            self.wrong.push(InvalidCharter::Span { key, found: written.to_owned(), most: "60m" });
            usual
        })
    }
}

/// The longest time of a moment: beyond it hardly any visit would have one.
const LONGEST: Duration = Duration::from_secs(3_600);

/// `15s` or `3m`.
fn span(text: &str) -> Option<Duration> {
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let unit = match text.strip_prefix(digits)? {
        "s" => 1,
        "m" => 60,
        _ => return None,
    };
    let lawful = (1..=4).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number: u64 = digits.parse().ok().filter(|_| lawful)?;
    Some(Duration::from_secs(number * unit))
}

fn is_name(text: &str) -> bool {
    let lawful = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !text.is_empty() && text.len() <= MAX_NAME && text.chars().all(lawful)
}
