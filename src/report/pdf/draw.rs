//! A page's list drawn with the library: shapes, glyphs, pictures, and the areas of links.

use std::collections::BTreeMap;
use std::sync::Arc;

use krilla::action::{Action, LinkAction};
use krilla::annotation::{Annotation, LinkAnnotation, Target};
use krilla::color::rgb;
use krilla::destination::XyzDestination;
use krilla::geom::{Path as PdfPath, PathBuilder, Point, Rect, Size, Transform};
use krilla::image::Image;
use krilla::page::Page;
use krilla::paint::{Fill, LineCap, LineJoin, Stroke};
use krilla::surface::Surface;
use krilla::tagging::{Artifact, ArtifactType, ContentTag, SpanTag};
use krilla::text::{Font, GlyphId, KrillaGlyph};

use super::tags::Tree;
use crate::error::{Error, Result};
use crate::report::layout::{Colour, Drawing, Item, Path, Segment, Tag};
use crate::report::text::{Face, Run};

/// The fonts, opened once.
pub struct Pen {
    fonts: Vec<Font>,
    pictures: Vec<(Arc<[u8]>, Image)>,
}

/// An area of a page that leads somewhere; added when the page's content is there.
pub struct Link {
    group: usize,
    area: [f32; 4],
    target: String,
    alt: String,
}

impl Link {
    /// Adds the area to the page. A link to nowhere is left out.
    pub fn add(self, page: &mut Page<'_>, anchors: &BTreeMap<String, (usize, f32)>, tree: &mut Tree) {
        let [x, y, width, height] = self.area;
        let target = match anchors.get(&self.target) {
            Some((number, top)) => Target::Destination(XyzDestination::new(*number, Point::from_xy(0.0, (top - 12.0).max(0.0))).into()),
            None if self.target.starts_with("https://") => Target::Action(Action::Link(LinkAction::new(self.target))),
            None => return,
        };
        let Some(area) = Rect::from_xywh(x, y, width.max(1.0), height.max(1.0)) else { return };
        let link = page.add_tagged_annotation(Annotation::new_link(LinkAnnotation::new(area, target), Some(self.alt)));
        tree.add(self.group, link);
    }
}

/// What runs of items belong together: one marked piece of the page each.
#[derive(PartialEq, Clone, Copy)]
enum Piece {
    Decoration,
    Content { group: usize, text: bool },
}

impl Pen {
    /// Opens the fonts.
    pub fn new() -> Result<Pen> {
        let open =
            |face: &Face| Font::new(face.file().to_vec().into(), 0).ok_or_else(|| Error::internal("the font of reports can't be read"));
        Ok(Pen { fonts: Face::ALL.iter().map(open).collect::<Result<_>>()?, pictures: Vec::new() })
    }

    /// Draws a page's list and gives back its links.
    pub fn page(&mut self, page: &mut Page<'_>, number: usize, items: Vec<Item>, tree: &mut Tree) -> Result<Vec<Link>> {
        let mut surface = page.surface();
        let (mut links, mut alts, mut piece) = (Vec::new(), Vec::new(), None);
        for item in items {
            match item {
                Item::Open(tag) => {
                    end(&mut surface, &mut piece);
                    alts.push(if let Tag::Link(alt) = &tag { alt.clone() } else { String::new() });
                    tree.open(tag, number);
                }
                Item::Close => {
                    end(&mut surface, &mut piece);
                    alts.pop();
                    tree.close();
                }
                Item::Link { area, target } => {
                    let alt = alts.last().cloned().unwrap_or_default();
                    links.push(Link { group: tree.current(), area, target, alt });
                }
                Item::Draw { what, artifact } => {
                    let text = matches!(what, Drawing::Text { .. });
                    let wanted = if artifact { Piece::Decoration } else { Piece::Content { group: tree.current(), text } };
                    begin(&mut surface, &mut piece, wanted, tree);
                    self.draw(&mut surface, what)?;
                }
            }
        }
        end(&mut surface, &mut piece);
        surface.finish();
        Ok(links)
    }

