//! Passwords that everybody tries first. `assets/common_passwords.sh` says where the list comes from and makes it again.

/// Sorted, in lower case; lines that begin with `#` are comments.
static LIST: &str = include_str!("../../assets/common_passwords.txt");

/// Whether `password` is one of the most common ones, whatever its case.
pub fn is_common(password: &str) -> bool {
    let password = password.to_lowercase();
    LIST.lines().any(|line| !line.starts_with('#') && line == password)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::password::PASSWORD_CHARACTERS_MIN;

    #[test]
    fn common_ones_are_known_in_any_case_and_comments_are_none() {
        assert!(is_common("1q2w3e4r5t6y"));
        assert!(is_common("QwErTy123456"));
        assert!(!is_common("a walrus plays the tuba"));
        let comment = LIST.lines().find(|line| line.starts_with('#')).unwrap();
        assert!(!is_common(comment));
    }

    #[test]
    fn the_list_holds_only_what_could_be_chosen() {
        let entries: Vec<&str> = LIST.lines().filter(|line| !line.starts_with('#')).collect();
        assert!(entries.len() >= 20, "{}", entries.len());
        for entry in &entries {
            assert!(entry.chars().count() >= PASSWORD_CHARACTERS_MIN && *entry == entry.to_lowercase(), "{entry}");
        }
        assert!(entries.is_sorted());
    }
}
