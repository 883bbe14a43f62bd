//! `whysim serve` is the server.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use crate::Machine;

#[test]
fn it_answers_with_the_models_that_are_named() {
    let machine = Machine::with_model();
    let mut child = machine.command(&["serve", "--listen", "127.0.0.1:0", "--threads", "1"]).spawn().unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap());
    let address = loop {
        let mut line = String::new();
        assert!(log.read_line(&mut line).unwrap() > 0, "it ended before it listened");
        if let Some((_, address)) = line.trim_end().split_once("listening at http://") {
            break address.to_owned();
        }
    };
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(b"GET /v1/models HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("\"id\":\"bert\""), "{answer}");
}

#[test]
fn models_that_are_not_there_and_addresses_that_are_taken_are_told() {
    let machine = Machine::with_model();
    let ran = machine.run(&["serve", "--quiet", "--model", "./nowhere"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.starts_with("error: ") && ran.err.contains("nowhere"), "{}", ran.err);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let ran = machine.run(&["serve", "--quiet", "--listen", &taken.local_addr().unwrap().to_string()]);
    assert!(ran.err.contains("--listen chooses another address"), "{}", ran.err);
}
