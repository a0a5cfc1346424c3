//! From sign-in to a changed device without a mouse: where the focus is, goes, and comes back to, and what is announced.

use thirtyfour::prelude::*;

use super::browser::{Browser, with_browser};
use crate::support::binary::{ADMIN_EMAIL, ADMIN_PASSWORD};

/// Pressed at most until something has the focus.
const TABS_MAX: usize = 60;

#[test]
fn a_device_is_found_opened_and_changed_by_keys_alone() {
    with_browser(|browser| async move {
        browser.open("/devices").await?;
        type_keys(&browser, ADMIN_EMAIL).await?;
        type_keys(&browser, Key::Tab + "").await?;
        type_keys(&browser, ADMIN_PASSWORD).await?;
        type_keys(&browser, Key::Enter + "").await?;
        browser.driver.query(By::Css("a.row-link")).first().await?;

        browser.open("/devices").await?;
        type_keys(&browser, Key::Tab + "").await?;
        assert_eq!(focused(&browser).await?, "Skip to content");
        type_keys(&browser, Key::Enter + "").await?;
        assert_eq!(active(&browser, "id").await?, "content");

        type_keys(&browser, "/").await?;
        assert_eq!(active(&browser, "type").await?, "search");
        type_keys(&browser, "demo").await?;
        browser.driver.query(By::Css("a.pill")).first().await?;
        browser.settle().await?;
        let announced = browser.driver.find(By::Css("[role=status].hidden")).await?.prop("textContent").await?.unwrap_or_default();
        assert!(announced.starts_with("1–"), "the count is announced: {announced}");
        tab_to(&browser, "document.activeElement.matches('a.row-link')").await?;
        type_keys(&browser, "j").await?;
        type_keys(&browser, "k").await?;
        type_keys(&browser, Key::Enter + "").await?;
        browser.driver.query(By::Css(".checks")).first().await?;
        assert_eq!(active(&browser, "localName").await?, "h1", "a reader goes on at the heading of the new page");

        tab_to(&browser, "document.activeElement.textContent.trim() === 'Edit'").await?;
        type_keys(&browser, Key::Enter + "").await?;
        browser.driver.query(By::Css("dialog[open]")).first().await?;
        assert!(holds(&browser, "document.activeElement.closest('dialog') !== null").await?, "the focus is in the dialog");
        type_keys(&browser, Key::Escape + "").await?;
        browser.driver.query(By::Css("dialog[open]")).not_exists().await?;
        assert_eq!(focused(&browser).await?, "Edit", "and comes back");

        type_keys(&browser, Key::Enter + "").await?;
        browser.driver.query(By::Css("dialog[open]")).first().await?;
        tab_to(&browser, "document.activeElement.labels?.[0]?.textContent === 'Tags'").await?;
        type_keys(&browser, ", by hand").await?;
        type_keys(&browser, Key::Enter + "").await?;
        browser.read("by hand").await?;
        browser.driver.query(By::Css("dialog[open]")).not_exists().await.map(|_| ())
    });
}

async fn type_keys(browser: &Browser, keys: impl Into<thirtyfour::TypingData>) -> WebDriverResult<()> {
    browser.driver.action_chain().send_keys(keys).perform().await
}

/// Presses Tab until what `condition` says holds.
async fn tab_to(browser: &Browser, condition: &str) -> WebDriverResult<()> {
    for _ in 0..TABS_MAX {
        if holds(browser, condition).await? {
            return Ok(());
        }
        type_keys(browser, Key::Tab + "").await?;
    }
    panic!("{condition} is never so; the focus is on {}", focused(browser).await?);
}

async fn holds(browser: &Browser, condition: &str) -> WebDriverResult<bool> {
    Ok(browser.driver.execute(format!("return {condition}"), vec![]).await?.json() == true)
}

/// What has the focus says.
async fn focused(browser: &Browser) -> WebDriverResult<String> {
    active(browser, "textContent").await
}

async fn active(browser: &Browser, property: &str) -> WebDriverResult<String> {
    let found = browser.driver.execute(format!("return String(document.activeElement.{property}).trim()"), vec![]).await?;
    Ok(found.json().as_str().unwrap_or_default().to_owned())
}
