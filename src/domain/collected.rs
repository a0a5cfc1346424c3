//! What the agent collects about a device and whoever works at it: each fact with its purpose, in English and Swedish. The privacy kit is
//! made from this list; a test holds it against the report itself.

use serde_json::{Value, json};

use Part::{Core, Enrolment, Hardware, Network, Security, Software};

/// A language of the kit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// Swedish.
    Swedish,
}

/// Which part of a report a fact belongs to: that decides who sees it and how long it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// What names the device.
    Core,
    /// Sent once, when the device is enrolled.
    Enrolment,
    /// Settings that checks are about.
    Security,
    /// What it is made of.
    Hardware,
    /// What is installed.
    Software,
    /// How it is connected.
    Network,
}

/// A fact that is collected.
pub struct Field {
    /// Where it is in the report.
    pub part: Part,
    /// Its name there; `[]` stands for each of a list.
    pub name: &'static str,
    /// What for, in English and in Swedish.
    purpose: [&'static str; 2],
}

/// All of them, in the order of the report.
pub static FIELDS: &[Field] = &[
    field(Core, "device_name", "Tell devices apart", "Skilja enheter åt"),
    field(Core, "serial_number", "Name the device in the inventory", "Namnge enheten i inventariet"),
    field(
        Core,
        "hardware_uuid",
        "Notice two machines under one serial number; only a hash of it is kept",
        "Upptäcka två maskiner med samma serienummer; bara en hash sparas",
    ),
    field(Core, "device_type", "Choose the checks that apply", "Välja de kontroller som gäller"),
    field(Core, "os_type", "Choose the checks that apply", "Välja de kontroller som gäller"),
    field(Core, "os_version", "See whether the system is still supported", "Se om systemet fortfarande stöds"),
    field(Core, "os_distribution", "See whether the system is still supported", "Se om systemet fortfarande stöds"),
    field(Core, "os_edition", "See whether the system is still supported", "Se om systemet fortfarande stöds"),
    field(Core, "agent_version", "See whether the agent is up to date", "Se om agenten är uppdaterad"),
    field(Core, "collected_at", "Say how old a fact is", "Ange hur gammal en uppgift är"),
    field(Core, "headless", "Leave out checks of a screen that is not there", "Utesluta kontroller av en skärm som inte finns"),
    field(
        Enrolment,
        "signed_in_user",
        "Find the device's owner once, where the enrollment token asks for it; a login name",
        "Hitta enhetens ägare en gång, där registreringskoden begär det; ett inloggningsnamn",
    ),
    field(Security, "disk_encryption", "Show that a lost device gives nothing away", "Visa att en förlorad enhet inte röjer något"),
    field(Security, "firewall_enabled", "Show that nobody reaches the device unasked", "Visa att ingen når enheten oombedd"),
    field(Security, "screen_lock_enabled", "Show that an unattended device locks", "Visa att en obevakad enhet låses"),
    field(
        Security,
        "screen_lock_delay_secs",
        "Show how soon it locks; a setting, not a record of use",
        "Visa hur snart den låses; en inställning, inte en logg över användning",
    ),
    field(Security, "last_update_at", "Show that security updates arrive", "Visa att säkerhetsuppdateringar kommer fram"),
    field(Security, "auto_update_enabled", "Show that updates install by themselves", "Visa att uppdateringar installeras av sig själva"),
    field(Security, "antivirus_enabled", "Show protection against malware", "Visa skydd mot skadlig kod"),
    field(Security, "antivirus_product", "Name that protection", "Namnge det skyddet"),
    field(Security, "antivirus_signatures_at", "Show that it is up to date", "Visa att det är aktuellt"),
    field(Security, "edr_installed", "Show that attacks are noticed", "Visa att angrepp upptäcks"),
    field(
        Security,
        "password_manager",
        "Show that a password manager is at hand; nothing of its content",
        "Visa att en lösenordshanterare finns; inget av dess innehåll",
    ),
    field(
        Security,
        "local_admin",
        "Show that daily work needs no administrator rights",
        "Visa att vardagsarbetet inte kräver administratörsrättigheter",
    ),
    field(
        Security,
        "usb_storage_blocked",
        "Show that data can't be carried off on USB disks",
        "Visa att data inte kan föras bort på USB-diskar",
    ),
    field(Security, "remote_login_enabled", "Show who could reach the device from outside", "Visa om enheten kan nås utifrån"),
    field(Security, "secure_boot", "Show that the system is the maker's", "Visa att systemet är tillverkarens"),
    field(Security, "tpm_present", "Show that keys are kept in hardware", "Visa att nycklar förvaras i hårdvara"),
    field(Security, "auto_login_enabled", "Show that starting it asks for a credential", "Visa att start kräver inloggning"),
    field(
        Security,
        "guest_account_enabled",
        "Show that there is no way in without an account",
        "Visa att det inte finns någon väg in utan konto",
    ),
    field(Security, "time_sync", "Show that its records carry the right time", "Visa att dess loggar har rätt tid"),
    field(Hardware, "manufacturer", "Keep the inventory of assets", "Föra inventarium över tillgångar"),
    field(Hardware, "model", "Keep the inventory of assets", "Föra inventarium över tillgångar"),
    field(Hardware, "firmware_version", "Keep the inventory of assets", "Föra inventarium över tillgångar"),
    field(Hardware, "architecture", "Keep the inventory of assets", "Föra inventarium över tillgångar"),
    field(Hardware, "kernel", "Keep the inventory of assets", "Föra inventarium över tillgångar"),
    field(Hardware, "os_build", "Keep the inventory of assets", "Föra inventarium över tillgångar"),
    field(Hardware, "processor", "Keep the inventory of assets", "Föra inventarium över tillgångar"),
    field(Hardware, "processor_count", "Keep the inventory of assets", "Föra inventarium över tillgångar"),
    field(Hardware, "memory_bytes", "Keep the inventory of assets", "Föra inventarium över tillgångar"),
    field(Hardware, "disks[].name", "Keep the inventory of assets", "Föra inventarium över tillgångar"),
    field(Hardware, "disks[].model", "Keep the inventory of assets", "Föra inventarium över tillgångar"),
    field(Hardware, "disks[].size_bytes", "Keep the inventory of assets", "Föra inventarium över tillgångar"),
    field(Hardware, "disks[].removable", "Keep the inventory of assets", "Föra inventarium över tillgångar"),
    field(Hardware, "volumes[].mount", "Say which volume is not encrypted", "Ange vilken volym som inte är krypterad"),
    field(Hardware, "volumes[].file_system", "Say which volume is not encrypted", "Ange vilken volym som inte är krypterad"),
    field(Hardware, "volumes[].encrypted", "Say which volume is not encrypted", "Ange vilken volym som inte är krypterad"),
    field(Software, "collected_at", "Say how old the list is", "Ange hur gammal listan är"),
    field(Software, "items[].name", "Find forbidden and vulnerable programs", "Hitta förbjudna och sårbara program"),
    field(Software, "items[].version", "Find forbidden and vulnerable programs", "Hitta förbjudna och sårbara program"),
    field(Software, "items[].publisher", "Find forbidden and vulnerable programs", "Hitta förbjudna och sårbara program"),
    field(Software, "items[].source", "Find forbidden and vulnerable programs", "Hitta förbjudna och sårbara program"),
    field(
        Network,
        "interfaces[].name",
        "Recognise the device in network records of the organisation",
        "Känna igen enheten i organisationens nätverksloggar",
    ),
    field(
        Network,
        "interfaces[].mac",
        "Recognise the device in network records of the organisation",
        "Känna igen enheten i organisationens nätverksloggar",
    ),
    field(
        Network,
        "interfaces[].addresses[]",
        "Recognise the device in network records of the organisation",
        "Känna igen enheten i organisationens nätverksloggar",
    ),
    field(Network, "gateways[]", "See how the device is connected; never to whom", "Se hur enheten är ansluten; aldrig till vem"),
    field(Network, "dns_servers[]", "See how the device is connected; never to whom", "Se hur enheten är ansluten; aldrig till vem"),
];

const fn field(part: Part, name: &'static str, english: &'static str, swedish: &'static str) -> Field {
    Field { part, name, purpose: [english, swedish] }
}

impl Field {
    /// As it stands in the report: `security.disk_encryption`.
    pub fn path(&self) -> String {
        match self.part.section() {
            Some(section) => format!("{section}.{}", self.name),
            None => self.name.to_owned(),
        }
    }

