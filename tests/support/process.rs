//! A child process: what it says, waited for with a deadline, and its end: by signal to its id, by force when it does not listen.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

/// How long a process may take to end once it was asked to.
const STOP_SECONDS_MAX: u64 = 20;
/// Output that is kept; a test that makes more has gone wild.
const OUTPUT_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A running child. It is ended when this is dropped.
pub struct Process {
    id: u32,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

/// What is known of a child.
#[derive(Debug, Default, Clone)]
pub struct State {
    /// What it wrote to standard output.
    pub stdout: String,
    /// What it wrote to standard error.
    pub stderr: String,
    /// How it ended, once it has.
    pub exit: Option<ExitStatus>,
    pipes_closed: u8,
}

impl State {
    /// Ended, and all its output is here.
    pub fn is_over(&self) -> bool {
        self.exit.is_some() && self.pipes_closed == 2
    }
}

impl Process {
    /// Starts `command` with an empty standard input.
    pub fn start(mut command: Command) -> Process {
        Process::follow(command.stdin(Stdio::null()))
    }

    /// Starts `command` with `input` as its whole standard input, which must fit into a pipe.
    pub fn start_with_input(mut command: Command, input: &str) -> Process {
        let (reader, mut writer) = std::io::pipe().unwrap();
        writer.write_all(input.as_bytes()).unwrap();
        drop(writer);
        Process::follow(command.stdin(reader))
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.id
    }

    fn follow(command: &mut Command) -> Process {
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = child.unwrap_or_else(|error| panic!("cannot start {:?}: {error}", command.get_program()));
        let shared = Arc::new(Shared::default());
        let (stdout, stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let id = child.id();
        shared.clone().follow(stdout, |state| &mut state.stdout);
        shared.clone().follow(stderr, |state| &mut state.stderr);
        let watcher = shared.clone();
        std::thread::spawn(move || {
            let exit = child.wait().unwrap();
            watcher.change(|state| state.exit = Some(exit));
        });
        Process { id, shared }
    }

    /// Waits until `wanted` gives something. After `seconds_max`, or when the child is over without it, the error tells all it said.
    pub fn wait_for<T>(&self, seconds_max: u64, wanted: impl Fn(&State) -> Option<T>) -> Result<T, String> {
        let deadline = Instant::now() + Duration::from_secs(seconds_max);
        let mut state = self.shared.state.lock().unwrap();
        loop {
            if let Some(found) = wanted(&state) {
                return Ok(found);
            }
            let told = |why: String| format!("{why}\nstdout:\n{}\nstderr:\n{}", state.stdout, state.stderr);
            if let Some(exit) = state.exit.filter(|_| state.is_over()) {
                return Err(told(format!("it ended too early: {exit}")));
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(told(format!("nothing after {seconds_max} s")));
            }
            state = self.shared.changed.wait_timeout(state, left).unwrap().0;
        }
    }

    /// The rest of the first line of standard output that begins with `prefix`.
    pub fn wait_for_line(&self, seconds_max: u64, prefix: &str) -> Result<String, String> {
        self.wait_for(seconds_max, |state| {
            // The last piece is not a whole line yet.
            let (whole, _) = state.stdout.rsplit_once('\n')?;
            whole.lines().find_map(|line| line.strip_prefix(prefix)).map(str::to_owned)
        })
    }

    /// Waits for its own end, with all output.
    pub fn finished(&self, seconds_max: u64) -> Result<State, String> {
        self.wait_for(seconds_max, |state| state.is_over().then(|| state.clone()))
    }

    /// What it has said so far.
    pub fn output(&self) -> State {
        self.shared.state.lock().unwrap().clone()
    }

    /// Sends a signal by its name without `SIG`, unless it has ended.
    pub fn signal(&self, name: &str) {
        if self.output().exit.is_some() {
            return;
        }
        // The shell's own `kill`, as the program of that name is not everywhere. A process that ends this moment is as good.
        let _ = Command::new("sh").args(["-c", "kill -s \"$0\" \"$1\" 2>&-", name, &self.id.to_string()]).status();
    }

    /// Asks it to end and, after `seconds_max`, ends it; tells how it ended.
    pub fn stop_within(&self, seconds_max: u64) -> ExitStatus {
        self.signal("TERM");
        self.wait_for(seconds_max, |state| state.exit).unwrap_or_else(|_| {
            self.signal("KILL");
            self.wait_for(STOP_SECONDS_MAX, |state| state.exit).unwrap()
        })
    }

    /// Asks it to end, with the usual patience.
    pub fn stop(&self) -> ExitStatus {
        self.stop_within(STOP_SECONDS_MAX)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.stop();
        } else {
            // The test has failed already; a second panic would hide why.
            self.signal("KILL");
        }
    }
}

impl Shared {
    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap());
        self.changed.notify_all();
    }

    /// Reads a pipe to its end on a thread of its own.
    fn follow(self: Arc<Self>, pipe: impl Read + Send + 'static, part: fn(&mut State) -> &mut String) {
        std::thread::spawn(move || {
            let mut lines = BufReader::new(pipe);
            let mut line = Vec::new();
            while lines.read_until(b'\n', &mut line).is_ok_and(|bytes| bytes > 0) {
                self.change(|state| {
                    if part(state).len() < OUTPUT_BYTES_MAX {
                        part(state).push_str(&String::from_utf8_lossy(&line));
                    }
                });
                line.clear();
            }
            self.change(|state| state.pipes_closed += 1);
        });
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;

    use super::*;

    fn shell(script: &str) -> Process {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Process::start(command)
    }

    #[test]
    fn a_line_is_waited_for_and_the_child_asked_to_end() {
        let child = shell("trap 'echo bye; exit 7' TERM; echo one; echo 'ready at 5'; echo log >&2; while :; do sleep 0.05; done");
        assert_eq!(child.wait_for_line(10, "ready at ").unwrap(), "5");
        assert_eq!(child.wait_for(10, |state| state.stderr.contains("log").then_some(())), Ok(()));
        assert_eq!(child.stop().code(), Some(7));
        assert!(child.finished(10).unwrap().stdout.ends_with("bye\n"));
    }

    #[test]
    fn a_child_that_ends_early_or_says_nothing_is_told_with_its_output() {
        let early = shell("echo partly; echo why >&2; exit 3").wait_for_line(10, "ready").unwrap_err();
        assert!(early.contains("too early: exit status: 3") && early.contains("partly") && early.contains("why"), "{early}");
        let silent = shell("printf 'ready at'; exec sleep 30").wait_for_line(0, "ready").unwrap_err();
        assert!(silent.contains("nothing after 0 s"), "{silent}");
    }

    #[test]
    fn a_child_that_does_not_listen_is_ended_by_force() {
        let deaf = shell("trap '' TERM; echo deaf; while :; do sleep 0.05; done");
        deaf.wait_for_line(10, "deaf").unwrap();
        assert_eq!(deaf.stop_within(0).signal(), Some(9));
    }

    #[test]
    fn input_is_given_and_ends() {
        let mut command = Command::new("sh");
        command.args(["-c", "cat; echo end"]);
        assert_eq!(Process::start_with_input(command, "one\ntwo").finished(10).unwrap().stdout, "one\ntwoend\n");
    }

    #[test]
    fn output_is_whole_once_it_has_finished() {
        let state = shell("seq 20000; printf end").finished(20).unwrap();
        assert!(state.stdout.ends_with("20000\nend") && state.exit.unwrap().success());
    }
}
