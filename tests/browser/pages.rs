//! Every page, for each who may see it, in light and dark, wide and narrow.

use std::io::Write;
use std::time::Instant;

use serde_json::json;
use thirtyfour::error::WebDriverResult;

use super::browser::{Browser, Person, with_browser};
use super::page_checks::{Rules, findings};

/// Width and whether dark, with the rules that this look adds. A page is loaded once per width.
const LOOKS: [(u32, bool, Rules); 4] =
    [(1280, false, Rules::All), (1280, true, Rules::OfColour), (390, true, Rules::All), (390, false, Rules::OfColour)];

const OF_STRANGERS: &[&str] = &[
    "/sign-in",
    "/sign-in?next=%2Fdevices",
    "/forgot-password",
    "/accept-invitation",
    "/#/accept-invitation/inv_0",
    "/#/reset-password/rr_0",
    "/docs/reference",
];
/// `{device}` is one that fails a check, `{service}` one with findings, `{report}` and `{earlier}` are two reports on one framework.
const OF_ADMINS: &[&str] = &[
    "/",
    "/?days=90",
    "/devices",
    "/devices?compliance_status=non_compliant&search=a&sort=device_name",
    "/devices?seen=silent&owned=false",
    "/devices/import",
    "/devices/{device}",
    "/devices/{device}?tab=history",
    "/devices/{device}?tab=hardware",
    "/devices/{device}?tab=software",
    "/services",
    "/services?status=non_compliant&category=finance&search=o&sort=next_review_date",
    "/services/new",
    "/services/import",
    "/services/{service}",
    "/services/{service}?tab=reviews",
    "/services/{service}?tab=history",
    "/services/{service}/edit",
    "/services/{service}/review",
    "/reports",
    "/reports?new=1",
    "/reports?format=json&status=completed",
    "/reports/{report}",
    "/reports/{report}?with={earlier}",
    "/reports/rep_nothing",
    "/my-devices",
    "/docs",
];
const OF_MANAGING_ADMINS: &[&str] = &[
    "/profile",
    "/team",
    "/team/nothing-here",
    "/people",
    "/people?tab=population",
    "/audit-log",
    "/audit-log?range=7d&category=settings&utc=1",
    "/exceptions",
    "/exceptions?new=1&subject_type=device&subject_id={device}&check_id=device.firewall_enabled",
    "/exceptions?state=expired",
    "/attestations",
    "/attestations?new=1",
    "/enrol",
    "/settings",
    "/settings?tab=checks",
    "/settings?tab=signIn",
    "/settings?tab=devices",
    "/settings?tab=frameworks",
    "/settings?tab=mail",
    "/settings?tab=data",
    "/settings?tab=keys",
    "/settings?tab=plan",
    "/diagnostics",
];
const OF_USERS: &[&str] = &["/", "/services", "/devices", "/my-devices", "/reports", "/enrol", "/profile", "/settings"];
const OF_VIEWERS: &[&str] = &["/", "/devices/{device}", "/services/{service}?tab=reviews", "/reports", "/audit-log"];
const OF_AUDITORS: &[&str] = &[
    "/",
    "/devices",
    "/devices/{device}",
    "/services/{service}",
    "/reports",
    "/audit-log",
    "/people",
    "/people?tab=population",
    "/exceptions",
    "/attestations",
    "/profile",
];

/// What a page may say that is no fault: the report that nobody made is answered with 404, which the browser notes as well.
const EXPECTED: [(&str, &str); 2] = [("/reports/rep_nothing", "console: "), ("/reports/rep_nothing", "an error is shown: ")];

#[test]
fn every_page_of_an_admin_is_whole_accessible_and_within_its_policy() {
    with_browser(|browser| async move { walk(&browser, &[(Person::Admin, OF_ADMINS)]).await });
}

#[test]
fn every_page_to_manage_is_whole_accessible_and_within_its_policy() {
    with_browser(|browser| async move { walk(&browser, &[(Person::Admin, OF_MANAGING_ADMINS)]).await });
}

#[test]
fn every_page_of_everybody_else_is_whole_accessible_and_within_its_policy() {
    with_browser(|browser| async move {
        let others =
            [(Person::Stranger, OF_STRANGERS), (Person::User, OF_USERS), (Person::Viewer, OF_VIEWERS), (Person::Auditor, OF_AUDITORS)];
        walk(&browser, &others).await
    });
}

/// Looks at each page of each person; fails with all that was found.
async fn walk(browser: &Browser, tours: &[(Person, &[&str])]) -> WebDriverResult<()> {
    let mut found = Vec::new();
    for (person, pages) in tours {
        browser.forget().await?;
        browser.sign_in(*person).await?;
        let names = match person {
            Person::Stranger | Person::User => Vec::new(),
            _ => names(browser, *person).await?,
        };
        // Being nobody was answered with 401 on the way here; that is no fault of the pages.
        browser.driver.get_log("browser").await?;
        for page in *pages {
            let path = names.iter().fold((*page).to_owned(), |path, (name, id)| path.replace(name, id));
            look_at(browser, *person, page, &path, &mut found).await?;
        }
    }
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
    Ok(())
}

async fn look_at(browser: &Browser, person: Person, page: &str, path: &str, found: &mut Vec<String>) -> WebDriverResult<()> {
    let begun = Instant::now();
    let mut width_before = 0;
    for (width, dark, rules) in LOOKS {
        browser.look(width, dark).await?;
        if width != width_before {
            browser.open(path).await?;
        }
        width_before = width;
        for finding in findings(browser, width, rules).await? {
            if !EXPECTED.iter().any(|(where_, what)| *where_ == page && finding.starts_with(what)) {
                found.push(format!("{person:?} {page} at {width}, dark {dark}: {finding}"));
            }
        }
    }
    // Straight to the file: the harness holds back what is printed until a test fails.
    let _ = writeln!(std::io::stderr(), "{:5.1} s  {person:?} {page}", begun.elapsed().as_secs_f32());
    Ok(())
}

/// What stands for the names in paths.
async fn names(browser: &Browser, person: Person) -> WebDriverResult<Vec<(&'static str, String)>> {
    let first = async |path: &str, id: &str| -> WebDriverResult<String> {
        let list = browser.ask("GET", path, &json!(null)).await?;
        Ok(list[0][id].as_str().unwrap_or_else(|| panic!("{path}: {list}")).to_owned())
    };
    let mut names = vec![
        ("{device}", first("/v1/devices?compliance_status=non_compliant&limit=1", "id").await?),
        ("{service}", first("/v1/services?sort=name&limit=1", "id").await?),
    ];
    if person == Person::Admin {
        let review = json!({"review_date": "2026-01-05", "next_review_date": "2027-01-05", "outcome": "passed_with_findings",
            "finding_items": [{"text": "Two accounts of people who left", "severity": "high", "due_on": "2026-02-01"}]});
        let recorded = browser.ask("POST", &format!("/v1/services/{}/reviews", names[1].1), &review).await?;
        assert!(recorded["id"].is_string(), "{recorded}");
        for (name, days) in [("{earlier}", ["2026-01-01", "2026-01-31"]), ("{report}", ["2026-02-01", "2026-02-28"])] {
            let body = json!({"framework": "iso27001", "format": "json", "date_range": {"start": days[0], "end": days[1]}});
            let made = browser.ask("POST", "/v1/reports/compliance", &body).await?;
            names.push((name, made["id"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned()));
        }
    }
    Ok(names)
}
