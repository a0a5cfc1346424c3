//! What a handler gets: the request, who calls, the one time, and the way into the store.

use std::sync::Arc;

use super::install::Programs;
use super::metrics::Metrics;
use super::query::Query;
use super::reach::Reach;
use crate::domain::access::Caller;
use crate::domain::time::Time;
use crate::error::{Error, Result};
use crate::http::Request;
use crate::store::{Actor, Store, Tx, WriteTx};

/// What all requests share.
pub struct App {
    /// The file.
    pub store: Arc<Store>,
    /// The clock: read once for each request.
    pub clock: Box<dyn Fn() -> Time + Send + Sync>,
    /// The server's own certificate chain, for `/certificate.pem`; none where there is no server.
    pub certificate_pem: Box<dyn Fn() -> Option<String> + Send + Sync>,
    /// Where devices reach the appliance.
    pub reach: Reach,
    /// What devices install.
    pub programs: Programs,
    /// What `/metrics` shows.
    pub metrics: Metrics,
}

impl App {
    /// An app without a certificate to show, which devices can't reach.
    pub fn new(store: Arc<Store>, clock: impl Fn() -> Time + Send + Sync + 'static) -> App {
        App {
            store,
            clock: Box::new(clock),
            certificate_pem: Box::new(|| None),
            reach: Reach::default(),
            programs: Programs::default(),
            metrics: Metrics::default(),
        }
    }
}

/// One request on its way through a handler.
pub struct Call<'a> {
    /// What all requests share.
    pub app: &'a App,
    /// The request; its body is inflated already.
    pub request: &'a Request,
    /// The values of the path's `{names}`, decoded.
    pub path: Vec<(String, String)>,
    /// The query, checked against the route's row.
    pub query: Query,
    /// Who calls; none only on public routes.
    pub caller: Option<Caller>,
    /// The same for the audit log.
    pub actor: Actor,
    /// The one time of this request.
    pub now: Time,
}

impl Call<'_> {
    /// Who calls. An error only if a public route asks, which is a fault of ours.
    pub fn caller(&self) -> Result<&Caller> {
        self.caller.as_ref().ok_or_else(|| Error::internal("a public route asked who calls"))
    }

    /// The value of `{name}` in the path.
    pub fn path(&self, name: &str) -> &str {
        self.path.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// Reads within the caller's tenant.
    pub fn read<T>(&self, body: impl FnOnce(&Tx) -> Result<T>) -> Result<T> {
        self.app.store.read(&self.caller()?.tenant_id, &self.actor, self.now, body)
    }

    /// Writes within the caller's tenant; returns after the commit.
    pub fn write<T, F>(&self, body: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&WriteTx) -> Result<T> + Send + 'static,
    {
        self.app.store.write(&self.caller()?.tenant_id, &self.actor, self.now, body)
    }

    /// The same for what writes thousands of rows.
    pub fn write_large<T, F>(&self, body: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&WriteTx) -> Result<T> + Send + 'static,
    {
        self.app.store.write_large(&self.caller()?.tenant_id, &self.actor, self.now, body)
    }
}
