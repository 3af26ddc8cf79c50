//! The engine's program.

fn main() {
    plimsoll_web::engine::listen();
}
