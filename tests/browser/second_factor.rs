//! The second factor: set up and used by its owner, and what somebody without one sees where the organisation asks for it.

use std::time::{SystemTime, UNIX_EPOCH};

use recoger::domain::time::Time;
use thirtyfour::prelude::*;

use super::browser::{Browser, Person, with_browser};
use crate::support::binary::{ADMIN_EMAIL, ADMIN_PASSWORD};
use crate::support::bodies::code_at;

/// Seconds for which a code holds.
const STEP_SECONDS: i64 = 30;

#[test]
fn a_second_factor_is_set_up_and_asked_for_at_the_next_sign_in() {
    with_browser(|browser| async move {
        let driver = &browser.driver;
        browser.sign_in(Person::Admin).await?;
        browser.open("/profile").await?;
        let secret = set_up(&browser).await?;
        driver.execute("document.querySelector('dialog .form-actions .primary').click()", vec![]).await?;
        driver.query(By::Css(".badge.good")).first().await?;

        browser.forget().await?;
        browser.open("/sign-in").await?;
        driver.find(By::Name("username")).await?.send_keys(ADMIN_EMAIL).await?;
        let password = driver.find(By::Name("password")).await?;
        password.send_keys(ADMIN_PASSWORD).await?;
        password.send_keys(Key::Enter + "").await?;
        // A code works once: the next step's is within what clocks may be apart.
        let code = code_at(&secret, Time(now() + STEP_SECONDS));
        driver.query(By::Name("otp")).first().await?.send_keys(code).await?;
        driver.query(By::Css("main#content h1")).first().await?;
        Ok(())
    });
}

#[test]
fn who_lacks_a_required_second_factor_is_led_to_it_and_back() {
    with_browser(|browser| async move {
        let driver = &browser.driver;
        browser.sign_in(Person::Admin).await?;
        browser.open("/settings?tab=signIn").await?;
        driver.find(By::Css("input[type=checkbox]")).await?.click().await?;
        driver.execute("document.querySelector('input[type=checkbox]').closest('form').requestSubmit()", vec![]).await?;
        driver.query(By::Css(".note.warn")).first().await?;
        let address = driver.current_url().await?;
        assert_eq!((address.path(), address.query()), ("/profile", Some("next=%2Fsettings%3Ftab%3DsignIn")));
        set_up(&browser).await?;
        driver.execute("document.querySelector('dialog .form-actions .primary').click()", vec![]).await?;
        driver.query(By::Css(".note.good a")).first().await?.click().await?;
        driver.query(By::Css(".sentence")).first().await?;
        Ok(())
    });
}

/// Sets a second factor up on the profile page; gives its secret, and leaves the recovery codes open.
async fn set_up(browser: &Browser) -> WebDriverResult<String> {
    let driver = &browser.driver;
    let begin = "[...document.querySelectorAll('.card button')].find((one) => one.querySelector('use[href$=\"#shield\"]')).click()";
    driver.execute(begin, vec![]).await?;
    let secret = driver.query(By::Css("dialog .copy-box code")).first().await?.text().await?;
    assert!(driver.find(By::Css("dialog svg.qr path")).await?.attr("d").await?.is_some_and(|path| path.len() > 100));
    let code = driver.find(By::Css("dialog input.code")).await?;
    code.send_keys(code_at(&secret, Time(now()))).await?;
    code.send_keys(Key::Enter + "").await?;
    driver.query(By::Css("dialog .codes")).first().await?;
    assert_eq!(driver.find_all(By::Css("dialog .codes li")).await?.len(), 10);
    Ok(secret)
}

fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap()
}
