//! Tests of pages: tables over pages, rows kept whole, page numbers.

use super::*;
use crate::report::text::Shaper;

fn texts(items: &[Item]) -> Vec<String> {
    let text = |item: &Item| match item {
        Item::Draw { what: Drawing::Text { run, .. }, .. } => Some(run.text.trim_end().to_owned()),
        _ => None,
    };
    items.iter().filter_map(text).collect()
}

const COLUMNS: [Column; 2] = [Column::left("Name", 1.0), Column::right("Count", 1.0)];

fn laid_out(rows: Vec<Vec<Cell>>) -> Pages {
    let mut shaper = Shaper::new().unwrap();
    let mut flow = Flow::new(&mut shaper);
    Table { summary: "Names", columns: &COLUMNS }.draw(&mut flow, rows).unwrap();
    flow.finish("head", "foot").unwrap()
}

fn opened_and_closed(pages: &Pages) -> (usize, usize) {
    let items = || pages.pages.iter().flatten();
    (items().filter(|item| matches!(item, Item::Open(_))).count(), items().filter(|item| matches!(item, Item::Close)).count())
}

#[test]
fn a_table_repeats_its_head_and_keeps_rows_whole() {
    let rows = (0..200).map(|n| vec![Cell::Text(format!("first{n} {}", "wörd ".repeat(90))), Cell::from(n)]).collect();
    let pages = laid_out(rows);
    assert!(pages.pages.len() > 20);
    for (number, page) in pages.pages.iter().enumerate() {
        let texts = texts(page);
        assert_eq!(texts.iter().filter(|text| *text == "Name").count(), 1, "page {number}");
        assert!(texts.contains(&format!("Page {} of {}", number + 1, pages.pages.len())));
        // The last line of every row is shorter than the others, and no page ends in the middle of one.
        let firsts = texts.iter().filter(|text| text.starts_with("first")).count();
        let counts = texts.iter().filter(|text| text.parse::<u64>().is_ok()).count();
        assert_eq!(firsts, counts, "page {number}");
    }
    let all: Vec<String> = pages.pages.iter().flat_map(|page| texts(page)).collect();
    for n in 0..200 {
        assert!(all.iter().any(|text| text.starts_with(&format!("first{n} "))), "row {n}");
    }
    let (opened, closed) = opened_and_closed(&pages);
    assert_eq!(opened, closed);
}

#[test]
fn nothing_stands_below_the_foot_or_outside_the_page() {
    let rows = (0..300).map(|n| vec![Cell::Text("x".repeat(n)), Cell::from(7_u64)]).collect();
    for (number, page) in laid_out(rows).pages.iter().enumerate() {
        for item in page {
            if let Item::Draw { what: Drawing::Text { x, y, font, run, .. }, artifact: false } = item {
                assert!(*y <= BOTTOM && *y >= TOP, "page {number}: `{}` at {y}", run.text);
                assert!(x + run.width * font.size <= PAGE_WIDTH - MARGIN + 0.1, "page {number}: `{}`", run.text);
            }
        }
    }
}

#[test]
fn a_row_taller_than_a_page_goes_on_and_loses_nothing() {
    let words: Vec<String> = (0..3000).map(|n| format!("w{n}")).collect();
    let pages = laid_out(vec![vec![Cell::from("short"), Cell::from(1_u64)], vec![Cell::Text(words.join(" ")), Cell::from(2_u64)]]);
    assert!(pages.pages.len() > 2);
    let all = pages.pages.iter().flat_map(|page| texts(page)).collect::<Vec<_>>().join(" ");
    let found: std::collections::HashSet<&str> = all.split(' ').collect();
    assert!(words.iter().all(|word| found.contains(word.as_str())));
}

#[test]
fn a_page_number_is_that_of_its_anchor() {
    let mut shaper = Shaper::new().unwrap();
    let mut flow = Flow::new(&mut shaper);
    flow.page_number_at(300.0, 100.0, Style::BODY, "later");
    flow.heading(1, "First", "first").unwrap();
    flow.new_page();
    flow.heading(1, "Second", "second").unwrap();
    flow.new_page();
    flow.heading(1, "Third", "later").unwrap();
    let pages = flow.finish("head", "foot").unwrap();
    assert_eq!(texts(&pages.pages[0])[0], "3");
    assert_eq!(pages.outline.iter().map(|entry| entry.page).collect::<Vec<_>>(), [0, 1, 2]);
}

#[test]
fn a_ring_ends_where_its_share_says() {
    let Path(segments) = Path::arc(0.0, 0.0, 10.0, 0.25);
    let Some(Segment::Curve([.., x, y])) = segments.last() else { panic!("no curve") };
    assert!((x - 10.0).abs() < 0.01 && y.abs() < 0.01, "{x} {y}");
}
