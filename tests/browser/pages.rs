//! Every page, for each who may see it, in light and dark, wide and narrow.

use super::browser::{Browser, Person, with_browser};
use super::page_checks::findings;
use thirtyfour::error::WebDriverResult;

/// Who looks at which page; `{device}` is one that fails a check, `{service}` some service.
const PAGES: &[(Person, &str)] = &[
    (Person::Stranger, "/sign-in"),
    (Person::Stranger, "/forgot-password"),
    (Person::Stranger, "/accept-invitation"),
    (Person::Stranger, "/#/reset-password/rr_0"),
    (Person::Stranger, "/docs/reference"),
    (Person::Admin, "/"),
    (Person::Admin, "/?days=90"),
    (Person::Admin, "/devices?seen=silent&owned=false"),
    (Person::Admin, "/docs"),
    (Person::Admin, "/services"),
    (Person::Admin, "/services?status=non_compliant&category=finance&search=o&sort=next_review_date"),
    (Person::Admin, "/services/new"),
    (Person::Admin, "/services/{service}"),
    (Person::Admin, "/services/{service}?tab=reviews"),
    (Person::Admin, "/services/{service}?tab=history"),
    (Person::Admin, "/services/{service}/edit"),
    (Person::Admin, "/services/{service}/review"),
    (Person::Admin, "/devices"),
    (Person::Admin, "/devices?compliance_status=non_compliant&search=a&sort=device_name"),
    (Person::Admin, "/devices/{device}"),
    (Person::Admin, "/devices/{device}?tab=history"),
    (Person::Admin, "/devices/{device}?tab=software"),
    (Person::Admin, "/my-devices"),
    (Person::Admin, "/profile"),
    (Person::Admin, "/team/nothing-here"),
    (Person::Admin, "/team"),
    (Person::Admin, "/people"),
    (Person::Admin, "/people?tab=population"),
    (Person::Admin, "/audit-log"),
    (Person::Admin, "/audit-log?range=7d&category=settings&utc=1"),
    (Person::Admin, "/exceptions"),
    (Person::Admin, "/attestations"),
    (Person::Admin, "/enrol"),
    (Person::Admin, "/settings"),
    (Person::Admin, "/settings?tab=checks"),
    (Person::Admin, "/settings?tab=signIn"),
    (Person::Admin, "/settings?tab=devices"),
    (Person::Admin, "/settings?tab=mail"),
    (Person::Admin, "/settings?tab=data"),
    (Person::Admin, "/settings?tab=keys"),
    (Person::Admin, "/settings?tab=plan"),
    (Person::Admin, "/diagnostics"),
    (Person::User, "/"),
    (Person::User, "/services"),
    (Person::User, "/devices"),
    (Person::User, "/my-devices"),
    (Person::User, "/enrol"),
    (Person::User, "/profile"),
];

#[test]
fn every_page_is_whole_accessible_and_within_its_policy() {
    with_browser(|browser| async move {
        let mut found = Vec::new();
        for person in [Person::Stranger, Person::Admin, Person::User] {
            browser.forget().await?;
            browser.sign_in(person).await?;
            let [device, service] = match person {
                Person::Admin => [
                    first_of(&browser, "/devices?compliance_status=non_compliant").await?,
                    first_of(&browser, "/services?sort=name").await?,
                ],
                _ => [String::new(), String::new()],
            };
            // Being nobody was answered with 401 on the way here; that is no fault of the pages.
            browser.driver.get_log("browser").await?;
            for (_, path) in PAGES.iter().filter(|(who, _)| *who == person) {
                for (width, dark) in [(1280, false), (1280, true), (390, true), (390, false)] {
                    browser.look(width, dark).await?;
                    browser.open(&path.replace("{device}", &device).replace("{service}", &service)).await?;
                    for finding in findings(&browser).await? {
                        found.push(format!("{person:?} {path} at {width}, dark {dark}: {finding}"));
                    }
                }
            }
        }
        assert!(found.is_empty(), "\n{}\n", found.join("\n"));
        Ok(())
    });
}

/// The id in the first row of a list.
async fn first_of(browser: &Browser, list: &str) -> WebDriverResult<String> {
    browser.open(list).await?;
    let link = "return document.querySelector('a.row-link').getAttribute('href').split('/').pop()";
    Ok(browser.driver.execute(link, vec![]).await?.json().as_str().unwrap().to_owned())
}
