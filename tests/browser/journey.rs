//! The whole way of a first admin: from the first start over device, exception, review and report to the second factor and a locked account.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;
use thirtyfour::prelude::*;

use super::browser::{Browser, Person, with_browser_at};
use super::{enrol, second_factor};
use crate::support::binary::{ADMIN_EMAIL, ADMIN_PASSWORD, Binary, code};
use crate::support::process::Process;

/// Fails until somebody is named, on whatever machine the test runs.
const OWNERLESS: &str = "Device has a responsible, active person";
const COLLEAGUE: &str = "ann@example.com";
/// Wrong passwords in a row that lock an account, as the settings begin.
const FAILURES_MAX: usize = 5;
/// How long making and fetching a report may take, in looks of a tenth of a second.
const DOWNLOAD_LOOKS_MAX: u32 = 300;

#[test]
fn from_the_first_start_to_a_signed_report_and_a_second_factor() {
    with_browser_at(Binary::start(), |browser| async move {
        let downloads = tempfile::tempdir().unwrap();
        download_into(&browser, downloads.path()).await?;
        browser.sign_in(Person::Admin).await?;
        let device = first_device(&browser).await?;
        accept_failure(&browser, &device).await?;
        record_and_review(&browser).await?;
        make_report(&browser, downloads.path()).await?;
        read_audit_log(&browser).await?;
        let codes = use_second_factor(&browser).await?;
        lock_and_unlock(&browser, &codes[0]).await
    });
}

/// From the first steps to a device: the real agent, which connects while the page waits.
async fn first_device(browser: &Browser) -> WebDriverResult<String> {
    browser.open("/").await?;
    browser.read("First steps").await?;
    // Medium and advice by default: here a device without an owner shall count as a failure.
    let stricter = json!({"checks": {"device.owner_assigned": {"state": "baseline"}}});
    let set = browser.ask("PATCH", "/v1/settings", &stricter).await?;
    assert!(set["version"].is_u64(), "{set}");
    browser.press("Enrol").await?;
    browser.read("Make the line").await?;
    enrol::connect(browser).await
}

/// The device fails; somebody accepts that for a while.
async fn accept_failure(browser: &Browser, device: &str) -> WebDriverResult<()> {
    browser.open(device).await?;
    browser.read(OWNERLESS).await?;
    let failing = format!("//details[@open][.//*[contains(text(), '{OWNERLESS}')]]//a[text()='Record an exception']");
    let link = browser.driver.query(By::XPath(failing.as_str())).first().await?;
    browser.click(&link).await?;
    browser.fill("Reason", "Shared by the whole laboratory.").await?;
    browser.press("Record an exception").await?;
    browser.read("The exception is recorded.").await?;
    browser.open(device).await?;
    let excepted = format!("//details[.//*[contains(text(), '{OWNERLESS}')]]//*[contains(text(), 'Excepted')]");
    browser.driver.query(By::XPath(excepted.as_str())).first().await.map(|_| ())
}

async fn record_and_review(browser: &Browser) -> WebDriverResult<()> {
    browser.press("Services").await?;
    browser.press("Add service").await?;
    browser.fill("Name", "Code hosting").await?;
    browser.fill("Data", "Internal").await?;
    browser.press("Save").await?;
    browser.press("Record a review").await?;
    browser.answer("mfa_enforced", "yes").await?;
    browser.fill("Outcome", "Passed").await?;
    browser.press("Record the review").await?;
    browser.read("The review of Code hosting is recorded.").await
}

/// A report is made, fetched, and read by a program for PDF.
async fn make_report(browser: &Browser, downloads: &Path) -> WebDriverResult<()> {
    browser.press("Reports").await?;
    browser.press("Make a report").await?;
    browser.press("Last 30 days").await?;
    browser.press("Make a report").await?;
    browser.press("Download").await?;
    let file = downloaded(browser, downloads).await?;
    let mut command = Command::new("pdftotext");
    command.arg("-layout").arg(&file).arg("-");
    let read = Process::start(command).finished(60).unwrap();
    assert_eq!(code(&read), Some(0), "{}", read.stderr);
    for wanted in ["ISO/IEC 27001", "Code hosting"] {
        assert!(read.stdout.contains(wanted), "{wanted} is not in\n{}", read.stdout);
    }
    Ok(())
}

