/** One guest that runs in this worker: the emulator, our host under it, and what the page is told about both. */

import { Trace } from '../../../sim/core/trace.ts';
import { EmulatedGuest } from '../../../sim/emulator/emulated-guest.ts';
import { GuestHost } from '../../../sim/emulator/guest-host.ts';
import { observe, type Seen, type SeenCounts } from '../../../sim/emulator/observe.ts';
import { recordedEvent } from '../../../sim/emulator/recorded-event.ts';
import { CPU } from '../../../sim/emulator/v86-layout.ts';
import { MemoryDisk } from '../../../sim/host/backends/disk.ts';
import { extent, laneTimes } from '../../../sim/lab/lanes.ts';
import { recordingOf } from '../../../sim/lab/recording.ts';
import { STRUCTURES } from '../../../sim/machine/structures.ts';
import { hypercalls } from '../../../sim/wire/hypercall.ts';
import { syntheticMsrs } from '../../../sim/wire/msr.ts';
import { CHANNELMSG } from '../../../sim/wire/vmbus.ts';
import { bandsOf } from '../../truth/still.ts';
import { type Emulator, loadEmulator, Ticker } from './emulator.ts';
import { explain } from './explain.ts';
import { Journal } from './journal.ts';
import { Log } from './line-log.ts';
import type { Counters, GuestParts, Milestone, Report, RingState, Told } from './protocol.ts';
import { Screen } from './screen.ts';
import { startFiles } from './start-files.ts';

type Start = Extract<Told, { kind: 'start' }>;

const DISK_SECTORS = 131_072;
const FILE = Uint8Array.from({ length: 100_000 }, (_, i) => i);
/** A guest may be late by this and catch up. */
const FORGIVEN_MS = 100;
/** A guest that is held is ahead of everybody. */
const NEVER = -1e12;
const MOST = { ROWS: 4096, KEYS: 8 } as const;
/** The guest's last words. */
const OFF = /reboot: (Power down|System halted)/;
const DONE = /ringside: ready|ringside: done/;

const named = (counts: ReadonlyMap<number, number>, name: (key: number) => string): [string, number][] =>
  [...counts].map(([key, count]) => [name(key), count]);

export class Machine {
  private readonly parts: GuestParts;
  private readonly trace = new Trace({ cap: MOST.ROWS });
  private readonly now = performance.now.bind(performance);
  private readonly began = this.now();
  private readonly screen = new Screen();
  private readonly decoder = new TextDecoder('latin1');
  private guest!: EmulatedGuest;
  private site!: GuestHost;
  private counts!: SeenCounts;
  private emulator: Emulator | undefined;
  private wasm: { readonly buffer: ArrayBufferLike } | undefined;
  private rested = 0;
  /** Milliseconds that the guest will not catch up. */
  private late = 0;
  private restingSince: number | undefined;
  private holding = false;
  private stepping = false;
  private serial: number[] = [];
  private tail = '';
  private keys: string[] = [];
  private readonly log = new Log();
  private readonly milestones: Milestone[] = [];
  private readonly journal = new Journal();
  /** The last lanes that had any work: who stands still is shown what came before. */
  private drawn: Pick<Report, 'bands' | 'span'> = { bands: [], span: 0 };

  private constructor(parts: GuestParts) {
    this.parts = parts;
  }

  /** Loads everything and starts the guest. */
  static async start({ parts, settings, library, module }: Start): Promise<Machine> {
    const machine = new Machine(parts);
    const bytes = await fetched(module);
    machine.guest = new EmulatedGuest({
      module: bytes,
      platform: WebAssembly as never,
      pace: () => machine.pace(),
      onTurn: () => machine.turn(),
      build: (memory, code, line) => {
        machine.site = new GuestHost(memory, code, line, {
          ...{ disk: new MemoryDisk(DISK_SECTORS), network: true, services: true },
          ...{ files: new Map([['/file', FILE]]), trace: machine.trace, features: settings.features },
          ...(settings.vmbus > 0 ? { newestVmbus: settings.vmbus } : {}),
        });
        machine.counts = observe(machine.site, (seen) => machine.see(seen));
        return machine.site;
      },
    });
    await machine.boot(library);
    return machine;
  }

