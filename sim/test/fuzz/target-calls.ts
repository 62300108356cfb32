/** Hypercalls, registers, CPUID, and what lies behind the APIC's address: what the hypervisor answers by itself. */
import { HVCALL } from '../../wire/hypercall.ts';
import { HV_X64_MSR, IA32_MSR } from '../../wire/msr.ts';
import { APIC_REG, MMIO } from '../../wire/ports.ts';
import type { Chance } from './chance.ts';
import type { HostileMachine } from './hostile-machine.ts';
import type { Act, Target } from './target.ts';

const INPUT = 0x2000;
const OUTPUT = 0x8000;
const CODES: readonly number[] = Object.values(HVCALL);
const MSRS: readonly number[] = [...Object.values(HV_X64_MSR), ...Object.values(IA32_MSR)];
const X2APIC = 0x800;
const WIDTHS = [1, 2, 4] as const;
const LEAVES = [0, 1, 7, 0x4000_0000, 0x4000_0003, 0x4000_0005, 0x4000_000a, 0x8000_0000] as const;

function control(chance: Chance): bigint {
  const code = chance.oneIn(8) ? chance.u32() & 0xffff : chance.pick(CODES);
  let word = BigInt(code);
  if (chance.oneIn(3)) word |= 1n << 16n;
  if (chance.oneIn(3)) word |= BigInt(chance.below(1024)) << 17n;
  if (chance.oneIn(2)) word |= BigInt(chance.oneIn(4) ? chance.below(4096) : chance.below(8)) << 32n;
  if (chance.oneIn(3)) word |= BigInt(chance.oneIn(4) ? chance.below(4096) : chance.below(8)) << 48n;
  if (chance.oneIn(8)) word ^= 1n << BigInt(chance.below(64));
  return word;
}

function address(chance: Chance, usual: number): bigint {
  if (!chance.oneIn(3)) return BigInt(usual + 8 * chance.below(8));
  return chance.long([usual, usual + 4088, usual + 4095, 0x3f_e000, 0x40_0000 - 8, 0x40_0000]);
}

function hypercall(machine: HostileMachine): Act {
  const { partition, memory } = machine.guest;
  return (chance) => {
    const vp = chance.below(2);
    memory.write(
      INPUT,
      chance.words(16 + chance.below(60), [0, 1, 2, 4, 8, 64, 0xf3, 0x1_0002, 0x1_0003, 0xffff_ffff]),
    );
    if (chance.oneIn(50)) partition.setCpl(vp, 3);
    partition.hypercall(vp, control(chance), address(chance, INPUT), address(chance, OUTPUT));
    partition.setCpl(vp, 0);
    machine.rest();
    machine.takeMessages();
  };
}

function registers(machine: HostileMachine): Act {
  const { partition } = machine.guest;
  const pages = [0x1_0001, 0x2_0001, 0x9001, 0x3f_e001, 0x40_0001, 0xf3, 0x200f3, 0x1_0000, 0x2_0009, 10_000];
  return (chance) => {
    const vp = chance.below(2);
    const kind = chance.below(8);
    if (kind < 5) {
      const msr = chance.oneIn(8)
        ? chance.number(MSRS)
        : chance.oneIn(4)
          ? X2APIC + chance.below(64)
          : chance.pick(MSRS);
      // A reset ends the life of this guest by right; that the machine survives it has tests of its own.
      if (msr === HV_X64_MSR.RESET || kind < 2) partition.readMsr(vp, msr);
      else partition.writeMsr(vp, msr, chance.long(pages));
    } else if (kind === 5)
      partition.cpuid(vp, chance.oneIn(4) ? chance.u32() : chance.pick(LEAVES), chance.edge());
    else {
      const register = chance.oneIn(4) ? chance.below(4096) : chance.pick(Object.values(APIC_REG));
      const gpa = chance.oneIn(8) ? MMIO.IOAPIC + chance.below(256) : MMIO.LOCAL_APIC + register;
      if (chance.oneIn(2)) partition.mmioRead(vp, gpa, chance.pick(WIDTHS));
      else
        partition.mmioWrite(
          vp,
          gpa,
          chance.pick(WIDTHS),
          chance.number([0xf3, 0x4_00f3, 0x8_00f3, 0xc_00f3, 0x500, 0x600]),
        );
    }
    machine.rest();
  };
}

/** Everything that a partition can be offered. */
const PRIVILEGED = {
  accessPartitionId: true,
  accessVpRegisters: true,
  hypercallXmmInput: true,
  hypercallXmmOutput: true,
  x2apic: true,
  reenlightenment: true,
  sintPolling: true,
} as const;

const calls = (name: string, partition: Target['partition']): Target => ({
  name,
  oneCase: 'one hypercall with its input page',
  sparesOthers: false,
  partition,
  begin: (machine) => {
    machine.connect([machine.disk(64)]);
    return hypercall(machine);
  },
});

/** The interface of the hypervisor. */
export const CALL_TARGETS: readonly Target[] = [
  calls('hypercalls', { features: PRIVILEGED }),
  calls('shadow tables', { features: PRIVILEGED, paging: 'shadow' }),
  calls('nested tables', { features: PRIVILEGED, paging: 'slat' }),
  {
    name: 'registers',
    oneCase: 'one access to a register, to CPUID or to the APIC',
    sparesOthers: false,
    partition: { features: PRIVILEGED },
    begin: (machine) => {
      machine.connect([]);
      return registers(machine);
    },
  },
];
