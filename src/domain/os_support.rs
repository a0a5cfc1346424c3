//! Which OS releases still get security fixes, by the table `assets/os_support.toml`; its head states the rules.

use std::sync::LazyLock;

use chrono::{Days, NaiveDate};
use chrono_tz::Tz;
use serde::Deserialize;

use super::device::OsType;
use super::earlier;
use super::time::{Time, parse_date};

/// The text of the table that this program brings.
pub const SHIPPED_TEXT: &str = include_str!("../../assets/os_support.toml");

/// The table.
#[derive(Debug)]
pub struct OsSupport {
    /// The day the table was true.
    pub data_date: NaiveDate,
    open_until: NaiveDate,
    rolling: Vec<String>,
    rolling_max_update_days: i64,
    releases: Vec<Entry>,
}

/// What identifies a device's release.
#[derive(Debug, Clone, Copy)]
pub struct Release<'a> {
    /// Operating system.
    pub os_type: OsType,
    /// Version as reported.
    pub version: &'a str,
    /// On Linux the ID of `/etc/os-release`.
    pub distribution: Option<&'a str>,
    /// On Windows the EditionID.
    pub edition: Option<&'a str>,
    /// Newest update, for distributions without releases.
    pub last_update_at: Option<Time>,
}

/// Whether a release is supported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Support {
    /// `None`: the table does not tell.
    pub supported: Option<bool>,
    /// When time alone changes the answer next.
    pub changes_at: Option<Time>,
    /// The answer rests on `last_update_at`.
    pub by_last_update: bool,
}

impl OsSupport {
    /// The table inside the binary.
    pub fn shipped() -> &'static OsSupport {
        static TABLE: LazyLock<OsSupport> = LazyLock::new(|| {
            // A unit test proves that the shipped file loads.
            OsSupport::parse(SHIPPED_TEXT).unwrap_or_else(|error| panic!("{error}"))
        });
        &TABLE
    }

    /// Reads a table; the error names the file, the release and the field.
    pub fn parse(text: &str) -> Result<OsSupport, String> {
        let file: TableFile = toml::from_str(text).map_err(|error| format!("os_support.toml: {error}"))?;
        if file.format != 1 {
            return Err(format!("os_support.toml: format must be 1, not {}", file.format));
        }
        let data_date = parse_date(&file.data_date).ok_or("os_support.toml: data_date must be YYYY-MM-DD")?;
        let open_until = data_date + Days::new(u64::from(file.open_valid_days));
        let mut releases = Vec::with_capacity(file.release.len());
        for raw in &file.release {
            let entry = Entry::from_file(raw).map_err(|error| {
                format!("os_support.toml: {} {}: {error}", raw.distro.as_deref().unwrap_or(raw.os.as_str()), raw.prefix)
            })?;
            if releases.iter().any(|other: &Entry| (other.os, &other.distro, &other.prefix) == (entry.os, &entry.distro, &entry.prefix)) {
                return Err(format!("os_support.toml: {} {}: listed twice", raw.os, raw.prefix));
            }
            releases.push(entry);
        }
        let rolling_max_update_days = i64::from(file.rolling_max_update_days);
        Ok(OsSupport { data_date, open_until, rolling: file.rolling, rolling_max_update_days, releases })
    }

    /// Whether `release` gets security fixes at `at`; end dates are days in `zone`, both included.
    pub fn lookup(&self, release: &Release<'_>, at: Time, zone: Tz) -> Support {
        let unknown = Support { supported: None, changes_at: None, by_last_update: false };
        let distribution = release.distribution.unwrap_or_default();
        if release.os_type == OsType::Linux && self.rolling.iter().any(|id| id.eq_ignore_ascii_case(distribution)) {
            return self.rolling(release.last_update_at, at);
        }
        let candidates = self.releases.iter().filter(|entry| entry.matches(release.os_type, distribution, release.version));
        let Some(entry) = candidates.max_by_key(|entry| entry.prefix.len()) else { return unknown };
        let today = at.date_in(zone);
        let answers = entry.ends(release.edition).into_iter().flatten().map(|end| self.answer(end, today));
        let Some(combined) = answers.reduce(|(a, a_end), (b, b_end)| (if a == b { a } else { None }, earlier(a_end, b_end))) else {
            return unknown;
        };
        let (supported, last_day) = combined;
        Support { supported, changes_at: last_day.map(|day| Time::start_of(day + Days::new(1), zone)), by_last_update: false }
    }

    /// The answer for one end of support, and its last day.
    fn answer(&self, end: End, today: NaiveDate) -> (Option<bool>, Option<NaiveDate>) {
        match end {
            End::On(day) if today <= day => (Some(true), Some(day)),
            End::On(_) => (Some(false), None),
            End::Open if today <= self.open_until => (Some(true), Some(self.open_until)),
            End::Open => (None, None),
        }
    }

    fn rolling(&self, last_update_at: Option<Time>, at: Time) -> Support {
        let (supported, changes_at) = match last_update_at {
            Some(updated) if updated > at => (None, Some(updated)),
            Some(updated) => {
                let stops = updated.plus_days(self.rolling_max_update_days).plus_seconds(1);
                if at < stops { (Some(true), Some(stops)) } else { (None, None) }
            }
            None => (None, None),
        };
        Support { supported, changes_at, by_last_update: true }
    }
}

