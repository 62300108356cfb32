/** A file of this computer as the image formats see it. */
import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import type { ByteFile } from '../host/backends/byte-file.ts';
import { FileTrouble, reason } from './output.ts';

export class NodeFile implements ByteFile {
  private readonly fd: number;
  private length: number;

  /** @throws FileTrouble when it cannot be opened that way. `create` refuses a file that is there. */
  constructor(path: string, access: 'read' | 'write' | 'create') {
    const flags = { read: 'r', write: 'r+', create: 'wx+' } as const;
    try {
      this.fd = openSync(path, flags[access]);
    } catch (error) {
      const exists = (error as { code?: string }).code === 'EEXIST';
      throw new FileTrouble(
        `${path} cannot be opened: ${exists ? 'it is there already; choose another name' : reason(error)}`,
      );
    }
    const info = fstatSync(this.fd);
    this.length = info.size;
    if (!info.isFile()) {
      this.close();
      throw new FileTrouble(`${path} cannot be opened: it is no ordinary file`);
    }
  }

  get size(): number {
    return this.length;
  }

  read(at: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    const present = Math.max(0, Math.min(length, this.length - at));
    let done = 0;
    while (done < present) {
      const read = readSync(this.fd, bytes, done, present - done, at + done);
      if (read === 0) break;
      done += read;
    }
    return bytes;
  }

  write(at: number, bytes: Uint8Array): boolean {
    try {
      for (let done = 0; done < bytes.length; )
        done += writeSync(this.fd, bytes, done, bytes.length - done, at + done);
    } catch {
      return false;
    }
    this.length = Math.max(this.length, at + bytes.length);
    return true;
  }

  resize(size: number): boolean {
    try {
      ftruncateSync(this.fd, size);
    } catch {
      return false;
    }
    this.length = size;
    return true;
  }

  flush(): void {
    fsyncSync(this.fd);
  }

  close(): void {
    closeSync(this.fd);
  }
}
