//! How a French text addresses who hears it: as a stranger (*vous*) or as a friend (*tu*).

use super::words_of;

/// The words of a text that address somebody.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Addressed {
    /// The first word that is for a stranger.
    pub stranger: Option<String>,
    /// The first word that is for a friend.
    pub friend: Option<String>,
}

const STRANGER: [&str; 4] = ["vous", "votre", "vos", "votres"];
const FRIEND: [&str; 9] = ["tu", "te", "toi", "ton", "ta", "tes", "tien", "tienne", "tiens"];
/// Words that end as the verbs of *vous* do, and are none.
const NO_VERBS: [&str; 10] =
    ["chez", "nez", "rez", "assez", "lez", "riz", "biez", "raz", "merguez", "pince nez"];
/// Before `ton`, that is a tone.
const OF_A_TONE: [&str; 8] = ["un", "le", "ce", "du", "au", "en", "sur", "meme"];

/// How a text addresses who hears it. A command counts by its end (`venez`); of the other one, `viens`, no end tells.
pub fn addressed(text: &str) -> Addressed {
    let text = &text.replace("ton sur ton", "");
    // What an apostrophe makes of `te` and `tu`; a `t` between hyphens is only a sound.
    let chunks = text.split_whitespace();
    let short =
        chunks.clone().map(|chunk| chunk.trim_start_matches(|c: char| !c.is_alphanumeric()).to_lowercase());
    let elided = short.into_iter().find(|chunk| chunk.starts_with("t'") || chunk.starts_with("t’"));
    let mut found = Addressed { stranger: None, friend: elided };
    let mut before = String::new();
    let mut begins = true;
    for chunk in chunks {
        for word in words_of(chunk) {
            let is_name = !begins && chunk.chars().next().is_some_and(char::is_uppercase);
            begins = false;
            let commands = word.ends_with("ez") && !is_name && !NO_VERBS.contains(&word.as_str());
            let is_appointment = before == "rendez" && word == "vous";
            if (STRANGER.contains(&word.as_str()) || commands && word != "rendez") && !is_appointment {
                found.stranger.get_or_insert_with(|| word.clone());
            }
            if FRIEND.contains(&word.as_str()) && !(word == "ton" && OF_A_TONE.contains(&before.as_str())) {
                found.friend.get_or_insert_with(|| word.clone());
            }
            before = word;
        }
        begins = chunk.ends_with(['.', '!', '?', '…', ':']);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_hears_it_is_told_by_pronouns_and_commands() {
        let told = |text: &str| {
            let found = addressed(text);
            (found.stranger.is_some(), found.friend.is_some())
        };
        for stranger in
            ["Nous le faisons pour vous.", "Votre manteau.", "Venez voir.", "Ici. Demandez !", "Vos bottes"]
        {
            assert_eq!(told(stranger), (true, false), "{stranger}");
        }
        for friend in
            ["Je te montre ?", "Tu viens ?", "Ton manteau", "Je t’explique.", "C'est à toi, « t’as vu »"]
        {
            assert_eq!(told(friend), (false, true), "{friend}");
        }
        for nobody in [
            "Cela dirait à tout le monde de venir chez nous ?",
            "Le rendez-vous est au rez-de-chaussée.",
            "Un t-shirt ton sur ton : y a-t-il mieux ?",
            "La robe de Mme Fernandez, assez longue.",
            "Une seule couleur, le ton est doux.",
        ] {
            assert_eq!(told(nobody), (false, false), "{nobody}: {:?}", addressed(nobody));
        }
    }
}
