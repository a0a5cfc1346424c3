//! One browser with its driver, and an appliance filled with demo data that it looks at.

use std::future::Future;
use std::process::Command;

use serde_json::json;
use tempfile::TempDir;
use thirtyfour::prelude::*;

use crate::support::binary::{ADMIN_EMAIL, ADMIN_PASSWORD, Binary, FREE_PORT, recoger, serve_command};
use crate::support::process::Process;

/// How long anything may take until it counts as stuck, on a busy machine.
const SECONDS_MAX: u64 = 60;
/// What the driver says once it takes connections.
const READY: &str = "ChromeDriver was started successfully on port ";
const FLAGS: [&str; 8] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];
/// Notes what the page's policy refused.
const COLLECTOR: &str = "window.refused = []; document.addEventListener('securitypolicyviolation', \
                         (event) => window.refused.push(`${event.effectiveDirective} ${event.blockedURI}`));";
/// Gives an answer once the page has had its heading and waited for nothing for a while: what is loading shows that only after 200 ms.
const SETTLED: &str = "const done = arguments[0]; let calm = 0; const look = () => { \
                       calm = document.querySelector('h1') && !document.querySelector('[aria-busy=true], .skeleton') ? calm + 1 : 0; \
                       return calm > 9 ? done(true) : setTimeout(look, 30); }; look();";

/// A person who looks at pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Person {
    /// Nobody is signed in.
    Stranger,
    /// The admin of the demo.
    Admin,
    /// A user who owns nothing.
    User,
}

const USER_EMAIL: &str = "plain@example.com";
/// What the demo calls its organisation.
const TENANT: &str = "Demo: Nordlicht Instruments";

/// A browser in front of an appliance.
pub struct Browser {
    /// Commands to the page.
    pub driver: WebDriver,
    /// The appliance that it looks at.
    pub binary: Binary,
}

/// Runs `test` with a browser, and ends browser, driver and appliance whatever comes of it.
pub fn with_browser<F: Future<Output = WebDriverResult<()>>>(test: impl FnOnce(Browser) -> F) {
    let profile = tempfile::tempdir().unwrap();
    let binary = demo_appliance();
    let mut command = Command::new("chromedriver");
    command.arg("--port=0");
    let chromedriver = Process::start(command);
    let port = chromedriver.wait_for_line(SECONDS_MAX, READY).expect("chromedriver runs: tests/run installs chromium and chromium-driver");
    let port: u16 = port.trim_end_matches('.').parse().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let driver = WebDriver::new(format!("http://127.0.0.1:{port}"), capabilities(&profile)).await.unwrap();
        let quit = driver.clone();
        let outcome = match prepared(&driver).await {
            Ok(()) => test(Browser { driver, binary }).await,
            Err(error) => Err(error),
        };
        quit.quit().await.unwrap();
        outcome.unwrap();
    });
}

fn demo_appliance() -> Binary {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("recoger.db");
    let mut command = recoger();
    command.arg("demo").arg(&file).args(["--days", "12", "--devices", "12"]).env("RECOGER_ADMIN_PASSWORD", ADMIN_PASSWORD);
    let made = Process::start(command).finished(SECONDS_MAX).unwrap();
    assert!(made.exit.unwrap().success(), "{made:?}");
    let mut serve = serve_command(&file, FREE_PORT);
    serve.env_remove("RECOGER_ADMIN_PASSWORD");
    Binary::launch(folder, serve).unwrap()
}

fn capabilities(profile: &TempDir) -> thirtyfour::ChromeCapabilities {
    let mut wanted = DesiredCapabilities::chrome();
    for flag in FLAGS {
        wanted.add_arg(flag).unwrap();
    }
    wanted.add_arg(&format!("--user-data-dir={}", profile.path().display())).unwrap();
    // The certificate is the appliance's own.
    wanted.accept_insecure_certs(true).unwrap();
    wanted.set_browser_log_level(thirtyfour::LoggingPrefsLogLevel::All).unwrap();
    wanted
}

async fn prepared(driver: &WebDriver) -> WebDriverResult<()> {
    driver.cdp().send_raw("Page.addScriptToEvaluateOnNewDocument", json!({"source": COLLECTOR})).await?;
    Ok(())
}

impl Browser {
    /// Opens a path of the appliance and waits until the page is complete.
    pub async fn open(&self, path: &str) -> WebDriverResult<()> {
        self.driver.goto(format!("https://{}{path}", self.binary.address)).await?;
        self.settle().await
    }

    /// Waits until the page waits for nothing any more.
    pub async fn settle(&self) -> WebDriverResult<()> {
        self.driver.execute_async(SETTLED, vec![]).await?;
        Ok(())
    }

    /// Signs in through the form, as a person does.
    pub async fn sign_in(&self, person: Person) -> WebDriverResult<()> {
        let email = match person {
            Person::Stranger => return Ok(()),
            Person::Admin => ADMIN_EMAIL,
            Person::User => {
                let arguments = ["user", "add", USER_EMAIL, "--tenant", TENANT, "--role", "user", "--password-stdin"];
                self.binary.beside_with_input(&arguments, ADMIN_PASSWORD);
                USER_EMAIL
            }
        };
        self.open("/sign-in").await?;
        self.driver.find(By::Name("username")).await?.send_keys(email).await?;
        self.driver.find(By::Name("password")).await?.send_keys(ADMIN_PASSWORD).await?;
        self.driver.find(By::Css("button[type=submit]")).await?.click().await?;
        self.driver.query(By::Css("main#content h1")).first().await?;
        self.settle().await
    }

    /// Forgets who is signed in.
    pub async fn forget(&self) -> WebDriverResult<()> {
        self.driver.delete_all_cookies().await
    }

    /// Sets the window's size and whether the system is dark.
    pub async fn look(&self, width: u32, dark: bool) -> WebDriverResult<()> {
        let cdp = self.driver.cdp();
        let size = json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600});
        cdp.send_raw("Emulation.setDeviceMetricsOverride", size).await?;
        let scheme = if dark { "dark" } else { "light" };
        let media =
            json!({"features": [{"name": "prefers-color-scheme", "value": scheme}, {"name": "prefers-reduced-motion", "value": "reduce"}]});
        cdp.send_raw("Emulation.setEmulatedMedia", media).await?;
        Ok(())
    }
}
