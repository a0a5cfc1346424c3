//! CSV as RFC 4180 has it, with a guard against cells that a spreadsheet would run as formulas.
//!
//! A cell that begins with `=`, `+`, `-`, `@`, tab, carriage return or `'` gets a `'` in front. So whoever reads the file with a program
//! takes one `'` away from each cell that begins with one, and has exactly what was written.

/// The media type to declare.
pub const MEDIA_TYPE: &str = "text/csv; charset=utf-8";

/// Appends one row to `out`, ended by CRLF.
pub fn write_row<'c>(out: &mut String, cells: impl IntoIterator<Item = &'c str>) {
    for (index, cell) in cells.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write_cell(out, cell);
    }
    out.push_str("\r\n");
}

fn write_cell(out: &mut String, cell: &str) {
    let guard = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\'']);
    // White space at the ends is quoted as well: some readers trim bare cells.
    let quote = cell.contains([',', '"', '\r', '\n']) || cell.starts_with(char::is_whitespace) || cell.ends_with(char::is_whitespace);
    if quote {
        out.push('"');
    }
    if guard {
        out.push('\'');
    }
    match quote {
        true => out.push_str(&cell.replace('"', "\"\"")),
        false => out.push_str(cell),
    }
    if quote {
        out.push('"');
    }
}

/// Reads rows back, the guard taken away. For tests, and for files that this program wrote.
///
/// `None` for text that [`write_row`] never writes: a bare quote, text after a closing quote, a quote that never closes, a row without CRLF.
pub fn read_rows(text: &str) -> Option<Vec<Vec<String>>> {
    let mut rows = read_guarded(text)?;
    for cell in rows.iter_mut().flatten() {
        if cell.starts_with('\'') {
            cell.remove(0);
        }
    }
    Some(rows)
}

/// Reads rows as a spreadsheet would: the guard still there.
fn read_guarded(text: &str) -> Option<Vec<Vec<String>>> {
    let mut rows = Vec::new();
    let mut row = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (cell, after) = read_cell(rest)?;
        row.push(cell);
        if let Some(next) = after.strip_prefix(',') {
            rest = next;
            // A comma at the very end of the text would leave a row without its end.
            if rest.is_empty() {
                return None;
            }
        } else {
            rest = after.strip_prefix("\r\n")?;
            rows.push(std::mem::take(&mut row));
        }
    }
    Some(rows)
}

/// One cell, and what follows it.
fn read_cell(text: &str) -> Option<(String, &str)> {
    let Some(mut rest) = text.strip_prefix('"') else {
        let end = text.find([',', '\r', '\n']).unwrap_or(text.len());
        let (cell, after) = text.split_at(end);
        return if cell.contains('"') { None } else { Some((cell.to_owned(), after)) };
    };
    let mut cell = String::new();
    loop {
        let (part, after) = rest.split_once('"')?;
        cell.push_str(part);
        match after.strip_prefix('"') {
            Some(next) => {
                cell.push('"');
                rest = next;
            }
            None => return Some((cell, after)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cells: &[&str]) -> String {
        let mut out = String::new();
        write_row(&mut out, cells.iter().copied());
        out
    }

    #[test]
    fn cells_are_quoted_where_they_must_be_and_rows_end_in_crlf() {
        assert_eq!(row(&["a", "b c", "", "é"]), "a,b c,,é\r\n");
        assert_eq!(row(&["a,b", "say \"hi\"", "two\nlines"]), "\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\"\r\n");
    }

    #[test]
    fn what_a_spreadsheet_would_run_is_guarded() {
        assert_eq!(row(&["=1+1", "+1", "-1", "@x", "'quoted", "1-2"]), "'=1+1,'+1,'-1,'@x,''quoted,1-2\r\n");
        assert_eq!(row(&["\tx", "\rx", "=\"a\""]), "\"'\tx\",\"'\rx\",\"'=\"\"a\"\"\"\r\n");
    }

    #[test]
    fn whatever_is_written_reads_back_exactly() {
        const PIECES: [&str; 17] = ["=", "+", "-", "@", "\t", "\r", "\n", "'", "\"", ",", " ", "a", "Zoë", "🦀", "\r\n", "\u{2028}", "1"];
        // A fixed seed: the same 20,000 cells each time.
        let mut state: u64 = 0x5EED;
        let mut next = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from((state >> 33) % below).unwrap()
        };
        for _ in 0..1_000 {
            let rows: Vec<Vec<String>> = (0..4)
                .map(|_| {
                    let cells = 1 + next(5);
                    (0..cells).map(|_| (0..next(6)).map(|_| PIECES[next(PIECES.len() as u64)]).collect()).collect()
                })
                .collect();
            let mut text = String::new();
            rows.iter().for_each(|row| write_row(&mut text, row.iter().map(String::as_str)));
            assert_eq!(read_rows(&text).as_ref(), Some(&rows), "{text:?}");
            let guarded = read_guarded(&text).unwrap();
            assert!(guarded.iter().flatten().all(|cell| !cell.starts_with(['=', '+', '-', '@', '\t', '\r'])), "{text:?}");
        }
    }

    #[test]
    fn what_is_no_csv_is_refused() {
        for text in ["a\"b\r\n", "\"a\"b\r\n", "\"open", "no end", "a,", "bare\nline\r\n"] {
            assert_eq!(read_rows(text), None, "{text:?}");
        }
    }
}
