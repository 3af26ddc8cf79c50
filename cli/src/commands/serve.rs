//! `plimsoll serve`: the page from this binary, offline, for this machine only.
//!
//! The page is embedded when the binary is built with the feature `page`, which releases turn on: it takes a
//! built page (`trunk build --release`), which `cargo install` has no means to make. Without it the command says
//! so. It listens on loopback and on nothing else, serves the files that it holds, and never opens a path.

use crate::args::ServeArgs;
use crate::exit::{Exit, Failure};

/// Serves the page until the command is interrupted.
#[cfg(feature = "page")]
pub fn serve(args: &ServeArgs) -> Result<Exit, Failure> {
    page::serve(args)
}

/// Says why there is no page, and how to get it.
#[cfg(not(feature = "page"))]
pub fn serve(_: &ServeArgs) -> Result<Exit, Failure> {
    Err(Failure::Told {
        exit: Exit::Fault,
        message: "this plimsoll was built without the page".to_owned(),
        hint: "take a released binary, or in the repository: trunk build --release && \
               cargo run --release --features page -- serve"
            .to_owned(),
    })
}

#[cfg(feature = "page")]
mod page {
    use std::net::{Ipv4Addr, SocketAddr};
    use std::process::{Command, Stdio};

    use include_dir::{Dir, include_dir};
    use tiny_http::{Header, Method, Request, Response, Server};

    use super::{Exit, Failure, ServeArgs};
    use crate::terminal;

    /// The page as Trunk builds it.
    static PAGE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../dist");
    /// Ports that are tried when none is asked for.
    const PORTS: std::ops::RangeInclusive<u16> = 8_421..=8_440;

    /// Content types by the ending of a file's name.
    const TYPES: [(&str, &str); 10] = [
        ("html", "text/html; charset=utf-8"),
        ("js", "text/javascript; charset=utf-8"),
        ("wasm", "application/wasm"),
        ("css", "text/css; charset=utf-8"),
        ("svg", "image/svg+xml"),
        ("json", "application/json"),
        ("webmanifest", "application/manifest+json"),
        ("png", "image/png"),
        ("txt", "text/plain; charset=utf-8"),
        ("yaml", "application/yaml; charset=utf-8"),
    ];

    pub fn serve(args: &ServeArgs) -> Result<Exit, Failure> {
        let server = listen(args.port)?;
        let address = server.server_addr();
        let url = format!("http://{address}/");
        terminal::print(&format!("{url}\n"))?;
        terminal::tell("Plimsoll is there until you press Ctrl+C. Nothing leaves this machine.");
        if args.open {
            open(&url);
        }
        for request in server.incoming_requests() {
            // Whoever went away before the answer needs none.
            let _ = answer(request);
        }
        Ok(Exit::Passed)
    }

    fn listen(port: Option<u16>) -> Result<Server, Failure> {
        let on = |port| Server::http(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
        let refused =
            |message: String, hint: &str| Failure::Told { exit: Exit::Fault, message, hint: hint.to_owned() };
        match port {
            Some(port) => on(port).map_err(|error| {
                refused(
                    format!("cannot listen on port {port}: {error}"),
                    "take another --port, or leave it out",
                )
            }),
            None => PORTS.clone().find_map(|port| on(port).ok()).ok_or_else(|| {
                let (first, last) = (PORTS.start(), PORTS.end());
                refused(format!("no port from {first} to {last} is free"), "name a free one with --port")
            }),
        }
    }

    fn answer(request: Request) -> std::io::Result<()> {
        let path = request.url().split(['?', '#']).next().unwrap_or_default();
        let path = path.trim_start_matches('/');
        let path = if path.is_empty() { "index.html" } else { path };
        let file = PAGE.get_file(path).filter(|_| matches!(request.method(), Method::Get | Method::Head));
        let Some(file) = file else {
            return request.respond(Response::from_string("There is no such file.\n").with_status_code(404));
        };
        let ending = path.rsplit('.').next().unwrap_or_default();
        let kind = TYPES.iter().find(|(known, _)| *known == ending);
        let kind = kind.map_or("application/octet-stream", |(_, kind)| *kind);
        let mut response = Response::from_data(file.contents());
        // The files of another version may come from the same port tomorrow.
        for (name, value) in
            [("Content-Type", kind), ("Cache-Control", "no-cache"), ("X-Content-Type-Options", "nosniff")]
        {
            response.add_header(Header::from_bytes(name, value).expect("a header is plain text"));
        }
        request.respond(response)
    }

    /// Asks the desktop to open the page; where there is none, the address has been printed.
    fn open(url: &str) {
        let (program, arguments): (&str, &[&str]) = if cfg!(target_os = "macos") {
            ("open", &[])
        } else if cfg!(windows) {
            ("cmd", &["/c", "start", ""])
        } else {
            ("xdg-open", &[])
        };
        let mut command = Command::new(program);
        command.args(arguments).arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        if command.spawn().is_err() {
            terminal::tell("warning: no browser could be opened\n  hint: open the address above yourself");
        }
    }
}
