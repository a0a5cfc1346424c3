//! The second door, `--agent-listen`: it may face the internet or a VPN, for it answers only what a device needs. Everything else is, there,
//! a path that does not exist.

use std::sync::Arc;

use super::connection::Front;
use super::router::Router;
use super::service::{Admission, Service};
use crate::api::routes;
use crate::error::{Error, Result};
use crate::http::{Request, Response};

/// The rows that are answered there, by name.
const ROWS: [&str; 7] =
    ["enroll_device", "report_device", "get_install_script", "get_agent_program", "get_macos_script", "get_windows_script", "get_health"];
/// A path that no row has.
const NOWHERE: &str = "/-";

impl Front {
    /// The same front behind the second door: lanes, caps, certificates and counters are shared.
    pub(super) fn for_agents(&self) -> Result<Front> {
        let service = Arc::new(Gate::before(self.service.clone())?);
        let Front { lanes, tls, turns, deadlines, caps, counters, stop, runtime, .. } = self;
        Ok(Front {
            service,
            lanes: lanes.clone(),
            tls: tls.clone(),
            turns: turns.clone(),
            deadlines: *deadlines,
            caps: *caps,
            counters: counters.clone(),
            stop: stop.clone(),
            runtime: runtime.clone(),
        })
    }
}

/// Lets requests for those rows through to the service behind it.
struct Gate {
    service: Arc<dyn Service>,
    rows: Router,
}

impl Gate {
    fn before(service: Arc<dyn Service>) -> Result<Gate> {
        let rows: Vec<_> = routes().filter(|route| ROWS.contains(&route.name)).collect();
        if rows.len() != ROWS.len() {
            return Err(Error::internal("a row for agents has another name now"));
        }
        Ok(Gate { service, rows: Router::new(rows)? })
    }

    /// The request as the service is to see it.
    fn seen(&self, request: &Request) -> Request {
        let known = self.rows.find(&request.method, &request.path).is_ok();
        let path = if known { request.path.clone() } else { NOWHERE.to_owned() };
        Request { path, ..request.clone() }
    }
}

impl Service for Gate {
    fn admit(&self, head: &Request) -> std::result::Result<Admission, Response> {
        self.service.admit(&self.seen(head))
    }

    fn call(&self, request: Request) -> Response {
        // Only what was admitted comes here; that it did is not left to somebody else's order of calls.
        match self.rows.find(&request.method, &request.path) {
            Ok(_) => self.service.call(request),
            Err(_) => self.service.call(Request { path: NOWHERE.to_owned(), ..request }),
        }
    }

    fn refuse(&self, head: Option<&Request>, error: &Error) -> Response {
        self.service.refuse(head, error)
    }

    fn alive(&self) -> bool {
        self.service.alive()
    }
}
