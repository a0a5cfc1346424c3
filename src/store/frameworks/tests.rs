//! Frameworks in versions: found as they were, those of the program and those that a tenant brought along.

use super::*;
use crate::store::devices::tests::support::{Scene, T0, days};

fn text(key: &str, title: &str) -> String {
    format!(
        "format = 1\n[framework]\nkey = \"{key}\"\nname = \"House rules\"\nversion = \"1\"\npublisher = \"Us\"\ntext_license = \"Own text\"\n\
         disclaimer = \"Only what is measured\"\ncomplete = true\n[[control]]\nid = \"H.1\"\ntitle = \"{title}\"\ncoverage = \"partial\"\n\
         checks = [\"device.disk_encryption\"]\nshows = \"Disks are encrypted\"\ngap = \"Phones\"\n"
    )
}

#[test]
fn an_own_framework_is_kept_in_versions_and_found_as_it_was() {
    let scene = Scene::new();
    let (first, second) = (text("house", "Disks"), text("house", "All disks"));
    assert!(scene.write(T0, move |tx| Ok(put(tx, &first)?.1)).unwrap());
    assert!(!scene.write(days(2), move |tx| Ok(put(tx, &second)?.1)).unwrap());
    let title = |at| scene.read(days(9), |tx| find(tx, "house", at)).framework.controls[0].title.clone();
    assert_eq!((title(days(1)), title(days(3)), title(T0.plus_days(-9))), ("Disks".into(), "All disks".into(), "Disks".into()));
    assert_eq!(scene.read(days(9), all).len(), Framework::shipped().len() + 1);
    scene.write(days(4), |tx| delete(tx, "house")).unwrap();
    assert_eq!(scene.read(days(9), all).len(), Framework::shipped().len());
    assert!(scene.write(days(5), |tx| delete(tx, "house")).is_err());
    let again = text("house", "Again");
    assert!(scene.write(days(6), move |tx| Ok(put(tx, &again)?.1)).unwrap());
}

#[test]
fn a_shipped_id_and_a_wrong_file_are_refused_with_the_place() {
    let scene = Scene::new();
    let shipped = text("iso27001", "Disks");
    assert!(scene.write(T0, move |tx| put(tx, &shipped)).unwrap_err().detail.contains("`iso27001`"));
    let wrong = text("house", "Disks").replace("device.disk_encryption", "device.nothing");
    let detail = scene.write(T0, move |tx| put(tx, &wrong)).unwrap_err().detail;
    assert!(detail.starts_with("text:14: control[0].checks[0]"), "{detail}");
    assert!(scene.write(T0, |tx| delete(tx, "soc2")).unwrap_err().detail.contains("switch it off"));
}

#[test]
fn a_replaced_version_is_told_with_its_moment_author_and_hashes() {
    let scene = Scene::new();
    let (first, second) = (text("house", "Disks"), text("house", "All disks"));
    let hashes = [&first, &second].map(|text| hex(&Sha256::digest(text)));
    scene.write(T0, move |tx| put(tx, &first)).unwrap();
    let admin = crate::store::Actor { id: Some(scene.admin.clone()), ..crate::store::Actor::system() };
    scene.store.write(&scene.tenant_id, &admin, days(2), move |tx| put(tx, &second)).unwrap();
    let told = |from, to| scene.read(days(9), |tx| replaced(tx, "house", from, to));
    let [before, after] = hashes;
    assert_eq!(told(T0, days(9)), [Replaced { at: days(2), by: Some(scene.admin.clone()), sha256: (before, after) }]);
    assert!(told(days(3), days(9)).is_empty() && told(T0, days(1)).is_empty());
}

#[test]
fn a_shipped_file_is_noted_once_for_each_version_of_the_program() {
    let scene = Scene::new();
    for day in [0, 1] {
        scene.store.write_root(days(day), register).unwrap();
    }
    assert_eq!(scene.count("shipped_framework"), Framework::shipped().len() as i64);
    let found = scene.read(days(2), |tx| find(tx, "soc2", days(-9)));
    assert!(matches!(found.framework, Cow::Borrowed(_)), "before the first version the first");
}
