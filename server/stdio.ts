/**
 * Messages over standard input and output, for clients that are no Node programs. What is no message is answered with
 * one error, as JSON-RPC wants it, and the next message is looked for behind it: the reader of vscode-jsonrpc, once out
 * of step, would never find into step again.
 */
import type { Readable } from 'node:stream';
import {
  AbstractMessageReader,
  type DataCallback,
  type Disposable,
  ErrorCodes,
  type Message,
  type MessageReader,
} from 'vscode-languageserver/node';

const HEADER_END = Buffer.from('\r\n\r\n');
/** Bytes. No header is that long, and no message. */
const LONGEST_HEADER = 64 * 1024;
const LONGEST_MESSAGE = 512 * 1024 * 1024;

/** How a broken message is answered. JSON-RPC: without an id where none could be read. */
export interface Refusal {
  id: string | number | null;
  code: number;
  message: string;
}

export class StdioReader extends AbstractMessageReader implements MessageReader {
  private pieces: Buffer[] = [];
  private bytes = 0;
  /** Of the message that comes, once its header is read. */
  private length: number | undefined;

  constructor(
    private readonly input: Readable,
    private readonly refuse: (refusal: Refusal) => void,
  ) {
    super();
  }

  listen(callback: DataCallback): Disposable {
    const read = (piece: Buffer): void => {
      this.pieces.push(piece);
      this.bytes += piece.length;
      while (this.next(callback));
    };
    this.input.on('data', read);
    this.input.on('error', (error) => this.fireError(error));
    this.input.on('close', () => this.fireClose());
    return { dispose: () => this.input.off('data', read) };
  }

  /** Reads a header or a body; false when the rest of it has not come yet. */
  private next(callback: DataCallback): boolean {
    if (this.length === undefined) return this.header();
    if (this.bytes < this.length) return false;
    const body = this.take(this.length).toString('utf8');
    this.length = undefined;
    this.body(body, callback);
    return true;
  }

  private header(): boolean {
    const all = this.joined();
    const end = all.indexOf(HEADER_END);
    if (end < 0) {
      // What has no end may be the beginning of a header only in its last bytes.
      if (this.bytes > LONGEST_HEADER) this.skipped(this.take(this.bytes - LONGEST_HEADER / 2));
      return false;
    }
    const text = this.take(end + HEADER_END.length)
      .subarray(0, end)
      .toString('latin1');
    const found = [...text.matchAll(/(^|[^\w-])content-length:[ \t]*(\d+)[ \t]*(?=\r\n|$)/gi)].at(-1);
    const length = Number(found?.[2]);
    if (!found || length > LONGEST_MESSAGE) {
      this.skipped(Buffer.from(text, 'latin1'));
      return true;
    }
    const before = text.slice(0, found.index + (found[1] ?? '').length);
    if (!/^(?:[\w-]+:[^\r\n]*\r\n)*$/.test(before)) this.skipped(Buffer.from(before, 'latin1'));
    this.length = length;
    return true;
  }

  private body(text: string, callback: DataCallback): void {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      this.refuse({ id: null, code: ErrorCodes.ParseError, message: `This is no JSON: ${beginning(text)}` });
      return;
    }
    const id = idOf(value);
    if (!isMessage(value) || !taken(callback, value))
      this.refuse({ id, code: ErrorCodes.InvalidRequest, message: `This is no message: ${beginning(text)}` });
  }

  private skipped(bytes: Buffer): void {
    const message = `${bytes.length} bytes are no part of a message: ${beginning(bytes.toString('latin1'))}`;
    this.refuse({ id: null, code: ErrorCodes.ParseError, message });
  }

  private joined(): Buffer {
    if (this.pieces.length > 1) this.pieces = [Buffer.concat(this.pieces)];
    return this.pieces[0] ?? Buffer.alloc(0);
  }

  private take(length: number): Buffer {
    const all = this.joined();
    this.pieces = length < all.length ? [all.subarray(length)] : [];
    this.bytes -= length;
    return all.subarray(0, length);
  }
}

const beginning = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);

/** False for what the connection stumbles over before it has looked at it: a cancellation of nothing. */
function taken(callback: DataCallback, message: Message): boolean {
  try {
    callback(message);
    return true;
  } catch {
    return false;
  }
}

function idOf(value: unknown): string | number | null {
  const id: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'id') : null;
  return typeof id === 'string' || typeof id === 'number' ? id : null;
}

/** A request or notification with a method, or the answer to one of ours; an id, where there is one, can be answered to. */
function isMessage(value: unknown): value is Message {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const { id, method, params } = value as Record<string, unknown>;
  if (id !== undefined && idOf(value) === null) return false;
  if (method === undefined) return id !== undefined && ('result' in value || 'error' in value);
  return typeof method === 'string' && (params === undefined || typeof params === 'object');
}
