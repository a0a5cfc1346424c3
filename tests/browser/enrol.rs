//! The page hands out a line, waits, and says that the device is there once the real agent has reported.

use std::path::Path;

use recoger::domain::enrollment::EnrollmentToken;
use thirtyfour::prelude::*;

use super::browser::{Person, with_browser};
use crate::support::binary::{code, recoger};
use crate::support::process::Process;

/// Looking at a whole machine may take a while.
const AGENT_SECONDS_MAX: u64 = 60;

#[test]
fn the_agent_connects_while_the_page_waits() {
    with_browser(|browser| async move {
        let driver = &browser.driver;
        browser.sign_in(Person::Admin).await?;
        browser.open("/enrol").await?;
        driver.find(By::Css("form button[type=submit]")).await?.click().await?;
        let line = driver.query(By::Css(".copy-box code")).first().await?.text().await?;
        assert!(line.contains("--pinnedpubkey 'sha256//"), "{line}");
        driver.query(By::Css(".note.wait")).first().await?;
        assert!(driver.find_all(By::Css(".note.good")).await?.is_empty());
        let words = driver.find(By::Css(".choice button:first-child")).await?;
        words.click().await?;
        let line = driver.find(By::Css(".copy-box code")).await?.text().await?;
        let folder = tempfile::tempdir().unwrap();
        // The token names this machine; the appliance listens on loopback only. The key that the agent trusts stays that of the token.
        let mut token = EnrollmentToken::parse(line.split(' ').next_back().unwrap()).unwrap();
        token.server = format!("https://{}", browser.binary.address);
        agent(folder.path(), &["enroll", "-"], &token.expose());
        let mut command = recoger();
        command.args(["agent", "run", "--every", "1", "--state"]).arg(folder.path());
        let running = Process::start(command);
        let device = driver.query(By::Css(".note.good a")).first().await?;
        let path = device.attr("href").await?.unwrap();
        running.stop();
        device.click().await?;
        driver.query(By::Css(".checks")).first().await?;
        assert!(driver.current_url().await?.as_str().ends_with(&path));
        browser.open("/enrol").await?;
        let state = driver.query(By::Css("tbody .badge")).first().await?.text().await?;
        assert_eq!(state.trim(), "Used up");
        Ok(())
    });
}

fn agent(state: &Path, arguments: &[&str], input: &str) {
    let mut command = recoger();
    command.arg("agent").args(arguments).arg("--state").arg(state);
    let done = Process::start_with_input(command, input).finished(AGENT_SECONDS_MAX).unwrap();
    assert_eq!(code(&done), Some(0), "{done:?}");
}
