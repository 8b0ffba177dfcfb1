//! Records become lines of text as COPY reads them, and reach their tables so; a few at a time by INSERT.

use chrono::{DateTime, SecondsFormat, Utc};
use sqlx::{AssertSqlSafe, Executor as _, PgConnection};
use uuid::Uuid;

use super::SeedError;

/// A row of one table, or those of its columns that are not left to the database.
pub(super) trait Record {
    /// The table.
    const TABLE: &'static str;
    /// The columns, in the order in which `fill` adds them.
    const COLUMNS: &'static str;

    /// Adds the value of each column.
    fn fill(&self, line: &mut Line<'_>);
}

/// What a column can hold.
pub(super) trait Field {
    /// Writes it as COPY reads it.
    fn write(self, text: &mut String);
}

/// The line that is being written.
pub(super) struct Line<'a> {
    text: &'a mut String,
    first: bool,
}

/// Writes records in the transaction of its connection.
pub(super) struct Writer<'c> {
    connection: &'c mut PgConnection,
    staged: bool,
}

/// How much text is gathered before it is sent.
const CHUNK_BYTES: usize = 64 * 1024;

/// So many records are sooner inserted: COPY ends in a message of its own, which over TCP may wait some forty
/// milliseconds for the one before it to be acknowledged.
const FEW: usize = 500;

// === impl Writer ===

impl<'c> Writer<'c> {
    /// Must be called inside a transaction.
    pub(super) async fn open(connection: &'c mut PgConnection) -> Result<Self, SeedError> {
        // Postgres refuses COPY into a table whose row-level security binds the asker, and here it binds
        // even the owner unless that is a superuser. Such an owner copies into a table of the transaction,
        // and inserts from there.
        let staged = sqlx::query_scalar("select row_security_active('tenants')").fetch_one(&mut *connection).await?;
        Ok(Self { connection, staged })
    }

    /// The connection, for a statement between the records.
    pub(super) fn connection(&mut self) -> &mut PgConnection {
        self.connection
    }

    /// Writes records of one table.
    pub(super) async fn write<R: Record>(&mut self, records: &[R]) -> Result<(), SeedError> {
        if records.is_empty() {
            Ok(())
        } else if records.len() <= FEW {
            self.insert(records).await
        } else if self.staged {
            self.copy_staged(records).await
        } else {
            self.copy(R::TABLE, records).await
        }
    }

    async fn insert<R: Record>(&mut self, records: &[R]) -> Result<(), SeedError> {
        let (table, columns) = (R::TABLE, R::COLUMNS);
        let mut text = String::new();
        for record in records {
            append(record, &mut text);
        }
        let values: Vec<_> = text.lines().map(values).collect();
        let values = values.join(", ");
        self.execute(format!("insert into {table} ({columns}) values {values}")).await
    }

    async fn copy_staged<R: Record>(&mut self, records: &[R]) -> Result<(), SeedError> {
        let (table, columns) = (R::TABLE, R::COLUMNS);
        let stage = format!("pg_temp.seed_{table}");
        self.execute(format!("create temp table seed_{table} on commit drop as select {columns} from {table} with no data"))
            .await?;
        self.copy(&stage, records).await?;
        self.execute(format!("insert into {table} ({columns}) select {columns} from {stage}; drop table {stage}")).await
    }

    async fn execute(&mut self, statement: String) -> Result<(), SeedError> {
        // The names are constants of this folder, and the values were escaped as they were written.
        self.connection.execute(sqlx::raw_sql(AssertSqlSafe(statement))).await?;
        Ok(())
    }

    async fn copy<R: Record>(&mut self, table: &str, records: &[R]) -> Result<(), SeedError> {
        let statement = format!("copy {table} ({}) from stdin", R::COLUMNS);
        let mut copy = self.connection.copy_in_raw(&statement).await?;
        let mut text = String::with_capacity(CHUNK_BYTES * 2);
        for record in records {
            append(record, &mut text);
            if text.len() >= CHUNK_BYTES {
                copy.send(text.as_bytes()).await?;
                text.clear();
            }
        }
        copy.send(text.as_bytes()).await?;
        copy.finish().await?;
        Ok(())
    }
}

fn append<R: Record>(record: &R, text: &mut String) {
    record.fill(&mut Line { text, first: true });
    text.push('\n');
}

/// A line as a row of VALUES. Both forms escape with the same backslashes; only the quote is new.
fn values(line: &str) -> String {
    let fields: Vec<_> = line
        .split('\t')
        .map(|field| match field {
            "\\N" => "null".to_owned(),
            text => format!("E'{}'", text.replace('\'', "''")),
        })
        .collect();
    format!("({})", fields.join(", "))
}

// === impl Line ===

impl Line<'_> {
    /// Adds the value of the next column.
    pub(super) fn add(&mut self, field: impl Field) -> &mut Self {
        if !self.first {
            self.text.push('\t');
        }
        self.first = false;
        field.write(self.text);
        self
    }
}

// === impl Field ===

impl Field for &str {
    fn write(self, text: &mut String) {
        for character in self.chars() {
            match character {
                '\\' => text.push_str("\\\\"),
                '\t' => text.push_str("\\t"),
                '\n' => text.push_str("\\n"),
                '\r' => text.push_str("\\r"),
                plain => text.push(plain),
            }
        }
    }
}

impl Field for Uuid {
    fn write(self, text: &mut String) {
        let mut buffer = Uuid::encode_buffer();
        text.push_str(self.hyphenated().encode_lower(&mut buffer));
    }
}

impl Field for i64 {
    fn write(self, text: &mut String) {
        text.push_str(&self.to_string());
    }
}

impl Field for bool {
    fn write(self, text: &mut String) {
        text.push(if self { 't' } else { 'f' });
    }
}

impl Field for DateTime<Utc> {
    fn write(self, text: &mut String) {
        text.push_str(&self.to_rfc3339_opts(SecondsFormat::Micros, true));
    }
}

impl<F: Field> Field for Option<F> {
    fn write(self, text: &mut String) {
        match self {
            Some(field) => field.write(text),
            None => text.push_str("\\N"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Line, Record, append, values};

    struct Oddity;

    impl Record for Oddity {
        const TABLE: &'static str = "oddities";
        const COLUMNS: &'static str = "a, b, c, d";

        fn fill(&self, line: &mut Line<'_>) {
            line.add("it's\ta tab and \\N").add(None::<i64>).add(Some(7)).add(true);
        }
    }

    fn line() -> String {
        let mut text = String::new();
        append(&Oddity, &mut text);
        text
    }

    #[test]
    fn text_cannot_break_out_of_its_column() {
        assert_eq!(line(), "it's\\ta tab and \\\\N\t\\N\t7\tt\n");
    }

    #[test]
    fn text_cannot_break_out_of_its_literal() {
        assert_eq!(values(line().trim_end_matches('\n')), "(E'it''s\\ta tab and \\\\N', null, E'7', E't')");
    }
}