async fn read_audit_log(browser: &Browser) -> WebDriverResult<()> {
    browser.press("Audit log").await?;
    for wanted in ["Device enrolled", "Exception recorded", "Service created", "Review recorded", "Report created", "Report downloaded"] {
        browser.read(wanted).await?;
    }
    browser.press("Verify").await?;
    browser.read("Intact").await
}

/// Sets it up, signs out and in again with a code; gives the codes for recovery.
async fn use_second_factor(browser: &Browser) -> WebDriverResult<Vec<String>> {
    browser.open("/profile").await?;
    let secret = second_factor::set_up(browser).await?;
    let mut codes = Vec::new();
    for one in browser.driver.find_all(By::Css("dialog .codes li")).await? {
        codes.push(one.text().await?);
    }
    browser.press("I have kept them").await?;
    browser.read("Signing in needs your password and a code.").await?;
    sign_out(browser).await?;
    type_password(browser, ADMIN_EMAIL, ADMIN_PASSWORD).await?;
    browser.fill("Code from your authenticator", &second_factor::next_code(&secret)).await?;
    browser.read("Dashboard").await?;
    Ok(codes)
}

/// A colleague forgets a password too often, and an admin, who lost the telephone, lets them in again.
async fn lock_and_unlock(browser: &Browser, recovery: &str) -> WebDriverResult<()> {
    let added = browser.binary.beside_with_input(
        &["user", "add", COLLEAGUE, "--tenant", "default", "--role", "user", "--name", "Ann Berg", "--password-stdin"],
        ADMIN_PASSWORD,
    );
    assert_eq!(code(&added), Some(0), "{added:?}");
    sign_out(browser).await?;
    for _ in 0..FAILURES_MAX {
        type_password(browser, COLLEAGUE, "not the password").await?;
        browser.driver.query(By::Css("[role=alert]")).first().await?;
    }
    type_password(browser, COLLEAGUE, ADMIN_PASSWORD).await?;
    browser.read("Too many failed attempts").await?;

    type_password(browser, ADMIN_EMAIL, ADMIN_PASSWORD).await?;
    browser.press("Use a recovery code").await?;
    browser.fill("Recovery code", recovery).await?;
    browser.press("Sign in").await?;
    browser.press("Team").await?;
    browser.read("Locked").await?;
    browser.press("Manage Ann Berg").await?;
    browser.press("Unlock").await?;
    browser.read("Ann Berg is unlocked.").await?;
    sign_out(browser).await?;
    type_password(browser, COLLEAGUE, ADMIN_PASSWORD).await?;
    browser.read("My devices").await
}

async fn type_password(browser: &Browser, email: &str, password: &str) -> WebDriverResult<()> {
    browser.open("/sign-in").await?;
    browser.fill("Email", email).await?;
    browser.fill("Password", password).await?;
    browser.press("Sign in").await
}

async fn sign_out(browser: &Browser) -> WebDriverResult<()> {
    browser.driver.find(By::Css(".account summary")).await?.click().await?;
    browser.press("Sign out").await?;
    browser.field("Password").await.map(|_| ())
}

async fn download_into(browser: &Browser, folder: &Path) -> WebDriverResult<()> {
    let wanted = json!({"behavior": "allow", "downloadPath": folder.to_str().unwrap()});
    browser.driver.cdp().send_raw("Browser.setDownloadBehavior", wanted).await.map(|_| ())
}

/// The file that the browser has put into `folder`, once it is complete.
async fn downloaded(browser: &Browser, folder: &Path) -> WebDriverResult<PathBuf> {
    for _ in 0..DOWNLOAD_LOOKS_MAX {
        let found: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        if let Some(file) = found.into_iter().find(|path| path.extension().is_some_and(|ending| ending == "pdf")) {
            return Ok(file);
        }
        browser.driver.execute_async("setTimeout(arguments[0], 100)", vec![]).await?;
    }
    panic!("nothing was downloaded");
}
