/** Build it yourself: the register file of an IDE channel with one drive. The library's own controller says what is right. */
import { Streams } from '../../core/rng.ts';
import { MemoryDisk } from '../../host/backends/disk.ts';
import type { DiskService } from '../../host/backends/service.ts';
import type { Deferral, DeviceHost, ImageFile } from '../../host/devices/device-host.ts';
import { Ide } from '../../host/devices/ide.ts';
import type { PortHandler } from '../../machine/io.ts';
import { GuestMemory } from '../../machine/memory.ts';
import type { Declared, Given, Step, Verdict } from '../exercise.ts';
import { misconception, right, unusable, valueIn } from '../exercise.ts';
import { inWords } from '../values.ts';

const STATUS = 0x1f7;
const DEVICE = 0x1f6;
const CONTROL = 0x3f6;

/** One access, and what to say when a read of it is wrong. */
interface Access {
  readonly port: number;
  /** Written; a read when absent. */
  readonly put?: number;
  readonly why: string;
}

function accessesOf(seed: number): Access[] {
  const rng = new Streams(seed).stream('ide');
  const byte = (): number => rng.int(1, 255);
  const read = (port: number, why: string): Access => ({ port, why });
  const write = (port: number, put: number): Access => ({ port, put, why: '' });
  const KEEP = 'Sector count and the three address registers hold what was written, a byte each.';
  const files = [0x1f2, 0x1f3, 0x1f4, 0x1f5];
  const kept = files.map((port) => [port, byte()] as const);
  const again = files.map((port) => [port, byte()] as const);
  const ABSENT = 'Drive 1 is not there: drive 0 answers for it, with a status of 0. Writes reach both.';
  const RESET =
    'A reset by bit 2 of the control register leaves the signature of a disk: 1, 1, 0, 0, and a drive that is ready.';
  const UNKNOWN =
    'A command that the drive does not know ends with an error: status 51h, and “aborted” (4) in the error register.';
  return [
    read(STATUS, 'After power-on the drive is ready: 50h.'),
    ...kept.map(([port, put]) => write(port, put)),
    ...kept.map(([port]) => read(port, KEEP)),
    write(DEVICE, 0xf0),
    read(STATUS, ABSENT),
    read(CONTROL, ABSENT),
    ...again.map(([port, put]) => write(port, put)),
    write(DEVICE, 0xe0),
    read(STATUS, 'Selected again, drive 0 is as ready as before.'),
    ...again.map(([port]) => read(port, ABSENT)),
    write(STATUS, 0xff),
    read(STATUS, UNKNOWN),
    read(0x1f1, UNKNOWN),
    write(CONTROL, 0x04),
    write(CONTROL, 0x00),
    read(CONTROL, RESET),
    ...files.map((port) => read(port, RESET)),
    read(STATUS, RESET),
  ];
}

/** The library's controller with one empty disk, and nothing around it. */
class Bench implements DeviceHost {
  readonly memory = new GuestMemory(0x10000);
  readonly #ports = new Map<number, PortHandler>();

  constructor() {
    const ide = new Ide(
      { primary: [{ disk: new MemoryDisk(2048), service: {} as DiskService }] },
      this,
      this,
    );
    ide.powerOn();
  }

  claim(first: number, count: number, handler: PortHandler): boolean {
    for (let port = first; port < first + count; port++) this.#ports.set(port, handler);
    return true;
  }

  release(first: number, count: number): void {
    for (let port = first; port < first + count; port++) this.#ports.delete(port);
  }

  line(): void {}
  copied(): void {}
  note(): void {}

  openImage(_service: DiskService, done: () => void): ImageFile {
    return { start: () => done() };
  }

  defer(): Deferral {
    return { complete: () => undefined };
  }

  access({ port, put }: Access): number | undefined {
    const handler = this.#ports.get(port);
    if (put === undefined) return handler?.in(port, 1);
    handler?.out(port, 1, put);
    return undefined;
  }
}