  private async boot(library: string): Promise<void> {
    const V86 = await loadEmulator(library, () => this.guest.milliseconds);
    let fail = (_error: unknown): void => {};
    const failed = new Promise<never>((_, reject) => {
      fail = reject;
    });
    const emulator = new V86({
      wasm_fn: async (imports: never) => {
        try {
          const exports = (await this.guest.instantiate(imports)) as { memory: { buffer: ArrayBufferLike } };
          this.wasm = exports.memory;
          return exports;
        } catch (error) {
          fail(error);
          throw error;
        }
      },
      ...{ acpi: true, autostart: false, disable_mouse: true, disable_speaker: true },
      net_device: { type: 'none' },
      ...startFiles(this.parts),
    });
    emulator.add_listener('serial0-output-byte', ((byte: number) => this.serial.push(byte)) as never);
    emulator.add_listener('screen-put-char', ((cell: [number, number, number]) =>
      this.screen.put(cell)) as never);
    await Promise.race([
      new Promise((ready) => emulator.add_listener('emulator-ready', ready as never)),
      failed,
    ]);
    this.emulator = emulator;
    emulator.run();
  }

  /**
   * Milliseconds that the guest may have had by now. One that is late because its processor is slow does not make up for it while it is idle:
   * its seconds would pass in no time.
   */
  private pace(): number {
    if (this.holding) return NEVER;
    const late = this.real - this.late - this.guest.milliseconds;
    if (late > FORGIVEN_MS) this.late += late - FORGIVEN_MS;
    return this.real - this.late;
  }

  /** Milliseconds since the start in which the guest was not at rest. */
  get real(): number {
    return (this.restingSince ?? this.now()) - this.began - this.rested;
  }

  /** Between instructions. */
  private turn(): void {
    const { emulator, keys } = this;
    if (keys.length > 0 && this.parts.kind === 'linux')
      emulator?.serial0_send(keys.splice(0, MOST.KEYS).join(''));
    if (this.trace.length >= MOST.ROWS) this.trace.clear();
  }

  type(text: string): void {
    if (this.parts.kind === 'ipxe') this.emulator?.keyboard_send_text(text);
    else this.keys.push(...text);
  }

  /** Stops the guest; ends when it stands still. */
  async rest(): Promise<void> {
    if (this.restingSince !== undefined || !this.emulator) return;
    Ticker.hurry = true;
    await this.emulator.stop();
    Ticker.hurry = false;
    if (this.holding && this.wasm) new Uint8Array(this.wasm.buffer)[CPU.IN_HLT] = 0;
    this.holding = false;
    this.restingSince = this.now();
  }

  resume(): void {
    if (this.restingSince === undefined) return;
    this.rested += this.now() - this.restingSince;
    this.restingSince = undefined;
    this.emulator?.run();
  }

  /** Goes on until the next hypercall; `over` is called when the guest stands still again. */
  step(over: () => void): void {
    this.stepping = true;
    this.onHeld = over;
    this.resume();
  }

  private onHeld: () => void = () => {};

  /**
   * Within a hypercall: the processor is made to look halted, so that the emulator leaves it alone after this instruction.
   */
  private hold(): void {
    this.stepping = false;
    this.holding = true;
    if (this.wasm) new Uint8Array(this.wasm.buffer)[CPU.IN_HLT] = 1;
    void this.rest().then(() => this.onHeld());
  }

  private see(seen: Seen): void {
    // Before the guest runs, one CPUID of ours looks whether everything is connected.
    if (!this.emulator) return;
    const at = this.guest.milliseconds;
    this.journal.write(recordedEvent(seen, this.site.partition.referenceTime()));
    this.note(seen);
    this.log.write(
      explain(seen, (relid) => this.nameOf(relid)),
      at,
    );
    if (seen.k === 'hypercall' && this.stepping) this.hold();
  }

