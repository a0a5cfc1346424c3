//! The one writer: a thread that runs what has gathered inside one transaction and answers only after the commit is on the disk.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, TrySendError, channel, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::checkpoint::Checkpointer;
use super::connection;
use crate::error::{Error, Result};
use crate::limits::{WRITE_BATCH_JOBS_MAX, WRITE_BATCH_MS_MAX, WRITE_QUEUE_JOBS_MAX};

/// Writes that nobody waits for, in the queue at once: an eighth of it.
const LATER_JOBS_MAX: usize = WRITE_QUEUE_JOBS_MAX / 8;

/// Upper bounds of the sizes in which batches are counted, jobs.
pub const WRITE_BATCH_BUCKETS: [usize; 8] = [1, 2, 4, 8, 16, 32, 64, WRITE_BATCH_JOBS_MAX];

/// How the writer has been doing since the start.
#[derive(Debug, Default)]
pub struct WriterCounters {
    /// Transactions committed.
    pub commits: AtomicU64,
    /// Jobs in those transactions; divided by `commits` it is the mean size of a batch.
    pub jobs: AtomicU64,
    /// Transactions by the number of their jobs: up to 1, 2, 4, … as in [`WRITE_BATCH_BUCKETS`].
    pub batches: [AtomicU64; WRITE_BATCH_BUCKETS.len()],
    /// Commits that failed.
    pub failures: AtomicU64,
}

pub(super) struct Writer {
    queue: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<()>>,
    answers: Option<JoinHandle<()>>,
    counters: Arc<WriterCounters>,
    later: Arc<AtomicUsize>,
}

/// A write that waits.
struct Job {
    /// It begins a transaction: for what writes thousands of rows. In a savepoint SQLite would look through all that it has changed so far,
    /// again and again, with each of its statements.
    goes_first: bool,
    /// Runs inside its transaction or savepoint and gives back how to answer once the fate of the transaction is known.
    run: Box<dyn FnOnce(&Connection) -> Outcome + Send>,
    /// Answers without running.
    refuse: Box<dyn FnOnce(Error) + Send>,
}

struct Outcome {
    stored: bool,
    /// Its savepoint is still there: nothing of the transaction may be committed.
    unended: bool,
    answer: Box<dyn FnOnce(Result<()>) + Send>,
}

/// The jobs of a transaction, and how it ended.
type Batch = (Vec<Outcome>, Result<()>);

impl Writer {
    pub(super) fn start(path: &Path) -> Result<Writer> {
        let first = connection::open_writer(path)?;
        let (queue, jobs) = sync_channel::<Job>(WRITE_QUEUE_JOBS_MAX);
        let counters = Arc::new(WriterCounters::default());
        let (ended, batches) = channel::<Batch>();
        // Waking those who wait takes a while: meanwhile the next transaction runs.
        let answers = spawn("answers", move || batches.into_iter().for_each(answer))?;
        let checkpointer = Checkpointer::start(path)?;
        let work = Work { path: path.to_owned(), jobs, ended, checkpointer, counters: counters.clone() };
        let thread = spawn("writer", move || work.run(first))?;
        Ok(Writer { queue: Some(queue), thread: Some(thread), answers: Some(answers), counters, later: Arc::new(AtomicUsize::new(0)) })
    }

    pub(super) fn counters(&self) -> &WriterCounters {
        &self.counters
    }

    /// Whether the thread that commits still runs.
    pub(super) fn is_alive(&self) -> bool {
        self.thread.as_ref().is_some_and(|thread| !thread.is_finished())
    }

