use super::*;

#[test]
fn the_shipped_catalogue_loads() {
    let text = include_str!("../../../assets/checks.toml");
    let catalogue = Catalogue::parse(text).unwrap();
    assert!(catalogue.checks().len() >= 50);
    assert_eq!(catalogue.sha256.len(), 64);
    assert_eq!(catalogue.weights.of(Severity::Critical), 10);
}
