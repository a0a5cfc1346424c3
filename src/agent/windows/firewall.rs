//! Firewall: Windows' own in all three profiles, or a product that has taken its place.

use super::context::Context;
use super::malware::product_on;
use super::raw::Read;

/// The profiles as the firewall names them, in every language.
const PROFILES: &[&str] = &["Domain", "Private", "Public"];
/// `DefaultInboundAction` of a profile in the active store: what no rule lets in comes in.
const ALLOW: i64 = 2;

/// Whether inbound connections are filtered in every network.
pub(super) fn firewall_enabled(context: &Context) -> Option<bool> {
    let windows = windows_firewall(context);
    if windows == Some(true) {
        return Some(true);
    }
    let products = context.security_center("firewalls");
    if let Read::Found(products) = &products
        && products.iter().any(|product| product.integer("productState").is_some_and(product_on))
    {
        return Some(true);
    }
    // A product can replace Windows' firewall without telling the security center, which servers do not even have.
    let others = context.state.row("other_firewalls").and_then(|row| row.integer("count"));
    match (windows, products, others) {
        (Some(false), Read::Found(products), _) if !products.is_empty() => Some(false),
        (Some(false), Read::Found(_) | Read::Absent, Some(0)) => Some(false),
        _ => None,
    }
}

/// The settings in force, whether they come from this machine, group policy or MDM; else what the registry says.
fn windows_firewall(context: &Context) -> Option<bool> {
    if !context.services.started("MpsSvc")? {
        return Some(false);
    }
    let Some(rows) = context.state.rows("firewall_profiles").found() else { return by_registry(context) };
    let verdict = |name: &&str| {
        let profile = rows.iter().find(|row| row.text("Name").is_some_and(|text| text.eq_ignore_ascii_case(name)))?;
        match (profile.integer("Enabled")?, profile.integer("DefaultInboundAction")?) {
            (0, _) | (1, ALLOW) => Some(false),
            (1, _) => Some(true),
            _ => None,
        }
    };
    all(PROFILES.iter().map(verdict))
}

/// Policy goes before the local setting; the older policy for "standard" networks binds all but the domain's. Which of several words holds
/// against that of device management is not told here, so with one there the answer is unknown; and a local "off" alone says nothing.
fn by_registry(context: &Context) -> Option<bool> {
    let keys = context.state.part("keys");
    let managed = |profile: &&str| {
        let key = keys.key(&format!("firewall_mdm_{profile}"));
        ["EnableFirewall", "DefaultInboundAction"].iter().any(|name| key.integer(name) != Read::Absent)
    };
    if ["domain", "private", "standard", "public"].iter().any(managed) {
        return None;
    }
    let verdict = |profile: &&str| {
        let value = |name: &str| {
            let standard = keys.key("firewall_policy_standard").integer(name);
            let by_policy = match keys.key(&format!("firewall_policy_{profile}")).integer(name) {
                Read::Absent if *profile != "domain" => standard,
                value => value,
            };
            (by_policy, keys.key(&format!("firewall_{profile}")).integer(name))
        };
        // In the registry 0 lets in, 1 keeps out, and nothing set keeps out.
        let open = match value("DefaultInboundAction") {
            (Read::Found(action), _) | (Read::Absent, Read::Found(action)) => action == 0,
            (Read::Absent, Read::Absent) => false,
            _ => return None,
        };
        match value("EnableFirewall") {
            (Read::Found(0), _) => Some(false),
            (Read::Found(1), _) | (Read::Absent, Read::Found(1)) => Some(!open),
            _ => None,
        }
    };
    all(["domain", "private", "public"].iter().map(verdict))
}

/// All true is true; one false is false, whatever the others are.
fn all(verdicts: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let verdicts: Vec<Option<bool>> = verdicts.collect();
    if verdicts.contains(&Some(false)) {
        return Some(false);
    }
    verdicts.iter().all(|verdict| *verdict == Some(true)).then_some(true)
}
