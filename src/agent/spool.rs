//! Reports that were not sent yet, on disk, oldest first: bounded in number and bytes, whole through crashes and full disks.
//!
//! A report is a file of gzip under a number that only grows, so that their order does not hang on the clock. gzip's checksum tells a
//! damaged file, which is set aside. What no longer fits pushes out the oldest, for the newest says how the device is now. Where the disk
//! takes nothing at all, the newest report is kept in memory.

use std::fs;
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;

use super::files::{self, Readers};
use super::report::REPORT_BYTES_MAX;
use crate::limits::{SPOOL_BYTES_MAX, SPOOL_DAMAGED_MAX, SPOOL_REPORTS_MAX};

const SUFFIX: &str = ".json.gz";
const DAMAGED_SUFFIX: &str = ".damaged";

/// Puts bytes into a file, whole, or fails.
pub type WriteFile = fn(&Path, &[u8]) -> io::Result<()>;

/// A queue of reports in a folder.
#[derive(Debug)]
pub struct Spool {
    folder: PathBuf,
    bounds: Bounds,
    write: WriteFile,
    /// The newest report, where the disk did not take it.
    in_memory: Option<(u64, Vec<u8>)>,
}

/// How much is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Reports.
    pub reports: usize,
    /// Bytes of all files together.
    pub bytes: u64,
}

/// A report of the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its place in the order.
    pub number: u64,
    /// The JSON as it is sent.
    pub json: Vec<u8>,
}

/// What became of a report that was put into the queue.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Pushed {
    /// Older reports that had to go.
    pub dropped: usize,
    /// Why it lies in memory only.
    pub not_on_disk: Option<String>,
}

impl Default for Bounds {
    fn default() -> Bounds {
        Bounds { reports: SPOOL_REPORTS_MAX, bytes: SPOOL_BYTES_MAX }
    }
}

impl Spool {
    /// The queue in `folder`, which is made when the first report comes.
    pub fn new(folder: PathBuf) -> Spool {
        Spool::with(folder, Bounds::default(), |path, bytes| files::write_whole(path, bytes, Readers::Owner))
    }

    /// As [`Spool::new`], with other bounds and another way to write.
    pub fn with(folder: PathBuf, bounds: Bounds, write: WriteFile) -> Spool {
        Spool { folder, bounds, write, in_memory: None }
    }

    /// Adds a report behind all others.
    pub fn push(&mut self, json: &[u8]) -> Pushed {
        let number = self.next_number();
        let mut pushed = Pushed::default();
        // Only one place in memory, and the newest wins it.
        pushed.dropped += usize::from(self.in_memory.take().is_some());
        let packed = match pack(json) {
            Ok(packed) => packed,
            Err(error) => return self.keep_in_memory(number, json, pushed, &error),
        };
        pushed.dropped += self.make_room(packed.len() as u64);
        loop {
            let written = files::make_folder(&self.folder, files::OWNER_ONLY).and_then(|()| (self.write)(&self.path_of(number), &packed));
            match written {
                Ok(()) => return pushed,
                // Each round makes the queue shorter by one.
                Err(error) if is_full(&error) && self.drop_oldest() => pushed.dropped += 1,
                Err(error) => return self.keep_in_memory(number, json, pushed, &error),
            }
        }
    }

    /// The first report after `after`; damaged ones are set aside on the way. An error when the folder can't be read.
    pub fn next_after(&self, after: Option<u64>) -> io::Result<Option<Entry>> {
        let later = |number: &u64| after.is_none_or(|after| *number > after);
        for (number, _) in self.files()?.into_iter().filter(|(number, _)| later(number)) {
            match files::read_limited(&self.path_of(number), self.bounds.bytes).and_then(|packed| unpack(&packed)) {
                Ok(json) => return Ok(Some(Entry { number, json })),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(_) => self.set_aside(number)?,
            }
        }
        Ok(self.in_memory.as_ref().filter(|(number, _)| later(number)).map(|(number, json)| Entry { number: *number, json: json.clone() }))
    }

