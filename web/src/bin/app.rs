//! The shell's program.

fn main() {
    plimsoll_web::page::show();
}
