//! Characters that nobody sees or that turn the direction of writing: with them two names look the same, or one reads as another.
//!
//! Whoever types a name is told of them. What a device reports of itself loses them instead: a report is evidence and must not be refused for
//! the name of a machine, which nobody who reads it could type anyway. Joiners stay where a script or an emoji is written with them, and so do
//! the marks that choose between the picture and the sign.
//!
//! Sources: Unicode 16, DerivedCoreProperties (Default_Ignorable_Code_Point) and PropList (Bidi_Control); UTS #55 on bidirectional text in
//! names; RFC 5892, appendix A.1 and A.2, on joiners.

/// Whether every character of `text` is seen where it stands.
pub fn is_visible(text: &str) -> bool {
    marked(text).all(|(_, hidden)| !hidden)
}

/// `text` without what is not seen; control characters stay, for they are refused.
pub fn without_hidden(text: &str) -> String {
    marked(text).filter(|(character, hidden)| !hidden || character.is_control()).map(|(character, _)| character).collect()
}

/// Each character, and whether it is hidden.
fn marked(text: &str) -> impl Iterator<Item = (char, bool)> {
    text.chars().scan(None, |before, character| {
        let hidden = character.is_control() || is_hidden(*before, character);
        if !hidden {
            *before = Some(character);
        }
        Some((character, hidden))
    })
}

fn is_hidden(before: Option<char>, character: char) -> bool {
    match character {
        // Joiners: in scripts from Arabic to those of India, and between emoji.
        '\u{200c}' | '\u{200d}' => !before.is_some_and(|before| {
            matches!(before, '\u{620}'..='\u{7ff}' | '\u{840}'..='\u{dff}' | '\u{fe0f}' | '\u{2190}'..='\u{2bff}') || is_emoji(before)
        }),
        // Picture or sign: after what has both.
        '\u{fe0e}' | '\u{fe0f}' => !before.is_some_and(|before| {
            matches!(before, '#' | '*' | '0'..='9' | '\u{a9}' | '\u{ae}' | '\u{203c}'..='\u{2bff}' | '\u{3030}'..='\u{3299}')
                || is_emoji(before)
        }),
        '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{115f}'
        | '\u{1160}'
        | '\u{17b4}'
        | '\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{2800}'
        | '\u{3164}'
        | '\u{fe00}'..='\u{fe0d}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}' => true,
        // Of each plane the last two are no characters.
        other => u32::from(other) & 0xfffe == 0xfffe,
    }
}

fn is_emoji(character: char) -> bool {
    matches!(character, '\u{1f000}'..='\u{1faff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_in_any_script_is_visible() {
        for text in [
            "Ada’s laptop",
            "Zoë Ångström",
            "محمد",
            "می\u{200c}خواهم",
            "क्\u{200d}ष",
            "שלום",
            "李雷",
            "👩\u{200d}💻 Mac",
            "❤\u{fe0f}",
            "1\u{fe0f}\u{20e3}",
            "🏳\u{fe0f}\u{200d}🌈",
        ] {
            assert!(is_visible(text), "{text:?}");
            assert_eq!(without_hidden(text), text);
        }
    }

    #[test]
    fn what_hides_or_turns_is_found_and_taken_out() {
        for (text, left) in [
            ("ad\u{200b}min", "admin"),
            ("ad\u{200d}min", "admin"),
            ("admin\u{202e}gpj.exe", "admingpj.exe"),
            ("\u{2066}a\u{2069}", "a"),
            ("a\u{ad}b\u{feff}", "ab"),
            ("a\u{e0061}b", "ab"),
            ("ㅤ\u{3164}", ""),
            ("a\u{fe0f}", "a"),
            ("می\u{200c}\u{200c}\u{200b}خ", "می\u{200c}خ"),
            ("\u{fffe}x", "x"),
        ] {
            assert!(!is_visible(text), "{text:?}");
            assert_eq!(without_hidden(text), left, "{text:?}");
        }
        assert!(!is_visible("a\nb"));
        assert_eq!(without_hidden("a\nb"), "a\nb");
    }
}
