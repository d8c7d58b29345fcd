//! The run chart of the 20-week share: a picture for a board's paper, with its numbers beside it.
//!
//! Lines differ by their form and not by colour alone, so that they can be told apart in print. A screen reader hears the
//! title, what there is to see, and the table, which has the roles of one.

use std::fmt::Write as _;

use plotters::coord::Shift;
use plotters::prelude::*;

use crate::error::Error;
use crate::figures::model::TimelinessReport;
use crate::figures::model::benchmark::Level;
use crate::figures::model::measure::Tenths;

/// The picture, left, in the units of the drawing.
const CHART: (i32, i32) = (860, 470);
/// Where the columns of the table begin or, for numbers, end.
const COLUMNS: [i32; 5] = [890, 1_100, 1_190, 1_250, 1_375];
const WIDTH: i32 = 1_390;
const TABLE_FROM: i32 = 62;
const LINE: i32 = 20;

const OWN: RGBColor = RGBColor(0, 48, 120);
const ALL: RGBColor = RGBColor(90, 90, 90);
const ENGLAND: RGBColor = RGBColor(170, 60, 0);
const MEDIAN: RGBColor = RGBColor(0, 48, 120);

/// One month.
struct Point {
    label: String,
    own: Option<Tenths>,
    all: Option<Tenths>,
    plans: i64,
    england: Option<(Tenths, i32)>,
}

/// Draws the share by month: the authority's without and with exceptions, the median of the first, and England's. The
/// report is one by month.
pub fn run_chart(report: &TimelinessReport, authority: &str) -> Result<String, Error> {
    let points = points(report);
    let title = format!("{authority}: EHC plans issued within 20 weeks, {} to {}", report.from, report.to);
    let mut shares: Vec<Tenths> = points.iter().filter_map(|point| point.own).collect();
    shares.sort();
    let median = middle(&shares);
    let rows = i32::try_from(points.len()).unwrap_or(i32::MAX);
    let height = CHART.1.max(TABLE_FROM.saturating_add(rows.saturating_add(7).saturating_mul(LINE)));
    let mut svg = String::new();
    {
        let size = (WIDTH.unsigned_abs(), height.unsigned_abs());
        let root = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        draw(&root, &points, median, &title)
            .map_err(|fault| Error::internal(format!("a chart can't be drawn: {fault}")))?;
        root.present().map_err(|fault| Error::internal(format!("a chart can't be drawn: {fault}")))?;
    }
    let described = describe(report, authority, median);
    dress(&svg, &title, &described, &table(report, &points))
}

fn points(report: &TimelinessReport) -> Vec<Point> {
    report
        .groups
        .iter()
        .map(|group| {
            let year: Option<i32> =
                group.key.as_deref().and_then(|key| key.get(..4)).and_then(|year| year.parse().ok());
            let published = report
                .benchmarks
                .iter()
                .filter(|one| one.level.0 == Level::Country && year.is_some_and(|year| one.year <= year));
            let latest = published.max_by_key(|one| one.year);
            Point {
                label: group.label.clone(),
                own: group.measures.pct_within_20_weeks_ex,
                all: group.measures.pct_within_20_weeks,
                plans: group.measures.plans_issued_ex,
                england: latest.and_then(|one| Some((one.pct_within_20_weeks_ex?, one.year))),
            }
        })
        .collect()
}

/// The median of numbers in order; of an even number of them the one between the two in the middle.
fn middle(sorted: &[Tenths]) -> Option<Tenths> {
    let lower = sorted.get(sorted.len().checked_sub(1)? / 2)?;
    let upper = sorted.get(sorted.len() / 2)?;
    Tenths::divide(i64::from(lower.0).saturating_add(upper.0.into()), 20)
}

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

