//! From the dashboard's numbers to the lists of what they count.

use serde_json::Value;
use thirtyfour::prelude::*;

use super::browser::{Person, with_browser};

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
