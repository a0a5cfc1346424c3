//! Signals of the operating system, as the two things that the server does about them.

use crate::error::Result;

/// What a signal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signal {
    /// SIGTERM, SIGINT, Ctrl-C.
    Stop,
    /// SIGHUP.
    Reload,
}

/// The signals, caught from now on.
pub(super) struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    hang_up: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// Catches them; needs the runtime's context.
    pub fn catch() -> Result<Signals> {
        use tokio::signal::unix::{SignalKind, signal};
        let catch = |kind| signal(kind).map_err(|error| crate::error::Error::internal(format!("can't catch signals: {error}")));
        Ok(Signals {
            terminate: catch(SignalKind::terminate())?,
            interrupt: catch(SignalKind::interrupt())?,
            hang_up: catch(SignalKind::hangup())?,
        })
    }

    /// The next one.
    pub async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.terminate.recv() => Signal::Stop,
            _ = self.interrupt.recv() => Signal::Stop,
            _ = self.hang_up.recv() => Signal::Reload,
        }
    }
}

#[cfg(not(unix))]
impl Signals {
    /// Nothing to prepare.
    pub fn catch() -> Result<Signals> {
        Ok(Signals {})
    }

    /// The next Ctrl-C.
    pub async fn next(&mut self) -> Signal {
        // When Ctrl-C can't be caught, the system ends the process by itself.
        match tokio::signal::ctrl_c().await {
            Ok(()) => Signal::Stop,
            Err(_) => std::future::pending().await,
        }
    }
}
