//! Reads `[Section]` / `key=value` files, as display managers, dnf and KDE write them.

/// The value of `key` in a section whose name `section` accepts; the last one counts. Keys are compared without case.
pub(super) fn value<'a>(text: &'a str, section: impl Fn(&str) -> bool, key: &str) -> Option<&'a str> {
    let mut inside = false;
    let mut found = None;
    for line in text.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            inside = section(name);
        } else if inside
            && !line.starts_with(['#', ';'])
            && let Some((name, value)) = line.split_once('=')
            && name.trim().eq_ignore_ascii_case(key)
        {
            found = Some(value.trim());
        }
    }
    found
}

/// Whether a value switches something on.
pub(super) fn is_on(value: &str) -> bool {
    ["true", "yes", "1", "on"].iter().any(|word| value.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_other_sections_do_not_count_and_the_last_value_does() {
        let text = "[daemon]\n# AutomaticLogin=x\nAutomaticLogin = anna\n[debug]\nAutomaticLogin=bert\n[daemon]\nautomaticlogin=carl\n";
        assert_eq!(value(text, |section| section == "daemon", "AutomaticLogin"), Some("carl"));
        assert_eq!(value(text, |section| section == "security", "AutomaticLogin"), None);
        assert!(is_on("True") && is_on("yes") && !is_on("false") && !is_on(""));
    }
}
