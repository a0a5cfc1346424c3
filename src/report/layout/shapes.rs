//! Shapes: rectangles, circles, rings and lines as paths.

/// A path to fill or to stroke.
#[derive(Debug, Clone, PartialEq)]
pub struct Path(pub Vec<Segment>);

/// A step of a path.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Segment {
    /// Begins at a point.
    Move(f32, f32),
    /// A straight line to a point.
    Line(f32, f32),
    /// A cubic curve: two controls, and the point.
    Curve([f32; 6]),
    /// Back to where it began.
    Close,
}

/// Length of a control for a quarter of a circle of radius 1.
const QUARTER: f32 = 0.552_284_8;

impl Path {
    /// A rectangle; its corners are rounded by `radius`.
    pub fn rectangle(x: f32, y: f32, width: f32, height: f32, radius: f32) -> Path {
        let r = radius.min(width / 2.0).min(height / 2.0).max(0.0);
        let (right, bottom) = (x + width, y + height);
        if r == 0.0 {
            return Path::polygon(&[(x, y), (right, y), (right, bottom), (x, bottom)]);
        }
        let k = r * (1.0 - QUARTER);
        Path(vec![
            Segment::Move(x + r, y),
            Segment::Line(right - r, y),
            Segment::Curve([right - k, y, right, y + k, right, y + r]),
            Segment::Line(right, bottom - r),
            Segment::Curve([right, bottom - k, right - k, bottom, right - r, bottom]),
            Segment::Line(x + r, bottom),
            Segment::Curve([x + k, bottom, x, bottom - k, x, bottom - r]),
            Segment::Line(x, y + r),
            Segment::Curve([x, y + k, x + k, y, x + r, y]),
            Segment::Close,
        ])
    }

    /// A circle around a centre.
    pub fn circle(x: f32, y: f32, radius: f32) -> Path {
        Path::rectangle(x - radius, y - radius, 2.0 * radius, 2.0 * radius, radius)
    }

    /// A closed outline through points.
    pub fn polygon(points: &[(f32, f32)]) -> Path {
        let mut path = Path::line(points);
        path.0.push(Segment::Close);
        path
    }

    /// A line through points.
    pub fn line(points: &[(f32, f32)]) -> Path {
        let step = |(at, (x, y)): (usize, &(f32, f32))| if at == 0 { Segment::Move(*x, *y) } else { Segment::Line(*x, *y) };
        Path(points.iter().enumerate().map(step).collect())
    }

    /// The part of a circle from the top clockwise by `share` of it, as a line to stroke.
    pub fn arc(x: f32, y: f32, radius: f32, share: f32) -> Path {
        let total = share.clamp(0.0, 1.0) * std::f32::consts::TAU;
        // Curves of at most an eighth are exact to the eye.
        let count = (total / std::f32::consts::FRAC_PI_4).ceil().max(1.0);
        let step = total / count;
        let control = 4.0 / 3.0 * (step / 4.0).tan() * radius;
        let point = |angle: f32| (x + radius * angle.sin(), y - radius * angle.cos());
        let (start_x, start_y) = point(0.0);
        let mut segments = vec![Segment::Move(start_x, start_y)];
        for at in 0..count as u16 {
            let (from, to) = (f32::from(at) * step, f32::from(at + 1) * step);
            let ((x1, y1), (x2, y2)) = (point(from), point(to));
            segments.push(Segment::Curve([
                x1 + control * from.cos(),
                y1 + control * from.sin(),
                x2 - control * to.cos(),
                y2 - control * to.sin(),
                x2,
                y2,
            ]));
        }
        Path(segments)
    }
}
