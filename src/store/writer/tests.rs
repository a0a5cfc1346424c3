//! Writes on their way through the one thread: what waits, what is refused, what is lost.

use super::*;

#[test]
fn writes_that_nobody_waits_for_can_not_fill_the_queue() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("recoger.db");
    connection::create_or_check(&path, connection::Scrutiny::Identity).unwrap();
    let writer = Writer::start(&path).unwrap();
    let (started, has_started) = sync_channel(0);
    let (go_on, may_go_on) = sync_channel::<()>(0);
    // Holds the writer's thread until the queue has been looked at.
    assert!(writer.run_later(move |_| {
        started.send(()).unwrap();
        may_go_on.recv().unwrap();
        Ok(())
    }));
    has_started.recv().unwrap();
    let taken = (0..LATER_JOBS_MAX * 2).filter(|_| writer.run_later(|_| Ok(()))).count();
    assert_eq!(taken, LATER_JOBS_MAX - 1);
    go_on.send(()).unwrap();
    writer.run(|_| Ok(())).unwrap();
    assert!(writer.run_later(|_| panic!("on purpose")), "places come free, and a panic frees its own");
    writer.run(|_| Ok(())).unwrap();
    assert_eq!(writer.later.load(Ordering::Relaxed), 0);
}

/// A writer whose thread waits until told to go on, and what tells it.
fn held(path: &Path) -> (Arc<Writer>, SyncSender<()>) {
    connection::create_or_check(path, connection::Scrutiny::Identity).unwrap();
    let writer = Arc::new(Writer::start(path).unwrap());
    let (started, has_started) = sync_channel(0);
    let (go_on, may_go_on) = sync_channel::<()>(0);
    assert!(writer.run_later(move |_| {
        started.send(()).unwrap();
        may_go_on.recv().unwrap();
        Ok(())
    }));
    has_started.recv().unwrap();
    (writer, go_on)
}

fn add(connection: &Connection) -> Result<()> {
    connection.execute("INSERT INTO tenant VALUES (?1, ?1, 'startup', 1, 1, 0, 0)", [count(connection)?])?;
    Ok(())
}

fn count(connection: &Connection) -> Result<i64> {
    Ok(connection.query_row("SELECT count(*) FROM tenant", [], |row| row.get(0))?)
}

#[test]
fn a_write_that_can_not_be_undone_on_its_own_takes_its_batch_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let (writer, go_on) = held(&folder.path().join("recoger.db"));
    assert!(writer.run_later(add));
    assert!(writer.run_later(|connection| {
        add(connection)?;
        connection.execute_batch("RELEASE job")?;
        Err(Error::invalid("refused"))
    }));
    go_on.send(()).unwrap();
    assert_eq!(writer.run(count).unwrap(), 0);
    assert_eq!(writer.counters().failures.load(Ordering::Relaxed), 1);
    writer.run(add).unwrap();
    assert_eq!(writer.run(count).unwrap(), 1, "writes go on");
}

#[test]
fn what_is_refused_leaves_nothing_whether_it_came_first_or_later() {
    let folder = tempfile::tempdir().unwrap();
    let (writer, go_on) = held(&folder.path().join("recoger.db"));
    let refused = |connection: &Connection| {
        add(connection)?;
        Err::<(), Error>(Error::invalid("refused"))
    };
    assert!(writer.run_later(add) && writer.run_later(refused) && writer.run_later(add));
    go_on.send(()).unwrap();
    assert_eq!(writer.run(count).unwrap(), 2, "of three in one transaction");
    assert!(writer.run(refused).is_err());
    let panics: Result<()> = writer.run(|connection| add(connection).map(|()| panic!("on purpose")));
    assert!(panics.is_err());
    assert_eq!(writer.run(count).unwrap(), 2, "each had a transaction of its own");
    assert_eq!(writer.counters().failures.load(Ordering::Relaxed), 0);
}

#[test]
fn a_large_write_begins_a_transaction() {
    let folder = tempfile::tempdir().unwrap();
    let (writer, go_on) = held(&folder.path().join("recoger.db"));
    assert!(writer.run_later(add));
    let (sender, receiver) = sync_channel(1);
    let run = Box::new(move |connection: &Connection| {
        // There is no savepoint that it could release.
        sender.send(connection.execute_batch("RELEASE job").is_err()).unwrap();
        Outcome { stored: true, unended: false, answer: Box::new(|_| ()) }
    });
    let large = Job { goes_first: true, run, refuse: Box::new(|_| ()) };
    writer.queue.as_ref().unwrap().send(large).ok().unwrap();
    go_on.send(()).unwrap();
    assert!(receiver.recv().unwrap());
}