    /// What it is collected for.
    pub fn purpose(&self, language: Language) -> &'static str {
        pick(self.purpose, language)
    }
}

impl Part {
    fn section(self) -> Option<&'static str> {
        match self {
            Core | Enrolment => None,
            Security => Some("security"),
            Hardware => Some("hardware"),
            Software => Some("software"),
            Network => Some("network"),
        }
    }

    /// Whether it is collected from a personal device too.
    pub fn of_personal_devices(self) -> bool {
        matches!(self, Core | Enrolment | Security)
    }

    /// Who sees it.
    pub fn seen_by(self, language: Language) -> &'static str {
        let [english, swedish] = match self {
            Enrolment => ["nobody: it is compared and forgotten", "ingen: den jämförs och glöms"],
            Core | Security | Hardware => ["the owner; admins, viewers, auditors", "ägaren; administratörer, läsare, revisorer"],
            Software | Network => ["the owner; admins", "ägaren; administratörer"],
        };
        pick([english, swedish], language)
    }

    /// How long it is kept, by the default settings.
    pub fn kept(self, language: Language) -> &'static str {
        let [english, swedish] = match self {
            Enrolment => ["not stored", "sparas inte"],
            Core | Security | Hardware => {
                ["the newest with the device, earlier ones 36 months", "det senaste med enheten, tidigare i 36 månader"]
            }
            Software | Network => ["the newest with the device, earlier ones 90 days", "det senaste med enheten, tidigare i 90 dagar"],
        };
        pick([english, swedish], language)
    }
}