fn draw(
    root: &Area<'_>,
    points: &[Point],
    median: Option<Tenths>,
    title: &str,
) -> Result<(), Box<dyn std::error::Error>> {
    root.fill(&WHITE)?;
    let last = i32::try_from(points.len()).unwrap_or(i32::MAX).saturating_sub(1).max(1);
    let (picture, _) = root.split_horizontally(CHART.0);
    let (picture, _) = picture.split_vertically(CHART.1);
    let mut chart = ChartBuilder::on(&picture)
        .caption(title, ("sans-serif", 21).into_font().color(&BLACK))
        .margin(12)
        .margin_bottom(56)
        .x_label_area_size(38)
        .y_label_area_size(62)
        .build_cartesian_2d(0..last, 0.0..100.0)?;
    let name = |place: &i32| {
        let point = usize::try_from(*place).ok().and_then(|place| points.get(place));
        point.map(|point| short(&point.label)).unwrap_or_default()
    };
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(WHITE)
        .bold_line_style(BLACK.mix(0.15))
        .axis_style(BLACK)
        .label_style(("sans-serif", 17).into_font().color(&BLACK))
        .x_labels(points.len().min(13))
        .x_label_formatter(&name)
        .y_labels(6)
        .y_label_formatter(&|share| format!("{share:.0} %"))
        .draw()?;
    let places = || points.iter().zip(0_i32..);
    // A month without plans has no share: the line is broken there.
    for run in runs(places().map(|(point, place)| point.england.map(|(share, _)| (place, share.number())))) {
        // A line of one month would not be seen.
        if let [(place, share)] = run.as_slice() {
            chart.draw_series([Cross::new((*place, *share), 5, ENGLAND.stroke_width(2))])?;
        }
        chart.draw_series(DashedLineSeries::new(run, 9, 4, ENGLAND.stroke_width(2)))?;
    }
    for run in runs(places().map(|(point, place)| point.all.map(|share| (place, share.number())))) {
        chart.draw_series(DashedLineSeries::new(run.clone(), 3, 3, ALL.stroke_width(2)))?;
        chart.draw_series(run.into_iter().map(|at| TriangleMarker::new(at, 4, ALL.filled())))?;
    }
    if let Some(median) = median {
        chart.draw_series(LineSeries::new(
            [(0, median.number()), (last, median.number())],
            MEDIAN.mix(0.6).stroke_width(1),
        ))?;
    }
    for run in runs(places().map(|(point, place)| point.own.map(|share| (place, share.number())))) {
        chart.draw_series(LineSeries::new(run.clone(), OWN.stroke_width(3)))?;
        chart.draw_series(run.into_iter().map(|at| Circle::new(at, 4, OWN.filled())))?;
    }
    legend(&picture)
}

/// What the lines are, in the order of the table's columns.
fn legend(picture: &Area<'_>) -> Result<(), Box<dyn std::error::Error>> {
    let text = ("sans-serif", 17).into_font().color(&BLACK);
    let (first, second) = (CHART.1.saturating_sub(40), CHART.1.saturating_sub(18));
    picture.draw(&PathElement::new([(60, first), (96, first)], OWN.stroke_width(3)))?;
    picture.draw(&Circle::new((78, first), 4, OWN.filled()))?;
    picture.draw(&Text::new("without exceptions (the headline)", (104, first.saturating_sub(8)), text.clone()))?;
    for from in [430_i32, 442, 454] {
        picture.draw(&PathElement::new([(from, first), (from.saturating_add(6), first)], ALL.stroke_width(2)))?;
    }
    picture.draw(&TriangleMarker::new((448, first), 4, ALL.filled()))?;
    picture.draw(&Text::new("with exceptions", (474, first.saturating_sub(8)), text.clone()))?;
    picture.draw(&PathElement::new([(60, second), (96, second)], MEDIAN.mix(0.6).stroke_width(1)))?;
    picture.draw(&Text::new(
        "median of the months, without exceptions",
        (104, second.saturating_sub(6)),
        text.clone(),
    ))?;
    for from in [430_i32, 448] {
        picture
            .draw(&PathElement::new([(from, second), (from.saturating_add(13), second)], ENGLAND.stroke_width(2)))?;
    }
    picture.draw(&Text::new(
        "England, as published (of which year: see the table)",
        (474, second.saturating_sub(6)),
        text,
    ))?;
    Ok(())
}

/// The stretches of a line that is broken where there is nothing.
fn runs(values: impl Iterator<Item = Option<(i32, f64)>>) -> Vec<Vec<(i32, f64)>> {
    let mut runs: Vec<Vec<(i32, f64)>> = vec![Vec::new()];
    for value in values {
        match (value, runs.last_mut()) {
            (Some(at), Some(run)) => run.push(at),
            (None, Some(run)) if !run.is_empty() => runs.push(Vec::new()),
            _ => {}
        }
    }
    runs.retain(|run| !run.is_empty());
    runs
}

/// `January 2025` as it fits under an axis: `Jan 25`.
fn short(label: &str) -> String {
    match label.split_once(' ') {
        Some((month, year)) => format!("{} {}", month.get(..3).unwrap_or(month), year.get(2..).unwrap_or(year)),
        None => label.to_owned(),
    }
}

fn shown(share: Option<Tenths>) -> String {
    share.map_or_else(|| "no figure".to_owned(), |share| format!("{:.1} %", share.number()))
}

