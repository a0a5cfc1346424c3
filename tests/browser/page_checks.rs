//! What has to hold for every page: nothing refused, nothing failed, nothing from elsewhere, accessible, no wider than the window.

use serde_json::Value;
use thirtyfour::prelude::*;

use super::browser::Browser;

/// Finds barriers of markup and contrast; never shipped.
const AXE: &str = include_str!("../fixtures/axe/axe.min.js");
const RUN_AXE: &str = "const done = arguments[1]; axe.run(document, { ...arguments[0], resultTypes: ['violations'], preload: false }).then((found) => \
                       done(found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html.slice(0, 200)).join(' | ')}`)), \
                       (error) => done([String(error)]))";
const ELSEWHERE: &str =
    "return performance.getEntriesByType('resource').map((one) => one.name).filter((name) => new URL(name).origin !== location.origin)";
const HEADINGS: &str = "return [document.querySelectorAll('h1:not([aria-level])').length, document.title]";
const FAILURES: &str = "return [...document.querySelectorAll('.failure')].map((one) => one.innerText)";
// A phone's window grows with a page that is too wide: what counts is the width that was asked for.
const TOO_WIDE: &str = "const [width] = arguments; const over = document.documentElement.scrollWidth - width; return over <= 0 ? [] : [`by ${over} pixels: `.concat( \
                        [...document.querySelectorAll('main *')].filter((one) => one.getBoundingClientRect().right > width) \
                        .slice(0, 3).map((one) => one.outerHTML.slice(0, 120)).join(' | '))]";

/// Which rules of the barriers' finder a look is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rules {
    /// All of WCAG 2.1 A and AA, and good practice.
    All,
    /// Those that another colour scheme may break: nothing else differs between light and dark.
    OfColour,
}

impl Rules {
    fn options(self) -> Value {
        match self {
            Rules::All => serde_json::json!({"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}),
            Rules::OfColour => serde_json::json!({"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}),
        }
    }
}

/// The findings on the page that is open in a window of `width` pixels, each a sentence.
pub async fn findings(browser: &Browser, width: u32, rules: Rules) -> WebDriverResult<Vec<String>> {
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
    if driver.execute("return window.axe === undefined", vec![]).await?.json() == true {
        driver.execute(format!("{AXE};window.axe = axe;"), vec![]).await?;
    }
    for violation in texts(driver.execute_async(RUN_AXE, vec![rules.options()]).await?.json()) {
        found.push(format!("barrier: {violation}"));
    }
    for over in texts(driver.execute(TOO_WIDE, vec![width.into()]).await?.json()) {
        found.push(format!("wider than the window {over}"));
    }
    for failure in texts(driver.execute(FAILURES, vec![]).await?.json()) {
        found.push(format!("an error is shown: {failure}"));
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