function judge(given: readonly Given[], seed: number): Verdict {
  const made = valueIn(given[0]);
  if (!('value' in made)) return made;
  const bench = new Bench();
  for (const [i, access] of accessesOf(seed).entries()) {
    const wanted = bench.access(access);
    const got = valueIn(given[i + 1]);
    const hex = `${access.port.toString(16).toUpperCase()}h`;
    if (!('value' in got)) return unusable(`Access ${i + 1}, port ${hex}: ${got.says}`);
    if (access.put !== undefined || got.value === wanted) continue;
    return misconception(
      `Access ${i + 1}: a read of ${hex} gave ${inWords(got.value)}, and ${wanted} (${wanted?.toString(16)}h) is right. ${access.why}`,
    );
  }
  return right('Register by register as the controller of the library answers.');
}

const STARTER = `/** The registers of one IDE channel with a drive 0 and no drive 1: ports 1F0h to 1F7h, and 3F6h. */
export class TaskFile {
  readonly registers = new Uint8Array(8);

  write(port: number, value: number): void {
    this.registers[port & 7] = value;
  }

  read(port: number): number {
    return this.registers[port & 7];
  }
}
`;

const SOLUTION = `export class TaskFile {
  readonly registers = new Uint8Array(8);
  status = 0x50;
  error = 0x01;

  get absent(): boolean {
    return (this.registers[6] & 0x10) !== 0;
  }

  write(port: number, value: number): void {
    if (port === 0x3f6) this.control(value);
    else if (port === 0x1f7) this.command();
    else this.registers[port & 7] = value;
  }

  read(port: number): number {
    if (port === 0x3f6 || port === 0x1f7) {
      return this.absent ? 0 : this.status;
    }
    if (port === 0x1f1) return this.error;
    return this.registers[port & 7];
  }

  control(value: number): void {
    if ((value & 4) === 0) return;
    this.registers.fill(0);
    this.registers[2] = 1;
    this.registers[3] = 1;
    this.status = 0x50;
    this.error = 0x01;
  }

  /** No command is known here. */
  command(): void {
    if (this.absent) return;
    this.status = 0x51;
    this.error = 0x04;
  }
}
`;

export const ideRegisters: Declared = {
  name: 'lab-ide-registers',
  kind: 'build',
  title: 'Lab: write the IDE register file',
  names: ['TaskFile'],
  hints: [
    'Not every port is a place to keep a byte: 1F7h is the command when written and the status when read, 1F1h is features and error, 3F6h is control and the status once more.',
    'Bit 4 of 1F6h selects the drive. Drive 0 answers for a drive 1 that is not there; only the status is 0 then.',
    'Bit 2 of 3F6h resets the drive: afterwards it is ready (50h), selected, with the signature 1, 1, 0, 0 in 1F2h to 1F5h.',
  ],
  task: () =>
    'Write `class TaskFile` with `write(port, value)` and `read(port)`: the registers of an IDE channel with a drive 0 and no drive 1, without any command. It keeps sector count and address, selects a drive, answers for the one that is absent, refuses a command that it does not know (FFh), and is reset by 3F6h. The same accesses go to the controller of the library, and each read is compared.',
  starter: () => STARTER,
  solution: () => SOLUTION,
  steps: (seed): Step[] => [
    { make: 'TaskFile', args: [] },
    ...accessesOf(seed).map(
      ({ port, put }): Step =>
        put === undefined
          ? { call: 'read', on: 0, args: [port] }
          : { call: 'write', on: 0, args: [port, put] },
    ),
  ],
  judge,
  beliefs: () =>
    [
      'Registers are eight places of memory: a command is not read back, and a status is not written.',
      'A drive that is not there answers with ones: drive 0 answers for it.',
      'A reset clears everything: it leaves the signature by which a driver knows what is there.',
    ].map((why) => ({ answer: '', why, given: [] })),
};
