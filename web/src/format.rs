//! Numbers for people.

/// A figure of a report: whole numbers whole, others to four significant digits, thousands set apart.
pub fn figure(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let digits_before_point = value.abs().log10().floor() as i32 + 1;
    let decimals = if value.fract() == 0.0 { 0 } else { (4 - digits_before_point).clamp(0, 6) };
    let text = format!("{value:.*}", decimals as usize);
    let (whole, fraction) = text.split_once('.').map_or((&*text, ""), |(whole, rest)| (whole, rest));
    let (sign, whole) = whole.strip_prefix('-').map_or(("", whole), |whole| ("−", whole));

    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{grouped}{point}{fraction}")
}
