/**
 * Finding the IDE function on PCI bus 0 and switching its bus master on: what the BIOS and a kernel's PCI code do before the disk
 * driver starts. Two intercepts per configuration register: address, then data.
 */
import type { Program } from '../../core/program.ts';
import type { Cpu } from '../../machine/cpu.ts';
import { configAddress, GEN1_PCI, PCI_COMMAND, PCI_CONFIG } from '../../wire/pci.ts';
import { PORTS } from '../../wire/ports.ts';

const BAR_PORT_BITS = 0xfffc;

function* selectRegister(cpu: Cpu, register: number): Program {
  const { device, function: number } = GEN1_PCI.IDE;
  yield* cpu.out32(
    PORTS.PCI_CONFIG_ADDRESS.first,
    configAddress({ bus: 0, device, function: number, register }),
  );
}

/** Reads a 32-bit register of the IDE function's configuration space. */
export function* readIdeConfig(cpu: Cpu, register: number): Program<number> {
  yield* selectRegister(cpu, register);
  return yield* cpu.in32(PORTS.PCI_CONFIG_DATA.first);
}

/** Writes one. */
export function* writeIdeConfig(cpu: Cpu, register: number, value: number): Program {
  yield* selectRegister(cpu, register);
  yield* cpu.out32(PORTS.PCI_CONFIG_DATA.first, value);
}

/**
 * Looks for 8086:7111, gives its bus master ports when the BIOS has not, and enables it. Returns the first bus-master port, or
 * `undefined` when there is no such function.
 */
export function* enableIdeBusMaster(cpu: Cpu): Program<number | undefined> {
  const { vendorId, deviceId } = GEN1_PCI.IDE;
  const found = yield* readIdeConfig(cpu, PCI_CONFIG.VENDOR_ID);
  if (found !== deviceId * 0x1_0000 + vendorId) return undefined;
  const bar = yield* readIdeConfig(cpu, PCI_CONFIG.BASE_ADDRESS_4);
  let port = bar & BAR_PORT_BITS;
  if (port === 0) {
    port = PORTS.IDE_BUS_MASTER.first;
    yield* writeIdeConfig(cpu, PCI_CONFIG.BASE_ADDRESS_4, port);
  }
  yield* writeIdeConfig(cpu, PCI_CONFIG.COMMAND, PCI_COMMAND.IO | PCI_COMMAND.MASTER);
  return port;
}