    /// Takes a report out; one that is gone already is no error.
    pub fn remove(&mut self, number: u64) -> io::Result<()> {
        if self.in_memory.as_ref().is_some_and(|(known, _)| *known == number) {
            self.in_memory = None;
            return Ok(());
        }
        match fs::remove_file(self.path_of(number)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Reports that wait.
    pub fn count(&self) -> usize {
        self.files().map_or(0, |files| files.len()) + usize::from(self.in_memory.is_some())
    }

    fn keep_in_memory(&mut self, number: u64, json: &[u8], mut pushed: Pushed, error: &io::Error) -> Pushed {
        self.in_memory = Some((number, json.to_vec()));
        pushed.not_on_disk = Some(error.to_string());
        pushed
    }

    /// Drops the oldest until one more of `bytes` fits.
    fn make_room(&self, bytes: u64) -> usize {
        let Ok(files) = self.files() else { return 0 };
        let mut total: u64 = files.iter().map(|(_, bytes)| bytes).sum();
        let mut left = files.len();
        for (number, size) in &files {
            if left < self.bounds.reports && total + bytes <= self.bounds.bytes {
                break;
            }
            // What can't be removed is met again at the next report.
            let _ = fs::remove_file(self.path_of(*number));
            (left, total) = (left - 1, total - size);
        }
        files.len() - left
    }

    fn drop_oldest(&self) -> bool {
        let oldest = self.files().ok().and_then(|files| files.first().copied());
        oldest.is_some_and(|(number, _)| fs::remove_file(self.path_of(number)).is_ok())
    }

    /// Number and size of each report on disk, oldest first.
    fn files(&self) -> io::Result<Vec<(u64, u64)>> {
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut files = Vec::new();
        for entry in entries {
            let entry = entry?;
            if let Some(number) = number_in(&entry.file_name().to_string_lossy(), SUFFIX) {
                files.push((number, entry.metadata().map_or(0, |metadata| metadata.len())));
            }
        }
        files.sort_unstable();
        Ok(files)
    }

    fn next_number(&self) -> u64 {
        let on_disk = self.files().ok().and_then(|files| files.last().map(|(number, _)| *number));
        on_disk.max(self.in_memory.as_ref().map(|(number, _)| *number)).map_or(1, |number| number.saturating_add(1))
    }

    /// Keeps a damaged file for whoever wants to know, a few of them at most.
    fn set_aside(&self, number: u64) -> io::Result<()> {
        let names = fs::read_dir(&self.folder)?.filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()));
        let mut aside: Vec<u64> = names.filter_map(|name| number_in(&name, DAMAGED_SUFFIX)).collect();
        aside.sort_unstable();
        for oldest in aside.iter().take((aside.len() + 1).saturating_sub(SPOOL_DAMAGED_MAX)) {
            fs::remove_file(self.path(*oldest, DAMAGED_SUFFIX))?;
        }
        fs::rename(self.path_of(number), self.path(number, DAMAGED_SUFFIX))
    }

    fn path_of(&self, number: u64) -> PathBuf {
        self.path(number, SUFFIX)
    }

    fn path(&self, number: u64, suffix: &str) -> PathBuf {
        self.folder.join(format!("{number:020}{suffix}"))
    }
}

fn number_in(name: &str, suffix: &str) -> Option<u64> {
    name.strip_suffix(suffix)?.parse().ok()
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
}

fn pack(json: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(json)?;
    encoder.finish()
}

fn unpack(packed: &[u8]) -> io::Result<Vec<u8>> {
    let (mut json, bytes_max) = (Vec::new(), REPORT_BYTES_MAX as u64);
    GzDecoder::new(packed).take(bytes_max + 1).read_to_end(&mut json)?;
    let whole = json.len() as u64 <= bytes_max && serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(&json).is_ok();
    whole.then_some(json).ok_or_else(|| io::Error::from(ErrorKind::InvalidData))
}

#[cfg(test)]
mod tests;
