//! A page with faults on purpose: each check of [`super::page_checks`] finds its own, so that silence elsewhere means something.

use super::browser::{Person, with_browser};
use super::page_checks::{Rules, findings};

const FAULTS: &str = "document.title = ''; \
    document.querySelector('h1').remove(); \
    document.body.insertAdjacentElement('beforeend', document.createElement('input')); \
    const wide = document.createElement('p'); wide.style.width = '500px'; wide.textContent = 'wide'; document.body.append(wide); \
    const image = document.createElement('img'); image.src = 'https://127.0.0.1:1/x.png'; document.body.append(image); \
    try { wide.innerHTML = '<b>markup</b>'; } catch { /* that is what the policy is for */ } \
    return true";

#[test]
fn each_fault_of_a_page_is_found() {
    with_browser(|browser| async move {
        browser.sign_in(Person::Admin).await?;
        browser.look(390, false).await?;
        browser.open("/devices").await?;
        browser.driver.execute(FAULTS, vec![]).await?;
        let found = findings(&browser, 390, Rules::All).await?.join("\n");
        for wanted in [
            "refused by the policy: img-src",
            "refused by the policy: require-trusted-types-for",
            "console: ",
            "barrier: label",
            "wider than",
            "headings",
        ] {
            assert!(found.contains(wanted), "{wanted} was not found in\n{found}");
        }
        Ok(())
    });
}
