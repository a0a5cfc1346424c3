//! `recoger serve`: first start, certificate, front, housekeeping, orderly end.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use clap::Args;

use super::{Data, print};
use crate::api::install::Programs;
use crate::api::reach::{Reach, is_address};
use crate::api::{self, call::App, metrics::Metrics};
use crate::credentials::password::Password;
use crate::domain::time::Time;
use crate::error::{Error, Result};
use crate::server::certificate::{self, Pair};
use crate::server::housekeeper::Housekeeper;
use crate::server::metrics;
use crate::server::pipeline::Pipeline;
use crate::server::reporter::Reporter;
use crate::server::{Server, certificate::local_names};
use crate::store::appliance::{self, Certificate};
use crate::store::tenants::Tenant;
use crate::store::{Store, catalogue, operator};

#[derive(Debug, Args)]
pub(super) struct Serve {
    #[command(flatten)]
    data: Data,
    /// Address and port to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDR:PORT", env = "RECOGER_LISTEN", default_value = "0.0.0.0:8443")]
    listen: SocketAddr,
    /// A further name for the self-signed certificate
    #[arg(long, value_name = "NAME", env = "RECOGER_HOSTNAME", value_delimiter = ',')]
    hostname: Vec<String>,
    /// A certificate chain of your own, PEM
    #[arg(long, value_name = "FILE", env = "RECOGER_TLS_CERT", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Its private key, PEM
    #[arg(long, value_name = "FILE", env = "RECOGER_TLS_KEY", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Where devices reach the appliance, such as https://recoger.example.lan:8443; what enrollment tokens say
    #[arg(long, value_name = "URL", env = "RECOGER_PUBLIC_URL", value_parser = public_url)]
    public_url: Option<String>,
    /// A second address and port for devices, which may face the internet: it answers enrolment, reports and installation only
    #[arg(long, value_name = "ADDR:PORT", env = "RECOGER_AGENT_LISTEN")]
    agent_listen: Option<SocketAddr>,
    /// A folder with programs for other platforms than this one's, called recoger-PLATFORM, such as recoger-linux-aarch64
    #[arg(long, value_name = "DIR", env = "RECOGER_AGENTS")]
    agents: Option<PathBuf>,
    /// Whoever shows this may read /metrics from anywhere; give it in the environment, where `ps` does not show it
    #[arg(long, value_name = "TOKEN", env = "RECOGER_METRICS_TOKEN", hide_env_values = true)]
    metrics_token: Option<String>,
}

/// An address without a path; one slash behind it is passed over.
fn public_url(text: &str) -> std::result::Result<String, String> {
    let url = text.strip_suffix('/').unwrap_or(text);
    match is_address(url) {
        true => Ok(url.to_owned()),
        false => Err("must be https://HOST or https://HOST:PORT, without a path".to_owned()),
    }
}

/// The clock of the running program.
fn clock() -> Time {
    Time(chrono::Utc::now().timestamp())
}

pub(super) fn run(serve: Serve) -> Result<()> {
    start_log();
    let store = Store::open_whole(&serve.data.data)?;
    first_start(&store, &serve.data.data)?;
    store.write_root(clock(), catalogue::register)?;
    let source = CertificateSource::new(&serve, store.clone());
    let pair = source.load()?;
    let mut server = Server::bind(serve.listen)?;
    if let Some(address) = serve.agent_listen {
        server = server.with_agents(address)?;
    }
    let (address, agents_address) = (server.local_addr(), server.agents_addr());
    // The certificate in use: files that were replaced or broken count only once they have been read again.
    let in_use = Arc::new(RwLock::new(pair.certificate_pem.clone()));
    let shown = in_use.clone();
    let app = App {
        store: store.clone(),
        clock: Box::new(clock),
        certificate_pem: Box::new(move || Some(shown.read().unwrap_or_else(PoisonError::into_inner).clone())),
        reach: reach(&serve, agents_address.unwrap_or(address), in_use.clone()),
        programs: Programs::new(serve.agents.clone()).with_running(),
        metrics: Metrics::default().with_token(serve.metrics_token.as_deref()).with_front(metrics::lines(server.counters())),
    };
    let pipeline = Arc::new(Pipeline::new(app, api::served())?);
    let housekeeper = Housekeeper::start(store.clone(), clock, pipeline.clone())?;
    let reporter = Reporter::start(store.clone(), clock)?;
    introduce(address, &pair, &operator::tenant_list(&store, clock())?)?;
    let served = server.run(
        pipeline.clone(),
        move || {
            let pair = source.load()?;
            in_use.write().unwrap_or_else(PoisonError::into_inner).clone_from(&pair.certificate_pem);
            Ok(pair)
        },
        || {
            if let Some(address) = agents_address {
                let _ = print::out(&format!("listening for agents on https://{address}"));
            }
            // The line on stdout that scripts wait for.
            let _ = print::out(&format!("listening on https://{address}"));
        },
    );
    reporter.stop();
    housekeeper.stop();
    let counted = pipeline.save_counts(true);
    // Threads that end with the process close their connections too late to do this.
    if let Err(error) = store.checkpoint() {
        tracing::warn!(%error, "the file and its WAL must be kept together");
    }
    counted.and(served)
}

