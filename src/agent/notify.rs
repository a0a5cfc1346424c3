//! Which failures the person at the screen has not been told of yet, and in which words.

use std::collections::BTreeSet;

use super::send::{Answer, CheckVerdict};
use crate::limits::{NOTIFICATION_CHARACTERS_MAX, NOTIFICATIONS_MAX};

/// A message to the person at the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// One line.
    pub title: String,
    /// What to do.
    pub body: String,
}

/// The notices for failures that are not in `told`, which is brought up to date: a failure is told once, and again only after the check
/// has passed in between. A look that could not tell (`no_data`) changes nothing.
pub fn news(told: &mut BTreeSet<String>, answer: &Answer) -> Vec<Notice> {
    let mut new: Vec<&CheckVerdict> = Vec::new();
    for check in &answer.checks {
        match check.status.as_str() {
            "fail" if !check.advice => {
                if told.insert(check.check_id.clone()) {
                    new.push(check);
                }
            }
            "no_data" => {}
            _ => drop(told.remove(&check.check_id)),
        }
    }
    // Checks that are no longer in use.
    told.retain(|id| answer.checks.iter().any(|check| check.check_id == *id));
    if new.len() > NOTIFICATIONS_MAX {
        return vec![many(&new)];
    }
    new.into_iter().map(one).collect()
}

/// Titles say what a check wants, so the words before them say that it is not so.
fn one(check: &CheckVerdict) -> Notice {
    let remediation = check.remediation.as_deref().unwrap_or("Run `recoger agent status` to see what was found");
    Notice { title: shortened(&format!("Not fulfilled: {}", check.title)), body: shortened(remediation) }
}

fn many(checks: &[&CheckVerdict]) -> Notice {
    let titles: Vec<&str> = checks.iter().map(|check| check.title.as_str()).collect();
    let body = format!("{}. Run `recoger agent status` to see what to do.", titles.join("; "));
    Notice { title: format!("{} security checks of this device are not fulfilled", checks.len()), body: shortened(&body) }
}

/// On one line, without what could steer a program that shows it.
fn shortened(text: &str) -> String {
    let line: String = text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect();
    match line.char_indices().nth(NOTIFICATION_CHARACTERS_MAX) {
        Some((cut, _)) => format!("{}…", &line[..cut]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(checks: &[(&str, &str)]) -> Answer {
        let check = |(id, status): &(&str, &str)| CheckVerdict {
            check_id: (*id).to_owned(),
            title: format!("{id} is on"),
            status: (*status).to_owned(),
            remediation: Some(format!("Switch {id} on")),
            ..CheckVerdict::default()
        };
        Answer { checks: checks.iter().map(check).collect(), ..Answer::default() }
    }

    #[test]
    fn a_failure_is_told_once_and_again_only_after_it_has_passed() {
        let mut told = BTreeSet::new();
        let mut titles = |status: &str| news(&mut told, &answer(&[("firewall", status)])).len();
        let days = ["pass", "fail", "fail", "no_data", "fail", "pass", "fail", "excepted", "fail", "not_applicable"];
        assert_eq!(days.map(&mut titles), [0, 1, 0, 0, 0, 0, 1, 0, 1, 0]);
    }

    #[test]
    fn the_words_are_title_and_remediation() {
        let notices = news(&mut BTreeSet::new(), &answer(&[("firewall", "fail"), ("tpm", "pass")]));
        let wanted = Notice { title: "Not fulfilled: firewall is on".to_owned(), body: "Switch firewall on".to_owned() };
        assert_eq!(notices, [wanted]);
    }

    #[test]
    fn many_at_once_become_one_and_advice_is_silent() {
        let mut told = BTreeSet::new();
        let mut five = answer(&[("a", "fail"), ("b", "fail"), ("c", "fail"), ("d", "fail"), ("e", "fail")]);
        five.checks[4].advice = true;
        let notices = news(&mut told, &five);
        assert_eq!(notices.len(), 1);
        assert!(notices[0].title.starts_with("4 ") && notices[0].body.starts_with("a is on; b is on"), "{notices:?}");
        assert_eq!(told.len(), 4);
        // Checks that are switched off are forgotten, and told anew when they come back.
        news(&mut told, &answer(&[("a", "fail")]));
        assert_eq!(news(&mut told, &five).len(), 3);
    }

    #[test]
    fn long_and_steering_words_are_made_harmless() {
        let mut check = answer(&[("a", "fail")]);
        check.checks[0].remediation = Some(format!("\u{1b}[2J\n{}", "ä".repeat(1000)));
        let body = &news(&mut BTreeSet::new(), &check)[0].body;
        assert!(!body.contains(char::is_control) && body.ends_with('…'), "{body}");
        assert_eq!(body.chars().count(), NOTIFICATION_CHARACTERS_MAX + 1);
    }
}
