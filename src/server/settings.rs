//! What a test may want other than it is in production: deadlines and caps of the front. The defaults are those of [`crate::limits`].

use std::time::Duration;

use crate::limits;

/// Absolute deadlines of each phase of a connection.
#[derive(Debug, Clone, Copy)]
pub struct Deadlines {
    /// TLS handshake.
    pub handshake: Duration,
    /// A request's head, from its first byte.
    pub head: Duration,
    /// A request's whole body.
    pub body: Duration,
    /// Between requests.
    pub idle: Duration,
    /// Time for each [`limits::ANSWER_WINDOW_BYTES`] of an answer.
    pub answer_window: Duration,
    /// What one streamed answer may wait for its client in all.
    pub stream_wait: Duration,
    /// For the client to read the last answer after we have closed.
    pub linger: Duration,
    /// For requests in progress when stopping.
    pub drain: Duration,
    /// For a head that is arriving when stopping.
    pub drain_head: Duration,
}

impl Default for Deadlines {
    fn default() -> Deadlines {
        Deadlines {
            handshake: limits::HANDSHAKE_DEADLINE,
            head: limits::HEAD_DEADLINE,
            body: limits::BODY_DEADLINE,
            idle: limits::IDLE_DEADLINE,
            answer_window: limits::ANSWER_WINDOW,
            stream_wait: limits::STREAM_WAIT_MAX,
            linger: limits::LINGER_MAX,
            drain: limits::DRAIN_DEADLINE,
            drain_head: limits::DRAIN_HEAD_DEADLINE,
        }
    }
}

/// Threads and queue of one lane.
#[derive(Debug, Clone, Copy)]
pub struct LaneSize {
    /// Worker threads.
    pub threads: usize,
    /// Requests that may wait.
    pub queue_max: usize,
}

/// How much the front takes on at once.
#[derive(Debug, Clone, Copy)]
pub struct Caps {
    /// Connections in all.
    pub connections: usize,
    /// Connections per IPv4 address or IPv6 /64.
    pub connections_per_address: usize,
    /// Request bodies in memory in all, bytes.
    pub bodies_bytes: usize,
    /// Request bodies in memory per address, bytes.
    pub bodies_bytes_per_address: usize,
    /// Whole answers in memory in all, bytes.
    pub answers_bytes: usize,
    /// Whole answers in memory per address, bytes.
    pub answers_bytes_per_address: usize,
    /// [`crate::http::Lane::Quick`].
    pub quick: LaneSize,
    /// [`crate::http::Lane::Intake`].
    pub intake: LaneSize,
    /// [`crate::http::Lane::Large`].
    pub large: LaneSize,
    /// [`crate::http::Lane::Download`].
    pub download: LaneSize,
    /// [`crate::http::Lane::SignIn`].
    pub sign_in: LaneSize,
    /// [`crate::http::Lane::Report`].
    pub report: LaneSize,
}

impl Default for Caps {
    fn default() -> Caps {
        Caps {
            connections: limits::CONNECTIONS_MAX.min(connections_by_descriptors()),
            connections_per_address: limits::CONNECTIONS_PER_ADDRESS_MAX,
            bodies_bytes: limits::BODIES_BYTES_MAX,
            bodies_bytes_per_address: limits::BODIES_BYTES_PER_ADDRESS_MAX,
            answers_bytes: limits::ANSWERS_BYTES_MAX,
            answers_bytes_per_address: limits::ANSWERS_BYTES_PER_ADDRESS_MAX,
            quick: LaneSize { threads: limits::QUICK_THREADS, queue_max: limits::QUICK_QUEUE_MAX },
            intake: LaneSize { threads: limits::INTAKE_THREADS, queue_max: limits::INTAKE_QUEUE_MAX },
            large: LaneSize { threads: limits::LARGE_THREADS, queue_max: limits::LARGE_QUEUE_MAX },
            download: LaneSize { threads: limits::DOWNLOAD_THREADS, queue_max: limits::DOWNLOAD_QUEUE_MAX },
            sign_in: LaneSize { threads: limits::SIGN_IN_THREADS, queue_max: limits::SIGN_IN_QUEUE_MAX },
            report: LaneSize { threads: limits::REPORT_THREADS, queue_max: limits::REPORT_QUEUE_MAX },
        }
    }
}

/// Half of the descriptors that are not reserved: the other half stays free for what a request opens.
fn connections_by_descriptors() -> usize {
    let limits_text = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let descriptors = soft_descriptor_limit(&limits_text).unwrap_or(limits::DESCRIPTORS_ASSUMED);
    (descriptors.saturating_sub(limits::DESCRIPTORS_RESERVED) / 2).max(1)
}

/// The soft limit in the text of `/proc/self/limits`; `unlimited` counts as "as many as we like".
fn soft_descriptor_limit(limits_text: &str) -> Option<usize> {
    let line = limits_text.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    match line.split_whitespace().next()? {
        "unlimited" => Some(usize::MAX),
        number => number.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_descriptor_limit_is_read_from_the_kernels_table() {
        let table = "Limit                     Soft Limit           Hard Limit           Units     \n\
                     Max processes             96365                96365                processes \n\
                     Max open files            1024                 524288               files     \n";
        assert_eq!(soft_descriptor_limit(table), Some(1024));
        assert_eq!(soft_descriptor_limit("Max open files            unlimited   unlimited   files"), Some(usize::MAX));
        assert_eq!(soft_descriptor_limit(""), None);
    }
}
