//! One panel: a frame, a scale, the hours of the day, some series, and what each is called.

use std::fmt::Write;

use super::{HEIGHT, LEFT, RIGHT, WIDTH};

/// When the day begins, in hours.
const MORNING: usize = 8;

/// How many slices are an hour.
const HOUR: usize = 6;

/// How a series is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Bars,
    Line,
    /// An area on top of the areas before it.
    Stacked,
}

/// Some numbers, one a slice.
#[derive(Clone, Debug)]
pub(super) struct Series {
    name: String,
    colour: &'static str,
    style: Style,
    values: Vec<f64>,
}

/// What is drawn on one scale.
#[derive(Clone, Debug)]
pub(super) struct Panel {
    name: String,
    unit: &'static str,
    most: f64,
    series: Vec<Series>,
}

/// Where the numbers of a panel come to lie.
struct Scale {
    top: f64,
    most: f64,
    width: f64,
}

impl Scale {
    #[expect(clippy::cast_precision_loss, reason = "a day has 144 slices")]
    fn x(&self, slice: usize) -> f64 {
        LEFT + self.width * slice as f64
    }

    fn y(&self, value: f64) -> f64 {
        self.top + HEIGHT * (1.0 - (value / self.most).clamp(0.0, 1.0))
    }
}

impl Panel {
    pub(super) fn new(name: &str, unit: &'static str) -> Self {
        Self {
            name: name.to_owned(),
            unit,
            most: 0.0,
            series: Vec::new(),
        }
    }

    /// Its scale goes at least up to this.
    pub(super) fn up_to(mut self, most: f64) -> Self {
        self.most = most;
        self
    }

    pub(super) fn with(
        mut self,
        name: &str,
        colour: &'static str,
        style: Style,
        values: Vec<f64>,
    ) -> Self {
        self.series.push(Series {
            name: name.to_owned(),
            colour,
            style,
            values,
        });
        self
    }

    /// The panel, with its upper edge at `top`.
    pub(super) fn draw(&self, top: f64, slices: usize) -> String {
        let step = nice(self.highest());
        let steps = (self.highest() / step).ceil().max(1.0);
        #[expect(clippy::cast_precision_loss, reason = "a day has 144 slices")]
        let scale = Scale {
            top,
            most: step * steps,
            width: (WIDTH - LEFT - RIGHT) / slices.max(1) as f64,
        };
        let mut text = format!("<g>\n{}", self.caption(top));
        text.push_str(&self.frame(&scale, step, slices));
        let mut below = vec![0.0; slices];
        for series in &self.series {
            match series.style {
                Style::Bars => text.push_str(&series.bars(&scale)),
                Style::Line => text.push_str(&series.line(&scale)),
                Style::Stacked => text.push_str(&series.area(&scale, &mut below)),
            }
        }
        text.push_str("</g>\n");
        text
    }

    /// The highest that has to be shown.
    fn highest(&self) -> f64 {
        let all = self.series.iter().flat_map(|series| &series.values);
        all.copied().fold(self.most.max(1.0), f64::max)
    }

    /// The name, and what each color means.
    fn caption(&self, top: f64) -> String {
        let y = top - 10.0;
        let mut text = format!(
            "<text x=\"{LEFT}\" y=\"{y}\" font-weight=\"bold\">{}</text>\n",
            self.name
        );
        let mut x = LEFT + 220.0;
        for series in &self.series {
            let _ = writeln!(
                text,
                "<rect x=\"{x}\" y=\"{}\" width=\"12\" height=\"12\" fill=\"{}\"/><text x=\"{}\" y=\"{y}\">{}</text>",
                y - 10.0,
                series.colour,
                x + 17.0,
                series.name
            );
            x += 130.0;
        }
        text
    }

    /// The scale on the left and the hours below.
    fn frame(&self, scale: &Scale, step: f64, slices: usize) -> String {
        let (right, bottom) = (WIDTH - RIGHT, scale.y(0.0));
        let mut text = String::new();
        let mut value = 0.0;
        while value <= scale.most + step / 2.0 {
            let y = scale.y(value);
            let _ = writeln!(
                text,
                "<line x1=\"{LEFT}\" y1=\"{y:.1}\" x2=\"{right}\" y2=\"{y:.1}\" stroke=\"#e5e5e5\"/><text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{value}{}</text>",
                LEFT - 6.0,
                y + 4.0,
                self.unit
            );
            value += step;
        }
        for slice in (0..=slices).step_by(HOUR) {
            let x = scale.x(slice);
            let _ = writeln!(
                text,
                "<line x1=\"{x:.1}\" y1=\"{bottom:.1}\" x2=\"{x:.1}\" y2=\"{:.1}\" stroke=\"#888888\"/><text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{:02}:00</text>",
                bottom + 4.0,
                bottom + 17.0,
                (MORNING + slice / HOUR) % 24
            );
        }
        let _ = writeln!(
            text,
            "<line x1=\"{LEFT}\" y1=\"{bottom:.1}\" x2=\"{right}\" y2=\"{bottom:.1}\" stroke=\"#888888\"/>"
        );
        text
    }
}

impl Series {
    fn bars(&self, scale: &Scale) -> String {
        let mut text = String::new();
        for (slice, value) in self.values.iter().enumerate() {
            let y = scale.y(*value);
            let _ = writeln!(
                text,
                "<rect x=\"{:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"{}\"/>",
                scale.x(slice) + 1.0,
                (scale.width - 2.0).max(1.0),
                scale.y(0.0) - y,
                self.colour
            );
        }
        text
    }

    fn line(&self, scale: &Scale) -> String {
        let mut points = String::new();
        for (slice, value) in self.values.iter().enumerate() {
            let x = scale.x(slice) + scale.width / 2.0;
            let _ = write!(points, "{x:.1},{:.1} ", scale.y(*value));
        }
        format!(
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\"/>\n",
            points.trim_end(),
            self.colour
        )
    }

    fn area(&self, scale: &Scale, below: &mut [f64]) -> String {
        let (mut upper, mut lower) = (Vec::new(), Vec::new());
        for (slice, (value, base)) in self.values.iter().zip(below.iter_mut()).enumerate() {
            for x in [scale.x(slice), scale.x(slice + 1)] {
                lower.push(format!("{x:.1},{:.1}", scale.y(*base)));
                upper.push(format!("{x:.1},{:.1}", scale.y(*base + value)));
            }
            *base += value;
        }
        lower.reverse();
        upper.extend(lower);
        format!(
            "<polygon points=\"{}\" fill=\"{}\"/>\n",
            upper.join(" "),
            self.colour
        )
    }
}

/// A step of 1, 2 or 5 times a power of ten that divides a scale into at most six.
fn nice(most: f64) -> f64 {
    let mut step = 1.0;
    loop {
        for factor in [1.0, 2.0, 5.0] {
            if most / (step * factor) <= 6.0 {
                return step * factor;
            }
        }
        step *= 10.0;
    }
}