  private nameOf(relid: number): string {
    // Flag 0 belongs to no channel: old versions of the bus say in a page of their own which channel it is about.
    if (relid === 0) return 'see the interrupt page';
    return this.site.vmbus.channel(relid)?.device.name ?? `channel ${relid}`;
  }

  private note(seen: Seen): void {
    if (seen.k === 'cpuid') this.reach('asks for the hypervisor');
    else if (seen.k === 'ring_out') this.reach('first packet to a device');
    else if (seen.k === 'synic_message' && isAgreement(seen.bytes)) this.reach('VMBus version agreed');
  }

  private reach(name: string): void {
    if (this.milestones.some((one) => one.name === name)) return;
    const { milliseconds: guest, exits } = this.guest;
    this.milestones.push({ name, guest, real: this.real, exits: { ...exits } });
  }

  /** True when the guest has switched itself off. */
  get off(): boolean {
    return OFF.test(this.tail);
  }

  /** What is new since the last report. */
  report(): Report {
    const serial = this.decoder.decode(Uint8Array.from(this.serial.splice(0)));
    this.tail = (this.tail + serial).slice(-200);
    const screen = this.screen.changed();
    if (DONE.test(this.tail) || (screen && DONE.test(screen)))
      this.reach(this.parts.kind === 'linux' ? 'the shell is ready' : 'the script is done');
    if (this.site.port.counts.acks > 0) this.reach('address by DHCP');
    return {
      ...{ kind: 'report', guest: this.guest.milliseconds, real: this.real, counters: this.counters() },
      ...{ serial, ...(screen === undefined ? {} : { screen }), log: this.log.take() },
      ...{ rings: this.rings(), milestones: [...this.milestones] },
      ...this.lanes(),
    };
  }

  private counters(): Counters {
    const { cpuid, msrReads, msrWrites, calls, messagesToGuest, signalsToGuest } = this.counts;
    const registers = [
      ...named(msrReads, (msr) => `read ${syntheticMsrs.nameOf(msr)}`),
      ...named(msrWrites, (msr) => `write ${syntheticMsrs.nameOf(msr)}`),
      ['CPUID leaves', cpuid.size] as [string, number],
    ];
    return {
      exits: { ...this.guest.exits },
      calls: Object.fromEntries(named(calls, (code) => hypercalls.nameOf(code))),
      registers: Object.fromEntries(registers.sort(([, a], [, b]) => b - a)),
      ...{ messagesToGuest, signalsToGuest },
    };
  }

  private rings(): RingState[] {
    return this.site.vmbus.channels.flatMap(({ relid, device, ring }) => {
      if (!ring || ring.dead) return [];
      const { incoming, outgoing } = ring.positions;
      const { received, sent } = ring.counts;
      const out = { ...incoming, size: ring.incomingBytes, packets: received };
      return [
        { relid, name: device.name, out, in: { ...outgoing, size: ring.outgoingBytes, packets: sent } },
      ];
    });
  }

  private lanes(): Pick<Report, 'bands' | 'span'> {
    const { trace } = this;
    if (trace.length === 0) return this.drawn;
    const { costs } = this.site.partition;
    const recording = recordingOf({ trace, costs, structure: STRUCTURES.microkernelised });
    const { from, to } = extent(recording);
    trace.clear();
    this.drawn = { bands: bandsOf(laneTimes(recording), from, to), span: ((to - from) / costs.hz) * 1e6 };
    return this.drawn;
  }

  /** All that was seen so far, as a recording. */
  recording(): string {
    const { calls, registers } = this.counters();
    return this.journal.text({
      guest: `${this.parts.name} in v86, in a browser`,
      hypercalls: calls,
      msrAccess: registers,
    });
  }
}

/** VERSION_RESPONSE with "yes". */
const isAgreement = (bytes: Uint8Array): boolean =>
  bytes[0] === CHANNELMSG.VERSION_RESPONSE && bytes[8] !== 0;

async function fetched(address: string): Promise<Uint8Array> {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`the emulator is not beside this site (${answer.status})`);
  return new Uint8Array(await answer.arrayBuffer());
}
