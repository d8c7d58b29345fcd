//! The published figures: what the last refresh brought, or where there was none what comes with the program.

use std::borrow::Cow;
use std::sync::OnceLock;

use diesel::{BoolExpressionMethods, ExpressionMethods, QueryDsl, RunQueryDsl, SelectableHelper};

use crate::db::schema::benchmarks;
use crate::db::{Conn, Tx, native};
use crate::error::Error;
use crate::figures::model::benchmark::{Benchmark, Level, read};
use crate::words::Word;

/// The figures that come with the program. The source stands in `README.md` beside it.
const BUNDLED: &[u8] = include_bytes!("../sen2-benchmarks.csv");

/// How many rows one statement may write: SQLite takes 32,766 values.
const AT_ONCE: usize = 1_000;

/// The published figures of England, of every region and of the authorities with these codes.
pub fn benchmarks(conn: &mut Conn, codes: &[String]) -> Result<Cow<'static, [Benchmark]>, Error> {
    static READ: OnceLock<Vec<Benchmark>> = OnceLock::new();
    let of_many = benchmarks::level.ne(Word(Level::LocalAuthority));
    let kept: Vec<Benchmark> = benchmarks::table
        .filter(of_many.or(benchmarks::code.eq_any(codes.to_vec())))
        .order((benchmarks::year, benchmarks::level, benchmarks::name, benchmarks::ons_code))
        .select(Benchmark::as_select())
        .load(conn)?;
    if !kept.is_empty() || benchmarks::table.count().get_result::<i64>(conn)? > 0 {
        return Ok(Cow::Owned(kept));
    }
    if let Some(bundled) = READ.get() {
        return Ok(Cow::Borrowed(bundled));
    }
    let bundled = read(BUNDLED)
        .map_err(|faults| Error::internal(format!("the bundled benchmarks can't be read: {:?}", faults.first())))?;
    Ok(Cow::Borrowed(READ.get_or_init(|| bundled)))
}

/// Puts new published figures in the place of all that there were.
pub fn replace_benchmarks(tx: &mut Tx<'_>, rows: &[Benchmark]) -> Result<(), Error> {
    diesel::delete(benchmarks::table).execute(&mut **tx)?;
    for chunk in rows.chunks(AT_ONCE) {
        native!(&mut **tx, |conn| diesel::insert_into(benchmarks::table).values(chunk).execute(conn))?;
    }
    Ok(())
}
