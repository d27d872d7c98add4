//! Shapes: which attributes an instance has, and where.
//!
//! An instance does not hold a dict: its header names a *shape*, and the shape says that attribute `x` is slot 0, `y`
//! slot 1 and so on. Adding an attribute moves the instance to the shape's child for that name, so that instances that
//! were filled in the same order share a shape, and "is this the class and layout I saw before?" is one comparison of
//! 32 bits. Shapes form one tree for each class and are never freed.
//!
//! Deleting an attribute leaves the shape and empties the slot.

use hashbrown::HashMap;

use crate::class::Class;
use crate::layout::{SHAPE_FIRST_INSTANCE, Word};

/// One node of a class's shape tree.
pub struct Shape {
    /// The class whose instances these are.
    pub class: *mut Class,
    /// Names in slot order (interned strings, which live as long as the VM).
    pub names: Vec<Word>,
    slots: HashMap<Word, u32>,
    transitions: HashMap<Word, u32>,
}

impl Shape {
    /// The slot of attribute `name` (interned).
    pub fn slot(&self, name: Word) -> Option<usize> {
        if self.names.len() <= 8 {
            return self.names.iter().position(|&other| other == name);
        }
        self.slots.get(&name).map(|&slot| slot as usize)
    }
}

/// All shapes of a VM.
#[derive(Default)]
pub struct Shapes {
    shapes: Vec<Shape>,
}

impl Shapes {
    /// A shape without attributes for instances of `class`; its id.
    pub fn add_root(&mut self, class: *mut Class) -> u32 {
        self.add(Shape {
            class,
            names: Vec::new(),
            slots: HashMap::new(),
            transitions: HashMap::new(),
        })
    }

    fn add(&mut self, shape: Shape) -> u32 {
        self.shapes.push(shape);
        SHAPE_FIRST_INSTANCE + self.shapes.len() as u32 - 1
    }

    /// The shape with id `id`, which must be an instance's.
    #[inline]
    pub fn get(&self, id: u32) -> &Shape {
        &self.shapes[(id - SHAPE_FIRST_INSTANCE) as usize]
    }

    /// The shape of an instance of shape `from` that gets the attribute `name` (interned, not in `from`).
    pub fn add_attribute(&mut self, from: u32, name: Word) -> u32 {
        let parent = self.get(from);
        if let Some(&next) = parent.transitions.get(&name) {
            return next;
        }
        let mut names = parent.names.clone();
        names.push(name);
        let slots = names
            .iter()
            .enumerate()
            .map(|(slot, &name)| (name, slot as u32))
            .collect();
        let next = self.add(Shape {
            class: parent.class,
            names,
            slots,
            transitions: HashMap::new(),
        });
        self.shapes[(from - SHAPE_FIRST_INSTANCE) as usize]
            .transitions
            .insert(name, next);
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_order_gives_the_same_shape() {
        let mut shapes = Shapes::default();
        let root = shapes.add_root(std::ptr::null_mut());
        let x = shapes.add_attribute(root, 100);
        let xy = shapes.add_attribute(x, 200);
        let again = shapes.add_attribute(root, 100);
        assert_eq!(again, x);
        assert_eq!(shapes.add_attribute(again, 200), xy);
        assert_eq!(shapes.get(xy).slot(200), Some(1));
        assert_eq!(shapes.get(x).slot(200), None);
        let y = shapes.add_attribute(root, 200);
        assert_ne!(shapes.add_attribute(y, 100), xy);
    }
}
