//! What has to hold for every page: nothing refused, nothing failed, nothing from elsewhere, accessible, no wider than the window.

use serde_json::Value;
use thirtyfour::prelude::*;

use super::browser::Browser;

/// Finds barriers of markup and contrast; never shipped.
const AXE: &str = include_str!("../fixtures/axe/axe.min.js");
const RUN_AXE: &str = "const done = arguments[0]; axe.run(document).then((found) => done(found.violations.map((one) => \
                       `${one.id}: ${one.nodes.map((node) => node.html.slice(0, 200)).join(' | ')}`)), (error) => done([String(error)]))";
const ELSEWHERE: &str =
    "return performance.getEntriesByType('resource').map((one) => one.name).filter((name) => new URL(name).origin !== location.origin)";
const HEADINGS: &str = "return [document.querySelectorAll('h1').length, document.title]";

/// The findings on the page that is open, each a sentence.
pub async fn findings(browser: &Browser) -> WebDriverResult<Vec<String>> {
    let driver = &browser.driver;
    let mut found = Vec::new();
    for line in texts(driver.execute("return window.refused", vec![]).await?.json()) {
        found.push(format!("refused by the policy: {line}"));
    }
    for line in driver.get_log("browser").await?.iter().filter(|line| line.level == "SEVERE") {
        found.push(format!("console: {}", line.message));
    }
    for address in texts(driver.execute(ELSEWHERE, vec![]).await?.json()) {
        found.push(format!("asked elsewhere: {address}"));
    }
    driver.execute(format!("{AXE};window.axe = axe;"), vec![]).await?;
    for violation in texts(driver.execute_async(RUN_AXE, vec![]).await?.json()) {
        found.push(format!("barrier: {violation}"));
    }
    let over = driver.execute("return document.documentElement.scrollWidth - innerWidth", vec![]).await?.json().as_i64();
    if over.is_none_or(|pixels| pixels > 0) {
        found.push(format!("wider than the window by {over:?} pixels"));
    }
    let named = driver.execute(HEADINGS, vec![]).await?.json().clone();
    if named[0] != 1 || !named[1].as_str().is_some_and(|title| title.contains(" · ")) {
        found.push(format!("headings and title: {named}"));
    }
    Ok(found)
}

fn texts(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|item| item.as_str().unwrap().to_owned()).collect()
}
