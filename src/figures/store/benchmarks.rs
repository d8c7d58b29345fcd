//! The published figures: what the last refresh brought, or where there was none what comes with the program.

use std::sync::OnceLock;

use diesel::{QueryDsl, RunQueryDsl, SelectableHelper};

use crate::db::schema::benchmarks;
use crate::db::{Conn, Tx, native};
use crate::error::Error;
use crate::figures::model::benchmark::{Benchmark, read};

/// The figures that come with the program. The source stands in `README.md` beside it.
const BUNDLED: &[u8] = include_bytes!("../sen2-benchmarks.csv");

/// How many rows one statement may write: SQLite takes 32,766 values.
const AT_ONCE: usize = 1_000;

/// All published figures.
pub fn benchmarks(conn: &mut Conn) -> Result<Vec<Benchmark>, Error> {
    static READ: OnceLock<Vec<Benchmark>> = OnceLock::new();
    let kept: Vec<Benchmark> = benchmarks::table
        .order((benchmarks::year, benchmarks::level, benchmarks::name, benchmarks::ons_code))
        .select(Benchmark::as_select())
        .load(conn)?;
    if !kept.is_empty() {
        return Ok(kept);
    }
    if let Some(bundled) = READ.get() {
        return Ok(bundled.clone());
    }
    let bundled = read(BUNDLED)
        .map_err(|faults| Error::internal(format!("the bundled benchmarks can't be read: {:?}", faults.first())))?;
    Ok(READ.get_or_init(|| bundled).clone())
}

/// Puts new published figures in the place of all that there were.
pub fn replace_benchmarks(tx: &mut Tx<'_>, rows: &[Benchmark]) -> Result<(), Error> {
    diesel::delete(benchmarks::table).execute(&mut **tx)?;
    for chunk in rows.chunks(AT_ONCE) {
        native!(&mut **tx, |conn| diesel::insert_into(benchmarks::table).values(chunk).execute(conn))?;
    }
    Ok(())
}
