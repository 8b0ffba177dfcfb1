//! What transactions of requests write, as a trigger on every table notes it.

use std::collections::BTreeMap;

use super::stage::Stage;

/// Notes each row that a request writes, with the request where the row names it. What gateways write beside their requests comes over
/// connections of another name.
pub const NOTES: &str = "
    create table written (transaction xid8 not null default pg_current_xact_id(), relation text not null, operation text not null, request text);
    create function note_what_is_written() returns trigger language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
    begin
        if current_setting('application_name') = 'tenantry' then
            insert into written (relation, operation, request) values (tg_argv[0], tg_op, to_jsonb(new) ->> 'request_id');
        end if;
        return null;
    end $$;
    do $$ declare relation record; begin
        for relation in select oid::regclass as name from pg_class
            where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition and relname <> 'written'
        loop
            execute format('create trigger note_what_is_written after insert or update or delete on %s
                for each row execute function note_what_is_written(%L)', relation.name, relation.name);
        end loop;
    end $$";

/// How many rows of each table a transaction wrote, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Footprint(BTreeMap<String, i64>);

impl Footprint {
    /// Is it written down, and told: by an entry of the audit log with its event, or by an event of somebody's account?
    pub fn is_told(&self) -> bool {
        let added = |table: &str| self.0.get(&format!("{table} INSERT")).copied().unwrap_or_default();
        let is_audited = added("audit_logs") > 0 && added("outbox_events") >= added("audit_logs");
        is_audited || added("user_events") > 0
    }

    /// Attempts at a password are counted before it is looked at, and forgotten when it was right, each by itself, and lookups of
    /// a domain before they are made: whoever hangs up, or kills us, has made an attempt.
    fn is_counted_attempt(&self) -> bool {
        let counted = ["users UPDATE", "domain_verifications UPDATE"].iter().any(|counted| self.0.get(*counted) == Some(&1));
        self.0.len() == 1 && counted
    }
}

/// The transactions that have written since it was forgotten: each with the request that its log names, and its footprint.
pub async fn written(stage: &Stage) -> Vec<(Option<String>, Footprint)> {
    let rows: Vec<(String, Option<String>, String, i64)> = sqlx::query_as(
        "select transaction::text, max(max(request)) over (partition by transaction), relation || ' ' || operation, count(*)
            from written group by transaction, relation, operation order by transaction",
    )
    .fetch_all(&stage.world.pool)
    .await
    .unwrap();
    let mut transactions: BTreeMap<String, (Option<String>, Footprint)> = BTreeMap::new();
    for (transaction, request, what, count) in rows {
        let (by, footprint) = transactions.entry(transaction).or_default();
        *by = request;
        footprint.0.insert(what, count);
    }
    transactions.into_values().filter(|(request, footprint)| request.is_some() || !footprint.is_counted_attempt()).collect()
}