fn pick([english, swedish]: [&'static str; 2], language: Language) -> &'static str {
    match language {
        Language::English => english,
        Language::Swedish => swedish,
    }
}

/// The list as a table in Markdown.
pub fn markdown(language: Language) -> String {
    let head = match language {
        Language::English => {
            "# What Recoger's agent collects\n\nMade by `recoger privacy-fields --language en`. This is a starting point and not legal advice.\n\n\
             | Fact | Purpose | Who sees it | How long (default) | Personal devices |\n|---|---|---|---|---|\n"
        }
        Language::Swedish => {
            "# Vad Recogers agent samlar in\n\nGjord med `recoger privacy-fields --language sv`. Detta är en utgångspunkt och ingen juridisk \
             rådgivning.\n\n| Uppgift | Ändamål | Vem ser den | Hur länge (förval) | Privata enheter |\n|---|---|---|---|---|\n"
        }
    };
    let yes_no = |yes: bool| pick(if yes { ["yes", "ja"] } else { ["no", "nej"] }, language);
    let rows = FIELDS.iter().map(|field| {
        let (path, purpose, part) = (field.path(), field.purpose(language), field.part);
        let personal = yes_no(part.of_personal_devices());
        format!("| `{path}` | {purpose} | {} | {} | {personal} |\n", part.seen_by(language), part.kept(language))
    });
    head.to_owned() + &rows.collect::<String>()
}

/// The list in both languages, for other programs.
pub fn json() -> Value {
    let both = |text: &dyn Fn(Language) -> &'static str| json!({"en": text(Language::English), "sv": text(Language::Swedish)});
    let fields = FIELDS.iter().map(|field| {
        json!({
            "fact": field.path(),
            "purpose": both(&|language| field.purpose(language)),
            "seen_by": both(&|language| field.part.seen_by(language)),
            "kept": both(&|language| field.part.kept(language)),
            "personal_devices": field.part.of_personal_devices(),
        })
    });
    fields.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::settings::Retention;

    #[test]
    fn the_kit_holds_exactly_what_this_list_makes() {
        let kit = [
            (Language::English, include_str!("../../packaging/privacy/en/fields.md")),
            (Language::Swedish, include_str!("../../packaging/privacy/sv/fields.md")),
        ];
        for (language, file) in kit {
            assert!(file == markdown(language), "run `recoger privacy-fields --language …` again for {language:?}");
        }
    }

    #[test]
    fn the_times_are_those_of_the_default_settings() {
        let retention = Retention::default();
        for language in [Language::English, Language::Swedish] {
            assert!(Security.kept(language).contains(&retention.verdict_months.to_string()));
            assert!(Software.kept(language).contains(&retention.software_network_days.to_string()));
        }
    }
}
