//! Where in the source an instruction comes from, as CPython sees it.
//!
//! The compiler gives some instructions the range of another part of their statement: an attribute that of its owner, an
//! unpacking that of the value unpacked. When a traceback is printed, the syntax tree of the file tells the range that
//! CPython would underline. That is done for the few lines of a traceback, not for every instruction compiled.

use ruff_text_size::{Ranged, TextRange, TextSize};
use rustpython_compiler::ast::visitor::{Visitor, walk_expr, walk_stmt};
use rustpython_compiler::ast::{Expr, Mod, Stmt};
use rustpython_compiler::parser::{Mode, Parsed, parse};

use crate::objects::code::Position;
use crate::opcode;

/// A source file and its syntax tree.
pub struct SourceTree<'a> {
    text: &'a str,
    starts: Vec<usize>,
    body: Vec<Stmt>,
}

impl<'a> SourceTree<'a> {
    /// Parses `text`; a file that does not parse has an empty tree.
    pub fn new(text: &'a str) -> SourceTree<'a> {
        let body = match parse(text, Mode::Module.into()).map(Parsed::into_syntax) {
            Ok(Mod::Module(module)) => module.body.clone(),
            _ => Vec::new(),
        };
        let mut starts = vec![0];
        starts.extend(text.match_indices('\n').map(|(at, _)| at + 1));
        SourceTree { text, starts, body }
    }

    /// Line number `line` (from 1), without its end.
    pub fn line(&self, line: u32) -> Option<&'a str> {
        let start = *self.starts.get((line as usize).checked_sub(1)?)?;
        self.text.get(start..)?.lines().next()
    }

    fn range(&self, position: &Position) -> Option<TextRange> {
        let at = |line: u32, column: i32| {
            let start = self.starts.get((line as usize).checked_sub(1)?)?;
            Some(TextSize::new(
                (start + usize::try_from(column).ok()?) as u32,
            ))
        };
        let start = at(position.line, position.column)?;
        let end = at(position.end_line, position.end_column)?;
        (start <= end).then(|| TextRange::new(start, end))
    }

    fn position(&self, range: TextRange) -> Position {
        let at = |offset: TextSize| {
            let offset = usize::from(offset);
            let line = self.starts.partition_point(|&start| start <= offset);
            (line as u32, (offset - self.starts[line - 1]) as i32)
        };
        let ((line, column), (end_line, end_column)) = (at(range.start()), at(range.end()));
        Position {
            line,
            end_line,
            column,
            end_column,
        }
    }

    /// The position that CPython has for an instruction of generic opcode `op` to which the compiler gave `position`.
    pub fn corrected(&self, op: u8, position: Position) -> Position {
        if matches!(op, opcode::GET_ITER | opcode::FOR_ITER) {
            return Position {
                column: -1,
                end_column: -1,
                ..position
            };
        }
        let Some(given) = self.range(&position) else {
            return position;
        };
        let mut search = Search {
            op,
            given,
            found: None,
        };
        search.visit_body(&self.body);
        search.found.map_or(position, |range| self.position(range))
    }
}

struct Search {
    op: u8,
    given: TextRange,
    found: Option<TextRange>,
}

fn unpacked(targets: &[Expr]) -> Option<TextRange> {
    targets
        .iter()
        .find(|target| matches!(target, Expr::Tuple(_) | Expr::List(_)))
        .map(Ranged::range)
}

impl<'a> Visitor<'a> for Search {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        if self.found.is_none() && statement.range().contains_range(self.given) {
            self.found = self.in_statement(statement);
            walk_stmt(self, statement);
        }
    }

    fn visit_expr(&mut self, expression: &'a Expr) {
        if self.found.is_some() || !expression.range().contains_range(self.given) {
            return;
        }
        if let Expr::Attribute(attribute) = expression
            && matches!(
                self.op,
                opcode::LOAD_ATTR | opcode::STORE_ATTR | opcode::DELETE_ATTR
            )
            && attribute.value.range() == self.given
        {
            self.found = Some(attribute.range);
        }
        walk_expr(self, expression);
    }
}

/// Instructions of `del`.
const DELETES: [u8; 5] = [
    opcode::DELETE_SUBSCR,
    opcode::DELETE_NAME,
    opcode::DELETE_FAST,
    opcode::DELETE_GLOBAL,
    opcode::DELETE_ATTR,
];

impl Search {
    fn in_statement(&self, statement: &Stmt) -> Option<TextRange> {
        let given = self.given;
        let unpacks = matches!(self.op, opcode::UNPACK_SEQUENCE | opcode::UNPACK_EX);
        match statement {
            Stmt::Assign(assign) if assign.value.range() == given && unpacks => {
                unpacked(&assign.targets)
            }
            Stmt::Assign(assign)
                if assign.value.range() == given && self.op == opcode::STORE_SUBSCR =>
            {
                assign
                    .targets
                    .iter()
                    .find(|target| matches!(target, Expr::Subscript(_)))
                    .map(Ranged::range)
            }
            Stmt::For(each) if each.iter.range() == given && unpacks => {
                unpacked(std::slice::from_ref(&each.target))
            }
            Stmt::AugAssign(assign) if assign.value.range() == given => match self.op {
                opcode::BINARY_OP => Some(assign.range),
                opcode::STORE_SUBSCR => Some(assign.target.range()),
                _ => None,
            },
            Stmt::Assert(assertion) if self.op == opcode::RAISE_VARARGS => {
                let message = assertion.msg.as_ref()?;
                (message.range() == given).then(|| assertion.test.range())
            }
            Stmt::Delete(delete) if delete.range == given && DELETES.contains(&self.op) => {
                match delete.targets.as_slice() {
                    [only] => Some(only.range()),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attribute_is_more_than_its_owner() {
        let tree = SourceTree::new("x = 1\nprint((thing).value)\n");
        let given = Position {
            line: 2,
            end_line: 2,
            column: 7,
            end_column: 12,
        };
        let expected = Position {
            line: 2,
            end_line: 2,
            column: 6,
            end_column: 19,
        };
        assert_eq!(tree.corrected(opcode::LOAD_ATTR, given), expected);
        assert_eq!(tree.corrected(opcode::CALL, given), given);
    }

    #[test]
    fn an_unpacking_is_its_targets() {
        let tree = SourceTree::new("a, b = 5\n");
        let given = Position {
            line: 1,
            end_line: 1,
            column: 7,
            end_column: 8,
        };
        let expected = Position {
            line: 1,
            end_line: 1,
            column: 0,
            end_column: 4,
        };
        assert_eq!(tree.corrected(opcode::UNPACK_SEQUENCE, given), expected);
    }
}
