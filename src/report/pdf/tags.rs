//! The structure of the document as it grows: groups in groups, with what was drawn at their ends.

use std::num::NonZeroU16;

use krilla::geom::Rect;
use krilla::tagging::{BBox, Identifier, TableHeaderScope, Tag as PdfTag, TagGroup, TagKind, TagTree};

use crate::report::layout::Tag;

/// Groups by number; number 0 is the document itself.
pub struct Tree {
    groups: Vec<Group>,
    open: Vec<usize>,
}

struct Group {
    /// `None` for the document.
    kind: Option<TagKind>,
    children: Vec<Child>,
}

enum Child {
    Group(usize),
    Drawn(Identifier),
}

impl Default for Tree {
    fn default() -> Tree {
        Tree { groups: vec![Group { kind: None, children: Vec::new() }], open: vec![0] }
    }
}

impl Tree {
    /// Opens a group within the one that is open.
    pub fn open(&mut self, tag: Tag, page: usize) {
        let number = self.groups.len();
        self.groups.push(Group { kind: Some(kind(tag, page)), children: Vec::new() });
        let parent = self.current();
        self.groups[parent].children.push(Child::Group(number));
        self.open.push(number);
    }

    /// Closes the group that is open.
    pub fn close(&mut self) {
        if self.open.len() > 1 {
            self.open.pop();
        }
    }

    /// The number of the group that is open.
    pub fn current(&self) -> usize {
        self.open.last().copied().unwrap_or(0)
    }

    /// Adds what was drawn to a group.
    pub fn add(&mut self, group: usize, drawn: Identifier) {
        self.groups[group].children.push(Child::Drawn(drawn));
    }

    /// The tree as the library wants it.
    pub fn into_krilla(self) -> TagTree {
        let mut tree = TagTree::new().with_lang(Some("en".to_owned()));
        // Children have higher numbers than their parents, so the last group is whole when its turn comes.
        let mut made: Vec<Option<TagGroup>> = Vec::new();
        made.resize_with(self.groups.len(), || None);
        for (number, group) in self.groups.into_iter().enumerate().rev() {
            match group.kind {
                Some(kind) => {
                    let mut own = TagGroup::new(kind);
                    for child in group.children {
                        match child {
                            Child::Group(child) => made[child].take().into_iter().for_each(|child| own.push(child)),
                            Child::Drawn(drawn) => own.push(drawn),
                        }
                    }
                    made[number] = Some(own);
                }
                None => {
                    for child in group.children {
                        match child {
                            Child::Group(child) => made[child].take().into_iter().for_each(|child| tree.push(child)),
                            Child::Drawn(drawn) => tree.push(drawn),
                        }
                    }
                }
            }
        }
        tree
    }
}

fn kind(tag: Tag, page: usize) -> TagKind {
    match tag {
        Tag::Heading(level, text) => PdfTag::Hn(NonZeroU16::new(level).unwrap_or(NonZeroU16::MIN), Some(text)).into(),
        Tag::Paragraph => PdfTag::P.into(),
        Tag::Table(summary) => PdfTag::Table.with_summary(Some(summary)).into(),
        Tag::TableHead => PdfTag::THead.into(),
        Tag::TableBody => PdfTag::TBody.into(),
        Tag::Row => PdfTag::TR.into(),
        Tag::HeadCell => PdfTag::TH(TableHeaderScope::Column).into(),
        Tag::Cell => PdfTag::TD.into(),
        Tag::Figure(alt, [x, y, width, height]) => {
            let area = Rect::from_xywh(x, y, width, height).map(|rect| BBox::new(page, rect));
            PdfTag::Figure(Some(alt)).with_bbox(area).into()
        }
        Tag::Link(_) => PdfTag::Link.into(),
    }
}
