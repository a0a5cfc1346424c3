//! From the dashboard to a service that is recorded, reviewed and deleted; and the documentation that sends requests of its own.

use serde_json::{Value, json};
use thirtyfour::prelude::*;

use super::browser::{Browser, Person, with_browser};

#[test]
fn a_number_of_the_dashboard_leads_to_the_list_of_what_it_counts() {
    with_browser(|browser| async move {
        browser.sign_in(Person::Admin).await?;
        browser.open("/").await?;
        let tiles = "return [...document.querySelectorAll('a.tile')].map((tile) => [tile.getAttribute('href'), \
                     tile.querySelector('strong').textContent])";
        let tiles = browser.driver.execute(tiles, vec![]).await?.json().clone();
        let counted = tiles.as_array().unwrap();
        assert!(counted.len() >= 3, "{tiles}");
        for tile in counted {
            let href = tile[0].as_str().unwrap();
            browser.open(href).await?;
            let shown = browser.driver.query(By::Css(".range")).first().await?.text().await?;
            assert!(shown.ends_with(&format!("of {}", tile[1].as_str().unwrap())), "{tile}: {shown}");
        }
        Ok(())
    });
}

#[test]
fn a_service_is_recorded_reviewed_and_deleted() {
    with_browser(|browser| async move {
        browser.sign_in(Person::Admin).await?;
        browser.open("/services").await?;
        browser.press("Add service").await?;
        browser.fill("Name", "Ticket system").await?;
        browser.answer("mfa_enforced", "no").await?;
        browser.press("Save").await?;
        browser.driver.query(By::Css(".chips")).first().await?;
        assert_eq!(chips(&browser).await?, json!(["Not answered", "No", "Not answered", "Not answered", "Not answered"]));

        browser.press("Record a review").await?;
        browser.field("Day of the review").await?;
        let checked = "return document.querySelector('[name=mfa_enforced]:checked').value";
        assert_eq!(browser.driver.execute(checked, vec![]).await?.json(), "no", "the answer in force is there already");
        browser.answer("mfa_enforced", "yes").await?;
        let days = "const [from, to] = [...document.querySelectorAll('input[type=date]')].map((field) => Date.parse(field.value)); \
                    return (to - from) / 86400000";
        assert_eq!(browser.driver.execute(days, vec![]).await?.json(), 365, "the next day is suggested");
        browser.fill("What was looked at and found", "Looked at sign-in.").await?;
        browser.press("Add a finding").await?;
        browser.fill("Finding", "Two old accounts").await?;
        let folder = tempfile::tempdir().unwrap();
        let picture = folder.path().join("accounts.png");
        std::fs::write(&picture, browser.driver.screenshot_as_png().await?).unwrap();
        browser.field("Files").await?.send_keys(picture.to_str().unwrap()).await?;
        browser.read("accounts.png").await?;
        browser.press("Record the review").await?;
        browser.read("The review of Ticket system is recorded.").await?;
        let review = browser.driver.query(By::Css(".timeline > li")).first().await?.text().await?;
        for wanted in ["Looked at sign-in.", "Two old accounts", "accounts.png"] {
            assert!(review.contains(wanted), "{wanted} is not in {review}");
        }
        browser.settle().await?;
        assert_eq!(chips(&browser).await?[1], "Yes");

        browser.press("Resolve").await?;
        browser.fill("How was it resolved?", "Both are gone.").await?;
        browser.press("Resolve").await?;
        browser.read("The finding is resolved.").await?;

        browser.press("Delete").await?;
        browser.press("Delete").await?;
        browser.read("Ticket system is deleted").await?;
        browser.open("/services?search=Ticket").await?;
        browser.read("Nothing matches").await
    });
}

#[test]
fn the_documentation_keeps_its_policy_and_tries_requests_as_who_is_signed_in() {
    with_browser(|browser| async move {
        let driver = &browser.driver;
        browser.sign_in(Person::Admin).await?;
        browser.open("/docs").await?;
        press_at(&browser, "#operations-tag-Services").await?;
        // A write needs the header that shows where it comes from: without it the cookie would count for nothing.
        press_at(&browser, "[id$='create_service'] .opblock-summary-control").await?;
        press_at(&browser, "[id$='create_service'] .execute").await?;
        let status = driver.query(By::Css("[id$='create_service'] .live-responses-table tbody .response-col_status")).first().await?;
        assert!(status.text().await?.starts_with("201"), "{}", status.text().await?);
        assert_eq!(*driver.execute("return window.refused", vec![]).await?.json(), json!([]));
        let log = driver.get_log("browser").await?;
        assert!(log.iter().all(|line| line.level != "SEVERE"), "{log:?}");
        Ok(())
    });
}

async fn press_at(browser: &Browser, selector: &str) -> WebDriverResult<()> {
    let element = browser.driver.query(By::Css(selector)).first().await?;
    browser.click(&element).await
}

/// The five answers as shown beside the name of a service.
async fn chips(browser: &Browser) -> WebDriverResult<Value> {
    let texts = "return [...document.querySelector('.chips').querySelectorAll('strong')].map((one) => one.textContent)";
    Ok(browser.driver.execute(texts, vec![]).await?.json().clone())
}
