//! The right side of a check: the comparison and the claimed number.

use super::Parser;
use crate::check::cursor::{Literal, ParseError};
use crate::check::range::Range;
use crate::check::unit::{Spelling, Unit};

impl Parser<'_> {
    /// The claimed range for a value of the given unit.
    pub(super) fn range(&mut self, unit: Unit) -> Result<(Range, Spelling), ParseError> {
        if self.cursor.eat_word("within") {
            self.cursor.skip_space();
            let offset = self.cursor.offset;
            let low = self.limit(unit)?;
            self.cursor.expect("..")?;
            let high = self.limit(unit)?;
            if low.value > high.value {
                return Err(ParseError::new(offset, "this range ends below its beginning"));
            }
            return Ok((Range::Within(low.value, high.value), high.spelling));
        }
        // Longer signs first where one begins another.
        let sign = ["!=", "<=", ">=", "=", "<", ">"].into_iter().find(|sign| self.cursor.eat(sign));
        let Some(sign) = sign else {
            return Err(self
                .cursor
                .unexpected("a comparison")
                .hint("write `= 600 ± 5%`, `< 15%` or `within 570..630`"));
        };
        if self.cursor.eat_here("=") {
            return Err(ParseError::new(self.cursor.offset - 1, "one `=` is enough"));
        }
        let limit = self.limit(unit)?;
        let range = match sign {
            "!=" => Range::Not(limit.value),
            "<=" => Range::AtMost(limit.value),
            ">=" => Range::AtLeast(limit.value),
            "<" => Range::Below(limit.value),
            ">" => Range::Above(limit.value),
            _ => {
                let tolerance = self.tolerance(unit, limit)?;
                Range::Within(limit.value - tolerance, limit.value + tolerance)
            }
        };
        Ok((range, limit.spelling))
    }

    /// A claimed number, which must be of the value's unit; 0 is of any.
    fn limit(&mut self, unit: Unit) -> Result<Literal, ParseError> {
        self.cursor.skip_space();
        let offset = self.cursor.offset;
        let negative = self.cursor.eat("-");
        let mut literal = self.cursor.literal()?;
        if negative {
            literal.value = -literal.value;
        }
        if literal.unit == unit {
            return Ok(literal);
        }
        let bare = literal.spelling == Spelling::Plain;
        match unit {
            Unit::TIME if bare && literal.value == 0.0 => {
                Ok(Literal { unit, spelling: Spelling::Time, ..literal })
            }
            Unit::BYTES if bare && literal.value == 0.0 => {
                Ok(Literal { unit, spelling: Spelling::Bytes, ..literal })
            }
            _ => {
                let message = format!("the left side is {}, this is {}", unit.noun(), literal.unit.noun());
                Err(ParseError::new(offset, message).hint(match unit {
                    Unit::TIME => "write `60s`, `5m`, `1h30m`",
                    Unit::BYTES => "write `512Mi`, `2Gi`",
                    Unit::PLAIN => "write it without the unit",
                    _ => "divide by a number without a unit",
                }))
            }
        }
    }

    /// What stands after `±`, as a difference; 0 when nothing does.
    fn tolerance(&mut self, unit: Unit, limit: Literal) -> Result<f64, ParseError> {
        if !(self.cursor.eat("±") || self.cursor.eat("+-") || self.cursor.eat("+/-")) {
            return Ok(0.0);
        }
        let start = self.cursor;
        let relative = self.cursor.literal()?;
        // Per cent of a number are relative to it; per cent beside a percentage are points.
        if relative.spelling == Spelling::Percent && limit.spelling != Spelling::Percent {
            return Ok((limit.value * relative.value).abs());
        }
        self.cursor = start;
        let tolerance = self.limit(unit)?;
        // `90% ± 5` means points too: nobody means 500 of them.
        let points = limit.spelling == Spelling::Percent && tolerance.spelling == Spelling::Plain;
        Ok(if points { tolerance.value / 100.0 } else { tolerance.value })
    }
}
