//! Checkpoints: what the WAL has gathered is copied into the file by a thread of its own, so that no commit waits for it.
//!
//! Under steady writes that thread never sees the end of the WAL. So when it has copied what was there, the writer copies the little that
//! came meanwhile, and the WAL can begin anew.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use rusqlite::Connection;

use super::connection::open_writer;
use crate::error::{Error, Result};
use crate::limits::{WAL_PAGES_KEPT_MAX, WAL_PAGES_MAX};

/// Keeps the WAL short. Its thread ends when this is dropped, after the copy that it is at.
pub(super) struct Checkpointer {
    state: Arc<State>,
    wake: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct State {
    /// Pages in the WAL after the last commit.
    pages: AtomicUsize,
    /// The thread has copied all that it found.
    copied: AtomicBool,
}

impl Checkpointer {
    pub(super) fn start(path: &Path) -> Result<Checkpointer> {
        let state = Arc::new(State::default());
        // One call can wait; a second would ask for the same.
        let (wake, calls) = sync_channel(1);
        let (path, kept) = (path.to_owned(), state.clone());
        let thread = std::thread::Builder::new()
            .name("checkpoint".to_owned())
            .spawn(move || work(&path, &calls, &kept))
            .map_err(|error| Error::internal(format!("the checkpoint thread did not start: {error}")))?;
        Ok(Checkpointer { state, wake: Some(wake), thread: Some(thread) })
    }

    /// Has `connection`, which writes, tell how long the WAL has grown, and copy nothing by itself.
    pub(super) fn watch(&self, connection: &mut Connection) -> Result<()> {
        let state = self.state.clone();
        connection.wal_hook(Some(move |_: &mut _, pages: std::ffi::c_int| {
            state.pages.store(usize::try_from(pages).unwrap_or_default(), Ordering::Relaxed);
            Ok(())
        }))?;
        Ok(())
    }

    /// To be called after each commit of `connection`, outside a transaction.
    pub(super) fn after_commit(&self, connection: &Connection) {
        let pages = self.state.pages.load(Ordering::Relaxed);
        if pages < WAL_PAGES_KEPT_MAX {
            return;
        }
        if pages >= WAL_PAGES_MAX || self.state.copied.swap(false, Ordering::Relaxed) {
            copy(connection);
        } else if let Some(wake) = &self.wake {
            // Full: it has been called already.
            let _ = wake.try_send(());
        }
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        drop(self.wake.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn work(path: &Path, calls: &Receiver<()>, state: &State) {
    let mut present: Option<Connection> = None;
    while calls.recv().is_ok() {
        let opened = match present.take() {
            Some(connection) => Ok(connection),
            None => open_writer(path),
        };
        match opened {
            Ok(connection) => {
                // After an error nobody can know what the connection believes: the next call opens another.
                if copy(&connection) {
                    state.copied.store(true, Ordering::Relaxed);
                    present = Some(connection);
                }
            }
            Err(error) => tracing::error!(%error, "the database could not be opened for a checkpoint"),
        }
    }
}

/// Copies what no reader still needs; never waits for anybody. The WAL holds everything until it is done: an error loses nothing.
fn copy(connection: &Connection) -> bool {
    let copied = connection.prepare_cached("PRAGMA wal_checkpoint(PASSIVE)").and_then(|mut copy| copy.query_row([], |_| Ok(())));
    if let Err(error) = &copied {
        tracing::error!(%error, "a checkpoint failed; the WAL keeps what was written");
    }
    copied.is_ok()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::store::connection::{Scrutiny, create_or_check};

    const PAGE_BYTES: u64 = 4096;

    struct Scene {
        _folder: tempfile::TempDir,
        path: PathBuf,
        writer: Connection,
        checkpointer: Checkpointer,
    }

    impl Scene {
        fn new() -> Scene {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("recoger.db");
            create_or_check(&path, Scrutiny::Identity).unwrap();
            let checkpointer = Checkpointer::start(&path).unwrap();
            let mut writer = open_writer(&path).unwrap();
            checkpointer.watch(&mut writer).unwrap();
            writer.execute_batch("CREATE TABLE page (content BLOB NOT NULL)").unwrap();
            Scene { _folder: folder, path, writer, checkpointer }
        }

        /// Commits about so many pages, again and again.
        fn write(&self, pages: usize, times: usize) {
            for _ in 0..times {
                let content = vec![7u8; pages * PAGE_BYTES as usize];
                self.writer.execute("INSERT INTO page (content) VALUES (?1)", [content]).unwrap();
                self.writer.execute("DELETE FROM page WHERE rowid < (SELECT max(rowid) FROM page) - 2", []).unwrap();
                self.checkpointer.after_commit(&self.writer);
            }
        }

        fn wal_pages(&self) -> u64 {
            std::fs::metadata(self.path.with_extension("db-wal")).unwrap().len() / PAGE_BYTES
        }
    }

    #[test]
    fn the_wal_stays_short_however_much_is_written() {
        let scene = Scene::new();
        scene.write(256, 4 * WAL_PAGES_MAX / 256);
        // One commit may lie beyond the limit.
        assert!(scene.wal_pages() < (WAL_PAGES_MAX + 2_048) as u64, "{}", scene.wal_pages());
    }

    #[test]
    fn what_a_reader_still_looks_at_stays_and_is_copied_when_he_has_gone() {
        let scene = Scene::new();
        scene.write(1, 1);
        let reader = Connection::open(&scene.path).unwrap();
        reader.execute_batch("BEGIN").unwrap();
        let count = |connection: &Connection| connection.query_row("SELECT max(rowid) FROM page", [], |row| row.get::<_, i64>(0)).unwrap();
        assert_eq!(count(&reader), 1);
        scene.write(256, 2 * WAL_PAGES_MAX / 256);
        assert_eq!((count(&reader), count(&scene.writer)), (1, 1 + 2 * WAL_PAGES_MAX as i64 / 256));
        assert!(scene.wal_pages() > WAL_PAGES_MAX as u64);
        reader.execute_batch("COMMIT").unwrap();
        scene.write(1, 2);
        let state = || scene.checkpointer.state.pages.load(Ordering::Relaxed);
        assert!(state() < WAL_PAGES_KEPT_MAX, "it began anew: {}", state());
    }

    #[test]
    fn a_thread_that_has_copied_is_followed_by_the_writer_and_the_wal_begins_anew() {
        let scene = Scene::new();
        while scene.checkpointer.state.pages.load(Ordering::Relaxed) < WAL_PAGES_KEPT_MAX {
            scene.writer.execute("INSERT INTO page (content) VALUES (?1)", [vec![7u8; 100 * PAGE_BYTES as usize]]).unwrap();
        }
        scene.checkpointer.after_commit(&scene.writer);
        while !scene.checkpointer.state.copied.load(Ordering::Relaxed) {
            std::thread::yield_now();
        }
        scene.checkpointer.after_commit(&scene.writer);
        scene.writer.execute("INSERT INTO page (content) VALUES (x'07')", []).unwrap();
        assert!(scene.checkpointer.state.pages.load(Ordering::Relaxed) < 10);
    }
}
