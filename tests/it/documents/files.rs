//! Small files of every type, as they begin in the wild.

/// A zip container whose entries are not packed.
pub fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let number = |n: usize| u32::try_from(n).unwrap().to_le_bytes();
    let short = |n: usize| u16::try_from(n).unwrap().to_le_bytes();
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in entries {
        let sizes = [number(0), number(content.len()), number(content.len())].concat();
        let at = file.len();
        file.extend(
            [b"PK\x03\x04".as_slice(), &[20, 0, 0, 0, 0, 0, 0, 0, 0, 0], &sizes, &short(name.len()), &[0, 0]].concat(),
        );
        file.extend([name.as_bytes(), content].concat());
        directory.extend(
            [b"PK\x01\x02".as_slice(), &[20, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0], &sizes, &short(name.len())].concat(),
        );
        directory.extend([[0; 12].as_slice(), &number(at), name.as_bytes()].concat());
    }
    let count = short(entries.len());
    let end =
        [b"PK\x05\x06".as_slice(), &[0; 4], &count, &count, &number(directory.len()), &number(file.len()), &[0, 0]];
    [file, directory, end.concat()].concat()
}

/// A Word document; `with` is one more entry.
pub fn docx(with: &str) -> Vec<u8> {
    zip(&[("_rels/.rels", b"<r/>"), ("word/document.xml", b"<w/>"), (with, b"x"), ("[Content_Types].xml", b"<t/>")])
}

/// An OpenDocument file of a type.
pub fn opendocument(kind: &str) -> Vec<u8> {
    zip(&[("mimetype", format!("application/vnd.oasis.opendocument.{kind}").as_bytes()), ("content.xml", b"<o/>")])
}

/// A compound file whose directory names these streams.
pub fn compound(streams: &[&str]) -> Vec<u8> {
    let mut file = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
    file.resize(30, 0);
    file.extend(9_u16.to_le_bytes());
    file.resize(48, 0);
    file.extend(1_u32.to_le_bytes());
    file.resize(1024, 0);
    for name in ["Root Entry"].iter().chain(streams) {
        let mut entry: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        entry.resize(128, 0);
        file.extend(entry);
    }
    file.resize(2048, 0);
    file
}

/// A program for Windows, in its beginning.
pub fn program() -> Vec<u8> {
    let mut file = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff".to_vec();
    file.resize(512, 0);
    file
}