/// How devices reach the server that listens for them at `address` with the certificate `in_use`.
fn reach(serve: &Serve, address: SocketAddr, in_use: Arc<RwLock<String>>) -> Reach {
    let mut names = serve.hostname.clone();
    names.extend(local_names());
    let (pem, has_ca) = (in_use.clone(), serve.tls_cert.is_some());
    Reach {
        public_url: serve.public_url.clone(),
        names,
        port: address.port(),
        apart: serve.agent_listen.is_some(),
        loopback_only: address.ip().is_loopback(),
        certified: Box::new(move |name| certificate::holds_for(&in_use.read().unwrap_or_else(PoisonError::into_inner), name)),
        // It was read from this text when it was put in use; one that can't be read is pinned by nobody, and never vouched for.
        pin: Box::new(move || {
            (!has_ca).then(|| certificate::public_key_hash(&pem.read().unwrap_or_else(PoisonError::into_inner)).unwrap_or_default())
        }),
    }
}

/// Where the certificate comes from: the operator's files, read anew at each SIGHUP, or the appliance's own.
#[derive(Clone)]
struct CertificateSource {
    files: Option<(PathBuf, PathBuf)>,
    hostnames: Vec<String>,
    store: Arc<Store>,
}

impl CertificateSource {
    fn new(serve: &Serve, store: Arc<Store>) -> CertificateSource {
        CertificateSource { files: serve.tls_cert.clone().zip(serve.tls_key.clone()), hostnames: serve.hostname.clone(), store }
    }

    fn load(&self) -> Result<Pair> {
        match &self.files {
            Some((certificate, key)) => certificate::load(certificate, key),
            None => self.own(),
        }
    }

    /// The self-signed certificate of the file, made once: agents pin its key.
    fn own(&self) -> Result<Pair> {
        let now = clock();
        if let Some(found) = self.store.read_root(now, appliance::certificate)? {
            return Ok(Pair { certificate_pem: found.certificate_pem, key_pem: found.key_pem.into() });
        }
        let mut names = self.hostnames.clone();
        names.extend(local_names());
        let pair = certificate::self_signed(&names, now)?;
        let stored = Certificate { certificate_pem: pair.certificate_pem.clone(), key_pem: pair.key_pem.to_string() };
        let fingerprint = certificate::certificate_sha256(&pair.certificate_pem)?;
        self.store.write_root(now, move |root| appliance::set_certificate(root, &stored, &fingerprint))?;
        Ok(pair)
    }
}

/// In an empty file: the appliance's keys, the tenant and its admin, whose password is printed once.
fn first_start(store: &Store, file: &Path) -> Result<()> {
    let (email, password) = admin_from_environment();
    let Some(made) = operator::first_start(store, clock(), &email, password)? else { return Ok(()) };
    eprintln!("Made `{}` with tenant `default` and its admin.", file.display());
    show_admin(&made.value.email, made.password.as_ref());
    Ok(())
}

/// Email and password that the environment wants for the first admin; without a password a random one is made.
pub(super) fn admin_from_environment() -> (String, Option<Password>) {
    let email = std::env::var("RECOGER_ADMIN_EMAIL").unwrap_or_else(|_| "admin@localhost".to_owned());
    let password = std::env::var("RECOGER_ADMIN_PASSWORD").ok().filter(|password| !password.is_empty()).map(Password::new);
    (email, password)
}

/// Prints the first admin's email and, this once, a password that was made for it.
pub(super) fn show_admin(email: &str, made: Option<&Password>) {
    eprintln!("  Email:    {email}");
    match made {
        Some(password) => eprintln!("  Password: {}   (shown this once; change it with `recoger user passwd`)", password.expose()),
        None => eprintln!("  Password: as given in RECOGER_ADMIN_PASSWORD"),
    }
}

/// Says where to go and how to know that it is this appliance.
fn introduce(address: SocketAddr, pair: &Pair, tenants: &[Tenant]) -> Result<()> {
    let host = match address.ip() {
        ip if ip.is_unspecified() => "localhost".to_owned(),
        std::net::IpAddr::V6(ip) => format!("[{ip}]"),
        ip => ip.to_string(),
    };
    let url = format!("https://{host}:{}", address.port());
    eprintln!("Recoger {}", env!("CARGO_PKG_VERSION"));
    eprintln!("  Address:                {url}");
    eprintln!("  Certificate SHA-256:    {}", certificate::certificate_sha256(&pair.certificate_pem)?);
    eprintln!("  Public key SHA-256:     {}   (agents pin this)", certificate::public_key_sha256(&pair.certificate_pem)?);
    eprintln!("Next: sign in at {url}/v1/auth/login, or make a key for a device with");
    let tenant = tenants.first().map_or("default", |tenant| tenant.name.as_str());
    eprintln!("  recoger api-key add --tenant \"{tenant}\" --role agent --name \"first device\"");
    if tenants.iter().any(|tenant| tenant.demo) {
        eprintln!("This file holds invented demo data.");
    }
    Ok(())
}

/// Log lines go to stderr; `RECOGER_LOG` sets what is shown, such as `warn`.
pub(super) fn start_log() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("RECOGER_LOG").unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    // Fails only if a log was started before, which then goes on.
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false).try_init();
}

/// The error of a command that needs a file which is not there.
pub(super) fn open_existing(path: &Path) -> Result<Arc<Store>> {
    if !path.exists() {
        return Err(Error::invalid(format!("`{}` does not exist; name the appliance's file with `--data`", path.display())));
    }
    Store::open(path)
}

/// The present moment, for commands beside the server.
pub(super) fn now() -> Time {
    clock()
}