/// When support ends.
#[derive(Debug, Clone, Copy)]
enum End {
    On(NaiveDate),
    Open,
}

#[derive(Debug)]
struct Entry {
    os: OsType,
    distro: Option<String>,
    prefix: String,
    standard: Option<End>,
    enterprise: Option<End>,
    ltsc: Option<End>,
    server: Option<End>,
}

impl Entry {
    fn from_file(raw: &ReleaseFile) -> Result<Entry, String> {
        let end = |field: &str, text: &Option<String>| match text.as_deref() {
            None => Ok(None),
            Some("") => Ok(Some(End::Open)),
            Some(text) => parse_date(text).map(|day| Some(End::On(day))).ok_or(format!("{field} must be YYYY-MM-DD or empty")),
        };
        let entry = Entry {
            os: raw.os,
            distro: raw.distro.clone(),
            prefix: raw.prefix.clone(),
            standard: end("eol", &raw.eol)?,
            enterprise: end("eol_enterprise", &raw.eol_enterprise)?,
            ltsc: end("eol_ltsc", &raw.eol_ltsc)?,
            server: end("eol_server", &raw.eol_server)?,
        };
        if entry.ends(None).iter().all(Option::is_none) {
            return Err("eol is missing".to_owned());
        }
        if (raw.os == OsType::Linux) != raw.distro.is_some() {
            return Err("distro belongs to linux, and only there".to_owned());
        }
        if raw.prefix.is_empty() {
            return Err("prefix is empty".to_owned());
        }
        Ok(entry)
    }

    fn matches(&self, os: OsType, distribution: &str, version: &str) -> bool {
        let distro = self.distro.as_deref().is_none_or(|distro| distro.eq_ignore_ascii_case(distribution));
        let rest = version.trim().strip_prefix(self.prefix.as_str());
        self.os == os && distro && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }

    /// The ends that count for `edition`: one, or all that are listed when it was not reported.
    fn ends(&self, edition: Option<&str>) -> [Option<End>; 4] {
        let one = |end| [end, None, None, None];
        let Some(edition) = edition.filter(|_| self.os == OsType::Windows) else {
            return [self.standard, self.enterprise, self.ltsc, self.server];
        };
        let edition = edition.to_ascii_lowercase();
        if edition.contains("server") {
            one(self.server)
        } else if edition.contains("ltsc") || edition.trim_end_matches('n').ends_with("enterprises") {
            one(self.ltsc)
        } else if edition.contains("enterprise") || edition.contains("education") && !edition.contains("pro") {
            one(self.enterprise.or(self.standard))
        } else {
            one(self.standard)
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TableFile {
    format: u32,
    data_date: String,
    open_valid_days: u32,
    rolling: Vec<String>,
    rolling_max_update_days: u32,
    release: Vec<ReleaseFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReleaseFile {
    os: OsType,
    distro: Option<String>,
    prefix: String,
    eol: Option<String>,
    eol_enterprise: Option<String>,
    eol_ltsc: Option<String>,
    eol_server: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLIENT: Option<&str> = Some("Professional");

    #[track_caller]
    fn check(os: &str, distribution: Option<&str>, edition: Option<&str>, version: &str, at: &str, expected: (Option<bool>, Option<&str>)) {
        let os_type = OsType::parse(os).unwrap();
        let release = Release { os_type, version, distribution, edition, last_update_at: None };
        let support = OsSupport::shipped().lookup(&release, Time::parse(at).unwrap(), Tz::UTC);
        let changes_at = support.changes_at.map(|time| time.to_string());
        assert_eq!((support.supported, changes_at.as_deref()), expected, "{os} {version} {edition:?} at {at}");
    }

    #[test]
    fn the_shipped_table_loads() {
        let table = OsSupport::parse(SHIPPED_TEXT).unwrap();
        assert_eq!(table.data_date.to_string(), "2026-08-22");
    }

    #[test]
    fn support_ends_after_the_last_day() {
        check("linux", Some("Ubuntu"), None, "25.10", "2026-07-01T23:59:59Z", (Some(true), Some("2026-07-02T00:00:00Z")));
        check("linux", Some("ubuntu"), None, "25.10", "2026-07-02T00:00:00Z", (Some(false), None));
        check("macos", None, None, "13.7", "2025-09-15T12:00:00Z", (Some(true), Some("2025-09-16T00:00:00Z")));
        let release = Release { os_type: OsType::Macos, version: "13", distribution: None, edition: None, last_update_at: None };
        let zone: Tz = "America/New_York".parse().unwrap();
        let support = OsSupport::shipped().lookup(&release, Time::parse("2025-09-16T03:59:59Z").unwrap(), zone);
        assert_eq!((support.supported, support.changes_at.unwrap().to_string()), (Some(true), "2025-09-16T04:00:00Z".to_owned()));
    }

    #[test]
    fn an_open_end_is_trusted_for_a_year() {
        check("macos", None, None, "26.1", "2027-08-22T00:00:00Z", (Some(true), Some("2027-08-23T00:00:00Z")));
        check("macos", None, None, "26.1", "2027-08-23T00:00:00Z", (None, None));
    }

    #[test]
    fn what_is_not_listed_is_unknown() {
        let at = "2026-01-01T00:00:00Z";
        for (os, distribution, version) in [
            ("macos", None, "99"),
            ("macos", None, "150"),
            ("macos", None, ""),
            ("linux", None, "24.04"),
            ("linux", Some("void"), "1"),
            ("chromeos", None, "120"),
        ] {
            check(os, distribution, None, version, at, (None, None));
        }
        check("macos", None, None, "10.15.7", at, (Some(false), None));
    }

    #[test]
    fn the_edition_decides_on_windows_and_without_it_all_must_agree() {
        let at = "2026-11-24T00:00:00Z";
        let build = "10.0.26100.4061";
        check("windows", None, CLIENT, build, at, (Some(false), None));
        check("windows", None, Some("Core"), build, at, (Some(false), None));
        check("windows", None, Some("ProfessionalEducation"), build, at, (Some(false), None));
        check("windows", None, Some("Enterprise"), build, at, (Some(true), Some("2027-10-13T00:00:00Z")));
        check("windows", None, Some("Education"), build, at, (Some(true), Some("2027-10-13T00:00:00Z")));
        check("windows", None, Some("IoTEnterpriseS"), build, at, (Some(true), Some("2029-10-10T00:00:00Z")));
        check("windows", None, Some("EnterpriseSN"), build, at, (Some(true), Some("2029-10-10T00:00:00Z")));
        check("windows", None, Some("ServerStandard"), build, at, (Some(true), Some("2034-10-11T00:00:00Z")));
        check("windows", None, None, build, "2026-10-13T00:00:00Z", (Some(true), Some("2026-10-14T00:00:00Z")));
        check("windows", None, None, build, at, (None, Some("2027-10-13T00:00:00Z")));
        check("windows", None, None, build, "2035-01-01T00:00:00Z", (Some(false), None));
        check("windows", None, CLIENT, "10.0.20348", at, (None, None));
    }

    #[test]
    fn a_rolling_distribution_is_supported_while_it_is_updated() {
        let at = Time::parse("2026-03-01T00:00:00Z").unwrap();
        let ask = |last_update_at| {
            let release = Release { os_type: OsType::Linux, version: "rolling", distribution: Some("arch"), edition: None, last_update_at };
            let support = OsSupport::shipped().lookup(&release, at, Tz::UTC);
            (support.supported, support.changes_at)
        };
        assert_eq!(ask(None), (None, None));
        assert_eq!(ask(Some(at.plus_days(-30))), (Some(true), Some(at.plus_seconds(1))));
        assert_eq!(ask(Some(at.plus_days(-30).plus_seconds(-1))), (None, None));
        assert_eq!(ask(Some(at.plus_seconds(5))), (None, Some(at.plus_seconds(5))));
    }

    #[test]
    fn a_wrong_table_says_where() {
        let table = |release: &str| {
            format!(
                "format = 1\ndata_date = \"2026-01-01\"\nopen_valid_days = 1\nrolling = []\nrolling_max_update_days = 1\nrelease = [{release}]"
            )
        };
        for (release, wanted) in [
            (r#"{ os = "macos", prefix = "1", eol = "soon" }"#, "macos 1: eol must"),
            (r#"{ os = "macos", prefix = "1" }"#, "macos 1: eol is missing"),
            (r#"{ os = "linux", prefix = "1", eol = "" }"#, "linux 1: distro"),
            (r#"{ os = "beos", prefix = "1", eol = "" }"#, "beos"),
            (r#"{ os = "ios", prefix = "1", eol = "" }, { os = "ios", prefix = "1", eol = "" }"#, "ios 1: listed twice"),
        ] {
            let error = OsSupport::parse(&table(release)).unwrap_err();
            assert!(error.starts_with("os_support.toml: ") && error.contains(wanted), "{error}");
        }
    }
}
