//! Reading CSV piece by piece: what this program wrote, and what people save from a spreadsheet.
//!
//! Taken as RFC 4180 has it; also with a byte order mark, lines that end in LF alone, a last line without an end, and empty lines.

use crate::error::{Error, Result};

/// A row may be this long, bytes: the longest entry of an audit log is far below.
pub const CSV_ROW_BYTES_MAX: usize = 8 * 1024 * 1024;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The line on which it begins; the first is 1.
    pub line: u64,
    /// Its cells, quotes and guards taken away.
    pub cells: Vec<String>,
}

/// Takes text in pieces of any length and gives rows.
#[derive(Debug)]
pub struct Reader {
    delimiter: char,
    place: Place,
    cell: String,
    cells: Vec<String>,
    row_bytes: usize,
    line: u64,
    row_line: u64,
    at_start: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    CellStart,
    Bare,
    Quoted,
    /// Behind a quote inside a quoted cell: its end, or the first of two that stand for one.
    Quote,
    /// Behind a carriage return outside quotes.
    Return,
}

impl Reader {
    /// For cells parted by `delimiter`, which is `,` in all that this program writes.
    pub fn new(delimiter: char) -> Reader {
        Reader {
            delimiter,
            place: Place::CellStart,
            cell: String::new(),
            cells: Vec::new(),
            row_bytes: 0,
            line: 1,
            row_line: 1,
            at_start: true,
        }
    }

    /// Takes the next piece and calls `each` with every row that it completes. An error, of the text or of `each`, ends the reading.
    pub fn feed(&mut self, piece: &str, each: &mut dyn FnMut(Row) -> Result<()>) -> Result<()> {
        for character in piece.chars() {
            let mark = std::mem::take(&mut self.at_start) && character == '\u{feff}';
            if !mark {
                self.take(character, each)?;
            }
        }
        Ok(())
    }

    /// Ends the reading; a last row may lack its line's end.
    pub fn finish(mut self, each: &mut dyn FnMut(Row) -> Result<()>) -> Result<()> {
        match self.place {
            Place::Quoted => Err(self.wrong("a quote is opened and never closed")),
            _ if self.cells.is_empty() && self.place == Place::CellStart => Ok(()),
            _ => self.end_row(each),
        }
    }

    fn take(&mut self, character: char, each: &mut dyn FnMut(Row) -> Result<()>) -> Result<()> {
        self.row_bytes += character.len_utf8();
        if self.row_bytes > CSV_ROW_BYTES_MAX {
            return Err(self.wrong("the row is too long"));
        }
        match (self.place, character) {
            (Place::Return, '\n') => self.end_row(each)?,
            (Place::Return, _) => return Err(self.wrong("a carriage return stands alone; put the cell into quotes")),
            (Place::Quoted, '"') => self.place = Place::Quote,
            (Place::Quoted, _) => self.cell.push(character),
            (Place::Quote, '"') => {
                self.cell.push('"');
                self.place = Place::Quoted;
            }
            (Place::CellStart, '"') => self.place = Place::Quoted,
            (_, '\n') => self.end_row(each)?,
            (_, '\r') => self.place = Place::Return,
            (_, character) if character == self.delimiter => self.end_cell(),
            (Place::Quote, _) => return Err(self.wrong("text follows a closing quote")),
            (_, '"') => return Err(self.wrong("a quote stands inside a cell; put the cell into quotes and double it")),
            (_, _) => {
                self.cell.push(character);
                self.place = Place::Bare;
            }
        }
        if character == '\n' {
            self.line += 1;
            if self.place == Place::CellStart && self.cells.is_empty() {
                self.row_line = self.line;
            }
        }
        Ok(())
    }

    fn end_cell(&mut self) {
        self.cells.push(unguarded(std::mem::take(&mut self.cell)));
        self.place = Place::CellStart;
    }

