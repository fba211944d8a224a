//! A fingerprint of the rules: whoever reads the log tells which cards were made under which charter.

use std::fmt::Display;

use sha2::{Digest as _, Sha256};

use super::{Charter, SubjectFile};

/// Takes in values one after the other, each with its length: no two lists of values are the same bytes.
struct Print(Sha256);

impl Print {
    fn take(&mut self, value: impl Display) {
        let text = value.to_string();
        self.0.update((text.len() as u64).to_be_bytes());
        self.0.update(text.as_bytes());
    }

    fn list<T: Display>(&mut self, name: &str, values: impl ExactSizeIterator<Item = T>) {
        self.take(name);
        self.take(values.len());
        values.for_each(|value| self.take(value));
    }
}

/// The first eight bytes of SHA-256 over all rules. Rules that say the same in another order differ: the first forbidden
/// subject that fits is the one that is told.
pub(super) fn digest(charter: &Charter) -> u64 {
    // What is touchy follows from what is forbidden.
    let Charter { forbidden, touchy: _, never, at_most, minors, address, caps, quiet, control, moment } =
        charter;
    let mut print = Print(Sha256::new());
    for subject in forbidden {
        let SubjectFile { subject, words, categories, except } = &subject.written;
        print.list(subject, words.iter());
        print.list("categories", categories.iter());
        print.list("except", except.iter());
    }
    print.list("never", never.iter().map(|kind| kind.name()));
    print.take(at_most);
    print.take(minors.name());
    print.take(address.word());
    print.list("caps", [caps.per_visit, caps.per_30_days].iter());
    for time in quiet {
        print.list("quiet", time.days.iter().map(|day| day.name()));
        print.list("from, until", [time.from, time.until].iter());
        print.list("stores", time.stores.iter());
    }
    print.take(control.share.millionths());
    print.take(&control.salt);
    let spans = [moment.quiet_for, moment.dwell, moment.returned, moment.pause];
    print.list("moment", spans.map(|span| span.as_millis()).iter());
    print.0.finalize().iter().take(8).fold(0, |digest, byte| digest << 8 | u64::from(*byte))
}
