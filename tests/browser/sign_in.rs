//! From the sign-in page to the page that was asked for, and the lists that keep their state in the address.

use thirtyfour::prelude::*;

use super::browser::{Person, with_browser};
use crate::support::binary::{ADMIN_EMAIL, ADMIN_PASSWORD};

#[test]
fn who_asks_for_a_page_gets_there_after_sign_in_and_back_keeps_filters() {
    with_browser(|browser| async move {
        let driver = &browser.driver;
        browser.open("/devices?compliance_status=compliant").await?;
        driver.query(By::Name("username")).first().await?.send_keys(ADMIN_EMAIL).await?;
        let password = driver.find(By::Name("password")).await?;
        password.send_keys("wrong, wrong, wrong").await?;
        password.send_keys(Key::Enter + "").await?;
        driver.query(By::Css("[role=alert]")).first().await?;
        password.clear().await?;
        password.send_keys(ADMIN_PASSWORD).await?;
        password.send_keys(Key::Enter + "").await?;
        driver.query(By::Css("a.row-link")).first().await?.click().await?;
        driver.query(By::Css(".checks")).first().await?;
        driver.back().await?;
        driver.query(By::Css("a.pill")).first().await?;
        let address = driver.current_url().await?;
        assert_eq!((address.path(), address.query()), ("/devices", Some("compliance_status=compliant")));
        Ok(())
    });
}

#[test]
fn the_secret_of_a_link_leaves_the_address_bar() {
    with_browser(|browser| async move {
        browser.sign_in(Person::Stranger).await?;
        browser.open("/#/reset-password/rr_secret").await?;
        browser.driver.query(By::Css("input[autocomplete=new-password]")).first().await?;
        assert!(browser.driver.current_url().await?.as_str().ends_with("/reset-password"));
        Ok(())
    });
}