    /// Queues `body`, waits until it is committed, and gives its result.
    pub(super) fn run<T, F>(&self, body: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T> + Send + 'static,
    {
        self.queue_and_wait(false, body)
    }

    /// The same for a `body` that writes thousands of rows.
    pub(super) fn run_large<T, F>(&self, body: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T> + Send + 'static,
    {
        self.queue_and_wait(true, body)
    }

    fn queue_and_wait<T, F>(&self, goes_first: bool, body: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T> + Send + 'static,
    {
        let (sender, receiver) = sync_channel::<Result<T>>(1);
        let refuser = sender.clone();
        // A caller that has gone away does not want its answer; the write stands all the same.
        let refuse = Box::new(move |error| drop(refuser.try_send(Err(error))));
        let run = Box::new(move |connection: &Connection| {
            let result =
                catch_unwind(AssertUnwindSafe(|| body(connection))).unwrap_or_else(|panic| Err(Error::internal(panic_text(&*panic))));
            let stored = result.is_ok();
            let answer = Box::new(move |commit: Result<()>| drop(sender.try_send(commit.and(result))));
            Outcome { stored, unended: false, answer }
        });
        let job = Job { goes_first, run, refuse };
        let queue = self.queue.as_ref().ok_or_else(|| Error::internal("the writer has stopped"))?;
        queue.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => Error::unavailable("The appliance is busy; try again in a few seconds", "the write queue is full"),
            TrySendError::Disconnected(_) => Error::internal("the writer has stopped"),
        })?;
        receiver.recv().unwrap_or_else(|_| Err(Error::internal("the writer gave no answer")))
    }

    /// Queues `body` and returns at once. False if too many such writes wait already, or the queue is full.
    pub(super) fn run_later<F>(&self, body: F) -> bool
    where
        F: FnOnce(&Connection) -> Result<()> + Send + 'static,
    {
        let Some(place) = LaterPlace::take(&self.later) else { return false };
        let run = Box::new(move |connection: &Connection| {
            let result =
                catch_unwind(AssertUnwindSafe(|| body(connection))).unwrap_or_else(|panic| Err(Error::internal(panic_text(&*panic))));
            drop(place);
            let stored = result.is_ok();
            let answer = Box::new(move |commit: Result<()>| {
                if let Err(error) = commit.and(result) {
                    tracing::warn!(%error, "a write that nobody waits for was lost");
                }
            });
            Outcome { stored, unended: false, answer }
        });
        let refuse = Box::new(|error| tracing::warn!(%error, "a write that nobody waits for was lost"));
        self.queue.as_ref().is_some_and(|queue| queue.try_send(Job { goes_first: false, run, refuse }).is_ok())
    }
}

/// One of the [`LATER_JOBS_MAX`] places; given back when the job has run or was dropped.
struct LaterPlace(Arc<AtomicUsize>);

impl LaterPlace {
    fn take(taken: &Arc<AtomicUsize>) -> Option<LaterPlace> {
        let more = |places: usize| (places < LATER_JOBS_MAX).then_some(places + 1);
        taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).ok()?;
        Some(LaterPlace(taken.clone()))
    }
}

impl Drop for LaterPlace {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Drop for Writer {
    /// Ends the thread after what is queued has been committed.
    fn drop(&mut self) {
        drop(self.queue.take());
        for thread in [self.thread.take(), self.answers.take()].into_iter().flatten() {
            let _ = thread.join();
        }
    }
}

fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>> {
    let thread = std::thread::Builder::new().name(name.to_owned()).spawn(body);
    thread.map_err(|error| Error::internal(format!("the thread `{name}` did not start: {error}")))
}

/// What the thread that commits has.
struct Work {
    path: PathBuf,
    jobs: Receiver<Job>,
    ended: Sender<Batch>,
    checkpointer: Checkpointer,
    counters: Arc<WriterCounters>,
}

impl Work {
    fn run(self, mut first: Connection) {
        let mut present = self.checkpointer.watch(&mut first).is_ok().then_some(first);
        let mut next = None;
        while let Some(job) = next.take().or_else(|| self.jobs.recv().ok()) {
            let opened = match present.take() {
                Some(connection) => Ok(connection),
                None => self.open(),
            };
            match opened {
                Ok(connection) => {
                    // After a commit that failed nobody can know what the connection believes; a fresh one reads the file as it is.
                    if self.batch(&connection, job, &mut next) {
                        self.checkpointer.after_commit(&connection);
                        present = Some(connection);
                    }
                }
                Err(error) => {
                    tracing::error!(%error, "the database could not be opened for writing");
                    (job.refuse)(Error::unavailable("The appliance's storage failed; nothing was stored", error));
                }
            }
        }
        // The connection that closes last copies the WAL into the file and removes it.
        drop(self.checkpointer);
        drop(present);
    }

    fn open(&self) -> Result<Connection> {
        let mut connection = connection::open_writer(&self.path)?;
        self.checkpointer.watch(&mut connection)?;
        Ok(connection)
    }

