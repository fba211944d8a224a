//! Characters that are not seen.

/// Whether a character is not seen and turns, joins or hides its neighbours, or parts lines: with it a name could pass for another one,
/// or reorder the words around it. By the tables of Unicode 16: the classes Cf, Zl and Zp.
pub const fn is_format(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}' | '\u{8e2}'
            | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e007f}')
}

/// The same, of those that part no words.
pub(super) const fn is_within_words(c: char) -> bool {
    is_format(c) && !matches!(c, '\u{2028}' | '\u{2029}')
}
