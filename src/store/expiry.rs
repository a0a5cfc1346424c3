//! Removing what has expired and proves nothing: failed sign-ins that count no more, and ended locks. What a tenant decides on
//! is removed by `retention`. The periods stand here and nowhere else.

use rusqlite::params;

use super::tx::WriteRoot;
use crate::domain::settings::WINDOW_MINUTES;
use crate::domain::time::DAY;
use crate::error::Result;

/// Failures count for a day at the most: no lockout has a longer window.
const FAILURE_KEPT_SECONDS: i64 = DAY;
const _: () = assert!(WINDOW_MINUTES.max as i64 * 60 <= FAILURE_KEPT_SECONDS);
/// Counting begins anew after the last lock, so ended ones are needed as long as failures before them; a few days more, for a clock may be
/// set back.
const LOCK_KEPT_SECONDS: i64 = 7 * DAY;

/// Removes it all.
pub fn remove(root: &WriteRoot) -> Result<()> {
    let now = root.now.0;
    for (sql, before) in [
        ("DELETE FROM sign_in_failure WHERE failed_at < ?1", now - FAILURE_KEPT_SECONDS),
        ("DELETE FROM sign_in_lock WHERE until < ?1", now - LOCK_KEPT_SECONDS),
    ] {
        root.connection.prepare_cached(sql)?.execute(params![before])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::domain::time::Time;
    use crate::store::Store;

    #[test]
    fn only_what_has_expired_goes() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("recoger.db")).unwrap();
        let now = Time(1_767_225_600);
        store
            .write_root(now, move |root| {
                let insert = "INSERT INTO sign_in_failure (email, ip_address, failed_at) VALUES ('a@example.com', '127.0.0.1', ?1)";
                for age in [0, 86_400, 86_401] {
                    root.connection.execute(insert, [now.0 - age])?;
                }
                let lock = "INSERT INTO sign_in_lock (email, ip_address, until) VALUES ('a@example.com', ?1, ?2)";
                root.connection.execute(lock, rusqlite::params!["127.0.0.1", now.0 - 7 * 86_400 - 1])?;
                root.connection.execute(lock, rusqlite::params!["127.0.0.2", now.0 - 7 * 86_400])?;
                super::remove(root)
            })
            .unwrap();
        let count =
            |sql: &'static str| store.read_root(now, |root| Ok(root.connection.query_row(sql, [], |row| row.get::<_, i64>(0))?)).unwrap();
        assert_eq!(count("SELECT count(*) FROM sign_in_failure"), 2);
        assert_eq!(count("SELECT count(*) FROM sign_in_lock"), 1);
    }
}
