//! Tests of shaping and line breaking.

use super::shape::clean;
use super::*;

fn lines(text: &str, width: f32) -> Vec<String> {
    let mut shaper = Shaper::new().unwrap();
    let font = Font::regular(10.0);
    let runs = break_lines(&mut shaper, font, text, width).unwrap();
    for run in &runs {
        assert!(run.width * 10.0 <= width + 0.01 || run.text.trim_end().chars().count() <= 3, "`{}` is wider than {width}", run.text);
        for glyph in &run.glyphs {
            assert!(run.text.get(glyph.start as usize..glyph.end as usize).is_some(), "glyph outside `{}`", run.text);
        }
    }
    runs.into_iter().map(|run| run.text).collect()
}

#[test]
fn words_go_to_the_next_line_and_keep_their_space() {
    assert_eq!(lines("one two three", 40.0), ["one two ", "three"]);
    assert_eq!(lines("", 40.0), [""]);
    assert_eq!(lines("a\n\nb", 40.0), ["a", "", "b"]);
}

#[test]
fn a_word_wider_than_the_line_is_broken_and_never_dropped() {
    let host = "laptop-of-the-finance-department.munich.example.org";
    let broken = lines(host, 90.0);
    assert_eq!(broken.concat(), host);
    assert!(broken.len() > 2 && broken[0].ends_with(['-', '.']), "{broken:?}");
    let solid = "x".repeat(255);
    assert_eq!(lines(&solid, 60.0).concat(), solid);
    // Narrower than a single character.
    assert_eq!(lines("WWW", 1.0), ["W", "W", "W"]);
}

#[test]
fn every_width_keeps_every_character() {
    let text = "Γεώργιος Παπαδόπουλος, Ольга Ковальчук; Nguyễn Thị Hồng/e\u{301}o\u{323}\u{302} 漢字 🦀 o\u{2019}Brien";
    for width in 1..80 {
        assert_eq!(lines(text, width as f32).concat().replace(' ', ""), text.replace(' ', ""), "width {width}");
    }
}

#[test]
fn a_letter_and_its_marks_stay_together() {
    for line in lines(&"e\u{301}\u{323}".repeat(40), 30.0) {
        assert!(line.starts_with('e'), "{line:?}");
    }
}

#[test]
fn the_fonts_have_latin_greek_cyrillic_and_vietnamese() {
    let mut shaper = Shaper::new().unwrap();
    let names =
        "Łukasz Żółć Åsa Öström Γεώργιος Ἀθηνᾶ Ольга Ї Ґ Ђорђе Nguyễn Thị Hồng Ặ ữ İbrahim Ľubica Ďurišová ẞ – — … · • ‑ → ≤ ≥ × € № “”";
    for face in Face::ALL {
        let missing = shaper.fonts_box(face);
        let run = shaper.line(face, names).unwrap();
        let boxes = run.glyphs.iter().filter(|glyph| glyph.id == missing).count();
        assert_eq!(boxes, 0, "{face:?}");
        assert!(run.glyphs.iter().all(|glyph| glyph.id != 0));
        let boxed = shaper.line(face, "漢\u{fffd}").unwrap();
        assert!(boxed.glyphs.iter().all(|glyph| glyph.id == missing && glyph.advance > 0.0), "{face:?}");
        assert_eq!(boxed.text, "漢\u{fffd}");
    }
}

#[test]
fn what_can_not_be_shown_becomes_the_replacement_character() {
    assert_eq!(
        clean("a\u{0}b\u{1b}c\u{202e}d\u{e000}e\u{feff}\u{ffff}\u{1fffe}"),
        "a\u{fffd}b\u{fffd}c\u{fffd}d\u{fffd}e\u{fffd}\u{fffd}\u{fffd}"
    );
    assert_eq!(clean("a\tb\r\nc"), "a b \nc");
}