    fn end_row(&mut self, each: &mut dyn FnMut(Row) -> Result<()>) -> Result<()> {
        self.end_cell();
        self.row_bytes = 0;
        let cells = std::mem::take(&mut self.cells);
        // An empty line is no row of one empty cell.
        if cells.iter().all(String::is_empty) && cells.len() == 1 {
            return Ok(());
        }
        each(Row { line: self.row_line, cells })
    }

    fn wrong(&self, what: &str) -> Error {
        Error::invalid(format!("Line {}: {what}", self.row_line))
    }
}

/// What parts the cells of a file whose first line is `head`: spreadsheets of many countries write `;`.
pub fn delimiter_of(head: &str) -> char {
    let count = |delimiter: char| head.chars().filter(|character| *character == delimiter).count();
    if count(';') > count(',') { ';' } else { ',' }
}

/// Takes the guard of [`super::csv::write_row`] away. An apostrophe before anything else is the writer's own.
fn unguarded(mut cell: String) -> String {
    if cell.strip_prefix('\'').is_some_and(|rest| rest.starts_with(['=', '+', '-', '@', '\t', '\r', '\''])) {
        cell.remove(0);
    }
    cell
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::csv::write_row;

    fn read(text: &str, pieces: usize) -> Result<Vec<(u64, Vec<String>)>> {
        let mut rows = Vec::new();
        let mut each = |row: Row| {
            rows.push((row.line, row.cells));
            Ok(())
        };
        let mut reader = Reader::new(delimiter_of(text.lines().next().unwrap_or_default()));
        let characters: Vec<char> = text.chars().collect();
        for piece in characters.chunks(pieces) {
            reader.feed(&piece.iter().collect::<String>(), &mut each)?;
        }
        reader.finish(&mut each)?;
        Ok(rows)
    }

    #[test]
    fn what_is_written_reads_back_in_pieces_of_any_length() {
        let cells = ["=1", "'", "''x", "a\"b", "\r\n", "-", "", " x ", "é,🦀", "'s-Hertogenbosch", "\ttab"];
        let mut text = String::new();
        for first in cells {
            for second in cells {
                write_row(&mut text, [first, second, "end"]);
            }
        }
        for pieces in [1, 2, 7, 10_000] {
            let rows = read(&text, pieces).unwrap();
            let expected: Vec<_> = cells.iter().flat_map(|first| cells.iter().map(move |second| [first, second, "end"])).collect();
            assert_eq!(rows.len(), expected.len());
            for ((_, row), expected) in rows.iter().zip(&expected) {
                assert_eq!(row, expected, "{pieces}");
            }
        }
    }

    #[test]
    fn what_spreadsheets_save_is_taken() {
        let text = "\u{feff}name;city\nAda;'s-Hertogenbosch\n\n\"two\nlines\";\"x\"\r\nlast;";
        let rows = read(text, 3).unwrap();
        let row = |line: u64, cells: [&str; 2]| (line, cells.map(str::to_owned).to_vec());
        let expected = [row(1, ["name", "city"]), row(2, ["Ada", "'s-Hertogenbosch"]), row(4, ["two\nlines", "x"]), row(6, ["last", ""])];
        assert_eq!(rows, expected);
        assert_eq!(read("", 1).unwrap(), []);
    }

    #[test]
    fn what_is_no_csv_is_refused_with_its_line() {
        for (text, line) in [("a,b\n\"x\"y,1\n", 2), ("a,b\n1,x\"y\n", 2), ("a,b\n\n\"open,1\n\n", 3), ("a\rb\n", 1)] {
            let error = read(text, 4).unwrap_err();
            assert!(error.detail.starts_with(&format!("Line {line}: ")), "{text:?}: {}", error.detail);
        }
        let long = format!("\"{}", "x".repeat(CSV_ROW_BYTES_MAX));
        assert!(read(&long, 1 << 20).unwrap_err().detail.contains("too long"));
    }
}
