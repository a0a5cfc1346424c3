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
        // Reviews that are due soon have no filter of their own: their list only begins with them.
        let counted: Vec<&Value> =
            tiles.as_array().unwrap().iter().filter(|tile| !tile[0].as_str().unwrap().ends_with("sort=next_review_date")).collect();
        assert!(counted.len() >= 3, "{tiles}");
        for tile in counted {
            let href = tile[0].as_str().unwrap();
            if href.starts_with("/people") {
                continue; // Its page has a test of its own.
            }
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
        let driver = &browser.driver;
        browser.sign_in(Person::Admin).await?;
        browser.open("/services").await?;
        press(&browser, "a[href='/services/new']").await?;
        driver.query(By::Css(".form-card input")).first().await?.send_keys("Ticket system").await?;
        answer(&browser, "mfa_enforced", "no").await?;
        press(&browser, "form button.primary").await?;
        driver.query(By::Css(".chips")).first().await?;
        assert_eq!(chips(&browser).await?, json!(["Not answered", "No", "Not answered", "Not answered", "Not answered"]));

        press(&browser, "a[href$='/review']").await?;
        let checked = "return document.querySelector('[name=mfa_enforced]:checked').value";
        driver.query(By::Css("[name=mfa_enforced]")).first().await?;
        assert_eq!(driver.execute(checked, vec![]).await?.json(), "no", "the answer in force is there already");
        answer(&browser, "mfa_enforced", "yes").await?;
        let days = "const [from, to] = [...document.querySelectorAll('input[type=date]')].map((field) => Date.parse(field.value)); \
                    return (to - from) / 86400000";
        assert_eq!(driver.execute(days, vec![]).await?.json(), 365, "the next day is suggested");
        driver.find(By::Css("form textarea")).await?.send_keys("Looked at sign-in.").await?;
        press(&browser, "fieldset > button").await?;
        driver.query(By::Css(".finding-row textarea")).first().await?.send_keys("Two old accounts").await?;
        press(&browser, "form button.primary").await?;
        let review = driver.query(By::Css(".timeline > li")).first().await?.text().await?;
        assert!(review.contains("Looked at sign-in.") && review.contains("Two old accounts"), "{review}");
        browser.settle().await?;
        let after = chips(&browser).await?;
        assert_eq!(after[1], "Yes", "{after}");

        press(&browser, "header button:last-of-type").await?;
        press(&browser, "dialog button.danger").await?;
        driver.query(By::Css(".list")).first().await?;
        browser.open("/services?search=Ticket").await?;
        assert!(driver.query(By::Css(".empty")).first().await?.text().await?.contains("Nothing matches"));
        Ok(())
    });
}

#[test]
fn the_documentation_keeps_its_policy_and_tries_requests_as_who_is_signed_in() {
    with_browser(|browser| async move {
        let driver = &browser.driver;
        browser.sign_in(Person::Admin).await?;
        for (width, dark) in [(1280, false), (390, true)] {
            browser.look(width, dark).await?;
            browser.open("/docs").await?;
            driver.query(By::Css("#docs:not([aria-busy]) .opblock")).first().await?;
            let over = driver.execute("return document.documentElement.scrollWidth - innerWidth", vec![]).await?;
            assert!(over.json().as_i64() <= Some(0), "{:?} at {width}", over.json());
        }
        // A write needs the header that shows where it comes from: without it the cookie would count for nothing.
        press(&browser, "[id$='create_service'] .opblock-summary-control").await?;
        press(&browser, "[id$='create_service'] .execute").await?;
        let status = driver.query(By::Css("[id$='create_service'] .live-responses-table .response-col_status")).first().await?;
        assert!(status.text().await?.starts_with("201"), "{}", status.text().await?);
        let refused = driver.execute("return window.refused", vec![]).await?.json().clone();
        assert_eq!(refused, json!([]));
        let log = driver.get_log("browser").await?;
        assert!(log.iter().all(|line| line.level != "SEVERE"), "{log:?}");
        Ok(())
    });
}

async fn press(browser: &Browser, selector: &str) -> WebDriverResult<()> {
    let element = browser.driver.query(By::Css(selector)).first().await?;
    element.scroll_into_view().await?;
    element.click().await
}

/// Ticks one of the three answers; its box lies under its words.
async fn answer(browser: &Browser, name: &str, value: &str) -> WebDriverResult<()> {
    press(browser, &format!("[name={name}][value={value}]")).await
}

/// The five answers as shown beside the name of a service.
async fn chips(browser: &Browser) -> WebDriverResult<Value> {
    let texts = "return [...document.querySelector('.chips').querySelectorAll('strong')].map((one) => one.textContent)";
    Ok(browser.driver.execute(texts, vec![]).await?.json().clone())
}