/// What there is to see, for those who do not.
fn describe(report: &TimelinessReport, authority: &str, median: Option<Tenths>) -> String {
    format!(
        "A run chart by month. {authority} issued {} of {} plans within 20 weeks without exceptions, {}; with exceptions {} of \
         {}, {}. The median of the months is {}. Each month stands in the table beside the chart. As at {}. {}",
        report.total.within_20_weeks_ex,
        report.total.plans_issued_ex,
        shown(report.total.pct_within_20_weeks_ex),
        report.total.within_20_weeks,
        report.total.plans_issued,
        shown(report.total.pct_within_20_weeks),
        shown(median),
        report.as_at,
        report.definition,
    )
}

/// The numbers, as a table that is one to a screen reader too.
fn table(report: &TimelinessReport, points: &[Point]) -> String {
    let mut svg = String::from(
        "<g role=\"table\" aria-label=\"The share by month\" font-family=\"sans-serif\" font-size=\"14\" fill=\"#000\">\n",
    );
    let mut y = TABLE_FROM;
    let mut line = |role: &str, cells: [String; 5], bold: bool| {
        let weight = if bold { " font-weight=\"bold\"" } else { "" };
        let mut row = format!("<g role=\"row\"{weight}>");
        for ((cell, x), place) in cells.iter().zip(COLUMNS).zip(0..) {
            let (role, anchor) =
                if place == 0 { (if role == "cell" { "rowheader" } else { role }, "start") } else { (role, "end") };
            // Writing to a text does not fail.
            let _written = write!(
                row,
                "<text role=\"{role}\" x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\">{}</text>",
                escaped(cell)
            );
        }
        row.push_str("</g>\n");
        y = y.saturating_add(LINE);
        row
    };
    let headings = ["Month", "Without exc.", "With exc.", "Plans", "England (year)"].map(str::to_owned);
    svg.push_str(&line("columnheader", headings, true));
    for point in points {
        let england = point
            .england
            .map_or_else(|| "not published".to_owned(), |(share, year)| format!("{:.1} % ({year})", share.number()));
        svg.push_str(&line(
            "cell",
            [point.label.clone(), shown(point.own), shown(point.all), point.plans.to_string(), england],
            false,
        ));
    }
    let total = &report.total;
    let cells = [
        "All".to_owned(),
        shown(total.pct_within_20_weeks_ex),
        shown(total.pct_within_20_weeks),
        total.plans_issued_ex.to_string(),
        String::new(),
    ];
    svg.push_str(&line("cell", cells, true));
    svg.push_str("</g>\n");
    let source = y.saturating_add(LINE / 2);
    let [left, ..] = COLUMNS;
    // What a printed picture has to say of itself, since its description is heard and not seen.
    let disputed = if report.include_mediation_tribunal {
        "Plans after mediation or a tribunal are counted.".to_owned()
    } else {
        format!("Left out: {} plans after mediation or a tribunal.", report.left_out_mediation_tribunal)
    };
    let said = [
        format!("As at {}, by the rules {}.", report.as_at, report.rules_version),
        "Plans: first issued in the month, without exceptions.".to_owned(),
        disputed,
        "England: Department for Education, SEN2; contains public".to_owned(),
        "sector information licensed under the OGL v3.0.".to_owned(),
    ];
    for (text, place) in said.iter().zip(0_i32..) {
        let down = LINE.saturating_mul(place);
        let _written = writeln!(
            svg,
            "<text x=\"{left}\" y=\"{}\" font-family=\"sans-serif\" font-size=\"13\" fill=\"#000\">{}</text>",
            source.saturating_add(down),
            escaped(text)
        );
    }
    svg
}

/// Gives the drawing its title and description, which come first in it, and the table.
fn dress(svg: &str, title: &str, described: &str, table: &str) -> Result<String, Error> {
    let broken = || Error::internal("the chart is not of the form that it is known by");
    let (head, body) = svg.split_once('>').ok_or_else(broken)?;
    let body = body.trim_end().strip_suffix("</svg>").ok_or_else(broken)?;
    // The picture is one thing with a name; what is in it is said by the description and the table.
    Ok(format!(
        "{head} role=\"group\" aria-labelledby=\"title\" aria-describedby=\"description\">\n<title id=\"title\">{}</title>\n\
         <desc id=\"description\">{}</desc>\n<g aria-hidden=\"true\">{body}</g>\n{table}</svg>\n",
        escaped(title),
        escaped(described)
    ))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_broken_where_there_is_no_figure() {
        let found = runs([None, Some((1, 2.0)), Some((2, 3.0)), None, None, Some((5, 1.0))].into_iter());
        assert_eq!(found, [vec![(1, 2.0), (2, 3.0)], vec![(5, 1.0)]]);
    }

    #[test]
    fn the_median_of_two_lies_between() {
        assert_eq!(middle(&[Tenths(100), Tenths(205)]), Some(Tenths(153)));
        assert_eq!(middle(&[Tenths(100)]), Some(Tenths(100)));
        assert_eq!(middle(&[]), None);
    }
}
