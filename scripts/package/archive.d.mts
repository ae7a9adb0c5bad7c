export interface PackedFile {
  /** Bytes in the archive, and unpacked. */
  packed: number;
  size: number;
  read(): Buffer;
}
export interface Package {
  /** Of the whole archive. */
  bytes: number;
  /** By their names in the extension. */
  entries: Map<string, PackedFile>;
}
export function readPackage(file: string): Package;