    fn draw(&mut self, surface: &mut Surface<'_>, what: Drawing) -> Result<()> {
        match what {
            Drawing::Fill(path, colour) => {
                if let Some(path) = outline(&path) {
                    surface.set_stroke(None);
                    surface.set_fill(Some(fill(colour)));
                    surface.draw_path(&path);
                }
            }
            Drawing::Stroke(path, width, colour) => {
                if let Some(path) = outline(&path) {
                    surface.set_fill(None);
                    let line_cap = LineCap::Round;
                    surface.set_stroke(Some(Stroke {
                        paint: paint(colour).into(),
                        width,
                        line_cap,
                        line_join: LineJoin::Round,
                        ..Stroke::default()
                    }));
                    surface.draw_path(&path);
                }
            }
            Drawing::Text { x, y, font, colour, run } => {
                surface.set_stroke(None);
                surface.set_fill(Some(fill(colour)));
                let face = self.fonts[font.face as usize].clone();
                surface.draw_glyphs(Point::from_xy(x, y), &glyphs(&run), face, &run.text, font.size, false);
            }
            Drawing::Picture(png, [x, y, width, height]) => {
                let image = self.picture(&png)?;
                let size = Size::from_wh(width, height).ok_or_else(|| Error::internal("a picture without size"))?;
                surface.push_transform(&Transform::from_translate(x, y));
                surface.draw_image(image, size);
                surface.pop();
            }
        }
        Ok(())
    }

    fn picture(&mut self, png: &Arc<[u8]>) -> Result<Image> {
        if let Some((_, image)) = self.pictures.iter().find(|(known, _)| Arc::ptr_eq(known, png)) {
            return Ok(image.clone());
        }
        let image = Image::from_png(png.to_vec().into(), false).map_err(|error| Error::internal(format!("the logo: {error}")))?;
        self.pictures.push((Arc::clone(png), image.clone()));
        Ok(image)
    }
}

fn begin(surface: &mut Surface<'_>, piece: &mut Option<Piece>, wanted: Piece, tree: &mut Tree) {
    if *piece == Some(wanted) {
        return;
    }
    end(surface, piece);
    let drawn = match wanted {
        Piece::Decoration => {
            surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)));
            None
        }
        Piece::Content { group, text: true } => Some((group, surface.start_tagged(ContentTag::Span(SpanTag::empty())))),
        Piece::Content { group, text: false } => Some((group, surface.start_tagged(ContentTag::Other))),
    };
    if let Some((group, drawn)) = drawn {
        tree.add(group, drawn);
    }
    *piece = Some(wanted);
}

fn end(surface: &mut Surface<'_>, piece: &mut Option<Piece>) {
    if piece.take().is_some() {
        surface.end_tagged();
    }
}

fn glyphs(run: &Run) -> Vec<KrillaGlyph> {
    let glyph = |glyph: &crate::report::text::Glyph| {
        let range = glyph.start as usize..glyph.end as usize;
        KrillaGlyph::new(GlyphId::new(glyph.id), glyph.advance, glyph.x_offset, glyph.y_offset, 0.0, range, None)
    };
    run.glyphs.iter().map(glyph).collect()
}

fn paint(Colour(red, green, blue): Colour) -> rgb::Color {
    rgb::Color::new(red, green, blue)
}

fn fill(colour: Colour) -> Fill {
    Fill { paint: paint(colour).into(), ..Fill::default() }
}

/// `None` where there is nothing to draw.
fn outline(path: &Path) -> Option<PdfPath> {
    let mut builder = PathBuilder::new();
    for segment in &path.0 {
        match *segment {
            Segment::Move(x, y) => builder.move_to(x, y),
            Segment::Line(x, y) => builder.line_to(x, y),
            Segment::Curve([x1, y1, x2, y2, x, y]) => builder.cubic_to(x1, y1, x2, y2, x, y),
            Segment::Close => builder.close(),
        }
    }
    builder.finish()
}
