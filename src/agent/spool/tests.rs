//! The queue on disk: order, bounds, restarts, damage, a full disk.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

fn spool(folder: &tempfile::TempDir) -> Spool {
    Spool::new(folder.path().join("spool"))
}

fn report(number: usize) -> Vec<u8> {
    format!("{{\"number\":{number}}}").into_bytes()
}

fn all(spool: &Spool) -> Vec<String> {
    let mut found = Vec::new();
    let mut last = None;
    while let Some(entry) = spool.next_after(last).unwrap() {
        last = Some(entry.number);
        found.push(String::from_utf8(entry.json).unwrap().replace("{\"number\":", "").replace('}', ""));
    }
    found
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    files::write_whole(path, bytes, Readers::Owner)
}

#[test]
fn reports_come_out_oldest_first_also_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = spool(&folder);
    for number in 1..=11 {
        assert_eq!(first.push(&report(number)), Pushed::default());
    }
    let mut second = spool(&folder);
    second.push(&report(12));
    assert_eq!(all(&second), (1..=12).map(|number| number.to_string()).collect::<Vec<_>>());
    let oldest = second.next_after(None).unwrap().unwrap();
    second.remove(oldest.number).unwrap();
    second.remove(oldest.number).unwrap();
    assert_eq!((second.count(), second.next_after(None).unwrap().unwrap().json), (11, report(2)));
}

#[test]
#[cfg(unix)]
fn nobody_else_reads_them() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    spool(&folder).push(&report(1));
    let path = folder.path().join("spool");
    let file = fs::read_dir(&path).unwrap().next().unwrap().unwrap().path();
    let modes = [path, file].map(|path| fs::metadata(path).unwrap().permissions().mode() & 0o777);
    assert_eq!(modes, [0o700, 0o600]);
}

#[test]
fn what_is_too_much_pushes_out_the_oldest() {
    let folder = tempfile::tempdir().unwrap();
    let mut few = Spool::with(folder.path().join("few"), Bounds { reports: 3, bytes: 1_000_000 }, write);
    let dropped: Vec<_> = (1..=5).map(|number| few.push(&report(number)).dropped).collect();
    assert_eq!((dropped, all(&few)), (vec![0, 0, 0, 1, 1], vec!["3".to_owned(), "4".to_owned(), "5".to_owned()]));
    let size = pack(&report(1)).unwrap().len() as u64;
    let mut small = Spool::with(folder.path().join("small"), Bounds { reports: 100, bytes: 2 * size }, write);
    let dropped: Vec<_> = (1..=4).map(|number| small.push(&report(number)).dropped).collect();
    assert_eq!((dropped, all(&small)), (vec![0, 0, 1, 1], vec!["3".to_owned(), "4".to_owned()]));
}

#[test]
fn damaged_files_are_set_aside_and_the_rest_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = spool(&folder);
    for number in 1..=30 {
        spool.push(&report(number));
    }
    for number in 1..=29 {
        let path = spool.path_of(number);
        let whole = fs::read(&path).unwrap();
        let broken = match number % 4 {
            0 => whole[..whole.len() / 2].to_vec(),
            1 => Vec::new(),
            2 => pack(b"{\"number\":").unwrap(),
            _ => [&whole[..whole.len() - 6], &[0; 6]].concat(),
        };
        fs::write(&path, broken).unwrap();
    }
    assert_eq!((all(&spool), spool.count()), (vec!["30".to_owned()], 1));
    let aside = fs::read_dir(&spool.folder).unwrap().filter(|entry| entry.as_ref().unwrap().path().extension().unwrap() == "damaged");
    assert_eq!(aside.count(), SPOOL_DAMAGED_MAX);
    spool.push(&report(31));
    assert_eq!(all(&spool), ["30", "31"]);
}

#[test]
fn on_a_full_disk_the_oldest_make_room() {
    // Takes three files, then a file only after one has gone.
    fn three_files(path: &Path, bytes: &[u8]) -> io::Result<()> {
        match fs::read_dir(path.parent().unwrap()).unwrap().count() {
            0..3 => write(path, bytes),
            _ => Err(io::Error::from(ErrorKind::StorageFull)),
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let mut spool = Spool::with(folder.path().join("spool"), Bounds::default(), three_files);
    let dropped: Vec<_> = (1..=5).map(|number| spool.push(&report(number))).collect();
    assert_eq!(dropped.iter().map(|pushed| pushed.dropped).collect::<Vec<_>>(), [0, 0, 0, 1, 1]);
    assert!(dropped.iter().all(|pushed| pushed.not_on_disk.is_none()));
    assert_eq!(all(&spool), ["3", "4", "5"]);
}

#[test]
fn where_the_disk_takes_nothing_the_newest_waits_in_memory() {
    static WRITES: AtomicUsize = AtomicUsize::new(0);
    // Takes the first file and from the fourth try on.
    fn failing(path: &Path, bytes: &[u8]) -> io::Result<()> {
        match WRITES.fetch_add(1, Ordering::Relaxed) {
            1..=2 => Err(io::Error::from(ErrorKind::ReadOnlyFilesystem)),
            _ => write(path, bytes),
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let mut spool = Spool::with(folder.path().join("spool"), Bounds::default(), failing);
    assert_eq!(spool.push(&report(1)), Pushed::default());
    let second = spool.push(&report(2));
    assert!(second.not_on_disk.is_some_and(|why| why.contains("read-only")), "no reason given");
    assert_eq!((all(&spool), spool.count()), (vec!["1".to_owned(), "2".to_owned()], 2));
    assert_eq!(spool.push(&report(3)).dropped, 1, "the second gives way to the third");
    let third = spool.next_after(Some(1)).unwrap().unwrap();
    assert_eq!(third.json, report(3));
    spool.remove(third.number).unwrap();
    assert_eq!(spool.push(&report(4)), Pushed::default());
    assert_eq!(all(&spool), ["1", "4"]);
}
