// Reads a .vsix, which is a zip archive (APPNOTE.TXT 4.3.7, 4.3.12 and 4.3.16; no zip64, no comment).
import { readFileSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const STORED = 0;

/** The files of the extension by their names in it, with `packed` and `size` in bytes and `read()` for the content. */
export function readPackage(file) {
  const bytes = readFileSync(file);
  const end = bytes.length - 22;
  if (end < 0 || bytes.readUInt32LE(end) !== END_OF_DIRECTORY) throw new Error(`${file} is no package`);
  const entries = new Map();
  let at = bytes.readUInt32LE(end + 16);
  for (let count = bytes.readUInt16LE(end + 10); count > 0; count--) {
    if (bytes.readUInt32LE(at) !== DIRECTORY_ENTRY) throw new Error(`${file}: its directory is damaged at ${at}`);
    const method = bytes.readUInt16LE(at + 10);
    const [packed, size] = [bytes.readUInt32LE(at + 20), bytes.readUInt32LE(at + 24)];
    const [name, extra, comment] = [28, 30, 32].map((offset) => bytes.readUInt16LE(at + offset));
    const header = bytes.readUInt32LE(at + 42);
    const read = () => {
      const start = header + 30 + bytes.readUInt16LE(header + 26) + bytes.readUInt16LE(header + 28);
      const content = bytes.subarray(start, start + packed);
      return method === STORED ? content : inflateRawSync(content);
    };
    const path = bytes.toString('utf8', at + 46, at + 46 + name);
    entries.set(path.replace(/^extension\//, ''), { packed, size, read });
    at += 46 + name + extra + comment;
  }
  return { bytes: bytes.length, entries };
}