    /// Runs `first` and what has gathered behind it in one transaction, up to a job that is to be `next`'s first. False if the connection
    /// must not be used again.
    fn batch(&self, connection: &Connection, first: Job, next: &mut Option<Job>) -> bool {
        if let Err(error) = execute(connection, "BEGIN IMMEDIATE") {
            tracing::error!(%error, "a write transaction could not begin");
            (first.refuse)(error);
            return false;
        }
        let deadline = Instant::now() + Duration::from_millis(WRITE_BATCH_MS_MAX);
        // Needs no savepoint: as long as it is alone, the transaction is its own.
        let outcome = (first.run)(connection);
        if !outcome.stored && !connection.is_autocommit() {
            let undone = execute(connection, "ROLLBACK");
            let usable = undone.is_ok();
            (outcome.answer)(undone);
            return usable;
        }
        let mut outcomes = vec![outcome];
        // A full disk or an I/O error may have ended the whole transaction: then nothing more may run, or it would commit by itself.
        // Nor after a job whose savepoint could not be ended, for half of that job may be in the transaction still.
        let is_lost = |outcomes: &[Outcome]| connection.is_autocommit() || outcomes.iter().any(|outcome| outcome.unended);
        while !is_lost(&outcomes) && outcomes.len() < WRITE_BATCH_JOBS_MAX && Instant::now() < deadline {
            let Ok(job) = self.jobs.try_recv() else { break };
            if job.goes_first {
                *next = Some(job);
                break;
            }
            outcomes.push(in_savepoint(connection, job));
        }
        let committed = match is_lost(&outcomes) {
            true => Err(Error::unavailable(
                "The appliance's storage failed; nothing was stored",
                "SQLite ended the transaction, or could not undo a write",
            )),
            false => execute(connection, "COMMIT"),
        };
        self.count(outcomes.len(), &committed);
        let usable = committed.is_ok();
        if outcomes.len() == 1 {
            // One is woken at once; another thread would only come between.
            answer((outcomes, committed));
        } else if let Err(unsent) = self.ended.send((outcomes, committed)) {
            answer(unsent.0);
        }
        usable
    }

    fn count(&self, jobs: usize, committed: &Result<()>) {
        let counters = &self.counters;
        match committed {
            Ok(()) => {
                counters.commits.fetch_add(1, Ordering::Relaxed);
                counters.jobs.fetch_add(jobs as u64, Ordering::Relaxed);
                if let Some(bucket) = WRITE_BATCH_BUCKETS.iter().position(|bound| jobs <= *bound) {
                    counters.batches[bucket].fetch_add(1, Ordering::Relaxed);
                }
            }
            Err(error) => {
                counters.failures.fetch_add(1, Ordering::Relaxed);
                tracing::error!(%error, "a commit failed; nothing of it was acknowledged");
            }
        }
    }
}

fn answer((outcomes, committed): Batch) {
    for outcome in outcomes {
        (outcome.answer)(committed.clone());
    }
}

fn in_savepoint(connection: &Connection, job: Job) -> Outcome {
    if let Err(error) = execute(connection, "SAVEPOINT job") {
        return Outcome { stored: false, unended: false, answer: Box::new(move |_| (job.refuse)(error)) };
    }
    let outcome = (job.run)(connection);
    // If the transaction is gone there is no savepoint left to end; run_batch notices and fails the whole batch.
    let ended = match (connection.is_autocommit(), outcome.stored) {
        (true, _) => Ok(()),
        (false, true) => execute(connection, "RELEASE job"),
        (false, false) => execute(connection, "ROLLBACK TO job").and_then(|()| execute(connection, "RELEASE job")),
    };
    match ended {
        Ok(()) => outcome,
        Err(error) => Outcome { stored: false, unended: true, answer: Box::new(move |_| (outcome.answer)(Err(error))) },
    }
}

fn execute(connection: &Connection, sql: &str) -> Result<()> {
    connection.prepare_cached(sql)?.execute([])?;
    Ok(())
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned()).or_else(|| panic.downcast_ref::<String>().cloned());
    format!("a write panicked: {}", text.unwrap_or_default())
}

#[cfg(test)]
mod tests;
