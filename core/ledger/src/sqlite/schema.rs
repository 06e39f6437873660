//! The schema of the ledger file. Migrations are only ever added, never edited.

use earmark_sqlite::Schema;

/// What the file must look like.
pub(super) const SCHEMA: Schema = Schema { name: "ledger", migrations: MIGRATIONS };

const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001.sql"),
    include_str!("migrations/0002.sql"),
    include_str!("migrations/0003.sql"),
    include_str!("migrations/0004.sql"),
    include_str!("migrations/0005.sql"),
    include_str!("migrations/0006.sql"),
    include_str!("migrations/0007.sql"),
    include_str!("migrations/0008.sql"),
    include_str!("migrations/0009.sql"),
    include_str!("migrations/0010.sql"),
    include_str!("migrations/0011.sql"),
    include_str!("migrations/0012.sql"),
    include_str!("migrations/0013.sql"),
    include_str!("migrations/0014.sql"),
];

#[cfg(test)]
mod tests {
    use super::SCHEMA;
    use earmark_sqlite::rusqlite::Connection;

    /// Rows as each version stored them, loaded right after its migration.
    const SAMPLES: &[&str] = &[
        include_str!("migrations/0001_sample.sql"),
        include_str!("migrations/0002_sample.sql"),
        include_str!("migrations/0003_sample.sql"),
        include_str!("migrations/0004_sample.sql"),
        include_str!("migrations/0005_sample.sql"),
        include_str!("migrations/0006_sample.sql"),
        include_str!("migrations/0007_sample.sql"),
        include_str!("migrations/0008_sample.sql"),
        include_str!("migrations/0009_sample.sql"),
        include_str!("migrations/0010_sample.sql"),
        include_str!("migrations/0011_sample.sql"),
        include_str!("migrations/0012_sample.sql"),
        include_str!("migrations/0013_sample.sql"),
        include_str!("migrations/0014_sample.sql"),
    ];

    #[test]
    fn each_migration_takes_the_rows_of_the_versions_before_it() {
        assert_eq!(SAMPLES.len(), SCHEMA.migrations.len());
        let connection = Connection::open_in_memory().expect("memory");
        for (migration, sample) in SCHEMA.migrations.iter().zip(SAMPLES) {
            connection.execute_batch(migration).expect("migration");
            connection.execute_batch(sample).expect("sample rows");
        }
        let tracked: i64 = connection
            .query_row("SELECT tracked FROM organization", [], |row| row.get(0))
            .expect("counted by the trigger");
        assert_eq!(tracked, 1);
    }
}
