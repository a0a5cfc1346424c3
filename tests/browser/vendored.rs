//! The files of others are those that `packaging/vendor-ui.sh` brought: each has its line in the manifest, and its hash.

use std::collections::BTreeSet;
use std::path::Path;

use sha2::{Digest, Sha256};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

#[test]
fn every_vendored_file_has_the_hash_of_the_manifest() {
    let root = Path::new(ROOT);
    let manifest = std::fs::read_to_string(root.join("packaging/vendor-ui.sha256")).unwrap();
    let mut listed = BTreeSet::new();
    for line in manifest.lines() {
        let (hash, path) = line.split_once("  ").unwrap();
        let digest: String = Sha256::digest(std::fs::read(root.join(path)).unwrap()).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(digest, hash, "{path}");
        listed.insert(path.to_owned());
    }
    for folder in ["assets/ui/vendor", "assets/docs/vendor", "tests/fixtures/axe"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = format!("{folder}/{}", entry.unwrap().file_name().to_string_lossy());
            assert!(listed.contains(&path), "{path} is not in the manifest");
        }
    }
    assert!(listed.len() > 10);
}
