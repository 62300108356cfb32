/**
 * hv_fcopy and hv_fcopy_daemon: takes a file from the host, piece by piece.
 *
 * The daemon keeps one name and one open file. START makes the missing directories if it may, refuses to replace a file unless it may,
 * and empties the file. A piece goes where its offset says. CANCEL removes whatever the last START named, also when that START was
 * refused because the file was there. And when a reply finds no request any more (the kernel has answered for it), the daemon starts
 * anew and removes the file as well.
 *
 * After Linux 6.1 `drivers/hv/hv_fcopy.c`, `tools/hv/hv_fcopy_daemon.c`. Linux’ daemon believes the size of a piece; this one refuses
 * more than a message holds.
 */
import type { Program } from '../../core/program.ts';
import type { Cpu } from '../../machine/cpu.ts';
import { hvDoFcopy, hvStartFcopy } from '../../wire/backup-messages.ts';
import { FCOPY_FLAG, FCOPY_MAX, FCOPY_OP, IC_STATUS, icVersionCode } from '../../wire/ic-codes.ts';
import type { DelayedWork } from './delayed-work.ts';
import type { FileWrite } from './guest-files.ts';
import { GuestFiles } from './guest-files.ts';
import type { UtilMessage } from './hv-util.ts';
import type { DaemonConduct, DaemonReply } from './hv-util-daemon.ts';
import { UserDaemon, UTIL_TIMEOUTS, UtilRelay } from './hv-util-daemon.ts';
import type { Vmbus } from './vmbus.ts';
import type { VmbusChannel } from './vmbus-channel.ts';

/** `fcopy_versions`. */
const VERSIONS = [icVersionCode(1, 1)];
const START = hvStartFcopy.offsets;
const WRITE = hvDoFcopy.offsets;
/** Room on the guest’s disk when nothing is said (assumed). */
const CAPACITY = 64 * 1024 * 1024;

/** What a guest has before anything is copied. */
export interface FileCopyGuest {
  /** Bytes of room. */
  readonly capacity?: number;
  readonly directories?: readonly string[];
  /** Files that are there already, by path. */
  readonly files?: Readonly<Record<string, Uint8Array>>;
}

/** The daemon: what it does with a request. */
export class FileCopier {
  readonly files: GuestFiles;
  /** Times it started anew because its device gave an error. */
  reopened = 0;
  private target = '';
  private open = '';

  constructor(guest: FileCopyGuest = {}) {
    this.files = new GuestFiles(guest.capacity ?? CAPACITY, guest.directories);
    for (const [path, bytes] of Object.entries(guest.files ?? {})) {
      this.files.create(path);
      this.files.write(path, 0, bytes);
    }
  }

  /** Answers one request. */
  act(request: Uint8Array): DaemonReply {
    const view = new DataView(request.buffer, request.byteOffset, request.length);
    switch (view.getUint32(0, true)) {
      case FCOPY_OP.START:
        return this.start(request, view);
      case FCOPY_OP.WRITE:
        return this.write(request, view);
      case FCOPY_OP.COMPLETE:
        this.target = '';
        this.open = '';
        return DONE;
      case FCOPY_OP.CANCEL:
        this.cancel();
        return DONE;
      default:
        return FAILED;
    }
  }

  /** Its device gave an error: close it, remove what may be half a file, open it again. */
  reopen(): void {
    this.reopened++;
    this.cancel();
  }

  private cancel(): void {
    if (this.target !== '') this.files.remove(this.target);
    this.target = '';
    this.open = '';
  }

  private start(request: Uint8Array, view: DataView): DaemonReply {
    if (request.length < hvStartFcopy.size) return FAILED;
    const path = text(view, START.path_name);
    const name = text(view, START.file_name);
    const flags = view.getUint32(START.copy_flags, true);
    this.target = tidy(`${path}/${name}`);
    this.open = '';
    if (!this.reach(path, (flags & FCOPY_FLAG.CREATE_PATH) !== 0)) return FAILED;
    if (this.files.exists(this.target) && (flags & FCOPY_FLAG.OVER_WRITE) === 0)
      return { status: IC_STATUS.ERROR_ALREADY_EXISTS };
    if (!this.files.create(this.target)) return FAILED;
    this.open = this.target;
    return DONE;
  }

  /** Every directory of the path that a slash follows is there, or is made. */
  private reach(path: string, make: boolean): boolean {
    for (let slash = path.indexOf('/', 1); slash > 0; slash = path.indexOf('/', slash + 1)) {
      const directory = tidy(path.slice(0, slash));
      if (!this.files.exists(directory) && !(make && this.files.makeDirectory(directory))) return false;
    }
    return true;
  }

  private write(request: Uint8Array, view: DataView): DaemonReply {
    if (request.length < WRITE.data) return FAILED;
    const size = view.getUint32(WRITE.size, true);
    const offset = Number(view.getBigUint64(WRITE.offset, true));
    if (size > FCOPY_MAX.PIECE || WRITE.data + size > request.length) return FAILED;
    return WRITTEN[this.files.write(this.open, offset, request.subarray(WRITE.data, WRITE.data + size))];
  }
}

const FAILED: DaemonReply = { status: IC_STATUS.E_FAIL };
const DONE: DaemonReply = { status: IC_STATUS.S_OK };
const WRITTEN: Readonly<Record<FileWrite, DaemonReply>> = {
  written: DONE,
  'disk-full': { status: IC_STATUS.ERROR_DISK_FULL },
  'not-open': FAILED,
};

/** One slash where there are several, none at the end. */
const tidy = (path: string): string => path.replace(/\/+/g, '/').replace(/\/$/, '');

/** UTF-16 up to the first zero, at most 259 characters. */
function text(view: DataView, at: number): string {
  let result = '';
  for (let i = 0; i < FCOPY_MAX.PATH - 1; i++) {
    const code = view.getUint16(at + 2 * i, true);
    if (code === 0) break;
    result += String.fromCharCode(code);
  }
  return result;
}

/** hv_fcopy: passes each request on to the daemon. */
export class UtilFcopy extends UtilRelay {
  readonly copier: FileCopier;

  constructor(
    vmbus: Vmbus,
    channel: VmbusChannel,
    delayed: DelayedWork,
    conduct: DaemonConduct,
    guest: FileCopyGuest = {},
  ) {
    const copier = new FileCopier(guest);
    super(vmbus, channel, VERSIONS, new UserDaemon(conduct, (request) => copier.act(request)), delayed);
    this.copier = copier;
  }

  protected override patience(): number {
    return UTIL_TIMEOUTS.request;
  }

  protected override *withoutDaemon(cpu: Cpu, message: UtilMessage): Program<boolean> {
    yield* this.respond(cpu, message, IC_STATUS.E_FAIL);
    return true;
  }

  protected override unwanted(): void {
    this.copier.reopen();
  }
}
