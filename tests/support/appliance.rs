//! The inner door: an appliance in this process, with its file in a folder of its own.

use recoger::api::call::App;
use recoger::store::Store;
use tempfile::TempDir;

use super::clock;

/// A fresh appliance. Its folder goes with it.
pub struct Appliance {
    /// What handlers get.
    pub app: App,
    folder: TempDir,
}

impl Appliance {
    /// The appliance of a test; sets the test's clock to [`clock::START`].
    pub fn new() -> Appliance {
        clock::set(clock::START);
        Appliance::another()
    }

    /// One more, which shares the test's clock but neither file nor keys.
    pub fn another() -> Appliance {
        let folder = tempfile::tempdir().unwrap();
        let app = open(&folder);
        Appliance { app, folder }
    }

    /// The same appliance after a restart: only what its file holds is left.
    pub fn restarted(self) -> Appliance {
        let Appliance { app, folder } = self;
        drop(app);
        Appliance { app: open(&folder), folder }
    }
}

fn open(folder: &TempDir) -> App {
    let store = Store::open(&folder.path().join("recoger.db")).unwrap();
    App::new(store, clock::now)
}

#[test]
fn an_appliance_has_its_own_file_and_the_tests_clock() {
    use recoger::domain::audit::{Event, Metadata};
    use recoger::store::{Actor, audit};

    let (appliance, other) = (Appliance::new(), Appliance::another());
    assert_ne!(appliance.app.store.path(), other.app.store.path());
    clock::advance(60);
    let now = (appliance.app.clock)();
    assert_eq!(now, clock::START.plus_seconds(60));
    assert_eq!((other.app.clock)(), now);
    let entry = || audit::Entry::new(Event::TenantCreated, "tenant", "tenant_1", Metadata::default());
    let record = move |root: &recoger::store::WriteRoot| audit::record_appliance(root, Actor::system(), entry());
    appliance.app.store.write_root(now, record).unwrap();

    let path = appliance.app.store.path().to_owned();
    let restarted = appliance.restarted();
    assert_eq!(restarted.app.store.path(), path);
    restarted.app.store.write_root(now, record).unwrap();
    assert_eq!(restarted.app.store.read_root(now, |root| Ok(root.now)).unwrap(), now);
    drop(restarted);
    assert!(!path.exists(), "the folder goes with the appliance");
}
