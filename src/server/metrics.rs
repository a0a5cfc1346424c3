//! The front's part of `/metrics`: connections, refusals, lanes.

use std::fmt::Write;
use std::sync::Arc;

use super::counters::Counters;
use crate::api::metrics::family;
use crate::http::Lane;

/// Writes the front's counters in Prometheus' format.
pub fn lines(counters: Arc<Counters>) -> impl Fn(&mut String) + Send + Sync {
    move |out| {
        // Writing to a String can't fail.
        let _ = write(out, &counters);
    }
}

fn write(out: &mut String, counters: &Counters) -> std::fmt::Result {
    family(out, "recoger_connections", "gauge", "Connections open now")?;
    writeln!(out, "recoger_connections {}", counters.connections.get())?;
    family(out, "recoger_connections_refused_total", "counter", "Connections closed at once or to make room, by reason")?;
    for (reason, count) in [("total", &counters.refused_total), ("address", &counters.refused_address), ("evicted", &counters.evicted)] {
        writeln!(out, "recoger_connections_refused_total{{reason=\"{reason}\"}} {}", count.get())?;
    }
    family(out, "recoger_deadline_cuts_total", "counter", "Connections that took too long and were cut")?;
    writeln!(out, "recoger_deadline_cuts_total {}", counters.deadline_cuts.get())?;
    let lanes = [
        ("quick", Lane::Quick),
        ("intake", Lane::Intake),
        ("large", Lane::Large),
        ("download", Lane::Download),
        ("sign_in", Lane::SignIn),
        ("report", Lane::Report),
    ];
    family(out, "recoger_lane_queued", "gauge", "Requests waiting for a thread, by lane")?;
    for (name, lane) in lanes {
        writeln!(out, "recoger_lane_queued{{lane=\"{name}\"}} {}", counters.lane(lane).queued.get())?;
    }
    family(out, "recoger_lane_running", "gauge", "Requests being worked on, by lane")?;
    for (name, lane) in lanes {
        writeln!(out, "recoger_lane_running{{lane=\"{name}\"}} {}", counters.lane(lane).running.get())?;
    }
    family(out, "recoger_lane_refused_total", "counter", "Requests refused because the lane's queue was full")?;
    for (name, lane) in lanes {
        writeln!(out, "recoger_lane_refused_total{{lane=\"{name}\"}} {}", counters.lane(lane).refused.get())?;
    }
    Ok(())
}
