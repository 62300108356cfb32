/**
 * PCI configuration space of the PIIX4 IDE function, 8086:7111.
 *
 * Writable: two bits of the command register (I/O decode, bus master), the bus-master base address (BAR4) and the timing registers.
 * The bus-master ports answer only while both command bits are set.
 *
 * Sources: Intel 82371AB (PIIX4) data sheet §2.7; OpenVMM vm/devices/storage/ide/src/lib.rs.
 */
import { GEN1_PCI, PCI_BASE_ADDRESS_SPACE_IO, PCI_COMMAND, PCI_CONFIG, PIIX4_IDE } from '../../wire/pci.ts';
import type { IdePciState } from './ide-state.ts';
import { type PciConfigSpace, readIdentity } from './pci-bus.ts';

const WRITABLE_COMMAND = PCI_COMMAND.IO | PCI_COMMAND.MASTER;
/** Status half at power-on: medium DEVSEL timing, fast back-to-back. */
const POWER_ON_STATUS = 0x0280_0000;
/** Status bits that a written 1 clears: aborts. */
const STATUS_CLEARABLE = 0x3800_0000;
const BAR4_BITS = 0xfff0;
/** SIDETIM: timing of the second drives. */
const SLAVE_TIMING = 0x44;

/** Registers after power-on: nothing decoded but the legacy ports. */
export function powerOnPci(): IdePciState {
  return {
    commandStatus: POWER_ON_STATUS,
    bar4: PCI_BASE_ADDRESS_SPACE_IO,
    // Both channels decode their legacy ports from power-on.
    timing: (PIIX4_IDE.DECODE_ENABLE | (PIIX4_IDE.DECODE_ENABLE << 16)) >>> 0,
    slaveTiming: 0,
    ultraDma: 0,
  };
}

/** The IDE function as PCI configuration software sees it. */
export class IdePci implements PciConfigSpace {
  readonly state: IdePciState = powerOnPci();
  readonly #onBusMaster: (port: number | undefined) => void;

  /** `onBusMaster` is told where the 16 bus-master ports are, or that they answer nowhere. */
  constructor(onBusMaster: (port: number | undefined) => void) {
    this.#onBusMaster = onBusMaster;
  }

  powerOn(): void {
    Object.assign(this.state, powerOnPci());
    this.#map();
  }

  /** Puts back a state that was saved: the bus-master ports are where they were. */
  load(state: IdePciState): void {
    Object.assign(this.state, state);
    this.#map();
  }

  readConfig(register: number): number {
    const s = this.state;
    switch (register) {
      case PCI_CONFIG.COMMAND:
        return s.commandStatus;
      case PCI_CONFIG.BASE_ADDRESS_4:
        return s.bar4;
      case PIIX4_IDE.IDETIM_PRIMARY:
        return s.timing;
      case SLAVE_TIMING:
        return s.slaveTiming;
      case PIIX4_IDE.UDMACTL:
        return s.ultraDma;
      default:
        return readIdentity(GEN1_PCI.IDE, register);
    }
  }

  writeConfig(register: number, value: number, mask: number): void {
    const s = this.state;
    const merged = (old: number) => ((old & ~mask) | (value & mask)) >>> 0;
    switch (register) {
      case PCI_CONFIG.COMMAND: {
        const command = merged(s.commandStatus) & WRITABLE_COMMAND;
        const cleared = value & mask & STATUS_CLEARABLE;
        s.commandStatus = ((s.commandStatus & ~WRITABLE_COMMAND & ~cleared) | command) >>> 0;
        this.#map();
        break;
      }
      case PCI_CONFIG.BASE_ADDRESS_4:
        s.bar4 = (merged(s.bar4) & BAR4_BITS) | PCI_BASE_ADDRESS_SPACE_IO;
        this.#map();
        break;
      case PIIX4_IDE.IDETIM_PRIMARY:
        s.timing = merged(s.timing);
        break;
      case SLAVE_TIMING:
        s.slaveTiming = merged(s.slaveTiming);
        break;
      case PIIX4_IDE.UDMACTL:
        s.ultraDma = merged(s.ultraDma);
        break;
    }
  }

  #map(): void {
    const enabled = (this.state.commandStatus & WRITABLE_COMMAND) === WRITABLE_COMMAND;
    const port = this.state.bar4 & BAR4_BITS;
    this.#onBusMaster(enabled && port !== 0 ? port : undefined);
  }
}
